"""Sentences of a text, as exact substrings."""

import re

# Many customers write without capitals: a lone mark ends a sentence whatever follows, dots in a row only before one.
BOUNDARY = re.compile(
    r"""(?:(?<=[!?])|(?<=[^.\s]\.))["')\]]*\s+(?=\S)|(?<=[.…])["')\]]*\s+(?=["'(\[]?[A-Z0-9\[])|\n+"""
)
ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|no|nr|approx|e\.g|i\.e|etc|vs|inc|ltd|co|dept|ext)\.$", re.I
)
CLAUSE = re.compile(
    r"(?:[,;:]|\s-|\s–|\.\.+)\s+(?=(?:but|and then|and i|and the|then|so i|when i|however|also|plus)\b)", re.I
)
MAX_WORDS = 40  # a longer run without full stops is cut at a clause


def split_sentences(text: str) -> list[str]:
    """The text's sentences in order, each an exact substring without outer white space; none for a blank text."""
    pieces: list[str] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        if "\n" not in match[0] and ABBREVIATION.search(text[start : match.start()]):
            continue
        pieces.append(text[start : match.end()])
        start = match.end()
    pieces.append(text[start:])
    return [part for piece in pieces for part in _shorten(piece.strip()) if part]


def _shorten(sentence: str) -> list[str]:
    if len(sentence.split()) <= MAX_WORDS:
        return [sentence]
    parts, start = [], 0
    for match in CLAUSE.finditer(sentence):
        if len(sentence[start : match.start()].split()) >= 8:
            parts.append(sentence[start : match.start() + 1].strip())
            start = match.end()
    return [*parts, sentence[start:].strip()]
