"""From a verbatim to what the customer newly wrote: HTML, quoted replies, signatures and damage removed."""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cxtext.placeholders import PLACEHOLDER

MAIL_LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]
MAX_CHARACTERS = 20_000  # of a verbatim that are read; the rest is cut
MAX_SUBJECT = 1_000

# What follows a tag's name is a blank: `<b.miller@example.com>` is an address.
HTML_TAG = re.compile(
    r"</?(?:p|br|div|span|html|head|body|style|script|title|table|tr|td|th|a|b|i|u|strong|em|ul|ol|li|h[1-6]|hr|img|pre"
    r"|blockquote|font|center)(?:\s[^<>]*)?/?>",
    re.I,
)
# HTML without one of these is plain text with a tag in it: its line ends are line ends.
HTML_BLOCK = re.compile(r"<(?:p|br|div|html|body|table|ul|ol|li|h[1-6]|blockquote)(?:\s[^<>]*)?/?>", re.I)
AMPERSANDS = re.compile(r"&(?:amp;){2,}")  # escaped again and again, by one system after the other
HTML_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{2,5});", re.I)
QUOTED_HTML = "blockquote, .gmail_quote, .yahoo_quoted, .moz-cite-prefix, #divRplyFwdMsg, #appendonsend"
BLOCKS = "p, div, br, li, tr, td, th, h1, h2, h3, h4, h5, h6, hr, pre, blockquote"

