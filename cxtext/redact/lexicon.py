"""Words that tell names from ordinary language: given names, surnames, their endings, and English words.

The lists of names are facts gathered from many cultures; the ordinary English words come from the spaCy model's own
lemma tables, so that no second dictionary travels with the package.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cxtext.redact.words import name_list, pattern_list, word_list

_SPECIAL = str.maketrans(
    {"ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "e", "’": "'"}
)
_INFLECTIONS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ied", "y"), ("ing", ""), ("ing", "e"),
    ("er", ""), ("er", "e"), ("est", ""), ("ly", ""), ("ness", ""), ("'s", ""),
)  # fmt: skip
_SURNAME_ENDING = re.compile(
    r"[a-z]{2,30}(?:ov|ova|ev|eva|in[a]?ova|ovic|evic|vic|sson|sdottir|dottir|sen|ssen|wicz|wski|wska|cki|cka|"
    r"nski|nska|dze|shvili|"
    r"yan|enko|chuk|czyk|czak|nen|oglu|escu|eanu|poulos|akis|idis|opoulou|ishi|moto|mura|yama|saki|guchi|"
    r"quist|qvist|strom|gren|berg|feld|mann|stein|burger|meyer|maier|huber|elli|etti|ucci|azzo|aldi|ini|"
    r"ez|eira|eiro|ic|ak|ek|skyi|sky|skaya|ovich|evich)"
)
_SURNAME_START = re.compile(r"(?:Mc|Mac|O['’]|D['’]|Fitz|Ní |Ó )[A-ZÀ-Þ]")

NOT_NAMES = word_list("not_names")
# People's names that are brands, products or assistants.
BRANDS = re.compile(rf"\b(?:{'|'.join(sorted(pattern_list('brands')))})\b", re.I)  # fmt: skip
COMPANIES = word_list("companies")
# A word that follows a name which names a thing: `the Grace plan`, `the Charlotte store`, `Morgan 4.2`.
THING_AFTER = re.compile(
    r"['’]?s?[ ](?:plan|store|branch|shop|office|hotel|airport|station|street|road|centre|center|jacket|"
    r"trainers?|shoes?|jeans|"
    r"promo|promotion|edition|collection|model|server|build|app|account type|package|bundle|tariff|card|phone|"
    r"watch|line|site|"
    r"stop|terminal|ave|airways|air|warehouse|depot|restaurant|cafe|bar|club|museum|park|theatre|stadium|county|"
    r"city|university|college|school|"
    r"hospital|church|bank|airlines?|insurance|group|inc|ltd|llc|corp|gmbh|plc|foundation|institute|reward|"
    r"rewards|plus|premium|"
    r"prize|award|day|act|whisk(?:e)?y|beer|sauce|sofa|chair|table|mattress|bed|lamp|dress|shirt|coat|bag|perfume|"
    r"\d+(?:\.\d+)+)\b",
    re.I,
)  # fmt: skip


def fold(word: str) -> str:
    """A word as the lists hold it: lower-case, without accents."""
    lowered = word.lower().translate(_SPECIAL)
    return (
        lowered
        if lowered.isascii()
        else "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of words: lists of names, and (where the model has them) the words of the language."""

    given: frozenset[str]
    ambiguous: frozenset[str]
    surnames: frozenset[str]
    words: Collection[str]

    def is_ordinary(self, word: str) -> bool:
        """Whether the word, or what it is inflected from, is in the language's dictionary."""
        lowered = word.lower()
        return (
            lowered in NOT_NAMES
            or lowered in self.words
            or any(
                lowered.endswith(ending)
                and len(lowered) > len(ending) + 2
                and lowered[: -len(ending)] + rest in self.words
                for ending, rest in _INFLECTIONS
            )
        )

    def is_given(self, word: str) -> bool:
        """A given name, or two joined by a hyphen, that is nothing else."""
        folded = fold(word)
        return folded in self.given or ("-" in folded and folded.split("-")[0] in self.given)

    def is_known(self, word: str) -> bool:
        """A given name or a surname."""
        return self.is_given(word) or self.is_surname(word)

    def may_be_given(self, word: str) -> bool:
        """A given name that may also be a word or a place."""
        return self.is_given(word) or fold(word) in self.ambiguous

    def is_surname(self, word: str) -> bool:
        """A known surname, or one by its ending (`-ović`, `-sson`, `-shvili`) that is no word."""
        folded = fold(word)
        if any(part in self.surnames for part in folded.split("-")) or _SURNAME_START.match(word):
            return True
        return len(folded) > 4 and bool(_SURNAME_ENDING.fullmatch(folded)) and not self.is_ordinary(word)


def load_lexicon(nlp: Any) -> Lexicon:
    """The lists of names, with the dictionary that the spaCy model brings (none is no error)."""
    return Lexicon(name_list("given_names"), name_list("ambiguous_names"), name_list("surnames"), _dictionary(nlp))


def _dictionary(nlp: Any) -> frozenset[str]:
    """Base forms and irregular forms from the model's lemma tables, and its stop words."""
    from spacy.lookups import Lookups

    words = set(nlp.Defaults.stop_words)
    folder = nlp.path / "lemmatizer" / "lookups"
    if (folder / "lookups.bin").is_file():
        lookups = Lookups().from_disk(folder)
        for table in ("lemma_index", "lemma_exc"):
            if lookups.has_table(table):
                words.update(word for known in lookups.get_table(table).values() for word in known)
    return frozenset(words)
