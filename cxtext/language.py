"""The language of a text."""

import re
from functools import lru_cache
from typing import Any

UNKNOWN = "und"
MIN_WORDS = 4  # below this a statistical guess is no better than chance
MIN_PROBABILITY = 0.9
MAX_CHARACTERS = 2_000  # the guess gets no better with more, and from some thousands on less certain
WORDS = re.compile(r"[^\W\d_]+")

# Words that English cannot do without: they outweigh a statistical guess, unless as many are another language's, since
# `was`, `will`, `is`, `of`, `to` and `for` are words of English's neighbours too.
ENGLISH = frozenset(
    "the and you your with that this not have was for are they would it's its been from will can my we our is it of to "
    "but how what when why i'm im don't dont didn't didnt can't cant too very good bad app service great work works "
    "working please after".split()
)
OTHERS = frozenset(
    "der die das den dem ein eine und ist nicht ich sie wir mit für von zu auf im es auch kein keine sehr bei seit "
    "le la les un une des du et est pas je il elle ne que pour avec sur mon ma mes ce cette très vous nous "
    "el los las y por para con muy mi su lo una se no es de del al está en "
    "il lo gli che di non per della sono mio mia è "
    "o os um uma não com muito meu minha em "
    "het een niet ik van te dat op voor ook maar heb geen de "
    "jest nie się na że do jak mnie mam bardzo ale z w i od po co "
    "jeg det er ikke og på har til mit som av inte och jag att är mitt för på den skal".split()
) - {"no", "i", "do", "on", "me", "se", "con", "al", "del", "en", "des"}  # English has them, or names do
ENGLISH_SHARE = 0.2


def detect_language(text: str) -> str:
    """ISO 639-1 code of the text's language; `und` where it is too short or too mixed to tell."""
    words = [word.lower() for word in WORDS.findall(text)]
    if len(words) < MIN_WORDS:
        return UNKNOWN if not ENGLISH.intersection(words) else "en"
    english = sum(word in ENGLISH for word in words)
    if english / len(words) >= ENGLISH_SHARE and english > sum(word in OTHERS for word in words):
        return "en"
    language, probability = _identifier().classify(text[:MAX_CHARACTERS])
    return str(language) if probability >= MIN_PROBABILITY else UNKNOWN


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
