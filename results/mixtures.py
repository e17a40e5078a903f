"""The experiments of `gankit.collapse` over seeds: mixtures.csv. Most causes on the ring alone.

The relativistic GAN's settings were chosen on the first seeds, so it is run on as many others too.

    python results/mixtures.py [--seeds 5] [--steps 10000] [--workers 2]

Runs that the table holds already are not run again; delete a row, or the file, to do so.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import table

from gankit.results import FOLDER

CSV = FOLDER / "mixtures.csv"
KEY = ("mixture", "experiment", "seed", "steps")
CHOSEN = ("relativistic", "relativistic + short memory")


def run(mixture_name, experiment, seed, steps):
    """Trains once; returns a row of the table."""
    import numpy as np

    from gankit.collapse import EXPERIMENTS, mixtures, train_points

    mixture = getattr(mixtures, mixture_name)()
    every = steps // 10
    gan = EXPERIMENTS[experiment].build(mixture, steps, seed)
    _, *rest = train_points(gan, mixture, steps, every, seed)  # the first part is compiled as well
    last, step_seconds = rest[-1], np.median([part.seconds for part in rest]) / every
    return {
        **dict(zip(KEY, (mixture_name, experiment, seed, steps), strict=True)),
        "modes": last.score.modes,
        "high_quality": round(last.score.high_quality, 4),
        "reverse_kl": round(last.score.reverse_kl, 4),
        "ms_per_step": round(1000 * step_seconds, 2),
        **{name: round(last.losses[name], 4) for name in ("d_loss", "g_loss")},
        **table.circumstances(),
    }


def wanted(seeds, steps):
    """Returns all runs of the table, (mixture, experiment, seed, steps) each."""
    from gankit.collapse import CAUSES, EXPERIMENTS

    ring_alone = CAUSES.keys() - {"momentum"}  # which the cures are up against
    return [
        (mixture, experiment, seed, steps)
        for seed in range(2 * seeds)
        for experiment in (EXPERIMENTS if seed < seeds else CHOSEN)
        for mixture in (("ring",) if experiment in ring_alone else ("ring", "grid"))
    ]


def main():
    """Runs what is missing, several runs at a time, each on one thread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    runs = wanted(arguments.seeds, arguments.steps)
    there = table.keys(CSV, KEY)
    missing = [key for key in runs if key not in there]
    print(f"{len(runs) - len(missing)} runs are there, {len(missing)} to go", flush=True)
    # points are too few to share a step among threads: one thread each, and several at a time
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    with ProcessPoolExecutor(arguments.workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run, *key) for key in missing]):
            row = future.result()
            table.append(CSV, row)
            print(*row.values(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
