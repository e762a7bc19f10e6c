"""The card of a cause model that learned from labels: what it learned from, and how good it is, without a text."""

from typing import Any

from cxtext.taxonomy import PRIMARIES

NAMES = {
    "origin_macro_f1": "origin macro F1",
    "cause_macro_f1": "cause macro F1",
    "primary_accuracy": "primary accuracy",
}
CARD = """\
# The cause model, version {version}

The model {base}, corrected by {labels} labelled texts of this data root's own. It was made by `cxtext train --labels`.

## Learned from

{labels} texts, each counted once, from {count} label file(s) with the SHA-256 hashes
{hashes}

| primary | texts |
|---|---:|
{primaries}

## Measured

On labels that the model measured did not see, by cross-validation in five parts, five times over; in brackets 95%
bootstrap intervals.

| figure | base model | adapted | difference |
|---|---|---|---|
{figures}

## What it holds

The base model's own files; in `adapter.skops` numbers that correct the log odds of its labels; in `manifest.json`
hashes, limits, and the sigmoids of its confidences, fitted anew. No text and no word of the labelled texts is in it.
The numbers were learned from private texts all the same: do not publish the folder.

It is meant for texts like those that were labelled. On others it may be worse than the base model.
"""


def card(version: str, learned: dict[str, Any]) -> str:
    """The page of a version; `learned` as its manifest has it."""
    counts = learned["primaries"]
    return CARD.format(
        version=version,
        base=learned["base"],
        labels=learned["labels"],
        count=len(learned["files"]),
        hashes="\n".join(f"- `{each}`" for each in learned["files"]),
        primaries="\n".join(f"| `{label}` | {counts[label]} |" for label in PRIMARIES if label in counts),
        figures="\n".join(f"| {' | '.join(row)} |" for row in figure_rows(learned["measured"])),
    )


def figure_rows(measured: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """For each figure its name, and base, adapted and difference with intervals, in words."""
    return [
        (NAMES[name], _told(parts["base"]), _told(parts["adapted"]), _told(parts["difference"], sign="+"))
        for name, parts in measured.items()
    ]


def _told(interval: dict[str, float], sign: str = "") -> str:
    value, low, high = (f"{interval[end]:{sign}.3f}" for end in ("value", "low", "high"))
    return f"{value} ({low} to {high})"
