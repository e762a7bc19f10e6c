"""The periodic fit of all documents anew, and which of its topics is which theme that was known before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from cxtext.registry.state import (
    Corpus,
    Encode,
    Labels,
    State,
    Theme,
    Turn,
    Vectors,
    attracting,
    next_number,
    prototypes,
    unlike,
)
from cxtext.settings import ThemesSettings
from cxtext.themes.assign import assign, prototypes_of
from cxtext.themes.cluster import GraphClusterer, centroids
from cxtext.themes.labels import name_themes
from cxtext.themes.space import Space, learn_space
from cxtext.themes.topics import describe

SAME_DOCUMENTS = 0.3  # F1 of shared documents at which a refitted topic is a known theme
SPLIT_SHARE = 0.3  # of a new topic's documents that must come from the theme that it has split from
SAME_CENTER = 0.9  # cosine of centroids at which it is one even without shared documents


def refit(
    known: State,
    before: Sequence[str | None],
    corpus: Corpus,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
) -> tuple[State, list[Turn]]:
    """Fit all documents anew and give each topic the identity of the theme that it carries on."""
    rows = _sample(len(corpus.ids), settings.max_fit, settings.seed)
    texts, vectors = [corpus.texts[row] for row in rows], corpus.vectors[rows]
    space = learn_space(texts, vectors, seed=settings.seed)
    placed = space.place(texts, vectors)
    ids = {theme.theme_id: row for row, theme in enumerate(known.themes)}
    earlier = np.array([ids.get(before[row] or "", -1) for row in rows], np.int64)
    days = corpus.days[rows]
    weeks = float((days.max() - days.min()) / np.timedelta64(7, "D")) if len(days) else 0.0
    clusterer = GraphClusterer(min_size=settings.min_documents, seed=settings.seed, weeks=weeks).fit(placed, earlier)
    labels = clusterer.labels_
    fresh = fresh_themes(texts, vectors, placed, labels, run, settings, encode)
    matches = match(known.themes, [before[row] for row in rows], fresh, labels)
    named = _named(known.themes, fresh, matches)
    moved = [_moved(theme, known.space, space, run) for theme in known.themes]
    kept, turns = _unmatched(moved, set(matches.values()), before, corpus, named, space, settings)
    # known themes keep their labels: a new one of the same name gives way
    lasting = {each.theme_id for each in known.themes}
    taken = [each.label for each in known.themes]
    themes = [*(each if each.theme_id in lasting else unlike(each, taken) for each in named), *kept]
    turns += _splits(known.themes, [before[row] for row in rows], themes[: len(named)], labels)
    return State(themes, space, clusterer.resolution_, known.begun, run), turns


def _splits(known: Sequence[Theme], before: Sequence[str | None], named: Sequence[Theme], labels: Labels) -> list[Turn]:
    """A turn for each known theme from which most of the past of one or more new topics comes."""
    old = {theme.theme_id for theme in known}
    parts: dict[str, list[str]] = {}
    for topic, theme in enumerate(named):
        members = np.flatnonzero(labels == topic)
        sources = Counter(filter(None, (before[int(row)] for row in members)))
        if theme.theme_id in old or not sources:
            continue
        source, count = max(sources.items(), key=lambda each: (each[1], each[0]))
        if 2 * count > sources.total() and count >= SPLIT_SHARE * len(members):
            parts.setdefault(source, []).append(f"{theme.theme_id} {theme.label}")
    return [Turn(source, "split", f"into {', '.join(found)}") for source, found in sorted(parts.items())]


def fresh_themes(
    texts: Sequence[str],
    vectors: Vectors,
    placed: Vectors,
    labels: Labels,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
) -> list[Theme]:
    """A theme without a name of its own yet for each cluster in `labels` (n,), -1 for documents of none."""
    topics = describe(texts, vectors, labels, stop_words=settings.stop_words)
    count = len(topics.keywords)
    if not count:
        return []
    centers = centroids(vectors, labels, count)
    nearest = prototypes_of(placed, labels, coverage=settings.coverage, seed=settings.seed)
    names = name_themes(texts, vectors, topics, centers, encode, settings.stop_words)
    return [
        Theme(
            theme_id="",
            label=names[topic],
            keywords=topics.keywords[topic],
            centroid=centers[topic],
            prototypes=nearest.vectors[nearest.theme == topic],
            threshold=float(nearest.thresholds[topic]),
            floor=float(nearest.floors[topic]),
            exemplars=[],
            born=run,
            fitted=run,
        )
        for topic in range(count)
    ]


def match(
    known: Sequence[Theme], before: Sequence[str | None], fresh: Sequence[Theme], labels: Labels
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


def _named(known: Sequence[Theme], fresh: Sequence[Theme], matches: dict[int, int]) -> list[Theme]:
    """The fresh themes under their lasting identities; what is no known theme gets a number of its own."""
    number = next_number(known)
    named = []
    for topic, theme in enumerate(fresh):
        if topic in matches:
            old = known[matches[topic]]
            named.append(
                replace(
                    old,
                    keywords=theme.keywords,
                    centroid=theme.centroid,
                    prototypes=theme.prototypes,
                    threshold=theme.threshold,
                    floor=theme.floor,
                    fitted=theme.fitted,
                )
            )
        else:
            named.append(replace(theme, theme_id=f"T{number:04d}"))
            number += 1
    return named


def _moved(theme: Theme, old: Space, new: Space, run: date) -> Theme:
    """A known theme in the new space: by its meaning alone, as the words of its documents are no longer at hand."""
    if not len(theme.prototypes):
        return theme
    return replace(theme, prototypes=new.adopt(theme.prototypes, old.mean.size), fitted=run)


def _unmatched(
    known: Sequence[Theme],
    matched: set[int],
    before: Sequence[str | None],
    corpus: Corpus,
    named: Sequence[Theme],
    space: Space,
    settings: ThemesSettings,
) -> tuple[list[Theme], list[Turn]]:
    """Known themes without a topic: merged into the theme that most of their documents went to, or kept as they are.

    A theme whose documents have become few is silent, not gone: it keeps its prototypes, so that it is known when it
    comes back.
    """
    if not named or not known:
        return list(known), []
    themes = attracting(named)
    placed = space.place(corpus.texts, corpus.vectors)
    assignment = assign(placed, prototypes(themes, placed.shape[1]))
    documents: dict[str, list[int]] = {}
    for row, theme_id in enumerate(before):
        documents.setdefault(theme_id or "", []).append(row)
    kept, turns = [], []
    for row, theme in enumerate(known):
        if row in matched:
            continue
        members = documents.get(theme.theme_id, [])
        if theme.is_alive and not theme.is_curated and len(members) >= settings.min_documents:
            targets = np.bincount(assignment.theme[members] + 1, minlength=len(themes) + 1)[1:]
            if targets.max() > 0:
                heir = themes[int(targets.argmax())]
                kept.append(replace(theme, merged_into=heir.theme_id))
                turns.append(Turn(theme.theme_id, "merged", f"into {heir.theme_id} {heir.label}"))
                continue
        kept.append(theme)
    return kept, turns


def _sample(count: int, most: int, seed: int) -> Labels:
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
