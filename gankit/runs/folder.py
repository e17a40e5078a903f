"""A run's folder: written while training, read back later.

```
config.json         what was trained, on what, and each part with its versions and device
history.csv         one line per epoch: the mean of each logged value, and seconds
samples/            a grid of samples from the same noise every few epochs
samples.gif         the grids as an animation
losses.png          both losses by iteration and by epoch
generator.keras     the models, for keras.saving.load_model; gankit itself never reads them
discriminator.keras
metrics.json        once `gankit evaluate` has judged it: every metric, and by what
checkpoint/         plain arrays: all that training needs to go on as if it had not stopped
```
Every file is written under another name and moved into place, so it is there whole or not at all.
"""

import json
import warnings
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from gankit.data.files import write_atomic
from gankit.errors import InputError, TrainingDiverged
from gankit.recipes import get_recipe
from gankit.sampling import sample_images

CONFIG = {  # what config.json must hold
    **dict.fromkeys(("recipe", "images", "image_source", "fingerprint", "precision"), str),
    **dict.fromkeys(("limit", "size", "epochs", "batch_size", "seed"), int),
    **dict.fromkeys(("steps_per_epoch", "sample_every", "num_classes"), int | None),
    **dict.fromkeys(("image_shape", "trained"), list),
}
MEND = "Name another folder with --out"
STATE = "state."  # begins the names of a checkpoint's arrays that are not the record's


class Record:
    """What was logged so far: in `batches` each name to its values, one per batch; in `epochs` to
    its means, one per epoch, with the "seconds" it took, and NaN where a callback logged nothing.
    """

    def __init__(self, arrays=()):
        self.batches, self.epochs = defaultdict(list), defaultdict(list)
        for key in arrays:
            table, _, name = key.partition(".")
            if table in vars(self):
                getattr(self, table)[name] = arrays[key].tolist()

    def __len__(self):
        return len(self.epochs.get("seconds", ()))

    def add_epoch(self, logs):
        """Adds an epoch's values; new names get NaN in the epochs before."""
        epochs = len(self)
        for name in {**self.epochs, **logs}:
            column = self.epochs.setdefault(name, [np.nan] * epochs)
            column.append(float(logs.get(name, np.nan)))

    def arrays(self):
        """Returns both tables as a dict of arrays, from which another Record can be made."""
        return {
            f"{table}.{name}": np.asarray(values)
            for table, columns in vars(self).items()
            for name, values in columns.items()
        }


class Run:
    """A run's folder: `Run(folder)` opens one, if it is one; `Run.create` begins one."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._checkpoint = self.folder / "checkpoint" / "last.npz"
        try:
            self.config = json.loads((self.folder / "config.json").read_text())
            wrong = [key for key, kind in CONFIG.items() if not isinstance(self.config[key], kind)]
        except (OSError, ValueError, TypeError, KeyError) as error:
            wrong = [repr(error)]
        if wrong:
            expected = "the folder of a run, as `gankit train` leaves it"
            what = f"a folder with no readable config.json ({', '.join(wrong)})"
            what = what if self.folder.is_dir() else "no folder"
            raise InputError(f"{folder} is not a run", expected, what)

    @classmethod
    def create(cls, folder, config):
        """Makes the folder with its `config.json`, if nothing is there and it can be written."""
        folder = Path(folder)
        check_free(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "config.json", config)
        except OSError as error:
            raise InputError(f"Cannot write to {folder}: {error.strerror}", mend=MEND) from error
        return cls(folder)

    @property
    def record(self):
        """The checkpoint's `Record`: every batch's values, and every epoch's means."""
        return Record(self._read(lambda key: not key.startswith(STATE)))

    @property
    def epochs_done(self):
        """Epochs that the checkpoint holds."""
        return len(self.record)

    def restore(self, gan, arrays=None):
        """Brings a GAN to a `checkpoint`, by default the saved one; returns its `Record`."""
        arrays = self._read() if arrays is None else arrays
        values = [value for key, value in arrays.items() if key.startswith(STATE)]
        expected = [(tuple(variable.shape), variable.dtype) for variable in gan.state]
        if arrays and [(value.shape, str(value.dtype)) for value in values] != expected:
            about = f"The checkpoint in {self.folder} is of other models"
            fitting = f"{len(expected)} arrays, of the shapes that {self.config['recipe']} has"
            received = f"{len(values)}, of another recipe or another version of gankit"
            raise InputError(about, fitting, received, MEND)
        for variable, value in zip(gan.state, values, strict=False):
            variable.assign(value)
        return Record(arrays)

    def load_gan(self, precision=None):
        """Returns the `GAN` of the checkpoint, and how many epochs it was trained.

        It computes in the run's precision, if no other is given.
        The recipe builds the models and the checkpoint gives them numbers, so nothing that a
        stranger put into the folder is executed. Refuses a checkpoint that is missing, damaged or
        of other models.
        """
        config = self.config
        precision = precision or config["precision"]
        gan = get_recipe(config["recipe"]).build(
            config["seed"], config["image_shape"], precision, config["num_classes"]
        )
        epochs = len(self.restore(gan))
        if not epochs:
            raise InputError(f"{self.folder} holds no generator yet: its first epoch is not over")
        return gan, epochs

    def _read(self, wanted=lambda key: True):
        """Returns the checkpoint's arrays whose names are wanted; none without a checkpoint."""
        if not self._checkpoint.is_file():
            return {}
        try:
            with np.load(self._checkpoint) as archive:
                return {key: archive[key] for key in archive.files if wanted(key)}
        except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            about = f"The checkpoint {self._checkpoint} is damaged: {error}"
            raise InputError(about, mend=f"Train anew. {MEND}") from error

    def save(self, gan, record, arrays):
        """Saves a `checkpoint`, and then what people look at, which it can be made anew from."""
        from gankit.plots import plot_losses

        self._checkpoint.parent.mkdir(exist_ok=True)
        write_atomic(self._checkpoint, lambda part: np.savez(part, **arrays))
        columns = {"epoch": range(1, len(record) + 1), **record.epochs}
        write_table(self.folder / "history.csv", columns)
        figure = plot_losses(record.batches, record.epochs)
        write_atomic(self.folder / "losses.png", lambda part: figure.savefig(part, dpi=110))
        for model in (gan.generator, gan.discriminator):
            write_atomic(self.folder / f"{model.name}.keras", model.save)


