"""Feeds and settings that several tests write for themselves."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

Row = tuple[str, str, str]

SETTINGS = """
company = "Tidewell"
timezone = "Europe/London"

[[sources]]
name = "tickets"
kind = "csv"
path = "tickets*.csv"
channel = "ticket"

[sources.columns]
id = "id"
text = "text"
created_at = "created"
"""


@pytest.fixture
def feed(tmp_path: Path) -> Callable[..., Path]:
    """Writes tickets (id, created, text) and their settings; returns the settings file."""

    def write(
        rows: Sequence[Sequence[str]], *, name: str = "tickets.csv", header: Sequence[str] = ("id", "created", "text")
    ) -> Path:
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
        config = tmp_path / "cxtext.toml"
        config.write_text(SETTINGS, "utf-8")
        return config

    return write


# the same examples in every run, on every machine: a test that fails only at times helps nobody
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
