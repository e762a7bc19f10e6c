"""The themes of the latest snapshot, as the commands of `cxtext themes` look them up."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from cxtext.curation import Curated, Edit
from cxtext.errors import CxtextError
from cxtext.settings import Settings

THEME_ID = re.compile(r"[A-Z]+\d+", re.I)


@dataclass(frozen=True)
class PublishedThemes:
    """The snapshot of a run in `folder`, seen with what the edits say that were made since."""

    folder: Path
    run: str
    curated: Curated

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """theme_id -> its row; `is_pinned` and `is_muted` are None where the snapshot does not tell."""
        found = {}
        for row in self._read("themes").to_pylist():
            found[row["theme_id"]] = {"is_pinned": None, "is_muted": None} | row
        return found

    @cached_property
    def names(self) -> dict[str, str]:
        """theme_id -> its label, a person's before the published one."""
        return {theme_id: str(row["label"]) for theme_id, row in self.rows.items()} | self.curated.labels

    def heir(self, theme_id: str) -> str | None:
        """The theme that carries on for this one; None while it is itself alive."""
        return self.curated.merged.get(theme_id) or self.rows.get(theme_id, {}).get("merged_into")

    def find(self, words: str) -> str:
        """The id of the theme that is meant by an id or by a label, in whatever case.

        Raises CxtextError, with the nearest ones, where none or several are.
        """
        if words.upper() in self.rows:
            return words.upper()
        called = " ".join(words.split()).casefold()
        found = sorted(
            theme_id
            for theme_id, row in self.rows.items()
            if called in (row["label"].casefold(), self.names[theme_id].casefold())
        )
        alive = [theme_id for theme_id in found if self.heir(theme_id) is None] or found
        if len(alive) == 1:
            return alive[0]
        if alive:
            raise CxtextError(f"{words!r} is the label of {', '.join(alive)}; name one by its id")
        raise CxtextError(f"no theme {words!r} in the run of {self.run}; {self._nearest(words)}")

    def find_alive(self, words: str) -> str:
        """The same, of a theme that was not merged away."""
        theme_id = self.find(words)
        heir = self.heir(theme_id)
        if heir is not None:
            raise CxtextError(f"{theme_id} is merged into {heir} “{self.names.get(heir, heir)}”; name that one instead")
        return theme_id

    def _nearest(self, words: str) -> str:
        known = {theme_id: theme_id for theme_id in self.rows}
        known |= {name.casefold(): theme_id for theme_id, name in self.names.items() if theme_id in self.rows}
        wanted = words.upper() if THEME_ID.fullmatch(words) else words.casefold()
        near = list(dict.fromkeys(known[each] for each in get_close_matches(wanted, known, n=3)))
        if not near:
            return "`cxtext themes list` shows them"
        return f"did you mean {' or '.join(f'{theme_id} “{self.names[theme_id]}”' for theme_id in near)}?"

    def refuse_taken(self, label: str, theme_id: str | None = None) -> None:
        """Raises CxtextError where a living theme, this one included, is called so already."""
        called = " ".join(label.split())
        for other, name in self.names.items():
            is_same = name == called if other == theme_id else name.casefold() == called.casefold()
            if is_same and other in self.rows and self.heir(other) is None:
                advice = "choose another label" + ("" if other == theme_id else f", or merge the theme into {other}")
                raise CxtextError(f"{other} is already called “{name}”; {advice}")

    def check_documents(self, ids: Sequence[str], *, theme_id: str | None = None) -> None:
        """Raises CxtextError unless all are analysed documents, and of the theme, where one is given."""
        skipped = {row["document_id"]: row["skipped"] for row in self.documents(ids)}
        for document_id in ids:
            if document_id not in skipped:
                raise CxtextError(f"no document {document_id!r} in the run of {self.run}; {self._like(document_id)}")
            if skipped[document_id] is not None:
                raise CxtextError(f"{document_id} was left out of analysis: {skipped[document_id]}")
        if theme_id is None:
            return
        for row in self._read("document_themes", ["document_id", "theme_id"], ids).to_pylist():
            if (self.heir(row["theme_id"]) or row["theme_id"]) != theme_id:
                place = row["theme_id"] or "no theme"
                raise CxtextError(
                    f"{row['document_id']} is in {place}, not in {theme_id}; name documents of {theme_id}"
                )

    def documents(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """document_id, text and skipped of those of the documents that there are, in the order of `ids`."""
        if not ids:  # an empty list has no type that the filter could compare with
            return []
        rows = self._read("documents", ["document_id", "text", "skipped"], ids).to_pylist()
        return sorted(rows, key=lambda row: ids.index(row["document_id"]))

    def _like(self, document_id: str) -> str:
        """A source's name is easily forgotten: `90210` for `tickets:90210`."""
        known: list[str] = self._read("documents", ["document_id"])["document_id"].to_pylist()
        near = [each for each in known if each.partition(":")[2].casefold() == document_id.casefold()]
        near += [each for each in known if each.casefold() == document_id.casefold()]
        return f"did you mean {' or '.join(near[:3])}?" if near else "`cxtext show documents` lists them"

    def events(self, theme_id: str) -> list[dict[str, Any]]:
        """The theme's turns, oldest first."""
        rows: list[dict[str, Any]] = self._read("theme_events").to_pylist()
        return [row for row in rows if row["theme_id"] == theme_id]

    def _read(self, table: str, columns: Sequence[str] | None = None, ids: Collection[str] | None = None) -> Any:
        import pyarrow.parquet as pq

        wanted = None if ids is None else [("document_id", "in", list(ids))]
        return pq.read_table(self.folder / f"{table}.parquet", columns=columns, filters=wanted, partitioning=None)


def open_published(settings: Settings, data_root: Path | None, curated: Curated) -> PublishedThemes:
    """The latest snapshot. Raises CxtextError where nothing is published yet."""
    from cxtext.publish import latest
    from cxtext.store import DataRoot

    root = DataRoot(data_root.resolve() if data_root else settings.root, create=False)
    pointed = latest(root)
    if pointed is None:
        raise CxtextError(f"{root.published}: nothing published yet; start with `cxtext run`")
    folder = root.published / pointed["path"]
    if not (folder / "themes.parquet").exists():
        raise CxtextError(f"{folder}: no themes there; run that night again")
    return PublishedThemes(folder, pointed["run"], curated)


def refuse_personal(field: str, text: str | None, settings: Settings) -> None:
    """Raises CxtextError where a text that will be published holds personal details that rules can find.

    Names of people are not found: the language model takes seconds to load.
    """
    kinds = sorted(set(_personal_kinds(text or "", settings)))
    if kinds:
        raise CxtextError(f"{field}: holds personal data ({', '.join(kinds)}) and would be published; write it without")


def _personal_kinds(text: str, settings: Settings) -> Iterator[str]:
    from cxtext.redact.addresses import find_addresses
    from cxtext.redact.numbers import find_numbers
    from cxtext.redact.online import find_online

    def is_word(_: str) -> bool:
        return True

    for name, pattern in settings.redaction.patterns.items():
        try:
            if re.search(pattern, text):
                yield name.upper()
        except re.error as error:
            raise CxtextError(f"redaction.patterns.{name}: not a regular expression: {error}") from None
    for span in (*find_numbers(text), *find_online(text, is_word), *find_addresses(text, is_word)):
        yield span.kind


def touching(edits: Sequence[Edit], theme_id: str) -> set[str]:
    """The ids of the edits that name the theme, and of what undoes these."""
    found = {edit.id for edit in edits if theme_id in edit.themes}
    return found | {edit.id for edit in edits if edit.edit in found}
