"""The verdicts that hold as of a night."""

import pandas as pd

from cxtext.night import Night
from cxtext.tables import DOCUMENT_CAUSES, DOCUMENTS, Table


def current_verdicts(night: Night, table: Table) -> pd.DataFrame:
    """`causes` or `document_causes` as of the night: by document what the newest run that read or judged it wrote.

    A run may judge documents that an earlier one read, and a newer self of a document may get no verdict, being left
    out of analysis or in a language that the model does not know: then the verdict on the older self counts no more.
    """
    return night.root.read_current(table, night.run, owners=(DOCUMENTS, DOCUMENT_CAUSES))
