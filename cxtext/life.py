"""The life of themes: from daily counts to events (new, emerging, spike, ...) and a status."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cxtext.expect import Expected, discoveries, dispersion, expect

Counts = NDArray[np.float64]

WEEK = 7
WARM_UP_DAYS = 28  # of data before anything can be called new: until then all is the starting stock
YOUNG_DAYS = 28  # a theme is young this long; what rises while young is emerging, later it is a spike
NEW_DAYS = 14  # a theme is new when nearly all of its documents are of these days
OLD_SHARE = 0.15  # share of a new theme's documents that may be older: a few strays always lie near a new theme
OLD_SHARE_FOUND = 0.5  # the same on the night that finds it: then the texts have shown that it is something else
QUIET_DAYS = 14  # an event is not repeated within this time
SILENT_DAYS = 14  # without (nearly) any document before a theme counts as resolved
STATUS_DAYS = {"new": 14, "emerging": 21, "reopened": 28, "fading": 28}
MIN_RISE = 1.6  # times the expected count: smaller changes are real at most in the statistical sense
MIN_RISE_COUNT = 5
MIN_RETURN_COUNT = 3
SILENCE = 0.1  # share of the expected count at or below which a theme is silent
FADED = 0.4
TAIL = 0.01  # a fall must be this improbable by chance
FALL_DISPERSION = 1.5
RISES = frozenset({"new", "emerging", "spike"})


@dataclass(frozen=True, slots=True)
class Event:
    """A turn in the life of one theme (a row of the counts), with the figures behind it."""

    day: date
    theme: int
    event: str
    observed: float
    expected: float
    p_value: float | None
    note: str


@dataclass(frozen=True)
class History:
    """Daily counts (themes, days) and what came before them.

    `start` is the first column's day; `earlier` holds each theme's documents before the counts; `data_start` is the
    first day of all data as a column number, 0 or negative; `resolved` tells which themes were resolved when the
    counts begin; `found` is the column of the night that found a theme, -1 for the starting stock.
    """

    counts: Counts
    start: date
    earlier: NDArray[np.int64]
    data_start: int
    resolved: NDArray[np.bool_]
    found: NDArray[np.int64]

    @classmethod
    def whole(cls, counts: Counts, start: date, found: NDArray[np.int64] | None = None) -> "History":
        """A history with nothing before its first column."""
        none = np.zeros(len(counts), np.int64)
        return cls(counts, start, none, 0, none.astype(bool), none - 1 if found is None else found)


@dataclass
class _State:
    """What has been said about one theme so far."""

    resolved: bool
    told: dict[str, date] = field(default_factory=dict)
    high: date | None = None  # the latest day above expectation: a surge is told once, however long it lasts

    def quiet(self, event: str, day: date) -> bool:
        told = self.told.get(event)
        return told is None or (day - told).days > QUIET_DAYS


def found_on(born: Sequence[date], start: date) -> NDArray[np.int64]:
    """The column of the night that found each theme; -1 for those that the first fit of all found."""
    first = min(born, default=start)
    return np.array([-1 if day == first else (day - start).days for day in born], np.int64)


def live(history: History, *, baseline_weeks: int, rate: float, min_documents: int) -> tuple[list[Event], list[str]]:
    """Go through the days one after another, as the nights would have.

    A day's verdict uses that day and those before alone. `rate` is the false discovery rate over all themes of a
    night. Returns the events in order, and the status of each theme on the last day.
    """
    states = [_State(bool(resolved)) for resolved in history.resolved]
    totals = history.counts.cumsum(axis=1) + history.earlier[:, None]
    events: list[Event] = []
    for index in range(history.counts.shape[1]):
        # births first: what rises on the day on which it is born is emerging, not a spike
        events += _tell(_births(history, totals, index, states, min_documents), states)
        events += _tell(_rises_and_returns(history, index, states, baseline_weeks, rate), states)
        events += _tell(_falls(history, index, states, baseline_weeks), states)
    last = history.start + timedelta(days=history.counts.shape[1] - 1)
    return events, [_status(state, last) for state in states]


def _tell(events: list[Event], states: list[_State]) -> list[Event]:
    for event in events:
        state = states[event.theme]
        state.told[event.event] = event.day
        if event.event in {"resolved", "reopened"}:
            state.resolved = event.event == "resolved"
    return events


def news(events: Sequence[Event], fresh: Collection[int], told_until: date | None, day: date) -> list[Event]:
    """The events to tell on `day`, after the night of `told_until` (None: there was none, so all of them).

    A theme that is known since tonight (its row is in `fresh`) brings what it would have told lately: it was found
    tonight, so tonight is the day of it.
    """
    if told_until is None:
        return list(events)
    told = []
    for event in events:
        if event.day > told_until:
            told.append(event)
        elif event.theme in fresh and event.event in RISES and (day - event.day).days <= QUIET_DAYS:
            told.append(replace(event, day=day))
    return list({(event.day, event.theme, event.event): event for event in told}.values())


def _births(history: History, totals: Counts, index: int, states: list[_State], min_documents: int) -> list[Event]:
    if index - history.data_start < WARM_UP_DAYS:
        return []
    seen = totals[:, index]
    old = totals[:, index - NEW_DAYS] if index >= NEW_DAYS else history.earlier
    day = history.start + timedelta(days=index)
    found = []
    share = np.where(history.found == index, OLD_SHARE_FOUND, OLD_SHARE)
    for theme in np.flatnonzero((seen - old >= min_documents) & (old <= share * seen)):
        state = states[theme]
        if "new" not in state.told and not state.resolved:
            note = f"{seen[theme] - old[theme]:.0f} of its {seen[theme]:.0f} documents are of the last two weeks"
            found.append(Event(day, int(theme), "new", float(seen[theme]), 0.0, None, note))
    return found


def _rises_and_returns(
    history: History, index: int, states: list[_State], baseline_weeks: int, rate: float
) -> list[Event]:
    if index + 1 < 2 * WEEK or not states:
        return []
    before = _blocks(history.counts, index - WEEK, baseline_weeks)
    expected = expect(before, dispersion(before))
    observed = history.counts[:, index - WEEK + 1 : index + 1].sum(axis=1)
    chance = expected.at_least(observed)
    high = discoveries(chance, rate) & (observed >= MIN_RISE * expected.mean) & (observed >= MIN_RISE_COUNT)
    day = history.start + timedelta(days=index)
    found = []
    for theme, state in enumerate(states):
        seen, mean, p = float(observed[theme]), float(expected.mean[theme]), float(chance[theme])
        if state.resolved:
            if seen >= MIN_RETURN_COUNT and state.quiet("reopened", day):
                note = f"back with {seen:.0f} documents in seven days"
                found.append(Event(day, theme, "reopened", seen, mean, p, note))
                state.high = day
        elif high[theme] and index - history.data_start >= WARM_UP_DAYS:
            goes_on = state.high is not None and (day - state.high).days <= QUIET_DAYS
            state.high = day
            if not goes_on:
                young = "new" in state.told and (day - state.told["new"]).days < YOUNG_DAYS
                note = f"{seen:.0f} documents in seven days, {mean:.1f} expected"
                found.append(Event(day, theme, "emerging" if young else "spike", seen, mean, p, note))
    return found


def _falls(history: History, index: int, states: list[_State], baseline_weeks: int) -> list[Event]:
    """Resolved: a silence of two weeks that chance does not explain. Fading: clearly fewer than before."""
    before = index - SILENT_DAYS
    if before + 1 < 2 * WEEK or not states:
        return []
    expected: Expected = expect(
        _blocks(history.counts, before, baseline_weeks), FALL_DISPERSION, exposure=SILENT_DAYS / WEEK
    )
    recent = history.counts[:, before + 1 : index + 1].sum(axis=1)
    week = history.counts[:, index - WEEK + 1 : index + 1].sum(axis=1)
    chance = expected.at_most(recent)
    day = history.start + timedelta(days=index)
    found = []
    for theme in np.flatnonzero((chance <= TAIL) & (recent <= FADED * expected.mean)):
        state, mean = states[theme], float(expected.mean[theme])
        event = "resolved" if recent[theme] <= SILENCE * mean else "fading"
        if state.resolved or not state.quiet(event, day):
            continue
        note = f"{recent[theme]:.0f} documents in two weeks, {mean:.1f} expected"
        found.append(Event(day, int(theme), event, float(week[theme]), mean / 2, float(chance[theme]), note))
    return found


def _blocks(counts: Counts, last: int, weeks: int) -> Counts:
    """Sums of whole weeks counted back from day `last`: (themes, at most `weeks`), oldest first.

    Weeks of seven days hold every weekday once, so the rhythm of the week cancels.
    """
    available = min(weeks, (last + 1) // WEEK)
    begin = last + 1 - available * WEEK
    blocks: Counts = counts[:, begin : last + 1].reshape(counts.shape[0], available, WEEK).sum(axis=2)
    return blocks


def _status(state: _State, day: date) -> str:
    if state.resolved:
        return "resolved"
    recent = [
        (told, event)
        for event, told in state.told.items()
        if event in STATUS_DAYS and (day - told).days < STATUS_DAYS[event]
    ]
    return max(recent)[1] if recent else "recurring"
