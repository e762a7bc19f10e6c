"""Does the warning of drift keep quiet on customers' texts and sound on others?

python -m benchmarks.drift demo benchmarks/foreign.jsonl telecom_nps.csv:text bank_app_reviews.csv:review_text

Reads each feed's texts as a night does (cleaned, redacted, languages that the model does not know left out), at most
500 of each, and prints a Markdown table. `FILE.csv:COLUMN` is a feed; of `foreign.jsonl`, texts that are nobody's
feedback, each kind is one, whatever its language. "Of 20" is the share of 200 nights of 20 documents, drawn with
replacement, that warn.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cxtext.clean import clean, skip_reason
from cxtext.demo.build import read_texts
from cxtext.language import detect_language
from cxtext.model_quality import quality_row
from cxtext.night import USUAL_CONFIG, measuring_night
from cxtext.tables import MODEL_QUALITY

MOST, NIGHTS, SMALL, SEED = 500, 200, 20, 7
COLUMNS = ("Texts", "Documents", "Unlike the training texts", "Expected right (95%)", "Warns", "Of 20")


def feeds(named: str) -> Iterator[tuple[str, list[str], bool]]:
    """Name, raw texts, and whether languages that the model does not know are left out."""
    if named == "demo":
        yield "demo feed", [f"{each.get('subject') or ''}\n{each['body']}" for each in read_texts()], True
    elif named.endswith(".jsonl"):
        rows = [json.loads(line) for line in Path(named).read_text("utf-8").splitlines()]
        for kind in dict.fromkeys(row["kind"] for row in rows):
            yield f"*{kind}*", [row["text"] for row in rows if row["kind"] == kind], False
    else:
        path, _, column = named.partition(":")
        yield Path(path).stem, pd.read_csv(path)[column].dropna().astype(str).tolist(), True


def measure(named: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A row of the table for each feed."""
    night = measuring_night(Path(USUAL_CONFIG))
    model, chance = night.cause_model, np.random.default_rng(SEED)
    for name, raw, leaves_out in (feed for each in named for feed in feeds(each)):
        drawn = [raw[row] for row in chance.permutation(len(raw))[: 3 * MOST]]
        texts = [each.text for each in night.redactor.redact_all([clean(text).text for text in drawn])]
        kept = [
            text for text in texts if not skip_reason(text) and (not leaves_out or model.knows(detect_language(text)))
        ][:MOST]
        verdicts = model.predict(kept)
        confidences = np.array([verdict.confidence for verdict in verdicts])
        unlike = np.array([bool(verdict.is_unfamiliar) for verdict in verdicts])
        whole = row(confidences, unlike)
        draws = [chance.integers(0, len(kept), SMALL) for _ in range(NIGHTS)]
        small = np.mean([row(confidences[rows], unlike[rows])["is_drifting"] for rows in draws])
        interval = f"{whole['expected_accuracy']:.2f} ({whole['lower']:.2f} to {whole['upper']:.2f})"
        warns = "yes" if whole["is_drifting"] else "no"
        yield name, str(len(kept)), f"{whole['drift']:.0%}", interval, warns, f"{small:.1%}"


def row(confidences: np.ndarray, unlike: np.ndarray) -> dict[str, object]:
    """The night's row of model_quality."""
    past = MODEL_QUALITY.empty()
    return quality_row("model", confidences.tolist(), unlike.tolist(), past, needs_review=0, unknown_language=0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feeds", nargs="+", metavar="FEED")
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for cells in measure(parser.parse_args().feeds):
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
