"""Recipes, scales and precision."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gankit import RECIPES, SCALES, InputError, layer_table
from gankit.backend import keras
from gankit.collapse import RelativisticGAN
from gankit.recipes import Optimizer, get_recipe

RECIPE = RECIPES["dcgan_selu"]
REPORTED = {
    "dense_flowers",
    "dcgan_selu",
    "dcgan_leaky",
    "cdcgan_pooling",
    "dcgan_tutorial",
    "cgan_relu",
    "cgan_leaky",
    "cgan_dense",
}
CONDITIONAL = [name for name, recipe in RECIPES.items() if recipe.conditional]


def sizes(model):
    """Sides of what each layer with sides puts out, repeats left out."""
    sides = [row.output_shape[1] for row in layer_table(model) if len(row.output_shape) == 4]
    return [side for side, before in zip(sides, [None, *sides], strict=False) if side != before]


def units(model):
    return [layer.units for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def test_all_eight_reported_models_are_there():
    assert set(RECIPES) >= REPORTED
    for name in REPORTED:
        assert RECIPES[name].stated
        assert RECIPES[name].chosen
        assert RECIPES[name].reported


def test_scales_grow(monkeypatch):
    for recipe in RECIPES.values():
        smoke, lesson, full = (recipe.at_scale(scale) for scale in SCALES)
        steps = [s.steps_per_epoch or s.limit // s.batch_size for s in (smoke, lesson, full)]
        work = [s.epochs * n for s, n in zip((smoke, lesson, full), steps, strict=True)]
        assert work == sorted(work), recipe.name


def test_the_environment_sets_the_scale(monkeypatch):
    monkeypatch.setenv("GANKIT_SCALE", "full")
    assert RECIPE.at_scale() == RECIPE.full
    monkeypatch.delenv("GANKIT_SCALE")
    assert RECIPE.at_scale() == RECIPE.lesson


def test_full_scale_is_what_source_b_reports():
    assert (RECIPE.full.epochs, RECIPE.full.limit, RECIPE.latent_dim) == (20, 20_000, 100)


def test_source_a_is_kept():
    recipe, gan = RECIPES["dense_flowers"], RECIPES["dense_flowers"].build()
    assert units(gan.generator) == [256, 512, 1024, 64 * 64 * 3]
    assert units(gan.discriminator) == [1024, 512, 256, 1]
    assert gan.image_shape == (64, 64, 3)
    for optimizer in (gan.d_optimizer, gan.g_optimizer):
        assert (float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2) == (
            pytest.approx(2e-4),
            0.8,
            0.999,
        )
    assert (recipe.full.epochs, recipe.full.limit, recipe.full.sample_every) == (500, 8_189, 10)
    assert recipe.images == "oxford_flowers102"


def test_the_dcgan_of_flowers_doubles_its_sides_from_4_up():
    gan = RECIPES["dcgan_flowers"].build()
    assert sizes(gan.generator) == [4, 8, 16, 32, 64]
    assert sizes(gan.discriminator) == [32, 16, 8, 4]
    assert RECIPES["dcgan_flowers"].build(image_shape=(32, 48, 1)).sample(2).shape == (2, 32, 48, 1)


@pytest.mark.parametrize("name", ["dcgan_leaky", "cdcgan_pooling"])
def test_source_c_slows_its_discriminator_down(name):
    recipe, gan = RECIPES[name], RECIPES[name].build()
    assert (recipe.full.epochs, recipe.full.limit, recipe.full.batch_size) == (20, 60_000, 128)
    assert gan.generator_steps > 1
    assert float(gan.d_optimizer.learning_rate) < float(gan.g_optimizer.learning_rate)


def test_source_c_conditions_by_two_dense_and_two_reshape_layers_and_pools():
    gan = RECIPES["cdcgan_pooling"].build()
    types = [row.type for row in layer_table(gan.generator)]
    assert (types.count("Dense"), types.count("Reshape"), types.count("Concatenate")) == (2, 2, 1)
    types = [row.type for row in layer_table(gan.discriminator)]
    assert (types.count("Conv2D"), types.count("MaxPooling2D")) == (2, 2)


def test_source_d_sizes_channels_and_settings():
    recipe = RECIPES["dcgan_tutorial"]
    generator, discriminator = recipe.build().generator, recipe.build().discriminator
    # 18 is the unpadded 14: what PyTorch's padding of 2 crops away, or adds
    assert sizes(generator) == [1, 4, 8, 18, 14, 28]
    assert sizes(discriminator) == [14, 18, 8, 4, 1]
    kernels = {
        model.name: [
            layer.kernel.shape for layer in model.layers if "Conv2D" in type(layer).__name__
        ]
        for model in (generator, discriminator)
    }
    assert kernels["generator"] == [
        (4, 4, 112, 100),
        (4, 4, 56, 112),
        (4, 4, 28, 56),
        (4, 4, 1, 28),
    ]
    assert kernels["discriminator"] == [
        (4, 4, 1, 28),
        (4, 4, 28, 56),
        (4, 4, 56, 112),
        (4, 4, 112, 1),
    ]
    assert not any(layer.use_bias for layer in generator.layers if hasattr(layer, "use_bias"))
    assert [row.type for row in layer_table(discriminator)].count("BatchNormalization") == 2
    assert (recipe.full.epochs, recipe.full.batch_size) == (3, 4)
    assert recipe.d_optimizer.learning_rate == recipe.g_optimizer.learning_rate == 1e-3
    tutorial = RECIPES["dcgan_tutorial_128"]
    assert (tutorial.full.epochs, tutorial.full.batch_size) == (5, 128)
    assert tutorial.d_optimizer.learning_rate == 2e-4
    assert recipe.build().separate_batches


def test_source_d_weights_start_from_a_narrow_normal():
    gan = RECIPES["dcgan_tutorial"].build()
    for model in (gan.generator, gan.discriminator):
        for layer in model.layers:
            if "Conv2D" in type(layer).__name__ and np.size(layer.kernel) > 1000:
                kernel = layer.kernel.numpy()
                assert kernel.std() == pytest.approx(0.02, rel=0.1)
                assert abs(kernel.mean()) < 0.002
            if isinstance(layer, keras.layers.BatchNormalization):
                gamma = layer.gamma.numpy()
                assert gamma.mean() == pytest.approx(1, abs=0.02)
                assert 0.01 < gamma.std() < 0.03


def test_source_d_layers_compute_what_torch_would():
    """PyTorch's ConvTranspose2d(4, stride 2, padding 2), from its definition in NumPy."""
    layers = keras.layers
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1, 8, 8, 3)).astype("float32")
    conv = layers.Conv2DTranspose(2, 4, strides=2, use_bias=False)
    ours = np.asarray(layers.Cropping2D(2)(conv(x)))
    kernel = conv.kernel.numpy()  # (4, 4, out, in)
    full = np.zeros((18, 18, 2))
    for i in range(8):
        for j in range(8):
            full[2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += kernel @ x[0, i, j]
    np.testing.assert_allclose(ours[0], full[2:-2, 2:-2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["cgan_relu", "cgan_leaky", "cgan_dense"])
def test_source_e_runs_10_000_iterations_of_32_augmented(name):
    recipe = RECIPES[name]
    full = recipe.full
    assert full.epochs * full.steps_per_epoch == 10_000
    assert (full.batch_size, full.limit, full.sample_every) == (32, 60_000, 1)
    assert {change for change, _ in recipe.augment} == {"rotation", "shift", "zoom"}
    assert dict(recipe.g_optimizer.options)["beta_1"] == 0.5
    for model in (recipe.build().generator, recipe.build().discriminator):
        assert "Embedding" in [row.type for row in layer_table(model)]


def test_source_e_stated_layers():
    dense, leaky = RECIPES["cgan_dense"].build(), RECIPES["cgan_leaky"].build()
    assert units(dense.generator) == [256, 512, 1024, 784]
    assert units(dense.discriminator) == [512, 512, 1]
    assert units(leaky.generator) == [128 * 7 * 7]
    relu = [row.type for row in layer_table(RECIPES["cgan_relu"].build().generator)]
    assert "ReLU" in relu
    assert "BatchNormalization" in relu


@pytest.mark.parametrize("name", CONDITIONAL)
def test_discriminator_judges_the_same_image_otherwise_under_another_label(name):
    """And not by a constant: what looks real must depend on the class, or it is not followed."""
    discriminator = RECIPES[name].build().discriminator
    images = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 1)).astype("float32")
    logits = []
    for digit in (3, 7):
        scores = discriminator([images, np.full(6, digit, "int32")], training=False)
        scores = np.asarray(scores, np.float64)
        logits.append(np.log(scores / (1 - scores))[:, 0])
    difference = logits[0] - logits[1]
    assert np.std(difference) > 1e-3 * np.abs(logits).max()


