"""Writes the generated part of `tables.md` anew from `cxtext.tables`: `python docs/build_tables.py`."""

from pathlib import Path

import pyarrow as pa

from cxtext.tables import ALL, PUBLISHED, Table

PAGE = Path(__file__).with_name("tables.md")
BEGIN = "<!-- from here on written by build_tables.py -->\n"

TYPES = {
    pa.string(): "string",
    pa.list_(pa.string()): "list of string",
    pa.timestamp("us", tz="UTC"): "timestamp, UTC",
    pa.date32(): "date",
    pa.float64(): "double",
    pa.int64(): "int64",
    pa.bool_(): "bool",
}


def render(page: str) -> str:
    """The page with its generated part renewed; what stands above the mark is written by hand."""
    by_hand, mark, _ = page.partition(BEGIN)
    if not mark:
        raise ValueError(f"{PAGE.name} has no line {BEGIN!r}")
    private = [f"- `{table.name}`: {table.meaning.removesuffix('; private')}" for table in ALL if table.private]
    parts = [by_hand + BEGIN, *map(_section, PUBLISHED), "## Private tables\n", PRIVATE, "\n".join(private), ""]
    return "\n".join(parts)


PRIVATE = """\
These hold customers' own words, or what could give them away. They are in no snapshot; they lie under `private/` in
the data root, where only the owner can read.
"""


def _section(table: Table) -> str:
    rows = [
        f"| `{name}` | {TYPES[kind]}{', may be null' if name in table.optional else ''} | {table.meanings[name]} |"
        for name, kind in table.columns.items()
    ]
    key = ", ".join(f"`{name}`" for name in table.key)
    head = f"## {table.name}\n\nOne row: {table.meaning}. Key: {key}.\n\n| column | type | meaning |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
