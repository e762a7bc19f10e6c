"""Text files of unknown encoding."""

import codecs
from pathlib import Path

SAMPLE_BYTES = 1 << 20

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SINGLE_BYTE = ["cp1252", "latin_1", "cp1250", "cp1251", "mac_roman", "utf_16"]

# Single stray bytes in a UTF-8 file come from programs that write Windows-1252.
MEND_BYTES = "cxtext-windows-1252"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return broken.decode("cp1252", "replace"), error.end


codecs.register_error(MEND_BYTES, _as_windows_1252)


def detect_encoding(path: Path) -> str:
    """The encoding of a text file by its byte-order mark, by trying UTF-8 on all of it, or by its statistics."""
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    for mark, encoding in BOMS:
        if sample.startswith(mark):
            return encoding
    broken, multibyte = _utf8_faults(path)
    if broken == 0 or multibyte > broken:
        return "utf-8"
    return _by_statistics(sample)


def _by_statistics(sample: bytes) -> str:
    """The encoding that charset-normalizer prefers; where Windows-1252 is as good, it is by far the likelier."""
    from charset_normalizer import from_bytes

    guesses = from_bytes(sample, cp_isolation=SINGLE_BYTE)
    best = guesses.best()
    if best is None:
        return "cp1252"
    as_good = [guess for guess in guesses if (guess.chaos, -guess.coherence) <= (best.chaos, -best.coherence)]
    return "cp1252" if any(guess.encoding == "cp1252" for guess in as_good) else best.encoding


def _utf8_faults(path: Path) -> tuple[int, int]:
    """(bytes that are not UTF-8, characters of several bytes that are), counted over the whole file."""
    broken = multibyte = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as stream:
        while chunk := stream.read(SAMPLE_BYTES):
            text = decoder.decode(chunk)
            faults = text.count("�") - chunk.count("�".encode())
            broken += max(faults, 0)
            multibyte += sum(ord(character) > 127 for character in text) - max(faults, 0) if not text.isascii() else 0
    return broken, multibyte
