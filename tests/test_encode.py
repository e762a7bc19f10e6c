"""Texts become vectors once: the bundled encoder, other models, and the cache."""

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext import encode
from cxtext.causes import LABELS
from cxtext.encode import (
    EmbeddingCache,
    EncoderError,
    OnnxEncoder,
    SentenceTransformersEncoder,
    encode_cached,
    load_encoder,
)

BUNDLED = Path(__file__).parents[1] / "models" / "encoder"
TEXTS = ["The parcel never arrived", "ok", "My refund is late, and nobody answers the phone or my e-mails", ""]

# Adds two rows of [[0, 0], [1, 0], [0, 1], [3, 4]]: those of a token's id and of its type. Output: last_hidden_state.
EXPORTED_MODEL = base64.b64decode(
    "CAg6nQIKGQoBdAoJaW5wdXRfaWRzEgFhIgZHYXRoZXIKHgoBdAoOdG9rZW5fdHlwZV9pZHMSAWIiBkdhdGhlcgoeCgFhCgFiEhFsYXN0X2hpZGRl"
    "bl9zdGF0ZSIDQWRkEgFnKisIBAgCEAFCAXRKIAAAAAAAAAAAAACAPwAAAAAAAAAAAACAPwAAQEAAAIBAWh0KCWlucHV0X2lkcxIQCg4IBhIKCgMS"
    "AW4KAxIBc1oiCg5hdHRlbnRpb25fbWFzaxIQCg4IBhIKCgMSAW4KAxIBc1oiCg50b2tlbl90eXBlX2lkcxIQCg4IBhIKCgMSAW4KAxIBc2IpChFs"
    "YXN0X2hpZGRlbl9zdGF0ZRIUChIIARIOCgMSAW4KAxIBcwoCCAJCBAoAEBE="
)


class LetterEncoder:
    """Two numbers a text, from its letters; keeps what it was asked for."""

    name = "letters-1"
    dimensions = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        rows = np.array([(1 + text.count("a"), 1 + text.count("b")) for text in texts], np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def bundled() -> OnnxEncoder:
    return OnnxEncoder(BUNDLED)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(WordLevel({"[PAD]": 0, "east": 1, "north": 2, "far": 3}, unk_token="[PAD]"))
    tokenizer.pre_tokenizer = Whitespace()
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(EXPORTED_MODEL)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder: Path, **changes: Any) -> None:
    files = {name: {"sha256": sha256((folder / name).read_bytes()).hexdigest()} for name in FILES}
    fields = {"name": "compass", "dimensions": 2, "max_tokens": 8, "model": FILES[0], "tokenizer": FILES[1]}
    fields |= {"output": "last_hidden_state", "pooling": "mean", "files": files}
    (folder / "manifest.json").write_text(json.dumps(fields | changes))


FILES = ("onnx/model.onnx", "tokenizer.json")


def shards(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


# --- the bundled encoder


def test_what_means_the_same_is_closer_than_what_shares_words(bundled: OnnxEncoder) -> None:
    late, same, other = bundled.encode(
        ["My order has not arrived yet", "I am still waiting for my package", "My dog has not eaten yet"]
    )
    assert late @ same > late @ other + 0.1


def test_vectors_are_those_that_the_authors_publish(bundled: OnnxEncoder) -> None:
    (vector,) = bundled.encode(["This is an example sentence"])
    assert vector[:3] == pytest.approx([0.0676569, 0.0634959, 0.0487131], abs=1e-4)


def test_vectors_have_length_one_and_the_order_of_the_texts(bundled: OnnxEncoder) -> None:
    together = bundled.encode(TEXTS)
    assert together.shape == (4, 384)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1)
    assert together == pytest.approx(np.concatenate([bundled.encode([text]) for text in TEXTS]), abs=1e-6)


def test_the_order_of_the_texts_and_the_threads_change_not_one_bit(bundled: OnnxEncoder) -> None:
    texts = [f"{text} {number}" for text in TEXTS for number in range(40)]
    forwards = bundled.encode(texts)
    assert (bundled.encode(texts[::-1])[::-1] == forwards).all()
    assert (OnnxEncoder(BUNDLED, threads=3).encode(texts) == forwards).all()


