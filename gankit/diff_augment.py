"""Differentiable augmentation, for few images. Zhao et al., DiffAugment, 2020."""

from gankit.backend import keras

ops = keras.ops

CHANCES = 5  # numbers that one image takes


def diff_augment(images, chances):
    """Changes each image's colours and shifts it, such that gradients pass.

    It is what the paper calls "color" and "translation". All of an image becomes lighter or darker
    by up to 0.5. How far its channels are from their mean is multiplied by 0 to 2, how far its
    pixels are from theirs by 0.5 to 1.5. Then it is shifted by up to an eighth of each side, and
    what comes in there is 0, a medium grey.

    Args:
        images: float tensor of shape `(batch, height, width, channels)`, in [-1, 1].
        chances: float32 tensor of shape `(batch, 5)`, drawn evenly from [0, 1).

    Returns:
        tensor of the same shape and dtype. It may leave [-1, 1].
    """
    height, width = images.shape[1:3]
    lighter, colourful, contrast = ops.split(
        ops.cast(chances[:, :3, None, None], images.dtype), 3, axis=1
    )
    images = images + (lighter - 0.5)
    images = _spread(images, 2 * colourful, axis=3)
    images = _spread(images, contrast + 0.5, axis=(1, 2, 3))
    down, right = _shifts(chances[:, 3], height), _shifts(chances[:, 4], width)
    images = ops.einsum("nij,njkc->nikc", ops.cast(down, images.dtype), images)
    return ops.einsum("nlk,nikc->nilc", ops.cast(right, images.dtype), images)


def _spread(images, factor, axis):
    mean = ops.mean(images, axis, keepdims=True)
    return mean + factor * (images - mean)


def _shifts(chance, side):
    """A matrix for each image: whether pixel i comes from pixel j."""
    furthest = side // 8
    shift = ops.floor(chance * (2 * furthest + 1)) - furthest
    pixels = ops.arange(side, dtype=shift.dtype)
    return pixels[:, None] - shift[:, None, None] == pixels
