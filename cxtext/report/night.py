"""The published tables, joined and dated once, for every part of the report to read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from cxtext.report.facts import RunFacts
from cxtext.tables import (
    CAUSES,
    DOCUMENT_CAUSES,
    DOCUMENT_THEMES,
    DOCUMENTS,
    LEDGER,
    MODEL_QUALITY,
    TAXONOMY,
    THEME_EVENTS,
    THEMES,
    TRENDS,
    Table,
)
from cxtext.taxonomy import NONE, UNSTATED, Taxonomy, origin_of, stored_taxonomy

WEEKS = 12  # weeks that a chart shows
PERIOD_DAYS = 28
NOW, BEFORE, OLDER, LATER = "now", "before", "older", "later"


@dataclass(frozen=True)
class Night:
    """One night's tables, ready to count.

    `analysed` has one row a document that was not skipped, with its verdict, theme, local week and period: the four
    weeks up to the run (`now`), the four before (`before`), or `older`. Where the last four weeks brought nothing,
    `now` is everything there is, and `is_recent` is false. `documents` has every document, week and period too. All
    times are in the zone of the facts: their dates are the days that readers know. `quality` is the run's row of
    model_quality for the causes, None where there is none.
    """

    facts: RunFacts
    day: date
    until: datetime
    documents: pd.DataFrame
    analysed: pd.DataFrame
    causes: pd.DataFrame
    themes: pd.DataFrame
    events: pd.DataFrame
    trends: pd.DataFrame
    ledger: pd.DataFrame
    quality: dict[str, Any] | None
    weeks: tuple[date, ...]
    is_recent: bool
    taxonomy: Taxonomy

    @cached_property
    def now(self) -> pd.DataFrame:
        """Analysed documents of the period reported on."""
        return self.analysed[self.analysed["period"] == NOW]

    @cached_property
    def before(self) -> pd.DataFrame:
        """Analysed documents of the four weeks before; empty where there is nothing to compare with."""
        return self.analysed[self.analysed["period"] == BEFORE]

    @property
    def period(self) -> str:
        """The period reported on, as it stands in a sentence."""
        return "the last four weeks" if self.is_recent else "all weeks on record"

    def days_seen(self, week: date) -> int:
        """Days of that week before the run ends: 7 when it is complete."""
        end = (self.until - timedelta(microseconds=1)).astimezone(ZoneInfo(self.facts.timezone)).date()
        return max(0, min(7, (end - week).days + 1))


def gather(tables: Mapping[str, pd.DataFrame], facts: RunFacts) -> Night:
    """The night that the tables and facts describe. A table that is missing counts as empty."""
    until, zone = _moment(facts.until), ZoneInfo(facts.timezone)
    documents, is_recent = _dated(_frame(tables, DOCUMENTS), zone, until)
    analysed = _analysed(tables, documents)
    beside = analysed[["document_id", "period", "theme_id", "created_at"]]
    trends = _frame(tables, TRENDS)
    trends["period_start"] = _dates(trends["period_start"])
    events = _frame(tables, THEME_EVENTS)
    events["day"] = _dates(events["day"])
    themes = _frame(tables, THEMES)
    for name in ("first_seen", "last_seen"):
        themes[name] = _local(themes[name], zone)
    return Night(
        facts=replace(facts, sources=[_source(source, zone) for source in facts.sources]),
        day=_run_day(facts, until),
        until=until,
        documents=documents,
        analysed=analysed,
        causes=_frame(tables, CAUSES).merge(beside, on="document_id", how="inner"),
        themes=themes,
        events=events,
        trends=trends,
        ledger=_frame(tables, LEDGER),
        quality=_quality(tables, _run_day(facts, until)),
        weeks=_weeks(documents, trends),
        is_recent=is_recent,
        taxonomy=stored_taxonomy(records(_frame(tables, TAXONOMY))),
    )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows, each a mapping by column."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _frame(tables: Mapping[str, pd.DataFrame], table: Table) -> pd.DataFrame:
    frame = tables.get(table.name)
    if frame is None or not len(frame):
        return table.empty()
    return frame.reindex(columns=list(table.columns)).reset_index(drop=True)


def _dated(frame: pd.DataFrame, zone: ZoneInfo, until: datetime) -> tuple[pd.DataFrame, bool]:
    """The documents with their local time, week and period, and whether the last four weeks brought any."""
    created = _local(frame["created_at"], zone)
    local = created.dt.tz_localize(None).dt.normalize()
    frame["created_at"] = created
    frame["week"] = (local - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.date
    age = (pd.Timestamp(until) - created).dt.total_seconds() / 86_400
    frame["is_last_week"] = (age > 0) & (age <= 7)
    frame["is_week_before"] = (age > 7) & (age <= 14)
    periods = pd.cut(
        age, [-float("inf"), 0, PERIOD_DAYS, 2 * PERIOD_DAYS, float("inf")], labels=[LATER, NOW, BEFORE, OLDER]
    ).astype(object)
    is_analysed = frame["skipped"].isna()
    counted = periods[is_analysed] if is_analysed.any() else periods
    is_recent = bool((counted == NOW).any()) or not len(frame)
    frame["period"] = periods if is_recent else NOW
    return frame, is_recent


def _analysed(tables: Mapping[str, pd.DataFrame], documents: pd.DataFrame) -> pd.DataFrame:
    verdicts = _frame(tables, DOCUMENT_CAUSES)
    places = _frame(tables, DOCUMENT_THEMES).rename(columns={"confidence": "closeness"})
    frame = documents[documents["skipped"].isna()].drop(columns=["skipped"])
    frame = frame.merge(verdicts, on="document_id", how="left").merge(places, on="document_id", how="left")
    frame["origin"] = [_origin(primary) for primary in frame["primary"]]
    return frame


def _quality(tables: Mapping[str, pd.DataFrame], day: date) -> dict[str, Any] | None:
    frame = _frame(tables, MODEL_QUALITY)
    rows = records(frame[(_dates(frame["run"]) == day) & (frame["part"] == "causes")])
    return rows[0] if rows else None


def _origin(primary: object) -> str | None:
    """Organization, employee, customer, `unstated` or `none`; nothing without a verdict."""
    if not isinstance(primary, str):
        return None
    return primary if primary in {NONE, UNSTATED} else origin_of(primary)


def _weeks(documents: pd.DataFrame, trends: pd.DataFrame) -> tuple[date, ...]:
    """The Mondays that charts show, without gaps, the latest last."""
    shown = documents[documents["skipped"].isna() | documents["score"].notna()]
    seen = [*shown["week"].dropna(), *trends["period_start"].dropna()]
    if not seen:
        return ()
    last = max(seen)
    first = max(min(seen), last - timedelta(weeks=WEEKS - 1))
    return tuple(first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1))


def _dates(column: pd.Series) -> pd.Series:
    return pd.Series(pd.to_datetime(column).dt.date, index=column.index, dtype=object)


def _local(column: pd.Series, zone: ZoneInfo) -> pd.Series:
    return pd.to_datetime(column, utc=True).dt.tz_convert(zone)


def _source(source: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The source with its latest time in the zone; a time that is none, or has no zone, stays as it is."""
    try:
        latest = datetime.fromisoformat(str(source.get("latest")))
    except ValueError:
        return source
    return source | {"latest": latest.astimezone(zone).isoformat()} if latest.tzinfo else source


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _run_day(facts: RunFacts, until: datetime) -> date:
    try:
        return date.fromisoformat(facts.run[:10])
    except ValueError:
        return until.astimezone(ZoneInfo(facts.timezone)).date()
