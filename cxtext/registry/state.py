"""What is known of themes from one night to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cxtext.themes.assign import Assignment, Prototypes, join
from cxtext.themes.space import Space

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class Theme:
    """A theme as the next night needs it.

    `prototypes` (m, d) are unit vectors in the space of its state, `centroid` (e,) one in the encoder's space.
    `origin` says what a theme that no fit has found goes back to: `known:<name>`, or a split's edit and the theme that
    was split, as in `E0003:T0007`. `machine_label` is the label before a person gave it another, None without that.
    """

    theme_id: str
    label: str
    keywords: list[str]
    centroid: NDArray[np.float32]
    prototypes: Vectors
    threshold: float
    floor: float
    exemplars: list[str]
    born: date
    fitted: date
    merged_into: str | None = None
    parent_id: str | None = None
    is_curated: bool = False
    is_pinned: bool = False
    is_muted: bool = False
    is_merged_by_hand: bool = False
    origin: str | None = None
    machine_label: str | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it stands for itself: a merged theme lives on in another."""
        return self.merged_into is None

    @property
    def attracts(self) -> bool:
        """Whether documents are compared with it: what was merged by hand still finds its documents for its heir."""
        return self.is_alive or self.is_merged_by_hand


@dataclass(frozen=True)
class State:
    """All themes, merged ones too, the space that they lie in, and the resolution of the last fit."""

    themes: list[Theme]
    space: Space
    resolution: float
    begun: date
    fitted: date

    def heirs(self) -> dict[str, str]:
        """The theme that carries on for each merged one, chains followed to their end."""
        direct = {theme.theme_id: theme.merged_into for theme in self.themes if theme.merged_into}
        return {theme_id: _end(theme_id, direct) for theme_id in direct}


def _end(theme_id: str, heirs: dict[str, str]) -> str:
    seen = {theme_id}
    while theme_id in heirs and heirs[theme_id] not in seen:
        theme_id = heirs[theme_id]
        seen.add(theme_id)
    return theme_id


@dataclass(frozen=True)
class Turn:
    """A theme's change of identity: `event` is merged, split or renamed; `note` says with what."""

    theme_id: str
    event: str
    note: str


@dataclass(frozen=True)
class Corpus:
    """The analysed documents of the history window, in the order of their ids.

    `ids`, `texts`, `days` and the rows of `vectors` (n, e), the encoder's, go together.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    days: NDArray[np.datetime64]
    vectors: Vectors


@dataclass(frozen=True)
class Outcome:
    """What a night makes of the themes: the new state, one theme and one assignment a document, and turns.

    `left_out` are sentences on edits that could not be carried out.
    """

    state: State
    theme_ids: list[str | None]
    assignment: Assignment
    turns: list[Turn]
    left_out: tuple[str, ...] = ()

    @property
    def themes(self) -> list[Theme]:
        """All themes of the new state."""
        return self.state.themes


def attracting(themes: Sequence[Theme]) -> list[Theme]:
    """The themes that documents are compared with."""
    return [theme for theme in themes if theme.attracts and len(theme.prototypes)]


def prototypes(themes: Sequence[Theme], dimensions: int) -> Prototypes:
    """The prototypes of `themes`, each by its row."""
    return join(
        [
            Prototypes(
                theme.prototypes,
                np.zeros(len(theme.prototypes), np.int64),
                np.array([theme.threshold]),
                np.array([theme.floor]),
            )
            for theme in themes
        ],
        dimensions,
    )


def next_number(known: Sequence[Theme]) -> int:
    """The number of the next new theme: one more than any so far."""
    return max((int(theme.theme_id[1:]) for theme in known), default=0) + 1


def unlike(theme: Theme, taken: list[str]) -> Theme:
    """The theme under a label that none of `taken` is; the label is added to them."""
    seen = {label.lower() for label in taken}
    others = (f"{theme.label} ({word})" for word in theme.keywords if word not in theme.label.lower())
    names = [theme.label, *others, f"{theme.label} ({theme.theme_id})"]
    label = next(name for name in names if name.lower() not in seen)
    taken.append(label)
    return replace(theme, label=label)
