"""What a night tells: documents' themes and days in, events and statuses out."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from cxtext.life import Rules
from cxtext.registry import State, Theme
from cxtext.registry.telling import Told, tell
from cxtext.themes.space import learn_space

START = date(2026, 1, 1)
RULES = Rules()
NOTHING = np.zeros((0, 4), np.float32)


def theme(number: int, *, into: int | None = None, born: date = START, origin: str | None = None) -> Theme:
    merged = None if into is None else f"T{into:04d}"
    return Theme(
        f"T{number:04d}", f"Theme {number}", [], np.eye(4, dtype=np.float32)[0], NOTHING, 0.5, 0.4, [], born, START,
        merged_into=merged, origin=origin,
    )  # fmt: skip


def state(*themes: Theme) -> State:
    return State(list(themes), learn_space([], NOTHING, seed=7), 1.0, START, START)


def day(number: int) -> date:
    return START + timedelta(days=number)


def told(
    known: State,
    written: Sequence[tuple[int, int | None]],
    until: int,
    *,
    past: Sequence[tuple[date, str, str]] = (),
    since: int | None = None,
    first: date | None = START,
    history_days: int | None = None,
) -> Told:
    """What the night of day `until` tells of documents written (day, theme)."""
    return tell(
        known,
        [None if number is None else f"T{number:04d}" for _, number in written],
        np.array([day(each) for each, _ in written], "datetime64[D]"),
        day(until),
        RULES,
        past=past,
        told_until=None if since is None else day(since),
        first_day=first,
        history_days=history_days,
    )


def steady(number: int, first: int, last: int, each_day: int = 2) -> list[tuple[int, int | None]]:
    return [(each, number) for each in range(first, last + 1) for _ in range(each_day)]


def kinds(found: Told) -> list[tuple[str, str]]:
    return [(theme_id, event.event) for event, theme_id in found.events]


def test_a_surge_is_told_under_the_theme_that_has_it() -> None:
    written = steady(1, 0, 60) + steady(2, 0, 60) + steady(2, 60, 60, 15)
    found = told(state(theme(1), theme(2)), written, 60, since=59)
    assert kinds(found) == [("T0002", "spike")]
    assert found.events[0][0].day == day(60)
    assert found.statuses == ["recurring", "recurring"]


def test_documents_of_a_merged_theme_count_under_the_one_that_carries_on() -> None:
    """Else the heir would surge on the day on which it takes over, and the merged one fall silent."""
    merged = state(theme(1), theme(2, into=1))
    written = steady(1, 0, 60) + steady(2, 0, 44) + steady(1, 45, 60)
    assert kinds(told(merged, written, 60, since=44)) == []
    apart = kinds(told(state(theme(1), theme(2)), written, 60, since=44))
    assert ("T0001", "spike") in apart
    assert ("T0002", "resolved") in apart


def test_documents_are_counted_under_the_end_of_a_chain_of_merges() -> None:
    chain = state(theme(1), theme(2, into=1), theme(3, into=2))
    found = told(chain, steady(1, 0, 60) + steady(3, 0, 40) + steady(1, 41, 60), 60, since=40)
    assert kinds(found) == []


def test_what_was_told_is_not_told_again_and_makes_the_status() -> None:
    written = steady(1, 0, 60) + steady(1, 60, 60, 15)
    known = state(theme(1))
    first = told(known, written, 60, since=59)
    past = [(event.day, theme_id, event.event) for event, theme_id in first.events]
    again = told(known, [*written, *steady(1, 61, 61, 12)], 61, past=past, since=60)
    assert kinds(first) == [("T0001", "spike")]
    assert kinds(again) == []
    gone = told(known, written, 60, past=[(day(59), "T0001", "resolved")], since=60)
    assert gone.statuses == ["resolved"]


def test_turns_that_were_told_before_do_no_harm() -> None:
    past = [(day(20), "T0001", "renamed"), (day(21), "T0001", "split"), (day(22), "T0002", "merged")]
    found = told(state(theme(1), theme(2, into=1)), steady(1, 0, 60), 60, past=past, since=59)
    assert kinds(found) == []
    assert found.statuses == ["recurring", "recurring"]


def test_a_theme_found_tonight_tells_what_it_would_have_told_in_its_first_two_weeks() -> None:
    written = steady(1, 0, 60) + steady(2, 50, 60)
    tonight = told(state(theme(1), theme(2, born=day(60))), written, 60, since=59)
    assert ("T0002", "new") in kinds(tonight)
    assert {event.day for event, _ in tonight.events} == {day(60)}


def test_what_a_person_made_of_known_documents_is_no_find_of_tonight() -> None:
    written = steady(1, 0, 60) + steady(2, 26, 60)
    found = told(state(theme(1), theme(2, born=day(60))), written, 60, since=59)
    made = told(state(theme(1), theme(2, born=day(60), origin="E0003:T0001")), written, 60, since=59)
    assert kinds(found) == [("T0002", "new")]
    assert kinds(made) == []


def test_documents_before_the_history_make_a_theme_old() -> None:
    """What lies before the counts is no rise: only the last four weeks are counted, and the theme is known for long."""
    written = steady(1, 0, 90) + [(each, 2) for each in range(0, 50, 2)] + steady(2, 78, 90)
    found = told(state(theme(1), theme(2)), written, 90, history_days=28)
    assert ("T0002", "new") not in kinds(found)
    without = [(each, number) for each, number in written if number == 1 or each >= 78]
    assert ("T0002", "new") in kinds(told(state(theme(1), theme(2)), without, 90, history_days=28))


def test_documents_of_no_theme_and_of_days_to_come_count_for_nothing() -> None:
    written = steady(1, 0, 60)
    strays = [*written, *[(each, None) for each in range(55, 61) for _ in range(20)], *[(65, 1)] * 50]
    known = state(theme(1))
    assert told(known, strays, 60, since=50).events == told(known, written, 60, since=50).events


def test_without_a_first_day_data_begin_with_the_earliest_document() -> None:
    written = [(each + 100, number) for each, number in steady(1, 0, 20) + steady(1, 18, 20, 20)]
    known = state(theme(1))
    assert kinds(told(known, written, 120, since=100, first=None)) == []  # the first weeks are the starting stock
    assert kinds(told(known, written, 120, since=100)) != []


@pytest.mark.parametrize("themes", [[], [theme(1)]], ids=len)
def test_a_night_without_documents_tells_nothing(themes: list[Theme]) -> None:
    found = told(state(*themes), [], 3, since=2)
    assert found.events == []
    assert found.statuses == ["recurring"] * len(themes)
