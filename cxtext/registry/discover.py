"""The nightly search for themes that are new: places where nearly all documents are of the last days."""

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from cxtext.registry.refit import fresh_themes
from cxtext.registry.state import (
    Corpus,
    Encode,
    Labels,
    State,
    Theme,
    Vectors,
    attracting,
    next_number,
    prototypes,
    unlike,
)
from cxtext.settings import ThemesSettings
from cxtext.themes.assign import Assignment, Prototypes, assign, prototypes_of
from cxtext.themes.cluster import by_size
from cxtext.themes.graph import neighbours_of
from cxtext.themes.space import unit

RECENT_DAYS = (7, 14)  # what is new is sought in the last week, and, if it is rare, in the last two
POOL_DAYS = 28  # what fits no theme is kept in mind this long
NEIGHBOURS = 10
MOST_RECENT = 5_000  # documents searched at most, and
MOST_EARLIER = 15_000  # those that they are compared with
RECENT_SHARE = 0.7  # of a document's neighbours that must be recent for it to count as new
JOINED = 5  # neighbours by which new documents make a group
ALIKE = 0.35  # cosine from which two new documents speak of the same
GAIN = 0.06  # by how much a group's documents must be nearer to each other than to any known theme
SAME_SUBJECT = 0.65  # cosine to a young theme at which a group is more of the same
INNER = 30  # percentile of the cosines to a group's centre from which a document is of its place
EARLIER_SHARE = 0.2  # of the documents of a new theme's place that may be older
CHANCE = 0.001  # probability of so many recent ones, if the place were an old one


def discover(
    known: State,
    corpus: Corpus,
    placed: Vectors,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
) -> list[Theme]:
    """All themes, with those that are new among the recent documents `placed` (n, d) in the state's space."""
    themes = attracting(known.themes)
    nearest = prototypes(themes, placed.shape[1])
    labels = new_groups(placed, corpus.days, nearest, run, settings)
    wider: dict[str, Theme] = {}
    for group in range(int(labels.max(initial=-1)) + 1):
        owner = _young_owner(placed[labels == group], nearest, themes, known, run)
        if owner is not None:
            wider[owner.theme_id] = _wider(wider.get(owner.theme_id, owner), placed[labels == group], settings)
            labels[labels == group] = -1
    labels = by_size(labels, 1)
    rows = np.flatnonzero(labels >= 0)
    texts = [corpus.texts[int(row)] for row in rows]
    fresh = fresh_themes(texts, corpus.vectors[rows], placed[rows], labels[rows], run, settings, encode)
    start = next_number(known.themes)
    taken = [theme.label for theme in known.themes]
    named = [replace(theme, theme_id=f"T{start + row:04d}") for row, theme in enumerate(fresh)]
    return [*(wider.get(theme.theme_id, theme) for theme in known.themes), *(unlike(theme, taken) for theme in named)]


def _young_owner(vectors: Vectors, nearest: Prototypes, themes: list[Theme], known: State, run: date) -> Theme | None:
    """The theme, found in the last weeks, that a group is more of: what is new is seen in parts."""
    if not themes:
        return None
    center = unit(vectors.sum(axis=0, keepdims=True))[0]
    cosines = nearest.vectors @ center
    theme = themes[int(nearest.theme[int(cosines.argmax())])]
    is_young = theme.born > known.begun and (run - theme.born).days <= POOL_DAYS
    return theme if is_young and cosines.max() >= SAME_SUBJECT else None


def _wider(theme: Theme, vectors: Vectors, settings: ThemesSettings) -> Theme:
    """The theme with the prototypes of a group of documents besides its own."""
    added = prototypes_of(vectors, np.zeros(len(vectors), np.int64), coverage=settings.coverage, seed=settings.seed)
    return replace(theme, prototypes=np.vstack([theme.prototypes, added.vectors]))


