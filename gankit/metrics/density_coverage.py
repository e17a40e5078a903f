"""Density and coverage: precision and recall that one stray image cannot spoil."""

import numpy as np

from gankit.metrics.checks import check_features
from gankit.metrics.neighbours import balls_around, nearest_neighbours, radii


def density_coverage(real, fake, k=5):
    """Returns how densely fakes lie among the real images, and how many real ones have a fake near.

    A real image reaches as far as its k-th nearest real neighbour. Density counts, for each fake,
    within reach of how many real images it lies, and divides by k; coverage is the share of real
    images within whose reach lies a fake.

    Args:
        real, fake: float arrays of shape `(count, features)`; of equal counts, to compare.
        k: the neighbour that sets the reach, less than the count.

    Returns:
        `(density, coverage)`, floats. Density is 0 or larger and near 1 for real images (more where
        fakes crowd in the middle of the data); coverage is from 0 to 1.

    Source: Naeem et al., 2020.
    """
    real, fake = check_features(real=real, fake=fake)
    reach = radii(real, k)
    density = balls_around(fake, real, reach).mean() / k
    coverage = np.mean(nearest_neighbours(real, fake)[0][:, 0] <= reach)
    return float(density), float(coverage)
