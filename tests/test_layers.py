"""The layers of our own."""

import subprocess
import sys

import numpy as np
import pytest

from gankit import RECIPES, InputError
from gankit.backend import keras, tf
from gankit.models.layers import (
    BatchNormalization,
    Conv2DTranspose,
    Dropout,
    MinibatchDeviation,
    Packing,
)

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


def trained(layer, inputs, seed=0):
    """A layer's outputs in training, the gradient of a weighted sum of them, and its weights."""
    x = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = layer(x, training=True)
        total = tf.reduce_sum(tf.cast(outputs, tf.float32) * tf.cos(tf.range(4.0)))
    sources = [x, *(weight.value for weight in layer.trainable_weights)]
    return [outputs, *tape.gradient(total, sources), *(w.value for w in layer.weights)]


@pytest.mark.parametrize("shape", [(16, 4), (8, 5, 5, 4)])
@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0.9, "epsilon": 1e-5}], ids=["ours", "theirs"]
)
def test_batch_normalisation_is_keras_own(shape, options):
    inputs = np.random.default_rng(0).normal(3, 2, shape).astype("float32")
    ours, theirs = BatchNormalization(**options), keras.layers.BatchNormalization(**options)
    for _ in range(3):
        for a, b in zip(trained(ours, inputs), trained(theirs, inputs), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=2e-3)  # sums that cancel
    np.testing.assert_allclose(ours(inputs), theirs(inputs), rtol=1e-4, atol=1e-4)
    ours.trainable = theirs.trainable = False  # the flag: moving statistics
    np.testing.assert_allclose(
        ours(inputs, training=True), theirs(inputs, training=True), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("kernel_size", [3, 4, 5, 6])
@pytest.mark.parametrize("filters", [1, 3, 8])
@pytest.mark.parametrize("use_bias", [True, False])
def test_transposed_convolution_is_keras_own(filters, kernel_size, use_bias):
    options = {"strides": 2, "padding": "same", "activation": "tanh", "use_bias": use_bias}
    inputs = np.random.default_rng(0).normal(size=(4, 5, 6, 16)).astype("float32")
    ours = Conv2DTranspose(filters, kernel_size, **options)
    theirs = keras.layers.Conv2DTranspose(filters, kernel_size, **options)
    ours(inputs), theirs(inputs)
    ours.set_weights([np.full(w.shape, 0.1) + w.numpy() for w in ours.weights])
    theirs.set_weights(ours.get_weights())
    found = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            images = tf.constant(inputs)
            tape.watch(images)
            outputs = layer(images)
            total = tf.reduce_sum(outputs * tf.cos(tf.reshape(tf.range(10.0), (10, 1, 1))))
        slopes = tape.gradient(total, [images, *(w.value for w in layer.trainable_weights)])
        found.append([outputs, *slopes])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("rate", [0.2, 0.3, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    layer = Dropout(rate, seed=1)
    inputs = np.ones((400, 501), "float32")
    first, second = (layer(inputs, training=True).numpy() for _ in range(2))
    for outputs in (first, second):
        assert np.mean(outputs == 0) == pytest.approx(rate, abs=0.005)  # about five deviations
        assert outputs.mean() == pytest.approx(1, abs=0.01)
        np.testing.assert_allclose(outputs[outputs > 0], 1 / (1 - rate), rtol=0.006)
        for axis in (0, 1):  # no row or column is favoured, no neighbour follows another
            spread = (outputs == 0).mean(axis=axis).std()
            chance = np.sqrt(rate * (1 - rate) / outputs.shape[axis])
            assert spread == pytest.approx(chance, rel=0.2)
        zeros = (outputs == 0).ravel()
        assert abs(np.corrcoef(zeros[1:], zeros[:-1])[0, 1]) < 0.012
    assert np.mean((first == 0) & (second == 0)) == pytest.approx(rate**2, abs=0.006)
    np.testing.assert_array_equal(layer(inputs, training=False), inputs)
    np.testing.assert_array_equal(Dropout(rate, seed=1)(inputs, training=True), first)


def test_over_batches_dropout_meets_a_rate_between_two_of_its_steps():
    """0.2 is 51.2 of 256: four batches in five drop 51 shares, and one 52."""
    layer, inputs = Dropout(0.2, seed=0), np.ones((4, 4), "float32")
    scales = np.array([layer(inputs, training=True).numpy().max() for _ in range(500)])
    dropped = np.round(256 - 256 / scales)
    assert set(dropped) == {51, 52}
    assert np.mean(dropped == 52) == pytest.approx(0.2, abs=0.07)  # four deviations


def test_a_saved_model_loads_in_plain_keras(tmp_path):
    """Without the kit: the three layers are saved as Keras' own."""
    gan = RECIPES["dcgan_selu"].build(seed=0)
    noise = np.random.default_rng(0).normal(size=(2, 100)).astype("float32")
    for model in (gan.generator, gan.discriminator):
        model.save(tmp_path / f"{model.name}.keras")
    np.save(tmp_path / "noise.npy", noise)
    script = (
        "import keras, numpy as np, sys\n"
        f"folder = {str(tmp_path)!r}\n"
        "models = [keras.saving.load_model(f'{folder}/{name}.keras') for name in "
        "('generator', 'discriminator')]\n"
        "np.save(f'{folder}/images.npy', models[0](np.load(f'{folder}/noise.npy')))\n"
        "assert {type(layer).__module__.split('.')[0] for m in models for layer in m.layers} == "
        "{'keras'}\n"
        "assert 'gankit' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    expected = gan.generator(noise, training=False)
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), expected, atol=1e-6)
