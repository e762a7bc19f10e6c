"""The two files of edits: `themes-draft.toml`, where they collect, and `themes.toml`, which is only ever added to.

Both are meant for version control and for people's eyes: what a person writes between the edits stays.
"""

import os
import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cxtext.curation.edits import Action, Edit, make_edit
from cxtext.curation.resolve import ConflictError, Curated, resolve, undone_by
from cxtext.errors import CxtextError

APPLIED, DRAFT, LOCK = "themes.toml", "themes-draft.toml", ".themes.lock"
APPLIED_HEAD = "# Edits of the themes that every night carries out, oldest first. `cxtext themes apply` adds to them.\n"
DRAFT_HEAD = "# Edits of the themes that wait for `cxtext themes apply`, oldest first.\n"
LOCK_SECONDS = 10  # a command holds the files for milliseconds

_BLOCK = re.compile(r"\s*\[\[\s*edit\s*\]\]")
_TAKEN_BACK = re.compile(r"^# (E\d{4,}) was taken back$", re.M)


@dataclass(frozen=True)
class Entry:
    """An edit and where it stands: a draft, applied, or applied and then undone by an applied undo."""

    edit: Edit
    state: Literal["draft", "applied", "undone"]


@dataclass(frozen=True)
class Undone:
    """What `undo` did to `edit`: removed it from the draft (`by` is None), or drafted the undo `by`."""

    edit: Edit
    by: Edit | None


@dataclass(frozen=True)
class _Page:
    """One of the files as read; a file that is missing has no text."""

    path: Path
    text: str
    edits: tuple[Edit, ...]

    def without(self, gone: Collection[str], *, say: bool = False) -> str:
        """The text without the blocks of these edits; comments stay. With `say`, a comment tells what was here."""
        block = -1
        kept = []
        for line in self.text.split("\n"):
            is_head = _BLOCK.match(line) is not None
            block += is_head
            leaves = block >= 0 and self.edits[block].id in gone
            if leaves and is_head and say:
                kept.append(f"# {self.edits[block].id} was taken back")
            elif not leaves or not line.strip() or line.lstrip().startswith("#"):
                kept.append(line)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


