"""Improved precision and recall: are samples like the data, and is the data among the samples?"""

import numpy as np

from gankit.metrics.checks import check_features
from gankit.metrics.neighbours import balls_around, radii


def precision_recall(real, fake, k=3):
    """Returns the share of fakes within reach of a real image, and of real ones of a fake, floats.

    An image reaches as far as its k-th nearest neighbour of its own kind. High precision and low
    recall is what a collapsed generator gets.

    Args:
        real, fake: float arrays of shape `(count, features)`; of equal counts, to compare.
        k: the neighbour that sets the reach, less than the counts.

    Source: Kynkäänniemi et al., 2019.
    """
    real, fake = check_features(real=real, fake=fake)
    precision = np.mean(balls_around(fake, real, radii(real, k)) > 0)
    recall = np.mean(balls_around(real, fake, radii(fake, k)) > 0)
    return float(precision), float(recall)
