"""The unrolled GAN, whose generator looks ahead. Metz et al., 2017; source C suggests it."""

from gankit.backend import keras, tf
from gankit.gan import GAN

ops = keras.ops


class UnrolledGAN(GAN):
    """A GAN whose generator learns against the discriminator as it will be some steps later.

    In phase 2 the discriminator takes `unrolled_steps` steps of plain gradient descent in thought,
    and the generator's gradient runs through all of them: a point that looks good now, yet will be
    found out if everything gathers there, does not. The steps are forgotten afterwards.

    Args:
        generator, discriminator, **options: as of `GAN`.
        unrolled_steps: how many. Metz et al. take 5 or 10.
        rate: of the gradient descent in thought.
    """

    def __init__(self, generator, discriminator, *, unrolled_steps=5, rate=0.1, **options):
        super().__init__(generator, discriminator, **options)
        self.unrolled_steps, self.rate = unrolled_steps, rate

    def discriminator_step(self, real_images, labels=None):
        """Phase 1 as ever; phase 2 will look ahead with the same real images."""
        self._real = real_images
        return super().discriminator_step(real_images, labels)

    def generator_step(self, count, labels=None):
        """Phase 2, once, against the discriminator that is some steps ahead."""
        inputs = self._conditioned(self.draw_noise(count), labels)
        weights = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            fake_images = self.generator(inputs, training=True)
            ahead = [tf.convert_to_tensor(weight.value) for weight in weights]
            for _ in range(self.unrolled_steps):
                with (
                    tf.GradientTape() as thought,
                    keras.StatelessScope(zip(weights, ahead, strict=True)),
                ):
                    thought.watch(ahead)
                    real, fake = self._judge(self._real, fake_images, labels)
                    d_loss = (real["loss"] + fake["loss"]) / 2
                slopes = thought.gradient(d_loss, ahead)
                ahead = [
                    weight - self.rate * slope for weight, slope in zip(ahead, slopes, strict=True)
                ]
            with keras.StatelessScope(zip(weights, ahead, strict=True)):
                scores = self._scores(fake_images, labels)
            g_loss = ops.mean(self.adversarial_loss.generator(scores))
        self._learn(self.generator, self.g_optimizer, g_loss, tape)
        return g_loss
