"""The two-phase training step, and the one model that runs it."""

import contextlib

from gankit.backend import EpochMeans, NoiseSeed, frozen, keras, tf, with_state
from gankit.data.dataset import check_arrays, check_batches, tensors, unpack, wrong_labels
from gankit.diff_augment import CHANCES, diff_augment
from gankit.errors import InputError, check_integer
from gankit.losses import get_loss
from gankit.models.pair import check_pair, ends_in_sigmoid, num_classes
from gankit.sampling import sample_images

ops = keras.ops

LOG_NAMES = ("d_loss", "d_loss_real", "d_loss_fake", "d_accuracy_real", "d_accuracy_fake", "g_loss")


class GAN(keras.Model):
    """A generator and a discriminator, trained against each other in two phases per batch.

    `train_step` is the whole idea. `gan.train_on_batch(batch)` runs it once, `gankit.train` is
    the loop over it, and `gan.fit(dataset, epochs=...)` is the same step under Keras' own loop.
    What does not fit, models, values or batches, is refused with an `InputError`.

    A batch is a float tensor of images in [-1, 1], shape `(batch, height, width, channels)`, or
    the pair `(images, labels)` with integer labels of shape `(batch,)`, which are ignored where the
    models take none. In both phases fake images are drawn with the labels of the real ones.

    What is logged, per batch and, as the mean over its batches, per epoch:
    `d_loss_real` and `d_loss_fake`, the discriminator's loss on the real and on the fake images;
    `d_loss`, their mean (some write-ups report their sum, which is twice that); `g_loss`, with
    several generator steps that of the last one; `d_accuracy_real` and `d_accuracy_fake`, the share
    of each that the discriminator gets right. The models' own losses, weight decay for example, are
    minimised too and not logged.

    Args:
        generator: noise `(batch, latent_dim)`, or `[noise, labels]`, to images in [-1, 1].
        discriminator: images, or `[images, labels]`, to `(batch, 1)`: the probability of "real"
            (where it ends in a sigmoid) or its logit (in a linear layer). Both compute the same,
            because the losses work on the logits either way.
        generator_steps: generator steps after each discriminator step.
        separate_batches: whether real and fake images pass the discriminator in two batches
            (source D, the PyTorch tutorial) and not as one of both (source B). A discriminator
            with batch normalisation needs two: in one batch an image is judged by its company, and
            training fails (lesson 07). Either way it makes one update, on the mean of both losses.
        fresh_noise: whether phase 2 draws new fake images. In source D's tutorial the generator,
            which makes one step, learns from those that the discriminator has just learned from.
        label_smoothing: from 0 up to 0.5, one-sided: the target for real images is
            1 - label_smoothing, that for fake ones stays 0. Salimans et al., 2016.
        clusters: what the noise is drawn from. With 0, from N(0, 1). With k, its last k numbers say
            which of k clusters it is from: one of them is the square root of k, the others are 0. A
            generator is continuous, so it cannot draw kinds of images from one clump of noise
            without drawing what lies between them. Mukherjee et al., ClusterGAN, 2019.
        wrong_labels: of a conditional GAN, weight of one more loss of the discriminator: that real
            images under wrong labels are fake. It is not part of `d_loss`. Reed et al., 2016.
        seed: for the noise.
    """

    def __init__(
        self,
        generator,
        discriminator,
        *,
        generator_steps=1,
        separate_batches=False,
        fresh_noise=True,
        label_smoothing=0.0,
        clusters=0,
        wrong_labels=0.0,
        diff_augment=False,
        seed=0,
    ):
        super().__init__(name="gan")
        check_pair(generator, discriminator)
        check_integer("generator_steps", generator_steps)
        if generator_steps > 1 and not fresh_noise:
            expected = f"True, with {generator_steps} generator steps"
            raise InputError.argument("fresh_noise", fresh_noise, expected)
        if not 0 <= label_smoothing < 0.5:
            expected = "a number from 0 up to 0.5, 0.5 excluded"
            raise InputError.argument("label_smoothing", label_smoothing, expected)
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = generator.inputs[0].shape[-1]
        check_integer("clusters", clusters, 0, self.latent_dim)
        self.clusters = clusters
        self.image_shape = tuple(generator.outputs[0].shape[1:])
        self.conditional = len(generator.inputs) == 2
        self.num_classes = num_classes(generator)
        if not wrong_labels >= 0 or (wrong_labels and (self.num_classes or 0) < 2):
            expected = "0, or above it for models with labels of two classes or more"
            raise InputError.argument("wrong_labels", wrong_labels, expected)
        self.wrong_labels = wrong_labels
        if diff_augment and len(self.image_shape) != 3:
            expected = f"False: outputs of shape {self.image_shape} are no images"
            raise InputError.argument("diff_augment", diff_augment, expected)
        self.diff_augment = diff_augment
        self.generator_steps, self.label_smoothing = generator_steps, label_smoothing
        self.separate_batches, self.fresh_noise = separate_batches, fresh_noise
        self.noise_seed = NoiseSeed(seed)
        self.epoch_means = EpochMeans(LOG_NAMES)
        self.built = True  # both models are; nothing is left for Keras to build

    def compile(self, d_optimizer, g_optimizer, loss="non_saturating", **kwargs):
        """Sets the optimizers and the loss.

        Args:
            d_optimizer: Keras optimizer of the discriminator.
            g_optimizer: another one, of the generator, because an optimizer keeps state per weight.
                Where a model computes in float16, its optimizer is wrapped in Keras'
                `LossScaleOptimizer`, or gradients would vanish.
            loss: a name in `gankit.losses.LOSSES`, or an `AdversarialLoss`.
            **kwargs: as in `keras.Model.compile`. `jit_compile`, whether XLA compiles the step, is
                decided here alone: "auto", the default, means yes on a GPU and no on a CPU.
                `steps_per_execution`: batches that one call of the compiled step trains on.
        """
        if d_optimizer is g_optimizer:
            name, mend = g_optimizer.name, "Make two, e.g. with Adam(...) written twice"
            raise InputError.argument("g_optimizer", name, "an optimizer of its own", mend)
        self.adversarial_loss = get_loss(loss)
        self.gives_probabilities = ends_in_sigmoid(self.discriminator)
        super().compile(optimizer=None, **kwargs)
        self.d_optimizer = with_state(d_optimizer, self.discriminator)
        self.g_optimizer = with_state(g_optimizer, self.generator)
        self.programs = {}  # the compiled step, for `gankit.train`

    def train_step(self, data):
        """Runs the two phases once; returns what is logged, a dict of scalar tensors.

        The model that is not learning is `frozen` while it takes part: none of its weights
        change, batch normalisation's moving statistics included, yet it computes as it does in
        training, with dropout on and batch statistics. That is not what Keras' flag does:
        `discriminator.trainable = False` leaves dropout on too, but switches batch normalisation
        to its moving statistics, so a discriminator that has it (source D's) would judge fake
        images by other standards in phase 2 than in phase 1. Without batch normalisation both
        kinds of freezing compute the same.
        """
        real_images, labels = tensors(data, self.image_shape, self.conditional)
        count = ops.shape(real_images)[0]

        # phase 1: the discriminator learns real = 1, fake = 0
        apart = frozen(self.generator) if self.fresh_noise else contextlib.nullcontext()
        with tf.GradientTape() as g_tape, apart:
            fake_images = self.draw(count, labels)
        with tf.GradientTape() as d_tape:
            logs = self.judge(real_images, fake_images, labels)
            d_objective = logs["d_loss"] + self.penalty(real_images, fake_images, labels)
        self.update(self.discriminator, self.d_optimizer, d_objective, d_tape)

        # phase 2: the generator learns to make the frozen discriminator answer 1
        for _ in range(self.generator_steps):
            if self.fresh_noise:
                with tf.GradientTape() as g_tape:
                    fake_images = self.draw(count, labels)
            with g_tape:
                with frozen(self.discriminator):
                    logs["g_loss"] = self.fool(real_images, fake_images, labels)
                g_objective = logs["g_loss"] + sum(self.generator.losses)
            self.update(self.generator, self.g_optimizer, g_objective, g_tape)

        self.epoch_means.update_state(logs)
        return logs

    def draw(self, count, labels=None):
        """Draws the next noise, and from it `count` fake images, as in training."""
        shape = count, self.latent_dim - self.clusters
        noise = keras.random.normal(shape, seed=self.noise_seed)
        if k := self.clusters:
            which = keras.random.randint((count,), 0, k, seed=self.noise_seed)
            noise = ops.concatenate([noise, k**0.5 * ops.one_hot(which, k)], axis=1)
        return self.generator(self._inputs(noise, labels), training=True)

    def judge(self, real_images, fake_images, labels=None):
        """Returns the discriminator's losses and accuracies on real and on fake images."""
        real, fake = self.both_logits(real_images, fake_images, labels)
        d_loss = self.adversarial_loss.discriminator
        on_real = ops.mean(d_loss(ops.full_like(real, 1.0 - self.label_smoothing), real))
        on_fake = ops.mean(d_loss(ops.zeros_like(fake), fake))
        return {
            "d_loss": (on_real + on_fake) / 2,
            "d_loss_real": on_real,
            "d_loss_fake": on_fake,
            "d_accuracy_real": ops.mean(ops.cast(real > 0, "float32")),
            "d_accuracy_fake": ops.mean(ops.cast(fake <= 0, "float32")),
        }

    def penalty(self, real_images, fake_images, labels=None):
        """Returns what the discriminator minimises beside `d_loss`: on wrong labels, its own."""
        penalty = 0.0
        if self.wrong_labels:
            wrong = self.logits(real_images, wrong_labels(labels, self.num_classes))
            losses = self.adversarial_loss.discriminator(ops.zeros_like(wrong), wrong)
            penalty = self.wrong_labels * ops.mean(losses)
        return penalty + sum(self.discriminator.losses)

    def fool(self, real_images, fake_images, labels=None):
        """Returns the generator's loss: small where the discriminator takes fakes for real."""
        return ops.mean(self.adversarial_loss.generator(self.logits(fake_images, labels)))

    def both_logits(self, real_images, fake_images, labels=None):
        """Returns the logits of real and of fake images, which pass in one batch or in two."""
        if self.separate_batches:
            return tuple(self.logits(each, labels) for each in (real_images, fake_images))
        twice = None if labels is None else ops.concatenate([labels, labels])
        both = ops.concatenate([real_images, fake_images])
        return ops.split(self.logits(both, twice), 2)

    def logits(self, images, labels=None):
        """Returns the discriminator's answers in training as logits: above 0 is "real"."""
        if self.diff_augment:
            count = ops.shape(images)[0]
            chances = keras.random.uniform((count, CHANCES), seed=self.noise_seed)
            images = diff_augment(images, chances)
        answers = self.discriminator(self._inputs(images, labels), training=True)
        # Keras keeps a sigmoid's logits with its output, for cross-entropies like ours: computed
        # from a probability of 0 or 1, a loss would have no gradient
        logits = answers._keras_logits if self.gives_probabilities else answers
        return ops.cast(logits, "float32")

    def update(self, model, optimizer, loss, tape):
        """Takes one step of `model` down the gradient of `loss`."""
        # Keras adds up the gradients of a strategy's replicas, so each one gives its share
        replicas = self.distribute_strategy.num_replicas_in_sync
        share = optimizer.scale_loss(ops.ones_like(loss)) / replicas
        weights = model.trainable_variables
        gradients = tape.gradient(loss, weights, output_gradients=share)
        # no weight is written before all of the loss has read it. TensorFlow sees to that, but then
        # its graph optimizer cuts parts of a penalty's gradient that are 0, and the order with them
        with tf.control_dependencies([loss]):
            optimizer.apply(gradients, weights)

    def _inputs(self, first, labels):
        return [first, labels] if self.conditional else first

    def train_on_batch(self, batch):
        """Runs both phases once on a batch; returns its own values of what is logged, as floats."""
        images, labels = unpack(batch)
        check_arrays(images, labels, self.image_shape, self.num_classes)
        logs = super().train_on_batch(images, labels, return_dict=True)
        return {name: float(value) for name, value in logs.items()}  # Keras 3.11 has arrays

    def fit(self, x=None, y=None, initial_epoch=0, **options):
        """Trains as `keras.Model.fit` does, after a look at pixels and labels.

        A dataset of `make_dataset` goes on from epoch to epoch as it does in `gankit.train`.
        """
        if isinstance(x, tf.data.Dataset):
            check_batches(x, self.image_shape, self.num_classes)
            options.setdefault("shuffle", False)
            if hasattr(x, "batches"):
                options.setdefault("steps_per_epoch", len(x))
                x = x.batches(initial_epoch * options["steps_per_epoch"])
        elif x is not None:
            check_arrays(x, y, self.image_shape, self.num_classes)
        return super().fit(x, y, initial_epoch=initial_epoch, **options)

    def sample(self, count, labels=None, seed=0):
        """Returns uint8 images, `(count, height, width, channels)`; see `gankit.sampling`."""
        return sample_images(self.generator, count, labels, seed, self.clusters)

    @property
    def state(self):
        """Variables that decide how training goes on: weights, optimizers, random states."""
        models = self.generator.variables + self.discriminator.variables
        optimizers = self.d_optimizer.variables + self.g_optimizer.variables
        return [*models, self.noise_seed.state, *optimizers]

    @property
    def metrics(self):
        """The means over the epoch so far, for Keras' own loop."""
        return [self.epoch_means]
