"""Commands that process: demo, check, run, backfill, serve."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from cxtext.cli.options import account_line, config_option, counts_line, data_root_option, json_option, print_json, say

DEMO_RUNS = ("2026-02-08", "2026-02-15", "2026-02-22", "2026-03-01", "2026-03-08", "2026-03-15")


@click.command()
@click.option(
    "--data-root", type=click.Path(path_type=Path), default=Path("demo-data"), show_default=True, help="Where to write."
)
def demo(data_root: Path) -> None:
    """Run the whole program on ten weeks of a made-up company's feedback, and name the report.

    The first five weeks are read at once, as a backlog; the next five as weekly runs, so that themes are born,
    surge, end and return under identities that last.
    """
    from cxtext.demo import feed_folder

    started = time.perf_counter()
    config = feed_folder() / "cxtext.toml"
    for run in DEMO_RUNS:
        report, _ = _run_one(config, run, data_root, told_as="line")
    took = f"Done in {time.perf_counter() - started:.0f} s."
    say(f"\n{took} Other commands read these nights with\n  --config {config} --data-root {data_root}")
    say(f"Open the report:\n  {report}")


@click.command()
@config_option
@data_root_option
@click.option("--date", "day", default=None, help="Day to process, YYYY-MM-DD; default: yesterday.")
@json_option
def run(config: Path, data_root: Path | None, day: str | None, as_json: bool) -> None:
    """Process one night: everything up to the end of a day that no earlier run has read.

    Run again, it replaces what it wrote and changes nothing else; a night before the latest one keeps the rows that
    it read then. Needs no server. Leaves with 1 where something
    needs a look.
    """
    told_as: Literal["steps", "json"] = "json" if as_json else "steps"
    _, needed = _run_one(config, day or _yesterday(config), data_root, told_as=told_as)
    raise SystemExit(1 if needed else 0)


@click.command()
@config_option
@data_root_option
@click.option("--from", "first", required=True, help="Last day of the first run, YYYY-MM-DD.")
@click.option("--to", "last", required=True, help="Last day of the last run, YYYY-MM-DD.")
@click.option("--every", type=click.IntRange(min=1), default=7, show_default=True, help="Days between two runs.")
def backfill(config: Path, data_root: Path | None, first: str, last: str, every: int) -> None:
    """Process a backlog as a series of runs, so that themes get the history that the nights would have given them."""
    from cxtext.night import run_days

    runs = run_days(first, last, every)
    for number, day in enumerate(runs, 1):
        report, _ = _run_one(config, day, data_root, told_as="line", counted=f"{number} of {len(runs)}  ")
    say(f"\nReport:\n  {report}")


def _yesterday(config: Path) -> str:
    from cxtext.night import yesterday
    from cxtext.settings import load_settings

    return yesterday(load_settings(config), datetime.now(UTC))


def _run_one(
    config: Path, day: str, data_root: Path | None, *, told_as: Literal["steps", "line", "json"], counted: str = ""
) -> tuple[Path, list[str]]:
    """Process one night and say what became of it; returns its report and what needs a look."""
    from cxtext.night import open_night
    from cxtext.snapshot import REPORT_HTML
    from cxtext.status import attention
    from cxtext.steps import run_night

    night = open_night(config, day, data_root)

    def told(step: str, counts: dict[str, int], seconds: float) -> None:
        if told_as == "steps":
            line = account_line(counts) if step == "ingest" else counts_line(counts)
            say(f"{step:<8} {seconds:6.1f} s  {line}")

    started = time.perf_counter()
    results = run_night(night, told, time.perf_counter)
    if night.root.completed()[-1] > day and told_as == "steps":
        say(f"{day} lies before a later run: its rows were kept as they were first read")
    report = night.root.published / day / REPORT_HTML
    needed = attention(night.root, day)
    if told_as == "json":
        print_json({"run": day, "steps": results, "attention": needed, "snapshot": report.parents[1], "report": report})
    elif told_as == "line":
        seconds, account = time.perf_counter() - started, account_line(results["ingest"])
        say(f"{counted}{day}  {seconds:5.1f} s  {account}; themes {results['themes']['themes']}")
    else:
        for sentence in needed:
            say(f"needs a look: {sentence}", err=True)
        say(f"\nReport: {report}")
    return report, needed


@click.command()
@config_option
@click.option(
    "--rows", type=click.IntRange(min=0), default=3, show_default=True, help="Mapped rows to show per source."
)
def check(config: Path, rows: int) -> None:
    """Read settings and sources without writing anything; show the first rows as they will be understood."""
    from cxtext.cause_settings import taxonomy_of
    from cxtext.check import check_sources
    from cxtext.settings import load_settings

    settings = load_settings(config)
    taxonomy_of(settings)  # a fault in the file of causes ends the command here
    findings = check_sources(settings, rows)
    faulty = False
    for finding in findings:
        click.echo(f"{finding.source}  {finding.file}")
        for line in finding.lines:
            click.echo(f"  {line}")
        for problem in finding.problems:
            faulty = True
            click.echo(click.style(f"  ! {problem}", fg="red"))
    if not findings:
        click.echo(f"error: {config}: no [[sources]] with files to read", err=True)
    raise SystemExit(1 if faulty or not findings else 0)


@click.command()
@config_option
@data_root_option
def serve(config: Path, data_root: Path | None) -> None:
    """Run every night on the settings' schedule, as a Prefect deployment served from this process."""
    from pipelines.nightly import serve as serve_nightly

    serve_nightly(config.resolve(), data_root)


COMMANDS = (demo, run, backfill, check, serve)
