"""Nearest neighbours, and what they say of memorisation."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import pairwise_distances_chunked, roc_auc_score
from sklearn.neighbors import NearestNeighbors

from gankit.errors import check_integer
from gankit.metrics.checks import check_features

CHUNK_MIB = 64  # of the matrix of all distances that are in memory at once


class Memorisation(NamedTuple):
    """Whether samples lie nearer to the training images than unseen real images do.

    Attributes:
        nearer: how often a sample is nearer to its nearest training image than a held-out image
            is to its own, over all pairs of the two. 0.5: samples keep the distance of real images.
            Towards 1: they copy, or are blurred, because blurred images are near everything.
            Towards 0: they are far from all training images.
        samples: median distance of a sample to its nearest training image.
        held_out: the same of a held-out real image.
    """

    nearer: float
    samples: float
    held_out: float


def nearest_neighbours(queries, references, k=1):
    """Returns distances to and indices of each query's `k` nearest references, nearest first.

    Args:
        queries, references: float arrays of shape `(count, features)`.

    Returns:
        `(distances, indices)`, float and int arrays of shape `(len(queries), k)`; distances are
        Euclidean, in the features' units.
    """
    queries, references = check_features(1, queries=queries, references=references)
    return _search(references, k, len(references)).kneighbors(queries)


def memorisation(samples, held_out, training):
    """Returns a `Memorisation`: are samples nearer to training images than unseen images are?

    Args:
        samples, held_out, training: float arrays of shape `(count, features)`: of generated
            images, of real images that were not trained on, and of those that were.
    """
    distances = [nearest_neighbours(each, training)[0][:, 0] for each in (samples, held_out)]
    is_sample = np.repeat([1, 0], list(map(len, distances)))
    nearer = roc_auc_score(is_sample, -np.concatenate(distances))  # ties count one half
    return Memorisation(float(nearer), *(float(np.median(each)) for each in distances))


def radii(features, k):
    """Returns the distance of each row to its k-th nearest other row, shape `(count,)`."""
    return _search(features, k, len(features) - 1).kneighbors()[0][:, -1]


def _search(references, k, most):
    check_integer("k", k, most=most, mend=f"There are at most {most} neighbours")
    return NearestNeighbors(n_neighbors=k, algorithm="brute").fit(references)


def balls_around(points, centres, sizes):
    """Returns in how many of the balls each point lies, shape `(len(points),)`.

    A ball has a row of `centres` in its middle, and as radius its value in `sizes`.
    """
    chunks = pairwise_distances_chunked(
        points,
        centres,
        reduce_func=lambda distances, start: (distances <= sizes).sum(axis=1),
        working_memory=CHUNK_MIB,
    )
    return np.concatenate(list(chunks))
