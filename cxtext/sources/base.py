"""What every source promises, and what file sources share."""

import glob
import json
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
        pattern = str(self.base / self.settings.path)
        found = sorted(Path(path) for path in glob.glob(pattern, recursive=True) if Path(path).is_file())
        if not found and not glob.has_magic(pattern):
            raise CxtextError(f"source {self.settings.name}: no file {self.settings.path}; correct its path")
        return found

    def name_of(self, path: Path) -> str:
        """A file's name in tables and messages: relative to the settings where possible."""
        try:
            return path.resolve().relative_to(self.base.resolve()).as_posix()
        except ValueError:
            return path.name

    def feeds(self) -> Iterator[Feed]:
        """One feed a file; a file that cannot be opened becomes a feed of one record that says so."""
        for path in self.paths():
            try:
                yield self.open(path)
            except (OSError, ValueError) as error:
                problem = Record(0, {}, problem=f"file cannot be read: {error}", raw_text="")
                yield Feed(self.name_of(path), None, iter([problem]))

    def open(self, path: Path) -> Feed:
        """Open one file; ValueError or OSError when it cannot be read at all."""
        raise NotImplementedError
