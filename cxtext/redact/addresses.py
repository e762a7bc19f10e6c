"""Postal addresses of many countries, as whole blocks: house, street, unit, town, state, postcode, country.

A text is read as tokens (number, unit, street word, capitalised word, particle, separator). A run of such tokens is cut
at commas and line ends into segments; what the segments hold adds up to evidence, and with enough of it the run, from
its first telling segment to its last, is an address.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cxtext.redact.cues import cue_before
from cxtext.redact.spans import Span
from cxtext.redact.words import word_list

NUM, CODE, UNIT, STREET, CAP, PART, SEP, STATE, OTHER = range(9)
ENOUGH = 3  # evidence from which a run is an address: a street with its number has it
REACH = 80  # characters before a run in which a word such as `address` announces it

_UNITS = word_list("units")
_INNER_UNITS = word_list("inner_units")
_STREETS = word_list("streets")
_STREET_HEADS = word_list("street_heads")
_ENGLISH_STREETS = word_list("english_streets")
_PLAIN_STREETS = word_list("plain_streets")
_STREET_ENDINGS = tuple(word_list("street_endings"))
_HOUSE_NAMES = word_list("house_names")
_NO_STREET = word_list("not_street_words")
_NOT_TOWN = word_list("not_towns")
_COUNTRY_WORDS = word_list("country_words")
_PARTICLES = word_list("address_particles")
_MILITARY = re.compile(
    r"\b(?:(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5}|US[A-Z]{1,3} [^\W\d_][\w'’ -]{1,30})[,\s]{1,3}(?:APO|FPO|"
    r"DPO),? A[AEP] \d{5}(?:-\d{4})?\b",
    re.I,
)
_PO_BOX = re.compile(
    r"\b(?:P\.? ?O\.? ?Box|Postboks|Postbox|Postfach|Apartado|Casella postale|Boîte postale|BP) \d{1,6}\b", re.I
)
_ZIP_SAID = re.compile(
    r"\b(?:zip(?: ?code)?|post ?code|postal code|plz|eircode)(?: (?:is|was|of|=|changed to|to)){0,3}"
    r"\s?[:=]?\s?(?P<value>(?=[\w -]{0,6}\d)[A-Z\d]{2,5}(?:[ -][A-Z\d]{3,4})?)\b",
    re.I,
)
_UK_POSTCODE = re.compile(r"\b(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2})\b")
_CORNER = re.compile(
    r"\b(?:the )?corner of [^,;:?!\n{]{3,50}? and [^\s,;:?!{]{1,30}(?: [^\s,;:?!{]{1,30}){0,3}?"
    r" (?:street|st|road|rd|avenue|ave)\b\.?",
    re.I,
)
_CUE = re.compile(
    r"(?:address(?:es)?|adresse?|adres|addr|dirección|indirizzo|live[sd]?|living|resid\w+|mov(?:ed|ing)|sent|"
    r"send|ship(?:s|ped|ping)?|deliver(?:ed|ing|y|s)?|"
    r"arrived|return(?:ed)?|taxi|post(?:ed)?|mail(?:ed)?|meet(?:ing)?(?: me)?|office is|house|home|come|"
    r"stay(?:ing)?|visited|was|i'?m|it'?s|located|one)\b"
    r"(?:(?: (?:is|was|at|to|it|in|on|the|same|my|me|here|they|are|new|from|a|parcel|letter|order|package|moved|"
    r"going|now))|[:,]){0,6}\s{0,9}$",
    re.I,
)
_TOKEN = re.compile(r"\n[ \t]*[>?*|]{0,3}|,|[^\W_]+(?:['’./-][^\W_]+)*\.?|/|#|&|['’]t\b|\S")
_STATE = re.compile(r"[A-Z]{2,3}\.?")
_NEW_SENTENCE = re.compile(r" [^\W\d_a-z]|\s{0,9}$")
_CODE = re.compile(
    r"(?:[A-Z]{1,2}\d[A-Z\d]?|\d[A-Z]{2}|[A-Z]\d[A-Z\d]|[A-Z]\d{2}|[A-Z\d]{4}|\d[A-Z]\d|\d{4}[A-Z]{2})", re.I
)
_ORDINAL = re.compile(r"\d{1,4}(?:st|nd|rd|th)")
_NUMBER = re.compile(r"\d{1,6}[a-zA-Z]?(?:[-/]\d{1,4}[a-zA-Z]?)?\.?")


class Token(NamedTuple):
    """A word, number or separator, and what it can be in an address."""

    start: int
    end: int
    text: str
    kind: int


def find_addresses(text: str, is_word: Callable[[str], bool]) -> Iterator[Span]:
    """The addresses of a text; `is_word` knows the language's ordinary words, for texts without capitals."""
    for pattern in (_MILITARY, _PO_BOX, _UK_POSTCODE):
        yield from (
            Span(*match.span(), "ADDRESS")
            for match in pattern.finditer(text)
            if cue_before(text, match.start(), 24) != "OTHER"
        )
    yield from (Span(*match.span("value"), "ADDRESS") for match in _ZIP_SAID.finditer(text))
    yield from (Span(*match.span(), "ADDRESS") for match in _CORNER.finditer(text))
    if not any(character.isdigit() for character in text):
        return
    lower = text == text.lower()
    for run in _runs(_tokens(text, is_word, lower)):
        yield from _address(run, text)


