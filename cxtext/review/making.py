"""`cxtext review`: the documents of a published run that are most worth a person's label, as CSV and as a workbook."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from cxtext.cells import guard
from cxtext.errors import CxtextError
from cxtext.night import Night, open_night
from cxtext.publish import latest, read_snapshot
from cxtext.review.candidates import candidates_of
from cxtext.review.choosing import choose
from cxtext.review.codebook import read_codebook
from cxtext.review.columns import CSV_COLUMNS, KNOWN, RANDOM
from cxtext.review.meaning import Meaning, by_vectors, by_words
from cxtext.review.reading import read_seen
from cxtext.review.workbook import write_workbook
from cxtext.store import replacing

ANY_DAY = "2000-01-01"  # of a night that is only read


@dataclass(frozen=True)
class Review:
    """What was written: `candidates` documents could be chosen from."""

    run: str
    candidates: int
    random: int
    uncertain: int
    files: tuple[Path, Path]


def make_review(
    config: Path,
    data_root: Path | None,
    folder: Path,
    *,
    run: str | None = None,
    count: int = 100,
    random_share: float = 0.2,
    labelled: Sequence[Path] = (),
    seed: int = 7,
) -> Review:
    """Write `review-<run>.csv` and `review-<run>.xlsx` into `folder`; the same input gives the same bytes.

    `run` defaults to the latest published one. Documents in the files `labelled` are left out. Raises CxtextError
    where nothing is published or left to label, and where another review of that run lies in the folder: it may hold
    labels.
    """
    night = open_night(config, run or ANY_DAY, data_root, reads_only=True)
    run = run or _latest_run(night)
    seen = read_seen(labelled)
    tables, _ = read_snapshot(night.root, run)
    candidates = candidates_of(tables, night.settings.zone, seen)
    if candidates.empty:
        raise CxtextError(
            f"the run of {run}: none of its {len(tables['documents'])} documents is left to label; name another --run"
        )
    meaning = _meaning(list(candidates["text"]), night)
    # no column but these: the model's `primary` would stand where the person's belongs
    chosen = choose(candidates, meaning, count=count, random_share=random_share, seed=seed)[list(KNOWN)]
    content = write_workbook(chosen, read_codebook(night.cause_folder), run)
    files = folder / f"review-{run}.csv", folder / f"review-{run}.xlsx"
    _write_all(dict(zip(files, (csv_of(chosen), content), strict=True)))
    random = int((chosen["drawn"] == RANDOM).sum())
    return Review(run, len(candidates), random, len(chosen) - random, files)


def _latest_run(night: Night) -> str:
    pointed = latest(night.root)
    if pointed is None:
        raise CxtextError(f"{night.root.published}: nothing published yet; start with `cxtext run`")
    return pointed["run"]


def _meaning(texts: Sequence[str], night: Night) -> Meaning:
    """By the vectors that the night has cached; a snapshot that was moved elsewhere has none."""
    known = by_vectors(texts, night.encoder, night.cache) if night.cache.folder.is_dir() else None
    return known or by_words(texts)


def csv_of(chosen: pd.DataFrame) -> bytes:
    """The chosen documents as CSV in UTF-8, with the mark by which Excel knows it; no cell is taken for a formula."""
    lines = StringIO(newline="")
    writer = csv.DictWriter(lines, CSV_COLUMNS, restval="")
    writer.writeheader()
    for row in chosen.to_dict("records"):
        writer.writerow({str(name): guard(cell) if isinstance(cell, str) else cell for name, cell in row.items()})
    return lines.getvalue().encode("utf-8-sig")


def _write_all(contents: dict[Path, bytes]) -> None:
    for path, content in contents.items():
        if path.exists() and path.read_bytes() != content:
            raise CxtextError(f"{path}: is there already and may hold labels; move it away, or name another --out")
    try:
        for path, content in contents.items():
            with replacing(path) as temporary:
                temporary.write_bytes(content)
    except OSError as error:
        raise CxtextError(f"{path}: cannot be written: {error.strerror}; name another --out") from None
