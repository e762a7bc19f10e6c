"""One edit of the themes: its fields, what each action needs, and how it is written in TOML."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cxtext.errors import CxtextError

Action = Literal["rename", "merge", "split", "move", "pin", "unpin", "mute", "unmute", "undo"]
ACTIONS: tuple[Action, ...] = get_args(Action)

LABEL_LENGTH = 80  # what a row of the report holds without being cut
NOTE_LENGTH = 500

# action -> the fields that it must have; a split needs one of two forms and is checked by itself
NEEDS: dict[str, frozenset[str]] = {
    "rename": frozenset({"theme", "label"}),
    "merge": frozenset({"theme", "into"}),
    "split": frozenset({"theme"}),
    "move": frozenset({"theme", "document"}),
    "undo": frozenset({"edit"}),
} | {action: frozenset({"theme"}) for action in ("pin", "unpin", "mute", "unmute")}
SPLIT_FORMS = (frozenset({"parts"}), frozenset({"label", "documents"}))
# in the order in which they are written
FIELDS = ("theme", "into", "edit", "label", "parts", "document", "documents")


def _listed(value: Any) -> Any:
    """One id or several: a tuple, without repeats."""
    if isinstance(value, str):
        value = [value]
    if not (
        isinstance(value, list | tuple) and value and all(isinstance(each, str) and each.strip() for each in value)
    ):
        raise ValueError("must be the id of a document, or a list of such ids")
    return tuple(dict.fromkeys(value))


def _one_line(value: Any) -> Any:
    """Words with single spaces between; what cannot be seen is refused, for it would make two labels look the same."""
    if not isinstance(value, str):
        return value
    words = " ".join(value.split())
    if not words.isprintable():
        raise ValueError("holds characters that cannot be seen; type it anew")
    return words


ThemeId = Annotated[str, Field(pattern=r"^[A-Z]+\d+$")]
EditId = Annotated[str, Field(pattern=r"^E\d{4,}$")]
DocumentIds = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Label = Annotated[str, Field(min_length=1, max_length=LABEL_LENGTH), BeforeValidator(_one_line)]
Note = Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH), BeforeValidator(_one_line)]


class Edit(BaseModel):
    """One correction. Which of the optional fields it has is told by its action; `at` has a zone.

    `theme` is the theme that changes, in a move the one that the documents go to; `edit` is what an undo undoes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: EditId
    action: Action
    theme: ThemeId | None = None
    into: ThemeId | None = None
    edit: EditId | None = None
    label: Label | None = None
    parts: Annotated[int, Field(ge=2, le=9)] | None = None
    document: DocumentIds = ()
    documents: DocumentIds = ()
    at: AwareDatetime
    note: Note | None = None

    @model_validator(mode="after")
    def _has_what_its_action_needs(self) -> Self:
        given = {name for name in FIELDS if getattr(self, name)}
        needed = NEEDS[self.action]
        if self.action == "split" and "theme" in given:
            if given - needed not in SPLIT_FORMS:
                raise ValueError("a split needs either parts, or label and documents; write one of the two")
            return self
        if needed - given:
            raise ValueError(f"{sorted(needed - given)[0]}: is missing; a {self.action} needs it")
        if given - needed:
            raise ValueError(f"{sorted(given - needed)[0]}: has no meaning in a {self.action}; take it out")
        if self.theme is not None and self.theme == self.into:
            raise ValueError(f"into: {self.into} cannot be merged into itself; name another theme")
        return self

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes that it names."""
        return tuple(each for each in (self.theme, self.into) if each is not None)

    def told(self, names: Mapping[str, str] | None = None) -> str:
        """The edit in words; `names` (theme_id -> label) adds what the themes are called."""
        theme, into = (_named(each, names or {}) for each in (self.theme, self.into))
        match self.action:
            case "rename":
                return f"rename {theme} to “{self.label}”"
            case "merge":
                return f"merge {theme} into {into}"
            case "split" if self.parts:
                return f"split {theme} into {self.parts} themes"
            case "split":
                return f"split “{self.label}” off {theme}, by {_count(self.documents)}"
            case "move":
                return f"move {_count(self.document)} to {theme}"
            case "undo":
                return f"undo {self.edit}"
        return f"{self.action} {theme}"

    def block(self) -> str:
        """The edit as a TOML block, which reads back as an equal edit."""
        lines = ["[[edit]]", f"id = {_quoted(self.id)}", f"action = {_quoted(self.action)}"]
        lines += [f"{name} = {_value(getattr(self, name))}" for name in FIELDS if getattr(self, name)]
        lines.append(f"at = {_value(self.at)}")
        if self.note:
            lines.append(f"note = {_quoted(self.note)}")
        return "\n".join(lines) + "\n"


def make_edit(fields: Mapping[str, Any], *, where: str = "") -> Edit:
    """An edit from its fields. Raises CxtextError, `where` in front, that names the first field at fault."""
    try:
        return Edit(**fields)
    except ValidationError as error:
        raise CxtextError(where + _first_fault(error)) from None


# pydantic's kinds of fault -> our words, where its own do not say what to do
MESSAGES = {
    "extra_forbidden": "unknown field; check its spelling",
    "missing": "is missing; add it",
    "timezone_aware": "has no time zone; put Z or +00:00 behind it",
    "string_pattern_mismatch": "is no id; write it like T0007 (a theme) or E0003 (an edit)",
    "string_too_short": "is empty; write something",
}


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    message = MESSAGES.get(first["type"], first["msg"].removeprefix("Value error, "))
    if first["type"] == "string_too_long":
        message = f"is longer than {first['ctx']['max_length']} characters; shorten it"
    place = ".".join(str(part) for part in first["loc"])
    return " ".join((f"{place}: {message}" if place else message).split())


def _named(theme_id: str | None, names: Mapping[str, str]) -> str:
    return f"{theme_id} “{names[theme_id]}”" if theme_id is not None and theme_id in names else str(theme_id)


def _count(documents: tuple[str, ...]) -> str:
    return documents[0] if len(documents) == 1 else f"{len(documents)} documents"


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(_quoted(each) for each in value)}]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes, and that of DEL, which JSON does without."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
