"""The tf.data chain, from an image set to the batches that training reads."""

import numpy as np

from gankit.backend import keras, tf
from gankit.data.images import ImageSet, scale_pixels
from gankit.errors import InputError, check_integer


def augmentation(rotation=0.0, shift=0.0, zoom=0.0, crop=0.0, flip=False, fill_mode="constant"):
    """Returns random changes to images, a `keras.Sequential` of Keras' own preprocessing layers.

    It works on pixels in 0..255 (`make_dataset` applies it before scaling).

    Args:
        rotation: largest turn either way, as a share of a full circle (0.03 is 11 degrees).
        shift: largest shift along each axis, as a share of the side.
        zoom: largest zoom in or out, as a share of the side.
        crop: largest share of each side that is cut away, the rest filling the image again.
        flip: whether to mirror half of the images left to right. Not for digits.
        fill_mode: what comes in from outside: "constant" (black, the ground of MNIST), "reflect",
            "nearest" or "wrap".
    """
    layers = keras.layers
    steps = [layers.RandomFlip("horizontal")] if flip else []
    if rotation:
        steps.append(layers.RandomRotation(rotation, fill_mode=fill_mode))
    if zoom:
        steps.append(layers.RandomZoom((-zoom, zoom), fill_mode=fill_mode))
    if crop:  # Keras' RandomCrop cuts a whole batch at one place; these two differ by image
        steps.append(layers.RandomZoom((-crop, 0.0), fill_mode=fill_mode))
        steps.append(layers.RandomTranslation(crop / 2, crop / 2, fill_mode=fill_mode))
    if shift:
        steps.append(layers.RandomTranslation(shift, shift, fill_mode=fill_mode))
    if not steps:
        raise InputError("Nothing to augment with", "at least one change", "none")
    return keras.Sequential(steps, name="augmentation")


def make_dataset(image_set, batch_size=32, augment=None, seed=0, steps_per_epoch=None):
    """Returns the batches of an epoch; `gankit.train` and `GAN.fit` shuffle every epoch anew.

    Args:
        image_set: `ImageSet`, or a uint8 array of shape `(count, height, width, channels)`.
        batch_size: images in a batch. What is left over at the end of a round waits for another
            shuffle: a batch of another shape would make TensorFlow trace the step again. A set that
            cannot fill one batch is refused.
        augment: a Keras model or layer of random changes on pixels 0..255; see `augmentation`.
        seed: integer.
        steps_per_epoch: batches in an epoch, by default as many as the images fill.

    Returns:
        `tf.data.Dataset` of `(images, labels)`, or of images where the set has no labels: float32
        in [-1, 1] of shape `(batch_size, height, width, channels)`, and int32. See `batches_of`.
    """
    if not isinstance(image_set, ImageSet):
        image_set = ImageSet(np.asarray(image_set), None, "array", "an array")
    labels = image_set.labels
    arrays = (image_set.images,) if labels is None else (image_set.images, labels.astype(np.int32))

    def prepare(images, *labels, batch_seed):
        if augment is not None:
            images = _augmented(augment, tf.cast(images, tf.float32), batch_seed)
        return (scale_pixels(images), *labels)

    return batches_of(arrays, batch_size, seed, steps_per_epoch, prepare)


