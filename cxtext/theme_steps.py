"""The steps that follow themes from night to night, and count."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from cxtext.encode import encode_cached
from cxtext.life import Event, History, Rules, live
from cxtext.night import Night
from cxtext.registry import Corpus, Outcome, Theme, update
from cxtext.settings import Settings, ThemesSettings
from cxtext.tables import CAUSES, DOCUMENT_THEMES, DOCUMENTS, REGISTRY, THEME_EVENTS, THEMES, TRENDS
from cxtext.themes.assign import assign, thresholds_of
from cxtext.themes.cluster import centroids
from cxtext.trends import weekly_trends

LEAST_HISTORY = 5_000  # documents that a fit looks back to, however old they are
WEEK = timedelta(days=7)
LONG_AGO = date(1970, 1, 1)


def update_themes(night: Night) -> dict[str, int]:
    """Assign every analysed document, find new themes, tell what turned; writes four tables."""
    documents = analysed_documents(night)
    before = _previous_themes(night)
    recent = documents[_in_history(documents, night)].reset_index(drop=True)
    corpus = Corpus(
        ids=list(recent["document_id"]),
        texts=list(recent["text"]),
        days=recent["day"].to_numpy(dtype="datetime64[D]"),
        vectors=encode_cached(list(recent["text"]), night.encoder, night.cache)[0],
    )
    outcome = update(
        _read_registry(night, corpus, before),
        [before.get(document_id) for document_id in corpus.ids],
        corpus,
        night.day,
        _with_company(night.settings),
        lambda texts: encode_cached(texts, night.encoder, night.cache)[0],
    )
    placed = _place_all(night, documents, corpus, outcome, before)
    counts = _daily_counts(documents.merge(placed, on="document_id"), outcome.themes, night)
    events = _events(night, outcome, counts)
    night.root.write(REGISTRY, night.run, _registry_frame(outcome.themes, night.encoder.name))
    night.root.write(DOCUMENT_THEMES, night.run, placed)
    night.root.write(THEME_EVENTS, night.run, events[0])
    night.root.write(THEMES, night.run, _themes_frame(night, documents, placed, outcome.themes, events[1]))
    return {
        "documents": len(documents),
        "themes": sum(theme.is_alive for theme in outcome.themes),
        "new_themes": sum(theme.born == night.day for theme in outcome.themes),
        "unassigned": int(placed["theme_id"].isna().sum()),
        "events": int((events[0]["day"] > (date.fromisoformat(night.previous) if night.previous else date.min)).sum()),
    }


def _with_company(settings: Settings) -> ThemesSettings:
    """The settings for themes, with the company's name among the words that stand in no label: it is everywhere."""
    words = re.findall(r"\w+", settings.company.lower())
    return settings.themes.model_copy(update={"stop_words": [*settings.themes.stop_words, *words]})


def analysed_documents(night: Night) -> pd.DataFrame:
    """Every document that is analysed, as of the night: document_id, text, created_at, and its local day."""
    columns = ["document_id", "text", "created_at", "skipped"]
    documents = night.root.read_current(DOCUMENTS, night.run, columns)
    documents = documents[documents["skipped"].isna()].drop(columns="skipped").reset_index(drop=True)
    return documents.assign(day=documents["created_at"].dt.tz_convert(night.settings.zone).dt.date)


def _in_history(documents: pd.DataFrame, night: Night) -> pd.Series:
    """Whether each document is read again tonight: those of the history window, or the latest few thousand."""
    start = night.day - night.settings.themes.history_weeks * WEEK
    latest = documents["created_at"].rank(method="first", ascending=False) <= LEAST_HISTORY
    return latest | (documents["day"] > start)


def _previous_themes(night: Night) -> dict[str, str | None]:
    if night.previous is None:
        return {}
    before = night.root.read(DOCUMENT_THEMES, night.previous, ["document_id", "theme_id"])
    return dict(zip(before["document_id"], before["theme_id"], strict=True))


