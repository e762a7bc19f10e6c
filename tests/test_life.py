"""The life of themes: what is told of them, when, and what is not."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.life import QUIET_DAYS, Event, History, Rules, live

Counts = NDArray[np.float64]
START = date(2026, 1, 5)  # a Monday
ALARMS = {"emerging", "spike", "reopened"}


def day(number: int) -> date:
    return START + timedelta(days=number)


def daily(per_week: float, days: int, seed: int = 1) -> Counts:
    return np.random.default_rng(seed).poisson(per_week / 7, days).astype(np.float64)


def steady(per_week: int, days: int) -> Counts:
    """Exactly so many documents in any seven days."""
    return np.array([per_week * (each + 1) // 7 - per_week * each // 7 for each in range(days)], np.float64)


def among_others(theme: Counts, seed: int = 0, others: int = 20) -> Counts:
    """The theme in row 0, ordinary flat ones below it."""
    return np.vstack([theme, np.random.default_rng(seed).poisson(10 / 7, (others, len(theme)))]).astype(np.float64)


def told_of_first(events: list[Event]) -> list[tuple[int, str]]:
    return [((each.day - START).days, each.event) for each in events if each.theme == 0]


def night_by_night(counts: Counts, step: int = 1) -> tuple[list[Event], list[str]]:
    """The events as nights one after another tell them, each with the days that it has seen."""
    told: list[Event] = []
    statuses: list[str] = []
    nights = range(step - 1, counts.shape[1], step)
    for last in nights:
        past = [(each.day, each.theme, each.event) for each in told]
        events, statuses = live(History.whole(counts[:, : last + 1], START), Rules(), past, day(last - step))
        told += events
    return told, statuses


# --- false alarms


@pytest.mark.parametrize("per_week", [0.5, 2.0, 10.0, 50.0])
def test_flat_themes_are_hardly_ever_said_to_rise(per_week: float) -> None:
    """Twenty weeks of 100 flat themes, three times.

    A false discovery rate of 5% a night allows an alarm in one night of twenty: 5.6 in 112 nights, or 0.35 in 100
    weeks of a theme.
    """
    rises = 0
    for seed in range(3):
        counts = np.random.default_rng(seed).poisson(per_week / 7, (100, 140)).astype(np.float64)
        events, _ = live(History.whole(counts, START), Rules())
        rises += sum(each.event in {"emerging", "spike"} for each in events)
    assert 100 * rises / (3 * 100 * 16) <= 0.35


def test_bunched_documents_raise_no_more_alarms_than_even_ones() -> None:
    rises = 0
    for seed in range(3):
        chance = np.random.default_rng(seed)
        rates = np.exp(chance.normal(np.log(4), 1.2, (100, 1))) / 7
        counts = chance.negative_binomial(rates, 0.5, (100, 140)).astype(np.float64)  # variance twice the mean
        events, _ = live(History.whole(counts, START), Rules())
        rises += sum(each.event in {"emerging", "spike"} for each in events)
    assert 100 * rises / (3 * 100 * 16) <= 0.35


def test_flat_themes_seldom_fall_silent() -> None:
    counts = np.random.default_rng(2).poisson(10 / 7, (100, 140)).astype(np.float64)
    told = Counter(each.event for each in live(History.whole(counts, START), Rules())[0])
    assert told["resolved"] == told["reopened"] == 0
    assert 100 * told["fading"] / (100 * 16) <= 1


def test_a_perfectly_steady_theme_is_told_nothing() -> None:
    events, statuses = live(History.whole(steady(14, 140)[None], START), Rules())
    assert events == []
    assert statuses == ["recurring"]


@pytest.mark.parametrize("weekend", [0.0, 3.0])
def test_the_rhythm_of_the_week_is_no_news(weekend: float) -> None:
    rate = np.array([[3, 3, 3, 3, 3, weekend, weekend] * 20], np.float64)
    exact, _ = live(History.whole(rate, START), Rules())
    assert exact == []
    alarms = 0
    for seed in range(3):
        counts = np.random.default_rng(seed).poisson(np.repeat(rate, 100, axis=0)).astype(np.float64)
        alarms += sum(each.event in ALARMS for each in live(History.whole(counts, START), Rules())[0])
    assert 100 * alarms / (3 * 100 * 16) <= 0.35


def test_nothing_is_new_in_the_first_four_weeks() -> None:
    theme = np.concatenate([np.zeros(10), steady(21, 17)])
    events, _ = live(History.whole(among_others(theme), START), Rules())
    assert events == []


# --- rises


def test_a_doubling_from_fifty_a_week_is_told_within_a_week_as_a_spike() -> None:
    delays = []
    for seed in range(10):
        theme = np.concatenate([daily(50, 84, seed), daily(100, 14, seed + 100)])
        told = told_of_first(live(History.whole(among_others(theme, seed), START), Rules())[0])
        delays.append(min((when - 84 for when, event in told if event == "spike" and when >= 84), default=99))
    assert sorted(delays)[-2] < 7


def test_a_doubling_from_ten_a_week_is_told_within_a_week_where_few_themes_are_watched() -> None:
    """Among 100 themes it takes longer: twenty where ten are expected come by chance once in 150 weeks."""
    theme = np.concatenate([steady(10, 84), steady(20, 14)])
    others = np.stack([steady(10, 98)] * 4)
    told = told_of_first(live(History.whole(np.vstack([theme, others]), START), Rules())[0])
    assert [event for _, event in told] == ["spike"]
    assert told[0][0] - 84 <= 7


def test_a_rise_of_a_tenth_is_never_told() -> None:
    theme = np.concatenate([steady(500, 84), steady(550, 28)])
    assert told_of_first(live(History.whole(among_others(theme), START), Rules())[0]) == []


def test_a_lasting_surge_is_told_once() -> None:
    theme = np.concatenate([steady(10, 84), steady(60, 42)])
    events, _ = live(History.whole(among_others(theme), START), Rules())
    assert [event for _, event in told_of_first(events)] == ["spike"]


def test_a_second_surge_after_a_quiet_time_is_told_again() -> None:
    parts = [steady(10, 84), steady(60, 7), steady(10, 70), steady(60, 7)]
    events, _ = live(History.whole(among_others(np.concatenate(parts)), START), Rules())
    rises = [event for _, event in told_of_first(events) if event in ALARMS]
    assert rises == ["spike", "spike"]


def test_a_theme_born_after_the_warm_up_is_new_then_emerging() -> None:
    theme = np.concatenate([np.zeros(60), steady(4, 10), steady(28, 10)])
    events, statuses = live(History.whole(among_others(theme), START), Rules())
    told = told_of_first(events)
    assert [event for _, event in told] == ["new", "emerging"]
    assert told[0][0] - 60 <= 12
    assert told[1][0] - 70 <= 7
    assert statuses[0] in {"new", "emerging"}


def test_a_few_strays_before_its_birth_do_not_make_a_theme_old() -> None:
    theme = np.concatenate([np.zeros(60), steady(14, 14)])
    theme[[20, 40]] = 1
    told = told_of_first(live(History.whole(among_others(theme), START), Rules())[0])
    assert told[0][1] in {"new", "emerging"}
    assert "spike" not in {event for _, event in told}


def test_a_theme_is_new_once_in_its_life() -> None:
    burst = np.concatenate([np.zeros(40), steady(14, 14), np.zeros(60), steady(14, 14)])
    events, _ = live(History.whole(among_others(burst), START), Rules())
    assert [event for _, event in told_of_first(events)].count("new") == 1


def test_four_documents_are_too_few_to_be_new() -> None:
    theme = np.zeros(80)
    theme[[70, 72, 74, 76]] = 1
    assert told_of_first(live(History.whole(among_others(theme), START), Rules())[0]) == []


def test_the_figures_behind_an_event_are_those_of_its_week() -> None:
    theme = np.concatenate([steady(14, 84), steady(70, 7)])
    events, _ = live(History.whole(among_others(theme), START), Rules())
    spike = next(each for each in events if each.theme == 0)
    index = (spike.day - START).days
    assert spike.observed == theme[index - 6 : index + 1].sum()
    assert spike.expected == pytest.approx(14, abs=0.2)
    assert spike.p_value is not None
    assert spike.p_value < 0.01
    assert spike.note == f"{spike.observed:.0f} documents in seven days, {spike.expected:.1f} expected"


# --- falls and returns


def test_a_theme_that_ends_is_resolved_two_weeks_later_and_once() -> None:
    theme = np.concatenate([steady(14, 70), np.zeros(42)])
    events, statuses = live(History.whole(among_others(theme), START), Rules())
    told = told_of_first(events)
    assert [event for _, event in told][-1] == "resolved"
    assert [event for _, event in told].count("resolved") == 1
    assert {event for _, event in told} <= {"fading", "resolved"}
    assert 70 <= told[-1][0] <= 70 + 14
    assert statuses[0] == "resolved"


def test_a_theme_that_falls_to_a_fifth_is_fading_and_not_resolved() -> None:
    theme = np.concatenate([steady(35, 70), steady(7, 21)])
    events, statuses = live(History.whole(among_others(theme), START), Rules())
    assert {event for _, event in told_of_first(events)} == {"fading"}
    assert statuses[0] == "fading"


def test_a_rare_theme_that_ended_long_ago_is_resolved_at_last() -> None:
    theme = np.concatenate([steady(1, 112), np.zeros(70)])
    events, statuses = live(History.whole(among_others(theme), START), Rules())
    assert [event for _, event in told_of_first(events)] == ["resolved"]
    assert statuses[0] == "resolved"


def test_a_resolved_theme_that_returns_is_reopened_within_days() -> None:
    theme = np.concatenate([steady(14, 70), np.zeros(28), steady(14, 14)])
    events, statuses = live(History.whole(among_others(theme), START), Rules())
    told = told_of_first(events)
    assert told[-1][1] == "reopened"
    assert 98 <= told[-1][0] <= 98 + 4
    assert statuses[0] == "reopened"


def test_a_trickle_does_not_reopen_a_large_theme_again_and_again() -> None:
    theme = np.concatenate([steady(100, 70), steady(5, 70)])
    told = [event for _, event in told_of_first(live(History.whole(among_others(theme), START), Rules())[0])]
    assert "reopened" not in told
    assert told.count("resolved") <= 1


def test_a_theme_that_is_back_is_not_resolved_for_the_silence_behind_it() -> None:
    theme = np.concatenate([steady(50, 70), np.zeros(20), steady(50, 21)])
    told = told_of_first(live(History.whole(among_others(theme), START), Rules())[0])
    assert [event for when, event in told if when >= 90] == ["reopened"]


def test_a_theme_that_comes_back_slowly_is_reopened() -> None:
    theme = np.concatenate([steady(20, 70), np.zeros(21), steady(2, 7), steady(4, 7), steady(7, 14)])
    told = told_of_first(live(History.whole(among_others(theme), START), Rules())[0])
    assert told[-1][1] == "reopened"


@pytest.mark.parametrize("seed", range(4))
def test_no_event_is_repeated_in_its_quiet_time(seed: int) -> None:
    events, _ = live(History.whole(eventful(seed), START), Rules())
    latest: dict[tuple[int, str], date] = {}
    for each in events:
        key = each.theme, each.event
        assert key not in latest or (each.day - latest[key]).days > QUIET_DAYS
        latest[key] = each.day


# --- night by night


def eventful(seed: int) -> Counts:
    """Forty themes of which half are born, surge, pause or fall."""
    chance = np.random.default_rng(seed)
    rates = np.repeat(np.exp(chance.normal(1.5, 1.0, (40, 1))) / 7, 160, axis=1)
    for theme in range(20):
        begin = chance.integers(30, 120)
        end = chance.integers(begin + 14, 180)
        turn = theme % 4
        if turn == 0:
            rates[theme, :begin] = 0
        else:
            rates[theme, begin:end] *= (4.0, 0.02, 0.2)[turn - 1]
    return chance.poisson(rates).astype(np.float64)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("step", [1, 5])
def test_nights_one_after_another_tell_what_one_pass_over_all_days_tells(seed: int, step: int) -> None:
    counts = eventful(seed)
    at_once, statuses = live(History.whole(counts, START), Rules())
    nightly, last = night_by_night(counts, step)
    assert nightly == at_once
    assert last == statuses
    assert len(at_once) > 20


def test_a_night_run_again_tells_the_same() -> None:
    counts = eventful(9)
    told, _ = live(History.whole(counts[:, :-1], START), Rules())
    past = [(each.day, each.theme, each.event) for each in told]
    tonight = History.whole(counts, START)
    assert live(tonight, Rules(), past, day(158)) == live(tonight, Rules(), list(reversed(past)), day(158))


def test_what_lies_before_the_window_counts_as_old() -> None:
    counts = among_others(np.concatenate([np.zeros(40), steady(14, 14)]))
    known = replace(History.whole(counts, START), earlier=np.full(len(counts), 50.0), data_start=-100)
    assert "new" not in {event for _, event in told_of_first(live(known, Rules())[0])}


def test_a_theme_found_tonight_tells_its_past_tonight() -> None:
    counts = among_others(np.concatenate([np.zeros(60), steady(28, 12)]))
    fresh = np.arange(len(counts)) == 0
    events, statuses = live(replace(History.whole(counts, START), fresh=fresh), Rules(), [], day(70))
    assert {each.event for each in events if each.theme == 0} == {"new", "emerging"}
    assert {each.day for each in events} == {day(71)}
    assert statuses[0] in {"new", "emerging"}


def test_a_theme_found_tonight_that_always_was_there_tells_nothing() -> None:
    counts = among_others(steady(14, 72))
    fresh = np.arange(len(counts)) == 0
    events, _ = live(replace(History.whole(counts, START), fresh=fresh), Rules(), [], day(70))
    assert told_of_first(events) == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 50), (3, 0), (3, 1), (3, 13), (3, 27)])
def test_too_little_history_tells_nothing(shape: tuple[int, int]) -> None:
    events, statuses = live(History.whole(np.ones(shape), START), Rules())
    assert events == []
    assert statuses == ["recurring"] * shape[0]


def test_a_theme_found_tonight_that_was_silent_for_weeks_has_come_back_and_is_not_new() -> None:
    counts = np.zeros((2, 84))
    counts[0] = 2  # a steady theme, known all along
    counts[1, :10] = 3
    counts[1, 80:] = 5
    history = replace(History.whole(counts, START), fresh=np.array([False, True]))
    events, statuses = live(history, Rules(), told_until=START + timedelta(days=82))
    of_found = [(event.event, (event.day - START).days) for event in events if event.theme == 1]
    assert of_found[-1] == ("reopened", 83)
    assert not {"new", "emerging", "spike"} & {event for event, _ in of_found}
    assert statuses[1] == "reopened"
    next_day = History.whole(np.hstack([counts, np.full((2, 1), 5.0)]), START)
    past = [(event.day, event.theme, event.event) for event in events]
    later, _ = live(next_day, Rules(), past, told_until=START + timedelta(days=83))
    assert "new" not in {event.event for event in later}
