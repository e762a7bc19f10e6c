"""The user's own taxonomy: a TOML file that adds causes below the three origins, renames them and drops them."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError

from cxtext.errors import CxtextError
from cxtext.settings import Settings, Strict, first_fault, one_line
from cxtext.taxonomy import CAUSES, ORIGINS, STANDARD, USUAL_OWNER, Cause, Taxonomy, origin_of

LEAST_EXAMPLES = 3  # with fewer, leaving one out leaves nothing that could tell whether the others find it
KEY = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*")

Line = Annotated[str, Field(min_length=1), BeforeValidator(one_line)]
Name = Annotated[str, Field(min_length=2, max_length=60), BeforeValidator(one_line)]


class Added(Strict):
    """A cause of the user's own: where the model found `part_of` (or any cause of its origin), examples decide."""

    key: str
    name: Name
    definition: Line
    examples: list[Line]
    part_of: str | None = None
    owner: Line | None = None


class Renamed(Strict):
    """Another name of a standard cause; its key stays."""

    key: str
    name: Name


class Dropped(Strict):
    """A standard cause that no verdict names; its documents go to `into`, or to the likeliest of its origin."""

    key: str
    into: str | None = None


class CauseFile(Strict):
    """The file as a whole."""

    cause: tuple[Added, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    dropped: tuple[Dropped, ...] = ()


def taxonomy_of(settings: Settings) -> Taxonomy:
    """The taxonomy that the settings name; the standard one where they name none. Raises CxtextError."""
    path = settings.causes.taxonomy
    return STANDARD if path is None else load_taxonomy(settings.resolve(path))


def load_taxonomy(path: Path) -> Taxonomy:
    """Read and check a file of causes; every error names the file and the entry, and says what to do."""
    try:
        file = CauseFile(**tomllib.loads(path.read_text("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CxtextError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise CxtextError(f"{path}: cannot be read: {error.strerror}; correct [causes] taxonomy") from None
    except ValidationError as error:
        raise CxtextError(f"{path}: {first_fault(error)}") from None
    for place, fault in _faults(file):
        raise CxtextError(f"{path}: {place}: {fault}")
    return _built(file)


def _built(file: CauseFile) -> Taxonomy:
    names = {entry.key: entry.name for entry in file.renamed}
    dropped = {entry.key: entry.into for entry in file.dropped}
    kept = [
        Cause(cause.key, names.get(cause.key, cause.name), cause.definition, cause.owner)
        for cause in STANDARD.causes
        if cause.key not in dropped
    ]
    added = [
        Cause(
            entry.key,
            entry.name,
            entry.definition,
            entry.owner or (STANDARD.owner_of(entry.part_of) if entry.part_of else USUAL_OWNER),
            entry.part_of,
            tuple(dict.fromkeys(entry.examples)),
        )
        for entry in sorted(file.cause, key=lambda entry: entry.key)
    ]
    return Taxonomy((*kept, *added), tuple(sorted(dropped.items(), key=lambda pair: pair[0])))


# --- what can be wrong; the first fault found is told


def _faults(file: CauseFile) -> Iterator[tuple[str, str]]:
    """(entry, what is wrong with it and what to do)."""
    dropped = [entry.key for entry in file.dropped]
    for number, added in enumerate(file.cause, 1):
        yield from ((_place("cause", number, added.key), fault) for fault in _wrong_with_added(added, dropped))
    for number, renamed in enumerate(file.renamed, 1):
        yield from ((_place("renamed", number, renamed.key), fault) for fault in _wrong_key(renamed.key, dropped))
    for number, entry in enumerate(file.dropped, 1):
        yield from ((_place("dropped", number, entry.key), fault) for fault in _wrong_with_dropped(entry, dropped))
    for kind, keys in (
        ("cause", [entry.key for entry in file.cause]),
        ("renamed", [entry.key for entry in file.renamed]),
        ("dropped", dropped),
    ):
        for number, key in _repeated(keys):
            yield _place(kind, number, key), f"a second [[{kind}]] with this key; keep one of them"
    yield from _same_names(file)


def _place(kind: str, number: int, key: str) -> str:
    return f"[[{kind}]] {number} ({key})"


def _wrong_with_added(entry: Added, dropped: Sequence[str]) -> Iterator[str]:
    if origin_of(entry.key) not in ORIGINS:
        yield f"{origin_of(entry.key)!r} is no origin; begin the key with {', '.join(f'{each}.' for each in ORIGINS)}"
    if not KEY.fullmatch(entry.key):
        yield "a key is an origin, a dot, and a word in small letters: organization.billing_errors"
    if entry.key in CAUSES:
        yield "is one of the ten standard causes; choose another key, or rename it with [[renamed]]"
    if entry.part_of is not None:
        if entry.part_of not in CAUSES:
            yield f"part_of: {entry.part_of!r} is no standard cause; use {_of_origin(entry.key)}"
        if origin_of(entry.part_of) != origin_of(entry.key):
            yield f"part_of: {entry.part_of} has another origin; use {_of_origin(entry.key)}"
        if entry.part_of in dropped:
            yield f"is part of {entry.part_of}, which [[dropped]] takes away; keep that, or name another part_of"
    different = len({example.casefold() for example in entry.examples})
    if different < LEAST_EXAMPLES:
        yield f"{different} different examples are too few; give at least {LEAST_EXAMPLES}"


def _of_origin(key: str) -> str:
    return ", ".join(cause for cause in CAUSES if origin_of(cause) == origin_of(key)) or "one of the ten"


def _wrong_key(key: str, dropped: Sequence[str]) -> Iterator[str]:
    if key not in CAUSES:
        yield f"is no standard cause; use one of {', '.join(CAUSES)}"
    if key in dropped:
        yield "is dropped, too; keep one of the two entries"


def _wrong_with_dropped(entry: Dropped, dropped: Sequence[str]) -> Iterator[str]:
    if entry.key not in CAUSES:
        yield f"is no standard cause, and only those are dropped; use one of {', '.join(CAUSES)}"
    if entry.into == entry.key:
        yield "goes into itself; name another cause, or leave `into` out"
    elif entry.into is not None and (entry.into not in CAUSES or origin_of(entry.into) != origin_of(entry.key)):
        yield f"into: {entry.into!r} is no standard cause of the same origin; use {_of_origin(entry.key)}"
    elif entry.into in dropped:
        yield f"into: {entry.into} is dropped, too; name one that stays"
    if all(cause in dropped for cause in CAUSES if origin_of(cause) == origin_of(entry.key)):
        yield f"with it every cause of the origin {origin_of(entry.key)} would be dropped; keep one"


def _repeated(keys: Sequence[str]) -> list[tuple[int, str]]:
    return [(number, key) for number, key in enumerate(keys, 1) if key in keys[: number - 1]]


def _same_names(file: CauseFile) -> Iterator[tuple[str, str]]:
    taken: dict[str, str] = {}
    for cause in _built(file).causes:
        other = taken.setdefault(cause.name.casefold(), cause.key)
        if other != cause.key:
            yield cause.key, f"is called {cause.name!r}, as {other} is; every cause needs a name of its own"
