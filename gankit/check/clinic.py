"""The failure clinic: one healthy training of digits, and nine with a mistake.

A case is the healthy training with one thing changed. The logarithm of 0 needs a discriminator that
learns fast besides, which does no harm by itself. The saturating loss, famous for failing, does not
fail here. Lesson 07 shows the cases by letters; `gankit.check.diagnosis` knows which is which.
"""

import inspect
import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from gankit.backend import keras, tf
from gankit.data.dataset import batches_of
from gankit.data.images import scale_pixels, unscale_pixels
from gankit.gan import GAN, LOG_NAMES
from gankit.losses import AdversarialLoss
from gankit.models.dcgan import leaky_generator
from gankit.models.layers import BatchNormalization

layers, ops = keras.layers, keras.ops
BATCH_SIZE = 64


def clinic_discriminator():
    """Returns a small discriminator of digits with batch normalisation, images to logits."""
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 4, strides=2, padding="same", activation="leaky_relu"),  # (14, 14, 16)
        layers.Conv2D(32, 4, strides=2, padding="same"),                           # (7, 7, 32)
        BatchNormalization(),                                                      # (7, 7, 32)
        layers.LeakyReLU(0.2),                                                     # (7, 7, 32)
        layers.Flatten(),                                                          # (1568,)
        layers.Dense(1),                                                           # (1,)
    ], name="discriminator")  # fmt: skip


def adam(rate):
    return keras.optimizers.Adam(rate, beta_1=0.5)


@dataclass(frozen=True)
class Case:
    """A training, and what may be changed about it.

    Attributes:
        d_rate, g_rate: Adam's learning rates of the discriminator and of the generator.
        loss: as in `GAN.compile`.
        scale: what turns uint8 images into what the discriminator sees.
        separate_batches: whether real and fake images pass the discriminator in two batches.
        engine: the class of the GAN.
    """

    d_rate: float = 1e-3
    g_rate: float = 1e-3
    loss: str | AdversarialLoss = "non_saturating"
    scale: Callable = scale_pixels
    separate_batches: bool = True
    engine: type = GAN

    def build(self, seed=0):
        """Returns a compiled GAN of digits."""
        keras.utils.set_random_seed(seed)
        models = leaky_generator(filters=32), clinic_discriminator()
        gan = self.engine(*models, separate_batches=self.separate_batches, seed=seed)
        optimizers = adam(self.d_rate), adam(self.g_rate)
        gan.compile(*optimizers, self.loss, run_eagerly=hasattr(gan, "by_hand"))
        return gan

    def changes(self):
        """Returns what differs from the healthy training, as the code that says so."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            written = getattr(value, "__name__", repr(value))
            code = [value] if callable(value) else []
            if isinstance(value, AdversarialLoss):
                written, code = "AdversarialLoss(d_loss, g_loss)", vars(value).values()
            yield "\n\n".join([f"{field.name} = {written}", *map(inspect.getsource, code)])


class Stacked(GAN):
    """The published idiom, by hand: the flag is set once, before training."""

    by_hand = True

    def compile(self, d_optimizer, g_optimizer, loss, **options):
        super().compile(d_optimizer, g_optimizer, loss, **options)
        bce = keras.losses.BinaryCrossentropy(from_logits=True)
        right = keras.metrics.BinaryAccuracy(threshold=0.0)
        self.discriminator.compile(d_optimizer, bce, metrics=[right])
        self.discriminator.trainable = False  # in the stacked model
        self.stacked = keras.Sequential([self.generator, self.discriminator])
        self.stacked.compile(g_optimizer, bce)

    def train_step(self, images):
        noise = keras.random.normal((2, len(images), self.latent_dim), seed=self.noise_seed)
        fakes, ones = self.generator(noise[0], training=True), np.ones((len(images), 1))
        d_loss_real, right_real = train_on(self.discriminator, images, ones)
        d_loss_fake, right_fake = train_on(self.discriminator, fakes, 0 * ones)
        g_loss = train_on(self.stacked, noise[1], ones)
        d_loss = (d_loss_real + d_loss_fake) / 2
        values = d_loss, d_loss_real, d_loss_fake, right_real, right_fake, g_loss
        return dict(zip(LOG_NAMES, values, strict=True))


def train_on(model, inputs, targets):
    model.reset_metrics()  # before Keras 3.15 the answer would be a mean over all calls so far
    return model.train_on_batch(inputs, targets)


class Flagged(GAN):
    """Freezes the discriminator in phase 2 by Keras' flag."""

    def fool(self, real_images, fake_images, labels=None):
        self.discriminator.trainable = False
        g_loss = super().fool(real_images, fake_images, labels)
        self.discriminator.trainable = True
        return g_loss


