"""Text files of unknown encoding."""

import codecs
import io
import re
from pathlib import Path

SAMPLE_BYTES = 1 << 20

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SINGLE_BYTE = ["cp1252", "latin_1", "cp1250", "mac_roman"]

# What bytes become when they are read as Windows-1252. Its signs stand in English texts that have no other character
# beyond ASCII; its superscripts and the like beside letters are letters of another encoding; and four letters beyond
# ASCII in a row are a word in an alphabet that is not Latin.
SIGNS = re.compile("[€£¥§©®°·•–—‘’“”„…™«»¡´\u00a0]")
STRANGE = re.compile("(?<=[^\\W\\d_])[¹²³¼½¾¿ªº¶±¤¦ƒ\ufffd]|[¹²³¼½¾ªº¶±¤¦ƒ\ufffd](?=[^\\W\\d_])")
WORDS_BEYOND_ASCII = re.compile("[À-ÿ]{4,}")

# Single stray bytes in a UTF-8 file come from programs that write Windows-1252.
MEND_BYTES = "cxtext-windows-1252"
STRAY = 4  # broken bytes to a character of several bytes that is whole; beyond it the file is no UTF-8


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return broken.decode("cp1252", "replace"), error.end


codecs.register_error(MEND_BYTES, _as_windows_1252)


def open_text(path: Path, encoding: str | None, *, newline: str) -> io.TextIOWrapper:
    """A text file in the encoding that is named or detected, without its byte-order mark; broken bytes are mended."""
    found = encoding or detect_encoding(path)
    if codecs.lookup(found).name == "utf-8":
        found = "utf-8-sig"
    return path.open(encoding=found, errors=MEND_BYTES, newline=newline)


def detect_encoding(path: Path) -> str:
    """The encoding of a text file by its byte-order mark, by trying UTF-8 on all of it, or by its statistics."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    # UTF-16 without its mark: every second byte of Latin text is zero
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[offset::2].count(0) * 4 > len(sample):
            return encoding
    broken, multibyte = _utf8_faults(path)
    if broken == 0 or multibyte * STRAY >= broken:
        return "utf-8"
    return _by_statistics(sample)


def _by_statistics(sample: bytes) -> str:
    """Windows-1252 unless its reading is strange or charset-normalizer finds it impossible; short texts say little."""
    from charset_normalizer import from_bytes

    western = sample.decode("cp1252", "replace")
    beyond = sum(character > "\x7f" for character in western)
    if sum(map(len, WORDS_BEYOND_ASCII.findall(western))) * 2 > beyond:
        return "cp1251"
    is_strange = len(STRANGE.findall(western)) * 20 > beyond
    if not is_strange and len(SIGNS.findall(western)) * 2 >= beyond:
        return "cp1252"
    guesses = list(from_bytes(sample, cp_isolation=SINGLE_BYTE))
    if not is_strange and any("cp1252" in guess.could_be_from_charset for guess in guesses):
        return "cp1252"
    return next((guess.encoding for guess in guesses if guess.encoding != "cp1252"), "cp1252")


def _utf8_faults(path: Path) -> tuple[int, int]:
    """(bytes that are not UTF-8, characters of several bytes that are), counted over the whole file."""
    broken = multibyte = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as stream:
        while chunk := stream.read(SAMPLE_BYTES):
            text = decoder.decode(chunk)
            faults = max(text.count("\ufffd") - chunk.count("\ufffd".encode()), 0)
            broken += faults
            multibyte += 0 if text.isascii() else sum(character > "\x7f" for character in text) - faults
    return broken, multibyte
