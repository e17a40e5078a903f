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

    @property
    def row(self):
        """What `gankit.results.read("sources")` has of it, a dict; numbers to four places."""
        classes = self.judged.get("classes", {})
        read = classes and self.judged["extractor"] == "mnist_classifier"
        by_class = classes.get("accuracy by class", {})
        worst = min(by_class, key=by_class.get, default=None)
        metrics = self.judged["metrics"]
        names = ("frechet_distance", "precision", "recall", "coverage", "label_accuracy")
        row = {
            "run": self.folder.parent.name,
            "seed": self.run["seed"],
            "dtype": self.run["precision"],
            "images": self.run["limit"],
            "steps": self.steps,
            "batch_size": self.run["batch_size"],
            "minutes": self.run["minutes"],
            "samples": self.judged["count"],
            "extractor": self.judged["extractor"],
            **{name: metrics[name]["samples"] for name in names if name in metrics},
            "rarest_class": self.shares.min() if read else None,
            "commonest_class": self.shares.max() if read else None,
            "worst_class": worst,
            "worst_class_accuracy": by_class.get(worst),
            "d_loss": self.history["d_loss"].iloc[-1],
            "g_loss": self.history["g_loss"].iloc[-1],
            "device": self.run["trained"][-1]["device"],
            "date": self.run["trained"][-1]["started"][:10],
        }
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}

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
