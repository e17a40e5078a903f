"""A check of a tf.data chain: does it deliver what training needs?"""

import numpy as np

from gankit.backend import tf
from gankit.check.verdict import Wrong, check
from gankit.data.dataset import unpack


@check
def dataset(mine, image_set, batch_size):
    """Checks a tf.data chain over an image set, by reading two epochs of it.

    Args:
        mine: `tf.data.Dataset` of images, or of pairs of images and labels.
        image_set: the `gankit.ImageSet` that it was made from.
        batch_size: how many images each batch should hold.
    """
    _check_elements(mine, image_set, batch_size)
    first, second = (_read(mine, image_set) for _ in range(2))
    whole = len(image_set) // batch_size * batch_size
    if len(first) != whole:
        raise Wrong(f"an epoch has {len(first)} images; whole batches of all of them are {whole}")
    _check_order(first, batch_size)
    if np.array_equal(first, second):
        raise Wrong("both epochs come in the same order; shuffle anew in each of them")
    if "Prefetch" not in type(mine).__name__:
        raise Wrong("the chain does not end in prefetch, so training waits for the next batch")
    return f"batches of {batch_size}, from -1 to 1, shuffled anew in every epoch, and prefetched"


def _check_elements(mine, image_set, batch_size):
    if not isinstance(mine, tf.data.Dataset):
        raise Wrong(f"this is a {type(mine).__name__}, and not a tf.data.Dataset")
    images, *_ = tf.nest.flatten(mine.element_spec)
    if images.shape.rank == len(image_set.image_shape):
        raise Wrong("an element is a single image; training reads batches")
    if images.shape[1:] != image_set.image_shape:
        raise Wrong(f"an element has the shape {images.shape}, which is no batch of such images")
    if images.shape[0] is None:
        raise Wrong(
            "the batches have no constant size: the last one may be smaller, and TensorFlow would "
            "compile the step again for it; see what `batch` can do about a remainder"
        )
    if images.shape[0] != batch_size:
        raise Wrong(f"a batch holds {images.shape[0]} images, and {batch_size} were asked for")
    if images.dtype != tf.float32:
        raise Wrong(f"the images are {images.dtype.name}; a model computes with float32")
    if mine.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise Wrong("the chain has no end; an epoch is one pass over the images, without `repeat`")


def _read(mine, image_set):
    """Reads an epoch; returns each image's place in the image set, in the order they came."""
    known = {image.tobytes(): place for place, image in enumerate(image_set.images)}
    places = []
    for batch in mine:
        images, labels = unpack(batch)
        _check_range(images.numpy())
        images = np.rint((images.numpy() + 1) * 127.5).astype(np.uint8)
        here = [known.get(image.tobytes()) for image in images]
        if None in here:
            raise Wrong(
                "an image is not one of the image set; the chain should change nothing but the "
                "range of the pixels, so that 0 becomes -1 and 255 becomes 1"
            )
        if labels is not None and np.any(image_set.labels[here] != labels.numpy()):
            raise Wrong("labels have lost their images; slice and shuffle both as one pair")
        places += here
    return np.array(places)


def _check_range(images):
    low, high = images.min(), images.max()
    seen = f"pixels run from {low:.3g} to {high:.3g}"
    if high > 2:
        raise Wrong(f"{seen}; bring them to the range of tanh, -1 to 1")
    if low >= 0:
        raise Wrong(f"{seen}; the range of tanh begins at -1")
    if high < 0.5 or high > 1 or low < -1:
        raise Wrong(f"{seen}; they are scaled once too often, or by another number than it takes")


def _check_order(places, batch_size):
    if len(set(places.tolist())) < 0.95 * len(places):
        raise Wrong("images come several times in an epoch, and others never")
    if np.all(np.diff(places) > 0):
        raise Wrong("the images come in their original order; shuffle them")
    if np.median(np.abs(np.diff(places.reshape(-1, batch_size), axis=1))) == 1:
        raise Wrong("whole batches are shuffled, and the images in each stay together")
    if np.corrcoef(places, np.arange(len(places)))[0, 1] > 0.5:
        raise Wrong(
            "an image comes near its original place; `shuffle` chooses among so many images as its "
            "buffer holds, so let it hold all of them"
        )
