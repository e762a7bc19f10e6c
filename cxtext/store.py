"""The data root: one folder a table, one partition a run, every file replaced whole and atomically."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cxtext.errors import CxtextError
from cxtext.tables import Table, to_frame

OWNER_ONLY = 0o700
UMASK = os.umask(0)  # it can only be read by setting it
os.umask(UMASK)


class DataRoot:
    """Reads and writes the tables below one folder.

    Only *completed* runs count as history: what a killed run left behind is overwritten or ignored.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the folder; with `create` it is made where it is missing, otherwise that is an error."""
        self.path = path
        if not create:
            if not path.is_dir():
                raise CxtextError(f"{path}: no such data root; start with `cxtext run`, or correct --data-root")
            return
        try:
            for folder in (path, path / "private", path / "cache"):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (path / "private", path / "cache"):
                folder.chmod(OWNER_ONLY)
        except OSError as error:
            raise CxtextError(f"{path}: cannot be used as data root: {error.strerror}; set data_root") from None

    @property
    def published(self) -> Path:
        """The folder of the snapshots."""
        return self.path / "published"

    # --- partitions

    def partition(self, table: Table, run: str) -> Path:
        """The file that holds a table's rows of one run."""
        side = "private" if table.private else "tables"
        return self.path / side / table.name / f"run={run}" / "part-0.parquet"

    def write(self, table: Table, run: str, frame: pd.DataFrame) -> int:
        """Replace a table's partition of one run; returns the number of rows."""
        conformed = table.conform(frame)
        write_parquet(conformed, self.partition(table, run), private=table.private)
        return int(conformed.num_rows)

    def read(self, table: Table, run: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A table's rows of one run, in key order; no rows when the run wrote none."""
        return to_frame(self._read(table, run, columns))

    def _read(self, table: Table, run: str, columns: list[str] | None) -> pa.Table:
        path = self.partition(table, run)
        schema = table.schema
        if columns is not None:
            schema = pa.schema([schema.field(name) for name in columns])
        if not path.exists():
            return schema.empty_table()
        try:
            with pq.ParquetFile(path) as file:
                return file.read(columns=columns).cast(schema)
        except (pa.ArrowException, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise CxtextError(
                f"{path}: damaged or of another version ({reason}); delete it and run that night again"
            ) from None

    def read_current(
        self, table: Table, run: str, columns: list[str] | None = None, *, owners: Sequence[Table] = ()
    ) -> pd.DataFrame:
        """The table as of `run`: of each document, what the newest run that processed it wrote.

        Runs that count are the completed ones before `run`, and `run` itself. `owners` are the tables that tell which
        runs processed a document (default: the table itself); all need a `document_id`.
        """
        runs = [*self.completed(before=run), run]
        newest: dict[str, int] = {}
        for index, each in enumerate(runs):
            for owner in owners or (table,):
                newest |= dict.fromkeys(self._read(owner, each, ["document_id"])["document_id"].to_pylist(), index)
        parts = []
        for index, each in enumerate(runs):
            part = self._read(table, each, columns)
            is_newest = [newest.get(key) == index for key in part["document_id"].to_pylist()]
            parts.append(part.filter(pa.array(is_newest, pa.bool_())))
        merged = pa.concat_tables(parts)
        keys = [(name, "ascending") for name in table.key if name in merged.column_names]
        return to_frame(merged.sort_by(keys))

    def read_until(self, table: Table, run: str | None) -> pd.DataFrame:
        """What every completed run before `run`, and `run` itself, wrote, oldest first; nothing for None."""
        runs = [] if run is None else [*self.completed(before=run), run]
        return to_frame(
            pa.concat_tables([table.schema.empty_table(), *(self._read(table, each, None) for each in runs)])
        )

    # --- run records

    def record_path(self, run: str) -> Path:
        """The file that says what a run did; it exists only when the run was completed."""
        return self.path / "runs" / f"{run}.json"

    def completed(self, *, before: str | None = None) -> list[str]:
        """The days of the completed runs in order, optionally only those before a day."""
        runs = sorted(path.stem for path in (self.path / "runs").glob("*.json"))
        return [run for run in runs if before is None or run < before]

    def record(self, run: str) -> dict[str, Any]:
        """What a completed run did."""
        path = self.record_path(run)
        try:
            loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise CxtextError(f"{path}: no completed run of {run}; `cxtext status` lists the runs there are") from None
        except ValueError:
            raise CxtextError(f"{path}: damaged; delete it and run that night again") from None
        return loaded

    def complete(self, run: str, record: dict[str, Any]) -> None:
        """Declare a run completed."""
        write_json(record, self.record_path(run))

    # --- notes of one step for a later one

    def note_path(self, run: str) -> Path:
        """The file in which a run's steps leave each other what is no table."""
        return self.path / "private" / "notes" / f"{run}.json"

    # --- one run at a time

    @contextmanager
    def lock(self, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the data root against a second run; the lock goes with the process, however it ends."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.path / "private" / "run.lock", timeout=wait_seconds):
                yield
        except Timeout:
            raise CxtextError(
                f"{self.path}: another run is working on this data root; wait for it to end and try again"
            ) from None


def write_parquet(table: pa.Table, path: Path, *, private: bool = False) -> None:
    """Write a table so that a reader sees the old file or the new one, never a part."""
    with replacing(path, private=private) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_json(content: Any, path: Path, *, private: bool = False) -> None:
    """Write JSON, keys sorted, atomically."""
    with replacing(path, private=private) as temporary:
        temporary.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and is removed when not.

    A `private` file is for its owner only; others get what the user's umask allows.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o600 if private else 0o666 & ~UMASK)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in the place of another of the same name, or leave an equal one untouched.

    Between its two moves there is no `target`, but `set_aside(target)`, which a reader may take in its place.
    """
    old = set_aside(target)
    if target.exists() and _same_content(new, target):
        shutil.rmtree(new)
    else:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(target, old)
        os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)


def set_aside(target: Path) -> Path:
    """Where a folder lies while another takes its place."""
    return target.with_name(f".{target.name}.old")


def _same_content(one: Path, other: Path) -> bool:
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    if files != sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file()):
        return False
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in files)
