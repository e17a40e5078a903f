"""The loop, and runs that are killed and go on."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import imageio.v3 as imageio
import numpy as np
import pytest

from gankit import InputError, TrainingDiverged, make_dataset
from gankit.backend import keras
from gankit.gan import LOG_NAMES
from gankit.runs import Record, Run
from gankit.runs.recorder import RunRecorder, SampleGrid
from gankit.training import train


def go(gan, dataset, folder, epochs, done=0):
    """Trains into a run's folder, from the start or from its checkpoint."""
    run = Run(folder) if done else Run.create(folder, {"recipe": "toy", "epochs": epochs})
    callbacks = [
        RunRecorder(run, run.restore(gan)),
        SampleGrid(folder / "samples", animation=folder / "samples.gif", initial_epoch=done),
    ]
    train(gan, dataset, epochs, callbacks, initial_epoch=done, verbose=False)
    return run


def test_a_run_holds_what_it_should(make_gan, image_set, tmp_path):
    gan = make_gan()
    run = go(gan, make_dataset(image_set, 16), tmp_path / "run", 3)
    names = {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}
    assert names == {
        *("config.json", "history.csv", "losses.png", "samples.gif", "checkpoint/last.npz"),
        *("generator.keras", "discriminator.keras"),
        *(f"samples/epoch_000{epoch}.png" for epoch in range(4)),
    }
    with (run.folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert list(rows[0]) == ["epoch", *LOG_NAMES, "seconds"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert len(imageio.imread(run.folder / "samples.gif")) >= 2
    assert imageio.imread(run.folder / "losses.png").std() > 1
    np.testing.assert_array_equal(
        np.asarray(run.load_generator()(np.ones((2, 5), "float32"), training=False)),
        np.asarray(gan.generator(np.ones((2, 5), "float32"), training=False)),
    )


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_resumed_run_ends_as_an_unbroken_one(
    make_gan, image_set, tmp_path, conditional, batch_norm
):
    pair = {"batch_norm": batch_norm}
    whole = make_gan(pair=pair)
    unbroken = go(whole, make_dataset(image_set, 16), tmp_path / "whole", 4)
    go(make_gan(pair=pair), make_dataset(image_set, 16), tmp_path / "parts", 2)
    resumed = make_gan(pair=pair, seed=7)  # whatever it starts from, the checkpoint decides
    parts = go(resumed, make_dataset(image_set, 16, initial_epoch=2), tmp_path / "parts", 4, done=2)
    for ours, theirs in zip(whole.state, resumed.state, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    a, b = unbroken.restore(whole), parts.restore(whole)
    assert len(a.epochs.pop("seconds")) == len(b.epochs.pop("seconds")) == 4
    assert (a.batches, a.epochs) == (b.batches, b.epochs)


def test_train_leaves_a_dataset_for_the_next_epochs(make_gan, image_set):
    """Two calls over the same dataset are one longer training."""
    once, twice = make_gan(), make_gan()
    whole = train(once, make_dataset(image_set, 16), 3, verbose=False)
    dataset = make_dataset(image_set, 16)
    first = train(twice, dataset, 1, verbose=False)
    rest = train(twice, dataset, 3, initial_epoch=1, verbose=False)
    assert whole == {name: first[name] + rest[name] for name in whole}


def test_a_callback_can_stop_training(make_gan, image_set):
    gan = make_gan()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(gan, "stop_training", epoch == 1)
    )
    assert len(train(gan, make_dataset(image_set, 16), 9, [stop], verbose=False)["g_loss"]) == 2


def test_the_bar_shows_time_left_and_both_losses(make_gan, image_set, capsys):
    train(make_gan(), make_dataset(image_set, 16), 2)
    last = capsys.readouterr().out.split("\r")[-1]
    for part in ("epoch 2/2", "100%", "left", "d_loss", "g_loss"):
        assert part in last


@pytest.mark.parametrize("epochs", [0, -1, 1.5])
def test_no_epochs_are_refused(make_gan, image_set, epochs):
    with pytest.raises(InputError, match="positive integer"):
        train(make_gan(), make_dataset(image_set, 16), epochs)


def test_divergence_stops_training_and_keeps_the_last_good_checkpoint(
    make_gan, image_set, tmp_path
):
    gan = make_gan()
    run = go(gan, make_dataset(image_set, 16), tmp_path / "run", 1)
    good = [variable.numpy() for variable in gan.state]
    spoil = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: gan.g_optimizer.learning_rate.assign(np.nan)
    )
    callbacks = [RunRecorder(run, run.restore(gan)), spoil]
    with pytest.raises(TrainingDiverged, match=r"epoch 2, batch 2.*Lower the learning rate"):
        train(gan, make_dataset(image_set, 16), 3, callbacks, initial_epoch=1, verbose=False)
    kept = make_gan(seed=5)
    run.restore(kept)
    for ours, theirs in zip(good, kept.state, strict=True):
        np.testing.assert_array_equal(ours, theirs.numpy())


def test_weights_that_break_in_the_last_batch_are_not_saved(make_gan, image_set, tmp_path):
    gan = make_gan()
    run = go(gan, make_dataset(image_set, 16), tmp_path / "run", 1)
    gan.generator.weights[0].assign(np.full(gan.generator.weights[0].shape, np.nan))
    with pytest.raises(TrainingDiverged, match="a weight is no finite number"):
        run.save_checkpoint(gan, Record())
    assert run.epochs_done == 1


def test_a_checkpoint_of_other_models_is_refused(make_gan, image_set, tmp_path):
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 1)
    with pytest.raises(InputError, match="of other models"):
        run.restore(make_gan(pair={"batch_norm": True}))


def test_a_damaged_checkpoint_is_refused(make_gan, image_set, tmp_path):
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 1)
    path = run.folder / "checkpoint" / "last.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="damaged"):
        run.restore(make_gan())


def gankit(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "gankit", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip


@pytest.mark.parametrize("recipe", ["dcgan_selu", "cgan_dense"])
def test_killed_and_resumed_gives_the_same_weights(tmp_path, recipe):
    """SIGKILL in the middle of an epoch, on real recipes, through the command line."""
    train_it = ("train", recipe, "--scale", "smoke", "--epochs", 3, "--images", "mnist")
    unbroken = gankit(*train_it, "--out", tmp_path / "whole")
    assert "3 epochs in" in unbroken.communicate()[0]

    killed = gankit(*train_it, "--out", tmp_path / "parts")
    checkpoint = tmp_path / "parts" / "checkpoint" / "last.npz"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert Run(tmp_path / "parts").epochs_done < 3

    resumed = gankit(*train_it, "--out", tmp_path / "parts", "--resume")
    output = resumed.communicate()[0]
    assert resumed.returncode == 0, output
    with np.load(tmp_path / "whole/checkpoint/last.npz") as a, np.load(checkpoint) as b:
        assert a.files == b.files
        for name in a.files:
            if name != "epochs.seconds":
                np.testing.assert_array_equal(a[name], b[name])
    grids = sorted(path.name for path in (tmp_path / "parts/samples").glob("*.png"))
    assert grids == [f"epoch_000{k}.png" for k in range(4)]
    config = json.loads((tmp_path / "parts/config.json").read_text())
    assert config["epochs"] == 3