def _tokens(text: str, is_word: Callable[[str], bool], lower: bool) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        word, end = match.group(), match.end()
        kind = _kind(word, is_word, lower)
        if (
            word[-1] != "."
            or kind in (SEP, UNIT, STREET)
            or (kind not in (NUM, STATE) and len(word) < 5)
            or word == "."
        ):
            tokens.append(Token(match.start(), end, word, kind))
            continue
        # A word too long for an abbreviation ends its sentence; a number may end one or be an ordinal.
        tokens.append(Token(match.start(), end - 1, word[:-1], _kind(word[:-1], is_word, lower)))
        if kind not in (NUM, STATE) or _NEW_SENTENCE.match(text, end):
            tokens.append(Token(end - 1, end, ".", OTHER))
    if lower:
        _name_towns(tokens)
    _name_streets(tokens)
    return tokens


def _name_streets(tokens: list[Token]) -> None:
    """Plain words between a house number and a street are its name: `12 old mill street`, `12 rue`."""
    for place, token in enumerate(tokens):
        word = token.text.lower().rstrip(".")
        if word in _STREET_HEADS and place and tokens[place - 1].kind == NUM:
            tokens[place] = token._replace(kind=STREET)
        if word not in _PLAIN_STREETS or token.kind not in (STREET, OTHER):
            continue
        start = next((p for p in range(place - 1, max(-1, place - 5), -1) if tokens[p].kind == NUM), place)
        name = tokens[start + 1 : place]
        if name and all(map(_may_name_street, name)):
            tokens[start + 1 : place + 1] = [*(each._replace(kind=CAP) for each in name), token._replace(kind=STREET)]


def _name_towns(tokens: list[Token]) -> None:
    """Without capitals, a few plain words between separators, alone or before a postcode, may be a town."""
    start = 0
    for place in range(len(tokens) + 1):
        if place < len(tokens) and tokens[place].kind != SEP:
            continue
        inner = tokens[start:place]
        words = inner[:-1] if len(inner) > 1 and inner[-1].kind == NUM else inner
        if start and 0 < len(words) < 5 and all(map(_may_name_town, words)):
            tokens[start : start + len(words)] = [w._replace(kind=CAP) if w.kind == OTHER else w for w in words]
        start = place + 1


def _may_name_town(token: Token) -> bool:
    return token.kind in (CAP, PART, OTHER, STREET) and token.text.isalpha() and token.text not in _NOT_TOWN


