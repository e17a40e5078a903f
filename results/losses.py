"""Which settings give the losses that source B reports: gankit/results/losses.csv.

    python results/losses.py [--images FOLDER] [--epochs 20]

Source B states both models and the two phases, but neither optimizer nor dropout rate. After 20
epochs it reports 1.41 for D and 0.53 for G. Each training here is the recipe `dcgan_selu` at full
scale, with one likely setting in place of our own (RMSprop 0.001, dropout 0.2); a row is an epoch.
What is there is not run again.
"""

import argparse
import sys
import time
from dataclasses import replace

import table

from gankit import RECIPES, load_images, make_dataset, train
from gankit.backend import with_state
from gankit.gan import GAN
from gankit.recipes.recipe import Optimizer, adam, resolve_precision
from gankit.results import FOLDER

CSV = FOLDER / "losses.csv"
KEY = ("setting", "images", "seed", "epoch")
RECIPE = RECIPES["dcgan_selu"]


class NotFrozen(GAN):
    """A GAN whose discriminator learns in phase 2 as well: that all fakes are real.

    That is a stacked model which was compiled without freezing the discriminator.
    """

    def compile(self, d_optimizer, g_optimizer, **options):
        """Adds the optimizer by which the discriminator learns in phase 2."""
        super().compile(d_optimizer, g_optimizer, **options)
        another = type(d_optimizer).from_config(d_optimizer.get_config())
        self.stacked_optimizer = with_state(another, self.discriminator)

    def update(self, model, optimizer, loss, tape):
        """Takes a step; one of the generator takes the discriminator along."""
        if model is self.discriminator:
            super().update(model, optimizer, loss, tape)
            return
        both = model.trainable_variables, self.discriminator.trainable_variables
        gradients = tape.gradient(loss, both)
        for each, slopes, weights in zip(
            (optimizer, self.stacked_optimizer), gradients, both, strict=True
        ):
            each.apply(slopes, weights)


def both(optimizer):
    """Returns the recipe with one kind of optimizer for both models."""
    return replace(RECIPE, d_optimizer=optimizer, g_optimizer=optimizer)


SETTINGS = {  # the recipe, and the engine that trains it
    "dropout 0.4": (replace(RECIPE, dropout=0.4), GAN),
    "Adam 0.001": (both(Optimizer("Adam", 1e-3)), GAN),
    "Adam 0.0002, beta_1 0.5": (both(adam(2e-4)), GAN),
    "discriminator not frozen": (RECIPE, NotFrozen),
    "TensorFlow's tutorial: Adam 0.0001, dropout 0.3, batch 256": (
        replace(
            both(Optimizer("Adam", 1e-4)), dropout=0.3, full=replace(RECIPE.full, batch_size=256)
        ),
        GAN,
    ),
}


def rows(setting, images, epochs, seed=0, precision="auto"):
    """Trains once; yields a row of the table for every epoch."""
    recipe, engine = SETTINGS[setting]
    precision = resolve_precision(precision)
    built = recipe.build(seed, precision=precision)
    gan = engine(built.generator, built.discriminator, seed=seed)
    gan.compile(recipe.d_optimizer.build(), recipe.g_optimizer.build())
    dataset = make_dataset(images, recipe.full.batch_size, seed=seed)
    for epoch in range(epochs):
        start = time.perf_counter()
        history = train(gan, dataset, epoch + 1, initial_epoch=epoch, verbose=False)
        means = {name: values[-1] for name, values in history.items()}
        yield {
            **dict(zip(KEY, (setting, len(images), seed, epoch + 1), strict=True)),
            "precision": precision,
            "d_loss_sum": round(means["d_loss_real"] + means["d_loss_fake"], 4),
            "d_loss": round(means["d_loss"], 4),
            "g_loss": round(means["g_loss"], 4),
            "seconds": round(time.perf_counter() - start, 1),
            **table.circumstances(),
        }


def main():
    """Runs what is missing, one training after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", help="where MNIST is, if not in the usual places")
    parser.add_argument("--epochs", type=int, default=RECIPE.full.epochs)
    arguments = parser.parse_args()
    images = load_images(arguments.images or "mnist", limit=RECIPE.full.limit)
    for setting in SETTINGS:
        there = table.keys(CSV, KEY)
        if (setting, len(images), 0, arguments.epochs) in there:
            continue
        for row in rows(setting, images, arguments.epochs):
            if tuple(row[name] for name in KEY) not in there:
                table.append(CSV, row)
            print(*row.values(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
