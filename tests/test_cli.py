"""The command line."""

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version

import numpy as np
import pytest
from PIL import Image

from gankit import RECIPES, cli
from gankit.backend import keras
from gankit.cli import main
from gankit.runs import Run


def process(*arguments, **environment):
    """Runs the command in a process of its own; returns its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "gankit", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def gankit(*arguments):
    """Runs the command in this process, where TensorFlow has started already."""
    with redirect_stdout(io.StringIO()) as printed, redirect_stderr(io.StringIO()) as errors:
        code = main([str(argument) for argument in arguments])
    return code, printed.getvalue(), errors.getvalue()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A trained run, at smoke scale, by the command line."""
    out = tmp_path_factory.mktemp("runs") / "b"
    code, printed, errors = process("train", "dcgan_selu", "--scale", "smoke", "--out", out)
    assert code == 0, errors
    if version("tensorflow") >= "2.21":  # 2.20's graph optimizer has a line of its own to say
        assert errors == ""
    assert f"Look at {out / 'samples.gif'}" in printed
    return out


def refused(*arguments, run=gankit, **environment):
    """The one line that a mistake is answered with."""
    code, _, errors = run(*arguments, **environment)
    assert code == 2
    assert len(errors.splitlines()) == 1, errors
    assert errors.startswith("gankit: error: ")
    return errors


def test_list_names_every_recipe_with_its_source_and_needs(capsys):
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert "dcgan_selu" in printed
    assert "Zhao" in printed
    assert "mnist, 28x28x1: 20 epochs of 20,000 images, batch 32" in printed
    assert "with labels: 50 epochs of 200 batches from 60,000 images, batch 32" in printed
    for name, recipe in RECIPES.items():
        assert name in printed
        assert recipe.source in printed


def test_show_prints_what_is_stated_what_is_chosen_and_the_tables(capsys):
    assert main(["show", "dcgan_selu"]) == 0
    printed = capsys.readouterr().out
    for part in ("states", "we chose", "1.41", "840,321", "212,865", "smoke"):
        assert part in printed


def test_show_builds_the_tables_that_no_source_prints(capsys):
    assert main(["show", "cdcgan_pooling"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "two pooling layers",
        "generator steps for each discriminator step: 2",
        "Adam, learning rate 0.0001, beta_1 0.5",
        "MaxPooling2D         (None, 7, 7, 32)",
        "Concatenate          (None, 7, 7, 65)",
    ):
        assert part in printed


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list"], ["train", "--help"], ["train", "nothing"], ["sample", "x"]]
)
def test_quick_answers_do_not_import_tensorflow(arguments):
    program = (
        "import sys; from gankit.cli import main\n"
        f"try: main({arguments})\nexcept SystemExit: pass\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["show", "dcgan"], "Expected one of dense_digits"),
        (["train", "dcgan"], "Expected one of dense_digits"),
        (["train", "dcgan_selu", "--scale", "huge"], "smoke, lesson, full"),
        (["train", "dcgan_selu", "--epochs", "0"], "integer from 1 to 2^31-1, received '0'"),
        (["train", "dcgan_selu", "--batch-size", "x"], "integer from 1 to 2^31-1, received 'x'"),
        (["train", "dcgan_selu", "--size", "0"], "--size"),
        (["train", "dcgan_selu", "--limit", "-3"], "--limit"),
        (["train", "dcgan_selu", "--seed", "-1"], "--seed"),
        (["train", "dcgan_selu", "--precision", "float8"], "--precision"),
        (["train", "dcgan_selu", "--images", "minst"], "mnist, fashion_mnist"),
        (["sample", "nowhere"], "nowhere is not a run. Expected the folder of one, or one of "),
    ],
)
def test_errors_of_use_are_one_line_and_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    errors = capsys.readouterr().err
    assert len(errors.splitlines()) == 1
    assert message in errors
    assert not list(tmp_path.iterdir())


def test_a_finished_run_is_not_overwritten(run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    message = refused("train", "dcgan_selu", "--scale", "smoke", "--out", run)
    assert "--resume" in message
    assert "--out" in message
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


def test_a_finished_run_resumed_is_left_as_it_is(run):
    before = (run / "checkpoint" / "last.npz").read_bytes()
    code, printed, _ = gankit("train", "dcgan_selu", "--scale", "smoke", "--out", run, "--resume")
    assert code == 0
    assert "0 epochs" in printed
    assert (run / "checkpoint" / "last.npz").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", 3], "Expected seed 0. Received: 3"),
        (["--batch-size", 8], "Expected batch_size 32. Received: 8"),
        (["--size", 32], "Expected size 28. Received: 32"),
        (["--precision", "mixed_bfloat16"], "Expected precision float32"),
        (["--epochs", 1], "2 epochs behind it"),
    ],
)
def test_resuming_with_other_settings_is_refused(run, arguments, message):
    assert message in refused("train", "dcgan_selu", "--out", run, "--resume", *arguments)


