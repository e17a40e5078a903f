"""The experiments on mode collapse, and the unrolled GAN."""

import numpy as np
import pytest

from gankit import InputError
from gankit.backend import keras, tf
from gankit.collapse import CAUSES, CURES, EXPERIMENTS, digits, landscape, train_points
from gankit.collapse.mixtures import Mixture, ring
from gankit.collapse.unrolled import UnrolledGAN
from gankit.data.dataset import batches_of
from gankit.gan import GAN
from gankit.models.points import points_discriminator


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_trains_both_models(name):
    gan = EXPERIMENTS[name].build(ring(), steps=20, seed=1)
    before = [model.get_weights() for model in (gan.generator, gan.discriminator)]
    logs = gan.train_on_batch(ring().labelled_sample(128))
    assert np.isfinite(list(logs.values())).all()
    for model, weights in zip((gan.generator, gan.discriminator), before, strict=True):
        assert not np.array_equal(model.trainable_variables[0], weights[0])


@pytest.mark.parametrize("name", ["conditioning", "WGAN-GP", "unrolling"])
def test_snapshots(name):
    gan = EXPERIMENTS[name].build(ring(), steps=4)
    first, last = train_points(gan, ring(), steps=4, every=2)
    assert (first.step, last.step) == (2, 4)
    assert last.points.shape == (2500, 2)
    assert last.points.dtype == np.float32
    assert not np.array_equal(first.points, last.points)
    assert last.score[:2] == ring().score(last.points)[:2]
    assert np.isfinite(list(last.losses.values())).all()
    assert (last.landscape is None) == gan.conditional


@pytest.mark.parametrize("name", ["packing", "minibatch deviation"])
def test_no_landscape_of_a_discriminator_that_looks_at_more_than_a_point(name):
    assert landscape(EXPERIMENTS[name].build(ring(), 2).discriminator, 1.0) is None


def test_a_cure_changes_one_thing_about_the_gan_with_momentum():
    patient = CAUSES["momentum"]
    for name, cure in CURES.items():
        assert cure.beta_1 == patient.beta_1 > EXPERIMENTS["plain"].beta_1 == 0
        assert cure.build(ring(), 20).g_optimizer.beta_1 == patient.beta_1, name
    for name, cause in CAUSES.items():
        assert (cause.beta_1 == 0) == (name != "momentum")


def test_all_begin_with_the_same_generator():
    """The same seed starts every generator alike, but that of conditioning, which has an input."""
    plain = EXPERIMENTS["plain"].build(ring(), 20).generator.get_weights()
    for name in {**CAUSES, **CURES}:
        gan = EXPERIMENTS[name].build(ring(), 20)
        if gan.conditional:
            assert gan.num_classes == 8
        else:
            for ours, theirs in zip(gan.generator.get_weights(), plain, strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_training_on_points_is_the_step_of_the_engine():
    """The program that XLA compiles computes what `train_on_batch` computes, batch by batch."""
    mixture = Mixture("two", np.array([[-1.0, 0.0], [1.0, 0.0]]), 0.1)
    ours, theirs = (EXPERIMENTS["plain"].build(mixture, 4, seed=3) for _ in range(2))
    (snapshot,) = train_points(ours, mixture, steps=4, every=4, seed=5)
    dataset = batches_of(mixture.labelled_sample(100_000, 5), 128, 5)
    losses = [theirs.train_on_batch(batch)["d_loss"] for batch in dataset.take(4)]
    assert snapshot.losses["d_loss"] == pytest.approx(np.mean(losses), rel=1e-4)
    for mine, other in zip(
        ours.generator.get_weights(), theirs.generator.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, other, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(("steps", "every"), [(5, 2), (0, 1), (4, 0), (2, 4)])
def test_steps_that_do_not_come_out_even(steps, every):
    with pytest.raises(InputError, match=r"multiple of `every`|at least|positive"):
        next(train_points(EXPERIMENTS["plain"].build(ring(), 4), ring(), steps, every))


def test_the_landscape_is_the_discriminators_answer():
    discriminator = points_discriminator(8)
    answers = landscape(discriminator, 1.5, side=5)
    corners = np.array([[-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]], np.float32)
    expected = np.asarray(discriminator(corners))[:, 0]
    np.testing.assert_allclose([answers[0, 0], answers[0, -1], answers[-1, 0]], expected, rtol=1e-4)


def _pair(seed=0):
    keras.utils.set_random_seed(seed)
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)], name="generator")
    return generator, points_discriminator(8)


