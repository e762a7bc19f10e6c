"""`cxtext evaluate themes`: do the themes found agree with labels given by people?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from cxtext.clean import clean, skip_reason
from cxtext.encode import Encoder, encode_cached
from cxtext.errors import CxtextError
from cxtext.evaluate.label_match import label_match
from cxtext.evaluate.tables import read_columns
from cxtext.registry import Corpus, Outcome, update
from cxtext.registry.nightly import assign_all
from cxtext.settings import ThemesSettings
from cxtext.theme_state import reloaded

ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class FirstNight:
    """What a first night makes of texts: the theme of each or None, and the outcome for those that have a meaning."""

    theme_ids: list[str | None]
    corpus: Corpus
    outcome: Outcome

    @property
    def labels(self) -> dict[str, str]:
        """theme_id -> its label."""
        return {theme.theme_id: theme.label for theme in self.outcome.themes}

    def again(self) -> list[str | None]:
        """The theme of each text by the state as it comes back from its tables."""
        state = reloaded(self.outcome.state)
        _, theme_ids = assign_all(state, state.space.place(self.corpus.texts, self.corpus.vectors))
        found: list[str | None] = [None] * len(self.theme_ids)
        for document_id, theme_id in zip(self.corpus.ids, theme_ids, strict=True):
            found[int(document_id)] = theme_id
        return found

    def agreement(self) -> float:
        """Share of texts that get the same theme again; 1 without any."""
        same = [one == other for one, other in zip(self.theme_ids, self.again(), strict=True)]
        return sum(same) / len(same) if same else 1.0


def evaluate_themes(path: Path, encoder: Encoder, settings: ThemesSettings, *, label: str = "label") -> dict[str, Any]:
    """Score a CSV file with the columns text and `label`.

    Normalised mutual information and adjusted Rand index over the documents that have a label, unassigned ones as one
    group; whether the themes' names say what the labels say; and whether themes stay the same when they are stored.
    The labels are read after the themes are found, and their number is not given. Raises CxtextError where the file
    cannot be read, lacks a column, or has no label at all.
    """
    # both columns are asked for, so that a missing one is told before minutes of work
    texts = [clean(text).text for text in read_columns(path, ["text", label])["text"]]
    started = time.perf_counter()
    night = first_night(texts, encoder, settings)
    seconds = time.perf_counter() - started
    labels = [each.strip() for each in read_columns(path, [label])[label]]
    rows = [row for row, each in enumerate(labels) if each]
    if not rows:
        raise CxtextError(f"{path}: column {label} is empty in every row; label some documents first")
    scored, found = [labels[row] for row in rows], [night.theme_ids[row] for row in rows]
    return scores(scored, found) | {
        "documents": len(texts),
        "scored": len(rows),
        "label_match": label_match(scored, found, night.labels, lambda names: encode_cached(names, encoder, None)[0]),
        "agreement": night.agreement(),
        "seconds": seconds,
    }


def first_night(texts: Sequence[str], encoder: Encoder, settings: ThemesSettings) -> FirstNight:
    """The themes of `texts` by the same rules as in a first night, all of one day."""
    kept = [row for row, text in enumerate(texts) if skip_reason(text) is None]
    spoken = [texts[row] for row in kept]
    vectors, _ = encode_cached(spoken, encoder, None)
    days = np.full(len(kept), np.datetime64(ANY_DAY))
    corpus = Corpus([f"{row:09d}" for row in kept], spoken, days, vectors)

    def encode(phrases: Sequence[str]) -> Any:
        return encode_cached(phrases, encoder, None)[0]

    outcome = update(None, [None] * len(kept), corpus, ANY_DAY, settings, encode)
    found: list[str | None] = [None] * len(texts)
    for row, theme_id in zip(kept, outcome.theme_ids, strict=True):
        found[row] = theme_id
    return FirstNight(found, corpus, outcome)


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
