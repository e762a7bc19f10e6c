"""The review file as a workbook: the documents with lists to choose from, the codebook, and how to use both."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from io import BytesIO
from typing import Any, Final

import pandas as pd

from cxtext.label_files import CAUSE_COLUMNS, DOCUMENTS_SHEET
from cxtext.review.codebook import Codebook
from cxtext.review.columns import CODEBOOK_SHEET, HELP_SHEET, HIDDEN, SHEET_COLUMNS
from cxtext.taxonomy import CAUSES, PRIMARIES

# Everything is written as what it is: a text that looks like a formula, a number or a link stays a text.
OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip
WIDTHS: Final[Mapping[str, int]] = {
    "document_id": 18, "created": 11, "channel": 9, "text": 80, "primary": 34, "note": 30, "proposed_evidence": 60,
} | dict.fromkeys(CAUSE_COLUMNS, 34)  # fmt: skip
CODEBOOK_COLUMNS: Final = (("Label", 34), ("Name", 24), ("When to give it", 60), ("Hard rules", 110))
HEADER: Final = {"bold": True, "bg_color": "#D9E2EC", "border": 1, "valign": "top"}
FILLED_IN: Final = {"bg_color": "#FFF9DB", "border": 1, "border_color": "#D9D9D9", "text_wrap": True, "valign": "top"}
PLAIN: Final = {"text_wrap": True, "valign": "top"}

HOW_TO: Final = (
    ("Label", ""),
    (
        "1",
        "Read the text of a document and choose its primary from the list: the cause that the writer complains about "
        "most, or unstated, or none. The sheet Codebook says when to give which.",
    ),
    (
        "2",
        "Where the text states several causes, choose all of them in cause_1 to cause_3, the primary among them. "
        "Where it states one, the primary is enough.",
    ),
    ("3", "Leave the primary empty where you have not decided. The note is for yourself and your colleagues."),
    (
        "4",
        "Go from top to bottom and do not skip the hard ones. Some documents were drawn at random, the others because "
        "the model is unsure of them; they are mixed, so that you may stop anywhere. Only the random ones tell how "
        "good the model is, and only where none of them is passed over.",
    ),
    (
        "5",
        "What the model proposes is hidden behind the + above the last columns. Look at it when you have labelled, "
        "not before: who has seen a proposal tends to agree with it.",
    ),
    ("Feed it back", ""),
    (
        "6",
        "Save as an Excel workbook (.xlsx). Do not rename, move or change the columns that were filled in for you. "
        "The CSV file beside this one holds the same documents: fill in one of the two.",
    ),
    ("7", "cxtext train --labels FILE   learns from it. FILE is this workbook or the CSV file."),
    ("8", "cxtext review --labelled FILE   writes the next ones, without those that are in this file."),
    ("Keep it safe", ""),
    ("9", "The texts are redacted, but they are still your customers' words. Treat this file as you treat the report."),
)


def write_workbook(chosen: pd.DataFrame, codebook: Codebook, run: str) -> bytes:
    """A workbook of the chosen documents; equal input gives equal bytes, dated by the day of the run (YYYY-MM-DD).

    `chosen` has the columns of `cxtext.review.columns.KNOWN`. What a person fills in is empty.
    """
    from xlsxwriter import Workbook

    content = BytesIO()
    workbook = Workbook(content, OPTIONS)
    workbook.set_properties(
        {"title": f"cxtext review {run}", "created": datetime.combine(datetime.fromisoformat(run), time())}
    )
    look = {name: workbook.add_format(style) for name, style in LOOKS.items()}
    sheets = [workbook.add_worksheet(name) for name in (DOCUMENTS_SHEET, CODEBOOK_SHEET, HELP_SHEET)]
    for write, sheet in zip((_documents(chosen), _codebook(codebook), _how_to(codebook.rules)), sheets, strict=True):
        write(sheet, look)
    workbook.close()
    return content.getvalue()


LOOKS: Final = {"header": HEADER, "filled_in": FILLED_IN, "plain": PLAIN, "percent": PLAIN | {"num_format": "0%"}}
Writer = Callable[[Any, dict[str, Any]], None]


def _documents(chosen: pd.DataFrame) -> Writer:
    def write(sheet: Any, look: dict[str, Any]) -> None:
        _set_columns(sheet, look)
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(SHEET_COLUMNS):
            sheet.write_string(0, place, name, look["header"])
        for number, row in enumerate(chosen.to_dict("records"), 1):
            for place, name in enumerate(SHEET_COLUMNS):
                if name == "proposed_confidence":
                    sheet.write_number(number, place, row[name], look["percent"])
                elif name in row:
                    sheet.write_string(number, place, row[name], look["plain"])
                else:
                    sheet.write_blank(number, place, None, look["filled_in"])
        last = max(len(chosen), 1)
        sheet.autofilter(0, 0, last, len(SHEET_COLUMNS) - 1)
        _offer(sheet, "primary", last, len(PRIMARIES), "one of the twelve labels")
        for name in CAUSE_COLUMNS:
            _offer(sheet, name, last, len(CAUSES), "one of the ten causes")

    return write


def _set_columns(sheet: Any, look: dict[str, Any]) -> None:
    for place, name in enumerate(SHEET_COLUMNS):
        hidden = {"level": 1, "hidden": True} if name in HIDDEN else {}
        sheet.set_column(place, place, WIDTHS.get(name, 20), look["plain"], hidden)
    after = len(SHEET_COLUMNS)
    sheet.set_column(after, after, None, None, {"collapsed": True})


def _offer(sheet: Any, column: str, last: int, labels: int, what: str) -> None:
    """A list to choose from: the first `labels` labels of the codebook, since a list in the cell is too long."""
    place = SHEET_COLUMNS.index(column)
    sheet.data_validation(
        1, place, last, place,
        {
            "validate": "list",
            "source": f"={CODEBOOK_SHEET}!$A$2:$A${labels + 1}",
            "error_title": "Not a label",
            "error_message": f"Choose {what} from the list, or leave the cell empty.",
        },
    )  # fmt: skip


def _codebook(codebook: Codebook) -> Writer:
    def write(sheet: Any, look: dict[str, Any]) -> None:
        sheet.freeze_panes(1, 0)
        for place, (name, width) in enumerate(CODEBOOK_COLUMNS):
            sheet.set_column(place, place, width, look["plain"])
            sheet.write_string(0, place, name, look["header"])
        for number, each in enumerate(codebook.labels, 1):
            cells = (each.label, each.name, each.given_when, "\n".join(f"• {rule}" for rule in each.hard_rules))
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell, look["plain"])

    return write


def _how_to(rules: Sequence[str]) -> Writer:
    lines = [*HOW_TO, ("Rules for every document", ""), *(("•", rule) for rule in rules)]

    def write(sheet: Any, look: dict[str, Any]) -> None:
        sheet.set_column(0, 0, 26, look["plain"])
        sheet.set_column(1, 1, 110, look["plain"])
        for number, (head, words) in enumerate(lines):
            sheet.write_string(number, 0, head, look["plain" if words else "header"])
            sheet.write_string(number, 1, words, look["plain" if words else "header"])

    return write
