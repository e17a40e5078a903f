"""The unrolled GAN, whose generator looks ahead. Metz et al., 2017; source C suggests it."""

from gankit.backend import keras, tf
from gankit.gan import GAN


class UnrolledGAN(GAN):
    """A GAN whose generator learns against the discriminator as it will be some steps later.

    In phase 2 the discriminator takes `unrolled_steps` trial steps of plain gradient descent, and
    the generator's gradient runs through all of them. So a point does not look good if D would
    expose it as soon as all fakes gather there. The steps are undone afterwards.

    Args:
        generator, discriminator, **options: as in `GAN`.
        unrolled_steps: how many. Metz et al. take 5 or 10.
        rate: learning rate of the trial steps.
    """

    def __init__(self, generator, discriminator, *, unrolled_steps=5, rate=0.1, **options):
        super().__init__(generator, discriminator, **options)
        self.unrolled_steps, self.rate = unrolled_steps, rate

    def fool(self, real_images, fake_images, labels=None):
        """Returns the generator's loss against the discriminator that is some steps ahead."""
        weights = self.discriminator.trainable_variables
        ahead = [tf.convert_to_tensor(weight.value) for weight in weights]
        for _ in range(self.unrolled_steps):
            with tf.GradientTape() as tape, self._discriminator_at(weights, ahead):
                tape.watch(ahead)
                d_loss = self.judge(real_images, fake_images, labels)["d_loss"]
            slopes = tape.gradient(d_loss, ahead)
            ahead = [own - self.rate * slope for own, slope in zip(ahead, slopes, strict=True)]
        with self._discriminator_at(weights, ahead):
            return super().fool(real_images, fake_images, labels)

    def _discriminator_at(self, weights, values):
        return keras.StatelessScope(zip(weights, values, strict=True))
