"""A second level above the themes: groups of related ones, and their names."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from cxtext.themes.cluster import centroids
from cxtext.themes.labels import name_themes
from cxtext.themes.topics import describe

Vectors = NDArray[np.float32]

FEWEST = 6  # themes below which a second level says nothing
RELATED = 0.03  # silhouette at and below which a group's themes lie no nearer to each other than to those of another


def group(centers: Vectors, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Parent of each theme (k,), parents numbered by falling number of documents; -1 where a theme stands alone.

    `centers` (k, d): the themes' unit centroids; `sizes` (k,): their documents. Average linkage on the cosine of the
    centroids, what all documents have in common taken out. The number of parents, between the root of k and twice
    that, is the one of the best mean silhouette (Rousseeuw 1987). A parent has at least two themes.
    """
    alone = np.full(len(centers), -1, np.int64)
    if len(centers) < FEWEST:
        return alone
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
    from sklearn.metrics import silhouette_samples

    distances = _distances(centers, sizes)
    tree = linkage(squareform(distances, checks=False), "average")
    root = len(centers) ** 0.5
    best, best_fit = alone, np.zeros(len(centers))
    for count in range(max(round(root), 2), max(min(round(2 * root), len(centers) // 2), 2) + 1):
        groups = fcluster(tree, count, "maxclust").astype(np.int64)
        if len(np.unique(groups)) < 2:
            continue
        fit = silhouette_samples(distances, groups, metric="precomputed")
        if fit.mean() > best_fit.mean():
            best, best_fit = groups, fit
    return _numbered(best, best_fit, sizes)


def name_parents(
    texts: Sequence[str],
    vectors: Vectors,
    labels: NDArray[np.int64],
    parents: NDArray[np.int64],
    encode: Callable[[Sequence[str]], Vectors],
    stop_words: Collection[str] = (),
    *,
    taken: Collection[str] = (),
) -> list[str]:
    """A unique label for each parent, found as the themes' own are, in the documents of all its themes.

    `labels` (n,): theme of each document, a row of `parents`, or -1. `taken`: the themes' labels, which no parent has.
    A parent whose themes have no document is called by its number.
    """
    names = [f"Group {parent + 1}" for parent in range(int(parents.max(initial=-1)) + 1)]
    of_document = np.full(len(labels), -1, np.int64)
    of_document[labels >= 0] = parents[labels[labels >= 0]]
    spoken = np.unique(of_document[of_document >= 0])  # topics are numbered without gaps
    rows = np.where(of_document >= 0, np.searchsorted(spoken, of_document), -1)
    topics = describe(texts, vectors, rows, stop_words=stop_words)
    centers = centroids(vectors, rows, len(spoken))
    given = name_themes(texts, vectors, topics, centers, encode, stop_words, taken=taken, broad=True)
    for parent, name in zip(spoken, given, strict=True):
        names[parent] = name
    return names


def _distances(centers: Vectors, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine distances (k, k) of the centroids, their mean by documents taken out."""
    own = centers - np.average(centers, axis=0, weights=np.maximum(sizes, 1))
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    distances = np.clip(1.0 - own @ own.T, 0.0, 2.0).astype(np.float64)
    np.fill_diagonal(distances, 0.0)
    # rounded, since the last bits hang on the machine
    return np.asarray(((distances + distances.T) / 2).round(6))


def _numbered(groups: NDArray[np.int64], fit: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups of related themes numbered by falling number of documents (ties: first theme first); others -1."""
    members = [np.flatnonzero(groups == each) for each in np.unique(groups[groups >= 0])]
    related = [rows for rows in members if len(rows) > 1 and fit[rows].mean() > RELATED]
    numbered = np.full(len(groups), -1, np.int64)
    for number, rows in enumerate(sorted(related, key=lambda rows: (-int(sizes[rows].sum()), int(rows[0])))):
        numbered[rows] = number
    return numbered
