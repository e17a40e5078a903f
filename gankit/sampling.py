"""What a generator draws: images as uint8, or whatever it puts out."""

import numpy as np

from gankit.data.dataset import check_labels
from gankit.data.images import unscale_pixels
from gankit.errors import InputError, TrainingDiverged, check_integer
from gankit.models.pair import num_classes

BATCH = 250  # images drawn at a time


def sample_images(generator, count, labels=None, seed=0):
    """Generates images with a generator alone, e.g. one loaded from a run; see `GAN.sample`."""
    return generate(generator, count, labels, seed, unscale_pixels)


def generate(generator, count, labels=None, seed=0, convert=np.asarray):
    """Returns what a generator puts out: images in [-1, 1], or points in the plane.

    Args:
        generator: a Keras model, as in `GAN`.
        count: how many.
        labels: `count` integers for a conditional generator, else None.
        seed: the same seed gives the same noise; the first outputs do not depend on `count`.
        convert: applied to each batch of outputs, float32.

    Returns:
        array of shape `(count, ...)`; as much memory as that and one batch is needed.

    Raises:
        InputError: if labels are missing, superfluous, not `count`, or of no known class.
        TrainingDiverged: if an output is not finite.
    """
    check_integer("count", count)
    conditional = len(generator.inputs) == 2
    if conditional != (labels is not None):
        expected = f"{count} labels" if conditional else "None: this generator takes no labels"
        raise InputError.argument("labels", labels, expected)
    rng = np.random.default_rng(seed)
    latent_dim = generator.inputs[0].shape[-1]
    if conditional:
        labels = np.asarray(labels)
        if labels.shape != (count,) or labels.dtype.kind not in "iu":
            received = f"an array of shape {labels.shape} and dtype {labels.dtype}"
            raise InputError("The labels do not fit", f"{count} integers", received)
        check_labels(labels, num_classes(generator))
    outputs = None
    for start in range(0, count, BATCH):
        part = slice(start, min(start + BATCH, count))
        noise = rng.standard_normal((part.stop - start, latent_dim), dtype=np.float32)
        inputs = [noise, labels[part]] if conditional else noise
        batch = np.asarray(generator(inputs, training=False))
        if not np.isfinite(batch).all():
            raise TrainingDiverged(
                "The generator's outputs are not finite: its training has diverged. "
                "Lower the learning rate and train anew"
            )
        batch = convert(batch)
        if outputs is None:
            outputs = np.empty((count, *batch.shape[1:]), batch.dtype)
        outputs[part] = batch
    return outputs