def batches_of(arrays, batch_size, seed=0, steps_per_epoch=None, prepare=None):
    """Returns shuffled batches of arrays, as an epoch and as an endless stream.

    Batch k is a function of `(seed, k)` alone: k says which round over the arrays it is, and its
    place in that round; a pseudorandom permutation of the round's own says which rows are there.
    So nothing counts how often the dataset was read, and a training that goes on skips the batches
    that it has seen.

    Args, beside those of `make_dataset`:
        arrays: tuple of arrays of equal length. They stay in host memory.
        prepare: `(*rows, batch_seed) -> rows`, what is done to a batch. `batch_seed` is an int32
            tensor of shape `(2,)` that differs from batch to batch.

    Returns:
        `tf.data.Dataset` of the first epoch's batches. Its attribute `batches` is the function
        `first -> tf.data.Dataset`, the endless stream from batch number `first` on; `arrays` are
        the arrays.
    """
    count = len(arrays[0])
    check_batch_size(batch_size, count)
    rounds = count // batch_size  # batches in one
    steps = steps_per_epoch or rounds
    columns = [_on_host(array) for array in arrays]
    options = tf.data.Options()
    options.autotune.enabled = False  # its thread can keep an iterator from ending for a minute
    options.experimental_optimization.apply_default_optimizations = False  # would copy the arrays

    def load(k):
        """Batch k."""
        places = k % rounds * batch_size + tf.range(batch_size, dtype=tf.int64)
        key = tf.cast(tf.stack([seed, k // rounds]), tf.int32)
        rows = tf.random.experimental.index_shuffle(places, key, count - 1)
        batch = [tf.gather(column, rows) for column in columns]
        if prepare is not None:
            batch_seed = tf.random.experimental.stateless_fold_in([seed, 1], k)
            batch = prepare(*batch, batch_seed=batch_seed)
        return tuple(batch) if len(batch) > 1 else batch[0]

    def batches(first=0):
        numbers = tf.data.Dataset.range(first, 2**62)  # endless
        return numbers.map(load, num_parallel_calls=2).prefetch(2).with_options(options)

    dataset = batches().take(steps)
    dataset.batches, dataset.arrays = batches, arrays
    return dataset


def check_batch_size(batch_size, count):
    """Refuses a batch that `count` images cannot fill."""
    check_integer("batch_size", batch_size, 1, count, "Take a smaller batch or more images")


def unpack(batch):
    """Returns a batch's images and labels; None in place of labels that are not there."""
    return (*batch, None)[:2] if isinstance(batch, tuple | list) else (batch, None)


def tensors(batch, image_shape, conditional):
    """Returns a batch as images, float32, and labels, or None where the models take none.

    Images that do not fit the models are refused, and so are missing labels.
    """
    images, labels = unpack(batch)
    images = keras.ops.cast(images, "float32")
    if tuple(images.shape[1:]) != tuple(image_shape):
        expected = f"batches of shape (batch, {', '.join(map(str, image_shape))})"
        mend = "Build the models for these images, e.g. recipe.build(image_shape=...)"
        raise InputError("The images do not fit the models", expected, tuple(images.shape), mend)
    if not conditional:
        return images, None
    if labels is None:
        about = "A conditional GAN learns from labelled images"
        raise InputError(about, "batches (images, labels)", "images alone")
    return images, keras.ops.convert_to_tensor(labels)


def check_batches(dataset, image_shape, num_classes=None):
    """Refuses a dataset without batches, with unscaled pixels in the first, or an unknown label.

    `image_shape` and `num_classes` are the models', None where they take no labels.
    """
    images, labels = unpack(next(iter(dataset), None))
    if images is None:
        raise InputError("Nothing to train on", "a dataset of at least one batch", "an empty one")
    check_arrays(images, labels, image_shape, num_classes)
    if num_classes is not None and labels is not None:
        for _, labels in [dataset.arrays] if hasattr(dataset, "arrays") else dataset:
            check_labels(labels, num_classes)


def check_arrays(images, labels, image_shape, num_classes=None):
    """Refuses images whose pixels are not scaled, and unknown labels; see `check_batches`."""
    images = np.asarray(images)
    if len(image_shape) == 3 and images.size and np.abs(images).max() > 1.01:  # augmented, rounded
        received = f"{images.min():g} to {images.max():g}"
        mend = "gankit.scale_pixels makes such of 0..255, and make_dataset does so itself"
        raise InputError("The pixels are not scaled", "pixels from -1 to 1", received, mend)
    if labels is not None:
        check_labels(labels, num_classes)


def check_labels(labels, num_classes):
    """Refuses integers that are not classes from 0 on; any are, where their number is None."""
    labels = np.asarray(labels)
    wrong = labels[(labels < 0) | (labels >= num_classes)] if num_classes else ()
    if len(wrong):
        expected = f"classes from 0 to {num_classes - 1}, which the models were built for"
        raise InputError("A label is unknown", expected, wrong[0])


def wrong_labels(labels, classes):
    """Returns a wrong label for each image of a batch: each of the other classes as often."""
    labels = keras.ops.cast(labels, "int32")
    return (labels + 1 + keras.ops.arange(keras.ops.shape(labels)[0]) % (classes - 1)) % classes


def _on_host(array):
    """A tensor in host memory, whatever the device: one copy of the array. tf.constant makes two.

    TensorFlow takes a buffer as it is where it begins at a multiple of 64 bytes.
    """
    buffer = np.empty(array.nbytes + 63, np.uint8)
    start = -buffer.ctypes.data % 64
    copy = buffer[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    with tf.device("CPU"):
        return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


def _augmented(augment, images, batch_seed):
    """Applies the random layers with random states of this batch's own, so it can be replayed."""
    if not augment.built:
        augment.build(images.shape)
    states = [
        tf.cast(tf.random.experimental.stateless_fold_in(batch_seed, place), state.dtype)
        for place, state in enumerate(augment.non_trainable_variables)
    ]
    images, _ = augment.stateless_call(augment.trainable_variables, states, images, training=True)
    return images
