"""JSON Lines files: one object a line."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxtext.sources.base import Feed, FileSource, Record
from cxtext.sources.text_file import MEND_BYTES, detect_encoding


class JsonLinesFiles(FileSource):
    """`kind = "jsonl"`: nested objects are reached by dots, `requester.organization_id`."""

    def open(self, path: Path) -> Feed:
        """The records of one file; every line is one record."""
        encoding = self.settings.encoding or detect_encoding(path)
        return Feed(self.name_of(path), None, _records(path, encoding))


def _records(path: Path, encoding: str) -> Iterator[Record]:
    number = 0
    with path.open(encoding=encoding, errors=MEND_BYTES, newline="\n") as stream:
        for line in stream:
            if not line.strip():
                continue
            number += 1
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                yield Record(number, {}, problem="not valid JSON", raw_text=line)
                continue
            if not isinstance(values, dict):
                yield Record(number, {}, problem="not a JSON object", raw_text=line)
                continue
            yield Record(number, flatten(values))


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested objects as dotted names; lists become their JSON text."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{name}."))
        elif isinstance(value, list):
            flat[prefix + name] = json.dumps(value, ensure_ascii=False)
        else:
            flat[prefix + name] = value
    return flat
