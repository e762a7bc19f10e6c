"""Tunes MiniLM's upper layers on labelled texts: what `build.py` trains. Needs torch.

A label's score is read off the tokens by an attention of its own (Mullenbach et al., 2018, "Explainable prediction of
medical codes from clinical text"): one pass tells the labels of the whole text and of each of its sentences.
"""

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from cxtext.causes import PRIMARY_COLUMNS
from cxtext.taxonomy import NONE, PRIMARIES, UNSTATED

LAYERS, HEADS, DIMENSIONS, MAX_TOKENS = 6, 12, 384, 256
EPOCHS, BATCH, BUCKET = 3, 32, 40  # a bucket of batches is sorted by length, so that little is padded
RATE, HEAD_FACTOR, DECAY = 1.5e-4, 6.0, 0.85  # of learning: labels learn faster, lower layers slower than upper ones
WARM_UP, AVERAGING = 0.08, 0.999  # share of the steps; of the moving average of the weights, which is what is kept
DROPPED, DROPPED_AT_LABELS = 0.1, 0.2
JOINED, LONGEST_JOINT, MISTYPED = 0.12, 120, 0.1  # shares of the texts that are joined to another, or mistyped; words
PRIMARY_WEIGHT = 0.5  # of the twelve primaries' cross entropy beside the labels' binary ones
FIRST, SECOND = 0.6, 0.4  # of two joint texts with one primary each
PLAIN, KINDS = ("query", "key", "value"), ("weight", "bias")

Floats = NDArray[np.float32]
Weights = dict[str, Floats]
Batch = tuple[torch.Tensor, torch.Tensor]


class Layer(nn.Module):
    """One transformer layer of BERT, its weights taken from a dictionary."""

    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        parts = {part: f"attention.self.{part}" for part in PLAIN}
        parts |= {"after": "attention.output.dense", "inner": "intermediate.dense", "outer": "output.dense"}
        self.dense = nn.ModuleDict({part: _dense(weights, f"{name}.{path}") for part, path in parts.items()})
        self.first_norm = _norm(weights, f"{name}.attention.output.LayerNorm")
        self.second_norm = _norm(weights, f"{name}.output.LayerNorm")
        self.drop = nn.Dropout(DROPPED)
        self.paths = parts

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States after the layer, (texts, tokens, dimensions); mask (texts, tokens) is true where a token is."""
        texts, tokens, _ = states.shape
        asked = (self.dense[part](states).view(texts, tokens, HEADS, -1).transpose(1, 2) for part in PLAIN)
        context = functional.scaled_dot_product_attention(*asked, attn_mask=mask[:, None, None, :])
        context = self.dense["after"](context.transpose(1, 2).reshape(texts, tokens, DIMENSIONS))
        states = self.first_norm(states + self.drop(context))
        fed = self.dense["outer"](functional.gelu(self.dense["inner"](states)))
        states = self.second_norm(states + self.drop(fed))
        return states

    def tuned(self, name: str) -> Weights:
        """Its weights, named as they were."""
        found = {f"{name}.{path}": self.dense[part] for part, path in self.paths.items()}
        found |= {
            f"{name}.attention.output.LayerNorm": self.first_norm,
            f"{name}.output.LayerNorm": self.second_norm,
        }
        return {f"{path}.{kind}": _array(getattr(part, kind)) for path, part in found.items() for kind in KINDS}


class Network(nn.Module):
    """MiniLM with an attention and a value for every label; its lowest layers stay as they are."""

    def __init__(self, weights: Weights, labels: int, shared: int) -> None:
        super().__init__()
        table = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self.words = nn.Embedding.from_pretrained(_tensor(weights["embeddings.word_embeddings.weight"]))
        self.register_buffer("positions", _tensor(table))
        self.norm = _norm(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList([Layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)])
        self.attention, self.values = nn.Linear(DIMENSIONS, labels), nn.Linear(DIMENSIONS, labels)
        for each in (self.attention, self.values):
            nn.init.normal_(each.weight, std=0.02)
        nn.init.constant_(self.values.bias, -2.0)  # labels are rare
        self.drop, self.drop_at_labels = nn.Dropout(DROPPED), nn.Dropout(DROPPED_AT_LABELS)
        self.shared = shared
        for part in (self.norm, *self.layers[:shared]):
            part.requires_grad_(False)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Log odds of the labels, (texts, labels); the first and the last token of a text are markers, not read."""
        states = self.drop(self.norm(self.words(ids) + self.positions[: ids.shape[1]]))
        for layer in self.layers:
            states = layer(states, mask)
        read = mask.clone()
        read[:, 0] = False
        read[torch.arange(len(mask)), mask.sum(1) - 1] = False
        read |= ~read.any(1, keepdim=True)  # a text without a token that can be read
        shares = self.attention(states).float().masked_fill(~read[:, :, None], -1e4).softmax(1)
        seen = torch.einsum("tpl,tpd->tld", shares, states.float())
        odds: torch.Tensor = (self.drop_at_labels(seen) * self.values.weight).sum(-1) + self.values.bias
        return odds

    def tuned(self) -> Weights:
        """The weights of the layers that are not shared and of the labels."""
        found = {
            f"{name}.{kind}": _array(getattr(getattr(self, name), kind))
            for name in ("attention", "values")
            for kind in KINDS
        }
        for number in range(self.shared, LAYERS):
            found |= self.layers[number].tuned(f"tuned.layer.{number}")
        return found


