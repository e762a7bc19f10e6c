"""The command that hands documents to a person: review."""

from pathlib import Path

import click

from cxtext.cli.options import config_option, data_root_option, json_option, print_json

existing = click.Path(path_type=Path)


@click.command()
@click.option("--count", type=click.IntRange(min=1), default=100, show_default=True, help="Documents to label.")
@click.option(
    "--random-share", type=click.FloatRange(0, 1), default=0.2, show_default=True,
    help="Share drawn at random over all documents, for an honest estimate of accuracy.",
)  # fmt: skip
@click.option(
    "--labelled", type=existing, multiple=True, metavar="FILE",
    help="Leave out the documents of this labelled or review file; may be repeated.",
)  # fmt: skip
@click.option("--out", type=existing, default=Path(), metavar="FOLDER", help="Where to write; default: here.")
@click.option("--run", default=None, metavar="DATE", help="Published run, YYYY-MM-DD; default: the latest.")
@click.option("--seed", default=7, show_default=True)
@config_option
@data_root_option
@json_option
def review(
    count: int,
    random_share: float,
    labelled: tuple[Path, ...],
    out: Path,
    run: str | None,
    seed: int,
    config: Path,
    data_root: Path | None,
    as_json: bool,
) -> None:
    """Write the documents that are most worth a person's label, as a spreadsheet to fill in.

    A share is drawn at random; the others are those of which the model is least sure, no two alike.
    """
    from cxtext.review import make_review

    made = make_review(
        config, data_root, out,
        run=run, count=count, random_share=random_share, labelled=labelled, seed=seed,
    )  # fmt: skip
    if as_json:
        print_json(
            {
                "run": made.run,
                "candidates": made.candidates,
                "random": made.random,
                "uncertain": made.uncertain,
                "files": [str(path) for path in made.files],
            }
        )
        return
    documents = made.random + made.uncertain
    click.echo(
        f"{documents} of {made.candidates:,} documents of the run of {made.run}: "
        f"{made.random} drawn at random, {made.uncertain} uncertain"
    )
    if documents < min(count, made.candidates):
        click.echo("the others are near-duplicates of these")
    for path in made.files:
        click.echo(path)


COMMANDS = (review,)
