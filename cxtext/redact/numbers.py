"""Personal numbers: cards, bank accounts, telephones, identity numbers, dates of birth, network addresses.

A number's shape, its checksum where it has one, and the word that announces it decide together; a number that an order,
a version or a price announces stays.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cxtext.redact.cues import cue_before
from cxtext.redact.spans import Span

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18,
    "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
    "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "XK": 20,
}  # fmt: skip
_FRAGMENTS = {
    "START": r"(?<![\w.$€£/#@+-])(?<!\d,)",
    "END": r"(?![\w@]|[-/]\w|[.,]\d)",
    "EXT": r"(?:,?\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?(?!\w|-\d|[.,]\d)",
    "MONTH": r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)",
}


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn checksum of the others."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_iban(value: str) -> bool:
    """Whether the compact IBAN's checksum (ISO 7064, modulo 97) is right."""
    moved = value[4:] + value[:4]
    return (
        moved.isascii() and moved.isalnum() and int("".join(str(int(character, 36)) for character in moved)) % 97 == 1
    )


def _digits(value: str) -> str:
    return "".join(character for character in value if character.isdigit())


def _card(value: str, cue: str) -> bool:
    digits = _digits(value)
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    groups = [len(group) for group in re.split(r"[ -]", value)]
    return (
        is_luhn(digits)
        or cue == "CARD"
        or groups in ([4, 4, 4, 4], [4, 6, 5], [4, 6, 4])
        or (not cue and len(groups) == 1 and len(digits) == 16)
    )


def _phone(value: str, _cue: str) -> bool:
    return 6 <= len(_digits(value.lower().split("x")[0])) <= 15


def _loose_phone(value: str, cue: str) -> bool:
    return _phone(value, cue) and not re.fullmatch(r"(?:19|20)\d\d[-. ]\d\d[-. ]\d\d.*", value)


def _national_phone(value: str, cue: str) -> bool:
    return _loose_phone(value, cue) and (cue == "PHONE" or len(_digits(value)) >= 9)


