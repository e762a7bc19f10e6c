"""What a user's own labels change about the cause model: a correction of log odds, linear in what it saw."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A larger penalty stays nearer the base model; the last one all but is the base model.
PENALTIES = (0.3, 1.0, 3.0, 10.0, 100.0)
OFFSET_PENALTY = 3.0  # on how often a label is given: few labels say little about that
DIRECTIONS = 64  # in which the labelled texts differ most; more made no difference
ENOUGH = 5  # yeses, and noes, of a label measured by F1: one that has fewer is left as the base model tells it
FOLDS, ROUNDS = 5, 60
FLOOR = 1e-3  # of a score, so that log odds stay moderate

Floats = NDArray[np.float32]
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Adapter:
    """A correction of log odds: `weights` (features, labels), `offsets` (labels,). It holds numbers, never words."""

    weights: Floats
    offsets: Floats

    def correct(self, scores: Floats, features: Floats) -> Floats:
        """Corrected scores in (0, 1), (texts, labels), from the base model's and the texts' (texts, features)."""
        odds = log_odds(scores) + features @ self.weights + self.offsets
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def log_odds(scores: Floats) -> Rows:
    """Log odds of scores, kept within those of FLOOR."""
    kept = np.clip(np.asarray(scores, np.float64), FLOOR, 1 - FLOOR)
    return np.asarray(np.log(kept / (1 - kept)))


def fit_adapter(
    scores: Floats, features: Floats, truth: NDArray[np.int64], *, balance: NDArray[np.float64], seed: int
) -> Adapter:
    """A logistic regression for every label, with the base model's log odds as offset and a ridge towards none.

    `scores` and `truth` have shape (texts, labels), `features` (texts, features); `balance` (labels,) says how far each
    label's yes and no are weighted alike: 0 not at all (accuracy), 1 wholly. Labels with any balance are left alone
    where they have fewer than ENOUGH of either. One penalty for all labels is chosen by the log loss of
    cross-validation within the texts given.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the products are small: threads would wait for each other most of the time
        middle, directions = _directions(np.asarray(features, np.float64))
        places, base = (features - middle) @ directions, log_odds(scores)
        folds = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
        losses = np.sum([_held_out(places, base, truth, balance, folds == fold) for fold in range(FOLDS)], axis=0)
        penalty = PENALTIES[int(losses.argmin())]
        solved = _solve(places, base, truth, _weights(truth, balance), penalty)
        solved[:, _too_rare(truth) & (balance > 0)] = 0
        weights = directions @ solved[:-1]
        return Adapter(weights.astype(np.float32), (solved[-1] - middle @ weights).astype(np.float32))


def _too_rare(truth: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Labels with too few yeses or noes to learn more than that they are rare."""
    return np.asarray(np.minimum(truth.sum(axis=0), (1 - truth).sum(axis=0)) < ENOUGH)


def _directions(features: Rows) -> tuple[Rows, Rows]:
    middle = features.mean(axis=0)
    *_, axes = np.linalg.svd(features - middle, full_matrices=False)
    directions = axes[:DIRECTIONS].T
    length = np.sqrt(np.mean(np.sum((features - middle) ** 2, axis=1)))
    return middle, np.asarray(directions / max(float(length), 1e-9))


def _held_out(
    places: Rows, base: Rows, truth: NDArray[np.int64], balance: NDArray[np.float64], held: NDArray[np.bool_]
) -> list[float]:
    """The log loss on the held-out texts under each of PENALTIES."""
    weights, test_weights = _weights(truth[~held], balance), _weights(truth, balance)[held]
    solved, losses = None, []
    for penalty in reversed(PENALTIES):  # each begins where the one before, nearer the base model, has ended
        solved = _solve(places[~held], base[~held], truth[~held], weights, penalty, solved)
        odds = base[held] + places[held] @ solved[:-1] + solved[-1]
        losses.append(float(np.sum(test_weights * (np.logaddexp(0, odds) - truth[held] * odds))))
    return losses[::-1]


def _weights(truth: NDArray[np.int64], balance: NDArray[np.float64]) -> Rows:
    yes = truth.sum(axis=0)
    halves = [(len(truth) / 2 / np.maximum(count, 1)) ** balance for count in (yes, len(truth) - yes)]
    weights = np.where(truth == 1, *halves)
    return np.asarray(weights / weights.mean(axis=0))


def _solve(
    places: Rows, base: Rows, truth: NDArray[np.int64], weights: Rows, penalty: float, start: Rows | None = None
) -> Rows:
    """The directions' coefficients and, last, the offsets: (directions + 1, labels)."""
    from scipy.optimize import minimize

    known = np.column_stack([places, np.ones(len(places))])
    shape = known.shape[1], truth.shape[1]
    ridge = np.append(np.full(places.shape[1], penalty), OFFSET_PENALTY)[:, None]

    def loss(flat: Rows) -> tuple[float, Rows]:
        solved = flat.reshape(shape)
        odds = base + known @ solved
        likely = 1 / (1 + np.exp(-odds))
        value = np.sum(weights * (np.logaddexp(0, odds) - truth * odds)) + np.sum(ridge * solved**2) / 2
        return float(value), np.asarray((known.T @ (weights * (likely - truth)) + ridge * solved).ravel())

    begun = np.zeros(shape) if start is None else start
    found: Any = minimize(loss, begun.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return np.asarray(found.x, np.float64).reshape(shape)
