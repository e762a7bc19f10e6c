"""The rules of labelling as a table, from the codebook beside the cause model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cxtext.errors import CxtextError
from cxtext.paths import models_root
from cxtext.taxonomy import PRIMARIES, STANDARD

CODEBOOK = "CODEBOOK.md"
CELL = re.compile(r"(?<!\\)\|")
CODE = re.compile(r"`([^`]+)`")
MARKS = re.compile(r"\*\*|`")
RULES_HEADING = "What to give each document"


@dataclass(frozen=True)
class Label:
    """One of the twelve primaries: when to give it, and the rules for telling it from those it competes with."""

    label: str
    name: str
    given_when: str
    hard_rules: tuple[str, ...]


@dataclass(frozen=True)
class Codebook:
    """The labels in the order of PRIMARIES, and what holds for every document."""

    labels: tuple[Label, ...]
    rules: tuple[str, ...]


def read_codebook(folder: Path) -> Codebook:
    """The codebook in the folder of a cause model, or the bundled one where there is none.

    Raises CxtextError where it does not tell of a label when to give it.
    """
    path = folder / CODEBOOK
    if not path.exists():
        path = models_root() / "causes" / CODEBOOK
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CxtextError(f"{path}: cannot be read ({error}); restore the codebook") from None
    rows = dict(_table_rows(text))
    for label in PRIMARIES:
        if label not in rows:
            raise CxtextError(f"{path}: does not say when to give {label}; add it to the table of labels")
    contests = {question: answer for question, answer in rows.items() if question not in PRIMARIES}
    labels = tuple(
        Label(label, STANDARD.name_of(label), MARKS.sub("", rows[label]), _rules_of(label, contests))
        for label in PRIMARIES
    )
    told = {rule for each in labels for rule in each.hard_rules}
    of_none = [rule for rule in map(_in_words, contests.items()) if rule not in told]  # these hold whatever the label
    return Codebook(labels, (*_bullets(text), *of_none))


def _rules_of(label: str, contests: dict[str, str]) -> tuple[str, ...]:
    """The questions whose answer names the label: in full, without its origin, or with its whole origin."""
    names = {label, label.rpartition(".")[2], f"{label.partition('.')[0]}.*"}
    return tuple(_in_words(each) for each in contests.items() if names.intersection(CODE.findall(each[1])))


def _in_words(contest: tuple[str, str]) -> str:
    return MARKS.sub("", " ".join(contest))


def _table_rows(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in CELL.split(line.strip())[1:-1]]
        if len(cells) == 2 and set(cells[0]) - set("-: "):
            yield MARKS.sub("", cells[0]), cells[1]


def _bullets(text: str) -> Iterator[str]:
    """The bullets and the paragraph under the heading of what to give each document, each in one line."""
    section = text.partition(f"## {RULES_HEADING}\n")[2].partition("\n#")[0]
    for block in re.split(r"\n(?=- )|\n\s*\n", section):
        line = " ".join(block.split())
        if line and not line.startswith("|"):
            yield MARKS.sub("", line.removeprefix("- "))
