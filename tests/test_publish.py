"""Snapshots: whole, verifiable, and the pointer to the latest moves last and never back."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cxtext.errors import CxtextError
from cxtext.fields import redact_fields
from cxtext.publish import latest, point_to, read_snapshot, write_snapshot
from cxtext.redact import Redactor
from cxtext.settings import Settings
from cxtext.snapshot import published_settings
from cxtext.store import DataRoot, set_aside
from cxtext.tables import PUBLISHED

MONDAY, TUESDAY, WEDNESDAY = "2026-01-05", "2026-01-06", "2026-01-07"
REPORT = {"report/index.html": "<h1>The night</h1>", "report/report.md": "# The night – 5 °C"}


@pytest.fixture
def root(tmp_path: Path) -> DataRoot:
    return DataRoot(tmp_path / "data")


def tables(*primaries: str) -> dict[str, pd.DataFrame]:
    verdicts = pd.DataFrame(
        [
            {"document_id": f"d{number}", "primary": primary, "confidence": 0.9, "runner_up": "none",
             "needs_review": False}
            for number, primary in enumerate(primaries)
        ]
    )  # fmt: skip
    return {table.name: table.empty() for table in PUBLISHED} | ({"document_causes": verdicts} if primaries else {})


def publish(root: DataRoot, run: str, *primaries: str, **about: Any) -> Path:
    return write_snapshot(root, run, tables(*primaries), REPORT, about)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_snapshot_holds_every_table_and_file_and_says_so_in_its_manifest(root: DataRoot) -> None:
    folder = publish(root, MONDAY, "none", "unstated", company="Tidewell")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert folder == root.published / MONDAY
    assert (manifest["run"], manifest["company"]) == (MONDAY, "Tidewell")
    assert set(manifest["tables"]) == {table.name for table in PUBLISHED}
    assert manifest["tables"]["document_causes"]["rows"] == 2
    assert manifest["tables"]["document_causes"]["key"] == ["document_id"]
    assert manifest["tables"]["document_causes"]["columns"]["confidence"] == "double"
    hashes = {entry["file"]: entry["sha256"] for entry in manifest["tables"].values()} | manifest["files"]
    found = content(folder)
    assert set(found) == set(hashes) | {"manifest.json"}
    assert all(hashlib.sha256(found[name]).hexdigest() == digest for name, digest in hashes.items())


def test_any_parquet_reader_reads_it(root: DataRoot) -> None:
    folder = publish(root, MONDAY, "none")
    assert pq.read_table(folder / "document_causes.parquet").to_pylist()[0]["primary"] == "none"


def test_what_was_published_is_what_is_read(root: DataRoot) -> None:
    publish(root, MONDAY, "none", "unstated")
    read, manifest = read_snapshot(root, MONDAY)
    assert list(read) == [table.name for table in PUBLISHED]
    assert read["document_causes"]["primary"].tolist() == ["none", "unstated"]
    assert manifest["run"] == MONDAY


def test_publishing_the_same_again_leaves_every_byte_and_every_file(root: DataRoot) -> None:
    folder = publish(root, MONDAY, "none", "unstated")
    before, inode = content(folder), folder.stat().st_ino
    publish(root, MONDAY, "none", "unstated")
    assert (content(folder), folder.stat().st_ino) == (before, inode)
    assert [path.name for path in root.published.iterdir()] == [MONDAY]


def test_publishing_something_else_replaces_the_snapshot_whole(root: DataRoot) -> None:
    write_snapshot(root, MONDAY, tables("none"), REPORT | {"old.txt": "old"}, {})
    folder = publish(root, MONDAY, "unstated")
    assert not (folder / "old.txt").exists()
    assert read_snapshot(root, MONDAY)[0]["document_causes"]["primary"].tolist() == ["unstated"]
    assert [path.name for path in root.published.iterdir()] == [MONDAY]


def test_a_table_that_does_not_conform_leaves_the_old_snapshot(root: DataRoot) -> None:
    folder = publish(root, MONDAY, "none")
    before = content(folder)
    broken = tables("none") | {"themes": pd.DataFrame({"theme_id": ["t1"]})}
    with pytest.raises(ValueError, match="table themes: "):
        write_snapshot(root, MONDAY, broken, REPORT, {})
    assert content(folder) == before


def test_a_table_that_is_missing_is_no_snapshot(root: DataRoot) -> None:
    incomplete = tables("none")
    del incomplete["trends"]
    with pytest.raises(KeyError):
        write_snapshot(root, MONDAY, incomplete, REPORT, {})
    assert not (root.published / MONDAY).exists()


def test_there_is_no_latest_before_the_first_run(root: DataRoot) -> None:
    assert latest(root) is None


def test_latest_moves_on_and_never_back(root: DataRoot) -> None:
    for run, expected in ((TUESDAY, TUESDAY), (MONDAY, TUESDAY), (TUESDAY, TUESDAY), (WEDNESDAY, WEDNESDAY)):
        publish(root, run)
        point_to(root, run)
        assert latest(root) == {"run": expected, "path": expected}


def test_pointing_to_the_same_run_again_changes_no_byte(root: DataRoot) -> None:
    point_to(root, MONDAY)
    before = (root.published / "latest.json").read_bytes()
    point_to(root, MONDAY)
    assert (root.published / "latest.json").read_bytes() == before
    assert json.loads(before) == {"run": MONDAY, "path": MONDAY}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', '{"run": "2026-01-05"}'])
def test_a_damaged_latest_is_named(root: DataRoot, text: str) -> None:
    root.published.mkdir()
    (root.published / "latest.json").write_text(text)
    with pytest.raises(CxtextError, match=r"latest\.json: damaged; delete it and run the latest night again"):
        latest(root)


def test_a_run_killed_before_latest_moved_leaves_the_old_one_and_the_next_run_mends_it(root: DataRoot) -> None:
    publish(root, MONDAY, "none")
    point_to(root, MONDAY)
    publish(root, TUESDAY, "none", "none")  # and killed
    pointed = latest(root)
    assert pointed == {"run": MONDAY, "path": MONDAY}
    assert len(read_snapshot(root, pointed["run"])[0]["document_causes"]) == 1
    publish(root, TUESDAY, "none", "none")
    point_to(root, TUESDAY)
    assert latest(root) == {"run": TUESDAY, "path": TUESDAY}
    assert len(read_snapshot(root, TUESDAY)[0]["document_causes"]) == 2


def test_a_run_killed_while_it_was_building_leaves_nothing_that_counts(root: DataRoot) -> None:
    publish(root, MONDAY, "none")
    point_to(root, MONDAY)
    half = root.published / f".{TUESDAY}.building"
    half.mkdir()
    (half / "documents.parquet").write_bytes(b"half")
    (half / "stray.txt").write_text("of an older version")
    with pytest.raises(CxtextError, match=f"no snapshot of {TUESDAY}"):
        read_snapshot(root, TUESDAY)
    folder = publish(root, TUESDAY, "none")
    assert not (folder / "stray.txt").exists()
    assert sorted(path.name for path in root.published.iterdir()) == [MONDAY, TUESDAY, "latest.json"]


def test_a_run_killed_while_it_replaced_a_snapshot_leaves_the_old_one_readable(root: DataRoot) -> None:
    folder = publish(root, MONDAY, "none")
    folder.rename(set_aside(folder))
    assert read_snapshot(root, MONDAY)[0]["document_causes"]["primary"].tolist() == ["none"]
    publish(root, MONDAY, "unstated")
    assert read_snapshot(root, MONDAY)[0]["document_causes"]["primary"].tolist() == ["unstated"]
    assert [path.name for path in root.published.iterdir()] == [MONDAY]


@pytest.mark.parametrize("name", ["document_causes.parquet", "themes.parquet", "report/index.html", "report/report.md"])
def test_a_file_that_changed_or_went_is_named(root: DataRoot, name: str) -> None:
    path = publish(root, MONDAY, "none") / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CxtextError, match=f"{name}: missing or changed since it was published; run that night again"):
        read_snapshot(root, MONDAY)
    path.unlink()
    with pytest.raises(CxtextError, match=f"{name}: missing or changed"):
        read_snapshot(root, MONDAY)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": "2026-01-05"}', '{"tables": {"x": 1}, "files": {}}'])
def test_a_damaged_manifest_is_named(root: DataRoot, text: str) -> None:
    (publish(root, MONDAY) / "manifest.json").write_text(text)
    with pytest.raises(CxtextError, match=r"manifest\.json: damaged; run that night again"):
        read_snapshot(root, MONDAY)


def test_a_run_that_was_never_published_says_where_to_look(root: DataRoot) -> None:
    with pytest.raises(CxtextError, match="no snapshot of 2026-01-05; `cxtext status` lists the runs there are"):
        read_snapshot(root, MONDAY)


def test_the_settings_in_the_manifest_tell_nothing_of_the_machine_or_of_what_patterns_look_for() -> None:
    settings = Settings.model_validate(
        {
            "base": "/home/jane.doe", "data_root": "/home/jane.doe/data",
            "encoder": {"path": "/home/jane.doe/encoder"}, "causes": {"model": "/home/jane.doe/causes"},
            "redaction": {"patterns": {"vip": "Duchess of York"}, "model": "/home/jane.doe/spacy"},
        }
    )  # fmt: skip
    published = published_settings(settings)
    assert not any(secret in json.dumps(published) for secret in ("jane.doe", "Duchess"))
    assert published["redaction"] == {"model": "spacy", "patterns": ["vip"]}
    assert published["encoder"] == {"kind": "onnx"}
    assert published["causes"] == {"review_below": 0.5}
    assert published["themes"]["min_documents"] == 5


def test_fields_beside_the_text_are_redacted_and_other_values_stay() -> None:
    documents = pd.DataFrame(
        [
            ("Bob Carpenter, +44 7700 900123", "Lincoln", "Order", "jane0@example.com"),
            ("Billing", "Pay by card 4111 1111 1111 1111", "call 07700 900123", "+44 7700 900123"),
            (None, None, None, "GB29 NWBK 6016 1331 9268 19"),
            ("Billing", "Lincoln", "Order", "jane0@example.com"),
            ("North", "Tap", "Order", "A-1042"),
            ("North", "Tap", "Order", "536-22-8741"),
        ],
        columns=["team", "product", "stage", "account_id"],
    )  # fmt: skip
    redact_fields(documents, Redactor())
    assert documents["team"].tolist() == ["[PERSON_1], [PHONE_1]", "Billing", None, "Billing", "North", "North"]
    assert documents["product"].tolist() == ["Lincoln", "Pay by card [CARD_1]", None, "Lincoln", "Tap", "Tap"]
    assert documents["stage"].tolist() == ["Order", "call [PHONE_1]", None, "Order", "Order", "Order"]
    accounts = documents["account_id"].tolist()
    assert all(re.fullmatch("account-[0-9a-f]{8}", accounts[place]) for place in (0, 1, 2, 3, 5))
    assert (accounts[0], accounts[4], len(set(accounts))) == (accounts[3], "A-1042", 5)
    again = documents.copy()
    redact_fields(again, Redactor())
    assert again.equals(documents)
