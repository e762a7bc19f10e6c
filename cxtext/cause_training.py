"""Training the cause model on labelled files, measured by cross-validation over the files' writers."""

import csv
import hashlib
import json
import logging
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
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
from cxtext.cells import unguard
from cxtext.errors import CxtextError
from cxtext.familiarity import fit_familiarity
from cxtext.language import UNKNOWN, detect_language
from cxtext.taxonomy import CAUSES, NONE, ORIGINS, PRIMARIES, UNSTATED, origin_of

VERSION = 2  # of the bundled model: raised when its corpus or its make changes
NETWORKS = 3  # differ in their random start; their mean is steadier than any one
HIDDEN, PENALTY, EPOCHS, BATCH, RATE = 64, 2.0, 15, 64, 5e-4
BLOCKS = 5  # parts of a corpus that is a single file
MOST_PARTS = 4  # held out in turn; of more files than these, several go together, each still whole
LEAST = 20  # documents: fewer cannot be cross-validated
ADDRESS = re.compile(r"(?<![\w.])\d{12,}(?![\w])")  # of an object in memory, by which a skops file names it
WORD = r"[a-z']+|[?!]"  # the marks too: a question and a cry differ in cause
KNOWN_SHARE = 0.05  # of the texts, from which on the model knows their language
NEVER = 6.0  # log odds against a label that no document has
# Scores from which a cause or an origin counts as stated. On the corpus itself F1 is highest some .05 to .1 above, but
# texts of unknown companies get lower scores than those of the corpus.
CAUSE_LIMIT, ORIGIN_LIMIT = 0.35, 0.4
# Log odds taken off every confidence: three in four primaries are right on the corpus, three in five on real texts of
# other companies.
DISCOUNT = 0.6

log = logging.getLogger(__name__)
Truth = NDArray[np.int64]


@dataclass(frozen=True)
class Labelled:
    """A text with the causes it states and its primary one, `unstated` or `none`."""

    text: str
    causes: tuple[str, ...]
    primary: str


def read_labelled(path: Path, known: Collection[str] = CAUSES) -> list[Labelled]:
    """A CSV file with the columns text, causes (separated by |) and primary, or JSON Lines with the same names.

    `known` are the causes that labels may name. Raises CxtextError that names the file and the row of the first fault.
    """
    return [document for _, document in labelled_rows(path, known)]


