"""What a series of edits says in the end: undone ones left out, merges followed to their end, the last word taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cxtext.curation.edits import Edit
from cxtext.errors import CxtextError


class ConflictError(CxtextError):
    """An edit that contradicts those before it; `edit_id` says which, `why` says what stands against it."""

    def __init__(self, edit_id: str, why: str) -> None:
        super().__init__(f"{edit_id}: {why}")
        self.edit_id = edit_id
        self.why = why


@dataclass(frozen=True)
class Split:
    """A theme to be split, in `parts` (2 to 9), or by one new theme `label` that is seeded with `documents`.

    The edit's id tells a night whether it has carried out this split before.
    """

    edit_id: str
    theme_id: str
    parts: int | None = None
    label: str | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curated:
    """What the edits say.

    `labels`: theme -> the name that a person gave it. `merged`: theme -> the theme that carries on for it, which is
    merged into no other. `moved`: document -> its theme, merges followed. `unpinned`: themes whose last word was unpin,
    for those that the machine pins. `curated`: every theme that was named, merged, merged into, split or pinned.
    Themes that are merged away are neither `pinned`, `unpinned` nor `muted`.
    """

    labels: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    pinned: frozenset[str] = frozenset()
    unpinned: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    moved: dict[str, str] = field(default_factory=dict)
    splits: tuple[Split, ...] = ()
    curated: frozenset[str] = frozenset()

    @property
    def kept(self) -> frozenset[str]:
        """Themes that a refit must carry on, or an edit would lose what it is about."""
        return (self.curated | self.muted | frozenset(self.moved.values())) - self.merged.keys()


def resolve(edits: Sequence[Edit]) -> Curated:
    """What the edits, oldest first, say together.

    Raises ConflictError where one id stands twice, an undo undoes nothing, or a merge closes a circle or takes a theme
    that is merged already.
    """
    standing = [edit for edit in in_force(edits) if edit.theme is not None]
    by_action: dict[str, list[Edit]] = {}
    for edit in standing:
        by_action.setdefault(edit.action, []).append(edit)
    steps = _merges(by_action.get("merge", []))
    merged = {theme: _end(theme, steps) for theme in steps}
    pins = {edit.theme: edit.action == "pin" for edit in standing if edit.action in ("pin", "unpin")}
    mutes = {edit.theme: edit.action == "mute" for edit in standing if edit.action in ("mute", "unmute")}
    pinned, unpinned, muted = (
        frozenset(str(theme) for theme, word in words.items() if word is wanted and theme not in merged)
        for words, wanted in ((pins, True), (pins, False), (mutes, True))
    )
    touched = [*by_action.get("rename", []), *by_action.get("merge", []), *by_action.get("split", [])]
    return Curated(
        labels={str(edit.theme): str(edit.label) for edit in by_action.get("rename", [])},
        merged=merged,
        pinned=pinned,
        unpinned=unpinned,
        muted=muted,
        moved={
            document: merged.get(str(edit.theme), str(edit.theme))
            for edit in by_action.get("move", [])
            for document in edit.document
        },
        splits=tuple(
            Split(edit.id, str(edit.theme), edit.parts, edit.label, edit.documents)
            for edit in by_action.get("split", [])
        ),
        curated=pinned | frozenset(theme for edit in touched for theme in edit.themes) | frozenset(merged.values()),
    )


def in_force(edits: Sequence[Edit]) -> list[Edit]:
    """The edits that are neither undone nor an undo, in order. Raises ConflictError like `resolve`."""
    undone = undone_by(edits)
    return [edit for edit in edits if edit.action != "undo" and edit.id not in undone]


def undone_by(edits: Sequence[Edit]) -> dict[str, str]:
    """Edit -> the undo that undid it. Raises ConflictError where an undo undoes nothing, or an id stands twice."""
    earlier: dict[str, Edit] = {}
    undone: dict[str, str] = {}
    for edit in edits:
        if edit.id in earlier:
            raise ConflictError(edit.id, "this id stands twice; give the later of the two edits the next free one")
        earlier[edit.id] = edit
        if edit.edit is None:
            continue
        if edit.edit not in earlier or edit.edit == edit.id:
            raise ConflictError(edit.id, f"there is no edit {edit.edit} before it; `cxtext themes history` lists them")
        if earlier[edit.edit].action == "undo":
            raise ConflictError(edit.id, f"{edit.edit} is itself an undo; make the edit that it undid anew instead")
        if edit.edit in undone:
            raise ConflictError(edit.id, f"{edit.edit} is already undone, by {undone[edit.edit]}")
        undone[edit.edit] = edit.id
    return undone


def _merges(edits: Sequence[Edit]) -> dict[str, str]:
    """Theme -> the theme it was merged into, one step each."""
    steps: dict[str, str] = {}
    by: dict[str, str] = {}
    for edit in edits:
        theme, into = str(edit.theme), str(edit.into)
        if theme in steps:
            why = f"{theme} is already merged into {steps[theme]}, by {by[theme]}"
            raise ConflictError(edit.id, f"{why}; undo {by[theme]} first")
        if _end(into, steps) == theme:
            why = f"{theme} cannot be merged into {into}, which {by[into]} merged into {steps[into]}"
            raise ConflictError(edit.id, f"{why}; undo {by[into]} first")
        steps[theme], by[theme] = into, edit.id
    return steps


def _end(theme: str, steps: dict[str, str]) -> str:
    while theme in steps:
        theme = steps[theme]
    return theme