def tune(
    weights: Weights, tokenizer: Any, texts: Sequence[str], truth: NDArray[np.int64], *, shared: int, seed: int
) -> Weights:
    """The weights of the upper layers and the labels, trained on texts and their labels, (texts, labels)."""
    torch.manual_seed(seed)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    network = Network(weights, truth.shape[1], shared)
    optimizer = torch.optim.AdamW(_groups(network), weight_decay=0.01)
    rates = [group["lr"] for group in optimizer.param_groups]
    average = {name: each.detach().clone() for name, each in network.named_parameters() if each.requires_grad}
    chance, started = random.Random(seed), time.perf_counter()
    steps, step = EPOCHS * -(-len(texts) // BATCH), 0
    network.train()
    for epoch in range(EPOCHS):
        losses = []
        for ids, labels in _batches(tokenizer, *_varied(texts, truth, chance), chance):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * min(1, step / (WARM_UP * steps)) * (1 - step / steps)
            loss = _loss(network, ids, labels)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            _follow(average, network, step)
            losses.append(float(loss.detach()))
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.perf_counter() - started:.0f} s", flush=True)
    network.load_state_dict(average, strict=False)
    return network.tuned()


def _groups(network: Network) -> list[dict[str, Any]]:
    """Parameters with their learning rates: the upper, the faster; the labels fastest."""
    layers = [
        {"params": list(layer.parameters()), "lr": RATE * DECAY ** (LAYERS - 1 - number)}
        for number, layer in enumerate(network.layers)
        if number >= network.shared
    ]
    heads = [*network.attention.parameters(), *network.values.parameters()]
    return [*layers, {"params": heads, "lr": RATE * HEAD_FACTOR}]


