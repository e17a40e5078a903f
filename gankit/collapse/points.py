"""Mode collapse as an experiment on points in the plane: what causes it, and what cures it.

A cause changes one thing about a plain GAN. A cure changes one thing about the GAN that collapses
with momentum. Everything else stays the same. The last cure combines two of the others.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from gankit.backend import keras
from gankit.collapse.mixtures import SAMPLES, ModeScore
from gankit.collapse.relativistic import RelativisticGAN
from gankit.collapse.unrolled import UnrolledGAN
from gankit.collapse.wgan_gp import WGANGP
from gankit.data.dataset import batches_of
from gankit.errors import InputError, check_integer
from gankit.gan import GAN
from gankit.models.layers import MinibatchDeviation, Packing
from gankit.models.points import points_discriminator, points_generator
from gankit.sampling import generate
from gankit.training import train

BATCH_SIZE = 128
LEARNING_RATE = 1e-3
POINTS = 100_000  # of training data, as PacGAN's
AT_ONCE = 500  # steps that one call of the compiled step takes


@dataclass(frozen=True)
class Experiment:
    """What is changed about a GAN of points.

    Attributes:
        title: what is changed, for people: from the plain GAN, or for a cure from the one with
            momentum.
        discriminator: the function that builds it.
        options: of `gankit.GAN`.
        loss: name of the adversarial loss.
        learning_rate: of both models at the start; it falls to 0 along half a cosine.
        beta_1: Adam's momentum, of both models.
        beta_2: how long Adam remembers the size of gradients, of both models.
        conditional: whether both models take the mode's number as a label.
        engine: the class of the GAN.
    """

    title: str
    discriminator: Callable = points_discriminator
    options: dict = field(default_factory=dict)
    loss: str = "non_saturating"
    learning_rate: float = LEARNING_RATE
    beta_1: float = 0.0
    beta_2: float = 0.999
    conditional: bool = False
    engine: type = GAN

    def build(self, mixture, steps, seed=0):
        """Returns a compiled GAN of a mixture's points, which is to be trained for `steps`."""
        keras.utils.set_random_seed(seed)
        classes = {"num_classes": len(mixture)} if self.conditional else {}
        generator, discriminator = points_generator(**classes), self.discriminator(**classes)
        gan = self.engine(generator, discriminator, seed=seed, **self.options)
        falling = keras.optimizers.schedules.CosineDecay(self.learning_rate, steps)
        betas = {"beta_1": self.beta_1, "beta_2": self.beta_2}
        optimizers = [keras.optimizers.Adam(falling, **betas) for _ in range(2)]
        # models this small take longer to call than to compute: XLA pays, also on a CPU
        gan.compile(*optimizers, loss=self.loss, jit_compile=True, steps_per_execution=AT_ONCE)
        return gan


def _spectral_dense(*arguments, **options):
    return keras.layers.SpectralNormalization(keras.layers.Dense(*arguments, **options))


PLAIN = Experiment("a plain GAN, nothing changed")

CAUSES = {
    "momentum": Experiment("Adam with a beta_1 of 0.7 in place of 0", beta_1=0.7),
    "small discriminator": Experiment(
        "a discriminator of 8 units a layer in place of 128", partial(points_discriminator, 8)
    ),
    "starved discriminator": Experiment(
        "one step of the discriminator for 10 of the generator", options={"generator_steps": 10}
    ),
    "high learning rates": Experiment("both learning rates ten times higher", learning_rate=1e-2),
    "saturating loss": Experiment("the minimax game's own loss", loss="saturating"),
}

_collapsed = partial(replace, CAUSES["momentum"])

