"""Trained generators that come with the package, ready to sample.

`NAME.npz` holds a generator's weights in the order of `keras.Model.get_weights`, and `NAME.json`
its card: how it was trained and on what, how it was judged, and the file's SHA-256. Kernels are
kept in few bits, which `results/packing.py` does: an array `3` is as it was, int8 numbers `3` go
with a scale for each of their columns, `3.scale`, and a kernel may be the product of `3.left` and
`3.right`. The discriminators are not kept, because nothing is sampled from them.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from gankit.errors import InputError, check_choice

FOLDER = Path(__file__).parent


def names():
    """Returns the names of the generators that are there."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def card(name):
    """Returns what is known of a trained generator, a dict.

    Its `recipe` was trained by `command`, on `data` under `licence`, for `steps` batches and
    `images` real images, in `minutes` on `device` with `versions`. `metrics` are those of `count`
    samples with `seed`. `packing` is what few bits change: of 2,000 samples the mean and the
    largest change of a pixel, in steps of 256, and the share of pixels that change by more than
    two. `bytes` and `sha256` are the file's.
    """
    check_choice("name", name, names())
    return json.loads((FOLDER / f"{name}.json").read_text())


def pretrained(name):
    """Returns a `gankit.GAN` whose generator was trained at full scale: `sample` works at once.

    Nothing is downloaded. Its discriminator has its first weights, so it cannot go on training.

    Args:
        name: one of `gankit.weights.names()`, which are names of recipes.

    Raises:
        InputError: if there is no such generator, if its file is missing, or if the SHA-256 of the
            file differs from the card's.
    """
    from gankit.recipes import get_recipe

    path, kept = FOLDER / f"{name}.npz", card(name)
    received = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "no file"
    if received != kept["sha256"]:
        mend = "Install gankit anew"
        raise InputError(f"{path} is damaged", f"SHA-256 {kept['sha256']}", received, mend)
    gan = get_recipe(kept["recipe"]).build(image_shape=kept["image_shape"])
    with np.load(path) as archive:
        gan.generator.set_weights(unpacked(archive, len(gan.generator.weights)))
    return gan


def unpacked(archive, count):
    """Returns `count` arrays as `get_weights` does, float32, from what a file keeps of them."""

    def one(name):
        if f"{name}.left" in archive:
            return one(f"{name}.left") @ one(f"{name}.right")
        values = archive[name].astype(np.float32)
        return values * archive[f"{name}.scale"] if f"{name}.scale" in archive else values

    return [one(str(index)) for index in range(count)]
