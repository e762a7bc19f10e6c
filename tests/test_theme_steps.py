"""Themes from night to night through the tables: old and late documents, edits, another encoder, parents."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from told_problems import KIND_OF, PROBLEMS, ProblemEncoder, texts_of

from cxtext import night as nights
from cxtext import theme_steps
from cxtext.curation import Action, CurationFiles
from cxtext.night import Night
from cxtext.settings import Settings
from cxtext.store import write_json
from cxtext.tables import DOCUMENT_THEMES, DOCUMENTS, THEME_EVENTS, THEME_PARENTS, THEMES, Table
from cxtext.theme_state import read_kept
from cxtext.theme_steps import update_themes

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = "2026-03-08", "2026-03-09", "2026-03-10"

Row = tuple[str, datetime, str]


class Nights:
    """A data root whose documents are written by hand, and the nights over them."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_root=Path("data"), base=folder)

    def of(self, run: str) -> Night:
        return Night(self.settings, run)

    def run(self, run: str, rows: Sequence[Row]) -> dict[str, int]:
        night = self.of(run)
        night.root.write(DOCUMENTS, run, frame(rows))
        write_json({"warnings": []}, night.root.note_path(run), private=True)
        counts = update_themes(night)
        night.root.complete(run, {})
        return counts

    def read(self, table: Table, run: str) -> list[dict[str, Any]]:
        found: list[Any] = self.of(run).root.read(table, run).to_dict("records")
        return found

    def placed(self, run: str) -> dict[str, str | None]:
        return {row["document_id"]: row["theme_id"] for row in self.read(DOCUMENT_THEMES, run)}

    def method(self, run: str, document_id: str) -> object:
        return next(row["method"] for row in self.read(DOCUMENT_THEMES, run) if row["document_id"] == document_id)

    def edit(self, action: Action, **fields: Any) -> str:
        files = CurationFiles(self.settings.base)
        made = files.add(action, MONDAY, **fields)
        files.apply()
        return made.id

    def undo(self, edit_id: str) -> None:
        files = CurationFiles(self.settings.base)
        files.undo(MONDAY, edit_id)
        files.apply()


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    if not rows:
        return DOCUMENTS.empty()
    found = pd.DataFrame(rows, columns=["document_id", "created_at", "text"])
    kinds: pd.Series[Any] = pd.Series([[] for _ in rows], dtype=object)
    return found.assign(
        source="tickets", channel="ticket", language="en", redactions=0, redacted_kinds=kinds, trimmed=0
    )


def spoken(problems: Sequence[int] = range(len(PROBLEMS)), *, count: int = 14) -> list[Row]:
    """Documents `p<problem>:<number>` of the week before the first night."""
    return [
        (f"p{problem:02d}:{number:02d}", MONDAY + timedelta(days=number % 6, minutes=problem), text)
        for problem in problems
        for number, text in enumerate(texts_of(problem)[:count])
    ]


def later(problem: int, number: int, days: int) -> Row:
    return (f"p{problem:02d}:{number:02d}", MONDAY + timedelta(days=days), texts_of(problem)[number])


@pytest.fixture
def nightly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    monkeypatch.setattr(nights, "_encoder", lambda *_: ProblemEncoder("one"))
    return Nights(tmp_path)