def test_layers_are_pooled_over_spans_of_characters(bundled: OnnxEncoder) -> None:
    text = "The parcel never arrived. Nobody answers."
    whole, first, nothing = bundled.pool_layers([text], [[(0, len(text)), (0, 25), (0, 0)]])[0].states
    assert whole.shape == (4, 384)
    assert not nothing.any()
    assert np.abs(whole - first).max() > 0.1
    padded = bundled.pool_layers([text, text + " again" * 20], [[(0, len(text))], [(0, 10)]])
    assert padded[0].states[0] == pytest.approx(whole, abs=1e-4)
    assert bundled.pool_layers([], []) == []


def test_a_network_tells_labels_of_the_whole_and_of_its_sentences() -> None:
    network = OnnxEncoder(BUNDLED.parent / "causes" / "network")
    text = "The parcel never arrived. The man at the desk was so rude to me."
    spans = [(0, len(text)), (0, 25), (26, len(text)), (0, 0)]
    whole, parcel, man, nothing = network.pool_layers([text], [spans])[0].odds
    rude = LABELS.index("employee.negative_attitude")
    assert man[rude] > whole[rude] > parcel[rude]
    assert not nothing.any()
    beside = network.pool_layers([text, "Thanks!", text * 3], [spans, [(0, 7)], [(0, 9)]])
    assert (beside[0].odds[0] == whole).all()  # 8-bit activations are scaled by the batch: a text is one of its own


def test_a_model_that_shows_no_layers_says_so(exported: Path) -> None:
    with pytest.raises(EncoderError, match="names no layers"):
        OnnxEncoder(exported).pool_layers(["east"], [[(0, 4)]])


def test_no_texts_give_no_rows(bundled: OnnxEncoder) -> None:
    assert bundled.encode([]).shape == (0, 384)


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\ud83d", "💥" * 300])
def test_any_text_has_a_vector(bundled: OnnxEncoder, text: str) -> None:
    assert np.linalg.norm(bundled.encode([text])) == pytest.approx(1)


def test_a_long_text_is_read_up_to_the_limit_and_the_limit_is_part_of_the_name(bundled: OnnxEncoder) -> None:
    short = OnnxEncoder(BUNDLED, max_tokens=5)
    one, other = short.encode(["my card was stolen", "my card was lost"])  # two markers and three words
    assert (one == other).all()
    assert bundled.encode(["late " * 254]) == pytest.approx(bundled.encode(["late " * 900]))
    assert short.name != bundled.name
    assert OnnxEncoder(BUNDLED, max_tokens=9999).name == bundled.name


def test_a_limit_that_leaves_no_word_is_refused() -> None:
    with pytest.raises(EncoderError, match="at least 3"):
        OnnxEncoder(BUNDLED, max_tokens=2)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = copytree(BUNDLED, tmp_path / "encoder")
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(EncoderError, match=rf"{name}.*manifest\.json.*build\.py"):
        OnnxEncoder(folder)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = copytree(BUNDLED, tmp_path / "encoder")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match=r"tokenizer\.json: missing"):
        OnnxEncoder(folder)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"name": "x"}'])
def test_a_folder_without_a_whole_manifest_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(EncoderError, match=r"manifest\.json: missing or incomplete") as refusal:
        OnnxEncoder(tmp_path)
    assert "\n" not in str(refusal.value)


def test_the_import_is_light() -> None:
    heavy = "{'onnxruntime', 'tokenizers', 'pyarrow', 'pandas', 'sentence_transformers'}"
    code = f"import sys, cxtext.encode; sys.exit(' '.join({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == "\n"


# --- other models


def test_an_exported_model_is_pooled_over_its_tokens_and_not_over_the_padding(exported: Path) -> None:
    vectors = OnnxEncoder(exported).encode(["east", "far", "east north east north"])
    assert vectors == pytest.approx(np.array([[1, 0], [0.6, 0.8], [0.5**0.5, 0.5**0.5]]))


