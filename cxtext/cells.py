"""Cells of a CSV file that a spreadsheet program must not take for formulas.

A cell that begins with one of = + - @, a tab or a line break is calculated when a spreadsheet opens the file, and may
call other programs. An apostrophe before it makes it text (OWASP, "CSV Injection").
"""

import re

STARTS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # the full-width forms count as the plain ones in some locales


def guard(text: str) -> str:
    """The text as a cell that stays text; `unguard` gives the same text back."""
    return f"'{text}" if STARTS.match(text) else text


def unguard(cell: str) -> str:
    """The text of a cell that `guard` wrote."""
    return cell[1:] if cell.startswith("'") and STARTS.match(cell) else cell
