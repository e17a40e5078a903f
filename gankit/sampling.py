"""What a generator draws, and what it asks of labels."""

import numpy as np

from gankit.backend import keras
from gankit.data.images import unscale_pixels
from gankit.errors import InputError


def sample_images(generator, count, labels=None, seed=0):
    """Generates images with a generator alone, e.g. one loaded from a run; see `GAN.sample`."""
    return unscale_pixels(generate(generator, count, labels, seed))


def generate(generator, count, labels=None, seed=0, batch_size=250):
    """Returns what a generator puts out, float32: images in [-1, 1], or points in the plane.

    Args and errors as of `GAN.sample`.
    """
    if not isinstance(count, int | np.integer) or count < 1:
        raise InputError(
            "Invalid value received for argument `count`. Expected a positive integer. "
            f"Received: count={count!r}"
        )
    conditional = len(generator.inputs) == 2
    if conditional != (labels is not None):
        raise InputError(
            "Invalid value received for argument `labels`. Expected "
            + (
                f"{count} labels, for the generator is conditional. Received: None"
                if conditional
                else "None: this generator takes no labels. Received: labels"
            )
        )
    noise = np.random.default_rng(seed).standard_normal(
        (count, generator.inputs[0].shape[-1]), dtype=np.float32
    )
    columns = [noise]
    if conditional:
        labels = np.asarray(labels)
        if labels.shape != (count,) or labels.dtype.kind not in "iu":
            raise InputError(
                f"Invalid value received for argument `labels`. Expected {count} integers. "
                f"Received: an array of shape {labels.shape} and dtype {labels.dtype}"
            )
        check_labels(labels, num_classes(generator))
        columns.append(labels)
    outputs = []
    for start in range(0, count, batch_size):
        batch = [column[start : start + batch_size] for column in columns]
        outputs.append(np.asarray(generator(batch if conditional else batch[0], training=False)))
    return np.concatenate(outputs)


def num_classes(model):
    """Returns the number of classes that a model takes labels of, or None if that cannot be told.

    The label's path begins with an Embedding or a CategoryEncoding in every model of the kit.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            return layer.input_dim
        if isinstance(layer, keras.layers.CategoryEncoding):
            return layer.num_tokens
    return None


def check_labels(labels, classes):
    wrong = [] if classes is None else labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise InputError(
            f"Invalid value received for argument `labels`. Expected classes from 0 to "
            f"{classes - 1}, which the models were built for. Received: {int(wrong[0])}"
        )
