"""Names of people: what spaCy recognizes, corrected and completed by name lists, cues and the shape of the text.

The small model takes many international names for organizations or places, or does not see them; a known given name
with a capitalised word after it, a phrase such as `my name is`, or a sign-off line says that they are people.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cxtext.redact import name_cues as cues
from cxtext.redact.lexicon import BRANDS, COMPANIES, NOT_NAMES, THING_AFTER, Lexicon, fold
from cxtext.redact.spans import Span
from cxtext.redact.words import word_list

Stretch = tuple[int, int]  # characters [start, end)

_LABELS = frozenset(
    ["PERSON", "ORG", "GPE", "NORP", "FAC", "LOC", "PRODUCT", "WORK_OF_ART", "EVENT", "LAW", "LANGUAGE"]
)
_PLACE_LABELS = frozenset(["GPE", "LOC", "FAC"])
_ORGANIZATION_ENDS = word_list("organization_ends")
_PARTICLES = word_list("name_particles")
_LOWER_WORDS = word_list("lower_words")
_LEFT = 48  # characters before a name that are read for what announces it


class Entity(NamedTuple):
    """What the language model marked: characters [start, end) and its label."""

    start: int
    end: int
    label: str


def find_people(text: str, entities: Iterable[Entity], lexicon: Lexicon) -> list[Span]:
    """The names of people in a text."""
    marked = [entity for entity in entities if entity.label in _LABELS]
    brands = [match.span() for match in BRANDS.finditer(text)]
    candidates = (
        *_from_runs(text, marked, lexicon),
        *_from_entities(text, marked, lexicon),
        *_from_phrases(text, lexicon),
        *_beside_mail(text, lexicon),
        *_without_capitals(text, lexicon),
    )
    found = {_trim(text, start, end, lexicon) for start, end in candidates}
    names = [each for each in found if _is_nameable(text, *each, brands)]
    names += [each for each in _beside_names(text, names, lexicon) if _is_nameable(text, *each, brands)]
    names += [each for each in _mentions(text, names, lexicon) if _is_nameable(text, *each, brands)]
    return [Span(start, end, "PERSON") for start, end in names]


def _is_nameable(text: str, start: int, end: int, brands: Sequence[Stretch]) -> bool:
    """No handle, no hashtag, no brand or company, nothing that was blacked out (`XXXX`) before it came here."""
    if start >= end or text[start] in "@#" or (start and text[start - 1] in "@#_/"):
        return False
    if any(left <= start and end <= right for left, right in brands):
        return False
    words = [word.lower() for word in cues.ANY_WORD.findall(text[start:end])]
    if all(word in NOT_NAMES for word in words):
        return False
    return not any(word in COMPANIES or (len(word) > 1 and not word.strip("x")) for word in words)


# -- runs of capitalised words


def _from_runs(text: str, marked: Sequence[Entity], lexicon: Lexicon) -> Iterator[Stretch]:
    """Runs of capitalised words that are names by their words, their company or their announcement."""
    labels = {entity.start: entity.label for entity in marked}
    for match in cues.RUN.finditer(text):
        title = cues.TITLE_START.match(match.group())
        first = match.start() + (title.end() if title else 0)
        for start, end in _names_of_run(text, first, match.end()):
            if title and start == first:
                yield match.start(), end
                continue
            begin, words = _without_role(text, start, cues.TOKEN.findall(text[start:end]), lexicon)
            if _is_person(text, begin, end, words, lexicon, label=labels.get(begin, "")):
                yield begin, end


def _names_of_run(text: str, start: int, end: int) -> Iterator[Stretch]:
    """A run without the words that are never names: `Thanks Karen Mills Please` holds `Karen Mills`."""
    first = last = -1
    for token in cues.TOKEN.finditer(text, start, end):
        word = token.group().rstrip(".")
        if len(word) > 1 and word.lower() in NOT_NAMES:
            if first >= 0:
                yield first, last
            first = -1
            continue
        first = token.start() if first < 0 else first
        last = token.end()
        if token.group()[-1] == "." and len(word) > 2:  # longer than an initial: a sentence ends
            yield first, last - 1
            first = -1
    if first >= 0:
        yield first, last


def _without_role(text: str, start: int, words: list[str], lexicon: Lexicon) -> tuple[int, list[str]]:
    """A run without the ordinary words before its name: `Producer Amanda Lind`, `Contact Wiremu Tane`."""
    while len(words) > 1 and _is_role(words[0], lexicon):
        start = text.index(words[1], start + len(words[0]))
        words = words[1:]
    return start, words


def _is_role(word: str, lexicon: Lexicon) -> bool:
    if word.startswith("ex-"):
        return True
    return (
        len(word) > 2 and lexicon.is_ordinary(word) and not lexicon.may_be_given(word) and not lexicon.is_surname(word)
    )


def _is_person(text: str, start: int, end: int, words: Sequence[str], lexicon: Lexicon, *, label: str) -> bool:
    before = text[max(0, start - _LEFT) : start]
    names = [word for word in words if len(word.rstrip(".")) > 1]
    if not names or THING_AFTER.match(text, end):
        return False
    if cues.NAME_SAID.search(before):
        return True
    if cues.STRONG_BEFORE.search(before) and (not lexicon.is_ordinary(names[0]) or lexicon.may_be_given(names[0])):
        return True
    if all(word.isupper() for word in names) and not any(map(lexicon.is_known, names)):
        return False  # shouting, or an abbreviation
    if label in _PLACE_LABELS and cues.IN_PLACE.search(before):
        return False
    if len(names) > 1:
        return _is_full_name(names, len(words) > len(names), before, lexicon, label)
    if len(words) > 1:  # initials before or after one word: `J. Patel`
        return lexicon.is_known(names[0]) or not lexicon.is_ordinary(names[0])
    return _is_single_name(text, start, end, before, lexicon, label=label)


def _is_full_name(names: Sequence[str], has_initials: bool, before: str, lexicon: Lexicon, label: str) -> bool:
    if names[-1].lower() in _ORGANIZATION_ENDS:
        return False
    spoken_of = label == "PERSON" or bool(cues.BEFORE.search(before))
    plain = [lexicon.is_ordinary(word) and not lexicon.is_surname(word) for word in names]
    if lexicon.is_given(names[0]):
        return True
    if lexicon.may_be_given(names[0]) and (spoken_of or not all(plain[1:])):
        return True
    if any(map(lexicon.is_surname, names[1:])) and (spoken_of or not plain[0]):
        return True
    return (spoken_of and bool(label) and not any(plain)) or (has_initials and not all(plain))


def _is_single_name(text: str, start: int, end: int, before: str, lexicon: Lexicon, *, label: str) -> bool:
    name, is_person = text[start:end], label == "PERSON"
    if name.isupper() and len(name) < 4:
        return False  # a currency, an airport, an abbreviation
    announced = bool(cues.BEFORE.search(before))
    acts = bool(cues.PERSON_DOES.match(text, end))
    followed = acts or bool(cues.AFTER.match(text, end))
    at_place = bool(cues.PLACE_BEFORE.search(before))
    if lexicon.is_given(name):
        return not cues.ARTICLE.search(before) or followed or is_person
    if lexicon.may_be_given(name):
        believed = is_person and not at_place and (announced or bool(cues.LOWER_BEFORE.search(before)))
        return acts or believed or (bool(cues.SELF_BEFORE.search(before)) and text[end : end + 6] == " from ")
    if lexicon.is_ordinary(name) or (at_place and not is_person):
        return False
    if lexicon.is_surname(name):
        return announced or followed or bool(label)
    return acts or (announced and followed and bool(label))


# -- what the language model marked


def _from_entities(text: str, marked: Sequence[Entity], lexicon: Lexicon) -> Iterator[Stretch]:
    """Entities that the model calls people, and those of other labels that begin with a given name and have a "
    "surname."""
    for entity in marked:
        stop = cues.STOP.search(text, entity.start + 1, entity.end)
        start, end = _trim(text, entity.start, stop.start() if stop else entity.end, lexicon)
        if not cues.TITLE_START.match(text, start):
            start, _ = _without_role(text, start, cues.TOKEN.findall(text[start:end]), lexicon)
        words = [word for word in cues.ANY_WORD.findall(text[start:end]) if len(word) > 1]
        if not words or len(words) > 6 or THING_AFTER.match(text, end) or words[-1].lower() in _ORGANIZATION_ENDS:
            continue
        if entity.label == "PERSON":
            if _could_be_name(text, start, end, words, lexicon):
                yield start, end
        elif 1 < len(words) < 4 and lexicon.is_given(words[0]) and not re.search(r"[&\d]", text[start:end]):
            yield start, end


