"""`cxtext themes`: look at themes, and correct them by edits that are drafted first and then applied."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cxtext.cli.options import Function, config_option, data_root_option, json_option, print_json
from cxtext.errors import CxtextError

if TYPE_CHECKING:
    from cxtext.cli.published_themes import PublishedThemes
    from cxtext.curation import Action, Curated, CurationFiles, Edit
    from cxtext.settings import Settings

NEXT_NIGHT = "`cxtext themes apply` makes {} take effect on the next night"
LABEL_WIDTH = 48


class _InOrder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrder)
def themes() -> None:
    """Look at themes and correct them.

    THEME is an id (T0007) or a label. Corrections collect in themes-draft.toml beside the settings file; `apply` moves
    them to themes.toml, which every night carries out, so no refit loses them.
    """


@dataclass(frozen=True)
class _Desk:
    """What a command has before it: the settings, the edits in their files, and the themes as last published."""

    settings: "Settings"
    files: "CurationFiles"
    applied: "Curated"
    published: "PublishedThemes"

    def draft(self, action: "Action", note: str | None, **fields: Any) -> None:
        """Draft an edit and say so."""
        from cxtext.cli.published_themes import refuse_personal

        for name, text in (("label", fields.get("label")), ("note", note)):
            refuse_personal(name, text, self.settings)
        edit = self.files.add(action, datetime.now(UTC), note=note, **fields)
        click.echo(f"{edit.id} drafted: {edit.told(self.published.names)}; {NEXT_NIGHT.format('it')}")


def _desk(config: Path, data_root: Path | None) -> _Desk:
    from cxtext.cli.published_themes import open_published

    settings, files = _files(config)
    published = open_published(settings, data_root, files.curated(with_draft=True))
    return _Desk(settings, files, files.curated(), published)


def _files(config: Path) -> "tuple[Settings, CurationFiles]":
    from cxtext.curation import CurationFiles
    from cxtext.settings import load_settings

    settings = load_settings(config)
    return settings, CurationFiles(settings.base)


# --- commands that answer


@themes.command("list")
@click.option("--status", help="Only themes of this status, such as emerging.")
@click.option("--muted", is_flag=True, help="Only muted themes.")
@click.option("--all", "everything", is_flag=True, help="Also muted themes, and those merged into others.")
@config_option
@data_root_option
@json_option
def list_themes(
    status: str | None, muted: bool, everything: bool, config: Path, data_root: Path | None, as_json: bool
) -> None:
    """List the themes, the busiest first.

    Busiest is what has the most documents of the run's last seven days.
    """
    desk = _desk(config, data_root)
    rows = [_row(desk, theme_id) for theme_id in desk.published.rows]
    statuses = sorted({row["status"] for row in rows})
    if status is not None and status not in statuses:
        raise CxtextError(f"no theme is {status!r} in the run of {desk.published.run}; there are {', '.join(statuses)}")
    shown = [
        row
        for row in rows
        if status in (None, row["status"])
        and (row["is_muted"] if muted else everything or not (row["is_muted"] or row["merged_into"]))
    ]
    shown.sort(key=lambda row: (-row["documents_last_7_days"], -row["documents"], row["theme_id"]))
    waiting = desk.files.draft()
    if as_json:
        print_json({"run": desk.published.run, "themes": shown, "draft": [edit.id for edit in waiting]})
        return
    if shown:
        width = min(max(len(row["label"]) for row in shown), LABEL_WIDTH)
        click.echo(f"{'theme':<7} {'label':<{width}} {'status':<10} {'documents':>9} {'7 days':>7}")
        for row in shown:
            click.echo(
                f"{row['theme_id']:<7} {_cut(row['label'], width):<{width}} {row['status']:<10} "
                f"{row['documents']:>9,} {row['documents_last_7_days']:>7,}  {_marks(row)}".rstrip()
            )
    else:
        click.echo("no such themes")
    if waiting:
        click.echo(f"waiting: {', '.join(edit.id for edit in waiting)}; {NEXT_NIGHT.format('them')}")


@themes.command("show")
@click.argument("theme")
@config_option
@data_root_option
@json_option
def show_theme(theme: str, config: Path, data_root: Path | None, as_json: bool) -> None:
    """Tell what is known of a THEME.

    Figures, typical documents, turns, and the edits that touch it.
    """
    from cxtext.cli.published_themes import touching

    desk = _desk(config, data_root)
    theme_id = desk.published.find(theme)
    row = desk.published.rows[theme_id]
    typical = [(each["document_id"], each["text"]) for each in desk.published.documents(row["exemplars"] or [])]
    history = desk.files.history()
    touched = touching([entry.edit for entry in history], theme_id)
    edits = [_told(entry.edit, entry.state) for entry in history if entry.edit.id in touched]
    events = [
        {"day": str(each["day"]), "event": each["event"], "note": each["note"]}
        for each in desk.published.events(theme_id)
    ]
    if as_json:
        typical_rows = [{"document_id": document_id, "text": text} for document_id, text in typical]
        about = row | _row(desk, theme_id)
        print_json({"run": desk.published.run} | about | {"typical": typical_rows, "events": events, "edits": edits})
        return
    marks = _marks(_row(desk, theme_id))
    parent = row.get("parent_id")
    lines = [
        ("status", row["status"] + (f" ({marks})" if marks else "")),
        ("keywords", ", ".join(row["keywords"])),
        ("documents", f"{row['documents']:,}, {row['documents_last_7_days']:,} in the last seven days"),
        ("seen", f"{row['first_seen']:%Y-%m-%d} to {row['last_seen']:%Y-%m-%d}"),
        *([("parent", f"{parent} {desk.published.names.get(parent, '')}".rstrip())] if parent else []),
        *(("typical", f"{document_id}  “{_cut(' '.join(text.split()), 100)}”") for document_id, text in typical),
        *(("event", f"{each['day']} {each['event']}: {each['note']}") for each in events),
        *(("edit", _line(each)) for each in edits),
    ]
    click.echo(f"{theme_id}  {row['label']}")
    for name, words in lines:
        click.echo(f"{name:<10} {words}")


@themes.command("history")
@click.argument("theme", required=False)
@config_option
@data_root_option
@json_option
def show_history(theme: str | None, config: Path, data_root: Path | None, as_json: bool) -> None:
    """List the edits, of a THEME or all.

    Each with the time at which it was made, and whether it is a draft, applied or undone.
    """
    from cxtext.cli.published_themes import THEME_ID, touching

    _, files = _files(config)
    history = files.history()
    if theme is not None:
        # an id needs no snapshot: the theme may be long gone
        theme_id = theme.upper() if THEME_ID.fullmatch(theme) else _desk(config, data_root).published.find(theme)
        touched = touching([entry.edit for entry in history], theme_id)
        history = [entry for entry in history if entry.edit.id in touched]
    edits = [_told(entry.edit, entry.state) for entry in history]
    if as_json:
        print_json(edits)
        return
    for edit in edits:
        click.echo(_line(edit))
    if not edits:
        click.echo("no edits yet" if theme is None else f"no edits of {theme}")


# --- commands that edit


def _editing(function: Function) -> Function:
    """The options of every command that drafts an edit."""
    note = click.option("--note", help="Why; stands in the file, and is published with the edit.")
    return note(config_option(data_root_option(function)))


@themes.command()
@click.argument("theme")
@click.argument("label")
@_editing
def rename(theme: str, label: str, note: str | None, config: Path, data_root: Path | None) -> None:
    """Give a THEME another LABEL."""
    desk = _desk(config, data_root)
    theme_id = desk.published.find_alive(theme)
    desk.published.refuse_taken(label, theme_id)
    desk.draft("rename", note, theme=theme_id, label=label)


@themes.command()
@click.argument("theme")
@click.argument("into")
@_editing
def merge(theme: str, into: str, note: str | None, config: Path, data_root: Path | None) -> None:
    """Merge a THEME INTO another.

    The other gets its documents, those of the nights to come as well.
    """
    desk = _desk(config, data_root)
    desk.draft("merge", note, theme=desk.published.find_alive(theme), into=desk.published.find_alive(into))


@themes.command()
@click.argument("theme")
@click.option("--parts", type=click.IntRange(2, 9), help="Into how many themes; the machine finds and names them.")
@click.option("--label", help="Name of one new theme, to be found by its documents.")
@click.option("--document", "documents", multiple=True, help="Id of a document of the new theme; may be repeated.")
@_editing
def split(
    theme: str,
    parts: int | None,
    label: str | None,
    documents: tuple[str, ...],
    note: str | None,
    config: Path,
    data_root: Path | None,
) -> None:
    """Split a THEME, or one new off it.

    Either into --parts, or by each --document that belongs to a new theme with this --label.
    """
    if (parts is None) == (label is None) or (label is None) != (not documents):
        raise CxtextError("give either --parts, or --label and the --documents of the new theme")
    desk = _desk(config, data_root)
    theme_id = desk.published.find_alive(theme)
    if label is not None:
        desk.published.refuse_taken(label)
        desk.published.check_documents(documents, theme_id=theme_id)
    desk.draft("split", note, theme=theme_id, parts=parts, label=label, documents=documents or None)


@themes.command()
@click.argument("documents", metavar="DOCUMENT...", nargs=-1, required=True)
@click.argument("theme")
@_editing
def move(documents: tuple[str, ...], theme: str, note: str | None, config: Path, data_root: Path | None) -> None:
    """Move documents to a THEME for good."""
    desk = _desk(config, data_root)
    theme_id = desk.published.find_alive(theme)
    desk.published.check_documents(documents)
    desk.draft("move", note, theme=theme_id, document=documents)


def _flag(action: "Action", words: str, refusal: str, is_refused: "Callable[[_Desk, str], bool]") -> click.Command:
    @click.argument("theme")
    @_editing
    def command(theme: str, note: str | None, config: Path, data_root: Path | None) -> None:
        desk = _desk(config, data_root)
        theme_id = desk.published.find_alive(theme)
        if is_refused(desk, theme_id):
            raise CxtextError(f"{theme_id} {refusal}")
        desk.draft(action, note, theme=theme_id)

    return click.command(action, help=words)(command)


def _is_pinned(desk: _Desk, theme_id: str) -> bool:
    curated = desk.published.curated
    published = bool(desk.published.rows[theme_id]["is_pinned"])
    return theme_id in curated.pinned or (published and theme_id not in curated.unpinned)


def _is_muted(desk: _Desk, theme_id: str) -> bool:
    return theme_id in desk.published.curated.muted


for each in (
    _flag("pin", "Keep a THEME, whatever refits find.", "is already pinned", _is_pinned),
    _flag("unpin", "Let refits change a THEME again.", "is not pinned", lambda *of: not _is_pinned(*of)),
    _flag("mute", "Leave a THEME out of alerts.", "is already muted", _is_muted),
    _flag("unmute", "Let a THEME into alerts again.", "is not muted", lambda *of: not _is_muted(*of)),
):
    themes.add_command(each)


# --- what becomes of edits


@themes.command()
@click.option("--dry-run", is_flag=True, help="Only say what would take effect.")
@config_option
def apply(dry_run: bool, config: Path) -> None:
    """Put the drafts into effect.

    They are carried out on the next night, and on every night after it.
    """
    _, files = _files(config)
    if dry_run:
        files.curated(with_draft=True)
        edits = files.draft()
    else:
        edits = files.apply()
    for edit in edits:
        click.echo(f"{edit.id}  {edit.told()}")
    if not edits:
        click.echo("nothing is drafted")
        return
    count = "1 edit" if len(edits) == 1 else f"{len(edits)} edits"
    verb = "would take" if dry_run else "takes" if len(edits) == 1 else "take"
    click.echo(f"{count} {verb} effect on the next night")


@themes.command()
@click.argument("edit", required=False)
@config_option
def undo(edit: str | None, config: Path) -> None:
    """Undo an EDIT, or the last one.

    A draft is taken out; for an applied edit an undo is drafted. The last is the last drafted one, and without drafts
    the last applied one.
    """
    _, files = _files(config)
    undone = files.undo(datetime.now(UTC), edit.upper() if edit else None)
    if undone.by is None:
        click.echo(f"{undone.edit.id} taken out of the draft: {undone.edit.told()}")
    else:
        click.echo(f"{undone.by.id} drafted: undo {undone.edit.id} ({undone.edit.told()}); {NEXT_NIGHT.format('it')}")


# --- words


def _row(desk: _Desk, theme_id: str) -> dict[str, Any]:
    """A theme as `list` shows it; where the snapshot does not tell of pins and mutes, the edits do."""
    row = desk.published.rows[theme_id]
    names = ("theme_id", "label", "status", "documents", "documents_last_7_days", "is_curated", "merged_into")
    pinned, muted = row["is_pinned"], row["is_muted"]
    return {name: row.get(name) for name in names} | {
        "is_pinned": theme_id in desk.applied.pinned if pinned is None else pinned,
        "is_muted": theme_id in desk.applied.muted if muted is None else muted,
    }


def _marks(row: dict[str, Any]) -> str:
    marks = [name for name in ("curated", "pinned", "muted") if row[f"is_{name}"]]
    if row["merged_into"]:
        marks.append(f"merged into {row['merged_into']}")
    return ", ".join(marks)


def _told(edit: "Edit", state: str) -> dict[str, Any]:
    fields = edit.model_dump(mode="json", exclude_defaults=True)
    return fields | {"state": state, "told": edit.told()}


def _line(edit: dict[str, Any]) -> str:
    at = datetime.fromisoformat(edit["at"]).astimezone(UTC)
    note = f"  ({edit['note']})" if "note" in edit else ""
    return f"{edit['id']}  {at:%Y-%m-%d %H:%M}  {edit['state']:<7}  {edit['told']}{note}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


COMMANDS = (themes,)
