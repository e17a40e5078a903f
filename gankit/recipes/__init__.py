"""The recipes: what the source of each reported model states, and what we chose beside it.

One file a source. Nothing here imports TensorFlow before a recipe builds its models.
"""

from gankit.errors import check_choice
from gankit.recipes import own, source_a, source_b, source_c, source_d, source_e, tuned
from gankit.recipes.recipe import PRECISIONS, SCALES, Optimizer, Recipe, Settings

__all__ = ["PRECISIONS", "RECIPES", "SCALES", "Optimizer", "Recipe", "Settings", "get_recipe"]

RECIPES = {
    recipe.name: recipe
    for source in (own, source_a, source_b, source_c, source_d, source_e, tuned)
    for recipe in vars(source).values()
    if isinstance(recipe, Recipe)
}


def get_recipe(name):
    """Returns a recipe by name, or raises an `InputError` that lists all."""
    check_choice("recipe", name, RECIPES)
    return RECIPES[name]
