"""Fréchet distance between two sets of features. On Inception's features it is called FID."""

import numpy as np

from gankit.metrics.checks import check_features


def frechet_distance(real, fake):
    """Returns the Fréchet distance between Gaussians fitted to the two sets, a float.

    The squared distance of the means plus `trace(S1 + S2 - 2 (S1 S2)^(1/2))` of the covariances.
    It is 0 where means and covariances agree, whatever else differs, and else positive. Small sets
    come out too far apart, so compare only figures of equal counts; with fewer images than features
    the covariances are singular, which changes nothing about the formula.

    Args:
        real, fake: float arrays of shape `(count, features)`; the counts may differ.

    Source: Heusel et al., 2017; Dowson and Landau, 1982.
    """
    real, fake = check_features(real=real, fake=fake)
    apart = np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    r1, r2 = _root(real), _root(fake)
    # (S1 S2)^(1/2) has the singular values of r1 r2^T for eigenvalues: no complex square roots
    cross = np.sum(np.linalg.svd(r1 @ r2.T, compute_uv=False))
    return float(max(0.0, apart + np.sum(r1**2) + np.sum(r2**2) - 2 * cross))


def _root(features):
    """An `r` with `r^T r` the covariance, of as many rows as there are images or features."""
    root, mean = features[:0], features.mean(axis=0)
    step = max(500, features.shape[1] // 2)  # rows at a time, or copies of all take gigabytes
    for start in range(0, len(features), step):
        rows = features[start : start + step] - mean
        root = np.linalg.qr(np.concatenate([root, rows]), mode="r")
    return root / np.sqrt(len(features) - 1)
