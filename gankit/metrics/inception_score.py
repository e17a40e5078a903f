"""Inception score: sure about each image, unsure about all of them together."""

import numpy as np

from gankit.errors import InputError, check_integer
from gankit.metrics.checks import check_features
from gankit.metrics.modes import relative_entropy


def inception_score(probabilities, splits=10):
    """Returns exp of the mean KL divergence of a classifier's answers from their mean, over parts.

    From 1 (the same answer to every image, or none at all) up to the number of classes (each image
    sure, each class as often). Another classifier than Inception gives a score of its own: name it.
    The score does not look at real images, and one perfect image of each class is enough for it.

    Args:
        probabilities: float array of shape `(count, classes)`, rows that add up to 1.
        splits: the score is taken on so many parts, as usual, and what is returned is the scores'
            `(mean, standard_deviation)`; smaller parts score lower.

    Source: Salimans et al., 2016.
    """
    check_integer("splits", splits)
    (probabilities,) = check_features(splits, probabilities=probabilities)
    lowest, sums = probabilities.min(), probabilities.sum(axis=1)
    if lowest < 0 or not np.allclose(sums, 1, atol=1e-3):
        received = f"least {lowest:.3g}, rows that add up to {sums.min():.3g} to {sums.max():.3g}"
        raise InputError("These are no probabilities", "rows that add up to 1", received)
    parts = np.array_split(probabilities, splits)
    scores = [np.exp(relative_entropy(part, part.mean(axis=0)).mean()) for part in parts]
    return float(np.mean(scores)), float(np.std(scores))
