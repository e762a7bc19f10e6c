"""Cleaning: what the customer newly wrote, all of it, and nothing else."""

import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxtext.clean import MAX_CHARACTERS, clean, skip_reason, strip_subject

NEW = "Still broken, and nobody called."


def text(verbatim: str, subject: str | None = None) -> str:
    return clean(verbatim, subject).text


# --- quotes


QUOTES = {
    "gmail": "On Mon, Jan 5, 2026 at 10:00 AM Support <help@example.com> wrote:\n> Did you restart?\n>\n> Regards",
    "gmail, broken header": "On Mon, Jan 5, 2026 at 10:00 AM Support Team <\nhelp@example.com> wrote:\n\n> Did you?",
    "outlook": "From: Support <help@example.com>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Jane <jane@example.com>\n"
    "Subject: RE: Broken\n\nHi Jane, did you restart it?",
    "outlook, ruled": "____________________________\nFrom: Support\nSent: Monday\nTo: Jane\nSubject: RE: Broken\n\nHi",
    "outlook, original": "-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Jane\nSubject: x\n\nHi Jane",
    "apple": "On 5 Jan 2026, at 10:00, Support <help@example.com> wrote:\n\n> Did you restart it?",
    "apple, quoted header": "> On 5 Jan 2026, at 10:00, Support <help@example.com> wrote:\n> \n> Did you restart it?",
    "german": "Am 05.01.2026 um 10:00 schrieb Support <b.meyer@example.com>:\n> Haben Sie neu gestartet?",
}


@pytest.mark.parametrize("quote", QUOTES.values(), ids=QUOTES.keys())
def test_a_quote_below_the_answer_is_removed_and_its_length_counted(quote: str) -> None:
    cleaned = clean(f"{NEW}\n\n{quote}\n")
    assert cleaned.text == NEW
    assert cleaned.trimmed >= len(quote) - 10


@pytest.mark.parametrize(
    "header", ["On Mon, 5 Jan 2026 at 10:00, Support <help@example.com> wrote:", "Am 5.1. um 10:00 schrieb Support:"]
)
def test_an_answer_below_the_quote_is_kept_and_the_quote_removed(header: str) -> None:
    assert text(f"{header}\n> Did you restart it?\n> Kind regards\n\n{NEW}") == NEW


def test_answers_between_the_lines_of_a_quote_are_kept() -> None:
    mail = "On Mon, 5 Jan 2026 at 10:00, Support wrote:\n> Did you restart?\nYes, twice.\n> Is it plugged?\nOf course."
    assert text(mail) == "Yes, twice.\nOf course."


@pytest.mark.parametrize(
    "only",
    ["> It is slow\n> and nobody called", "On Mon, 5 Jan 2026 at 10:00, Support <h@example.com> wrote:\n> It is slow",
     "Sent from my iPhone", "--\nJane Doe", "<blockquote>It is slow</blockquote>",
     "This message is confidential and intended only for the addressee."],
)  # fmt: skip
def test_a_text_that_is_nothing_but_a_quote_or_an_ending_is_kept(only: str) -> None:
    kept = text(only)
    assert kept
    assert "slow" in kept or "slow" not in only


@pytest.mark.parametrize(
    "own",
    ["From: the start I had problems.\nIt never worked.", "From: London\nTo: Paris\nMy parcel never arrived",
     "I waited.\n---\nThen it broke again.", "- first problem\n-- second problem\n- third",
     "The menu is\n> Settings\n> Router\nand then it hangs", "1. one > two",
     "Sent from Leeds to the wrong town\nand lost",
     "It broke.\nSent from a shop in Leeds", "On Monday they wrote:\nwe are sorry. I am not.",
     "Hi,\nThis email you sent me with my confidential medical file went to my boss!\nI want an apology.",
     "Hello\nThis message was intended for my wife but the app sent it to you. Fix it.",
     "One section\n--\nanother section\n--\na third section"],
)  # fmt: skip
def test_the_customers_own_words_that_look_like_mail_are_kept(own: str) -> None:
    assert text(own) == own


# --- endings


@pytest.mark.parametrize(
    "ending",
    ["-- \nJane Doe\nCEO, Acme Ltd\n01632 960147", "--\nJane", "Sent from my iPhone", "Sent from my iPad.",
     "Sent from my Samsung Galaxy S21", "Sent from Mail for Windows 10", "Sent from Yahoo Mail on Android",
     "Get Outlook for Android", "Von meinem iPhone gesendet", "________________________________",
     "This email and any attachments are confidential and intended solely for the addressee.\nIf not, delete it.",
     "This e-mail (including any attachments) is intended only for the person named above.",
     "This message may contain privileged information.", "CONFIDENTIALITY NOTICE: do not read this.",
     "The information contained in this email is for its addressee.",
     "Please consider the environment before printing this email."],
)  # fmt: skip
def test_a_signature_or_disclaimer_below_the_answer_is_removed(ending: str) -> None:
    assert text(f"{NEW}\n\n{ending}") == NEW
    assert text(f"<p>{NEW}</p><p>{ending.replace(chr(10), '<br>')}</p>") == NEW


