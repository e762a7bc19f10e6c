"""Training the cause model on labelled files, measured on a tenth of them that is held out."""

import hashlib
import json
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxtext.causes import (
    FAMILIARITY_FILE,
    FORMAT,
    LABELS,
    MANIFEST_FILE,
    MODEL_FILE,
    ORIGIN_COLUMNS,
    PRIMARY_COLUMNS,
    Decision,
    Floats,
    Heads,
    logit,
    pool,
    read,
    states_of,
)
from cxtext.errors import CxtextError
from cxtext.familiarity import fit_familiarity
from cxtext.label_files import Labelled, read_labelled
from cxtext.language import UNKNOWN, detect_language
from cxtext.paths import models_root
from cxtext.pooled import Pooled
from cxtext.taxonomy import CAUSES, ORIGINS, PRIMARIES, origin_of

VERSION = 3  # of the bundled model: raised when its corpus or its make changes
NETWORKS = 3  # differ in their random start; their mean is steadier than any one
HIDDEN, PENALTY, EPOCHS, BATCH, RATE = 64, 2.0, 15, 64, 5e-4
BLOCKS = 5  # parts of a corpus that is a single file
MOST_PARTS = 4  # of more files than these, several go together, each still whole
TENTHS, HELD, BLOCK = 10, 4, 20  # blocks of which one is held out, which one, documents of a block at most
SEEN = -1  # the part of a document that nothing is measured on, as the network learned from it
LEAST = 20  # documents: fewer cannot be measured
ADDRESS = re.compile(r"(?<![\w.])\d{12,}(?![\w])")  # of an object in memory, by which a skops file names it
WORD = r"[a-z']+|[?!]"  # the marks too: a question and a cry differ in cause
KNOWN_SHARE = 0.05  # of the texts, from which on the model knows their language
NEVER = 6.0  # log odds against a label that no document has
# Scores from which a cause or an origin counts as stated. On the corpus itself F1 is highest some .05 to .1 above, but
# texts of unknown companies get lower scores than those of the corpus.
CAUSE_LIMIT, ORIGIN_LIMIT = 0.35, 0.4
# What confidences' log odds are multiplied by: .80 of the primaries are right on documents of the corpus that were held
# out, .70 on real texts of other companies, and those that seem sure there are less so.
TEMPER = 0.65

log = logging.getLogger(__name__)
Truth = NDArray[np.int64]


def truth_of(documents: Sequence[Labelled]) -> Truth:
    """1 where a label of LABELS holds: causes, origins, primary; shape (documents, labels)."""
    rows = [
        [cause in document.causes for cause in CAUSES]
        + [any(origin_of(cause) == origin for cause in document.causes) for origin in ORIGINS]
        + [document.primary == primary for primary in PRIMARIES]
        for document in documents
    ]
    return np.array(rows, np.int64).reshape(-1, len(LABELS))


def train(corpus: Sequence[Path], encoder: Any, target: Path, *, seed: int = 7) -> dict[str, Any]:
    """Train on labelled files and write the model's two files and `manifest.json` into the folder `target`.

    Returns the figures that the manifest keeps: documents, and quality on documents that neither the heads that are
    measured nor the encoder have seen (see `measured_parts`). The same files, encoder and seed give the same model on
    one machine. Raises CxtextError for a faulty file, too few documents, and an encoder that tells other labels.
    """
    from skops import io

    if not corpus:
        raise CxtextError("no labelled file to train on; name one, or restore models/causes/corpus")
    parts = [read_labelled(path) for path in corpus]
    documents = [document for part in parts for document in part]
    if len(documents) < LEAST:
        raise CxtextError(f"{corpus[0]}: {len(documents)} documents are too few to train on; label at least {LEAST}")
    if tuple(encoder.labels) != LABELS:
        raise CxtextError(
            f"{encoder.name}: tells other labels than the taxonomy's; run `python models/causes/build.py`"
        )
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus]
    sizes, truth = [len(part) for part in parts], truth_of(documents)
    measured = measured_parts(sizes, [digest in encoder.tuned_on for digest in hashes])
    log.info("%d documents: encoding", len(documents))
    readings = [read(document.text) for document in documents]
    texts, pooled = [reading.text for reading in readings], pool(encoder, readings)
    scores, unseen = cross_scores(texts, pooled, truth, measured, seed), measured != SEEN
    decision = fit_decision(scores[unseen], truth[unseen])
    figures = {"documents": len(documents)} | _measured(decision, scores[unseen], truth[unseen])
    log.info("training on all documents")
    contents = {
        MODEL_FILE: repeatable(io.dumps(fit_heads(texts, pooled, truth, seed))),
        FAMILIARITY_FILE: fit_familiarity(texts, states_of(pooled), _groups(sizes)).dump(),
    }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": encoder.name,
        "labels": list(LABELS),
        "languages": known_languages([document.text for document in documents]),
        "corpus": {path.name: digest for path, digest in zip(corpus, hashes, strict=True)},
        "figures": figures,
        "decision": asdict(decision),
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in contents.items()
        },
    }
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _replace(target / name, content)
    _replace(target / MANIFEST_FILE, (json.dumps(manifest, indent=2) + "\n").encode())
    return figures


