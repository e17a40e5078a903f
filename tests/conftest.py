"""Shared pieces of the tests: tiny models, a few digits, and the real data where it is."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from gankit import RECIPES
from gankit.backend import keras
from gankit.data.images import ImageSet
from gankit.gan import GAN

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared" / "data"
# tuned recipes share their models with the reported ones, so two of them do: with labels, without
STEPS = [name for name in RECIPES if not name.endswith("_tuned")]
STEPS += ["dcgan_selu_tuned", "cgan_relu_tuned"]

os.environ["GANKIT_SCALE"] = "smoke"
_cache = tempfile.TemporaryDirectory()  # for what tests decode; the user's own stays as it is
os.environ["XDG_CACHE_HOME"] = _cache.name


@pytest.fixture(scope="session")
def shared():
    """The folder with the real data sets."""
    if not SHARED.is_dir():
        pytest.skip("the real data sets are not beside the checkout (../shared/data)")
    return SHARED


@pytest.fixture
def image_set():
    """48 labelled random images, 8x8 grey."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (48, 8, 8, 1), dtype=np.uint8)
    return ImageSet(images, np.arange(48) % 4, "toy", "the tests", tuple("abcd"))


def tiny_pair(*, conditional=False, batch_norm=False, dropout=0.3, sizes=(5, 8)):
    """A generator and a discriminator that train in milliseconds."""
    layers, (latent_dim, side) = keras.layers, sizes
    noise, image = keras.Input((latent_dim,)), keras.Input((side, side, 1))
    x, y = noise, layers.Flatten()(image)
    inputs, judged = noise, image
    if conditional:
        labels, image_labels = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
        inputs, judged = [noise, labels], [image, image_labels]
        x = layers.Concatenate()([x, layers.Embedding(4, 3)(labels)])
        y = layers.Concatenate()([y, layers.Embedding(4, 3)(image_labels)])
    x = layers.BatchNormalization()(layers.Dense(16, use_bias=False)(x))
    x = layers.Dense(side * side, activation="tanh")(layers.LeakyReLU(0.2)(x))
    y = layers.Dense(16, use_bias=not batch_norm)(y)
    if batch_norm:
        y = layers.BatchNormalization()(y)
    y = layers.Dropout(dropout)(layers.LeakyReLU(0.2)(y))
    return (
        keras.Model(inputs, layers.Reshape((side, side, 1))(x), name="generator"),
        keras.Model(judged, layers.Dense(1, activation="sigmoid")(y), name="discriminator"),
    )


@pytest.fixture
def make_gan():
    """Builds a tiny compiled GAN; keywords go to `tiny_pair`, `GAN` and `compile`."""

    def make(*, seed=0, learning_rate=0.01, loss="non_saturating", pair=None, **options):
        keras.utils.set_random_seed(seed)
        gan = GAN(*tiny_pair(**(pair or {})), seed=seed, **options)
        gan.compile(
            keras.optimizers.Adam(learning_rate), keras.optimizers.Adam(learning_rate), loss
        )
        return gan

    return make
