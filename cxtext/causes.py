"""Why a customer is dissatisfied: causes of a text, their evidence, and how sure the model is."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxtext.errors import CxtextError
from cxtext.sentences import split_sentences
from cxtext.taxonomy import CAUSES, NONE, ORIGINS, PRIMARIES, UNSTATED, origin_of

MANIFEST_FILE, MODEL_FILE = "manifest.json", "heads.skops"
FORMAT = 1  # of the folder; raised where an older reader could not read it
LABELS = (*CAUSES, *ORIGINS, *PRIMARIES)  # what the heads give, in this order
CAUSE_COLUMNS = slice(0, len(CAUSES))
ORIGIN_COLUMNS = slice(len(CAUSES), len(CAUSES) + len(ORIGINS))
PRIMARY_COLUMNS = slice(len(CAUSES) + len(ORIGINS), len(LABELS))
REBUILD = "restore the folder, or rebuild it with `cxtext train`"

# What a model file may hold beyond numbers and scikit-learn's own: anything else is refused before it is loaded.
TRUSTED = frozenset(
    {
        "numpy.dtype",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.preprocessing._label.LabelBinarizer",
    }
)

# Redaction and regulators blank out names and numbers; the encoder reads ordinary words better than brackets.
STAND_INS = {"PERSON": "Alex", "PHONE": "the number", "EMAIL": "the e-mail address", "ADDRESS": "the address"}
STAND_INS |= {"CARD": "my card", "IBAN": "my account", "ACCOUNT": "my account", "URL": "the website"}
PLACEHOLDER = re.compile(r"\[([A-Z]+)(?:_[A-Z]+)*(?:_\d+)?\]")
MASKED = re.compile(r"\b[X\d]{2,4}/[X\d]{2}/[X\d]{2,4}\b|\bX{2,}(?:\s+X{2,})*\b")

Floats = NDArray[np.float32]
Span = tuple[int, int]


class LayerEncoder(Protocol):
    """An encoder that shows its inner layers."""

    name: str

    def pool_layers(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> list[Floats]:
        """For every text the mean of each layer's states over each of its spans: (spans, layers, dimensions)."""


@dataclass(frozen=True)
class CauseFound:
    """A cause that the text states; `confidence` in [0, 1]; `evidence` is the sentence of the text that carries it."""

    cause: str
    confidence: float
    is_primary: bool
    evidence: str


@dataclass(frozen=True)
class Verdict:
    """What a text says about its cause: `primary` is a cause, `unstated` or `none`; `runner_up` the next likeliest.

    Exactly one of `causes` is primary where `primary` is a cause, otherwise there are no causes.
    """

    primary: str
    confidence: float
    runner_up: str
    causes: list[CauseFound]


@dataclass(frozen=True)
class Reading:
    """A text as the encoder reads it: placeholders replaced, the whole first and then each sentence as spans."""

    text: str
    spans: list[Span]
    sentences: list[str]


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
    return Reading("".join([*parts, text[position:]]), [(0, length + len(text) - position), *spans], sentences)


def _fill(text: str) -> str:
    filled = PLACEHOLDER.sub(lambda match: STAND_INS.get(match[1], "it"), text)
    return MASKED.sub(lambda match: "that day" if "/" in match[0] else "it", filled)
