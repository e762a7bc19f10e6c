"""Curation: edits are drafted, applied, undone, and say one thing in the end; the files stay a person's to read."""

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxtext.curation import Action, ConflictError, Curated, CurationFiles, Edit, Split, resolve
from cxtext.curation.edits import make_edit
from cxtext.errors import CxtextError

AT = datetime(2026, 3, 1, 9, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> CurationFiles:
    return CurationFiles(tmp_path)


def edits(*steps: dict[str, Any]) -> list[Edit]:
    """Edits E0001, E0002, ... a minute apart."""
    return [
        make_edit({"id": f"E{number:04d}", "at": AT + timedelta(minutes=number)} | step)
        for number, step in enumerate(steps, start=1)
    ]


def merge(theme: str, into: str) -> dict[str, Any]:
    return {"action": "merge", "theme": theme, "into": into}


def undo(edit: str) -> dict[str, Any]:
    return {"action": "undo", "edit": edit}


def flag(action: Action, theme: str) -> dict[str, Any]:
    return {"action": action, "theme": theme}


def move(document: str, theme: str) -> dict[str, Any]:
    return {"action": "move", "document": document, "theme": theme}


def ids(found: list[Edit]) -> list[str]:
    return [edit.id for edit in found]


# --- what edits say


def test_no_edits_say_nothing() -> None:
    assert resolve([]) == Curated()


def test_every_action_has_its_place() -> None:
    said = resolve(
        edits(
            {"action": "rename", "theme": "T0001", "label": "Tap drips"},
            merge("T0002", "T0003"),
            {"action": "split", "theme": "T0004", "parts": 3},
            {"action": "split", "theme": "T0005", "label": "Puddles", "documents": ["csat:1", "csat:2"]},
            move("csat:9", "T0006"),
            flag("pin", "T0007"),
            flag("mute", "T0008"),
        )
    )
    assert said == Curated(
        labels={"T0001": "Tap drips"},
        merged={"T0002": "T0003"},
        pinned=frozenset({"T0007"}),
        muted=frozenset({"T0008"}),
        moved={"csat:9": "T0006"},
        splits=(Split("E0003", "T0004", 3), Split("E0004", "T0005", None, "Puddles", ("csat:1", "csat:2"))),
        curated=frozenset({"T0001", "T0002", "T0003", "T0004", "T0005", "T0007"}),
    )
    assert said.kept == {"T0001", "T0003", "T0004", "T0005", "T0006", "T0007", "T0008"}


def test_merges_are_followed_to_their_end_and_documents_with_them() -> None:
    said = resolve(edits(move("csat:1", "T0001"), merge("T0001", "T0002"), merge("T0002", "T0003")))
    assert said.merged == {"T0001": "T0003", "T0002": "T0003"}
    assert said.moved == {"csat:1": "T0003"}


def test_the_last_word_on_a_theme_or_a_document_holds() -> None:
    said = resolve(
        edits(
            flag("pin", "T0001"),
            flag("unpin", "T0001"),
            flag("mute", "T0001"),
            flag("unmute", "T0001"),
            flag("mute", "T0001"),
            move("csat:1", "T0002"),
            move("csat:1", "T0003"),
            {"action": "rename", "theme": "T0002", "label": "First"},
            {"action": "rename", "theme": "T0002", "label": "Second"},
        )
    )
    assert not said.pinned
    assert said.unpinned == said.muted == {"T0001"}
    assert said.moved == {"csat:1": "T0003"}
    assert said.labels == {"T0002": "Second"}


def test_a_theme_that_is_merged_away_is_neither_pinned_nor_muted() -> None:
    said = resolve(edits(flag("pin", "T0001"), flag("mute", "T0002"), merge("T0001", "T0003"), merge("T0002", "T0003")))
    assert (said.pinned, said.muted) == (frozenset(), frozenset())


def test_what_is_undone_says_nothing_and_what_it_hid_holds_again() -> None:
    renames = [{"action": "rename", "theme": "T0001", "label": label} for label in ("First", "Second")]
    assert resolve(edits(*renames, undo("E0002"))).labels == {"T0001": "First"}
    assert resolve(edits(merge("T0001", "T0002"), undo("E0001"), merge("T0002", "T0001"))).merged == {"T0002": "T0001"}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            [merge("T0001", "T0002"), merge("T0002", "T0001")],
            "E0002: T0002 cannot be merged into T0001, which E0001 merged into T0002; undo E0001 first",
        ),
        (
            [merge("T0001", "T0002"), merge("T0002", "T0003"), merge("T0003", "T0001")],
            "E0003: T0003 cannot be merged into T0001, which E0001 merged into T0002; undo E0001 first",
        ),
        (
            [merge("T0001", "T0002"), merge("T0001", "T0003")],
            "E0002: T0001 is already merged into T0002, by E0001; undo E0001 first",
        ),
        ([undo("E0009")], "E0001: there is no edit E0009 before it; `cxtext themes history` lists them"),
        ([undo("E0001")], "E0001: there is no edit E0001 before it; `cxtext themes history` lists them"),
        ([flag("pin", "T0001"), undo("E0001"), undo("E0001")], "E0003: E0001 is already undone, by E0002"),
        (
            [flag("pin", "T0001"), undo("E0001"), undo("E0002")],
            "E0003: E0002 is itself an undo; make the edit that it undid anew instead",
        ),
        (
            [flag("pin", "T0001"), flag("pin", "T0002") | {"id": "E0001"}],
            "E0001: this id stands twice; give the later of the two edits the next free one",
        ),
    ],
)
def test_edits_that_contradict_each_other_are_refused(steps: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ConflictError) as raised:
        resolve(edits(*steps))
    assert str(raised.value) == message


