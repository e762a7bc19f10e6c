"""The data root: whole files, history of completed runs only, one run at a time."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cxtext.errors import CxtextError
from cxtext.store import DataRoot, replace_folder, replacing, set_aside, write_json
from cxtext.tables import CAUSES, DOCUMENT_CAUSES, VERBATIMS

MONDAY, TUESDAY, WEDNESDAY = "2026-01-05", "2026-01-06", "2026-01-07"


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data")


def verdicts(**primaries: str) -> pd.DataFrame:
    rows = [
        {"document_id": name, "primary": primary, "confidence": 0.9, "runner_up": "none", "needs_review": False}
        for name, primary in primaries.items()
    ]
    return pd.DataFrame(rows, columns=list(DOCUMENT_CAUSES.columns)) if rows else DOCUMENT_CAUSES.empty()


def causes(*pairs: tuple[str, str]) -> pd.DataFrame:
    rows = [
        {"document_id": document, "cause": cause, "standard_cause": cause, "origin": "organization",
         "confidence": 0.9, "is_primary": True, "evidence": "It is slow.", "method": "test"}
        for document, cause in pairs
    ]  # fmt: skip
    return pd.DataFrame(rows) if rows else CAUSES.empty()


def finish(root: DataRoot, *runs: str) -> None:
    for run in runs:
        root.complete(run, {"run": run})


def primaries(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(frame["document_id"], frame["primary"], strict=True))


def test_a_partition_is_replaced_whole(root: DataRoot) -> None:
    assert root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none", b="none")) == 2
    assert root.write(DOCUMENT_CAUSES, MONDAY, verdicts(c="none")) == 1
    assert primaries(root.read(DOCUMENT_CAUSES, MONDAY)) == {"c": "none"}
    assert [path.name for path in root.partition(DOCUMENT_CAUSES, MONDAY).parent.iterdir()] == ["part-0.parquet"]


def test_writing_the_same_rows_again_changes_no_byte(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none", b="unstated"))
    first = root.partition(DOCUMENT_CAUSES, MONDAY).read_bytes()
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(b="unstated", a="none"))
    assert root.partition(DOCUMENT_CAUSES, MONDAY).read_bytes() == first


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    write_json({"run": MONDAY}, path)

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of it", "utf-8")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="full"):
        fail()
    assert json.loads(path.read_text("utf-8")) == {"run": MONDAY}
    assert [left.name for left in tmp_path.iterdir()] == ["latest.json"]


def test_a_frame_that_does_not_conform_leaves_the_old_partition(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none"))
    with pytest.raises(ValueError, match="share the same"):
        root.write(DOCUMENT_CAUSES, MONDAY, pd.concat([verdicts(b="none"), verdicts(b="none")]))
    assert primaries(root.read(DOCUMENT_CAUSES, MONDAY)) == {"a": "none"}


def test_what_a_killed_write_left_behind_is_ignored(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none"))
    root.complete(MONDAY, {})
    (root.partition(DOCUMENT_CAUSES, MONDAY).parent / ".part-0.parquet.x1y2").write_bytes(b"half")
    (root.path / "runs" / f".{TUESDAY}.json.x1y2").write_text("{")
    assert root.completed() == [MONDAY]
    assert primaries(root.read_current(DOCUMENT_CAUSES, MONDAY)) == {"a": "none"}


def test_a_run_without_rows_reads_as_no_rows(root: DataRoot) -> None:
    assert root.read(DOCUMENT_CAUSES, MONDAY).empty
    assert list(root.read(DOCUMENT_CAUSES, MONDAY).columns) == list(DOCUMENT_CAUSES.columns)
    assert list(root.read(DOCUMENT_CAUSES, MONDAY, ["primary"]).columns) == ["primary"]


def test_private_tables_and_notes_are_the_owners_alone(root: DataRoot) -> None:
    root.write(VERBATIMS, MONDAY, VERBATIMS.empty())
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts())
    path = root.partition(VERBATIMS, MONDAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((root.path / "private").stat().st_mode) == 0o700
    assert root.path / "private" in path.parents
    assert root.path / "private" in root.note_path(MONDAY).parents
    assert root.path / "private" not in root.partition(DOCUMENT_CAUSES, MONDAY).parents


def test_the_newest_run_speaks_for_a_document(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none", b="none"))
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(b="unstated", c="none"))
    finish(root, MONDAY, TUESDAY)
    assert primaries(root.read_current(DOCUMENT_CAUSES, TUESDAY)) == {"a": "none", "b": "unstated", "c": "none"}
    assert primaries(root.read_current(DOCUMENT_CAUSES, MONDAY)) == {"a": "none", "b": "none"}


def test_an_updated_document_with_fewer_causes_loses_the_others(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none", b="none"))
    root.write(CAUSES, MONDAY, causes(("a", "x"), ("a", "y"), ("b", "x")))
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(a="none", b="none"))
    root.write(CAUSES, TUESDAY, causes(("a", "z")))
    finish(root, MONDAY, TUESDAY)
    current = root.read_current(CAUSES, TUESDAY, owners=(DOCUMENT_CAUSES,))
    assert list(zip(current["document_id"], current["cause"], strict=True)) == [("a", "z")]


def test_an_updated_document_without_causes_has_none(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none"))
    root.write(CAUSES, MONDAY, causes(("a", "x")))
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(a="none"))
    root.write(CAUSES, TUESDAY, causes())
    finish(root, MONDAY, TUESDAY)
    assert root.read_current(CAUSES, TUESDAY, owners=(DOCUMENT_CAUSES,)).empty
    assert len(root.read_current(CAUSES, MONDAY, owners=(DOCUMENT_CAUSES,))) == 1


def test_a_night_without_documents_is_history_like_any_other(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts())
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(a="none"))
    finish(root, MONDAY)
    assert root.read_current(DOCUMENT_CAUSES, MONDAY).empty
    assert primaries(root.read_current(DOCUMENT_CAUSES, TUESDAY)) == {"a": "none"}
    assert root.read_current(DOCUMENT_CAUSES, WEDNESDAY).empty


def test_a_run_that_was_killed_is_no_history(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none"))
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(a="unstated"))
    finish(root, MONDAY)
    assert primaries(root.read_current(DOCUMENT_CAUSES, WEDNESDAY)) == {"a": "none"}
    assert primaries(root.read_current(DOCUMENT_CAUSES, TUESDAY)) == {"a": "unstated"}


def test_a_later_run_does_not_change_what_an_earlier_one_reads(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(a="none"))
    root.write(DOCUMENT_CAUSES, WEDNESDAY, verdicts(a="unstated"))
    finish(root, MONDAY, WEDNESDAY)
    assert primaries(root.read_current(DOCUMENT_CAUSES, TUESDAY)) == {"a": "none"}


def test_current_rows_come_in_key_order_with_the_columns_asked_for(root: DataRoot) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(c="none"))
    root.write(DOCUMENT_CAUSES, TUESDAY, verdicts(a="none", d="none"))
    finish(root, MONDAY, TUESDAY)
    frame = root.read_current(DOCUMENT_CAUSES, TUESDAY, ["document_id", "primary"])
    assert frame["document_id"].tolist() == ["a", "c", "d"]
    assert list(frame.columns) == ["document_id", "primary"]


def test_completed_runs_are_in_order_and_their_record_is_kept(root: DataRoot) -> None:
    finish(root, TUESDAY, MONDAY)
    assert root.completed() == [MONDAY, TUESDAY]
    assert root.completed(before=TUESDAY) == [MONDAY]
    assert root.record(MONDAY) == {"run": MONDAY}


def test_a_damaged_or_missing_record_is_named(root: DataRoot) -> None:
    with pytest.raises(CxtextError, match=f"no completed run of {MONDAY}"):
        root.record(MONDAY)
    finish(root, MONDAY)
    root.record_path(MONDAY).write_text("{")
    with pytest.raises(CxtextError, match=rf"{MONDAY}\.json: damaged; delete it and run that night again"):
        root.record(MONDAY)


@pytest.mark.parametrize("damage", ["empty", "cut", "footer", "pages", "foreign"])
def test_a_damaged_partition_is_named_in_one_line(root: DataRoot, damage: str) -> None:
    root.write(DOCUMENT_CAUSES, MONDAY, verdicts(**{f"d{number}": "none" for number in range(2000)}))
    path = root.partition(DOCUMENT_CAUSES, MONDAY)
    whole = path.read_bytes()
    footer = int.from_bytes(whole[-8:-4], "little")
    path.write_bytes(
        {
            "empty": b"",
            "cut": whole[: len(whole) // 2],
            "footer": whole[: -8 - footer] + bytes(footer) + whole[-8:],
            "pages": whole[:4] + b"\xff" * 400 + whole[404:],
            "foreign": b"document_id,primary\na,none\n",
        }[damage]
    )
    with pytest.raises(CxtextError, match="damaged or of another version") as raised:
        root.read(DOCUMENT_CAUSES, MONDAY)
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).endswith("delete it and run that night again")
    assert "\n" not in str(raised.value)


def test_a_partition_of_another_version_is_named(root: DataRoot) -> None:
    path = root.partition(DOCUMENT_CAUSES, MONDAY)
    path.parent.mkdir(parents=True)
    pd.DataFrame({"document_id": ["a"], "verdict": ["none"]}).to_parquet(path)
    with pytest.raises(CxtextError, match="damaged or of another version"):
        root.read(DOCUMENT_CAUSES, MONDAY)


def test_a_data_root_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CxtextError, match=r"data: cannot be used as data root: .*; set data_root"):
        DataRoot(tmp_path / "data")


def test_the_lock_refuses_a_second_run_in_one_line_and_is_free_again_after_the_first(root: DataRoot) -> None:
    refused = pytest.raises(CxtextError, match="another run is working on this data root; wait for it to end")
    with root.lock(), refused as raised, DataRoot(root.path).lock():
        pytest.fail("two runs at once")
    assert "\n" not in str(raised.value)
    with root.lock():
        pass


def test_the_lock_of_a_killed_run_is_free(root: DataRoot) -> None:
    with root.lock():
        (lock,) = root.path.rglob("*.lock")
    code = "import os, sys; from filelock import FileLock; FileLock(sys.argv[1]).acquire(); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, str(lock)], check=False).returncode == 9
    with root.lock():
        pass


def folder(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text, "utf-8")
    return path


def test_an_equal_folder_is_left_untouched(tmp_path: Path) -> None:
    target = folder(tmp_path / "day", a="1", b="2")
    before = target.stat().st_ino
    replace_folder(folder(tmp_path / "new", a="1", b="2"), target)
    assert target.stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


@pytest.mark.parametrize("files", [{"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}])
def test_another_folder_takes_the_place_and_nothing_is_left_of_the_old(tmp_path: Path, files: dict[str, str]) -> None:
    target = folder(tmp_path / "day", a="1")
    replace_folder(folder(tmp_path / "new", **files), target)
    assert {path.name: path.read_text("utf-8") for path in target.iterdir()} == files
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_a_replacement_killed_between_its_moves_is_mended_by_the_next(tmp_path: Path) -> None:
    target = folder(tmp_path / "day", a="1")
    target.rename(set_aside(target))
    replace_folder(folder(tmp_path / "new", a="2"), target)
    assert (target / "a").read_text("utf-8") == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["day"]
