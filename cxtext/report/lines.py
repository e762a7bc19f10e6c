"""Weekly lines: what each chart draws and says."""

from datetime import date
from typing import Any

import pandas as pd

from cxtext.report.night import Night, records
from cxtext.report.parts import Line, Point, Stack
from cxtext.report.words import count, day_of, percent, plural, span
from cxtext.taxonomy import NONE, ORIGINS, UNSTATED, name_of

LAYERS = (*ORIGINS, UNSTATED)


def theme_lines(night: Night, labels: dict[str, str]) -> dict[str, Line]:
    """The weekly line of each of the themes that have figures."""
    rows = night.trends[(night.trends["kind"] == "theme") & night.trends["subject"].isin(list(labels))]
    lines = {str(subject): _line(night, group, labels[str(subject)]) for subject, group in rows.groupby("subject")}
    return {subject: line for subject, line in lines.items() if line}


def volume_line(night: Night) -> Line | None:
    """All analysed documents a week, against what was expected."""
    return _line(night, night.trends[night.trends["kind"] == "all"], "All documents")


def _line(night: Night, rows: pd.DataFrame, title: str) -> Line | None:
    by_week: dict[date, dict[str, Any]] = {row["period_start"]: row for row in records(rows)}
    if not by_week or not night.weeks:
        return None
    first = min(by_week)
    points = tuple(_point(night, by_week.get(week), week) for week in night.weeks if week >= first)
    return Line(title, "documents a week", _summary(title, points), points) if points else None


def _point(night: Night, row: dict[str, Any] | None, week: date) -> Point:
    days = int(row["days"]) if row else night.days_seen(week)
    note = "" if days >= 7 else f"{days} of 7 days"
    if row is None:
        return Point(day_of(week), 0.0, is_partial=days < 7, note=note)
    return Point(
        label=day_of(week),
        value=float(row["documents"]),
        low=_known(row, "lower"),
        high=_known(row, "upper"),
        expected=_known(row, "baseline"),
        is_marked=bool(row["is_spike"]),
        is_partial=days < 7,
        note=note,
    )


def _known(row: dict[str, Any], name: str) -> float | None:
    value = row[name]
    return None if value is None or pd.isna(value) else float(value)


def _summary(title: str, points: tuple[Point, ...]) -> str:
    """The chart in words, for those who do not see it."""
    values = [point.value or 0 for point in points]
    top = max(range(len(points)), key=lambda index: values[index])
    last = points[-1]
    weeks, range_ = plural(len(points), "week"), span(min(values), max(values))
    text = f"{title}, {weeks}: {range_} documents a week, most in the week of {points[top].label}."
    text += f" Latest week ({last.note or 'complete'}): {count(values[-1])}"
    if last.low is not None and last.high is not None:
        text += f", expected {span(last.low, last.high)}"
    marked = [point.label for point in points if point.is_marked]
    return text + "." + (f" Above expectation in the week of {', '.join(marked)}." if marked else "")


def origin_stack(night: Night) -> Stack | None:
    """Dissatisfied documents a week, by the origin of their main cause."""
    rows = night.analysed[night.analysed["origin"].isin(LAYERS) & night.analysed["week"].isin(night.weeks)]
    if rows.empty:
        return None
    table = rows.groupby(["week", "origin"]).size()
    values = tuple(tuple(int(table.get((week, layer), 0)) for layer in LAYERS) for week in night.weeks)
    days = night.days_seen(night.weeks[-1])
    return Stack(
        title="Dissatisfied documents a week, by origin of the main cause",
        unit="documents a week",
        summary=_stack_summary(values),
        layers=tuple(name_of(layer) for layer in LAYERS),
        weeks=tuple(day_of(week) for week in night.weeks),
        values=values,
        partial="" if days >= 7 else f"{days} of 7 days",
    )


def _stack_summary(values: tuple[tuple[int, ...], ...]) -> str:
    totals = [sum(week) for week in values]
    whole = sum(totals)
    shares = [
        f"{name_of(layer).lower()} {percent(sum(week[index] for week in values) / whole)}"
        for index, layer in enumerate(LAYERS)
    ]
    weeks, range_ = plural(len(values), "week"), span(min(totals), max(totals))
    return f"{weeks}, {range_} dissatisfied documents a week; of all of them: {', '.join(shares)}."


def is_dissatisfied(frame: pd.DataFrame) -> pd.Series:
    """Which documents have a verdict other than `none`."""
    return frame["primary"].notna() & (frame["primary"] != NONE)
