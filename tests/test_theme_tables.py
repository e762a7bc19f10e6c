"""The published tables about themes, from what a night found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from cxtext.life import Event
from cxtext.registry import State, Theme, Turn
from cxtext.registry.kinship import Parent
from cxtext.tables import DOCUMENT_THEMES, THEME_EVENTS, THEME_PARENTS, THEMES, to_frame
from cxtext.theme_tables import (
    carried_on,
    events_frame,
    first_seen,
    moved_by_hand,
    parents_frame,
    placed_late,
    themes_frame,
)
from cxtext.themes.space import learn_space

RUN = date(2026, 3, 2)
NIGHT = pd.Timestamp(datetime(2026, 3, 3, tzinfo=UTC))
AXES = np.eye(4, dtype=np.float32)


def theme(number: int, *, into: str | None = None) -> Theme:
    axis = AXES[number - 1]
    return Theme(
        f"T{number:04d}", f"Theme {number}", ["word"], axis, axis[None], 0.8, 0.6, ["a:1"], RUN, RUN, merged_into=into
    )


def state(*themes: Theme) -> State:
    return State(list(themes), learn_space([], AXES[:0], seed=7), 1.0, RUN, RUN)


def rows(*placed: tuple[str, str | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(placed, columns=["document_id", "theme_id", "method"]).assign(confidence=0.7)
    return to_frame(DOCUMENT_THEMES.conform(frame))


def at(*days: int) -> "pd.Series[pd.Timestamp]":
    return pd.Series([NIGHT + timedelta(days=each) for each in days])


# --- documents


def test_older_documents_go_with_their_theme_to_the_end_of_a_chain_of_merges() -> None:
    known = state(theme(1), theme(2, into="T0001"), theme(3, into="T0002"))
    found = carried_on(
        rows(("a:1", "T0003", "assigned"), ("a:2", None, "unassigned"), ("a:3", "T0001", "nearest")), known
    )
    assert found["theme_id"].tolist() == ["T0001", None, "T0001"]
    assert found["method"].tolist() == ["assigned", "unassigned", "nearest"]
    DOCUMENT_THEMES.conform(found)


def test_older_documents_lie_where_people_put_them() -> None:
    known = state(theme(1), theme(2, into="T0001"), theme(3))
    placed = rows(("a:1", "T0003", "assigned"), ("a:2", None, "unassigned"), ("a:3", "T0003", "assigned"))
    found = moved_by_hand(placed, known, {"a:1": "T0002", "a:2": "T0003", "a:3": "T0077", "z:9": "T0001"})
    assert found["theme_id"].tolist() == ["T0001", "T0003", "T0003"]
    assert found["method"].tolist() == ["curated", "curated", "assigned"]
    assert found["confidence"].tolist() == [1.0, 1.0, 0.7]
    DOCUMENT_THEMES.conform(found)


def test_late_documents_are_placed_by_the_rule_of_all_others() -> None:
    known = state(theme(1), replace(theme(2, into="T0001"), is_merged_by_hand=True), theme(3, into="T0001"))
    vectors = np.array([AXES[0], AXES[1], AXES[2], [0.7, 0, 0, 0.714]], np.float32)
    found = placed_late(["a:1", "a:2", "a:3", "a:4"], [""] * 4, vectors, known)
    assert found["theme_id"].tolist() == ["T0001", "T0001", None, "T0001"]  # by hand merged, it finds for its heir
    assert found["method"].tolist() == ["assigned", "assigned", "unassigned", "nearest"]
    assert DOCUMENT_THEMES.conform(placed_late([], [], AXES[:0], known)).num_rows == 0


# --- events


def test_tonights_events_and_turns_are_added_to_what_was_told() -> None:
    known = events_frame(THEME_EVENTS.empty(), [(event("new"), "T0001")], [], RUN)
    turns = [Turn("T0002", "merged", "into T0001 Theme 1"), Turn("T0001", "renamed", "from Tap to Leak")]
    later = events_frame(known, [(event("spike", 1), "T0001")], turns, RUN + timedelta(days=1))
    told = THEME_EVENTS.conform(later).to_pylist()
    assert [(each["day"].day, each["theme_id"], each["event"]) for each in told] == [
        (2, "T0001", "new"), (3, "T0001", "renamed"), (3, "T0001", "spike"), (3, "T0002", "merged"),
    ]  # fmt: skip


def test_two_splits_of_a_theme_in_a_night_are_one_event_that_tells_of_both() -> None:
    turns = [Turn("T0001", "split", "into T0004 Taps"), Turn("T0001", "split", "into T0005 Hoses")]
    (told,) = THEME_EVENTS.conform(events_frame(THEME_EVENTS.empty(), [], turns, RUN)).to_pylist()
    assert (told["event"], told["note"]) == ("split", "into T0004 Taps; into T0005 Hoses")


def test_what_was_told_is_never_told_otherwise() -> None:
    known = events_frame(THEME_EVENTS.empty(), [(event("new"), "T0001")], [], RUN)
    again = events_frame(known, [(replace(event("new"), note="otherwise"), "T0001")], [], RUN)
    assert again["note"].tolist() == ["in words"]


def test_a_night_on_which_nothing_turns_has_an_empty_table() -> None:
    assert THEME_EVENTS.conform(events_frame(THEME_EVENTS.empty(), [], [], RUN)).num_rows == 0


def event(kind: str, after: int = 0) -> Event:
    return Event(RUN + timedelta(days=after), 0, kind, 9.0, 2.0, 0.001, "in words")


# --- themes


@pytest.mark.parametrize(
    ("days", "first"),
    [
        ([0, 1, 2], 0),
        ([-300, 0, 1, 2], 0),  # a stray
        ([-300, -290, 0, 1, 2], 0),  # two strays
        ([-300, -290, -272, 0], -300),  # three within 28 days
        ([-300, -290, -271, 0], -300),  # nowhere three within 28 days
        ([-300, 0], -300),
        ([5], 5),
    ],
)
def test_a_theme_begins_where_documents_follow_each_other(days: Sequence[int], first: int) -> None:
    assert first_seen(at(*days)) == NIGHT + timedelta(days=first)


def themes_of(
    known: Sequence[Theme], documents: pd.DataFrame, silent: dict[str, tuple[pd.Timestamp, pd.Timestamp]]
) -> list[dict[str, object]]:
    born = {each.theme_id: NIGHT for each in known}
    frame = themes_frame(known, ["recurring"] * len(known), documents, NIGHT, born, silent)
    found: list[dict[str, object]] = THEMES.conform(frame).to_pylist()
    return found


def written(**days: list[int]) -> pd.DataFrame:
    pairs = [(theme_id, NIGHT + timedelta(days=each)) for theme_id, found in days.items() for each in found]
    frame = pd.DataFrame(pairs, columns=["theme_id", "created_at"])
    return frame.astype({"created_at": "datetime64[us, UTC]"})


def test_a_theme_is_counted_and_says_what_people_made_of_it() -> None:
    pinned = replace(theme(1), is_pinned=True, is_curated=True, parent_id="P001")
    muted = replace(theme(2), is_muted=True)
    one, other = themes_of([pinned, muted], written(T0001=[-1, -200, -8, -6], T0002=[-3]), {})
    assert (one["documents"], one["documents_last_7_days"]) == (4, 2)
    assert (one["first_seen"], one["last_seen"]) == (NIGHT - timedelta(days=8), NIGHT - timedelta(days=1))
    assert (one["is_pinned"], one["is_muted"], one["is_curated"], one["parent_id"]) == (True, False, True, "P001")
    assert (other["is_pinned"], other["is_muted"], other["is_curated"], other["parent_id"]) == (
        False,
        True,
        False,
        None,
    )


def test_a_theme_without_documents_keeps_what_was_told_of_it_before() -> None:
    earlier = (NIGHT - timedelta(days=90), NIGHT - timedelta(days=60))
    silent, unborn = themes_of([theme(1), theme(2)], written(), {"T0001": earlier})
    assert (silent["first_seen"], silent["last_seen"], silent["documents"]) == (*earlier, 0)
    assert unborn["first_seen"] == unborn["last_seen"] == NIGHT


def test_a_merged_theme_is_resolved() -> None:
    (_, gone) = themes_of([theme(1), theme(2, into="T0001")], written(T0001=[-1]), {})
    assert (gone["status"], gone["merged_into"]) == ("resolved", "T0001")


def test_without_themes_the_tables_are_empty() -> None:
    assert themes_of([], written(), {}) == []
    assert THEME_PARENTS.conform(parents_frame([], [], {})).num_rows == 0


def test_a_parent_counts_its_themes_and_their_documents() -> None:
    known = [replace(theme(number), parent_id="P001" if number < 3 else "P002") for number in (1, 2, 3)]
    frame = parents_frame([Parent("P001", "Taps"), Parent("P002", "Bills")], known, {"T0001": 7, "T0002": 5})
    first, second = THEME_PARENTS.conform(frame).to_pylist()
    assert (first["label"], first["themes"], first["documents"]) == ("Taps", 2, 12)
    assert (second["label"], second["themes"], second["documents"]) == ("Bills", 1, 0)
    assert first["keywords"] == ["word"]
