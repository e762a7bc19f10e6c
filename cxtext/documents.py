"""From records to documents: one fate for every row of every feed.

rows read = documents + updates + duplicates + quarantined + out of window
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from cxtext.errors import CxtextError
from cxtext.settings import CHANNELS, Settings, SourceSettings
from cxtext.sources import Feed, Record, open_source
from cxtext.sources.base import published_path
from cxtext.tables import LEDGER, QUARANTINE, VERBATIMS
from cxtext.times import parse_time

FATES = ("documents", "updates", "duplicates", "quarantined", "out_of_window")
READABLE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:#/-]{0,59}")
# Ids that say who a person is: telephone numbers (separators taken out), social security numbers, `Firstname.Lastname`.
SEPARATORS = re.compile(r"[-./_]")
TELEPHONE = re.compile(r"(?<![A-Za-z0-9])0\d{9,13}(?![A-Za-z0-9])")
PERSONAL = re.compile(
    r"(?<!\d)\d{3}-\d\d-\d{4}(?!\d)|(?<![A-Za-z0-9])(?:[A-Za-z]{2,}(?:\.[A-Za-z]+)*\.[A-Za-z]{2,}|[A-Z][a-z]+[-_][A-Z][a-z]+)\d{0,4}"
    r"(?![A-Za-z0-9])"
)
MISSING = {"", "nan", "none", "null", "nat"}
COLUMNS_SHOWN = 400  # characters of a header that a message shows

# What help desks call their channels -> ours.
CHANNEL_NAMES = {
    "email": "mail", "e-mail": "mail", "letter": "mail", "web": "ticket", "form": "ticket", "portal": "ticket",
    "phone": "call", "voice": "call", "telephone": "call", "messaging": "chat", "live chat": "chat", "sms": "chat",
    "whatsapp": "chat", "twitter": "social", "x": "social", "facebook": "social", "tweet": "social",
    "customer care call": "call", "app review": "review", "internal": "employee",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier nights hold of a document."""

    content_hash: str
    updated_at: datetime | None


@dataclass
class Intake:
    """What one run read: documents as received, unreadable rows, and the account of every row."""

    verbatims: pd.DataFrame
    quarantine: pd.DataFrame
    ledger: pd.DataFrame
    warnings: list[str] = field(default_factory=list)

    def account(self) -> dict[str, int]:
        """Rows read and the sum of each fate; raises when they do not add up."""
        totals = {name: int(self.ledger[name].sum()) for name in ("rows_read", *FATES)}
        if totals["rows_read"] != sum(totals[fate] for fate in FATES):
            raise RuntimeError(f"rows are unaccounted for: {totals}")
        return totals


@dataclass
class _FileAccount:
    source: str
    file: str
    rows_read: int = 0
    fates: Counter[str] = field(default_factory=Counter)


class UnusableError(ValueError):
    """Why a record cannot become a document, in words for a person."""


def collect(settings: Settings, until: datetime, known: Mapping[str, Known]) -> Intake:
    """Read every source and give each row its fate.

    The window is half-open: what changed at `until` or later is left for a later run. `known` holds the documents
    of earlier runs by id: one that was seen is an update if it is newer than what is known, and out of the window
    if not; one that was never seen is taken in, however late it comes. Of several rows with one id the newest is
    kept (by `updated_at`, else by the order of reading).
    """
    accounts: list[_FileAccount] = []
    quarantined: list[dict[str, Any]] = []
    kept: dict[str, tuple[dict[str, Any], _FileAccount]] = {}
    settled: dict[str, datetime] = {}
    warnings: list[str] = []
    for source in settings.sources:
        complaints: list[str] = []
        usable = 0
        feed = None
        for feed in open_source(source, settings.base).feeds():
            account = _FileAccount(source.name, feed.name)
            accounts.append(account)
            complaint = missing_columns(source, feed)
            usable += complaint is None
            if complaint:
                complaints.append(complaint)
            seen: set[str] = set()
            equals: Counter[str] = Counter()
            for record in feed.records:
                account.rows_read += 1
                seen.update(record.values)
                try:
                    row = read_record(source, settings.zone, feed.name, record, complaint, equals)
                except UnusableError as error:
                    account.fates["quarantined"] += 1
                    quarantined.append(_quarantine_row(source, feed, record, str(error)))
                    continue
                _place(row, account, kept, settled, until, known)
            warnings += _without_text(source, feed, seen)
        if complaints and not usable:
            raise CxtextError(complaints[0])
        if feed is None:
            warnings.append(f"source {source.name}: no file matches {published_path(source.path, settings.base)}")
        warnings += complaints
    verbatims = [row for row, _ in kept.values()]
    return Intake(
        verbatims=pd.DataFrame(verbatims, columns=list(VERBATIMS.columns)) if verbatims else VERBATIMS.empty(),
        quarantine=pd.DataFrame(quarantined) if quarantined else QUARANTINE.empty(),
        ledger=_ledger(accounts),
        warnings=warnings,
    )


