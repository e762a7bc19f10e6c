"""How much do a company's own labels raise the cause model's figures on the rest of its texts?

python -m benchmarks.labels FOLDER --into benchmarks/README.md

FOLDER holds `causes/labelled.csv` with the columns source, text, causes and primary. One source is held out in turn:
the model learns from some of its labels, drawn at random, and is measured on the others, which it has not seen.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.pages import put_into
from cxtext.cause_learning import Material, fit, material_of
from cxtext.cause_measures import FIGURES, figures_of
from cxtext.causes import CauseModel, Decision
from cxtext.encode import OnnxEncoder
from cxtext.errors import CxtextError
from cxtext.label_files import read_labelled
from cxtext.paths import models_root, network_root

# source -> numbers of labels to learn from; each leaves at least 20, most 40 or more, to measure on
AMOUNTS = {
    "telecom_nps": (50, 100),
    "cfpb": (50, 70, 90),
    "airline_tweets": (50, 100, 135),
}
SPLITS = 40
TITLES = {"origin_macro_f1": "origin macro F1", "cause_macro_f1": "cause macro F1", "primary_accuracy": "primary"}


@dataclass(frozen=True)
class Result:
    """Figures by split, (splits, figures), of the base model and of the adapted one."""

    source: str
    labels: int
    tested: int
    base: np.ndarray
    adapted: np.ndarray


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every source and amount, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of measuring sets, with causes/labelled.csv")
    parser.add_argument("--splits", type=int, default=SPLITS, help="random splits for each amount")
    parser.add_argument("--into", type=Path, help="page that takes the table between its marks")
    asked = parser.parse_args(arguments)
    try:
        text = as_table(list(results(asked.folder / "causes" / "labelled.csv", asked.splits)))
    except CxtextError as error:
        sys.exit(f"error: {error}")
    print(text)
    if asked.into:
        put_into(asked.into, "labels", f"{asked.splits} random splits for each row.\n\n{text}")


def results(path: Path, splits: int) -> Iterator[Result]:
    """The figures of every source and amount of AMOUNTS."""
    model = CauseModel.load(models_root() / "causes", OnnxEncoder(network_root()))
    documents = read_labelled(path)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        sources = np.array([row["source"] for row in csv.DictReader(lines)])
    for source, amounts in AMOUNTS.items():
        rows = np.flatnonzero(sources == source)
        material = material_of([documents[row] for row in rows], model)
        for amount in amounts:
            pairs = np.array([_split(material, model.decision, amount, split) for split in range(splits)])
            yield Result(source, amount, len(rows) - amount, pairs[:, 0], pairs[:, 1])


def _split(material: Material, decision: Decision, amount: int, split: int) -> list[list[float]]:
    order = np.random.default_rng(split).permutation(len(material.truth))
    known, rest = material.part(order[:amount]), material.part(order[amount:])
    adapted = fit(known, seed=split).correct(rest.scores, rest.features)
    return [list(figures_of(scores, rest.truth, decision).values()) for scores in (rest.scores, adapted)]


def as_table(found: Sequence[Result]) -> str:
    """A Markdown table: base and rise of each figure, with the middle 95% of the splits' rises."""
    heads = [f"{TITLES[name]}: base | rise (splits' middle 95%) | splits that rose" for name in FIGURES]
    lines = [f"| held out | labels | tested on | {' | '.join(heads)} |", "|---|---:|---:|" + "---:|---:|---:|" * 3]
    for each in found:
        cells = []
        for number in range(len(FIGURES)):
            rises = each.adapted[:, number] - each.base[:, number]
            low, high = np.percentile(rises, [2.5, 97.5])
            cells.append(f"{each.base[:, number].mean():.3f}")
            cells.append(f"{rises.mean():+.3f} ({low:+.3f} to {high:+.3f})")
            cells.append(f"{np.mean(rises > 0):.0%}")
        lines.append(f"| {each.source} | {each.labels} | {each.tested} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
