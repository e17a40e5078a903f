"""Label accuracy: does a conditional generator draw the class of the label?"""

import numpy as np

from gankit.errors import InputError


def label_accuracy(classes, labels):
    """Returns the share of images in which a classifier reads the class of the label.

    A classifier's own mistakes count against the generator: print its accuracy on real images too.

    Args:
        classes: integers of shape `(count,)`, the class that is read in each image.
        labels: integers of the same shape, the label each was generated with.

    Returns:
        `(accuracy, by_class)`: float, and a dict from each label to its own share.
    """
    classes, labels = np.asarray(classes), np.asarray(labels)
    if classes.shape != labels.shape or classes.ndim != 1 or not len(classes):
        received = f"shapes {classes.shape} and {labels.shape}"
        raise InputError("The classes do not fit the labels", "one class for each label", received)
    right = classes == labels
    by_class = {int(label): float(right[labels == label].mean()) for label in np.unique(labels)}
    return float(right.mean()), by_class
