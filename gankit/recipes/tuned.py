"""Reported models, trained as one would today: the same layers, no more images.

What each change brings alone, to one of source B's and one of source E's, is in
gankit/results/tuned.csv, by `results/tuned.py`.
"""

from dataclasses import replace

from gankit.recipes.recipe import Settings, adam, falling_adam
from gankit.recipes.source_a import DENSE_FLOWERS
from gankit.recipes.source_b import DCGAN_SELU
from gankit.recipes.source_c import CDCGAN_POOLING, DCGAN_LEAKY
from gankit.recipes.source_d import DCGAN_TUTORIAL
from gankit.recipes.source_e import CGAN_DENSE, CGAN_LEAKY, CGAN_RELU

_PAIRS = (
    "pairs: the discriminator learns to score a real image above a fake one, with penalties on its "
    "steepness at both (Huang et al., R3GAN, 2024)"
)
_SHORT_MEMORY = (
    "Adam without momentum and with a short memory (beta_1 0, beta_2 0.99), as R3GAN has it; its "
    "learning rate falls to 0 along half a cosine"
)
_CLUSTERS = (
    "noise of 20 clusters: 20 of its 100 numbers say which. A generator is continuous, so from one "
    "clump of noise it also draws what lies between two digits"
)


def tuned(recipe, *chosen, **changes):
    """Returns the tuned form of a reported recipe."""
    return replace(
        recipe,
        name=f"{recipe.name}_tuned",
        title=f"{recipe.title}, tuned",
        source=f"the kit's own, with the layers of source {recipe.source[0]}",
        stated=(f"the layers of {recipe.name}, and no more real images than it sees",),
        chosen=chosen,
        reported=(),
        **changes,
    )


DENSE_FLOWERS_TUNED = tuned(
    DENSE_FLOWERS,
    "both models begin at the principal components of the photographs, and the generator's last "
    "layer stays there: with random weights beside the pixels, what is random in them stays in "
    "every image as grain, and Adam changes each of them as fast as any other",
    _PAIRS,
    "penalties of weight 5: in short trials 1 and 25 gave larger distances",
    _SHORT_MEMORY,
    gamma=5.0,
    principal_components=True,
    d_optimizer=falling_adam(5e-4),
    g_optimizer=falling_adam(5e-4),
    full=Settings(epochs=122, limit=8_189, batch_size=64, sample_every=10),
    lesson=Settings(epochs=10, limit=1_000, batch_size=32, sample_every=5),
)


def tuned_without_labels(recipe, *chosen, **changes):
    """Returns the tuned form of a recipe without labels, whose models judge images one by one."""
    return tuned(
        recipe,
        _PAIRS,
        _SHORT_MEMORY,
        _CLUSTERS,
        "no dropout: R3GAN has none",
        "the generator's learning rate is twice the discriminator's, which in short trials of "
        "dcgan_selu was ahead",
        *chosen,
        gamma=1.0,
        d_optimizer=falling_adam(1e-3),
        g_optimizer=falling_adam(2e-3),
        dropout=0.0,
        clusters=20,
        **changes,
    )


DCGAN_SELU_TUNED = tuned_without_labels(
    DCGAN_SELU,
    "batch of 32, as dcgan_selu: 64 makes half the steps of as many images, and in short trials a "
    "larger distance",
)
DCGAN_LEAKY_TUNED = tuned_without_labels(
    DCGAN_LEAKY,
    "batch of 32, for four times the steps, and one step of the generator for each",
    generator_steps=1,
    full=Settings(epochs=19, limit=60_000, batch_size=32),
    lesson=Settings(epochs=12, limit=5_000, batch_size=32),
)

_TUTORIAL_ADAM = replace(adam(1e-3), falling=True)
DCGAN_TUTORIAL_TUNED = tuned(
    DCGAN_TUTORIAL,
    _CLUSTERS,
    "batch of 16, where source D has 4: a quarter of the steps, and its batch normalisation sees "
    "more images at once",
    "Adam's learning rate falls to 0 along half a cosine, from source D's 0.001",
    "the generator learns from new fakes",
    "no pairs and no penalties: batch normalisation in the discriminator ties the images of a "
    "batch together, and a penalty is about one image",
    full=Settings(epochs=3, limit=60_000, batch_size=16),
    lesson=Settings(epochs=5, limit=5_000, batch_size=16),
    d_optimizer=_TUTORIAL_ADAM,
    g_optimizer=_TUTORIAL_ADAM,
    fresh_noise=True,
    clusters=20,
)


def tuned_with_labels(recipe, learning_rate, *chosen, weight=0.5, **changes):
    """Returns the tuned form of a conditional recipe: wrong labels, and rates that fall."""
    optimizer = replace(adam(learning_rate), falling=True)
    return tuned(
        recipe,
        f"real images under wrong labels count as fake, too, with a weight of {weight:g} (Reed et "
        "al., 2016): by itself a discriminator finds out late that the label matters",
        f"Adam's learning rate falls to 0 along half a cosine, from {learning_rate:g}",
        *chosen,
        wrong_labels=weight,
        d_optimizer=optimizer,
        g_optimizer=optimizer,
        **changes,
    )


def _of_source_e(recipe, learning_rate):
    return tuned_with_labels(
        recipe,
        learning_rate,
        "no augmentation: every change of an image blurs it, and the blur is learnt",
        "no pairs and no penalties: in short trials with them fewer digits were as asked for, and "
        "a dense discriminator hardly learned",
        augment=(),
    )


CGAN_RELU_TUNED = _of_source_e(CGAN_RELU, 1e-3)
CGAN_LEAKY_TUNED = _of_source_e(CGAN_LEAKY, 5e-4)
CGAN_DENSE_TUNED = _of_source_e(CGAN_DENSE, 5e-4)

CDCGAN_POOLING_TUNED = tuned_with_labels(
    CDCGAN_POOLING,
    5e-4,
    "batch of 64, for twice the steps",
    "what it costs, at full scale: the digits vary a little less, and their Fréchet distance is "
    "larger than that of cdcgan_pooling",
    weight=0.25,
    full=Settings(epochs=19, limit=60_000, batch_size=64),
    lesson=Settings(epochs=10, limit=5_000, batch_size=32),
)