def missing_columns(source: SourceSettings, feed: Feed, *, with_found: bool = False) -> str | None:
    """What the settings ask for and the file lacks, in one line; None when nothing.

    `with_found` says what the file has instead of where to see that. It may stand on a terminal only: where the
    header is missing, it is a customer's words.
    """
    if feed.columns is None:
        return None
    missing = [name for name in source.columns.names() if name not in feed.columns]
    if not missing:
        return None
    found = _found(feed.columns) if with_found else "run `cxtext check` to see what it has"
    return (
        f"source {source.name}: {feed.name} has no column {', '.join(map(repr, missing))}; {found}; "
        "correct [sources.columns] in the settings"
    )


def _found(columns: Sequence[str]) -> str:
    names = ", ".join(map(printable, columns))
    return f"it has {names if len(names) <= COLUMNS_SHOWN else names[:COLUMNS_SHOWN] + ' ...'}"


def printable(text: str) -> str:
    """A feed's text in one line that does a terminal no harm."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _without_text(source: SourceSettings, feed: Feed, seen: set[str]) -> list[str]:
    """A warning where each record brings its own columns and none of them brought the text."""
    names = [source.columns.text] if isinstance(source.columns.text, str) else source.columns.text
    if feed.columns is not None or not seen or seen.intersection(names):
        return []
    return [
        f"source {source.name}: no record of {feed.name} has {', '.join(map(repr, names))}, so none has a text; "
        "correct [sources.columns] in the settings"
    ]


def read_record(
    source: SourceSettings,
    zone: ZoneInfo,
    file: str,
    record: Record,
    complaint: str | None = None,
    equals: Counter[str] | None = None,
) -> dict[str, Any]:
    """One record as a row of the verbatims table. Raises UnusableError with the reason.

    `equals` counts the rows of this file that nothing sets apart, where the feed has no ids.
    """
    if record.problem or complaint:
        raise UnusableError(record.problem or complaint)
    columns, values = source.columns, record.values
    naive_zone = ZoneInfo(source.timezone) if source.timezone else zone
    subject = _text(values.get(columns.subject)) if columns.subject else None
    verbatim = _joined(values, columns.text)
    created_at = _time(values, columns.created_at, source, naive_zone)
    if created_at is None:
        raise UnusableError(f"column {_named(columns.created_at)}: no time")
    low, high = source.score.range if source.score else (None, None)
    row: dict[str, Any] = {
        "source": source.name,
        "channel": _channel(_optional(values, columns.channel), source.channel),
        "created_at": created_at,
        "updated_at": _time(values, columns.updated_at, source, naive_zone) if columns.updated_at else None,
        "subject": subject,
        "verbatim": verbatim,
        "score": _score(values, source),
        "score_kind": None,
        "score_low": None,
        "score_high": None,
        "product": _optional(values, columns.product) or source.product,
        "stage": _optional(values, columns.stage) or source.stage,
        "team": _optional(values, columns.team) or source.team,
        "account_id": _optional(values, columns.account_id),
    }
    if row["score"] is not None and source.score:
        row |= {"score_kind": source.score.kind, "score_low": low, "score_high": high}
    row["content_hash"] = _hash(json.dumps({k: str(v) for k, v in row.items() if k != "updated_at"}, sort_keys=True))
    return {"document_id": _document_id(source, values, row, equals), **row, "file": file, "row": record.row}


def _place(
    row: dict[str, Any],
    account: _FileAccount,
    kept: dict[str, tuple[dict[str, Any], _FileAccount]],
    settled: dict[str, datetime],
    until: datetime,
    known: Mapping[str, Known],
) -> None:
    """Count a row under its fate, and keep it if it is the newest of its document.

    `settled` says of documents that came as they are known how new that state is: what is older is no update.
    """
    if _changed_at(row) >= until:
        account.fates["out_of_window"] += 1
        return
    document_id = row["document_id"]
    earlier = known.get(document_id)
    rival = kept.get(document_id)
    if rival is not None:
        if _changed_at(rival[0]) > _changed_at(row):
            account.fates["duplicates"] += 1
            return
        # the rival gives up its place, and with it its fate
        rival[1].fates[_fate(earlier)] -= 1
        rival[1].fates["duplicates"] += 1
        del kept[document_id]
    if earlier is not None and not _is_newer(row, earlier):
        settled[document_id] = max(_changed_at(row), settled.get(document_id, _changed_at(row)))
        account.fates["out_of_window"] += 1
        return
    if document_id in settled and _changed_at(row) < settled[document_id]:
        account.fates["out_of_window"] += 1
        return
    account.fates[_fate(earlier)] += 1
    kept[document_id] = (row, account)


def _fate(earlier: Known | None) -> str:
    return "documents" if earlier is None else "updates"


def _changed_at(row: dict[str, Any]) -> datetime:
    # the later of the two: some feeds' updates are older than what they update
    created: datetime = row["created_at"]
    return max(created, row["updated_at"] or created)


def _is_newer(row: dict[str, Any], earlier: Known) -> bool:
    if row["content_hash"] == earlier.content_hash:
        return False
    return earlier.updated_at is None or _changed_at(row) > earlier.updated_at


def _document_id(
    source: SourceSettings, values: Mapping[str, Any], row: dict[str, Any], equals: Counter[str] | None
) -> str:
    if source.columns.id is None:
        return f"{source.name}:{_made_id(source, values, row, Counter() if equals is None else equals)}"
    native = _optional(values, source.columns.id)
    if native is None:
        raise UnusableError(f"column {source.columns.id}: no id")
    return f"{source.name}:{native if _is_readable(native) else _hash(native)}"


def _made_id(source: SourceSettings, values: Mapping[str, Any], row: dict[str, Any], equals: Counter[str]) -> str:
    """An id from what the feed says of a document; of rows that are equal in all of it each has its own.

    It is made of the feed's words, not of the settings' defaults, so that other defaults make no other document.
    """
    columns = source.columns
    about = (columns.account_id, columns.product, columns.team, columns.stage, columns.channel)
    parts = [row["created_at"].isoformat(), row["subject"], row["verbatim"], row["score"]]
    made = _hash(json.dumps([*parts, *(_optional(values, column) for column in about)]))
    equals[made] += 1
    return made if equals[made] == 1 else _hash(f"{made} {equals[made]}")


def _is_readable(native: str) -> bool:
    """Whether an id may stand in published tables as it is."""
    return (
        READABLE_ID.fullmatch(native) is not None
        and not PERSONAL.search(native)
        and not TELEPHONE.search(SEPARATORS.sub("", native))
    )


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _text(value: Any) -> str | None:
    """A cell as text; None when it holds nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # where a column has gaps, tables make of the id 1042 a 1042.0
    text = str(value)
    return text if text.strip() else None


