"""The recipes: what the source of each reported model states, and what we chose beside it.

One file a source. Nothing here imports TensorFlow before a recipe builds its models.
"""

from gankit.errors import check_choice
from gankit.recipes import own, source_a, source_b, source_c, source_d, source_e
from gankit.recipes.recipe import PRECISIONS, SCALES, Optimizer, Recipe, Settings

__all__ = ["PRECISIONS", "RECIPES", "SCALES", "Optimizer", "Recipe", "Settings", "get_recipe"]

RECIPES = {
    recipe.name: recipe
    for recipe in (
        own.DENSE_DIGITS,
        source_a.DENSE_FLOWERS,
        source_b.DCGAN_SELU,
        source_c.DCGAN_LEAKY,
        source_c.CDCGAN_POOLING,
        source_d.DCGAN_TUTORIAL,
        source_d.DCGAN_TUTORIAL_128,
        source_e.CGAN_RELU,
        source_e.CGAN_LEAKY,
        source_e.CGAN_DENSE,
    )
}


def get_recipe(name):
    """Returns a recipe by name.

    Raises:
        InputError: if there is none.
    """
    check_choice("recipe", name, RECIPES)
    return RECIPES[name]
