"""`cxtext themes`, as a support lead types it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from small_snapshot import publish_small_snapshot

from cxtext.cli import main
from cxtext.curation import CurationFiles

RUN = "2026-03-15"
SETTINGS = 'company = "Tidewell"\n\n[redaction.patterns]\nmember = "TW-[0-9]{6}"\n'
FIRST, LAST = datetime(2026, 2, 2, 10, tzinfo=UTC), datetime(2026, 3, 14, 10, tzinfo=UTC)
DRAFTED = "; `cxtext themes apply` makes it take effect on the next night\n"

Themes = Callable[..., Result]


def theme(theme_id: str, label: str, status: str, documents: int, recent: int, **more: Any) -> dict[str, Any]:
    return {
        "theme_id": theme_id,
        "label": label,
        "keywords": label.lower().split(),
        "status": status,
        "first_seen": FIRST,
        "last_seen": LAST,
        "documents": documents,
        "documents_last_7_days": recent,
        "exemplars": ["csat:2", "csat:1"] if theme_id == "T0001" else [],
        "parent_id": None,
        "merged_into": None,
        "is_curated": False,
    } | more


PUBLISHED = {
    "themes": [
        theme("T0001", "Tap joint", "recurring", 1240, 3),
        theme("T0002", "Charged twice", "emerging", 12, 8, is_curated=True),
        theme("T0003", "Missed visit", "recurring", 40, 3),
        theme("T0004", "Dripping tap", "resolved", 9, 0, merged_into="T0001"),
        theme("T0005", "Refund late", "fading", 6, 0),
        theme("T0006", "refund late", "resolved", 5, 0),
    ],
    "documents": [
        {"document_id": "csat:1", "text": "The tap drips at the joint", "skipped": None},
        {"document_id": "csat:2", "text": "[PERSON_1] left and the\nsink is wet", "skipped": None},
        {"document_id": "csat:3", "text": "charged twice", "skipped": None},
        {"document_id": "csat:4", "text": "n/a", "skipped": "no_meaning"},
    ],
    "document_themes": [
        {"document_id": "csat:1", "theme_id": "T0001"},
        {"document_id": "csat:2", "theme_id": "T0001"},
        {"document_id": "csat:3", "theme_id": None},
    ],
    "theme_events": [
        {"day": date(2026, 3, 9), "theme_id": "T0002", "event": "emerging", "note": "8 in seven days, 1 expected"},
        {"day": date(2026, 3, 1), "theme_id": "T0004", "event": "merged", "note": "into T0001 Tap joint"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A settings file, and beside it a snapshot of literal rows."""
    (tmp_path / "cxtext.toml").write_text(SETTINGS, "utf-8")
    publish(tmp_path, PUBLISHED["themes"])
    return tmp_path


def publish(folder: Path, rows: list[dict[str, Any]]) -> None:
    published = folder / "cxtext-data" / "published"
    (published / RUN).mkdir(parents=True, exist_ok=True)
    for name, content in (PUBLISHED | {"themes": rows}).items():
        pq.write_table(pa.Table.from_pylist(content), published / RUN / f"{name}.parquet")
    (published / "latest.json").write_text(json.dumps({"run": RUN, "path": RUN}), "utf-8")


@pytest.fixture
def themes(folder: Path) -> Themes:
    def run(*arguments: object) -> Result:
        typed = [*map(str, arguments), "--config", str(folder / "cxtext.toml")]
        return CliRunner().invoke(main, ["themes", *typed])

    return run


def error(answer: Result) -> str:
    """The one line of an answer that the user can mend."""
    assert answer.exit_code == 2, answer.output
    assert answer.output.startswith("error: ")
    assert answer.output.count("\n") == 1
    return answer.output.removeprefix("error: ").strip()


# --- commands that answer


