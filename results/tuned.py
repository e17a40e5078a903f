"""What each change to a reported training brings: gankit/results/tuned.csv.

    python results/tuned.py [--digits FOLDER] [--flowers FOLDER] [--seeds 1]

From a recipe of `STUDIES` to its tuned form the layers stay; loss, optimizers, noise and the like
change. Every change is made alone, and left out alone. All trainings of a study see equally many
real images. Digits are judged by the kit's classifier, photographs by their pixels. What the table
holds is not trained again.
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
DIGITS = ("label_accuracy", "rarest_digit", "commonest_digit")  # where digits are read
JUDGED = ("frechet_distance", "precision", "coverage", *DIGITS)


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
        "dense_flowers",
        60_000,
        {
            "principal components": ("principal_components",),
            "pairs and penalties": ("gamma",),
            "Adam, falling": OPTIMIZERS,
        },
    ),
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


def run(study, training, real, seed):
    """Trains on the training images of a `RealImages`, and judges; returns a row of the table."""
    recipe, precision = study.trainings[training], resolve_precision("auto")
    images, batch_size = real.training, recipe.full.batch_size
    steps = study.images // batch_size
    start = time.perf_counter()
    shape = images.image_shape
    gan = recipe.build(seed, shape, precision, steps=steps, images=images.images)
    dataset = make_dataset(images, batch_size, recipe.augmentation(), seed, steps_per_epoch=steps)
    train(gan, dataset, 1, verbose=False)
    seconds = time.perf_counter() - start
    gan.g_optimizer.finalize_variable_values(gan.generator.trainable_variables)  # the mean, if any
    labels = np.resize(np.arange(gan.num_classes), SAMPLES) if gan.conditional else None
    extractor = features.make_extractor("auto", images)
    report = evaluate(gan.sample(SAMPLES, labels), real, extractor, labels)
    metrics = {key: value["samples"] for key, value in report["metrics"].items()}
    if "classes" in report:
        shares = np.array(report["classes"]["samples"]) / report["count"]
        metrics.update(rarest_digit=shares.min(), commonest_digit=shares.max())
    return {
        **dict(zip(KEY, (study.name, training, study.images, seed), strict=True)),
        "dtype": precision,
        "steps": steps,
        "batch_size": batch_size,
        "seconds": round(seconds),
        "samples": report["count"],
        **{name: round(metrics[name], 4) if name in metrics else None for name in JUDGED},
        **table.circumstances(),
    }


def main():
    """Runs what is missing, one training after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", default="mnist", help="MNIST's files, if not in their place")
    parser.add_argument("--flowers", default="oxford_flowers102", help="a folder of photographs")
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    there = table.keys(CSV, KEY)
    for study in STUDIES:
        recipe, missing = RECIPES[study.name], []
        for seed in range(arguments.seeds):
            missing += [
                (training, seed)
                for training in study.trainings
                if (study.name, training, study.images, seed) not in there
            ]
        if missing:
            of_digits = recipe.images == "mnist"
            name = arguments.digits if of_digits else arguments.flowers
            images = load_images(name, limit=recipe.full.limit)
            real = RealImages(images, load_images(name, split="test") if of_digits else None)
        for training, seed in missing:
            row = run(study, training, real, seed)
            table.append(CSV, row)
            print(*row.values(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
