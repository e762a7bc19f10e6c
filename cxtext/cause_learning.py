"""`cxtext train --labels`: the cause model learns from the user's own labels, and is used where it is not worse."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxtext.cause_adapter import Adapter, fit_adapter
from cxtext.cause_card import card
from cxtext.cause_measures import FIGURES, Beside, compare, is_not_worse
from cxtext.cause_training import repeatable, truth_of
from cxtext.cause_versions import CauseVersions
from cxtext.causes import (
    ADAPTED,
    ADAPTER_FILE,
    CAUSE_COLUMNS,
    LABELS,
    MANIFEST_FILE,
    ORIGIN_COLUMNS,
    PRIMARY_COLUMNS,
    CauseModel,
    Decision,
    Floats,
    logit,
    read_folder,
)
from cxtext.clean import clean
from cxtext.errors import CxtextError
from cxtext.label_files import Labelled, labelled_rows
from cxtext.taxonomy import CAUSES, PRIMARIES

LEAST = 20  # labels: fewer can be neither learned from nor measured with
FOLDS, REPETITIONS = 5, 5
SHOWN = 3  # contradictions that an error names
SIGMOID_PULL = 3.0  # towards the base model's confidences, in units of a few labels
# Causes and origins are measured by F1, in which rare ones count as much as others: their few yeses weigh more. The
# primary is measured by accuracy.
BALANCE = np.zeros(len(LABELS))
BALANCE[CAUSE_COLUMNS] = BALANCE[ORIGIN_COLUMNS] = 0.5


@dataclass(frozen=True)
class Labels:
    """Checked labels: each text once; `repeated` names the rows that were left out, `hashes` are of the files."""

    documents: list[Labelled]
    repeated: list[str]
    hashes: list[str]


@dataclass(frozen=True)
class Material:
    """Labelled texts as the base model saw them: scores and truth (texts, labels), features (texts, features)."""

    scores: Floats
    features: Floats
    truth: NDArray[np.int64]

    def part(self, rows: NDArray[Any]) -> "Material":
        """Some of the texts."""
        return Material(self.scores[rows], self.features[rows], self.truth[rows])


def read_labels(paths: Sequence[Path]) -> Labels:
    """The labels of several files (see `read_labelled`), each text once.

    Raises CxtextError for a faulty row, for one text under different labels, and for fewer than LEAST texts.
    """
    first: dict[str, tuple[str, Labelled]] = {}
    repeated, contradictions = [], []
    for path in paths:
        for number, document in labelled_rows(path):
            place = f"{path}: row {number}"
            known_place, known = first.setdefault(" ".join(document.text.lower().split()), (place, document))
            if (set(known.causes), known.primary) != (set(document.causes), document.primary):
                contradictions.append(f"{place} and {known_place}")
            elif known_place != place:
                repeated.append(f"{place} repeats {known_place}; counted once")
    if contradictions:
        more = f", and {len(contradictions) - SHOWN} more" if len(contradictions) > SHOWN else ""
        told = "; ".join(contradictions[:SHOWN])
        raise CxtextError(f"{told}{more}: the same text with different labels; decide on one and remove the other")
    if len(first) < LEAST:
        raise CxtextError(
            f"{', '.join(map(str, paths))}: {len(first)} labelled texts are too few to learn from; label at least "
            f"{LEAST}, better 100 or more, and give all files at once with --labels"
        )
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return Labels([document for _, document in first.values()], repeated, hashes)


def material_of(documents: Sequence[Labelled], model: CauseModel, redactor: Any = None) -> Material:
    """What the base model makes of labelled texts, which are cleaned and, by a redactor, redacted as in a night."""
    texts = [clean(document.text).text or document.text for document in documents]
    if redactor is not None:
        texts = [each.text for each in redactor.redact_all(texts)]
    return Material(*model.score(texts), truth_of(documents))


def fit(material: Material, *, seed: int) -> Adapter:
    """The adapter of labelled texts."""
    return fit_adapter(material.scores, material.features, material.truth, balance=BALANCE, seed=seed)


def held_out_scores(material: Material, *, seed: int) -> list[Floats]:
    """By repetition, every text's scores from an adapter that did not see it; each (texts, labels)."""
    repetitions = []
    for repetition in range(REPETITIONS):
        folds = np.random.default_rng([seed, repetition]).permutation(len(material.truth)) % FOLDS
        scores = np.empty_like(material.scores)
        for fold in range(FOLDS):
            held = material.part(folds == fold)
            scores[folds == fold] = fit(material.part(folds != fold), seed=seed).correct(held.scores, held.features)
        repetitions.append(scores)
    return repetitions


