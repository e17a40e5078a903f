"""Trained generators that come with the package: whole, small, and what their cards say."""

import sys

import numpy as np
import pytest
from conftest import REPO

import gankit
from gankit import InputError, weights
from gankit.backend import keras
from gankit.metrics import features, inception_score

sys.path.insert(0, str(REPO / "results"))

import packing

NAMES = weights.names()


def test_all_together_they_are_small():
    assert sum(path.stat().st_size for path in weights.FOLDER.glob("*.npz")) < 12_000_000
    assert {path.stem for path in weights.FOLDER.glob("*.npz")} == set(NAMES)


def test_every_recipe_has_a_trained_generator():
    assert set(NAMES) == set(gankit.RECIPES)


@pytest.mark.parametrize("name", NAMES)
def test_a_generator_draws_what_its_card_says(name):
    card, gan = weights.card(name), gankit.pretrained(name)
    recipe = gankit.RECIPES[name]
    assert card["command"].split()[:3] == ["gankit", "train", name]
    assert card["licence"]
    assert card["bytes"] == (weights.FOLDER / f"{name}.npz").stat().st_size
    labels = np.arange(1000) % recipe.num_classes if recipe.conditional else None
    images = gan.sample(1000, labels)
    assert images.shape == (1000, *card["image_shape"])
    if card["extractor"] == "mnist_classifier":
        _, answers = features.mnist_classifier()(images)
        read = answers.argmax(axis=1)
        said = card["metrics"]
        if recipe.conditional:  # of 1,000 samples where the card has 10,000: four deviations
            expected, allowed = said["label_accuracy"], 4 * 0.5 / 1000**0.5
            assert np.mean(read == labels) == pytest.approx(expected, abs=allowed)
        score, _ = inception_score(answers)  # of kinds and clearness; untrained ones have 1 to 2
        assert score == pytest.approx(said["inception_score"], rel=0.1)


def test_a_file_that_is_not_the_one_on_the_card_is_refused(tmp_path, monkeypatch):
    name = NAMES[0]
    for path in weights.FOLDER.glob(f"{name}.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    assert (
        gankit.pretrained(name).sample(1, [0] if gankit.RECIPES[name].conditional else None).any()
    )
    archive = tmp_path / f"{name}.npz"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(InputError, match=r"is damaged\. Expected SHA-256 .* Install gankit anew"):
        gankit.pretrained(name)
    archive.unlink()
    with pytest.raises(InputError, match="no file"):
        gankit.pretrained(name)


def test_an_unknown_name_is_answered_with_all_names():
    with pytest.raises(InputError, match=", ".join(NAMES)):
        gankit.pretrained("dcgan")


def small_gan():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    generator = keras.Sequential([
        keras.Input((16,)),
        layers.Dense(64, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(40, activation="tanh"),
    ])  # fmt: skip
    discriminator = keras.Sequential([keras.Input((40,)), layers.Dense(1)])
    return gankit.GAN(generator, discriminator)


def test_what_is_kept_is_within_half_a_step_and_small_arrays_are_exact(tmp_path):
    gan = small_gan()
    generator = gan.generator
    path = tmp_path / "g.npz"
    packing.write_archive(path, packing.packed(gan))
    with np.load(path) as archive:
        kept = weights.unpacked(archive, len(generator.weights))
        assert archive["0"].dtype == np.int8
    for ours, original in zip(kept, generator.get_weights(), strict=True):
        if original.size < packing.SMALL:
            np.testing.assert_array_equal(ours, original)
        else:
            step = np.abs(original).max(axis=0) / packing.LEVELS
            assert np.all(np.abs(ours - original) <= step / 2 + 1e-7)
            assert np.any(ours != original)


def test_a_large_kernel_becomes_two_that_do_the_same_to_what_it_gets(monkeypatch):
    monkeypatch.setattr(packing, "LARGE", 2_000)
    gan = small_gan()
    generator = gan.generator
    kernel = generator.layers[2].kernel
    inputs = packing.inputs_of(gan, kernel, 500)
    assert inputs.shape == (500, 64)
    left, right = packing.factors(kernel.numpy(), inputs, rank=16)
    assert (left.shape, right.shape) == ((64, 16), (16, 40))
    exact = inputs @ kernel.numpy()
    ours = np.linalg.norm(inputs @ left @ right - exact)
    # the best that any matrices of this rank do on these inputs
    best = np.sqrt(np.sum(np.linalg.svd(exact, compute_uv=False)[16:] ** 2))
    assert ours == pytest.approx(best, rel=1e-3)
    assert {"6.left", "6.right", "6.left.scale"} <= set(packing.packed(gan))
