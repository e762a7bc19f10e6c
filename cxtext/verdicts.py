"""The verdicts that hold as of a night."""

import pandas as pd

from cxtext.night import Night
from cxtext.tables import DOCUMENT_CAUSES, DOCUMENTS, Table


def current_verdicts(night: Night, table: Table) -> pd.DataFrame:
    """`causes` or `document_causes` as of the night: by document what the newest run that judged it wrote.

    A run may judge documents that an earlier one read, and a newer self of a document may be left out of analysis:
    the one that counts is of the newest verdict, and there is none where the document is not analysed any more.
    """
    rows = night.root.read_current(table, night.run, owner=DOCUMENT_CAUSES)
    documents = night.root.read_current(DOCUMENTS, night.run, ["document_id", "skipped"])
    analysed = set(documents.loc[documents["skipped"].isna(), "document_id"])
    return rows[rows["document_id"].isin(analysed)].reset_index(drop=True)
