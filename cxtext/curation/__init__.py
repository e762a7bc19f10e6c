"""Curation: what people correct in the themes that the machine found, kept as edits in readable files.

An edit is drafted, then applied, and then holds for every night and refit to come (`edits`, `files`). What all applied
edits together say is one value, `Curated` (`resolve`); to carry it out is the night's business.
"""

from cxtext.curation.edits import ACTIONS, LABEL_LENGTH, Action, Edit
from cxtext.curation.files import CurationFiles, Entry, Undone
from cxtext.curation.resolve import ConflictError, Curated, Split, resolve

__all__ = [
    "ACTIONS",
    "LABEL_LENGTH",
    "Action",
    "ConflictError",
    "Curated",
    "CurationFiles",
    "Edit",
    "Entry",
    "Split",
    "Undone",
    "resolve",
]
