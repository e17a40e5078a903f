"""Every figure that the lessons and the runs show.

Figures are matplotlib's own objects, made without pyplot, so that nothing piles up while a
training saves one after another. A notebook shows one where it is a cell's last line.
"""

from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image

from gankit.errors import InputError

D_COLOR, G_COLOR = "tab:blue", "tab:orange"
BOTH = frozenset([0, 1])
PATH_X = {frozenset([0]): 0.0, frozenset([1]): 1.0, BOTH: 0.5}
PATH_COLORS = {frozenset([0]): "#cfe0f1", frozenset([1]): "#ffd9b0", BOTH: "#d5ecd0"}
ARROW = {"arrowstyle": "->", "color": "grey", "linewidth": 0.8}
ACTIVATIONS = {"leaky_relu": "LeakyReLU", "relu": "ReLU"}  # as their layers are named
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

    Returns:
        uint8 array of shape `(height, width, 1 or 3)`.
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


def plot_sheets(folder, count=4, title="The same noise, over the epochs"):
    """Returns a figure of sheets that `gankit.runs.recorder.SampleGrid` saved, from first to last.

    Args:
        folder: where they are.
        count: how many to show, spread evenly over those there are.
        title: above all of them.
    """
    paths = sorted(Path(folder).glob("epoch_*.png"))
    shown = np.unique(np.linspace(0, len(paths) - 1, count).round().astype(int))
    figure = Figure(figsize=(3.4 * len(shown), 3.8), layout="constrained")
    for axes, index in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        axes.imshow(Image.open(paths[index]), "gray", vmin=0, vmax=255)
        axes.set_title(f"epoch {int(paths[index].stem.split('_')[1])}", fontsize=11)
        axes.axis("off")
    figure.suptitle(title)
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
        means = epochs[name]
        by_epoch.plot(range(1, len(means) + 1), means, "o-", color=color, markersize=3, label=label)
    for axes, unit in ((by_batch, "iteration"), (by_epoch, "epoch")):
        undecided = "ln 2: a discriminator that cannot tell"
        axes.axhline(UNDECIDED, color="grey", linewidth=0.8, linestyle="--", label=undecided)
        axes.set_xlabel(unit)
        axes.grid(alpha=0.3)
    by_batch.set_ylabel("loss")
    by_batch.set_title("each batch")
    by_epoch.set_title("mean over each epoch")
    by_epoch.xaxis.get_major_locator().set_params(integer=True)
    by_epoch.legend(fontsize=8)
    return figure


