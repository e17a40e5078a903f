"""The layers of our own."""

import numpy as np
import pytest

from gankit import InputError
from gankit.backend import keras
from gankit.models.layers import MinibatchDeviation, Packing

RNG = np.random.default_rng(0)


def test_packing_puts_neighbours_together():
    images = RNG.normal(size=(6, 4, 5, 2)).astype("float32")
    packed = np.asarray(Packing(3)(images))
    assert packed.shape == (2, 4, 5, 6)
    np.testing.assert_array_equal(packed[0], np.concatenate(images[:3], axis=-1))
    np.testing.assert_array_equal(packed[1], np.concatenate(images[3:], axis=-1))


def test_packing_of_points():
    assert np.asarray(Packing(2)(np.arange(8.0).reshape(4, 2))).tolist() == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ]


def test_packing_refuses_what_is_left_over():
    with pytest.raises(InputError, match="multiple of 2"):
        Packing(2)(np.zeros((5, 2)))


def test_a_packing_gan_trains(make_gan, image_set):
    """The discriminator gives one answer a pack; both phases still move one model each."""
    generator = make_gan().generator
    layers = keras.layers
    discriminator = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            Packing(4),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    from gankit import GAN, make_dataset, train

    gan = GAN(generator, discriminator)
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01))
    assert discriminator(np.zeros((16, 8, 8, 1))).shape == (4, 1)
    before = [model.get_weights() for model in (generator, discriminator)]
    history = train(gan, make_dataset(image_set.images, 16), 2, verbose=False)
    assert np.all(np.isfinite(history["d_loss"] + history["g_loss"]))
    for model, weights in zip((generator, discriminator), before, strict=True):
        assert not np.array_equal(model.get_weights()[0], weights[0])


def test_minibatch_deviation():
    images = RNG.normal(size=(50, 3, 3, 2)).astype("float32")
    out = np.asarray(MinibatchDeviation()(images))
    assert out.shape == (50, 3, 3, 3)
    np.testing.assert_array_equal(out[..., :2], images)
    np.testing.assert_allclose(out[..., 2], images.std(axis=0).mean(), rtol=1e-4)
    same = np.repeat(images[:1], 50, axis=0)
    np.testing.assert_allclose(np.asarray(MinibatchDeviation()(same))[..., 2], 0, atol=2e-4)


@pytest.mark.parametrize("layer", [Packing(2), MinibatchDeviation()])
def test_they_are_saved_with_a_model(layer, tmp_path):
    model = keras.Sequential([keras.Input((4, 3)), layer, keras.layers.Flatten()])
    model.save(tmp_path / "m.keras")
    points = RNG.normal(size=(6, 4, 3)).astype("float32")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again(points), model(points))
    assert model.output_shape == (None, *np.asarray(model(points)).shape[1:])
