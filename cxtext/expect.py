"""What a week is expected to bring, from the weeks before it, with honest uncertainty for small counts.

A series' weekly counts are taken as negative binomial: a Poisson count whose rate is uncertain. The rate has a gamma
posterior from the weeks seen, so the prediction is wider for a short history (the gamma-Poisson model of textbook
Bayesian statistics, e.g. Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 2.6); what real series vary beyond
that is estimated from all series together and added to the variance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

# Jeffreys' prior for a Poisson rate. It has no weight in weeks: a prior that has pulls a large theme with a short
# history towards nothing, and its next ordinary week is then a surge.
PRIOR_COUNT = 0.5
LEAST_MEAN = 1.0  # documents a week below which a series' variance tells nothing of its dispersion
MAX_DISPERSION = 6.0


@dataclass(frozen=True)
class Expected:
    """A prediction for each series: mean (n,) and variance (n,), and the 95% interval (n,) that they make."""

    mean: Floats
    variance: Floats

    @property
    def lower(self) -> Floats:
        """2.5% quantile."""
        return self._quantile(0.025)

    @property
    def upper(self) -> Floats:
        """97.5% quantile."""
        return self._quantile(0.975)

    def at_least(self, observed: Floats) -> Floats:
        """Probability of `observed` documents or more, by chance."""
        return self._survival(observed - 1)

    def at_most(self, observed: Floats) -> Floats:
        """Probability of `observed` documents or fewer, by chance."""
        return 1 - self._survival(observed)

    def _parameters(self) -> tuple[Floats, Floats]:
        excess = np.maximum(self.variance - self.mean, 1e-9)
        size = self.mean**2 / excess
        return size, self.mean / self.variance.clip(min=1e-12)

    def _survival(self, observed: Floats) -> Floats:
        size, probability = self._parameters()
        return np.asarray(stats.nbinom.sf(observed, size, probability), dtype=np.float64)

    def _quantile(self, level: float) -> Floats:
        size, probability = self._parameters()
        return np.asarray(stats.nbinom.ppf(level, size, probability), dtype=np.float64)


def dispersion(history: Floats) -> float:
    """Variance of weekly counts over their mean, pooled over series; 1 for Poisson counts, never less.

    `history` is (series, weeks). Fewer than two weeks, or series of hardly any documents, tell nothing: 1.
    """
    weeks = history.shape[1]
    means = history.mean(axis=1) if weeks else np.zeros(len(history))
    told = means >= LEAST_MEAN
    if weeks < 2 or not told.any():
        return 1.0
    pearson = ((history[told] - means[told, None]) ** 2 / means[told, None]).sum(axis=1)
    # the median over series: a surge in one of them is a surge, not noise of them all; chi-squared, as the mean of
    # so skewed a sum would say more than its median
    return float(np.clip(np.median(pearson) / stats.chi2.median(weeks - 1), 1.0, MAX_DISPERSION))


def expect(history: Floats, phi: float = 1.0, *, exposure: float = 1.0, since_birth: bool = False) -> Expected:
    """The prediction for the next period from `history` (series, weeks), `exposure` weeks long.

    `phi` is the dispersion. With `since_birth` the empty weeks before a series' first document do not count. Raises
    ValueError for a history of no weeks.
    """
    weeks = history.shape[1]
    if weeks == 0:
        raise ValueError("no weeks to expect from")
    born = np.where(history.any(axis=1), (history > 0).argmax(axis=1), 0) if since_birth else 0
    shape = history.sum(axis=1) + PRIOR_COUNT
    rate = weeks - born
    mean = exposure * shape / rate
    variance = phi * mean * (1 + exposure / rate)
    return Expected(mean, variance)


def discoveries(p_values: Floats, rate: float) -> NDArray[np.bool_]:
    """Which of many tests are discoveries at a false discovery rate (Benjamini and Hochberg 1995)."""
    if p_values.size == 0:
        return np.zeros(0, dtype=bool)
    order = np.argsort(p_values, kind="stable")
    passed = p_values[order] <= rate * np.arange(1, p_values.size + 1) / p_values.size
    found = np.zeros(p_values.size, dtype=bool)
    if passed.any():
        found[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return found
