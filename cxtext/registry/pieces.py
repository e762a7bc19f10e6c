"""Where people draw the line between themes: splits, and what is held against refits that would draw it elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cxtext.curation import Split
from cxtext.registry.refit import fresh_themes
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
from cxtext.themes.space import unit

Flags = NDArray[np.bool_]

ROUNDS = 10  # of two-means around the documents that a person named
FEW = 3  # documents whose leaving does not change what a large theme is made of,
FEW_SHARE = 0.1  # nor this share of its documents
STARTS = 10


def owners(state: State, placed: Vectors) -> Labels:
    """The row in `state.themes` of the theme that each of `placed` (n, d) is nearest to, -1 for none; merges aside."""
    rows = [row for row, theme in enumerate(state.themes) if theme.attracts and len(theme.prototypes)]
    found = assign(placed, prototypes(attracting(state.themes), placed.shape[1])).theme
    return np.array([*rows, -1], np.int64)[found]


def hold(known: State, fitted: State, before: Sequence[str | None], placed: Vectors, settings: ThemesSettings) -> State:
    """The refitted state, with what was curated and has no topic of its own holding the documents that it had.

    They are taken out of the topics that the fit put them into, or the theme would be kept in name only.
    """
    unmatched = unmatched_ids(known, fitted)
    kept = [
        row
        for row, theme in enumerate(fitted.themes)
        if theme.is_alive and theme.is_curated and theme.theme_id in unmatched
    ]
    row_of = {fitted.themes[row].theme_id: row for row in kept}
    held = np.array([row_of.get(theme_id or "", -1) for theme_id in before], np.int64)
    if not (held >= 0).any():
        return fitted
    silent = [
        replace(theme, prototypes=theme.prototypes[:0]) if row in kept else theme
        for row, theme in enumerate(fitted.themes)
    ]
    themes = carve(fitted.themes, owners(replace(fitted, themes=silent), placed), held >= 0, placed, settings)
    for row in np.unique(held[held >= 0]):
        own = placed[held == row]
        made = prototypes_of(own, np.zeros(len(own), np.int64), coverage=settings.coverage, seed=settings.seed)
        themes[row] = replace(themes[row], prototypes=made.vectors)
    lasting = {*(theme.theme_id for theme in known.themes), *(theme.merged_into for theme in themes)}
    # a new topic of which nothing is left is none; a known theme is never left without a place of its own
    return replace(
        fitted,
        themes=[
            theme if len(theme.prototypes) else old
            for theme, old in zip(themes, fitted.themes, strict=True)
            if len(theme.prototypes) or theme.theme_id in lasting
        ],
    )


def unmatched_ids(known: State, fitted: State) -> set[str]:
    """The known themes that are none of a refit's topics: they have their very own centroid, the others a topic's."""
    centroids = {theme.theme_id: theme.centroid for theme in known.themes}
    return {theme.theme_id for theme in fitted.themes if theme.centroid is centroids.get(theme.theme_id)}


def carve(
    themes: Sequence[Theme], owner: Labels, is_going: Flags, placed: Vectors, settings: ThemesSettings
) -> list[Theme]:
    """The themes without the documents that go: their prototypes made anew of those that stay.

    `owner` (n,) is the theme of each of `placed` (n, d) as a row of `themes`.
    """
    kept = list(themes)
    for row in np.unique(owner[is_going & (owner >= 0)]):
        is_own = owner == row
        going, staying = int((is_own & is_going).sum()), placed[is_own & ~is_going]
        if going < FEW and going < FEW_SHARE * is_own.sum():
            continue
        labels = np.zeros(len(staying), np.int64)
        made = prototypes_of(staying, labels, coverage=settings.coverage, seed=settings.seed) if len(staying) else None
        kept[row] = replace(kept[row], prototypes=made.vectors if made else placed[:0])
    return kept


@dataclass(frozen=True)
class Splitter:
    """Splits themes by what a person said, tonight's documents `placed` (n, d) in the state's space."""

    corpus: Corpus
    placed: Vectors
    run: date
    settings: ThemesSettings
    encode: Encode

    def carry_out(self, state: State, splits: Sequence[Split]) -> tuple[State, list[Turn], list[str]]:
        """The state with the splits that it has not seen yet, what to tell of them, and why some were left out."""
        turns: list[Turn] = []
        left_out: list[str] = []
        for split in splits:
            if any(split_of(theme) == split.edit_id for theme in state.themes):
                continue
            labels, why = self._labels(state, split)
            if why:
                left_out.append(f"{split.edit_id} was left out: {why}")
                continue
            state, turn = self._split(state, split, labels)
            turns.append(turn)
        return state, turns, left_out

    def _labels(self, state: State, split: Split) -> tuple[Labels, str]:
        """0 for the documents that stay, from 1 on for those of each new theme, -1 for others; or why it cannot be."""
        labels = np.full(len(self.corpus.ids), -1, np.int64)
        theme_id = self._theme(state, split)
        if theme_id not in {theme.theme_id for theme in state.themes}:
            return labels, f"there is no theme {split.theme_id}"
        members = np.flatnonzero(self._members(state, theme_id))
        if split.parts:
            different = len(np.unique(self.placed[members], axis=0))
            if different < split.parts:
                return labels, f"{theme_id} has {different} different documents, too few for {split.parts} parts"
            labels[members] = _parts(self.placed[members], split.parts, self.settings.seed)
            return labels, ""
        seeds = np.flatnonzero(np.isin(self.corpus.ids, split.documents))
        if not len(seeds):
            return labels, "none of its documents is read any more"
        if np.isin(members, seeds).all():
            return labels, f"{theme_id} has no other documents; rename it instead"
        members = np.union1d(members, seeds)
        labels[members] = _with_seeds(self.placed[members], np.isin(members, seeds))
        return labels, ""

    def _theme(self, state: State, split: Split) -> str:
        """The theme to split. What was merged by hand was split before that: its own documents are meant."""
        direct = {
            theme.theme_id: theme.merged_into
            for theme in state.themes
            if theme.merged_into and not theme.is_merged_by_hand
        }
        return follow(split.theme_id, direct)

    def _members(self, state: State, theme_id: str) -> Flags:
        """The documents of a theme, and of those merged into it."""
        direct = {theme.theme_id: theme.merged_into for theme in state.themes if theme.merged_into}
        direct.pop(theme_id, None)
        rows = [row for row, theme in enumerate(state.themes) if follow(theme.theme_id, direct) == theme_id]
        return np.isin(owners(state, self.placed), rows)

    def _split(self, state: State, split: Split, labels: Labels) -> tuple[State, Turn]:
        theme_id = self._theme(state, split)
        old = next(theme for theme in state.themes if theme.theme_id == theme_id)
        rest, *pieces = self._pieces(labels)
        themes = carve(state.themes, owners(state, self.placed), labels > 0, self.placed, self.settings)
        themes = [
            replace(each, keywords=rest.keywords, centroid=rest.centroid) if each.theme_id == theme_id else each
            for each in themes
        ]
        taken, start = [theme.label for theme in themes], next_number(themes)
        made = [
            unlike(
                replace(
                    piece,
                    theme_id=f"T{start + row:04d}",
                    label=split.label or piece.label,
                    threshold=old.threshold,
                    floor=old.floor,
                    is_curated=True,
                    is_pinned=True,
                    origin=f"{split.edit_id}:{theme_id}",
                ),
                taken,
            )
            for row, piece in enumerate(pieces)
        ]
        told = ", ".join(f"{theme.theme_id} {theme.label}" for theme in made)
        return replace(state, themes=[*themes, *made]), Turn(theme_id, "split", f"into {told}")

    def _pieces(self, labels: Labels) -> list[Theme]:
        rows = np.flatnonzero(labels >= 0)
        texts = [self.corpus.texts[int(row)] for row in rows]
        vectors, placed = self.corpus.vectors[rows], self.placed[rows]
        return fresh_themes(texts, vectors, placed, labels[rows], self.run, self.settings, self.encode)


def follow(theme_id: str, steps: Mapping[str, str]) -> str:
    """The end of the steps that begin at a theme."""
    while theme_id in steps:
        theme_id = steps[theme_id]
    return theme_id


def split_of(theme: Theme) -> str | None:
    """The edit that split the theme off another, None for a theme that came about otherwise."""
    edit, _, source = (theme.origin or "").partition(":")
    return edit if edit[1:].isdigit() and source else None


def source_of(theme: Theme) -> str:
    """The theme that it was split off."""
    return (theme.origin or "").partition(":")[2]


def undone_pieces(themes: Sequence[Theme], splits: Collection[Split]) -> dict[str, str]:
    """The themes whose split holds no longer, and the theme that each goes back to."""
    standing = {split.edit_id for split in splits}
    return {theme.theme_id: source_of(theme) for theme in themes if split_of(theme) not in {None, *standing}}


def _parts(vectors: Vectors, count: int, seed: int) -> Labels:
    """Parts of a theme's vectors (n, d), numbered by falling size."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(vectors)
    sizes = np.bincount(found, minlength=count)
    rank = np.empty(count, np.int64)
    rank[np.lexsort((np.arange(count), -sizes))] = np.arange(count)
    return np.asarray(rank[found], np.int64)


def _with_seeds(vectors: Vectors, is_seed: Flags) -> Labels:
    """1 for the seeds and those of a theme's vectors (n, d) that go with them, 0 for the rest.

    Two-means that begins at the seeds, around the theme's own centre: what all its documents have in common would
    speak for the larger side.
    """
    local = unit(vectors - vectors.mean(axis=0))
    is_going = is_seed
    for _ in range(ROUNDS):
        if is_going.all():
            return is_seed.astype(np.int64)
        one, other = (unit(local[side].mean(axis=0, keepdims=True))[0] for side in (is_going, ~is_going))
        found = is_seed | (local @ one > local @ other)
        if (found == is_going).all():
            break
        is_going = found
    return (is_seed if is_going.all() else is_going).astype(np.int64)
