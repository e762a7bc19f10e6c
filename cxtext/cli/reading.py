"""Commands that answer: report, status, show, explain."""

from pathlib import Path

import click

from cxtext.cli.options import account_line, config_option, data_root_option, json_option, print_json
from cxtext.errors import CxtextError


@click.command()
@config_option
@data_root_option
@click.option("--date", "day", default=None, help="Run to show, YYYY-MM-DD; default: the latest.")
@click.option("--markdown", is_flag=True, help="Print the report as Markdown.")
def report(config: Path, data_root: Path | None, day: str | None, markdown: bool) -> None:
    """Say where a run's report is, or print it."""
    from cxtext.snapshot import REPORT_HTML, REPORT_MARKDOWN

    root, run = _published_run(config, data_root, day)
    if markdown:
        click.echo((root / run / REPORT_MARKDOWN).read_text("utf-8"))
    else:
        click.echo(root / run / REPORT_HTML)


@click.command()
@config_option
@data_root_option
@json_option
def status(config: Path, data_root: Path | None, as_json: bool) -> None:
    """When the last good night was, what it read, and what needs a look."""
    from cxtext.status import read_status

    answer = read_status(config, data_root)
    if as_json:
        print_json(answer)
    elif answer["run"] is None:
        click.echo(f"{answer['data_root']}: no completed run yet; start one with `cxtext run`")
    else:
        click.echo(f"last good run  {answer['run']}  ({answer['runs']} runs in {answer['data_root']})")
        click.echo(f"read           {account_line(answer['account'])}")
        click.echo(f"themes         {answer['themes']} ({answer['new_themes']} new), unassigned {answer['unassigned']}")
        for line in answer["attention"]:
            click.echo(f"needs a look   {line}")
    raise SystemExit(1 if answer["attention"] else 0)


@click.command()
@click.argument("table")
@config_option
@data_root_option
@click.option("--date", "day", default=None, help="Run to show, YYYY-MM-DD; default: the latest.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Rows to show.")
@json_option
def show(table: str, config: Path, data_root: Path | None, day: str | None, limit: int, as_json: bool) -> None:
    """Print the first rows of a published TABLE."""
    from cxtext.publish import read_table, table_names

    root, run = _published_run(config, data_root, day)
    if table not in table_names(root / run):
        raise CxtextError(f"{table!r} is no published table; there are {', '.join(table_names(root / run))}")
    rows = read_table(root / run, table).slice(0, limit)
    if as_json:
        print_json(rows.to_pylist())
    else:
        click.echo(rows.to_pandas().to_string(index=False, max_colwidth=60))


@click.command()
@click.argument("document_id", required=False)
@click.option("--text", help="Explain this text instead of a document.")
@config_option
@data_root_option
@json_option
def explain(document_id: str | None, text: str | None, config: Path, data_root: Path | None, as_json: bool) -> None:
    """Show causes, confidence, evidence and runner-up for a DOCUMENT_ID or a --text."""
    from cxtext.explain import explain_document, explain_text

    if (document_id is None) == (text is None):
        raise CxtextError("name a DOCUMENT_ID or give a --text")
    answer = explain_text(text, config) if text is not None else explain_document(config, data_root, str(document_id))
    if as_json:
        print_json(answer)
        return
    click.echo(f"primary    {answer['primary']}  ({answer['confidence']:.0%} sure; runner-up {answer['runner_up']})")
    for cause in answer["causes"]:
        stands_for = "" if cause["cause"] == cause["standard_cause"] else f", part of {cause['standard_cause']}"
        click.echo(f"cause      {cause['cause']}  {cause['name']} ({cause['confidence']:.0%}){stands_for}")
        click.echo(f"           “{cause['evidence']}”")
    if not answer["causes"]:
        click.echo("cause      none found in the text")


def _published_run(config: Path, data_root: Path | None, day: str | None) -> tuple[Path, str]:
    from cxtext.night import open_night
    from cxtext.publish import latest

    root = open_night(config, day or "2000-01-01", data_root, reads_only=True).root
    pointed = latest(root)
    if day is None and pointed is None:
        raise CxtextError(f"{root.published}: nothing published yet; start with `cxtext run`")
    run = day or str(pointed and pointed["run"])
    if not (root.published / run).is_dir():
        raise CxtextError(f"{root.published / run}: no such run; `cxtext status` tells the latest")
    return root.published, run


COMMANDS = (report, status, show, explain)
