"""The notebooks run from top to bottom on a published snapshot, and are committed without what they showed."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from small_snapshot import CHARGES, LEAKS, VISITS, publish, publish_small_snapshot

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def load(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call, no-any-return]


def run(path: Path, data_root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Execute a notebook as its reader would, and return all that it shows, as text."""
    monkeypatch.setenv("CXTEXT_DATA", str(data_root))
    notebook = load(path)
    # frozen modules make the debugger of the kernel complain on standard error
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    return "\n".join(output.get("text") or str(output["data"]) for output in outputs)


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebooks_hold_no_outputs(path: Path) -> None:
    notebook = load(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_on_a_small_snapshot(
    path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = publish_small_snapshot(tmp_path_factory.getbasetemp() / "small-snapshot")
    shown = run(path, root, monkeypatch)
    assert "Tidewell, run of 2026-03-15" in shown
    assert all(word in shown for word in ("T0001", "organization.broken_process", "csat"))
    assert any(comment in shown for comment in "\n".join([LEAKS, CHARGES, VISITS]).splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run_where_hardly_anything_was_found(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no theme this week" in run(path, publish(tmp_path, [(41, "charged twice <b>again</b>")]), monkeypatch)
