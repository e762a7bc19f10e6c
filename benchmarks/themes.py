"""Themes of cxtext and of its peers on the same labelled texts, with the same vectors, in one run.

python -m benchmarks.themes FILE.csv ... [--seed 7] [--method NAME] [--json FILE] [--into benchmarks/README.md]
"""

import argparse
import contextlib
import io
import json
import logging
import os
import platform
import sys
import time
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.pages import put_into
from benchmarks.peers import METHODS, Corpus, Found, Remembering
from cxtext.clean import clean
from cxtext.encode import Encoder, encode_cached
from cxtext.errors import CxtextError
from cxtext.evaluate.label_match import label_match
from cxtext.evaluate.tables import read_columns
from cxtext.evaluate.themes import scores

Row = dict[str, Any]

OURS = next(iter(METHODS))
PACKAGES = ("bertopic", "umap-learn", "hdbscan", "evoc", "turftopic")
# Documents on which a method runs once before its time is taken: imports and numba's compilation. Beyond 4,096 UMAP
# takes another way, which must be compiled too.
WARM_UP = 5000
FIGURES = ("nmi", "ari", "themes", "unassigned", "names", "agreement", "seconds")
HEAD = (
    "| method | NMI | ARI | topics | unassigned | names | agreement | seconds | cxtext : this, NMI | ARI | seconds |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a Markdown table for each file, and write what else was asked for."""
    asked = _parser().parse_args(arguments)
    seeds, methods, encoder = asked.seed or [7], asked.method or list(METHODS), _encoder()
    warm: set[str] = set()
    rows: list[Row] = []
    tables = [_setting(seeds)]
    for path in asked.files:
        try:
            measured = measure_file(path, encoder, seeds, methods, warm)
        except CxtextError as error:
            sys.exit(f"error: {error}")
        rows += measured
        tables.append(as_table(path.stem, measured))
    text = "\n".join(tables)
    print(text)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1), "utf-8")
    if asked.into:
        put_into(asked.into, "themes", text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="CSV files with the columns text and label")
    parser.add_argument("--seed", type=int, action="append", help="repeat it for a mean over several; default: 7")
    parser.add_argument("--method", choices=list(METHODS), action="append", help="default: all")
    parser.add_argument("--json", type=Path, help="every figure of every seed")
    parser.add_argument("--into", type=Path, help="a page whose marked part the tables replace")
    return parser


def measure_file(
    path: Path, encoder: Encoder, seeds: Sequence[int], methods: Sequence[str], warm: set[str]
) -> list[Row]:
    """One row of figures for each method and seed; `warm` are the methods that need no warming up, and grows."""
    frame = read_columns(path, ["text", "label"])
    texts, labels = [clean(text).text for text in frame["text"]], list(frame["label"])
    started = time.perf_counter()
    remembering = Remembering(encoder, texts)
    embedding = time.perf_counter() - started
    corpus = Corpus(texts, remembering, encode_cached(texts, remembering, None)[0])
    about = {"file": path.stem, "embedding_seconds": embedding}
    rows = []
    for name in methods:
        if name not in warm:
            warm_up(name, corpus, seeds[0])
            warm |= {name} if len(texts) >= WARM_UP else set()
        rows += [about | measure(name, corpus, labels, seed) for seed in seeds]
    return rows


def warm_up(name: str, corpus: Corpus, seed: int) -> None:
    """Run a method once on a part of the texts, so that its time is that of its work. A failure here is no result."""
    with _silence(), contextlib.suppress(Exception):
        METHODS[name](corpus.part(WARM_UP), seed)


def measure(name: str, corpus: Corpus, labels: Sequence[str], seed: int) -> Row:
    """The figures of one method with one seed; those that it cannot have are None, all of them where it fails."""
    print(f"{name}, seed {seed} ...", file=sys.stderr, flush=True)
    about = {"method": name, "seed": seed, "documents": len(labels), "labels": len(set(labels))}
    try:
        with _silence():
            started = time.perf_counter()
            found = METHODS[name](corpus, seed)
            seconds = time.perf_counter() - started
            later = found.again() if found.again else None
    except Exception as error:  # a peer that fails is a result too, and must not cost the others theirs
        print(f"  failed: {error!r}", file=sys.stderr, flush=True)
        return about | dict.fromkeys(FIGURES) | {"error": repr(error)}
    return {
        **about,
        **scores(labels, found.groups),
        "names": _names_that_match(found, labels, corpus.encoder),
        "agreement": None if later is None else _agreement(found.groups, later),
        "seconds": seconds,
    }


def _names_that_match(found: Found, labels: Sequence[str], encoder: Encoder) -> float | None:
    if found.names is None:
        return None
    return label_match(labels, found.groups, found.names(), lambda texts: encode_cached(texts, encoder, None)[0])


def _agreement(one: Sequence[str | None], other: Sequence[str | None]) -> float:
    return fmean(a == b for a, b in zip(one, other, strict=True))


def as_table(title: str, rows: Sequence[Row]) -> str:
    """A Markdown table of one file, means over the seeds; ratios are cxtext's figure by the method's."""
    first = rows[0]
    means = {name: _means([row for row in rows if row["method"] == name]) for name in _methods_of(rows)}
    lines = [_line(name, mean, means.get(OURS)) for name, mean in means.items()]
    about = f"{first['documents']:,} documents, {first['labels']} labels, embedding {first['embedding_seconds']:.0f} s"
    return f"**{title}** ({about})\n\n{HEAD}" + "\n".join(lines) + "\n"


def _methods_of(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["method"] for row in rows))


def _means(rows: Sequence[Row]) -> Row:
    """Means of the figures that there are."""
    held = {name: [row[name] for row in rows if row[name] is not None] for name in FIGURES}
    return {name: fmean(values) if values else None for name, values in held.items()}


def _line(name: str, mean: Row, ours: Row | None) -> str:
    ratios = [
        _number(ours[figure] / mean[figure], 2) if ours and name != OURS and ours[figure] and mean[figure] else "-"
        for figure in ("nmi", "ari", "seconds")
    ]
    cells = [
        name,
        _number(mean["nmi"], 3),
        _number(mean["ari"], 3),
        _number(mean["themes"], 0),
        _share(mean["unassigned"]),
        _share(mean["names"]),
        _share(mean["agreement"]),
        _number(mean["seconds"], 1),
        *ratios,
    ]
    return f"| {' | '.join(cells)} |"


def _number(number: float | None, places: int) -> str:
    return "-" if number is None else f"{number:.{places}f}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _setting(seeds: Sequence[int]) -> str:
    """Where and with what the figures were taken, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES if find_spec(name.split("-")[0]))
    words = f"{', '.join(map(str, seeds))}. {os.cpu_count()} cores, Python {platform.python_version()}, {packages}"
    return f"Seed{'s' * (len(seeds) > 1)} {words}.\n"


def _encoder() -> Encoder:
    from cxtext.night import USUAL_CONFIG, measuring_night

    return measuring_night(Path(USUAL_CONFIG)).encoder


@contextlib.contextmanager
def _silence() -> Any:
    """No progress bars, logs and warnings of the peers between the figures."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


if __name__ == "__main__":
    main()
