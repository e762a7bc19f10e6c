"""Whole nights, from a feed to the published snapshot."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest

from cxtext import publish
from cxtext.errors import CxtextError
from cxtext.night import open_night
from cxtext.publish import latest, read_snapshot
from cxtext.steps import STEPS, run_night

Feed = Callable[..., Path]

LEAKS = [
    "The new tap drips at the joint and the cupboard below is soaked",
    "water is leaking from the tap joint under my sink again",
    "Third visit and the tap still leaks, the board is swollen",
    "tap leaking all over the cupboard since the fitter left",
    "There is a leak at the joint of the tap, please send someone",
]
CHARGES = [
    "You have charged my card twice for March, please refund one payment",
    "two payments taken this month for one plan",
    "double charge on my statement, same amount on the same day",
    "Why have I been billed twice? I want the second payment back",
    "charged twice AGAIN for the filter plan",
]


def tickets(texts: list[str], day: str, start: int = 1) -> list[tuple[str, str, str]]:
    return [(str(start + row), f"{day}T{8 + row % 10:02d}:30:00Z", text) for row, text in enumerate(texts)]


def run(config: Path, day: str) -> dict[str, dict[str, int]]:
    return run_night(open_night(config, day), lambda *_: None, time.perf_counter)


def published(config: Path, day: str) -> dict[str, pd.DataFrame]:
    return read_snapshot(open_night(config, day).root, day)[0]


def killed(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def run_killed_before_the_pointer_moves(config: Path, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish, "point_to", killed)
        with pytest.raises(KeyboardInterrupt):
            run(config, day)


def bytes_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_night_ends_with_a_snapshot_a_report_and_the_pointer_to_it(feed: Feed) -> None:
    config = feed(tickets(LEAKS + CHARGES, "2026-03-02"))
    run(config, "2026-03-02")
    root = open_night(config, "2026-03-02").root
    assert latest(root) == {"run": "2026-03-02", "path": "2026-03-02"}
    tables = published(config, "2026-03-02")
    assert len(tables["documents"]) == 10
    assert len(tables["document_causes"]) == 10
    assert set(tables["document_themes"]["document_id"]) == set(tables["documents"]["document_id"])
    assert "Tidewell" in (root.published / "2026-03-02" / "report" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("count", [0, 1, 5])
def test_nights_with_hardly_any_documents_work(feed: Feed, count: int) -> None:
    config = feed(tickets(LEAKS[:count], "2026-03-02"))
    account = run(config, "2026-03-02")["ingest"]
    assert account["documents"] == account["rows_read"] == count
    report = (open_night(config, "2026-03-02").root.published / "2026-03-02" / "report" / "index.html").read_text(
        "utf-8"
    )
    assert "nan" not in report.lower().split()


def test_a_second_run_of_the_same_night_changes_no_byte(feed: Feed) -> None:
    config = feed(tickets(LEAKS + CHARGES, "2026-03-02"))
    run(config, "2026-03-02")
    root = open_night(config, "2026-03-02").root.path
    before = bytes_below(root / "published") | bytes_below(root / "tables")
    run(config, "2026-03-02")
    assert bytes_below(root / "published") | bytes_below(root / "tables") == before


def test_the_next_night_reads_only_what_is_new_and_keeps_theme_ids(feed: Feed) -> None:
    config = feed(tickets(LEAKS + CHARGES, "2026-03-02"))
    run(config, "2026-03-02")
    first = published(config, "2026-03-02")
    more = [
        *tickets(LEAKS + CHARGES, "2026-03-02"),
        *tickets(["another leaking tap joint, sink cupboard wet"], "2026-03-03", 50),
    ]
    feed(more)
    account = run(config, "2026-03-03")["ingest"]
    assert (account["documents"], account["out_of_window"]) == (1, 10)
    second = published(config, "2026-03-03")
    assert len(second["documents"]) == 11
    placed = second["document_themes"].set_index("document_id")["theme_id"]
    before = first["document_themes"].set_index("document_id")["theme_id"]
    assert placed["tickets:50"] == before["tickets:1"] is not None


def test_an_updated_document_replaces_its_older_self_and_its_causes(feed: Feed) -> None:
    config = feed(tickets(LEAKS + CHARGES, "2026-03-02"))
    run(config, "2026-03-02")
    changed = tickets(LEAKS + CHARGES, "2026-03-02")
    changed[0] = (changed[0][0], changed[0][1], "All is well now, the fitter was lovely. Thank you!")
    feed(changed)
    account = run(config, "2026-03-03")["ingest"]
    assert (account["documents"], account["updates"]) == (0, 1)
    tables = published(config, "2026-03-03")
    assert len(tables["documents"]) == 10
    text = tables["documents"].set_index("document_id")["text"]["tickets:1"]
    assert text.startswith("All is well now")
    assert "tickets:1" not in set(tables["causes"]["document_id"])


def test_a_row_that_cannot_be_read_is_quarantined_counted_and_reported(feed: Feed) -> None:
    rows: list[tuple[str, ...]] = [
        *tickets(LEAKS, "2026-03-02"),
        ("9", "never", "a text with no time"),
        ("10", "2026-03-02"),
    ]
    config = feed(rows)
    account = run(config, "2026-03-02")["ingest"]
    assert (account["documents"], account["quarantined"], account["rows_read"]) == (5, 2, 7)
    manifest = read_snapshot(open_night(config, "2026-03-02").root, "2026-03-02")[1]
    assert manifest["quarantine"] == {
        "tickets: column created: not a time": 1,
        "tickets: has 2 fields where the header has 3": 1,
    }


def test_a_missing_column_is_one_line_that_names_file_and_column(feed: Feed) -> None:
    config = feed(tickets(LEAKS, "2026-03-02"), header=("id", "created", "body"))
    with pytest.raises(
        CxtextError, match=r"^source tickets: tickets.csv has no column 'text'; run `cxtext check` to see what it has; "
    ) as error:
        run(config, "2026-03-02")
    assert "\n" not in str(error.value)


def test_verbatims_stay_on_the_private_side(feed: Feed) -> None:
    texts = ["My name is Karen Millward, call me on 07700 900123 or karen.millward@post.example, the tap leaks"]
    config = feed(tickets(texts, "2026-03-02"))
    run(config, "2026-03-02")
    root = open_night(config, "2026-03-02").root.path
    tables = published(config, "2026-03-02")
    everything = " ".join(frame.to_json(default_handler=str, date_format="iso") for frame in tables.values())
    everything += " ".join(path.read_text("utf-8") for path in (root / "published").rglob("*.*ml"))
    for secret in ("Millward", "900123", "karen"):
        assert secret not in everything
    assert (root / "private").stat().st_mode & 0o077 == 0


def test_a_run_killed_before_latest_moves_is_made_whole_by_the_next(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = feed(tickets(LEAKS, "2026-03-02"))
    run(config, "2026-03-02")
    feed([*tickets(LEAKS, "2026-03-02"), *tickets(CHARGES, "2026-03-03", 20)])

    run_killed_before_the_pointer_moves(config, "2026-03-03", monkeypatch)
    root = open_night(config, "2026-03-03").root
    assert latest(root) == {"run": "2026-03-02", "path": "2026-03-02"}
    read_snapshot(root, "2026-03-02")
    run(config, "2026-03-03")
    assert latest(root) == {"run": "2026-03-03", "path": "2026-03-03"}
    assert len(published(config, "2026-03-03")["documents"]) == 10


def test_a_night_after_one_that_was_killed_half_way_reads_both_days(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = feed([*tickets(LEAKS, "2026-03-02"), *tickets(CHARGES, "2026-03-03", 20)])
    with monkeypatch.context() as patch:
        patch.setitem(STEPS, "trends", killed)
        with pytest.raises(KeyboardInterrupt):
            run(config, "2026-03-02")
    assert run(config, "2026-03-03")["ingest"]["documents"] == 10


def test_the_manifest_holds_rows_schema_hashes_and_versions(feed: Feed) -> None:
    config = feed(tickets(LEAKS, "2026-03-02"))
    run(config, "2026-03-02")
    path = open_night(config, "2026-03-02").root.published / "2026-03-02" / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    assert manifest["tables"]["documents"]["rows"] == 5
    assert manifest["tables"]["documents"]["columns"]["text"] == "string"
    assert len(manifest["tables"]["documents"]["sha256"]) == 64
    assert manifest["models"]["causes"]["name"].startswith("causes-")
    assert manifest["account"]["rows_read"] == 5


def test_a_night_before_the_latest_one_is_refused_since_themes_are_followed_in_order(feed: Feed) -> None:
    config = feed([*tickets(LEAKS, "2026-03-02"), *tickets(CHARGES, "2026-03-03", 20)])
    run(config, "2026-03-03")
    with pytest.raises(CxtextError, match="2026-03-02 lies before 2026-03-03, which is done"):
        run(config, "2026-03-02")


def test_an_older_night_run_again_keeps_what_it_read_then(feed: Feed) -> None:
    config = feed(tickets(LEAKS + CHARGES, "2026-03-02"))
    run(config, "2026-03-02")
    root = open_night(config, "2026-03-02").root.path
    before = bytes_below(root / "published" / "2026-03-02")
    overwritten = [(key, created, f"{text} - solved now") for key, created, text in tickets(LEAKS, "2026-03-02")]
    feed(overwritten)
    run(config, "2026-03-03")
    assert run(config, "2026-03-02")["ingest"]["documents"] == 10
    assert bytes_below(root / "published" / "2026-03-02") == before
