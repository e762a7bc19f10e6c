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
