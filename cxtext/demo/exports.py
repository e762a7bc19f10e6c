"""The demo's exports, one function a file, each as the system that it comes from would write it."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from cxtext.demo.contacts import QUOTE, Contact
from cxtext.demo.lives import LAST, ZONE, seeded

DUPLICATES = 25  # tickets exported twice, nothing changed
ROWS_BETWEEN = 40  # how far apart they stand: what moves while an export is paged through comes again
EXPORT_END = datetime(LAST.year, LAST.month, LAST.day, 23, 30, tzinfo=ZONE)

IMPOSSIBLE_DATES = {"mail": "30/02/2026 11:05", "nps": "31.02.2026", "csat": "2026-13-09 10:40:00", "notes": "?"}
IMPOSSIBLE_NPS = 42

# A workbook's own times, fixed: the same answers give the same bytes.
WORKBOOK_TIME = datetime(2026, 3, 16, tzinfo=UTC)
CORE_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_tickets(path: Path, contacts: Sequence[Contact], seed: int) -> dict[str, int]:
    """The help desk's JSON Lines, in the order of their last change; returns what stands in it twice."""
    chance = seeded(seed, "tickets")
    rows: list[tuple[datetime, Contact, str]] = []
    for each in contacts:
        changed = min(each.written + timedelta(minutes=chance.randint(6, 600)), EXPORT_END)
        rows.append((changed, each, each.body))
        if "later" in each.text:
            again = min(changed + timedelta(minutes=chance.randint(1_200, 4_000)), EXPORT_END)
            rows.append((again, each, f"{each.body}\n\n{each.text['later']}"))
    rows.sort(key=lambda row: (row[0], row[1].native_id))
    lines = [_ticket_line(*row) for row in rows]
    unchanged = [place for place, (_, each, _) in enumerate(rows) if each.fault is None and "later" not in each.text]
    repeated = chance.sample(unchanged, DUPLICATES)
    places = [(float(place), line) for place, line in enumerate(lines)]
    places += [(place + ROWS_BETWEEN + 0.5, lines[place]) for place in repeated]
    path.write_text("".join(f"{line}\n" for _, line in sorted(places)), encoding="utf-8", newline="\n")
    return {"duplicates": DUPLICATES, "updates": len(rows) - len(contacts)}


def write_mail(path: Path, contacts: Iterable[Contact]) -> None:
    """The mailbox's CSV as an old archive writes it: semicolons, Windows-1252, local times, day first."""
    header = ["Message-ID", "Date", "From", "Subject", "Body", "Product", "Account"]
    rows = [
        _cut(
            each,
            each.native_id,
            _date(each, f"{each.written:%d/%m/%Y %H:%M}"),
            f"{each.sender} <{each.address}>",
            each.text["subject"],
            each.body,
            each.text["product"] or "",
            each.text.get("account", ""),
        )
        for each in contacts
    ]
    _write_csv(path, [header, *rows], encoding="cp1252", delimiter=";")


def write_chats(path: Path, contacts: Iterable[Contact]) -> None:
    """The chat tool's Parquet, times in UTC."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("chat_id", pa.string()),
            ("started_at", pa.timestamp("ms", tz="UTC")),
            ("transcript", pa.string()),
            ("product", pa.string()),
            ("team", pa.string()),
            ("account", pa.string()),
        ]
    )
    rows = [
        {
            "chat_id": each.native_id,
            "started_at": each.written.astimezone(UTC),
            "transcript": each.body,
            "product": each.text["product"],
            "team": each.team,
            "account": each.text.get("account"),
        }
        for each in contacts
    ]
    # uncompressed: a newer compressor must not make other bytes
    pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="NONE")


def write_nps(path: Path, contacts: Iterable[Contact]) -> None:
    """The relationship survey's workbook, with real dates."""
    # imported by name: openpyxl has no types, and only this script needs it
    workbook: Any = import_module("openpyxl").Workbook()
    sheet = workbook.active
    sheet.title = "Responses"
    sheet.append(["Response ID", "Date", "NPS", "Comment", "Product", "Stage", "Account"])
    for each in contacts:
        text = each.text
        answered = IMPOSSIBLE_DATES["nps"] if each.fault == "impossible_date" else each.written.date()
        score = IMPOSSIBLE_NPS if each.fault == "impossible_score" else text["score"]
        sheet.append([each.native_id, answered, score, each.body, text["product"], text["stage"], text.get("account")])
        sheet.cell(sheet.max_row, 2).number_format = "dd/mm/yyyy"
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.write_bytes(_without_clock(buffer.getvalue()))


def write_csat(path: Path, contacts: Iterable[Contact]) -> None:
    """The after-contact survey's CSV: commas, UTF-8 with a byte-order mark."""
    header = ["Response ID", "Submitted", "CSAT", "Comment", "Product", "Stage", "Team", "Account"]
    rows = [
        _cut(
            each,
            each.native_id,
            _date(each, f"{each.written:%Y-%m-%d %H:%M:%S}"),
            str(each.text["score"]),
            each.body,
            each.text["product"] or "",
            each.text["stage"] or "",
            each.team,
            each.text.get("account", ""),
        )
        for each in contacts
    ]
    _write_csv(path, [header, *rows], encoding="utf-8-sig")


def write_notes(path: Path, contacts: Iterable[Contact]) -> None:
    """What employees wrote into the internal form."""
    header = ["note_id", "written", "team", "note"]
    rows = [
        _cut(each, each.native_id, _date(each, f"{each.written:%Y-%m-%d %H:%M}"), each.team, each.body)
        for each in contacts
    ]
    _write_csv(path, [header, *rows], encoding="utf-8")


def _ticket_line(changed: datetime, each: Contact, description: str) -> str:
    line = json.dumps(_ticket(changed, each, description), ensure_ascii=False)
    return line[: len(line) * 3 // 5] if each.fault == "cut_line" else line


def _ticket(changed: datetime, each: Contact, description: str) -> dict[str, Any]:
    text = each.text
    came_by_mail = text["kind"] == "mail" or "Sent from" in text["body"] or QUOTE.search(text["body"]) is not None
    return {
        "id": int(each.native_id),
        "subject": text["subject"],
        "description": description,
        "created_at": _utc(each.written),
        "updated_at": _utc(changed),
        "status": "open" if EXPORT_END - changed < timedelta(days=2) else "closed",
        "via": {"channel": "email" if came_by_mail else "web"},
        "requester": {"name": each.sender, "email": each.address},
        "organization_id": text.get("account"),
        "group": each.team,
        "satisfaction": {"score": text["score"]},
        "custom": {"product": text["product"], "stage": text["stage"]},
    }


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _date(each: Contact, as_written: str) -> str:
    return IMPOSSIBLE_DATES[each.source] if each.fault == "impossible_date" else as_written


def _cut(each: Contact, *fields: str) -> list[str]:
    """The fields of a row, or the first half of them where the row is to be broken."""
    return list(fields[: len(fields) // 2] if each.fault == "too_few_fields" else fields)


def _write_csv(path: Path, rows: Iterable[Sequence[str]], encoding: str, delimiter: str = ",") -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook, whenever it was written: times fixed, nothing compressed."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = CORE_TIMES.sub(rb"\g<1>" + f"{WORKBOOK_TIME:%Y-%m-%dT%H:%M:%SZ}".encode(), part)
            target.writestr(zipfile.ZipInfo(name, WORKBOOK_TIME.timetuple()[:6]), part)
    return result.getvalue()
