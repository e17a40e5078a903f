"""Every figure that the lessons and the runs show.

Figures are matplotlib's own objects, made without pyplot, so that nothing piles up while a
training saves one after another. A notebook shows one where it is a cell's last line.
"""

import numpy as np
from matplotlib.figure import Figure

D_COLOR, G_COLOR = "tab:blue", "tab:orange"
UNDECIDED = float(np.log(2))  # -log(1/2): the loss of a discriminator that cannot tell


def rows_of_labels(num_classes, columns=10):
    """Returns labels for a grid with a row for each of the first ten classes, `columns` long."""
    return np.repeat(np.arange(min(num_classes, 10)), columns)


def image_grid(images, columns=None, gap=2, labels=None):
    """Lays images out in rows, left to right, top to bottom.

    Args:
        images: uint8 array of shape `(count, height, width, 1 or 3)`.
        columns: images in a row; by default as near to a square as can be, or ten with labels.
        gap: white pixels between and around them.
        labels: the class of each image: then no row holds two classes, and they are sorted.

    Returns: uint8 array of shape `(height, width, 1 or 3)`.
    """
    count, height, width, channels = images.shape
    if labels is None:
        columns = columns or int(np.ceil(np.sqrt(count)))
        groups = [images]
    else:
        columns = columns or 10
        groups = [images[np.asarray(labels) == label] for label in np.unique(labels)]
    columns = min(columns, max(map(len, groups)))
    rows = [group[i : i + columns] for group in groups for i in range(0, len(group), columns)]
    cell = np.array([height, width]) + gap
    sheet = np.full((*(cell * [len(rows), columns] + gap), channels), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            top, left = cell * [y, x] + gap
            sheet[top : top + height, left : left + width] = image
    return sheet


def enlarged(image, side):
    """Repeats pixels, a whole number of times, until the image is about `side` wide."""
    factor = max(1, round(side / image.shape[1]))
    return np.kron(image, np.ones((factor, factor, 1), np.uint8))


def plot_images(images, title="", columns=None):
    """Returns a figure with one grid of images; see `image_grid`."""
    return compare_images({title: images}, columns)


def compare_images(sets, columns=None):
    """Returns a figure with several grids side by side.

    Args:
        sets: dict, the title of each grid to its images, uint8 of shape
            `(count, height, width, 1 or 3)`.
        columns: images in a row of each grid.
    """
    figure = Figure(figsize=(3.6 * len(sets) + 0.4, 4.0), layout="constrained")
    for axes, (title, images) in zip(
        figure.subplots(1, len(sets), squeeze=False)[0], sets.items(), strict=True
    ):
        axes.imshow(image_grid(images, columns), "gray", interpolation="nearest", vmin=0, vmax=255)
        axes.set_title(title, fontsize=11)
        axes.axis("off")
    return figure


def plot_losses(batches, epochs):
    """Returns a figure of both losses, by iteration and by epoch.

    Args:
        batches: dict, "d_loss" and "g_loss" each to one value per batch.
        epochs: the same, to one value per epoch, the mean over its batches.
    """
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    by_batch, by_epoch = figure.subplots(1, 2, sharey=True)
    stride = max(1, len(batches["d_loss"]) // 4000)
    for name, label, color in (
        ("d_loss", "discriminator, mean of real and fake", D_COLOR),
        ("g_loss", "generator", G_COLOR),
    ):
        values = np.asarray(batches[name])
        at = np.arange(1, len(values) + 1)
        by_batch.plot(at[::stride], values[::stride], color=color, linewidth=0.6, alpha=0.8)
        by_epoch.plot(
            np.arange(1, len(epochs[name]) + 1),
            epochs[name],
            "o-",
            color=color,
            markersize=3,
            label=label,
        )
    for axes, unit in ((by_batch, "iteration"), (by_epoch, "epoch")):
        axes.axhline(
            UNDECIDED,
            color="grey",
            linewidth=0.8,
            linestyle="--",
            label="ln 2: a discriminator that cannot tell",
        )
        axes.set_xlabel(unit)
        axes.grid(alpha=0.3)
    by_batch.set_ylabel("loss")
    by_batch.set_title("each batch")
    by_epoch.set_title("mean over each epoch")
    by_epoch.xaxis.get_major_locator().set_params(integer=True)
    by_epoch.legend(fontsize=8)
    return figure
