"""The metrics, against known answers and small independent implementations."""

import math

import numpy as np
import pytest
import scipy.linalg

from gankit import InputError, metrics

RNG = np.random.default_rng(0)


def gaussian(count, mean, root, seed=0):
    """Points with exactly this sample mean, and `root @ root.T` for sample covariance."""
    points = np.random.default_rng(seed).standard_normal((count, len(mean)))
    points -= points.mean(axis=0)
    covariance = np.atleast_2d(np.cov(points.T))
    points = points @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    return points @ np.asarray(root).T + mean


def distances(x, y):
    """Euclidean distances, point by point."""
    return np.array([[math.dist(a, b) for b in y] for a in x])


def kth_nearest(x, k):
    """Distance of each point to its k-th nearest other point."""
    return np.sort(distances(x, x), axis=1)[:, k]  # column 0 is the point itself


class TestFrechetDistance:
    def test_gaussians_on_a_line(self):
        # (3 - 1)^2 + (2 - 5)^2: means 2 apart, standard deviations 3 apart
        real, fake = gaussian(50, [1.0], [[2.0]]), gaussian(70, [3.0], [[5.0]], seed=1)
        assert metrics.frechet_distance(real, fake) == pytest.approx(4 + 9)

    def test_gaussians_with_commuting_covariances(self):
        real = gaussian(40, [0, 0, 0], np.diag([1.0, 2.0, 3.0]))
        fake = gaussian(60, [1, 0, 0], np.diag([4.0, 2.0, 1.0]), seed=1)
        assert metrics.frechet_distance(real, fake) == pytest.approx(1 + 9 + 0 + 4)

    def test_like_the_matrix_square_root(self):
        real, fake = (
            RNG.normal(size=(300, 20)),
            RNG.normal(1, 2, size=(200, 20)) @ RNG.normal(size=(20, 20)),
        )
        s1, s2 = np.cov(real.T), np.cov(fake.T)
        cross = scipy.linalg.sqrtm(s1 @ s2).real
        expected = np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.trace(s1 + s2 - 2 * cross)
        assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)

    def test_fewer_images_than_features(self):
        # with singular covariances: the trace is a nuclear norm of the centred sets' product
        real, fake = RNG.normal(size=(12, 40)), RNG.normal(1, 2, size=(9, 40))
        x, y = (a - a.mean(0) for a in (real, fake))
        x, y = x / np.sqrt(11), y / np.sqrt(8)
        cross = np.linalg.svd(x @ y.T, compute_uv=False).sum()
        expected = np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.sum(x**2) + np.sum(y**2)
        assert metrics.frechet_distance(real, fake) == pytest.approx(expected - 2 * cross)

    def test_identical_and_duplicated_sets(self):
        real = RNG.normal(size=(500, 8))
        assert metrics.frechet_distance(real, real[::-1]) == pytest.approx(0, abs=1e-9)
        # doubling changes the covariance's n - 1 only
        assert metrics.frechet_distance(real, np.tile(real, (2, 1))) < 1e-4

    def test_constant_sets(self):
        assert metrics.frechet_distance(np.zeros((5, 3)), np.full((4, 3), 2.0)) == 12

    def test_small_sets_come_out_farther_apart(self):
        draw = np.random.default_rng(1).standard_normal
        small = np.mean(
            [metrics.frechet_distance(draw((50, 16)), draw((50, 16))) for _ in range(9)]
        )
        assert small > 5 * metrics.frechet_distance(draw((5000, 16)), draw((5000, 16)))


class TestKernelDistance:
    def test_like_sums_over_pairs(self):
        sets = RNG.normal(size=(12, 3)), RNG.normal(1, 1, size=(12, 3))

        def kernel(a, b):
            return (a @ b / 3 + 1) ** 3

        shuffle = np.random.default_rng(5)
        order = [shuffle.permutation(12), shuffle.permutation(12)]
        estimates = []
        for block in range(3):
            part = slice(4 * block, 4 * block + 4)
            x, y = (points[o[part]] for points, o in zip(sets, order, strict=True))
            within = [
                np.mean([kernel(z[i], z[j]) for i in range(4) for j in range(4) if i != j])
                for z in (x, y)
            ]
            estimates.append(sum(within) - 2 * np.mean([kernel(a, b) for a in x for b in y]))
        distance, error = metrics.kernel_distance(*sets, blocks=3, seed=5)
        assert distance == pytest.approx(np.mean(estimates))
        assert error == pytest.approx(np.std(estimates, ddof=1) / math.sqrt(3))

    def test_without_bias_and_with_an_honest_error(self):
        # the same distribution: the estimates scatter around 0, as far as their error says
        draw = np.random.default_rng(2).standard_normal
        found = [metrics.kernel_distance(draw((100, 4)), draw((100, 4))) for _ in range(200)]
        estimates, errors = np.transpose(found)
        assert abs(estimates.mean()) < 3 * estimates.std() / math.sqrt(200)
        assert np.mean(errors**2) == pytest.approx(estimates.var(), rel=0.4)

    def test_sees_a_shift(self):
        distance, error = metrics.kernel_distance(
            RNG.normal(size=(1000, 4)), RNG.normal(0.5, 1, size=(1000, 4))
        )
        assert distance > 5 * error

    def test_too_few(self):
        with pytest.raises(InputError, match="at least 20 images"):
            metrics.kernel_distance(np.zeros((19, 2)), np.zeros((40, 2)))
        with pytest.raises(InputError, match="blocks=1"):
            metrics.kernel_distance(np.zeros((19, 2)), np.zeros((40, 2)), blocks=1)


