"""What is new, what came back, what grew, what fades, and the three things to act on."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cxtext.report.causes import quotes_of_theme
from cxtext.report.night import Night, records
from cxtext.report.parts import Action, Line, Turn, Turns
from cxtext.report.themes import Sketch, leading_name, n_detailed
from cxtext.report.words import chance, count, day_of, decimal, long_day, numeral, plain, plural, ratio, sentence
from cxtext.taxonomy import NONE, UNSTATED

MOST = 6  # turns of one sort that a reader takes in
ACTIONS = 3
WEEK = 7
FRESH_DAYS = 7  # a turn is news for a week ...
LASTING = frozenset({"new", "reopened"})  # ... but a lead wants to see for two what is new and what came back
LASTING_DAYS = 14
REMARKS = 8
QUOTE = 150

STILL_HIGH = "still high"  # a surge that was told before this week and goes on

# what readers call it -> (events, the sentence without any)
GROUPS: dict[str, tuple[tuple[str, ...], str]] = {
    "New": (("new",), "No theme is new."),
    "Came back": (("reopened",), "No resolved theme came back."),
    "Growing": (("spike", "emerging", STILL_HIGH), "No theme grew beyond what chance explains."),
    "Fading or resolved": (("fading", "resolved"), "No theme faded or was resolved."),
}
VERBS = {
    "New": ("is new", "are new"),
    "Came back": ("came back", "came back"),
    "Growing": ("grew", "grew"),
    "Fading or resolved": ("is fading or resolved", "are fading or resolved"),
}
URGENT = ("spike", "emerging", "reopened", "new", STILL_HIGH)
KINDS = {"spike": "Growing", "emerging": "Growing", STILL_HIGH: "Growing", "reopened": "Came back", "new": "New"}
CALMING = ("fading", "resolved")
REMARKABLE = ("merged", "split", "renamed")


@dataclass(frozen=True)
class Event:
    """A theme's event with its figures."""

    day: date
    event: str
    observed: float
    expected: float
    p_value: float | None
    note: str
    sketch: Sketch
    last_seen: date | None

    @property
    def excess(self) -> float:
        """Documents beyond expectation."""
        return self.observed - self.expected


def recent_events(night: Night, ranked: list[Sketch]) -> list[Event]:
    """Events of the last seven days, only the latest of each sort a theme, and surges that go on; weightiest first.

    Muted themes have none: whoever muted them knows.
    """
    sketches = {sketch.theme_id: sketch for sketch in ranked if not sketch.is_muted}
    fresh = _fresh(night)
    latest = fresh.sort_values(["day", "theme_id", "event"]).drop_duplicates(["theme_id", "event"], keep="last")
    seen = {row["theme_id"]: row for row in records(night.themes)}
    found = [
        Event(
            day=row["day"],
            event=row["event"],
            observed=_number(row["observed"]),
            expected=_number(row["expected"]),
            p_value=None if pd.isna(row["p_value"]) else float(row["p_value"]),
            note=plain(row["note"], 200),
            sketch=sketches[row["theme_id"]],
            last_seen=_day(seen[row["theme_id"]]["last_seen"]),
        )
        for row in records(latest)
        if row["theme_id"] in sketches
    ]
    rising = {event.sketch.theme_id for event in found if event.event in URGENT}
    found += [event for event in _surges(night, sketches) if event.sketch.theme_id not in rising]
    return sorted(found, key=lambda event: (-abs(event.excess), event.sketch.theme_id, event.event))


def _surges(night: Night, sketches: dict[str, Sketch]) -> list[Event]:
    """Themes that were above expectation in the last whole week."""
    whole = night.trends[(night.trends["kind"] == "theme") & (night.trends["days"] == WEEK)]
    if whole.empty:
        return []
    latest = whole["period_start"].max()
    rows = whole[(whole["period_start"] == latest) & whole["is_spike"].astype(bool)]
    end = latest + timedelta(days=WEEK - 1)
    if (night.day - end).days >= FRESH_DAYS:
        return []
    return [
        Event(
            day=end,
            event=STILL_HIGH,
            observed=_number(row["documents"]),
            expected=_number(row["baseline"]),
            p_value=None,
            note="",
            sketch=sketches[row["subject"]],
            last_seen=None,
        )
        for row in records(rows)
        if row["subject"] in sketches
    ]


def _fresh(night: Night) -> pd.DataFrame:
    """Events that are still news on the day of the run."""
    ages = [(night.day - day).days if isinstance(day, date) else -1 for day in night.events["day"]]
    limits = [LASTING_DAYS if event in LASTING else FRESH_DAYS for event in night.events["event"]]
    is_news = [0 <= age < limit for age, limit in zip(ages, limits, strict=True)]
    return night.events[pd.Series(is_news, index=night.events.index, dtype=bool)]


