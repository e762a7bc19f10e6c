"""Clusters of vectors: communities of the nearest-neighbour graph, at a resolution chosen from the data."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxtext.themes.graph import anchored, leiden, neighbour_graph
from cxtext.themes.resolution import choose_resolution

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

TINY = 40  # below this many documents a graph of neighbours says nothing
YOUNG_WEEKS = 4.0  # a feed that began so lately is cut finer: themes that prove to be one are merged and keep their
# identity, a theme that proves to be several loses it
SAME = 0.42  # mean cosine to each other of the documents of a plain group, in the encoder's own space
FOLLOWED = 5.0  # documents a week that a theme needs to be followed from week to week
LEFT_OUT = 0.5  # share of the documents in clusters too small for a theme at which a fit says nothing
COARSEST = 0.1
STEP = 1.25  # by which a resolution is lowered at a time
LOYALTY = 0.05  # weight of a document's bond to its theme beside those to its neighbours, when it is fitted again
COPY = 0.99  # cosine at which two texts say the same in the same words


class GraphClusterer:
    """Clusters unit vectors; sklearn-like (`fit`, `labels_`).

    `weeks` is the time that the documents span, None or 0 where it says nothing. After `fit`: `labels_` (n,) with -1
    for documents in clusters smaller than `min_size`, `resolution_`, and `reproducibility_` (resolution -> agreement
    of fits on halves of the data).
    """

    def __init__(
        self, *, min_size: int = 5, seed: int = 7, resolution: float | None = None, weeks: float | None = None
    ) -> None:
        self.min_size = min_size
        self.weeks = weeks
        self.seed = seed
        self.resolution = resolution
        self.labels_: Labels = np.zeros(0, np.int64)
        self.resolution_ = resolution or 1.0
        self.reproducibility_: dict[float, float] = {}

    def fit(self, vectors: Vectors, y: Labels | None = None) -> "GraphClusterer":
        """Cluster `vectors` (n, d), rows of unit length; equal rows always go together.

        `y` (n,) are earlier clusters, -1 for none: what belonged together stays so unless the data say otherwise.
        """
        rows, copies = _distinct(vectors)
        earlier = np.full(len(rows), -1, np.int64) if y is None else y[rows]
        self.labels_ = by_size(self._cluster(vectors[rows], earlier)[copies], self.min_size)
        return self

    def _cluster(self, vectors: Vectors, earlier: Labels) -> Labels:
        if len(vectors) < TINY:
            return _plain_groups(vectors)
        graph = anchored(neighbour_graph(vectors), earlier, LOYALTY)
        if self.resolution is not None:
            return leiden(graph, self.resolution, self.seed)[: len(vectors)]
        found = choose_resolution(vectors, seed=self.seed)
        is_young = 0 < (self.weeks or 0) < YOUNG_WEEKS
        self.resolution_, self.reproducibility_ = found.finest if is_young else found.chosen, found.reproducibility
        labels = leiden(graph, self.resolution_, self.seed)[: len(vectors)]
        while self._is_too_fine(labels, found.coarsest, is_young):
            self.resolution_ /= STEP
            labels = leiden(graph, self.resolution_, self.seed)[: len(vectors)]
        return labels

    def _is_too_fine(self, labels: Labels, coarsest: float, is_young: bool) -> bool:
        """Whether most documents are in clusters too small for a theme, or the themes too small to be followed.

        Coarser themes than nearly as reproducible ones are no answer to the latter.
        """
        if (by_size(labels, self.min_size) < 0).mean() > LEFT_OUT and self.resolution_ > COARSEST:
            return True
        if not self.weeks or is_young or self.resolution_ / STEP < coarsest:
            return False
        return _typical_size(labels) < FOLLOWED * self.weeks


def _typical_size(labels: Labels) -> float:
    """Documents of the cluster to which the median document belongs."""
    sizes = np.bincount(np.unique(labels, return_inverse=True)[1])
    return float(np.median(np.repeat(sizes, sizes)))


def _distinct(vectors: Vectors) -> tuple[Labels, Labels]:
    """The first of each group of equal rows, and each row's group.

    A text that came a thousand times would fill its own neighbourhood, and fall apart at random.
    """
    groups: dict[bytes, int] = {}
    copies = np.array([groups.setdefault(row.tobytes(), len(groups)) for row in vectors], np.int64)
    return np.unique(copies, return_index=True)[1].astype(np.int64), copies


def by_size(labels: Labels, min_size: int) -> Labels:
    """Labels renumbered by falling size (ties: first member first); clusters below `min_size` become -1."""
    found, first, counts = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda each: (-counts[each], first[each]))
    renamed = {int(found[each]): rank for rank, each in enumerate(order) if counts[each] >= min_size}
    return np.array([renamed.get(int(label), -1) for label in labels], dtype=np.int64)


def _plain_groups(vectors: Vectors) -> Labels:
    """Groups of documents that are plainly alike (average linkage); all others stay alone."""
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    model = AgglomerativeClustering(n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - SAME)
    return np.asarray(model.fit_predict(vectors), np.int64)


def centroids(vectors: Vectors, labels: Labels, count: int) -> Vectors:
    """Unit mean vector of each of `count` clusters (count, d); a cluster without members has a zero row."""
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    members = labels >= 0
    np.add.at(sums, labels[members], vectors[members])
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    units: Vectors = np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0)
    return units


def typical(vectors: Vectors, centroid: Vectors, members: Sequence[int], count: int) -> list[int]:
    """Members that are typical of a cluster and differ from each other (maximal marginal relevance).

    Carbonell and Goldstein 1998; similarity to the centroid against similarity to those chosen before.
    """
    near = vectors[list(members)] @ centroid
    pool = [members[each] for each in np.argsort(-near, kind="stable")[: 10 * count]]
    if not pool:
        return []
    chosen = [pool.pop(0)]
    while pool and len(chosen) < count:
        to_center = vectors[pool] @ centroid
        to_chosen = (vectors[pool] @ vectors[chosen].T).max(axis=1)
        if to_chosen.min() >= COPY:
            break
        best = int(np.argmax(np.where(to_chosen < COPY, 0.6 * to_center - 0.4 * to_chosen, -np.inf)))
        chosen.append(pool.pop(best))
    return chosen
