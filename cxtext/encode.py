"""Texts as vectors: the encoders, and the cache that lets no text be encoded twice."""

import hashlib
import importlib
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cxtext.errors import CxtextError
from cxtext.pooled import Pooled

MANIFEST = {"name": str, "dimensions": int, "max_tokens": int, "model": str, "tokenizer": str, "output": str}
MANIFEST |= {"pooling": str, "files": dict}
REMEDY = "restore the folder, or rebuild it with the build.py of its model"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
BATCH_TOKENS = 384  # a batch's activations stay in a core's own cache: half as fast again as batches of 8,192
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
BLOCK = 4096  # texts encoded between two writes to the cache: all that an interrupted run loses
FULL_SHARD = 100_000_000  # bytes (about 130,000 texts at 384 dimensions): larger shards are not joined again
LABEL_OUTPUTS = "attention", "values"  # of a network that tells labels
LEAST_WEIGHT = 1e-30  # of a span in attention, against division by zero
MAX_SHARDS = 64  # shards below that size; one more and they are joined
PARQUET = {"compression": "none", "use_dictionary": False, "write_statistics": False, "write_page_checksum": True}
WEIGHTS = {".safetensors", ".bin", ".json", ".txt"}  # what decides a sentence-transformers model's vectors

Keys = NDArray[np.bytes_]
Halves = NDArray[np.float16]
Rows = NDArray[np.float32]
Progress = Callable[[int], object]
Found = TypeVar("Found")


class EncoderError(CxtextError):
    """An encoder cannot be used, told in one line that says what to do."""


class Encoder(Protocol):
    """Turns texts into unit vectors; `name`, the cache's key, tells the weights by their hash, and the token limit."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimensions), rows of length 1, in the order of `texts`; no texts give (0, dimensions)."""