def _place_all(
    night: Night, documents: pd.DataFrame, corpus: Corpus, outcome: Outcome, before: dict[str, str | None]
) -> pd.DataFrame:
    """document_themes of every analysed document: older ones keep their theme, or its heir; late ones are placed."""
    placed = pd.DataFrame(
        {
            "document_id": pd.Series(corpus.ids, dtype=object),
            "theme_id": pd.Series(outcome.theme_ids, dtype=object),
            "confidence": outcome.assignment.confidence.clip(0, 1),
            "method": outcome.assignment.method,
        }
    )
    older = documents[~documents["document_id"].isin(set(corpus.ids))]
    if older.empty:
        return placed
    parts = [placed]
    carried = older[older["document_id"].isin(before)]
    if night.previous is not None and not carried.empty:
        rows = night.root.read(DOCUMENT_THEMES, night.previous)
        rows = rows[rows["document_id"].isin(set(carried["document_id"]))]
        heirs = {theme.theme_id: theme.merged_into for theme in outcome.themes if theme.merged_into}
        parts.append(rows.assign(theme_id=[heirs.get(theme_id, theme_id) for theme_id in rows["theme_id"]]))
    late = older[~older["document_id"].isin(before)]
    if not late.empty:
        alive = [theme for theme in outcome.themes if theme.is_alive]
        vectors = encode_cached(list(late["text"]), night.encoder, night.cache)[0]
        nothing = np.zeros((0, vectors.shape[1]), np.float32)
        centers = np.stack([theme.centroid for theme in alive]) if alive else nothing
        found = assign(vectors, centers, np.array([theme.threshold for theme in alive], np.float64))
        parts.append(
            pd.DataFrame(
                {
                    "document_id": list(late["document_id"]),
                    "theme_id": [alive[row].theme_id if row >= 0 else None for row in found.theme],
                    "confidence": found.confidence.clip(0, 1),
                    "method": found.method,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _daily_counts(placed: pd.DataFrame, themes: Sequence[Theme], night: Night) -> History:
    """Documents of each theme on each day of the history window."""
    if placed.empty:
        return History.whole(np.zeros((len(themes), 0)), night.day)
    data_start: date = min(placed["day"])
    start = max(data_start, night.day - night.settings.themes.history_weeks * WEEK)
    days = (night.day - start).days + 1
    rows = {theme.theme_id: row for row, theme in enumerate(themes)}
    counts = np.zeros((len(themes), max(days, 0)))
    earlier = np.zeros(len(themes))
    assigned = placed.dropna(subset="theme_id")
    for theme_id, day in zip(assigned["theme_id"], assigned["day"], strict=True):
        row, column = rows[theme_id], (day - start).days
        if column < 0:
            earlier[row] += 1
        elif column < days:
            counts[row, column] += 1
    # all that a first run finds is the starting stock, not tonight's find
    fresh = np.array([theme.born == night.day and night.previous is not None for theme in themes], dtype=bool)
    return History(counts, start, earlier, (data_start - start).days, fresh)


def _previous_events(night: Night) -> pd.DataFrame:
    return night.root.read(THEME_EVENTS, night.previous) if night.previous else THEME_EVENTS.empty()


def _events(night: Night, outcome: Outcome, history: History) -> tuple[pd.DataFrame, list[str]]:
    """All events so far, and each theme's status: what was told stays told, tonight's days are added."""
    earlier = _previous_events(night)
    row_of = {theme.theme_id: row for row, theme in enumerate(outcome.themes)}
    past = [
        (day, row_of[theme_id], event)
        for day, theme_id, event in zip(earlier["day"], earlier["theme_id"], earlier["event"], strict=True)
    ]
    told_until = date.fromisoformat(night.previous) if night.previous else None
    events, statuses = live(history, rules_of(night.settings), past, told_until)
    rows = [_event_row(event, outcome.themes[event.theme].theme_id) for event in events]
    rows += [
        {
            "day": night.day, "theme_id": turn.theme_id, "event": turn.event,
            "observed": 0.0, "expected": 0.0, "p_value": None, "note": turn.note,
        }
        for turn in outcome.turns
    ]  # fmt: skip
    frame = pd.DataFrame(rows) if rows else THEME_EVENTS.empty()
    merged = pd.concat([part for part in (earlier, frame) if not part.empty] or [frame], ignore_index=True)
    return merged.drop_duplicates(["day", "theme_id", "event"]), statuses


def rules_of(settings: Settings) -> Rules:
    """The rules by which events are told, from the settings."""
    trends = settings.trends
    return Rules(trends.baseline_weeks, trends.false_discovery_rate, settings.themes.min_documents)


def _event_row(event: Event, theme_id: str) -> dict[str, object]:
    return {
        "day": event.day, "theme_id": theme_id, "event": event.event, "observed": event.observed,
        "expected": event.expected, "p_value": event.p_value, "note": event.note,
    }  # fmt: skip


def _themes_frame(
    night: Night, documents: pd.DataFrame, placed: pd.DataFrame, themes: Sequence[Theme], statuses: Sequence[str]
) -> pd.DataFrame:
    if not themes:
        return THEMES.empty()
    dated = documents.merge(placed[["document_id", "theme_id"]], on="document_id").dropna(subset="theme_id")
    times = {str(theme_id): group for theme_id, group in dated.groupby("theme_id")["created_at"]}
    week_start = pd.Timestamp(night.until) - pd.Timedelta(days=7)
    silent = _last_told(night)
    rows = []
    for theme, status in zip(themes, statuses, strict=True):
        seen = times.get(theme.theme_id, pd.Series(dtype=dated["created_at"].dtype))
        born = pd.Timestamp(night.settings.day_end(theme.born.isoformat())).tz_convert("UTC")
        first, last = (seen.min(), seen.max()) if len(seen) else silent.get(theme.theme_id, (born, born))
        rows.append(
            {
                "theme_id": theme.theme_id,
                "label": theme.label,
                "keywords": theme.keywords,
                "status": status if theme.is_alive else "resolved",
                "first_seen": first,
                "last_seen": last,
                "documents": len(seen),
                "documents_last_7_days": int((seen >= week_start).sum()),
                "exemplars": theme.exemplars,
                "parent_id": None,
                "merged_into": theme.merged_into,
                "is_curated": theme.is_curated,
            }
        )
    return pd.DataFrame(rows)


def _last_told(night: Night) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """First and latest document of each theme as the night before told: what a theme without documents keeps."""
    if night.previous is None:
        return {}
    past = night.root.read(THEMES, night.previous, ["theme_id", "first_seen", "last_seen"])
    return {
        theme_id: (first, last)
        for theme_id, first, last in zip(past["theme_id"], past["first_seen"], past["last_seen"], strict=True)
    }


def _read_registry(night: Night, corpus: Corpus, before: dict[str, str | None]) -> list[Theme]:
    """The themes as the previous run left them, in tonight's encoder's space."""
    if night.previous is None:
        return []
    frame = night.root.read(REGISTRY, night.previous)
    rows: list[Any] = frame.drop(columns=["encoder", "parent_id"]).to_dict("records")
    themes = [
        Theme(
            **row
            | {
                "centroid": np.asarray(row["centroid"], np.float32),
                "keywords": list(row["keywords"]),
                "exemplars": list(row["exemplars"]),
            }
        )
        for row in rows
    ]
    return themes if set(frame["encoder"]) <= {night.encoder.name} else _moved(themes, corpus, before)


def _moved(themes: Sequence[Theme], corpus: Corpus, before: dict[str, str | None]) -> list[Theme]:
    """Themes of another encoder: their documents tell where they lie in this one's space, and a refit is due."""
    rows = {theme.theme_id: row for row, theme in enumerate(themes)}
    labels = np.array([rows.get(before.get(document_id) or "", -1) for document_id in corpus.ids], np.int64)
    centers = centroids(corpus.vectors, labels, len(themes))
    limits = thresholds_of(corpus.vectors, labels, centers)
    return [
        replace(theme, centroid=centers[row], threshold=float(limits[row]), fitted=LONG_AGO)
        for row, theme in enumerate(themes)
    ]


def _registry_frame(themes: Sequence[Theme], encoder: str) -> pd.DataFrame:
    if not themes:
        return REGISTRY.empty()
    return pd.DataFrame(
        [
            {
                "theme_id": theme.theme_id,
                "label": theme.label,
                "keywords": theme.keywords,
                "centroid": theme.centroid.tolist(),
                "encoder": encoder,
                "threshold": theme.threshold,
                "exemplars": theme.exemplars,
                "parent_id": None,
                "merged_into": theme.merged_into,
                "is_curated": theme.is_curated,
                "born": theme.born,
                "fitted": theme.fitted,
            }
            for theme in themes
        ]
    )


def update_trends(night: Night) -> dict[str, int]:
    """Weekly counts by theme, cause and origin."""
    documents = analysed_documents(night)[["document_id", "day"]]
    themes = night.root.read(DOCUMENT_THEMES, night.run, ["document_id", "theme_id"]).dropna(subset="theme_id")
    causes = night.root.read_current(CAUSES, night.run, ["document_id", "cause", "origin"], owner=DOCUMENTS)
    parts = [
        themes.rename(columns={"theme_id": "subject"}).assign(kind="theme"),
        causes.rename(columns={"cause": "subject"})[["document_id", "subject"]].assign(kind="cause"),
        causes.drop_duplicates(["document_id", "origin"])
        .rename(columns={"origin": "subject"})[["document_id", "subject"]]
        .assign(kind="origin"),
        documents[["document_id"]].assign(subject="all", kind="all"),
    ]
    memberships = pd.concat(parts, ignore_index=True).merge(documents, on="document_id")
    table = weekly_trends(
        memberships,
        documents["day"],
        night.day,
        baseline_weeks=night.settings.trends.baseline_weeks,
        rate=night.settings.trends.false_discovery_rate,
    )
    night.root.write(TRENDS, night.run, table)
    return {"series": int(table.groupby(["kind", "subject"]).ngroups) if len(table) else 0, "rows": len(table)}