def test_list_shows_the_busiest_themes_first_and_leaves_out_merged_ones(themes: Themes) -> None:
    lines = themes("list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["theme", "T0002", "T0001", "T0003", "T0005", "T0006"]
    assert lines[1].split() == ["T0002", "Charged", "twice", "emerging", "12", "8", "curated"]
    assert "1,240" in lines[2]


def test_list_shows_a_status_the_muted_or_all(themes: Themes, folder: Path) -> None:
    rows = [row | {"is_pinned": row["theme_id"] == "T0001", "is_muted": row["theme_id"] == "T0005"} for row in
            PUBLISHED["themes"]]  # fmt: skip
    publish(folder, rows)
    assert [line[:5] for line in themes("list", "--status", "recurring").output.splitlines()[1:]] == ["T0001", "T0003"]
    assert "T0005" not in themes("list").output
    assert themes("list", "--muted").output.splitlines()[1].endswith("0  muted")
    everything = themes("list", "--all").output
    assert "T0004" in everything
    assert "merged into T0001" in everything
    assert "3  pinned" in everything
    assert error(themes("list", "--status", "open")) == (
        f"no theme is 'open' in the run of {RUN}; there are emerging, fading, recurring, resolved"
    )


def test_list_ends_with_what_waits(themes: Themes) -> None:
    themes("pin", "T0001")
    themes("mute", "T0003")
    assert themes("list").output.splitlines()[-1] == (
        "waiting: E0001, E0002; `cxtext themes apply` makes them take effect on the next night"
    )
    answer = json.loads(themes("list", "--json").output)
    assert (answer["run"], answer["draft"]) == (RUN, ["E0001", "E0002"])
    assert answer["themes"][0] == {
        "theme_id": "T0002", "label": "Charged twice", "status": "emerging", "documents": 12,
        "documents_last_7_days": 8, "is_curated": True, "merged_into": None, "is_pinned": False, "is_muted": False,
    }  # fmt: skip


def test_an_older_snapshot_has_its_marks_from_the_applied_edits(themes: Themes) -> None:
    themes("pin", "T0001")
    themes("mute", "T0003")
    themes("apply")
    assert "3  pinned" in themes("list").output
    assert "T0003" not in themes("list").output


def test_show_tells_figures_typical_documents_events_and_edits(themes: Themes) -> None:
    themes("rename", "T0001", "Tap leaks", "--note", "plain words")
    lines = themes("show", "TAP  joint").output.splitlines()
    assert lines[:5] == [
        "T0001  Tap joint",
        "status     recurring",
        "keywords   tap, joint",
        "documents  1,240, 3 in the last seven days",
        "seen       2026-02-02 to 2026-03-14",
    ]
    assert lines[5:7] == [
        "typical    csat:2  “[PERSON_1] left and the sink is wet”",
        "typical    csat:1  “The tap drips at the joint”",
    ]
    assert lines[7].startswith("edit       E0001  20")
    assert lines[7].endswith("draft    rename T0001 to “Tap leaks”  (plain words)")
    assert "event      2026-03-09 emerging: 8 in seven days, 1 expected" in themes("show", "T0002").output


def test_show_answers_a_program_and_shows_a_theme_that_was_merged_away(themes: Themes) -> None:
    answer = json.loads(themes("show", "T0004", "--json").output)
    assert (answer["theme_id"], answer["merged_into"], answer["typical"]) == ("T0004", "T0001", [])
    assert answer["events"] == [{"day": "2026-03-01", "event": "merged", "note": "into T0001 Tap joint"}]


# --- commands that edit


def test_every_edit_is_drafted_and_said_in_one_line(themes: Themes, folder: Path) -> None:
    told = [
        (["rename", "t0001", "Tap leaks"], "E0001 drafted: rename T0001 “Tap joint” to “Tap leaks”"),
        (["merge", "Missed visit", "T0002"], "E0002 drafted: merge T0003 “Missed visit” into T0002 “Charged twice”"),
        (["split", "T0001", "--parts", 3], "E0003 drafted: split T0001 “Tap leaks” into 3 themes"),
        (
            ["split", "tap leaks", "--label", "Wet sink", "--document", "csat:2"],
            "E0004 drafted: split “Wet sink” off T0001 “Tap leaks”, by csat:2",
        ),
        (["move", "csat:1", "csat:3", "T0002"], "E0005 drafted: move 2 documents to T0002 “Charged twice”"),
        (["pin", "T0002"], "E0006 drafted: pin T0002 “Charged twice”"),
        (["unpin", "T0002"], "E0007 drafted: unpin T0002 “Charged twice”"),
        (["mute", "T0005"], "E0008 drafted: mute T0005 “Refund late”"),
        (["unmute", "T0005"], "E0009 drafted: unmute T0005 “Refund late”"),
    ]
    for arguments, line in told:
        assert themes(*arguments).output == line + DRAFTED
    said = CurationFiles(folder).curated(with_draft=True)
    assert said.labels == {"T0001": "Tap leaks"}
    assert said.merged == {"T0003": "T0002"}
    assert said.moved == {"csat:1": "T0002", "csat:3": "T0002"}
    assert [(split.parts, split.label) for split in said.splits] == [(3, None), (None, "Wet sink")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pin", "T0009"], f"no theme 'T0009' in the run of {RUN}; did you mean T000"),
        (
            ["pin", "charged twise"],
            f"no theme 'charged twise' in the run of {RUN}; did you mean T0002 “Charged twice”?",
        ),
        (["pin", "zebra"], f"no theme 'zebra' in the run of {RUN}; `cxtext themes list` shows them"),
        (["pin", "Refund late"], "'Refund late' is the label of T0005, T0006; name one by its id"),
        (["pin", "T0004"], "T0004 is merged into T0001 “Tap joint”; name that one instead"),
        (["unpin", "T0001"], "T0001 is not pinned"),
        (["unmute", "T0001"], "T0001 is not muted"),
        (["merge", "T0001", "tap joint"], "into: T0001 cannot be merged into itself; name another theme"),
        (["merge", "T0001", "T0004"], "T0004 is merged into T0001"),
        (["rename", "T0001", "  "], "label: is empty; write something"),
        (["rename", "T0001", "x" * 81], "label: is longer than 80 characters; shorten it"),
        (["rename", "T0001", "Tap joint"], "T0001 is already called “Tap joint”; choose another label"),
        (
            ["rename", "T0001", "charged  twice"],
            "T0002 is already called “Charged twice”; choose another label, or merge the theme into T0002",
        ),
        (["move", "3", "T0001"], f"no document '3' in the run of {RUN}; did you mean csat:3?"),
        (
            ["move", "csat:99", "T0001"],
            f"no document 'csat:99' in the run of {RUN}; `cxtext show documents` lists them",
        ),
        (["move", "csat:4", "T0001"], "csat:4 was left out of analysis: no_meaning"),
        (["split", "T0001"], "give either --parts, or --label and the --documents of the new theme"),
        (["split", "T0001", "--label", "Wet sink"], "give either --parts, or --label and the --documents"),
        (["split", "T0001", "--parts", "2", "--label", "Wet", "--document", "csat:1"], "give either --parts, or"),
        (
            ["split", "T0001", "--label", "Wet sink", "--document", "csat:3"],
            "csat:3 is in no theme, not in T0001; name documents of T0001",
        ),
        (["undo"], "there is no edit to undo"),
        (["undo", "E0007"], "there is no edit 'E0007'; `cxtext themes history` lists them"),
    ],
)
def test_what_cannot_be_meant_is_refused(themes: Themes, folder: Path, arguments: list[str], message: str) -> None:
    assert error(themes(*arguments)).startswith(message)
    assert not (folder / "themes-draft.toml").exists()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Calls from karen.mills@post.example", "EMAIL"),
        ("Ring 07700 900123 about refunds", "PHONE"),
        ("Card 4111 1111 1111 1111 charged", "CARD"),
        ("Deliveries to 12 Harbour Street, Leeds LS1 4AB", "ADDRESS"),
        ("Member TW-004512 complains", "MEMBER"),
    ],
)
def test_personal_data_in_a_label_or_a_note_is_refused_without_repeating_it(
    themes: Themes, text: str, kind: str
) -> None:
    refused = f"holds personal data ({kind}) and would be published; write it without"
    assert error(themes("rename", "T0001", text)) == f"label: {refused}"
    assert error(themes("pin", "T0001", "--note", text)) == f"note: {refused}"


