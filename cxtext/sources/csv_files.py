"""CSV files of any encoding and delimiter."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cxtext.sources.base import Feed, FileSource, Record
from cxtext.sources.text_file import open_text

FIELD_LIMIT = 16 << 20  # characters
SAMPLE_CHARACTERS = 32_000
DELIMITERS = [",", ";", "\t", "|"]
SEPARATOR_HINT = re.compile(r"sep=(.)\r?\n", re.I)  # Excel's own first line
LONG_WORD = re.compile(r"\w{50,}")
OPEN_QUOTE = "has a quotation mark that is never closed"


class CsvFiles(FileSource):
    """`kind = "csv"`: delimiter and encoding are detected unless the settings name them."""

    def open(self, path: Path) -> Feed:
        """The records of one CSV file; the first row names the columns."""
        stream = open_text(path, self.settings.encoding, newline="")
        sample = stream.read(SAMPLE_CHARACTERS)
        stream.seek(0)
        if not sample.strip():
            stream.close()
            return Feed(self.name_of(path), None, iter(()))
        csv.field_size_limit(FIELD_LIMIT)
        lines = _Lines(stream)
        hint = SEPARATOR_HINT.match(sample)
        if hint:
            next(lines)
        delimiter = self.settings.delimiter or (hint[1] if hint else detect_delimiter(sample))
        columns = tuple(unique_names([name.strip() for name in _header(lines, delimiter)]))
        return Feed(self.name_of(path), columns, _records(stream, lines, delimiter, columns))


class _Lines:
    """A file's lines; remembers those of the record at hand, so that it can be read again in another way."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = iter(stream)
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._stream)
        self.taken.append(line)
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(lines))


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t")


def _header(lines: _Lines, delimiter: str) -> list[str]:
    """The fields of the first line that holds anything; a quotation mark left open there does not take in the file."""
    for line in lines:
        if line.strip():
            lines.put_back([line])
            break
    fields = _next_row(lines, delimiter)
    if fields is None or not _is_sound(lines.taken, delimiter):
        lines.put_back(lines.taken[1:])
        return lines.taken[0].strip().replace('"', "").split(delimiter)
    return fields


def _records(stream: io.TextIOBase, lines: _Lines, delimiter: str, columns: tuple[str, ...]) -> Iterator[Record]:
    number = 0
    with stream:
        while True:
            try:
                fields = _next_row(lines, delimiter)
            except StopIteration:
                return
            if fields is not None and not any(field.strip() for field in fields):
                continue
            number += 1
            problem = _misfit(fields, len(columns))
            if _swallowed_others(lines.taken, delimiter, len(columns)):
                lines.put_back(lines.taken[1:])
                problem, lines.taken = OPEN_QUOTE, lines.taken[:1]
            if fields is None or problem:
                yield Record(number, {}, problem=problem, raw_text="".join(lines.taken))
            else:
                yield Record(number, dict(zip(columns, fields, strict=False)))


def _next_row(lines: _Lines, delimiter: str) -> list[str] | None:
    """The next row's fields, None where it cannot be read; `lines.taken` are its lines. StopIteration at the end."""
    lines.taken = []
    try:
        return next(_reader(lines, delimiter))
    except csv.Error:
        return None


def _misfit(fields: Sequence[str] | None, columns: int) -> str | None:
    if fields is None:
        return "not readable as CSV"
    if len(fields) >= columns and not any(field.strip() for field in fields[columns:]):
        return None
    return f"has {len(fields)} fields where the header has {columns}"


def _is_sound(taken: Sequence[str], delimiter: str) -> bool:
    """Whether the lines are one row by the letter of the standard, every quotation mark closed where it may be."""
    try:
        next(csv.reader(taken, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True))
    except (csv.Error, StopIteration):
        return False
    return True


def _swallowed_others(taken: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether a row of several lines hides whole rows: an open quotation mark takes in what follows."""
    if len(taken) < 2 or _is_sound(taken, delimiter):
        return False
    return any(_misfit(_next_row(_Lines([line]), delimiter), columns) is None for line in taken[1:] if line.strip())


def detect_delimiter(sample: str) -> str:
    """The delimiter by CleverCSV's consistency measure (van den Burg et al. 2019), a comma where it cannot tell."""
    import clevercsv

    shortened = LONG_WORD.sub("x", sample)  # the measure's time grows with the square of a cell's length
    try:
        dialect = clevercsv.Sniffer().sniff(shortened, delimiters=DELIMITERS)
    except clevercsv.Error:
        return ","
    return dialect.delimiter if dialect is not None and dialect.delimiter else ","


def unique_names(header: list[str]) -> list[str]:
    """Column names as the header has them; a repeated one gets a number: `Comment`, `Comment_2`."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names
