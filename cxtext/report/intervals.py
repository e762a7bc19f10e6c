"""95% intervals for shares and scores, so that no small difference is sold as news."""

import math
from dataclasses import dataclass

Z = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval and the number of documents or answers behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """A change with its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def wilson(part: int, n: int) -> Estimate:
    """A share with Wilson's score interval; without documents any share is possible."""
    if n <= 0:
        return Estimate(0.0, 0.0, 1.0, 0)
    share = part / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def newcombe(now: Estimate, before: Estimate) -> Difference:
    """The change between two independent groups: Newcombe's hybrid of their two intervals, for shares and scores."""
    change = now.value - before.value
    down = math.hypot(now.value - now.low, before.high - before.value)
    up = math.hypot(now.high - now.value, before.value - before.low)
    return Difference(change, change - down, change + up)


def net_promoter(promoters: int, detractors: int, n: int) -> Estimate | None:
    """The Net Promoter Score, -100 to 100, with an adjusted Wald interval (one imaginary answer of each sort).

    The adjustment keeps an interval from shrinking to nothing when the few who answered all agree.
    """
    if n <= 0:
        return None
    score = (promoters - detractors) / n
    centre = (promoters - detractors) / (n + 3)
    spread = (promoters + detractors + 2) / (n + 3) - centre * centre
    half = Z * math.sqrt(spread / (n + 3))
    low, high = min(score, centre - half), max(score, centre + half)
    return Estimate(100 * score, max(-100.0, 100 * low), min(100.0, 100 * high), n)


def mean(total: float, squares: float, n: int) -> Estimate | None:
    """An average with its normal interval, from the sum of the answers and of their squares; two answers at least."""
    if n < 2:
        return None
    average = total / n
    half = Z * math.sqrt(max(0.0, squares - n * average * average) / (n - 1) / n)
    return Estimate(average, average - half, average + half, n)
