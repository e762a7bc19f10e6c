"""The life of themes: from daily counts to events (new, emerging, spike, ...) and a status."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cxtext.expect import discoveries, dispersion, expect

Counts = NDArray[np.float64]

WEEK = 7
WARM_UP_DAYS = 28  # of data before anything can be called new: until then all is the starting stock
YOUNG_DAYS = 28  # a theme is young this long; what rises while young is emerging, later it is a spike
NEW_DAYS = 14  # a theme is new when nearly all of its documents are of these days
OLD_SHARE = 0.15  # share of a new theme's documents that may be older: a few strays always lie near a new theme
OLD_SHARE_FOUND = 0.5  # the same for one that was found tonight, or rises: then it has shown that it is something else
QUIET_DAYS = 14  # an event is not repeated within this time
SILENT_DAYS = 14  # without (nearly) any document before a theme counts as resolved
STATUS_DAYS = {"new": 14, "emerging": 21, "reopened": 28, "fading": 28}
MIN_RISE = 1.6  # times the expected count: smaller changes are real at most in the statistical sense
MIN_RISE_COUNT = 5
MIN_RETURN_COUNT = 4
RETURN = 0.25  # share of its former level at which a theme is back: well above SILENCE, or a trickle would flap
SILENCE = 0.15  # share of the expected count at or below which a theme is silent
FADED = 0.4
# days looked back, and how improbable by chance a fall must be: a frequent theme's silence is told soon, if it is
# plain, that of a rare theme late, as in two weeks chance explains it
FALLS = {10: 0.001, SILENT_DAYS: 0.01, 28: 0.01, 56: 0.01}
SURE_WEEKS = 4  # of history before a short silence says anything
FALL_DISPERSION = 1.5  # at least: a theme's documents come in bunches, and every night asks again
RISES = frozenset({"new", "emerging", "spike"})
OLD = RISES | {"reopened"}  # after any of these a theme is not born any more
ABOVE = frozenset({"emerging", "spike", "reopened"})  # what is told of a theme that has more than was expected


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

    `start` is the first column's day; `earlier` (themes,) holds the documents before the counts; `data_start` is the
    first day of all data as a column number, 0 or negative; `fresh` (themes,) tells which themes tonight has found.
    """

    counts: Counts
    start: date
    earlier: Counts
    data_start: int
    fresh: NDArray[np.bool_]

    @classmethod
    def whole(cls, counts: Counts, start: date) -> "History":
        """A history with nothing before its first column, of themes that are all known."""
        return cls(counts, start, np.zeros(len(counts)), 0, np.zeros(len(counts), dtype=bool))

    def day(self, index: int) -> date:
        """The day of a column."""
        return self.start + timedelta(days=index)

    def only(self, rows: NDArray[np.bool_]) -> "History":
        """The history of some of the themes."""
        return replace(self, counts=self.counts[rows], earlier=self.earlier[rows], fresh=self.fresh[rows])


@dataclass(frozen=True)
class Rules:
    """The user's settings: weeks in a baseline, false discovery rate over all themes of a night, smallest theme."""

    baseline_weeks: int = 8
    rate: float = 0.05
    min_documents: int = 5


@dataclass
class _State:
    """What has been said about one theme so far."""

    resolved: bool = False
    told: dict[str, date] = field(default_factory=dict)
    high: date | None = None  # the latest day above expectation: a surge is told once, however long it lasts

    def tell(self, event: str, day: date) -> None:
        self.told[event] = day
        if event in ABOVE:
            self.mark_high(day)
        if event in {"resolved", "reopened"}:
            self.resolved = event == "resolved"

    def mark_high(self, day: date) -> None:
        self.high = day if self.high is None else max(self.high, day)

    def told_within(self, event: str, days: int, day: date) -> bool:
        return event in self.told and (day - self.told[event]).days <= days


def live(
    history: History, rules: Rules, past: Sequence[tuple[date, int, str]] = (), told_until: date | None = None
) -> tuple[list[Event], list[str]]:
    """Go through the days after `told_until` (None: all of them), as the nights would have.

    A day's verdict uses that day and those before alone, and what was told before: `past` holds (day, row, event).
    A theme that tonight has found brings what it would have told in the last two weeks, dated tonight. Returns the
    events to tell, in order, and the status of each theme on the last day.
    """
    states = [_State() for _ in range(len(history.counts))]
    for day, row, event in sorted(past):
        states[row].tell(event, day)
    begin = 0 if told_until is None else max((told_until - history.start).days + 1, 0)
    events = _go_through(history, rules, states, begin)
    if told_until is not None and history.fresh.any():
        events = _with_finds(events, _catch_up(history, rules, states, begin), states)
    last = history.day(history.counts.shape[1] - 1)
    # a stable sort: what is born and rises in one night is new first, then emerging
    return sorted(events, key=lambda each: (each.day, each.theme)), [_status(s, last) for s in states]


