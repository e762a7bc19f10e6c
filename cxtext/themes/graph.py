"""Communities of the graph of nearest neighbours, by the Leiden algorithm.

Traag, Waltman and van Eck 2019, "From Louvain to Leiden: guaranteeing well-connected communities".
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

NEIGHBOURS = 15
SHARE = 8  # a document of a small corpus has one neighbour for this many documents, or all would be one community
LEAST_NEIGHBOURS = 3
BLOCK = 1024  # rows of the similarity matrix held at once


def neighbours_of(vectors: Vectors, count: int) -> tuple[Labels, NDArray[np.float32]]:
    """The `count` nearest other rows of each row of `vectors` (n, d), and the cosines to them, both (n, count)."""
    columns = np.empty((len(vectors), count), np.int64)
    cosines = np.empty((len(vectors), count), np.float32)
    for start in range(0, len(vectors), BLOCK):
        similar = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(similar))
        similar[rows, start + rows] = -np.inf
        nearest = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        columns[start : start + BLOCK] = nearest
        cosines[start : start + BLOCK] = np.take_along_axis(similar, nearest, axis=1)
    return columns, cosines


def neighbour_graph(vectors: Vectors) -> sparse.csr_matrix:
    """The symmetric graph of each row's nearest neighbours, weighted by cosine; negative cosines join nothing."""
    count = len(vectors)
    if count < 2:
        return sparse.csr_matrix((count, count))
    neighbours = min(max(count // SHARE, LEAST_NEIGHBOURS), NEIGHBOURS, count - 1)
    columns, cosines = neighbours_of(vectors, neighbours)
    rows = np.repeat(np.arange(count), neighbours)
    weights = cosines.ravel().astype(np.float64)
    kept = weights > 0
    graph = sparse.csr_matrix((weights[kept], (rows[kept], columns.ravel()[kept])), shape=(count, count))
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


def anchored(graph: sparse.csr_matrix, earlier: Labels, loyalty: float) -> sparse.csr_matrix:
    """The graph with a node more for each earlier cluster, joined to its members; `earlier` (n,) is -1 for none.

    `loyalty` is the weight of that bond, as a share of a member's bonds to its neighbours: the cost of moving away
    (evolutionary clustering: Chakrabarti, Kumar and Tomkins 2006).
    """
    count = int(earlier.max(initial=-1)) + 1
    if not count or not loyalty:
        return graph
    size = graph.shape[0]
    rows = np.flatnonzero(earlier >= 0)
    weights = loyalty * np.asarray(graph.sum(axis=1)).ravel()[rows]
    anchors = size + earlier[rows]
    wider = sparse.csr_matrix(
        (graph.data, graph.indices, np.append(graph.indptr, [graph.nnz] * count)), shape=(size + count,) * 2
    )
    bonds = sparse.csr_matrix(
        (np.tile(weights, 2), (np.append(rows, anchors), np.append(anchors, rows))), shape=(size + count,) * 2
    )
    joined: sparse.csr_matrix = (wider + bonds).tocsr()
    return joined