@pytest.mark.parametrize("name", CONDITIONAL)
def test_conditional_recipes_build_for_other_images_and_classes(name):
    gan = RECIPES[name].build(image_shape=(32, 32, 3), num_classes=4)
    assert gan.num_classes == 4
    assert gan.sample(2, labels=[0, 3]).shape == (2, 32, 32, 3)
    with pytest.raises(InputError, match=r"classes from 0 to 3, .* Received: 4"):
        gan.sample(1, labels=[4])


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: get_recipe("dcgan"), "Expected one of dense_digits"),
        (lambda: RECIPES["dcgan_tutorial"].build(image_shape=(32, 32, 1)), "Expected 28x28"),
        (lambda: RECIPES["cgan_relu"].build(image_shape=(30, 30, 1)), "multiples of 4"),
        (lambda: RECIPES["dcgan_flowers"].build(image_shape=(28, 28, 3)), "multiples of 16"),
        (lambda: RECIPE.at_scale("huge"), r"smoke, lesson, full\. Received: scale='huge'"),
        (lambda: RECIPE.build(precision="float8"), "one of auto, float32"),
        (lambda: RECIPE.build(image_shape=(30, 30, 1)), "multiples of 4"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(InputError, match=message):
        call()


FALLING = replace(
    RECIPE,
    d_optimizer=Optimizer("Adam", 1e-3, (("beta_1", 0.0),), falling=True),
    g_optimizer=Optimizer("Adam", 2e-3, (("beta_1", 0.0),), falling=True),
    gamma=0.5,
    dropout=0.0,
    generator_steps=2,
)


def test_falling_rates_fall_along_half_a_cosine_to_0_over_the_whole_training():
    gan = FALLING.build(steps=8)
    batch = np.zeros((4, 28, 28, 1), "float32")
    for step in range(9):
        share = (1 + math.cos(math.pi * min(step, 8) / 8)) / 2
        assert float(gan.d_optimizer.learning_rate) == pytest.approx(1e-3 * share, abs=1e-9)
        assert float(gan.g_optimizer.learning_rate) == pytest.approx(2e-3 * share, abs=1e-9)
        gan.train_on_batch(batch)


def test_without_steps_rates_fall_over_those_of_the_scale(monkeypatch):
    monkeypatch.setenv("GANKIT_SCALE", "full")
    schedule = FALLING.build().d_optimizer._learning_rate
    assert schedule.get_config()["decay_steps"] == 20 * (20_000 // 32) == FALLING.full.steps


def test_a_recipe_with_a_gamma_trains_pairs_and_its_dropout_replaces_the_builders():
    gan = FALLING.build(steps=8)
    assert isinstance(gan, RelativisticGAN)
    assert gan.gamma == 0.5
    rates = [
        each.rate for each in gan.discriminator.layers if isinstance(each, keras.layers.Dropout)
    ]
    assert rates == [0.0, 0.0]
    assert not isinstance(RECIPE.build(), RelativisticGAN)


def test_falling_rates_without_an_end_are_refused():
    with pytest.raises(InputError, match="`steps`"):
        FALLING.d_optimizer.build()
    assert FALLING.d_optimizer.describe() == "Adam, learning rate 0.001 falling to 0, beta_1 0.0"


@pytest.mark.parametrize("name", [name for name in RECIPES if name.endswith("_tuned")])
def test_a_tuned_recipe_has_the_layers_of_its_source_and_sees_no_more_images(name):
    source, tuned = RECIPES[name.removesuffix("_tuned")], RECIPES[name]
    for model in ("generator", "discriminator"):
        ours, theirs = (layer_table(getattr(each.build(), model)) for each in (tuned, source))
        assert ours == theirs
    seen = [each.full.steps * each.full.batch_size for each in (tuned, source)]
    assert seen[0] <= seen[1]
    assert tuned.full.limit == source.full.limit
    assert source.name in tuned.stated[0]
    assert not tuned.reported  # the source reports nothing about it
