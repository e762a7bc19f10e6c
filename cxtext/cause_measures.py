"""Two cause models on the same labelled texts: figures with bootstrap intervals, and whether one is not worse."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxtext.causes import CAUSE_COLUMNS, ORIGIN_COLUMNS, PRIMARY_COLUMNS, Decision, Floats
from cxtext.taxonomy import CAUSES, ORIGINS, PRIMARIES, origin_of

RESAMPLES = 1000
FIGURES = ("origin_macro_f1", "cause_macro_f1", "primary_accuracy")

Flags = NDArray[np.bool_]
Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A figure with the ends of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Beside:
    """One figure of the base model, of the adapted one, and of what lies between: adapted less base."""

    base: Interval
    adapted: Interval
    difference: Interval


def compare(
    base: Floats,
    adapted: Sequence[Floats],
    truth: NDArray[np.int64],
    decisions: tuple[Decision, Decision],
    *,
    seed: int,
) -> dict[str, Beside]:
    """FIGURES of two models over the same texts; `adapted` holds scores (texts, labels) by repetition, averaged.

    Texts are drawn anew with replacement, the same draws for both models, so that the difference has its own interval.
    """
    drawn = np.random.default_rng(seed).multinomial(len(truth), np.full(len(truth), 1 / len(truth)), RESAMPLES)
    draws = np.vstack([np.ones(len(truth)), drawn])  # the first is the texts as they are
    ours = _figures(base, truth, decisions[0], draws)
    theirs = np.mean([_figures(scores, truth, decisions[1], draws) for scores in adapted], axis=0)
    return {
        name: Beside(*(_interval(each[number]) for each in (ours, theirs, theirs - ours)))
        for number, name in enumerate(FIGURES)
    }


def is_not_worse(compared: dict[str, Beside]) -> bool:
    """The rule of promotion: the mean of the three figures does not fall, and no figure falls beyond chance.

    Beyond chance: the whole 95% interval of its difference lies below 0.
    """
    rises = [each.difference.value for each in compared.values()]
    return float(np.mean(rises)) >= 0 and all(each.difference.high >= 0 for each in compared.values())


def figures_of(scores: Floats, truth: NDArray[np.int64], decision: Decision) -> dict[str, float]:
    """FIGURES of one model's scores, (texts, labels)."""
    found = _figures(scores, truth, decision, np.ones((1, len(truth))))
    return dict(zip(FIGURES, found[:, 0].tolist(), strict=True))


def _figures(scores: Floats, truth: NDArray[np.int64], decision: Decision, draws: Draws) -> Draws:
    """FIGURES by draw, (figures, draws); `draws` holds how often each text counts."""
    decided = [decision.decide(row) for row in scores]
    causes = np.array([[cause in found for cause in CAUSES] for *_, found in decided])
    origins = np.array(
        [[any(origin_of(cause) == each for cause in found) for each in ORIGINS] for *_, found in decided]
    )
    told = np.array([PRIMARIES.index(primary) for primary, *_ in decided])
    right = truth[:, PRIMARY_COLUMNS].argmax(axis=1) == told
    return np.stack(
        [
            _macro_f1(truth[:, ORIGIN_COLUMNS] == 1, origins, draws),
            _macro_f1(truth[:, CAUSE_COLUMNS] == 1, causes, draws),
            draws @ right / draws.sum(axis=1),
        ]
    )


def _macro_f1(truth: Flags, found: Flags, draws: Draws) -> Draws:
    hits, stated = draws @ (truth & found), draws @ truth + draws @ found
    return np.asarray((2 * hits / np.maximum(stated, 1)).mean(axis=1))


def _interval(values: Draws) -> Interval:
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return Interval(float(values[0]), float(low), float(high))
