"""Kernel distance between two sets of features. On Inception's features it is called KID."""

from functools import partial

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

    Source: Bińkowski et al., 2018; Gretton et al., 2012, lemma 6.
    """
    check_integer("blocks", blocks, least=2)
    real, fake = check_features(2 * blocks, real=real, fake=fake)
    rng = np.random.default_rng(seed)
    parts = [np.array_split(rng.permutation(len(each)), blocks) for each in (real, fake)]
    estimates = [_discrepancy(real[x], fake[y]) for x, y in zip(*parts, strict=True)]
    return float(np.mean(estimates)), float(np.std(estimates, ddof=1) / np.sqrt(blocks))


def _discrepancy(x, y):
    """The estimate of one pair of blocks: within a block, no image makes a pair with itself."""
    kernel = partial(polynomial_kernel, degree=3, coef0=1)  # gamma is 1 / features by default
    within = [kernel(each)[~np.eye(len(each), dtype=bool)].mean() for each in (x, y)]
    return sum(within) - 2 * kernel(x, y).mean()
