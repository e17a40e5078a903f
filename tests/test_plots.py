"""The figures."""

import io

import imageio.v3 as imageio
import numpy as np
import pytest

from gankit import RECIPES, InputError
from gankit.backend import keras
from gankit.collapse import Snapshot
from gankit.collapse.mixtures import ring
from gankit.plots import (
    animate_points,
    compare_images,
    enlarged,
    image_grid,
    plot_images,
    plot_losses,
    plot_paths,
    plot_points,
    plot_search,
    plot_sheets,
)
from gankit.runs import save_images


def test_grid_puts_images_in_rows():
    images = np.arange(1, 6, dtype=np.uint8).reshape(5, 1, 1, 1) * np.ones((1, 4, 6, 1), np.uint8)
    grid = image_grid(images, columns=3, gap=1)
    assert grid.shape == (2 * 5 + 1, 3 * 7 + 1, 1)
    assert grid[1, 1, 0] == 1
    assert grid[1, 15, 0] == 3
    assert grid[6, 1, 0] == 4
    assert grid[6, 15, 0] == 255  # the place that is left over
    assert grid[0].min() == 255


def test_grid_with_labels_has_no_row_of_two_classes():
    labels = np.array([2, 0, 2, 0, 0, 2, 2])
    images = (labels + 1).astype(np.uint8).reshape(-1, 1, 1, 1) * np.ones((1, 1, 1, 1), np.uint8)
    grid = image_grid(images, columns=3, gap=0, labels=labels)[..., 0]
    assert grid.tolist() == [[1, 1, 1], [3, 3, 3], [3, 255, 255]]


def test_grid_of_colour_images_keeps_their_colours():
    images = np.zeros((4, 2, 2, 3), np.uint8)
    images[..., 0] = 200
    assert image_grid(images, gap=0).reshape(-1, 3).tolist() == [[200, 0, 0]] * 16


def test_enlarged_repeats_pixels():
    image = np.array([[[1], [2]]], np.uint8)
    assert enlarged(image, 4)[..., 0].tolist() == [[1, 1, 2, 2]] * 2
    assert enlarged(image, 1).shape == image.shape


