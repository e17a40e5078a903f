"""Kernel distance between two sets of features. On Inception's features it is called KID."""

import numpy as np
from sklearn.metrics.pairwise import polynomial_kernel

from gankit.errors import check_integer
from gankit.metrics.checks import check_features


def kernel_distance(real, fake, blocks=10, seed=0):
    """Returns the squared maximum mean discrepancy, unbiased, and its standard error, floats.

    The kernel is `(x . y / features + 1)^3`. Both sets are shuffled and cut into as many blocks;
    each pair of blocks gives an estimate without bias, whatever its size, and as the blocks share
    no image the spread of the estimates gives an honest error. (Published KIDs average subsets of
    1,000 that do share images: the same expectation.) It may come out below 0.

    Args:
        real, fake: float arrays of shape `(count, features)`.
        blocks: number of blocks, at least 2, each of at least 2 images.
        seed: for the shuffling.

    Raises:
        InputError: if the features do not fit each other, are not finite, or too few.

    Source: Bińkowski et al., 2018; Gretton et al., 2012, lemma 6.
    """
    check_integer("blocks", blocks, least=2)
    real, fake = check_features(2 * blocks, real=real, fake=fake)
    rng = np.random.default_rng(seed)
    parts = [np.array_split(rng.permutation(len(each)), blocks) for each in (real, fake)]
    estimates = [_discrepancy(real[x], fake[y]) for x, y in zip(*parts, strict=True)]
    return float(np.mean(estimates)), float(np.std(estimates, ddof=1) / np.sqrt(blocks))


def _discrepancy(x, y):
    return _mean_of_pairs(x) + _mean_of_pairs(y) - 2 * _kernel(x, y).mean()


def _mean_of_pairs(x):
    """Mean of the kernel over pairs of two different images."""
    values = _kernel(x, x)
    return (values.sum() - np.trace(values)) / (len(x) * (len(x) - 1))


def _kernel(x, y):
    return polynomial_kernel(x, y, degree=3, coef0=1)  # gamma is 1 / features by default
