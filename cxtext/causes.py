"""Why a customer is dissatisfied: causes of a text, their evidence, and how sure the model is."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxtext.cause_adapter import Adapter
from cxtext.errors import CxtextError
from cxtext.familiarity import Familiarity
from cxtext.pooled import Pooled
from cxtext.sentences import split_sentences
from cxtext.taxonomy import CAUSES, NONE, ORIGINS, PRIMARIES, UNSTATED, origin_of

MANIFEST_FILE, MODEL_FILE = "manifest.json", "heads.skops"
ADAPTER_FILE, FAMILIARITY_FILE = "adapter.skops", "familiarity.npz"
BLOCK = 2048  # texts whose states are held at a time
UNIT_SHARE = 4.0  # about makes the networks' inner units weigh as much as the states in what an adapter reads
# What each part counts in a score: the network's labels and the states of its layers, each of the whole text and of its
# strongest sentence, and the words.
TUNED, TUNED_SENTENCES, LAYERS, SENTENCES, WORDS = 0.3, 0.2, 0.15, 0.1, 0.25
FORMAT, ADAPTED = 1, 2  # of a folder without and with an adapter, which an older reader would pass over
LABELS = (*CAUSES, *ORIGINS, *PRIMARIES)  # what the heads give, in this order
CAUSE_COLUMNS = slice(0, len(CAUSES))
ORIGIN_COLUMNS = slice(len(CAUSES), len(CAUSES) + len(ORIGINS))
PRIMARY_COLUMNS = slice(len(CAUSES) + len(ORIGINS), len(LABELS))
ABSENT = -1.0  # the score of a cause that no verdict may name: below every other
REBUILD = "restore the folder, rebuild it with `cxtext train`, or leave a learned version by `cxtext train --rollback`"

# What a model file may hold beyond numbers, text and what skops itself trusts of scikit-learn: nothing.
TRUSTED: frozenset[str] = frozenset()

# Redaction and regulators blank out names and numbers; the encoder reads ordinary words better than brackets.
STAND_INS = {"PERSON": "Alex", "PHONE": "the number", "EMAIL": "the e-mail address", "ADDRESS": "the address"}
STAND_INS |= {"CARD": "my card", "IBAN": "my account", "ACCOUNT": "my account", "URL": "the website"}
PLACEHOLDER = re.compile(r"\[([A-Z]+)(?:_[A-Z]+)*(?:_\d+)?\]")
MASKED = re.compile(r"\b[X\d]{2,4}/[X\d]{2}/[X\d]{2,4}\b|\bX{2,}(?:\s+X{2,})*\b")

Floats = NDArray[np.float32]
Span = tuple[int, int]


class LayerEncoder(Protocol):
    """A network that shows its inner layers and tells LABELS."""

    name: str
    labels: tuple[str, ...]

    def pool_layers(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Pooled]:
        """For every text what is seen in each of its spans."""


@dataclass(frozen=True)
class CauseFound:
    """A cause that the text states; `confidence` in [0, 1]; `evidence` is the sentence of the text that carries it.

    `refines` is the standard cause that the model found, where `cause` is one of the user's own in its place.
    """

    cause: str
    confidence: float
    is_primary: bool
    evidence: str
    refines: str | None = None

    @property
    def standard_cause(self) -> str:
        """The one of the ten causes that figures are rolled up to."""
        return self.refines or self.cause


@dataclass(frozen=True)
class Verdict:
    """What a text says about its cause: `primary` is a cause, `unstated` or `none`; `runner_up` the next likeliest.

    Exactly one of `causes` is primary where `primary` is a cause, otherwise there are no causes. `is_unfamiliar` tells
    whether the text is unlike any that the model was trained on; None where the model cannot tell.
    """

    primary: str
    confidence: float
    runner_up: str
    causes: list[CauseFound]
    is_unfamiliar: bool | None = None


@dataclass(frozen=True)
class Reading:
    """A text as the encoder reads it: placeholders replaced, the whole first and then each sentence as spans."""

    text: str
    spans: list[Span]
    sentences: list[str]
    original: str


def read(text: str) -> Reading:
    """The text without placeholders, with its sentences as they stand in the original."""
    sentences = split_sentences(text)
    parts: list[str] = []
    spans: list[Span] = []
    position = length = 0
    for sentence in sentences:
        start = text.index(sentence, position)
        for part in (_fill(text[position:start]), _fill(sentence)):
            parts.append(part)
            length += len(part)
        spans.append((length - len(parts[-1]), length))
        position = start + len(sentence)
    return Reading("".join([*parts, text[position:]]), [(0, length + len(text) - position), *spans], sentences, text)


def _fill(text: str) -> str:
    filled = PLACEHOLDER.sub(lambda match: STAND_INS.get(match[1], "it"), text)
    return MASKED.sub(lambda match: "that day" if "/" in match[0] else "it", filled)


class CauseModel:
    """Tells the causes of texts; made by `cxtext train`, loaded from a folder.

    `languages` are those of its training texts; without any, it takes a text in every language for its own.
    """

    def __init__(
        self,
        name: str,
        encoder: LayerEncoder,
        heads: "Heads",
        decision: "Decision",
        *,
        languages: Sequence[str] = ("en",),
        familiarity: Familiarity | None = None,
    ) -> None:
        self.name, self.languages = name, tuple(languages)
        self._encoder, self._heads, self._decision, self._familiarity = encoder, heads, decision, familiarity

    @classmethod
    def load(cls, folder: Path, encoder: Any) -> "CauseModel":
        """The model in a folder. Raises CxtextError for a missing or changed file, or another encoder than its own."""
        manifest, contents = read_folder(folder)
        if manifest["encoder"] != encoder.name:
            raise CxtextError(
                f"{folder}: made for the encoder {manifest['encoder']}, not for {encoder.name}; run `cxtext train`"
            )
        parts = _load_skops(contents[MODEL_FILE], folder / MODEL_FILE)
        named, adapter = MODEL_FILE, None
        if ADAPTER_FILE in contents:
            named, adapter = ADAPTER_FILE, Adapter(**_load_skops(contents[ADAPTER_FILE], folder / ADAPTER_FILE))
        name = f"causes-{manifest['version']}@{manifest['files'][named]['sha256'][:8]}"
        reference = contents.get(FAMILIARITY_FILE)
        return cls(
            name,
            encoder,
            Heads(parts, adapter),
            Decision(**manifest["decision"]),
            languages=manifest.get("languages", ["en"]),
            familiarity=Familiarity.load(reference, str(folder / FAMILIARITY_FILE)) if reference else None,
        )

    @property
    def decision(self) -> "Decision":
        """How its scores become verdicts."""
        return self._decision

    def score(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Scores before anything is decided, (texts, labels), and what an adapter reads of them, (texts, features)."""
        parts = []
        for start in range(0, len(texts), BLOCK):
            readings = [read(text) for text in texts[start : start + BLOCK]]
            pooled = pool(self._encoder, readings)
            scores, _ = self._heads.score([reading.text for reading in readings], pooled)
            parts.append((scores, self._heads.features(pooled)))
        return np.concatenate([scores for scores, _ in parts]), np.concatenate([features for _, features in parts])

    @property
    def tells_drift(self) -> bool:
        """Whether its folder holds what tells familiar texts from others."""
        return self._familiarity is not None

    def knows(self, language: str) -> bool:
        """Whether texts in a language (ISO 639-1, or `und`, which may be any) are judged, not guessed at."""
        return not self.languages or language in {*self.languages, "und"}

    def predict(self, texts: Sequence[str], *, dropped: Mapping[str, str | None] | None = None) -> list[Verdict]:
        """One verdict a text, in order; texts may hold placeholders such as `[PERSON_1]`.

        Scores of `dropped` causes go over to the cause that they map to, or to the text's likeliest other one of the
        origin where that is None, before anything is decided: no verdict names them.
        """
        verdicts: list[Verdict] = []
        for start in range(0, len(texts), BLOCK):
            readings = [read(text) for text in texts[start : start + BLOCK]]
            read_texts, pooled = [reading.text for reading in readings], pool(self._encoder, readings)
            scores, sentence_scores = self._heads.score(read_texts, pooled)
            unlike = self._unfamiliar(read_texts, pooled)
            for reading, whole, sentences, unfamiliar in zip(readings, scores, sentence_scores, unlike, strict=True):
                heirs = heirs_of(whole, dropped or {})
                verdicts.append(self._judge(reading, fold(whole, heirs), fold(sentences, heirs), unfamiliar))
        return verdicts

    def _unfamiliar(self, texts: Sequence[str], pooled: Sequence[Pooled]) -> Sequence[bool | None]:
        if self._familiarity is None:
            return [None] * len(texts)
        return list(map(bool, self._familiarity.unfamiliar(texts, states_of(pooled), self._heads.words)))

    def _judge(self, reading: Reading, scores: Floats, sentence_scores: Floats, is_unfamiliar: bool | None) -> Verdict:
        primary, runner_up, found = self._decision.decide(scores)
        sure = self._decision.confidence(scores, primary)
        causes = [
            CauseFound(
                cause,
                # the primary is stated, so it is at least as likely to be stated as to be the primary
                max(self._decision.cause_confidence(scores, cause), sure if cause == primary else 0.0),
                cause == primary,
                _evidence(reading, sentence_scores, cause),
            )
            for cause in found
        ]
        return Verdict(primary, sure, runner_up, causes, is_unfamiliar)


