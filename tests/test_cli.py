"""The command line, as a user types it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cxtext.cli import main
from cxtext.errors import CxtextError
from cxtext.night import run_days

Feed = Callable[..., Path]

ROWS = [
    ("1", "2026-03-02T09:00:00Z", "The engineer never turned up and nobody called me"),
    ("2", "2026-03-02T10:00:00Z", "charged twice for the same order"),
    ("3", "2026-03-02T11:00:00Z", "n/a"),
]


def cxtext(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    code = "import sys; from cxtext.cli import main; print(sorted({'pandas', 'numpy', 'prefect'} & {*sys.modules}))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
    answer = cxtext("--help").output
    for command in (
        "demo",
        "run",
        "backfill",
        "check",
        "serve",
        "report",
        "status",
        "show",
        "explain",
        "evaluate",
        "train",
        "review",
    ):
        assert f"\n  {command} " in answer


def test_run_prints_the_account_and_names_the_report(feed: Feed) -> None:
    answer = cxtext("run", "--config", feed(ROWS), "--date", "2026-03-02")
    assert answer.exit_code == 0, answer.output
    assert "rows read 3 = documents 3 + updates 0 + duplicates 0 + quarantined 0 + out of window 0" in answer.output
    assert Path(answer.output.rsplit("Report: ")[1].strip()).is_file()


def test_run_answers_a_program_in_json(feed: Feed) -> None:
    answer = json.loads(cxtext("run", "--config", feed(ROWS), "--date", "2026-03-02", "--json").output)
    assert answer["steps"]["ingest"]["rows_read"] == 3
    assert answer["steps"]["prepare"]["skipped"] == 1


def test_report_status_show_and_explain_answer_after_a_run(feed: Feed) -> None:
    config = feed(ROWS)
    assert cxtext("run", "--config", config, "--date", "2026-03-02").exit_code == 0
    assert cxtext("report", "--config", config).output.strip().endswith("2026-03-02/report/index.html")
    assert "engineer" in cxtext("report", "--config", config, "--markdown").output
    assert "last good run  2026-03-02" in cxtext("status", "--config", config).output
    shown = json.loads(cxtext("show", "documents", "--config", config, "--json").output)
    assert [row["document_id"] for row in shown] == ["tickets:1", "tickets:2", "tickets:3"]
    explained = json.loads(cxtext("explain", "tickets:1", "--config", config, "--json").output)
    assert explained["causes"][0]["evidence"] in ROWS[0][2]
    assert "left out of analysis: no_meaning" in cxtext("explain", "tickets:3", "--config", config).output


def test_a_table_is_shown_as_json_that_any_program_can_read(feed: Feed) -> None:
    config = feed(ROWS)
    cxtext("run", "--config", config, "--date", "2026-03-02")
    shown = cxtext("show", "documents", "--config", config, "--json").output
    assert json.loads(shown)[0]["redacted_kinds"] == []
    assert json.loads(shown)[0]["score"] is None
    assert "no published table; there are documents, causes," in cxtext("show", "tickets", "--config", config).output


def test_a_reading_command_makes_no_folder(feed: Feed, tmp_path: Path) -> None:
    cxtext("status", "--config", feed(ROWS), "--data-root", str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


def test_a_night_goes_on_when_nobody_reads_what_it_prints(feed: Feed, tmp_path: Path) -> None:
    command = f"{sys.executable} -m cxtext run --config {feed(ROWS)} --date 2026-03-02 | true"
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert (tmp_path / "cxtext-data" / "runs" / "2026-03-02.json").exists()


def test_a_feed_of_which_nothing_can_be_read_is_said_aloud(feed: Feed) -> None:
    answer = cxtext("run", "--config", feed([("1", "never", "text")]), "--date", "2026-03-02")
    assert answer.exit_code == 1
    assert "source tickets: not one of its 1 rows could be read" in answer.output


def test_a_row_that_could_not_be_read_yesterday_either_is_no_news(feed: Feed) -> None:
    config = feed([*ROWS, ("4", "never", "a text")])
    assert cxtext("run", "--config", config, "--date", "2026-03-02").exit_code == 1
    feed([*ROWS, ("4", "never", "a text"), ("5", "2026-03-03T10:00:00Z", "the app logs me out")])
    assert cxtext("run", "--config", config, "--date", "2026-03-03").exit_code == 0


def test_status_leaves_with_1_where_something_needs_a_look(feed: Feed) -> None:
    config = feed([*ROWS, ("4", "never", "a text")])
    cxtext("run", "--config", config, "--date", "2026-03-02")
    answer = cxtext("status", "--config", config)
    assert answer.exit_code == 1
    assert "1 rows could not be read, with their reasons in" in answer.output


def test_check_shows_the_first_rows_and_writes_nothing(feed: Feed, tmp_path: Path) -> None:
    answer = cxtext("check", "--config", feed(ROWS))
    assert answer.exit_code == 0
    assert "document_id: tickets:1" in answer.output
    assert not (tmp_path / "cxtext-data").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--config", "nowhere.toml"], "error: nowhere.toml: no such settings file; name one with --config"),
        (["run", "--config", "{config}", "--date", "tomorrow"], "error: 'tomorrow' is no day; write it as YYYY-MM-DD"),
        (["report", "--config", "{config}"], "no such data root; start with `cxtext run`"),
        (["status", "--config", "{config}", "--data-root", "typo"], "typo: no such data root"),
        (["evaluate", "themes", "nowhere.csv"], "error: nowhere.csv: cannot be read"),
        (["evaluate", "themes", "a.csv", "--config", "nowhere.toml"], "error: nowhere.toml: no such settings file"),
        (["train", "--corpus", "mine.csv"], "error: name a --target"),
        (["explain", "--config", "{config}"], "error: name a DOCUMENT_ID or give a --text"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(feed: Feed, arguments: list[str], message: str) -> None:
    config = feed(ROWS)
    answer = cxtext(*(argument.format(config=config) for argument in arguments))
    assert answer.exit_code == 2, answer.output
    assert message in answer.output
    assert answer.output.count("\n") == 1


def test_a_backfill_ends_on_its_last_day() -> None:
    assert run_days("2026-01-01", "2026-01-20", 7) == ["2026-01-06", "2026-01-13", "2026-01-20"]
    with pytest.raises(CxtextError, match="swap them"):
        run_days("2026-01-20", "2026-01-01", 7)


@pytest.mark.slow
def test_the_demo_finds_what_was_planted(tmp_path: Path) -> None:
    from cxtext.demo import feed_folder
    from cxtext.night import open_night
    from cxtext.publish import read_snapshot

    answer = cxtext("demo", "--data-root", tmp_path / "demo")
    assert answer.exit_code == 0, answer.output
    report = Path(answer.output.strip().splitlines()[-1].strip())
    assert report.is_file()
    tables, _ = read_snapshot(
        open_night(feed_folder() / "cxtext.toml", "2026-03-15", tmp_path / "demo").root, "2026-03-15"
    )
    truth = json.loads((feed_folder().parent / "truth.json").read_text("utf-8"))["documents"]
    placed = tables["document_themes"].assign(truth=lambda frame: frame["document_id"].map(truth)).dropna()
    for theme in ("double_charge", "smell_plastic", "aqua_leak", "heat_schedule_howto", "price_increase"):
        leading = placed[placed["truth"] == theme]["theme_id"].value_counts()
        assert leading.iloc[0] >= 0.3 * leading.sum(), theme
    told = tables["theme_events"].merge(
        placed.groupby("theme_id")["truth"].agg(lambda each: each.mode()[0]), on="theme_id"
    )
    events = set(zip(told["truth"], told["event"], strict=True))
    assert ("double_charge", "reopened") in events
    assert events & {("smell_plastic", "new"), ("smell_plastic", "emerging")}
