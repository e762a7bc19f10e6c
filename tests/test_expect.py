"""A week's expectation: as wide as chance is, and no surge that chance explains."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from cxtext.expect import discoveries, dispersion, expect

Floats = NDArray[np.float64]


def weeks_of(mean: float, phi: float, shape: tuple[int, int], seed: int) -> Floats:
    """Counts of that mean whose variance is `phi` times it: Poisson for 1, negative binomial above."""
    chance = np.random.default_rng(seed)
    if phi == 1:
        return chance.poisson(mean, shape).astype(np.float64)
    return chance.negative_binomial(mean / (phi - 1), 1 / phi, shape).astype(np.float64)


@pytest.mark.parametrize("phi", [1.0, 1.5, 2.5])
@pytest.mark.parametrize("history", [2, 3, 4, 6, 8])
@pytest.mark.parametrize("mean", [0.5, 2.0, 10.0, 50.0])
def test_the_interval_holds_the_next_week_as_often_as_it_says(mean: float, history: int, phi: float) -> None:
    counts = weeks_of(mean, phi, (4000, history + 1), seed=history)
    before, observed = counts[:, :-1], counts[:, -1]
    expected = expect(before, dispersion(before))
    held = float(((observed >= expected.lower) & (observed <= expected.upper)).mean())
    above = float((observed > expected.upper).mean())
    assert held >= 0.93
    assert above <= 0.04
    if mean >= 10:  # of small counts whole numbers hold more than 95%: conservative
        assert held <= 0.975


@pytest.mark.parametrize("mean", [2.0, 10.0, 50.0])
def test_p_values_are_no_smaller_than_chance_makes_them(mean: float) -> None:
    counts = weeks_of(mean, 1.0, (20_000, 9), seed=3)
    p_values = expect(counts[:, :-1], dispersion(counts[:, :-1])).at_least(counts[:, -1])
    for level in (0.05, 0.01, 0.001):
        assert (p_values <= level).mean() <= 1.3 * level


def test_a_short_history_of_a_large_theme_is_not_pulled_towards_nothing() -> None:
    assert expect(np.array([[50.0, 50.0]])).mean[0] == pytest.approx(50, abs=0.5)


def test_a_short_history_makes_a_wider_interval() -> None:
    short, long = expect(np.full((1, 2), 10.0)), expect(np.full((1, 8), 10.0))
    assert short.upper[0] - short.lower[0] > long.upper[0] - long.lower[0]


def test_two_weeks_are_expected_to_bring_twice_as_much() -> None:
    history = np.full((1, 4), 6.0)
    assert expect(history, exposure=2).mean[0] == pytest.approx(2 * expect(history).mean[0])


def test_weeks_before_the_first_document_do_not_count_since_birth() -> None:
    history = np.array([[0.0, 0.0, 8.0, 8.0]])
    assert expect(history, since_birth=True).mean[0] == pytest.approx(8, abs=0.5)
    assert expect(history).mean[0] == pytest.approx(4, abs=0.5)


def test_a_theme_never_seen_is_expected_to_stay_away_but_may_come() -> None:
    nothing = expect(np.zeros((1, 8)))
    assert nothing.lower[0] == 0
    assert nothing.at_least(np.array([0.0]))[0] == 1
    assert 0 < nothing.at_least(np.array([1.0]))[0] < 0.1
    assert nothing.at_least(np.array([5.0]))[0] < 0.001


def test_at_least_and_at_most_share_the_observed_count() -> None:
    expected, observed = expect(np.full((1, 8), 5.0)), np.array([7.0])
    exactly = expected.at_least(observed) + expected.at_most(observed) - 1
    assert exactly[0] == pytest.approx(expected.at_least(observed)[0] - expected.at_least(observed + 1)[0])


def test_no_weeks_tell_nothing() -> None:
    with pytest.raises(ValueError, match="no weeks"):
        expect(np.zeros((3, 0)))


def test_no_series_is_a_valid_history() -> None:
    assert expect(np.zeros((0, 4))).upper.shape == (0,)


@pytest.mark.parametrize("phi", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("weeks", [2, 4, 8])
def test_dispersion_is_found_whatever_the_number_of_weeks(phi: float, weeks: int) -> None:
    found = dispersion(weeks_of(20.0, phi, (2000, weeks), seed=5))
    assert found == pytest.approx(phi, rel=0.12)


def test_a_surge_in_one_of_many_series_is_not_noise_of_them_all() -> None:
    calm = weeks_of(20.0, 1.0, (20, 8), seed=6)
    surged = np.vstack([calm, [[20.0] * 7 + [200.0]]])
    assert dispersion(surged) <= dispersion(calm) + 0.2


@pytest.mark.parametrize("history", [np.zeros((0, 8)), np.zeros((3, 0)), np.ones((3, 1)), np.zeros((3, 8))])
def test_where_nothing_is_told_of_the_dispersion_it_is_that_of_poisson(history: Floats) -> None:
    assert dispersion(history) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_discoveries_are_those_of_statsmodels_and_scipy(seed: int) -> None:
    from statsmodels.stats.multitest import multipletests

    chance = np.random.default_rng(seed)
    p_values = np.concatenate([chance.uniform(size=80), chance.beta(0.2, 20, size=20), [0.01, 0.01, 1.0]])
    found = discoveries(p_values, 0.05)
    assert found.tolist() == multipletests(p_values, 0.05, "fdr_bh")[0].tolist()
    assert found.tolist() == (stats.false_discovery_control(p_values) <= 0.05).tolist()
    assert found.any()


def test_no_tests_make_no_discoveries() -> None:
    assert discoveries(np.zeros(0), 0.05).tolist() == []
    assert discoveries(np.array([0.5, 0.9]), 0.05).tolist() == [False, False]
