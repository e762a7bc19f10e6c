"""Parents of themes under identities that last: groups of related themes, matched from night to night."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cxtext.registry.state import Corpus, Encode, Labels, State, Theme
from cxtext.settings import ThemesSettings
from cxtext.themes.parents import group, name_parents

SAME_THEMES = 1 / 3  # themes that two groups share, of all that either has (Jaccard), from which they are the same
KEYWORDS = 8


@dataclass(frozen=True)
class Parent:
    """A group of related themes; which ones, they say themselves."""

    parent_id: str
    label: str


@dataclass(frozen=True)
class Family:
    """The parents that have a theme, in the order of their ids, the state whose themes name them, and the ids given."""

    parents: list[Parent]
    state: State
    numbered: int


def related(
    state: State,
    known: State | None,
    parents: Sequence[Parent],
    numbered: int,
    theme_ids: Sequence[str | None],
    corpus: Corpus,
    settings: ThemesSettings,
    encode: Encode,
) -> Family:
    """The parents of the themes of tonight's `state`; `known` is the state of the night before, with its `parents`.

    Groups are sought where themes were fitted anew or added; else every theme keeps its parent. A group takes over the
    parent with which it shares most themes, one to one, and its label. `theme_ids` are of the corpus's documents.
    """
    alive = [theme for theme in state.themes if theme.is_alive]
    earlier = {theme.theme_id: theme for theme in (known.themes if known else [])}
    parent_of = _inherited(state, earlier)
    added = any(theme.theme_id not in earlier or not earlier[theme.theme_id].is_alive for theme in alive)
    if known is None or state.fitted != known.fitted or added:
        groups = _groups(alive, theme_ids)
        parent_of, parents, numbered = _matched(alive, groups, parent_of, parents, numbered)
        parents = _named(alive, parents, parent_of, theme_ids, corpus, settings, encode)
    named = [replace(theme, parent_id=parent_of.get(theme.theme_id)) for theme in state.themes]
    kept = {theme.parent_id for theme in named}
    left = sorted((each for each in parents if each.parent_id in kept), key=lambda each: each.parent_id)
    return Family(left, replace(state, themes=named), numbered)


def keywords_of(themes: Sequence[Theme], documents: Sequence[int]) -> list[str]:
    """The words of the themes, those first that stand high in themes of many documents."""
    worth: dict[str, float] = {}
    for theme, count in zip(themes, documents, strict=True):
        for rank, word in enumerate(theme.keywords):
            worth[word] = worth.get(word, 0.0) + max(count, 1) / (rank + 1)
    return sorted(worth, key=lambda word: (-worth[word], word))[:KEYWORDS]


def _inherited(state: State, earlier: dict[str, Theme]) -> dict[str, str]:
    """Each living theme's parent of the night before."""
    found = {}
    for theme in state.themes:
        parent = earlier[theme.theme_id].parent_id if theme.theme_id in earlier else None
        if theme.is_alive and parent is not None:
            found[theme.theme_id] = parent
    return found


def _groups(alive: Sequence[Theme], theme_ids: Sequence[str | None]) -> Labels:
    if not alive:
        return np.zeros(0, np.int64)
    counts = Counter(theme_ids)
    sizes = np.array([counts[theme.theme_id] for theme in alive], np.int64)
    return group(np.stack([theme.centroid for theme in alive]), sizes)


def _matched(
    alive: Sequence[Theme], groups: Labels, parent_of: dict[str, str], parents: Sequence[Parent], numbered: int
) -> tuple[dict[str, str], list[Parent], int]:
    """Each theme's parent, the parents in the order of the groups, and how many were ever numbered.

    A parent that is new has no label yet.
    """
    from scipy.optimize import linear_sum_assignment

    labels = {each.parent_id: each.label for each in parents}
    old = sorted(set(parent_of.values()) & labels.keys())
    members = [
        {theme.theme_id for theme, each in zip(alive, groups, strict=True) if each == row} for row in _of(groups)
    ]
    before = [{theme_id for theme_id, parent in parent_of.items() if parent == each} for each in old]
    same = np.array([[len(one & two) / len(one | two) for two in before] for one in members]).reshape(
        len(members), len(old)
    )
    pairs = zip(*linear_sum_assignment(-np.where(same >= SAME_THEMES, same, 0.0)), strict=True)
    taken = {int(row): old[column] for row, column in pairs if same[row, column] >= SAME_THEMES}
    found: dict[str, str] = {}
    now = []
    for row, themes in enumerate(members):
        if row not in taken:
            numbered += 1
        parent_id = taken.get(row, f"P{numbered:03d}")
        now.append(Parent(parent_id, labels.get(parent_id, "")))
        found |= dict.fromkeys(themes, parent_id)
    return found, now, numbered


def _of(groups: Labels) -> range:
    return range(int(groups.max(initial=-1)) + 1)


def _named(
    alive: Sequence[Theme],
    parents: Sequence[Parent],
    parent_of: dict[str, str],
    theme_ids: Sequence[str | None],
    corpus: Corpus,
    settings: ThemesSettings,
    encode: Encode,
) -> list[Parent]:
    """The parents, those without a label named by the documents of their themes."""
    if all(parent.label for parent in parents):
        return list(parents)
    row_of = {theme.theme_id: row for row, theme in enumerate(alive)}
    number = {parent.parent_id: row for row, parent in enumerate(parents)}
    groups = np.array([number.get(parent_of.get(theme.theme_id, ""), -1) for theme in alive], np.int64)
    labels = np.array([row_of.get(each or "", -1) for each in theme_ids], np.int64)
    rows = _even(len(labels), settings.max_fit)
    taken = [*(theme.label for theme in alive), *(parent.label for parent in parents if parent.label)]
    texts = [corpus.texts[row] for row in rows]
    found = name_parents(texts, corpus.vectors[rows], labels[rows], groups, encode, settings.stop_words, taken=taken)
    return [
        parent if parent.label else replace(parent, label=_free(label, parent.parent_id, taken))
        for parent, label in zip(parents, found, strict=True)
    ]


def _free(label: str, parent_id: str, taken: Collection[str]) -> str:
    return f"{label} ({parent_id})" if label.lower() in {each.lower() for each in taken} else label


def _even(count: int, most: int) -> Labels:
    """At most `most` rows of `count`, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64)) if count else np.zeros(0, np.int64)