@dataclass(frozen=True)
class CurationFiles:
    """The edits of the settings file that lies in `folder`. Every write replaces a file whole.

    All methods raise CxtextError, in one line, where a file is not what it should be.
    """

    folder: Path

    @property
    def applied_path(self) -> Path:
        """Where applied edits lie."""
        return self.folder / APPLIED

    @property
    def draft_path(self) -> Path:
        """Where edits wait."""
        return self.folder / DRAFT

    def applied(self) -> list[Edit]:
        """The applied edits, oldest first."""
        return list(_read(self.applied_path).edits)

    def draft(self) -> list[Edit]:
        """The edits that wait, oldest first."""
        return _waiting(*self._pages())

    def curated(self, *, with_draft: bool = False) -> Curated:
        """What the applied edits say, or all of them: none where there is no file."""
        applied, draft = self._pages()
        return _resolved(applied, _waiting(applied, draft) if with_draft else (), draft.path)

    def history(self) -> list[Entry]:
        """Every edit, applied ones first, oldest first."""
        applied, draft = self._pages()
        waiting = _waiting(applied, draft)
        _resolved(applied, waiting, draft.path)
        undone = undone_by(applied.edits)
        told = [Entry(edit, "undone" if edit.id in undone else "applied") for edit in applied.edits]
        return told + [Entry(edit, "draft") for edit in waiting]

    def add(self, action: Action, at: datetime, **fields: Any) -> Edit:
        """Draft an edit made at `at`. Raises CxtextError where it contradicts the edits before it."""
        with self._locked():
            return self._add(action, at, fields)

    def apply(self) -> list[Edit]:
        """Move the draft to the applied edits; returns what was moved.

        The draft is emptied last: after a crash between the two its edits stand in both files, and count as applied.
        """
        with self._locked():
            applied, draft = self._pages()
            waiting = _waiting(applied, draft)
            _resolved(applied, waiting, draft.path)
            if not waiting:
                return []
            body = draft.text.replace(DRAFT_HEAD, "", 1).strip("\n")
            text = f"{(applied.text or APPLIED_HEAD).rstrip(chr(10))}\n\n{body}\n"
            self._write(applied.path, text, [*applied.edits, *waiting])
            self._write(draft.path, DRAFT_HEAD, [])
            return waiting

    def undo(self, at: datetime, edit_id: str | None = None) -> Undone:
        """Undo an edit, or the newest one: a draft is taken out, for an applied one an undo is drafted.

        The newest is the last draft, and without drafts the last applied edit that is neither undone nor an undo.
        """
        with self._locked():
            applied, draft = self._pages()
            waiting = _waiting(applied, draft)
            found = _to_undo(applied.edits, waiting, edit_id)
            if found not in waiting:
                return Undone(found, self._add("undo", at, {"edit": found.id}))
            left = [edit for edit in waiting if edit != found]
            try:
                resolve([*applied.edits, *left])
            except ConflictError as conflict:
                raise CxtextError(
                    f"{found.id} cannot be taken back before {conflict.edit_id}, which would no longer hold: "
                    f"{conflict.why}"
                ) from None
            self._write(draft.path, draft.without({found.id}, say=True), left)
            return Undone(found, None)

    def _add(self, action: Action, at: datetime, fields: dict[str, Any]) -> Edit:
        applied, draft = self._pages()
        waiting = _waiting(applied, draft)
        _resolved(applied, waiting, draft.path)
        made = {"id": _next_id(applied, draft), "action": action, "at": at.replace(microsecond=0)} | fields
        edit = make_edit({name: value for name, value in made.items() if value is not None})
        try:
            resolve([*applied.edits, *waiting, edit])
        except ConflictError as conflict:
            raise CxtextError(conflict.why) from None
        text = (draft.text or DRAFT_HEAD).rstrip("\n")
        self._write(draft.path, f"{text}\n\n{edit.block()}", [*waiting, edit])
        return edit

    def _pages(self) -> tuple[_Page, _Page]:
        return _read(self.applied_path), _read(self.draft_path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the files against a second command, and clear what a crash left in the draft."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / LOCK, timeout=LOCK_SECONDS):
                self._clean()
                yield
        except Timeout:
            raise CxtextError(f"{self.folder / LOCK}: another command holds the edits; try again") from None
        except OSError as error:
            raise CxtextError(f"{self.folder}: edits cannot be written: {error.strerror}") from None

    def _clean(self) -> None:
        applied, draft = self._pages()
        waiting = _waiting(applied, draft)
        if len(waiting) == len(draft.edits):
            return
        moved = draft.text.replace(DRAFT_HEAD, "", 1).strip("\n")
        if not waiting and applied.text.rstrip("\n").endswith(moved):
            text = DRAFT_HEAD  # comments and all
        else:
            text = draft.without({edit.id for edit in applied.edits})
        self._write(draft.path, text, waiting)

    def _write(self, path: Path, text: str, expected: Sequence[Edit]) -> None:
        """Replace a file, after making sure that the new text says what it should."""
        if _parsed(text, path) != tuple(expected):
            raise CxtextError(f"{path}: is written in a way that cannot be edited safely; write each edit as [[edit]]")
        temporary = path.with_name(f".{path.name}.new")  # the lock keeps others from it
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _read(path: Path) -> _Page:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise CxtextError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise CxtextError(f"{path}: cannot be read: {error.strerror}; correct its permissions") from None
    return _Page(path, text, _parsed(text, path))


def _parsed(text: str, path: Path) -> tuple[Edit, ...]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CxtextError(f"{path}: not valid TOML: {error}; correct it by hand") from None
    blocks = content.pop("edit", [])
    if content:
        raise CxtextError(f"{path}: {next(iter(content))}: unknown; there are only [[edit]] blocks in this file")
    if not isinstance(blocks, list) or len(blocks) != sum(map(bool, map(_BLOCK.match, text.split("\n")))):
        raise CxtextError(f"{path}: edit: write each edit as a block that begins with a line [[edit]]")
    return tuple(make_edit(block, where=f"{path}: {_place(row, block)}") for row, block in enumerate(blocks, start=1))


def _place(row: int, block: dict[str, Any]) -> str:
    return f"edit {row} ({block['id']}): " if isinstance(block.get("id"), str) else f"edit {row}: "


def _waiting(applied: _Page, draft: _Page) -> list[Edit]:
    """The draft's edits that are not among the applied ones."""
    known = {edit.id: edit for edit in applied.edits}
    for edit in draft.edits:
        if edit.id in known and edit != known[edit.id]:
            raise CxtextError(
                f"{draft.path}: {edit.id}: this id stands in {applied.path.name} too, for another edit; "
                f"give this one the id {_next_id(applied, draft)}"
            )
    return [edit for edit in draft.edits if edit.id not in known]


def _next_id(*pages: _Page) -> str:
    """The id after every id that was ever given, to edits that were taken back too."""
    given = [edit.id for page in pages for edit in page.edits]
    given += [edit_id for page in pages for edit_id in _TAKEN_BACK.findall(page.text)]
    return f"E{max((int(edit_id[1:]) for edit_id in given), default=0) + 1:04d}"


def _resolved(applied: _Page, waiting: Sequence[Edit], draft: Path) -> Curated:
    path = applied.path
    try:
        curated = resolve(applied.edits)
        path = draft
        return resolve([*applied.edits, *waiting]) if waiting else curated
    except ConflictError as conflict:
        raise CxtextError(f"{path}: {conflict}") from None


def _to_undo(applied: Sequence[Edit], waiting: Sequence[Edit], edit_id: str | None) -> Edit:
    if edit_id is not None:
        found = {edit.id: edit for edit in (*applied, *waiting)}.get(edit_id)
        if found is None:
            raise CxtextError(f"there is no edit {edit_id!r}; `cxtext themes history` lists them")
        return found
    if waiting:
        return waiting[-1]
    undone = undone_by(applied)
    standing = [edit for edit in applied if edit.action != "undo" and edit.id not in undone]
    if not standing:
        raise CxtextError("there is no edit to undo")
    return standing[-1]
