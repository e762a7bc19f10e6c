"""Options and ways of printing that several commands share."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

CONFIG = "cxtext.toml"


def config_option(function: Function) -> Function:
    """`--config`: the settings file."""
    return click.option(
        "--config", type=click.Path(path_type=Path), default=Path(CONFIG), show_default=True, help="Settings file."
    )(function)


def data_root_option(function: Function) -> Function:
    """`--data-root`: instead of the settings' own."""
    return click.option(
        "--data-root",
        type=click.Path(path_type=Path),
        default=None,
        help="Folder for all data, instead of the settings'.",
    )(function)


def json_option(function: Function) -> Function:
    """`--json`: an answer for a program."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")(function)


def print_json(content: Any) -> None:
    """JSON on standard output, for a program to read."""
    click.echo(json.dumps(content, indent=1, ensure_ascii=False, default=str, allow_nan=False))


def print_figures(measured: dict[str, Any], as_json: bool) -> None:
    """Figures by name, one or two levels deep; as JSON for a program."""
    if as_json:
        print_json(measured)
        return
    for name, value in measured.items():
        if isinstance(value, dict):
            click.echo(f"{name}:")
            for key, part in value.items():
                click.echo(f"  {key:<36} {_figure(part)}")
        else:
            click.echo(f"{name:<38} {_figure(value)}")


def _figure(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_figure(part)}" for name, part in value.items())
    return f"{value:.3f}" if isinstance(value, float) else "-" if value is None else str(value)


def say(text: str, *, err: bool = False) -> None:
    """Print, and go on where nobody listens any more: `cxtext run | head` must not stop the night half way."""
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def counts_line(counts: Mapping[str, int]) -> str:
    """`documents 1,204 · skipped 31`."""
    return " · ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in counts.items())


FATES = ("documents", "updates", "duplicates", "quarantined", "out_of_window")


def account_line(account: Mapping[str, int]) -> str:
    """The law of the rows: every row read has exactly one fate."""
    parts = " + ".join(f"{name.replace('_', ' ')} {account[name]:,}" for name in FATES)
    return f"rows read {account['rows_read']:,} = {parts}"