class OnnxEncoder:
    """An ONNX sentence encoder: a folder with a model, its `tokenizer.json` and a `manifest.json`.

    The manifest's `output` names the output to take: one of shape (n, dimensions) is taken as it is, one of shape
    (n, tokens, dimensions), as an exported model's `last_hidden_state`, is pooled by `pooling` (`mean` or `cls`).
    `max_tokens` may only lower the manifest's; `threads` 0 means all cores. Vectors depend neither on `threads` nor,
    but for the last bits, on the other texts; a model whose manifest says `alone`, since it scales what it computes by
    the batch, gets every text by itself. `labels` are those that it tells (see `Pooled`), `tuned_on` the sha256 of the
    files that taught it. Raises EncoderError where a file is missing or has another sha256.
    """

    def __init__(
        self, folder: Path, *, max_tokens: int | None = None, batch_tokens: int = BATCH_TOKENS, threads: int = 0
    ) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        manifest, hashes = _read_manifest(folder)
        limit = manifest["max_tokens"] if max_tokens is None else min(max_tokens, manifest["max_tokens"])
        if limit < 3:
            raise EncoderError(f"max_tokens is {limit}: set at least 3, since two of them are markers")
        self._output, self._pooling = manifest["output"], manifest["pooling"]
        self._layers: list[str] = manifest["layers"]
        self._labelled: list[str] = manifest["label_outputs"]
        self.labels: tuple[str, ...] = manifest["labels"]
        self.tuned_on: frozenset[str] = manifest["tuned_on"]
        identity = hashlib.sha256("\n".join([*hashes, self._output, self._pooling]).encode()).hexdigest()
        self.name: str = f"{manifest['name']}-{identity[:12]}-{limit}"
        self.dimensions: int = manifest["dimensions"]
        self._batch_tokens = 1 if manifest["alone"] else batch_tokens
        self._threads = threads or CORES
        self._tokenizer = Tokenizer.from_file(str(folder / manifest["tokenizer"]))
        self._pad_id = int((self._tokenizer.padding or {}).get("pad_id", 0))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(limit)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side, which is faster than to share out each product
        self._session = onnxruntime.InferenceSession(folder / manifest["model"], options, ["CPUExecutionProvider"])
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._kinds = {each.name: np.int32 if "int32" in each.type else np.int64 for each in inputs}
        fits = self._kinds.keys() <= set(INPUTS) and {self._output, *self._layers, *self._labelled} <= {
            each.name for each in outputs
        }
        if not fits or self._pooling not in ("mean", "cls"):
            raise EncoderError(
                f"{folder}: manifest.json's output, layers, labels or pooling does not fit the model; mend it there"
            )

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimensions), rows of length 1, in the order of `texts`."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        tokens = [np.array(each.ids, np.int64) for each in self._tokenizer.encode_batch_fast(_valid(texts))]
        for batch, rows in self._over_batches(texts, tokens, self._encode_batch):
            vectors[batch] = rows
        return vectors

    def pool_layers(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Pooled]:
        """For every text what is seen in each of its spans, which are half-open ranges of characters.

        A span without a token that was read gives zeros. `layers` are those that the manifest names, the lowest first.
        Raises EncoderError where it names none.
        """
        if not self._layers:
            raise EncoderError(f"{self.name}: its manifest.json names no layers; use models/causes/network")
        found = self._tokenizer.encode_batch(_valid(texts))
        tokens = [np.array(each.ids, np.int64) for each in found]
        shares = [_token_shares(each.offsets, asked) for each, asked in zip(found, spans, strict=True)]
        pooled: dict[int, Pooled] = {}
        for batch, (states, marks) in self._over_batches(texts, tokens, self._run_layers):
            for place, row in enumerate(batch):
                read = slice(len(tokens[row]))
                means = np.matmul(shares[row], states[place, :, read]).transpose(1, 0, 2)
                pooled[row] = Pooled(means, _attended(shares[row] > 0, *(each[place, read] for each in marks)))
        return [pooled[row] for row in range(len(texts))]

    def _over_batches(
        self, texts: Sequence[str], tokens: list[NDArray[np.int64]], run: Callable[[list[NDArray[np.int64]]], Found]
    ) -> Iterator[tuple[list[int], Found]]:
        # By length, so that little is padded; then by text, so that the order of the texts changes not one bit.
        order = sorted(range(len(texts)), key=lambda row: (len(tokens[row]), texts[row]))
        batches = list(_batches(order, tokens, self._batch_tokens))
        with ThreadPoolExecutor(self._threads) as pool:
            encoded = pool.map(lambda batch: run([tokens[row] for row in batch]), batches)
            yield from zip(batches, encoded, strict=True)

    def _run_layers(self, tokens: list[NDArray[np.int64]]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        asked, _ = self._feed(tokens)
        found = self._session.run([*self._layers, *self._labelled], asked)
        return np.stack(found[: len(self._layers)], axis=1), found[len(self._layers) :]

    def _encode_batch(self, tokens: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        asked, mask = self._feed(tokens)
        (rows,) = self._session.run([self._output], asked)
        if rows.ndim == 3:  # no division by the number of tokens: it does not change a direction
            rows = rows[:, 0] if self._pooling == "cls" else (rows * mask[:, :, None].astype(np.float32)).sum(axis=1)
        return _unit(rows)

    def _feed(self, tokens: list[NDArray[np.int64]]) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
        shape = len(tokens), max(map(len, tokens))
        ids, mask = np.full(shape, self._pad_id, np.int64), np.zeros(shape, np.int64)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        feeds = dict(zip(INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
        return {name: feeds[name].astype(kind) for name, kind in self._kinds.items()}, mask


class SentenceTransformersEncoder:
    """A sentence-transformers model from a local folder, by PyTorch; raises EncoderError where either is missing."""

    def __init__(self, model_path: Path) -> None:
        if not model_path.is_dir():
            raise EncoderError(f"{model_path}: no such folder; save the model there with SentenceTransformer.save()")
        try:
            package = importlib.import_module("sentence_transformers")
        except ImportError:
            raise EncoderError("run `pip install sentence-transformers`, or set the encoder's kind to onnx") from None
        self._model: Any = package.SentenceTransformer(str(model_path), local_files_only=True)
        content = hashlib.sha256()
        for path in sorted(path for path in model_path.rglob("*") if path.suffix in WEIGHTS):
            content.update(path.relative_to(model_path).as_posix().encode() + path.read_bytes())
        self.name = f"{model_path.resolve().name}-{content.hexdigest()[:12]}-{self._model.max_seq_length}"
        self.dimensions = int(self._model.get_sentence_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimensions), rows of length 1, in the order of `texts`."""
        return _unit(np.asarray(self._model.encode(list(texts), show_progress_bar=False)).reshape(-1, self.dimensions))


def load_encoder(
    kind: Literal["onnx", "sentence-transformers"], path: Path, *, max_tokens: int | None = None, threads: int = 0
) -> Encoder:
    """The encoder in the folder `path`; raises EncoderError. `max_tokens` and `threads` count for `onnx` only."""
    onnx = kind == "onnx"
    return OnnxEncoder(path, max_tokens=max_tokens, threads=threads) if onnx else SentenceTransformersEncoder(path)


class EmbeddingCache:
    """Vectors on disk by encoder name and text hash: `<folder>/<encoder name>/<content hash>.parquet`.

    The files hold hashes and float16 vectors, never a text. They are written whole, then renamed, so that several
    processes may share a folder. A damaged file is named in a warning and removed. A `read_only` cache keeps nothing.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder, self.read_only = folder, read_only

    def read(self, encoder: Encoder, keys: Keys) -> tuple[Halves, NDArray[np.bool_]]:
        """Vectors of the keys, shape (len(keys), dimensions), zero where not found; and which were found."""
        vectors, found = np.zeros((len(keys), encoder.dimensions), np.float16), np.zeros(len(keys), np.bool_)
        for path in sorted(self._folder_of(encoder).glob("*.parquet")):
            with _passing_over_lost(path):
                held = _read_keys(path)
                at = np.minimum(np.searchsorted(held, keys), len(held) - 1)
                if len(hits := np.flatnonzero(~found & (held[at] == keys))):
                    vectors[hits] = _read_column(path, "vector", "<f2")[at[hits]]
                    found[hits] = True
        return vectors, found

    def write(self, encoder: Encoder, keys: Keys, vectors: Halves) -> None:
        """Add vectors under their keys; joins the small files where there are more than MAX_SHARDS."""
        if self.read_only:
            return
        folder = self._folder_of(encoder)
        _write_shard(folder, keys, vectors)
        with suppress(FileNotFoundError):  # another process is joining them
            small = [path for path in folder.glob("*.parquet") if path.stat().st_size < FULL_SHARD]
            if len(small) > MAX_SHARDS:
                _join_shards(small)

    def _folder_of(self, encoder: Encoder) -> Path:
        return self.folder / re.sub(r"[^\w.-]|^\W", "_", encoder.name, flags=re.ASCII)


def encode_cached(
    texts: Sequence[str], encoder: Encoder, cache: EmbeddingCache | None, *, progress: Progress = lambda _: None
) -> tuple[NDArray[np.float32], int]:
    """Unit vectors, shape (len(texts), dimensions), and the number of texts that had to be encoded.

    Equal texts are encoded once, known ones not at all. Fresh vectors go through float16 as cached ones do, so both
    are equal to the byte. `progress` is called with the number of texts that have just been encoded. Raises
    EncoderError where the encoder's vectors have a wrong shape or are not finite: such are not kept.
    """
    # In the order of the keys: blocks, and with them the vectors' last bits, do not hang on the order of the texts.
    keys, first, inverse = np.unique(text_keys(texts), return_index=True, return_inverse=True)
    vectors, found = np.zeros((len(keys), encoder.dimensions), np.float16), np.zeros(len(keys), np.bool_)
    if cache is not None:
        vectors, found = cache.read(encoder, keys)
    missing = np.flatnonzero(~found)
    for block in (missing[start : start + BLOCK] for start in range(0, len(missing), BLOCK)):
        fresh = encoder.encode([texts[row] for row in first[block]])
        if fresh.shape != (len(block), encoder.dimensions) or not np.isfinite(fresh).all():
            raise EncoderError(f"{encoder.name}: vectors of a wrong shape or not finite; use another encoder")
        vectors[block] = fresh
        if cache is not None:
            cache.write(encoder, keys[block], vectors[block])
        progress(len(block))
    return _unit(vectors)[inverse], len(missing)


def text_keys(texts: Sequence[str]) -> Keys:
    """The cache's key of each exact text, half surrogate pairs included: 16 bytes of blake2b, shape (len(texts),)."""
    hashes = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
    return np.array(hashes, "S16")


def _unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    rows = vectors.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def _batches(order: Sequence[int], tokens: Sequence[NDArray[np.int64]], budget: int) -> Iterator[list[int]]:
    """Cut rows in ascending order of length into batches of at most `budget` tokens, padding included."""
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or len(tokens[order[end]]) * (end + 1 - start) > budget:
            yield list(order[start:end])
            start = end


def _read_manifest(folder: Path) -> tuple[dict[str, Any], list[str]]:
    path = folder / "manifest.json"
    try:
        stored = json.loads(path.read_text("utf-8"))
        manifest = {name: kind(stored[name]) for name, kind in MANIFEST.items()}
        manifest["layers"] = list(stored.get("layers", []))  # an exported model need not show its inner layers
        labels = stored.get("labels", {"names": []})  # only a network that was trained to tell labels has any
        manifest["labels"] = tuple(labels["names"])
        manifest["label_outputs"] = [str(labels[name]) for name in LABEL_OUTPUTS] if manifest["labels"] else []
        manifest["tuned_on"] = frozenset(stored.get("source", {}).get("corpus", {}).values())
        manifest["alone"] = bool(stored.get("alone", False))
        names = manifest["model"], manifest["tokenizer"]
        hashes = {folder / name: manifest["files"][name]["sha256"] for name in names}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{path}: missing or incomplete ({error!r}); {REMEDY}") from None
    for path, expected in hashes.items():
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise EncoderError(f"{path}: missing, or not the file that manifest.json describes; {REMEDY}")
    return manifest, list(hashes.values())


def _valid(texts: Sequence[str]) -> list[str]:
    """The texts without half surrogate pairs, as cut-off JSON leaves them, which would be refused."""
    return [text.encode("utf-8", "replace").decode() for text in texts]


def _attended(
    spans: NDArray[np.bool_], attention: NDArray[np.float32] | None = None, values: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Log odds of labels in spans, (spans, labels): tokens' values, weighted by the softmax of their attention.

    `spans` (spans, tokens) says which tokens lie in them; `attention` and `values` have shape (tokens, labels).
    """
    if attention is None or values is None:
        return np.zeros((len(spans), 0), np.float32)
    weights = np.exp(attention - attention.max(axis=0))
    shares = spans.astype(np.float32)
    return np.asarray((shares @ (weights * values)) / np.maximum(shares @ weights, LEAST_WEIGHT), np.float32)


def _token_shares(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """The share of each token in each span's mean, (spans, tokens); markers, which cover no character, have none."""
    starts, ends = np.array(offsets, np.int64).reshape(-1, 2).T
    first, last = np.array(spans, np.int64).reshape(-1, 2).T[:, :, None]
    inside = ((starts >= first) & (ends <= last) & (ends > starts)).astype(np.float32)
    return np.asarray(inside / np.maximum(inside.sum(axis=1, keepdims=True), 1), np.float32)


@contextmanager
def _passing_over_lost(path: Path) -> Iterator[None]:
    """Passes over a shard that another process has just joined to others, and over a damaged one, which it removes."""
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, ArrowException) as error:
        if isinstance(error, FileNotFoundError):
            return
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk or a permission is at fault, not the file's content
        warnings.warn(f"{path}: damaged, so removed; its texts are encoded again ({error})", stacklevel=4)
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1024)  # a shard's name is its content: keys once read hold for as long as the file is there
def _read_keys(path: Path) -> Keys:
    return _read_column(path, "key", "S16")[:, 0]


def _read_column(path: Path, name: str, kind: str) -> NDArray[Any]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path, page_checksum_verification=True) as shard:
        column = shard.read([name]).column(0)
        content = b"".join(chunk.buffers()[1] for chunk in column.chunks)
        return np.frombuffer(content, kind).reshape(len(column), -1)


def _write_shard(folder: Path, keys: Keys, vectors: Halves) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    fixed_size, order, number = pa.FixedSizeBinaryArray.from_buffers, np.argsort(keys), len(keys)
    columns = [keys[order].tobytes(), vectors[order].astype("<f2").tobytes()]
    arrays = [fixed_size(pa.binary(len(each) // number), number, [None, pa.py_buffer(each)]) for each in columns]
    content = hashlib.blake2b(b"".join(columns), digest_size=16).hexdigest()
    part, path = folder / f"{content}.{os.getpid()}.part", folder / f"{content}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays, ["key", "vector"]), part, **PARQUET)
    part.replace(path)
    return path


def _join_shards(paths: Sequence[Path]) -> None:
    """Write one shard in the place of many; it is there before they go."""
    parts = []
    for path in paths:
        with _passing_over_lost(path):
            parts.append((_read_keys(path), _read_column(path, "vector", "<f2")))
    if len(parts) < 2:  # another process has joined them
        return
    keys, first = np.unique(np.concatenate([held for held, _ in parts]), return_index=True)
    written = _write_shard(paths[0].parent, keys, np.concatenate([vectors for _, vectors in parts])[first])
    for path in set(paths) - {written}:
        path.unlink(missing_ok=True)
