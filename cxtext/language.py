"""The language of a text."""

import re
from functools import lru_cache
from typing import Any

UNKNOWN = "und"
MIN_WORDS = 4  # below this a statistical guess is no better than chance
MIN_PROBABILITY = 0.9
WORDS = re.compile(r"[^\W\d_]+")

# Words that English cannot do without and its neighbours do not use: they outweigh a statistical guess.
ENGLISH = frozenset(
    "the and you your with that this not have was for are they would it's its been from will can my we our is it of to "
    "but how what when why i'm im don't dont didn't didnt can't cant too very good bad app service great work works "
    "working please after".split()
)
ENGLISH_SHARE = 0.2


def detect_language(text: str) -> str:
    """ISO 639-1 code of the text's language; `und` where it is too short or too mixed to tell."""
    words = [word.lower() for word in WORDS.findall(text)]
    if len(words) < MIN_WORDS:
        return UNKNOWN if not ENGLISH.intersection(words) else "en"
    if sum(word in ENGLISH for word in words) / len(words) >= ENGLISH_SHARE:
        return "en"
    language, probability = _identifier().classify(text)
    return str(language) if probability >= MIN_PROBABILITY else UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