def _may_name_street(token: Token) -> bool:
    return token.kind in (CAP, PART, STREET, STATE) or (
        token.kind == OTHER and token.text.isalpha() and token.text.lower() not in _NO_STREET
    )


def _kind(word: str, is_word: Callable[[str], bool], lower: bool) -> int:
    plain = word.lower()
    bare = plain.rstrip(".")
    if word[0] == "\n" or word in ",#/":
        return SEP
    if plain in _UNITS:
        return UNIT
    if _NUMBER.fullmatch(word):
        return NUM
    if _ORDINAL.fullmatch(plain):
        return CAP
    if _CODE.fullmatch(word) and not word.isalpha():
        return CODE
    capital = word[0].isupper()
    if (plain in _STREETS and (capital or lower or plain not in _ENGLISH_STREETS)) or (
        len(bare) > 5 and bare.endswith(_STREET_ENDINGS)
    ):
        return STREET
    if bare in _PARTICLES and not (capital and bare in ("an", "am", "i", "on", "of", "and")):
        return PART
    if _STATE.fullmatch(word) and (bare not in _NOT_TOWN or len(word) == 2):
        return STATE
    if bare in _NOT_TOWN:
        return OTHER
    if capital or (lower and word[0].isalpha() and (bare in _COUNTRY_WORDS or not is_word(bare))):
        return CAP
    return OTHER


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Stretches of tokens that an address could be made of."""
    run: list[Token] = []
    for token in tokens:
        if token.kind != OTHER:
            run.append(token)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _address(run: list[Token], text: str) -> Iterator[Span]:
    """The addresses within a run: from the first segment that tells of one to the last that can belong to it."""
    segments = _segments(run)
    place = 0
    while place < len(segments):
        opening = _opening(
            segments[place],
            announced=_is_announced(text, segments[place][0].start),
        )
        if opening is None:
            place += 1
            continue
        first, last = _before(segments, place), _last(segments, place, opening)
        head = segments[first][0] if first < place else segments[place][opening]
        tokens = [segments[place][opening:], *segments[place + 1 : last + 1]]
        while len(tokens[-1]) > 1 and tokens[-1][-1].kind == PART:
            tokens[-1] = tokens[-1][:-1]
        end = tokens[-1][-1].end
        score = _evidence(tokens)
        vetoed = score <= ENOUGH and cue_before(text, head.start, 20) == "OTHER"
        if head.start < end and not vetoed and score + 2 * _is_announced(text, head.start) >= ENOUGH:
            yield Span(head.start, end, "ADDRESS")
        place = last + 1


def _is_announced(text: str, start: int) -> bool:
    """Whether a phrase such as `my address is` or `delivered to` stands before."""
    return bool(_CUE.search(text, max(0, start - REACH), start))


def _segments(run: list[Token]) -> list[list[Token]]:
    segments: list[list[Token]] = [[]]
    for token in run:
        if token.kind == SEP and token.text not in "#/":
            if segments[-1]:
                segments.append([])
        elif token.kind != SEP:
            segments[-1].append(token)
    return [segment for segment in segments if segment]


def _opening(segment: Sequence[Token], *, announced: bool) -> int | None:
    """Where in a segment an address can begin: a house number, a unit, a street or name with a number after it."""
    kinds = [token.kind for token in segment]
    lead = next((place for place, kind in enumerate(kinds) if kind != PART), 0)
    for place, kind in enumerate(kinds):
        if kind == UNIT and place + 1 < len(kinds) and kinds[place + 1] in (NUM, CODE):
            return place
        if (
            kind == NUM
            and place + 1 < len(kinds)
            and (kinds[place + 1] in (CAP, STREET, NUM, STATE, PART) or (kinds[place + 1] == UNIT))
        ):
            street = next((p for p in range(place) if kinds[p] == STREET), None)
            if street is None:
                return lead if announced and kinds[lead] == CAP else place
            return _street_start(segment, street)
        if kind == NUM and place and kinds[place - 1] in (CAP, STREET, PART, STATE):
            street = next((p for p in range(place) if kinds[p] == STREET), None)
            return _street_start(segment, street) if street is not None else lead
    return None


def _street_start(segment: Sequence[Token], street: int) -> int:
    """`Rue de …` begins at its street word, `Oude Gracht` at the words before it."""
    if segment[street].text.lower() in _STREET_HEADS:
        return street
    return next((place for place, token in enumerate(segment) if token.kind != PART), 0)


def _before(segments: Sequence[Sequence[Token]], place: int) -> int:
    """Segments before the opening one that belong to it: `Rose Cottage, `, `Flat 3, `."""
    while place and (
        segments[place - 1][-1].text.lower() in _HOUSE_NAMES
        or (len(segments[place - 1]) == 2 and segments[place - 1][0].kind == UNIT)
    ):
        place -= 1
    return place


def _last(segments: list[list[Token]], place: int, opening: int) -> int:
    """The last segment of the address; a postcode that ends a segment, or eight segments, end it.

    What follows the postcode in its segment becomes a segment of its own.
    """
    for last in range(place, min(place + 8, len(segments))):
        segment = segments[last]
        kinds = [token.kind for token in segment]
        # a postcode before the opening belongs to the address before
        for p in range(opening + 1 if last == place else 1, len(segment)):
            uk = kinds[p] == CODE and kinds[p - 1] == CODE
            zip5 = (
                kinds[p] == NUM
                and re.fullmatch(r"\d{5}(?:-\d{4})?", segment[p].text)
                and kinds[p - 1] in (CAP, STATE)
                and (last > place or p > 2)
            )
            if uk or zip5:
                if segment[p + 1 :]:
                    segments.insert(last + 1, segment[p + 1 :])
                    del segment[p + 1 :]
                return last
        if last > place and len(segment) == 1 and re.fullmatch(r"\d{4,5}", segment[0].text):
            return last
        following = segments[last + 1] if last + 1 < len(segments) else None
        if following is None or _starts_another(following):
            return last
    return min(place + 7, len(segments) - 1)


def _starts_another(segment: Sequence[Token]) -> bool:
    """A telephone's or a list's line rather than the address's next: nothing but a number, or too many words."""
    kinds = {token.kind for token in segment}
    if kinds == {NUM}:
        return len(segment) > 1 or not re.fullmatch(r"\d{2,5}", segment[0].text)
    return len(segment) > 7


