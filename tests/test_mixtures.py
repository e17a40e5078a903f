"""The ring and the grid, and what is counted on them."""

import math

import numpy as np
import pytest

from gankit import InputError
from gankit.collapse.mixtures import grid, ring


@pytest.mark.parametrize(
    ("mixture", "modes", "deviation", "farthest"),
    [(ring(), 8, 0.01, 1.0), (grid(), 25, 0.05, math.sqrt(32))],
)
def test_the_mixtures_are_the_published_ones(mixture, modes, deviation, farthest):
    assert len(mixture) == modes
    assert np.linalg.norm(mixture.means, axis=1).max() == pytest.approx(farthest)
    gaps = np.linalg.norm(mixture.means[:, None] - mixture.means, axis=-1)
    closest = np.sort(gaps, axis=1)[:, 1]
    np.testing.assert_allclose(closest, 2 if modes == 25 else 2 * math.sin(math.pi / 8))
    points = mixture.sample(20_000, seed=1)
    assert points.dtype == np.float32
    nearest = np.linalg.norm(points[:, None] - mixture.means, axis=-1).argmin(axis=1)
    spread = points - mixture.means[nearest]
    assert spread.std() == pytest.approx(deviation, rel=0.02)
    np.testing.assert_allclose(np.bincount(nearest), 20_000 / modes, rtol=0.15)


@pytest.mark.parametrize("mixture", [ring(), grid()])
def test_the_data_itself_covers_every_mode(mixture):
    score = mixture.score(mixture.sample(2_500))
    assert score.modes == len(mixture)
    # a Gaussian of two dimensions lies within three deviations with probability 1 - exp(-9/2)
    assert score.high_quality == pytest.approx(1 - math.exp(-4.5), abs=0.006)
    assert score.reverse_kl < 0.01


def test_one_mode_alone():
    score = ring().score(np.tile(ring().means[2], (40, 1)))
    assert (score.modes, score.high_quality) == (1, 1)
    assert score.reverse_kl == pytest.approx(math.log(8))
    assert score.histogram.tolist() == [0, 0, 40, 0, 0, 0, 0, 0]


def test_the_reach_is_three_deviations():
    away = [[0.029, 0], [0, 0.031], [-0.02, -0.02], [1, 1]]
    score = ring().score(ring().means[0] + away)
    assert score.histogram.tolist() == [2, 0, 0, 0, 0, 0, 0, 0]
    assert score.high_quality == 0.5


def test_bad_points_do_not_enter_the_divergence():
    points = np.concatenate([ring().means, np.full((92, 2), 7.0)])
    score = ring().score(points)
    assert (score.modes, score.high_quality, score.reverse_kl) == (8, 0.08, 0)


def test_nothing_of_high_quality():
    score = grid().score([[1.0, 1.0], [np.nan, 0], [np.inf, 0]])
    assert (score.modes, score.high_quality) == (0, 0)
    assert math.isnan(score.reverse_kl)


def test_points_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"\(count, 2\)"):
        ring().score(np.zeros((5, 3)))


def test_the_same_seed_gives_the_same_points():
    np.testing.assert_array_equal(ring().sample(9, seed=3), ring().sample(9, seed=3))
    assert not np.array_equal(ring().sample(9, seed=3), ring().sample(9, seed=4))
