"""A DCGAN of digits that collapses within minutes, and what causes that.

Source C holds its discriminator back, by "more than one step of G for each step of D" and by "a
lower learning rate for D", and reports a collapse to one digit. It does not say how many steps or
how much lower. Source B's optimizer, learning rate and batch size are unknown as well.
"""

from dataclasses import dataclass, replace

import numpy as np

from gankit.backend import keras
from gankit.gan import GAN
from gankit.metrics import features
from gankit.metrics.modes import class_histogram
from gankit.models import leaky_discriminator, leaky_generator

EPOCHS, BATCH_SIZE = 8, 32  # of 5,000 digits: 1,248 steps
SAMPLES = 1_000
FEW = 3  # digits: a generator has collapsed if nearly all of its samples are so few
COLLAPSED = 0.8


@dataclass(frozen=True)
class Trial:
    """Source C's DCGAN with half of the kit's filters, and what is changed about it.

    Attributes:
        title: what is changed, for people.
        generator_steps: how many for each step of the discriminator.
        d_rate: Adam's learning rate for the discriminator. The generator's is 0.001.
        beta_1: Adam's momentum, of both models.
        filters: of the discriminator's first convolution.
        normalised: whether the generator has batch normalisation.
        dropout: the discriminator's.
    """

    title: str
    generator_steps: int = 1
    d_rate: float = 1e-3
    beta_1: float = 0.5
    filters: int = 16
    normalised: bool = True
    dropout: float = 0.3

    def build(self, seed=0):
        """Returns a compiled GAN of digits."""
        keras.utils.set_random_seed(seed)
        gan = GAN(
            leaky_generator(filters=32, normalised=self.normalised),
            leaky_discriminator(filters=self.filters, dropout=self.dropout),
            generator_steps=self.generator_steps,
            seed=seed,
        )
        gan.compile(*(keras.optimizers.Adam(rate, self.beta_1) for rate in (self.d_rate, 1e-3)))
        return gan


EVEN = Trial("one step each, both at 0.001")
HELD_BACK = Trial("five steps of G for one of D, and D at a fifth of the rate", 5, 2e-4)

# What may make the even one collapse, one change at a time; the first two are cures of the
# one that is held back.
TRIALS = {
    "held back": HELD_BACK,
    "five steps": replace(HELD_BACK, title="five steps of G for one of D", d_rate=1e-3),
    "slow": replace(HELD_BACK, title="D at a fifth of the rate", generator_steps=1),
    "even": EVEN,
    "momentum": replace(EVEN, title="Adam with a beta_1 of 0.9 in place of 0.5", beta_1=0.9),
    "small": replace(EVEN, title="D with 4 filters in place of 16", filters=4),
    "not normalised": replace(EVEN, title="no batch normalisation in G", normalised=False),
    "no dropout": replace(EVEN, title="no dropout in D", dropout=0.0),
}


def read_digits(images, reader=None):
    """Counts which digits a classifier reads in images.

    Args:
        images: uint8 array of shape `(count, 28, 28, 1)`.
        reader: extractor that reads digits, by default the kit's classifier.

    Returns:
        Int array of shape `(10,)`.
    """
    reader = reader or features.mnist_classifier()
    return class_histogram(reader(images)[1].argmax(axis=1), 10)


def commonest(histogram, few=FEW):
    """Returns the share of the commonest digits."""
    return float(np.sort(histogram)[-few:].sum() / np.sum(histogram))