def test_an_exported_model_may_be_pooled_by_its_first_token(exported: Path) -> None:
    write_manifest(exported, pooling="cls")
    assert OnnxEncoder(exported).encode(["north east", "far"]) == pytest.approx(np.array([[0, 1], [0.6, 0.8]]))


def test_pooling_is_part_of_the_name(exported: Path) -> None:
    mean = OnnxEncoder(exported).name
    write_manifest(exported, pooling="cls")
    assert OnnxEncoder(exported).name != mean


UNKNOWN_OUTPUTS = {"names": ["none"], "attention": "a", "values": "v"}


@pytest.mark.parametrize("change", [{"output": "embedding"}, {"pooling": "max"}, {"labels": UNKNOWN_OUTPUTS}])
def test_a_manifest_that_does_not_fit_the_model_is_refused(exported: Path, change: dict[str, Any]) -> None:
    write_manifest(exported, **change)
    with pytest.raises(EncoderError, match="does not fit"):
        OnnxEncoder(exported)


def test_labels_without_their_outputs_are_refused(exported: Path) -> None:
    write_manifest(exported, labels={"names": ["none"], "attention": "a"})
    with pytest.raises(EncoderError, match="missing or incomplete"):
        OnnxEncoder(exported)


def test_without_sentence_transformers_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EncoderError, match="pip install sentence-transformers"):
        load_encoder("sentence-transformers", tmp_path)


def test_a_sentence_transformers_model_is_named_by_its_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = SimpleNamespace(
        max_seq_length=128,
        get_sentence_embedding_dimension=lambda: 2,
        encode=lambda texts, **_: np.array([[3, 4] for _ in texts], np.float64),
    )
    package = SimpleNamespace(SentenceTransformer=lambda *_, **__: model)
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    (tmp_path / "model.safetensors").write_bytes(b"one")
    encoder = load_encoder("sentence-transformers", tmp_path)
    assert encoder.encode(["any"]) == pytest.approx(np.array([[0.6, 0.8]]))
    assert encoder.encode([]).shape == (0, 2)
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert load_encoder("sentence-transformers", tmp_path).name != encoder.name


def test_a_sentence_transformers_model_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no such folder"):
        SentenceTransformersEncoder(tmp_path / "absent")


# --- the cache


def test_equal_texts_are_encoded_once() -> None:
    encoder = LetterEncoder()
    vectors, fresh = encode_cached(["a", "b", "a", "a"], encoder, None)
    assert (sorted(encoder.asked), fresh) == (["a", "b"], 2)
    assert (vectors[0] == vectors[2]).all()
    assert vectors == pytest.approx(LetterEncoder().encode(["a", "b", "a", "a"]), abs=1e-3)


def test_a_second_call_encodes_nothing(tmp_path: Path) -> None:
    encoder = LetterEncoder()
    assert encode_cached(["a", "b"], encoder, EmbeddingCache(tmp_path))[1] == 2
    assert encode_cached(["b", "c", "a"], encoder, EmbeddingCache(tmp_path))[1] == 1
    assert encode_cached(["c", "b", "a"], encoder, EmbeddingCache(tmp_path))[1] == 0
    assert sorted(encoder.asked) == ["a", "b", "c"]


