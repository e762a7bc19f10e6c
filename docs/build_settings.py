"""Writes the generated part of `settings.md` anew from `cxtext.settings`: `python docs/build_settings.py`.

Keys, types and defaults are the models' own; what each key means stands here, and a key without a meaning is an error.
"""

import json
from pathlib import Path
from typing import Any

from cxtext.settings import CHANNELS, SCORE_RANGES, Settings
from cxtext.sources import SOURCES

PAGE = Path(__file__).with_name("settings.md")
BEGIN = "<!-- from here on written by build_settings.py -->\n"
INTERNAL = {"base"}  # set by the program, refused in a file

FEED_COLUMN = "column that holds"
FOR_ALL = "for rows without one of their own: the"
RANGES = ", ".join(f"{kind} {low:g} to {high:g}" for kind, (low, high) in SCORE_RANGES.items())

# heading -> (what the section is for, key -> meaning), in the order in which people need them
SECTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "Top of the file": (
        "",
        {
            "company": "stands on the report; its words stand in no theme's name",
            "timezone": "where a day begins and ends, and what times without a zone mean; a name like `Europe/London`",
            "data_root": "folder for tables, snapshots and reports",
            "languages": "ISO 639-1 codes of the languages that are analysed; documents in others are marked "
            "`language` and counted. Empty: all. The bundled models read English: documents in others that are named "
            "here get themes, but no causes, and are counted in `model_quality`",
        },
    ),
    "[[sources]]": (
        "One block for each feed.",
        {
            "name": "becomes part of every document's id (`tickets:90210`): do not change it later",
            "kind": f"what reads it: {', '.join(SOURCES)}",
            "path": "the feed's file, or a pattern for several: `exports/tickets-*.csv`, `**` for all folders below",
            "channel": f"{FOR_ALL} channel, one of {', '.join(CHANNELS)}",
            "product": f"{FOR_ALL} product",
            "team": f"{FOR_ALL} team",
            "stage": f"{FOR_ALL} stage of the customer's journey",
            "timezone": "what times without a zone mean in this feed, if not the zone at the top of the file",
            "day_first": "whether 02/03/2026 is the 2nd of March",
            "date_format": "how times are written, as in Python's `strptime`: `%d/%m/%Y %H:%M`; by itself cxtext reads "
            "ISO 8601, dates as people write them, spreadsheet days and seconds since 1970",
            "encoding": "of CSV and JSON Lines files; detected where it is not given",
            "delimiter": "of CSV files; detected where it is not given",
            "sheet": "of an Excel workbook; the first where none is given",
        },
    ),
    "[sources.columns]": (
        "Which column of the feed holds what, within the `[[sources]]` block above it. In JSON Lines, dots reach into "
        "objects: `requester.organization_id`. What stands in a column that is not named here reaches no "
        "document; only a row that cannot be read is kept whole, in the private quarantine.",
        {
            "text": f"{FEED_COLUMN} the customer's words; a list of columns is joined by blank lines",
            "created_at": f"{FEED_COLUMN} when they were written; a list, such as date and time, is joined",
            "id": f"{FEED_COLUMN} the feed's own id; without one, a document is known by its time and words",
            "subject": f"{FEED_COLUMN} the subject line",
            "updated_at": f"{FEED_COLUMN} the time of the last change: of several rows with one id the newest counts",
            "channel": f"{FEED_COLUMN} the channel; help desks' own names (email, web, phone, ...) are translated, "
            "unknown ones become `other`",
            "score": f"{FEED_COLUMN} the score; needs `[sources.score]`",
            "product": f"{FEED_COLUMN} the product",
            "stage": f"{FEED_COLUMN} the stage of the customer's journey",
            "team": f"{FEED_COLUMN} the team",
            "account_id": f"{FEED_COLUMN} the account",
        },
    ),
    "[sources.score]": (
        "The scale of the score column. A score outside it sends its row to quarantine.",
        {
            "kind": f"with its usual range: {RANGES}",
            "low": "lowest possible score, if not the usual one",
            "high": "highest possible score, if not the usual one",
        },
    ),
    "[encoder]": (
        "What turns texts into the vectors in which themes are found. The causes have a network of their own.",
        {
            "kind": "`sentence-transformers` needs the package of that name and PyTorch",
            "path": "folder of the model; the bundled all-MiniLM-L6-v2 where none is given",
        },
    ),
    "[redaction]": (
        "What is removed from texts beyond names, addresses, numbers and the like.",
        {
            "patterns": "kinds of your own, name to regular expression: `contract = 'C-\\d{6}'` makes "
            "`[CONTRACT_1]` of each; a group named `value` narrows what is removed",
            "model": "installed spaCy pipeline that finds names",
        },
    ),
    "[causes]": (
        "How causes are told.",
        {
            "model": "folder of a cause model, as `cxtext train --target` writes it. Where none is given: the "
            "version that `cxtext train --labels` promoted, else the bundled one",
            "taxonomy": "file that adds causes of your own, renames and drops: see [taxonomy](taxonomy.md)",
            "review_below": "verdicts with a lower confidence are marked `needs_review`",
        },
    ),
    "[themes]": (
        "How themes are found and followed.",
        {
            "min_documents": "the smallest theme",
            "history_weeks": "how far back documents are read again each night; at least the latest 5,000 are",
            "refit_days": "days between refits of all themes, sooner where the documents have doubled; in the nights "
            "between, only new themes are sought",
            "max_fit": "documents in one refit at most; beyond it an even sample is taken, and the ordinary rule "
            "assigns the rest",
            "stop_words": "words that stand in no theme's name",
            "coverage": "share of the documents of a fit that get a theme at least, the least typical ones as "
            "`nearest`; 1 leaves none without a theme",
            "seed": "start of all chance: the same documents and seed give the same themes",
        },
    ),
    "[[themes.known]]": (
        "One block for each problem that is known by name before a customer writes: a pinned theme from the first "
        "night on. At least one of description and examples is needed; three examples in the customers' own words "
        "find twice as many documents as a description alone. More under [curation](curation.md#known-problems).",
        {
            "name": "the theme's name, of 2 to 80 characters",
            "description": "a sentence that says what the problem is",
            "examples": "what customers write when they have it, one text each",
        },
    ),
    "[trends]": (
        "What counts as expected.",
        {
            "baseline_weeks": "earlier weeks that make a baseline",
            "false_discovery_rate": "share of false alarms that is put up with among the surges of a night",
        },
    ),
    "[report]": (
        "What the report shows.",
        {
            "top_themes": "themes shown with chart and verbatims, 40 at most; the others follow as figures",
            "min_answers": "scores and changes that rest on fewer answers or documents are not shown",
        },
    ),
    "[schedule]": (
        "When `cxtext serve` runs the night.",
        {"cron": "a cron expression, in the settings' time zone"},
    ),
}


