"""Reading review files back, whichever of the two a person filled in."""

import csv
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxtext.cause_training import Labelled
from cxtext.cells import unguard
from cxtext.errors import CxtextError
from cxtext.review.columns import CAUSE_COLUMNS, DOCUMENTS_SHEET
from cxtext.taxonomy import CAUSES, NONE, PRIMARIES, UNSTATED

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
JSON_LINES = (".jsonl", ".ndjson")
DELIMITERS = (",", ";", "\t")  # spreadsheet programs of some countries save a CSV file with the others
LONGEST_CELL = 10**8

log = logging.getLogger(__name__)
Row = tuple[int, dict[str, str]]  # its number as a spreadsheet shows it, and its cells by column


@dataclass(frozen=True)
class Seen:
    """Documents that need no label any more, by id and by text as `plain` gives it."""

    document_ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def read_review(path: Path, *, drawn: str | None = None) -> list[Labelled]:
    """The labelled documents of a review file, CSV or workbook; rows without a primary are not labelled yet.

    A primary without causes beside it is the only cause. `drawn` keeps the rows that were drawn so: the `random` ones
    alone give an honest estimate of accuracy. Raises CxtextError that names the file and the row of the first fault.
    """
    if path.suffix.lower() in JSON_LINES:
        raise CxtextError(f"{path}: is no review file; name the CSV file or the workbook that `cxtext review` wrote")
    rows = _rows(path, {"text", "primary"} | ({"drawn"} if drawn else set()))
    halves = [str(number) for number, row in rows if not _cell(row, "primary") and _causes(row)]
    if halves:
        log.warning("%s: causes without a primary are passed over, in row %s", path, ", ".join(halves))
    return [
        _labelled(row, f"{path}: row {number}")
        for number, row in rows
        if _cell(row, "primary") and (drawn is None or _cell(row, "drawn") == drawn)
    ]


def read_seen(paths: Sequence[Path]) -> Seen:
    """The documents in labelled or review files, filled in or not; JSON Lines are read as well. Raises CxtextError."""
    document_ids: set[str] = set()
    texts: set[str] = set()
    for path in paths:
        for _, row in _rows(path, {"text"}):
            document_ids.add(_cell(row, "document_id"))
            texts.add(plain(row.get("text", "")))
    return Seen(frozenset(document_ids - {""}), frozenset(texts - {""}))


def plain(text: str) -> str:
    """The text without what a spreadsheet program may change in it: the kind of its line breaks, spaces at its ends."""
    return " ".join(text.split())


def _labelled(row: dict[str, str], place: str) -> Labelled:
    text, primary, causes = row.get("text", ""), _cell(row, "primary"), _causes(row)
    for cause in causes:
        if cause not in CAUSES:
            raise CxtextError(f"{place}: {cause!r} is no cause; use {', '.join(CAUSES)}")
    if primary not in PRIMARIES:
        raise CxtextError(f"{place}: primary is {primary!r}; make it one of {', '.join(PRIMARIES)}")
    if primary in CAUSES and not causes:
        causes = (primary,)
    if primary not in (causes or (UNSTATED, NONE)):
        raise CxtextError(f"{place}: primary is {primary!r}; make it one of its causes, or clear the causes")
    if not text.strip():
        raise CxtextError(f"{place}: the text is empty; restore it or clear the row")
    return Labelled(text, causes, primary)


def _causes(row: dict[str, str]) -> tuple[str, ...]:
    """The causes of a row, of the one column of the CSV file and of the three of the workbook, without repeats."""
    cells = [*_cell(row, "causes").split("|"), *(_cell(row, column) for column in CAUSE_COLUMNS)]
    return tuple(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))


def _cell(row: dict[str, str], column: str) -> str:
    return row.get(column, "").strip()


def _rows(path: Path, needed: set[str]) -> list[Row]:
    """The rows that are not empty. Raises CxtextError where the file cannot be read or a needed column is missing."""
    try:
        if path.suffix.lower() in JSON_LINES:
            return [(number, row) for number, row in _json_rows(path) if row]
        table = _workbook(path) if path.suffix.lower() in WORKBOOKS else _csv(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CxtextError(f"{path}: cannot be read ({error}); save it as an Excel workbook or CSV UTF-8") from None
    header = [cell.strip() for cell in table[0]] if table else []
    missing = sorted(needed - set(header))
    if missing:
        raise CxtextError(f"{path}: no column {', '.join(missing)}; take a file that `cxtext review` wrote")
    numbered: Iterable[Row] = (
        (number, dict(zip(header, cells, strict=False))) for number, cells in enumerate(table[1:], 2)
    )
    return [(number, row) for number, row in numbered if any(cell.strip() for cell in row.values())]


def _workbook(path: Path) -> list[list[str]]:
    """The sheet of the documents, or the first where it was renamed."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(path)
        named = DOCUMENTS_SHEET in workbook.sheet_names
        sheet = workbook.get_sheet_by_name(DOCUMENTS_SHEET) if named else workbook.get_sheet_by_index(0)
        # with the empty rows above, or the numbers would not be those that the person sees
        cells: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise CxtextError(f"{path}: no workbook that can be read ({error}); save it as .xlsx") from None
    return [["" if cell is None else str(cell) for cell in row] for row in cells]


def _csv(path: Path) -> list[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header = lines.readline()
        lines.seek(0)
        delimiter = max(DELIMITERS, key=header.count)
        return [[unguard(cell) for cell in row] for row in csv.reader(lines, delimiter=delimiter)]


def _json_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line) if line.strip() else {}
                yield number, {name: str(row[name]) for name in ("document_id", "text") if name in row}
            except (ValueError, TypeError) as error:
                raise CxtextError(f"{path}: row {number}: no JSON ({error}); write one object a line") from None
