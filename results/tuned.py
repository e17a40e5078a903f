"""What each change to a reported training brings: gankit/results/tuned.csv.

    python results/tuned.py [--images FOLDER] [--seeds 1]

From a recipe of `STUDIES` to its tuned form the layers stay; loss, optimizers, noise and the like
change. Every change is made alone, and left out alone. All trainings of a study see equally many
real images. What the table holds is not trained again.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import table

from gankit import RECIPES, load_images, make_dataset, train
from gankit.metrics import RealImages, evaluate, features
from gankit.recipes.recipe import resolve_precision
from gankit.results import FOLDER

CSV = FOLDER / "tuned.csv"
KEY = ("recipe", "training", "images", "seed")
SAMPLES = 10_000


@dataclass(frozen=True)
class Study:
    """The way from a recipe to its tuned form.

    Attributes:
        name: of the recipe.
        images: real images that each training sees, counted as often as they are seen.
        changes: a name for each change, and which fields of the tuned recipe it takes over.
    """

    name: str
    images: int
    changes: dict[str, tuple[str, ...]]

    @property
    def trainings(self):
        """Every training, a recipe by name."""
        source, tuned = RECIPES[self.name], RECIPES[f"{self.name}_tuned"]

        def changed(recipe, other, fields):
            return replace(recipe, **{name: getattr(other, name) for name in fields})

        averaged = (*source.g_optimizer.options, ("use_ema", True), ("ema_momentum", 0.999))
        averaging = replace(source.g_optimizer, options=averaged)
        return {
            "as reported": source,
            **{
                f"{name} alone": changed(source, tuned, fields)
                for name, fields in self.changes.items()
            },
            "averaged weights alone": replace(source, g_optimizer=averaging),
            "tuned": tuned,
            **{
                f"tuned, without {name}": changed(tuned, source, fields)
                for name, fields in self.changes.items()
            },
        }


OPTIMIZERS = ("d_optimizer", "g_optimizer")
STUDIES = (
    Study(
        "dcgan_selu",
        180_000,
        {
            "pairs and penalties": ("gamma",),
            "Adam, falling": OPTIMIZERS,
            "no dropout": ("dropout",),
            "clusters": ("clusters",),
        },
    ),
    Study(
        "cgan_dense",
        320_000,
        {
            "wrong labels": ("wrong_labels",),
            "Adam 0.0005, falling": OPTIMIZERS,
            "no augmentation": ("augment",),
        },
    ),
)


def run(study, training, digits, held_out, seed):
    """Trains and judges once; returns a row of the table."""
    recipe, precision = study.trainings[training], resolve_precision("auto")
    batch_size = recipe.full.batch_size
    steps = study.images // batch_size
    gan = recipe.build(seed, precision=precision, steps=steps)
    dataset = make_dataset(digits, batch_size, recipe.augmentation(), seed, steps_per_epoch=steps)
    start = time.perf_counter()
    train(gan, dataset, 1, verbose=False)
    seconds = time.perf_counter() - start
    gan.g_optimizer.finalize_variable_values(gan.generator.trainable_variables)  # the mean, if any
    labels = np.resize(np.arange(gan.num_classes), SAMPLES) if gan.conditional else None
    samples, real = gan.sample(SAMPLES, labels), RealImages(digits, held_out)
    report = evaluate(samples, real, features.mnist_classifier(), labels)
    metrics = {key: value["samples"] for key, value in report["metrics"].items()}
    shares = np.array(report["classes"]["samples"]) / SAMPLES
    return {
        **dict(zip(KEY, (study.name, training, study.images, seed), strict=True)),
        "dtype": precision,
        "steps": steps,
        "batch_size": batch_size,
        "seconds": round(seconds),
        "samples": SAMPLES,
        **{key: round(metrics[key], 4) for key in ("frechet_distance", "precision", "coverage")},
        "label_accuracy": round(metrics["label_accuracy"], 4) if gan.conditional else None,
        "rarest_digit": round(shares.min(), 4),
        "commonest_digit": round(shares.max(), 4),
        **table.circumstances(),
    }


def main():
    """Runs what is missing, one training after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="mnist", help="MNIST's files, if not in their place")
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    held_out = load_images(arguments.images, split="test")
    there = table.keys(CSV, KEY)
    for study in STUDIES:
        digits = load_images(arguments.images, limit=RECIPES[study.name].full.limit)
        for seed in range(arguments.seeds):
            for training in study.trainings:
                if (study.name, training, study.images, seed) not in there:
                    row = run(study, training, digits, held_out, seed)
                    table.append(CSV, row)
                    print(*row.values(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
