"""What the documentation says is so: commands, links, generated pages, queries, and the example of a source."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import click
import duckdb
import pytest
from small_snapshot import RUN, publish_small_snapshot

from cxtext.cli import main
from cxtext.documents import collect
from cxtext.settings import load_settings
from cxtext.sources import SOURCES

ROOT = Path(__file__).parents[1]
OURS = ("*.md", "docs/**/*.md", "models/**/*.md", "examples/**/*.md", "benchmarks/**/*.md", "cxtext/**/*.md")
PAGES = sorted({path for pattern in OURS for path in ROOT.glob(pattern)})
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"

FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^()\s]+)[^()]*\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.M)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    return [code for found, code in FENCED.findall(path.read_text("utf-8")) if found == language]


def prose(path: Path) -> str:
    return CODE.sub("", FENCED.sub("", path.read_text("utf-8")))


def anchors(path: Path) -> set[str]:
    """What GitHub calls the headings of a page in links to them."""
    headings = HEADING.findall(FENCED.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[str]:
    for found in LINK.finditer(prose(path)):
        target = found[1] or found[2]
        if not re.match(r"[a-z]+:", target):
            yield unquote(target)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in links(path):
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        assert page.exists(), f"{name_of(path)}: {target}"
        assert page.is_relative_to(ROOT), f"{name_of(path)}: {target} leads out of the repository"
        assert not anchor or anchor in anchors(page), f"{name_of(path)}: {target}"


def commands(path: Path) -> list[str]:
    """What a page gives to type: inline code, and the lines of shell blocks, that begin with cxtext."""
    text = path.read_text("utf-8")
    lines = [line.partition("#")[0] for block in blocks(path, "sh") for line in block.splitlines()]
    written = [" ".join(code.split()) for code in [*CODE.findall(FENCED.sub("", text)), *lines]]
    return [code.rpartition("bin/")[2] for code in written if re.match(r"(\S*bin/)?cxtext ", code)]


GUIDES = (README, CONTRIBUTING, *sorted(ROOT.glob("docs/*.md")))


def test_every_command_of_the_help_stands_in_the_documentation() -> None:
    told = " ".join(code for path in GUIDES for code in commands(path))
    assert not [name for name in main.commands if not re.search(rf"\b{name}\b", told)]


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_commands_and_options_that_are_shown_exist(path: Path) -> None:
    for code in commands(path):
        _, name, *rest = code.split()
        if name.startswith("-") or name == "COMMAND":
            continue
        command = main.commands[name]
        if isinstance(command, click.Group) and rest:
            command = command.commands[rest[0]]
        known = {option for each in command.params for option in each.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, code


@pytest.mark.parametrize("page", ["tables", "settings"])
def test_generated_pages_are_up_to_date(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    script = importlib.import_module(f"build_{page}")
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    assert script.render(text) == text, f"run `python docs/build_{page}.py`"


@pytest.mark.slow
def test_the_queries_run_and_find_what_they_promise(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = publish_small_snapshot(tmp_path_factory.getbasetemp() / "small-snapshot")
    queries = blocks(ROOT / "docs" / "tables.md", "sql")
    assert len(queries) == 4
    causes, scores, high_weeks, trusted = (answer(query, root / "published" / RUN) for query in queries)
    assert {"label", "last_7_days", "main_cause"} <= set(causes[0])
    assert sum(row["n"] for row in scores) >= 20
    assert [str(row["period_start"]) for row in high_weeks] == ["2026-03-09"]
    assert [(str(row["run"]), row["is_drifting"]) for row in trusted] == [(RUN, False)]
    for query in blocks(README, "sql"):  # names a run that the small snapshot has, too
        answer(query, root)


def answer(query: str, folder: Path) -> list[dict[str, Any]]:
    """The rows that DuckDB finds with its current folder at `folder`, without fetching anything from a network."""
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as db:
        db.execute(f"SET file_search_path = '{folder}'")
        found = db.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_the_settings_shown_are_settings(tmp_path: Path) -> None:
    for path in (README, ROOT / "docs" / "settings.md"):
        for number, block in enumerate(blocks(path, "toml")):
            file = tmp_path / f"{path.stem}{number}.toml"
            file.write_text(block, "utf-8")
            assert load_settings(file).sources, name_of(path)


@pytest.fixture
def source_of_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of CONTRIBUTING's new source, registered by the line that stands beside it."""
    module, line = blocks(CONTRIBUTING, "python")
    name = re.search(r"^# cxtext/sources/(\w+)\.py$", module, re.M)
    assert name
    (tmp_path / f"{name[1]}.py").write_text(module, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    source = importlib.import_module(name[1])
    entry: dict[str, Callable[..., object]] = eval(f"{{{line}}}", vars(source))
    for kind, reader in entry.items():
        monkeypatch.setitem(SOURCES, kind, reader)
    yield source
    del sys.modules[name[1]]


@pytest.mark.usefixtures("source_of_the_example")
def test_the_source_that_contributing_shows_works(tmp_path: Path) -> None:
    (block,) = blocks(CONTRIBUTING, "toml")
    (tmp_path / "cxtext.toml").write_text(block, "utf-8")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "march.mbox").write_text(MAILS, "utf-8")
    intake = collect(load_settings(tmp_path / "cxtext.toml"), datetime(2026, 3, 3, tzinfo=UTC), {})
    assert intake.account() == {
        "rows_read": 4, "documents": 2, "updates": 0, "duplicates": 0, "quarantined": 2, "out_of_window": 0,
    }  # fmt: skip
    first, second = intake.verbatims.to_dict("records")
    assert (first["subject"], first["verbatim"].strip()) == ("Leaking tap", "It drips again.")
    assert first["created_at"] == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert (second["channel"], second["verbatim"].strip()) == ("mail", "Schöne Grüße, refund please.")
    assert set(intake.quarantine["reason"]) == {"has no readable text"}


MAILS = """\
From a@post.example Mon Mar  2 09:30:00 2026
Message-ID: <1@post.example>
Date: Mon, 2 Mar 2026 09:30:00 +0100
Subject: Leaking tap

It drips again.

From b@post.example Mon Mar  2 10:00:00 2026
Message-ID: <2@post.example>
Date: Mon, 2 Mar 2026 10:00:00 +0000
Subject: Refund
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=cut

--cut
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe, refund please.
--cut
Content-Type: text/html; charset=utf-8

<p>refund please.</p>
--cut--

From c@post.example Mon Mar  2 11:00:00 2026
Message-ID: <3@post.example>
Date: Mon, 2 Mar 2026 11:00:00 +0000
Subject: A picture
MIME-Version: 1.0
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=

From d@post.example Mon Mar  2 12:00:00 2026
Message-ID: <4@post.example>
Date: Mon, 2 Mar 2026 12:00:00 +0000
Subject: Odd
Content-Type: text/plain; charset=nonsense-9

Hello there
"""