def test_learning_rates_that_have_fallen_to_0_do_not_go_on(tmp_path):
    out = tmp_path / "r"
    options = ("train", "dcgan_selu_tuned", "--scale", "smoke", "--out", out)
    assert gankit(*options)[0] == 0
    assert "Expected --epochs 2. Received: 3" in refused(*options, "--resume", "--epochs", 3)
    assert gankit(*options, "--resume")[0] == 0


def test_resuming_on_other_images_is_refused(run, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "x.npz", x_train=rng.integers(0, 256, (128, 28, 28), dtype=np.uint8))
    message = refused(
        "train", "dcgan_selu", "--out", run, "--resume", "--images", tmp_path / "x.npz"
    )
    assert "other images" in message


def test_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    message = refused("train", "dcgan_selu", "--scale", "smoke", "--out", tmp_path)
    assert "in use. Expected a new or an empty folder. Received: thesis.txt" in message
    assert "no readable config.json" in refused("sample", tmp_path)
    for content in ("", "[]", "{}"):
        (tmp_path / "config.json").write_text(content)
        assert "no readable config.json" in refused("sample", tmp_path)


@pytest.mark.parametrize("out", ["/proc/nothing/here", "a_file/run"])
def test_an_output_that_cannot_be_written(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").write_text("")
    assert "--out" in refused("train", "dcgan_selu", "--scale", "smoke", "--out", out)


def test_images_that_do_not_fit_leave_nothing_behind(tmp_path):
    np.savez(tmp_path / "odd.npz", images=np.zeros((40, 30, 30, 1), np.uint8))
    out = tmp_path / "run"
    message = refused(
        "train", "dcgan_selu", "--images", tmp_path / "odd.npz", "--batch-size", 8, "--out", out
    )
    assert "multiples of 4" in message
    assert not out.exists()


def test_a_batch_larger_than_the_data(tmp_path):
    message = refused(
        "train", "dcgan_selu", "--limit", 10, "--batch-size", 11, "--out", tmp_path / "run"
    )
    assert "at least 11 images. Received: mnist: 10 images" in message
    assert not (tmp_path / "run").exists()


def test_another_keras_backend_is_refused(tmp_path):
    arguments = ("train", "dcgan_selu", "--scale", "smoke", "--out", tmp_path / "r")
    message = refused(*arguments, run=process, KERAS_BACKEND="jax")
    assert "KERAS_BACKEND=tensorflow" in message
    assert not (tmp_path / "r").exists()


def test_sample_writes_pictures_and_arrays(run, tmp_path):
    assert gankit("sample", run)[0] == 0
    assert (run / "samples.png").is_file()
    out = tmp_path / "s.npz"
    assert gankit("sample", run, "--count", 10, "--seed", 4, "--out", out)[0] == 0
    with np.load(out) as archive:
        assert archive.files == ["images"]
        images = archive["images"]
    assert images.shape == (10, 28, 28, 1)
    assert images.dtype == np.uint8
    gankit("sample", run, "--count", 10, "--seed", 4, "--out", tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as archive:
        np.testing.assert_array_equal(archive["images"], images)


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "dcgan_selu"])
def test_every_recipe_trains_and_draws(name, tmp_path):
    code, printed, errors = gankit("train", name, "--scale", "smoke", "--out", tmp_path / "r")
    assert code == 0, errors
    assert "2 epochs in" in printed
    record = Run(tmp_path / "r").restore(RECIPES[name].build())
    assert np.isfinite(list(record.epochs.values())).all()
    assert len(record.batches["d_loss"]) == 2 * (128 // 32)
    out = tmp_path / "s.npz"
    assert gankit("sample", tmp_path / "r", "--count", 7, "--out", out)[0] == 0
    with np.load(out) as archive:
        assert archive["images"].shape == (7, *RECIPES[name].image_shape)
        if RECIPES[name].conditional:
            assert archive["labels"].tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "e"
    options = ("--scale", "smoke", "--epochs", 1, "--images", "synthetic_flowers")
    code, _, errors = gankit("train", "cgan_dense", *options, "--out", out)
    assert code == 0, errors
    return out


def test_the_digits_that_are_named_are_drawn_in_turn(conditional_run, tmp_path):
    out = tmp_path / "s.npz"
    options = ("--digit", 3, "--label", 7, "--count", 6, "--seed", 1)
    code, printed, _ = gankit("sample", conditional_run, *options, "--out", out)
    assert code == 0
    assert "after 1 epoch\n" in printed
    with np.load(out) as archive:
        images, labels = archive["images"], archive["labels"]
    assert labels.tolist() == [3, 7] * 3
    gan, epochs = Run(conditional_run).load_gan()
    assert epochs == 1
    np.testing.assert_array_equal(images, gan.sample(6, labels=[3, 7] * 3, seed=1))
    assert not np.array_equal(images, gan.sample(6, labels=[3, 3] * 3, seed=1))


def test_a_class_that_is_not_there_is_refused(conditional_run):
    """The run was trained on eight species."""
    message = refused("sample", conditional_run, "--digit", 3, "--digit", 8)
    assert "No such --digit" in message
    assert "classes from 0 to 7" in message
    assert message.rstrip().endswith("Received: 8")
    assert "classes from 0 to 7" in refused("sample", conditional_run, "--digit", -1)


def test_a_conditional_recipe_needs_labels(tmp_path):
    np.savez(tmp_path / "x.npz", images=np.zeros((64, 28, 28, 1), np.uint8))
    options = ("--scale", "smoke", "--images", tmp_path / "x.npz", "--out", tmp_path / "r")
    assert "Expected images with labels" in refused("train", "cgan_dense", *options)
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--digit", 3], "dcgan_selu is not conditional, so no --digit"),
        (["--out", "a.jpg"], ".png or .npz"),
        (["--out", "gone/a.png"], "a folder that is there"),
        (["--count", 0], "integer from 1"),
    ],
)
def test_sample_refuses(run, arguments, message):
    assert message in refused("sample", run, *arguments)