@pytest.fixture
def forgetful(nightly: Nights, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """Nights that read no document again which is older than a week."""
    monkeypatch.setattr(theme_steps, "LEAST_HISTORY", 0)
    themes = nightly.settings.themes.model_copy(update={"history_weeks": 1})
    nightly.settings = nightly.settings.model_copy(update={"themes": themes})
    return nightly


def test_the_next_night_goes_on_where_the_last_one_ended(nightly: Nights) -> None:
    nightly.run(FIRST, spoken())
    before = nightly.placed(FIRST)
    assert len(set(before.values()) - {None}) == len(PROBLEMS)
    counts = nightly.run(SECOND, [later(0, 20, 7), later(5, 20, 7)])
    after = nightly.placed(SECOND)
    assert {key: after[key] for key in before} == before
    assert (after["p00:20"], after["p05:20"]) == (before["p00:00"], before["p05:00"])
    assert (counts["themes"], counts["new_themes"]) == (len(PROBLEMS), 0)


def test_a_night_run_again_leaves_the_same_bytes(nightly: Nights) -> None:
    nightly.run(FIRST, spoken())
    nightly.run(SECOND, [later(0, 20, 7)])
    root = nightly.of(SECOND).root.path

    def content() -> dict[str, bytes]:
        return {path.as_posix(): path.read_bytes() for path in root.rglob(f"run={SECOND}/*.parquet")}

    before = content()
    nightly.run(SECOND, [later(0, 20, 7)])
    assert content() == before
    assert any("theme_space" in name for name in before)


def test_documents_that_are_read_no_more_keep_their_theme_and_late_ones_get_one(forgetful: Nights) -> None:
    forgetful.run(FIRST, spoken())
    before = forgetful.placed(FIRST)
    run = "2026-03-28"
    fresh = [later(problem, 20 + each, 24) for problem in range(len(PROBLEMS)) for each in range(6)]
    late = ("late:1", MONDAY + timedelta(days=1), texts_of(3)[29])
    forgetful.run(run, [*fresh, late])
    after = forgetful.placed(run)
    assert {key: after[key] for key in before} == before
    assert after["late:1"] == before["p03:00"] is not None


def test_documents_that_are_read_no_more_go_where_people_put_them_and_come_back(forgetful: Nights) -> None:
    forgetful.run(FIRST, spoken())
    before = forgetful.placed(FIRST)
    target = str(before["p07:00"])
    edit = forgetful.edit("move", document="p03:00", theme=target)
    fresh = [later(problem, 20 + each, 24) for problem in range(len(PROBLEMS)) for each in range(6)]
    forgetful.run("2026-03-28", fresh)
    assert forgetful.placed("2026-03-28")["p03:00"] == target
    assert forgetful.method("2026-03-28", "p03:00") == "curated"
    forgetful.undo(edit)
    forgetful.run("2026-03-29", [])
    assert forgetful.placed("2026-03-29")["p03:00"] == before["p03:00"]
    assert forgetful.method("2026-03-29", "p03:00") != "curated"


def test_edits_are_carried_out_and_told(nightly: Nights) -> None:
    nightly.run(FIRST, spoken())
    before = nightly.placed(FIRST)
    one, other = str(before["p00:00"]), str(before["p01:00"])
    nightly.edit("merge", theme=one, into=other)
    nightly.edit("rename", theme=other, label="Parcels that went wrong")
    nightly.edit("mute", theme=str(before["p05:00"]))
    nightly.run(SECOND, [])
    themes = {str(row["theme_id"]): row for row in nightly.read(THEMES, SECOND)}
    assert themes[one]["merged_into"] == other
    assert (themes[other]["label"], themes[other]["is_curated"]) == ("Parcels that went wrong", True)
    assert themes[str(before["p05:00"])]["is_muted"]
    assert nightly.placed(SECOND)["p00:00"] == other
    told = {(row["theme_id"], row["event"]) for row in nightly.read(THEME_EVENTS, SECOND)}
    assert told >= {(one, "merged"), (other, "renamed")}
    assert themes[other]["documents"] == 28


def test_an_edit_of_a_theme_that_there_is_not_is_a_warning_told_once(nightly: Nights) -> None:
    nightly.edit("rename", theme="T0999", label="Nothing of the kind")
    nightly.run(FIRST, spoken())
    update_themes(nightly.of(FIRST))
    warnings = json.loads(nightly.of(FIRST).root.note_path(FIRST).read_text("utf-8"))["warnings"]
    assert len(warnings) == 1
    assert "T0999" in warnings[0]


def test_another_encoder_keeps_every_theme_its_label_and_its_documents(
    nightly: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly.run(FIRST, spoken())
    before, labels = nightly.placed(FIRST), {row["theme_id"]: row["label"] for row in nightly.read(THEMES, FIRST)}
    monkeypatch.setattr(nights, "_encoder", lambda *_: ProblemEncoder("two", 64))
    nightly.run(SECOND, [])
    after = nightly.placed(SECOND)
    assert sum(after[key] == before[key] for key in before) >= 0.95 * len(before)
    assert {row["theme_id"]: row["label"] for row in nightly.read(THEMES, SECOND)} == labels
    kept = read_kept(nightly.of(SECOND).root, SECOND)
    assert kept is not None
    assert kept.encoder == "two"
    assert {theme.centroid.size for theme in kept.state.themes} == {64}


def test_themes_of_a_kind_have_a_parent_that_lasts(nightly: Nights) -> None:
    nightly.run(FIRST, spoken())
    themes, parents = nightly.read(THEMES, FIRST), nightly.read(THEME_PARENTS, FIRST)
    of_theme = {row["theme_id"]: row["parent_id"] for row in themes}
    placed = nightly.placed(FIRST)
    kinds = {(KIND_OF[PROBLEMS[each]], of_theme[placed[f"p{each:02d}:00"]]) for each in range(len(PROBLEMS))}
    assert len(kinds) == len({parent for _, parent in kinds}) == 3
    assert [row["parent_id"] for row in parents] == ["P001", "P002", "P003"]
    assert [row["themes"] for row in parents] == [4, 4, 4]
    assert sum(int(str(row["documents"])) for row in parents) == sum(each is not None for each in placed.values())
    run = "2026-04-10"  # a refit is due
    nightly.run(run, [later(each, 20, 38) for each in range(len(PROBLEMS))])
    again = nightly.read(THEME_PARENTS, run)
    assert [(row["parent_id"], row["label"]) for row in again] == [(row["parent_id"], row["label"]) for row in parents]
    assert {row["theme_id"]: row["parent_id"] for row in nightly.read(THEMES, run)} == of_theme


def test_a_first_night_without_documents_is_followed_by_one_with(nightly: Nights) -> None:
    assert nightly.run(FIRST, [])["themes"] == 0
    assert nightly.run(SECOND, spoken())["themes"] == len(PROBLEMS)
