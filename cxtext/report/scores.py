"""Scores by kind over the weeks: NPS, CSAT and the rest, with the answers behind each."""

from collections import Counter
from datetime import date

import pandas as pd

from cxtext.report.causes import change
from cxtext.report.intervals import Estimate, mean, net_promoter, wilson
from cxtext.report.night import BEFORE, NOW, Night
from cxtext.report.parts import Figure, Line, Point, Score
from cxtext.report.words import count, day_of, decimal, percent, plural, score_name

PROMOTER, DETRACTOR = 9, 6  # on 0 to 10: 9 and 10 promote, 0 to 6 detract
SATISFIED = 0.75  # of the way up the scale: 4 and 5 on 1 to 5
SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0), "stars": (1.0, 5.0)}
ORDER = ("nps", "csat", "ces", "stars")


def scores(night: Night) -> tuple[Score, ...]:
    """One entry a kind of score, over every document with a score: most who answer write no comment to analyse."""
    answers = night.documents[night.documents["score"].notna() & night.documents["score_kind"].notna()]
    kinds = {str(kind) for kind in answers["score_kind"]}
    ranked = sorted(kinds, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind))
    return tuple(_score(night, kind, answers[answers["score_kind"] == kind]) for kind in ranked)


def _score(night: Night, kind: str, answers: pd.DataFrame) -> Score:
    scale = scale_of(answers)
    return Score(score_name(kind), _figure(night, kind, answers, scale), _line(night, kind, answers, scale))


def _figure(night: Night, kind: str, answers: pd.DataFrame, scale: tuple[float, float]) -> Figure:
    now, before = (estimate(kind, answers[answers["period"] == period], scale) for period in (NOW, BEFORE))
    n = 0 if now is None else now.n
    name = f"{score_name(kind)}, {night.period}"
    if now is None or n < night.facts.min_answers:
        return Figure(name, "too few", f"{plural(n, 'answer')}; {night.facts.min_answers} are needed")
    words, is_clear = change(now, before, night.facts.min_answers, points=_points(kind))
    return Figure(
        name=name,
        value=_word(kind, now.value),
        note=f"95% interval {_word(kind, now.low)} to {_word(kind, now.high)}; n {count(n)}",
        change=words,
        is_clear=is_clear,
    )


def estimate(kind: str, answers: pd.DataFrame, scale: tuple[float, float]) -> Estimate | None:
    """The score of some answers: net promoters, share satisfied, or the average of any other kind on the scale."""
    n = len(answers)
    place = _places(answers)
    if kind == "nps":
        tens = (place * 10).round(6)
        return net_promoter(int((tens >= PROMOTER).sum()), int((tens <= DETRACTOR).sum()), n)
    if kind == "csat":
        return wilson(int((place.round(6) >= SATISFIED).sum()), n)
    values = on_scale(answers, scale)
    return mean(float(values.sum()), float((values**2).sum()), n)


def scale_of(answers: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest possible score of most answers of a kind."""
    lows, highs = _ends(answers)
    counts = Counter((float(low), float(high)) for low, high in zip(lows, highs, strict=True))
    return max(counts, key=lambda scale: (counts[scale], scale), default=(0.0, 10.0))


def on_scale(answers: pd.DataFrame, scale: tuple[float, float]) -> pd.Series:
    """Each answer moved from its own scale to this one."""
    low, high = scale
    return (low + _places(answers) * (high - low)).round(9)


def _places(answers: pd.DataFrame) -> pd.Series:
    """How far up its own scale each answer is, 0 to 1."""
    lows, highs = _ends(answers)
    return (answers["score"].astype(float) - lows) / (highs - lows)


def _ends(answers: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Each answer's lowest and highest possible score, as the feed says, or as the kind usually has."""
    kind = str(answers["score_kind"].iloc[0]) if len(answers) else ""
    low, high = SCALES.get(kind, (0.0, 10.0))
    lows, highs = answers["score_low"].astype(float).fillna(low), answers["score_high"].astype(float).fillna(high)
    return lows, highs.where(highs > lows, lows + 1)


def _line(night: Night, kind: str, answers: pd.DataFrame, scale: tuple[float, float]) -> Line:
    by_week = dict(iter(answers.groupby("week")))
    points = tuple(_point(night, kind, by_week.get(week), week, scale) for week in night.weeks)
    low, high = _range(kind, scale, points)
    name = score_name(kind)
    shown = [point for point in points if point.value is not None]
    summary = f"{name}, {plural(len(points), 'week')}, {len(shown)} with enough answers."
    if shown:
        suffix = "%" if kind == "csat" else ""
        digits = 1 if _points(kind) == "on the scale" else 0
        summary += f" Latest, week of {shown[-1].label}: {decimal(shown[-1].value or 0, digits)}{suffix}."
    return Line(
        title=f"{name} by week",
        unit=_unit(kind, low, high),
        summary=summary,
        points=points,
        low=low,
        high=high,
        digits=1 if _points(kind) == "on the scale" else 0,
        suffix="%" if kind == "csat" else "",
    )


def _point(night: Night, kind: str, answers: pd.DataFrame | None, week: date, scale: tuple[float, float]) -> Point:
    n = 0 if answers is None else len(answers)
    found = estimate(kind, answers, scale) if answers is not None and n >= night.facts.min_answers else None
    partial = night.days_seen(week) < 7
    if found is None:
        return Point(day_of(week), None, note=f"n {count(n)}", is_partial=partial)
    factor = 100 if kind == "csat" else 1
    value, low, high = (round(factor * number, 2) for number in (found.value, found.low, found.high))
    return Point(day_of(week), value, low=low, high=high, note=f"n {count(n)}", is_partial=partial)


def _range(kind: str, scale: tuple[float, float], points: tuple[Point, ...]) -> tuple[float, float]:
    """The axis: a share from 0 to 100, an average over its whole scale, NPS around what was seen and zero."""
    if kind == "csat":
        return 0.0, 100.0
    if kind != "nps":
        return scale
    ends = [end for point in points for end in (point.low, point.high) if end is not None]
    reach = max((abs(end) for end in ends), default=100.0)
    return (-50.0, 50.0) if reach <= 50 else (-100.0, 100.0)


def _unit(kind: str, low: float, high: float) -> str:
    if kind == "nps":
        return "promoters minus detractors, points"
    return "satisfied, % of answers" if kind == "csat" else f"average, {decimal(low, 0)} to {decimal(high, 0)}"


def _points(kind: str) -> str:
    return {"nps": "NPS points", "csat": "points"}.get(kind, "on the scale")


def _word(kind: str, value: float) -> str:
    if kind == "csat":
        return percent(value)
    return decimal(value, 0 if kind == "nps" else 1)
