"""What every source promises, and what file sources share."""

import glob
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
        self._names: dict[Path, str] = {}

    def paths(self) -> list[Path]:
        """The files that match the settings' path, sorted by name."""
        pattern = self.settings.path
        if (self.base / pattern).is_file():  # its name may have brackets, which a pattern has too
            return [self.base / pattern]
        # not below `base` in the pattern: that folder's own brackets are no pattern
        matches = {self.base / path for path in glob.glob(pattern, root_dir=self.base, recursive=True)}
        found = sorted(path for path in matches if path.is_file())
        if not found and not glob.has_magic(pattern):
            shown = published_path(pattern, self.base)
            raise CxtextError(f"source {self.settings.name}: no file {shown}; correct its path")
        return found

    def name_of(self, path: Path) -> str:
        """A file's name in tables and messages, which no other file of the source has."""
        return self._names.get(path) or published_names([path], self.base)[path]

    def feeds(self) -> Iterator[Feed]:
        """One feed a file; one that cannot be opened, or read to its end, has a record that says so."""
        paths = self.paths()
        self._names = published_names(paths, self.base)
        for path in paths:
            try:
                feed = self.open(path)
            except (OSError, ValueError, LookupError) as error:
                feed = Feed(self.name_of(path), None, iter([_unreadable(0, error)]))
            yield Feed(feed.name, feed.columns, _to_the_end(feed.records))

    def open(self, path: Path) -> Feed:
        """Open one file; ValueError or OSError when it cannot be read at all."""
        raise NotImplementedError


def published_names(paths: Sequence[Path], base: Path) -> dict[Path, str]:
    """The name of each file, all of them different: relative to the settings, or, outside their folder, its last part.

    Names are published, and the folders on the way to a file may bear its owner's name.
    """
    names = {path: published_path(path, base) for path in paths}
    counts = Counter(names.values())
    return {path: _marked(path, base) if counts[name] > 1 else name for path, name in names.items()}


def published_path(path: str | Path, base: Path) -> str:
    """A path, or the pattern of one, as messages and tables show it."""
    relative = Path(os.path.relpath(base / path, base))
    return relative.name if relative.parts[:1] == ("..",) or relative.is_absolute() else relative.as_posix()


def _marked(path: Path, base: Path) -> str:
    relative = os.path.relpath(base / path, base)
    if Path(relative).parts[0] != "..":
        return Path(relative).as_posix()
    return f"{path.stem}-{hashlib.blake2b(os.fsencode(relative), digest_size=4).hexdigest()}{path.suffix}"


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
