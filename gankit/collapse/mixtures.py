"""Two-dimensional mixtures of Gaussians, on which mode collapse can be seen and counted.

The ring, the grid and the score are PacGAN's (Lin et al., 2018; before it VEEGAN's, Srivastava et
al., 2017). Of 2,500 samples, one is of high quality if it lies within three standard deviations of
the nearest mean. A mode is covered once one such sample lies there. What the two
papers report (tables 1 of both) is in `gankit.results.read("published")`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gankit.errors import InputError
from gankit.metrics.modes import kl_divergence, modes_covered

SAMPLES = 2_500  # that a generator is judged by
REACH = 3  # standard deviations within which a sample is of high quality


class ModeScore(NamedTuple):
    """What is counted in samples of a mixture.

    Attributes:
        modes: number of modes covered.
        high_quality: share of samples within reach of a mean, 0 to 1.
        reverse_kl: KL divergence in nats of the high-quality samples' shares of the modes from the
            mixture's own shares, which are equal. It is 0 if all modes have equal shares,
            log(number of modes) for one mode alone, and NaN if no sample is of high quality.
        histogram: int array, high-quality samples of each mode.
    """

    modes: int
    high_quality: float
    reverse_kl: float
    histogram: np.ndarray

    @classmethod
    def of(cls, histogram, high_quality):
        """Returns the score of samples with this histogram and share of high-quality ones."""
        alike = np.ones(len(histogram))
        reverse_kl = kl_divergence(histogram, alike) if histogram.any() else float("nan")
        return cls(modes_covered(histogram), float(high_quality), reverse_kl, histogram)


@dataclass(frozen=True)
class Mixture:
    """Equal shares of round Gaussians in the plane.

    Attributes:
        name: for people.
        means: float array of shape `(modes, 2)`.
        deviation: standard deviation of each Gaussian along each axis.
    """

    name: str
    means: np.ndarray
    deviation: float

    def __len__(self):
        return len(self.means)

    @property
    def reach(self):
        """Distance from a mean within which a point is of high quality."""
        return REACH * self.deviation

    @property
    def extent(self):
        """Half the side of a square around the origin that shows all modes with some room."""
        return 1.35 * float(np.abs(self.means).max())

    def sample(self, count, seed=0):
        """Returns points, float32 of shape `(count, 2)`."""
        return self.labelled_sample(count, seed)[0]

    def labelled_sample(self, count, seed=0):
        """Returns points, and the mode that each belongs to, int32 of shape `(count,)`."""
        rng = np.random.default_rng(seed)
        modes = rng.integers(len(self), size=count, dtype=np.int32)
        points = self.means[modes] + self.deviation * rng.standard_normal((count, 2))
        return points.astype(np.float32), modes

    def score(self, points):
        """Returns the `ModeScore` of generated points, an array of shape `(count, 2)`.

        Points that are not finite count as bad ones.
        """
        points = np.asarray(points, np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise InputError.argument("points", points.shape, "points, of shape (count, 2)")
        distances = np.linalg.norm(points[:, None] - self.means, axis=-1)
        good = distances.min(axis=1) < self.reach
        nearest = distances[good].argmin(axis=1)
        return ModeScore.of(np.bincount(nearest, minlength=len(self)), good.mean())


def ring():
    """Returns eight modes on a circle of radius 1, with a standard deviation of 0.01."""
    angles = np.arange(8) * 2 * np.pi / 8
    return Mixture("ring", np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.01)


def grid():
    """Returns 25 modes on a grid from -4 to 4, two apart, with a standard deviation of 0.05."""
    axis = np.arange(-4.0, 5.0, 2.0)
    return Mixture("grid", np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2), 0.05)
