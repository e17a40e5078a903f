"""The experiments of `gankit.collapse` over seeds, the cures on the grid as well: mixtures.csv.

    python results/mixtures.py [--seeds 5] [--steps 10000] [--workers 2]

Runs that the table holds already are not run again; delete a row, or the file, to do so.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import table

CSV = Path(__file__).with_name("mixtures.csv")
KEY = ("mixture", "experiment", "seed", "steps")
EVERY = 1_000


def run(mixture_name, experiment, seed, steps):
    """Trains once; returns a row of the table."""
    import numpy as np

    from gankit import mixtures
    from gankit.collapse import EXPERIMENTS, train_points

    mixture = getattr(mixtures, mixture_name)()
    gan = EXPERIMENTS[experiment].build(mixture, steps, seed)
    *earlier, last = train_points(gan, mixture, steps, EVERY, seed)
    step_seconds = np.median([snapshot.seconds for snapshot in [*earlier[1:], last]]) / EVERY
    return {
        **dict(zip(KEY, (mixture_name, experiment, seed, steps), strict=True)),
        "modes": last.score.modes,
        "high_quality": round(last.score.high_quality, 4),
        "reverse_kl": round(last.score.reverse_kl, 4),
        "ms_per_step": round(1000 * step_seconds, 2),
        **{name: round(last.losses[name], 4) for name in ("d_loss", "g_loss")},
        **table.circumstances(),
    }


def main():
    """Runs what is missing, several runs at a time, each on one thread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()

    from gankit.collapse import CAUSES, EXPERIMENTS

    wanted = [
        (mixture, experiment, seed, arguments.steps)
        for seed in range(arguments.seeds)
        for experiment in EXPERIMENTS
        for mixture in (("ring",) if experiment in CAUSES else ("ring", "grid"))
    ]
    missing = [key for key in wanted if key not in table.keys(CSV, KEY)]
    print(f"{len(wanted) - len(missing)} runs are there, {len(missing)} to go", flush=True)
    # points are too few to share a step among threads: one thread each, and several at a time
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    with ProcessPoolExecutor(arguments.workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run, *key) for key in missing]):
            row = future.result()
            table.append(CSV, row)
            print(*row.values(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
