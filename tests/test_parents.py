"""The second level above the themes."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.night import Night
from cxtext.settings import Settings
from cxtext.themes.parents import group, name_parents

Vectors = NDArray[np.float32]


def around(*directions: int, spread: float = 0.4) -> Vectors:
    """A unit vector near an axis for each of `directions`, no two the same."""
    rows = np.zeros((len(directions), 32), np.float32)
    for row, axis in enumerate(directions):
        rows[row, axis] = 1.0
        rows[row, 16 + row] = spread
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def equal_sizes(count: int) -> NDArray[np.int64]:
    return np.full(count, 10, np.int64)


def test_related_themes_have_one_parent() -> None:
    parents = group(around(0, 1, 2, 0, 1, 2, 0, 1, 2), equal_sizes(9))
    assert parents.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2]


def test_parents_are_numbered_by_their_documents() -> None:
    parents = group(around(0, 0, 0, 1, 1, 1), np.array([5, 5, 5, 50, 50, 50], np.int64))
    assert parents.tolist() == [1, 1, 1, 0, 0, 0]


def test_a_theme_that_is_like_no_other_stays_alone() -> None:
    parents = group(around(0, 0, 0, 1, 1, 1, 2, 3, 3, 3), equal_sizes(10))
    assert parents[6] == -1
    assert sorted(np.bincount(parents[parents >= 0]).tolist()) == [3, 3, 3]


@pytest.mark.parametrize("count", range(6))
def test_a_handful_of_themes_needs_no_second_level(count: int) -> None:
    assert group(around(*[0] * count), equal_sizes(count)).tolist() == [-1] * count


def test_themes_that_have_nothing_in_common_have_no_parents() -> None:
    assert group(around(*range(12)), equal_sizes(12)).tolist() == [-1] * 12


def test_equal_themes_do_not_fail() -> None:
    assert len(group(np.repeat(around(0), 8, axis=0), equal_sizes(8))) == 8


def test_themes_without_documents_count_little_but_are_grouped() -> None:
    parents = group(around(0, 0, 0, 1, 1, 1), np.zeros(6, np.int64))
    assert parents.tolist() == [0, 0, 0, 1, 1, 1]


def test_every_parent_has_two_themes_or_more_whatever_the_themes() -> None:
    chance = np.random.default_rng(3)
    for count in (6, 7, 15, 40):
        centers = chance.normal(size=(count, 32)).astype(np.float32) + 0.5
        centers /= np.linalg.norm(centers, axis=1, keepdims=True)
        parents = group(centers, chance.integers(1, 100, count))
        sizes = np.bincount(parents[parents >= 0])
        assert (sizes >= 2).all()
        assert len(sizes) <= count // 2


CARDS = ["My new card has not arrived", "The card does not work", "I lost my card", "Activate the card"]
FEES = ["Why was I charged a fee", "The fee is too high", "A fee for what?", "Nobody told me of the fee"]


def names(texts: Sequence[str], labels: list[int], parents: list[int], taken: Sequence[str] = ()) -> list[str]:
    encoder = Night(Settings(), "2000-01-01").encoder
    vectors = encoder.encode(texts)
    return name_parents(
        texts, vectors, np.array(labels, np.int64), np.array(parents, np.int64), encoder.encode, taken=taken
    )


def test_a_parent_is_called_by_what_its_themes_share() -> None:
    assert names(CARDS + FEES, [0, 1, 2, 0, 3, 3, 4, 4], [0, 0, 0, 1, 1]) == ["Card", "Fee"]


def test_a_parent_has_another_name_than_its_themes() -> None:
    delays = ["Late delivery of my parcel", "The parcel had a late delivery", "Late delivery again", "Late parcel"]
    (name,) = names(delays, [0, 0, 1, 1], [0, 0])
    (other,) = names(delays, [0, 0, 1, 1], [0, 0], taken=[f"{name}s", "A parcel"])
    assert other.lower() not in (name.lower(), "parcel")


def test_documents_of_themes_without_parent_say_nothing() -> None:
    (name,) = names([*CARDS, *FEES, "no theme at all"], [0, 0, 1, 1, 2, 2, 2, 2, -1], [0, 0, -1])
    assert name == "Card"


def test_a_parent_whose_themes_are_silent_keeps_its_place() -> None:
    assert names(FEES, [2, 2, 3, 3], [0, 0, 1, 1]) == ["Group 1", "Fee"]


def test_no_parents_need_no_names() -> None:
    assert names(CARDS, [0, 0, 1, 1], [-1, -1]) == []
    assert names([], [], []) == []
