"""Files of labelled texts, read in one place: CSV, JSON Lines, and what `cxtext review` wrote, filled in."""

import csv
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxtext.cells import unguard
from cxtext.errors import CxtextError
from cxtext.taxonomy import CAUSES, NONE, UNSTATED

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
JSON_LINES = (".jsonl", ".ndjson")
DELIMITERS = (",", ";", "\t")  # spreadsheet programs of some countries save a CSV file with the others
LONGEST_CELL = 10**8
DOCUMENTS_SHEET = "Documents"  # of the workbook that `cxtext review` writes
CAUSE_COLUMNS = ("cause_1", "cause_2", "cause_3")  # there; a text that states more is rare
DRAWN = "drawn"  # the column by which a review file is told from others

log = logging.getLogger(__name__)
Row = tuple[int, Mapping[str, Any]]  # its number as a person counts it, and its cells by column


@dataclass(frozen=True)
class Labelled:
    """A text, the causes that it states, and its primary cause, `unstated` or `none`."""

    text: str
    causes: tuple[str, ...]
    primary: str


def read_labelled(path: Path, known: Collection[str] = CAUSES, *, drawn: str | None = None) -> list[Labelled]:
    """The labelled texts of a file with the columns text, causes (separated by |) and primary, or of a review file.

    CSV, a workbook, or JSON Lines with the same names. In a review file a row without a primary is not labelled yet,
    and a primary without causes beside it is the only cause; `drawn` keeps the rows that were drawn so: the `random`
    ones alone give an honest estimate of accuracy. `known` are the causes that labels may name. Raises CxtextError
    that names the file and the row of the first fault.
    """
    return [document for _, document in labelled_rows(path, known, drawn=drawn)]


def labelled_rows(
    path: Path, known: Collection[str] = CAUSES, *, drawn: str | None = None, is_review: bool = False
) -> list[tuple[int, Labelled]]:
    """The same with the number of each row, as a person counts them.

    A file with the column `drawn` is read as a review file; `is_review` says so of one without it.
    """
    rows, columns = table_rows(path)
    is_review = is_review or drawn is not None or DRAWN in columns
    if is_review:
        _need(path, columns, {"text", "primary"} | ({DRAWN} if drawn else set()))
        rows = [row for row in _filled_in(path, rows) if drawn in (None, _cell(row[1], DRAWN))]
    elif path.suffix.lower() not in JSON_LINES:
        _need(path, columns, {"text", "causes", "primary"})
    return [(number, _labelled(row, f"{path}: row {number}", known, is_review)) for number, row in rows]


def table_rows(path: Path) -> tuple[list[Row], frozenset[str]]:
    """The rows of a file that are not empty, and its columns. Raises CxtextError where it cannot be read."""
    suffix = path.suffix.lower()
    try:
        if suffix in JSON_LINES:
            found = list(_json_rows(path))
            return found, frozenset(name for _, row in found for name in row)
        table = _workbook(path) if suffix in WORKBOOKS else _csv(path)
    except FileNotFoundError:
        raise CxtextError(f"{path}: no such file; name one with labelled texts") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        kinds = "JSON Lines in UTF-8" if suffix in JSON_LINES else "an Excel workbook or CSV in UTF-8"
        raise CxtextError(f"{path}: cannot be read ({error}); save it as {kinds}") from None
    header = [cell.strip() for cell in table[0]] if table else []
    numbered = ((number, dict(zip(header, cells, strict=False))) for number, cells in enumerate(table[1:], 2))
    return [(number, row) for number, row in numbered if any(cell.strip() for cell in row.values())], frozenset(header)


def _need(path: Path, columns: frozenset[str], needed: set[str]) -> None:
    missing = sorted(needed - columns)
    if missing:
        raise CxtextError(f"{path}: no column {', '.join(missing)}; it needs {', '.join(sorted(needed))}")


def _filled_in(path: Path, rows: Sequence[Row]) -> list[Row]:
    """The rows that a person has labelled."""
    halves = [str(number) for number, row in rows if not _cell(row, "primary") and _causes(row)]
    if halves:
        log.warning("%s: causes without a primary are passed over, in row %s", path, ", ".join(halves))
    return [row for row in rows if _cell(row[1], "primary")]


def _labelled(row: Mapping[str, Any], place: str, known: Collection[str], is_review: bool) -> Labelled:
    try:
        text, primary, causes = str(row["text"]), str(row["primary"]).strip(), _causes(row)
        if not is_review:
            _ = row["causes"]
    except (KeyError, TypeError) as error:
        raise CxtextError(f"{place}: {error} is missing; give text, causes and primary") from None
    for cause in causes:
        if cause not in known:
            raise CxtextError(f"{place}: {cause!r} is no cause; use {', '.join(known)}")
    if is_review and primary in known and not causes:
        causes = (primary,)
    if primary not in {*known, UNSTATED, NONE}:
        raise CxtextError(f"{place}: primary is {primary!r}; make it one of {', '.join([*known, UNSTATED, NONE])}")
    if primary not in (causes or (UNSTATED, NONE)):
        has_none = f"{UNSTATED} or {NONE}, since it has no causes"
        fitting = "one of its causes, or clear the causes" if causes else has_none
        raise CxtextError(f"{place}: primary is {primary!r}; make it {fitting}")
    if not text.strip():
        raise CxtextError(f"{place}: the text is empty; fill it or remove the row")
    return Labelled(text, causes, primary)


def _causes(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The causes of a row, of the one column or of the workbook's three, without repeats."""
    several = row.get("causes") or ""
    cells = several.split("|") if isinstance(several, str) else [str(cause) for cause in several]
    cells += [_cell(row, column) for column in CAUSE_COLUMNS]
    return tuple(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))


def _cell(row: Mapping[str, Any], column: str) -> str:
    cell = row.get(column)
    return "" if cell is None else str(cell).strip()


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
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise CxtextError(f"{path}: row {number}: no JSON ({error}); write one object a line") from None
            if not isinstance(row, dict):
                raise CxtextError(f"{path}: row {number}: no JSON object; write one object a line")
            yield number, row
