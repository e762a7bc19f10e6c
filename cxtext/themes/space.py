"""The space in which themes are found: what a text means, and the words that it uses, of one corpus.

The encoder's vectors are centred on the corpus, which takes away what all its texts have in common, and joined with a
latent semantic analysis of its words (Deerwester et al. 1990, "Indexing by latent semantic analysis"): two texts are
near when they mean much the same, and nearer when they say it in the same words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vectors = NDArray[np.float32]

WORDS_SHARE = 0.5  # length of the words' part beside the meaning's; halves and doubles of it find worse themes
DIMENSIONS = 150
LEAST_DOCUMENTS = 60  # below this, neither the mean nor the words say anything of the corpus
MOST_WORDS = 12_000
IN_DOCUMENTS = 2  # a word of one document alone joins nothing
WORD = re.compile(r"\b\w\w+\b")


@dataclass(frozen=True)
class Space:
    """What is needed to place a text: `mean` (d,) of the encoder's vectors; for each word its weight and loadings.

    `words` names the rows of `idf` (w,) and `loadings` (w, k); `words_mean` (k,) is the mean of the words' part. A
    corpus of few documents has no words: w is 0.
    """

    mean: NDArray[np.float32]
    words: tuple[str, ...]
    idf: NDArray[np.float32]
    loadings: NDArray[np.float32]
    words_mean: NDArray[np.float32]

    def place(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """Unit vectors (n, d + k) of `texts` whose encoder vectors are `vectors` (n, d)."""
        meaning = unit(vectors - self.mean)
        if not self.words:
            return meaning
        joined = np.hstack([meaning, WORDS_SHARE * unit(self._words_of(texts) - self.words_mean)])
        return unit(joined)

    def _words_of(self, texts: Sequence[str]) -> Vectors:
        rows = {word: row for row, word in enumerate(self.words)}
        return unit(np.asarray(_weights(texts, rows, self.idf) @ self.loadings, np.float32))

    def adopt(self, strangers: Vectors, dimensions: int) -> Vectors:
        """Vectors (n, any) of another space of the same encoder in this one: their meaning, without their words."""
        size = self.mean.size + self.loadings.shape[1]
        kept = np.zeros((len(strangers), size), np.float32)
        kept[:, :dimensions] = strangers[:, :dimensions]
        return unit(kept)


def learn_space(texts: Sequence[str], vectors: Vectors, *, seed: int) -> Space:
    """The space of a corpus: `vectors` (n, d) are the encoder's, rows of unit length."""
    nothing = np.zeros(0, np.float32)
    if len(texts) < LEAST_DOCUMENTS or (vectors == vectors[0]).all():
        # what so few have in common, or copies of one text, may well be their one theme: it is not taken away
        return Space(np.zeros(vectors.shape[1], np.float32), (), nothing, np.zeros((0, 0), np.float32), nothing)
    mean = vectors.mean(axis=0)
    words, idf = _vocabulary(texts)
    dimensions = min(DIMENSIONS, len(texts) // 4, len(words) - 1)
    if dimensions < 2:
        return Space(mean.astype(np.float32), (), nothing, np.zeros((0, 0), np.float32), nothing)
    rows = {word: row for row, word in enumerate(words)}
    weights = _weights(texts, rows, idf)
    loadings = _loadings(weights, dimensions, seed)
    placed = unit(np.asarray(weights @ loadings, np.float32))
    return Space(mean.astype(np.float32), words, idf, loadings, placed.mean(axis=0).astype(np.float32))


def _vocabulary(texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The words of at least two documents, the most frequent ones, and the inverse document frequency of each."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in set(WORD.findall(text.lower())):
            counts[word] = counts.get(word, 0) + 1
    frequent = sorted((word for word in counts if counts[word] >= IN_DOCUMENTS), key=lambda word: (-counts[word], word))
    words = tuple(sorted(frequent[:MOST_WORDS]))
    seen = np.array([counts[word] for word in words], np.float64)
    return words, (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)


def _weights(texts: Sequence[str], rows: dict[str, int], idf: NDArray[np.float32]) -> sparse.csr_matrix:
    """Sublinear TF-IDF of each text, rows of unit length; a text without a known word has an empty row."""
    pointers, columns, values = [0], [], []
    for text in texts:
        counts: dict[int, int] = {}
        for word in WORD.findall(text.lower()):
            row = rows.get(word)
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
        weights = np.array([(1 + np.log(count)) * idf[row] for row, count in counts.items()], np.float32)
        columns += list(counts)
        values.append(weights / (np.linalg.norm(weights) or 1.0))
        pointers.append(len(columns))
    flat = np.concatenate(values) if values else np.zeros(0, np.float32)
    return sparse.csr_matrix((flat, columns, pointers), shape=(len(texts), len(rows)))


def _loadings(weights: sparse.csr_matrix, dimensions: int, seed: int) -> NDArray[np.float32]:
    from sklearn.utils.extmath import randomized_svd

    _, _, components = randomized_svd(weights, dimensions, n_iter=5, random_state=seed)
    return np.array(components.T, dtype=np.float32, order="C")


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows scaled to unit length; rows of zeros stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-9).astype(np.float32)
    return units
