"""What happens beside training: sample grids, and the record of a run."""

import time
from collections import defaultdict
from pathlib import Path

import imageio.v3 as imageio

from gankit.backend import keras
from gankit.gan import LOG_NAMES
from gankit.plots import rows_of_labels
from gankit.runs.folder import save_images, write_whole


class SampleGrid(keras.callbacks.Callback):
    """Saves a grid of samples from the same noise every few epochs, and before the first one.

    Args:
        folder: where `epoch_0000.png` and so on go; made if it is not there.
        every: epochs between two grids. There is always one of the last epoch.
        animation: path of a gif of all grids, made anew with every grid, or None.
        labels: of a conditional GAN, the class of each image in the grid. By default ten of each
            of the first ten classes, a row each.
        seed: for the noise.
        initial_epoch: epochs that are already behind.
    """

    def __init__(self, folder, every=1, animation=None, labels=None, seed=0, initial_epoch=0):
        super().__init__()
        self.folder, self.animation = Path(folder), animation and Path(animation)
        self.every, self.labels, self.seed = every, labels, seed
        self.initial_epoch = initial_epoch

    def on_train_begin(self, logs=None):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.labels is None and self.model.conditional:
            self.labels = rows_of_labels(self.model.num_classes)
        for stale in self.folder.glob("epoch_*.png"):
            if self.initial_epoch == 0:
                stale.unlink()  # an earlier training's; they would join the animation
        self._save(self.initial_epoch)

    def on_epoch_end(self, epoch, logs=None):
        self._save(epoch + 1)

    def _save(self, epoch):
        if epoch % self.every and epoch != self.params["epochs"]:
            return
        count = 64 if self.labels is None else len(self.labels)
        images = self.model.sample(count, self.labels, self.seed)
        save_images(self.folder / f"epoch_{epoch:04d}.png", images, self.labels)
        if self.animation:
            frames = [imageio.imread(path) for path in sorted(self.folder.glob("epoch_*.png"))]
            frames += frames[-1:] * 6  # the end stays to be looked at
            write_whole(
                self.animation,
                lambda part: imageio.imwrite(part, frames, duration=250, loop=0),
            )


class BatchHistory(keras.callbacks.Callback):
    """Keeps every batch's own values, in `batches`: each logged name to a list of floats."""

    def __init__(self, batches=None):
        super().__init__()
        self.batches = defaultdict(list) if batches is None else batches

    def on_train_batch_end(self, batch, logs=None):
        for name in LOG_NAMES:
            self.batches[name].append(logs[name])


class RunRecorder(BatchHistory):
    """Writes a run's folder while it trains; `gankit.runs.Run` reads it back.

    The checkpoint comes first, after every epoch, and everything else is made from what it
    holds: whenever training is killed, the folder can be brought up to date from there.

    Args:
        run: `gankit.runs.Run`.
        record: `gankit.runs.Record` to go on with.
        every: epochs between two plots of the losses and two copies of the models.
    """

    def __init__(self, run, record, every=1):
        super().__init__(record.batches)
        self.run, self.record, self.every = run, record, every

    def on_train_begin(self, logs=None):
        self._publish()

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        for name in LOG_NAMES:
            self.record.epochs[name].append(logs[name])
        self.record.epochs["seconds"].append(round(time.perf_counter() - self.started, 3))
        self.run.save_checkpoint(self.model, self.record)
        self._publish()

    def _publish(self):
        epoch = len(self.record)
        if epoch:
            self.run.write_history(self.record)
        if epoch % self.every == 0 or epoch == self.params["epochs"]:
            self.run.save_models(self.model)
            if epoch:
                self.run.plot_losses(self.record)
