"""`cxtext evaluate causes`: how well causes are told, on texts labelled by the codebook."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxtext.causes import Verdict
from cxtext.errors import CxtextError
from cxtext.label_files import read_labelled
from cxtext.taxonomy import ORIGINS, STANDARD, Taxonomy, origin_of

BINS = 10  # of the calibration error
MOST_CONFIDENT = 0.8  # share of the documents
RESAMPLES, SEED = 1000, 7  # of the bootstrap

Flags = NDArray[np.bool_]


class Judge(Protocol):
    """What tells causes, as `cxtext.causes.CauseModel` does."""

    def predict(self, texts: Sequence[str]) -> list[Verdict]:
        """One verdict a text, in order."""


def evaluate_causes(
    path: Path, model: Judge, taxonomy: Taxonomy = STANDARD, *, drawn: str | None = None
) -> dict[str, Any]:
    """Score a labelled file (see `read_labelled`, also for `drawn`) against a model's verdicts; every document counts.

    Labels and verdicts name the causes of the taxonomy. Returns macro F1 over origins and over causes, accuracy of the
    primary (of all, and of the 80% most confident), coverage, the expected calibration error of the primary's
    confidence, documents a second (model loaded, encoding included), and by label precision, recall, F1 with its 95%
    bootstrap interval, and support.
    """
    documents = read_labelled(path, taxonomy.keys, drawn=drawn)
    if not documents:
        raise CxtextError(f"{path}: holds no documents; label some first")
    model.predict(["Warm up."])
    started = time.perf_counter()
    verdicts = model.predict([document.text for document in documents])
    seconds = time.perf_counter() - started
    truth = _flags([document.causes for document in documents], taxonomy)
    found = _flags([[cause.cause for cause in verdict.causes] for verdict in verdicts], taxonomy)
    n = len(taxonomy.keys)
    right = np.array([v.primary == document.primary for v, document in zip(verdicts, documents, strict=True)])
    confidence = np.array([verdict.confidence for verdict in verdicts])
    return {
        "documents": len(documents),
        "origin_macro_f1": _macro(truth[:, n:], found[:, n:]),
        "cause_macro_f1": _macro(truth[:, :n], found[:, :n]),
        "primary_accuracy": float(right.mean()),
        "coverage": 1.0,  # a verdict is given on every document; `unstated` and `none` are answers, not abstentions
        "calibration_error": calibration_error(confidence, right),
        "primary_accuracy_top_80": _accuracy_of_most_confident(confidence, right),
        "documents_per_second": len(documents) / seconds if seconds else 0.0,
        "per_label": _per_label(truth, found, (*taxonomy.keys, *ORIGINS)),
    }


def calibration_error(confidence: NDArray[np.float64], right: Flags) -> float:
    """The mean gap between confidence and accuracy over ten equal bins of confidence, weighted by their documents."""
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = [
        (bins == each).mean() * abs(confidence[bins == each].mean() - right[bins == each].mean())
        for each in np.unique(bins)
    ]
    return float(np.sum(gaps))


def _accuracy_of_most_confident(confidence: NDArray[np.float64], right: Flags) -> float:
    kept = max(round(MOST_CONFIDENT * len(right)), 1)
    return float(right[np.argsort(-confidence, kind="stable")[:kept]].mean())


def _flags(told: Sequence[Sequence[str]], taxonomy: Taxonomy) -> Flags:
    """Which causes, then which origins, each document states: (documents, causes and origins)."""
    rows = [
        [cause in causes for cause in taxonomy.keys]
        + [any(origin_of(cause) == each for cause in causes) for each in ORIGINS]
        for causes in told
    ]
    return np.array(rows, np.bool_)


def _per_label(truth: Flags, found: Flags, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    # Documents are drawn anew with replacement: the same draws for every label, as weights.
    draws = np.random.default_rng(SEED).multinomial(len(truth), np.full(len(truth), 1 / len(truth)), RESAMPLES)
    low, high = np.percentile(_f1(draws @ (truth & found), draws @ truth, draws @ found), [2.5, 97.5], axis=0)
    hits, true, told = (truth & found).sum(0), truth.sum(0), found.sum(0)
    f1 = _f1(hits, true, told)
    return {
        labels[column]: {
            "precision": float(hits[column] / max(told[column], 1)),
            "recall": float(hits[column] / max(true[column], 1)),
            "f1": float(f1[column]),
            "f1_low": float(low[column]),
            "f1_high": float(high[column]),
            "support": int(true[column]),
        }
        for column in range(truth.shape[1])
    }


def _f1(hits: NDArray[Any], true: NDArray[Any], told: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(2 * hits / np.maximum(true + told, 1), np.float64)


def _macro(truth: Flags, found: Flags) -> float:
    return float(_f1((truth & found).sum(0), truth.sum(0), found.sum(0)).mean())
