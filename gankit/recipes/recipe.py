"""What a recipe is: data, models and settings, bound together."""

import os
from dataclasses import dataclass
from pathlib import Path

from gankit.errors import InputError, check_choice, check_integer

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")
SCALES = {
    "smoke": "seconds: whether everything runs",
    "lesson": "minutes on a laptop's CPU: worth looking at",
    "full": "what the source reports",
}


@dataclass(frozen=True)
class Optimizer:
    """A Keras optimizer by name, and what it is made with.

    Attributes:
        name: its class in `keras.optimizers`.
        learning_rate: of the first step.
        options: further arguments of the class.
        falling: whether the learning rate falls to 0 over the training, along half a cosine.
    """

    name: str
    learning_rate: float
    options: tuple[tuple[str, float], ...] = ()
    falling: bool = False

    def describe(self):
        """One line for people."""
        falling = " falling to 0" if self.falling else ""
        options = "".join(f", {name} {value}" for name, value in self.options)
        return f"{self.name}, learning rate {self.learning_rate:g}{falling}{options}"

    def build(self, steps=None):
        """Returns a new one. One that falls needs to know over how many of its own steps."""
        from gankit.backend import keras

        rate = self.learning_rate
        if self.falling:
            check_integer("steps", steps)
            rate = keras.optimizers.schedules.CosineDecay(rate, steps)
        return getattr(keras.optimizers, self.name)(rate, **dict(self.options))


def adam(learning_rate, beta_1=0.5):
    """Returns Adam as most of the sources have it."""
    return Optimizer("Adam", learning_rate, (("beta_1", beta_1), ("beta_2", 0.999)))


def falling_adam(learning_rate):
    """Returns Adam without momentum and with a short memory, falling to 0, as R3GAN has it."""
    return Optimizer("Adam", learning_rate, (("beta_1", 0.0), ("beta_2", 0.99)), falling=True)


