"""First weights that are the images' principal components."""

import numpy as np
import pytest

from gankit import RECIPES, InputError, make_dataset, models, train
from gankit.backend import keras
from gankit.data import scale_pixels
from gankit.models import pixel_layers, start_at_components

SHAPE = (8, 8, 1)
SPREADS = np.array([0.4, 0.2, 0.1, 0.05])
PATTERNS = np.linalg.qr(np.random.default_rng(0).normal(size=(64, 4)))[
    0
].T  # orthogonal, of length 1


@pytest.fixture
def images():
    """Grey images whose four components, and their spreads, are known."""
    amounts = np.random.default_rng(1).normal(size=(2_000, 4)) * SPREADS
    return np.rint((0.1 + amounts @ PATTERNS + 1) * 127.5).astype(np.uint8).reshape(-1, *SHAPE)


@pytest.fixture
def pair():
    keras.utils.set_random_seed(0)
    return models.flowers_generator(image_shape=SHAPE), models.flowers_discriminator(SHAPE)


def test_the_generator_adds_each_component_and_takes_it_away(images, pair):
    start_at_components(*pair, images)
    last, _ = pixel_layers(*pair)
    kernel, pairs = last.kernel.numpy(), min(1024 // 2, 64)
    np.testing.assert_array_equal(kernel[:pairs], -kernel[pairs : 2 * pairs])
    np.testing.assert_array_equal(kernel[2 * pairs :], 0)
    directions = kernel[:4] / np.linalg.norm(kernel[:4], axis=1)[:, None]
    np.testing.assert_allclose(np.abs(np.diag(directions @ PATTERNS.T)), 1, atol=0.01)
    np.testing.assert_allclose(np.tanh(last.bias.numpy()), 0.1, atol=0.02)


def test_first_samples_have_the_mean_and_the_spreads_of_the_images(images, pair):
    start_at_components(*pair, images)
    noise = np.random.default_rng(2).normal(size=(2_000, 100)).astype("float32")
    samples = np.asarray(pair[0](noise)).reshape(-1, 64) @ PATTERNS.T
    real = scale_pixels(images).reshape(-1, 64) @ PATTERNS.T
    np.testing.assert_allclose(samples.std(axis=0), real.std(axis=0), rtol=0.1)


def test_the_discriminator_measures_each_component_and_enlarges_the_small(images, pair):
    start_at_components(*pair, images)
    _, first = pixel_layers(*pair)
    flat = scale_pixels(images).reshape(-1, 64)
    found = flat @ first.kernel.numpy() + first.bias.numpy()
    np.testing.assert_allclose(found[:, :4].mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(found[:, :4].std(axis=0), np.sqrt(SPREADS / SPREADS[0]), rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(found[:, :4].T), np.eye(4), atol=0.05)
    np.testing.assert_allclose(found[:, 64:128], -found[:, :64], atol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 50])
def test_few_images_have_few_components(images, pair, count):
    start_at_components(*pair, images[:count])
    for layer in pixel_layers(*pair):
        assert np.all(np.isfinite(layer.kernel.numpy()))
        assert np.all(np.isfinite(layer.bias.numpy()))
    assert np.linalg.matrix_rank(pixel_layers(*pair)[0].kernel.numpy(), tol=1e-3) == count - 1


def test_convolutions_have_no_weight_for_every_pixel(images):
    pair = models.selu_generator(), models.selu_discriminator()
    with pytest.raises(InputError, match=r"a Dense layer beside the images\. Received: Conv2D"):
        start_at_components(*pair, images)


def test_a_recipe_begins_there_and_trains_all_but_the_generators_components(images):
    recipe = RECIPES["dense_flowers_tuned"]
    random, gan = (recipe.build(0, SHAPE, steps=4, images=each) for each in (None, images))
    before = [layer.kernel.numpy() for layer in pixel_layers(gan.generator, gan.discriminator)]
    assert not np.allclose(
        before[0], pixel_layers(random.generator, random.discriminator)[0].kernel
    )
    hidden = gan.generator.layers[0].kernel.numpy()
    train(gan, make_dataset(images[:64], 16), 1, verbose=False)
    after = [layer.kernel.numpy() for layer in pixel_layers(gan.generator, gan.discriminator)]
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.allclose(before[1], after[1])
    assert not np.allclose(hidden, gan.generator.layers[0].kernel.numpy())