def new_groups(
    placed: Vectors, days: NDArray[np.datetime64], known: Prototypes, run: date, settings: ThemesSettings
) -> Labels:
    """A number for each document (n,) of a group that is new, by falling size; -1 for all others.

    Groups that are of the last days, and groups of what fits no theme.
    """
    labels = np.full(len(placed), -1, np.int64)
    assignment = assign(placed, known)
    for window in RECENT_DAYS:
        is_recent = days > np.datetime64(run) - np.timedelta64(window, "D")
        for group in _recent_groups(placed, is_recent, settings):
            if (
                (labels[group] < 0).all()
                and _stands_out(placed, group, assignment)
                and _is_of_these_days(placed, group, days, run)
            ):
                labels[group] = labels.max() + 1
    in_pool = days > np.datetime64(run) - np.timedelta64(POOL_DAYS, "D")
    pool = np.flatnonzero((assignment.method == "unassigned") & (labels < 0) & in_pool)
    for group in _components(placed[pool], settings.min_documents):
        if _stands_out(placed, pool[group], assignment):
            labels[pool[group]] = labels.max() + 1
    return by_size(labels, 1)


def _stands_out(placed: Vectors, group: Labels, known: Assignment) -> bool:
    """Whether documents are nearer to each other than to any known theme: a surge of a known one is not."""
    return bool((_left_out(placed[group]) - known.confidence[group]).mean() >= GAIN)


def _is_of_these_days(placed: Vectors, group: Labels, days: NDArray[np.datetime64], run: date) -> bool:
    """Whether what lies as near to a group's centre as its own documents do is of the last two weeks too."""
    is_recent = days > np.datetime64(run) - np.timedelta64(max(RECENT_DAYS), "D")
    center = unit(placed[group].sum(axis=0, keepdims=True))[0]
    within = placed @ center >= np.percentile(_left_out(placed[group]), INNER)
    now, before = int((within & is_recent).sum()), int((within & ~is_recent).sum())
    chance = stats.binom.sf(now - 1, now + before, is_recent.mean())
    return before <= EARLIER_SHARE * (now + before) and chance <= CHANCE


def _left_out(vectors: Vectors) -> NDArray[np.float32]:
    """The cosine of each of a group's vectors to the mean of the others."""
    others = unit(vectors.sum(axis=0) - vectors)
    return np.asarray((others * vectors).sum(axis=1))


def _recent_groups(placed: Vectors, is_recent: NDArray[np.bool_], settings: ThemesSettings) -> list[Labels]:
    """Groups of recent documents whose nearest neighbours are nearly all recent too.

    The test of nearest neighbours (Schilling 1986, "Multivariate two-sample tests based on nearest neighbors") asked
    of every place, not of the whole.
    """
    recent, earlier = np.flatnonzero(is_recent), np.flatnonzero(~is_recent)
    if len(recent) < settings.min_documents or len(earlier) < len(recent):
        return []
    chance = np.random.default_rng(settings.seed)
    recent = np.sort(chance.permutation(recent)[:MOST_RECENT])
    earlier = np.sort(chance.permutation(earlier)[:MOST_EARLIER])
    pool = np.concatenate([recent, earlier])
    count = min(NEIGHBOURS, len(pool) - 1)
    similar = placed[recent] @ placed[pool].T
    similar[np.arange(len(recent)), np.arange(len(recent))] = -np.inf
    nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    new = np.flatnonzero((nearest < len(recent)).mean(axis=1) >= RECENT_SHARE)
    return [recent[new[group]] for group in _components(placed[recent[new]], settings.min_documents)]


def _components(vectors: Vectors, min_size: int) -> list[Labels]:
    """Groups of vectors that are joined by near neighbours."""
    if len(vectors) < min_size:
        return []
    columns, cosines = neighbours_of(vectors, min(JOINED, len(vectors) - 1))
    rows = np.repeat(np.arange(len(vectors)), columns.shape[1])
    near = cosines.ravel() >= ALIKE
    graph = sparse.csr_matrix((near[near], (rows[near], columns.ravel()[near])), shape=(len(vectors),) * 2)
    mutual = graph.multiply(graph.T).tocsr().astype(np.float64)
    _, labels = sparse.csgraph.connected_components(mutual, directed=False)
    return [np.flatnonzero(labels == group) for group in np.flatnonzero(np.bincount(labels) >= min_size)]
