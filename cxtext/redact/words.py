"""The lists of words that travel with the package, read once."""

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _sections() -> dict[str, str]:
    text = (files("cxtext.redact") / "words.txt").read_text("utf-8")
    sections = (section.split("\n", 1) for section in text.split("\n## ")[1:])
    return {head.split(":")[0]: body for head, body in sections}


def word_list(name: str) -> frozenset[str]:
    """The words of a section of `words.txt`."""
    return frozenset(_sections()[name].split())


def pattern_list(name: str) -> list[str]:
    """The regular expressions of a section of `words.txt`, one a line."""
    return [line for line in _sections()[name].splitlines() if line]


@lru_cache(maxsize=3)
def name_list(name: str) -> frozenset[str]:
    """The names of a file of names: lower-case, without accents."""
    lines = (files("cxtext.redact") / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
