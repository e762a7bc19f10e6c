"""Whether texts are like those that a model was trained on: by their words and by the encoder's states.

A text is unfamiliar where both lie further off than in texts of writers that the model had not seen: the share of its
words that the corpus does not have, and the part of its state that lies outside the main directions of the corpus (the
reconstruction error of a principal component analysis; Jackson and Mudholkar, Technometrics 21, 1979). Either alone
takes a foreign brand or a long letter for foreign. Both depend on a text's length, so both are held against what a
text of that length shows.
"""

import zipfile
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, fields
from io import BytesIO
from re import compile as pattern

import numpy as np
from numpy.typing import NDArray

from cxtext.errors import CxtextError

WORD = pattern(r"[a-z']+")
AXES = 64  # main directions of the corpus
MOST_WORDS = 190  # about what the encoder reads: longer texts have states of this many
SEEN = 2  # documents of the corpus that have a word which counts as known
QUANTILE = 0.95  # of unseen writers' texts that are familiar
LEAST_VARIANCE = 1e-5

Floats = NDArray[np.float64]
States = NDArray[np.float32]


@dataclass(frozen=True)
class Course:
    """How a figure runs with a text's length n: its mean a + b log n + c log² n, its variance v + w / n."""

    mean: Floats
    variance: Floats

    def score(self, values: Floats, lengths: Floats) -> Floats:
        """The values in standard deviations above what texts of their lengths show."""
        variance = np.maximum(_inverse(lengths) @ self.variance, LEAST_VARIANCE)
        return np.asarray((values - _powers(lengths) @ self.mean) / np.sqrt(variance))


@dataclass(frozen=True)
class Familiarity:
    """What texts are held against: numbers only; the known words are those of the model's own word list.

    `mean` (dimensions,) and `axes` (dimensions, axes) describe the corpus's states, the two courses what unseen
    writers' texts show, `limit` the score above which a text is unfamiliar.
    """

    mean: Floats
    axes: Floats
    unknown_mean: Floats
    unknown_variance: Floats
    outside_mean: Floats
    outside_variance: Floats
    limit: Floats

    def unfamiliar(self, texts: Sequence[str], states: States, known: Container[str]) -> NDArray[np.bool_]:
        """Which texts are unlike the corpus, (texts,); `states` (texts, dimensions), `known` the model's words."""
        if not len(texts):
            return np.zeros(0, np.bool_)
        words = [WORD.findall(text.lower()) for text in texts]
        scores = _lower_of(
            Course(self.unknown_mean, self.unknown_variance).score(_unknown(words, known), _lengths(words)),
            Course(self.outside_mean, self.outside_variance).score(
                _outside(states, self.mean, self.axes), _lengths(words)
            ),
        )
        return np.asarray(scores > self.limit[0])

    def dump(self) -> bytes:
        """The numbers as an `.npz` file; the same numbers give the same bytes."""
        out = BytesIO()
        np.savez_compressed(out, **{each.name: getattr(self, each.name) for each in fields(self)})
        return out.getvalue()

    @classmethod
    def load(cls, content: bytes, place: str) -> "Familiarity":
        """What `dump` wrote. Raises CxtextError that names `place` where the content is no such file."""
        try:
            with np.load(BytesIO(content), allow_pickle=False) as stored:
                return cls(**{each.name: stored[each.name].astype(np.float64) for each in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise CxtextError(f"{place}: damaged ({error!r}); rebuild the folder with `cxtext train`") from None


def fit_familiarity(texts: Sequence[str], states: States, groups: NDArray[np.int64]) -> Familiarity:
    """The reference of a corpus: `states` (documents, dimensions); every group, the work of one writer, is held out.

    What is usual for a text that the model has not seen comes from the texts held out, as seen from the others.
    """
    words = [WORD.findall(text.lower()) for text in texts]
    unknown, outside = np.zeros(len(texts)), np.zeros(len(texts))
    for group in np.unique(groups):
        held, kept = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        unknown[held] = _unknown([words[row] for row in held], _vocabulary([words[row] for row in kept]))
        outside[held] = _outside(states[held], *_directions(states[kept]))
    lengths = _lengths(words)
    by_words, by_states = _course(unknown, lengths), _course(outside, lengths)
    scores = _lower_of(by_words.score(unknown, lengths), by_states.score(outside, lengths))
    mean, axes = _directions(states)
    return Familiarity(
        mean=mean.astype(np.float32),
        axes=axes.astype(np.float32),
        unknown_mean=by_words.mean,
        unknown_variance=by_words.variance,
        outside_mean=by_states.mean,
        outside_variance=by_states.variance,
        limit=np.array([np.quantile(scores, QUANTILE)]),
    )


def _vocabulary(words: Sequence[Sequence[str]]) -> frozenset[str]:
    counts = Counter(word for text in words for word in set(text))
    return frozenset(word for word, count in counts.items() if count >= SEEN)


def _lengths(words: Sequence[Sequence[str]]) -> Floats:
    return np.array([min(max(len(text), 1), MOST_WORDS) for text in words], np.float64)


def _unknown(words: Sequence[Sequence[str]], known: Container[str]) -> Floats:
    """The share of each text's words that are not known; of a text without words, all."""
    return np.array([sum(word not in known for word in text) / len(text) if text else 1.0 for text in words])


def _directions(states: States) -> tuple[Floats, Floats]:
    """The mean and the main directions, at most half of the dimensions, so that something is left outside."""
    mean = states.mean(axis=0, dtype=np.float64)
    centred = states - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return mean, vectors[:, ::-1][:, : max(1, min(AXES, states.shape[1] // 2))]


def _outside(states: States, mean: Floats, axes: Floats) -> Floats:
    """The logarithm of each state's distance from the space of the main directions."""
    centred = states - mean
    left = (centred**2).sum(axis=1) - ((centred @ axes) ** 2).sum(axis=1)
    return np.asarray(np.log(np.maximum(left, 1e-6)) / 2)


def _powers(lengths: Floats) -> Floats:
    return np.stack([np.ones(len(lengths)), np.log(lengths), np.log(lengths) ** 2], axis=1)


def _inverse(lengths: Floats) -> Floats:
    return np.stack([np.ones(len(lengths)), 1 / lengths], axis=1)


def _course(values: Floats, lengths: Floats) -> Course:
    mean = np.linalg.lstsq(_powers(lengths), values, rcond=None)[0]
    squares = (values - _powers(lengths) @ mean) ** 2
    variance = np.linalg.lstsq(_inverse(lengths), squares, rcond=None)[0]
    return Course(np.asarray(mean, np.float64), np.maximum(variance, [LEAST_VARIANCE, 0]))


def _lower_of(by_words: Floats, by_states: Floats) -> Floats:
    return np.minimum(by_words, by_states)
