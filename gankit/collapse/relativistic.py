"""The relativistic GAN with zero-centred penalties, R3GAN's loss. Huang et al., 2024."""

from gankit.backend import keras
from gankit.collapse.steepness import squared_steepness
from gankit.errors import InputError
from gankit.gan import GAN

ops = keras.ops


class RelativisticGAN(GAN):
    """A GAN whose discriminator compares: it learns to score real images above fakes.

    Each real image makes a pair with one fake. With the "non_saturating" loss the discriminator
    minimises `softplus(-(D(x) - D(G(z))))`, D being its logit, and the generator
    `softplus(-(D(G(z)) - D(x)))`; any other loss in `gankit.losses` works on the same differences.
    If all fakes gather in one place, the discriminator has to push that place below every real
    image, not only below a fixed 0. This landscape has no bad local minimum (Sun et al., 2020); two
    penalties on steepness keep the players from circling around the good one.

    The log has the same names as in `GAN`, but is about pairs: `d_loss`, `d_loss_real` and
    `d_loss_fake` are one and the same mean over pairs, and so are `d_accuracy_real` and
    `d_accuracy_fake`, the share of pairs whose real image has the higher logit.

    Args:
        generator, discriminator, **options: as in `GAN`. `label_smoothing` lowers the target of a
            pair, 1.
        gamma: weight of the penalties, `gamma / 2` times the mean squared length of the gradient
            of D at real (R1) and at fake images (R2). They are not part of `d_loss`.

    Raises:
        InputError: if the weight is negative.
    """

    def __init__(self, generator, discriminator, *, gamma=1.0, **options):
        super().__init__(generator, discriminator, **options)
        if not gamma >= 0:
            raise InputError.argument("gamma", gamma, "a number of 0 or above")
        self.gamma = gamma

    def judge(self, real_images, fake_images, labels=None):
        """Returns the discriminator's loss and accuracy on pairs, under the names of both kinds."""
        real, fake = self.both_logits(real_images, fake_images, labels)
        target = ops.full_like(real, 1.0 - self.label_smoothing)
        loss = ops.mean(self.adversarial_loss.discriminator(target, real - fake))
        accuracy = ops.mean(ops.cast(real > fake, "float32"))
        losses = dict.fromkeys(("d_loss", "d_loss_real", "d_loss_fake"), loss)
        return losses | dict.fromkeys(("d_accuracy_real", "d_accuracy_fake"), accuracy)

    def penalty(self, real_images, fake_images, labels=None):
        """Returns both penalties: D should be flat where there are images, real or fake."""
        r1, r2 = (
            ops.mean(squared_steepness(self, images, labels))
            for images in (real_images, fake_images)
        )
        return self.gamma / 2 * (r1 + r2) + super().penalty(real_images, fake_images, labels)

    def fool(self, real_images, fake_images, labels=None):
        """Returns the generator's loss: small where fakes look more real than real images."""
        real, fake = self.both_logits(real_images, fake_images, labels)
        return ops.mean(self.adversarial_loss.generator(fake - real))
