"""The columns of a review file: what a person reads, what a person fills in, and what is kept out of sight."""

from typing import Final

from cxtext.label_files import CAUSE_COLUMNS, DRAWN

RANDOM: Final = "random"
UNCERTAIN: Final = "uncertain"

# Proposals stand last, and hidden in the workbook: who has seen one tends to agree with it.
READ: Final = ("document_id", "created", "channel", "text")
HIDDEN: Final = (DRAWN, "proposed_primary", "proposed_causes", "proposed_confidence", "proposed_evidence")
KNOWN: Final = (*READ, *HIDDEN)  # what is known of a document before a person has looked

CSV_COLUMNS: Final = (*READ, "causes", "primary", "note", *HIDDEN)
SHEET_COLUMNS: Final = (*READ, "primary", *CAUSE_COLUMNS, "note", *HIDDEN)

CODEBOOK_SHEET: Final = "Codebook"
HELP_SHEET: Final = "How to"
