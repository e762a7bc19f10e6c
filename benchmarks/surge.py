"""On which night is a surge in a feed first told, and by which event of which theme?

python -m benchmarks.surge SETTINGS.toml --from 2015-05-15 --to 2015-06-30 --surge 2015-06-20 2015-06-30

Runs every night as `cxtext backfill` does, in a data root of its own, and reads each night's theme_events.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.pages import put_into
from cxtext.errors import CxtextError
from cxtext.night import Night, open_night, run_days
from cxtext.steps import run_night
from cxtext.tables import DOCUMENT_THEMES, DOCUMENTS, THEME_EVENTS, THEMES

RISES = ("new", "emerging", "spike", "reopened")


@dataclass(frozen=True)
class Telling:
    """An event that a night told for the first time; `share` is the theme's, of the surge's documents until then."""

    night: str
    day: str
    event: str
    theme_id: str
    label: str
    observed: float
    expected: float
    share: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the nights; print when the surge was first told, by what, and how much was told before it."""
    asked = _parser().parse_args(arguments)
    first, last = asked.surge
    try:
        days = run_days(asked.first, asked.last, asked.every)
        with TemporaryDirectory() as folder:
            found = list(tellings(_nights(asked.settings, days, asked.data_root or Path(folder)), first, last))
    except CxtextError as error:
        sys.exit(f"error: {error}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(each) for each in found], indent=1), "utf-8")
    surge = [each for each in found if str(first) <= each.day <= str(last)]
    large = [each for each in surge if each.share >= asked.least]
    quiet = {day for day in days[1:] if day < str(first)}  # the first night tells of all the past at once
    told = sum(each.night in quiet for each in found)
    told_before = f"In the {len(quiet)} nights between the first run and the surge, {told} rises were told."
    text = "\n".join([verdict(surge, large), told_before, "", as_table(large)])
    print(text)
    if asked.into:
        put_into(asked.into, "surge", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("settings", type=Path, help="settings file, its feed beside it")
    parser.add_argument("--from", dest="first", required=True, help="day of the first run, YYYY-MM-DD")
    parser.add_argument("--to", dest="last", required=True, help="day of the last run")
    parser.add_argument("--every", type=int, default=1, help="days between two runs")
    parser.add_argument(
        "--surge",
        nargs=2,
        required=True,
        type=date.fromisoformat,
        metavar="DAY",
        help="first and last day of the surge",
    )
    parser.add_argument("--least", type=float, default=0.05, help="share of the surge that a theme must hold")
    parser.add_argument("--data-root", type=Path, help="a new folder to keep; default: one that is removed")
    parser.add_argument("--json", type=Path, help="all tellings")
    parser.add_argument("--into", type=Path, help="a page whose marked part the result replaces")
    return parser


def _nights(settings: Path, days: Sequence[str], data_root: Path) -> Iterator[Night]:
    for day in days:
        night = open_night(settings, day, data_root)
        started = time.perf_counter()
        counts = run_night(night, lambda *_: None, time.perf_counter)
        seconds = time.perf_counter() - started
        print(f"{day}  {seconds:5.1f} s  themes {counts['themes']['themes']}", file=sys.stderr, flush=True)
        yield night


def tellings(nights: Iterator[Night], first: date, last: date) -> Iterator[Telling]:
    """Every rise that a night told anew, in the order of the nights; the surge goes from `first` to `last`."""
    known: set[tuple[date, str, str]] = set()
    for night in nights:
        events = night.root.read(THEME_EVENTS, night.run)
        keys = list(zip(events["day"], events["theme_id"], events["event"], strict=True))
        is_new = np.array([key not in known for key in keys], dtype=bool)
        fresh = events[is_new & events["event"].isin(RISES)]
        known.update(keys)
        if len(fresh):
            yield from _tellings_of(night, fresh, _shares(night, first, last))


def _tellings_of(night: Night, events: pd.DataFrame, shares: dict[str, float]) -> Iterator[Telling]:
    themes = night.root.read(THEMES, night.run, ["theme_id", "label"])
    labels = dict(zip(themes["theme_id"], themes["label"], strict=True))
    for each in events.sort_values(["day", "theme_id"]).itertuples():
        theme_id = str(each.theme_id)
        yield Telling(
            night.run,
            str(each.day),
            str(each.event),
            theme_id,
            labels[theme_id],
            float(str(each.observed)),
            float(str(each.expected)),
            shares.get(theme_id, 0.0),
        )


def _shares(night: Night, first: date, last: date) -> dict[str, float]:
    """Each theme's share of the documents from `first` to `last` that the night knows."""
    documents = night.root.read_current(DOCUMENTS, night.run, ["document_id", "created_at", "skipped"])
    days = documents["created_at"].dt.tz_convert(night.settings.zone).dt.date
    surge = documents[days.between(first, last) & documents["skipped"].isna()]
    placed = night.root.read(DOCUMENT_THEMES, night.run, ["document_id", "theme_id"])
    counts = surge.merge(placed, on="document_id")["theme_id"].value_counts()
    return {str(theme_id): count / len(surge) for theme_id, count in counts.items()}


def as_table(found: Sequence[Telling]) -> str:
    """A Markdown table of all tellings."""
    head = "| told on | event | of day | theme | seven days | expected | share |\n|---|---|---|---|---:|---:|---:|\n"
    rows = [
        f"| {each.night} | {each.event} | {each.day} | {each.theme_id} {each.label} | {each.observed:.0f} "
        f"| {each.expected:.1f} | {each.share:.0%} |\n"
        for each in found
    ]
    return head + "".join(rows)


def verdict(surge: Sequence[Telling], large: Sequence[Telling]) -> str:
    """The first night that told of a theme with a large share of the surge's documents, and the largest such theme."""
    if not large:
        return f"Never told of a large theme; {len(surge)} rises of small ones were told."
    night = large[0].night
    lead = max((each for each in large if each.night == night), key=lambda each: each.share)
    told = sum(each.night == night for each in surge)
    return (
        f"First told on {night}: {lead.event} of {lead.theme_id} {lead.label!r} on {lead.day}, "
        f"{lead.observed:.0f} documents in seven days where {lead.expected:.1f} were expected "
        f"(one of {told} rises told that night)."
    )


if __name__ == "__main__":
    main()
