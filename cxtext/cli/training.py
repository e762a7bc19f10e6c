"""The command that trains: train."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cxtext.cli.options import config_option, data_root_option, json_option, print_figures, print_json
from cxtext.errors import CxtextError

existing = click.Path(path_type=Path)
BUSY_SECONDS = 3600  # that a promotion waits for a night to end


@click.command()
@click.option(
    "--labels", type=existing, multiple=True,
    help="File with labelled texts of your own (text, causes, primary): CSV, workbook, JSON Lines, or a review "
    "that was filled in; may be repeated.",
)  # fmt: skip
@click.option("--versions", "lists", is_flag=True, help="List what was learned from labels, and which is in use.")
@click.option("--rollback", is_flag=True, help="Use the version before again, and at last the bundled model.")
@click.option(
    "--corpus", type=existing, multiple=True, help="Train anew on labelled files; default: the bundled corpus."
)
@click.option("--target", type=existing, default=None, help="Folder for the new model; default: the bundled model's.")
@click.option("--seed", default=7, show_default=True)
@config_option
@data_root_option
@json_option
def train(
    labels: tuple[Path, ...],
    lists: bool,
    rollback: bool,
    corpus: tuple[Path, ...],
    target: Path | None,
    seed: int,
    config: Path,
    data_root: Path | None,
    as_json: bool,
) -> None:
    """Let the cause model learn from your labels, or train it anew.

    With --labels, the bundled model (or the settings' own) is corrected by your labelled texts, measured on those it
    did not see, kept as a version in the data root, and used from the next night on unless it is worse: the mean of
    origin macro F1, cause macro F1 and primary accuracy must not fall, and none of them may fall beyond chance.

    Without --labels, --versions and --rollback, the bundled model is rebuilt from its corpus, which takes minutes.
    Leaves with 1 where a version is kept but not used.
    """
    if sum(map(bool, (labels, lists, rollback, corpus or target))) > 1:
        raise CxtextError("--labels, --versions, --rollback and --corpus each ask for something else; give one of them")
    from cxtext.night import measuring_night

    night = measuring_night(config, data_root)
    if labels:
        _learn(labels, night, seed, as_json)
    elif lists:
        _list(night, as_json)
    elif rollback:
        _roll_back(night, as_json)
    else:
        _train_anew(corpus, target, night, seed, as_json)


def _train_anew(corpus: tuple[Path, ...], target: Path | None, night: Any, seed: int, as_json: bool) -> None:
    from cxtext.cause_training import bundled_corpus
    from cxtext.cause_training import train as fit
    from cxtext.paths import models_root

    if corpus and target is None:
        raise CxtextError("name a --target: a corpus of your own must not replace the bundled model")
    folder = models_root() / "causes"
    files = list(corpus) or bundled_corpus(night.cause_encoder)
    print_figures(fit(files, night.cause_encoder, target or folder, seed=seed), as_json)


def _learn(labels: tuple[Path, ...], night: Any, seed: int, as_json: bool) -> None:
    from cxtext.cause_card import figure_rows
    from cxtext.cause_learning import learn
    from cxtext.cause_versions import CauseVersions
    from cxtext.store import DataRoot

    root = night.settings.root
    versions = CauseVersions(root)
    told = learn(
        labels,
        night.base_cause_folder,
        night.cause_encoder,
        night.redactor,
        versions,
        lock=lambda: DataRoot(root).lock(BUSY_SECONDS),
        date=datetime.now(UTC).date().isoformat(),
        seed=seed,
    )
    if as_json:
        print_json(told)
    else:
        for line in told["repeated"]:
            click.echo(line, err=True)
        click.echo(f"{told['labels']} labelled texts; on labels not seen (95% interval):")
        for row in (("", "base", "adapted", "difference"), *figure_rows(told["measured"])):
            click.echo("  " + "".join(f"{part:<27}" for part in row).rstrip())
        if told["is_promoted"]:
            click.echo(f"version {told['version']} is not worse: {_when_used(night)}")
        else:
            click.echo(f"version {told['version']} is kept but not used: {told['refused']}")
    raise SystemExit(0 if told["is_promoted"] else 1)


def _when_used(night: Any) -> str:
    if night.settings.causes.model:
        return "it is promoted, but the settings name another [causes] model; remove that line to use it"
    return "used from the next night on; `cxtext train --rollback` goes back"


def _list(night: Any, as_json: bool) -> None:
    from cxtext.cause_versions import CauseVersions

    rows = _rows(CauseVersions(night.settings.root))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{'*' if row['in_use'] else ' '} {row['version']:<22} {row['told']}")
    if night.settings.causes.model:
        click.echo("the settings name another [causes] model, which nights use instead")


def _rows(versions: Any) -> list[dict[str, Any]]:
    """The bundled model, then every version; a damaged one says so."""
    history = versions.history
    rows = [{"version": "bundled", "in_use": not history, "told": "", "figures": {}}]
    for name in sorted({*versions.names(), *history}):
        try:
            manifest = versions.manifest(name)
            learned, figures = manifest["learned"], manifest["figures"]
            told = f"{learned['labels']} labels on {learned['base']}; origin macro F1 "
            told += f"{figures['base_origin_macro_f1']:.3f} -> {figures['cv_origin_macro_f1']:.3f}"
        except CxtextError as error:
            figures, told = {}, f"damaged: {error}"
        rows.append({"version": name, "in_use": history[-1:] == [name], "told": told, "figures": figures})
    return rows


def _roll_back(night: Any, as_json: bool) -> None:
    from cxtext.cause_versions import CauseVersions
    from cxtext.store import DataRoot

    versions = CauseVersions(night.settings.root)
    if not versions.history:
        versions.roll_back()  # says that there is nothing to go back to
    with DataRoot(night.settings.root).lock(BUSY_SECONDS):
        left, used = versions.roll_back()
    if as_json:
        print_json({"left": left, "in_use": used or "bundled"})
    else:
        click.echo(f"left {left}; from the next night on {used or 'the bundled model'} is used")


COMMANDS = (train,)
