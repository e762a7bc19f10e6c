"""Nights under the user's own taxonomy: the tables, the report, what was judged before it, and the commands."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from cxtext.cli import main
from cxtext.errors import CxtextError
from cxtext.night import open_night
from cxtext.publish import read_snapshot
from cxtext.steps import run_night
from cxtext.tables import CAUSES
from cxtext.verdicts import current_verdicts

pytestmark = pytest.mark.slow

Feed = Callable[..., Path]
FIRST, SECOND, THIRD = "2026-03-02", "2026-03-03", "2026-03-04"
PROCESS, TWICE = "organization.broken_process", "organization.charged_twice"

CHARGES = [
    "You have charged my card twice for March.",
    "Two payments were taken this month for one plan.",
    "There is a double charge on my statement, the same amount on the same day.",
    "Why have I been billed twice?",
]
LEAKS = [
    "The new tap drips at the joint and the cupboard below is soaked.",
    "Third visit and the tap still leaks, the board is swollen.",
]
TAXONOMY = f"""
[[cause]]
key = "{TWICE}"
part_of = "{PROCESS}"
name = "Charged twice"
owner = "finance"
definition = "One purchase was charged twice."
examples = [
  "I was charged twice for the same month.", "You took the payment two times.", "A double payment left my account.",
]

