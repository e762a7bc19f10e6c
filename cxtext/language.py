"""The language of a text."""

import re
from functools import lru_cache
from typing import Any

from cxtext.placeholders import PLACEHOLDER

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

# Scripts beside the Latin -> their letters and the languages that are written in them. The statistical guess is held to
# these: it takes a short text in one script for a language of another.
SCRIPTS = {
    name: (re.compile(f"[{letters}]"), languages.split())
    for name, letters, languages in (
        ("kana", "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f", "ja"),
        ("han", "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f", "zh ja"),
        ("hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", "ko"),
        ("cyrillic", "\u0400-\u052f", "ru uk bg sr mk be kk ky mn tg tt ba"),
        ("arabic", "\u0620-\u064a\u066e-\u06d3\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdff\ufe70-\ufefc", "ar fa ur ps ug"),
        ("hebrew", "\u05d0-\u05ea", "he"),
        ("greek", "\u0370-\u03ff\u1f00-\u1fff", "el"),
        ("devanagari", "\u0904-\u0939\u0958-\u0961", "hi mr ne sa"),
        ("bengali", "\u0985-\u09b9\u09dc-\u09e1\u09f0\u09f1", "bn as"),
        ("gurmukhi", "\u0a05-\u0a39\u0a59-\u0a5e", "pa"),
        ("gujarati", "\u0a85-\u0ab9", "gu"),
        ("oriya", "\u0b05-\u0b39", "or"),
        ("tamil", "\u0b85-\u0bb9", "ta"),
        ("telugu", "\u0c05-\u0c39", "te"),
        ("kannada", "\u0c85-\u0cb9", "kn"),
        ("malayalam", "\u0d05-\u0d3a", "ml"),
        ("sinhala", "\u0d85-\u0dc6", "si"),
        ("thai", "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46", "th"),
        ("lao", "\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6", "lo"),
        ("tibetan", "\u0f40-\u0f6c", "dz"),
        ("burmese", "\u1000-\u102a", "my"),
        ("georgian", "\u10a0-\u10ff\u1c90-\u1cbf", "ka"),
        ("ethiopic", "\u1200-\u137f", "am"),
        ("khmer", "\u1780-\u17b3", "km"),
        ("armenian", "\u0531-\u0587", "hy"),
    )
}
IDEOGRAPH = 2  # letters of an alphabet that say as much


def detect_language(text: str) -> str:
    """ISO 639-1 code of the text's language; `und` where it is too short or too mixed to tell."""
    script = _script(text[:MAX_CHARACTERS])
    if script is not None:
        return _of_script(script, text[:MAX_CHARACTERS])
    words = [word.lower() for word in WORDS.findall(text)]
    if len(words) < MIN_WORDS:
        return UNKNOWN if not ENGLISH.intersection(words) else "en"
    english = sum(word in ENGLISH for word in words)
    if english / len(words) >= ENGLISH_SHARE and english > sum(word in OTHERS for word in words):
        return "en"
    language, probability = _identifier().classify(text[:MAX_CHARACTERS])
    return str(language) if probability >= MIN_PROBABILITY else UNKNOWN


def _script(text: str) -> str | None:
    """The script of most letters where that is not the Latin one."""
    if text.isascii():
        return None
    counts = {name: len(letters.findall(text)) for name, (letters, _) in SCRIPTS.items()}
    latin = sum(map(len, WORDS.findall(PLACEHOLDER.sub(" ", text)))) - sum(counts.values())
    for name in ("kana", "han"):
        counts[name] *= IDEOGRAPH
    if counts["kana"] * 10 >= counts["han"]:  # Japanese is written in both
        counts["kana"], counts["han"] = counts["kana"] + counts["han"], 0
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] > max(latin, 0) else None


def _of_script(script: str, text: str) -> str:
    """The likeliest of the languages that are written in a script."""
    languages = SCRIPTS[script][1]
    if len(languages) == 1:
        return languages[0]
    return next((str(name) for name, _ in _identifier().rank(text) if name in languages), languages[0])


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
