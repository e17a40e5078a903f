"""Stacked MNIST: three digits in the three channels of an image, a data set of 1,000 modes.

Srivastava et al., VEEGAN, 2017, and Lin et al., PacGAN, 2018, count on it how many of the 1,000
numbers from 000 to 999 a generator can write.
"""

from dataclasses import replace

import numpy as np

from gankit.errors import InputError
from gankit.images import ImageSet
from gankit.metrics import features
from gankit.metrics.modes import class_histogram, kl_divergence, modes_covered
from gankit.mixtures import ModeScore
from gankit.recipe import Optimizer
from gankit.recipes import RECIPES

MODES = 1_000
SAMPLES = 26_000  # that PacGAN counts in

_FASTER = Optimizer("Adam", 1e-3, (("beta_1", 0.5),))

# Recipes, to be built with image_shape=(28, 28, 3): source C's DCGAN, whose discriminator has one
# step for two of the generator's and half its rate (0.0001 and 0.0002); and the same models with
# one step each, both at 0.001.
EXPERIMENTS = {
    "held back": RECIPES["dcgan_leaky"],
    "not held back": replace(
        RECIPES["dcgan_leaky"], generator_steps=1, d_optimizer=_FASTER, g_optimizer=_FASTER
    ),
}


def stack_digits(digits, count, seed=0):
    """Returns images of three digits each: hundreds in red, tens in green, ones in blue.

    Args:
        digits: `ImageSet` of labelled grey digits.
        count: how many to draw.
        seed: integer.

    Returns: `ImageSet` with three channels; the labels are the numbers, 0 to 999.

    Raises: InputError: if the digits are not grey, or have no labels from 0 to 9.
    """
    if digits.image_shape[-1] != 1 or digits.num_classes != 10:
        raise InputError(
            f"Expected grey digits with labels of ten classes. Received: {digits}, "
            f"{digits.num_classes or 'no'} classes"
        )
    drawn = np.random.default_rng(seed).integers(len(digits), size=(count, 3))
    return ImageSet(
        np.moveaxis(digits.images[drawn, ..., 0], 1, -1),
        digits.labels[drawn] @ [100, 10, 1],
        "stacked_mnist",
        f"three digits in each, drawn from {len(digits):,} of {digits.source}",
        tuple(f"{number:03d}" for number in range(MODES)),
    )


def score_stacked(images, reader=None):
    """Returns the `ModeScore` of generated images: what numbers can be read in them.

    A mode is covered once one image is read as its number; whatever is in a channel is read as some
    digit, so every image counts as one of high quality. The divergence is that from equal shares.

    Args:
        images: uint8 array of shape `(count, 28, 28, 3)`.
        reader: extractor that reads digits, by default the kit's classifier.

    Raises: InputError: if the images have another shape.
    """
    if images.ndim != 4 or images.shape[-1] != 3:
        raise InputError(f"Expected images of shape (count, 28, 28, 3). Received: {images.shape}")
    reader = reader or features.mnist_classifier()
    read = [reader(images[..., channel, None])[1].argmax(axis=1) for channel in range(3)]
    histogram = class_histogram(np.stack(read, axis=1) @ [100, 10, 1], MODES)
    return ModeScore(
        modes_covered(histogram), 1.0, kl_divergence(histogram, np.ones(MODES)), histogram
    )
