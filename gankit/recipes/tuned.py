"""The eight reported models, trained as one would today: the same layers, no more images.

What each change brings was measured alone: gankit/results/tuned.csv, by `results/tuned.py`.
"""

from dataclasses import replace

from gankit.recipes.recipe import Optimizer, Recipe, Settings
from gankit.recipes.source_a import DENSE_FLOWERS
from gankit.recipes.source_b import DCGAN_SELU
from gankit.recipes.source_c import CDCGAN_POOLING, DCGAN_LEAKY
from gankit.recipes.source_d import DCGAN_TUTORIAL
from gankit.recipes.source_e import CGAN_DENSE, CGAN_LEAKY, CGAN_RELU


def falling_adam(learning_rate):
    """Returns Adam without momentum and with a short memory, as R3GAN has it, falling to 0."""
    return Optimizer("Adam", learning_rate, (("beta_1", 0.0), ("beta_2", 0.99)), falling=True)
