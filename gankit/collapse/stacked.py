"""Stacked MNIST: three digits in the three channels of an image, a data set of 1,000 modes.

Srivastava et al., VEEGAN, 2017, and Lin et al., PacGAN, 2018, use it to count how many of the 1,000
numbers from 000 to 999 a generator can write. What they report (PacGAN's tables 2 and 3, VEEGAN's
table 2) is in `gankit.results.read("published")`.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from gankit.backend import keras
from gankit.collapse.mixtures import ModeScore
from gankit.collapse.relativistic import RelativisticGAN
from gankit.data.images import ImageSet
from gankit.errors import InputError
from gankit.gan import GAN
from gankit.metrics import features
from gankit.metrics.modes import class_histogram
from gankit.models import leaky_discriminator, leaky_generator

layers = keras.layers

MODES = 1_000
SAMPLES = 26_000  # that PacGAN counts in
IMAGE_SHAPE = (28, 28, 3)
DIGITS = 30  # ten for each channel
LATENT_DIM = 100


@dataclass(frozen=True)
class Variant:
    """Source C's DCGAN, with three channels, and what is changed about it.

    Attributes:
        title: what is changed, for people.
        filters: of the discriminator's first convolution; the second has twice as many.
        packs_of: images that the discriminator judges at once.
        conditional: whether both models take the three digits as labels.
        generator_steps: how many for each step of the discriminator.
        learning_rates: Adam's, for discriminator and generator; `beta_1` is 0.5.
        gamma: weight of the penalties of a `RelativisticGAN`, as which it is then trained, by Adam
            with a `beta_1` of 0 and a `beta_2` of 0.99, and with rates that fall to 0.
        dropout: rate of the discriminator's.
        steps: of its training, in batches.
    """

    title: str
    filters: int = 32
    packs_of: int = 1
    conditional: bool = False
    generator_steps: int = 1
    learning_rates: tuple[float, float] = (1e-3, 1e-3)
    gamma: float | None = None
    dropout: float = 0.3
    steps: int = 2_000

    def build(self, seed=0):
        """Returns a compiled GAN of stacked digits."""
        keras.utils.set_random_seed(seed)
        models = self._conditional_models() if self.conditional else self._models()
        engine, options = GAN, {}
        if self.gamma is not None:
            engine, options = RelativisticGAN, {"gamma": self.gamma}
        gan = engine(*models, generator_steps=self.generator_steps, seed=seed, **options)
        steps = self.steps, self.steps * self.generator_steps
        gan.compile(*map(self._adam, self.learning_rates, steps))
        return gan

    def _adam(self, rate, steps):
        if self.gamma is None:
            return keras.optimizers.Adam(rate, beta_1=0.5)
        falling = keras.optimizers.schedules.CosineDecay(rate, steps)
        return keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99)

    def _models(self, extra=0):
        *sides, channels = IMAGE_SHAPE
        generator = leaky_generator(LATENT_DIM + extra, IMAGE_SHAPE)
        image_shape = (*sides, channels + extra)
        judge = leaky_discriminator(image_shape, self.filters, self.packs_of, self.dropout)
        return generator, judge

    def _conditional_models(self):
        """The same models, whose first inputs are wider to take the three digits as well."""
        generator, discriminator = self._models(extra=DIGITS)
        noise, image = keras.Input((LATENT_DIM,)), keras.Input(IMAGE_SHAPE)
        label = keras.Input((), dtype="int32", name="label")
        digits = _digits_of(label)
        planes = layers.UpSampling2D(IMAGE_SHAPE[:2])(layers.Reshape((1, 1, DIGITS))(digits))
        generated = generator(layers.Concatenate()([noise, digits]))
        judged = discriminator(layers.Concatenate()([image, planes]))
        return keras.Model([noise, label], generated), keras.Model([image, label], judged)


def _digits_of(label):
    """The three digits of a number from 0 to 999, as three ones among 30 numbers."""
    one_hot = np.eye(10)[np.stack(np.unravel_index(np.arange(MODES), (10, 10, 10)), axis=1)]
    table = keras.initializers.Constant(one_hot.reshape(MODES, -1))
    return layers.Embedding(MODES, DIGITS, embeddings_initializer=table, trainable=False)(label)


_held_back = partial(Variant, generator_steps=2, learning_rates=(1e-4, 2e-4))
_relativistic = partial(Variant, learning_rates=(1e-3, 2e-3), gamma=1.0, dropout=0.0)

# From a discriminator that is small and held back to one that is neither, and takes the digits.
EXPERIMENTS = {
    "small discriminator": _held_back(
        "source C's, with 8 and 16 filters in place of 32 and 64", filters=8
    ),
    "packing": _held_back("the small discriminator, judging pairs", filters=8, packs_of=2),
    "held back": _held_back("source C's: the discriminator has one step for two, at half the rate"),
    "not held back": Variant("one step each, both at 0.001"),
    "conditioning": Variant(
        "one step each, and both take the three digits as labels", conditional=True
    ),
    "relativistic": _relativistic("one step each, a RelativisticGAN, D without dropout"),
    "relativistic, longer": _relativistic("the same, twice as long", steps=4_000),
}


def stack_digits(digits, count, seed=0):
    """Returns images of three digits each: hundreds in red, tens in green, ones in blue.

    Args:
        digits: `ImageSet` of grey digits, with labels from 0 to 9.
        count: how many to draw.
        seed: of the draw.

    Returns:
        `ImageSet` with three channels; the labels are the numbers, 0 to 999.
    """
    if digits.image_shape[-1] != 1 or digits.num_classes != 10:
        expected = "grey digits with labels of ten classes"
        received = f"{digits}, {digits.num_classes or 'no'} classes"
        raise InputError("These cannot be stacked", expected, received)
    drawn = np.random.default_rng(seed).integers(len(digits), size=(count, 3))
    images = np.moveaxis(digits.images[drawn, ..., 0], 1, -1)
    labels = digits.labels[drawn] @ [100, 10, 1]
    source = f"three digits in each, drawn from {len(digits):,} of {digits.source}"
    numbers = tuple(f"{number:03d}" for number in range(MODES))
    return ImageSet(images, labels, "stacked_mnist", source, numbers)


def score_stacked(images, reader=None):
    """Returns the `ModeScore` of generated images: which numbers a reader sees in them.

    A mode is covered once an image is read as its number. Every channel is read as some digit, so
    every image counts as one of high quality. The divergence is the one from equal shares.

    Args:
        images: uint8 array of shape `(count, 28, 28, 3)`.
        reader: extractor that reads digits, by default the kit's classifier.
    """
    if images.ndim != 4 or images.shape[-1] != 3:
        raise InputError.argument("images", images.shape, "shape (count, 28, 28, 3)")
    reader = reader or features.mnist_classifier()
    read = [reader(images[..., channel, None])[1].argmax(axis=1) for channel in range(3)]
    histogram = class_histogram(np.stack(read, axis=1) @ [100, 10, 1], MODES)
    return ModeScore.of(histogram, high_quality=1)