CURES = {
    "packing": _collapsed(
        title="the discriminator judges pairs",
        discriminator=lambda: points_discriminator(before=[Packing(2)]),
    ),
    "minibatch deviation": _collapsed(
        title="the discriminator sees how far a batch is spread",
        discriminator=lambda: points_discriminator(after=[MinibatchDeviation()]),
        options={"separate_batches": True},
    ),
    "unrolling": _collapsed(title="the generator looks 5 steps ahead", engine=UnrolledGAN),
    "label smoothing": _collapsed(
        title="the target for real points is 0.9", options={"label_smoothing": 0.1}
    ),
    "spectral normalisation": _collapsed(
        title="no layer of the discriminator may stretch",
        discriminator=partial(points_discriminator, dense=_spectral_dense),
    ),
    "WGAN-GP": _collapsed(
        title="a critic, held to a steepness of 1",
        discriminator=partial(points_discriminator, last=None),
        options={"gradient_penalty": 0.1},  # its authors' for such points; for images 10
        loss="wasserstein",
        engine=WGANGP,
    ),
    "conditioning": _collapsed(title="both models take the mode as a label", conditional=True),
    "relativistic": _collapsed(
        title="the discriminator compares real with fake, and is flat at both",
        options={"gamma": 0.3},  # of 0.05 to 1; with less or more, more runs lose modes of the grid
        engine=RelativisticGAN,
    ),
    "short memory": _collapsed(title="Adam with a beta_2 of 0.9 in place of 0.999", beta_2=0.9),
}

# as the relativistic GAN's authors begin
CURES["relativistic + short memory"] = replace(
    CURES["relativistic"], title="relativistic, and beta_2 is 0.9", beta_2=0.9
)

EXPERIMENTS = {"plain": PLAIN, **CAUSES, **CURES}


@dataclass(frozen=True)
class Snapshot:
    """A GAN of points after some steps.

    Attributes:
        step: how many.
        points: generated ones, float32 of shape `(2500, 2)`; always from the same noise.
        score: their `gankit.collapse.mixtures.ModeScore`.
        landscape: what `landscape` returns for 80 x 80 points, as far as the mixture extends.
        losses: dict from each logged value's name to its mean over the steps since the last
            snapshot.
        seconds: what the steps since the last snapshot took; for the first, with compiling.
    """

    step: int
    points: np.ndarray
    score: ModeScore
    landscape: np.ndarray | None
    losses: dict
    seconds: float


def train_points(gan, mixture, steps, every=500, seed=0):
    """Trains a GAN on a mixture's points; yields a `Snapshot` after each `every` steps.

    An epoch of `gankit.train` is the steps from one snapshot to the next.

    Args:
        gan: as `Experiment.build` returns it.
        mixture: `gankit.collapse.Mixture`.
        steps: how many in all, a multiple of `every`.
        every: steps from one snapshot to the next.
        seed: for the data, and the order in which they come.
    """
    check_integer("every", every)
    check_integer("steps", steps, every)
    if steps % every:
        raise InputError.argument("steps", steps, f"a multiple of `every`, {every}")
    dataset = batches_of(mixture.labelled_sample(POINTS, seed), BATCH_SIZE, seed, every)
    labels = np.resize(np.arange(len(mixture)), SAMPLES) if gan.conditional else None
    for epoch in range(steps // every):
        start = time.perf_counter()
        history = train(gan, dataset, epoch + 1, initial_epoch=epoch, verbose=False)
        seconds = time.perf_counter() - start
        points = generate(gan.generator, SAMPLES, labels)
        yield Snapshot(
            (epoch + 1) * every,
            points,
            mixture.score(points),
            landscape(gan.discriminator, mixture.extent),
            {name: values[-1] for name, values in history.items()},
            seconds,
        )


def landscape(discriminator, extent, side=80):
    """Returns what a discriminator of points answers at a lattice of points in the plane.

    Args:
        extent: half the side of the square around the origin.
        side: points of the lattice along each axis.

    Returns:
        Float32 array of shape `(side, side)`, rows from the lowest y. None if the answer is
        not about a single point, but about a pack, a batch or a point with a label.
    """
    of_many = any(isinstance(x, (Packing, MinibatchDeviation)) for x in discriminator.layers)
    if of_many or len(discriminator.inputs) == 2:
        return None
    axis = np.linspace(-extent, extent, side, dtype=np.float32)
    lattice = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return np.asarray(discriminator(lattice, training=False)).reshape(side, side)
