"""The one rule by which a document belongs to a theme, in fitting, scoring and after loading alike.

A theme is a handful of prototypes: the means of small groups of its documents. A document belongs to the theme of its
nearest prototype. One centroid a theme would cut off what is long or bent in its shape: on BANKING77 a tenth of all
documents would leave the cluster in which they were found, with prototypes one in a hundred does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxtext.themes.space import unit

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

MEMBERS = 12  # documents a prototype stands for
ROUNDS = 8  # of the search for prototypes; they need not be the best ones
LEAST = 0.15  # cosine below which texts have nothing to do with each other: in a centred space chance gives 0
MOST = 0.99  # threshold at most: the cosine of copies of one text is 1 but for its last bits
USUAL = 10  # percentile of the members' cosines that is a theme's threshold
SLACK = 0.8  # share of the threshold down to which a document is still given to its nearest theme
BLOCK = 4096  # documents compared with all prototypes at once


@dataclass(frozen=True)
class Prototypes:
    """`vectors` (m, d) of unit length, and the `theme` (m,) of each as a row of `thresholds` and `floors` (k,).

    From a theme's threshold on a document is `assigned`; down to its floor it is still given to its `nearest` theme.
    """

    vectors: Vectors
    theme: Labels
    thresholds: NDArray[np.float64]
    floors: NDArray[np.float64]


@dataclass(frozen=True)
class Assignment:
    """For each document: the theme's row or -1, the cosine to its nearest prototype, and how it was decided."""

    theme: Labels
    confidence: NDArray[np.float64]
    method: NDArray[np.object_]  # assigned, nearest, unassigned


def assign(vectors: Vectors, prototypes: Prototypes) -> Assignment:
    """Each of `vectors` (n, d), rows of unit length, to the theme of its nearest prototype, or to none."""
    nearest, confidence = _nearest(vectors, prototypes.vectors)
    if not len(prototypes.vectors):
        return Assignment(nearest, confidence, np.full(len(vectors), "unassigned", object))
    theme = prototypes.theme[nearest]
    method = np.where(confidence >= prototypes.thresholds[theme], "assigned", "nearest").astype(object)
    out = confidence < prototypes.floors[theme]
    method[out] = "unassigned"
    return Assignment(np.where(out, -1, theme).astype(np.int64), confidence, method)


def _nearest(vectors: Vectors, prototypes: Vectors) -> tuple[Labels, NDArray[np.float64]]:
    """The nearest prototype of each vector and the cosine to it; -1 and 0 where there is none."""
    nearest = np.full(len(vectors), -1, np.int64)
    confidence = np.zeros(len(vectors))
    if not len(prototypes):
        return nearest, confidence
    for start in range(0, len(vectors), BLOCK):
        cosines = vectors[start : start + BLOCK] @ prototypes.T
        best = cosines.argmax(axis=1)
        nearest[start : start + BLOCK] = best
        confidence[start : start + BLOCK] = cosines[np.arange(len(cosines)), best]
    return nearest, confidence


def prototypes_of(vectors: Vectors, labels: Labels, *, coverage: float, seed: int) -> Prototypes:
    """Prototypes of the clusters `labels` (n,), -1 for none, and the limits within which a document belongs to them.

    A theme's threshold is the cosine that all but the outermost tenth of its documents reach; each is compared with
    prototypes that it is no part of. The floor lies a little below, and as low as it takes to give a share of
    `coverage` of all documents to a theme.
    """
    own, theme = _cut(vectors, labels, seed)
    sums = np.zeros((len(theme), vectors.shape[1]), np.float32)
    np.add.at(sums, own[own >= 0], vectors[own >= 0])
    cosines = _left_out_cosines(vectors, sums, own)
    thresholds = _thresholds(cosines, labels)
    return Prototypes(unit(sums), theme, thresholds, floors_of(thresholds, cosines, labels, coverage))


def _cut(vectors: Vectors, labels: Labels, seed: int) -> tuple[Labels, Labels]:
    """The prototype that each document (n,) is part of, -1 for none, and the theme of each prototype (m,)."""
    own = np.full(len(vectors), -1, np.int64)
    themes: list[int] = []
    for theme in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == theme)
        group = _groups(vectors[rows], seed)
        own[rows] = len(themes) + group
        themes += [theme] * (int(group.max()) + 1)
    return own, np.array(themes, np.int64)


def _thresholds(cosines: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
    """Each theme's threshold from the cosine of each document to its nearest prototype that it is no part of."""
    count = int(labels.max(initial=-1)) + 1
    if not count:
        return np.zeros(0)
    usual = np.array([np.percentile(cosines[labels == theme], USUAL) for theme in range(count)])
    # a small theme's own percentile is a guess: it is drawn towards that of all
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    drawn = (usual * sizes + float(np.median(usual)) * MEMBERS) / (sizes + MEMBERS)
    return np.asarray(np.clip(drawn, LEAST, MOST))


def floors_of(
    thresholds: NDArray[np.float64], cosines: NDArray[np.float64], labels: Labels, coverage: float
) -> NDArray[np.float64]:
    """The cosine below which a document belongs to no theme, so that a share of `coverage` belongs to one."""
    known = labels >= 0
    if coverage >= 1:
        return np.full(len(thresholds), -1.0)
    if not known.any():
        return thresholds
    ratio = np.quantile(cosines[known] / thresholds[labels[known]], 1 - coverage)
    return np.asarray(np.minimum(np.maximum(SLACK * thresholds, LEAST), ratio * thresholds))


def _groups(vectors: Vectors, seed: int) -> Labels:
    """Groups of about a dozen of a theme's vectors (n, d): spherical k-means (Dhillon and Modha 2001) in few rounds."""
    count = max(round(len(vectors) / MEMBERS), 1)
    if count == 1:
        return np.zeros(len(vectors), np.int64)
    centers = vectors[np.random.default_rng(seed).choice(len(vectors), count, replace=False)]
    group = np.zeros(len(vectors), np.int64)
    for _ in range(ROUNDS):
        group = (vectors @ centers.T).argmax(axis=1)
        sums = np.zeros_like(centers)
        np.add.at(sums, group, vectors)
        centers = unit(sums)
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _left_out_cosines(vectors: Vectors, sums: Vectors, own: Labels) -> NDArray[np.float64]:
    """Each document's cosine to its nearest prototype, its own one counted without it."""
    centers = unit(sums)
    best = np.zeros(len(vectors))
    for start in range(0, len(vectors), BLOCK):
        block, part = vectors[start : start + BLOCK], own[start : start + BLOCK]
        cosines = block @ centers.T
        rows = np.flatnonzero(part >= 0)
        without = unit(sums[part[rows]] - block[rows])
        cosines[rows, part[rows]] = (without * block[rows]).sum(axis=1)
        best[start : start + BLOCK] = cosines.max(axis=1) if cosines.shape[1] else 0.0
    return best


def join(parts: Sequence[Prototypes], dimensions: int) -> Prototypes:
    """Prototypes of several sets of themes as one; the themes of each part follow those of the part before."""
    offsets = np.cumsum([0, *(len(part.thresholds) for part in parts)])
    nothing = np.zeros((0, dimensions), np.float32)
    return Prototypes(
        np.concatenate([nothing, *(part.vectors for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.theme + at for part, at in zip(parts, offsets, strict=False))]),
        np.concatenate([np.zeros(0), *(part.thresholds for part in parts)]),
        np.concatenate([np.zeros(0), *(part.floors for part in parts)]),
    )