def _go_through(history: History, rules: Rules, states: Sequence[_State], begin: int) -> list[Event]:
    events: list[Event] = []
    totals = history.counts.cumsum(axis=1) + history.earlier[:, None]
    for index in range(max(begin - QUIET_DAYS, 0), history.counts.shape[1]):
        if index < begin:  # only to know which surges are going on
            _mark_high(history, rules, states, index)
            continue
        # births first: what rises on the day on which it is born is emerging, not a spike
        for tell in (_births, _rises_and_returns, _falls):
            found = tell(history, rules, states, totals, index)
            for event in found:
                states[event.theme].tell(event.event, event.day)
            events += found
    return events


def _catch_up(history: History, rules: Rules, states: Sequence[_State], begin: int) -> list[Event]:
    """What the themes found tonight would have told in the last two weeks, had they been known: told tonight."""
    rows = np.flatnonzero(history.fresh)
    own = [_State() for _ in rows]
    late = [
        replace(event, theme=int(rows[event.theme]))
        for event in _go_through(history.only(history.fresh), rules, own, 0)
    ]
    begin = max(begin - QUIET_DAYS, 0)
    tonight = history.day(history.counts.shape[1] - 1)
    told: dict[tuple[int, str], Event] = {}
    for event in late:
        week = float(history.counts[event.theme, -WEEK:].sum())
        if event.day < history.day(begin):
            # it was silent before it was found: then it has come back, and is not new
            if event.event == "resolved":
                told[event.theme, event.event] = event
            elif event.event == "reopened":
                told.pop((event.theme, "resolved"), None)
        elif week >= MIN_RISE_COUNT and event.event in {*RISES, "reopened"}:
            note = f"{week:.0f} documents in seven days; its first weeks stood out on {event.day}"
            told[event.theme, event.event] = replace(event, day=tonight, observed=week, note=note)
    kept = [event for event in told.values() if event.event not in states[event.theme].told]
    for event in kept:
        states[event.theme].tell(event.event, event.day)
    return kept


def _with_finds(events: list[Event], finds: list[Event], states: Sequence[_State]) -> list[Event]:
    """All events; what tonight has found, and was there before, has come back: it is not new as well."""
    returned = {event.theme for event in finds if event.event == "reopened"}
    for theme in returned:
        for event in RISES:
            states[theme].told.pop(event, None)
    return [event for event in (*events, *finds) if event.theme not in returned or event.event not in RISES]


def _births(history: History, rules: Rules, states: Sequence[_State], totals: Counts, index: int) -> list[Event]:
    if index - history.data_start < WARM_UP_DAYS:
        return []
    seen, old = totals[:, index], _older(history, totals, index)
    week = history.counts[:, max(index - WEEK + 1, 0) : index + 1].sum(axis=1)
    share = np.where(history.fresh, OLD_SHARE_FOUND, OLD_SHARE)
    found = []
    novel = _earlier_rate(history, totals, index) <= share
    for theme in map(int, np.flatnonzero((seen - old >= rules.min_documents) & novel)):
        told = states[theme].told
        if not OLD.intersection(told) and not states[theme].resolved:
            note = f"{seen[theme] - old[theme]:.0f} of its {seen[theme]:.0f} documents are of the last two weeks"
            found.append(Event(history.day(index), theme, "new", float(week[theme]), 0.0, None, note))
    return found


def _older(history: History, totals: Counts, index: int) -> Counts:
    """Documents of each theme that were older than two weeks on a day."""
    return totals[:, index - NEW_DAYS] if index >= NEW_DAYS else history.earlier


def _earlier_rate(history: History, totals: Counts, index: int) -> Counts:
    """Documents a day before the last two weeks as a share of those in them, for each theme."""
    old, days_before = _older(history, totals, index), max(index + 1 - NEW_DAYS - history.data_start, 1)
    recent = np.maximum(totals[:, index] - old, 1e-9)
    return np.asarray((old / days_before) / (recent / NEW_DAYS))


def _mark_high(history: History, rules: Rules, states: Sequence[_State], index: int) -> None:
    high, *_ = _heights(history, rules, index)
    for theme in map(int, np.flatnonzero(high)):
        states[theme].mark_high(history.day(index))


