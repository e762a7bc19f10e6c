"""The share of themes whose name is nearest to the label that most of their documents carry."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.evaluate.label_match import label_match, label_text

TOPICS = ("card", "parcel", "refund")


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors that count the three words a text may speak of, and a little of none of them."""
    rows = np.array([[text.lower().count(topic) for topic in TOPICS] + [0.1] for text in texts], np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_a_name_that_speaks_of_its_documents_label_matches() -> None:
    labels = ["card_lost", "card_lost", "parcel_late"]
    names = {"T1": "Stolen card", "T2": "Parcel missing"}
    assert label_match(labels, ["T1", "T1", "T2"], names, encode) == 1.0


def test_a_name_that_speaks_of_another_label_does_not_match() -> None:
    labels = ["card_lost", "parcel_late", "refund_wait"]
    names = {"T1": "Stolen card", "T2": "Card again", "T3": "Where is my refund", "T4": "Parcel"}
    assert label_match(labels, ["T1", "T2", "T3"], names, encode) == pytest.approx(2 / 3)


def test_all_labels_compete_even_those_that_no_theme_stands_for() -> None:
    labels = ["card_lost", "card_lost", "refund_wait"]
    found = ["T1", "T1", None]
    assert label_match(labels, found, {"T1": "Refund for me"}, encode) == 0.0
    assert label_match(labels[:2], found[:2], {"T1": "Refund for me"}, encode) == 1.0


def test_a_theme_stands_for_the_label_that_most_of_its_documents_carry() -> None:
    labels = ["refund_wait", "card_lost", "refund_wait", "parcel_late"]
    assert label_match(labels, ["T1"] * 4, {"T1": "Refund"}, encode) == 1.0


def test_of_two_labels_as_frequent_the_alphabetically_first_is_taken() -> None:
    labels = ["parcel_late", "card_lost"]
    assert label_match(labels, ["T1", "T1"], {"T1": "Card"}, encode) == 1.0
    assert label_match(labels, ["T1", "T1"], {"T1": "Parcel"}, encode) == 0.0


def test_documents_without_a_theme_have_no_say() -> None:
    labels = ["card_lost", "parcel_late", "parcel_late"]
    assert label_match(labels, ["T1", None, None], {"T1": "Card"}, encode) == 1.0


def test_labels_that_differ_in_spelling_alone_are_one() -> None:
    labels = ["parcel-late", "parcel_late"]
    assert label_match(labels, ["T1", "T2"], {"T1": "Parcel", "T2": "Late parcel"}, encode) == 1.0


@pytest.mark.parametrize("found", [[], [None, None]])
def test_without_themes_there_is_no_share(found: list[str | None]) -> None:
    assert label_match(["card_lost"] * len(found), found, {}, encode) is None


def test_a_theme_without_a_name_is_told() -> None:
    with pytest.raises(KeyError):
        label_match(["card_lost"], ["T1"], {}, encode)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("card_arrival", "card arrival"),
        ("card-arrival", "card arrival"),
        ("iot.hue.lightOff", "iot hue light Off"),
        ("ATMFeeCharged", "ATM Fee Charged"),
        ("Late Flight", "Late Flight"),
        ("reverted_card_payment?", "reverted card payment?"),
    ],
)
def test_a_label_is_read_as_words(label: str, words: str) -> None:
    assert label_text(label) == words
