"""The space of a corpus: what its texts mean and the words that they use."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.themes.space import LEAST_DOCUMENTS, Space, learn_space, unit

Vectors = NDArray[np.float32]
WIDTH = 24
TEXTS = [
    f"{opening} {problem} {ending}"
    for problem in ("the parcel never arrived", "my invoice shows a wrong amount", "the app crashes at login")
    for opening in ("Hello,", "Again", "Since Monday", "As I wrote before,", "Once more:")
    for ending in ("please help", "and nobody answers", "what now?", "this is the third time", "kind regards, a member")
]


def vectors_of(count: int, *, shared: float = 0.0, seed: int = 1) -> Vectors:
    """Random unit vectors, `shared` of the same direction in each."""
    rows = np.random.default_rng(seed).normal(size=(count, WIDTH)) / np.sqrt(WIDTH)
    rows[:, 0] += shared
    return unit(rows.astype(np.float32))


def learnt(texts: Sequence[str] = TEXTS, shared: float = 0.0) -> Space:
    return learn_space(texts, vectors_of(len(texts), shared=shared), seed=7)


def test_every_text_has_a_place_of_unit_length() -> None:
    space = learnt()
    placed = space.place([*TEXTS, "", "zebra quartz"], vectors_of(len(TEXTS) + 2))
    assert placed.shape == (len(TEXTS) + 2, space.mean.size + space.loadings.shape[1])
    assert placed.dtype == np.float32
    assert np.linalg.norm(placed, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_all_texts_have_in_common_is_taken_away() -> None:
    vectors = vectors_of(len(TEXTS), shared=2.0)
    placed = learn_space(TEXTS, vectors, seed=7).place(TEXTS, vectors)
    assert (vectors @ vectors.T).mean() > 0.5
    assert abs((placed @ placed.T).mean()) < 0.05


def test_texts_of_equal_meaning_are_nearer_when_they_use_the_same_words() -> None:
    space = learnt()
    vectors = np.repeat(vectors_of(1), 3, axis=0)
    one, same, other = space.place(
        ["the parcel never arrived", "my parcel never arrived, what now", "the app crashes at login"], vectors
    )
    assert one @ same > one @ other + 0.1


def test_below_a_few_dozen_documents_words_count_for_nothing() -> None:
    few = TEXTS[: LEAST_DOCUMENTS - 1]
    space = learnt(few)
    assert space.words == ()
    assert space.place(few, vectors_of(len(few))).shape == (len(few), WIDTH)
    assert len(learnt(TEXTS[:LEAST_DOCUMENTS]).words) > 0


def test_a_word_of_one_document_alone_is_no_word_of_the_space() -> None:
    space = learnt([*TEXTS, "the zeppelin of number 90817 is late"])
    assert "parcel" in space.words
    assert not {"zeppelin", "90817"} & set(space.words)


def test_an_empty_corpus_has_a_space_too() -> None:
    space = learn_space([], np.zeros((0, WIDTH), np.float32), seed=7)
    vectors = vectors_of(3)
    assert space.place(["a", "b", "c"], vectors) == pytest.approx(vectors, abs=1e-6)
    assert space.place([], vectors[:0]).shape == (0, WIDTH)


def test_a_text_is_placed_where_it_is_whatever_comes_with_it() -> None:
    space, vectors = learnt(), vectors_of(len(TEXTS))
    together = space.place(TEXTS, vectors)
    alone = np.vstack([space.place([TEXTS[row]], vectors[row : row + 1]) for row in range(len(TEXTS))])
    assert alone == pytest.approx(together, abs=1e-6)


def test_the_same_corpus_gives_the_same_space() -> None:
    first, second = learnt(), learnt()
    assert first.words == second.words
    for name in ("mean", "idf", "loadings", "words_mean"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


def test_a_vector_of_another_space_keeps_its_meaning_and_loses_its_words() -> None:
    old, new = learnt(), learnt([text.replace("parcel", "courier") for text in TEXTS])
    vectors = vectors_of(len(TEXTS))
    adopted = new.adopt(old.place(TEXTS, vectors), WIDTH)
    assert np.linalg.norm(adopted, axis=1) == pytest.approx(1, abs=1e-5)
    assert adopted[:, :WIDTH] == pytest.approx(unit(vectors - old.mean), abs=1e-5)
    assert not adopted[:, WIDTH:].any()


def test_rows_of_zeros_stay_zero() -> None:
    assert unit(np.array([[0, 0], [3, 4]], np.float32)) == pytest.approx(np.array([[0, 0], [0.6, 0.8]]))
