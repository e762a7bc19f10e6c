"""How alike texts are, by the encoder's cached vectors or, where there are none, by their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxtext.encode import EmbeddingCache, Encoder, text_keys

# Cosines from which one of two texts teaches no more than the other. Of vectors: the same wording with other details.
NEAR_VECTORS = 0.9
NEAR_WORDS = 0.8  # of words, whose cosine falls faster
WORD = r"\w+|[^\w\s]"  # marks too: no text is without a word, and "??" is like "??"

Rows = NDArray[np.int64]
Cosines = NDArray[np.float32]


@dataclass(frozen=True)
class Meaning:
    """Unit vectors of texts, shape (texts, dimensions), dense or sparse; `near` is the cosine of near-duplicates."""

    vectors: Any
    near: float

    def of(self, rows: Rows) -> "Meaning":
        """The meaning of some of the texts, in the order of `rows`."""
        return Meaning(self.vectors[rows], self.near)

    def cosines(self, row: int) -> Cosines:
        """Of each text the cosine to one of them, shape (texts,)."""
        product = self.vectors @ self.vectors[row].T
        return np.asarray(product if isinstance(product, np.ndarray) else product.toarray()[:, 0], np.float32)

    def nearest(self, rows: Rows, others: Sequence[int]) -> Cosines:
        """Of each row the cosine to the nearest of the others, shape (len(rows),); -1 where there are no others."""
        if not len(others) or not len(rows):
            return np.full(len(rows), -1, np.float32)
        product = self.vectors[rows] @ self.vectors[list(others)].T
        cosines = product if isinstance(product, np.ndarray) else product.toarray()
        return np.asarray(cosines.max(axis=1), np.float32)


def by_vectors(texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache) -> Meaning | None:
    """The meaning of texts that all have a cached vector; None where one has none. Nothing is encoded."""
    vectors, found = cache.read(encoder, text_keys(texts))
    if not found.all():
        return None
    rows = vectors.astype(np.float32)
    return Meaning(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), NEAR_VECTORS)


def by_words(texts: Sequence[str]) -> Meaning:
    """The meaning of texts by TF-IDF of their words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not texts:
        return Meaning(np.zeros((0, 1), np.float32), NEAR_WORDS)
    words = TfidfVectorizer(token_pattern=WORD, sublinear_tf=True, dtype=np.float32)
    return Meaning(words.fit_transform(texts), NEAR_WORDS)
