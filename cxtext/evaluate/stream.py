"""`cxtext evaluate stream`: nights one after another, against known events and known labels."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxtext.clean import clean, skip_reason
from cxtext.encode import Encoder, encode_cached
from cxtext.errors import CxtextError
from cxtext.evaluate.tables import read_columns
from cxtext.evaluate.themes import scores
from cxtext.life import Event, Rules
from cxtext.registry import Corpus, State, update
from cxtext.registry.telling import tell
from cxtext.settings import Settings

FOUND_WITHIN = 14  # days after the true day
LOOK_AHEAD = 14  # days after the true day whose documents tell which theme carries the label
CARRIED = 0.5  # share of a theme's documents in these days that must carry the label
QUIET_DAYS = 28  # from the start, in which no event can be a false alarm
MIN_WEEK = 3  # documents of a label in a week for its theme to be asked for
KINDS = {"ending": "resolved"}  # other names for our events
ALARMS = ("emerging", "spike", "reopened")
TRUE_KINDS = ("emerging", "spike", "resolved", "reopened")


@dataclass
class _Replay:
    """What the nights left behind."""

    state: State | None = None
    placed: dict[str, str | None] = field(default_factory=dict)
    on_the_night: dict[str, str | None] = field(default_factory=dict)
    events: list[tuple[Event, str]] = field(default_factory=list)


def evaluate_stream(
    feed: Path,
    truth: Path,
    encoder: Encoder,
    settings: Settings,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Replay a CSV feed (id, created_at, text, label) night by night and score it against the true events.

    `truth` is JSON: {"start", "days", "events": [{"label", "kind", "day"}]}, kind one of emerging, spike, resolved,
    reopened.
    """
    everything = _read_feed(feed)
    documents = everything[everything["is_read"]].reset_index(drop=True)
    start, days, true_events = _read_truth(truth)
    vectors, _ = encode_cached(list(documents["text"]), encoder, None)
    replay = _Replay()
    for number in range(days):
        _night(replay, documents, vectors, start, start + timedelta(days=number), encoder, settings)
        progress(number + 1, days)
    heirs = replay.state.heirs() if replay.state else {}
    themes = [_heir(replay.on_the_night.get(key), heirs) for key in documents["id"]]
    placed = documents.assign(theme=pd.Series(themes, dtype=object))
    told = [(event, _heir(theme_id, heirs) or theme_id) for event, theme_id in replay.events]
    judged = [_judge(event, placed, told) for event in true_events]
    return (
        scores(list(everything["label"]), [replay.placed.get(key) for key in everything["id"]])
        | {"id_persistence": _persistence(placed, start)}
        | _recalls(judged)
        | {"false_alarms_per_100_theme_weeks": _false_alarms(true_events, placed, told, start, days)}
    )


def _night(
    replay: _Replay,
    documents: pd.DataFrame,
    vectors: Any,
    start: date,
    day: date,
    encoder: Encoder,
    settings: Settings,
) -> None:
    """One night, as the nightly steps run it: update the themes, then tell the day's events."""
    seen = np.flatnonzero((documents["day"] <= day).to_numpy())
    rows = documents.iloc[seen]
    corpus = Corpus(list(rows["id"]), list(rows["text"]), rows["day"].to_numpy("datetime64[D]"), vectors[seen])
    before = [replay.placed.get(key) for key in corpus.ids]
    outcome = update(
        replay.state, before, corpus, day, settings.themes, lambda texts: encode_cached(texts, encoder, None)[0]
    )
    replay.state = outcome.state
    replay.placed = dict(zip(corpus.ids, outcome.theme_ids, strict=True))
    for key, theme_id in replay.placed.items():
        if theme_id is not None:
            replay.on_the_night.setdefault(key, theme_id)
    trends = settings.trends
    told = tell(
        outcome.state,
        outcome.theme_ids,
        corpus.days,
        day,
        Rules(trends.baseline_weeks, trends.false_discovery_rate, settings.themes.min_documents),
        past=[(event.day, theme_id, event.event) for event, theme_id in replay.events],
        told_until=day - timedelta(days=1),
        first_day=start,
    )
    replay.events += told.events


def _heir(theme_id: str | None, heirs: dict[str, str]) -> str | None:
    while theme_id is not None and theme_id in heirs:
        theme_id = heirs[theme_id]
    return theme_id