def heirs_of(scores: Floats, dropped: Mapping[str, str | None]) -> dict[str, str]:
    """Which cause takes over each dropped one in a text; `scores` has shape (labels,)."""
    return {
        cause: into
        or max(
            (each for each in CAUSES if origin_of(each) == origin_of(cause) and each not in dropped),
            key=lambda each: float(scores[LABELS.index(each)]),
        )
        for cause, into in dropped.items()
    }


def fold(scores: Floats, heirs: Mapping[str, str]) -> Floats:
    """Scores of shape (..., labels) in which heirs have taken over what the causes that they follow had.

    A text may state several causes, and the higher of two scores counts: joined as probabilities, two weak ones would
    make a cause that the limits were not chosen for. There is one primary, so that the shares of two are added. Whoever
    is followed is left with ABSENT.
    """
    if not heirs:
        return scores
    folded = scores.copy()
    for cause, heir in heirs.items():
        old, new = LABELS.index(cause), LABELS.index(heir)
        folded[..., new] = np.maximum(folded[..., new], scores[..., old])
        start = PRIMARY_COLUMNS.start
        folded[..., start + new] += scores[..., start + old]
        folded[..., [old, start + old]] = ABSENT
    return folded


def _evidence(reading: Reading, scores: Floats, cause: str) -> str:
    """The sentence that alone would speak most for the cause."""
    best = scores[:, LABELS.index(cause)].argmax() if len(scores) else 0
    return reading.sentences[best] if reading.sentences else reading.original


