"""Do names of themes say what the themes are? Judged by the labels that people gave, without a judge's taste."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# snake_case, kebab-case, dotted.case, and where a capital begins a word: cardLost, ATMFee
JOINTS = re.compile(r"[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def label_match(
    labels: Sequence[str],
    found: Sequence[str | None],
    names: Mapping[str, str],
    encode: Callable[[Sequence[str]], Vectors],
) -> float | None:
    """The share of themes whose name is nearest to the right label; None where there are no themes.

    `labels` and `found` hold the true label and the theme (or None) of each document. A theme's right label is the
    one that most of its documents carry, the alphabetically first of several. Its name matches where this label's
    words are nearer to it by cosine than those of all other labels. `names` knows every theme found (else KeyError);
    `encode` gives unit vectors, shape (n, d).
    """
    right = _majority(labels, found)
    if not right:
        return None
    texts = sorted({label_text(label) for label in labels})
    cosines = encode([names[theme_id] for theme_id in right]) @ encode(texts).T
    nearest = [texts[column] for column in cosines.argmax(axis=1)]
    hits = [text == label_text(label) for text, label in zip(nearest, right.values(), strict=True)]
    return float(np.mean(hits))


def label_text(label: str) -> str:
    """A label's words: `card_arrival`, `card-arrival`, `card.arrival` and `cardArrival` are two words each."""
    return " ".join(JOINTS.sub(" ", label).split())


def _majority(labels: Sequence[str], found: Sequence[str | None]) -> dict[str, str]:
    """The most frequent label among each theme's documents."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, theme_id in zip(labels, found, strict=True):
        if theme_id is not None:
            counts[theme_id][label] += 1
    return {
        theme_id: min(count, key=lambda label: (-count[label], label)) for theme_id, count in sorted(counts.items())
    }