# --- the draft


def test_an_edit_is_drafted_as_a_block_that_people_can_read(files: CurationFiles) -> None:
    files.add("merge", AT, theme="T0012", into="T0007", note="same fault, two wordings")
    assert files.draft_path.read_text("utf-8") == (
        "# Edits of the themes that wait for `cxtext themes apply`, oldest first.\n"
        "\n"
        "[[edit]]\n"
        'id = "E0001"\n'
        'action = "merge"\n'
        'theme = "T0012"\n'
        'into = "T0007"\n'
        "at = 2026-03-01T09:12:00+00:00\n"
        'note = "same fault, two wordings"\n'
    )


def test_a_draft_holds_for_no_night_until_it_is_applied(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    assert files.curated() == Curated()
    assert files.curated(with_draft=True).pinned == {"T0001"}
    assert ids(files.apply()) == ["E0001"]
    assert files.curated().pinned == {"T0001"}
    assert (files.draft(), files.apply()) == ([], [])


def test_where_there_are_no_files_nothing_is_said_and_nothing_written(files: CurationFiles) -> None:
    assert (files.curated(), files.applied(), files.draft(), files.history()) == (Curated(), [], [], [])
    assert list(files.folder.iterdir()) == []


labels = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
document_ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda text: bool(text.strip()))


@given(label=labels, documents=st.lists(document_ids, min_size=1, max_size=3))
def test_whatever_stands_in_an_edit_reads_back_as_it_was(label: str, documents: list[str]) -> None:
    fields = {"id": "E0001", "action": "split", "theme": "T0001", "at": AT}
    edit = make_edit(fields | {"label": label, "documents": documents})
    (read,) = tomllib.loads(edit.block())["edit"]
    assert make_edit(read) == edit
    assert (edit.label, set(edit.documents)) == (label, set(documents))