def test_unrolling_by_no_steps_is_the_plain_gan():
    plain, unrolled = GAN(*_pair()), UnrolledGAN(*_pair(), unrolled_steps=0)
    for gan in (plain, unrolled):
        gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        gan.train_on_batch(np.ones((16, 2), np.float32))
    for ours, theirs in zip(plain.get_weights(), unrolled.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_the_generator_learns_through_the_steps_in_thought():
    """The gradient of one step ahead, against the same written out with finite differences.

    The discriminator is smooth: with LeakyReLU its gradient, and so the loss one step on, jumps.
    """
    generator, _ = _pair()
    layers = keras.layers
    discriminator = keras.Sequential(
        [keras.Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(1, "sigmoid")]
    )
    gan = UnrolledGAN(generator, discriminator, unrolled_steps=1, rate=0.5)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0))
    real = np.random.default_rng(0).normal(size=(16, 2)).astype(np.float32) + 1
    noise = tf.random.stateless_normal((16, 2), [0, 1])
    gan.draw = lambda count, labels: generator(noise)
    own = [tf.convert_to_tensor(weight.value) for weight in discriminator.trainable_variables]

    def loss_ahead():
        """The generator's loss after the discriminator's step, with plain operations."""
        fake = generator(noise)
        with tf.GradientTape() as tape:
            scores = discriminator(tf.concat([real, fake], axis=0))
            answers = tf.clip_by_value(scores, 1e-7, 1 - 1e-7)
            d_loss = -tf.reduce_mean(tf.math.log(answers[:16])) / 2
            d_loss -= tf.reduce_mean(tf.math.log(1 - answers[16:])) / 2
        slopes = tape.gradient(d_loss, [v.value for v in discriminator.trainable_variables])
        for weight, value, slope in zip(
            discriminator.trainable_variables, own, slopes, strict=True
        ):
            weight.assign(value - 0.5 * slope)
        loss = -tf.reduce_mean(tf.math.log(discriminator(fake)))
        for weight, value in zip(discriminator.trainable_variables, own, strict=True):
            weight.assign(value)
        return float(loss)

    bias = generator.layers[0].bias
    measured = []
    for axis in range(2):
        step = np.eye(2, dtype=np.float32)[axis] * 0.02
        start = bias.numpy()
        bias.assign(start + step)
        higher = loss_ahead()
        bias.assign(start - step)
        lower = loss_ahead()
        bias.assign(start)
        measured.append((higher - lower) / 0.04)
    before = bias.numpy()
    gan.train_on_batch(real)
    np.testing.assert_allclose(before - bias.numpy(), measured, rtol=0.02)
    for weight, value in zip(discriminator.trainable_variables, own, strict=True):
        np.testing.assert_array_equal(weight, value)  # forgotten


@pytest.mark.parametrize("name", digits.TRIALS)
def test_every_trial_on_digits_trains_and_changes_what_it_says(name):
    trial = digits.TRIALS[name]
    gan = trial.build(seed=1)
    images = np.random.default_rng(0).uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)
    assert np.isfinite(list(gan.train_on_batch(images).values())).all()
    assert gan.generator_steps == trial.generator_steps
    assert float(gan.d_optimizer.learning_rate) == pytest.approx(trial.d_rate)
    assert gan.discriminator.layers[0].filters == trial.filters
    kinds = [type(layer).__name__ for layer in gan.generator.layers]
    assert ("BatchNormalization" in kinds) == trial.normalised


def test_the_cures_on_digits_are_one_change_to_the_gan_that_is_held_back():
    assert digits.TRIALS["held back"] is digits.HELD_BACK
    for name, field in (("five steps", "d_rate"), ("slow", "generator_steps")):
        cured = vars(digits.TRIALS[name])
        changed = [key for key, value in vars(digits.HELD_BACK).items() if cured[key] != value]
        assert set(changed) == {field, "title"}


def test_the_commonest_digits():
    histogram = np.array([0, 5, 0, 1, 2, 2, 0, 0, 0, 0])
    assert digits.commonest(histogram) == pytest.approx(0.9)
    assert digits.commonest(histogram, few=1) == pytest.approx(0.5)


def test_digits_are_read():
    images = np.zeros((3, 28, 28, 1), np.uint8)
    assert digits.read_digits(images).sum() == 3