class TestInceptionScore:
    def test_from_one_to_the_number_of_classes(self):
        sure = np.eye(10)[np.tile(np.arange(10), 50)]
        assert metrics.inception_score(sure) == pytest.approx((10, 0))
        assert metrics.inception_score(sure[:, [3] * 10] * 0 + 0.1) == pytest.approx((1, 0))
        one_class = np.tile(np.eye(10)[3], (100, 1))
        assert metrics.inception_score(one_class) == pytest.approx((1, 0))

    def test_two_kinds_of_answers(self):
        # half the images (0.9, 0.1), half (0.1, 0.9): log 2 minus the entropy of (0.9, 0.1)
        answers = np.tile([[0.9, 0.1], [0.1, 0.9]], (50, 1))
        entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
        mean, deviation = metrics.inception_score(answers, splits=5)
        assert mean == pytest.approx(2 * math.exp(-entropy))
        assert deviation == pytest.approx(0)

    def test_splits_are_scored_apart(self):
        # each half is of one class: sure, but without variety
        answers = np.repeat(np.eye(2), 10, axis=0)
        assert metrics.inception_score(answers, splits=2) == pytest.approx((1, 0))
        assert metrics.inception_score(answers, splits=1) == pytest.approx((2, 0))

    @pytest.mark.parametrize("answers", [np.full((20, 3), 0.5), np.tile([1.5, -0.5], (20, 1))])
    def test_no_probabilities(self, answers):
        with pytest.raises(InputError, match="add up to 1"):
            metrics.inception_score(answers)


class TestNeighbourhoods:
    def test_like_loops_over_pairs(self):
        real, fake = RNG.normal(size=(60, 3)), RNG.normal(0.7, 0.8, size=(45, 3))
        across, of_real, of_fake = distances(fake, real), kth_nearest(real, 3), kth_nearest(fake, 3)
        precision = np.mean([any(row <= of_real) for row in across])
        recall = np.mean([any(row <= of_fake) for row in across.T])
        assert 0 < recall < precision < 1
        assert metrics.precision_recall(real, fake) == pytest.approx((precision, recall))

        reach = kth_nearest(real, 5)
        density = sum(np.sum(row <= reach) for row in across) / (5 * len(fake))
        coverage = np.mean(across.min(axis=0) <= reach)
        assert metrics.density_coverage(real, fake) == pytest.approx((density, coverage))

    def test_identical_and_disjoint_sets(self):
        real = RNG.normal(size=(100, 5))
        assert metrics.precision_recall(real, real) == (1, 1)
        assert metrics.density_coverage(real, real)[1] == 1
        assert metrics.precision_recall(real, real + 100) == (0, 0)
        assert metrics.density_coverage(real, real + 100) == (0, 0)

    def test_a_collapsed_set(self):
        real = RNG.normal(size=(100, 5))
        collapsed = np.tile(real[:1], (100, 1))
        precision, recall = metrics.precision_recall(real, collapsed)
        assert (precision, recall) == (1, 0.01)
        assert metrics.density_coverage(real, collapsed)[1] < 0.2

    def test_one_stray_image_spoils_precision_and_not_density(self):
        real = RNG.normal(size=(200, 2))
        real[0] = 1000  # so far out that its reach takes in everything
        fake = RNG.normal(5, 0.1, size=(200, 2))
        assert metrics.precision_recall(real, fake)[0] == 1
        assert metrics.density_coverage(real, fake)[0] < 0.5

    def test_the_same_distribution(self):
        real, fake = RNG.normal(size=(2, 800, 4))
        density, coverage = metrics.density_coverage(real, fake)
        # Naeem et al.: expected coverage is 1 - product of (n - i) / (2n - i), i = 1..k
        expected = 1 - np.prod([(800 - i) / (1600 - i) for i in range(1, 6)])
        assert coverage == pytest.approx(expected, abs=0.03)
        assert density == pytest.approx(1, abs=0.1)

    def test_nearest_neighbours(self):
        found = metrics.nearest_neighbours([[0.0, 0], [4, 4]], [[1.0, 0], [0, 3], [4, 3]], k=2)
        np.testing.assert_allclose(found[0], [[1, 3], [1, 17**0.5]])
        np.testing.assert_array_equal(found[1], [[0, 1], [2, 1]])

    def test_too_few_neighbours(self):
        with pytest.raises(InputError, match="k=3"):
            metrics.precision_recall(np.zeros((3, 2)), np.zeros((9, 2)), k=3)
        with pytest.raises(InputError, match="at most 3 neighbours"):
            metrics.nearest_neighbours(np.zeros((2, 2)), np.zeros((3, 2)), k=4)


