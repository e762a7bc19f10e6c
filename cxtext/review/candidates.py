"""The documents of a snapshot that a person could label, with what the model proposes for each."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pandas as pd

from cxtext.review.reading import Seen, plain

# A cell of a spreadsheet holds 32,767 characters at most. Both files are cut, so that they hold the same texts.
LONGEST = 32_000
BETWEEN = " | "  # evidence sentences


def candidates_of(tables: Mapping[str, pd.DataFrame], zone: ZoneInfo, seen: Seen) -> pd.DataFrame:
    """Analysed documents with a verdict (none has one in a language unknown to the model) that are not in `seen`.

    In the order of document_id.

    Columns: document_id, created (day in `zone`), channel, text, primary, confidence, needs_review, and the proposals
    proposed_primary, proposed_causes (separated by |, the primary first), proposed_confidence, proposed_evidence.
    """
    documents = tables["documents"]
    open_ones = documents["skipped"].isna() & ~documents["document_id"].isin(seen.document_ids)
    open_ones &= ~documents["text"].map(lambda text: plain(text) in seen.texts).astype(bool)
    kept = documents.loc[open_ones, ["document_id", "created_at", "channel", "text"]]
    verdicts = tables["document_causes"][["document_id", "primary", "confidence", "needs_review"]]
    found = kept.merge(verdicts, on="document_id").sort_values("document_id", ignore_index=True)
    found["created"] = found["created_at"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")
    found["text"] = found["text"].str.slice(0, LONGEST)
    found["proposed_primary"] = found["primary"]
    found["proposed_confidence"] = found["confidence"].round(3)
    proposed = _proposed(tables["causes"])
    for column in ("proposed_causes", "proposed_evidence"):
        found[column] = found["document_id"].map(proposed[column]).fillna("")
    return found.drop(columns="created_at")


def _proposed(causes: pd.DataFrame) -> pd.DataFrame:
    """The causes of each document and their evidence in one cell each, by document_id."""
    ordered = causes.sort_values(["is_primary", "confidence", "cause"], ascending=[False, False, True])
    by_document = ordered.groupby("document_id", sort=True)
    return pd.DataFrame(
        {
            "proposed_causes": by_document["cause"].agg("|".join),
            "proposed_evidence": by_document["evidence"].agg(lambda each: BETWEEN.join(dict.fromkeys(each))),
        }
    )