def test_cached_and_fresh_vectors_are_equal_to_the_byte(bundled: OnnxEncoder, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    fresh, _ = encode_cached(TEXTS, bundled, cache)
    cached, encoded = encode_cached(TEXTS[::-1], bundled, cache)
    assert encoded == 0
    assert cached[::-1].tobytes() == fresh.tobytes() == encode_cached(TEXTS, bundled, None)[0].tobytes()
    assert fresh.dtype == np.float32
    assert np.linalg.norm(fresh, axis=1) == pytest.approx(1)
    assert (fresh * bundled.encode(TEXTS)).sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_no_texts_need_no_encoder(tmp_path: Path) -> None:
    encoder = LetterEncoder()
    vectors, fresh = encode_cached([], encoder, EmbeddingCache(tmp_path))
    assert (vectors.shape, fresh, encoder.asked, shards(tmp_path)) == ((0, 2), 0, [], [])


def test_texts_that_differ_by_a_blank_or_half_a_character_are_different(tmp_path: Path) -> None:
    texts = ["a", "a ", "\ud83d", "\ud83e"]
    assert encode_cached(texts, LetterEncoder(), EmbeddingCache(tmp_path))[1] == 4


def test_each_encoder_has_its_own_vectors(tmp_path: Path) -> None:
    one, other = LetterEncoder(), LetterEncoder()
    other.name = "../letters 2"
    encode_cached(["a"], one, EmbeddingCache(tmp_path))
    assert encode_cached(["a"], other, EmbeddingCache(tmp_path))[1] == 1
    assert {path.parent.parent for path in shards(tmp_path)} == {tmp_path}


@pytest.mark.parametrize("place", ["start", "keys", "end", "cut"])
def test_a_damaged_file_is_named_and_its_texts_are_encoded_again(tmp_path: Path, place: str) -> None:
    encode._read_keys.cache_clear()
    texts = [f"{'a' * number}" for number in range(50)]
    expected, _ = encode_cached(texts, LetterEncoder(), EmbeddingCache(tmp_path))
    (shard,) = shards(tmp_path)
    content = bytearray(shard.read_bytes())
    at = {"start": 6, "keys": content.index(encode.text_keys(["aaa"]).tobytes()), "end": -6, "cut": 0}[place]
    content[at] ^= 255
    shard.write_bytes(content[: len(content) // 2] if place == "cut" else content)
    encode._read_keys.cache_clear()
    with pytest.warns(UserWarning, match=shard.name):
        again, fresh = encode_cached(texts, LetterEncoder(), EmbeddingCache(tmp_path))
    assert (fresh, again.tobytes()) == (50, expected.tobytes())
    assert encode_cached(texts, LetterEncoder(), EmbeddingCache(tmp_path))[1] == 0


def test_a_file_damaged_while_its_keys_are_known_is_found_out(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    expected, _ = encode_cached(["a", "b"], LetterEncoder(), cache)
    encode_cached(["a"], LetterEncoder(), cache)
    (shard,) = shards(tmp_path)
    vector = expected[0].astype("<f2").tobytes()
    shard.write_bytes(shard.read_bytes().replace(vector, bytes(4)))  # two numbers of two bytes
    with pytest.warns(UserWarning, match="damaged"):
        assert encode_cached(["a", "b"], LetterEncoder(), cache)[0].tobytes() == expected.tobytes()


def test_many_small_files_become_one_and_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "MAX_SHARDS", 4)
    cache, texts = EmbeddingCache(tmp_path), ["a" * number for number in range(7)]
    for text in texts:
        encode_cached([text], LetterEncoder(), cache)
    assert len(shards(tmp_path)) == 3  # five joined, and two since
    vectors, fresh = encode_cached(texts, LetterEncoder(), cache)
    assert fresh == 0
    assert vectors == pytest.approx(LetterEncoder().encode(texts), abs=1e-3)


def test_an_interrupted_run_keeps_the_blocks_that_were_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "BLOCK", 2)
    ready: list[int] = []

    def stop_at_four(number: int) -> None:
        ready.append(number)
        if sum(ready) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_cached(list("abcdef"), LetterEncoder(), EmbeddingCache(tmp_path), progress=stop_at_four)
    assert encode_cached(list("abcdef"), LetterEncoder(), EmbeddingCache(tmp_path))[1] == 2


def test_nothing_of_a_text_is_in_the_cache(tmp_path: Path) -> None:
    encode_cached(["Wilhelmina Okonkwo lost her card"], LetterEncoder(), EmbeddingCache(tmp_path))
    written = b"".join(str(path).encode() + path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert shards(tmp_path)
    assert not any(word in written for word in (b"Wilhelmina", b"Okonkwo", b"lost", b"card"))


def test_vectors_that_are_no_numbers_are_refused_and_not_kept(tmp_path: Path) -> None:
    encoder = LetterEncoder()
    encoder.encode = lambda texts: np.full((len(texts), 2), np.nan, np.float32)  # type: ignore[method-assign]
    with pytest.raises(EncoderError, match="letters-1"):
        encode_cached(["a"], encoder, EmbeddingCache(tmp_path))
    assert shards(tmp_path) == []
