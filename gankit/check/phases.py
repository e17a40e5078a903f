"""Checks of the two phases: right model, right batch, right targets?

A check passes small models of its own to the student's function. It looks at what arrives at their
`train_on_batch`, and at which weights move.
"""

import warnings

import numpy as np

from gankit.backend import keras
from gankit.check.verdict import Wrong, answer, check

layers = keras.layers
LATENT_DIM, IMAGE_SHAPE, COUNT = 100, (28, 28, 1), 32


class _Watched:
    """A small pair of models, and a record of the batches that each was trained on."""

    def __init__(self):
        keras.utils.set_random_seed(0)
        self.generator = keras.Sequential(
            [
                keras.Input((LATENT_DIM,)),
                layers.Dense(8, activation="relu"),
                layers.Dense(784, activation="tanh"),
                layers.Reshape(IMAGE_SHAPE),
            ],
            name="generator",
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input(IMAGE_SHAPE),
                layers.Flatten(),
                layers.Dense(8, activation="leaky_relu"),
                layers.Dense(1, activation="sigmoid"),
            ],
            name="discriminator",
        )
        self.stacked = keras.Sequential([self.generator, self.discriminator])
        self.batches = {"discriminator": [], "stacked": []}
        for name, model in (("discriminator", self.discriminator), ("stacked", self.stacked)):
            model.compile(keras.optimizers.SGD(0.05), loss="binary_crossentropy")
            model.train_on_batch = self._recorder(name, model.train_on_batch)

    def _recorder(self, name, train_on_batch):
        def recorded(x, y=None, *args, **options):
            self.batches[name].append((np.asarray(x), np.asarray(y)))
            return train_on_batch(x, y, *args, **options)

        return recorded

    def run(self, mine, *args):
        """Calls the student's function; returns its answer, and how far each model moved."""
        for batches in self.batches.values():
            batches.clear()
        before = {model: model.get_weights() for model in (self.generator, self.discriminator)}
        with warnings.catch_warnings():  # Keras', where a model has nothing to learn
            warnings.simplefilter("ignore")
            value = answer(mine, *args)
        return value, *(_farthest(model, before[model]) for model in before)


def _farthest(model, before):
    """The weight that moved farthest: how far, and its name."""
    moves = [np.abs(w.numpy() - b).max() for w, b in zip(model.weights, before, strict=True)]
    return max(moves), model.weights[int(np.argmax(moves))].path


@check
def phase_1(mine):
    """Checks phase 1: `mine(generator, discriminator, real_images)` returns the loss.

    By `discriminator.train_on_batch`, the discriminator learns from the real images (target 1) and
    as many new fakes (target 0); the generator does not move.
    """
    watched = _Watched()
    watched.discriminator.trainable = False  # as phase 2 leaves it
    real = np.random.default_rng(0).uniform(-1, 1, (COUNT, *IMAGE_SHAPE)).astype(np.float32)
    fakes = []
    for _ in range(2):
        arguments = watched.generator, watched.discriminator, real
        loss, generator, discriminator = watched.run(mine, *arguments)
        if watched.batches["stacked"] or not watched.batches["discriminator"]:
            raise Wrong("phase 1 should train by discriminator.train_on_batch alone")
        x = np.concatenate([x for x, _ in watched.batches["discriminator"]])
        y = np.concatenate([np.ravel(y) for _, y in watched.batches["discriminator"]])
        if len(x) != len(y):
            raise Wrong(f"{len(x)} images have {len(y)} targets; each needs one")
        is_real = (x[:, None] == real).reshape(len(x), COUNT, -1).all(axis=2).any(axis=1)
        if is_real.sum() != COUNT or (~is_real).sum() != COUNT:
            received = f"{is_real.sum()} and {(~is_real).sum()}"
            raise Wrong(f"of {COUNT} real and {COUNT} fake images {received} arrived")
        if np.any(y[is_real] <= 0.5) or np.any(y[~is_real] >= 0.5):
            raise Wrong("the targets do not say which images are real (1) and which are fake (0)")
        _check_moved("phase 1", "generator", generator, moves=False)
        _check_moved("phase 1", "discriminator", discriminator, moves=True)
        _check_loss(loss)
        fakes.append(x[~is_real])
    if np.allclose(*fakes, atol=1e-3):
        raise Wrong("both calls made the same fakes; draw new noise in each")
    return "the discriminator learned real from fake, and the generator did not move"


@check
def phase_2(mine):
    """Checks phase 2: `mine(discriminator, stacked, count)` returns the loss.

    The stacked model sends noise of 100 numbers through the generator into the discriminator. By
    `stacked.train_on_batch` it learns from `count` new noise vectors with the target 1; the
    discriminator is frozen.
    """
    watched = _Watched()
    noises = []
    for _ in range(2):
        loss, generator, discriminator = watched.run(
            mine, watched.discriminator, watched.stacked, COUNT
        )
        if watched.batches["discriminator"] or not watched.batches["stacked"]:
            raise Wrong("phase 2 should train by stacked.train_on_batch alone")
        (noise, targets), *more = watched.batches["stacked"]
        if more:
            raise Wrong(f"the generator took {1 + len(more)} steps; one is asked for")
        _check_noise(noise)
        if targets.size != COUNT:
            raise Wrong(f"{COUNT} fakes have {targets.size} targets; each needs one")
        if np.any(targets <= 0.5):
            raise Wrong(
                "the generator is told to make the discriminator answer 'fake'; think about what "
                "it wants to hear"
            )
        _check_moved("phase 2", "discriminator", discriminator, moves=False)
        _check_moved("phase 2", "generator", generator, moves=True)
        _check_loss(loss)
        noises.append(noise)
    if np.array_equal(*noises):
        raise Wrong("both calls used the same noise; draw it anew in each")
    before = _believed(watched, noises[0])
    for _ in range(20):
        mine(watched.discriminator, watched.stacked, COUNT)
    if _believed(watched, noises[0]) <= before:
        raise Wrong(
            "after twenty more steps the discriminator believes the fakes no more than before"
        )
    return "the generator learned to look real, and the discriminator did not move"


def by_hand(draw):
    """Returns a phase 2 with which a lesson can go on; `draw(count)` makes its noise."""

    def learn_to_fool(discriminator, stacked, count):
        discriminator.trainable = False
        return stacked.train_on_batch(draw(count), np.ones((count, 1)))

    return learn_to_fool


def _believed(watched, noise):
    return float(np.mean(watched.discriminator(watched.generator(noise))))


def _check_noise(noise):
    if noise.shape != (COUNT, LATENT_DIM):
        raise Wrong(
            f"the stacked model got an array of shape {noise.shape}; it takes noise, and here "
            f"that is {(COUNT, LATENT_DIM)}"
        )
    if abs(noise.mean()) > 0.15 or abs(noise.std() - 1) > 0.15:
        raise Wrong(
            f"the noise has the mean {noise.mean():.2f} and the standard deviation "
            f"{noise.std():.2f}; draw it from the normal distribution N(0, 1)"
        )


def _check_moved(phase, name, farthest, moves):
    distance, weight = farthest
    if moves and not distance:
        raise Wrong(f"{phase} moved no weight of the {name}, which should learn in it")
    if distance and not moves:
        mend = "freeze it before the generator learns" if name == "discriminator" else ""
        mend = mend or "only the discriminator should learn in it"
        raise Wrong(f"{phase} moved the {name}: `{weight}` changed by {distance:.2g}; {mend}")


def _check_loss(loss):
    if np.size(loss) != 1 or not np.isfinite(np.asarray(loss, np.float64)).all():
        raise Wrong(f"the function returns {loss!r}, and not the loss")
