"""What a night tells of the themes' lives: from each document's theme and day to events and statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cxtext.life import Event, History, Rules, live
from cxtext.registry.state import State

Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Told:
    """Tonight's events, each with the id of its theme, and the status of every theme of the state, in its order."""

    events: list[tuple[Event, str]]
    statuses: list[str]


def tell(
    state: State,
    theme_ids: Sequence[str | None],
    days: Days,
    run: date,
    rules: Rules,
    *,
    past: Sequence[tuple[date, str, str]] = (),
    told_until: date | None = None,
    first_day: date | None = None,
    history_days: int | None = None,
) -> Told:
    """Tell what turned since `told_until` (None: ever), seen from the end of `run`.

    `theme_ids` and `days` (n,) are of all documents so far; a merged theme's count under its heir. `past` holds what
    was told before as (day, theme id, event). Data begin on `first_day`, or with the earliest document; what is older
    than `history_days` is no day's count.
    """
    row_of = {theme.theme_id: row for row, theme in enumerate(state.themes)}
    history = _history(state, row_of, theme_ids, days, run, first_day, history_days, is_first=told_until is None)
    known = [(day, row_of[theme_id], event) for day, theme_id, event in past]
    events, statuses = live(history, rules, known, told_until)
    return Told([(event, state.themes[event.theme].theme_id) for event in events], statuses)


def _history(
    state: State,
    row_of: dict[str, int],
    theme_ids: Sequence[str | None],
    days: Days,
    run: date,
    first_day: date | None,
    history_days: int | None,
    *,
    is_first: bool,
) -> History:
    if not len(days):
        return History.whole(np.zeros((len(row_of), 0)), run)
    earliest = days.min().astype("datetime64[D]").item()
    data_start = min(filter(None, (first_day, earliest)))
    start = data_start if history_days is None else max(data_start, run - timedelta(days=history_days))
    width = max((run - start).days + 1, 0)
    heirs = state.heirs()
    rows = np.array([-1 if each is None else row_of[heirs.get(each, each)] for each in theme_ids], np.int64)
    columns = (days.astype("datetime64[D]") - np.datetime64(start)).astype(np.int64)
    counts = np.zeros((len(row_of), width))
    within = (rows >= 0) & (columns >= 0) & (columns < width)
    np.add.at(counts, (rows[within], columns[within]), 1)
    earlier = np.bincount(rows[(rows >= 0) & (columns < 0)], minlength=len(row_of)).astype(np.float64)
    # all that a first run finds is the starting stock, and what a person made of known documents is no find
    fresh = [theme.born == run and theme.origin is None and not is_first for theme in state.themes]
    return History(counts, start, earlier, (data_start - start).days, np.array(fresh, bool))
