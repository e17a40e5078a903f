"""Photographs of any size and mode, made into small square RGB images."""

import itertools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageOps

from gankit.data.images import limited_order

CROPPING = 2  # the version of `square`: with another one the cache starts anew


def read_photographs(files, size, limit=None):
    """Decodes photographs, paths or binary files, in parallel and no more than are needed.

    With a limit it takes the random subset that `load_image_folder` tells of.

    Returns:
        `(images, kept, errors)`: uint8 images of shape `(count, size, size, 3)`; the index of
        each image's file; and the exception for the index of each file that cannot be read.
    """
    order = limited_order(len(files), limit)

    def decode(index):
        try:
            with Image.open(files[index]) as photograph:
                return square(photograph, size)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            return error

    images = np.empty((len(order[:limit]), size, size, 3), np.uint8)
    kept, errors, queue = [], {}, iter(order.tolist())
    Image.init()  # all formats: Pillow would load them when one is missing, in several threads
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow decodes outside Python's lock
        while batch := list(itertools.islice(queue, len(images) - len(kept))):
            for index, image in zip(batch, pool.map(decode, batch), strict=True):
                if isinstance(image, Exception):
                    errors[index] = image
                else:
                    images[len(kept)] = image
                    kept.append(index)
    return images[: len(kept)], kept, errors


def square(photograph, size):
    """Returns a PIL image of any mode as a uint8 RGB array `(size, size, 3)`, its centre."""
    photograph.draft(None, (2 * size, 2 * size))  # a JPEG is decoded at 1/2, 1/4, 1/8, no smaller
    ImageOps.exif_transpose(photograph, in_place=True)
    if photograph.mode.startswith(("I", "F")):  # deep greys, which Pillow would clip to white
        deep = np.asarray(photograph, dtype=np.float64)
        top = 65535 if deep.max() > 255 else 255
        photograph = Image.fromarray(np.clip(deep * 255 / top, 0, 255).astype(np.uint8))
    if photograph.has_transparency_data:
        photograph = photograph.convert("RGBA")
        white = Image.new("RGBA", photograph.size, "white")
        photograph = Image.alpha_composite(white, photograph)
    photograph = photograph.convert("RGB")
    return np.asarray(ImageOps.fit(photograph, (size, size), Image.Resampling.LANCZOS))