def _optional(values: Mapping[str, Any], column: str | None) -> str | None:
    text = _text(values.get(column)) if column else None
    return None if text is None or text.strip().lower() in MISSING else text.strip()


def _joined(values: Mapping[str, Any], columns: str | list[str]) -> str:
    names = [columns] if isinstance(columns, str) else columns
    return "\n\n".join(text for name in names if (text := _text(values.get(name))) is not None)


def _named(columns: str | list[str]) -> str:
    return columns if isinstance(columns, str) else " and ".join(columns)


def _time(
    values: Mapping[str, Any], columns: str | list[str] | None, source: SourceSettings, zone: ZoneInfo
) -> datetime | None:
    names = [columns] if isinstance(columns, str) else columns or []
    parts = [values.get(name) for name in names if _optional(values, name) is not None]
    if not parts:
        return None
    value = parts[0] if len(parts) == 1 else " ".join(str(part) for part in parts)
    try:
        return parse_time(value, zone, day_first=source.day_first, date_format=source.date_format)
    except (ValueError, OverflowError):
        # reasons are published, so they name the column and never what stands in it
        raise UnusableError(f"column {_named(names)}: not a time") from None


def _channel(value: str | None, default: str) -> str:
    name = (value or default).lower()
    name = CHANNEL_NAMES.get(name, name)
    return name if name in CHANNELS else "other"


def _score(values: Mapping[str, Any], source: SourceSettings) -> float | None:
    text = _optional(values, source.columns.score)
    if text is None or source.score is None:
        return None
    low, high = source.score.range
    try:
        score = float(text.replace(",", "."))
    except ValueError:
        raise UnusableError(f"column {source.columns.score}: not a number") from None
    if not low <= score <= high:
        raise UnusableError(f"column {source.columns.score}: outside {low:g} to {high:g}")
    return score


def _quarantine_row(source: SourceSettings, feed: Feed, record: Record, reason: str) -> dict[str, Any]:
    return {"source": source.name, "file": feed.name, "row": record.row, "reason": reason, "raw": record.raw}


def _ledger(accounts: Iterable[_FileAccount]) -> pd.DataFrame:
    rows = [
        {"source": each.source, "file": each.file, "rows_read": each.rows_read}
        | {fate: each.fates[fate] for fate in FATES}
        for each in accounts
    ]
    return pd.DataFrame(rows, columns=list(LEDGER.columns)) if rows else LEDGER.empty()
