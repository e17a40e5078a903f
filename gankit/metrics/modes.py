"""Modes: which classes are drawn at all, and how evenly."""

import numpy as np

from gankit.errors import InputError


def class_histogram(classes, num_classes):
    """Returns how often each class occurs, an int array of shape `(num_classes,)`.

    Args:
        classes: integers of shape `(count,)`, the class that a classifier reads in each image.
        num_classes: how many there are.
    """
    classes = np.asarray(classes)
    if classes.ndim != 1 or classes.dtype.kind not in "iu" or not len(classes):
        received = f"shape {classes.shape}, dtype {classes.dtype}"
        raise InputError("These are no classes", "integers of shape (count,)", received)
    if classes.min() < 0 or classes.max() >= num_classes:
        received = f"{classes.min()} to {classes.max()}"
        raise InputError("A class is out of range", f"from 0 to {num_classes - 1}", received)
    return np.bincount(classes, minlength=num_classes)


def modes_covered(histogram, least=1):
    """Returns the number of classes that occur at least `least` times."""
    return int(np.sum(np.asarray(histogram) >= least))


def kl_divergence(histogram, reference):
    """Returns KL(histogram || reference) in nats: how far generated classes are from the data's.

    This direction, from the generator's distribution to the data's, is the "reverse" KL of the
    literature on mode collapse. 0: the same shares. A class that is drawn and is not in the data
    makes it infinite; one of the data that is never drawn is felt only through the larger shares
    of the others.

    Args:
        histogram, reference: counts or shares of shape `(num_classes,)`, none negative and not
            all 0; each is divided by its sum.
    """
    p, q = np.asarray(histogram, np.float64), np.asarray(reference, np.float64)
    if p.shape != q.shape or p.ndim != 1:
        received = f"shapes {p.shape} and {q.shape}"
        raise InputError("The histograms do not fit", "two over the same classes", received)
    for values in (p, q):
        if not np.all(np.isfinite(values)) or values.min() < 0 or not values.sum():
            raise InputError("This is not a histogram", "counts, none negative, not all 0", values)
    return float(relative_entropy(p / p.sum(), q / q.sum()))


def relative_entropy(p, q):
    """Returns KL(p || q) in nats of probabilities along the last axis; there, 0 log 0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sum(np.where(p > 0, p * np.log(p / q), 0), axis=-1)
