"""The adversarial losses: what each player of the game minimises.

A loss is a pair of functions that return one value per image, so that one pass over a batch of
real and fake images gives the loss on each. They work on the discriminator's logits, of shape
`(batch, 1)`: numbers that are above 0 where it takes an image for real, and whose sigmoid is the
probability D that it is. With the Wasserstein loss the logits are the critic's scores f.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gankit.backend import keras
from gankit.errors import check_choice

ops = keras.ops


@dataclass(frozen=True)
class AdversarialLoss:
    """One choice of the two players' losses.

    Attributes:
        discriminator: `(targets, logits) -> losses`, all of shape `(batch, 1)`. The target is 1
            for a real image and 0 for a fake one.
        generator: `logits -> losses`. The logits are the discriminator's on fake images.
    """

    discriminator: Callable
    generator: Callable


def cross_entropy(targets, logits):
    """Computes binary cross-entropy, per image: -t log D - (1 - t) log(1 - D)."""
    # of two terms: TensorFlow's own has four, whose gradients it adds up in varying order
    return targets * ops.softplus(-logits) + (1 - targets) * ops.softplus(logits)


def non_saturating(logits):
    """Computes -log D(G(z)): steep where D sees through the fake. Goodfellow et al., 2014."""
    return ops.softplus(-logits)


def saturating(logits):
    """Computes log(1 - D(G(z))), the minimax game's own loss: flat where D(G(z)) is near 0."""
    return -ops.softplus(logits)


def critic(targets, logits):
    """Computes -f(x) for real images, f(G(z)) for fake ones: Arjovsky et al., 2017."""
    return (1 - 2 * targets) * logits


LOSSES = {
    "non_saturating": AdversarialLoss(cross_entropy, non_saturating),
    "saturating": AdversarialLoss(cross_entropy, saturating),
    "wasserstein": AdversarialLoss(critic, ops.negative),  # -f(G(z))
}


def get_loss(loss):
    """Returns an `AdversarialLoss` by its name in `LOSSES`, which is checked, or as it came."""
    if isinstance(loss, AdversarialLoss):
        return loss
    check_choice("loss", loss, LOSSES)
    return LOSSES[loss]