class OneLoss(GAN):
    """Adds both losses up, for one optimizer of both models."""

    def compile(self, d_optimizer, g_optimizer, loss, **options):
        super().compile(d_optimizer, g_optimizer, loss, **options)
        self.both = self.generator.trainable_variables + self.discriminator.trainable_variables
        self.one = adam(float(g_optimizer.learning_rate))
        self.one.build(self.both)

    def train_step(self, images):
        with tf.GradientTape() as tape:
            fakes = self.draw(ops.shape(images)[0])
            logs = self.judge(images, fakes)
            logs["g_loss"] = self.fool(images, fakes)
            loss = logs["d_loss"] + logs["g_loss"]
        self.one.apply(tape.gradient(loss, self.both), self.both)
        return logs


def as_they_are(images):
    return tf.cast(images, tf.float32)


def d_loss(targets, logits):
    probabilities = ops.sigmoid(logits)
    return -targets * ops.log(probabilities) - (1 - targets) * ops.log(1 - probabilities)


def g_loss(logits):
    return -ops.log(ops.sigmoid(logits))


HEALTHY = Case()
QUICK = replace(HEALTHY, d_rate=1e-2)  # a discriminator ten times as quick does no harm

ILL = {
    "never learns": replace(HEALTHY, engine=Stacked),
    "flag": replace(HEALTHY, engine=Flagged),
    "saturating": replace(HEALTHY, loss="saturating"),
    "too strong": replace(HEALTHY, g_rate=2e-5),
    "too weak": replace(HEALTHY, d_rate=2e-5),
    "one loss": replace(HEALTHY, engine=OneLoss),
    "pixels": replace(HEALTHY, scale=as_they_are),
    "log of 0": replace(QUICK, loss=AdversarialLoss(d_loss, g_loss)),
    "one batch": replace(HEALTHY, separate_batches=False),
}
LETTERS = {  # D and G are the two models
    "A": "pixels",
    "B": "too weak",
    "C": "flag",
    "E": "never learns",
    "F": "saturating",
    "H": "too strong",
    "I": "log of 0",
    "J": "one loss",
    "X": "one batch",
}


def case(letter):
    """Returns a case by its letter in `LETTERS`."""
    return ILL[LETTERS[letter]]


def healthy(letter):
    """Returns the healthy training that a case was made of."""
    return QUICK if LETTERS[letter] == "log of 0" else HEALTHY


@dataclass(frozen=True)
class Run:
    """What a training leaves behind.

    Attributes:
        generator, discriminator: as they are after it.
        before, after: the weights that both learn, as they were before and after it; a list of
            arrays of each model.
        history: dict, each logged name to an array of a value per step.
        real_images: the last batch of real images, as the discriminator got them.
    """

    generator: keras.Model
    discriminator: keras.Model
    before: tuple
    after: tuple
    history: dict
    real_images: np.ndarray

    def fakes(self, count=64, seed=0):
        """Returns images as the discriminator gets them, drawn as in training, all in one batch."""
        noise = np.random.default_rng(seed).standard_normal((count, 100), dtype=np.float32)
        return np.asarray(self.generator(noise, training=False))

    def sheet(self, count=64, seed=0):
        """Returns the same as uint8 images; a pixel that is not finite is grey."""
        return unscale_pixels(np.nan_to_num(self.fakes(count, seed)))


def train(case, image_set, steps, seed=0):
    """Trains a case by a plain loop, which refuses nothing; returns a `Run`."""
    gan = case.build(seed)
    before = learned(gan)

    def prepare(images, batch_seed):
        return (case.scale(images),)

    count = min(BATCH_SIZE, len(image_set.images))
    batches = batches_of((image_set.images,), count, seed, steps, prepare)
    step = gan.train_step
    if not gan.run_eagerly:
        step = tf.function(step, autograph=False)
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' own, which would tell what ails one of them
        for images in itertools.islice(batches.batches(), steps):
            logs = step(images)
            rows.append([logs[name] for name in LOG_NAMES])
    history = dict(zip(LOG_NAMES, np.array(rows, np.float32).T, strict=True))
    models = gan.generator, gan.discriminator
    return Run(*models, before, learned(gan), history, np.asarray(images))


def learned(gan):
    """Returns the weights of both models that gradients move, whatever the flag says."""
    return tuple(
        [weight.numpy() for weight in model.weights if "moving" not in weight.path]
        for model in (gan.generator, gan.discriminator)
    )


# the instruments of the lesson


def moved(before, after):
    """Returns the largest absolute change of any number, in two lists of arrays."""
    return max(float(np.abs(a - b).max()) for a, b in zip(after, before, strict=True))


def not_finite(arrays):
    """Returns the share of all numbers in a list of arrays that are NaN or infinite."""
    return float(np.mean(~np.isfinite(np.concatenate([array.ravel() for array in arrays]))))


def mean_answer(discriminator, images, training):
    """Returns the mean probability of "real" that a discriminator gives to images."""
    return float(ops.mean(ops.sigmoid(discriminator(images, training=training))))