def labelled_rows(path: Path, known: Collection[str] = CAUSES) -> list[tuple[int, Labelled]]:
    """The same with the number of each row, as a person counts them; the one place where label files are read."""
    rows = _json_rows(path) if path.suffix.lower() in (".jsonl", ".ndjson") else _csv_rows(path)
    try:
        return [(number, _labelled(row, f"{path}: row {number}", known)) for number, row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CxtextError(f"{path}: cannot be read ({error}); save it as CSV or JSON Lines in UTF-8") from None


def _csv_rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(10**8)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = {"text", "causes", "primary"} - set(reader.fieldnames or ())
        if missing:
            raise CxtextError(f"{path}: no column {', '.join(sorted(missing))}; it needs text, causes and primary")
        for number, row in enumerate(reader, 2):
            causes = [cause for cause in (row["causes"] or "").split("|") if cause.strip()]
            yield number, row | {"text": unguard(row["text"] or ""), "causes": causes}


def _json_rows(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except ValueError as error:
                    raise CxtextError(f"{path}: row {number}: no JSON ({error}); write one object a line") from None


def _labelled(row: Any, place: str, known: Collection[str]) -> Labelled:
    try:
        text, primary = str(row["text"]), str(row["primary"]).strip()
        causes = tuple(dict.fromkeys(str(cause).strip() for cause in row["causes"]))
    except (KeyError, TypeError) as error:
        raise CxtextError(f"{place}: {error} is missing; give text, causes and primary") from None
    for cause in causes:
        if cause not in known:
            raise CxtextError(f"{place}: {cause!r} is no cause; use {', '.join(known)}")
    if primary not in (causes or (UNSTATED, NONE)):
        fitting = "one of its causes" if causes else f"{UNSTATED} or {NONE}, since it has no causes"
        raise CxtextError(f"{place}: primary is {primary!r}; make it {fitting}")
    if not text.strip():
        raise CxtextError(f"{place}: the text is empty; fill it or remove the row")
    return Labelled(text, causes, primary)


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

    Returns the figures that the manifest keeps: documents, and quality by cross-validation in which every file, the
    work of one writer, is held out in turn. The same files and seed give the same model on one machine. Raises
    CxtextError for a faulty file, and where there are too few documents.
    """
    from skops import io

    if not corpus:
        raise CxtextError("no labelled file to train on; name one, or restore models/causes/corpus")
    parts = [read_labelled(path) for path in corpus]
    documents = [document for part in parts for document in part]
    if len(documents) < LEAST:
        raise CxtextError(f"{corpus[0]}: {len(documents)} documents are too few to train on; label at least {LEAST}")
    truth, groups = truth_of(documents), _groups([len(part) for part in parts])
    log.info("%d documents: encoding", len(documents))
    readings = [read(document.text) for document in documents]
    texts, pooled = [reading.text for reading in readings], pool(encoder, readings)
    scores = cross_scores(texts, pooled, truth, groups, seed)
    decision = fit_decision(scores, truth)
    figures = {"documents": len(documents)} | _cross_validated(decision, scores, truth)
    log.info("training on all documents")
    contents = {
        MODEL_FILE: repeatable(io.dumps(fit_heads(texts, pooled, truth, seed))),
        FAMILIARITY_FILE: fit_familiarity(texts, states_of(pooled), groups).dump(),
    }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": encoder.name,
        "labels": list(LABELS),
        "languages": known_languages([document.text for document in documents]),
        "corpus": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus},
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


def _groups(sizes: Sequence[int]) -> NDArray[np.int64]:
    """The part of each document in cross-validation: its file; of a single file, the fifth in which it stands.

    Neighbours, which may be contrast pairs, so stay together.
    """
    if len(sizes) > 1:
        return np.repeat(np.arange(len(sizes)) % MOST_PARTS, sizes)
    return np.arange(sizes[0]) * BLOCKS // sizes[0]


def fit_heads(texts: Sequence[str], pooled: Sequence[Floats], truth: Truth, seed: int) -> dict[str, Any]:
    """The parts of `cxtext.causes.Heads`, trained on whole documents: `pooled` as `cxtext.causes.pool` gives it."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    states = np.array([rows[0].ravel() for rows in pooled])
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
    texts: Sequence[str], pooled: Sequence[Floats], truth: Truth, groups: NDArray[np.int64], seed: int
) -> Floats:
    """Every document's scores by a model that has not seen its group; shape (documents, labels)."""
    scores = np.zeros(truth.shape, np.float32)
    for group in np.unique(groups).tolist():
        log.info("cross-validation: part %d of %d", group + 1, groups.max() + 1)
        held, kept = np.flatnonzero(groups == group).tolist(), np.flatnonzero(groups != group).tolist()
        heads = Heads(fit_heads([texts[row] for row in kept], [pooled[row] for row in kept], truth[kept], seed))
        scores[held], _ = heads.score([texts[row] for row in held], [pooled[row] for row in held])
    return scores


def fit_decision(scores: Floats, truth: Truth) -> Decision:
    """The limits, and the sigmoids that turn scores of unseen documents into confidences."""
    limits = dict.fromkeys(CAUSES, CAUSE_LIMIT) | dict.fromkeys(ORIGINS, ORIGIN_LIMIT)
    sigmoids = {cause: _fit_sigmoid(scores[:, column], truth[:, column]) for column, cause in enumerate(CAUSES)}
    undecided = Decision(limits, sigmoids, DISCOUNT)
    shares = np.maximum(scores[:, PRIMARY_COLUMNS], 1e-6)
    chosen = np.array([PRIMARIES.index(undecided.decide(row)[0]) for row in scores])
    share = shares[np.arange(len(chosen)), chosen] / shares.sum(axis=1)
    right = (truth[:, PRIMARY_COLUMNS].argmax(axis=1) == chosen).astype(np.int64)
    return Decision(limits, sigmoids | {"primary": _fit_sigmoid(share, right)}, DISCOUNT)


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


def _cross_validated(decision: Decision, scores: Floats, truth: Truth) -> dict[str, float]:
    decided = [decision.decide(row) for row in scores]
    found = np.array([[cause in causes for cause in CAUSES] for _, _, causes in decided])
    origins = np.array(
        [[any(origin_of(cause) == each for cause in causes) for each in ORIGINS] for *_, causes in decided]
    )
    right = [PRIMARIES[row.argmax()] == each[0] for row, each in zip(truth[:, PRIMARY_COLUMNS], decided, strict=True)]
    true_causes, true_origins = truth[:, : len(CAUSES)] == 1, truth[:, ORIGIN_COLUMNS] == 1
    return {
        "cv_origin_macro_f1": _macro(true_origins, origins),
        "cv_cause_macro_f1": _macro(true_causes, found),
        "cv_primary_accuracy": float(np.mean(right)),
    }


def _macro(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    return float(np.mean([_f1(truth[:, column], found[:, column]) for column in range(truth.shape[1])]))
