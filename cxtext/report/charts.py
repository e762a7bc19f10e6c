"""Charts as inline SVG: axes, units, a text alternative, no script.

Shapes lie in a nested picture that stretches to the width at hand, strokes and letters do not: so a chart is as
readable on a telephone as on a wall. Colours come from the page's style sheet, by class.
"""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from cxtext.report.parts import Line, Point, Stack
from cxtext.report.words import count, decimal

HEIGHT = 150  # of the plot, in pixels
SPARK_HEIGHT = 34
AXIS = 22  # room for the labels of the weeks
WIDTH = 1000  # of the stretched picture, in its own units
MOST_LABELS = 5
BAR = 0.72  # of the room that a week has
WIDEST = 12.0  # percent of the width
STEPS = (1, 2, 2.5, 5, 10)
TITLED = Markup('<svg class="{kind}" role="img" aria-labelledby="{id}t {id}d" width="100%" height="{height}">')
TEXTS = Markup('<title id="{id}t">{title}</title><desc id="{id}d">{summary}</desc>')
TICK = Markup(
    '<line x1="0" x2="100%" y1="{y}" y2="{y}" class="{kind}"/><text x="-8" y="{base}" class="y">{label}</text>'
)
INNER = Markup('<svg width="100%" height="{0}" viewBox="0 0 1000 {0}" preserveAspectRatio="none">{1}</svg>')


def line_chart(line: Line, ident: str) -> Markup:
    """A weekly line with its band, axes and unit."""
    low, high, ticks = _axis(line)
    xs = _places(len(line.points))
    shapes = _shapes(line.points, xs, low, high, HEIGHT)
    parts = [
        _grid(ticks, low, high, line.digits, line.suffix),
        shapes,
        *_dots(line.points, xs, low, high),
        *_week_labels([point.label for point in line.points], xs),
    ]
    return _svg(line, ident, parts, kind="chart", height=HEIGHT + AXIS)


def sparkline(line: Line, ident: str) -> Markup:
    """The same line in the height of a row of text: shape and latest week only."""
    low = line.low or 0.0
    high = max([end for point in line.points for end in (point.value, point.high) if end is not None], default=0.0)
    high = max(high, low + 1)
    xs = _places(len(line.points))
    last = len(line.points) - 1
    told = [index for index, point in enumerate(line.points) if index == last or point.is_marked]
    dots = [_dot(line.points[index], xs[index], low, high, SPARK_HEIGHT, radius=2.5) for index in told]
    shapes = _shapes(line.points, xs, low, high, SPARK_HEIGHT)
    return _svg(line, ident, [shapes, *dots], kind="spark", height=SPARK_HEIGHT)


def stacked_chart(stack: Stack, ident: str) -> Markup:
    """Weekly columns in layers, the first layer at the foot."""
    ticks = _ticks(0, max((sum(week) for week in stack.values), default=0))
    high = ticks[-1]
    room = 100 / max(1, len(stack.values))
    width = min(BAR * room, WIDEST)
    columns = [
        _column(week, (index + 0.5) * room - width / 2, width, high, is_partial=_is_last(stack, index))
        for index, week in enumerate(stack.values)
    ]
    parts = [_grid(ticks, 0, high, 0, ""), *columns, *_week_labels(stack.weeks, _places(len(stack.weeks)))]
    return _svg(stack, ident, parts, kind="chart", height=HEIGHT + AXIS)


def _is_last(stack: Stack, index: int) -> bool:
    return bool(stack.partial) and index == len(stack.values) - 1


def _svg(chart: Line | Stack, ident: str, parts: Iterable[Markup], *, kind: str, height: int) -> Markup:
    opening = TITLED.format(kind=kind, id=ident, height=height)
    return (
        opening
        + TEXTS.format(id=ident, title=chart.title, summary=chart.summary)
        + Markup().join(parts)
        + Markup("</svg>")
    )


