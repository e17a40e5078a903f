"""How many of Stacked MNIST's 1,000 modes a GAN covers, as its training goes on: stacked.csv.

    python results/stacked.py [--every 500] [--seeds 1] [--images FOLDER]

The GANs are those of `gankit.collapse.stacked.EXPERIMENTS`; of 26,000 samples, as PacGAN's, the
kit's classifier reads each. A training that the table holds is not run again.
"""

import argparse
import sys
import time

import numpy as np
import table

from gankit import load_images, make_dataset, train
from gankit.collapse.stacked import EXPERIMENTS, MODES, SAMPLES, score_stacked, stack_digits
from gankit.results import FOLDER

CSV = FOLDER / "stacked.csv"
KEY = ("experiment", "digits", "seed", "steps")
STACKS = 60_000  # images of three digits
BATCH_SIZE = 64


def rows(experiment, seed, every, digits, samples=SAMPLES):
    """Trains once; yields a row of the table every so many steps."""
    stacked = stack_digits(digits, STACKS, seed)
    variant = EXPERIMENTS[experiment]
    gan = variant.build(seed)
    labels = np.resize(np.arange(MODES), samples) if gan.conditional else None
    dataset = make_dataset(stacked, BATCH_SIZE, seed=seed, steps_per_epoch=every)
    seconds = 0
    for epoch, step in enumerate(range(every, variant.steps + 1, every)):
        start = time.perf_counter()
        history = train(gan, dataset, epoch + 1, initial_epoch=epoch, verbose=False)
        seconds += time.perf_counter() - start
        score = score_stacked(gan.sample(samples, labels, seed=1))
        yield {
            **dict(zip(KEY, (experiment, len(digits), seed, step), strict=True)),
            "samples": samples,
            "batch_size": BATCH_SIZE,
            "modes": score.modes,
            "reverse_kl": round(score.reverse_kl, 4),
            **{name: round(history[name][-1], 4) for name in ("d_loss", "g_loss")},
            "seconds": round(seconds),
            **table.circumstances(),
        }


def main():
    """Runs what is missing, one training after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=500, help="steps from one count to the next")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--images", help="where MNIST is, if not in the usual places")
    arguments = parser.parse_args()
    lengths = sorted({variant.steps for variant in EXPERIMENTS.values()})
    if any(steps % arguments.every for steps in lengths):
        expected = f"a divisor of all trainings' steps: {', '.join(map(str, lengths))}"
        parser.error(f"--every: expected {expected}; received {arguments.every}")

    there = table.keys(CSV, KEY)
    digits = load_images(arguments.images or "mnist")
    for seed in range(arguments.seeds):
        for experiment, variant in EXPERIMENTS.items():
            if (experiment, len(digits), seed, variant.steps) in there:
                continue
            for row in rows(experiment, seed, arguments.every, digits):
                if tuple(row[name] for name in KEY) not in there:
                    table.append(CSV, row)
                print(*row.values(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
