"""Differentiable augmentation: known answers, gradients, and where the engine applies it."""

import numpy as np
import pytest
from conftest import tiny_pair

from gankit import RECIPES, InputError
from gankit.backend import keras, tf
from gankit.collapse import RelativisticGAN
from gankit.diff_augment import CHANCES, diff_augment
from gankit.gan import GAN
from gankit.models.points import points_discriminator, points_generator


def images_and_chances(channels=3, count=6, side=16, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, (count, side, side, channels)).astype(np.float32)
    return images, rng.random((count, CHANCES), dtype=np.float32)


def by_hand(images, chances):
    """Pixel by pixel, in float64."""
    changed = np.zeros(images.shape)
    _, height, width, _ = images.shape
    for index, (image, chance) in enumerate(zip(images.astype(float), chances, strict=True)):
        image = image + (chance[0] - 0.5)
        grey = np.repeat(image.mean(axis=2)[:, :, None], image.shape[2], axis=2)
        image = grey + 2 * chance[1] * (image - grey)
        image = image.mean() + (0.5 + chance[2]) * (image - image.mean())
        down, right = (
            int(chance[3 + axis] * (side // 8 * 2 + 1)) - side // 8
            for axis, side in enumerate((height, width))
        )
        for y in range(height):
            for x in range(width):
                if 0 <= y + down < height and 0 <= x + right < width:
                    changed[index, y + down, x + right] = image[y, x]
    return changed


@pytest.mark.parametrize("channels", [1, 3])
def test_is_what_numpy_computes_pixel_by_pixel(channels):
    images, chances = images_and_chances(channels)
    images = np.concatenate([images, images], axis=2)  # wider than high
    np.testing.assert_allclose(
        diff_augment(images, chances), by_hand(images, chances), rtol=1e-4, atol=1e-5
    )


def test_the_middle_of_all_chances_changes_nothing():
    images, chances = images_and_chances()
    np.testing.assert_allclose(diff_augment(images, np.full_like(chances, 0.5)), images, atol=1e-6)


def test_shifts_by_up_to_an_eighth_each_as_often():
    chances = np.full((500, CHANCES), 0.5, np.float32)
    chances[:, 3] = np.arange(500) / 500
    chances[-1, 3] = np.nextafter(np.float32(1), np.float32(0))
    images = np.zeros((500, 16, 16, 1), np.float32)
    images[:, 8, 8] = 1.0
    rows, counts = np.unique(np.argwhere(np.asarray(diff_augment(images, chances)) == 1)[:, 1],
                             return_counts=True)  # fmt: skip
    assert rows.tolist() == [6, 7, 8, 9, 10]
    assert counts.tolist() == [100] * 5


def test_gradients_pass_and_are_those_of_differences():
    images, chances = images_and_chances(count=2, side=8)
    weights = np.random.default_rng(1).normal(size=images.shape).astype(np.float32)
    values = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(weights * diff_augment(values, chances))
    gradient = tape.gradient(total, values).numpy()
    for place in [(0, 0, 0, 0), (0, 4, 3, 1), (1, 7, 7, 2), (1, 2, 5, 0)]:
        moved = images.copy()
        moved[place] += 1.0
        difference = (weights * (by_hand(moved, chances) - by_hand(images, chances))).sum()
        assert gradient[place] == pytest.approx(difference, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_shifts_by_the_same(dtype):
    images, chances = images_and_chances(count=100)
    images = np.sign(images)
    chances[:, :3] = 0.5
    chances[0] = np.nextafter(np.float32(1), np.float32(0))
    ours = diff_augment(keras.ops.cast(images, dtype), chances)
    assert keras.backend.standardize_dtype(ours.dtype) == dtype
    expected = by_hand(images, chances)
    np.testing.assert_allclose(keras.ops.cast(ours, "float32")[1:], expected[1:], atol=0.02)
    np.testing.assert_allclose(keras.ops.cast(ours, "float32")[0], expected[0], atol=0.1)


def test_xla_computes_the_same():
    images, chances = images_and_chances()
    compiled = tf.function(diff_augment, jit_compile=True)(images, chances)
    np.testing.assert_allclose(compiled, diff_augment(images, chances), atol=1e-5)


def make(engine=GAN, **options):
    """A GAN whose discriminator tells how light an image is, and nothing else."""
    keras.utils.set_random_seed(0)
    generator, _ = tiny_pair(dropout=0.0)
    discriminator = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1, kernel_initializer="ones", bias_initializer="zeros"),
    ])  # fmt: skip
    gan = engine(generator, discriminator, **options)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.1))
    return gan


def spread(values):
    return float(np.std(values))


@pytest.mark.parametrize("engine", [GAN, RelativisticGAN])
@pytest.mark.parametrize("separate_batches", [False, True])
def test_every_image_is_seen_changed_whether_real_or_fake(engine, separate_batches):
    black, white = (np.full((64, 8, 8, 1), value, np.float32) for value in (-0.4, 0.4))
    for on in (False, True):
        gan = make(engine, diff_augment=on, separate_batches=separate_batches)
        real, fake = gan.both_logits(black, white)
        for logits in (real, fake, gan.logits(black)):
            assert (spread(logits) > 0.1) == on
        assert not np.array_equal(gan.logits(black), gan.logits(black)) or not on


def test_the_generator_learns_through_it():
    gan = make(diff_augment=True)
    before = [weight.numpy() for weight in gan.generator.trainable_variables]
    gan.train_on_batch(np.zeros((16, 8, 8, 1), np.float32))
    after = gan.generator.trainable_variables
    assert any(np.any(ours.numpy() != was) for ours, was in zip(after, before, strict=True))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_one_seed_gives_one_training_and_it_is_part_of_the_state(jit_compile):
    batch = np.random.default_rng(0).uniform(-1, 1, (16, 8, 8, 1)).astype(np.float32)

    def trained(seed, resumed=False):
        gan = make(RelativisticGAN, diff_augment=True, seed=seed)
        gan.compile(*(keras.optimizers.SGD(0.1) for _ in range(2)), jit_compile=jit_compile)
        for step in range(4):
            if resumed and step == 2:
                state = [variable.numpy() for variable in gan.state]
                gan = make(RelativisticGAN, diff_augment=True, seed=9)
                gan.compile(*(keras.optimizers.SGD(0.1) for _ in range(2)), jit_compile=jit_compile)
                for variable, value in zip(gan.state, state, strict=True):
                    variable.assign(value)
            logs = gan.train_on_batch(batch)
        return list(logs.values())

    assert trained(0) == trained(0) == trained(0, resumed=True)
    assert trained(0) != trained(1)


def test_refuses_points():
    with pytest.raises(InputError, match=r"diff_augment.*\n?.*\(2,\) are no images"):
        GAN(points_generator(16), points_discriminator(16), diff_augment=True)


def test_a_recipe_has_it():
    assert RECIPES["dcgan_flowers_wide"].build().diff_augment
    assert not RECIPES["dcgan_flowers"].build().diff_augment
