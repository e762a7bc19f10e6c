"""Commands that measure: evaluate."""

from pathlib import Path
from typing import Any

import click

from cxtext.cli.options import config_option, json_option, print_figures

existing = click.Path(path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure a model on your own labelled file."""


@evaluate.command("causes")
@click.argument("file", type=existing)
@click.option(
    "--drawn", type=click.Choice(["random", "uncertain"]), default=None,
    help="Of a file that `cxtext review` wrote, the rows that were drawn so; `random` gives an honest estimate.",
)  # fmt: skip
@config_option
@json_option
def evaluate_causes(file: Path, drawn: str | None, config: Path, as_json: bool) -> None:
    """Causes on FILE with the columns text, causes (separated by |) and primary, or on a review that was filled in.

    CSV, a workbook, or JSON Lines. Labels are the causes of the settings' taxonomy, as `cxtext causes list` names them.
    """
    from cxtext.evaluate.causes import evaluate_causes as measure

    night = _night(config)
    print_figures(measure(file, night.judge, night.taxonomy, drawn=drawn), as_json)


@evaluate.command("themes")
@click.argument("file", type=existing)
@click.option(
    "--label", default="label", show_default=True, metavar="COLUMN",
    help="Column of the labels; a row where it is empty is not scored.",
)  # fmt: skip
@config_option
@json_option
def evaluate_themes(file: Path, label: str, config: Path, as_json: bool) -> None:
    """Themes on FILE.csv with the columns text and label; neither labels nor their number are used to find themes."""
    from cxtext.evaluate.themes import evaluate_themes as measure

    night = _night(config)
    print_figures(measure(file, night.encoder, night.settings.themes, label=label), as_json)


@evaluate.command("redaction")
@click.argument("file", type=existing)
@config_option
@json_option
def evaluate_redaction(file: Path, config: Path, as_json: bool) -> None:
    """Redaction on FILE.jsonl of {"text", "spans": [{"start", "end", "kind"}]}."""
    from cxtext.evaluate.redaction import evaluate_redaction as measure

    print_figures(measure(file, _night(config).redactor), as_json)


@evaluate.command("stream")
@click.argument("file", type=existing)
@click.option("--truth", type=existing, required=True, help="JSON file with the true events.")
@config_option
@json_option
def evaluate_stream(file: Path, truth: Path, config: Path, as_json: bool) -> None:
    """Nights one after another on FILE.csv with the columns id, created_at, text and label."""
    from cxtext.evaluate.stream import evaluate_stream as measure

    night = _night(config)
    with click.progressbar(length=0, label="nights") as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        answer = measure(file, truth, night.encoder, night.settings, progress=progress)
    print_figures(answer, as_json)


def _night(config: Path) -> Any:
    from cxtext.night import measuring_night

    return measuring_night(config)


COMMANDS = (evaluate,)