[[dropped]]
key = "employee.lack_of_training"
"""


def tickets(texts: list[str], day: str, start: int = 1) -> list[tuple[str, str, str]]:
    return [(str(start + row), f"{day}T08:30:00Z", text) for row, text in enumerate(texts)]


def with_taxonomy(config: Path, text: str = TAXONOMY) -> None:
    (config.parent / "causes.toml").write_text(text, "utf-8")
    settings = config.read_text("utf-8")
    if "taxonomy" not in settings:
        config.write_text(settings.replace("[[sources]]", '[causes]\ntaxonomy = "causes.toml"\n[[sources]]'), "utf-8")


def run(config: Path, day: str) -> dict[str, dict[str, int]]:
    return run_night(open_night(config, day), lambda *_: None, time.perf_counter)


def published(config: Path, day: str) -> dict[str, pd.DataFrame]:
    return read_snapshot(open_night(config, day).root, day)[0]


def answer(config: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(main, [*arguments, "--config", str(config), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_tables_and_report_name_the_causes_of_the_taxonomy_and_roll_up(feed: Feed) -> None:
    config = feed(tickets(CHARGES + LEAKS, FIRST))
    with_taxonomy(config)
    run(config, FIRST)
    tables = published(config, FIRST)
    causes = tables["causes"]
    mine = causes[causes["cause"] == TWICE]
    assert len(mine) >= 3
    assert set(mine["standard_cause"]) == {PROCESS}
    assert set(mine["origin"]) == {"organization"}
    others = causes[causes["cause"] != TWICE]
    assert list(others["standard_cause"]) == list(others["cause"])
    assert TWICE in set(tables["document_causes"]["primary"])
    assert TWICE in set(tables["trends"].loc[tables["trends"]["kind"] == "cause", "subject"])
    told = tables["taxonomy"].set_index("cause")
    assert tuple(told.loc[TWICE, ["name", "owner", "part_of", "is_standard"]]) == (
        "Charged twice",
        "finance",
        PROCESS,
        False,
    )
    assert "employee.lack_of_training" not in told.index
    folder = open_night(config, FIRST).root.published / FIRST
    for page in ("report/index.html", "report/report.md"):
        text = (folder / page).read_text("utf-8")
        assert "Charged twice" in text
        assert "part of broken process" in text
        assert "Lack of training" not in text
    assert "two times" not in (folder / "manifest.json").read_text("utf-8")
    assert "causes.toml" not in (folder / "manifest.json").read_text("utf-8")


def test_a_taxonomy_that_changes_has_all_documents_judged_anew_once(feed: Feed) -> None:
    rows = tickets(CHARGES + LEAKS, FIRST)
    config = feed(rows)
    assert run(config, FIRST)["causes"]["documents"] == 6
    assert TWICE not in set(published(config, FIRST)["causes"]["cause"])

    feed([*rows, *tickets(["The lamp arrived broken."], SECOND, 20)])
    with_taxonomy(config)
    assert run(config, SECOND)["causes"]["documents"] == 7
    second = published(config, SECOND)
    assert len(second["document_causes"]) == 7
    assert (second["causes"]["cause"] == TWICE).sum() >= 3
    assert TWICE not in set(published(config, FIRST)["causes"]["cause"])

    feed([*rows, *tickets(["The lamp arrived broken."], SECOND, 20), *tickets(["My chair is broken."], THIRD, 30)])
    with_taxonomy(config, TAXONOMY.replace("Charged twice", "Double charges"))
    assert run(config, THIRD)["causes"]["documents"] == 1
    third = published(config, THIRD)
    assert len(third["document_causes"]) == 8
    assert set(third["taxonomy"]["name"]) - set(second["taxonomy"]["name"]) == {"Double charges"}

    earlier = current_verdicts(open_night(config, FIRST), CAUSES)
    assert TWICE not in set(earlier["cause"])


def test_a_document_that_is_left_out_later_loses_its_verdict(feed: Feed) -> None:
    config = feed(tickets(CHARGES, FIRST))
    run(config, FIRST)
    feed([*tickets(CHARGES[:-1], FIRST), ("4", f"{SECOND}T08:30:00Z", "...")])
    run(config, SECOND)
    with_taxonomy(config)
    run(config, THIRD)
    assert len(published(config, THIRD)["document_causes"]) == 3


def test_the_same_night_twice_gives_the_same_bytes(feed: Feed) -> None:
    config = feed(tickets(CHARGES + LEAKS, FIRST))
    with_taxonomy(config)
    run(config, FIRST)
    folder = open_night(config, FIRST).root.published / FIRST
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    run(config, FIRST)
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*")}


def test_a_faulty_taxonomy_stops_a_night_before_it_reads_anything(feed: Feed) -> None:
    config = feed(tickets(CHARGES, FIRST))
    with_taxonomy(config, '[[dropped]]\nkey = "organization.bills"')
    with pytest.raises(CxtextError, match=r"causes\.toml: \[\[dropped\]\] 1"):
        open_night(config, FIRST)
    result = CliRunner().invoke(main, ["check", "--config", str(config)])
    assert result.exit_code == 2


def test_the_commands_tell_the_causes_and_what_they_change_and_publish_nothing(feed: Feed) -> None:
    config = feed(tickets(CHARGES + LEAKS, FIRST))
    run(config, FIRST)
    folder = open_night(config, FIRST).root.published / FIRST
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    with_taxonomy(config)
    listed = answer(config, "causes", "list")
    (own,) = [cause for cause in listed["causes"] if not cause["is_standard"]]
    assert (own["cause"], own["examples"]) == (TWICE, 3)
    assert listed["dropped"] == {"employee.lack_of_training": None}

    told = answer(config, "causes", "compare")
    assert (told["run"], told["documents"]) == (FIRST, 6)
    counts = {row["cause"]: (row["standard"], row["own"]) for row in told["causes"]}
    assert counts[TWICE][1] >= 3
    assert counts[PROCESS][0] - counts[PROCESS][1] == counts[TWICE][1]
    assert {"from": PROCESS, "to": TWICE, "documents": counts[TWICE][1]} in told["moved"]
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert answer(config, "causes", "compare", "--latest", "2")["documents"] == 2

    explained = answer(config, "explain", "--text", CHARGES[0])
    (cause,) = explained["causes"]
    assert (cause["cause"], cause["name"], cause["standard_cause"]) == (TWICE, "Charged twice", PROCESS)


def test_without_a_run_there_is_nothing_to_compare_with(feed: Feed) -> None:
    config = feed(tickets(CHARGES, FIRST))
    (config.parent / "cxtext-data").mkdir()
    result = CliRunner().invoke(main, ["causes", "compare", "--config", str(config)])
    assert result.exit_code == 2
    assert "nothing published yet" in result.output
