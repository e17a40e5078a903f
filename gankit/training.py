"""The training loop."""

import math
import sys

from tqdm import tqdm

from gankit.backend import keras
from gankit.errors import InputError, TrainingDiverged
from gankit.gan import LOG_NAMES

BAR = "{desc} {percentage:3.0f}% |{bar:20}| {elapsed}, {remaining} left{postfix}"


def train(gan, dataset, epochs, callbacks=(), initial_epoch=0, verbose=True):
    """Trains a GAN: the two phases on every batch, epoch after epoch.

    Args:
        gan: a compiled `GAN`.
        dataset: one epoch of batches, iterable again and again; see `make_dataset`.
        epochs: number of the epoch to stop after, counted from the first one ever.
        callbacks: Keras callbacks. They get a batch's own values at its end, the means over an
            epoch at its end, and may set `gan.stop_training`.
        initial_epoch: epochs that are already behind.
        verbose: whether to show a progress bar, with the time left and the batch's losses.

    Returns: the history, a dict of lists: for each logged value its mean over each epoch; and
        what a callback adds to an epoch's logs, e.g. `gankit.runs.recorder.Evaluation`.

    Raises:
        InputError: if there is nothing to train on, or zero epochs to train for.
        TrainingDiverged: as soon as a logged value is not a finite number.
    """
    if not isinstance(epochs, int) or epochs < 1:
        raise InputError(
            "Invalid value received for argument `epochs`. Expected a positive integer. "
            f"Received: epochs={epochs!r}"
        )
    steps = len(dataset)
    if not steps:
        raise InputError("Expected a dataset of at least one batch. Received: an empty one")
    history = keras.callbacks.History()  # last, so that it sees what the others add to the logs
    callbacks = keras.callbacks.CallbackList(
        [*callbacks, history], model=gan, epochs=epochs, steps=steps
    )
    gan.stop_training = False
    callbacks.on_train_begin()
    with tqdm(
        total=epochs * steps,
        initial=initial_epoch * steps,
        bar_format=BAR,
        mininterval=0.5,
        file=sys.stdout,  # notebooks paint the other stream red
        disable=not verbose,
    ) as bar:
        for epoch in range(initial_epoch, epochs):
            bar.set_description_str(f"epoch {epoch + 1}/{epochs}", refresh=False)
            gan.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            for step, batch in enumerate(dataset):
                callbacks.on_train_batch_begin(step)
                logs = gan.train_on_batch(batch)
                _check_finite(logs, epoch, step)
                callbacks.on_train_batch_end(step, logs)
                bar.set_postfix_str(
                    f"d_loss {logs['d_loss']:.3f}, g_loss {logs['g_loss']:.3f}", refresh=False
                )
                bar.update()
            means = gan.get_metrics_result()
            logs = {name: float(means[name]) for name in LOG_NAMES}
            callbacks.on_epoch_end(epoch, logs)
            if gan.stop_training:
                break
    callbacks.on_train_end()
    return history.history


def _check_finite(logs, epoch, step):
    if not all(map(math.isfinite, logs.values())):
        raise TrainingDiverged(
            f"Training stopped in epoch {epoch + 1}, batch {step + 1}: a loss is no finite number ("
            + ", ".join(f"{name} = {value:.4g}" for name, value in logs.items())
            + "). Lower the learning rate, or look for pixels out of range"
        )