def known_languages(texts: Sequence[str]) -> list[str]:
    """The languages of the texts that can be told, the most frequent first; that of a few stray texts is not."""
    counts = Counter(language for text in texts if (language := detect_language(text)) != UNKNOWN)
    return [language for language, count in counts.most_common() if count >= KNOWN_SHARE * counts.total()]


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole: a night that reads the model meanwhile finds the old file or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def repeatable(content: bytes) -> bytes:
    """A skops file of the same content without what differs from run to run: memory addresses and the time of day."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        schema = given.read("schema.json").decode()
        numbers = {each: str(number) for number, each in enumerate(dict.fromkeys(ADDRESS.findall(schema)), 1)}
        for name in sorted(given.namelist(), key=lambda name: int(numbers.get(name.partition(".")[0], 0))):
            plain = ADDRESS.sub(lambda match: numbers[match[0]], schema).encode()
            described = zipfile.ZipInfo(ADDRESS.sub(lambda match: numbers[match[0]], name), (1980, 1, 1, 0, 0, 0))
            described.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(described, plain if name == "schema.json" else given.read(name))
    return out.getvalue()


def held_out(sizes: Sequence[int]) -> NDArray[np.bool_]:
    """Which documents of files of these sizes the bundled network does not learn from: one block in ten of every file.

    A block holds neighbours, which may be contrast pairs.
    """
    blocks = [np.arange(size) // min(max(size // TENTHS, 1), BLOCK) for size in sizes]
    return np.concatenate([block % TENTHS == HELD for block in blocks])


def measured_parts(sizes: Sequence[int], is_tuned_on: Sequence[bool]) -> NDArray[np.int64]:
    """The part of each document in cross-validation, or SEEN, from the files' sizes and whether the network saw them.

    Of files that the network learned from, what was held out there is one part. Others are cross-validated by
    `_groups`, as the network has not seen them.
    """
    tuned = np.repeat(is_tuned_on, sizes)
    if not tuned.any():
        return _groups(sizes)
    return np.where(tuned, np.where(held_out(sizes), 0, SEEN), 1 + _groups(sizes))


def bundled_corpus(encoder: Any) -> list[Path]:
    """The files of the bundled corpus. Raises CxtextError where the bundled network learned from others than these."""
    files = sorted((models_root() / "causes" / "corpus").glob("*.jsonl"))
    changed = [path for path in files if hashlib.sha256(path.read_bytes()).hexdigest() not in encoder.tuned_on]
    if changed or len(files) != len(encoder.tuned_on):
        told = str(changed[0]) if changed else "models/causes/corpus"
        raise CxtextError(f"{told}: not what the network learned from; run `python models/causes/build.py` first")
    return files


def _groups(sizes: Sequence[int]) -> NDArray[np.int64]:
    """The part of each document where none was seen: its file; of a single file, the fifth in which it stands.

    Neighbours, which may be contrast pairs, so stay together.
    """
    if len(sizes) > 1:
        return np.repeat(np.arange(len(sizes)) % MOST_PARTS, sizes)
    return np.arange(sizes[0]) * BLOCKS // sizes[0]


def fit_heads(texts: Sequence[str], pooled: Sequence[Pooled], truth: Truth, seed: int) -> dict[str, Any]:
    """The parts of `cxtext.causes.Heads`, trained on whole documents; `pooled` as `cxtext.causes.pool` gives it."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    states = np.array([each.states[0].ravel() for each in pooled])
    scaler = StandardScaler().fit(states)
    scaled = scaler.transform(states).astype(np.float32)
    make = {"alpha": PENALTY, "max_iter": EPOCHS, "batch_size": min(BATCH, len(states)), "learning_rate_init": RATE}
    networks = [
        _quietly(MLPClassifier((HIDDEN,), random_state=seed + number, **make), scaled, truth)
        for number in range(NETWORKS)
    ]
    return {"scaler": scaler, "networks": networks} | _fit_words(texts, truth)


