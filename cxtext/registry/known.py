"""Problems that the settings know by name: pinned themes from the first night on, whatever a fit finds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from cxtext.registry.pieces import unmatched_ids
from cxtext.registry.state import Corpus, Encode, State, Theme, Turn, Vectors, next_number
from cxtext.settings import KnownProblem, ThemesSettings
from cxtext.themes.space import Space, learn_space, unit

ORIGIN = "known:"
# (threshold, floor) of single texts that define a problem: lower than those of means of a dozen documents. On the
# demo feed, five problems of four texts each find half of their documents at .3, three in four of them right.
CENTRED = (0.35, 0.3)
UNCENTRED = (0.5, 0.45)  # the same before a first fit, when all texts of a corpus still have something in common
CLAIM = 0.3  # cosine at which a document is taken for one of a problem that no fit has found
SAME_TEXT = 0.999


@dataclass(frozen=True)
class Definition:
    """What a known problem is, in `texts` with their encoder's `vectors` (n, e)."""

    name: str
    texts: tuple[str, ...]
    vectors: Vectors

    @property
    def origin(self) -> str:
        """How its theme tells that it is this problem's."""
        return ORIGIN + self.name


def definitions(problems: Sequence[KnownProblem], encode: Encode) -> list[Definition]:
    """Each example as a text of its own, and the name together with the description as one more."""
    found = []
    for problem in problems:
        about = f"{problem.name}. {problem.description}" if problem.description else problem.name
        # alone, a name of a word or two is near to everything that shares a word with it
        texts = tuple(dict.fromkeys([*problem.examples, *([about] if problem.description else [])]))
        found.append(Definition(problem.name, texts, unit(encode(texts))))
    return found


def announce(
    known: State, problems: Sequence[Definition], unpinned: Collection[str], run: date
) -> tuple[State, frozenset[str]]:
    """The state with a theme for each problem, and the ids of those that no fit could know so far.

    A problem that had left the settings and is back goes on under its old id. What is `unpinned` may stay merged.
    """
    by_origin = {theme.origin: theme for theme in known.themes if theme.origin}
    themes, unseen = list(known.themes), set[str]()
    number, size = next_number(themes), known.space.mean.size + known.space.loadings.shape[1]
    for problem in problems:
        theme = by_origin.get(problem.origin)
        if theme is None:
            theme = _new_theme(problem, f"T{number:04d}", size, run)
            themes.append(theme)
            unseen.add(theme.theme_id)
            number += 1
        elif not is_centred(known.space):
            unseen.add(theme.theme_id)
        if not theme.is_alive and theme.theme_id not in unpinned:
            row = [each.theme_id for each in themes].index(theme.theme_id)
            themes[row] = replace(theme, merged_into=None)
    return replace(known, themes=themes), frozenset(unseen)


def _new_theme(problem: Definition, theme_id: str, size: int, run: date) -> Theme:
    return Theme(
        theme_id=theme_id,
        label=problem.name,
        keywords=[],
        centroid=unit(problem.vectors.mean(axis=0, keepdims=True))[0],
        prototypes=np.zeros((0, size), np.float32),
        threshold=CENTRED[0],
        floor=CENTRED[1],
        exemplars=[],
        born=run,
        fitted=run,
        origin=problem.origin,
    )


def claimed(
    known: State,
    before: Sequence[str | None],
    unseen: frozenset[str],
    problems: Sequence[Definition],
    corpus: Corpus,
    settings: ThemesSettings,
) -> list[str | None]:
    """`before`, with the documents that speak of a problem that no fit has found so far, under its theme.

    A fit knows a theme by its documents: without any, a topic that is the problem would become a theme beside it.
    Problems that are `unseen` take them from other themes, too.
    """
    own = {theme.origin: theme.theme_id for theme in known.themes if not theme.keywords}
    lost = [problem for problem in problems if problem.origin in own]
    if not lost or not corpus.ids:
        return list(before)
    space = known.space if is_centred(known.space) else learn_space(corpus.texts, corpus.vectors, seed=settings.seed)
    placed = space.place(corpus.texts, corpus.vectors)
    near = np.stack([(placed @ space.place(each.texts, each.vectors).T).max(axis=1) for each in lost], axis=1)
    ids = [own[each.origin] for each in lost]
    found = []
    for best, cosine, theme_id in zip(near.argmax(axis=1), near.max(axis=1), before, strict=True):
        claim, is_free = ids[int(best)], theme_id is None or theme_id in ids
        is_claimed = cosine >= CLAIM and (is_free or claim in unseen)
        found.append(claim if is_claimed else None if theme_id in ids else theme_id)
    return found


def absorbed(
    known: State, fitted: State, before: Sequence[str | None], claims: Sequence[str | None]
) -> tuple[State, list[Turn]]:
    """The refitted state, with themes that lost most of their documents to the `claimed` ones of a problem merged."""
    problems = {theme.theme_id: theme for theme in fitted.themes if (theme.origin or "").startswith(ORIGIN)}
    gone: dict[str, list[str | None]] = {}
    for old, claim in zip(before, claims, strict=True):
        if old is not None:
            gone.setdefault(old, []).append(claim)
    themes, turns = [], []
    unmatched = unmatched_ids(known, fitted)
    for theme in fitted.themes:
        now = gone.get(theme.theme_id, [])
        heir = max(problems, key=now.count, default="")
        is_lost = theme.is_alive and not theme.is_curated and theme.theme_id in unmatched
        if is_lost and 2 * now.count(heir) > len(now):
            turns.append(Turn(theme.theme_id, "merged", f"into {heir} {problems[heir].label}"))
            themes.append(replace(theme, merged_into=heir))
        else:
            themes.append(theme)
    return replace(fitted, themes=themes), turns


def with_definitions(state: State, problems: Sequence[Definition]) -> State:
    """Every problem's theme with its own texts among its prototypes: no fit makes it forget what it is."""
    by_origin = {problem.origin: problem for problem in problems}
    themes = [
        _with_definition(theme, by_origin[theme.origin], state.space) if theme.origin in by_origin else theme
        for theme in state.themes
    ]
    return replace(state, themes=themes)


def _with_definition(theme: Theme, problem: Definition, space: Space) -> Theme:
    own = space.place(problem.texts, problem.vectors)
    found = theme.prototypes if len(theme.prototypes) else own[:0]
    missing = own[(own @ found.T).max(axis=1, initial=-1.0) < SAME_TEXT]
    threshold, floor = CENTRED if is_centred(space) else UNCENTRED
    if theme.keywords:  # a fit has found it, and what it takes to belong to it
        threshold, floor = theme.threshold, theme.floor
    return replace(theme, prototypes=np.vstack([found, missing]), threshold=threshold, floor=floor)


def is_centred(space: Space) -> bool:
    """Whether the space was learned from documents."""
    return bool(space.mean.any())
