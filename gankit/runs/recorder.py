"""What happens beside training: sample grids, and the record of a run."""

import math
import time
from collections import defaultdict
from pathlib import Path

import imageio.v3 as imageio

from gankit.backend import keras
from gankit.data.files import write_atomic
from gankit.gan import LOG_NAMES
from gankit.plots import rows_of_labels
from gankit.runs.folder import checkpoint, save_images

SPARING = 20  # training takes at least so many times as long as saving


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of samples from the same noise before training, every few epochs, and after it.

    Args:
        folder: where `epoch_0000.png` and so on go; made if it is not there. Grids of later epochs
            than training begins with are an earlier training's, and deleted.
        every: epochs between two grids.
        animation: path of a gif of all grids, made anew with every grid, or None.
        labels: of a conditional GAN, the class of each image in the grid. By default ten of each
            of the first ten classes, a row each.
        seed: for the noise.
    """

    epoch = drawn = None  # how many epochs the model has behind it, and had at the last grid

    def __init__(self, folder, every=1, animation=None, labels=None, seed=0):
        super().__init__()
        self.folder, self.animation = Path(folder), animation and Path(animation)
        self.every, self.labels, self.seed = every, labels, seed

    def on_train_begin(self, logs=None):
        self.epoch = self.drawn = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.epoch is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob("epoch_*.png"):
                if path.name > f"epoch_{epoch:04d}.png":
                    path.unlink()
            self.on_epoch_end(epoch - 1)

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch + 1
        if self.epoch % self.every == 0:
            self._draw()

    def on_train_end(self, logs=None):
        if self.drawn != self.epoch:
            self._draw()

    def _draw(self):
        labels = self.labels
        if labels is None and self.model.conditional:
            labels = rows_of_labels(self.model.num_classes)
        images = self.model.sample(64 if labels is None else len(labels), labels, self.seed)
        save_images(self.folder / f"epoch_{self.epoch:04d}.png", images, labels)
        self.drawn = self.epoch
        if self.animation:
            frames = [imageio.imread(path) for path in sorted(self.folder.glob("epoch_*.png"))]
            if frames[0].ndim == 2:  # of grey, 16 shades will do: a third of the bytes
                frames = [frame // 17 * 17 for frame in frames]
            frames += frames[-1:] * 6  # the end stays to be looked at
            write_atomic(
                self.animation, lambda part: imageio.imwrite(part, frames, duration=250, loop=0)
            )


class BatchHistory(keras.callbacks.Callback):
    """Keeps every batch's own values, in `batches`: each logged name to a list of floats."""

    def __init__(self, batches=None):
        super().__init__()
        self._batches = defaultdict(list) if batches is None else batches
        self._unread = []

    @property
    def batches(self):
        """Each logged name to its values so far."""
        for logs in self._unread:
            for name in LOG_NAMES:
                self._batches[name].append(float(logs[name]))
        self._unread.clear()
        return self._batches

    def on_train_batch_end(self, batch, logs=None):
        self._unread.append(logs)  # reading would make the step wait for the device

    def on_epoch_end(self, epoch, logs=None):
        self.batches  # noqa: B018 - reads an epoch's values at once


class RunRecorder(BatchHistory):
    """Writes the folder of a `Run` while it trains, going on with a `Record`.

    It saves after the first epoch, when training ends, and in between so rarely that saving takes
    less than a twentieth of the time. In a list of callbacks it follows those that add to the logs.
    """

    def __init__(self, run, record):
        super().__init__(record.batches)
        self.run, self.record = run, record
        self.last = None  # the checkpoint of the last whole epoch, in memory
        self.saved, self.saved_at, self.cost = 0, -math.inf, 0.0  # epochs, when, how long it took

    def on_train_begin(self, logs=None):
        self.last = checkpoint(self.model, self.record)
        self.on_train_end()  # a kill may have come between two files

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        seconds = round(time.perf_counter() - self.started, 3)
        self.record.add_epoch({**dict.fromkeys(LOG_NAMES), **logs, "seconds": seconds})
        self.last = checkpoint(self.model, self.record)
        if time.perf_counter() - self.saved_at >= SPARING * self.cost:
            self.on_train_end()

    def on_train_end(self, logs=None):
        if len(self.record) > self.saved:
            started = time.perf_counter()
            self.run.save(self.model, self.record, self.last)
            self.saved, self.saved_at = len(self.record), time.perf_counter()
            self.cost = self.saved_at - started

    def rewind(self):
        """Brings models and record back to the end of the last whole epoch."""
        if self.last is not None:
            self.record = self.run.restore(self.model, self.last)
