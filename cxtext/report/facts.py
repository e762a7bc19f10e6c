"""What the report needs besides the published tables."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class RunFacts:
    """The account of one run; the same facts go into the snapshot's manifest.

    `since` and `until` are ISO 8601 times, the window of the run ([since, until); `since` is None in the first run).
    `account` holds rows_read, documents, updates, duplicates, quarantined and out_of_window; `quarantine` maps a
    reason to its count; `warnings` are sentences; `models` maps a model's name to what its card measured.
    """

    company: str
    run: str
    timezone: str
    since: str | None
    until: str
    account: dict[str, int]
    quarantine: dict[str, int]
    warnings: list[str]
    models: dict[str, dict[str, Any]]
    sources: list[dict[str, Any]] = field(default_factory=list)  # name, kind, channel, documents, latest (ISO 8601)
    top_themes: int = 20
    min_answers: int = 10
