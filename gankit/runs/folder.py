"""A run's folder: written while training, read back later.

```
config.json         what was trained, on what, with which versions, on which device
history.csv         one line per epoch: the mean of each logged value, and seconds
samples/            a grid of samples from the same noise every few epochs
samples.gif         the grids as an animation
losses.png          both losses by iteration and by epoch
generator.keras     the models, for `gankit sample` or keras.saving.load_model
discriminator.keras
metrics.json        once `gankit evaluate` has judged it: every metric, and by what
checkpoint/         all that training needs to go on as if it had not stopped
```
Every file is written under another name and moved into place, so it is there whole or not at all.
"""

import csv
import json
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from gankit.errors import InputError, TrainingDiverged


class Record:
    """What was logged so far.

    Attributes:
        batches: each logged name to its values, one per batch.
        epochs: the same, one per epoch: the mean over its batches. And "seconds" it took.
    """

    def __init__(self, arrays=()):
        self.batches = defaultdict(list)
        self.epochs = defaultdict(list)
        for key in arrays:
            table, name = key.split(".")
            getattr(self, table)[name] = arrays[key].tolist()

    def __len__(self):
        return len(self.epochs.get("seconds", ()))

    def arrays(self):
        """Both tables as a dict of arrays, from which another Record can be made."""
        return {
            f"{table}.{name}": np.asarray(values)
            for table in ("batches", "epochs")
            for name, values in getattr(self, table).items()
        }


class Run:
    """A run's folder.

    `Run(folder)` opens one that is there; `Run.create(folder, config)` begins one.

    Raises: InputError: if the folder holds no run.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        try:
            self.config = json.loads((self.folder / "config.json").read_text())
            self.config["recipe"]
        except (OSError, ValueError, TypeError, KeyError) as error:
            what = "which has no readable config.json" if self.folder.is_dir() else "no folder"
            raise InputError(
                "Expected the folder of a run, as `gankit train` leaves it. "
                f"Received: {folder}, {what}"
            ) from error

    @classmethod
    def create(cls, folder, config):
        """Makes the folder and writes its `config.json`.

        Raises: InputError: if the folder holds something already or cannot be written.
        """
        folder = Path(folder)
        check_free(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_json(folder / "config.json", config)
        except OSError as error:
            raise InputError(
                f"Cannot write to {folder}: {error.strerror}. Name another folder with --out"
            ) from error
        return cls(folder)

    def update(self, config):
        """Replaces the configuration, e.g. with one of more epochs."""
        if config != self.config:
            self.config = config
            _write_json(self.folder / "config.json", config)

    @property
    def epochs_done(self):
        """Epochs that the checkpoint holds."""
        return len(self._read_checkpoint()[1])

    def save_checkpoint(self, gan, record):
        """Saves everything that decides how training goes on.

        Raises: TrainingDiverged: if a weight is not finite; the checkpoint before is kept.
        """
        values = [variable.numpy() for variable in gan.state]
        if not all(np.all(np.isfinite(value)) for value in values):
            raise TrainingDiverged(
                f"Training stopped after epoch {len(record)}: a weight is no finite number. "
                "Lower the learning rate, or look for pixels out of range"
            )
        state = {f"state.{index}": value for index, value in enumerate(values)}
        self._checkpoint.parent.mkdir(exist_ok=True)
        write_whole(self._checkpoint, lambda part: np.savez(part, **state, **record.arrays()))

    def restore(self, gan):
        """Brings a GAN to where the checkpoint was made; returns the `Record` up to there."""
        values, record = self._read_checkpoint()
        state = gan.state
        shapes = [tuple(variable.shape) for variable in state]
        if len(record) and [value.shape for value in values] != shapes:
            raise InputError(
                f"The checkpoint in {self.folder} is of other models than the recipe now builds. "
                "It was made by another version of gankit: train anew with another --out"
            )
        for variable, value in zip(state, values, strict=False):
            variable.assign(value)
        return record

    @property
    def _checkpoint(self):
        return self.folder / "checkpoint" / "last.npz"

    def _read_checkpoint(self):
        """Returns the saved state as a list of arrays, and the `Record`; both empty without one."""
        if not self._checkpoint.is_file():
            return [], Record()
        try:
            with np.load(self._checkpoint) as archive:
                arrays = {key: archive[key] for key in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                f"The checkpoint {self._checkpoint} is damaged: {error}. Train anew with another "
                "--out"
            ) from error
        count = sum(key.startswith("state.") for key in arrays)
        state = [arrays.pop(f"state.{index}") for index in range(count)]
        return state, Record(arrays)

    def write_history(self, record):
        """Writes `history.csv`."""

        def write(part):
            with part.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["epoch", *record.epochs])
                for epoch, row in enumerate(zip(*record.epochs.values(), strict=True), start=1):
                    writer.writerow([epoch, *row])

        write_whole(self.folder / "history.csv", write)

    def plot_losses(self, record):
        """Draws `losses.png`."""
        from gankit.plots import plot_losses

        figure = plot_losses(record.batches, record.epochs)
        write_whole(self.folder / "losses.png", lambda part: figure.savefig(part, dpi=110))

    def save_models(self, gan):
        """Saves `generator.keras` and `discriminator.keras`."""
        for model in (gan.generator, gan.discriminator):
            write_whole(self.folder / f"{model.name}.keras", model.save)

    def write_metrics(self, report):
        """Writes `metrics.json`."""
        _write_json(self.folder / "metrics.json", report)

    def load_generator(self):
        """Returns the generator as last saved, a Keras model.

        Raises: InputError: if there is none yet, or it is damaged.
        """
        from gankit.backend import keras

        path = self.folder / "generator.keras"
        if not path.is_file():
            raise InputError(f"{self.folder} holds no generator yet: its training has not begun")
        try:
            return keras.saving.load_model(path, compile=False)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise InputError(f"{path} is damaged: {error}") from error


def check_free(folder):
    """Refuses a place where a new run would cover something up.

    Raises: InputError: if it is a file, or a folder with anything in it.
    """
    folder = Path(folder)
    if (folder / "config.json").is_file():
        raise InputError(
            f"{folder} holds a run already. Go on with it by --resume, or name another folder "
            "with --out"
        )
    if folder.is_dir() and any(not path.name.startswith(".part-") for path in folder.iterdir()):
        raise InputError(f"{folder} holds files that are no run. Name another folder with --out")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file. Name a folder with --out")


def save_images(path, images, labels=None):
    """Writes images as one grid (`.png`; with labels, no row holds two) or as arrays (`.npz`)."""
    import imageio.v3 as imageio

    from gankit.plots import enlarged, image_grid

    if path.suffix == ".png":
        grid = enlarged(image_grid(images, labels=labels), 560)
        grid = grid[..., 0] if grid.shape[-1] == 1 else grid
        write_whole(path, lambda part: imageio.imwrite(part, grid))
    else:
        arrays = {"images": images} if labels is None else {"images": images, "labels": labels}
        write_whole(path, lambda part: np.savez_compressed(part, **arrays))


def _write_json(path, content):
    text = json.dumps(content, indent=2) + "\n"
    write_whole(path, lambda part: part.write_text(text))


def write_whole(path, write):
    """Calls `write(part)` with a path beside `path`, then moves what it wrote into place."""
    part = path.with_name(f".part-{path.name}")
    write(part)
    part.replace(path)
