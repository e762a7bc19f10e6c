"""`cxtext status`: when the last good night was, and what needs a look."""

import json
from pathlib import Path
from typing import Any

from cxtext.settings import load_settings
from cxtext.store import DataRoot
from cxtext.tables import LEDGER, QUARANTINE


def read_status(config: Path, data_root: Path | None) -> dict[str, Any]:
    """The state of a data root; `attention` holds one sentence for each thing that needs a look."""
    settings = load_settings(config)
    root = DataRoot(data_root.resolve() if data_root else settings.root, create=False)
    runs = root.completed()
    answer: dict[str, Any] = {"data_root": str(root.path), "runs": len(runs), "run": runs[-1] if runs else None}
    if not runs:
        return answer | {"attention": []}
    steps = root.record(runs[-1])["steps"]
    return answer | {
        "account": steps["ingest"],
        "themes": steps["themes"]["themes"],
        "new_themes": steps["themes"]["new_themes"],
        "unassigned": steps["themes"]["unassigned"],
        "attention": attention(root, runs[-1]),
    }


def attention(root: DataRoot, run: str) -> list[str]:
    """What of a completed run needs a look, in sentences; rows that an earlier run could not read either do not."""
    told: list[str] = list(json.loads(root.note_path(run).read_text("utf-8"))["warnings"])
    ledger = root.read(LEDGER, run)
    for source, rows in ledger.groupby("source"):
        if 0 < rows["rows_read"].sum() == rows["quarantined"].sum():
            told.append(f"source {source}: not one of its {rows['rows_read'].sum():,} rows could be read")
    fresh = len(_unreadable(root, run) - _before(root, run))
    if fresh:
        folder = root.partition(QUARANTINE, run).parent
        told.append(f"{fresh} rows could not be read, with their reasons in {folder}; `cxtext check` tells more")
    if not ledger[["documents", "updates"]].to_numpy().sum():
        told.append("the run brought no new document: are the feeds delivered?")
    return told


def _before(root: DataRoot, run: str) -> set[tuple[str, str, str]]:
    earlier = root.completed(before=run)
    return _unreadable(root, earlier[-1]) if earlier else set()


def _unreadable(root: DataRoot, run: str) -> set[tuple[str, str, str]]:
    rows = root.read(QUARANTINE, run, ["source", "reason", "raw"])
    return set(zip(rows["source"], rows["reason"], rows["raw"], strict=True))
