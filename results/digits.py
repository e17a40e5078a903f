"""Which digits a recipe's generator draws, as its training goes on: digits.csv, digits_RECIPE.png.

    python results/digits.py dcgan_selu --epochs 100 --precision mixed_bfloat16 [--images FOLDER]
    python results/digits.py dcgan_leaky --epochs 20 --every 1

Of 2,000 samples every few epochs, the kit's classifier reads each; the picture shows 64 at five of
the epochs. The training is a run of `gankit train` at full scale, in runs/; killed, it goes on from
there, and what the table holds is not made again.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import table

from gankit import cli, plots
from gankit.metrics import features
from gankit.metrics.modes import class_histogram, kl_divergence, modes_covered
from gankit.recipes import get_recipe
from gankit.recipes.recipe import PRECISIONS
from gankit.results import FOLDER
from gankit.runs import Run

CSV = FOLDER / "digits.csv"
KEY = ("recipe", "images", "seed", "epoch")
SAMPLES = 2_000
DRAWN = SAMPLES // 100  # a digit counts as drawn from 1 % of the samples on


def row_of(run):
    """Returns a row of the table about the generator that a run has by now."""
    gan, epoch = run.load_gan()
    classes = run.config["num_classes"]
    labels = None if classes is None else np.resize(np.arange(classes), SAMPLES)
    images = gan.sample(SAMPLES, labels, seed=1)
    histogram = class_histogram(features.mnist_classifier()(images)[1].argmax(axis=1), 10)
    with (run.folder / "history.csv").open(newline="") as file:
        means = list(csv.DictReader(file))[epoch - 1]
    config = run.config
    return {
        "recipe": config["recipe"],
        "images": config["limit"],
        "seed": config["seed"],
        "epoch": epoch,
        "batch_size": config["batch_size"],
        "precision": config["precision"],
        "modes": modes_covered(histogram, DRAWN),
        "kl": round(kl_divergence(histogram, np.ones(10)), 4),
        **{f"read_as_{digit}": count for digit, count in enumerate(histogram)},
        **{name: round(float(means[name]), 4) for name in ("d_loss", "g_loss")},
        **table.circumstances(),
    }


def main():
    """Trains, and counts every few epochs, from where an earlier call stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", help="an unconditional or conditional recipe of digits")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--every", type=int, default=5, help="epochs from one count to the next")
    parser.add_argument("--limit", type=int, help="images to train on; the recipe's otherwise")
    parser.add_argument("--images", help="where they are, if not in the usual places")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    arguments = parser.parse_args()

    limit = arguments.limit or get_recipe(arguments.recipe).full.limit
    folder = Path("runs") / "results" / f"{arguments.recipe}_{limit}_{arguments.seed}"
    there = table.keys(CSV, KEY)
    options = ["--scale", "full", "--out", folder, "--resume"]
    options += ["--seed", arguments.seed, "--limit", limit, "--precision", arguments.precision]
    if arguments.images:
        options += ["--images", arguments.images]
    epochs = range(arguments.every, arguments.epochs + 1, arguments.every)
    run = arguments.recipe, limit, arguments.seed
    missing = [epoch for epoch in epochs if (*run, epoch) not in there]
    for epoch in missing:
        command = ["train", arguments.recipe, "--epochs", epoch, *options]
        if failed := cli.main(list(map(str, command))):
            return failed
        row = row_of(Run(folder))
        table.append(CSV, row)
        print(*row.values(), flush=True)
    if missing:
        sheets = plots.plot_sheets(folder / "samples", 5, f"{arguments.recipe}, the same noise")
        sheets.savefig(CSV.with_name(f"digits_{arguments.recipe}.png"), dpi=72)
    return 0


if __name__ == "__main__":
    sys.exit(main())
