"""The training loop, for images and for points."""

import functools
import itertools
import math
import sys
import time
from collections import UserDict

import numpy as np
from tqdm import tqdm

from gankit.backend import keras, tf
from gankit.data.dataset import check_batches
from gankit.errors import InputError, TrainingDiverged, check_integer
from gankit.gan import LOG_NAMES

BAR = "{desc} {percentage:3.0f}% |{bar:20}| {elapsed}, {remaining} left{postfix}"
LOOK = 0.5  # seconds between two looks at what is logged; in between the device is not waited for


def train(gan, dataset, epochs, callbacks=(), initial_epoch=0, verbose=True):
    """Trains a GAN: the two phases on every batch, epoch after epoch.

    Args:
        gan: a compiled `GAN`.
        dataset: one epoch of batches, iterable again and again; see `make_dataset`.
        epochs: number of the epoch to stop after, counted from the first one ever.
        callbacks: Keras callbacks. They get a batch's own values at its end, the means over an
            epoch at its end, and may set `gan.stop_training`. A batch's values are fetched from the
            device when a callback reads them, so one that does not read them does not slow down.
        initial_epoch: epochs that are already behind.
        verbose: whether to show a progress bar, with the time left and a batch's losses; at an
            epoch's end, their means.

    Returns:
        The history, a dict of lists: for each logged value its mean over each epoch; and what a
        callback adds to an epoch's logs, e.g. `gankit.metrics.Evaluation`.

    Raises:
        InputError: if there is nothing to train on, pixels are not scaled, a label is unknown, zero
            epochs are to be trained, or training is to be distributed.
        TrainingDiverged: within half a second, if a logged value is not finite.
    """
    check_integer("epochs", epochs)
    if tf.distribute.has_strategy() or gan.distribute_strategy.num_replicas_in_sync > 1:
        about, received = "train() runs on one device", type(gan.distribute_strategy).__name__
        mend = "Leave the strategy's scope, or use gan.fit(dataset, epochs=...)"
        raise InputError(about, "no tf.distribute strategy", received, mend)
    check_batches(dataset, gan.image_shape, gan.num_classes)
    steps = len(dataset)
    at_once = math.gcd(steps, gan.steps_per_execution)
    history = keras.callbacks.History()  # last, so that it sees what the others add to the logs
    parameters = {"epochs": epochs, "steps": steps, "initial_epoch": initial_epoch}
    callbacks = keras.callbacks.CallbackList([*callbacks, history], model=gan, **parameters)
    gan.stop_training = False
    callbacks.on_train_begin()
    with tqdm(
        total=epochs * steps,
        initial=initial_epoch * steps,
        bar_format=BAR,
        mininterval=0,
        file=sys.stdout,  # notebooks paint the other stream red
        disable=not verbose,
    ) as bar:
        passes = _passes(dataset, initial_epoch, at_once)
        for epoch, batches in zip(range(initial_epoch, epochs), passes, strict=False):
            bar.set_description_str(f"epoch {epoch + 1}/{epochs}", refresh=False)
            callbacks.on_epoch_begin(epoch)
            seen, looked = Seen(epoch), time.monotonic()
            for step, batch in enumerate(batches):
                for callback in callbacks.callbacks:  # a CallbackList would fetch every value
                    callback.on_train_batch_begin(step)
                logs = seen.add(_run(gan, batch, at_once))
                for callback in callbacks.callbacks:
                    callback.on_train_batch_end(step, logs)
                if time.monotonic() - looked > LOOK:
                    looked = time.monotonic()
                    _show(bar, seen.look()[-1], epoch * steps + (step + 1) * at_once)
            means = seen.look().mean(axis=0, dtype=np.float64)
            _show(bar, means, (epoch + 1) * steps)
            callbacks.on_epoch_end(epoch, dict(zip(LOG_NAMES, means.tolist(), strict=True)))
            if gan.stop_training:
                break
    callbacks.on_train_end()
    return history.history


class BatchLogs(UserDict):
    """A batch's logged values, floats by name, fetched from the device when one is first read."""

    def __init__(self, values):
        self._values = values

    @functools.cached_property
    def data(self):
        """The values, a dict: whatever is asked of a `UserDict` is looked up here."""
        last = self._values.numpy().reshape(-1, len(LOG_NAMES))[-1]
        return dict(zip(LOG_NAMES, last.tolist(), strict=True))


class Seen:
    """What an epoch logged so far, fetched from the device many batches at a time."""

    def __init__(self, epoch):
        self.epoch, self.rows, self.waiting = epoch, np.empty((0, len(LOG_NAMES)), np.float32), []

    def add(self, values):
        """Notes what a call of the compiled step returned; returns its last batch's `BatchLogs`."""
        self.waiting.append(values)
        return BatchLogs(values)

    def look(self):
        """Returns the values of all batches, a row each, or raises `TrainingDiverged`."""
        if self.waiting:
            fetched = tf.stack(self.waiting).numpy().reshape(-1, len(LOG_NAMES))
            self.rows, self.waiting = np.concatenate([self.rows, fetched]), []
        broken = ~np.isfinite(self.rows).all(axis=1)
        if broken.any():
            step = int(broken.argmax())
            values = zip(LOG_NAMES, self.rows[step], strict=True)
            raise TrainingDiverged(
                f"Training stopped in epoch {self.epoch + 1}, batch {step + 1}: a loss is not "
                "finite ("
                + ", ".join(f"{name} = {value:.4g}" for name, value in values)
                + "). "
                + TrainingDiverged.MEND
            )
        return self.rows


def _run(gan, batch, at_once):
    """Runs the compiled step on a batch, or on several that are stacked, not waiting for it.

    Returns one tensor: the values of `LOG_NAMES`, or a row of them for each batch.
    """

    def one(batch):
        logs = gan.train_step(batch)
        return tf.stack([logs[name] for name in LOG_NAMES])

    def several(batches):
        row = tf.TensorSpec((len(LOG_NAMES),))
        return tf.map_fn(one, batches, parallel_iterations=1, fn_output_signature=row)

    program = one if at_once == 1 else several
    batch = keras.tree.map_structure(tf.convert_to_tensor, batch)
    if gan.run_eagerly:
        return program(batch)
    key = at_once, str(keras.tree.map_structure(tf.type_spec_from_value, batch))
    if key not in gan.programs:
        program = tf.function(program, jit_compile=gan.jit_compile, autograph=False)
        # traced here, by its shapes; called by name, TensorFlow would warn of many functions
        gan.programs[key] = program.get_concrete_function(batch)
    return gan.programs[key](batch)


def _passes(dataset, first, at_once):
    """The batches of one epoch after another, as many stacked as one call trains on."""

    def stacked(batches):
        return batches if at_once == 1 else batches.batch(at_once, drop_remainder=True)

    if not hasattr(dataset, "batches"):
        return itertools.repeat(stacked(dataset))
    steps = len(dataset)
    stream = iter(stacked(dataset.batches(first * steps)))
    return (itertools.islice(stream, steps // at_once) for _ in itertools.count())


def _show(bar, values, batches):
    d_loss, g_loss = (values[LOG_NAMES.index(name)] for name in ("d_loss", "g_loss"))
    bar.set_postfix_str(f"d_loss {d_loss:.3f}, g_loss {g_loss:.3f}", refresh=False)
    bar.update(batches - bar.n)