def test_a_long_text_below_two_dashes_is_no_signature() -> None:
    story = "\n".join(["I waited a long time", "--"] + ["and this is a story of many lines"] * 12)
    assert text(story) == story


def test_all_at_once() -> None:
    mail = (
        f"{NEW}\n\nSent from my iPhone\n\n> On 5 Jan 2026, at 10:00, Support <h@x.com> wrote:\n> \n> Hi\n> -- \n> Bob"
    )
    assert text(mail) == NEW


# --- HTML


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>Hello&nbsp;there</p><p>It&#39;s <b>bad</b></p>", "Hello there\nIt's bad"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a b</li><li>c d</li></ul>", "a b\nc d"),
        ("<table><tr><td>Order</td><td>123</td></tr></table>", "Order\n123"),
        (
            "<html><head><title>T</title><style>p{}</style></head><body><script>x()</script>Hi there</body></html>",
            "Hi there",
        ),
        ("<style>p{}</style>Hi there", "Hi there"),
        ("<p>unclosed <b>text", "unclosed text"),
        ("plain line\n<b>bold</b> line", "plain line\nbold line"),
        ("<div>New words</div><div class='gmail_quote'>On x wrote:<blockquote>Old</blockquote></div>", "New words"),
        ("New<blockquote type='cite'>Old</blockquote>", "New"),
        ("<p>a &lt; b &amp;&amp; c</p>", "a < b && c"),
    ],
)
def test_of_html_the_visible_new_text_is_kept(markup: str, expected: str) -> None:
    assert text(markup) == expected


@pytest.mark.parametrize(
    "plain",
    [
        "a < b and c > d",
        "I <3 this",
        "AT&T and R&D",
        "<b.miller@example.com> never answers",
        "if x<b then y",
        "I wrote <b",
    ],
)
def test_what_is_no_html_is_left_alone(plain: str) -> None:
    assert text(plain) == plain


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        ("5 &lt; 6 &amp; 7", "5 < 6 & 7"),
        ("it&#39;s &quot;bad&quot;", 'it\'s "bad"'),
        ("&amp;amp;amp;", "&"),
        ("&pound;5", "£5"),
    ],
)
def test_entities_are_undone_however_often_they_were_made(damaged: str, expected: str) -> None:
    assert text(damaged) == expected


# --- damage


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        ("It doesnâ€™t work", "It doesn't work"),
        ("cafÃ© costs â‚¬5", "café costs €5"),
        ("Ã¼ber", "über"),
        ("“curly” ‘quotes’", "\"curly\" 'quotes'"),
        ("zero\u200b width\ufeff and\u2060 joiners", "zero width and joiners"),
        ("nul\0 bell\x07 del\x7f", "nul bell del"),
        ("right \u202eto left\u202c", "right to left"),
        ("page\x0cbreak and\x0bline", "page\nbreak and\nline"),
        ("many   blanks\t and\u00a0more", "many blanks and more"),
        ("\r\n\r\none\r\n\r\n\r\n\r\ntwo\rthree\n", "one\n\ntwo\nthree"),
        ("e\u200b\u0301", "é"),
        ("😀 fine 👍", "😀 fine 👍"),
        ("", ""),
        (" \n\t ", ""),
    ],
)
def test_damage_is_undone(damaged: str, expected: str) -> None:
    assert text(damaged) == expected


def test_text_without_damage_is_not_touched() -> None:
    for own in ("Café, naïve, Größe, señor", "Nie działa", "¿Qué pasó?", "It's 5 € – or £4…?", "1 < 2 & 3 > 2"):
        assert text(own) == own.replace("…", "...") or text(own) == own


# --- subject


def test_a_subject_stands_on_top_of_its_body() -> None:
    assert text("It is slow", "Internet since May") == "Internet since May\n\nIt is slow"
    assert text("", "Internet since May") == "Internet since May"


@pytest.mark.parametrize(
    "subject", ["", "  ", "n/a", "-", "Re:", "RE: FW: [Ticket 12]", "It is slow", "it is SLOW", "Re: It is"]
)
def test_a_subject_that_says_nothing_new_is_left_out(subject: str) -> None:
    assert text("It is slow", subject) == "It is slow"


def test_a_subject_is_cleaned_like_a_body_and_is_one_line() -> None:
    assert text("b", "Re: FW: re: Hello &amp; goodbye, donâ€™t") == "Hello & goodbye, don't\n\nb"
    assert text("b", "[Ticket #12]\n<b>Slow</b>\ninternet") == "Slow internet\n\nb"
    assert strip_subject("AW: WG: [EXT] Rechnung") == "Rechnung"


