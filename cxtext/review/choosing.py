"""Which documents are most worth a person's label: some at random, the rest doubtful and unlike each other.

The random ones alone give an honest estimate of accuracy. The others teach most: they are the most doubtful ones, of
which farthest-first traversal (Gonzalez 1985; for labelling: Sener & Savarese, "Active learning for convolutional
neural networks: a core-set approach", 2018) takes what is least like anything taken, weighted by doubt, from a pool of
the most doubtful (as Zhdanov, "Diverse mini-batch active learning", 2019), each proposed label in turn.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxtext.review.columns import RANDOM, UNCERTAIN
from cxtext.review.meaning import Meaning, Rows

POOL = 3  # doubtful documents to choose one from: more would be more various, and less doubtful


def choose(candidates: pd.DataFrame, meaning: Meaning, *, count: int, random_share: float, seed: int) -> pd.DataFrame:
    """At most `count` rows of `candidates`, with the column drawn (random, uncertain), in random order.

    `candidates` has the columns document_id, primary, confidence, needs_review; `meaning` its rows' vectors. The share
    `random_share` of the rows is drawn evenly over all candidates, copies and all. The others are no near-duplicates
    of anything chosen, so there are fewer than `count` where too few documents differ. The order is mixed, so that
    whoever stops half way has labelled a fair part of both.
    """
    chance = np.random.default_rng(seed)
    wanted = min(count, len(candidates))
    random = chance.permutation(len(candidates))[: round(random_share * wanted)].tolist()
    uncertain = _uncertain(candidates, meaning, random, wanted - len(random))
    chosen = candidates.iloc[[*random, *uncertain]].copy()
    chosen["drawn"] = [RANDOM] * len(random) + [UNCERTAIN] * len(uncertain)
    return chosen.iloc[chance.permutation(len(chosen))].reset_index(drop=True)


def _uncertain(candidates: pd.DataFrame, meaning: Meaning, random: Sequence[int], wanted: int) -> list[int]:
    names, labels = np.unique(candidates["primary"].to_numpy(str), return_inverse=True)
    doubt = 1 - candidates["confidence"].to_numpy(np.float64)
    chosen: list[int] = []
    for pool in _pools(candidates["needs_review"].to_numpy(bool), doubt, random, POOL * wanted):
        if len(chosen) == wanted:
            break
        spread = np.bincount(labels[chosen], minlength=len(names))
        nearest = meaning.nearest(pool, [*random, *chosen])
        places = _spread(labels[pool], doubt[pool], nearest, meaning.of(pool), spread, wanted - len(chosen))
        chosen += pool[places].tolist()
    return chosen


def _pools(marked: NDArray[np.bool_], doubt: NDArray[np.float64], taken: Sequence[int], size: int) -> Iterator[Rows]:
    """The rows that are not taken, the most doubtful first: those marked for review, then the others, cut to `size`."""
    order = np.lexsort((-doubt, ~marked))
    order = order[~np.isin(order, list(taken))]
    for tier in (order[marked[order]], order[~marked[order]]):
        for start in range(0, len(tier), max(size, 1)):
            yield tier[start : start + size]


def _spread(
    labels: Rows,
    doubt: NDArray[np.float64],
    nearest: NDArray[np.float32],
    meaning: Meaning,
    spread: Rows,
    wanted: int,
) -> list[int]:
    """Places in the pool, one after another: of the label chosen least, what is doubtful and unlike all others.

    `labels` are numbers, and `spread` says how often each was chosen before.
    """
    chosen: list[int] = []
    while len(chosen) < wanted:
        free = nearest < meaning.near
        if not free.any():
            break
        here = np.flatnonzero(np.bincount(labels[free], minlength=len(spread)))
        label = here[spread[here].argmin()]
        worth = np.where(free & (labels == label), (1 - nearest) * doubt, -1)
        best = int(worth.argmax())
        chosen.append(best)
        spread = spread + (np.arange(len(spread)) == label)
        nearest = np.maximum(nearest, meaning.cosines(best))
        nearest[best] = 1  # rounding may leave a text a little unlike itself
    return chosen
