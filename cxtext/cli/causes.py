"""Commands on the causes: causes list, causes compare."""

from pathlib import Path
from typing import Any

import click

from cxtext.cli.options import config_option, data_root_option, json_option, print_json


@click.group()
def causes() -> None:
    """Show your own taxonomy of causes, and what it does to the figures."""


@causes.command("list")
@config_option
@json_option
def list_(config: Path, as_json: bool) -> None:
    """Print the causes in force, and how well the examples of your own ones find each other."""
    from cxtext.compare_causes import list_causes

    answer = list_causes(config)
    if as_json:
        print_json(answer)
        return
    for cause in answer["causes"]:
        click.echo(f"{cause['cause']:<38} {cause['name']:<26} {cause['owner']}")
        if not cause["is_standard"]:
            part_of = cause["part_of"] or f"any cause of the origin {cause['origin']}"
            found = f"{cause['found_again']} of {cause['examples']} examples are found by the others"
            click.echo(f"  in the place of {part_of}; {found}")
            if cause["found_again"] * 2 < cause["examples"]:
                click.echo(click.style("  ! the examples are not like each other: word them alike", fg="red"))
    for key, into in answer["dropped"].items():
        click.echo(f"{key:<38} dropped, into {into or 'the likeliest other one of its origin'}")


@causes.command("compare")
@click.option("--latest", type=click.IntRange(min=1), default=None, help="Only so many documents, the latest ones.")
@config_option
@data_root_option
@json_option
def compare(latest: int | None, config: Path, data_root: Path | None, as_json: bool) -> None:
    """Count the latest run's documents under the standard causes and under yours; publishes nothing."""
    from cxtext.compare_causes import compare_causes

    answer = compare_causes(config, data_root, most=latest)
    if as_json:
        print_json(answer)
        return
    click.echo(f"{answer['documents']:,} documents of the run of {answer['run']}; how many state each cause\n")
    click.echo(f"{'cause':<38} {'standard':>8} {'yours':>8}")
    for cause in answer["causes"]:
        click.echo(f"{cause['cause']:<38} {_count(cause['standard']):>8} {_count(cause['own']):>8}  {cause['name']}")
    click.echo("")
    for move in answer["moved"]:
        click.echo(f"{move['documents']:>8,}  from {move['from']} to {move['to']}")
    click.echo(f"{answer['primaries_changed']:>8,}  documents have another main cause")


def _count(documents: Any) -> str:
    return "–" if documents is None else f"{documents:,}"


COMMANDS = (causes,)