def test_a_circle_of_merges_is_refused_over_both_files_and_nothing_is_written(files: CurationFiles) -> None:
    files.add("merge", AT, theme="T0001", into="T0002")
    files.apply()
    files.add("merge", AT, theme="T0002", into="T0003")
    before = files.draft_path.read_text("utf-8")
    with pytest.raises(CxtextError, match=r"^T0003 cannot be merged into T0001, which E0001 merged into T0002; undo"):
        files.add("merge", AT, theme="T0003", into="T0001")
    assert files.draft_path.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("action", "fields", "message"),
    [
        ("rename", {"theme": "T0001", "label": "  \t "}, "label: is empty; write something"),
        ("rename", {"theme": "T0001", "label": "x" * 81}, "label: is longer than 80 characters; shorten it"),
        ("rename", {"theme": "T0001", "label": "Tap\u200bdrips"}, "label: holds characters that cannot be seen"),
        ("rename", {"theme": "T0001"}, "label: is missing; a rename needs it"),
        ("rename", {"theme": "tap", "label": "Tap"}, "theme: is no id; write it like T0007 (a theme) or E0003"),
        ("merge", {"theme": "T0001", "into": "T0001"}, "into: T0001 cannot be merged into itself"),
        ("pin", {"theme": "T0001", "into": "T0002"}, "into: has no meaning in a pin; take it out"),
        ("pin", {}, "theme: is missing; a pin needs it"),
        ("split", {"theme": "T0001"}, "a split needs either parts, or label and documents"),
        ("split", {"theme": "T0001", "parts": 2, "label": "Tap", "documents": ["a"]}, "a split needs either parts"),
        ("split", {"theme": "T0001", "parts": 10}, "parts: Input should be less than or equal to 9"),
        ("move", {"theme": "T0001", "document": ["csat:1", ""]}, "document: must be the id of a document, or a list"),
        ("move", {"theme": "T0001", "document": []}, "document: must be the id of a document"),
        ("pin", {"theme": "T0001", "at": datetime(2026, 3, 1)}, "at: has no time zone; put Z or +00:00 behind it"),
    ],
)
def test_an_edit_at_fault_is_refused_by_field(
    files: CurationFiles, action: Action, fields: dict[str, Any], message: str
) -> None:
    at = fields.pop("at", AT)
    with pytest.raises(CxtextError) as raised:
        files.add(action, at, **fields)
    assert str(raised.value).startswith(message)
    assert not files.draft_path.exists()


# --- apply


WITH_COMMENTS = """\
# Agreed with Maria on Monday
[[edit]]
id = "E0001"
action = "pin"   # she owns it
theme = "T0001"
at = 2026-03-01T09:12:00Z

# not sure about this one
[[ edit ]]
id = "E0002"
action = "move"
document = [
  "csat:1",
  # the next is from the call
  "csat:2",
]
theme = "T0002"
at = 2026-03-01T10:12:00+01:00
"""


def test_comments_and_layout_of_a_draft_move_along(files: CurationFiles) -> None:
    files.applied_path.write_text("# ours\n", "utf-8")
    files.draft_path.write_text(WITH_COMMENTS, "utf-8")
    assert ids(files.apply()) == ["E0001", "E0002"]
    assert files.applied_path.read_text("utf-8") == "# ours\n\n" + WITH_COMMENTS
    assert files.curated().moved == {"csat:1": "T0002", "csat:2": "T0002"}
    assert (
        files.draft_path.read_text("utf-8")
        == "# Edits of the themes that wait for `cxtext themes apply`, oldest first.\n"
    )


