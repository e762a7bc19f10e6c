"""Numbers, dates and strangers' texts as readers see them. The same value always gives the same words."""

import math
import re
import unicodedata
from datetime import date
from typing import Final

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMERALS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MINUS: Final = "\u2212"
JOINERS: Final = {"\u200c", "\u200d"}  # needed to write Persian, Hindi and emoji
MAX_MARKS: Final = 3  # accents stacked on one letter in any living script
SPACES: Final = re.compile(r"\s+")
LANGUAGES: Final = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "nb": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
    "zh": "Chinese", "und": "too short to tell",
}  # fmt: skip
SKIPPED: Final = {
    "empty": "nothing left after cleaning",
    "no_meaning": "without meaning (“n/a”, “test”)",
    "language": "language not analysed",
}
SCORES: Final = {"nps": "NPS", "csat": "CSAT", "ces": "Customer effort", "stars": "Stars"}


def plain(text: object, limit: int | None = None) -> str:
    """A stranger's text on one line, without control, direction or invisible characters, cut at a word.

    What is left may still be HTML or Markdown: each rendering escapes it in its own way.
    """
    if not isinstance(text, str):
        return ""
    kept: list[str] = []
    marks = 0
    for character in text if limit is None else text[: limit * 8]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category == "Cs":
            kept.append("\ufffd")
        elif category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif marks <= MAX_MARKS and (category not in {"Cf", "Cn"} or character in JOINERS):
            kept.append(character)
    line = SPACES.sub(" ", "".join(kept)).strip()
    return line if limit is None else shorten(line, limit)


def shorten(text: str, limit: int) -> str:
    """The text, or as many whole words of it as fit, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    words = cut.rsplit(" ", 1)[0]
    return (words if len(words) > limit / 2 else cut).rstrip(" ,;:.-") + "…"


def count(number: float) -> str:
    """1234 -> `1,234`; expectations are rounded to whole documents."""
    rounded = round(number)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,}"


def plural(number: float, one: str, many: str = "") -> str:
    """`1 document`, `1,234 documents`."""
    return f"{count(number)} {one if round(number) == 1 else many or one + 's'}"


def numeral(number: int) -> str:
    """Small numbers in words, as in running text."""
    return NUMERALS[number] if 0 <= number < len(NUMERALS) else count(number)


def percent(share: float | None) -> str:
    """A share in whole percent, never rounding a few to none or nearly all to all."""
    if share is None or not math.isfinite(share):
        return "–"
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 < share < 1:
        return "over 99%"
    return f"{round(share * 100)}%"


def ratio(part: float, whole: float) -> str:
    """A part of a whole in percent; a dash where there is no whole."""
    return percent(part / whole) if whole else "–"


def decimal(number: float, digits: int = 1) -> str:
    """3.14159 -> `3.1`, with a real minus sign."""
    text = f"{abs(number):,.{digits}f}"
    return f"{MINUS}{text}" if number < 0 and float(text.replace(",", "")) else text


def span(low: float, high: float, unit: str = "") -> str:
    """An interval in words: `12 to 18`."""
    return f"{count(low)} to {count(high)}{unit}"


def day_of(day: date, *, year: bool = False) -> str:
    """`9 Jun` or `9 Jun 2025`."""
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def long_day(day: date) -> str:
    """`Tuesday 10 Jun 2025`."""
    return f"{WEEKDAYS[day.weekday()]} {day_of(day, year=True)}"


def chance(p_value: float | None) -> str:
    """How likely so many are by chance alone, in words; empty where it was not tested."""
    if p_value is None or not math.isfinite(p_value):
        return ""
    if p_value < 0.001:
        return "Chance alone would bring so many less than once in 1,000 weeks."
    if p_value < 0.5:
        return f"Chance alone would bring so many about once in {count(1 / p_value)} weeks."
    return "Chance alone would often bring so many."


def listed(parts: list[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def sentence(text: str) -> str:
    """The text with a capital first letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def language_name(code: str) -> str:
    """`de` -> `German`; an unknown code stays a code."""
    return LANGUAGES.get(code, plain(code, 20))


def score_name(kind: str) -> str:
    """`nps` -> `NPS`."""
    return SCORES.get(kind, sentence(plain(kind, 20)))


def humanise(name: str) -> str:
    """`origin_macro_f1` -> `Origin macro-F1`: the figures' names in model cards."""
    text = plain(name, 60).replace("_", " ").replace("macro f1", "macro-F1").replace("nmi", "NMI")
    return sentence(re.sub(r"\bari\b", "ARI", re.sub(r"\bf1\b", "F1", text)))
