"""cxtext and its peers behind one call: texts and their vectors in, groups and names of groups out.

Every peer runs with its own defaults; only the seed is set, and the vectors are given. Packages are imported inside
the functions that need them, so that a method needs no more than its own.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxtext.encode import Encoder

Vectors = NDArray[np.float32]
Groups = list[str | None]

NIGHT = 1000  # documents placed at once: UMAP knows the very array that it was fitted on, and only looks it up
NUMBER = re.compile(r"^-?\d+_")  # topic names begin with their number: 12_card_lost_stolen_phone


class Remembering:
    """An encoder that knows the corpus already, so that every method pays for its own further texts alone."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._encoder = encoder
        distinct = list(dict.fromkeys(texts))
        self._rows = dict(zip(distinct, encoder.encode(distinct), strict=True))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (len(texts), dimensions), in the order of `texts`."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._rows]
        fresh = dict(zip(unknown, self._encoder.encode(unknown), strict=True))
        rows = [self._rows[text] if text in self._rows else fresh[text] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.dimensions)


@dataclass(frozen=True)
class Corpus:
    """What every method is given: texts, their vectors (n, d), and the encoder that made them, for further texts."""

    texts: list[str]
    encoder: Encoder
    vectors: Vectors

    def part(self, size: int) -> "Corpus":
        """About `size` of its documents, evenly spread."""
        step = max(len(self.texts) // size, 1)
        # whole in memory, as the full array is: numba compiles anew for another layout
        return Corpus(self.texts[::step], self.encoder, np.ascontiguousarray(self.vectors[::step]))

    def nights(self) -> Iterator[tuple[list[str], Vectors]]:
        """Texts and vectors a night's worth at a time."""
        for start in range(0, len(self.texts), NIGHT):
            yield self.texts[start : start + NIGHT], self.vectors[start : start + NIGHT]


@dataclass(frozen=True)
class Found:
    """The group of each document (None: in none), and what is asked for when the clock has stopped.

    `names` gives the groups' names, `again` a later assignment of the same documents; None where a method has none.
    """

    groups: Groups
    names: Callable[[], dict[str, str]] | None = None
    again: Callable[[], Groups] | None = None


Method = Callable[[Corpus, int], Found]


def cxtext(corpus: Corpus, seed: int) -> Found:
    """The themes of a first night; once more from the state as the next night reads it."""
    from cxtext.evaluate.themes import first_night
    from cxtext.settings import ThemesSettings

    night = first_night(corpus.texts, corpus.encoder, ThemesSettings(seed=seed))
    return Found(night.theme_ids, lambda: night.labels, night.again)


def bertopic(corpus: Corpus, seed: int) -> Found:
    """BERTopic's defaults: UMAP, HDBSCAN, c-TF-IDF over all words."""
    model = _fitted_bertopic(corpus, seed)

    def again() -> Groups:
        return [group for texts, vectors in corpus.nights() for group in _groups(model.transform(texts, vectors)[0])]

    return Found(_groups(model.topics_), lambda: _names(model.topic_labels_), again)


def bertopic_no_outliers(corpus: Corpus, seed: int) -> Found:
    """The same, and every outlier is given to the topic whose centroid is nearest."""
    model = _fitted_bertopic(corpus, seed)

    def placed(topics: Sequence[int], texts: list[str], vectors: Vectors) -> Groups:
        if -1 in topics:
            topics = model.reduce_outliers(texts, topics, strategy="embeddings", embeddings=vectors)
        return _groups(topics)

    def again() -> Groups:
        return [
            group
            for texts, vectors in corpus.nights()
            for group in placed(model.transform(texts, vectors)[0], texts, vectors)
        ]

    groups = placed(model.topics_, corpus.texts, corpus.vectors)
    return Found(groups, lambda: _names(model.topic_labels_), again)


def _fitted_bertopic(corpus: Corpus, seed: int) -> Any:
    from bertopic import BERTopic
    from umap import UMAP

    # BERTopic's own UMAP, which takes no seed through BERTopic
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    return BERTopic(umap_model=umap).fit(corpus.texts, corpus.vectors)


def evoc(corpus: Corpus, seed: int) -> Found:
    """EVoC's defaults. It clusters vectors only: no names, and no place for later documents."""
    from evoc import EVoC

    return Found(_groups(EVoC(random_state=seed).fit_predict(corpus.vectors)))


def turftopic_topeax(corpus: Corpus, seed: int) -> Found:
    """Turftopic's model that finds the number of topics by itself; it has no place for later documents."""
    _pass_over_igraph()
    from turftopic import Topeax

    np.random.seed(seed)  # its mixture takes no seed of its own
    model = Topeax(encoder=corpus.encoder, random_state=seed)
    model.fit_transform(corpus.texts, embeddings=corpus.vectors)
    return Found(_groups(model.labels_), lambda: _turftopic_names(model))


def turftopic_clustering(corpus: Corpus, seed: int) -> Found:
    """Turftopic's clustering model: t-SNE, HDBSCAN, soft c-TF-IDF; later documents are placed by their words."""
    _pass_over_igraph()
    from turftopic import ClusteringTopicModel

    model = ClusteringTopicModel(encoder=corpus.encoder, random_state=seed)
    model.fit_transform(corpus.texts, embeddings=corpus.vectors)

    def again() -> Groups:
        nearest = model.transform(corpus.texts, embeddings=corpus.vectors).argmax(axis=1)
        return _groups(model.classes_[nearest])

    return Found(_groups(model.labels_), lambda: _turftopic_names(model), again)


def _pass_over_igraph() -> None:
    """Let Turftopic be imported without igraph, which is under the GPL and serves other models than these."""
    sys.modules.setdefault("igraph", ModuleType("igraph"))


def _turftopic_names(model: Any) -> dict[str, str]:
    topics = getattr(model, "classes_", range(len(model.topic_names)))
    return _names(dict(zip(topics, model.topic_names, strict=True)))


def _groups(topics: Any) -> Groups:
    return [str(topic) if topic >= 0 else None for topic in topics]


def _names(topics: dict[int, str]) -> dict[str, str]:
    return {str(topic): NUMBER.sub("", name).replace("_", " ") for topic, name in topics.items()}


METHODS: dict[str, Method] = {
    "cxtext": cxtext,
    "BERTopic": bertopic,
    "BERTopic, outliers given to nearest": bertopic_no_outliers,
    "EVoC": evoc,
    "Turftopic Topeax": turftopic_topeax,
    "Turftopic ClusteringTopicModel": turftopic_clustering,
}