def _number(value: Any) -> float:
    return 0.0 if pd.isna(value) or not math.isfinite(value) else float(value)


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def turns(night: Night, events: list[Event], lines: dict[str, Line]) -> tuple[Turns, ...]:
    """The four groups of turns; a theme stands once in a group."""
    groups = []
    for name, (sorts, empty) in GROUPS.items():
        chosen = _one_per_theme(event for event in events if event.event in sorts)
        shown = tuple(_turn(night, event, lines) for event in chosen[:MOST])
        groups.append(Turns(name, empty, shown, max(0, len(chosen) - MOST)))
    return tuple(groups)


def no_turns(night: Night, groups: tuple[Turns, ...]) -> str:
    """What to say in place of four empty groups; empty where there is a turn."""
    if any(group.turns for group in groups):
        return ""
    if _is_first_look(night):
        return "There is too little history to tell what changed: expectations need some weeks of documents."
    return "Nothing is new, nothing came back, nothing grew beyond what chance explains, nothing faded."


def _is_first_look(night: Night) -> bool:
    return bool(night.trends["baseline"].isna().all())


def _one_per_theme(events: Iterable[Event]) -> list[Event]:
    chosen: dict[str, Event] = {}
    for event in events:
        chosen.setdefault(event.sketch.theme_id, event)
    return list(chosen.values())


def _turn(night: Night, event: Event, lines: dict[str, Line]) -> Turn:
    return Turn(
        label=event.sketch.label,
        anchor=_anchor(night, event.sketch),
        sentence=f"{_sentence(event)} {chance(event.p_value) if event.event in URGENT else ''}".strip(),
        found=long_day(event.day).partition(" ")[0] + f" {day_of(event.day)}",
        line=lines.get(event.sketch.theme_id),
    )


def _anchor(night: Night, sketch: Sketch) -> str:
    """Where the page shows the theme whole; empty where it does not."""
    return sketch.anchor if int(sketch.anchor.partition("-")[2]) <= n_detailed(night) else ""


def _sentence(event: Event) -> str:
    """The event in words, with the figures behind it."""
    week = f"{plural(event.observed, 'document')} in seven days"
    if event.event == "new":
        return f"{week}; {event.note}." if event.note else f"{week}."
    if event.event == "reopened":
        return f"{week}, after it was resolved; {_expected(event)}."
    if event.event == "resolved":
        left = count(event.observed) if round(event.observed) else "None"
        return f"{left} in seven days, {_figure(event.expected)} were usual{_last(event)}."
    if event.event == "fading":
        return f"{week}, {_figure(event.expected)} expected."
    if event.event == STILL_HIGH:
        return f"{week} up to {day_of(event.day)}, {_expected(event)}{_times(event)}: the surge goes on."
    return f"{week}, {_expected(event)}{_times(event)}."


def _last(event: Event) -> str:
    """The day of a resolved theme's last document; nothing where documents that came since contradict the event."""
    latest = event.day - timedelta(days=0 if round(event.observed) else WEEK)
    return f"; the last one on {day_of(event.last_seen)}" if event.last_seen and event.last_seen <= latest else ""


def _shown(number: float) -> float:
    """An expected number as it is printed: one decimal below ten."""
    return round(number, 1) if round(number, 1) < 10 else round(number)


def _figure(number: float) -> str:
    shown = _shown(number)
    return count(shown) if shown == round(shown) else decimal(shown)


def _expected(event: Event) -> str:
    return f"{_figure(event.expected) if round(event.expected) else 'none'} expected"


def _times(event: Event) -> str:
    """How many times as many as expected, from the two figures printed before it."""
    expected = _shown(event.expected)
    times = round(event.observed) / expected if expected >= 1 else 0
    return f": {decimal(times)} times as many" if times >= 1.5 else ""


def remarks(night: Night) -> tuple[str, ...]:
    """Themes that were merged, split or renamed in the week, in the words of the run."""
    labels = {row["theme_id"]: plain(row["label"], 80) for row in records(night.themes)}
    rows = _fresh(night)
    told = rows[rows["event"].isin(REMARKABLE)].sort_values(["day", "theme_id", "event"], ascending=[False, True, True])
    return tuple(_remark(labels.get(row["theme_id"], ""), row) for row in records(told.head(REMARKS)))


def _remark(label: str, row: dict[str, Any]) -> str:
    note = plain(row["note"], 200) or str(row["event"])
    return note if not label or label in note else f"{label}: {note}"


def urgent(night: Night, events: list[Event]) -> list[Event]:
    """Turns that ask for action: more dissatisfied documents than expected, the most first.

    On the first nights every theme is new, which is no news: without any expectation nothing is urgent.
    """
    if _is_first_look(night):
        return []
    asking = _one_per_theme(event for event in events if event.event in URGENT and _is_problem(event.sketch))
    return sorted(asking, key=lambda event: (-_weight(event), event.sketch.theme_id))