# A line that can only begin a quoted reply, a signature or a disclaimer: texts without one are not parsed as mail.
MAIL_TRACE = re.compile(
    r"^\s*(?:>|--+\s*$|__+|On .{5,120}wrote:|Am .{5,120}schrieb|Le .{5,120}écrit|El .{5,120}escribió"
    r"|From:|Von:|De :|-+ ?(?:Original|Forwarded|Ursprüngliche))",
    re.M,
)
# The parser leaves these to us.
SENT_FROM = re.compile(
    r"^[ \t]*(?:sent (?:from|via) (?:my [\w.-]+(?: [\w.-]+){0,3}"
    r"|(?:the )?(?:mail|outlook|gmail|yahoo|aol|proton|samsung|android|iphone|ipad|blackberry|huawei|nokia|windows"
    r"|spark|thunderbird)\b[\w .-]{0,30})|get outlook for \w+"
    r"|von meinem \w+ gesendet|gesendet mit der [\w.]+ mail app|envoyé de mon \w+|enviado desde mi \w+)[.!]?[ \t]*$",
    re.I | re.M,
)
# Boilerplate speaks of itself in the present: "this email you sent with my confidential file" is the customer's own.
DISCLAIMER = re.compile(
    r"^[ \t]*(?:this (?:e-?mail|message)(?: transmission)?(?:[ ,(]+(?:and|including) (?:any|all|its)[^\n]{0,60}?)?,? "
    r"(?:(?:is|are|may be|contains?|may contain) [^\n]{0,60}?(?:confidential|privileged)|(?:is|are) intended )"
    r"|(?:the|any) (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message) "
    r"|confidentiality notice|diese e-mail (?:enthält|ist vertraulich)|ce message[^\n]{0,60}confidentiel"
    r"|please consider the environment)",
    re.I | re.M,
)
# A line `--` with a few short lines below it.
SIGNATURE = re.compile(r"\n--\n(?:[^\n]{0,80}(?:\n|\Z)){1,8}\Z")
RULED_OFF = re.compile(r"(?:\n[ \t]*[_=-]{3,}[ \t]*)+\Z")
QUOTED_LINE = re.compile(r"^[ \t]*>.*\n?", re.M)
WROTE = re.compile(
    r"^[ \t]*(?:On .{5,120} wrote|Am .{5,120} schrieb.{0,80}|Le .{5,120} écrit|El .{5,120} escribió) ?:"
    r"[ \t]*(?=\n\s*>)",
    re.M,
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLANKS = re.compile(r"[ \t\u00a0]+")
WHITE_SPACE = re.compile(r"\s+")
BLANK_LINES = re.compile(r"\n\s*\n\s*")

# Answers that say nothing, as typed into a mandatory field.
MEANINGLESS = {
    "", "na", "nil", "no", "non", "none", "null", "nope", "nothing", "not applicable", "no comment", "no comments",
    "no answer", "no reason", "nothing to add", "nothing to say", "nothing else", "nothing really", "test", "testing",
    "asdf", "qwerty", "blah", "blah blah", "x", "xx", "xxx", "xxxx", "ok", "okay", "k", "yes", "yep", "see above",
    "as above", "same as above", "same", "ditto", "idk", "dont know", "do not know", "i dont know", "not sure",
    "no idea", "tbc", "tbd", "comment", "comments", "answer", "text", "hello", "hi", "unknown", "n a", "nan", "pass",
    "skip", "no further comment", "no further comments", "prefer not to say", "abc", "hmm", "lol", "no thanks",
    "no thank you",
}  # fmt: skip
LETTERS = re.compile(r"[^\W\d_]+")
PAGE_BREAKS = str.maketrans("\x0b\x0c", "\n\n")  # what word processors and Excel put between lines
MAX_PASSES = 10  # what one cleaning uncovers (`&amp;lt;br&amp;gt;`) the next one takes away
KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text` is what the customer newly wrote; `trimmed` the characters of quotes and signatures removed."""

    text: str
    trimmed: int


def clean(verbatim: str, subject: str | None = None) -> Cleaned:
    """What the customer newly wrote, with the subject on top where it says something that the body does not."""
    body, trimmed = clean_body(verbatim)
    if subject is None:
        return Cleaned(body, trimmed)
    line = strip_subject(_subject_line(subject))
    if not line or _is_meaningless(line) or body.lower().startswith(line.lower()):
        return Cleaned(body, trimmed)
    return Cleaned(f"{line}\n\n{body}" if body else line, trimmed)


def clean_body(verbatim: str) -> tuple[str, int]:
    """(what was newly written, characters of quotes, signatures and disclaimers removed)."""
    text, trimmed = verbatim[:MAX_CHARACTERS], 0
    for _ in range(MAX_PASSES):
        whole = _readable(text)
        reply = _plain_lines(newest_reply(whole))
        trimmed += len(whole) - len(reply)
        if reply == text:
            break
        text = reply
    return text, trimmed


def _readable(text: str) -> str:
    """Plain lines of text, with HTML and damage of encoding undone."""
    import ftfy

    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(PAGE_BREAKS)
    text = AMPERSANDS.sub("&amp;", text)
    if HTML_TAG.search(text):
        text = html_to_text(text)
    elif HTML_ENTITY.search(text):
        text = html.unescape(text)
    return _plain_lines(ftfy.fix_text(text))


def newest_reply(text: str) -> str:
    """A mail's newest part, without quoted replies, signature and disclaimer.

    A text that is nothing but a quote is kept: losing a customer's words is worse than keeping a quote.
    """
    if MAIL_TRACE.search(text):
        parsed = _mail_parser().parse_reply(text) or ""
        if LETTERS.search(parsed):
            text = parsed
        # the parser leaves a quote whose answer stands below it or between its lines
        unquoted = QUOTED_LINE.sub("", WROTE.sub("", text)) if WROTE.search(text) else ""
        if LETTERS.search(unquoted):
            text = unquoted
    # where `--` stands more than once, it parts sections
    for ending in (DISCLAIMER, SIGNATURE, RULED_OFF) if text.count("\n--\n") == 1 else (DISCLAIMER, RULED_OFF):
        match = ending.search(text)
        if match and LETTERS.search(text[: match.start()]):
            text = text[: match.start()]
    without = SENT_FROM.sub("", text)
    return without if LETTERS.search(without) else text


@lru_cache(maxsize=1)
def _mail_parser() -> Any:
    from mailparser_reply import EmailReplyParser

    return EmailReplyParser(languages=MAIL_LANGUAGES)


def html_to_text(markup: str) -> str:
    """Visible text of HTML, one line a block, without quoted replies, scripts and styles."""
    from selectolax.lexbor import LexborHTMLParser

    if not HTML_BLOCK.search(markup):
        markup = markup.replace("\n", "<br>")
    tree = LexborHTMLParser(WHITE_SPACE.sub(" ", markup))
    tree.strip_tags(["script", "style", "head", "title", "noscript", "template"])
    quotes = tree.css(QUOTED_HTML)
    visible = _block_text(tree)
    for quote in quotes:
        quote.decompose()
    newest = _block_text(tree)
    return newest if LETTERS.search(newest) else visible


def _block_text(tree: Any) -> str:
    copy = type(tree)(tree.html or "")
    for node in copy.css(BLOCKS):
        node.insert_after("\n")
    return copy.body.text() if copy.body is not None else ""


def _plain_lines(text: str) -> str:
    text = unicodedata.normalize("NFC", CONTROL.sub("", text))
    lines = [BLANKS.sub(" ", line).strip() for line in text.split("\n")]
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _subject_line(subject: str) -> str:
    line = subject[:MAX_SUBJECT]
    for _ in range(MAX_PASSES):
        line, before = WHITE_SPACE.sub(" ", _readable(line)), line
        if line == before:
            break
    return line


SUBJECT_PREFIX = re.compile(r"^(?:\s*(?:re|fwd?|aw|wg|tr|sv)\s*:\s*|\s*\[[^\]]{0,40}\]\s*)+", re.I)


def strip_subject(subject: str) -> str:
    """A subject line without `Re:`, `Fwd:` and `[Ticket 123]`."""
    return SUBJECT_PREFIX.sub("", subject).strip()


def skip_reason(text: str) -> str | None:
    """Why a cleaned text is left out of analysis: `empty`, `no_meaning`, or None when it is not."""
    if not text.strip():
        return "empty"
    return "no_meaning" if _is_meaningless(text) else None


def _is_meaningless(text: str) -> bool:
    words = LETTERS.findall(PLACEHOLDER.sub(" ", text).lower().replace("'", "").replace("’", ""))
    joined = " ".join(words)
    if joined in MEANINGLESS or len(joined) < 2 or (len(set(words)) == 1 and words[0] in MEANINGLESS):
        return True
    if len(words) > 2:
        return False
    return all(_is_mash(word) for word in words)


def _is_mash(word: str) -> bool:
    """Whether a word is a run along the keyboard or one character again and again."""
    if len(set(word)) == 1:
        return True
    run = word[: (word + word).index(word, 1)]  # of `asdfasdf`: `asdf`
    if len(word) < 4 or len(run) < 3:
        return False
    return any(run in row * 3 or run in row[::-1] * 3 for row in KEYBOARD_ROWS)
