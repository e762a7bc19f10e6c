"""Tune the encoder for support texts: what is about the same matter moves together, neighbouring matters move apart.

The corpus holds sets of texts that say the same in different words. Training is supervised contrastive (Khosla et al.
2020, "Supervised Contrastive Learning"), with a second term that keeps every text near the vector that the official
model gives it, so that what the corpus does not speak of stays as it was. Needs `torch`; only building does.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

LAYERS, HEADS, DIMENSIONS, INNER_DIMENSIONS = 6, 12, 384, 1536
WORDS, POSITIONS, SEGMENTS = 30_522, 512, 2
EPSILON, DROPOUT = 1e-12, 0.1
MAX_TOKENS = 64  # of a text in training: longer ones say nothing more about their matter
EPOCHS, RATE, WARM_UP, DECAY = 3, 1e-4, 0.1, 0.01
SETS, TEXTS = 24, 4  # in one batch
CHUNK = 24  # texts that go through the network at once, of much the same length: less padding
TEMPERATURE = 0.05
KEEP = 1.0  # weight of staying near the official vectors
ONE_FILE = 0.5  # share of batches from one writer's file, whose sets are neighbours on purpose
TWINS = 0.55  # official cosine from which texts of two writers may be about the same matter: no evidence either way
BLOCK = 256

Floats = NDArray[np.float32]
Weights = dict[str, Floats]


@dataclass(frozen=True)
class Text:
    """A text of the corpus as token ids, the set that it belongs to, and the file that this is from."""

    tokens: list[int]
    group: str
    file: str


def read_corpus(paths: Sequence[Path], tokenizer: Any) -> list[Text]:
    """All texts of JSON Lines files with `intent` and `text`, in order."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    rows = [(path.stem, json.loads(line)) for path in paths for line in path.read_text("utf-8").splitlines()]
    return [Text(tokenizer.encode(row["text"]).ids, f"{file}:{row['intent']}", file) for file, row in rows]


def tune(weights: Weights, corpus: Sequence[Text], *, seed: int = 0, report: Any = print) -> Weights:
    """The weights after training on the corpus; the same seed gives the same on one machine with as many threads."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(mode=True)
    chance = np.random.default_rng(seed)
    model = Encoder()
    model.load_state_dict({name: torch.tensor(value) for name, value in weights.items() if "pooler" not in name})
    model.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)  # rare words are in no training text
    official = vectors_of(model, corpus)
    trained = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * len(corpus) // (SETS * TEXTS)
    total = 0.0
    for step, rows in enumerate(batches(corpus, steps, chance), 1):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / (WARM_UP * steps)) * max(0.02, 1 - step / steps)
        loss = loss_of(model, [corpus[row] for row in rows], official[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        total += loss.item()
        if step % 50 == 0:
            report(f"step {step} of {steps}: loss {total / 50:.3f}")
            total = 0.0
    return {name: value.numpy() for name, value in model.state_dict().items()}


def batches(corpus: Sequence[Text], steps: int, chance: np.random.Generator) -> Iterator[list[int]]:
    """Rows of `steps` batches: a few texts of each of a few sets, half of the time of one file; short texts first."""
    members: dict[str, list[int]] = {}
    for row, text in enumerate(corpus):
        members.setdefault(text.group, []).append(row)
    groups = sorted(members)
    files = sorted({text.file for text in corpus})
    for _ in range(steps):
        pool = groups
        if chance.random() < ONE_FILE:
            file = files[chance.integers(len(files))]
            pool = [group for group in groups if group.partition(":")[0] == file]
        chosen = [pool[each] for each in chance.choice(len(pool), min(SETS, len(pool)), replace=False)]
        rows = [
            int(row)
            for group in chosen
            for row in chance.choice(members[group], min(TEXTS, len(members[group])), replace=False)
        ]
        yield sorted(rows, key=lambda row: len(corpus[row].tokens))


def loss_of(model: "Encoder", texts: Sequence[Text], official: Tensor) -> Tensor:
    """How badly a batch's texts find those of their own set, and how far they moved from their official vectors."""
    model.train()
    with torch.autocast("cpu", torch.bfloat16):
        parts = [model(*padded(texts[start : start + CHUNK])) for start in range(0, len(texts), CHUNK)]
    found = functional.normalize(torch.cat(parts), dim=1)
    same = matrix(texts, lambda text: text.group)
    twins = ~matrix(texts, lambda text: text.file) & (official @ official.T > TWINS)
    itself = torch.eye(len(texts), dtype=torch.bool)
    similar = (found @ found.T / TEMPERATURE).masked_fill(itself | twins, -1e4)
    likelihood = similar - similar.logsumexp(dim=1, keepdim=True)
    others = same & ~itself
    contrast = -(likelihood * others).sum(dim=1) / others.sum(dim=1).clamp(min=1)
    return contrast.mean() + KEEP * (1 - (found * official).sum(dim=1)).mean()


