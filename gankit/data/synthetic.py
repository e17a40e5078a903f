"""Synthetic flowers: drawn by the kit, and called synthetic wherever they appear."""

import numpy as np

from gankit.data.images import ImageSet

NAME = "synthetic_flowers"
# petals, petal length, roundness of a petal (small: pointed), petal colour, colour of the heart
SPECIES = {
    "white daisy": (16, 0.80, 0.7, (240, 240, 236), (240, 190, 40)),
    "red poppy": (5, 0.85, 2.2, (210, 40, 30), (35, 20, 30)),
    "sunflower": (20, 0.90, 0.6, (250, 195, 30), (95, 55, 20)),
    "pink cosmos": (8, 0.85, 1.4, (235, 130, 180), (245, 205, 60)),
    "violet": (5, 0.70, 1.7, (110, 60, 170), (245, 225, 90)),
    "blue star": (6, 0.80, 0.5, (70, 110, 215), (250, 245, 200)),
    "orange lily": (6, 0.95, 0.8, (245, 125, 35), (120, 45, 10)),
    "yellow buttercup": (5, 0.65, 2.6, (250, 225, 50), (190, 170, 30)),
}


def synthetic_flowers(limit=None, size=64, split="train"):
    """Draws flowers of eight species, 2,000 without a limit: an `ImageSet`, species as labels."""
    count, seed = limit or 2_000, int(split == "test")
    labels = np.random.default_rng(seed).integers(len(SPECIES), size=count)
    species = list(SPECIES.values())
    images = [
        _draw(np.random.default_rng((seed, k)), size, *species[label])
        for k, label in enumerate(labels)
    ]
    source = "the kit's own drawing, no photographs"
    return ImageSet(np.stack(images), labels, NAME, source, tuple(SPECIES))


def _draw(rng, size, petals, length, roundness, petal_color, heart_color):
    """Draws one flower in polar coordinates around its centre, as uint8 `(size, size, 3)`."""
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(axis, axis)
    center, reach = rng.uniform(-0.2, 0.2, 2), length * rng.uniform(0.75, 1.0)
    squeeze, tilt = rng.uniform(0.75, 1.0), rng.uniform(0, np.pi)  # seen a little from the side
    dx, dy = x - center[0], y - center[1]
    across = (dx * np.cos(tilt) + dy * np.sin(tilt)) / squeeze
    along = dy * np.cos(tilt) - dx * np.sin(tilt)
    radius = np.hypot(across, along)
    angle = np.arctan2(along, across) + rng.uniform(0, 2 * np.pi)

    wave = np.abs(np.cos(angle * petals / 2)) ** (1 / roundness)  # 1 along a petal, 0 between two
    edge = reach * (0.35 + 0.65 * wave)
    # 1 inside an edge, 0 outside, and a soft step one pixel or so wide
    petal, heart = (np.clip((e - radius) * size / 3 + 0.5, 0, 1) for e in (edge, 0.22 * length))

    leaves = np.zeros_like(x)  # out of focus: three soft waves of light over a dark green
    for _ in range(3):
        fx, fy = rng.uniform(-4, 4, 2)
        leaves += np.sin(fx * x + fy * y + rng.uniform(0, 2 * np.pi)) / 3
    green = np.array([40, 85, 35]) + rng.uniform(-15, 15, 3)
    image = green * (1 + 0.45 * leaves[..., None])
    shade = 0.65 + 0.35 * np.clip(radius / reach, 0, 1) - 0.12 * (1 - wave)
    for mask, color, light in (
        (petal, petal_color, shade),
        (heart, heart_color, 0.85 + 0.3 * rng.random((size, size))),
    ):
        color = np.array(color) * rng.uniform(0.88, 1.08) + rng.uniform(-14, 14, 3)
        image += mask[..., None] * (color * light[..., None] - image)
    image += rng.normal(0, 3, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)