def _heights(history: History, rules: Rules, index: int) -> tuple[NDArray[np.bool_], Counts, Counts, Counts]:
    """Which themes are above expectation in the seven days up to a day; observed, expected, and the p-values."""
    themes = len(history.counts)
    if index + 1 < 2 * WEEK or not themes or index - history.data_start < WARM_UP_DAYS:
        nothing = np.zeros(themes)
        return np.zeros(themes, dtype=bool), nothing, nothing, nothing + 1
    before = _blocks(history.counts, index - WEEK, rules.baseline_weeks)
    expected = expect(before, dispersion(before))
    observed = history.counts[:, index - WEEK + 1 : index + 1].sum(axis=1)
    chance = expected.at_least(observed)
    high = discoveries(chance, rules.rate) & (observed >= MIN_RISE * expected.mean) & (observed >= MIN_RISE_COUNT)
    return high, observed, expected.mean, chance


def _rises_and_returns(
    history: History, rules: Rules, states: Sequence[_State], totals: Counts, index: int
) -> list[Event]:
    high, observed, expected, chance = _heights(history, rules, index)
    rate, day, found = _earlier_rate(history, totals, index), history.day(index), []
    for theme, state in enumerate(states):
        seen, mean, p = float(observed[theme]), float(expected[theme]), float(chance[theme])
        if state.resolved:
            back = high[theme] or seen >= max(MIN_RETURN_COUNT, RETURN * _former(history, rules, state, theme))
            if back and not state.told_within("reopened", QUIET_DAYS, day):
                note = f"back with {seen:.0f} documents in seven days"
                found.append(Event(day, theme, "reopened", seen, mean, p, note))
        elif high[theme]:
            goes_on = state.high is not None and (day - state.high).days <= QUIET_DAYS
            state.mark_high(day)
            if not goes_on:
                young = rate[theme] <= OLD_SHARE or state.told_within("new", YOUNG_DAYS, day)
                event = "emerging" if young and "spike" not in state.told else "spike"
                note = f"{seen:.0f} documents in seven days, {mean:.1f} expected"
                found.append(Event(day, theme, event, seen, mean, p, note))
    return found


def _former(history: History, rules: Rules, state: _State, theme: int) -> float:
    """Documents a week of a resolved theme before it fell silent; 0 where the counts do not reach back so far."""
    last = (state.told["resolved"] - history.start).days - SILENT_DAYS
    if last + 1 < WEEK:
        return 0.0
    return float(_blocks(history.counts[theme : theme + 1], last, rules.baseline_weeks).mean())


def _falls(history: History, rules: Rules, states: Sequence[_State], _totals: Counts, index: int) -> list[Event]:
    """Resolved: a silence that chance does not explain. Fading: clearly fewer than before."""
    found: dict[int, Event] = {}
    for days in FALLS:
        for event in _falls_within(history, rules, index, days):
            state = states[event.theme]
            if event.event == "fading" and days != SILENT_DAYS:
                continue  # what fell weeks ago and stays low was told then
            if event.theme in found or state.resolved or state.told_within(event.event, QUIET_DAYS, event.day):
                continue
            if state.told_within("reopened", QUIET_DAYS, event.day):
                continue  # weeks of silence lie behind it
            found[event.theme] = event
    return list(found.values())


def _falls_within(history: History, rules: Rules, index: int, days: int) -> list[Event]:
    """The themes that had clearly fewer documents in the `days` up to a day than the weeks before led to expect."""
    before = index - days
    if before + 1 < 2 * WEEK or not len(history.counts):
        return []
    blocks = _blocks(history.counts, before, rules.baseline_weeks)
    if days < SILENT_DAYS and blocks.shape[1] < SURE_WEEKS:
        return []
    weeks = days / WEEK
    expected = expect(blocks, max(FALL_DISPERSION, dispersion(blocks)), exposure=weeks, since_birth=True)
    recent = history.counts[:, before + 1 : index + 1].sum(axis=1)
    week = history.counts[:, index - WEEK + 1 : index + 1].sum(axis=1)
    chance = expected.at_most(recent)
    found = []
    for theme in np.flatnonzero((chance <= FALLS[days]) & (recent <= FADED * expected.mean)):
        mean = float(expected.mean[theme])
        silent = recent[theme] <= SILENCE * mean and week[theme] < max(MIN_RETURN_COUNT, RETURN * mean / weeks)
        event = "resolved" if silent else "fading"
        note = f"{recent[theme]:.0f} documents in {weeks:.0f} weeks, {mean:.1f} expected"
        figures = float(week[theme]), mean / weeks, float(chance[theme])
        found.append(Event(history.day(index), int(theme), event, *figures, note))
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
