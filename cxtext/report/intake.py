"""What was read, and what became of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from cxtext.report.night import Night, records
from cxtext.report.parts import Grid, Intake
from cxtext.report.words import (
    SKIPPED,
    count,
    day_of,
    language_name,
    listed,
    numeral,
    plain,
    plural,
    ratio,
)

FATES = {
    "documents": "new documents",
    "updates": "updates",
    "duplicates": "duplicates",
    "quarantined": "quarantined",
    "out_of_window": "out of window",
}
STALE = timedelta(days=3)
SHOWN = 12  # rows of one small table
WARNINGS = 20


def intake(night: Night) -> Intake:
    """The account of every row, and what the documents are made of."""
    account = {name: int(night.facts.account.get(name, 0)) for name in ("rows_read", *FATES)}
    whole = len(night.documents)
    is_balanced = account["rows_read"] == sum(account[fate] for fate in FATES)
    return Intake(
        equation=_equation(account),
        is_balanced=is_balanced,
        held=_held(night),
        grids=(
            _sources(night),
            _counts("Left out of analysis", _skipped(night), "Reason", whole, "No document was left out."),
            _counts("Languages", _languages(night), "Language", whole, "No document yet."),
            _redactions(night),
            _counts("Quarantined rows", _quarantine(night), "Reason", 0, "Every row could be read."),
        ),
        warnings=_warnings(night, account, is_balanced=is_balanced),
    )


def _equation(account: dict[str, int]) -> str:
    parts = " + ".join(f"{count(account[fate])} {words}" for fate, words in FATES.items())
    return f"{plural(account['rows_read'], 'row')} read = {parts}"


def _held(night: Night) -> str:
    documents = night.documents
    if not len(documents):
        return "The record holds no documents yet."
    first, last = documents["created_at"].min().date(), documents["created_at"].max().date()
    left_out = len(documents) - len(night.analysed)
    kept = count(len(night.analysed))
    analysed = f"{kept} are analysed and {count(left_out)} left out" if left_out else "all are analysed"
    return (
        f"The record holds {plural(len(documents), 'document')} written from {day_of(first, year=True)} to "
        f"{day_of(last, year=True)}; {analysed}. "
        f"{_redacted_words(documents)}"
    )


def _redacted_words(documents: pd.DataFrame) -> str:
    total = int(documents["redactions"].fillna(0).sum())
    touched = int((documents["redactions"].fillna(0) > 0).sum())
    return f"{plural(total, 'personal detail')} removed, from {plural(touched, 'document')}."


def _sources(night: Night) -> Grid:
    columns = ("Source", "Rows read", "New", "Updates", "Duplicates", "Quarantined", "Out of window", "Latest document")
    totals = night.ledger.groupby("source", as_index=False)[["rows_read", *FATES]].sum()
    sums = {str(row["source"]): row for row in records(totals)}
    described = {str(source.get("name", "")): source for source in night.facts.sources}
    names = [*described, *(name for name in sums if name not in described)]
    rows = []
    for name in names[: 2 * SHOWN]:
        counts = [count(sums[name][fate]) if name in sums else "0" for fate in ("rows_read", *FATES)]
        rows.append((_source_name(name, described.get(name, {})), *counts, _freshness(night, described.get(name, {}))))
    return Grid("Sources", columns, tuple(rows), "No source was read.")


def _source_name(name: str, source: dict[str, Any]) -> str:
    about = ", ".join(filter(None, (plain(source.get("channel"), 20), plain(source.get("kind"), 20))))
    return f"{plain(name, 60)} ({about})" if about else plain(name, 60)


def _latest(source: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(source.get("latest")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _freshness(night: Night, source: dict[str, Any]) -> str:
    latest = _latest(source)
    if latest is None:
        return "unknown"
    hours = max(0, round((night.until - latest).total_seconds() / 3600))
    age = plural(hours, "hour") if hours < 48 else plural(hours // 24, "day")
    return f"{day_of(latest.date(), year=True)}, {age} before the run"


def _tally(found: Iterable[str], name: Callable[[str], str]) -> Counter[str]:
    """How often each was found, under the name that readers see."""
    named: Counter[str] = Counter()
    for key, n in Counter(found).items():
        named[name(key)] += n
    return named


def _skipped(night: Night) -> Counter[str]:
    return _tally(night.documents["skipped"].dropna(), lambda reason: SKIPPED.get(reason, plain(reason, 60)))


def _languages(night: Night) -> Counter[str]:
    return _tally(night.documents["language"].fillna("und").map(str), language_name)


def _quarantine(night: Night) -> Counter[str]:
    return Counter({plain(reason, 120): int(n) for reason, n in night.facts.quarantine.items()})


def _redactions(night: Night) -> Grid:
    lists = [set(found) for found in night.documents["redacted_kinds"] if hasattr(found, "__iter__")]
    raw = Counter(str(kind) for found in lists for kind in found)
    kinds = _tally(raw.elements(), lambda kind: plain(kind, 30).replace("_", " ").lower())
    return _counts("Personal details removed", kinds, "Kind", len(night.documents), "No personal detail was found.")


def _counts(title: str, counts: Counter[str], column: str, whole: int, empty: str) -> Grid:
    ranked = sorted(((name, n) for name, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0]))
    rows = [(name, count(n), *([ratio(n, whole)] if whole else [])) for name, n in ranked[:SHOWN]]
    rest = ranked[SHOWN:]
    if rest:
        total = sum(n for _, n in rest)
        rows.append((f"{len(rest)} more", count(total), *([ratio(total, whole)] if whole else [])))
    unit = "Documents" if whole else "Rows"
    return Grid(title, (column, unit, *(["Share"] if whole else [])), tuple(rows), empty)


def _warnings(night: Night, account: dict[str, int], *, is_balanced: bool) -> tuple[str, ...]:
    told = [plain(warning, 300) for warning in night.facts.warnings[:WARNINGS]]
    if len(night.facts.warnings) > WARNINGS:
        told.append(f"{len(night.facts.warnings) - WARNINGS} further warnings stand in the run's log.")
    if not is_balanced:
        read, explained = (count(number) for number in (account["rows_read"], sum(account[fate] for fate in FATES)))
        told.insert(0, f"The account does not add up: {read} rows read, {explained} explained.")
    stale = [
        plain(source.get("name"), 60)
        for source in night.facts.sources
        if (latest := _latest(source)) is not None and night.until - latest > STALE
    ]
    if stale:
        told.append(f"Nothing from {listed(stale)} in the {numeral(STALE.days)} days before the run.")
    return tuple(filter(None, told))