def test_drafts_count_for_the_edits_after_them(themes: Themes) -> None:
    themes("merge", "T0003", "T0002")
    assert error(themes("pin", "missed visit")).startswith("T0003 is merged into T0002 “Charged twice”")
    assert error(themes("merge", "T0002", "T0003")).startswith("T0003 is merged into T0002")
    themes("pin", "T0002")
    assert error(themes("pin", "T0002")) == "T0002 is already pinned"
    themes("rename", "T0001", "Wet sink")
    assert error(themes("rename", "T0002", "wet sink")).startswith("T0001 is already called “Wet sink”")
    assert themes("rename", "T0002", "Tap joint").exit_code == 0


def test_what_the_machine_pinned_can_be_unpinned(themes: Themes, folder: Path) -> None:
    publish(folder, [row | {"is_pinned": True, "is_muted": False} for row in PUBLISHED["themes"]])
    assert themes("unpin", "T0001").exit_code == 0
    assert error(themes("unpin", "T0001")) == "T0001 is not pinned"


# --- what becomes of edits


def test_apply_says_what_takes_effect_and_dry_run_changes_nothing(themes: Themes, folder: Path) -> None:
    assert themes("apply").output == "nothing is drafted\n"
    themes("merge", "T0003", "T0002")
    themes("rename", "T0001", "Tap leaks")
    before = (folder / "themes-draft.toml").read_text("utf-8")
    lines = "E0001  merge T0003 into T0002\nE0002  rename T0001 to “Tap leaks”\n"
    assert themes("apply", "--dry-run").output == lines + "2 edits would take effect on the next night\n"
    assert (folder / "themes-draft.toml").read_text("utf-8") == before
    assert not (folder / "themes.toml").exists()
    assert themes("apply").output == lines + "2 edits take effect on the next night\n"
    assert CurationFiles(folder).curated().merged == {"T0003": "T0002"}