def _could_be_name(text: str, start: int, end: int, words: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether what the model calls a person is more than a capitalised word of the language."""
    first = words[0]
    if any(character.isdigit() for character in text[start:end]):
        return False
    if not first[0].isupper() and not lexicon.is_given(first) and first not in _PARTICLES:
        return False
    if len(words) == 1 and first.isupper() and (len(first) < 4 or not lexicon.is_known(first)):
        return False
    if not all(lexicon.is_ordinary(word) and not lexicon.is_given(word) for word in words):
        return True
    if not lexicon.may_be_given(first) or not all(word[0].isupper() for word in words):
        return False
    before = text[max(0, start - _LEFT) : start]
    said = bool(cues.BEFORE.search(before)) or bool(cues.PERSON_DOES.match(text, end))
    return len(words) > 1 or (said and not cues.PLACE_BEFORE.search(before))


# -- phrases, and what stands beside


def _from_phrases(text: str, lexicon: Lexicon) -> Iterator[Stretch]:
    """Greetings, sign-offs, last lines, `Mills, Karen`, and `my name is …` in any case."""
    for pattern in (cues.GREETING, cues.SIGN_OFF):
        for match in pattern.finditer(text):
            if _is_phrase_name(match, text, lexicon):
                yield match.span("name")
    last = cues.LAST_LINE.search(text, max(0, len(text) - 90))
    if last and _is_phrase_name(last, text, lexicon):
        words = cues.ANY_WORD.findall(last["name"])
        known = any(lexicon.may_be_given(word) or lexicon.is_surname(word) for word in words)
        if len(words) < 5 and (known or (len(words) > 1 and not all(map(lexicon.is_ordinary, words)))):
            yield last.span("name")
    for match in cues.REVERSED.finditer(text):
        family = match["family"]
        if lexicon.may_be_given(match["given"]) and (lexicon.is_surname(family) or not lexicon.is_ordinary(family)):
            yield match.span("name")
    for match in cues.SAID.finditer(text):
        words = match["name"].split()
        if not lexicon.is_ordinary(words[0]) or lexicon.may_be_given(words[0]):
            extra = len(words) > 1 and words[-1].islower() and _is_only_word(words[-1], lexicon)
            yield match.start("name"), match.end("name") - (len(words[-1]) + 1 if extra else 0)


def _is_only_word(word: str, lexicon: Lexicon) -> bool:
    return lexicon.is_ordinary(word) and not lexicon.may_be_given(word)


def _is_phrase_name(match: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """Whether the words that follow a greeting or a sign-off are not all words of the language."""
    words = cues.ANY_WORD.findall(match["name"])
    if not words or any(word.lower() in NOT_NAMES for word in words) or THING_AFTER.match(text, match.end("name")):
        return False
    if len(words) == 1 and words[0].islower() and lexicon.is_ordinary(words[0]):
        return False
    if sum(word.islower() and word in lexicon.words for word in words) > 1:
        return False
    return not all(_is_only_word(word, lexicon) for word in words)


def _beside_mail(text: str, lexicon: Lexicon) -> Iterator[Stretch]:
    """Words near a mail address that its first part spells: `rosie p rosiep@…`."""
    for match in cues.MAIL_NAME.finditer(text):
        local = fold(match[1] or match[2])
        for start in (max(0, match.start() - 40), match.end()):
            for word in cues.ANY_WORD.finditer(text, start, min(len(text), start + 40)):
                if (
                    match.start() <= word.start() < match.end()
                    or len(word.group()) < 3
                    or fold(word.group()) not in local
                ):
                    continue
                if not _is_only_word(word.group(), lexicon) and not _touches(text, word.start(), word.end()):
                    initial = re.match(r" [^\W\d_]\b\.?", text[word.end() : word.end() + 4])
                    spelled = initial is not None and initial.group().strip(" .").lower() in local
                    yield word.start(), word.end() + (initial.end() if initial and spelled else 0)


def _touches(text: str, start: int, end: int) -> bool:
    """Whether a word is part of an address, a handle or a file name."""
    return text[max(0, start - 1) : start] in ("@", ".", "_", "/") or text[end : end + 1] in ("@", "_")


def _beside_names(text: str, names: Sequence[Stretch], lexicon: Lexicon) -> Iterator[Stretch]:
    """Single words that stand in a row with names: `Hans, Oyelaran and Linda`."""
    known = dict(names)
    for start, end in sorted(names):
        position = end
        while (match := cues.NEXT_NAME.match(text, position)) and match.start(1) not in known:
            following = cues.NEXT_NAME.match(text, match.end(1))
            surrounded = following is not None and following.start(1) in known
            if THING_AFTER.match(text, match.end(1)) or not _joins(match[1], lexicon, surrounded=surrounded):
                break
            yield match.span(1)
            position = match.end(1)
        before = cues.NAME_BEFORE.search(text, max(0, start - 40), start)
        if before and _joins(before[1], lexicon, surrounded=False):
            left = before.start(1)
            if not cues.PLACE_BEFORE.search(text[max(0, left - 20) : left]):
                yield before.span(1)


def _joins(word: str, lexicon: Lexicon, *, surrounded: bool) -> bool:
    if word.lower() in NOT_NAMES:
        return False
    return lexicon.is_known(word) or not lexicon.is_ordinary(word) or (surrounded and lexicon.may_be_given(word))


def _without_capitals(text: str, lexicon: Lexicon) -> Iterator[Stretch]:
    """In text without capitals: given names that are no words, each with a surname after it."""
    words = list(cues.ANY_WORD.finditer(text))
    capitals = sum(word.group()[0].isupper() for word in words)
    if capitals and not (text[:1].islower() and capitals * 12 <= len(words)):
        return
    position = 0
    for place, word in enumerate(words):
        name, start, end = word.group(), word.start(), word.end()
        if start < position or len(name) < 3 or name in _LOWER_WORDS or _touches(text, start, end):
            continue
        is_given = lexicon.is_given(name)
        if not is_given and (lexicon.is_ordinary(name) or not lexicon.is_surname(name)):
            continue
        before = text[max(0, start - _LEFT) : start]
        if (is_given and len(name) > 3) or cues.STRONG_BEFORE.search(before) or cues.AFTER.match(text, end):
            position = _end_of_name(text, words[place + 1 : place + 4], end, lexicon)
            yield start, position


def _end_of_name(text: str, following: Iterable[re.Match[str]], end: int, lexicon: Lexicon) -> int:
    """The end of a name that a surname, perhaps with particles, may follow."""
    position = end
    for word in following:
        if text[position : word.start()] != " ":
            break
        if word.group() not in _PARTICLES:
            return end if lexicon.is_ordinary(word.group()) else word.end()
        position = word.end()
    return end


def _mentions(text: str, names: Sequence[Stretch], lexicon: Lexicon) -> Iterator[Stretch]:
    """Bare mentions, elsewhere, of the parts of the names found."""
    parts = {
        word
        for start, end in names
        for word in cues.ANY_WORD.findall(text[start:end])
        if len(word) > 2 and word.lower() not in NOT_NAMES and word.lower() not in _PARTICLES
        if lexicon.is_given(word) or not lexicon.is_ordinary(word)
    }
    if not parts:
        return
    taken = sorted(names)
    place = 0
    for match in cues.ANY_WORD.finditer(text):
        while place < len(taken) and taken[place][1] <= match.start():
            place += 1
        if match.group() not in parts or (place < len(taken) and taken[place][0] <= match.start()):
            continue
        if not THING_AFTER.match(text, match.end()) and not _touches(text, *match.span()):
            yield match.span()


# -- the ends of a name


def _trim(text: str, start: int, end: int, lexicon: Lexicon) -> Stretch:
    """A name without line breaks, possessive, punctuation and words that are never names; with its title and degree."""
    value = _trim_right(text[start:end].split("\n", maxsplit=1)[0], lexicon)
    lead = len(value) - len(value.lstrip(" \t\"“'(>?,:-"))
    start, end = start + lead, start + len(value)
    title = cues.TITLE_START.match(text, start)
    if title is None or title.end() >= end:
        start = _trim_left(text, start, end)
    before = cues.TITLE_END.search(text[max(0, start - 11) : start])
    if before:
        start -= len(before.group())
    suffix = cues.SUFFIX.match(text, end)
    return start, suffix.end() if suffix else end


def _trim_left(text: str, start: int, end: int) -> int:
    word = cues.ANY_WORD.match(text, start, end)
    while word and word.group().lower() in NOT_NAMES and word.end() < end and text[word.end()] != ".":
        rest = text[word.end() : end]
        start = word.end() + len(rest) - len(rest.lstrip(" ,.:"))
        word = cues.ANY_WORD.match(text, start, end)
    return start


def _trim_right(value: str, lexicon: Lexicon) -> str:
    while True:
        shorter = value.rstrip(' \t,!?;:()"“”')
        if shorter[-2:] in ("'s", "’s"):
            shorter = shorter[:-2]
        if shorter.endswith(".") and not re.search(r"(?:^|\W)[^\W\d_]{1,3}\.$", shorter[-6:]):
            shorter = shorter[:-1]
        words = shorter.rsplit(None, 1)
        if len(words) > 1 and (words[1].lower() in NOT_NAMES or _is_trailing_word(words[1], lexicon)):
            shorter = words[0]
        if shorter == value:
            return value
        value = shorter


def _is_trailing_word(word: str, lexicon: Lexicon) -> bool:
    return len(word) > 1 and word.islower() and word in lexicon.words and not lexicon.is_given(word)