@dataclass(frozen=True)
class Settings:
    """How long to train on how much: what a scale means for a recipe.

    Attributes:
        epochs: passes over the images; where `steps_per_epoch` is given, runs of so many batches.
        limit: images to take, at most.
        batch_size: images in a batch.
        steps_per_epoch: batches in an epoch, by default as many as the images fill.
        sample_every: epochs between two sample grids, by default a tenth of all epochs.
    """

    epochs: int
    limit: int
    batch_size: int
    steps_per_epoch: int | None = None
    sample_every: int | None = None

    @property
    def steps(self):
        """Batches of the whole training."""
        return self.epochs * (self.steps_per_epoch or self.limit // self.batch_size)

    def describe(self):
        """One line for people."""
        batches = f"{self.steps_per_epoch} batches from " if self.steps_per_epoch else ""
        return f"{self.epochs} epochs of {batches}{self.limit:,} images, batch {self.batch_size}"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One reported model.

    Attributes:
        name: its key in `RECIPES`.
        title: one line.
        source: who reported it, where.
        images: name of the image set, for `load_images`.
        image_shape: `(height, width, channels)` as reported.
        generator, discriminator: names of the builders in `gankit.models`.
        latent_dim: length of the noise vector.
        d_optimizer, g_optimizer: `Optimizer`.
        full, lesson, smoke: `Settings` at these scales.
        stated: what the source says, a line each.
        chosen: what it leaves open and we chose, a line each with the reason.
        reported: what it reports, a line each; with a remark where it cannot be right as it stands.
        num_classes: of a conditional recipe, the number of classes of `images`; else None.
        generator_steps, separate_batches, fresh_noise: as in `gankit.GAN`.
        augment: what real images are changed by, the arguments of `gankit.augmentation`; or none.
        gamma: weight of the penalties of a `RelativisticGAN`, as which the recipe is then trained.
        dropout, filters: of the models, in place of the builders' own.
        clusters, wrong_labels, diff_augment: as in `gankit.GAN`.
        principal_components: whether fully connected models begin at the images' principal
            components; see `gankit.models.start_at_components`. The generator's stay as they are.
    """

    name: str
    title: str
    source: str
    images: str = "mnist"
    image_shape: tuple[int, int, int] = (28, 28, 1)
    generator: str
    discriminator: str
    latent_dim: int = 100
    d_optimizer: Optimizer
    g_optimizer: Optimizer
    full: Settings
    lesson: Settings
    smoke: Settings = Settings(epochs=2, limit=128, batch_size=32)
    stated: tuple[str, ...] = ()
    chosen: tuple[str, ...]
    reported: tuple[str, ...] = ()
    num_classes: int | None = None
    generator_steps: int = 1
    separate_batches: bool = False
    fresh_noise: bool = True
    augment: tuple[tuple[str, float | str], ...] = ()
    gamma: float | None = None
    dropout: float | None = None
    filters: int | None = None
    clusters: int = 0
    wrong_labels: float = 0.0
    diff_augment: bool = False
    principal_components: bool = False

    @property
    def conditional(self):
        """Whether the models take labels as well."""
        return self.num_classes is not None

    def at_scale(self, scale=None):
        """Returns the `Settings` at one of `SCALES`, by default at GANKIT_SCALE, else "lesson"."""
        scale = scale or os.environ.get("GANKIT_SCALE") or "lesson"
        check_choice("scale", scale, SCALES)
        return getattr(self, scale)

    @property
    def falling(self):
        """Whether a learning rate falls, so that the training has an end that was set before."""
        return self.d_optimizer.falling or self.g_optimizer.falling

    def build(
        self,
        seed=0,
        image_shape=None,
        precision="float32",
        num_classes=None,
        steps=None,
        images=None,
    ):
        """Builds the models; returns a compiled `gankit.GAN`.

        Args:
            seed: decides the initial weights, the noise and dropout. Sets the global seeds of
                Python, NumPy and TensorFlow on the way.
            image_shape: `(height, width, channels)`, by default as reported. Most models refuse
                some shapes.
            precision: see `resolve_precision`.
            num_classes: of a conditional recipe, the number of classes, by default as reported.
            steps: batches that falling learning rates fall over, by default those at GANKIT_SCALE.
            images: what the models will be trained on, uint8, where their first weights come from
                there; by default they are random.
        """
        from gankit import models
        from gankit.backend import keras
        from gankit.collapse.relativistic import RelativisticGAN
        from gankit.gan import GAN

        engine, options = GAN, {}
        if self.gamma is not None:
            engine, options = RelativisticGAN, {"gamma": self.gamma}
        shape = tuple(image_shape or self.image_shape)
        given = {"num_classes": num_classes or self.num_classes} if self.conditional else {}
        if self.filters is not None:
            given["filters"] = self.filters
        usual = keras.config.dtype_policy()
        keras.utils.set_random_seed(seed)
        keras.config.set_dtype_policy(resolve_precision(precision))
        try:
            gan = engine(
                getattr(models, self.generator)(self.latent_dim, shape, **given),
                getattr(models, self.discriminator)(shape, **given),
                generator_steps=self.generator_steps,
                separate_batches=self.separate_batches,
                fresh_noise=self.fresh_noise,
                clusters=self.clusters,
                wrong_labels=self.wrong_labels,
                diff_augment=self.diff_augment,
                seed=seed,
                **options,
            )
        finally:
            keras.config.set_dtype_policy(usual)
        for layer in gan.discriminator.layers:
            if self.dropout is not None and isinstance(layer, keras.layers.Dropout):
                layer.rate = self.dropout
        if self.principal_components:
            drawn, _ = models.pixel_layers(gan.generator, gan.discriminator)
            drawn.trainable = False
            if images is not None:
                models.start_at_components(gan.generator, gan.discriminator, images)
        steps = steps or self.at_scale().steps
        g_optimizer = self.g_optimizer.build(steps * self.generator_steps)
        gan.compile(d_optimizer=self.d_optimizer.build(steps), g_optimizer=g_optimizer)
        return gan

    def check_labels(self, image_set):
        """Refuses images without labels where the recipe is conditional."""
        if self.conditional and image_set.labels is None:
            about, received = f"{self.name} is conditional", f"{image_set}, without"
            mend = "Put them into a subfolder per class, or take a recipe without labels"
            raise InputError(about, "images with labels", received, mend)

    def augmentation(self):
        """Returns a new `gankit.augmentation` of the real images, or None where there is none."""
        from gankit.data import augmentation

        return augmentation(**dict(self.augment)) if self.augment else None


def resolve_precision(precision):
    """Returns the Keras dtype policy that one of `PRECISIONS` means on this machine.

    "auto" is what the device computes fast: on a GPU bfloat16 from compute capability 8.0 on,
    float16 from 7.0 on (a T4 has 7.5), float32 below; on a CPU bfloat16 where it has instructions
    for it.
    """
    check_choice("precision", precision, PRECISIONS)
    if precision != "auto":
        return precision
    from gankit.backend import tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        capability = details.get("compute_capability", (0, 0))
        if capability >= (8, 0):
            return "mixed_bfloat16"
        return "mixed_float16" if capability >= (7, 0) else "float32"
    cpu = Path("/proc/cpuinfo")  # on Linux alone
    native = cpu.exists() and "avx512_bf16" in cpu.read_text()
    return "mixed_bfloat16" if native else "float32"
