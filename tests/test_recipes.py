"""Recipes, scales and precision."""

import numpy as np
import pytest

from gankit import RECIPES, SCALES, InputError
from gankit.backend import keras
from gankit.recipes import get_recipe, resolve_precision

RECIPE = RECIPES["dcgan_selu"]


def test_scales_grow(monkeypatch):
    for recipe in RECIPES.values():
        smoke, lesson, full = (recipe.at_scale(scale) for scale in SCALES)
        work = [settings.epochs * settings.limit for settings in (smoke, lesson, full)]
        assert work == sorted(work)


def test_the_environment_sets_the_scale(monkeypatch):
    monkeypatch.setenv("GANKIT_SCALE", "full")
    assert RECIPE.at_scale() == RECIPE.full
    monkeypatch.delenv("GANKIT_SCALE")
    assert RECIPE.at_scale() == RECIPE.lesson


def test_full_scale_is_what_source_b_reports():
    assert (RECIPE.full.epochs, RECIPE.full.limit, RECIPE.latent_dim) == (20, 20_000, 100)


@pytest.mark.parametrize("seeds", [(0, 0), (0, 1)])
def test_the_seed_decides_the_weights(seeds):
    first, second = (RECIPE.build(seed=seed).generator.get_weights()[0] for seed in seeds)
    assert np.array_equal(first, second) == (seeds[0] == seeds[1])


def test_bfloat16_computes_in_half_and_keeps_float32_weights_and_images():
    gan = RECIPE.build(precision="mixed_bfloat16")
    assert gan.generator.layers[0].compute_dtype == "bfloat16"
    assert {weight.dtype for weight in gan.generator.weights} == {"float32"}
    assert gan.generator.outputs[0].dtype == gan.discriminator.outputs[0].dtype == "float32"
    logs = gan.train_on_batch(np.zeros((8, 28, 28, 1), "float32"))
    assert np.isfinite(list(logs.values())).all()
    assert keras.config.dtype_policy().name == "float32"


def test_auto_precision_is_one_of_the_others():
    assert resolve_precision("auto") in ("float32", "mixed_bfloat16")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: get_recipe("dcgan"), "Expected one of dcgan_selu"),
        (lambda: RECIPE.at_scale("huge"), "smoke, lesson, full. Received: huge"),
        (lambda: RECIPE.build(precision="float8"), "Unknown precision"),
        (lambda: RECIPE.build(image_shape=(30, 30, 1)), "multiples of 4"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(InputError, match=message):
        call()
