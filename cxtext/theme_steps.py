"""The steps that follow themes from night to night, and count."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from cxtext.curation import CurationFiles
from cxtext.encode import encode_cached
from cxtext.life import Rules
from cxtext.night import Night
from cxtext.registry import Corpus, Outcome, State, update
from cxtext.registry.kinship import Family, Parent, related
from cxtext.registry.moving import moved
from cxtext.registry.state import Vectors
from cxtext.registry.telling import Told, tell
from cxtext.settings import Settings, ThemesSettings
from cxtext.store import write_json
from cxtext.tables import CAUSES, DOCUMENT_THEMES, DOCUMENTS, THEME_EVENTS, THEME_PARENTS, THEMES, TRENDS
from cxtext.theme_state import Kept, read_kept, write_kept
from cxtext.theme_tables import (
    Span,
    carried_on,
    events_frame,
    moved_by_hand,
    parents_frame,
    placed_late,
    placed_tonight,
    themes_frame,
)
from cxtext.trends import weekly_trends
from cxtext.verdicts import current_verdicts

LEAST_HISTORY = 5_000  # documents that a fit looks back to, however old they are
WEEK = timedelta(days=7)

Themes = Mapping[str, str | None]  # the theme of each document, by its id


def update_themes(night: Night) -> dict[str, int]:
    """Assign every analysed document, find new themes and their parents, tell what turned; writes the theme tables."""
    documents = analysed_documents(night)
    before = _previous_themes(night)
    corpus = _corpus(documents[_in_history(documents, night)], night)
    settings = _with_company(night.settings)
    curated = CurationFiles(night.settings.base).curated()
    kept = read_kept(night.root, night.previous) if night.previous else None
    known = _in_tonights_space(kept, night, documents, corpus, before, settings)
    outcome = update(
        known,
        [before.get(document_id) for document_id in corpus.ids],
        corpus,
        night.day,
        settings,
        lambda texts: _encode(night, texts),
        curated=curated,
    )
    _warn(night, outcome.left_out)
    family = _family(night, outcome, kept, corpus, settings)
    placed = _place_all(night, documents, corpus, outcome, curated.moved)
    dated = documents.merge(placed, on="document_id")
    told = _tell(night, family.state, dated)
    events = events_frame(_previous_events(night), told.events, outcome.turns, night.day)
    write_kept(night.root, night.run, Kept(family.state, night.encoder.name, family.numbered))
    night.root.write(DOCUMENT_THEMES, night.run, placed)
    night.root.write(THEME_EVENTS, night.run, events)
    night.root.write(THEMES, night.run, _themes(night, family.state, told, dated))
    counts = {str(theme_id): int(count) for theme_id, count in placed["theme_id"].value_counts().items()}
    night.root.write(THEME_PARENTS, night.run, parents_frame(family.parents, family.state.themes, counts))
    return {
        "documents": len(documents),
        "themes": sum(theme.is_alive for theme in outcome.themes),
        "new_themes": sum(theme.born == night.day for theme in outcome.themes),
        "unassigned": int(placed["theme_id"].isna().sum()),
        "events": int((events["day"] > (date.fromisoformat(night.previous) if night.previous else date.min)).sum()),
    }


def _warn(night: Night, left_out: Sequence[str]) -> None:
    """Tell in the night's notes what edits could not be carried out; once, however often the step is run."""
    path = night.root.note_path(night.run)
    if not left_out or not path.exists():
        return
    notes = json.loads(path.read_text("utf-8"))
    warnings = [*notes["warnings"], *left_out]
    write_json(notes | {"warnings": list(dict.fromkeys(warnings))}, path, private=True)


def _with_company(settings: Settings) -> ThemesSettings:
    """The settings for themes, with the company's name among the words that stand in no label: it is everywhere."""
    words = re.findall(r"\w+", settings.company.lower())
    return settings.themes.model_copy(update={"stop_words": [*settings.themes.stop_words, *words]})


# --- what the night reads


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


def _corpus(recent: pd.DataFrame, night: Night) -> Corpus:
    return Corpus(
        ids=list(recent["document_id"]),
        texts=list(recent["text"]),
        days=recent["day"].to_numpy(dtype="datetime64[D]"),
        vectors=_encode(night, list(recent["text"])),
    )


def _encode(night: Night, texts: Sequence[str]) -> Vectors:
    return encode_cached(texts, night.encoder, night.cache)[0]


def _previous_themes(night: Night) -> Themes:
    if night.previous is None:
        return {}
    before = night.root.read(DOCUMENT_THEMES, night.previous, ["document_id", "theme_id"])
    return dict(zip(before["document_id"], before["theme_id"], strict=True))


