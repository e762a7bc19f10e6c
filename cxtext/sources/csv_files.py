"""CSV files of any encoding and delimiter."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cxtext.sources.base import Feed, FileSource, Record
from cxtext.sources.text_file import MEND_BYTES, detect_encoding

FIELD_LIMIT = 16 << 20  # characters
SAMPLE_CHARACTERS = 32_000
DELIMITERS = [",", ";", "\t", "|"]


class CsvFiles(FileSource):
    """`kind = "csv"`: delimiter and encoding are detected unless the settings name them."""

    def open(self, path: Path) -> Feed:
        """The records of one CSV file; the first row names the columns."""
        encoding = self.settings.encoding or detect_encoding(path)
        stream = path.open(encoding=encoding, errors=MEND_BYTES, newline="")
        sample = stream.read(SAMPLE_CHARACTERS)
        stream.seek(0)
        if not sample.strip():
            stream.close()
            return Feed(self.name_of(path), None, iter(()))
        csv.field_size_limit(FIELD_LIMIT)
        delimiter = self.settings.delimiter or detect_delimiter(sample)
        lines = _Lines(stream)
        header = [name.strip().lstrip("\ufeff") for name in next(_reader(lines, delimiter))]
        columns = tuple(unique_names(header))
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


def _records(stream: io.TextIOBase, lines: _Lines, delimiter: str, columns: tuple[str, ...]) -> Iterator[Record]:
    number = 0
    rows = _reader(lines, delimiter)
    with stream:
        while True:
            lines.taken = []
            try:
                fields = next(rows)
            except StopIteration:
                return
            except csv.Error:
                number += 1
                yield Record(number, {}, problem="not readable as CSV", raw_text="".join(lines.taken))
                rows = _reader(lines, delimiter)
                continue
            if not any(field.strip() for field in fields):
                continue
            number += 1
            extra = fields[len(columns) :]
            if len(fields) >= len(columns) and not any(field.strip() for field in extra):
                yield Record(number, dict(zip(columns, fields, strict=False)))
                continue
            problem = f"has {len(fields)} fields where the header has {len(columns)}"
            if _swallowed_others(lines.taken, delimiter, len(columns)):
                lines.put_back(lines.taken[1:])
                rows = _reader(lines, delimiter)
                problem, lines.taken = "has a quotation mark that is never closed", lines.taken[:1]
            yield Record(number, {}, problem=problem, raw_text="".join(lines.taken))


def _swallowed_others(taken: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether a broken record of several lines hides whole records: an open quotation mark takes in what follows."""
    if len(taken) < 2:
        return False
    return len(next(_reader(taken[1:], delimiter), [])) == columns


def detect_delimiter(sample: str) -> str:
    """The delimiter by CleverCSV's consistency measure (van den Burg et al. 2019), a comma where it cannot tell."""
    import clevercsv

    try:
        dialect = clevercsv.Sniffer().sniff(sample, delimiters=DELIMITERS)
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
