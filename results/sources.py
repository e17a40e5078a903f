"""The sources' experiments at full scale, to the end: results/<recipe>/seed_<n>/.

    python results/sources.py [--digits FOLDER] [--flowers FOLDER] [--recipes NAME ...] [--seeds 3]

A FOLDER holds MNIST's original files, or the photographs of Oxford's 102 flowers; without it the
images are loaded by name. Each run is what `gankit train` and `gankit evaluate` do, and kept whole
in runs/full/; what is small enough to be committed is copied here: metrics, history, curves,
sheets, and in run.json the command, the minutes, versions and device. What is done is not done
again, and a training that was stopped goes on. Runs of over 20 minutes are made with one seed.
"""

import argparse
import json
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import packing

from gankit.recipes import RECIPES
from gankit.report import read_results
from gankit.results import FOLDER
from gankit.runs import Run, write_json, write_table

HERE = Path(__file__).parent
RUNS = HERE.parent / "runs"
LONG = 20  # minutes; a longer run is made once
SHEETS = 5  # kept of each run: the first, the last, and between them at equal distances
LARGE, FRAMES = 5_000_000, 8  # an animation of more bytes keeps so many of its grids
PARTS = 100  # of a training; of each the mean loss is kept, and how far it strays


BESIDE = {  # runs that are no recipe's own: recipe, images, and the options that are others
    # source C's second experiment, with photographs that can be had
    "cdcgan_pooling_on_flowers": ("cdcgan_pooling", "oxford_flowers102", {"--size": "64"}),
    # a verdict hangs on whether its label accuracy is above or below 90 %
    "cgan_dense_float32": ("cgan_dense", "mnist", {"--precision": "float32"}),
}


def run(name, seed, images, scale="full", count=10_000):
    """Trains and judges one run as far as that is not done; returns its minutes of training."""
    recipe, _, others = BESIDE.get(name, (name, None, {}))
    kept, folder = HERE / name / f"seed_{seed}", RUNS / scale / f"{name}-{seed}"
    if not (kept / "run.json").exists():
        options = {"--scale": scale, "--precision": "auto", "--seed": str(seed), **others}
        command = ["train", recipe, *chain(*options.items())]
        call(*command, "--images", images, "--out", str(folder), "--resume")
        call("evaluate", str(folder), "--count", str(count))
        shown = "FOLDER" if Path(images).exists() else images
        keep(folder, kept, " ".join(["gankit", *command, "--images", shown]))
    return read(kept / "run.json")["minutes"]


def call(*arguments):
    """Runs the gankit command in a process of its own; ends this one where that fails."""
    if code := subprocess.run([sys.executable, "-m", "gankit", *arguments]).returncode:
        sys.exit(code)


def keep(folder, kept, command):
    """Copies what is small from a run's folder, without the paths of this machine."""
    trained = Run(folder)
    kept.mkdir(parents=True, exist_ok=True)
    for name in ("history.csv", "losses.png"):
        shutil.copy(folder / name, kept)
    sheets = sorted((folder / "samples").glob("epoch_*.png"))
    if trained.config["seed"] == 0:
        if (folder / "samples.gif").stat().st_size < LARGE:
            shutil.copy(folder / "samples.gif", kept)
        else:
            frames = [imageio.imread(path) for path in spread(sheets, FRAMES)]
            imageio.imwrite(kept / "samples.gif", frames, duration=500, loop=0)
    for path in spread(sheets, SHEETS):
        shutil.copy(path, kept)
    write_table(kept / "curves.csv", curves(trained.record.batches))
    metrics = read(folder / "metrics.json")
    write_json(kept / "metrics.json", {**metrics, "run": kept.name})
    minutes = round(sum(trained.record.epochs["seconds"]) / 60, 1)
    config = {key: value for key, value in trained.config.items() if key != "images"}
    run = {"command": command, "minutes": minutes, **config}
    if kept.parent.name in RECIPES and config["seed"] == 0:
        pack(trained, run, metrics)
    write_json(kept / "run.json", run)  # last: with it, all of this is done


def read(path):
    """Reads a json file."""
    return json.loads(path.read_text())


def pack(trained, run, metrics):
    """Keeps the generator of a run in the package, with a card."""
    packing.keep(trained, card(run, metrics, len(trained.record.batches["d_loss"])))


def spread(items, count):
    """Returns the first item, the last, and as many between them as make `count`, evenly."""
    return [items[round(index * (len(items) - 1) / (count - 1))] for index in range(count)]


def card(run, metrics, steps):
    """Returns what the card of a trained generator takes over from its run and its judgement."""
    return {
        "recipe": run["recipe"],
        "command": run["command"],
        "data": run["image_source"],
        "image_shape": run["image_shape"],
        "steps": steps,
        "images": steps * run["batch_size"],
        "minutes": run["minutes"],
        "precision": run["precision"],
        **run["trained"][-1],
        "extractor": metrics["extractor"],
        "count": metrics["count"],
        "seed": metrics["seed"],
        "metrics": {name: value["samples"] for name, value in metrics["metrics"].items()},
    }


def curves(batches):
    """Returns a table of both losses: the mean of each part of the training, and its deviation."""
    table = {}
    for name in ("d_loss", "g_loss"):
        parts = np.array_split(np.asarray(batches[name]), PARTS)
        table["iteration"] = np.cumsum([len(part) for part in parts])
        table[name] = [round(float(part.mean()), 4) for part in parts]
        table[f"{name}_deviation"] = [round(float(part.std()), 4) for part in parts]
    return table


def summarise():
    """Writes gankit/results/sources.csv, which lessons read: a row for each run that is kept."""
    rows = [run.row for runs in read_results(HERE).values() for run in runs]
    write_table(FOLDER / "sources.csv", rows)


def main():
    """Makes what is missing: of each recipe one run, and then those with other seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", default="mnist")
    parser.add_argument("--flowers", default="oxford_flowers102")
    names = [*RECIPES, *BESIDE]
    parser.add_argument("--recipes", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pack", action="store_true", help="pack generators anew, and train none")
    arguments = parser.parse_args()
    if arguments.pack:
        for kept in sorted(HERE.glob("*/seed_0")):
            if kept.parent.name in {*RECIPES} & {*arguments.recipes}:
                trained = Run(RUNS / "full" / f"{kept.parent.name}-0")
                pack(trained, read(kept / "run.json"), read(kept / "metrics.json"))
        return
    for seed in range(arguments.seeds):
        for recipe in arguments.recipes:
            wanted = BESIDE[recipe][1] if recipe in BESIDE else RECIPES[recipe].images
            images = arguments.digits if wanted == "mnist" else arguments.flowers
            if seed == 0 or run(recipe, 0, images) < LONG:
                run(recipe, seed, images)
                summarise()


if __name__ == "__main__":
    sys.exit(main())
