"""Label accuracy: does a conditional generator draw what it was asked for?"""

import numpy as np

from gankit.errors import InputError


def label_accuracy(classes, asked):
    """Returns the share of images in which a classifier reads the class that was asked for.

    A classifier's own mistakes count against the generator: print its accuracy on real images too.

    Args:
        classes: integers of shape `(count,)`, the class that is read in each image.
        asked: integers of the same shape, the label each was generated with.

    Returns: `(accuracy, by_class)`: float, and a dict from each class asked for to its own share.

    Raises: InputError: if the shapes differ, or there are none.
    """
    classes, asked = np.asarray(classes), np.asarray(asked)
    if classes.shape != asked.shape or classes.ndim != 1 or not len(classes):
        raise InputError(
            "Expected one class that was read for each that was asked for. Received: shapes "
            f"{classes.shape} and {asked.shape}"
        )
    right = classes == asked
    by_class = {int(label): float(right[asked == label].mean()) for label in np.unique(asked)}
    return float(right.mean()), by_class