def _axis(line: Line) -> tuple[float, float, list[float]]:
    ends = [end for point in line.points for end in (point.value, point.high) if end is not None]
    low = line.low if line.low is not None else 0.0
    high = line.high if line.high is not None else max(ends, default=0.0)
    ticks = _ticks(low, high)
    return low, max(high, ticks[-1]) if line.high is None else high, ticks


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to at least high, four or five of them; whole ones where the range allows."""
    size = max(high - low, 1.0)
    rough = size / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in STEPS if factor * power >= rough * 0.999)
    if size >= 4 or low == 0:
        step = max(1.0, math.ceil(step))
    return [low + step * index for index in range(math.ceil(size / step - 1e-9) + 1)]


def _places(n: int) -> list[float]:
    """Where each week lies, in percent of the width."""
    return [round((index + 0.5) / n * 100, 2) for index in range(n)]


def _y(value: float, low: float, high: float, height: int) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return round(2 + (height - 4) * (1 - share), 1)


def _grid(ticks: Sequence[float], low: float, high: float, digits: int, suffix: str) -> Markup:
    return Markup().join(
        TICK.format(
            y=_y(tick, low, high, HEIGHT),
            base=_y(tick, low, high, HEIGHT) + 4,
            kind="zero" if tick == max(0.0, low) else "rule",
            label=(decimal(tick, digits) if digits else count(tick)) + suffix,
        )
        for tick in ticks
        if tick <= high
    )


def _week_labels(labels: Sequence[str], xs: Sequence[float]) -> list[Markup]:
    """The latest week and as many before it, evenly spaced, as a telephone has room for."""
    every = max(1, math.ceil(len(labels) / MOST_LABELS))
    shown = range((len(labels) - 1) % every, len(labels), every)
    text = Markup('<text x="{}%" y="{}" class="x">{}</text>')
    return [text.format(_short(xs[index]), HEIGHT + 17, labels[index]) for index in shown]


def _shapes(points: Sequence[Point], xs: Sequence[float], low: float, high: float, height: int) -> Markup:
    """Band, expectation and line, in the stretched picture."""
    half = WIDTH / max(1, len(points)) / 2
    at = [round(x / 100 * WIDTH, 1) for x in xs]
    band = [
        _band([(at[i], _bounds(points[i])) for i in run], half, low, high, height)
        for run in _runs([point.low is not None and point.high is not None for point in points])
    ]
    lines = [
        _path([(at[i], points[i].value or 0.0) for i in part], kind, low, high, height)
        for run in _runs([point.value is not None for point in points])
        for part, kind in _open_end(points, run)
    ]
    middle = [
        _path([(at[i], points[i].expected or 0.0) for i in run], "expected", low, high, height)
        for run in _runs([point.expected is not None for point in points])
    ]
    return INNER.format(height, Markup().join([*band, *middle, *lines]))


def _open_end(points: Sequence[Point], run: list[int]) -> list[tuple[list[int], str]]:
    """The way to a week that is not over is dashed: its fall means nothing yet."""
    if not points[run[-1]].is_partial:
        return [(run, "line")]
    return [(run[:-1], "line"), (run[-2:], "line open")]


def _bounds(point: Point) -> tuple[float, float]:
    return point.low or 0.0, point.high or 0.0


def _runs(present: Sequence[bool]) -> list[list[int]]:
    """Stretches of weeks without a gap."""
    runs: list[list[int]] = []
    for index, is_there in enumerate(present):
        if not is_there:
            continue
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _band(
    run: Sequence[tuple[float, tuple[float, float]]], half: float, low: float, high: float, height: int
) -> Markup:
    wide = [(run[0][0] - half, run[0][1]), *run, (run[-1][0] + half, run[-1][1])]
    upper = [(x, _y(bounds[1], low, high, height)) for x, bounds in wide]
    lower = [(x, _y(bounds[0], low, high, height)) for x, bounds in reversed(wide)]
    return Markup('<path class="band" d="{}z"/>').format(_d([*upper, *lower]))


def _path(run: Sequence[tuple[float, float]], kind: str, low: float, high: float, height: int) -> Markup:
    if len(run) < 2:
        return Markup()
    return Markup('<path class="{}" d="{}"/>').format(kind, _d([(x, _y(y, low, high, height)) for x, y in run]))


def _d(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + " ".join(f"{_short(x)},{_short(y)}" for x, y in corners)


def _dots(points: Sequence[Point], xs: Sequence[float], low: float, high: float) -> list[Markup]:
    return [_dot(point, x, low, high, HEIGHT, radius=3.5) for point, x in zip(points, xs, strict=True)]


def _dot(point: Point, x: float, low: float, high: float, height: int, *, radius: float) -> Markup:
    if point.value is None:
        return Markup()
    kind = "dot" + (" marked" if point.is_marked else "") + (" partial" if point.is_partial else "")
    size = radius + 1.5 if point.is_marked else radius
    circle = Markup('<circle class="{}" cx="{}%" cy="{}" r="{}"/>')
    return circle.format(kind, _short(x), _short(_y(point.value, low, high, height)), _short(size))


def _column(week: Sequence[int], left: float, width: float, high: float, *, is_partial: bool) -> Markup:
    rect = Markup('<rect class="layer{}" x="{}%" y="{}" width="{}%" height="{}"/>')
    parts, base = [], 0
    for index, value in enumerate(week):
        top, foot = _y(base + value, 0, high, HEIGHT), _y(base, 0, high, HEIGHT)
        if value:
            size = _short(round(foot - top, 1))
            parts.append(rect.format(index, _short(round(left, 2)), _short(top), _short(round(width, 2)), size))
        base += value
    return Markup("<g{}>{}</g>").format(Markup(' class="partial"') if is_partial else "", Markup().join(parts))


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
