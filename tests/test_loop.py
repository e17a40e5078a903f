"""The training loop: what callbacks get, when the device is waited for, what is refused."""

import numpy as np
import pytest

from gankit import InputError, TrainingDiverged, make_dataset, train
from gankit.backend import keras, tf
from gankit.gan import LOG_NAMES
from gankit.training import BatchLogs, Seen


class Reader(keras.callbacks.Callback):
    """Reads every batch's values when they come."""

    def __init__(self):
        super().__init__()
        self.batches, self.epochs = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(dict(logs))

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(dict(logs))


def test_a_callback_reads_the_batchs_own_values(make_gan, image_set):
    """They are what train_on_batch returns for the same batches."""
    dataset, reader, twin = make_dataset(image_set, 16), Reader(), make_gan()
    train(make_gan(), dataset, 2, [reader], verbose=False)
    expected = [twin.train_on_batch(batch) for batch in dataset.batches(0).take(6)]
    assert [sorted(logs) for logs in reader.batches] == [sorted(LOG_NAMES)] * 6
    for ours, theirs in zip(reader.batches, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)
    for epoch in range(2):
        for name, mean in reader.epochs[epoch].items():
            batches = [logs[name] for logs in expected[3 * epoch : 3 * epoch + 3]]
            assert mean == pytest.approx(np.mean(batches), rel=1e-6)


def test_a_callback_that_does_not_read_them_makes_the_host_wait_for_nothing(
    make_gan, image_set, monkeypatch
):
    """In an epoch of less than half a second the values are fetched once, at its end."""
    fetched, kept = [], []
    look = Seen.look
    monkeypatch.setattr(Seen, "look", lambda s: fetched.append(len(s.waiting)) or look(s))
    monkeypatch.setattr("gankit.training.LOOK", 1e9)
    read = BatchLogs.__getitem__
    monkeypatch.setattr(BatchLogs, "__getitem__", lambda *a: kept.append(a) or read(*a))
    lazy = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    train(make_gan(), make_dataset(image_set, 16), 2, [lazy], verbose=False)
    assert fetched == [3, 3]
    assert kept == []


@pytest.mark.parametrize("at_once", [2, 3, 6])
def test_several_steps_in_one_call_are_the_same_training(make_gan, image_set, at_once):
    dataset = make_dataset(image_set, 8)
    one, several = make_gan(), make_gan()
    several.compile(several.d_optimizer, several.g_optimizer, steps_per_execution=at_once)
    expected = train(one, dataset, 2, verbose=False)
    history = train(several, dataset, 2, verbose=False)
    for name in LOG_NAMES:
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-4)
    for ours, theirs in zip(one.state, several.state, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-3, atol=1e-5)


def test_a_hand_made_dataset_trains_as_well(make_gan, image_set):
    images = (image_set.images / 127.5 - 1).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(48, seed=0).batch(16)
    history = train(make_gan(), dataset, 2, verbose=False)
    assert len(history["d_loss"]) == 2
    assert history["d_loss"][0] != history["d_loss"][1]


def test_at_an_epochs_end_the_bar_shows_its_means(make_gan, image_set, capsys):
    history = train(make_gan(), make_dataset(image_set, 16), 2)
    output = capsys.readouterr().out
    for epoch in range(2):
        shown = f"d_loss {history['d_loss'][epoch]:.3f}, g_loss {history['g_loss'][epoch]:.3f}"
        assert shown in output
    assert shown in output.split("\r")[-1]


def test_what_is_not_finite_names_its_epoch_and_batch():
    seen = Seen(4)
    for value in (1.0, 2.0, np.nan, np.nan):
        seen.add(tf.constant([value] * len(LOG_NAMES)))
    with pytest.raises(TrainingDiverged, match=r"epoch 5, batch 3: a loss is not finite"):
        seen.look()


@pytest.mark.parametrize("dataset", [[], tf.data.Dataset.range(0)], ids=["list", "tf.data"])
def test_nothing_to_train_on_is_refused(make_gan, dataset):
    with pytest.raises(InputError, match="at least one batch"):
        train(make_gan(), dataset, 1)