def _network(value: str, cue: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    # A version such as 7.6.4.1 is a valid address too: small numbers need a word that speaks of networks.
    return address.version == 6 or cue == "IP" or any(len(part) == 3 for part in value.split("."))


def _many_digits(value: str, _cue: str) -> bool:
    return len(_digits(value)) >= 4


Check = Callable[[str, str], bool]  # (the number as written, the kind of cue before it) -> whether it is one


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of number: what it is, what it looks like, the words that must announce it (none: unless OTHER does)."""

    kind: str
    pattern: re.Pattern[str]
    cues: frozenset[str] = frozenset()
    check: Check | None = None
    unless: frozenset[str] = frozenset({"OTHER"})


def _shape(kind: str, pattern: str, cues: str = "", *, check: Check | None = None, unless: str = "OTHER") -> Shape:
    for name, fragment in _FRAGMENTS.items():
        pattern = pattern.replace(name, fragment)
    return Shape(kind, re.compile(pattern, re.I), frozenset(cues.split()), check, frozenset(unless.split()))


# In order of precedence: characters that one shape has taken are no longer another's. The patterns stand in raw
# strings, in which START, END, EXT and MONTH are the fragments above.
SHAPES = (
    _shape("IP", r"(?<![\w.:-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)", check=_network),
    _shape(
        "IP",
        r"(?<![\w:.])(?=[0-9a-f:]{4,39}(?![\w:]))(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])",
        check=_network,
        unless="",
    ),
    _shape("MAC", r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", unless=""),
    _shape("DOB", r"\b\d{1,4}[./ -](?:\d{1,2}|MONTH)[./ ,-]{1,2}\d{2,4}\b", "DOB"),
    _shape("DOB", r"\b\d{1,2}(?:st|nd|rd|th)? (?:of )?MONTH,? \d{4}\b", "DOB"),
    _shape("DOB", r"\bMONTH \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b", "DOB"),
    _shape("CARD", r"START[2-6]\d{3}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,3})?(?![\w@]|-\d|[.,]\d| \d)", check=_card),
    _shape("CARD", r"START3[04-9]\d{2}[ -]?\d{6}[ -]?\d{4,5}(?![\w@]|-\d|[.,]\d| \d)", check=_card),
    _shape("CARD", r"START[2-6]\d{12,18}END", check=_card),
    _shape("SSN", r"START(?!000|666)\d{3}-\d{2}-\d{4}END"),
    _shape("SSN", r"START(?!000|666)\d{3} \d{2} \d{4}END", unless="OTHER PHONE ACCOUNT"),
    _shape("SSN", r"START\d{9}END", "SSN"),
    _shape("PHONE", r"(?<![\w.])\+\d{1,3}(?:[ .-]?\(0?\d{1,4}\))?(?:[ .-]?\d{1,6}){2,6}EXT", check=_phone, unless=""),
    _shape("PHONE", r"START00[1-9]\d{0,2}(?:[ .-]\(?\d{1,4}\)?){3,6}EXT", check=_phone),
    _shape("PHONE", r"(?<![\w.$€£/#@-])(?<!\d,)(?:1[ .-]?)?\(\d{2,5}\) ?\d{3,5}[ .-]?\d{3,5}EXT", check=_phone),
    _shape("PHONE", r"START(?:1[ .-])?\d{3}([ .-])\d{3}\1\d{4}EXT", check=_phone, unless="OTHER ACCOUNT SSN ID"),
    _shape(
        "PHONE",
        r"START(?<!\d{4}[ -])0\d{1,4}(?:[ .-]\d{2,8}){1,4}EXT",
        check=_national_phone,
        unless="OTHER ACCOUNT SSN ID CARD",
    ),
    _shape("PHONE", r"START0[1-9]\d{8,9}EXT", check=_phone, unless="OTHER ACCOUNT SSN ID CARD"),
    _shape(
        "PHONE", r"START(?<!\d{4}[ -])\(?\d{1,5}\)?(?:[ .-]{1,2}\(?\d{2,8}\)?){1,5}EXT", "PHONE", check=_loose_phone
    ),
    _shape("PHONE", r"START\d{6,12}EXT", "PHONE", check=_phone),
    _shape(
        "PHONE",
        r"(?<![\w.$€£/#@])(?<!\d,)\(?\d{1,5}\)?(?:[ .-]?\(?\d{2,10}\)?){0,5}(?:,?\s?(?:x|ext\.?)\s?\d{1,6})?"
        r"(?=[ -]{1,3}(?:office|fax|mobile|cell|home|work|direct)\b)",
        check=_phone,
    ),
    _shape("ID", r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"),
    _shape("ID", r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b", "ID CARD"),
    _shape("ID", r"(?<![\w-])[A-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-Z]\b", "ID"),
    _shape(
        "ID",
        r"(?<![\w-])(?:[A-Z]{0,5}-?|(?-i:[A-Z]{1,3}) )\d[\dA-Z]{4,14}(?:[ -]?\d{1,4}){0,2}\b",
        "ID",
        check=_many_digits,
    ),
    _shape("ID", r"(?<![\w-])[A-Z\d]{1,5}(?:-[A-Z\d]{2,5}){1,4}(?![\w-])", "ID", check=_many_digits),
    _shape("ACCOUNT", r"START\d{2}([ -]?)\d{2}\1\d{2,4}END", "ACCOUNT"),
    _shape("ACCOUNT", r"START\d[\d -]{4,18}\dEND", "ACCOUNT"),
)
_IBAN = re.compile(r"(?<!\w)([A-Z]{2})\d{2}(?:[ -]?[A-Z\d]){11,30}", re.I)
_DIGIT = re.compile(r"\d|::")


def find_numbers(text: str) -> Iterator[Span]:
    """The personal numbers of a text, without overlaps."""
    if not _DIGIT.search(text):
        return
    taken: list[tuple[int, int]] = []
    for span in (*_ibans(text), *_shapes(text, taken)):
        taken.append((span.start, span.end))
        yield span


def _shapes(text: str, taken: list[tuple[int, int]]) -> Iterator[Span]:
    for shape in SHAPES:
        for match in shape.pattern.finditer(text):
            start, end = match.span()
            if any(left < end and start < right for left, right in taken):
                continue
            cue = cue_before(text, start)
            if cue in shape.unless or (shape.cues and cue not in shape.cues):
                continue
            if shape.check is None or shape.check(match.group(), cue):
                yield Span(start, end, shape.kind)


def _ibans(text: str) -> Iterator[Span]:
    """IBANs to their country's length: the checksum decides, or groups of four, or the word before."""
    for match in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[1].upper(), 0)
        end, count = match.start(), 0
        while count < length and end < match.end():
            count += text[end] not in " -"
            end += 1
        value = text[match.start() : end]
        compact = re.sub(r"[ -]", "", value).upper()
        if count < length or not length or (end < len(text) and text[end].isalnum()):
            continue
        grouped = all(len(group) == 4 for group in value.split(" ")[:-1]) and " " in value
        if (
            is_iban(compact)
            or (grouped and sum(c.isdigit() for c in compact) >= length // 2)
            or cue_before(text, match.start()) in {"IBAN", "ACCOUNT"}
        ):
            yield Span(match.start(), end, "IBAN")
