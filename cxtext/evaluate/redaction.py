"""`cxtext evaluate redaction`: recall by kind, precision and speed on texts with marked personal data."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cxtext.errors import CxtextError
from cxtext.redact import Redactor

COVERED = 0.9  # share of a marked span's characters that must be redacted


def evaluate_redaction(path: Path, redactor: Redactor) -> dict[str, Any]:
    """Score a JSON Lines file of `{"text", "spans": [{"start", "end", "kind"}]}`.

    Returns recall by the file's own kinds, precision (share of redacted characters that lie in any marked span),
    the number of spans, and documents a second (redaction alone, models loaded).
    """
    texts, marked = _read(path)
    next(redactor.find_all(["Warm up, John Smith."]), None)
    started = time.perf_counter()
    found = list(redactor.find_all(texts))
    seconds = time.perf_counter() - started
    hits: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    redacted = right = 0
    for spans, truth in zip(found, marked, strict=True):
        covered = {position for span in spans for position in range(span.start, span.end)}
        true_positions: set[int] = set()
        for start, end, kind in truth:
            positions = range(start, end)
            true_positions.update(positions)
            totals[kind] += 1
            hits[kind] += sum(position in covered for position in positions) >= COVERED * len(positions)
        redacted += len(covered)
        right += len(covered & true_positions)
    return {
        "documents": len(texts),
        "spans": dict(sorted(totals.items())),
        "recall": {kind: hits[kind] / totals[kind] for kind in sorted(totals)},
        "precision": right / redacted if redacted else 1.0,
        "documents_per_second": len(texts) / seconds if seconds else 0.0,
    }


def _read(path: Path) -> tuple[list[str], list[list[tuple[int, int, str]]]]:
    texts, marked = [], []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CxtextError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            spans = [(int(span["start"]), int(span["end"]), str(span["kind"])) for span in row["spans"]]
            texts.append(str(row["text"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CxtextError(
                f'{path}: line {number}: not {{"text", "spans": [{{"start", "end", "kind"}}]}}: {error}'
            ) from None
        marked.append(spans)
    return texts, marked
