"""Phrases of texts, and the words they are made of."""

import pytest

from cxtext.themes.phrases import phrases
from cxtext.themes.words import handles, is_foreign, stem, usual_forms


def found(text: str, never: tuple[str, ...] = ()) -> set[str]:
    (each,) = phrases([text], never)
    return {phrase.text for phrase in each}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Hi, could I activate my card in the app?", "activate my card"),
        ("My refund is still not showing", "refund is still not showing"),
        ("Is there a limit for top-ups?", "limit for top-ups"),
        ("I was charged twice yesterday", "charged twice"),
        ("I can't open the app since Monday", "can't open the app"),
        ("I have been locked out of my account", "locked out of my account"),
        ("Do you take Visa or Mastercard?", "visa or mastercard"),
        ("The transfer didn't go through", "transfer didn't go through"),
        ("Could you turn the alarm off?", "turn the alarm off"),
        ("The delivery time is too long", "delivery time"),
    ],
)
def test_phrases_are_whole(text: str, phrase: str) -> None:
    assert phrase in found(text)


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("Why hasn't my parcel arrived?", "parcel hasn't arrived"),
        ("Why is my payment still pending?", "payment is still pending"),
        ("Why won't the thermostat connect?", "thermostat won't connect"),
        ("Why can't I open the app?", "can't open the app"),
    ],
)
def test_a_question_gives_the_statement_behind_it(question: str, statement: str) -> None:
    assert statement in found(question)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("Why hasn't my parcel arrived?", "parcel arrived"),  # the opposite
        ("Is my card working?", "card working"),  # only asked
        ("Make the radio louder", "make the radio"),
        ("The agent gave me a refund", "agent gave"),
        ("I cannot reset my password", "reset my password"),  # the opposite
        ("Money went out of my account", "money went out"),
        ("I want a refund, thanks", "want a refund"),
    ],
)
def test_fragments_are_no_phrases(text: str, fragment: str) -> None:
    assert fragment not in found(text)


def test_words_that_only_point_or_stress_are_left_out() -> None:
    assert "delete account" in found("Please delete this account")
    assert "money disappeared" in found("The money just disappeared")


def test_addresses_masks_long_numbers_and_unwanted_words_break_a_phrase() -> None:
    text = "Refund from shop.example.com for card XXXX, order 4512377, said Acme support"
    assert not any(word in phrase for phrase in found(text, ("acme",)) for word in ("shop", "xxxx", "4512377", "acme"))


def test_things_alone_name_a_group() -> None:
    (each,) = phrases(["My new card was charged a fee"], (), things_only=True)
    assert {phrase.text for phrase in each} == {"new card", "card", "fee"}


def test_every_text_has_its_phrases_in_its_own_place_whatever_the_language() -> None:
    texts = ["Die Rückerstattung fehlt noch immer bei uns", "", "The late delivery annoys me", "退款还没有到"]
    given = [{phrase.text for phrase in each} for each in phrases(texts, ())]
    assert given[0] == {"rückerstattung fehlt"}
    assert given[1] == given[3] == set()
    assert "late delivery" in given[2]


@pytest.mark.parametrize(
    "forms",
    [
        "charge charges charged charging", "cancel cancels cancelled cancelling", "country countries",
        "verify verifies verified verifying", "address addresses addressed", "stop stopped stopping", "fee fees",
        "customer customer's customers",
    ],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_different_words_keep_different_stems() -> None:
    words = "pay payment card care status state bus business ring rings address rates".split()
    assert len({stem(word) for word in words}) == len(words) - 1  # but for ring and rings


def test_a_word_is_written_as_most_write_it_inside_sentences() -> None:
    texts = ["the ATM ate it", "that ATM again", "an atm", "Card lost. Card gone", "my card", "ALL OF IT IS WRONG"]
    assert usual_forms(texts) == {"atm": "ATM"}


def test_whom_many_texts_address_is_known() -> None:
    assert handles(["@Acme why", "hey @acme", "mail me at jo@example.org", "thanks @jo"]) == {"acme"}


def test_texts_in_other_languages_are_told_from_english_ones() -> None:
    assert is_foreign("Das Gerät ist nach dem Update nicht mehr erreichbar")
    assert is_foreign("Où est mon remboursement, je ne le vois pas")
    assert is_foreign("Возврат денег задерживается")
    assert not is_foreign("Great app")
    assert not is_foreign("Email issues")
    assert not is_foreign("My parcel has not arrived")
    assert not is_foreign("")
