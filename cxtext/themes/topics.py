"""One fit of topics: BERTopic as the frame, with our own vectors and graph clustering inside.

BERTopic (Grootendorst 2022) brings c-TF-IDF, the words that set a topic apart. Its embedding, reduction and density
clustering are replaced: they leave a third of all documents out and find several times too many topics.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cxtext.placeholders import PLACEHOLDER
from cxtext.themes.words import BREAKS, COMPOUNDED, EMPTY, handles, stem

Vectors = NDArray[np.float32]

KEYWORDS = 8
LONGEST = 40  # characters of a keyword
RANKED = 60  # words of a topic among which its keywords are chosen
WORD = r"(?u)\b[^\W\d_][\w'’-]*[^\W_]\b"  # at least two characters, beginning with a letter


@dataclass(frozen=True)
class Topics:
    """Clusters and the words that set each apart.

    `labels` (n,): topic of each document or -1, topics numbered by falling size. `keywords`: per topic, strongest
    first. `weights` (topics, words) and `words`: the c-TF-IDF behind them.
    """

    labels: NDArray[np.int64]
    keywords: list[list[str]]
    weights: sparse.csr_matrix
    words: dict[str, int] = field(repr=False)


def describe(
    texts: Sequence[str], vectors: Vectors, labels: NDArray[np.int64], *, stop_words: Collection[str] = ()
) -> Topics:
    """The words of clusters that were found already; `labels` (n,) are numbered by falling size, -1 for none.

    Keywords are words that several texts of a topic hold, one form of each, none of `stop_words`, and no placeholder.
    """
    count = int(labels.max(initial=-1)) + 1
    if count == 0:
        return Topics(labels, [], sparse.csr_matrix((0, 0)), {})
    weights, words = _class_weights(texts, vectors, labels)
    names = {column: word for word, column in words.items()}
    held = _texts_with_words(texts, labels, count)
    anywhere: Counter[str] = Counter()
    for counts in held:
        anywhere.update(counts)
    unwanted = handles(texts).union(word.lower() for word in stop_words)
    keywords = []
    for topic in range(count):
        ranked = [names[column] for column in _strongest(weights.getrow(topic), RANKED)]
        # what a single text says may tell who wrote it
        shared = [word for word in ranked if held[topic][word] > 1]
        common = [word for word in ranked if anywhere[word] > 1]
        keywords.append(_telling(shared or common or ranked, unwanted)[:KEYWORDS])
    return Topics(labels, keywords, weights, words)


def _texts_with_words(texts: Sequence[str], labels: NDArray[np.int64], count: int) -> list[Counter[str]]:
    """How many different texts of each topic hold each word."""
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    distinct = {(PLACEHOLDER.sub(" ", text).lower(), int(topic)) for text, topic in zip(texts, labels, strict=True)}
    for text, topic in distinct:
        if topic >= 0:
            held[topic].update(set(re.findall(WORD, text)))
    return held


def _telling(words: Sequence[str], unwanted: Collection[str]) -> list[str]:
    """The words that say something, of several forms of one the first; all but `unwanted` ones where none does."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found: dict[str, str] = {}
    for word in words:
        before, apostrophe, after = word.replace("’", "'").partition("'")
        is_contraction = apostrophe and (after != "s" or before in ENGLISH_STOP_WORDS)
        says_nothing = word in BREAKS or word in EMPTY - COMPOUNDED or word in unwanted or len(word) > LONGEST
        if not is_contraction and not says_nothing:
            found.setdefault(stem(word), word)
    return list(found.values()) or [word[:LONGEST] for word in words if word not in unwanted]


def _class_weights(
    texts: Sequence[str], vectors: Vectors, labels: NDArray[np.int64]
) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """c-TF-IDF of each topic (a row each, outliers left out) and the column of each word."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    vectorizer = CountVectorizer(stop_words=sorted(ENGLISH_STOP_WORDS), token_pattern=WORD)
    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=_Fitted(labels),
        vectorizer_model=vectorizer,
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        top_n_words=KEYWORDS,
    )
    plain = [PLACEHOLDER.sub(" ", text) or " " for text in texts]
    words = list(islice(_distinct_words(plain, vectorizer.build_analyzer()), 2))
    if len(words) < 2:  # BERTopic fails on less than two words
        count = int(labels.max()) + 1
        return sparse.csr_matrix(np.ones((count, len(words)))), dict.fromkeys(words, 0)
    model.fit(plain, vectors)
    # BERTopic numbers topics by size and puts outliers, where there are any, in the first row
    weights = sparse.csr_matrix(model.c_tf_idf_)[model._outliers :]
    order = [model.topic_mapper_.get_mappings()[topic] for topic in range(int(labels.max()) + 1)]
    return weights[order], {word: int(column) for word, column in vectorizer.vocabulary_.items()}


def _distinct_words(texts: Sequence[str], words_of: Callable[[str], Sequence[str]]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        for word in words_of(text):
            if word not in seen:
                seen.add(word)
                yield word


class _Fitted:
    """The clusters that were found already, in the shape in which BERTopic takes a clustering model."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        self.labels_ = labels

    def fit(self, vectors: Vectors, y: object = None) -> "_Fitted":
        return self

    def predict(self, vectors: Vectors) -> NDArray[np.int64]:
        raise NotImplementedError("documents are assigned by cxtext.themes.assign")


def _strongest(row: sparse.csr_matrix, count: int) -> list[int]:
    order = np.lexsort((row.indices, -row.data))[:count]
    return [int(column) for column in row.indices[order] if row[0, column] > 0]