def _previous_events(night: Night) -> pd.DataFrame:
    return night.root.read(THEME_EVENTS, night.previous) if night.previous else THEME_EVENTS.empty()


def _in_tonights_space(
    kept: Kept | None,
    night: Night,
    documents: pd.DataFrame,
    corpus: Corpus,
    before: Themes,
    settings: ThemesSettings,
) -> State | None:
    """The themes as the previous run left them, moved where that run had another encoder."""
    if kept is None or kept.encoder == night.encoder.name:
        return kept.state if kept else None
    exemplars = {key for theme in kept.state.themes for key in theme.exemplars}
    wanted = documents[documents["document_id"].isin(exemplars)]
    return moved(
        kept.state,
        [before.get(document_id) for document_id in corpus.ids],
        corpus,
        settings,
        lambda texts: _encode(night, texts),
        dict(zip(wanted["document_id"], wanted["text"], strict=True)),
    )


# --- what the night makes of it


def _family(night: Night, outcome: Outcome, kept: Kept | None, corpus: Corpus, settings: ThemesSettings) -> Family:
    parents = []
    if night.previous is not None:
        rows = night.root.read(THEME_PARENTS, night.previous, ["parent_id", "label"])
        parents = [Parent(*row) for row in zip(rows["parent_id"], rows["label"], strict=True)]
    return related(
        outcome.state,
        kept.state if kept else None,
        parents,
        kept.parents if kept else 0,
        outcome.theme_ids,
        corpus,
        settings,
        lambda texts: _encode(night, texts),
    )


def _place_all(
    night: Night, documents: pd.DataFrame, corpus: Corpus, outcome: Outcome, moves: Mapping[str, str]
) -> pd.DataFrame:
    """document_themes of every analysed document: older ones keep their theme, or its heir; late ones are placed."""
    tonight = placed_tonight(corpus.ids, outcome)
    older = documents[~documents["document_id"].isin(set(corpus.ids))]
    if older.empty:
        return tonight
    rows = night.root.read(DOCUMENT_THEMES, night.previous) if night.previous else DOCUMENT_THEMES.empty()
    rows = rows[rows["document_id"].isin(set(older["document_id"]))]
    # what a person put somewhere and took back again is placed as if it came tonight
    rows = rows[(rows["method"] != "curated") | rows["document_id"].isin(set(moves))]
    late = older[~older["document_id"].isin(set(rows["document_id"]))]
    texts = list(late["text"])
    parts = [carried_on(rows, outcome.state)]
    if texts:
        parts.append(placed_late(list(late["document_id"]), texts, _encode(night, texts), outcome.state))
    placed = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    return pd.concat([tonight, moved_by_hand(placed, outcome.state, moves)], ignore_index=True)


def _tell(night: Night, state: State, dated: pd.DataFrame) -> Told:
    earlier = _previous_events(night)
    return tell(
        state,
        list(dated["theme_id"]),
        dated["day"].to_numpy(dtype="datetime64[D]"),
        night.day,
        rules_of(night.settings),
        past=list(zip(earlier["day"], earlier["theme_id"], earlier["event"], strict=True)),
        told_until=date.fromisoformat(night.previous) if night.previous else None,
        history_days=night.settings.themes.history_weeks * WEEK.days,
    )


def rules_of(settings: Settings) -> Rules:
    """The rules by which events are told, from the settings."""
    trends = settings.trends
    return Rules(trends.baseline_weeks, trends.false_discovery_rate, settings.themes.min_documents)


def _themes(night: Night, state: State, told: Told, dated: pd.DataFrame) -> pd.DataFrame:
    born = {
        theme.theme_id: pd.Timestamp(night.settings.day_end(theme.born.isoformat())).tz_convert("UTC")
        for theme in state.themes
    }
    silent = _last_told(night)
    themes = dated[["theme_id", "created_at"]].dropna(subset="theme_id")
    return themes_frame(state.themes, told.statuses, themes, pd.Timestamp(night.until), born, silent)


def _last_told(night: Night) -> dict[str, Span]:
    """First and latest document of each theme as the night before told: what a theme without documents keeps."""
    if night.previous is None:
        return {}
    past = night.root.read(THEMES, night.previous, ["theme_id", "first_seen", "last_seen"])
    return {
        theme_id: (first, last)
        for theme_id, first, last in zip(past["theme_id"], past["first_seen"], past["last_seen"], strict=True)
    }


def update_trends(night: Night) -> dict[str, int]:
    """Weekly counts by theme, cause and origin."""
    documents = analysed_documents(night)[["document_id", "day"]]
    themes = night.root.read(DOCUMENT_THEMES, night.run, ["document_id", "theme_id"]).dropna(subset="theme_id")
    causes = current_verdicts(night, CAUSES)[["document_id", "cause", "origin"]]
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
