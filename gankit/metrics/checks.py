"""Checks of the arrays that metrics compare."""

import numpy as np

from gankit.errors import InputError


def check_features(least=2, **arrays):
    """Returns the arrays as float64, if they are features that can be compared.

    Args:
        least: rows that each must have.
        **arrays: by the name of the caller's argument, each of shape `(count, features)`.

    Raises:
        InputError: if one has another shape, too few rows, NaN or infinity, or if widths differ.
    """
    checked = {}
    for name, values in arrays.items():
        values, about = np.asarray(values), f"Invalid value received for argument `{name}`"
        if values.ndim != 2 or values.dtype.kind not in "fiu":
            received = f"shape {values.shape}, dtype {values.dtype}"
            mend = "gankit.metrics.features makes them from images"
            raise InputError(about, "numbers of shape (count, features)", received, mend)
        if len(values) < least:
            raise InputError(about, f"features of at least {least} images", len(values))
        values = values.astype(np.float64, copy=False)
        broken = int(np.sum(~np.isfinite(values).all(axis=1)))
        if broken:
            received = f"NaN or infinity in {broken} of {len(values)} rows"
            mend = "Look at the images: a training that diverged draws such"
            raise InputError(about, "finite numbers", received, mend)
        checked[name] = values
    widths = {name: values.shape[1] for name, values in checked.items()}
    if len(set(widths.values())) > 1:
        received = ", ".join(f"{name} with {width} features" for name, width in widths.items())
        raise InputError("The features do not fit each other", "those of one extractor", received)
    return list(checked.values())
