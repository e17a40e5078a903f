"""Arrays on disk, read into image sets: MNIST's original idx files, npz and csv."""

import contextlib
import gzip
import math
import zipfile
import zlib
from pathlib import Path

import numpy as np

from gankit.data.images import ImageSet
from gankit.errors import InputError

SPLITS = {"train": ["train"], "test": ["test"], "all": ["train", "test"]}
MOST_CLASSES = 256  # where there are not labels enough to show that there are more


def load_arrays(path, split="train"):
    """Loads a folder with idx files, a `.npz` or a `.csv` file as an `ImageSet`."""
    readers = {".npz": read_npz, ".csv": read_csv}
    read = read_idx if path.is_dir() else readers.get(path.suffix.lower())
    if read is None:
        raise InputError(f"No images in {path}", "a folder, npz or csv", "a file of another kind")
    images, labels = read(path, split)
    names = None if labels is None else tuple(map(str, range(labels.max(initial=0) + 1)))
    images = _to_bytes(images if images.ndim > 3 else images[..., None], path)
    return ImageSet(images, labels, path.stem if path.is_file() else path.name, path.name, names)


def holds_idx(folder):
    """Returns whether a folder has MNIST's original files, of either split."""
    return any(_idx_path(folder, split, "images-idx3") for split in SPLITS["all"])


def _idx_path(folder, split, kind):
    """Returns the path of one original file, under any of its names, or None."""
    name = f"{'t10k' if split == 'test' else split}-{kind[:6]}[-.]{kind[7:]}-ubyte"
    paths = [path for ending in (".gz", "") for path in Path(folder).glob(name + ending)]
    return next((path for path in paths if path.is_file()), None)


def read_idx(folder, split="train"):
    """Reads MNIST's original format; returns images `(count, height, width, 1)` and labels."""
    images, labels = (
        np.concatenate([_read_idx_file(folder, part, kind) for part in SPLITS[split]])
        for kind in ("images-idx3", "labels-idx1")
    )
    return images[..., None], labels.astype(np.int64)


def _read_idx_file(folder, split, kind):
    path = _idx_path(folder, split, kind)
    if path is None:
        expected = f"the {split} split's {kind}-ubyte, with or without .gz"
        raise InputError(f"{folder} lacks a file", expected, "no such file")
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged: {error}. Fetch it again") from error
    dimensions = raw[3] if raw[:3] == b"\x00\x00\x08" and len(raw) > 3 else 0
    shape = [int.from_bytes(raw[4 * k : 4 * k + 4], "big") for k in range(1, dimensions + 1)]
    start = 4 + 4 * dimensions
    if dimensions != int(kind[-1]) or len(raw) - start != math.prod(shape):
        expected = f"an idx file of {kind[-1]} dimensions, as long as its header says"
        received = f"header {raw[:4].hex(' ')}, shape {shape}, {len(raw) - start} bytes"
        mend = "Fetch it again, or swap the files of images and labels"
        raise InputError(f"{path} is damaged", expected, received, mend)
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def read_npz(path, split="train"):
    """Reads an npz with keys as in keras.datasets (`x_train`, ...) or `images` and `labels`."""
    pairs = [(f"x_{part}", f"y_{part}") for part in SPLITS[split]]
    try:
        with path.open("rb") as file, np.lib.npyio.NpzFile(file) as archive:
            pairs = [("images", "labels")] if "images" in archive.files else pairs
            arrays = {key: np.asarray(archive[key]) for key in sum(pairs, ()) if key in archive}
            keys = ", ".join(archive.files) or "no keys"
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} is not a readable npz file: {error}") from error
    if any(key not in arrays for key, _ in pairs):
        expected = f"the keys {' and '.join(', '.join(pair) for pair in pairs)}, or images, labels"
        raise InputError(f"{path}: no images", expected, keys)
    images = [arrays[key] for key, _ in pairs]
    images = images[0] if len(images) == 1 else np.concatenate(images)
    labels = [arrays[key].reshape(-1) for _, key in pairs if key in arrays]
    return images, class_labels(np.concatenate(labels), path) if len(labels) == len(pairs) else None


