"""What a network reads in a text: the form in which the encoder hands it to the cause model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pooled:
    """What an encoder saw in the spans of a text.

    `states`: the mean of each inner layer's states over each span, (spans, layers, dimensions). `odds`: log odds of
    labels in each span, (spans, labels), from an encoder that was trained to tell them; without labels from another.
    """

    states: NDArray[np.float32]
    odds: NDArray[np.float32]
