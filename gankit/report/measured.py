"""What was measured: the folders that `make results` keeps, read back."""

import json
from functools import cached_property
from pathlib import Path

import numpy as np

from gankit.errors import InputError


class Measured:
    """One run that was trained and judged: `results/<recipe>/seed_<n>`.

    Attributes:
        folder: where its files are.
        run: its configuration, a dict, with its `command`, and its `minutes` of training.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        for name in ("metrics.json", "history.csv", "curves.csv"):
            if not (self.folder / name).is_file():
                mend = "Remove the folder, and `make results` makes it anew"
                raise InputError(f"{self.folder} is not whole", f"a file {name}", "none", mend)
        self.run = json.loads((self.folder / "run.json").read_text())

    @cached_property
    def judged(self):
        """What `gankit evaluate` wrote, a dict."""
        return json.loads((self.folder / "metrics.json").read_text())

    def metric(self, name, of="samples"):
        """A metric of its samples, or of one of the yardsticks, "real" and "noise"."""
        return self.judged["metrics"][name][of]

    @cached_property
    def shares(self):
        """What share of its samples is read as each class."""
        histogram = np.array(self.judged["classes"]["samples"])
        return histogram / histogram.sum()

    @cached_property
    def history(self):
        """A row for each epoch, a DataFrame."""
        return self._table("history.csv")

    @cached_property
    def curves(self):
        """A row for each hundredth of the training: losses, and how far they stray."""
        return self._table("curves.csv")

    @cached_property
    def last_sheet(self):
        """Its newest sheet of samples, a path."""
        return max(self.folder.glob("epoch_*.png"))

    @property
    def steps(self):
        """Batches that it was trained on."""
        return int(self.curves["iteration"].iloc[-1])

    def _table(self, name):
        import pandas as pd

        return pd.read_csv(self.folder / name)


def read_results(folder):
    """Returns each recipe's `Measured` runs in the order of their seeds, a dict of lists.

    Raises:
        InputError: if there are none in the folder.
    """
    found = {}
    for path in sorted(Path(folder).glob("*/seed_*/run.json")):
        found.setdefault(path.parts[-3], []).append(Measured(path.parent))
    if not found:
        expected = "a folder with runs, RECIPE/seed_N/run.json, which `make results` makes"
        mend = "Call it where gankit's repository is, or name the folder"
        raise InputError("There is nothing to report", expected, folder, mend)
    return found
