"""The recipes: what the source of each reported model states, and what we chose beside it.

A recipe binds data, models and settings. Nothing here imports TensorFlow before `build`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from gankit.errors import InputError

PRECISIONS = ("auto", "float32", "mixed_bfloat16")
SCALES = {
    "smoke": "seconds: whether everything runs",
    "lesson": "minutes on a laptop's CPU: worth looking at",
    "full": "what the source reports",
}


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimizer by name, and what it is made with."""

    name: str
    learning_rate: float
    options: tuple[tuple[str, float], ...] = ()

    def build(self):
        """Returns a new one."""
        from gankit.backend import keras

        return getattr(keras.optimizers, self.name)(self.learning_rate, **dict(self.options))


@dataclass(frozen=True)
class Settings:
    """How long to train on how much: what a scale means for a recipe."""

    epochs: int
    limit: int
    batch_size: int

    def describe(self):
        """One line for people."""
        return f"{self.epochs} epochs of {self.limit:,} images, batch {self.batch_size}"


@dataclass(frozen=True)
class Recipe:
    """One reported model.

    Attributes:
        name: its key in `RECIPES`.
        title: one line.
        source: who reported it, where.
        images: name of the image set, for `load_images`.
        image_shape: `(height, width, channels)` as reported.
        generator, discriminator: names of the builders in `gankit.models`.
        d_optimizer, g_optimizer: `Optimizer`.
        full, lesson: `Settings` at these scales.
        stated: what the source says, a line each.
        chosen: what it leaves open and we chose, a line each with the reason.
        reported: what it reports, a line each; with a remark where it cannot be right as it stands.
    """

    name: str
    title: str
    source: str
    images: str
    image_shape: tuple[int, int, int]
    generator: str
    discriminator: str
    latent_dim: int
    d_optimizer: Optimizer
    g_optimizer: Optimizer
    full: Settings
    lesson: Settings
    stated: tuple[str, ...]
    chosen: tuple[str, ...]
    reported: tuple[str, ...]

    def at_scale(self, scale=None):
        """Returns the `Settings` at a scale; without one, at GANKIT_SCALE, else at "lesson".

        Raises: InputError: if there is no such scale.
        """
        scale = scale or os.environ.get("GANKIT_SCALE") or "lesson"
        if scale not in SCALES:
            raise InputError(
                f"Unknown scale. Expected one of {', '.join(SCALES)}. Received: {scale}"
            )
        smoke = Settings(epochs=2, limit=128, batch_size=32)
        return {"smoke": smoke, "lesson": self.lesson, "full": self.full}[scale]

    def build(self, seed=0, image_shape=None, precision="float32"):
        """Builds and compiles the models.

        Args:
            seed: decides the initial weights, the noise and dropout. Sets the global seeds of
                Python, NumPy and TensorFlow on the way.
            image_shape: `(height, width, channels)`, by default as reported.
            precision: "float32", "mixed_bfloat16", or "auto": bfloat16 where the device has
                instructions for it.

        Returns: a compiled `gankit.GAN`.

        Raises: InputError: if the models cannot be built for such images, or the precision is
            unknown.
        """
        from gankit import models
        from gankit.backend import keras
        from gankit.gan import GAN

        shape = tuple(image_shape or self.image_shape)
        usual = keras.config.dtype_policy()
        keras.utils.set_random_seed(seed)
        keras.config.set_dtype_policy(resolve_precision(precision))
        try:
            gan = GAN(
                getattr(models, self.generator)(self.latent_dim, shape),
                getattr(models, self.discriminator)(shape),
                seed=seed,
            )
        finally:
            keras.config.set_dtype_policy(usual)
        gan.compile(d_optimizer=self.d_optimizer.build(), g_optimizer=self.g_optimizer.build())
        return gan


def get_recipe(name):
    """Returns a recipe by name.

    Raises: InputError: if there is none.
    """
    if name not in RECIPES:
        raise InputError(f"Unknown recipe. Expected one of {', '.join(RECIPES)}. Received: {name}")
    return RECIPES[name]


def resolve_precision(precision):
    """Returns the Keras dtype policy that a precision means on this machine."""
    if precision not in PRECISIONS:
        raise InputError(
            f"Unknown precision. Expected one of {', '.join(PRECISIONS)}. Received: {precision}"
        )
    if precision != "auto":
        return precision
    from gankit.backend import tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        native = details.get("compute_capability", (0, 0)) >= (8, 0)
    else:
        try:
            native = "avx512_bf16" in Path("/proc/cpuinfo").read_text()
        except OSError:
            native = False
    return "mixed_bfloat16" if native else "float32"


_ALL = (
    Recipe(
        name="dcgan_selu",
        title="DCGAN on MNIST with a selu generator",
        source='B: Zhao, "Image Generation Using Generative Adversarial Networks"',
        images="mnist",
        image_shape=(28, 28, 1),
        generator="selu_generator",
        discriminator="selu_discriminator",
        latent_dim=100,
        d_optimizer=Optimizer("RMSprop", 1e-3),
        g_optimizer=Optimizer("RMSprop", 1e-3),
        full=Settings(epochs=20, limit=20_000, batch_size=32),
        lesson=Settings(epochs=10, limit=5_000, batch_size=32),
        stated=(
            "data: Colab's mnist_train_small.csv, 20,000 digits, scaled to tanh's range",
            "noise of size 100",
            "both layer tables, to the parameter",
            "the generator's middle transposed convolution is selu, its output tanh",
            "the discriminator: strided convolutions, LeakyReLU, dropout, sigmoid output",
            "two phases per batch: the discriminator learns real from fake; then the generator "
            "learns through the discriminator, which is frozen",
            "20 epochs",
        ),
        chosen=(
            "5x5 kernels: the parameter counts leave no other size",
            "RMSprop with Keras' learning rate, 0.001, for both models",
            "dropout 0.2: in short trials with 0.4 the digits stayed rougher",
            "batch of 32, for more steps per image",
            "LeakyReLU with slope 0.2, Keras' default",
            "real and fake images pass the discriminator as one batch",
        ),
        reported=(
            "after 20 epochs D loss 1.41 and G loss 0.53. 1.41 is near 2 ln 2 = 1.386, so it is "
            "probably the sum of D's losses on real and on fake images; the kit logs their mean",
            "images like digits after 20 epochs",
            "after 100 epochs G's loss still falls, D's rises, and the generator is stuck on a "
            "few digits (1, 5, 7): mode collapse",
            'the text says that in the second phase D\'s weights "can be changed"; the section '
            "above it says that D is not trainable there, and that is what is meant",
        ),
    ),
)

RECIPES = {recipe.name: recipe for recipe in _ALL}