def checkpoint(gan, record):
    """Returns all that decides how training goes on, and the record, as a dict of arrays."""
    state = {f"{STATE}{index}": variable.numpy() for index, variable in enumerate(gan.state)}
    if not all(np.all(np.isfinite(value)) for value in state.values()):
        raise TrainingDiverged(
            f"Training stopped after epoch {len(record)}: a weight is not finite. "
            + TrainingDiverged.MEND
        )
    return {**state, **record.arrays()}


def check_free(folder):
    """Refuses a place where a new run would cover something up: a file, or a folder with any."""
    folder = Path(folder)
    files = folder.iterdir() if folder.is_dir() else [folder] * folder.exists()
    names = [path.name for path in files if not path.name.startswith(".part-")]
    if names:
        what = "a run, which --resume goes on with" if "config.json" in names else names[0]
        raise InputError(f"{folder} is in use", "a new or an empty folder", what, MEND)


def write_table(path, content):
    """Writes a list of rows (dicts), or a dict of columns, as csv; None and NaN as empty cells."""
    import pandas as pd

    table = pd.DataFrame(content, dtype=object)  # or integers beside an empty cell become floats
    write_atomic(path, lambda part: table.to_csv(part, index=False))


def save_images(path, images, labels=None):
    """Writes images as one grid (`.png`; with labels, no row holds two) or as arrays (`.npz`)."""
    import imageio.v3 as imageio

    from gankit.plots import enlarged, image_grid

    if path.suffix == ".png":
        grid = enlarged(image_grid(images, labels=labels), 560)
        grid = grid[..., 0] if grid.shape[-1] == 1 else grid
        write_atomic(path, lambda part: imageio.imwrite(part, grid))
    else:
        arrays = {"images": images} if labels is None else {"images": images, "labels": labels}
        write_atomic(path, lambda part: np.savez_compressed(part, **arrays))


def export_onnx(path, generator):
    """Writes a generator that computes in float32 as an ONNX file, with Keras' own exporter."""
    try:
        import tf2onnx  # noqa: F401
    except ImportError as error:
        mend = 'Install it: pip install "gankit[onnx]"'
        raise InputError("Export to ONNX needs the package tf2onnx", mend=mend) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of np.object, in Keras' exporter
        sample_images(generator, 1, [0] if len(generator.inputs) == 2 else None)
        write_atomic(path, lambda part: generator.export(part, format="onnx", verbose=False))


def write_json(path, content):
    """Writes a json file."""
    text = json.dumps(content, indent=2) + "\n"
    write_atomic(path, lambda part: part.write_text(text))
