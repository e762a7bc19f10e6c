"""Personal details of the net: mail addresses, links that open an account, user names."""

import re
from collections.abc import Callable, Iterator

from cxtext.redact.spans import Span

_EMAIL = re.compile(r"[\w.+%'’&/=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\b")
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w.-])[\w.-]{1,40}(?: dot [\w-]{1,30}){0,3} ?(?:\(at\)|\[at\]| at ) ?"
    r"[\w-]{2,40}(?: ?(?:\(dot\)|\[dot\]| dot ) ?[\w-]{2,20}){1,3}\b",
    re.I,
)
_HIDDEN_EMAIL = re.compile(r"(?<![\w.-])[\w.-]{1,40} ?[(\[]at[)\]] ?[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}", re.I)
_URL = re.compile(r"https?://[^\s<>\"]{1,2000}", re.I)
_SECRET = re.compile(
    r"[?&#/](?:token|key|auth|sig|session|sid|code|reset|email|user|uid|invite|access_token|t|k|h)[=/].{4}|@|%40", re.I
)
_NETWORKS = (
    r"insta(?:gram)?|twitter|tiktok|telegram|snapchat|discord|skype|steam(?: id)?|psn|xbox|gamer ?tag|"
    r"twitch|reddit|facebook|fb"
)
_VALUE = r"(?P<value>@?\w[\w.#-]{2,40})"
_AFTER_LABEL = re.compile(
    r"\b(?:user ?name|user ?id|log ?in(?: ?name| ?id)?|screen ?name|display name|handle|nick(?: ?name)?|"
    rf"profile(?: name)?|{_NETWORKS})(?: (?:is|was|as|name|id|at the time|for it|on file|account|handle)){{0,3}}"
    rf" ?[:=,]? ?[\"'“]?{_VALUE}",
    re.I,
)
_AFTER_WORD = re.compile(
    r"\b(?:user|account|acct|play(?:ing)? as|called|named|known as|friend|player|member|"
    r"(?:logg?ed|signed|sign|log) in as|guy|profile)(?: (?:says|is|was|name|named|called|id|tag)){0,2}"
    rf" ?[:,]? ?[\"'“]?{_VALUE}",
    re.I,
)
_AT_HANDLE = re.compile(r"(?<![\w@.])@\w[\w.]{2,30}")
_HANDLE = re.compile(
    r"[\w.-]{1,40}#\d{3,6}|[^\W_]{1,40}(?:[._]{1,2}[^\W_]{1,40}){1,9}_?|[a-z]{3,40}\d{2,4}|[a-z]{1,40}\d[a-z\d]{0,40}|@\w[\w.]{1,40}",
    re.I,
)
_GLUED = re.compile(r"[a-z]\.[A-Z][a-z]")  # two sentences without a space, not a name with a dot
_DOMAIN_END = re.compile(
    r"\.(?:com|net|org|io|co|uk|de|fr|gov|edu|app|dev|info|html?|php|pdf|csv|exe|docx?|xlsx?|png|jpe?g|txt|zip)$", re.I
)


def find_online(text: str, is_word: Callable[[str], bool]) -> Iterator[Span]:
    """Mail addresses, links with a secret or a person in them, and user names; `is_word` knows the language's words."""
    if "@" in text:
        yield from (Span(*match.span(), "EMAIL") for match in _EMAIL.finditer(text))
        yield from _at_handles(text)
    lowered = text.lower()
    if " dot " in lowered or "dot)" in lowered or "dot]" in lowered:
        yield from (Span(*match.span(), "EMAIL") for match in _SPOKEN_EMAIL.finditer(text))
    if "(at)" in lowered or "[at]" in lowered:
        yield from (Span(*match.span(), "EMAIL") for match in _HIDDEN_EMAIL.finditer(text))
    if "http" in lowered:
        for match in _URL.finditer(text):
            if _SECRET.search(match.group()):
                yield Span(match.start(), match.start() + len(match.group().rstrip(".,;:!?)'\"]")), "URL")
    yield from _user_names(text, is_word)


def _at_handles(text: str) -> Iterator[Span]:
    """`@handle` where it is a person's by its form; companies' plain handles stay."""
    for match in _AT_HANDLE.finditer(text):
        if re.search(r"[\d_.]", match.group().rstrip(".")[1:]):
            yield Span(match.start(), match.start() + len(match.group().rstrip(".")), "USERNAME")


def _user_names(text: str, is_word: Callable[[str], bool]) -> Iterator[Span]:
    for pattern in (_AFTER_LABEL, _AFTER_WORD):
        for match in pattern.finditer(text):
            value = match["value"].rstrip(".-#")
            start = match.start("value")
            if len(value) > 3 and _is_handle(value, is_word, labelled=pattern is _AFTER_LABEL):
                yield Span(start, start + len(value), "USERNAME")


def _is_handle(value: str, is_word: Callable[[str], bool], *, labelled: bool) -> bool:
    """Letters with digits, dots or underscores; or, after a label, words joined by hyphens that are not all words."""
    if _DOMAIN_END.search(value) or _GLUED.search(value) or not any(character.isalpha() for character in value):
        return False
    if _HANDLE.fullmatch(value):
        return labelled or not value.isupper()
    parts = value.split("-")
    return (
        len(parts) > 1
        and all(parts)
        and value == value.lower()
        and any(len(part) > 2 and not is_word(part) for part in parts)
    )