@dataclass(frozen=True)
class Decision:
    """How scores become a verdict: limits by cause and origin, and sigmoids (slope, offset) for the confidences.

    Confidences' log odds are multiplied by `temper` (temperature scaling, Guo et al., 2017): texts of unknown companies
    are harder than those that the sigmoids were fitted on.
    """

    limits: dict[str, float]
    sigmoids: dict[str, tuple[float, float]]
    temper: float

    def decide(self, scores: Floats) -> tuple[str, str, list[str]]:
        """The primary, the runner-up, and the causes found, the primary one first; scores has shape (labels,)."""
        by_label = dict(zip(LABELS[: len(CAUSES) + len(ORIGINS)], scores.tolist(), strict=False))
        shares = dict(zip(PRIMARIES, scores[PRIMARY_COLUMNS].tolist(), strict=True))
        origins = [origin for origin in ORIGINS if by_label[origin] >= self.limits[origin]]
        likely = {cause: by_label[cause] / self.limits[cause] for cause in CAUSES if origin_of(cause) in origins}
        found = [cause for cause, ratio in likely.items() if ratio >= 1]
        for origin in origins:
            if not any(origin_of(cause) == origin for cause in found):
                found.append(max((c for c in likely if origin_of(c) == origin), key=lambda cause: likely[cause]))
        allowed = found or [UNSTATED, NONE]
        ranked = sorted(PRIMARIES, key=lambda label: -shares[label])
        primary = next(label for label in ranked if label in allowed)
        runner_up = next(label for label in ranked if label != primary)
        found.sort(key=lambda cause: (cause != primary, -by_label[cause]))
        return primary, runner_up, found

    def confidence(self, scores: Floats, primary: str) -> float:
        """How likely the primary is right, from its score's share among the twelve."""
        shares = np.maximum(scores[PRIMARY_COLUMNS], 1e-6)
        return self._sigmoid("primary", float(shares[PRIMARIES.index(primary)] / shares.sum()))

    def cause_confidence(self, scores: Floats, cause: str) -> float:
        """How likely the text states the cause."""
        return self._sigmoid(cause, float(scores[LABELS.index(cause)]))

    def _sigmoid(self, label: str, score: float) -> float:
        slope, offset = self.sigmoids[label]
        return float(1 / (1 + np.exp(-self.temper * (slope * logit(score) + offset))))


