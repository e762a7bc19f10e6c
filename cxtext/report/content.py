"""From the published tables to the report: everything that a rendering shows, in words and numbers."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from cxtext import __version__
from cxtext.report.causes import causes, causes_caption, change, dissatisfied, origins
from cxtext.report.facts import RunFacts
from cxtext.report.intake import intake
from cxtext.report.lines import is_dissatisfied, origin_stack, theme_lines, volume_line
from cxtext.report.method import method
from cxtext.report.night import Night, gather
from cxtext.report.parts import Account, Content, Figure, Score
from cxtext.report.scores import scores
from cxtext.report.themes import Sketch, muted_note, n_detailed, other_themes, sketches, themes
from cxtext.report.trust import trust
from cxtext.report.turns import actions, headline, no_turns, recent_events, remarks, standfirst, turns
from cxtext.report.words import count, day_of, long_day, percent, plain, ratio

ACCOUNTS = 10


def build_content(tables: Mapping[str, pd.DataFrame], facts: RunFacts) -> Content:
    """The report on one run. Pure: the same tables and facts always give the same content."""
    night = gather(tables, facts)
    ranked = sketches(night)
    events = recent_events(night, ranked)
    shown = {sketch.theme_id: sketch.label for sketch in ranked[: n_detailed(night)]}
    shown |= {event.sketch.theme_id: event.sketch.label for event in events}
    lines = theme_lines(night, shown)
    groups = turns(night, events, lines)
    kept_scores = scores(night)
    return Content(
        company=plain(facts.company, 60),
        run=plain(facts.run, 40),
        date=long_day(night.day),
        window=_window(night),
        version=__version__,
        headline=headline(night, events),
        standfirst=standfirst(night, groups),
        period=night.period,
        against=", against the four weeks before" if len(night.before) else "",
        actions=actions(night, events, ranked, lines),
        figures=_figures(night, kept_scores),
        volume=volume_line(night),
        turns=groups,
        no_turns=no_turns(night, groups),
        remarks=remarks(night),
        origins=origins(night),
        stack=origin_stack(night),
        causes_caption=causes_caption(night),
        causes=causes(night),
        themes=themes(night, ranked, lines),
        other_themes=other_themes(night, ranked),
        muted=muted_note(ranked),
        scores=kept_scores,
        accounts=_accounts(night, ranked),
        intake=intake(night),
        trust=trust(night),
        method=method(facts, night.taxonomy),
    )


def _window(night: Night) -> str:
    zone = ZoneInfo(night.facts.timezone)
    until = _clock(night.until.astimezone(zone))
    if night.facts.since is None:
        return f"everything up to {until} ({night.facts.timezone})"
    since = datetime.fromisoformat(night.facts.since)
    local = since.astimezone(zone) if since.tzinfo else since
    return f"{_clock(local)} to {until} ({night.facts.timezone})"


def _clock(moment: datetime) -> str:
    return f"{day_of(moment.date(), year=True)}, {moment:%H:%M}"


def _figures(night: Night, kept_scores: tuple[Score, ...]) -> tuple[Figure, ...]:
    """The strip of key figures."""
    if not len(night.analysed):
        return tuple(score.figure for score in kept_scores[:2])
    figures = [_volume(night)]
    now, before = dissatisfied(night)
    if now.n:
        words, is_clear = change(now, before, night.facts.min_answers)
        interval = f"95% interval {percent(now.low)} to {percent(now.high)}; n {count(now.n)}"
        figures.append(Figure(f"Dissatisfied, {night.period}", percent(now.value), interval, words, is_clear))
    return (*figures, *(score.figure for score in kept_scores[:2]), _coverage(night))


def _volume(night: Night) -> Figure:
    last, prior = (int(night.analysed[name].sum()) for name in ("is_last_week", "is_week_before"))
    return Figure("Documents, last seven days", count(last), f"{count(prior)} in the seven days before")


def _coverage(night: Night) -> Figure:
    fit = night.now["theme_id"].dropna()
    note = f"{ratio(len(fit), len(night.now))} of documents fit a theme"
    return Figure(f"Themes seen in {night.period}", count(fit.nunique()), note)


def _accounts(night: Night, ranked: list[Sketch]) -> tuple[Account, ...]:
    """The accounts with most dissatisfied documents in the period; counts only."""
    now, before = (frame[is_dissatisfied(frame) & frame["account_id"].notna()] for frame in (night.now, night.before))
    labels = {sketch.theme_id: sketch.label for sketch in ranked}
    counts, earlier = (frame.groupby("account_id").size() for frame in (now, before))
    first = sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))[:ACCOUNTS]
    return tuple(
        Account(
            name=plain(str(name), 60),
            recent=count(int(counts[name])),
            before=count(int(earlier.get(name, 0))),
            theme=_main_theme(now[now["account_id"] == name], labels),
        )
        for name in first
    )


def _main_theme(rows: pd.DataFrame, labels: dict[str, str]) -> str:
    counts = rows["theme_id"].map(labels).dropna().value_counts()
    if counts.empty:
        return "no theme"
    label = min(counts.index, key=lambda name: (-int(counts[name]), str(name)))
    return f"{label} ({count(int(counts[label]))} of {count(len(rows))})"


__all__ = ["Content", "build_content"]