@pytest.fixture
def copy(run, tmp_path):
    return shutil.copytree(run, tmp_path / "copy")


EXECUTED = []


@keras.saving.register_keras_serializable("test_cli")
class Spy(keras.layers.Layer):
    """Says so when somebody builds it from a file."""

    @classmethod
    def from_config(cls, config):
        EXECUTED.append(config)
        return cls(**config)


def test_models_in_the_folder_are_never_built_from_it(copy, tmp_path):
    """A stranger's generator.keras, a torn one, or the discriminator: samples do not change."""
    gankit("sample", copy, "--count", 5, "--out", tmp_path / "before.npz")
    spying = keras.Sequential([keras.Input((100,)), Spy()])
    spying.save(copy / "generator.keras")
    keras.saving.load_model(copy / "generator.keras")
    assert EXECUTED  # the trap works
    EXECUTED.clear()
    for spoil in (
        lambda: None,
        lambda: shutil.copy(copy / "discriminator.keras", copy / "generator.keras"),
        lambda: (copy / "generator.keras").write_bytes(b"torn"),
        lambda: (copy / "generator.keras").unlink(),
    ):
        spoil()
        code, _, errors = gankit("sample", copy, "--count", 5, "--out", tmp_path / "after.npz")
        assert code == 0, errors
        assert (tmp_path / "after.npz").read_bytes() == (tmp_path / "before.npz").read_bytes()
    assert EXECUTED == []


def test_weights_of_other_models_are_refused(copy, conditional_run):
    weights = copy / "checkpoint" / "last.npz"
    shutil.copy(conditional_run / "checkpoint" / "last.npz", weights)
    for command in ("sample", "evaluate"):
        message = refused(command, copy)
        assert "of other models. Expected" in message
        assert "dcgan_selu" in message
    weights.write_bytes(weights.read_bytes()[:5000])
    assert "last.npz is damaged" in refused("sample", copy)
    weights.unlink()
    assert "its first epoch is not over" in refused("sample", copy)


def test_another_recipe_in_the_configuration_is_refused(copy):
    config = json.loads((copy / "config.json").read_text())
    for recipe, message in (("dcgan_leaky", "of other models"), ("my.module", "one of dense_d")):
        (copy / "config.json").write_text(json.dumps({**config, "recipe": recipe}))
        assert message in refused("sample", copy)


def test_more_epochs_go_on_from_a_finished_run(run):
    code, printed, _ = gankit("train", "dcgan_selu", "--out", run, "--resume", "--epochs", 3)
    assert code == 0
    assert "gankit: 1 epoch in" in printed
    assert Run(run).epochs_done == 3
    assert Run(run).config["epochs"] == 3


