"""Reading review files back, whichever of the two a person filled in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxtext.errors import CxtextError
from cxtext.label_files import JSON_LINES, Labelled, labelled_rows, table_rows


@dataclass(frozen=True)
class Seen:
    """Documents that need no label any more, by id and by text as `plain` gives it."""

    document_ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


def read_review(path: Path, *, drawn: str | None = None) -> list[Labelled]:
    """The labelled documents of a review file, CSV or workbook; rows without a primary are not labelled yet.

    See `cxtext.label_files.read_labelled`, which reads other files of labels as well.
    """
    if path.suffix.lower() in JSON_LINES:
        raise CxtextError(f"{path}: is no review file; name the CSV file or the workbook that `cxtext review` wrote")
    return [document for _, document in labelled_rows(path, drawn=drawn, is_review=True)]


def read_seen(paths: Sequence[Path]) -> Seen:
    """The documents in labelled or review files, filled in or not; JSON Lines are read as well. Raises CxtextError."""
    document_ids: set[str] = set()
    texts: set[str] = set()
    for path in paths:
        rows, columns = table_rows(path)
        if path.suffix.lower() not in JSON_LINES and "text" not in columns:
            raise CxtextError(f"{path}: no column text; take a file that `cxtext review` wrote")
        for _, row in rows:
            document_ids.add(str(row.get("document_id", "")).strip())
            texts.add(plain(str(row.get("text", ""))))
    return Seen(frozenset(document_ids - {""}), frozenset(texts - {""}))


def plain(text: str) -> str:
    """The text without what a spreadsheet program may change in it: the kind of its line breaks, spaces at its ends."""
    return " ".join(text.split())