def test_undo_takes_back_a_draft_and_drafts_against_what_is_applied(themes: Themes, folder: Path) -> None:
    themes("pin", "T0001")
    assert themes("undo").output == "E0001 taken out of the draft: pin T0001\n"
    themes("mute", "T0001")
    themes("apply")
    assert themes("undo", "e0002").output == "E0003 drafted: undo E0002 (mute T0001)" + DRAFTED
    assert themes("apply").output == "E0003  undo E0002\n1 edit takes effect on the next night\n"
    assert not CurationFiles(folder).curated().muted


def test_history_lists_the_edits_of_all_themes_or_of_one_that_is_long_gone(themes: Themes, folder: Path) -> None:
    assert themes("history").output == "no edits yet\n"
    themes("merge", "T0003", "T0002", "--note", "same fault")
    themes("pin", "T0001")
    themes("apply")
    themes("undo", "E0001")
    themes("apply")
    themes("mute", "T0005")
    lines = themes("history").output.splitlines()
    assert [line.split()[0] for line in lines] == ["E0001", "E0002", "E0003", "E0004"]
    assert [line.split()[3] for line in lines] == ["undone", "applied", "applied", "draft"]
    assert lines[0].endswith("merge T0003 into T0002  (same fault)")
    publish(folder, PUBLISHED["themes"][:2])
    assert [edit["id"] for edit in json.loads(themes("history", "T0003", "--json").output)] == ["E0001", "E0003"]
    assert [line[:5] for line in themes("history", "tap joint").output.splitlines()] == ["E0002"]
    assert themes("history", "T0077").output == "no edits of T0077\n"


def test_a_file_that_was_written_wrongly_is_told_in_one_line(themes: Themes, folder: Path) -> None:
    (folder / "themes.toml").write_text('[[edit]]\nid = "E0001"\naction = "pinn"\n', "utf-8")
    for command in (["list"], ["history"], ["apply"], ["undo"], ["pin", "T0001"]):
        assert error(themes(*command)).startswith(f"{folder / 'themes.toml'}: edit 1 (E0001): action: Input should be")


def test_before_the_first_run_there_is_nothing_to_correct(tmp_path: Path) -> None:
    (tmp_path / "cxtext.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "cxtext-data").mkdir()
    for command in (["list"], ["pin", "T0001"]):
        answer = CliRunner().invoke(main, ["themes", *command, "--config", str(tmp_path / "cxtext.toml")])
        assert error(answer).endswith("published: nothing published yet; start with `cxtext run`")


@pytest.mark.slow
def test_themes_of_a_real_night_are_listed_shown_and_corrected(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = publish_small_snapshot(tmp_path_factory.getbasetemp() / "small-snapshot")
    (tmp_path / "cxtext.toml").write_text("", "utf-8")

    def themes(*arguments: str, reads_data: bool = True) -> str:
        where = ["--data-root", str(root)] if reads_data else []
        answer = CliRunner().invoke(main, ["themes", *arguments, "--config", str(tmp_path / "cxtext.toml"), *where])
        assert answer.exit_code == 0, answer.output
        return answer.output

    found = json.loads(themes("list", "--json"))["themes"]
    assert len(found) >= 3
    first, second, third = (row["theme_id"] for row in found[:3])
    shown = json.loads(themes("show", first, "--json"))
    assert shown["typical"]
    document = shown["typical"][0]["document_id"]
    themes("rename", found[0]["label"], "Charged twice for the plan")
    themes("merge", second, third)
    themes("move", document, third)
    themes("split", first, "--label", "Refund not arrived", "--document", document)
    assert themes("apply", reads_data=False).endswith("4 edits take effect on the next night\n")
    said = CurationFiles(tmp_path).curated()
    assert (said.merged, said.moved) == ({second: third}, {document: third})
    assert "Charged twice for the plan" in themes("show", first)
