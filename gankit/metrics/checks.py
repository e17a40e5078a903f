"""What every metric asks of its arrays before it computes anything."""

import numpy as np

from gankit.errors import InputError


def check_features(least=2, **arrays):
    """Returns the arrays as float64, if they are features that can be compared.

    Args:
        least: rows that each must have.
        **arrays: by the name of the caller's argument, each of shape `(count, features)`.

    Raises: InputError: if one is not of that shape, has too few rows or a value that is no finite
        number, or if they differ in their number of features.
    """
    checked = {}
    for name, values in arrays.items():
        values = np.asarray(values)
        if values.ndim != 2 or values.dtype.kind not in "fiu":
            raise InputError(
                f"Invalid value received for argument `{name}`. Expected numbers of shape (count, "
                f"features). Received: shape {values.shape}, dtype {values.dtype}. "
                "gankit.metrics.features makes them from images"
            )
        if len(values) < least:
            raise InputError(
                f"Invalid value received for argument `{name}`. Expected features of at least "
                f"{least} images. Received: {len(values)}"
            )
        values = values.astype(np.float64)
        broken = int(np.sum(~np.isfinite(values).all(axis=1)))
        if broken:
            raise InputError(
                f"Invalid value received for argument `{name}`. Expected finite numbers. Received: "
                f"NaN or infinity in {broken} of {len(values)} rows. Look at the images they come "
                "from: a training that diverged draws such"
            )
        checked[name] = values
    widths = {name: values.shape[1] for name, values in checked.items()}
    if len(set(widths.values())) > 1:
        raise InputError(
            "Expected features of one and the same extractor. Received: "
            + ", ".join(f"{name} with {width} features" for name, width in widths.items())
        )
    return list(checked.values())


def check_neighbours(k, least):
    """Refuses a number of neighbours that `least` points do not have.

    Raises: InputError.
    """
    if not isinstance(k, int) or not 1 <= k < least:
        raise InputError(
            "Invalid value received for argument `k`. Expected an integer from 1 to "
            f"{least - 1}, fewer than there are images. Received: k={k!r}"
        )


def check_probabilities(values, least=2):
    """Returns a classifier's answers as float64, shape `(count, classes)`, if they are such.

    Raises: InputError: if a value is not from 0 to 1, or a row does not add up to 1.
    """
    (values,) = check_features(least, probabilities=values)
    if values.min() < 0 or not np.allclose(values.sum(axis=1), 1, atol=1e-3):
        raise InputError(
            "Invalid value received for argument `probabilities`. Expected rows of probabilities "
            f"that add up to 1. Received: values from {values.min():.3g} to {values.max():.3g}, "
            f"rows that add up to {values.sum(axis=1).min():.3g} to {values.sum(axis=1).max():.3g}"
        )
    return values
