"""What every source promises, and what file sources share."""

import glob
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cxtext.errors import CxtextError
from cxtext.settings import SourceSettings

RAW_LIMIT = 100_000  # characters of an unreadable row that are kept


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a feed as read; `problem` says why it cannot be used, in words for a person."""

    row: int
    values: Mapping[str, Any]
    problem: str | None = None
    raw_text: str | None = None

    @property
    def raw(self) -> str:
        """The row as read, for the quarantine."""
        if self.raw_text is not None:
            return self.raw_text[:RAW_LIMIT]
        return json.dumps(dict(self.values), ensure_ascii=False, default=str)[:RAW_LIMIT]


@dataclass(frozen=True, slots=True)
class Feed:
    """One file (or page, or table) of a source.

    `columns` are the columns that every record has; None where each record brings its own.
    """

    name: str
    columns: tuple[str, ...] | None
    records: Iterator[Record]


class Source(Protocol):
    """A place that documents come from."""

    def feeds(self) -> Iterator[Feed]:
        """The source's files in an order that is the same every night."""
        ...


class FileSource:
    """What the file sources share: the glob, the names, and a broken file that stops only itself."""

    def __init__(self, settings: SourceSettings, base: Path) -> None:
        self.settings = settings
        self.base = base

    def paths(self) -> list[Path]:
        """The files that match the settings' path, sorted by name."""
        pattern = self.settings.path
        if (self.base / pattern).is_file():  # its name may have brackets, which a pattern has too
            return [self.base / pattern]
        # not below `base` in the pattern: that folder's own brackets are no pattern
        matches = {self.base / path for path in glob.glob(pattern, root_dir=self.base, recursive=True)}
        found = sorted(path for path in matches if path.is_file())
        if not found and not glob.has_magic(pattern):
            raise CxtextError(f"source {self.settings.name}: no file {pattern}; correct its path")
        return found

    def name_of(self, path: Path) -> str:
        """A file's name in tables and messages: relative to the settings, so that no two files share one."""
        return Path(os.path.relpath(path, self.base)).as_posix()

    def feeds(self) -> Iterator[Feed]:
        """One feed a file; one that cannot be opened, or read to its end, has a record that says so."""
        for path in self.paths():
            try:
                feed = self.open(path)
            except (OSError, ValueError, LookupError) as error:
                feed = Feed(self.name_of(path), None, iter([_unreadable(0, error)]))
            yield Feed(feed.name, feed.columns, _to_the_end(feed.records))

    def open(self, path: Path) -> Feed:
        """Open one file; ValueError or OSError when it cannot be read at all."""
        raise NotImplementedError


def _to_the_end(records: Iterator[Record]) -> Iterator[Record]:
    row = 0
    try:
        for record in records:
            row = record.row
            yield record
    except (OSError, ValueError, LookupError) as error:
        yield _unreadable(row + 1, error)


def _unreadable(row: int, error: Exception) -> Record:
    # reasons are published: what the system says of a file names the whole path to it, and its owner with that
    reason = error.strerror if isinstance(error, OSError) and error.strerror else " ".join(str(error).split())
    return Record(row, {}, problem=f"file cannot be read: {reason}", raw_text="")
