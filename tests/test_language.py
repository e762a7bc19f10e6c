"""The language of a text; where it cannot be told, it is not guessed."""

import time

import pytest

from cxtext.language import SCRIPTS, detect_language


@pytest.mark.parametrize(
    "text",
    [
        "The internet has been down since Monday and nobody called me back.",
        "I was charged twice for the same order and now your support tells me to wait another week for my money.",
        "good app", "very poor", "not working", "It is slow", "why is my refund late?",
        "No one came to fix it, no call, no email",
    ],
)  # fmt: skip
def test_english_short_and_long(text: str) -> None:
    assert detect_language(text) == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Service war sehr schlecht und niemand hat geantwortet.", "de"),
        ("Was ist los, die App will nicht", "de"),
        ("Die App stürzt immer ab", "de"),
        ("Ich habe seit zwei Wochen kein Internet und niemand hilft mir weiter.", "de"),
        ("Le service client est un bon service mais le service après-vente non", "fr"),
        ("Je suis très déçu de la livraison, personne ne répond au téléphone.", "fr"),
        ("To jest bardzo słaba usługa", "pl"),
        ("Aplikacja ciągle się zawiesza i nikt nie pomaga", "pl"),
        ("Co to ma być, to jest skandal", "pl"),
        ("Het is niet te geloven of de app werkt niet", "nl"),
        ("De service was slecht en ik wacht nog steeds op antwoord", "nl"),
        ("La app non funziona mai e nessuno risponde", "it"),
    ],
)
def test_other_languages_are_not_english_for_the_words_they_share_with_it(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["El servicio es muy malo y nadie responde", "Jeg har ikke fået mit internet for to uger siden",
     "Jag har inte fått mitt paket", "O serviço é péssimo e ninguém responde"],
)  # fmt: skip
def test_no_other_language_is_taken_for_english(text: str) -> None:
    assert detect_language(text) != "en"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12345",
        "👎👎",
        "...",
        "refund",
        "Schlecht",
        "Mauvais accueil",
        "asdf qwer zxcv poiu",
        "[PERSON_1] [PHONE_1]",
    ],
)
def test_what_is_too_short_or_no_language_is_not_guessed(text: str) -> None:
    assert detect_language(text) == "und"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("服务很差，没有人回答", "zh"),
        ("服務很差，沒有人回答我的問題", "zh"),
        ("差", "zh"),
        ("app很差", "zh"),
        ("[PERSON_1] 说 [PHONE_1] 没人接", "zh"),
        ("サービスがとても悪い", "ja"),
        ("日本語対応が遅い", "ja"),
        ("서비스가 너무 나빠요", "ko"),
        ("الخدمة سيئة جدا", "ar"),
        ("سرویس خیلی بد است", "fa"),
        ("Интернет не работает", "ru"),
        ("Wi-Fi не працює вже тиждень", "uk"),
        ("שירות גרוע", "he"),
        ("सेवा बहुत खराब है", "hi"),
        ("บริการแย่มาก", "th"),
        ("Πολύ κακή εξυπηρέτηση", "el"),
    ],
)
def test_a_text_in_another_script_is_told_however_short_it_is(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["плохо", "Дуже погана служба", "Лоша услуга"])
def test_a_word_or_two_of_another_script_is_one_of_its_languages(text: str) -> None:
    assert detect_language(text) in SCRIPTS["cyrillic"][1]


def test_some_letters_of_another_script_do_not_outweigh_the_rest() -> None:
    assert detect_language("The app crashed and says 错误 and nobody helps me") == "en"
    assert detect_language("Ω 5") == "el"
    assert detect_language("resistor Ω") == "und"


@pytest.mark.parametrize(
    "text",
    ["app crashing on login screen always", "Billing error third month running", "internet down again since Monday"],
)
def test_english_without_its_small_words_is_never_another_language(text: str) -> None:
    assert detect_language(text) in {"en", "und"}


def test_a_mixed_text_is_one_of_its_languages_or_not_told() -> None:
    mixed = "The app is bad. Die App ist schlecht und niemand hilft mir weiter, das ist wirklich nicht gut."
    assert detect_language(mixed) in {"de", "en", "und"}
    assert detect_language("Hola, my internet no funciona please help") in {"en", "es", "und"}


def test_the_answer_does_not_depend_on_case_or_on_the_texts_before() -> None:
    text = "The internet has been down since Monday"
    texts = (text, "Der Service war sehr schlecht und niemand hilft", text.upper(), text)
    assert [detect_language(each) for each in texts] == ["en", "de", "en", "en"]


def test_a_long_text_takes_no_time() -> None:
    detect_language("Nie działa internet od tygodnia")
    started = time.process_time()
    assert detect_language("Nie działa internet od tygodnia. " * 600) == "pl"
    detect_language("差" * 20_000)
    detect_language("a" * 20_000)
    assert time.process_time() - started < 1
