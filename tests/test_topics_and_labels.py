"""Names for themes: their words and labels."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.night import Night
from cxtext.placeholders import PLACEHOLDER
from cxtext.settings import Settings
from cxtext.themes.cluster import GraphClusterer, centroids
from cxtext.themes.labels import name_themes
from cxtext.themes.topics import Topics, describe

Vectors = NDArray[np.float32]

REFUNDS = [
    "My refund has still not arrived",
    "Where is the refund for the broken kettle?",
    "I was promised a refund two weeks ago, [PERSON_1] said so",
    "The refund went to the wrong card [CARD_1]",
    "Still waiting for my refund",
    "Refund for order [ORDER_NUMBER_2] is late",
]
PASSWORDS = [
    "I cannot reset my password",
    "The password reset link does not work",
    "Password reset mail never comes to [EMAIL_1]",
    "Your app rejects my new password",
    "Password reset link has expired again",
    "Forgot my password and the reset fails",
]
CARDS = [
    "How do I activate my new card?",
    "The card came but I cannot activate it",
    "Activate my card please",
    "Need help to activate the card",
    "My card is not active yet, what must I do",
    "Where in the app can I activate my card",
]


def encode(texts: Sequence[str]) -> Vectors:
    """Unit vectors that depend on the text alone."""
    seeds = [int.from_bytes(sha256(text.encode()).digest()[:4]) for text in texts]
    rows = np.array([np.random.default_rng(seed).normal(size=16) for seed in seeds], np.float32).reshape(-1, 16)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def named(texts: list[str], labels: list[int]) -> tuple[Topics, list[str]]:
    vectors = encode(texts)
    topics = describe(texts, vectors, np.array(labels, np.int64))
    centers = centroids(vectors, topics.labels, len(topics.keywords))
    return topics, name_themes(texts, vectors, topics, centers, encode)


def named_by_meaning(texts: list[str], labels: list[int]) -> tuple[Topics, list[str]]:
    """As `named`, by the bundled encoder."""
    encoder = Night(Settings(), "2000-01-01").encoder
    vectors = encoder.encode(texts)
    topics = describe(texts, vectors, np.array(labels, np.int64))
    centers = centroids(vectors, topics.labels, len(topics.keywords))
    return topics, name_themes(texts, vectors, topics, centers, encoder.encode)


def test_keywords_set_a_theme_apart() -> None:
    topics, _ = named(REFUNDS + PASSWORDS, [0] * 6 + [1] * 6)
    assert topics.keywords[0][0] == "refund"
    assert set(topics.keywords[1][:2]) == {"password", "reset"}
    assert "refund" not in topics.keywords[1]


def test_keywords_stay_with_their_theme_whatever_its_number() -> None:
    topics, _ = named(REFUNDS + PASSWORDS + ["unrelated words here"], [1] * 6 + [0] * 6 + [-1])
    assert "password" in topics.keywords[0][:2]
    assert topics.keywords[1][0] == "refund"
    assert "unrelated" not in topics.keywords[0] + topics.keywords[1]


def test_a_smaller_theme_with_a_lower_number_keeps_its_words() -> None:
    topics, _ = named(REFUNDS[:3] + PASSWORDS, [0] * 3 + [1] * 6)
    assert topics.keywords[0][0] == "refund"
    assert "password" in topics.keywords[1][:2]


def test_no_placeholder_stands_in_a_keyword_or_a_label() -> None:
    texts = [f"[PERSON_{each}] lost my parcel near [ADDRESS_LINE_{each}]" for each in range(6)]
    topics, labels = named(texts + PASSWORDS, [0] * 6 + [1] * 6)
    words = " ".join([*topics.keywords[0], *topics.keywords[1], *labels]).lower()
    assert not PLACEHOLDER.search(words.upper())
    for kind in ("person", "email", "address", "_1"):
        assert kind not in words


def test_labels_are_unique_even_for_equal_themes() -> None:
    _, labels = named(REFUNDS * 3, [0] * 6 + [1] * 6 + [2] * 6)
    assert len({label.lower() for label in labels}) == 3


def test_a_label_is_short_and_begins_with_a_capital() -> None:
    _, labels = named(REFUNDS + PASSWORDS, [0] * 6 + [1] * 6)
    for label in labels:
        assert 1 <= len(label.split()) <= 6
        assert label[0].isupper()
        assert label == label.strip()


def test_a_label_is_a_phrase_that_its_theme_and_no_other_is_about() -> None:
    _, labels = named_by_meaning(REFUNDS + PASSWORDS + CARDS, [0] * 6 + [1] * 6 + [2] * 6)
    assert labels[0] == "Refund"  # these texts have but the one word in common
    assert labels[1] == "Cannot reset my password"
    assert labels[2] == "Activate my card"


def test_labels_that_differ_by_a_plural_only_are_not_both_given() -> None:
    rates = ["The exchange rate is wrong", "What is the exchange rate?", "Exchange rate of my payment"] * 2
    plural = ["The exchange rates are wrong", "What are the exchange rates?", "Exchange rates of payments"] * 2
    _, labels = named_by_meaning(rates + plural, [0] * 6 + [1] * 6)
    assert sum(label.lower() in ("exchange rate", "exchange rates") for label in labels) < 2


def test_words_are_written_as_the_texts_mostly_write_them() -> None:
    texts = [
        "I want to change my PIN please", "how do I change my PIN", "Where can I change my pin?",
        "Could you help me change my PIN", "Is it possible to change my PIN at a machine",
    ]  # fmt: skip
    assert named_by_meaning(texts, [0] * 5)[1] == ["Change my PIN"]


def test_shouting_is_not_repeated() -> None:
    texts = ["PARCEL NEVER ARRIVED", "MY PARCEL NEVER ARRIVED!!", "THE PARCEL NEVER ARRIVED AT ALL"]
    (label,) = named_by_meaning(texts, [0] * 3)[1]
    assert label == label.capitalize()


def test_neither_the_company_nor_its_handle_names_a_theme() -> None:
    texts = [
        "@acmeair the Acme delay cost me my connection", "@acmeair another Acmeair delay of two hours",
        "Acme delay again @acmeair, no one at the gate", "@acmeair Acmeair delay and no word from the crew",
    ]  # fmt: skip
    vectors = encode(texts)
    topics = describe(texts, vectors, np.zeros(4, np.int64))
    (label,) = name_themes(texts, vectors, topics, centroids(vectors, topics.labels, 1), encode, ["Acme"])
    assert "acme" not in label.lower()
    assert "acmeair" not in topics.keywords[0]


def test_a_name_that_one_text_mentions_stands_nowhere() -> None:
    texts = [
        "Rosalind Achterberg kept me waiting on the phone", "Waiting on the phone again, said Tobiah to me",
        "Such a long wait on the phone", "Phone queue, waiting for Mr Quillfeather",
    ]  # fmt: skip
    topics, labels = named_by_meaning(texts + PASSWORDS, [0] * 4 + [1] * 6)
    said = " ".join([*topics.keywords[0], *labels]).lower()
    assert not any(name in said for name in ("rosalind", "achterberg", "tobiah", "quillfeather"))


def test_two_documents_without_a_word_in_common_are_named_by_words_that_others_use() -> None:
    texts = ["Zebedee lost the broken kettle", "A dreadful smell", *REFUNDS, "The kettle was broken when it came"]
    _, labels = named_by_meaning(texts, [1, 1, *[0] * 6, -1])
    assert "zebedee" not in labels[1].lower()


def test_a_label_that_is_taken_is_not_given_again() -> None:
    vectors = encode(REFUNDS)
    topics = describe(REFUNDS, vectors, np.zeros(6, np.int64))
    center = centroids(vectors, topics.labels, 1)
    (first,) = name_themes(REFUNDS, vectors, topics, center, encode)
    (second,) = name_themes(REFUNDS, vectors, topics, center, encode, taken=[first])
    assert second.lower() != first.lower()


def test_a_theme_in_another_language_is_named_by_a_run_of_its_words() -> None:
    texts = [
        "Ich kann mein Passwort zurücksetzen, aber nicht anmelden", "Wie kann ich mein Passwort zurücksetzen?",
        "Passwort zurücksetzen geht bei mir nicht", "Der Link zum Passwort zurücksetzen ist abgelaufen",
    ]  # fmt: skip
    (label,) = named_by_meaning(texts, [0] * 4)[1]
    assert label == "Passwort zurücksetzen"


def test_forms_of_one_word_are_one_keyword() -> None:
    topics, _ = named(["The card was charged", "Cards charged, card charging", "charges on cards"] * 2, [0] * 6)
    assert sum(word.startswith("card") for word in topics.keywords[0]) == 1
    assert sum(word.startswith("charg") for word in topics.keywords[0]) == 1


def test_contractions_and_courtesies_are_no_keywords() -> None:
    texts = ["I don't see my parcel, please help", "Parcel isn't here, thanks", "Please, the parcel hasn't come"]
    topics, _ = named(texts + PASSWORDS, [0] * 3 + [1] * 6)
    assert topics.keywords[0] == ["parcel"]


def test_the_same_texts_get_the_same_names() -> None:
    assert named(REFUNDS + PASSWORDS, [0] * 6 + [1] * 6)[1] == named(REFUNDS + PASSWORDS, [0] * 6 + [1] * 6)[1]


@pytest.mark.parametrize(
    "texts",
    [
        ["refund"] * 6,
        ["the and of it was"] * 6,
        [""] * 6,
        ["[PERSON_1]"] * 6,
        ["12345 678"] * 6,
        ["?!", "...", "--", "👍", "👎👎", "\n\t"],
        ["x" * 20_000] * 6,
    ],
    ids=["one word", "stop words", "empty", "placeholders", "numbers", "signs", "endless"],
)
def test_texts_without_anything_to_say_still_get_a_name(texts: list[str]) -> None:
    topics, labels = named(texts, [0] * len(texts))
    assert len(labels) == len(topics.keywords) == 1
    assert labels[0].strip()
    assert not PLACEHOLDER.search(labels[0])


def test_two_themes_of_one_word_are_told_apart() -> None:
    _, labels = named(["refund"] * 12, [0] * 6 + [1] * 6)
    assert len(set(labels)) == 2
    assert all(labels)


def test_words_of_other_languages_are_kept_whole() -> None:
    texts = [
        "Die Rückerstattung ist nicht da", "Wo bleibt die Rückerstattung?", "Rückerstattung fehlt",
        "我的退款还没有到", "Возврат денег задерживается", "Возврат денег не пришёл",
    ]  # fmt: skip
    topics, labels = named(texts, [0, 0, 0, 1, 2, 2])
    assert "rückerstattung" in topics.keywords[0]
    assert "возврат" in topics.keywords[2]
    assert all(labels)


def test_hyphens_and_apostrophes_stay_inside_a_word() -> None:
    topics, _ = named(["The check-in desk's closed, refund/return refused"] * 5, [0] * 5)
    assert {"check-in", "refund", "return"} <= set(topics.keywords[0])


def test_a_fit_without_clusters_is_a_valid_result() -> None:
    topics = describe(["one thing", "another"], encode(["one thing", "another"]), np.array([-1, -1]))
    assert topics.labels.tolist() == [-1, -1]
    assert topics.keywords == []


def test_no_themes_need_no_names() -> None:
    nothing = encode([])
    assert name_themes([], nothing, describe([], nothing, np.zeros(0, np.int64)), nothing, encode) == []


def test_real_sentences_fall_into_their_themes_and_are_named_after_them() -> None:
    encoder = Night(Settings(), "2000-01-01").encoder
    texts = REFUNDS + PASSWORDS
    vectors = encoder.encode(texts)
    topics = describe(texts, vectors, GraphClusterer(min_size=4).fit(vectors).labels_)
    groups = topics.labels.tolist()
    assert len(set(groups)) == 2
    assert len(set(groups[:6])) == len(set(groups[6:])) == 1
    centers = centroids(vectors, topics.labels, 2)
    labels = name_themes(texts, vectors, topics, centers, encoder.encode)
    assert "refund" in labels[groups[0]].lower()
    assert "password" in labels[groups[6]].lower()


def test_stop_words_are_no_keywords() -> None:
    texts = ["Acme parcel is late", "The Acme parcel was open", "Parcel by Acme is gone"]
    vectors = encode(texts)
    assert describe(texts, vectors, np.zeros(3, np.int64), stop_words=["Acme"]).keywords == [["parcel"]]
