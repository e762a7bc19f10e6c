"""How sure the models are: tonight, and when they were measured."""

import math
from typing import Any

import pandas as pd

from cxtext.report.intervals import Estimate, wilson
from cxtext.report.night import Night
from cxtext.report.parts import Figure, Grid, Trust
from cxtext.report.words import count, decimal, humanise, language_name, listed, percent, plain, plural

MEASURED = {"cv_": "cross-validated", "held_out_": "on held-out texts"}  # by the mark before a figure's name
SHOWN = 12  # parts of one figure; half of the rows of one small table
REMEDY = (
    "The causes of this run may be less right than their confidences say. Look at a sample with “cxtext review”; where "
    "it is wrong, label some and train with them, “cxtext train --labels”."
)


def trust(night: Night) -> Trust:
    """How sure the models are, in this run, on record and when they were measured."""
    note = str(night.quality["note"]) if night.quality else ""
    is_drifting = bool(night.quality and night.quality["is_drifting"])
    return Trust(
        figures=(*_this_run(night), *_on_record(night)),
        warnings=(f"The texts of this run differ from what the cause model knows. {note} {REMEDY}",)
        if is_drifting
        else (),
        remarks=tuple(filter(None, ("" if is_drifting else note, _unknown_languages(night)))),
        models=tuple(filter(None, (_model(*pair) for pair in night.facts.models.items()))),
    )


def _this_run(night: Night) -> list[Figure]:
    row = night.quality
    if row is None or not row["documents"]:
        return []
    n = int(row["documents"])
    of_run = f"{plural(n, 'document')} of this run"
    interval = f"95% interval {percent(row['lower'])} to {percent(row['upper'])}"
    figures = [
        Figure(
            "Expected right, this run",
            percent(row["expected_accuracy"]),
            f"{interval}; of the main causes of the {of_run}, if confidences hold for your company",
        ),
        Figure("Need review, this run", percent(row["needs_review_share"]), f"of the {of_run}"),
    ]
    if pd.notna(row["drift"]):
        limit = f"a warning comes above {percent(row['drift_limit'])}"
        figures.append(Figure("Unlike the training texts", percent(row["drift"]), f"of the {of_run}; {limit}"))
    return figures


def _unknown_languages(night: Night) -> str:
    """What has no verdict because the model does not know its language, over the whole record."""
    without = night.analysed[night.analysed["primary"].isna()]
    if night.quality is None or not len(without):
        return ""
    names = [language_name(code) for code in without["language"].fillna("und").value_counts().index[:SHOWN]]
    are = "is in a language" if len(without) == 1 else "are in languages"
    return (
        f"{plural(len(without), 'document')} {are} that the cause model does not know ({listed(sorted(names))}): "
        "without a verdict, and left out of every share of causes."
    )


def _on_record(night: Night) -> list[Figure]:
    judged = night.analysed[night.analysed["primary"].notna()]
    n = len(judged)
    figures = []
    if n:
        review = wilson(int(judged["needs_review"].fillna(False).astype(bool).sum()), n)
        figures.append(_share("Need review", review, "documents on whose main cause the model is unsure"))
        sure = float(judged["confidence"].astype(float).mean())
        if math.isfinite(sure):
            figures.append(Figure("Mean confidence", percent(sure), f"of the main cause, over {plural(n, 'document')}"))
    if len(night.analysed):
        unassigned = wilson(int(night.analysed["theme_id"].isna().sum()), len(night.analysed))
        figures.append(_share("Fit no theme", unassigned, "documents that no theme describes"))
    return figures


def _share(name: str, share: Estimate, meaning: str) -> Figure:
    return Figure(name, percent(share.value), f"{count(share.value * share.n)} of {count(share.n)} {meaning}")


def _model(name: str, figures: dict[str, Any]) -> Grid | None:
    rows = [(_measure(str(key)), value) for key, raw in figures.items() if (value := _value(raw))]
    return Grid(humanise(name), ("Measured", "Figure"), tuple(rows[: 2 * SHOWN])) if rows else None


def _measure(key: str) -> str:
    """A figure's name, with how it was measured where that is marked."""
    for mark, how in MEASURED.items():
        if key.startswith(mark):
            return f"{humanise(key.removeprefix(mark))} ({how})"
    return humanise(key)


def _value(raw: Any) -> str:
    """A figure of a model card in words; empty where there is none."""
    if raw is None or isinstance(raw, bool):
        return "" if raw is None else ("yes" if raw else "no")
    if isinstance(raw, int | float):
        if not math.isfinite(raw):
            return ""
        return count(raw) if isinstance(raw, int) else decimal(raw, 2)
    if isinstance(raw, list | tuple):
        ends = [_value(part) for part in raw[:SHOWN]]
        is_span = len(ends) == 2 and all(isinstance(part, int | float) for part in raw)
        return " to ".join(ends) if is_span else ", ".join(filter(None, ends))
    if isinstance(raw, dict):
        pairs = ((humanise(str(key)).lower(), _value(part)) for key, part in list(raw.items())[:SHOWN])
        return ", ".join(f"{key} {value}" for key, value in pairs if value)
    return plain(str(raw), 120)
