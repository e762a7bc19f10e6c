"""Words as the themes count them: which are forms of one, how they are written, and which language they are of."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from runpy import run_path

WORD = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W_])?")  # begins with a letter
HANDLE = re.compile(r"(?<!\w)@(\w+)")
OWNER = re.compile(r"(?:'s|s')$")
VOWEL = re.compile("[aeiouy]")
NEW_SENTENCE = re.compile(r"(?:^|[.!?:\n])\W*$")
LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
OTHER_LANGUAGES = ("cs", "da", "de", "es", "fi", "fr", "hr", "hu", "id", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
# Words that say nothing about a theme: in no phrase, and at neither end of one.
BREAKS = frozenset(
    (
        "anybody anyone anything dear everybody everyone everything etc hello hey hi lol need needed needing needs "
        "nobody nothing ok okay please pls somebody someone something thank thanks thing things want wanted wanting "
        "wants"
    ).split()
)
EMPTY = frozenset(
    (
        "able again be been being bit case day days did do does done feel find get gets getting go going gone got guy "
        "guys had happen happened happening happens has have having help hour hours issue issues just keep keeping "
        "keeps kept kind know known let like look looking lot lots madam made make makes making matter mean minute "
        "minutes month months morning one ones people put puts putting question questions reason regards said say "
        "saying says see seem seems sir sort sure take takes tell think thinking thought time times today told "
        "tomorrow tonight tried try trying use used uses using way week weeks went year years yesterday"
    ).split()
)
# Of these, the ones that say something behind another noun ("delivery time").
COMPOUNDED = frozenset(
    "case day days hour hours issue issues minute minutes month months question questions time times week weeks".split()
)
ADDRESSED = 0.01  # share of texts
SHOUTED = 0.5  # share of a text's words with a capital from which its capitals say nothing


def words_of(text: str) -> list[str]:
    """A text's words in small letters, with straight apostrophes."""
    return WORD.findall(text.lower().replace("’", "'"))


def is_word(text: str) -> bool:
    """Whether a text is one word: letters, and hyphens, apostrophes or figures inside."""
    return WORD.fullmatch(text) is not None


def stem(word: str) -> str:
    """What the regular forms of an English word share: "charg" of charge, charges, charged and charging.

    Only inflection is taken off: "payment" is no form of "pay".
    """
    word = OWNER.sub("", word.lower().replace("’", "'"))
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith(("ies", "ied")):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        start = word.removesuffix(ending)
        if start != word and len(start) >= 3 and VOWEL.search(start):
            word = start[:-1] if start[-1] == start[-2] and start[-1] not in "lsz" else start
            break
    if word.endswith("ll") and len(word) > 5:  # cancelled, cancel
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def handles(texts: Sequence[str]) -> frozenset[str]:
    """The accounts that many texts address ("@acme"), in small letters: whom a text goes to is not what it is about."""
    counts = Counter(name for text in texts if "@" in text for name in set(HANDLE.findall(text.lower())))
    return frozenset(name for name, count in counts.items() if count >= max(2, ADDRESSED * len(texts)))


def usual_forms(texts: Iterable[str]) -> dict[str, str]:
    """Words in small letters -> how they are mostly written inside sentences, where that is another way ("ATM")."""
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        found = list(WORD.finditer(text.replace("’", "'")))
        if sum(word[0][0].isupper() for word in found) > SHOUTED * len(found):
            continue
        for word in found:
            if not NEW_SENTENCE.search(text[max(word.start() - 4, 0) : word.start()]):
                forms.setdefault(word[0].lower(), Counter())[word[0]] += 1
    usual = {word: max(sorted(counts), key=counts.__getitem__) for word, counts in forms.items()}
    return {word: form for word, form in usual.items() if form != word}


def is_foreign(text: str) -> bool:
    """Whether a text is plainly not English: of another script, or with more function words of another language."""
    letters = [each for each in text if each.isalpha()]
    if 2 * sum(map(bool, map(LATIN.match, letters))) < len(letters):
        return True
    words = words_of(text)
    english, *others = (sum(word in known for word in words) for known in _function_words())
    return max(others) > max(english, 1)  # English texts hold one by chance, as "email" is one in Dutch


def is_function_word(word: str) -> bool:
    """Whether a word in small letters is a function word of one of the languages."""
    return any(word in known for known in _function_words())


@lru_cache(maxsize=1)
def _function_words() -> tuple[frozenset[str], ...]:
    """The function words of English, then of the others those that English has not."""
    import spacy

    # read as files: to import a language compiles its whole tokenizer, for French seconds of it
    folder = Path(spacy.__file__).parent / "lang"
    english, *others = (
        frozenset(run_path(str(folder / code / "stop_words.py"))["STOP_WORDS"]) for code in ("en", *OTHER_LANGUAGES)
    )
    return english, *(frozenset(word for word in other - english if len(word) > 1) for other in others)
