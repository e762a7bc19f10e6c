"""Weekly counts by theme, cause and origin, each with what the weeks before led to expect."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxtext.expect import discoveries, dispersion, expect
from cxtext.tables import TRENDS

MIN_RISE = 1.5  # a week below this multiple of its expectation is no spike, however certain
MIN_COUNT = 5
MIN_HISTORY = 2  # weeks before anything is expected


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weekly_trends(
    memberships: pd.DataFrame, analysed: pd.Series, run: date, *, baseline_weeks: int, rate: float
) -> pd.DataFrame:
    """The trends table.

    `memberships` has the columns kind, subject and day (a date in the settings' zone), a row for each document and
    subject; `analysed` holds the day of every analysed document. Weeks run from the first document's to the run's.
    The last week is compared with as many of its first days in the weeks before.
    """
    if analysed.empty:
        return TRENDS.empty()
    weeks = _weeks(min(analysed), run)
    days_of_last = (run - weeks[-1]).days + 1
    totals = _count(analysed, weeks)
    series = list(memberships.groupby(["kind", "subject"], sort=True)["day"])
    keys = [key for key, _ in series]
    whole = np.array([_count(days, weeks) for _, days in series]).reshape(len(keys), len(weeks))
    started = np.array([_count(days[[day.weekday() < days_of_last for day in days]], weeks) for _, days in series])
    started = started.reshape(len(keys), len(weeks))
    # a feed seldom begins on a Monday: what is left of its first week would make every later one a spike
    first = 0 if min(analysed) == weeks[0] else 1
    columns = [
        _week(whole, started if index == len(weeks) - 1 else whole, index, first, baseline_weeks, rate)
        for index in range(len(weeks))
    ]
    frames = []
    for index, week in enumerate(weeks):
        mean, lower, upper, is_spike = columns[index]
        frames.append(
            pd.DataFrame(
                {
                    "kind": [kind for kind, _ in keys],
                    "subject": [subject for _, subject in keys],
                    "period_start": week,
                    "days": days_of_last if index == len(weeks) - 1 else 7,
                    "documents": whole[:, index].astype(np.int64),
                    "share": whole[:, index] / totals[index] if totals[index] else 0.0,
                    "baseline": mean,
                    "lower": lower,
                    "upper": upper,
                    "is_spike": is_spike,
                }
            )
        )
    return pd.concat(frames, ignore_index=True) if keys else TRENDS.empty()


def _weeks(first: date, run: date) -> list[date]:
    start, last = monday(first), monday(run)
    return [start + timedelta(days=7 * index) for index in range((last - start).days // 7 + 1)]


def _count(days: pd.Series, weeks: list[date]) -> NDArray[np.float64]:
    offsets = [(day - weeks[0]).days // 7 for day in days]
    return np.bincount(np.array(offsets, np.int64), minlength=len(weeks))[: len(weeks)].astype(np.float64)


def _week(
    whole: NDArray[np.float64], like: NDArray[np.float64], index: int, first: int, baseline_weeks: int, rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Mean, interval and spikes of one week; `like` counts the same days of every week as the week itself has.

    `first` is the first week that counts as history.
    """
    history = like[:, max(index - baseline_weeks, first) : max(index, first)]
    if history.shape[1] < MIN_HISTORY or not len(whole):
        blank = np.full(len(whole), np.nan)
        return blank, blank, blank, np.zeros(len(whole), dtype=bool)
    expected = expect(history, dispersion(history))
    observed = whole[:, index]
    found = discoveries(expected.at_least(observed), rate)
    return (
        expected.mean,
        expected.lower,
        expected.upper,
        found & (observed >= MIN_RISE * expected.mean) & (observed >= MIN_COUNT),
    )
