"""The published tables about themes, as frames."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from cxtext.life import Event
from cxtext.registry import Outcome, State, Theme, Turn
from cxtext.registry.kinship import Parent, keywords_of
from cxtext.registry.nightly import assign_all
from cxtext.tables import DOCUMENT_THEMES, THEME_EVENTS, THEME_PARENTS, THEMES
from cxtext.themes.assign import Assignment, Vectors

LIKE = 2  # further documents that make a first one more than a stray,
WITHIN = pd.Timedelta(days=28)  # if they follow within this time
WEEK = pd.Timedelta(days=7)

Span = tuple[pd.Timestamp, pd.Timestamp]  # of a theme's first and latest document


# --- document_themes


def placed_tonight(ids: Sequence[str], outcome: Outcome) -> pd.DataFrame:
    """The rows of the documents that the update read."""
    return _placed(ids, outcome.theme_ids, outcome.assignment)


def placed_late(ids: Sequence[str], texts: Sequence[str], vectors: Vectors, state: State) -> pd.DataFrame:
    """The rows of documents older than the history that come late: by the same rule."""
    assignment, theme_ids = assign_all(state, state.space.place(texts, vectors))
    return _placed(ids, theme_ids, assignment)


def carried_on(rows: pd.DataFrame, state: State) -> pd.DataFrame:
    """The rows of the night before of documents that are read no more: with their theme, or the one it merged into."""
    heirs = state.heirs()
    return rows.assign(theme_id=pd.Series([heirs.get(each, each) for each in rows["theme_id"]], rows.index, object))


def moved_by_hand(rows: pd.DataFrame, state: State, moves: Mapping[str, str]) -> pd.DataFrame:
    """The rows with older documents where people put them; moves to themes that there are not change nothing."""
    heirs, known = state.heirs(), {theme.theme_id for theme in state.themes}
    targets = [moves.get(key) if moves.get(key) in known else None for key in rows["document_id"]]
    is_moved = np.array([target is not None for target in targets], bool)
    placed = [heirs.get(to, to) if to else old for to, old in zip(targets, rows["theme_id"], strict=True)]
    return rows.assign(
        theme_id=pd.Series(placed, rows.index, object),
        confidence=rows["confidence"].where(~is_moved, 1.0),
        method=rows["method"].where(~is_moved, "curated"),
    )


def _placed(ids: Sequence[str], theme_ids: Sequence[str | None], assignment: Assignment) -> pd.DataFrame:
    if not len(ids):
        return DOCUMENT_THEMES.empty()
    return pd.DataFrame(
        {
            "document_id": pd.Series(list(ids), dtype=object),
            "theme_id": pd.Series(list(theme_ids), dtype=object),
            "confidence": assignment.confidence.clip(0, 1),
            "method": assignment.method,
        }
    )


# --- theme_events


def events_frame(
    earlier: pd.DataFrame, told: Sequence[tuple[Event, str]], turns: Sequence[Turn], run: date
) -> pd.DataFrame:
    """All events so far: what was told stays told, tonight's are added."""
    rows = [
        {
            "day": event.day, "theme_id": theme_id, "event": event.event, "observed": event.observed,
            "expected": event.expected, "p_value": event.p_value, "note": event.note,
        }
        for event, theme_id in told
    ]  # fmt: skip
    rows += [
        {
            "day": run, "theme_id": theme_id, "event": event, "observed": 0.0, "expected": 0.0, "p_value": None,
            "note": note,
        }
        for (theme_id, event), note in _noted(turns).items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows) if rows else THEME_EVENTS.empty()
    merged = pd.concat([part for part in (earlier, frame) if not part.empty] or [frame], ignore_index=True)
    return merged.drop_duplicates(["day", "theme_id", "event"])


def _noted(turns: Sequence[Turn]) -> dict[tuple[str, str], str]:
    """The notes of each theme's turns of one kind as one: a theme may be split twice in a night."""
    notes: dict[tuple[str, str], list[str]] = {}
    for turn in turns:
        notes.setdefault((turn.theme_id, turn.event), []).append(turn.note)
    return {key: "; ".join(dict.fromkeys(found)) for key, found in notes.items()}


# --- themes, theme_parents


def themes_frame(
    themes: Sequence[Theme],
    statuses: Sequence[str],
    documents: pd.DataFrame,
    until: pd.Timestamp,
    born: Mapping[str, pd.Timestamp],
    silent: Mapping[str, Span],
) -> pd.DataFrame:
    """A row for each theme; `documents` (theme_id, created_at) are those that have one, `until` ends the run.

    A theme without documents keeps the first and last that were told of it before (`silent`), or the time of its birth.
    """
    if not themes:
        return THEMES.empty()
    times = {str(theme_id): group.sort_values() for theme_id, group in documents.groupby("theme_id")["created_at"]}
    nothing = documents["created_at"].iloc[:0]
    rows = []
    for theme, status in zip(themes, statuses, strict=True):
        seen = times.get(theme.theme_id, nothing)
        at = born[theme.theme_id]
        first, last = (first_seen(seen), seen.iloc[-1]) if len(seen) else silent.get(theme.theme_id, (at, at))
        rows.append(
            {
                "theme_id": theme.theme_id,
                "label": theme.label,
                "keywords": theme.keywords,
                "status": status if theme.is_alive else "resolved",
                "first_seen": first,
                "last_seen": last,
                "documents": len(seen),
                "documents_last_7_days": int((seen >= until - WEEK).sum()),
                "exemplars": theme.exemplars,
                "parent_id": theme.parent_id,
                "merged_into": theme.merged_into,
                "is_curated": theme.is_curated,
                "is_pinned": theme.is_pinned,
                "is_muted": theme.is_muted,
            }
        )
    return pd.DataFrame(rows)


def first_seen(times: "pd.Series[pd.Timestamp]") -> pd.Timestamp:
    """The first of `times`, in order and at least one, that two more follow within 28 days; else the first of all.

    Of years of documents a few always lie near a theme that has only just begun.
    """
    moments = times.reset_index(drop=True)
    begun = np.flatnonzero((moments.shift(-LIKE) - moments) <= WITHIN)
    return pd.Timestamp(moments.iloc[int(begun[0]) if len(begun) else 0])


def parents_frame(parents: Sequence[Parent], themes: Sequence[Theme], documents: Mapping[str, int]) -> pd.DataFrame:
    """A row for each parent; `documents` counts those of each theme."""
    rows = []
    for parent in parents:
        own = [theme for theme in themes if theme.parent_id == parent.parent_id]
        counts = [documents.get(theme.theme_id, 0) for theme in own]
        rows.append(
            {
                "parent_id": parent.parent_id,
                "label": parent.label,
                "keywords": keywords_of(own, counts),
                "themes": len(own),
                "documents": sum(counts),
            }
        )
    return pd.DataFrame(rows) if rows else THEME_PARENTS.empty()
