"""How fine the themes of a corpus are: the resolution at which its clusters are found again.

A resolution is judged by what can be reproduced. Two halves of the documents are clustered apart, and each half's
clusters are used to predict the other's (prediction strength: Tibshirani and Walther 2005, "Cluster validation by
prediction strength"); and the documents are clustered twice, on two halves of the vectors' dimensions. Structure that
is there is found by both; what the resolution cuts at random is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cxtext.themes.graph import leiden, neighbour_graph
from cxtext.themes.space import unit

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]

RESOLUTIONS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
FINER = 1.5  # the next resolution to try while finer ones are found again more surely
REPEATS = 4
MOST_DOCUMENTS = 6000  # judged; more of them say the same
NEARLY = 0.05  # difference in reproducibility that is not worth a coarser view
DEFAULT = 1.0  # where there are too few documents to judge
LEAST_DOCUMENTS = 40


@dataclass(frozen=True)
class Resolution:
    """The resolution to take, the coarsest and finest that are nearly as reproducible, and the figure of each tried."""

    chosen: float
    coarsest: float
    finest: float
    reproducibility: dict[float, float]


def choose_resolution(vectors: Vectors, *, seed: int) -> Resolution:
    """The resolution for `vectors` (n, d), rows of unit length; reproducibility lies between 0 and 1.

    It lies half-way between the most reproducible one and the finest that is nearly as reproducible: support leads
    want detail, but no detail that another sample of the same tickets would not show.
    """
    if len(vectors) < LEAST_DOCUMENTS:
        return Resolution(DEFAULT, DEFAULT, DEFAULT, {})
    splits = [_split(vectors, np.random.default_rng([seed, repeat])) for repeat in range(REPEATS)]
    found = {each: _reproducibility(splits, each, seed) for each in RESOLUTIONS}
    while max(found, key=found.__getitem__) == max(found):
        finer = max(found) * FINER
        score = _reproducibility(splits, finer, seed)
        if score <= found[max(found)]:
            break
        found[finer] = score
    tried = np.array(list(found))
    padded = np.pad(list(found.values()), 1, mode="edge")
    # neighbouring resolutions judge much the same clusters: a lone peak is luck
    smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    best = int(smooth.argmax())
    nearly = np.flatnonzero(smooth >= smooth[best] - NEARLY)
    chosen = float(np.sqrt(tried[best] * tried[nearly[-1]]))
    coarsest, finest = (float(tried[each]) for each in nearly[[0, -1]])
    return Resolution(chosen, coarsest, finest, dict(zip(found, map(float, smooth), strict=True)))


@dataclass(frozen=True)
class _Split:
    """One random split: vectors and graphs of both halves of the documents, graphs of both halves of the dimensions."""

    halves: list[Vectors]
    by_documents: list[sparse.csr_matrix]
    by_dimensions: list[sparse.csr_matrix]


def _split(vectors: Vectors, chance: np.random.Generator) -> _Split:
    rows = chance.permutation(len(vectors))[:MOST_DOCUMENTS]
    halves = np.array_split(vectors[rows], 2)
    columns = np.array_split(chance.permutation(vectors.shape[1]), 2)
    return _Split(
        halves,
        [neighbour_graph(half) for half in halves],
        [neighbour_graph(unit(vectors[rows][:, part])) for part in columns],
    )


def _reproducibility(splits: Sequence[_Split], resolution: float, seed: int) -> float:
    """Mean agreement (adjusted Rand index) of both kinds at one resolution."""
    from sklearn.metrics import adjusted_rand_score

    scores = []
    for split in splits:
        labels = [leiden(graph, resolution, seed) for graph in split.by_documents]
        for known, other in ((0, 1), (1, 0)):
            predicted = _predict(split.halves[other], split.halves[known], labels[known])
            scores.append(adjusted_rand_score(predicted, labels[other]))
        scores += [adjusted_rand_score(*(leiden(graph, resolution, seed) for graph in split.by_dimensions))] * 2
    return float(np.mean(scores))


def _predict(vectors: Vectors, known: Vectors, labels: Labels) -> Labels:
    """The cluster of the nearest centroid of `known` documents, for each of `vectors`."""
    _, rows = np.unique(labels, return_inverse=True)
    sums = np.zeros((int(rows.max()) + 1, known.shape[1]), np.float32)
    np.add.at(sums, rows, known)
    return np.asarray((vectors @ unit(sums).T).argmax(axis=1), np.int64)
