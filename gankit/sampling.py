"""What a generator draws: images as uint8, or whatever it puts out."""

import numpy as np

from gankit.data.dataset import check_labels
from gankit.data.images import unscale_pixels
from gankit.errors import InputError, TrainingDiverged, check_integer
from gankit.models.pair import num_classes

BATCH = 250  # images drawn at a time


def sample_images(generator, count, labels=None, seed=0, clusters=0):
    """Generates images with a generator alone; see `GAN.sample`, and `GAN` for the clusters."""
    return generate(generator, count, labels, seed, unscale_pixels, clusters)


def generate(generator, count, labels=None, seed=0, convert=np.asarray, clusters=0):
    """Returns what a generator puts out: images in [-1, 1], or points in the plane.

    Args:
        generator: a Keras model, as in `GAN`.
        count: how many.
        labels: `count` integers for a conditional generator, else None.
        seed: the same seed gives the same noise; the first outputs do not depend on `count`.
        convert: applied to each batch of outputs, float32.
        clusters: of the noise, as in `GAN`.

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
    noise = Noise(generator.inputs[0].shape[-1], clusters, seed)
    if conditional:
        labels = np.asarray(labels)
        if labels.shape != (count,) or labels.dtype.kind not in "iu":
            received = f"an array of shape {labels.shape} and dtype {labels.dtype}"
            raise InputError("The labels do not fit", f"{count} integers", received)
        check_labels(labels, num_classes(generator))
    outputs = None
    for start in range(0, count, BATCH):
        part = slice(start, min(start + BATCH, count))
        drawn = noise(part.stop - start)
        inputs = [drawn, labels[part]] if conditional else drawn
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


class Noise:
    """Noise as `GAN.draw` draws it, in NumPy: calling it with a count gives the next vectors.

    The first ones do not depend on the count. See `GAN` for `clusters`.
    """

    def __init__(self, latent_dim, clusters=0, seed=0):
        self.normals, self.clusters = latent_dim - clusters, clusters
        self.rng, self.choice = np.random.default_rng(seed), np.random.default_rng([seed, 1])

    def __call__(self, count):
        """Returns noise, float32 of shape `(count, latent_dim)`."""
        numbers = self.rng.standard_normal((count, self.normals), dtype=np.float32)
        if not self.clusters:
            return numbers
        chosen = np.eye(self.clusters)[self.choice.integers(self.clusters, size=count)]
        scaled = (self.clusters**0.5 * chosen).astype(np.float32)
        return np.concatenate([numbers, scaled], axis=1)