class TestMemorisation:
    training = RNG.normal(size=(500, 6))
    held_out = RNG.normal(size=(200, 6))

    def test_copies(self):
        found = metrics.memorisation(self.training[:200], self.held_out, self.training)
        assert found.nearer == 1
        assert found.samples == pytest.approx(0, abs=1e-6)
        assert found.held_out > 0.5

    def test_new_images(self):
        found = metrics.memorisation(RNG.normal(size=(200, 6)), self.held_out, self.training)
        assert found.nearer == pytest.approx(0.5, abs=0.08)

    def test_noise_far_away(self):
        assert metrics.memorisation(self.held_out + 50, self.held_out, self.training).nearer == 0

    def test_ties_count_one_half(self):
        found = metrics.memorisation(self.held_out, self.held_out, self.training)
        assert found.nearer == pytest.approx(0.5)


class TestModes:
    def test_histogram_and_modes(self):
        histogram = metrics.class_histogram(np.array([0, 2, 2, 2]), 4)
        assert histogram.tolist() == [1, 0, 3, 0]
        assert metrics.modes_covered(histogram) == 2
        assert metrics.modes_covered(histogram, least=2) == 1

    def test_divergence(self):
        assert metrics.kl_divergence([5, 5], [50, 50]) == 0
        assert metrics.kl_divergence([1, 0], [1, 3]) == pytest.approx(math.log(4))
        assert metrics.kl_divergence([1, 1], [1, 0]) == math.inf
        assert metrics.kl_divergence([3, 1], [1, 1]) == pytest.approx(
            0.75 * math.log(1.5) + 0.25 * math.log(0.5)
        )

    def test_wrong_input(self):
        with pytest.raises(InputError, match="from 0 to 3"):
            metrics.class_histogram([0, 4], 4)
        with pytest.raises(InputError, match="not all 0"):
            metrics.kl_divergence([0, 0], [1, 1])
        with pytest.raises(InputError, match="the same classes"):
            metrics.kl_divergence([1, 1], [1, 1, 1])

    def test_label_accuracy(self):
        accuracy, by_class = metrics.label_accuracy([0, 1, 1, 7], [0, 1, 0, 7])
        assert accuracy == 0.75
        assert by_class == {0: 0.5, 1: 1, 7: 1}
        with pytest.raises(InputError, match="one class for each label"):
            metrics.label_accuracy([0, 1], [0])


TWO_SETS = [
    metrics.frechet_distance,
    metrics.kernel_distance,
    metrics.precision_recall,
    metrics.density_coverage,
]


@pytest.mark.parametrize("metric", TWO_SETS, ids=lambda metric: metric.__name__)
class TestWrongFeatures:
    good = np.ones((50, 4))

    def test_not_finite(self, metric):
        broken = self.good.copy()
        broken[[3, 7], 0] = np.nan, np.inf
        with pytest.raises(InputError, match=r"`fake`.*NaN or infinity in 2 of 50 rows"):
            metric(self.good, broken)

    def test_different_extractors(self, metric):
        with pytest.raises(InputError, match="real with 4 features, fake with 5 features"):
            metric(self.good, np.ones((50, 5)))

    def test_images_and_no_features(self, metric):
        with pytest.raises(InputError, match=r"`real`.*shape \(count, features\)"):
            metric(np.ones((50, 2, 2)), self.good)

    def test_integers_are_numbers(self, metric):
        real, fake = RNG.integers(9, size=(2, 50, 4))
        assert metric(real, fake) == pytest.approx(metric(real.astype(float), fake.astype(float)))
