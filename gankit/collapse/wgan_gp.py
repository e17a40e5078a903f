"""WGAN-GP: a critic that is held to a steepness of 1. Gulrajani et al., 2017."""

from gankit.backend import keras
from gankit.collapse.steepness import squared_steepness
from gankit.errors import InputError
from gankit.gan import GAN

ops = keras.ops


class WGANGP(GAN):
    """A GAN whose discriminator is penalised where its steepness is not 1.

    It belongs with the "wasserstein" loss, and a discriminator that ends in a linear layer.

    Args:
        generator, discriminator, **options: as in `GAN`.
        gradient_penalty: positive weight of `(steepness - 1)^2` against the sum of the two losses.
            The steepness is the discriminator's, at random points between real and fake images.
            WGAN-GP takes 10 for images. The penalty is not part of `d_loss`.
    """

    def __init__(self, generator, discriminator, *, gradient_penalty=10.0, **options):
        super().__init__(generator, discriminator, **options)
        if not gradient_penalty > 0:
            raise InputError.argument("gradient_penalty", gradient_penalty, "a positive number")
        self.gradient_penalty = gradient_penalty

    def penalty(self, real_images, fake_images, labels=None):
        """Returns half of the penalty at random points, because `d_loss` is half of the sum."""
        ones = (1,) * (len(real_images.shape) - 1)
        shape = (ops.shape(real_images)[0], *ones)
        share = keras.random.uniform(shape, seed=self.noise_seed)
        between = fake_images + share * (real_images - fake_images)
        steepness = ops.sqrt(squared_steepness(self, between, labels) + 1e-12)
        penalty = self.gradient_penalty / 2 * ops.mean((steepness - 1) ** 2)
        return penalty + super().penalty(real_images, fake_images, labels)
