"""Snapshots: what a run publishes, whole, and the pointer to the latest, which moves last."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cxtext.errors import CxtextError
from cxtext.store import DataRoot, replace_folder, set_aside, write_json, write_parquet
from cxtext.tables import PUBLISHED, Table, to_frame

LATEST = "latest.json"
MANIFEST = "manifest.json"


def write_snapshot(
    root: DataRoot, run: str, tables: Mapping[str, pd.DataFrame], files: Mapping[str, str], about: Mapping[str, Any]
) -> Path:
    """Write `published/<run>/` whole: a Parquet file for each table, `files` (name -> text) and the manifest.

    A reader sees the run's earlier snapshot or this one, never a part of it. Returns the snapshot's folder.
    """
    target = root.published / run
    building = root.published / f".{run}.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    entries = {}
    for table in PUBLISHED:
        conformed = table.conform(tables[table.name])
        path = building / f"{table.name}.parquet"
        write_parquet(conformed, path)
        entries[table.name] = {
            "file": path.name,
            "rows": conformed.num_rows,
            "sha256": _sha256(path),
            "key": list(table.key),
            "meaning": table.meaning,
            "columns": {name: str(kind) for name, kind in table.columns.items()},
        }
    hashes = {}
    for name, text in files.items():
        path = building / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        hashes[name] = _sha256(path)
    write_json({"run": run, "tables": entries, "files": hashes, **about}, building / MANIFEST)
    replace_folder(building, target)
    return target


def point_to(root: DataRoot, run: str) -> None:
    """Move `latest.json` to a run's snapshot; it never moves back to an older one."""
    path = root.published / LATEST
    current = latest(root)
    if current is None or current["run"] <= run:
        write_json({"run": run, "path": run}, path)


def latest(root: DataRoot) -> dict[str, str] | None:
    """What `latest.json` says, {"run", "path"} with the path relative to `published/`; None before the first run."""
    path = root.published / LATEST
    if not path.exists():
        return None
    try:
        content: dict[str, str] = json.loads(path.read_text("utf-8"))
        return {"run": content["run"], "path": content["path"]}
    except (ValueError, KeyError, TypeError):
        raise CxtextError(f"{path}: damaged; delete it and run the latest night again") from None


def read_snapshot(root: DataRoot, run: str) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """A published run's tables and manifest. Raises CxtextError when there is none or a file is not what it was."""
    folder = root.published / run
    if not folder.exists() and set_aside(folder).exists():
        folder = set_aside(folder)  # the run that was replacing it was killed
    if not (folder / MANIFEST).exists():
        raise CxtextError(f"{folder}: no snapshot of {run}; `cxtext status` lists the runs there are")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        hashes = manifest["files"] | {entry["file"]: entry["sha256"] for entry in manifest["tables"].values()}
    except (ValueError, KeyError, TypeError):
        raise CxtextError(f"{folder / MANIFEST}: damaged; run that night again") from None
    for name, expected in hashes.items():
        path = folder / name
        if not path.exists() or _sha256(path) != expected:
            raise CxtextError(f"{path}: missing or changed since it was published; run that night again")
    return {table.name: _read_table(folder, table) for table in PUBLISHED if table.name in manifest["tables"]}, manifest


def table_names(folder: Path) -> list[str]:
    """The tables that a snapshot's folder holds."""
    return [table.name for table in PUBLISHED if (folder / f"{table.name}.parquet").exists()]


def read_table(folder: Path, name: str) -> pa.Table:
    """One table of a snapshot as it stands on disk."""
    with pq.ParquetFile(folder / f"{name}.parquet") as file:
        return file.read()


def _read_table(folder: Path, table: Table) -> pd.DataFrame:
    path = folder / f"{table.name}.parquet"
    with pq.ParquetFile(path) as file:
        try:
            return to_frame(file.read().cast(table.schema))
        except ValueError:
            raise CxtextError(f"{path}: published by another version of cxtext; run that night again") from None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
