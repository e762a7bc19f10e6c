"""A network that knows nothing but cue words: enough to train, to judge and to learn from without a real one."""

from collections.abc import Mapping, Sequence

import numpy as np

from cxtext.causes import LABELS, PRIMARY_COLUMNS, Floats
from cxtext.pooled import Pooled
from cxtext.taxonomy import CAUSES, PRIMARIES, origin_of


class CueEncoder:
    """Layers' states say which cues a span holds; the labels' odds say what those cues mean that mean something."""

    name = "words-1"
    labels = LABELS
    tuned_on: frozenset[str] = frozenset()

    def __init__(self, cues: Mapping[str, str | None]) -> None:
        self._cues = cues

    def pool_layers(self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]) -> list[Pooled]:
        return [
            self._pooled([text[start:end].lower() for start, end in asked])
            for text, asked in zip(texts, spans, strict=True)
        ]

    def _pooled(self, parts: Sequence[str]) -> Pooled:
        states = np.array([[[float(cue in part) for cue in self._cues]] * 2 for part in parts], np.float32)
        return Pooled(states, np.array([self._odds(part) for part in parts], np.float32))

    def _odds(self, part: str) -> Floats:
        odds = np.full(len(LABELS), -3, np.float32)
        for cue, primary in self._cues.items():
            if cue in part and primary is not None:
                odds[PRIMARY_COLUMNS.start + PRIMARIES.index(primary)] = 3
                if primary in CAUSES:
                    odds[[LABELS.index(primary), LABELS.index(origin_of(primary))]] = 3
        return odds
