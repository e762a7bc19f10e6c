"""`cxtext evaluate themes`: do the themes found agree with labels given by people?"""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from cxtext.clean import clean, skip_reason
from cxtext.encode import Encoder, encode_cached
from cxtext.evaluate.tables import read_columns
from cxtext.registry import Corpus, update
from cxtext.settings import ThemesSettings

ANY_DAY = date(2000, 1, 1)


def evaluate_themes(path: Path, encoder: Encoder, settings: ThemesSettings) -> dict[str, Any]:
    """Score a CSV file with the columns text and label.

    Normalised mutual information and adjusted Rand index over all documents, unassigned ones as one group. The
    labels are read after the themes are found, and their number is not given.
    """
    # both columns are asked for, so that a missing one is told before minutes of work
    texts = [clean(text).text for text in read_columns(path, ["text", "label"])["text"]]
    started = time.perf_counter()
    found = find_themes(texts, encoder, settings)
    seconds = time.perf_counter() - started
    labels = list(read_columns(path, ["label"])["label"])
    return scores(labels, found) | {"seconds": seconds}


def find_themes(texts: Sequence[str], encoder: Encoder, settings: ThemesSettings) -> list[str | None]:
    """The theme of each text by the same rules as in a first night; None for none and for texts without meaning."""
    kept = [row for row, text in enumerate(texts) if skip_reason(text) is None]
    spoken = [texts[row] for row in kept]
    vectors, _ = encode_cached(spoken, encoder, None)
    days = np.full(len(kept), np.datetime64(ANY_DAY))
    corpus = Corpus([f"{row:09d}" for row in kept], spoken, days, vectors)

    def encode(phrases: Sequence[str]) -> Any:
        return encode_cached(phrases, encoder, None)[0]

    outcome = update([], [None] * len(kept), corpus, ANY_DAY, settings, encode)
    found: list[str | None] = [None] * len(texts)
    for row, theme_id in zip(kept, outcome.theme_ids, strict=True):
        found[row] = theme_id
    return found


def scores(labels: Sequence[str], found: Sequence[str | None]) -> dict[str, Any]:
    """nmi, ari, themes, labels, unassigned (a share) of themes against labels."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    groups = [theme_id or "" for theme_id in found]
    return {
        "documents": len(labels),
        "nmi": float(normalized_mutual_info_score(labels, groups)),
        "ari": float(adjusted_rand_score(labels, groups)),
        "themes": len(set(groups) - {""}),
        "labels": len(set(labels)),
        "unassigned": groups.count("") / len(groups),
    }