def drawn(figure):
    """The figure's pixels: it must be possible to draw it."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="raw")
    return np.frombuffer(buffer.getvalue(), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_comparison_has_a_titled_panel_for_each_set(channels):
    images = np.full((9, 8, 8, channels), 90, np.uint8)
    figure = compare_images({"untrained": images, "real": images})
    assert [axes.get_title() for axes in figure.axes] == ["untrained", "real"]
    assert drawn(figure).std() > 0
    assert plot_images(images, "digits").axes[0].get_title() == "digits"


def test_losses_are_labelled_and_complete():
    batches = {"d_loss": np.linspace(0.7, 0.5, 9000), "g_loss": np.linspace(0.7, 1.5, 9000)}
    epochs = {"d_loss": [0.6, 0.5], "g_loss": [1.0, 1.4]}
    by_batch, by_epoch = plot_losses(batches, epochs).axes
    assert (by_batch.get_xlabel(), by_epoch.get_xlabel()) == ("iteration", "epoch")
    assert by_batch.get_ylabel() == "loss"
    assert by_epoch.lines[1].get_ydata().tolist() == [1.0, 1.4]
    assert by_batch.lines[0].get_xdata()[-1] > 8990
    assert len(by_batch.lines[0].get_xdata()) < 5000
    labels = [text.get_text() for text in by_epoch.get_legend().get_texts()]
    assert any("ln 2" in label for label in labels)


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_paths_show_every_layer_and_where_the_label_meets_the_image():
    gan = RECIPES["cdcgan_pooling"].build()
    figure = plot_paths({"G": gan.generator, "D": gan.discriminator})
    for axes, model in zip(figure.axes, (gan.generator, gan.discriminator), strict=True):
        activations = [x for x in model.layers if isinstance(x, keras.layers.LeakyReLU)]
        assert len(texts(axes)) == len(model.layers) - len(activations)
    generator = figure.axes[0]
    colors = {
        t.get_text(): t.get_bbox_patch().get_facecolor() for t in generator.texts if t.get_text()
    }
    assert colors["label  1"] == colors["Dense  49"] == colors["Reshape  7x7x1"]
    assert colors["noise  100"] == colors["Dense  3136\nLeakyReLU"] == colors["Reshape  7x7x64"]
    assert colors["Concatenate  7x7x65"] == colors["Conv2DTranspose  28x28x1\ntanh"]
    assert len({colors["label  1"], colors["noise  100"], colors["Concatenate  7x7x65"]}) == 3
    assert drawn(figure).std() > 1


def test_paths_show_an_activation_in_one_way_be_it_a_layer_or_an_argument():
    layers, image, label = keras.layers, keras.Input((4,)), keras.Input((), dtype="int32")
    y = keras.ops.one_hot(label, 3)
    x = layers.Concatenate()([layers.LeakyReLU(0.2)(layers.Dense(2)(image)), y])
    x = layers.Dense(5, activation="leaky_relu")(x)
    x = layers.Activation("sigmoid")(layers.Dense(1)(x))
    shown = texts(plot_paths({"D": keras.Model([image, label], x)}).axes[0])
    assert {"Dense  2\nLeakyReLU", "Dense  5\nLeakyReLU", "Dense  1\nsigmoid"} <= set(shown)
    assert len(shown) == 7


def test_paths_of_a_sequential_model_are_refused():
    with pytest.raises(InputError, match="functional"):
        plot_paths({"G": RECIPES["dense_digits"].build().generator})


def test_sheets_are_spread_from_the_first_to_the_last(tmp_path):
    for epoch in range(0, 11, 2):
        save_images(tmp_path / f"epoch_{epoch:04d}.png", np.full((4, 8, 8, 1), epoch, np.uint8))
    titles = [axes.get_title() for axes in plot_sheets(tmp_path, count=3).axes]
    assert titles == ["epoch 0", "epoch 4", "epoch 10"]
    assert len(plot_sheets(tmp_path, count=30).axes) == 6


def test_points_are_drawn_where_they_are():
    points = np.array([[1.0, 0.0], [0.0, -1.0]], np.float32)
    figure = plot_points({"two": points, "one": points[:1], "none": points[:0]}, ring())
    first, second, third = figure.axes
    np.testing.assert_allclose(first.collections[0].get_offsets(), points)
    assert len(second.collections[0].get_offsets()) == 1
    assert len(first.patches) == len(third.patches) == 8
    assert first.patches[0].radius == pytest.approx(0.03)
    assert first.get_title() == "two"


def test_the_animation_has_a_frame_a_snapshot():
    score = ring().score(ring().sample(100))
    snapshots = [
        Snapshot(step, ring().sample(100), score, np.full((80, 80), 0.5), {}, 1.0)
        for step in (1, 2, 3)
    ]
    frames = imageio.imread(animate_points(snapshots, ring(), "plain"), index=None)
    assert len(frames) == 3  # equal ones at the end become one that is shown longer
    assert frames[0].std() > 10


def test_a_search_is_drawn_by_setting():
    rows = [
        {"own": False, "d_optimizer": "SGD", "batch_size": 128, "frechet_distance": 10.0},
        {"own": True, "d_optimizer": "Adam", "batch_size": 32, "frechet_distance": 20.0},
        {"own": False, "d_optimizer": "Adam", "batch_size": 128, "frechet_distance": None},
    ]
    figure = plot_search(
        rows, ("d_optimizer", "batch_size"), {"batch_size": 0.7, "d_optimizer": 0.3}
    )
    optimizer, batch, shares = figure.axes
    assert [label.get_text() for label in optimizer.get_xticklabels()] == ["SGD", "Adam"]
    assert [label.get_text() for label in batch.get_xticklabels()] == ["32", "128"]
    everything, best, own = batch.collections
    assert everything.get_offsets().tolist() == [[1, 10], [0, 20]]  # the diverged one is left out
    assert best.get_offsets().tolist() == [[1, 10]]
    assert own.get_offsets().tolist() == [[0, 20]]
    assert [bar.get_width() for bar in shares.patches] == [0.7, 0.3]
