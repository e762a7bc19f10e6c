"""Personal data goes, look-alikes stay, twice is once, and hostile input costs no time."""

import json
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxtext.errors import CxtextError
from cxtext.evaluate.redaction import evaluate_redaction
from cxtext.redact import Redactor, Span, addresses, lexicon, name_cues, numbers, online
from cxtext.redact.numbers import is_iban, is_luhn
from cxtext.redact.spans import merge, replace

Redact = Callable[[str], str]


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture(scope="session")
def redact(redactor: Redactor) -> Redact:
    return lambda text: next(redactor.redact_all([text])).text


GONE = {
    "full name": ("My name is Hope Winterbourne and I moved.", "My name is [PERSON_1] and I moved."),
    "name of another culture": ("Ask Ngozi Eze about it.", "Ask [PERSON_1] about it."),
    "title": ("Then Mrs. Lindqvist said no.", "Then [PERSON_1] said no."),
    "role": ("Your driver Zbyszek left it in the rain.", "Your driver [PERSON_1] left it in the rain."),
    "sign-off": ("It broke.\nKind regards\nSiobhán Ní Dhuibhir", "It broke.\nKind regards\n[PERSON_1]"),
    "greeting": ("Hello Marta,\nthanks", "Hello [PERSON_1],\nthanks"),
    "surname first": ("Please post it.\nOkonkwo, Adaeze", "Please post it.\n[PERSON_1]"),
    "initials": ("From: J. R. Venkataraman", "From: [PERSON_1]"),
    "no capitals": ("my name is mira kowalczyk, hi", "my name is [PERSON_1], hi"),
    "spelled by the mail": ("it never came. tamsin, tamsin.q@post.example", "it never came. [PERSON_1], [EMAIL_1]"),
    "British address": ("I live at 14 Quince Street, Leeds LS6 2AB.", "I live at [ADDRESS_1]."),
    "flat first": ("Send it to Flat 2, 9 Albion Road, Hull HU5 1AB now", "Send it to [ADDRESS_1] now"),
    "American address": ("Ship to 912 Oak Bend Dr, Apt 3B, Tulsa, OK 74103 please", "Ship to [ADDRESS_1] please"),
    "German address": ("Ich wohne in Lindenallee 12, 50968 Köln.", "Ich wohne in [ADDRESS_1]."),
    "French address": ("12 rue des Lilas, 69003 Lyon", "[ADDRESS_1]"),
    "Dutch address": ("Keizersgracht 1740, 1016 DW Amsterdam", "[ADDRESS_1]"),
    "Spanish address": ("Calle de Alcalá 450, 28014 Madrid", "[ADDRESS_1]"),
    "Canadian address": ("700 Bay St, Unit 4, Toronto, ON M5J 2J2", "[ADDRESS_1]"),
    "lines": ("Label:\n8 Rue du Port 3\n Apt. 12\n Brest\n France 29200\nthanks", "Label:\n[ADDRESS_1]\nthanks"),
    "box": ("Write to PO Box 4410.", "Write to [ADDRESS_1]."),
    "postcode said": ("My zip code is 90210", "My zip code is [ADDRESS_1]"),
    "mobile": ("Ring 07700 900123 or +44 20 7946 0999.", "Ring [PHONE_1] or [PHONE_2]."),
    "extension": ("Call (415) 555-0199 ext 12, or 555.867.5309x22", "Call [PHONE_1], or [PHONE_2]"),
    "business card": ("22 498317 office\n044 688 7538 fax", "[PHONE_1] office\n[PHONE_2] fax"),
    "card": ("Card 4111 1111 1111 1111 fails", "Card [CARD_1] fails"),
    "card without a good checksum": ("my visa 4532 1111 2222 3333 fails", "my visa [CARD_1] fails"),
    "American Express": ("Amex 3782 822463 10005", "Amex [CARD_1]"),
    "bank account": ("sort code 20-33-44 account 12345678", "sort code [ACCOUNT_1] account [ACCOUNT_2]"),
    "IBAN": ("to GB29 NWBK 6016 1331 9268 19 today", "to [IBAN_1] today"),
    "IBAN in small letters": ("iban gb29nwbk60161331926819", "iban [IBAN_1]"),
    "social security": ("SSN 536-22-8741, or 536 22 8741", "SSN [SSN_1], or [SSN_2]"),
    "bare social security": ("my social is 536228741", "my social is [SSN_1]"),
    "passport": ("Passport no KX4471920 was read", "Passport no [ID_1] was read"),
    "licence": ("my driving licence 99123456 too", "my driving licence [ID_1] too"),
    "grouped licence": ("Driver's license D123-4567-8901 from CA", "Driver's license [ID_1] from CA"),
    "national insurance": ("NI number AB 12 34 56 C.", "NI number [ID_1]."),
    "birth": ("DOB 03/09/1952, born 2 June 1974", "DOB [DOB_1], born [DOB_2]"),
    "network address": ("IP 10.2.3.4 and 2001:db8::7334", "IP [IP_1] and [IP_2]"),
    "mail": ("to a.b+c@mail.example.co", "to [EMAIL_1]"),
    "spoken mail": ("write to tom at birdhouse dot com", "write to [EMAIL_1]"),
    "hidden mail": ("write to jane(at)birdhouse.example", "write to [EMAIL_1]"),
    "link with a secret": ("see https://a.example/reset?token=abcd1234.", "see [URL_1]."),
    "user name": ("Username is grumpy_owl77 ok", "Username is [USERNAME_1] ok"),
    "handle": ("my insta is @salt.and_pepper", "my insta is [USERNAME_1]"),
}  # fmt: skip


