"""What a model may be trusted with on one night: the share right to expect, and whether the texts have drifted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

# Log odds by which a company's share right differs from what confidences promise: DerSimonian and Laird's estimate
# over nine sources of real documents is .28.
BETWEEN: Final = 0.3
Z: Final = 1.959964
MOSTLY: Final = 0.5  # share of unfamiliar texts that no feed of customers' texts that was measured comes near
FEWEST: Final = 10  # documents below which a night says nothing of drift
NIGHTS, LEAST_NIGHTS = 28, 7  # earlier nights that tell what is usual, and how few do not
CERTAINTY: Final = 0.999  # of a change against them: one false alarm in three years of nights
RISE, FALL = 0.10, 0.05  # smaller changes need nobody's attention

Floats = NDArray[np.float64]
NO_REFERENCE: Final = "The model holds no reference texts to tell drift by; `cxtext train` writes one."


@dataclass(frozen=True)
class Share:
    """A share with its 95% interval."""

    value: float
    lower: float
    upper: float


def expected_accuracy(confidences: Sequence[float]) -> Share | None:
    """The share of primaries that is right if confidences are; None without documents.

    The interval joins two uncertainties: chance over so few documents (the variance of a sum of Bernoulli trials), and
    a company's texts being easier or harder than confidences know (`BETWEEN` on the log odds).
    """
    if not len(confidences):
        return None
    sure = np.clip(np.asarray(confidences, np.float64), 1e-6, 1 - 1e-6)
    mean, odds = float(sure.mean()), np.log(sure / (1 - sure))
    chance = Z * math.sqrt(float((sure * (1 - sure)).sum())) / len(sure)
    harder, easier = (float((1 / (1 + np.exp(-(odds + way * Z * BETWEEN)))).mean()) for way in (-1, 1))
    return Share(
        mean,
        max(0.0, mean - math.hypot(mean - harder, chance)),
        min(1.0, mean + math.hypot(easier - mean, chance)),
    )


@dataclass(frozen=True)
class Usual:
    """What earlier nights lead to expect of a night's mean: the mean, and how far off chance may take it."""

    mean: float
    reach: float


def usual(means: Floats, counts: Floats, variance: float, n: int) -> Usual | None:
    """What nights with these means over these numbers of documents lead to expect of a night of `n` documents.

    `variance` is that of one document. Nights vary more than chance over documents explains, and the surplus is
    estimated from them (as in Laney's chart, Quality Engineering 14, 2002), so one rule serves 20 documents a night
    and 20,000. None with fewer than `LEAST_NIGHTS` nights.
    """
    if len(means) < LEAST_NIGHTS:
        return None
    mean, freedom = float(np.average(means, weights=counts)), len(means) - 1
    one = max(variance, 1e-4)
    surplus = max(1.0, float((counts * (means - mean) ** 2).sum()) / one / freedom)
    spread = math.sqrt(surplus * one * (1 / n + 1 / float(counts.sum())))
    return Usual(mean, float(stats.t.ppf(CERTAINTY, freedom)) * spread)


def quality_row(
    model: str,
    confidences: Sequence[float],
    unfamiliar: Sequence[bool] | None,
    past: pd.DataFrame,
    *,
    needs_review: int,
    unknown_language: int,
) -> dict[str, Any]:
    """The figures of a night's documents, as `model_quality` has them, without `run` and `part`.

    `confidences` are those of the primaries; `unfamiliar` tells which documents are unlike the training texts, None
    where the model cannot; `past` are earlier rows of the table, oldest first.
    """  # fmt: skip
    n = len(confidences)
    expected = expected_accuracy(confidences)
    drift = None if unfamiliar is None or not n else sum(unfamiliar) / n
    earlier = past[(past["model"] == model) & (past["documents"] >= FEWEST)].tail(NIGHTS)
    drift_limit = None if drift is None else _drift_limit(n, earlier)
    confidence_limit = _confidence_limit(n, earlier) if n else None
    reasons = [NO_REFERENCE] if unfamiliar is None else []
    if n >= FEWEST and drift is not None and drift_limit is not None and drift > drift_limit:
        reasons.append(f"{drift:.0%} of {n:,} documents are unlike any that the model was trained on.")
    if n >= FEWEST and expected and confidence_limit is not None and expected.value < confidence_limit:
        before = np.average(earlier["expected_accuracy"], weights=earlier["documents"])
        reasons.append(f"Its mean confidence fell to {expected.value:.0%}, from {before:.0%} in the nights before.")
    return {
        "model": model,
        "documents": n,
        "expected_accuracy": expected and expected.value,
        "lower": expected and expected.lower,
        "upper": expected and expected.upper,
        "confidence_deviation": float(np.std(confidences)) if n else None,
        "needs_review_share": needs_review / n if n else None,
        "unknown_language": unknown_language,
        "drift": drift,
        "drift_limit": drift_limit,
        "confidence_limit": confidence_limit,
        "is_drifting": any(reason != NO_REFERENCE for reason in reasons),
        "note": " ".join(reasons),
    }


def _drift_limit(n: int, earlier: pd.DataFrame) -> float:
    """The share above which so many documents drift: certainly more than half, or far more than in earlier nights."""
    told = earlier.dropna(subset="drift")
    shares, counts = told["drift"].to_numpy(np.float64), told["documents"].to_numpy(np.float64)
    most = MOSTLY + Z * math.sqrt(MOSTLY * (1 - MOSTLY) / n)  # from here on Wilson's interval leaves a half out
    mean = float(np.average(shares, weights=counts)) if len(shares) else 0.0
    expected = usual(shares, counts, mean * (1 - mean), n)
    return min(1.0, most if expected is None else min(most, expected.mean + max(expected.reach, RISE)))


def _confidence_limit(n: int, earlier: pd.DataFrame) -> float | None:
    """The mean confidence below which it has fallen; None without enough earlier nights."""
    means, counts = (earlier[name].to_numpy(np.float64) for name in ("expected_accuracy", "documents"))
    squares = earlier["confidence_deviation"].to_numpy(np.float64) ** 2
    variance = float(np.average(squares, weights=counts)) if len(means) else 0.0
    expected = usual(means, counts, variance, n)
    return None if expected is None else max(0.0, expected.mean - max(expected.reach, FALL))
