"""What each change to the training of source B's DCGAN brings: gankit/results/tuned.csv.

    python results/tuned.py [--images FOLDER] [--count 180000] [--seeds 1]

From `dcgan_selu` to `dcgan_selu_tuned` the layers stay; loss, optimizers, dropout and noise change.
Every change is made alone, and left out alone. All trainings see equally many real images, of the
20,000 that source B has. What the table holds is not trained again.
"""

import argparse
import sys
import time
from dataclasses import replace

import numpy as np
import table

from gankit import RECIPES, load_images, make_dataset, train
from gankit.metrics import RealImages, evaluate, features
from gankit.recipes.recipe import resolve_precision
from gankit.results import FOLDER

CSV = FOLDER / "tuned.csv"
KEY = ("training", "images", "seed")
SAMPLES = 10_000
SOURCE, TUNED = RECIPES["dcgan_selu"], RECIPES["dcgan_selu_tuned"]
CHANGES = {  # what each one takes over from the tuned recipe
    "pairs and penalties": ("gamma",),
    "Adam, falling": ("d_optimizer", "g_optimizer"),
    "no dropout": ("dropout",),
    "clusters": ("clusters",),
}


def trainings():
    """Returns every training, a recipe by name."""

    def changed(recipe, other, fields):
        return replace(recipe, **{name: getattr(other, name) for name in fields})

    averaged = (*SOURCE.g_optimizer.options, ("use_ema", True), ("ema_momentum", 0.999))
    return {
        "as reported": SOURCE,
        **{f"{name} alone": changed(SOURCE, TUNED, each) for name, each in CHANGES.items()},
        "averaged weights alone": replace(
            SOURCE, g_optimizer=replace(SOURCE.g_optimizer, options=averaged)
        ),
        "tuned": TUNED,
        **{
            f"tuned, without {name}": changed(TUNED, SOURCE, each) for name, each in CHANGES.items()
        },
    }


def run(name, digits, held_out, count, seed):
    """Trains and judges once; returns a row of the table."""
    recipe, precision = trainings()[name], resolve_precision("auto")
    batch_size = recipe.full.batch_size
    steps = count // batch_size
    gan = recipe.build(seed, precision=precision, steps=steps)
    dataset = make_dataset(digits, batch_size, seed=seed, steps_per_epoch=steps)
    start = time.perf_counter()
    train(gan, dataset, 1, verbose=False)
    seconds = time.perf_counter() - start
    gan.g_optimizer.finalize_variable_values(gan.generator.trainable_variables)  # the mean, if any
    real = RealImages(digits, held_out)
    report = evaluate(gan.sample(SAMPLES), real, features.mnist_classifier())
    metrics = {key: value["samples"] for key, value in report["metrics"].items()}
    shares = np.array(report["classes"]["samples"]) / SAMPLES
    return {
        **dict(zip(KEY, (name, count, seed), strict=True)),
        "dtype": precision,
        "steps": steps,
        "batch_size": batch_size,
        "seconds": round(seconds),
        "samples": SAMPLES,
        **{key: round(metrics[key], 4) for key in ("frechet_distance", "precision", "coverage")},
        "rarest_digit": round(shares.min(), 4),
        "commonest_digit": round(shares.max(), 4),
        **table.circumstances(),
    }


def main():
    """Runs what is missing, one training after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="mnist", help="MNIST's files, if not in their place")
    parser.add_argument("--count", type=int, default=180_000, help="real images to be seen")
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    digits = load_images(arguments.images, limit=SOURCE.full.limit)
    held_out = load_images(arguments.images, split="test")
    there = table.keys(CSV, KEY)
    for seed in range(arguments.seeds):
        for name in trainings():
            if (name, arguments.count, seed) not in there:
                row = run(name, digits, held_out, arguments.count, seed)
                table.append(CSV, row)
                print(*row.values(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
