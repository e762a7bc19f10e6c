"""`cxtext status`: when the last good night was, and what needs a look."""

from pathlib import Path
from typing import Any

from cxtext.settings import load_settings
from cxtext.store import DataRoot


def read_status(config: Path, data_root: Path | None) -> dict[str, Any]:
    """The state of a data root; `attention` holds one sentence for each thing that needs a look."""
    settings = load_settings(config)
    root = DataRoot(data_root.resolve() if data_root else settings.root)
    runs = root.completed()
    answer: dict[str, Any] = {"data_root": str(root.path), "runs": len(runs), "run": runs[-1] if runs else None}
    if not runs:
        return answer | {"attention": []}
    steps = root.record(runs[-1])["steps"]
    account = steps["ingest"]
    attention = []
    if account["quarantined"]:
        attention.append(f"{account['quarantined']} rows could not be read: see {root.path / 'private' / 'quarantine'}")
    if account["documents"] + account["updates"] == 0:
        attention.append("the run brought no new document: are the feeds delivered?")
    return answer | {
        "account": account,
        "themes": steps["themes"]["themes"],
        "new_themes": steps["themes"]["new_themes"],
        "unassigned": steps["themes"]["unassigned"],
        "attention": attention,
    }
