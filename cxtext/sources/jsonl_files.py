"""JSON Lines files: one object a line."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxtext.sources.base import Feed, FileSource, Record
from cxtext.sources.text_file import open_text


class JsonLinesFiles(FileSource):
    """`kind = "jsonl"`: nested objects are reached by dots, `requester.organization_id`."""

    def open(self, path: Path) -> Feed:
        """The records of one file; every line is one record."""
        return Feed(self.name_of(path), None, _records(open_text(path, self.settings.encoding, newline="\n")))


def _records(stream: io.TextIOWrapper) -> Iterator[Record]:
    number = 0
    with stream:
        for line in stream:
            if not line.strip():
                continue
            number += 1
            try:
                values = json.loads(line)
                flat = flatten(values) if isinstance(values, dict) else None
            except (ValueError, RecursionError):
                yield Record(number, {}, problem="not valid JSON", raw_text=line)
                continue
            if flat is None:
                yield Record(number, {}, problem="not a JSON object", raw_text=line)
                continue
            yield Record(number, flat)


def _whole(text: str) -> str:
    """A text without halves of surrogate pairs: where an export cuts an emoji in two, no table can hold the half."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names; lists become their JSON text."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        path = prefix + _whole(name)
        if isinstance(value, dict):
            flat.update(flatten(value, f"{path}."))
        elif isinstance(value, list):
            flat[path] = _whole(json.dumps(value, ensure_ascii=False))
        else:
            flat[path] = _whole(value) if isinstance(value, str) else value
    return flat