def matrix(texts: Sequence[Text], key: Any) -> Tensor:
    """Which pairs of texts have the same key; shape (texts, texts)."""
    _, codes = np.unique([key(text) for text in texts], return_inverse=True)
    return torch.tensor(codes[:, None] == codes[None])


def vectors_of(model: "Encoder", corpus: Sequence[Text]) -> Tensor:
    """Unit vectors of all texts, (texts, 384), without dropout."""
    model.eval()
    order = sorted(range(len(corpus)), key=lambda row: len(corpus[row].tokens))
    found = torch.zeros(len(corpus), DIMENSIONS)
    with torch.no_grad():
        for start in range(0, len(order), BLOCK):
            rows = order[start : start + BLOCK]
            found[rows] = functional.normalize(model(*padded([corpus[row] for row in rows])), dim=1)
    return found


def padded(texts: Sequence[Text]) -> tuple[Tensor, Tensor]:
    """Token ids and mask, both (texts, longest)."""
    longest = max(len(text.tokens) for text in texts)
    tokens = torch.tensor([text.tokens + [0] * (longest - len(text.tokens)) for text in texts])
    return tokens, torch.tensor([[1.0] * len(text.tokens) + [0.0] * (longest - len(text.tokens)) for text in texts])


class Encoder(nn.Module):
    """BERT with the names of the official weights; gives the sum of each text's last states."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = Embeddings()
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Sums of states, (texts, 384), float32."""
        states = self.embeddings(tokens)
        for layer in self.encoder.layer:
            states = layer(states, mask[:, None, None, :].bool())
        return (states.float() * mask[..., None]).sum(dim=1)


class Embeddings(nn.Module):
    """Word, position and segment vectors, normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(WORDS, DIMENSIONS)
        self.position_embeddings = nn.Embedding(POSITIONS, DIMENSIONS)
        self.token_type_embeddings = nn.Embedding(SEGMENTS, DIMENSIONS)
        self.LayerNorm = nn.LayerNorm(DIMENSIONS, eps=EPSILON)

    def forward(self, tokens: Tensor) -> Tensor:
        """States of shape (texts, tokens, 384)."""
        places = self.position_embeddings.weight[: tokens.shape[1]] + self.token_type_embeddings.weight[0]
        return functional.dropout(self.LayerNorm(self.word_embeddings(tokens) + places), DROPOUT, self.training)


class Layer(nn.Module):
    """One transformer layer; its parts are named as in the official weights."""

    def __init__(self) -> None:
        super().__init__()
        attention = nn.Module()
        attention.self = nn.Module()
        for part in ("query", "key", "value"):
            setattr(attention.self, part, nn.Linear(DIMENSIONS, DIMENSIONS))
        attention.output = block(DIMENSIONS)
        self.attention = attention
        self.intermediate = nn.Module()
        self.intermediate.dense = nn.Linear(DIMENSIONS, INNER_DIMENSIONS)
        self.output = block(INNER_DIMENSIONS)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States of shape (texts, tokens, 384)."""
        texts, length, _ = states.shape
        own = self.attention.self
        query, key, value = (
            part(states).view(texts, length, HEADS, -1).transpose(1, 2) for part in (own.query, own.key, own.value)
        )
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        states = self._added(self.attention.output, context.transpose(1, 2).reshape(texts, length, -1), states)
        return self._added(self.output, functional.gelu(self.intermediate.dense(states)), states)

    def _added(self, output: Any, value: Tensor, states: Tensor) -> Tensor:
        changed = functional.dropout(output.dense(value), DROPOUT, self.training)
        return torch.as_tensor(output.LayerNorm(states + changed))


def block(size: int) -> nn.Module:
    """A dense layer back to the width of the states, and the norm after it."""
    made = nn.Module()
    made.dense = nn.Linear(size, DIMENSIONS)
    made.LayerNorm = nn.LayerNorm(DIMENSIONS, eps=EPSILON)
    return made
