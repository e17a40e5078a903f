"""The eight reported models, trained as one would today: the same layers, no more images.

What each change brings was measured alone: gankit/results/tuned.csv, by `results/tuned.py`.
"""

from dataclasses import replace

from gankit.recipes.recipe import Optimizer
from gankit.recipes.source_b import DCGAN_SELU
from gankit.recipes.source_e import CGAN_DENSE, CGAN_LEAKY, CGAN_RELU

_PAIRS = (
    "pairs: the discriminator learns to score a real image above a fake one, with penalties of "
    "weight 1 on its steepness at both (Huang et al., R3GAN, 2024)"
)
_ADAM = (
    "Adam without momentum and with a short memory (beta_1 0, beta_2 0.99), as R3GAN has it. The "
    "learning rate falls to 0 along half a cosine, which averaging the weights cannot better"
)
_CLUSTERS = (
    "noise of 20 clusters: 20 of its 100 numbers say which. A generator is continuous, so from one "
    "clump of noise it also draws what lies between two digits. This brings more than all the rest"
)


def falling_adam(learning_rate=1e-3):
    """Returns Adam without momentum and with a short memory, falling to 0."""
    return Optimizer("Adam", learning_rate, (("beta_1", 0.0), ("beta_2", 0.99)), falling=True)


def tuned(recipe, *chosen, **changes):
    """Returns the tuned form of a reported recipe: its layers, pairs and falling rates."""
    return replace(
        recipe,
        name=f"{recipe.name}_tuned",
        title=f"{recipe.title}, tuned",
        stated=(f"the layers of {recipe.name}, and no more real images than it sees",),
        chosen=(_PAIRS, _ADAM, *chosen),
        reported=(),
        **{"d_optimizer": falling_adam(), "g_optimizer": falling_adam(), "gamma": 1.0, **changes},
    )


DCGAN_SELU_TUNED = tuned(
    DCGAN_SELU,
    _CLUSTERS,
    "no dropout: with the penalties it only slows the discriminator down",
    "batch of 32, as dcgan_selu: 64 makes half the steps of as many images, and a larger distance",
    "the generator's learning rate is twice the discriminator's, which is ahead otherwise",
    g_optimizer=falling_adam(2e-3),
    dropout=0.0,
    clusters=20,
)

CGAN_RELU_TUNED, CGAN_LEAKY_TUNED, CGAN_DENSE_TUNED = (
    tuned(
        recipe,
        "no augmentation: every change of an image blurs it, and the blur is learnt",
        augment=(),
    )
    for recipe in (CGAN_RELU, CGAN_LEAKY, CGAN_DENSE)
)