# --- what says nothing


@pytest.mark.parametrize(
    "empty_words",
    ["n/a", "N/A", "N.A.", "n a", "na", "-", "--", "...", "???", "!", ".", "0", "1", "asdf", "asdfasdf",
    "qwerty", "sdfsdf",
     "lkjh", "xxxxx", "aaaa", "x", "👎", "👍👍👍", "🙂", "no comment", "No comments.", "no", "No!", "no no no",
     "none", "NONE",
     "nothing", "Nothing to add", "nil", "null", "test", "ok", "OK ok", "yes", "same", "as above", "don't know",
     "I dont know",
     "[PERSON_1]", "[PERSON_1] [PHONE_1]", "ok [PERSON_1]"],
)  # fmt: skip
def test_answers_that_say_nothing_are_known(empty_words: str) -> None:
    assert skip_reason(empty_words) == "no_meaning"


@pytest.mark.parametrize("nothing", ["", " ", "\n\n"])
def test_no_text_is_empty_and_not_meaningless(nothing: str) -> None:
    assert skip_reason(nothing) == "empty"


@pytest.mark.parametrize(
    "meaning",
    ["no signal", "bad", "slow", "Slow!", "ok but slow", "no refund", "nothing works",
    "none of the agents helped", "rude",
     "test failed", "same problem again", "no answer from support", "why", "good", "great", "expensive", "yes but late",
     "👎 slow", "n/a for weeks", "were", "tree", "poor", "no comment was ever answered", "hello nobody answers",
     "not ok",
     "[PERSON_1] was rude", "坏了", "no text arrived", "power cut", "queue", "type", "pretty poor"],
)  # fmt: skip
def test_short_answers_that_say_something_are_kept(meaning: str) -> None:
    assert skip_reason(meaning) is None


# --- twice, and hostile


PIECES = st.sampled_from(
    [NEW, "Yes", "\n", "\n\n", "> quoted", "> ", "On Mon, 5 Jan 2026 at 10:00, S <s@x.com> wrote:", "-- ", "--", "Jane",
     "Sent from my iPhone", "From: S", "Sent: x", "To: J", "Subject: x", "<p>", "</p>", "<br>", "<b>", "<blockquote>",
     "</blockquote>", "&lt;", "&gt;", "&amp;", "&amp;lt;br&amp;gt;", "â€™", "Ã©", "\u200b", "\u0301", "e", "\x0c", "\r",
     "This message is confidential", "____", "-----Original Message-----", "<style>", " ", "\ud83d", "…", "ﬁ", "n/a"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=12).map("\n".join) | st.text(max_size=60))
def test_cleaning_twice_changes_nothing(verbatim: str) -> None:
    once = text(verbatim)
    assert clean(once) == clean(once).__class__(once, 0)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_cleaning_a_text_with_its_subject_twice_changes_nothing(verbatim: str, subject: str) -> None:
    once = text(verbatim, subject)
    assert text(once) == once


LONG = 100_000
HOSTILE = {
    "letters": "a" * LONG, "blanks": " " * LONG, "line ends": "\n" * LONG, "blank lines": " \t\n" * (LONG // 3),
    "quotes": "> x\n" * (LONG // 4), "angles": ">" * LONG, "tags": "<" * LONG, "open": "<a " * (LONG // 3),
    "breaks": "<br>" * (LONG // 4), "nested": "<div>" * (LONG // 5), "entities": "&" + "amp;" * (LONG // 4),
    "mojibake": "â€™" * (LONG // 3), "accents": "e" + "\u0301" * LONG, "zero": "\u200b" * LONG,
    "on": "On " * (LONG // 3), "wrote": "On " + "a " * (LONG // 2) + "wrote:",
    "on lines": "On aaaaaaa wrote:\n" * (LONG // 18),
    "from": "From: a\nSent: b\nTo: c\n" * (LONG // 23), "dashes": "-" * LONG, "dash lines": "x\n--\ny" * (LONG // 6),
    "rules": "___\n" * (LONG // 4), "sent": "sent from my " + "a" * LONG + "!!",
    "sent words": "sent from my " + "a " * LONG + "!",
    "disclaimer": "this message and any " * (LONG // 21), "re": "re: " * (LONG // 4), "brackets": "[a] " * (LONG // 4),
    "noise": "".join(random.Random(7).choices(string.printable, k=LONG)), "cjk": "差" * LONG, "emoji": "👎" * LONG,
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_takes_more_than_a_second(hostile: str) -> None:
    text("<p>warm</p>\n> up")
    started = time.process_time()
    body = text(hostile)
    text("body", hostile)
    skip_reason(hostile)
    assert time.process_time() - started < 1
    assert len(body) <= MAX_CHARACTERS + 2
    assert text(body) == body