def render(page: str) -> str:
    """The page with its generated part renewed; what stands above the mark is written by hand."""
    by_hand, mark, _ = page.partition(BEGIN)
    if not mark:
        raise ValueError(f"{PAGE.name} has no line {BEGIN!r}")
    schema = Settings.model_json_schema()
    models = {"Top of the file": schema} | {path: schema["$defs"][name] for path, name in _sections(schema, schema, "")}
    if missing := models.keys() ^ SECTIONS.keys():
        raise ValueError(f"sections without a meaning, or meanings without a section: {sorted(missing)}")
    sections = [_section(heading, models[heading]) for heading in SECTIONS]
    return by_hand + BEGIN + "\n" + "\n".join(sections)


def _sections(model: dict[str, Any], schema: dict[str, Any], above: str) -> list[tuple[str, str]]:
    """(heading, name of the model) of every section below a model."""
    found = []
    for key, field in model["properties"].items():
        if name := _model_of(field):
            path = f"{above}{key}"
            found.append((f"[[{path}]]" if field.get("type") == "array" else f"[{path}]", name))
            found += _sections(schema["$defs"][name], schema, f"{path}.")
    return found


def _model_of(field: dict[str, Any]) -> str | None:
    """The name of the model that a key holds, alone, as an option or in a list; None for a plain value."""
    choices = [field, field.get("items", {}), *field.get("anyOf", [])]
    names = [choice["$ref"].rpartition("/")[2] for choice in choices if "$ref" in choice]
    return names[0] if names else None


def _section(heading: str, model: dict[str, Any]) -> str:
    about, meanings = SECTIONS[heading]
    fields = {key: field for key, field in model["properties"].items() if key not in INTERNAL and not _model_of(field)}
    if missing := fields.keys() ^ meanings.keys():
        raise ValueError(f"{heading}: keys without a meaning, or meanings without a key: {sorted(missing)}")
    required = model.get("required", [])
    rows = [
        f"| `{key}` | {_type(field)} | {'required' if key in required else _default(field)} | {meanings[key]} |"
        for key, field in fields.items()
    ]
    title = f"## `{heading}`" if heading.startswith("[") else f"## {heading}"
    table = "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])
    return "\n\n".join(part for part in (title, about, table) if part) + "\n"


def _default(field: dict[str, Any]) -> str:
    return "" if field["default"] is None else f"`{json.dumps(field['default'])}`"


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"] if choice != {"type": "null"})
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    match field["type"]:
        case "array":
            return f"list of {_type(field['items'])}"
        case "object":
            return "table of text"
        case "string":
            return _text_type(field)
        case "boolean":
            return "true or false"
        case "integer" | "number" as kind:
            return _number_type(kind, field)
    raise ValueError(f"no words for {field}")


def _text_type(field: dict[str, Any]) -> str:
    if field.get("format") == "path":
        return "path"
    if "pattern" in field:
        return f"text like `{field['pattern']}`"
    return "one character" if field.get("maxLength") == 1 else "text"


def _number_type(kind: str, field: dict[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    limits = [f"{word} {field[limit]}" for limit, word in words.items() if limit in field]
    return " ".join(["whole number" if kind == "integer" else "number", *limits])


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
