"""The faults that real exports have, planted into the demo feed."""

import html
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from cxtext.demo.contacts import Contact
from cxtext.demo.lives import LIVES, seeded

Spoil = Callable[[str], str | None]


def mojibake(text: str) -> str | None:
    """The text as a program shows it that takes UTF-8 for Windows-1252; None where that changes nothing."""
    try:
        spoilt = text.replace("'", "\u2019").encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return None
    return spoilt if spoilt != text else None


def as_html(text: str) -> str | None:
    """The text as a mail program sends it; None where it is HTML already."""
    if "<p>" in text or "<br>" in text:
        return None
    paragraphs = [html.escape(part, quote=False).replace("\n", "<br>\n") for part in text.split("\n\n")]
    return "<html><body>\n" + "\n".join(f"<p>{part}</p>" for part in paragraphs) + "\n</body></html>"


def with_invisibles(text: str) -> str | None:
    """The text with a byte-order mark, zero-width spaces and a NUL in it; None where it is too short for them."""
    words = text.split(" ")
    if len(words) < 6:
        return None
    words[0] = "\ufeff" + words[0]
    words[2] += "\u200b"
    words[4] = "\u200b" + words[4]
    words[-1] += "\x00"
    return " ".join(words)


# Into texts: name -> (how, in how many of each source).
TEXT_FAULTS: dict[str, tuple[Spoil, dict[str, int]]] = {
    "mojibake": (mojibake, {"tickets": 7, "mail": 4, "chats": 4, "csat": 3, "notes": 2}),
    "html": (as_html, {"tickets": 7, "mail": 3}),
    "invisible_characters": (with_invisibles, {"tickets": 5, "chats": 3}),
}

# Into rows, each of which ends in the quarantine: name -> in how many of each source.
ROW_FAULTS: dict[str, dict[str, int]] = {
    "too_few_fields": {"mail": 2, "csat": 2, "notes": 1},
    "impossible_date": {"mail": 1, "nps": 1, "csat": 1, "notes": 1},
    "impossible_score": {"nps": 2},
    "cut_line": {"tickets": 1},
}

# Sent twice, under two ids.
COPIES = {"tickets": 8, "mail": 2, "chats": 2}


def plant(contacts: Sequence[Contact], seed: int) -> tuple[list[Contact], Counter[str]]:
    """The contacts with spoilt texts, spoilt rows and copies among them, and how many of each.

    No contact gets two faults. Rows are spoilt in steady themes only: the others must keep their shape.
    """
    chance = seeded(seed, "faults")
    planted: Counter[str] = Counter()
    result = list(contacts)
    free = [index for index, each in enumerate(contacts) if "later" not in each.text]
    chance.shuffle(free)
    for name, (spoil, wanted) in TEXT_FAULTS.items():
        for index in _take(free, result, wanted, _changed_by(spoil)):
            result[index] = replace(result[index], body=spoil(result[index].body) or "")
            planted[name] += 1
    for name, wanted in ROW_FAULTS.items():
        for index in _take(free, result, wanted, _is_steady):
            result[index] = replace(result[index], fault=name)
            planted[name] += 1
            planted["quarantined"] += 1
    for index in _take(free, result, COPIES, _is_by_day):
        again = result[index].written + timedelta(minutes=chance.randint(2, 50))
        result.append(replace(result[index], written=again))
        planted["copies"] += 1
    return result, planted


def _take(
    free: list[int], contacts: Sequence[Contact], wanted: Mapping[str, int], fits: Callable[[Contact], bool]
) -> list[int]:
    """The first free contacts that fit, as many as wanted of each source; they are free no longer."""
    left = Counter(wanted)
    taken = []
    for index in list(free):
        if left[contacts[index].source] and fits(contacts[index]):
            left[contacts[index].source] -= 1
            free.remove(index)
            taken.append(index)
    if left.total():
        raise ValueError(f"too few texts that could be spoilt: {dict(left)} still wanted")
    return taken


def _changed_by(spoil: Spoil) -> Callable[[Contact], bool]:
    return lambda each: spoil(each.body) is not None


def _is_steady(each: Contact) -> bool:
    return each.text["theme"] not in LIVES and "after" not in each.text


def _is_by_day(each: Contact) -> bool:
    return each.written.hour < 22
