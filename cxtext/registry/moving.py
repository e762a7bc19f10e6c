"""Themes in the space of another encoder: their documents tell where they lie in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from cxtext.registry.state import Corpus, Encode, Labels, State, Theme
from cxtext.settings import ThemesSettings
from cxtext.themes.assign import prototypes_of
from cxtext.themes.cluster import centroids
from cxtext.themes.space import learn_space

LONG_AGO = date(1970, 1, 1)


def moved(
    known: State,
    before: Sequence[str | None],
    corpus: Corpus,
    settings: ThemesSettings,
    encode: Encode,
    texts: Mapping[str, str],
) -> State:
    """The state of another encoder in the space of the corpus's own, identities kept, a refit due at once.

    `before` is the theme of each document of the corpus the night before. A theme that has none there is found by its
    exemplars, whose `texts` (document id -> text) are encoded anew, or else by its name and keywords.
    """
    space = learn_space(corpus.texts, corpus.vectors, seed=settings.seed)
    known = replace(known, space=space, fitted=LONG_AGO)
    if not known.themes:
        return known
    rows = {theme.theme_id: row for row, theme in enumerate(known.themes)}
    own = np.array([rows.get(theme_id or "", -1) for theme_id in before], np.int64)
    absent = sorted(set(range(len(rows))) - set(own.tolist()))
    spoken = [_traces(known.themes[row], texts) for row in absent]
    flat = [text for each in spoken for text in each]
    vectors = np.vstack([corpus.vectors, encode(flat)]) if flat else corpus.vectors
    strangers = np.repeat(np.array(absent, np.int64), [len(each) for each in spoken])
    labels: Labels = np.concatenate([own, strangers])
    found = prototypes_of(
        space.place([*corpus.texts, *flat], vectors), labels, coverage=settings.coverage, seed=settings.seed
    )
    centers = centroids(vectors, labels, len(rows))
    themes = [
        replace(
            theme,
            centroid=centers[row],
            prototypes=found.vectors[found.theme == row],
            threshold=float(found.thresholds[row]),
            floor=float(found.floors[row]),
            fitted=LONG_AGO,
        )
        for row, theme in enumerate(known.themes)
    ]
    return replace(known, themes=themes)


def _traces(theme: Theme, texts: Mapping[str, str]) -> list[str]:
    """Texts that stand for a theme without documents; at least one."""
    found = [texts[key] for key in theme.exemplars if texts.get(key)]
    return found or [" ".join([theme.label, *theme.keywords])]