def read_csv(path, split=None):
    """Reads rows of a label and pixels, as Colab's mnist_train_small.csv, or of pixels alone."""
    numbers = []  # of the rows read so far, as counted in the file

    def rows(file):
        for number, row in enumerate(file, 1):
            if row.strip() and not (number == 1 and _is_header(row.split(","))):
                numbers.append(number)
                yield row
        if not numbers:
            raise ValueError("no rows")

    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            table = np.loadtxt(rows(file), np.float32, None, ",", ndmin=2)
    except (OSError, ValueError) as error:
        where = f"row {numbers[-1]}: " if numbers else ""  # NumPy counts in another way
        reason = where + str(error).partition(" at row")[0]
        raise InputError(f"{path} is not a csv of numbers: {reason}") from error
    columns = table.shape[1]
    for labels, channels in ((1, 1), (1, 3), (0, 1), (0, 3)):
        side = math.isqrt((columns - labels) // channels)
        if side > 1 and side * side * channels == columns - labels:
            break
    else:
        expected = "rows of a label and a square image's pixels (785 numbers for 28x28 grey)"
        raise InputError(f"{path}: no images", expected, f"{columns} columns")
    pixels = _to_bytes(table[:, labels:], path).reshape(-1, side, side, channels)
    if not labels:
        return pixels, None
    ends = [np.unique(table[:, column]) for column in (0, -1)]
    first, last = (np.array_equal(values, np.arange(len(values))) for values in ends)
    if last and 1 < len(ends[1]) < MOST_CLASSES and not (first and len(ends[0]) > 1):
        raise InputError(f"{path}: shifted pixels", "the label first in each row", "labels last")
    return pixels, class_labels(table[:, 0], path, [f"row {number}" for number in numbers])


def _is_header(fields):
    """Returns whether a csv file's first row names its columns: by words, or by 0, 1, 2, ..."""
    numbers = []
    for field in fields:
        with contextlib.suppress(ValueError):
            numbers.append(float(field))
    return not numbers or (9 < len(fields) <= len(numbers) + 1 and all(np.diff(numbers) == 1))


def class_labels(labels, path, places=None):
    """Returns labels as int64, or refuses those that do not number classes."""
    about, expected = f"{path}: not labels", "whole numbers from 0, one for each class"
    if labels.dtype.kind not in "iuf":
        raise InputError(about, expected, f"{labels.dtype}, e.g. {labels[:3].tolist()}")
    wrong = np.flatnonzero(~((labels >= 0) & (labels == np.floor(labels))))
    if len(wrong):
        place = places[wrong[0]] if places else f"labels[{wrong[0]}]"
        raise InputError(about, expected, f"{labels[wrong[0]]:g} in {place}")
    different, largest = len(np.unique(labels)), labels.max(initial=0)
    if largest >= max(MOST_CLASSES, 10 * different):
        received = f"up to {largest:g}, but only {different} different ones"
        raise InputError(about, expected, received, "Number the classes 0, 1, 2, ...")
    return labels.astype(np.int64)


def _to_bytes(images, path):
    """Returns numbers that are pixels as uint8."""
    if images.dtype == np.uint8:
        return images
    numeric = images.dtype.kind in "iuf"
    low, high = (images.min(initial=0), images.max(initial=0)) if numeric else (np.nan, np.nan)
    if not 0 <= low <= high <= 255 or (images.dtype.kind == "f" and high <= 1):
        received, mend = f"{images.dtype}, {low:g} to {high:g}", "Save them as uint8"
        raise InputError(f"{path}: not pixels", "numbers from 0 to 255", received, mend)
    return np.rint(images, out=np.empty(images.shape, np.uint8), casting="unsafe")
