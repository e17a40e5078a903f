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

from gankit.errors import InputError

D_COLOR, G_COLOR = "tab:blue", "tab:orange"
# from which of a model's inputs a layer's values come: where it is drawn, and its colour
PATHS = {(0,): (0.0, "#cfe0f1"), (1,): (1.0, "#ffd9b0"), (0, 1): (0.5, "#d5ecd0")}
ARROW = {"arrowstyle": "->", "color": "grey", "linewidth": 0.8}
ACTIVATIONS = {"leaky_relu": "LeakyReLU", "relu": "ReLU"}  # as their layers are named
UNDECIDED = float(np.log(2))  # -log(1/2): the loss of a discriminator that cannot tell


def readable(setting):
    """Returns the name of a setting that a search tries, as text for people."""
    return setting.removeprefix("d_").replace("_", " ")


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
        sets: dict, the title of each grid to its images, as in `image_grid`.
        columns: images in a row of each grid.
    """
    grids = {title: image_grid(images, columns) for title, images in sets.items()}
    return _side_by_side(grids, (3.6 * len(sets) + 0.4, 4.0), interpolation="nearest")


def plot_sheets(folder, count=4, title="The same noise, over the epochs"):
    """Returns a figure of sheets that `gankit.runs.recorder.SampleGrid` saved, from first to last.

    Args:
        folder: where they are.
        count: how many to show, spread evenly over those there are.
        title: above all of them.
    """
    paths = sorted(Path(folder).glob("epoch_*.png"))
    spread = np.linspace(0, len(paths) - 1, count).round().astype(int)
    shown = [paths[index] for index in np.unique(spread)]
    sheets = {f"epoch {int(path.stem.split('_')[1])}": imageio.imread(path) for path in shown}
    figure = _side_by_side(sheets, (3.4 * len(sheets), 3.8))
    figure.suptitle(title)
    return figure


def _side_by_side(pictures, size, **options):
    """A figure of pictures under their titles, in one row."""
    figure = Figure(figsize=size, layout="constrained")
    row = figure.subplots(1, len(pictures), squeeze=False)[0]
    for axes, (title, picture) in zip(row, pictures.items(), strict=True):
        axes.imshow(picture, "gray", vmin=0, vmax=255, **options)
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
        values, means = batches[name][::stride], epochs[name]
        at = stride * np.arange(len(values)) + 1
        by_batch.plot(at, values, color=color, linewidth=0.6, alpha=0.8)
        by_epoch.plot(range(1, len(means) + 1), means, "o-", color=color, markersize=3, label=label)
    for axes, unit in ((by_batch, "iteration"), (by_epoch, "epoch")):
        undecided = "ln 2: a discriminator that cannot tell"
        axes.axhline(UNDECIDED, color="grey", linewidth=0.8, linestyle="--", label=undecided)
        axes.set_xlabel(unit)
        axes.grid(alpha=0.3)
    by_batch.set(ylabel="loss", title="each batch")
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
        mixture: as in `plot_points`.
        title: above every frame.
    """
    frames = []
    for snapshot in snapshots:
        figure = Figure(figsize=(3.6, 3.9), dpi=80, layout="constrained")
        canvas, panel = FigureCanvasAgg(figure), figure.subplots()
        _draw_points(panel, snapshot.points, mixture, snapshot.landscape)
        panel.set_title(
            f"{title}\nstep {snapshot.step:,}: {snapshot.score.modes} of {len(mixture)} modes, "
            f"{snapshot.score.high_quality:.0%} of high quality",
            fontsize=9,
        )
        canvas.draw()
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3])
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
            panel.xaxis.update_units(sorted(set(values), key=lambda text: (len(text), text)))
        elif name == "d_learning_rate":
            panel.set_xscale("log")
        panel.scatter(values, distances, color=D_COLOR, s=18)
        panel.scatter(values[:1], distances[:1], color=G_COLOR, s=50, label="best")
        if any(own):
            at = own.index(True)
            panel.scatter(values[at], distances[at], color="black", marker="x", label="recipe's")
        panel.set(xlabel=readable(name), yscale="log")
        panel.margins(x=0.15)
        panel.grid(alpha=0.3)
        if panel is not axes[0]:
            panel.sharey(axes[0])
            panel.tick_params(labelleft=False, which="both")
    axes[0].set_ylabel("Fréchet distance, lower is better")
    axes[0].legend(fontsize=8)
    if importances:
        axes[-1].barh([*map(readable, importances)], [*importances.values()], color=D_COLOR)
        axes[-1].invert_yaxis()
        axes[-1].set(xlabel="share of the variance", title="what mattered")
    return figure


def plot_paths(models):
    """Returns a figure of the ways from a model's inputs to its output, a column per model.

    What comes from the first input alone, from the second (the label) alone and from both are in
    three colours. An activation stands in the box of the layer that it follows, be it a layer of
    its own or an argument.

    Args:
        models: dict, the title of each column to a functional Keras model of one or two inputs. A
            Sequential one is refused, because it has a single way.
    """
    steps = {title: _steps(model) for title, model in models.items()}
    depth = 1 + max(row for nodes in steps.values() for _, row, _, _ in nodes)
    figure = Figure(figsize=(3.1 * len(models), 0.52 * depth + 0.5), layout="constrained")
    panels = figure.subplots(1, len(models), squeeze=False)[0]
    for axes, (title, nodes) in zip(panels, steps.items(), strict=True):
        places = [(PATHS[sources][0], -row) for _, row, sources, _ in nodes]
        for (text, _, sources, parents), (x, y) in zip(nodes, places, strict=True):
            for parent in parents:
                axes.annotate("", (x, y + 0.3), places[parent], arrowprops=ARROW, zorder=1)
            box = {"boxstyle": "round", "facecolor": PATHS[sources][1], "edgecolor": "none"}
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
            sources = tuple(sorted({each for parent in parents for each in nodes[parent][2]}))
            name = type(layer).__name__
        else:
            row, sources, name = 0, (inputs.index(tensor),), layer.name
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