@pytest.mark.parametrize("case", GONE)
def test_personal_data_goes(redact: Redact, case: str) -> None:
    text, expected = GONE[case]
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Order 4471-99023 arrived, invoice 2023-11-0442 did not.",
        "The gift card 6011 0000 0000 0004 does not scan, order 4111111111111111.",
        "Paid £1,234.56 on 12/03/2024 at 10:30 for the Galaxy S22.",
        "After firmware 10.2.3.4 the app 7.6.4.1 and Chrome 121.0.6167.85 crash.",
        "Tracking 9400 1118 9922 3344 5567 81, ISBN 9780306406157, SKU GC-50.",
        "I went to Paris, London and Berlin with Lufthansa.",
        "The Charlotte store is closed; the Grace plan is dear.",
        "John Lewis, Calvin Klein and Dr. Martens are cheaper there.",
        "Hope you can help. Will the price change in May?",
        "Dear Customer Service, Hi team, thanks a lot",
        "We waited 3 hours at Gate 22. Flight BA 245 left at 7 A.M.",
        "Windows 11 Pro Build 22000, Room 12, Floor 3, Page 4 of 5",
        "Under 15 U.S.C. 1681 Section 602 I XXXX XXXX have the right.",
        "@AcmeAir your app is slow #GladToLeave",
        "the login page and my account were fine",
        "Ticket number 0091827, request id 7f3c99b1, code 88210",
    ],
)
def test_what_only_looks_personal_stays(redact: Redact, text: str) -> None:
    assert redact(text) == text


def test_a_person_keeps_a_number_and_bare_mentions_go(redact: Redact) -> None:
    text = "Marek Dubois called. Later Dubois rang again, Marek was rude. Ines Farkas helped."
    assert redact(text) == "[PERSON_1] called. Later [PERSON_1] rang again, [PERSON_1] was rude. [PERSON_2] helped."


def test_placeholders_stay_and_numbering_goes_on(redact: Redact) -> None:
    assert redact("[PERSON_1] gave a.b@c.example") == "[PERSON_1] gave [EMAIL_1]"
    assert redact("[EMAIL_1] and a.b@c.example") == "[EMAIL_1] and [EMAIL_2]"


def test_kinds_are_counted(redactor: Redactor) -> None:
    (result,) = redactor.redact_all(["Ring 07700 900123 or 07700 900123, mail a@b.example"])
    assert result.kinds == {"PHONE": 2, "EMAIL": 1}
    assert result.text == "Ring [PHONE_1] or [PHONE_1], mail [EMAIL_1]"


