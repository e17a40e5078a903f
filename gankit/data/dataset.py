"""From an image set to training: the public face of everything about data."""

import itertools

import numpy as np

from gankit.data.files import load_image_folder
from gankit.data.images import ImageSet, scale_pixels, unscale_pixels
from gankit.data.sources import load_images
from gankit.errors import InputError

__all__ = [
    "ImageSet",
    "augmentation",
    "load_image_folder",
    "load_images",
    "make_dataset",
    "scale_pixels",
    "unscale_pixels",
]


def augmentation(
    rotation=0.0, shift=0.0, zoom=0.0, crop=0.0, flip=False, fill_mode="constant", fill_value=0.0
):
    """Returns random changes to images, a model of Keras' own preprocessing layers.

    It works on pixels in 0..255 (`make_dataset` applies it before scaling).

    Args:
        rotation: largest turn either way, as a share of a full circle (0.03 is 11 degrees).
        shift: largest shift along each axis, as a share of the side.
        zoom: largest zoom in or out, as a share of the side.
        crop: largest share of each side that is cut away, the rest filling the image again.
        flip: whether to mirror half of the images left to right. Not for digits.
        fill_mode: what comes in from outside: "constant", "reflect", "nearest" or "wrap".
        fill_value: the constant. 0 is the black ground of MNIST.

    Returns: `keras.Sequential`.
    """
    from gankit.backend import keras

    layers = keras.layers
    fill = {"fill_mode": fill_mode, "fill_value": fill_value}
    steps = []
    if flip:
        steps.append(layers.RandomFlip("horizontal"))
    if rotation:
        steps.append(layers.RandomRotation(rotation, **fill))
    if zoom:
        steps.append(layers.RandomZoom((-zoom, zoom), **fill))
    if crop:  # Keras' RandomCrop cuts a whole batch at one place; these two differ by image
        steps.append(layers.RandomZoom((-crop, 0.0), **fill))
        steps.append(layers.RandomTranslation(crop / 2, crop / 2, **fill))
    if shift:
        steps.append(layers.RandomTranslation(shift, shift, **fill))
    if not steps:
        raise InputError("Expected at least one change to augment with. Received: none")
    return keras.Sequential(steps, name="augmentation")


def make_dataset(
    image_set, batch_size=32, augment=None, seed=0, initial_epoch=0, steps_per_epoch=None
):
    """Returns the dataset that training reads, one pass per epoch.

    Each pass is shuffled anew, by `seed` and the number of the pass alone, and so is the
    augmentation: a dataset made with `initial_epoch=7` starts with what is the eighth pass over
    one made without. Every iteration over the dataset counts as a pass, a look at one batch too.

    Args:
        image_set: `ImageSet`, or a uint8 array of shape `(count, height, width, channels)`.
        batch_size: images in a batch. What is left over at the end of an epoch waits for another
            shuffle: a batch of another shape would make TensorFlow trace the step again.
        augment: a Keras model or layer of random changes on pixels 0..255; see `augmentation`.
        seed: integer.
        initial_epoch: number of the first pass, from 0.
        steps_per_epoch: batches in a pass, by default as many as the images fill. With another
            number the next pass goes on where the one before stopped, in the same shuffled order.

    Returns: `tf.data.Dataset` of `(images, labels)`, or of images where the set has no labels:
        float32 in [-1, 1] of shape `(batch_size, height, width, channels)`, and int32.

    Raises: InputError: if the batch is larger than the set, or not positive.
    """
    from gankit.backend import tf

    if not isinstance(image_set, ImageSet):
        image_set = ImageSet(np.asarray(image_set), None, "array", "an array")
    count = len(image_set)
    check_batch_size(batch_size, count)
    batches = count // batch_size  # in one round of all images
    steps = steps_per_epoch or batches
    passes = itertools.count(initial_epoch)

    def draw():
        """One pass: for each batch, which images, and a seed for their augmentation."""
        first, drawn = steps * next(passes), None
        for step in range(first, first + steps):
            this, place = divmod(step, batches)
            if this != drawn:
                rng, drawn = np.random.default_rng((seed, this)), this
                order, seeds = rng.permutation(count), rng.integers(2**31, size=(batches, 2))
            yield order[place * batch_size : (place + 1) * batch_size], seeds[place]

    images = tf.constant(image_set.images)
    labels = None if image_set.labels is None else tf.constant(image_set.labels, tf.int32)

    def load(indices, batch_seed):
        batch = tf.gather(images, indices)
        if augment is not None:
            batch = _augmented(augment, tf.cast(batch, tf.float32), batch_seed)
        batch = scale_pixels(batch)
        return batch if labels is None else (batch, tf.gather(labels, indices))

    dataset = tf.data.Dataset.from_generator(
        draw,
        output_signature=(
            tf.TensorSpec((batch_size,), tf.int64),
            tf.TensorSpec((2,), tf.int64),
        ),
    )
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    options = tf.data.Options()
    options.autotune.enabled = False  # its thread can keep an iterator from ending for a minute
    dataset = dataset.map(load, num_parallel_calls=2).with_options(options)
    gpus = tf.config.list_logical_devices("GPU")
    if len(gpus) == 1 and not tf.distribute.has_strategy():
        return dataset.apply(tf.data.experimental.prefetch_to_device(gpus[0].name))
    return dataset.prefetch(2)


def check_batch_size(batch_size, count):
    """Refuses a batch that `count` images cannot fill.

    Raises: InputError.
    """
    if not isinstance(batch_size, int) or not 1 <= batch_size <= count:
        raise InputError(
            "Invalid value received for argument `batch_size`. Expected an integer from 1 to "
            f"{count}, the number of images. Received: batch_size={batch_size}. "
            "Take a smaller batch or more images"
        )


def _augmented(augment, images, batch_seed):
    """Applies the random layers with random states of this batch's own, so it can be replayed."""
    from gankit.backend import tf

    if not augment.built:
        augment.build(images.shape)
    states = [
        tf.cast(batch_seed + tf.constant([0, position], tf.int64), state.dtype)
        for position, state in enumerate(augment.non_trainable_variables)
    ]
    images, _ = augment.stateless_call(augment.trainable_variables, states, images, training=True)
    return images