def _persistence(placed: pd.DataFrame, start: date) -> float:
    """Over labels and consecutive weeks with enough documents: how often the leading theme stays the same."""
    themes: dict[tuple[str, int], list[str | None]] = {}
    for label, day, theme in zip(placed["label"], placed["day"], placed["theme"], strict=True):
        themes.setdefault((label, (day - start).days // 7), []).append(theme)
    leaders = {key: Counter(found).most_common(1)[0][0] for key, found in themes.items() if len(found) >= MIN_WEEK}
    pairs = [
        (leader, leaders[label, number + 1])
        for (label, number), leader in leaders.items()
        if (label, number + 1) in leaders
    ]
    return sum(one == other and one is not None for one, other in pairs) / len(pairs) if pairs else 1.0


@dataclass(frozen=True)
class _TrueEvent:
    label: str
    kind: str
    day: date


def _carriers(event: _TrueEvent, placed: pd.DataFrame) -> set[str]:
    """The themes at least half of whose documents of the two weeks after the true day carry the label.

    An event that ends a label leaves no documents after it, so the two weeks before count there.
    """
    shift = timedelta(days=-LOOK_AHEAD if event.kind == "resolved" else 0)
    begin = event.day + shift
    window = placed[(placed["day"] >= begin) & (placed["day"] < begin + timedelta(days=LOOK_AHEAD))]
    window = window[window["theme"].notna()]
    if window.empty:
        return set()
    share = (window["label"] == event.label).groupby(window["theme"]).mean()
    return set(share[share >= CARRIED].index)


def _judge(event: _TrueEvent, placed: pd.DataFrame, events: list[tuple[Event, str]]) -> tuple[_TrueEvent, int | None]:
    """The delay in days with which an event was found, None when it was not."""
    carriers = _carriers(event, placed)
    delays = [(told.day - event.day).days for told, theme_id in events if _is_found(event, carriers, told, theme_id)]
    return event, min(delays, default=None)


def _is_found(event: _TrueEvent, carriers: set[str], told: Event, theme_id: str) -> bool:
    """Whether what was told of a theme is the true event."""
    return theme_id in carriers and told.event == event.kind and 0 <= (told.day - event.day).days <= FOUND_WITHIN


def _recalls(judged: list[tuple[_TrueEvent, int | None]]) -> dict[str, float | None]:
    answer: dict[str, float | None] = {}
    for kind in TRUE_KINDS:
        delays = [delay for event, delay in judged if event.kind == kind]
        found = [delay for delay in delays if delay is not None]
        answer[f"{kind}_recall"] = len(found) / len(delays) if delays else None
        if kind == "emerging":
            answer["emerging_delay_days"] = float(np.median(found)) if found else None
    return answer


def _false_alarms(
    true_events: list[_TrueEvent], placed: pd.DataFrame, told: list[tuple[Event, str]], start: date, days: int
) -> float:
    """Alarms after the quiet first weeks that are no true event of that kind, for each 100 weeks of a theme's life.

    A theme's life begins with its first document; the quiet weeks, in which nothing can be false, do not count.
    """
    expected = [(event, _carriers(event, placed)) for event in true_events]
    loud = start + timedelta(days=QUIET_DAYS)
    false = sum(
        not any(_is_found(event, carriers, alarm, theme_id) for event, carriers in expected)
        for alarm, theme_id in told
        if alarm.event in ALARMS and alarm.day >= loud
    )
    end = start + timedelta(days=days)
    seen = placed[placed["theme"].notna() & (placed["day"] < end)]
    lives = [max((end - max(first, loud)).days, 0) / 7 for first in seen.groupby("theme")["day"].min()]
    return 100 * false / sum(lives) if sum(lives) else 0.0


def _read_feed(path: Path) -> pd.DataFrame:
    frame = read_columns(path, ["id", "created_at", "text", "label"])
    try:
        times = pd.to_datetime(frame["created_at"], utc=True, format="ISO8601")
    except ValueError as error:
        raise CxtextError(f"{path}: created_at: {error}; write times as ISO 8601") from None
    twice = frame["id"][frame["id"].duplicated()]
    if len(twice):
        raise CxtextError(f"{path}: id {twice.iloc[0]!r} stands in two rows; give every document an id of its own")
    texts = [clean(text).text for text in frame["text"]]
    is_read = [skip_reason(text) is None for text in texts]
    frame = frame.assign(text=texts, day=times.dt.date, time=times, is_read=is_read)
    return frame.sort_values(["time", "id"], ignore_index=True)


def _read_truth(path: Path) -> tuple[date, int, list[_TrueEvent]]:
    try:
        content = json.loads(path.read_text("utf-8"))
        events = [_true_event(event) for event in content["events"]]
        start, days = date.fromisoformat(content["start"]), int(content["days"])
        if days < 1:
            raise ValueError("days must be 1 or more")
    except (OSError, ValueError, KeyError, TypeError) as error:
        wrong = f"{error} is missing" if isinstance(error, KeyError) else error
        raise CxtextError(f'{path}: not {{"start", "days", "events": [{{"label", "kind", "day"}}]}}: {wrong}') from None
    return start, days, events


def _true_event(event: dict[str, str]) -> _TrueEvent:
    kind = KINDS.get(event["kind"], event["kind"])
    if kind not in TRUE_KINDS:
        raise ValueError(f"kind {kind!r} is none of {', '.join(TRUE_KINDS)}")
    return _TrueEvent(event["label"], kind, date.fromisoformat(event["day"]))