FRAGMENTS = [
    "John Smith", "my name is", "Regards,\n", "12 High Street, Leeds LS1 4AP", "07700 900123", "4111 1111 1111 1111",
    "a.b@c.example", "[PERSON_1]", "[ADDRESS_2", "order 4471", "Ingrid", "Mr.", "and", "said", "card",
    "10.2.3.4", ",", ".", "\n",
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=9))
def test_redacting_twice_changes_nothing(redact: Redact, words: list[str]) -> None:
    once = redact(" ".join(words))
    assert redact(once) == once


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=9))
def test_spans_are_in_order_and_apart(redactor: Redactor, words: list[str]) -> None:
    text = " ".join(words)
    (spans,) = redactor.find_all([text])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


HOSTILE = [
    "a", "1", "1 ", "1-", "+", "(", "a.", "a@", "a@a.", "A-A", "A'a", "Aa ", "Mr ", "\n>", " ", "::", "12 High ",
    "zip ", "http://a/", "a dot ", "GB12 ", "card 4", "corner of ", "[PERSON_", "John, ", "user ", "dob 1/", "0 ",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_pattern_reads_hostile_text_in_time(hostile: str) -> None:
    text = (hostile * 100_000)[:100_000]
    patterns = {
        f"{module.__name__}.{name}": value
        for module in (numbers, online, addresses, lexicon, name_cues)
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
    patterns |= {f"shape {place}": shape.pattern for place, shape in enumerate(numbers.SHAPES)}
    for name, pattern in patterns.items():
        started = time.process_time()
        for _ in pattern.finditer(text):
            pass
        assert time.process_time() - started < 1, name


@pytest.mark.parametrize(
    "hostile", ["x" * 100_000, "John Smith " * 2_000, "[PERSON_1]" * 2_000, "\n" * 50_000, "\x00\ud83d"]
)
def test_long_and_odd_texts_pass(redactor: Redactor, hostile: str) -> None:
    assert len(list(redactor.redact_all([hostile, "", " ", "Ring 07700 900123"]))) == 4


def test_own_patterns_add_kinds() -> None:
    own = Redactor(own_patterns={"policy": r"POL-\d{6}", "staff_id": r"staff (?P<value>\d{4})"})
    (result,) = own.redact_all(["POL-123456 by staff 4711"])
    assert result.text == "[POLICY_1] by staff [STAFF_ID_1]"


def test_a_bad_own_pattern_is_named() -> None:
    with pytest.raises(CxtextError, match=r"^redaction\.patterns\.policy: not a regular expression: .*$"):
        Redactor(own_patterns={"policy": "(["})


def test_a_missing_model_is_named() -> None:
    with pytest.raises(CxtextError, match=r"^redaction\.model: spaCy model 'no_such_model' is not installed"):
        Redactor("no_such_model")


def test_checksums() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")
    assert is_iban("GB29NWBK60161331926819")
    assert not is_iban("GB28NWBK60161331926819")


def test_overlapping_spans_become_one_under_the_longest() -> None:
    text = "Ada Byron Lane 12"
    assert merge([Span(0, 9, "PERSON"), Span(4, 17, "ADDRESS")], text) == [Span(0, 17, "ADDRESS")]
    assert replace(text, [Span(0, 9, "PERSON")]).text == "[PERSON_1] Lane 12"


def test_evaluation_counts_spans_and_characters(tmp_path: Path, redactor: Redactor) -> None:
    path = tmp_path / "marked.jsonl"
    rows = [
        {"text": "mail a.b@c.example", "spans": [{"start": 5, "end": 18, "kind": "EMAIL"}]},
        {"text": "nothing here", "spans": [{"start": 0, "end": 7, "kind": "SECRET"}]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    scores = evaluate_redaction(path, redactor)
    assert scores["recall"] == {"EMAIL": 1.0, "SECRET": 0.0}
    assert scores["precision"] == 1.0
    assert scores["documents_per_second"] > 0


def test_evaluation_names_the_bad_line(tmp_path: Path, redactor: Redactor) -> None:
    path = tmp_path / "marked.jsonl"
    path.write_text('{"text": "a", "spans": []}\n{"text": "a"}\n')
    with pytest.raises(CxtextError, match="line 2"):
        evaluate_redaction(path, redactor)


def test_two_addresses_with_a_name_between_them_are_both_found(redactor: Redactor) -> None:
    text = "12 High Street, Leeds LS1 4AP John Smith 12 High Street, Leeds LS1 4AP"
    assert "High Street" not in next(redactor.redact_all([text])).text