def test_evaluate_prints_a_table_and_leaves_metrics(conditional_run):
    code, printed, _ = gankit("evaluate", conditional_run, "--count", 120)
    assert code == 0
    assert "120 images each, 2,352 features of pixels, seed 0" in printed
    for word in ("samples", "real", "noise", "Fréchet distance", "recall", "unseen real images"):
        assert word in printed
    assert "cgan_dense, 1 epoch\n" in printed
    kept = json.loads((conditional_run / "metrics.json").read_text())
    assert kept["count"] == 120

    code, printed, _ = gankit("evaluate", conditional_run, "--count", 120, "--json")
    again = json.loads(printed)  # nothing else is printed
    assert again["metrics"] == kept["metrics"]
    assert set(again) >= {"recipe", "epochs", "training_images", "extractor", "seed", "versions"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--count", 99), "an integer from 100"),
        (("--extractor", "vgg"), "mnist_classifier, inception_v3, pixels. Received: extractor="),
        (("--extractor", "mnist_classifier"), "Expected shape (28, 28, 1). Received: (28, 28, 3)"),
        (("--inception-weights", "nowhere.h5"), "Received: nowhere.h5"),
    ],
)
def test_evaluate_refuses(conditional_run, arguments, message):
    assert message in refused("evaluate", conditional_run, *arguments)


def test_a_report_that_cannot_be_kept_is_printed(conditional_run, tmp_path):
    copy = shutil.copytree(conditional_run, tmp_path / "copy")
    (copy / "metrics.json").unlink(missing_ok=True)
    (copy / "metrics.json").mkdir()  # what the root user cannot write either
    code, printed, errors = gankit("evaluate", copy, "--count", 120)
    assert code == 0
    assert "120 images each" in printed
    assert f"cannot write {copy / 'metrics.json'}: Is a directory" in errors
    assert "--resume" not in errors


def test_a_terminal_without_accents_still_shows_the_report(conditional_run):
    code, printed, errors = process(
        "evaluate", conditional_run, "--count", 120, PYTHONIOENCODING="ascii:strict"
    )
    assert code == 0, errors
    assert "Fr\\xe9chet distance" in printed


@pytest.mark.parametrize(
    ("command", "goes_on"), [("train dcgan_selu", True), ("sample x", False), ("list", False)]
)
def test_resuming_is_advised_where_there_is_something_to_resume(monkeypatch, command, goes_on):
    for error, code in ((KeyboardInterrupt(), 130), (OSError(28, "No space left"), 1)):

        def stop(arguments, error=error):
            raise error

        monkeypatch.setattr(cli, f"_{command.split()[0]}", stop)
        found, _, errors = gankit(*command.split())
        assert found == code
        assert ("--resume goes on" in errors) == goes_on


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    for k in range(140):
        pixels = np.random.default_rng(k).integers(256, size=(40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{k}.png")
    return folder


class TestSize:
    def test_photographs_are_trained_on_at_the_size_that_is_given(self, photographs, tmp_path):
        out = tmp_path / "r"
        options = ("--images", photographs, "--scale", "smoke", "--epochs", 1, "--limit", 32)
        train = ("train", "dense_flowers", *options, "--size", 32, "--out", out)
        code, printed, errors = gankit(*train)
        assert code == 0, errors
        assert "32 images, 32x32 RGB" in printed
        assert Run(out).config["size"] == 32
        assert Run(out).config["image_shape"] == [32, 32, 3]
        resumed = ("train", "dense_flowers", "--resume", "--out", out, "--epochs", 2)
        assert gankit(*resumed)[0] == 0
        assert "Expected size 32" in refused(*resumed, "--size", 64)
        code, printed, errors = gankit("evaluate", out, "--count", 100)
        assert code == 0, errors
        assert "70 images each" in printed  # half of the folder
        assert printed.count("140 images") == 1  # decoded once

    def test_a_recipe_of_one_size_refuses(self, photographs, tmp_path):
        options = ("--images", photographs, "--scale", "smoke", "--out", tmp_path / "r")
        message = refused("train", "dcgan_tutorial", *options, "--size", 32)
        assert "image_shape" in message
        assert not (tmp_path / "r").exists()

    def test_images_that_are_not_resized_refuse(self, tmp_path):
        options = ("--scale", "smoke", "--size", 32, "--out", tmp_path / "r")
        message = refused("train", "dcgan_selu", *options)
        assert "--size is for photographs" in message
        assert "Expected 32x32 pixels. Received: mnist: 128 images, 28x28 grey" in message
