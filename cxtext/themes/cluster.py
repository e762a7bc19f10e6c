"""Clusters of vectors: Leiden communities of the nearest-neighbour graph, at a resolution chosen from the data.

Leiden: Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities". The
resolution is the finest at which resampled halves of the data still agree (stability, as in von Luxburg 2010,
"Clustering stability: an overview").
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

NEIGHBOURS = 15
BLOCK = 1024  # rows of the similarity matrix held at once
RESOLUTIONS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
STABLE = 0.7  # adjusted Rand index between resampled fits at which a resolution counts as stable
NEARLY_BEST = 0.08  # where none is: how far below the most stable one a resolution may stay
RESAMPLES = 6
RESAMPLE_SHARE = 0.8
FINEST_UNSTABLE = 2.0  # where no resolution is stable, finer detail is not to be trusted
TOO_FAR = 0.15  # and where some are: plain groups, found again every time, are not cut up because the pieces will do
SHATTERED = 0.5  # communities a node above which a fit has found nothing
LEFT_OUT = 0.1  # share of documents in clusters too small for a theme at which a resolution is too fine
TINY = 12  # below this many documents a graph of neighbours says nothing
COPY = 0.99  # cosine at which two texts say the same in the same words
SAME = 0.6  # cosine at which the few documents of a tiny night count as one theme


class GraphClusterer:
    """Clusters unit vectors; sklearn-like (`fit`, `labels_`).

    After `fit`: `labels_` (n,) with -1 for documents in clusters smaller than `min_size`, `resolution_`, and
    `stability_` (resolution -> mean adjusted Rand index between resampled fits).
    """

    def __init__(self, *, min_size: int = 5, seed: int = 7, resolution: float | None = None) -> None:
        self.min_size = min_size
        self.seed = seed
        self.resolution = resolution
        self.labels_: Labels = np.zeros(0, np.int64)
        self.resolution_ = resolution or 1.0
        self.stability_: dict[float, float] = {}

    def fit(self, vectors: Vectors, y: object = None) -> "GraphClusterer":
        """Cluster `vectors` (n, d), rows of unit length; equal rows always go together."""
        rows, copies = _distinct(vectors)
        self.labels_ = by_size(self._cluster(vectors[rows])[copies], self.min_size)
        return self

    def _cluster(self, vectors: Vectors) -> Labels:
        if len(vectors) < TINY:
            return _tiny(vectors)
        graph = neighbour_graph(vectors)
        if self.resolution is None:
            self.resolution_, self.stability_ = choose_resolution(graph, self.seed)
        labels = leiden(graph, self.resolution_, self.seed)
        if self.resolution is None:
            # small data: a resolution that cuts its groups below the smallest theme is too fine
            for coarser in sorted((each for each in RESOLUTIONS if each < self.resolution_), reverse=True):
                if (by_size(labels, self.min_size) < 0).mean() <= LEFT_OUT:
                    break
                self.resolution_ = coarser
                labels = leiden(graph, coarser, self.seed)
        return labels


def _distinct(vectors: Vectors) -> tuple[Labels, Labels]:
    """The first of each group of equal rows, and each row's group.

    A text that came a thousand times would fill its own neighbourhood, and fall apart at random.
    """
    groups: dict[bytes, int] = {}
    copies = np.array([groups.setdefault(row.tobytes(), len(groups)) for row in vectors], np.int64)
    return np.unique(copies, return_index=True)[1].astype(np.int64), copies


def neighbour_graph(vectors: Vectors, neighbours: int = NEIGHBOURS) -> sparse.csr_matrix:
    """The symmetric graph of each row's nearest neighbours, weighted by cosine (negative ones left out)."""
    count = len(vectors)
    neighbours = min(neighbours, count - 1)
    columns = np.empty((count, neighbours), np.int64)
    weights = np.empty((count, neighbours), np.float64)
    for start in range(0, count, BLOCK):
        similar = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(similar))
        similar[rows, start + rows] = -np.inf
        nearest = np.argpartition(-similar, neighbours - 1, axis=1)[:, :neighbours]
        columns[start : start + BLOCK] = nearest
        weights[start : start + BLOCK] = np.take_along_axis(similar, nearest, axis=1)
    rows = np.repeat(np.arange(count), neighbours)
    kept = weights.ravel() > 0
    graph = sparse.csr_matrix((weights.ravel()[kept], (rows[kept], columns.ravel()[kept])), shape=(count, count))
    return graph.maximum(graph.T).tocsr()


def leiden(graph: sparse.csr_matrix, resolution: float, seed: int) -> Labels:
    """Community of each node by Leiden with modularity; a node without neighbours is a community of its own."""
    from graspologic_native import leiden_csr

    labels = np.arange(graph.shape[0], dtype=np.int64) + graph.shape[0]  # lone nodes are not in the answer
    if graph.nnz == 0:  # graspologic panics
        return labels
    _, communities = leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        graph.shape[0],
        resolution=resolution,
        seed=seed,
    )
    labels[list(communities.keys())] = list(communities.values())
    return labels


def choose_resolution(graph: sparse.csr_matrix, seed: int) -> tuple[float, dict[float, float]]:
    """The finest resolution that is stable, and the stability of each.

    Each resample keeps the same share of the nodes and the edges among them. Where no resolution is stable, it is
    the finest of those that are nearly as stable as the most stable one. Fits that leave nearly every node alone
    agree perfectly, and say nothing: they count as not stable at all.
    """
    from sklearn.metrics import adjusted_rand_score

    chance = np.random.default_rng(seed)
    count = graph.shape[0]
    samples = [
        np.sort(chance.choice(count, max(int(RESAMPLE_SHARE * count), 2), replace=False)) for _ in range(RESAMPLES)
    ]
    parts = [graph[sample][:, sample].tocsr() for sample in samples]
    stability: dict[float, float] = {}
    for resolution in RESOLUTIONS:
        fits = [leiden(part, resolution, seed) for part in parts]
        scores = []
        for one in range(RESAMPLES):
            for other in range(one):
                if max(map(_groups_a_node, (fits[one], fits[other]))) > SHATTERED:
                    scores.append(0.0)
                    continue
                _, here, there = np.intersect1d(samples[one], samples[other], return_indices=True)
                scores.append(adjusted_rand_score(fits[one][here], fits[other][there]))
        stability[resolution] = float(np.mean(scores))
    best = max(stability.values())
    enough = max(min(STABLE, best - NEARLY_BEST), best - TOO_FAR)
    finest = max(RESOLUTIONS) if best >= STABLE else FINEST_UNSTABLE
    eligible = [each for each in RESOLUTIONS if stability[each] >= enough]
    return max((each for each in eligible if each <= finest), default=min(eligible)), stability


def _groups_a_node(labels: Labels) -> float:
    return len(np.unique(labels)) / len(labels)


def by_size(labels: Labels, min_size: int) -> Labels:
    """Labels renumbered by falling size (ties: first member first); clusters below `min_size` become -1."""
    found, first, counts = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda each: (-counts[each], first[each]))
    renamed = {int(found[each]): rank for rank, each in enumerate(order) if counts[each] >= min_size}
    return np.array([renamed.get(int(label), -1) for label in labels], dtype=np.int64)


def _tiny(vectors: Vectors) -> Labels:
    """A handful of documents: those that are plainly alike together (single linkage at a fixed cosine)."""
    if not len(vectors):
        return np.zeros(0, np.int64)
    alike = sparse.csr_matrix((vectors @ vectors.T >= SAME).astype(np.float64))
    _, labels = sparse.csgraph.connected_components(alike, directed=False)
    return np.asarray(labels, dtype=np.int64)


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
