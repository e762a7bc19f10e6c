"""Themes under identities that last: known themes, the nightly search for new ones, and refits matched to both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cxtext.settings import ThemesSettings
from cxtext.themes.assign import USUAL, Assignment, assign, thresholds_of
from cxtext.themes.cluster import GraphClusterer, centroids, typical
from cxtext.themes.labels import name_themes
from cxtext.themes.topics import Topics, describe, fit_topics

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

EXEMPLARS = 5
POOL_DAYS = 28  # documents among which new themes are sought
SAME_DOCUMENTS = 0.3  # F1 of shared documents at which a refitted topic is a known theme
SAME_CENTER = 0.9  # cosine of centroids at which it is one even without shared documents
COHESION = 0.5  # mean cosine of a new theme's documents to its centroid
NOVELTY = 0.08  # by how much they are nearer to it than to any known theme
GROWN = 3.0  # by what factor its share must exceed that among earlier documents
DUPLICATE = 0.88  # cosine to a known theme's centroid at which a new theme would be the same again


@dataclass(frozen=True)
class Theme:
    """A theme as the next night needs it; `centroid` is a unit vector (d,)."""

    theme_id: str
    label: str
    keywords: list[str]
    centroid: NDArray[np.float32]
    threshold: float
    exemplars: list[str]
    born: date
    fitted: date
    merged_into: str | None = None
    is_curated: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether documents are given to it: a merged theme lives on in another."""
        return self.merged_into is None


@dataclass(frozen=True)
class Turn:
    """A theme's change of identity: `event` is merged, split or renamed; `note` says with what."""

    theme_id: str
    event: str
    note: str