def learn(
    paths: Sequence[Path],
    base: Path,
    encoder: Any,
    redactor: Any,
    versions: CauseVersions,
    *,
    date: str,
    seed: int = 7,
    lock: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> dict[str, Any]:
    """Measure what labels teach the model in the folder `base`, write it as a version, and promote it if it may be.

    The base and the adapted model are measured on labels that the latter did not see, by repeated cross-validation.
    Promoted is what `is_not_worse` than the base, and learned from no fewer labels than the version in use. Returns
    version, is_promoted, why it is not, labels, repeated rows, and FIGURES of both. The same files, base, date and seed
    give the same version on one machine.
    """
    labels = read_labels(paths)
    described, contents = read_folder(base)
    if ADAPTER_FILE in contents:
        raise CxtextError(f"{base}: has itself learned from labels; set [causes] model to the model that it began with")
    model = CauseModel.load(base, encoder)
    material = material_of(labels.documents, model, redactor)
    repetitions = held_out_scores(material, seed=seed)
    decision = fit_confidences(model.decision, repetitions[0], material.truth)
    compared = compare(material.scores, repetitions, material.truth, (model.decision, decision), seed=seed)
    content = _dump(fit(material, seed=seed))
    digest = hashlib.sha256(content).hexdigest()
    version = f"{date}-{digest[:8]}"
    learned = {
        "labels": len(labels.documents),
        "files": labels.hashes,
        "primaries": dict(sorted(Counter(document.primary for document in labels.documents).items())),
        "base": model.name,
        "measured": {name: asdict(each) for name, each in compared.items()},
    }
    manifest = described | {
        "format": ADAPTED,
        "version": date,
        "figures": _flat(len(labels.documents), compared),
        "decision": asdict(decision),
        "learned": learned,
        "files": described["files"] | {ADAPTER_FILE: {"sha256": digest, "bytes": len(content)}},
    }
    files = contents | {ADAPTER_FILE: content, "README.md": card(version, learned).encode()}
    versions.write(version, files | {MANIFEST_FILE: (json.dumps(manifest, indent=2) + "\n").encode()})
    with lock():  # a night that is being read ends with the model that it began with
        refused = _refusal(compared, len(labels.documents), versions)
        if not refused:
            versions.promote(version)
    told = {"version": version, "is_promoted": not refused, "refused": refused, "base": model.name}
    return told | {"labels": len(labels.documents), "repeated": labels.repeated, "measured": learned["measured"]}


def _refusal(compared: dict[str, Beside], count: int, versions: CauseVersions) -> str | None:
    """Why a version may not take the place of the one in use; None where it may."""
    if not is_not_worse(compared):
        return "it is worse than the base model on labels that it did not see"
    history = versions.history
    used = versions.manifest(history[-1])["learned"]["labels"] if history else 0
    if used > count:
        return f"the version in use learned from {used} labels, more than these {count}; give those files, too"
    return None


def _flat(count: int, compared: dict[str, Beside]) -> dict[str, float]:
    """The figures that a night publishes of its model."""
    adapted = {f"cv_{name}": compared[name].adapted.value for name in FIGURES}
    return {"documents": count} | adapted | {f"base_{name}": compared[name].base.value for name in FIGURES}


def _dump(adapter: Adapter) -> bytes:
    from skops import io

    return repeatable(io.dumps({"weights": adapter.weights, "offsets": adapter.offsets}))


def fit_confidences(base: Decision, scores: Floats, truth: NDArray[np.int64]) -> Decision:
    """The base's limits, and its sigmoids moved towards what held-out labels say of the scores, (texts, labels).

    The temper for unknown companies goes into the sigmoids where they start from: these texts are known.
    """
    shares = np.maximum(scores[:, PRIMARY_COLUMNS], 1e-6)
    chosen = np.array([PRIMARIES.index(base.decide(row)[0]) for row in scores])
    share = shares[np.arange(len(chosen)), chosen] / shares.sum(axis=1)
    right = (truth[:, PRIMARY_COLUMNS].argmax(axis=1) == chosen).astype(np.int64)
    seen = {cause: (scores[:, column], truth[:, column]) for column, cause in enumerate(CAUSES)}
    seen["primary"] = share, right
    moved = {
        name: _moved((base.temper * base.sigmoids[name][0], base.temper * base.sigmoids[name][1]), *seen[name])
        for name in seen
    }
    return Decision(base.limits, moved, 1.0)


def _moved(start: tuple[float, float], scores: Floats, truth: NDArray[np.int64]) -> tuple[float, float]:
    from scipy.optimize import minimize

    known = np.array([[logit(float(score)), 1.0] for score in scores])
    begun = np.array(start)

    def loss(sigmoid: NDArray[np.float64]) -> float:
        odds = known @ sigmoid
        return float(np.sum(np.logaddexp(0, odds) - truth * odds) + SIGMOID_PULL * np.sum((sigmoid - begun) ** 2) / 2)

    slope, offset = minimize(loss, begun, method="L-BFGS-B", bounds=[(0.0, None), (None, None)]).x
    return float(slope), float(offset)
