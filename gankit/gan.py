"""The two-phase training step, and the one model that runs it."""

import contextlib

import numpy as np

from gankit.backend import keras, tf
from gankit.errors import InputError
from gankit.losses import LOSSES
from gankit.sampling import check_labels, num_classes, sample_images

ops = keras.ops

LOG_NAMES = (
    "d_loss",
    "d_loss_real",
    "d_loss_fake",
    "g_loss",
    "d_accuracy_real",
    "d_accuracy_fake",
)


class GAN(keras.Model):
    """A generator and a discriminator, trained against each other in two phases per batch.

    `train_step` is the whole idea. `gan.train_on_batch(batch)` runs it once, `gankit.train` is
    the loop over that, and `gan.fit(dataset, epochs=...)` is the same step under Keras' own loop.

    A batch is a float tensor of images in [-1, 1], shape `(batch, height, width, channels)`, or
    the pair `(images, labels)` with integer labels of shape `(batch,)`. The labels are used where
    the models are conditional (two inputs each: noise and labels, images and labels) and ignored
    where they are not. In both phases fake images are asked for with the labels of the real ones.

    What is logged, per batch and, as the mean over its batches, per epoch:
    `d_loss_real` and `d_loss_fake`, the discriminator's loss on the real and on the fake images;
    `d_loss`, their mean (some write-ups report their sum, which is twice that); `g_loss`;
    `d_accuracy_real` and `d_accuracy_fake`, the share of each that the discriminator gets right.
    With several generator steps `g_loss` is that of the last one.

    Args:
        generator: noise `(batch, latent_dim)`, or `[noise, labels]`, to images in [-1, 1].
        discriminator: images, or `[images, labels]`, to the probability `(batch, 1)` of "real".
        generator_steps: generator steps after each discriminator step.
        separate_batches: whether real and fake images pass the discriminator in two batches
            (source D, the PyTorch tutorial) and not as one batch of both (source B). With batch
            normalisation in the discriminator the two differ. Either way the discriminator makes
            one update, on the mean of both losses.
        label_smoothing: one-sided: the target for real images is 1 - label_smoothing, that for
            fake ones stays 0. Salimans et al., 2016.
        gradient_penalty: weight of `(steepness - 1)^2`, the discriminator's steepness at random
            points between real and fake images, beside the sum of its two losses. It does not count
            into `d_loss`. WGAN-GP has 10, with the "wasserstein" loss: Gulrajani et al., 2017.
        seed: for the noise.

    Raises: InputError: if the two models do not fit each other, or a value is out of range.
    """

    def __init__(
        self,
        generator,
        discriminator,
        *,
        generator_steps=1,
        separate_batches=False,
        label_smoothing=0.0,
        gradient_penalty=0.0,
        seed=0,
    ):
        super().__init__(name="gan")
        _check_pair(generator, discriminator)
        if not isinstance(generator_steps, int) or generator_steps < 1:
            raise InputError(
                "Invalid value received for argument `generator_steps`. Expected a positive "
                f"integer. Received: generator_steps={generator_steps!r}"
            )
        if not 0 <= label_smoothing < 0.5:
            raise InputError(
                "Invalid value received for argument `label_smoothing`. Expected a number from 0 "
                f"up to 0.5, 0.5 excluded. Received: label_smoothing={label_smoothing!r}"
            )
        if gradient_penalty < 0:
            raise InputError(
                "Invalid value received for argument `gradient_penalty`. Expected 0 or a positive "
                f"number. Received: gradient_penalty={gradient_penalty!r}"
            )
        self.generator = generator
        self.discriminator = discriminator
        self.generator_steps = generator_steps
        self.separate_batches = separate_batches
        self.label_smoothing = label_smoothing
        self.gradient_penalty = gradient_penalty
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.epoch_means = [keras.metrics.Mean(name=name) for name in LOG_NAMES]
        self.built = True  # both models are; nothing is left for Keras to build

    @property
    def latent_dim(self):
        """Length of the noise vector."""
        return self.generator.inputs[0].shape[-1]

    @property
    def conditional(self):
        """Whether the models take labels as well."""
        return len(self.generator.inputs) == 2

    @property
    def num_classes(self):
        """Number of classes that the generator knows; None if it is not conditional."""
        return num_classes(self.generator)

    @property
    def image_shape(self):
        """`(height, width, channels)` of the generated images."""
        return tuple(self.generator.outputs[0].shape[1:])

    @property
    def state(self):
        """Variables that decide how training goes on: weights, optimizers, random states."""
        models = self.generator.variables + self.discriminator.variables
        optimizers = self.d_optimizer.variables + self.g_optimizer.variables
        return [*models, self.noise_seed.state, *optimizers]

    @property
    def metrics(self):
        """The means over the epoch so far, one for each logged value."""
        return self.epoch_means

    def compile(self, d_optimizer, g_optimizer, loss="non_saturating", **kwargs):
        """Sets the optimizers and the loss.

        Args:
            d_optimizer: Keras optimizer of the discriminator.
            g_optimizer: another one, of the generator: an optimizer keeps state per weight.
            loss: a name in `gankit.losses.LOSSES`, or an `AdversarialLoss`.
            **kwargs: `jit_compile`, `run_eagerly`, `steps_per_execution` of `keras.Model.compile`.
        """
        if d_optimizer is g_optimizer:
            raise InputError(
                "Invalid value received for argument `g_optimizer`. Expected an optimizer of its "
                "own. Received: the discriminator's. Make two, e.g. with Adam(...) written twice."
            )
        if isinstance(loss, str) and loss not in LOSSES:
            raise InputError(
                f"Invalid value received for argument `loss`. Expected one of {sorted(LOSSES)}. "
                f"Received: loss={loss!r}"
            )
        super().compile(optimizer=None, **kwargs)
        self.adversarial_loss = LOSSES.get(loss, loss) if isinstance(loss, str) else loss
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        d_optimizer.build(self.discriminator.trainable_variables)
        g_optimizer.build(self.generator.trainable_variables)

    def train_step(self, data):
        """Runs the two phases once.

        The model that is not learning is `frozen` while it takes part: none of its weights
        change, batch normalisation's moving statistics included, yet it computes as it does in
        training, with dropout on and batch statistics. That is not what Keras' flag does:
        `discriminator.trainable = False` leaves dropout on too, but switches batch normalisation
        to its moving statistics, so a discriminator that has it (source D's) would judge fake
        images by other standards in phase 2 than in phase 1. Without batch normalisation both
        kinds of freezing compute the same.
        """
        real_images, labels = self._unpack(data)

        # phase 1: the discriminator learns real = 1, fake = 0
        logs = self.discriminator_step(real_images, labels)

        # phase 2: the generator learns to make the frozen discriminator answer 1
        for _ in range(self.generator_steps):
            logs["g_loss"] = self.generator_step(ops.shape(real_images)[0], labels)

        for mean in self.epoch_means:
            mean.update_state(logs[mean.name])
        return logs

    def discriminator_step(self, real_images, labels=None):
        """Phase 1, once: fake images from the frozen generator, one step of the discriminator."""
        inputs = self._conditioned(self.draw_noise(ops.shape(real_images)[0]), labels)
        with frozen(self.generator):
            fake_images = self.generator(inputs, training=True)
        with tf.GradientTape() as tape:
            real, fake = self._judge(real_images, fake_images, labels)
            d_loss = (real["loss"] + fake["loss"]) / 2
            objective = d_loss
            if self.gradient_penalty:
                steepness = self._steepness(real_images, fake_images, labels)
                objective += self.gradient_penalty / 2 * ops.mean((steepness - 1) ** 2)
        self._learn(self.discriminator, self.d_optimizer, objective, tape)
        return {
            "d_loss": d_loss,
            "d_loss_real": real["loss"],
            "d_loss_fake": fake["loss"],
            "d_accuracy_real": real["accuracy"],
            "d_accuracy_fake": fake["accuracy"],
        }

    def generator_step(self, count, labels=None):
        """Phase 2, once: `count` fakes past the frozen discriminator, one step of the generator."""
        inputs = self._conditioned(self.draw_noise(count), labels)
        with tf.GradientTape() as tape:
            fake_images = self.generator(inputs, training=True)
            with frozen(self.discriminator):
                scores = self._scores(fake_images, labels)
            g_loss = ops.mean(self.adversarial_loss.generator(scores))
        self._learn(self.generator, self.g_optimizer, g_loss, tape)
        return g_loss

    def _unpack(self, data):
        """Images and labels (or None) of a batch. Runs once, when TensorFlow traces the step."""
        images, labels = (*data, None)[:2] if isinstance(data, tuple | list) else (data, None)
        images = ops.cast(images, "float32")
        if tuple(images.shape[1:]) != self.image_shape:
            raise InputError(
                f"The images do not fit the models. Expected batches of shape (batch, "
                f"{', '.join(map(str, self.image_shape))}). Received: {tuple(images.shape)}. Build "
                "the models for these images, e.g. recipe.build(image_shape=...)"
            )
        if self.conditional and labels is None:
            raise InputError(
                "A conditional GAN learns from labelled images. Expected batches (images, labels). "
                "Received: images alone"
            )
        return images, labels if self.conditional else None

    def _judge(self, real_images, fake_images, labels):
        """The discriminator's mean loss and accuracy on the real and on the fake images."""
        targets = (1.0 - self.label_smoothing, 0.0)
        if self.separate_batches:
            judged = self._pass(real_images, labels, targets[:1])
            judged += self._pass(fake_images, labels, targets[1:])
        else:
            both_labels = None if labels is None else ops.concatenate([labels, labels])
            judged = self._pass(ops.concatenate([real_images, fake_images]), both_labels, targets)
        verdicts = []
        for (scores, losses), target in zip(judged, targets, strict=True):
            right = ops.equal(scores > self.adversarial_loss.undecided, target > 0.5)
            accuracy = ops.mean(ops.cast(right, "float32"))
            verdicts.append({"loss": ops.mean(losses), "accuracy": accuracy})
        return verdicts

    def _pass(self, images, labels, targets):
        """Scores and losses of as many equal batches as there are targets, judged as one."""
        answers = self._scores(images, labels)
        scores = ops.split(answers, len(targets))
        wanted = [ops.full_like(*each) for each in zip(scores, targets, strict=True)]
        # Before the split: of a sigmoid's own answers Keras finds the logits, and so a gradient
        # even where they are 0 or 1. Of a part of them it finds none, and a discriminator that is
        # sure and wrong would stay so for ever.
        losses = self.adversarial_loss.discriminator(ops.concatenate(wanted), answers)
        return list(zip(scores, ops.split(losses, len(targets)), strict=True))

    def _scores(self, images, labels):
        """The discriminator's answers in training."""
        return self.discriminator(self._conditioned(images, labels), training=True)

    def _steepness(self, real_images, fake_images, labels):
        """How steep the discriminator is at random points between real and fake images."""
        count = ops.shape(real_images)[0]
        ones = (1,) * (len(real_images.shape) - 1)
        share = keras.random.uniform((count, *ones), seed=self.noise_seed)
        between = fake_images + share * (real_images - fake_images)
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = self._scores(between, labels)
        slopes = ops.reshape(tape.gradient(scores, between), (count, -1))
        return ops.sqrt(ops.sum(slopes**2, axis=1) + 1e-12)

    def _learn(self, model, optimizer, loss, tape):
        """One step of `model` down the gradient of `loss`."""
        # Keras adds up the gradients of a strategy's replicas, so each one gives its share
        share = ops.ones_like(loss) / self.distribute_strategy.num_replicas_in_sync
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights, output_gradients=share), weights)

    def _conditioned(self, first, labels):
        """What a model takes: `first`, or `[first, labels]` where it is conditional."""
        if not self.conditional:
            return first
        return [ops.convert_to_tensor(first), ops.convert_to_tensor(labels)]

    def draw_noise(self, count):
        """Draws the next noise, a float32 tensor of shape `(count, latent_dim)` from N(0, 1)."""
        return keras.random.normal((count, self.latent_dim), seed=self.noise_seed)

    def train_on_batch(self, batch):
        """Runs both phases once on a batch.

        Args:
            batch: images, or `(images, labels)`; see the class.

        Returns: dict of floats, this batch's own values of everything that is logged.

        Raises: InputError: if the images do not fit the models, or labels are missing or unknown.
        """
        if self.conditional and isinstance(batch, tuple | list):
            check_labels(np.asarray(batch[1]), self.num_classes)
        self._assert_compile_called("train_on_batch")
        self.make_train_function()
        logs = self.train_function(iter([batch]))
        return {name: float(value) for name, value in logs.items()}

    def sample(self, count, labels=None, seed=0):
        """Generates images.

        Args:
            count: how many.
            labels: for a conditional GAN, `count` integers, the class of each image.
            seed: the same seed gives the same noise; the first images do not depend on `count`.

        Returns: uint8 array of shape `(count, height, width, channels)`.

        Raises: InputError: if labels are missing, superfluous, not `count`, or of no known class.
        """
        return sample_images(self.generator, count, labels, seed)


@contextlib.contextmanager
def frozen(model):
    """Within it, `model` computes as it does in training, but none of its weights change.

    Dropout's random state does move on, or the next phase would drop the same units again.
    Keras' StatelessScope holds updates back; it is the tool its JAX backend trains with.
    """
    with keras.StatelessScope() as held_back:
        yield
    weights = {id(weight) for weight in model.weights}
    for variable in model.variables:
        moved = held_back.get_current_value(variable)
        if id(variable) not in weights and moved is not None:
            variable.assign(moved)


def _check_pair(generator, discriminator):
    generated, judged = generator.outputs[0].shape[1:], discriminator.inputs[0].shape[1:]
    if generated != judged:
        raise InputError(
            "The two models do not fit. Expected a discriminator for the generator's images of "
            f"shape {generated}. Received: one for images of shape {judged}"
        )
    if len(generator.inputs) != len(discriminator.inputs):
        raise InputError(
            "The two models do not fit. Expected both to take labels, or neither. Received: a "
            f"generator with {len(generator.inputs)} inputs and a discriminator with "
            f"{len(discriminator.inputs)}"
        )
