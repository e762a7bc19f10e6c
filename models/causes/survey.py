"""What the corpus holds, for the card: counts, lengths, rules, variety, and near-duplicates.

    python models/causes/survey.py               print the figures
    python models/causes/survey.py --near        print the near-duplicates, a line each: file, row, file, row, share

Near-duplicates share 60% of their words and pairs of words (Jaccard) and carry the same labels; contrast pairs do not.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
NEAR = 0.6  # of two texts' words and pairs of words, from which on they are nearly the same
BLOCK = 1000


def main() -> None:
    """Read the command line and print what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--near", action="store_true", help="print the near-duplicates")
    documents = read_corpus()
    nearest = nearest_of([document["text"] for document in documents])
    if parser.parse_args().near:
        for first, second, share in near_duplicates(documents, *nearest):
            print(*(f"{documents[row]['file']} {documents[row]['row']}" for row in (first, second)), f"{share:.2f}")
        return
    print_counts(documents)
    print_variety([document["text"] for document in documents], nearest[1])
    print(f"near-duplicates: {len(near_duplicates(documents, *nearest))}")


def read_corpus() -> list[dict[str, Any]]:
    """Every document, with the file and the row in which it stands."""
    return [
        {**json.loads(line), "file": path.name, "row": row}
        for path in sorted((HERE / "corpus").glob("*.jsonl"))
        for row, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]


def nearest_of(texts: list[str]) -> tuple[Any, Any]:
    """For every text the one that shares most of its words and pairs of words, and the share (Jaccard)."""
    from sklearn.feature_extraction.text import CountVectorizer

    counted = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"\w+", dtype=np.float32)
    held = counted.fit_transform(texts).tocsr()
    sizes = np.asarray(held.sum(axis=1)).ravel()
    nearest, shares = np.zeros(len(texts), np.int64), np.zeros(len(texts))
    for start in range(0, len(texts), BLOCK):
        rows = slice(start, start + BLOCK)
        shared = (held[rows] @ held.T).toarray()
        shared /= np.maximum(sizes[rows, None] + sizes - shared, 1)
        shared[np.arange(len(shared)), np.arange(start, start + len(shared))] = 0
        nearest[rows], shares[rows] = shared.argmax(axis=1), shared.max(axis=1)
    return nearest, shares


def near_duplicates(documents: list[dict[str, Any]], nearest: Any, shares: Any) -> list[tuple[int, int, float]]:
    """Pairs of rows, the earlier first, that are nearly the same and carry the same labels."""

    def labels(row: int) -> tuple[str, frozenset[str]]:
        return documents[row]["primary"], frozenset(documents[row]["causes"])

    near = [(row, int(other), float(shares[row])) for row, other in enumerate(nearest) if shares[row] >= NEAR]
    pairs = {(min(row, other), max(row, other)): share for row, other, share in near if labels(row) == labels(other)}
    return [(*pair, share) for pair, share in sorted(pairs.items())]


def print_counts(documents: list[dict[str, Any]]) -> None:
    """Labels, industries, channels, lengths and rules."""
    several = sum(len(document["causes"]) > 1 for document in documents)
    print(f"{len(documents):,} documents, {several:,} ({several / len(documents):.1%}) with several causes")
    primaries = Counter(document["primary"] for document in documents)
    causes = Counter(cause for document in documents for cause in document["causes"])
    for label, count in primaries.most_common():
        print(f"| `{label}` | {count:,} | {f'{causes[label]:,}' if causes[label] else ''} |")
    for name in ("industry", "channel"):
        counts = Counter(document[name] for document in documents)
        print(f"{len(counts)} {name}:", ", ".join(f"{each} {count:,}" for each, count in counts.most_common(14)))
    lengths = np.array([len(document["text"].split()) for document in documents])
    bins = np.histogram(lengths, [0, 9, 31, 91, 10_000])[0]
    print(f"words: {bins.tolist()} up to 8, 30, 90, more; median {np.median(lengths):.0f}, longest {lengths.max()}")
    rules = Counter(rule for document in documents for rule in document["rules"])
    print("rules:", ", ".join(f"{rule} {rules[rule]:,}" for rule in range(1, 21)))


def print_variety(texts: list[str], shares: Any) -> None:
    """Distinct words, pairs and triples, distinct openings, and how near each text's nearest one is."""
    words = [text.lower().split() for text in texts]
    for size, name in ((1, "words"), (2, "pairs"), (3, "triples")):
        runs = [tuple(each[at : at + size]) for each in words for at in range(len(each) - size + 1)]
        print(f"distinct {name}: {len(set(runs)) / len(runs):.1%}")
    print(f"distinct openings of three words: {len({tuple(each[:3]) for each in words}):,}")
    found = np.quantile(shares, [0.5, 0.95, 0.99])
    print(
        "share of a text's words and pairs that its nearest text has: median {:.2f}, 95% {:.2f}, 99% {:.2f}".format(
            *found
        )
    )


if __name__ == "__main__":
    main()
