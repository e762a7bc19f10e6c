"""Telling a cause of the user's own among the documents of the standard cause that it refines, from examples.

One linear direction a cause, as in Fisher's discriminant analysis with a shrunk covariance (Friedman 1989): examples
are few, but what a standard cause looks like otherwise is known from the corpus of the cause model. How far an example
lies from that, when the direction was found without it, sets the limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Measured on airline complaints with 3 and with 5 examples a cause: between .5 and .9 precision and recall change by
# less than .1; below, single words of the examples decide.
SHRINKAGE = 0.8
# A text must lie as far out as this share of what examples do that the direction was found without. Precision comes
# first: each step of .1 loses about as much recall as it wins in precision where other causes are close (bank
# questions), and at 1 half of what is just like the examples is missed.
SHARE = 0.75
# ... and this many standard deviations, whatever the examples say: those that are not like each other lie nowhere.
LEAST = 3.5
SURE = 1.1  # log odds at the examples' own mean, .75: of texts that far out three in four were right, at the limit half
LEAST_RISE = 0.5  # standard deviations between those two: a narrower step would be more than few examples know


@dataclass(frozen=True)
class Usual:
    """What documents of a standard cause look like: their vectors' mean, the inverse covariance, and the vectors."""

    vectors: Floats
    mean: Floats
    inverse: Floats

    @classmethod
    def of(cls, vectors: Floats) -> "Usual":
        """From vectors of shape (documents, dimensions), at least two of them."""
        covariance = np.cov(vectors.T.astype(np.float64))
        even = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        inverse = np.linalg.inv((1 - SHRINKAGE) * covariance + SHRINKAGE * even)
        return cls(vectors, vectors.mean(axis=0), inverse.astype(np.float32))


@dataclass(frozen=True)
class Rule:
    """Tells one cause: scores count standard deviations of the usual documents from their mean.

    `limit` is the score from which a text has the cause; `rise` the way from there to the examples' mean; `left_out`
    the scores of the examples, each by a direction that was found without it.
    """

    cause: str
    direction: Floats
    offset: float
    limit: float
    rise: float
    left_out: tuple[float, ...]

    def score(self, vectors: Floats) -> NDArray[np.float64]:
        """Scores of unit vectors of shape (texts, dimensions), (texts,)."""
        return np.asarray(vectors @ self.direction - self.offset, np.float64)

    def probability(self, score: float) -> float:
        """How likely a text of that score has the cause, given that it has the one that this refines."""
        return float(1 / (1 + np.exp(-SURE * (score - self.limit) / self.rise)))

    @property
    def found_again(self) -> int:
        """Examples that the others find: where these are few, the examples are not like each other."""
        return sum(score >= self.limit for score in self.left_out)


def fit_rule(cause: str, examples: Floats, definition: Floats, usual: Usual) -> Rule:
    """The rule of a cause from unit vectors of its examples, (examples, dimensions), and definition, (dimensions,)."""
    left_out = []
    for number in range(len(examples)):
        direction, offset = _direction(np.vstack([np.delete(examples, number, axis=0), definition]), usual)
        left_out.append(float(examples[number] @ direction - offset))
    direction, offset = _direction(np.vstack([examples, definition]), usual)
    usual_score = float(np.mean(left_out))
    limit = max(SHARE * usual_score, LEAST)
    return Rule(cause, direction, offset, limit, max(usual_score - limit, LEAST_RISE), tuple(left_out))


def _direction(shown: Floats, usual: Usual) -> tuple[Floats, float]:
    """The direction from the usual documents to those shown, and their mean on it, in their standard deviations."""
    raw = usual.inverse @ (shown.mean(axis=0) - usual.mean)
    placed = usual.vectors @ raw
    spread = max(float(placed.std()), 1e-9)
    return np.asarray(raw / spread, np.float32), float(placed.mean()) / spread


def best_rule(rules: Sequence[Rule], scores: Sequence[float]) -> tuple[Rule, float] | None:
    """The rule that a text exceeds by most, with its score; None where it exceeds none."""
    passed = [(score - rule.limit, rule, score) for rule, score in zip(rules, scores, strict=True)]
    passed = [each for each in passed if each[0] >= 0]
    if not passed:
        return None
    _, rule, score = max(passed, key=lambda each: each[0])
    return rule, score
