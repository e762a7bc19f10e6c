"""Weekly trends: counts, shares and what was expected."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cxtext.tables import TRENDS
from cxtext.trends import monday, weekly_trends

START = date(2026, 1, 5)  # a Monday


def week_of(days: list[int]) -> list[date]:
    return [START + timedelta(days=each) for each in days]


def table(memberships: dict[str, list[date]], analysed: list[date], run: date, baseline_weeks: int = 8) -> pd.DataFrame:
    rows = [("theme", subject, day) for subject, days in memberships.items() for day in days]
    frame = pd.DataFrame(rows, columns=["kind", "subject", "day"])
    answer = weekly_trends(frame, pd.Series(analysed, dtype=object), run, baseline_weeks=baseline_weeks, rate=0.05)
    TRENDS.conform(answer)
    return answer


def test_a_week_begins_on_monday() -> None:
    assert monday(date(2026, 1, 11)) == START
    assert monday(START) == START


def test_documents_and_shares_are_of_the_week() -> None:
    days = week_of([0, 1, 1, 7])
    found = table({"A": week_of([0, 1, 7])}, days, date(2026, 1, 18))
    assert found["period_start"].tolist() == [START, date(2026, 1, 12)]
    assert found["documents"].tolist() == [2, 1]
    assert found["share"].tolist() == [2 / 3, 1.0]
    assert found["days"].tolist() == [7, 7]


def test_a_document_under_two_subjects_counts_in_both() -> None:
    found = table({"A": week_of([0]), "B": week_of([0])}, week_of([0]), date(2026, 1, 11))
    assert found.set_index("subject")["share"].to_dict() == {"A": 1.0, "B": 1.0}


def test_two_weeks_are_needed_before_anything_is_expected() -> None:
    days = week_of([each for each in range(28) for _ in range(3)])
    found = table({"A": days}, days, date(2026, 2, 1)).sort_values("period_start")
    assert found["baseline"].isna().tolist() == [True, True, False, False]
    assert found["upper"].isna().tolist() == [True, True, False, False]
    assert not found["is_spike"].any()


def test_a_partial_week_is_compared_with_the_same_days_of_the_weeks_before() -> None:
    """Two documents on Mondays and Tuesdays, ten on every later day: by Tuesday night nothing has fallen."""
    days = week_of([each for each in range(37) for _ in range(2 if each % 7 < 2 else 10)])
    last = table({"A": days}, days, date(2026, 2, 10)).iloc[-1]
    assert last["days"] == 2
    assert last["documents"] == 4
    assert last["baseline"] == pytest.approx(4, abs=0.2)
    assert not last["is_spike"]


def test_a_surge_in_a_partial_week_is_a_spike() -> None:
    days = week_of([each for each in range(35) for _ in range(2)] + [35] * 30)
    last = table({"A": days}, days, date(2026, 2, 9)).iloc[-1]
    assert last["is_spike"]
    assert last["documents"] > last["upper"]


def test_a_feed_that_begins_on_a_sunday_makes_no_spike_of_its_second_whole_week() -> None:
    days = week_of([each for each in range(6, 21) for _ in range(14)])
    found = table({"A": days}, days, date(2026, 1, 25))
    assert not found["is_spike"].any()
    assert found["baseline"].isna().all()


def test_the_first_week_counts_where_it_is_whole() -> None:
    days = week_of([each for each in range(21) for _ in range(2)])
    found = table({"A": days}, days, date(2026, 1, 25))
    assert found["baseline"].iloc[-1] == pytest.approx(14, abs=0.3)


def test_a_week_far_above_expectation_is_a_spike_and_its_neighbours_are_not() -> None:
    chance = np.random.default_rng(1)
    days, surge = [], []
    for each in range(70):
        days += week_of([each] * int(chance.poisson(3)))
        surge += week_of([each] * int(chance.poisson(12 if 49 <= each < 56 else 2)))
    found = table({"A": days, "B": surge}, days + surge, date(2026, 3, 15))
    spikes = found[found["is_spike"]]
    assert spikes["subject"].tolist() == ["B"]
    assert spikes["period_start"].tolist() == [START + timedelta(days=49)]


def test_flat_series_make_hardly_any_spikes() -> None:
    chance = np.random.default_rng(4)
    days = {f"T{each}": week_of(sorted(chance.integers(0, 140, 100).tolist())) for each in range(50)}
    everything = [day for series in days.values() for day in series]
    found = table(days, everything, date(2026, 5, 24))
    assert found["is_spike"].sum() <= 2


def test_the_baseline_looks_back_no_further_than_it_is_told() -> None:
    days = week_of([each for each in range(28) for _ in range(20)] + [each for each in range(28, 56) for _ in range(2)])
    last = table({"A": days}, days, date(2026, 3, 1), baseline_weeks=2).iloc[-1]
    assert last["baseline"] == pytest.approx(14, abs=0.5)


def test_a_subject_without_documents_in_a_week_has_a_row_for_it() -> None:
    found = table({"A": week_of([0]), "B": week_of([14])}, week_of([0, 7, 14]), date(2026, 1, 25))
    assert len(found) == 2 * 3
    assert found.set_index(["subject", "period_start"])["documents"]["A", date(2026, 1, 12)] == 0


def test_a_week_without_any_document_has_no_share() -> None:
    found = table({"A": week_of([0, 14])}, week_of([0, 14]), date(2026, 1, 25))
    assert found["share"].tolist() == [1.0, 0.0, 1.0]


def test_no_documents_make_no_rows() -> None:
    assert len(table({}, [], START)) == 0
    assert len(table({}, week_of([0]), START)) == 0
