"""What people say about themes, carried out anew every night upon whatever the machine found.

Edits never go into the findings: at the start of a night merges by hand are taken back (`lifted`), so that a refit
follows both themes; when it is done the edits are carried out on its themes (`curate`). What is undone is gone by that.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cxtext.curation import Curated
from cxtext.registry.pieces import Splitter, follow, split_of, undone_pieces
from cxtext.registry.state import Corpus, State, Theme, Turn, attracting, prototypes, unlike
from cxtext.themes.assign import Assignment, assign


def lifted(known: State) -> State:
    """The state without what was merged by hand."""
    themes = [
        replace(theme, merged_into=None, is_merged_by_hand=False) if theme.is_merged_by_hand else theme
        for theme in known.themes
    ]
    return replace(known, themes=themes)


def own_themes(known: State, before: Sequence[str | None], corpus: Corpus, curated: Curated) -> list[str | None]:
    """The theme of each document the night before, a merged one where it was found for its heir by one.

    None for documents that were moved: what a person said of one document says nothing about its theme.
    """
    own = [None if key in curated.moved else each for key, each in zip(corpus.ids, before, strict=True)]
    heirs = known.heirs()
    parts: dict[str, list[Theme]] = {}
    for theme in attracting(known.themes):
        parts.setdefault(heirs.get(theme.theme_id, theme.theme_id), []).append(theme)
    for heir, themes in parts.items():
        rows = [row for row, theme_id in enumerate(own) if theme_id == heir] if len(themes) > 1 else []
        if not rows:
            continue
        placed = known.space.place([corpus.texts[row] for row in rows], corpus.vectors[rows])
        found = assign(placed, prototypes(themes, placed.shape[1])).theme
        for row, theme in zip(rows, found, strict=True):
            own[row] = themes[theme].theme_id if theme >= 0 else heir
    return own


def flagged(state: State, curated: Curated, problems: Collection[str]) -> State:
    """The themes with what edits and settings say of each: curated, pinned, muted. `problems` are origins."""
    heirs = state.heirs()

    def now(theme_ids: Collection[str]) -> set[str]:
        return {*theme_ids, *(heirs.get(theme_id, theme_id) for theme_id in theme_ids)}

    standing = {split.edit_id for split in curated.splits}
    returning = undone_pieces(state.themes, curated.splits)
    kept = now([*curated.kept, *curated.merged, *returning, *returning.values()])
    pinned, muted = now(curated.pinned), now(curated.muted)
    unpinned = now(curated.unpinned) - pinned
    themes = []
    for theme in state.themes:
        by_machine = theme.origin in problems or split_of(theme) in standing
        is_pinned = theme.is_alive and (theme.theme_id in pinned or (by_machine and theme.theme_id not in unpinned))
        themes.append(
            replace(
                theme,
                is_pinned=is_pinned,
                is_muted=theme.is_alive and theme.theme_id in muted,
                is_curated=is_pinned or theme.theme_id in kept,
            )
        )
    return replace(state, themes=themes)


@dataclass(frozen=True)
class Curation:
    """Carries out the edits; `before` are the themes as the night found them, `problems` origins of known problems."""

    curated: Curated
    before: Sequence[Theme]
    problems: Collection[str]

    def carry_out(self, state: State, splitter: Splitter) -> tuple[State, list[Turn], list[str]]:
        """The curated state, what to tell of it, and why edits were left out."""
        left_out = [f"edits of {theme_id} were left out: there is no such theme" for theme_id in self._unknown(state)]
        state = replace(state, themes=self._labelled(state))
        merged = replace(state, themes=self._merged(state))
        split, turns, failed = splitter.carry_out(merged, self.curated.splits)
        final = flagged(split, self.curated, self.problems)
        return final, [*self._told(final.themes), *turns], [*left_out, *failed]

    def _unknown(self, state: State) -> list[str]:
        curated = self.curated
        named = {*curated.labels, *curated.merged, *curated.merged.values(), *curated.pinned, *curated.unpinned}
        named |= {*curated.muted, *curated.moved.values()}
        return sorted(named - {theme.theme_id for theme in state.themes})

    def _labelled(self, state: State) -> list[Theme]:
        """People's names, and where one is undone, the machine's again; a machine's name gives way to a person's."""
        heirs, alive = state.heirs(), {theme.theme_id for theme in state.themes if theme.is_alive}
        labels = {heirs[key]: label for key, label in self.curated.labels.items() if key in heirs}
        labels |= {key: label for key, label in self.curated.labels.items() if key not in heirs}
        themes = [_named(theme, labels.get(theme.theme_id)) for theme in state.themes]
        is_named = [self._is_named(theme, labels) for theme in themes]
        taken = [theme.label for theme, named in zip(themes, is_named, strict=True) if named]
        seen = {label.lower() for label in taken}
        taken += [theme.label for theme in themes if theme.label.lower() not in seen]
        return [
            unlike(theme, taken) if theme.theme_id in alive and not named and theme.label.lower() in seen else theme
            for theme, named in zip(themes, is_named, strict=True)
        ]

    def _is_named(self, theme: Theme, labels: Mapping[str, str]) -> bool:
        """Whether a person chose the label: by an edit, in the settings, or with a split."""
        return theme.theme_id in labels or theme.origin in self.problems or split_of(theme) is not None

    def _merged(self, state: State) -> list[Theme]:
        """Merges by hand, those of the machine followed; the pieces of an undone split go back."""
        heirs, known = state.heirs(), {theme.theme_id for theme in state.themes}
        wanted = undone_pieces(state.themes, self.curated.splits) | self.curated.merged
        steps: dict[str, str] = {}
        for theme_id, into in sorted(wanted.items()):
            old, heir = heirs.get(theme_id, theme_id), heirs.get(into, into)
            if {old, heir} <= known and old not in steps and follow(heir, steps) != old:
                steps[old] = heir
        return [
            replace(theme, merged_into=follow(theme.theme_id, steps), is_merged_by_hand=True)
            if theme.theme_id in steps
            else theme
            for theme in state.themes
        ]

    def _told(self, themes: Sequence[Theme]) -> list[Turn]:
        """What is another way tonight than the night before."""
        earlier = {theme.theme_id: theme for theme in self.before}
        labels = {theme.theme_id: theme.label for theme in themes}
        turns = []
        for theme in themes:
            old = earlier.get(theme.theme_id)
            if old is None:
                continue
            if theme.label != old.label:
                turns.append(Turn(theme.theme_id, "renamed", f"from {old.label} to {theme.label}"))
            if theme.is_merged_by_hand and not old.is_merged_by_hand:
                heir = str(theme.merged_into)
                turns.append(Turn(theme.theme_id, "merged", f"into {heir} {labels[heir]}"))
        return turns


def with_moves(
    assignment: Assignment, theme_ids: Sequence[str | None], state: State, ids: Sequence[str], moved: Mapping[str, str]
) -> tuple[Assignment, list[str | None]]:
    """The assignment with documents where people put them: method `curated`, confidence 1."""
    heirs, known = state.heirs(), {theme.theme_id for theme in state.themes}
    rows = {theme.theme_id: row for row, theme in enumerate(attracting(state.themes))}
    theme, confidence, method = assignment.theme.copy(), assignment.confidence.copy(), assignment.method.copy()
    placed = list(theme_ids)
    for row, document_id in enumerate(ids):
        target = moved.get(document_id)
        if target is None or target not in known:
            continue
        placed[row] = heirs.get(target, target)
        theme[row], confidence[row], method[row] = rows.get(str(placed[row]), -1), 1.0, "curated"
    return Assignment(theme, confidence, method), placed


def _named(theme: Theme, label: str | None) -> Theme:
    if label is not None:
        machine_label = theme.label if theme.machine_label is None else theme.machine_label
        return replace(theme, label=label, machine_label=machine_label)
    if theme.machine_label is not None:
        return replace(theme, label=theme.machine_label, machine_label=None)
    return theme
