"""Spans of personal data: how overlaps are settled and how spans become placeholders."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cxtext.placeholders import PLACEHOLDER
from cxtext.redact.words import word_list

WORD = re.compile(r"[^\W\d_]{2,}")
_TITLES = word_list("titles")


class Span(NamedTuple):
    """Characters [start, end) of a text that are personal data."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without personal data, and how many details of each kind were removed."""

    text: str
    kinds: Counter[str]


def merge(spans: Iterable[Span], text: str) -> list[Span]:
    """Overlapping spans as one, under the kind of the longest; placeholders already in the text stay as they are."""
    taken = [match.span() for match in PLACEHOLDER.finditer(text)]
    merged: list[Span] = []
    longest = 0
    for span in sorted(_outside(spans, taken, text), key=lambda each: (each.start, -each.end, each.kind)):
        length = span.end - span.start
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), span.kind if length > longest else last.kind)
            longest = max(longest, length)
        else:
            merged.append(span)
            longest = length
    return merged


def replace(text: str, spans: Sequence[Span]) -> Redacted:
    """Each span as `[KIND_n]`; the same value, or a part of the same person's name, keeps its number throughout."""
    counts: Counter[str] = Counter()
    for used in PLACEHOLDER.findall(text):
        kind, _, number = used[1:-1].rpartition("_")
        counts[kind] = max(counts[kind], int(number))
    people = _people_by_word(text, spans)
    numbers: dict[tuple[str, str], int] = {}
    removed: Counter[str] = Counter()
    parts, position = [], 0
    for span in spans:
        value = text[span.start : span.end].casefold()
        key = (span.kind, people.get(value, value) if span.kind == "PERSON" else value)
        if key not in numbers:
            counts[span.kind] += 1
            numbers[key] = counts[span.kind]
        removed[span.kind] += 1
        parts += [text[position : span.start], f"[{span.kind}_{numbers[key]}]"]
        position = span.end
    return Redacted("".join([*parts, text[position:]]), removed)


def _outside(spans: Iterable[Span], taken: Sequence[tuple[int, int]], text: str) -> Iterator[Span]:
    """What of the spans lies outside placeholders and is more than punctuation."""
    for span in spans:
        position = span.start
        for start, end in [*taken, (span.end, span.end)]:
            if end < position or start > span.end:
                continue
            piece = text[position : max(position, start)]
            if any(character.isalnum() for character in piece):
                lead = len(piece) - len(piece.lstrip())
                yield Span(position + lead, position + len(piece.rstrip()), span.kind)
            position = max(position, end)


def _people_by_word(text: str, spans: Sequence[Span]) -> dict[str, str]:
    """Name as written -> the longest name of the text that holds all of its words."""
    names = {text[span.start : span.end].casefold() for span in spans if span.kind == "PERSON"}
    words = {name: frozenset(WORD.findall(name)) - _TITLES for name in names}
    longest = sorted(names, key=lambda name: (-len(words[name]), name))
    return {name: next(other for other in longest if words[name] <= words[other] or other == name) for name in names}