def _evidence(segments: Sequence[Sequence[Token]]) -> int:
    """How much speaks for an address. The weights are judgement: 3 is a street with its number."""
    score = 0
    tokens = [token for segment in segments for token in segment]
    first = [token.kind for token in segments[0]]
    if STREET in first and NUM in first:
        street = first.index(STREET)
        score += 3 if CAP in first or len(segments[0][street].text) > 6 else 2
    elif NUM in first and (CAP in first or STATE in first):
        numbers = [place for place, kind in enumerate(first) if kind == NUM]
        score += 2 if len(numbers) > 1 and numbers[-1] - numbers[0] > 1 else 1
    units = {a.text.lower().rstrip(".") for a, b in pairwise(tokens) if a.kind == UNIT and b.kind in (NUM, CODE)}
    score += 2 if units - _INNER_UNITS else len(units) > 0
    score += 3 * any(a.kind == CODE and b.kind == CODE for a, b in pairwise(tokens))
    score += any(re.fullmatch(r"\d{4,5}(?:-\d{4})?", token.text) for token in tokens[2:])
    score += any(a.kind == STATE and re.fullmatch(r"\d{5}(?:-\d{4})?", b.text) for a, b in pairwise(tokens))
    score += len(segments) > 1 and any(token.kind in (CAP, STREET) for token in segments[1])
    return (
        score
        if any(token.kind in (CAP, STREET) and len(token.text) > 2 for token in tokens)
        else min(score, ENOUGH - 1)
    )
