"""Texts on a dozen problems of three kinds, and an encoder that knows which problem a text tells of."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

KINDS = {
    "delivery": [
        "the parcel never came to my door", "my parcel arrived in pieces", "the courier left it at the wrong house",
        "customs keep my parcel for weeks",
    ],
    "billing": [
        "my invoice shows the wrong amount", "you charged my card twice", "the refund has not reached my bank",
        "the discount code was refused",
    ],
    "app": [
        "the app crashes when I sign in", "the basket is empty after each update", "the search finds nothing at all",
        "your app drains my battery",
    ],
}  # fmt: skip
PROBLEMS = [problem for problems in KINDS.values() for problem in problems]
KIND_OF = {problem: kind for kind, problems in KINDS.items() for problem in problems}
OPENINGS = ["Hello, {}", "{} once more", "As I wrote, {}", "Since Monday {}", "Honestly {}, what now"]
ENDINGS = ["please help", "thank you", "this is the third time", "I am tired of it", "can you look into it", "regards"]


def texts_of(problem: int) -> list[str]:
    """Thirty ways to tell of a problem."""
    return [f"{each.format(PROBLEMS[problem])}. {ending}" for each in OPENINGS for ending in ENDINGS]


class ProblemEncoder:
    """Texts on the same problem lie close together, those of a kind a little; another name is another space."""

    def __init__(self, name: str = "one", dimensions: int = 48) -> None:
        self.name = name
        self.dimensions = dimensions

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.array([self._row(text) for text in texts], np.float32).reshape(-1, self.dimensions)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def _row(self, text: str) -> NDArray[np.float64]:
        about = next((problem for problem in PROBLEMS if problem in text), text)
        kind = self._noise(f"the kind {KIND_OF[about]}") if about in KIND_OF else 0.0
        row: NDArray[np.float64] = self._noise(about) + 0.6 * kind + 0.4 * self._noise(f"the text {text}")
        return row

    def _noise(self, text: str) -> NDArray[np.float64]:
        seed = int.from_bytes(sha256(f"{self.name}: {text}".encode()).digest()[:4])
        noise: NDArray[np.float64] = np.random.default_rng(seed).normal(size=self.dimensions)
        return noise / np.sqrt(self.dimensions)