def _follow(average: dict[str, torch.Tensor], network: Network, step: int) -> None:
    share = min(AVERAGING, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, each in network.named_parameters():
            if name in average:
                average[name].mul_(share).add_(each, alpha=1 - share)


def _loss(network: Network, ids: Batch, labels: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        odds = network(*ids)
    odds, primary = odds.float(), labels[:, PRIMARY_COLUMNS]
    stated = functional.binary_cross_entropy_with_logits(odds, labels, reduction="none").sum(1).mean()
    chosen = -(functional.log_softmax(odds[:, PRIMARY_COLUMNS], 1) * primary).sum(1).mean()
    return stated + PRIMARY_WEIGHT * chosen


def _varied(texts: Sequence[str], truth: NDArray[np.int64], chance: random.Random) -> tuple[list[str], Floats]:
    """The texts in a new order, some joined to another one, some mistyped; with their labels."""
    order = list(range(len(texts)))
    chance.shuffle(order)
    varied, labels = [], []
    for row in order:
        text, label = texts[row], truth[row].astype(np.float32)
        other = chance.randrange(len(texts))
        if chance.random() < JOINED and len(text.split()) + len(texts[other].split()) < LONGEST_JOINT:
            text = f"{text}{chance.choice((' ', '. ', chr(10)))}{texts[other]}"
            label = join(label, truth[other].astype(np.float32))
        varied.append(mistype(text, chance) if chance.random() < MISTYPED else text)
        labels.append(label)
    return varied, np.array(labels)


def join(first: Floats, second: Floats) -> Floats:
    """Labels of two texts in one: all causes; a primary cause goes before `unstated`, and that before `none`."""
    joint = np.maximum(first, second)
    primaries = [PRIMARIES[int(each[PRIMARY_COLUMNS].argmax())] for each in (first, second)]
    weight = dict.fromkeys(PRIMARIES, FIRST) | {UNSTATED: 0.0, NONE: -1.0}
    shares = np.zeros(len(PRIMARIES), np.float32)
    if all(weight[each] == FIRST for each in primaries):
        for each, share in zip(primaries, (FIRST, SECOND), strict=True):
            shares[PRIMARIES.index(each)] += share
    else:
        shares[PRIMARIES.index(max(primaries, key=lambda each: weight[each]))] = 1
    joint[PRIMARY_COLUMNS] = shares
    return np.asarray(joint, np.float32)


def mistype(text: str, chance: random.Random) -> str:
    """The text with a letter lost, doubled or swapped in about every twelfth word."""
    words = text.split(" ")
    for _ in range(max(1, len(words) // 12)):
        place = chance.randrange(len(words))
        word = words[place]
        if len(word) > 3 and word[0] not in "@#[":
            at = chance.randrange(1, len(word) - 1)
            changed = (word[at + 1 :], word[at + 1] + word[at] + word[at + 2 :], word[at] + word[at:])
            words[place] = word[:at] + chance.choice(changed)
    return " ".join(words)


def _batches(
    tokenizer: Any, texts: list[str], labels: Floats, chance: random.Random
) -> list[tuple[Batch, torch.Tensor]]:
    tokens = [found.ids for found in tokenizer.encode_batch(texts)]
    rows: list[list[int]] = []
    for start in range(0, len(texts), BATCH * BUCKET):
        bucket = sorted(range(start, min(start + BATCH * BUCKET, len(texts))), key=lambda row: len(tokens[row]))
        rows += [bucket[first : first + BATCH] for first in range(0, len(bucket), BATCH)]
    chance.shuffle(rows)
    return [(_padded([tokens[row] for row in batch]), _tensor(labels[batch])) for batch in rows]


def _padded(tokens: Sequence[Sequence[int]]) -> Batch:
    ids = torch.zeros(len(tokens), max(map(len, tokens)), dtype=torch.long)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for row, each in enumerate(tokens):
        ids[row, : len(each)] = torch.tensor(each)
        mask[row, : len(each)] = True
    return ids, mask


def _dense(weights: Weights, name: str) -> nn.Linear:
    given = weights[f"{name}.weight"]
    made = nn.Linear(given.shape[1], given.shape[0])
    made.weight.data, made.bias.data = _tensor(given), _tensor(weights[f"{name}.bias"])
    return made


def _norm(weights: Weights, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(DIMENSIONS, eps=1e-12)
    made.weight.data, made.bias.data = _tensor(weights[f"{name}.weight"]), _tensor(weights[f"{name}.bias"])
    return made


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    return torch.tensor(values.astype(np.float32))


def _array(values: torch.Tensor) -> Floats:
    return np.asarray(values.detach().numpy(), np.float32)
