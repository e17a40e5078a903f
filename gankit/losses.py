"""The adversarial losses: what each player of the game minimises.

A loss is a pair of functions that return one value per image, so that one pass over a batch of
real and fake images gives the loss on each. The discriminator's scores, of shape `(batch, 1)`, are
the probability that an image is real, for it ends in a sigmoid; with the Wasserstein loss it is a
critic, ends in a plain dense unit, and its scores are any numbers, higher for real images.
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
        undecided: the score between "fake" and "real", for the discriminator's accuracy.
    """

    discriminator: Callable
    generator: Callable
    undecided: float = 0.5


def cross_entropy(targets, scores):
    """Binary cross-entropy, per image: -t log D - (1 - t) log(1 - D)."""
    return ops.binary_crossentropy(targets, scores)


def non_saturating(scores):
    """-log D(G(z)): steep where D sees through the fake. Goodfellow et al., 2014."""
    return cross_entropy(ops.ones_like(scores), scores)


def saturating(scores):
    """log(1 - D(G(z))), the minimax game's own loss: flat where D(G(z)) is near 0."""
    return -cross_entropy(ops.zeros_like(scores), scores)


def critic(targets, scores):
    """-f(x) for real images, f(G(z)) for fake ones: Arjovsky et al., 2017."""
    return (1 - 2 * targets) * scores


def raise_scores(scores):
    """-f(G(z))."""
    return -scores


LOSSES = {
    "non_saturating": AdversarialLoss(cross_entropy, non_saturating),
    "saturating": AdversarialLoss(cross_entropy, saturating),
    "wasserstein": AdversarialLoss(critic, raise_scores, undecided=0.0),
}