def _is_problem(sketch: Sketch) -> bool:
    return sketch.n_dissatisfied * 2 >= sketch.n_verdicts and sketch.leading != NONE


def _weight(event: Event) -> float:
    return event.excess * event.sketch.n_dissatisfied / max(1, event.sketch.n_verdicts)


def actions(night: Night, events: list[Event], ranked: list[Sketch], lines: dict[str, Line]) -> tuple[Action, ...]:
    """The three things to act on: turns first, then the largest standing problems."""
    first = urgent(night, events)[:ACTIONS]
    taken = {event.sketch.theme_id for event in events if event in first or event.event in CALMING}
    standing = [
        sketch for sketch in ranked if not sketch.is_muted and sketch.theme_id not in taken and _is_problem(sketch)
    ]
    standing.sort(key=lambda sketch: (-sketch.n_dissatisfied, sketch.theme_id))
    chosen = [(event.sketch, KINDS[event.event], f"{_sentence(event)}{_since(night, event)}") for event in first]
    chosen += [(sketch, "Standing problem", _standing(night, sketch)) for sketch in standing[: ACTIONS - len(first)]]
    return tuple(
        Action(
            label=sketch.label,
            anchor=_anchor(night, sketch),
            kind=kind,
            figures=figures,
            owner=sentence(night.taxonomy.owner_of(sketch.leading)),
            reason=_reason(night, sketch),
            quote=_quote(quotes_of_theme(night, sketch.theme_id), sketch.leading),
            line=lines.get(sketch.theme_id),
        )
        for sketch, kind, figures in chosen
    )


def _since(night: Night, event: Event) -> str:
    """Of an event of an earlier day: when that was, and what the last seven days brought."""
    if event.day == night.day or event.event == STILL_HIGH:
        return ""
    mine = night.analysed["theme_id"] == event.sketch.theme_id
    today = int((mine & night.analysed["is_last_week"]).sum())
    return f" That was on {day_of(event.day)}; the last seven days brought {count(today)}."


def _standing(night: Night, sketch: Sketch) -> str:
    return f"{plural(sketch.recent, 'document')} in {night.period}, {ratio(sketch.recent, len(night.now))} of all."


def _reason(night: Night, sketch: Sketch) -> str:
    share = (
        f"{count(sketch.causes.get(sketch.leading, 0))} of {plural(sketch.n_verdicts, 'document')} of {night.period}"
    )
    if sketch.leading == UNSTATED:
        return f"{share} do not say what caused it: the quotations need reading first."
    return f"{sentence(leading_name(night, sketch))} is the main cause in {share}."


def _quote(own: dict[str, str], leading: str) -> str:
    return plain(own.get(leading) or next(iter(own.values()), ""), QUOTE)


def headline(night: Night, events: list[Event]) -> str:
    """The night in one sentence."""
    if not len(night.analysed):
        return "Nothing to report: there are no documents to analyse"
    first = next(iter(urgent(night, events)), None)
    if first is None:
        return _quiet(night)
    label, week = f"“{first.sketch.label}”", plural(first.observed, "document")
    if first.event == "new":
        return f"{label} is new: {week} in seven days"
    if first.event == "reopened":
        return f"{label} is back: {week} in seven days"
    return f"{label} is growing: {week} in seven days, {_expected(first)}"


def _quiet(night: Night) -> str:
    if _is_first_look(night):
        return f"A first look at {plural(len(night.analysed), 'document')}: too little history to tell what has changed"
    return "A quiet night: nothing new, nothing back, nothing above what chance explains"


def standfirst(night: Night, groups: tuple[Turns, ...]) -> str:
    """What else happened, and how much was looked at."""
    if not len(night.analysed):
        return _nothing(night)
    parts: list[str] = []
    for group in groups:
        n = len(group.turns) + group.more
        if n:
            noun = " theme" if not parts else ""
            plural_noun = " themes" if not parts else ""
            parts.append(f"{numeral(n)}{noun if n == 1 else plural_noun} {VERBS[group.name][0 if n == 1 else 1]}")
    told = f"{sentence(', '.join(parts))}. " if parts else ""
    last_week = int(night.analysed["is_last_week"].sum())
    return (
        f"{told}Based on {plural(len(night.analysed), 'document')} on record, {count(last_week)} of them from "
        f"the seven days before the run."
    )


def _nothing(night: Night) -> str:
    if not len(night.documents):
        return "No document has been read so far. What became of each row stands under “What was read”."
    return (
        f"{plural(len(night.documents), 'document')} on record, all left out of analysis; the reasons stand "
        f"under “What was read”."
    )
