"""The adversarial losses: what each player of the game minimises.

A loss is a pair of functions that return one value per image, so that one pass over a batch of
real and fake images gives the loss on each. The discriminator ends in a sigmoid: its scores are
the probability that an image is real, shape `(batch, 1)`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gankit.backend import keras

ops = keras.ops


@dataclass(frozen=True)
class AdversarialLoss:
    """One choice of the two players' losses.

    Attributes:
        discriminator: `(targets, scores) -> losses`, all of shape `(batch, 1)`. The target is 1
            for a real image and 0 for a fake one.
        generator: `scores -> losses`. The scores are the discriminator's on fake images.
    """

    discriminator: Callable
    generator: Callable


def cross_entropy(targets, scores):
    """Binary cross-entropy, per image: -t log D - (1 - t) log(1 - D)."""
    return ops.binary_crossentropy(targets, scores)


def non_saturating(scores):
    """-log D(G(z)): steep where D sees through the fake. Goodfellow et al., 2014."""
    return cross_entropy(ops.ones_like(scores), scores)


def saturating(scores):
    """log(1 - D(G(z))), the minimax game's own loss: flat where D(G(z)) is near 0."""
    return -cross_entropy(ops.zeros_like(scores), scores)


LOSSES = {
    "non_saturating": AdversarialLoss(cross_entropy, non_saturating),
    "saturating": AdversarialLoss(cross_entropy, saturating),
}