def _fit_words(texts: Sequence[str], truth: Truth) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=WORD, dtype=np.float32)
    counted = words.fit_transform(texts)
    weights = np.zeros((counted.shape[1], truth.shape[1]), np.float32)
    offsets = np.where(truth.mean(axis=0) < 0.5, -NEVER, NEVER).astype(np.float32)
    for column in np.flatnonzero(truth.min(axis=0) < truth.max(axis=0)):
        fitted = LogisticRegression(C=5.0, class_weight="balanced", max_iter=300).fit(counted, truth[:, column])
        weights[:, column], offsets[column] = fitted.coef_[0], fitted.intercept_[0]
    return {"words": words, "word_weights": weights, "word_offsets": offsets}


def _quietly(network: Any, states: Floats, truth: Truth) -> Any:
    """Train a network for its set number of rounds, which are too few to converge on purpose."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(states, truth)
    network._optimizer = None  # two more copies of the weights, which only further training would need
    return network


def cross_scores(
    texts: Sequence[str], pooled: Sequence[Pooled], truth: Truth, parts: NDArray[np.int64], seed: int
) -> Floats:
    """Each measured document's scores by heads that have not seen its part, 0 for others; shape (documents, labels)."""
    scores = np.zeros(truth.shape, np.float32)
    for part in sorted(set(parts.tolist()) - {SEEN}):
        log.info("measuring on part %d, training on the others", part + 1)
        held, kept = np.flatnonzero(parts == part).tolist(), np.flatnonzero(parts != part).tolist()
        heads = Heads(fit_heads([texts[row] for row in kept], [pooled[row] for row in kept], truth[kept], seed))
        scores[held], _ = heads.score([texts[row] for row in held], [pooled[row] for row in held])
    return scores


def fit_decision(scores: Floats, truth: Truth) -> Decision:
    """The limits, and the sigmoids that turn scores of unseen documents into confidences."""
    limits = dict.fromkeys(CAUSES, CAUSE_LIMIT) | dict.fromkeys(ORIGINS, ORIGIN_LIMIT)
    sigmoids = {cause: _fit_sigmoid(scores[:, column], truth[:, column]) for column, cause in enumerate(CAUSES)}
    undecided = Decision(limits, sigmoids, TEMPER)
    shares = np.maximum(scores[:, PRIMARY_COLUMNS], 1e-6)
    chosen = np.array([PRIMARIES.index(undecided.decide(row)[0]) for row in scores])
    share = shares[np.arange(len(chosen)), chosen] / shares.sum(axis=1)
    right = (truth[:, PRIMARY_COLUMNS].argmax(axis=1) == chosen).astype(np.int64)
    return Decision(limits, sigmoids | {"primary": _fit_sigmoid(share, right)}, TEMPER)


def _f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    both = int((truth & found).sum())
    return 2 * both / max(int(truth.sum()) + int(found.sum()), 1)


def _fit_sigmoid(scores: Floats, truth: Truth) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if truth.min() == truth.max():
        return 1.0, 0.0
    odds = np.array([[logit(float(score))] for score in scores])
    fitted = LogisticRegression(C=1e3).fit(odds, truth)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _measured(decision: Decision, scores: Floats, truth: Truth) -> dict[str, float]:
    decided = [decision.decide(row) for row in scores]
    found = np.array([[cause in causes for cause in CAUSES] for _, _, causes in decided])
    origins = np.array(
        [[any(origin_of(cause) == each for cause in causes) for each in ORIGINS] for *_, causes in decided]
    )
    right = [PRIMARIES[row.argmax()] == each[0] for row, each in zip(truth[:, PRIMARY_COLUMNS], decided, strict=True)]
    true_causes, true_origins = truth[:, : len(CAUSES)] == 1, truth[:, ORIGIN_COLUMNS] == 1
    return {
        "held_out_origin_macro_f1": _macro(true_origins, origins),
        "held_out_cause_macro_f1": _macro(true_causes, found),
        "held_out_primary_accuracy": float(np.mean(right)),
    }


def _macro(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    return float(np.mean([_f1(truth[:, column], found[:, column]) for column in range(truth.shape[1])]))