class Heads:
    """What stands on the encoder: small networks on its untuned layers, and linear scores of words and pairs of words.

    The tuned branch knows the causes, the untuned layers what a sentence does (ask, blame, admit), words what it names,
    and a cause may stand in one sentence of a long letter: the mean is better than any. An adapter corrects what whole
    texts get.
    """

    def __init__(self, parts: dict[str, Any], adapter: Adapter | None = None) -> None:
        self._parts, self._adapter = parts, adapter

    @property
    def words(self) -> Mapping[str, int]:
        """The words, and pairs of words, that the training texts have."""
        known: Mapping[str, int] = self._parts["words"].vocabulary_
        return known

    def score(self, texts: Sequence[str], pooled: Sequence[Pooled]) -> tuple[Floats, list[Floats]]:
        """Scores in [0, 1] of texts, (texts, labels), and of each text's sentences, (sentences, labels).

        `pooled` holds by text what is seen in the whole and in each sentence, as `pool` gives it.
        """
        if not len(texts):
            return np.empty((0, len(LABELS)), np.float32), []
        rows = np.concatenate([each.states for each in pooled]).reshape(sum(len(each.states) for each in pooled), -1)
        was_read = np.any(rows, axis=1)[:, None]  # what lies behind the encoder's limit was not
        odds = np.concatenate([each.odds for each in pooled])
        tuned, by_layers = was_read / (1 + np.exp(-odds)), was_read * self._score_states(rows)
        ends = np.cumsum([len(each.states) for each in pooled])[:-1]
        parts = list(zip(np.split(tuned, ends), np.split(by_layers, ends), strict=True))
        shares = zip((TUNED, LAYERS), (TUNED_SENTENCES, SENTENCES), strict=True)
        scores = WORDS * self._score_words(texts)
        for number, (of_whole, of_sentences) in enumerate(shares):
            scores += of_whole * np.array([part[number][0] for part in parts])
            scores += of_sentences * np.array([_strongest(part[number]) for part in parts])
        scores = scores.astype(np.float32)
        if self._adapter:
            scores = self._adapter.correct(scores, self.features(pooled))
        return scores, [((each + other) / 2)[1:].astype(np.float32) for each, other in parts]

    def features(self, pooled: Sequence[Pooled]) -> Floats:
        """What an adapter reads of whole texts: the networks' inner units, and the scaled states; (texts, features)."""
        rows = np.array([each.states[0].ravel() for each in pooled])
        scaled = self._parts["scaler"].transform(rows).astype(np.float32)
        units = [np.maximum(scaled @ each.coefs_[0] + each.intercepts_[0], 0) for each in self._parts["networks"]]
        features = np.hstack([UNIT_SHARE * np.hstack(units), scaled]).astype(np.float32)
        features[~np.any(rows, axis=1)] = 0
        return features

    def _score_states(self, rows: Floats) -> Floats:
        scaled = self._parts["scaler"].transform(rows).astype(np.float32)
        return np.asarray(np.mean([each.predict_proba(scaled) for each in self._parts["networks"]], axis=0))

    def _score_words(self, texts: Sequence[str]) -> Floats:
        odds = self._parts["words"].transform(texts) @ self._parts["word_weights"] + self._parts["word_offsets"]
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def _strongest(rows: Floats) -> Floats:
    """The highest score of a text's sentences by label, (labels,); of a text without any, the whole's."""
    return np.asarray(rows[1:].max(axis=0) if len(rows) > 1 else rows[0])


def logit(score: float) -> float:
    """The log odds of a score, kept finite."""
    kept = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))


def pool(encoder: LayerEncoder, readings: Sequence[Reading]) -> list[Pooled]:
    """What the encoder sees in each reading's whole, first, and in its sentences."""
    return encoder.pool_layers([reading.text for reading in readings], [reading.spans for reading in readings])


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A model folder's manifest and its files by name. Raises CxtextError for a missing or changed file, by name."""
    manifest = _read_manifest(folder)
    return manifest, _checked(folder, manifest)


def states_of(pooled: Sequence[Pooled]) -> Floats:
    """Each whole text's mean state over the layers, (texts, dimensions)."""
    return np.array([each.states[0].mean(axis=0) for each in pooled], np.float32)


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST_FILE
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if manifest["format"] not in (FORMAT, ADAPTED) or manifest["labels"] != list(LABELS):
            raise CxtextError(f"{path}: made by another version of cxtext; run `cxtext train`")
        _ = manifest["encoder"], manifest["version"], manifest["decision"], manifest["figures"]
        names = (MODEL_FILE, ADAPTER_FILE)[: manifest["format"]]
        _ = [manifest["files"][name]["sha256"] for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CxtextError(f"{path}: missing or incomplete ({error!r}); {REBUILD}") from None
    return manifest


def _checked(folder: Path, manifest: dict[str, Any]) -> dict[str, bytes]:
    """The model's files by name, once every file that the manifest names has the hash that it gives."""
    contents: dict[str, bytes] = {}
    for name, described in manifest["files"].items():
        path = folder / name
        contents[name] = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(contents[name]).hexdigest() != described["sha256"]:
            raise CxtextError(f"{path}: missing, or not the file that {MANIFEST_FILE} describes; {REBUILD}")
    return contents


def _load_skops(content: bytes, path: Path) -> dict[str, Any]:
    from skops import io

    foreign = sorted(set(io.get_untrusted_types(data=content)) - TRUSTED)
    if foreign:
        raise CxtextError(f"{path}: holds types that cxtext does not load ({', '.join(foreign)}); {REBUILD}")
    parts: dict[str, Any] = io.loads(content, trusted=sorted(TRUSTED))
    return parts
