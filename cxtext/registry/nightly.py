"""One night's update of the themes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from cxtext.curation import Curated
from cxtext.registry.curate import Curation, flagged, lifted, own_themes, with_moves
from cxtext.registry.discover import discover
from cxtext.registry.known import absorbed, announce, claimed, definitions, is_centred, with_definitions
from cxtext.registry.pieces import Splitter, hold
from cxtext.registry.refit import refit
from cxtext.registry.state import Corpus, Encode, Labels, Outcome, State, Theme, Turn, attracting, prototypes
from cxtext.settings import ThemesSettings
from cxtext.themes.assign import Assignment, assign
from cxtext.themes.cluster import typical
from cxtext.themes.space import learn_space

EXEMPLARS = 5
NO_EDITS = Curated()
GROWTH = 2.0  # times the documents of the last fit at which a fit of them all says something else


def update(
    known: State | None,
    before: Sequence[str | None],
    corpus: Corpus,
    run: date,
    settings: ThemesSettings,
    encode: Encode,
    *,
    curated: Curated = NO_EDITS,
) -> Outcome:
    """Bring the themes up to `run`: refit when it is due, search for new themes otherwise, then assign every document.

    `before` holds the theme that each document had the night before, None where it had none or is new. What is
    `curated`, and the settings' known problems, hold against whatever is found.
    """
    problems = definitions(settings.known, encode)
    origins = {problem.origin for problem in problems}
    if known is None:
        width = problems[0].vectors[:0] if problems else corpus.vectors[:0]
        known = State([], learn_space([], width, seed=settings.seed), 1.0, run, run)
    state, unseen = announce(lifted(known), problems, curated.unpinned, run)
    state = flagged(state, curated, origins)
    turns: list[Turn] = []
    if _refit_is_due(known, corpus, run, settings) or (unseen and len(corpus.ids) >= settings.min_documents):
        own = own_themes(known, before, corpus, curated)
        claims = claimed(state, own, unseen, problems, corpus, settings)
        fitted, merged = refit(state, claims, corpus, run, settings, encode)
        fitted, absorptions = absorbed(state, fitted, own, claims)
        turns += [*merged, *absorptions]
        placed = fitted.space.place(corpus.texts, corpus.vectors)
        state = hold(state, fitted, claims, placed, settings)
    else:
        placed = state.space.place(corpus.texts, corpus.vectors)
        if is_centred(state.space):
            state = replace(state, themes=discover(state, corpus, placed, run, settings, encode))
    state = with_definitions(state, problems)
    splitter = Splitter(corpus, placed, run, settings, encode)
    state, told, left_out = Curation(curated, known.themes, origins).carry_out(state, splitter)
    state = with_definitions(state, problems)  # a split makes prototypes of documents alone
    assignment, theme_ids = with_moves(*assign_all(state, placed), state, corpus.ids, curated.moved)
    themes = _with_exemplars(state.themes, theme_ids, assignment, corpus)
    return Outcome(replace(state, themes=themes), theme_ids, assignment, [*turns, *told], tuple(left_out))


def assign_all(state: State, placed: np.ndarray) -> tuple[Assignment, list[str | None]]:
    """The assignment of documents placed in the state's space, and the id of the theme of each."""
    themes, heirs = attracting(state.themes), state.heirs()
    assignment = assign(placed, prototypes(themes, placed.shape[1]))
    names = [heirs.get(theme.theme_id, theme.theme_id) for theme in themes]
    return assignment, [names[row] if row >= 0 else None for row in assignment.theme]


def _refit_is_due(known: State, corpus: Corpus, run: date, settings: ThemesSettings) -> bool:
    """Never fitted, fitted long ago, or fitted on less than half of the documents that there are now."""
    if not known.themes or not is_centred(known.space):
        return len(corpus.ids) >= settings.min_documents
    if (run - known.fitted).days >= settings.refit_days:
        return True
    seen = int((corpus.days <= np.datetime64(known.fitted)).sum())
    return len(corpus.ids) >= GROWTH * max(seen, 1)


def _with_exemplars(
    themes: Sequence[Theme], theme_ids: Sequence[str | None], assignment: Assignment, corpus: Corpus
) -> list[Theme]:
    """Each living theme with the ids of its typical documents; one without any keeps those that it had."""
    rows = {theme.theme_id: row for row, theme in enumerate(themes)}
    owner = np.array([rows[theme_id] if theme_id else -1 for theme_id in theme_ids], np.int64)
    owner[assignment.method != "assigned"] = -1
    members = _grouped(owner, len(themes))
    found = []
    for theme, own in zip(themes, members, strict=True):
        chosen = typical(corpus.vectors, theme.centroid, own.tolist(), EXEMPLARS) if theme.is_alive else []
        found.append(replace(theme, exemplars=[corpus.ids[each] for each in chosen]) if chosen else theme)
    return found


def _grouped(owner: Labels, count: int) -> list[Labels]:
    """The rows of each of `count` owners, in order; -1 is nobody's."""
    order = np.argsort(owner, kind="stable")
    return np.split(order, np.searchsorted(owner[order], np.arange(count + 1)))[1:-1]