def plot_points(panels, mixture, columns=4):
    """Returns a figure of generated points over a mixture's modes, a panel each.

    A circle around each mode is as far as its points are of high quality.

    Args:
        panels: dict, the title of each panel to points, `(count, 2)`, or to a
            `gankit.collapse.Snapshot`, whose landscape is then drawn below its points.
        mixture: `gankit.collapse.mixtures.Mixture`.
        columns: panels in a row.
    """
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(2.7 * columns, 2.9 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, (title, points) in zip(axes, panels.items(), strict=False):
        landscape = getattr(points, "landscape", None)
        _draw_points(panel, getattr(points, "points", points), mixture, landscape)
        panel.set_title(title, fontsize=10)
    for panel in axes[len(panels) :]:
        panel.axis("off")
    return figure


def animate_points(snapshots, mixture, title=""):
    """Returns a gif, as bytes, of generated points over the steps, above D's landscape.

    Args:
        snapshots: list of `gankit.collapse.Snapshot`.
        mixture: `gankit.collapse.mixtures.Mixture`.
        title: above every frame.
    """
    frames = []
    for snapshot in snapshots:
        figure = Figure(figsize=(3.6, 3.9), dpi=80, layout="constrained")
        FigureCanvasAgg(figure)
        panel = figure.subplots()
        _draw_points(panel, snapshot.points, mixture, snapshot.landscape)
        panel.set_title(
            f"{title}\nstep {snapshot.step:,}: {snapshot.score.modes} of {len(mixture)} modes, "
            f"{snapshot.score.high_quality:.0%} of high quality",
            fontsize=9,
        )
        figure.canvas.draw()
        frames.append(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    frames += frames[-1:] * 5  # the end stays to be looked at
    return imageio.imwrite("<bytes>", frames, extension=".gif", duration=250, loop=0)


def _draw_points(axes, points, mixture, landscape=None):
    extent = mixture.extent
    if landscape is not None:
        axis = np.linspace(-extent, extent, len(landscape))
        axes.contourf(axis, axis, landscape, levels=8, cmap="coolwarm", alpha=0.6)  # small as a gif
    for mean in mixture.means:
        axes.add_patch(Circle(mean, mixture.reach, fill=False, edgecolor="black", linewidth=0.6))
    axes.scatter(*points.T, s=2, color=G_COLOR, linewidths=0, alpha=0.6)
    axes.set(xlim=(-extent, extent), ylim=(-extent, extent), aspect="equal", xlabel="x", ylabel="y")
    axes.tick_params(labelsize=7)


def plot_search(rows, settings, importances=()):
    """Returns a figure of a search: its distances over each setting, and what mattered.

    Args:
        rows: dicts of `gankit.search.Search.rows`, the best first.
        settings: names of what was searched over.
        importances: dict, a setting's name to its share of the variance; empty if not known.
    """
    rows = [row for row in rows if row["frechet_distance"] is not None]
    distances = [row["frechet_distance"] for row in rows]
    panels = len(settings) + bool(importances)
    figure = Figure(figsize=(2.7 * panels, 3.2), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    own = [row["own"] for row in rows]
    for panel, name in zip(axes, settings, strict=False):
        values = [row[name] for row in rows]
        if name in ("d_optimizer", "batch_size"):
            values = [str(value) for value in values]
            order = sorted(set(values), key=lambda text: (len(text), text))
            panel.set_xticks(range(len(order)), order)
            values = [order.index(value) for value in values]
        elif name == "d_learning_rate":
            panel.set_xscale("log")
        panel.scatter(values, distances, color=D_COLOR, s=18)
        panel.scatter(values[:1], distances[:1], color=G_COLOR, s=50, label="best")
        if any(own):
            at = own.index(True)
            panel.scatter(values[at], distances[at], color="black", marker="x", label="recipe's")
        panel.set(xlabel=name.removeprefix("d_").replace("_", " "), yscale="log")
        panel.margins(x=0.15)
        panel.grid(alpha=0.3)
        if panel is not axes[0]:
            panel.sharey(axes[0])
            panel.tick_params(labelleft=False, which="both")
    axes[0].set_ylabel("Fréchet distance, lower is better")
    axes[0].legend(fontsize=8)
    if importances:
        names = [name.removeprefix("d_").replace("_", " ") for name in importances]
        axes[-1].barh(names, list(importances.values()), color=D_COLOR)
        axes[-1].invert_yaxis()
        axes[-1].set(xlabel="share of the variance", title="what mattered")
    return figure


def plot_paths(models):
    """Returns a figure of the ways from a model's inputs to its output, a column per model.

    What comes from the first input alone, from the second (the label) alone and from both are in
    three colours. An activation stands in the box of the layer that it follows, be it a layer of
    its own or an argument.

    Args:
        models: dict, the title of each column to a functional Keras model of one or two inputs.

    Raises:
        InputError: if a model is Sequential, because such a model has a single way.
    """
    steps = {title: _steps(model) for title, model in models.items()}
    depth = 1 + max(row for nodes in steps.values() for _, row, _, _ in nodes)
    figure = Figure(figsize=(3.1 * len(models), 0.52 * depth + 0.5), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False)[0]
    for axes, (title, nodes) in zip(panels, steps.items(), strict=True):
        places = [(PATH_X[sources], -row) for _, row, sources, _ in nodes]
        for (text, _, sources, parents), (x, y) in zip(nodes, places, strict=True):
            for parent in parents:
                axes.annotate("", (x, y + 0.3), places[parent], arrowprops=ARROW, zorder=1)
            box = {"boxstyle": "round", "facecolor": PATH_COLORS[sources], "edgecolor": "none"}
            axes.text(x, y, text, ha="center", va="center", fontsize=7, bbox=box, zorder=2)
        axes.set(xlim=(-0.75, 1.75), ylim=(0.5 - depth, 0.6))
        axes.set_title(title, fontsize=11)
        axes.axis("off")
    return figure


def _steps(model):
    """Each layer as (text, row, which inputs reach it, the positions of its parents)."""
    if hasattr(model, "add"):
        mend = "Print gankit.format_table(gankit.layer_table(model))"
        received = "a Sequential one, a single column of layers"
        raise InputError("No paths can be drawn", "functional models", received, mend)
    inputs = [id(tensor) for tensor in model.inputs]
    nodes, made_by = [], {}
    for layer in model.operations:
        tensor = id(_output(layer))
        taken = layer.input if isinstance(layer.input, list) else [layer.input]
        parents = [made_by[id(each)] for each in taken if id(each) != tensor]
        activation, activates = _activation(layer)
        if activates:
            made_by[tensor] = parents[0]
            nodes[parents[0]][0] += activation
            continue
        if parents:
            row = 1 + max(nodes[parent][1] for parent in parents)
            sources = frozenset().union(*(nodes[parent][2] for parent in parents))
            name = type(layer).__name__
        else:
            row, sources, name = 0, frozenset([inputs.index(tensor)]), layer.name
        shape = "x".join(map(str, _output(layer).shape[1:])) or "1"
        made_by[tensor] = len(nodes)
        nodes.append([f"{name}  {shape}{activation}", row, sources, parents])
    return nodes


def _activation(layer):
    """A layer's activation as a line of text, and whether the layer is nothing else."""
    kind = type(layer).__name__
    if kind in ACTIVATIONS.values():
        return f"\n{kind}", True
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return "" if name == "linear" else f"\n{ACTIVATIONS.get(name, name)}", kind == "Activation"


def _output(layer):
    return layer.output[0] if isinstance(layer.output, list) else layer.output