def test_applying_adds_to_the_end_and_changes_nothing_before(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.apply()
    before = files.applied_path.read_text("utf-8")
    files.add("mute", AT, theme="T0002")
    files.apply()
    after = files.applied_path.read_text("utf-8")
    assert after.startswith(before)
    assert ids(files.applied()) == ["E0001", "E0002"]


def crash_before_the_draft_is_emptied(files: CurationFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def fail(source: Path, target: Path) -> None:
        if target == files.draft_path:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fail)
        with pytest.raises(KeyboardInterrupt):
            files.apply()


def test_a_crash_between_the_two_files_applies_once(files: CurationFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    files.draft_path.write_text(WITH_COMMENTS, "utf-8")
    crash_before_the_draft_is_emptied(files, monkeypatch)
    assert "E0001" in files.draft_path.read_text("utf-8")
    assert ids(files.applied()) == ["E0001", "E0002"]
    assert files.draft() == []
    assert [entry.state for entry in files.history()] == ["applied", "applied"]
    assert files.apply() == []
    assert "E0001" not in files.draft_path.read_text("utf-8")
    assert files.applied_path.read_text("utf-8").count("E0001") == 1
    assert sorted(path.name for path in files.folder.iterdir()) == [".themes.lock", "themes-draft.toml", "themes.toml"]


def test_what_is_drafted_after_a_crash_is_kept_when_the_rest_is_cleared(
    files: CurationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.add("pin", AT, theme="T0001")
    crash_before_the_draft_is_emptied(files, monkeypatch)
    with files.draft_path.open("a", encoding="utf-8") as stream:
        stream.write(
            '\n# by hand\n[[edit]]\nid = "E0002"\naction = "mute"\ntheme = "T0002"\nat = 2026-03-02T00:00:00Z\n'
        )
    files.add("pin", AT, theme="T0003")
    assert ids(files.draft()) == ["E0002", "E0003"]
    assert "# by hand" in files.draft_path.read_text("utf-8")
    assert "T0001" not in files.draft_path.read_text("utf-8")


def test_an_id_that_two_branches_gave_to_different_edits_is_not_lost(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.apply()
    files.draft_path.write_text(edits(flag("mute", "T0002"))[0].block(), "utf-8")
    for command in (files.draft, files.apply, files.history, lambda: files.undo(AT)):
        with pytest.raises(CxtextError, match=r"themes-draft.toml: E0001: this id stands in themes.toml too.*id E0002"):
            command()


# --- undo


def test_undo_takes_the_newest_draft_out_and_never_gives_its_id_again(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.add("mute", AT, theme="T0002", note="a note that must not stay")
    undone = files.undo(AT)
    assert (undone.edit.id, undone.by) == ("E0002", None)
    assert ids(files.draft()) == ["E0001"]
    assert "must not stay" not in files.draft_path.read_text("utf-8")
    assert files.add("pin", AT, theme="T0003").id == "E0003"
    files.apply()
    files.add("pin", AT, theme="T0004")
    files.undo(AT)
    files.apply()
    assert files.add("pin", AT, theme="T0005").id == "E0005"


def test_undo_leaves_the_comments_of_people(files: CurationFiles) -> None:
    files.draft_path.write_text(WITH_COMMENTS, "utf-8")
    files.undo(AT, "E0002")
    files.undo(AT, "E0001")
    assert files.draft_path.read_text("utf-8") == (
        "# Agreed with Maria on Monday\n# E0001 was taken back\n\n"
        "# not sure about this one\n# E0002 was taken back\n  # the next is from the call\n"
    )
    assert files.add("pin", AT, theme="T0003").id == "E0003"


def test_without_drafts_undo_drafts_the_undo_of_the_newest_applied_edit_that_stands(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.add("mute", AT, theme="T0002")
    files.apply()
    undone = files.undo(AT)
    assert undone.by is not None
    assert (undone.edit.id, undone.by.id, undone.by.edit) == ("E0002", "E0003", "E0002")
    assert files.curated().muted == {"T0002"}
    files.apply()
    assert files.curated() == resolve(edits(flag("pin", "T0001")))
    assert files.undo(AT).edit.id == "E0001"
    files.apply()
    assert [entry.state for entry in files.history()] == ["undone", "undone", "applied", "applied"]
    with pytest.raises(CxtextError, match="there is no edit to undo"):
        files.undo(AT)


def test_an_undo_that_is_drafted_can_be_taken_back(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.apply()
    files.undo(AT)
    undone = files.undo(AT)
    assert (undone.edit.action, undone.by) == ("undo", None)
    assert files.draft() == []


def test_a_named_edit_is_undone_and_an_unknown_one_is_refused(files: CurationFiles) -> None:
    files.add("pin", AT, theme="T0001")
    files.add("mute", AT, theme="T0002")
    files.apply()
    files.add("pin", AT, theme="T0003")
    assert files.undo(AT, "E0001").by is not None
    with pytest.raises(CxtextError, match="E0001 is already undone, by E0004"):
        files.undo(AT, "E0001")
    with pytest.raises(CxtextError, match="there is no edit 'E0099'; `cxtext themes history` lists them"):
        files.undo(AT, "E0099")


def test_an_undo_on_which_another_draft_rests_stays(files: CurationFiles) -> None:
    files.add("merge", AT, theme="T0001", into="T0002")
    files.apply()
    files.undo(AT)
    files.add("merge", AT, theme="T0001", into="T0003")
    with pytest.raises(CxtextError, match="E0002 cannot be taken back before E0003, which would no longer hold: T0001"):
        files.undo(AT, "E0002")
    assert ids(files.draft()) == ["E0002", "E0003"]


def test_history_tells_of_every_edit_where_it_stands(files: CurationFiles) -> None:
    for theme in ("T0001", "T0002"):
        files.add("pin", AT, theme=theme)
    files.apply()
    files.undo(AT, "E0001")
    files.apply()
    files.add("mute", AT, theme="T0003")
    assert [(entry.edit.id, entry.state) for entry in files.history()] == [
        ("E0001", "undone"),
        ("E0002", "applied"),
        ("E0003", "applied"),
        ("E0004", "draft"),
    ]


def test_two_commands_at_once_do_not_lose_each_others_edits(files: CurationFiles) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: files.add("pin", AT, theme=f"T{number:04d}"), range(12)))
    assert sorted(ids(made)) == ids(files.draft()) == [f"E{number:04d}" for number in range(1, 13)]


# --- files that people wrote


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[edit]\n", "not valid TOML: "),
        ('[[edits]]\nid = "E0001"\n', "edits: unknown; there are only [[edit]] blocks in this file"),
        ("edit = [{}]\n", "edit: write each edit as a block that begins with a line [[edit]]"),
        ("[edit]\n", "edit: write each edit as a block that begins with a line [[edit]]"),
        ("[[edit]]\n", "edit 1: id: is missing; add it"),
        ('[[edit]]\nid = "E0001"\n', "edit 1 (E0001): action: is missing; add it"),
        ('[[edit]]\nid = "E0001"\naction = "join"\n', "edit 1 (E0001): action: Input should be 'rename', 'merge'"),
        (
            '[[edit]]\nid = "E0001"\naction = "pin"\nthem = "T0001"\nat = 2026-03-01T00:00:00Z\n',
            "edit 1 (E0001): them: unknown field; check its spelling",
        ),
        (
            '[[edit]]\nid = "E0001"\naction = "pin"\ntheme = "T0001"\nat = 2026-03-01T00:00:00\n',
            "edit 1 (E0001): at: has no time zone; put Z or +00:00 behind it",
        ),
        (
            '[[edit]]\nid = "E1"\naction = "pin"\ntheme = "T0001"\nat = 2026-03-01T00:00:00Z\n',
            "edit 1 (E1): id: is no id; write it like T0007 (a theme) or E0003 (an edit)",
        ),
        (
            '[[edit]]\nid = "E0001"\naction = "split"\ntheme = "T0001"\nparts = true\nat = 2026-03-01T00:00:00Z\n',
            "edit 1 (E0001): parts: Input should be a valid integer",
        ),
        (
            '[[edit]]\nid = "E0002"\naction = "undo"\nedit = "E0001"\nat = 2026-03-01T00:00:00Z\n',
            "E0002: there is no edit E0001 before it",
        ),
    ],
)
def test_a_fault_in_a_file_is_named_with_file_entry_and_field(files: CurationFiles, text: str, message: str) -> None:
    for path in (files.applied_path, files.draft_path):
        path.write_text(text, "utf-8")
        with pytest.raises(CxtextError) as raised:
            files.history()
        assert str(raised.value).startswith(f"{path}: {message}")
        assert "\n" not in str(raised.value)
        path.unlink()


def test_a_file_of_windows_is_read(files: CurationFiles) -> None:
    files.draft_path.write_bytes(WITH_COMMENTS.replace("\n", "\r\n").encode("utf-8-sig"))
    assert ids(files.apply()) == ["E0001", "E0002"]


def test_a_value_that_looks_like_a_block_does_not_tear_the_file_apart(files: CurationFiles) -> None:
    text = edits(flag("pin", "T0001"), flag("pin", "T0002"))
    tricky = text[0].block() + 'note = """\\\n[[edit]]\\\n"""\n\n' + text[1].block()
    files.draft_path.write_text(tricky, "utf-8")
    with pytest.raises(CxtextError, match="write each edit as a block"):
        files.undo(AT, "E0001")
    assert files.draft_path.read_text("utf-8") == tricky


def test_what_cannot_be_read_is_one_line(files: CurationFiles) -> None:
    files.draft_path.mkdir()
    with pytest.raises(CxtextError, match=r"themes-draft\.toml: cannot be read: Is a directory"):
        files.add("pin", AT, theme="T0001")