@dataclass(frozen=True)
class Corpus:
    """The analysed documents of the history window, in the order of their ids.

    `ids`, `texts`, `days` and the rows of `vectors` (n, d) go together.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    days: NDArray[np.datetime64]
    vectors: Vectors


@dataclass(frozen=True)
class Outcome:
    """What a night makes of the themes: all themes (dead ones too), one assignment a document, and turns."""

    themes: list[Theme]
    theme_ids: list[str | None]
    assignment: Assignment
    turns: list[Turn]


def update(
    known: Sequence[Theme],
    before: Sequence[str | None],
    corpus: Corpus,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
) -> Outcome:
    """Bring the themes up to `run`: refit when it is due, search for new themes otherwise, then assign every document.

    `before` holds the theme that each document had the night before, None where it had none or is new.
    """
    turns: list[Turn] = []
    if _refit_is_due(known, corpus, run, settings):
        themes, turns = _refit(known, before, corpus, run, settings, encode)
    else:
        themes = list(known) + _discover(known, corpus, run, settings, encode)
    alive = [theme for theme in themes if theme.is_alive]
    assignment = _assign(alive, corpus.vectors)
    theme_ids = [alive[row].theme_id if row >= 0 else None for row in assignment.theme]
    themes = [_with_exemplars(theme, alive, assignment, corpus) for theme in themes]
    return Outcome(themes, theme_ids, assignment, turns)


def _assign(alive: Sequence[Theme], vectors: Vectors) -> Assignment:
    centers = np.stack([theme.centroid for theme in alive]) if alive else np.zeros((0, vectors.shape[1]), np.float32)
    return assign(vectors, centers, np.array([theme.threshold for theme in alive], np.float64))


def _refit_is_due(known: Sequence[Theme], corpus: Corpus, run: date, settings: ThemesSettings) -> bool:
    """Never fitted, fitted long ago, or fitted on less than half of the documents that there are now."""
    if not known:
        return len(corpus.ids) >= settings.min_documents
    fitted = max(theme.fitted for theme in known)
    if (run - fitted).days >= settings.refit_days:
        return True
    seen = int((corpus.days <= np.datetime64(fitted)).sum())
    return len(corpus.ids) > 2 * max(seen, 1)


def _refit(
    known: Sequence[Theme],
    before: Sequence[str | None],
    corpus: Corpus,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
) -> tuple[list[Theme], list[Turn]]:
    rows = _sample(len(corpus.ids), settings.max_fit, settings.seed)
    texts, vectors = [corpus.texts[row] for row in rows], corpus.vectors[rows]
    topics = fit_topics(texts, vectors, min_size=settings.min_documents, seed=settings.seed)
    fresh = _fresh_themes(topics, texts, vectors, run, encode, settings.stop_words)
    matches = match(known, [before[row] for row in rows], fresh, topics.labels)
    next_number = _next_number(known)
    named: list[Theme] = []
    for topic, theme in enumerate(fresh):
        if topic in matches:
            old = known[matches[topic]]
            named.append(
                replace(
                    theme, theme_id=old.theme_id, label=old.label, born=old.born, is_curated=old.is_curated,
                )
            )  # fmt: skip
        else:
            named.append(replace(theme, theme_id=f"T{next_number:04d}"))
            next_number += 1
    kept, turns = _unmatched(known, set(matches.values()), before, corpus, named, settings)
    # known themes keep their labels: a new one of the same name gives way
    lasting = {each.theme_id for each in known}
    taken = [each.label for each in known]
    return [*(each if each.theme_id in lasting else _unlike(each, taken) for each in named), *kept], turns


def _fresh_themes(
    topics: Topics, texts: Sequence[str], vectors: Vectors, run: date, encode: Encode, stop_words: Sequence[str]
) -> list[Theme]:
    count = len(topics.keywords)
    centers = centroids(vectors, topics.labels, count)
    limits = thresholds_of(vectors, topics.labels, centers)
    labels = name_themes(texts, vectors, topics, centers, encode, stop_words) if count else []
    return [
        Theme("", labels[topic], topics.keywords[topic], centers[topic], float(limits[topic]), [], run, run)
        for topic in range(count)
    ]


def match(
    known: Sequence[Theme], before: Sequence[str | None], fresh: Sequence[Theme], labels: NDArray[np.int64]
) -> dict[int, int]:
    """Which fresh topic is which known theme: the pairs with the greatest overlap of documents and centroids.

    One-to-one, by the Hungarian method over F1 of shared documents plus cosine of centroids; a pair below both
    limits is no pair, and has no weight: two middling pairs must not part one good one. Returns fresh row -> known row.
    """
    from scipy.optimize import linear_sum_assignment

    if not known or not fresh:
        return {}
    rows = {theme.theme_id: row for row, theme in enumerate(known)}
    old = np.array([rows.get(theme_id, -1) if theme_id else -1 for theme_id in before], np.int64)
    shared = np.zeros((len(fresh), len(known)))
    both = (old >= 0) & (labels >= 0)
    np.add.at(shared, (labels[both], old[both]), 1)
    seen = old >= 0  # documents of tonight say nothing about yesterday's themes
    sizes = np.bincount(labels[seen & (labels >= 0)], minlength=len(fresh))[:, None] + np.bincount(
        old[seen], minlength=len(known)
    )
    overlap = np.divide(2 * shared, sizes, out=np.zeros_like(shared), where=sizes > 0)
    alive = np.array([theme.is_alive for theme in known])
    close = np.stack([theme.centroid for theme in fresh]) @ np.stack([theme.centroid for theme in known]).T
    same = alive[None, :] & ((overlap >= SAME_DOCUMENTS) | (close >= SAME_CENTER))
    pairs = zip(*linear_sum_assignment(-np.where(same, overlap + close, 0.0)), strict=True)
    return {int(topic): int(theme) for topic, theme in pairs if same[topic, theme]}


def _unmatched(
    known: Sequence[Theme],
    matched: set[int],
    before: Sequence[str | None],
    corpus: Corpus,
    named: Sequence[Theme],
    settings: ThemesSettings,
) -> tuple[list[Theme], list[Turn]]:
    """Known themes without a topic: merged into where most of their documents went, or kept as they are.

    A theme whose documents have become few is silent, not gone: it keeps its centroid, so that it is known when it
    comes back.
    """
    if not named:
        return list(known), []
    assignment = _assign(named, corpus.vectors)
    kept, turns = [], []
    for row, theme in enumerate(known):
        if row in matched:
            continue
        members = [index for index, theme_id in enumerate(before) if theme_id == theme.theme_id]
        if theme.is_alive and not theme.is_curated and len(members) >= settings.min_documents:
            targets = np.bincount(assignment.theme[members] + 1, minlength=len(named) + 1)[1:]
            if 2 * targets.max() > len(members):
                heir = named[int(targets.argmax())]
                kept.append(replace(theme, merged_into=heir.theme_id))
                turns.append(Turn(theme.theme_id, "merged", f"into {heir.theme_id} {heir.label}"))
                continue
        kept.append(theme)
    return kept, turns


def _discover(
    known: Sequence[Theme], corpus: Corpus, run: date, settings: ThemesSettings, encode: Encode
) -> list[Theme]:
    """New themes among the recent documents: clusters that no known theme accounts for.

    All recent documents are clustered, not only those that fit nothing: a new theme's first documents often lie
    near enough to an old one to be given to it.
    """
    alive = [theme for theme in known if theme.is_alive]
    recent = np.flatnonzero(corpus.days > np.datetime64(run) - np.timedelta64(POOL_DAYS, "D"))
    if len(recent) < settings.min_documents:
        return []
    vectors = corpus.vectors[recent]
    assignment = _assign(alive, vectors)
    clusterer = GraphClusterer(min_size=settings.min_documents, seed=settings.seed).fit(vectors)
    earlier = np.delete(corpus.vectors, recent, axis=0)
    labels = _novel(clusterer.labels_, vectors, assignment.confidence, alive, earlier)
    if labels.max(initial=-1) < 0:
        return []
    texts = [corpus.texts[int(row)] for row in recent]
    topics = describe(texts, vectors, labels)
    fresh = _fresh_themes(topics, texts, vectors, run, encode, settings.stop_words)
    start = _next_number(known)
    fitted = max(theme.fitted for theme in known)
    named = [replace(theme, theme_id=f"T{start + row:04d}", fitted=fitted) for row, theme in enumerate(fresh)]
    taken = [theme.label for theme in known]
    return [_unlike(theme, taken) for theme in named]


def _novel(
    labels: NDArray[np.int64],
    vectors: Vectors,
    confidence: NDArray[np.float64],
    alive: Sequence[Theme],
    earlier: Vectors,
) -> NDArray[np.int64]:
    """The clusters that are tight, nearer to themselves than to any theme, and of these weeks; the others -1.

    A cluster whose like was as frequent among the `earlier` documents is a part of an old theme, not a new one.
    """
    centers = centroids(vectors, labels, int(labels.max(initial=-1)) + 1)
    known = np.stack([theme.centroid for theme in alive]) if alive else np.zeros((0, vectors.shape[1]), np.float32)
    kept = np.full(len(labels), -1, np.int64)
    number = 0
    for cluster, center in enumerate(centers):
        members = labels == cluster
        own = vectors[members] @ center
        if own.mean() < COHESION or (own - confidence[members]).mean() < NOVELTY:
            continue
        if len(known) and float((known @ center).max()) >= DUPLICATE:
            continue
        limit = np.percentile(own, USUAL)
        before = float((earlier @ center >= limit).mean()) if len(earlier) else 0.0
        if float((vectors @ center >= limit).mean()) < GROWN * before:
            continue
        kept[members] = number
        number += 1
    return kept


def _sample(count: int, most: int, seed: int) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _next_number(known: Sequence[Theme]) -> int:
    return max((int(theme.theme_id[1:]) for theme in known), default=0) + 1


def _unlike(theme: Theme, taken: list[str]) -> Theme:
    """The theme under a label that none of `taken` is; the label is added to them."""
    seen = {label.lower() for label in taken}
    others = (f"{theme.label} ({word})" for word in theme.keywords if word not in theme.label.lower())
    names = [theme.label, *others, f"{theme.label} ({theme.theme_id})"]
    label = next(name for name in names if name.lower() not in seen)
    taken.append(label)
    return replace(theme, label=label)


def _with_exemplars(theme: Theme, alive: Sequence[Theme], assignment: Assignment, corpus: Corpus) -> Theme:
    row = next((index for index, each in enumerate(alive) if each.theme_id == theme.theme_id), None)
    if row is None:
        return theme
    members = np.flatnonzero((assignment.theme == row) & (assignment.method == "assigned"))
    chosen = typical(corpus.vectors, theme.centroid, [int(each) for each in members], EXEMPLARS)
    return replace(theme, exemplars=[corpus.ids[each] for each in chosen]) if chosen else theme
