"""Image files: what people have on disk, read into image sets.

Every reader refuses what it cannot read whole, with the file's name, instead of guessing.
"""

import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gankit.data.images import ImageSet
from gankit.errors import InputError

IMAGE_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
IDX_NAMES = {"train": "train", "test": "t10k"}
LISTING = "flower_text.txt"  # source A's
NPZ_KEYS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}


def load_path(path, split="train", size=64):
    """Loads whatever a path holds.

    Args:
        path: a folder of images (as listed in its flower_text.txt, if it has one), a folder with
            original idx files (gzipped or not), a `.npz` or a `.csv` file.
        split: "train", "test" or "all", where the files tell them apart.
        size: side of the images made from photographs.

    Returns: `ImageSet`, named after the file or folder.

    Raises: InputError: if nothing is there, or it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        if holds_idx(path):
            return _image_set(*read_idx(path, split), path)
        return load_image_folder(path, LISTING if (path / LISTING).is_file() else None, size)
    if path.suffix == ".npz" and path.is_file():
        return _image_set(*read_npz(path, split), path)
    if path.suffix == ".csv" and path.is_file():
        return _image_set(*read_csv(path), path)
    found = "a file of another kind" if path.exists() else "a path that does not exist"
    raise InputError(
        f"No images at {path}. Expected a folder of images, a folder with the original idx files, "
        f"a .npz or a .csv file. Received: {found}"
    )


def load_image_folder(folder, listing=None, size=64):
    """Loads photographs: centre-cropped to a square, resized with antialiasing, RGB.

    Args:
        folder: where the images are, at any depth. Without a listing, two or more subfolders
            that hold images are taken for classes.
        listing: a text file that names the images to take, one a line: a file name below
            `folder`, then optionally a tab and the label, then anything. Relative paths are looked
            for in the current directory, then in `folder`. Source A's is `flower_text.txt`.
        size: side of the resulting images, in pixels.

    Returns: `ImageSet` with uint8 images of shape `(count, size, size, 3)`, in the order of the
        listing or else of the file names. Labels count from 0 in the order of the class names.

    Files that are missing or cannot be read are left out, counted and named in one printed line.

    Raises: InputError: if the folder or the listing is not there, or no image is left.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"Expected a folder of images. Received: {folder}, which is not a folder")
    if not isinstance(size, int) or size < 1:
        raise InputError(
            "Invalid value received for argument `size`. Expected a positive integer, in pixels. "
            f"Received: size={size!r}"
        )
    entries = _listed(folder, listing) if listing else _found(folder)
    images, labels, missing, corrupt = [], [], [], []
    for name, path, label in entries:
        if path is None:
            missing.append(name)
            continue
        try:
            with Image.open(path) as photograph:
                images.append(square(photograph, size))
        except (
            OSError,
            ValueError,
            SyntaxError,
            UnidentifiedImageError,
            Image.DecompressionBombError,
        ) as error:
            corrupt.append(f"{name} ({type(error).__name__})")
            continue
        labels.append(label)
    skipped = [
        f"{len(names)} {what}: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
        for what, names in (("missing", missing), ("unreadable", corrupt))
        if names
    ]
    if not images:
        raise InputError(
            f"No image left in {folder}. Expected at least one readable image"
            + (f" named in {listing}" if listing else f" ({', '.join(sorted(IMAGE_ENDINGS))})")
            + f". Received: {'; '.join(skipped) or 'none'}"
        )
    if skipped:
        print(f"gankit: {folder.name}: skipped {'; '.join(skipped)}")
    names = sorted({label for _, _, label in entries}, key=_natural) if labels[0] else None
    return ImageSet(
        np.stack(images),
        np.array([names.index(label) for label in labels]) if names else None,
        folder.name,
        f"the folder {folder.name}" + (f" as listed in {Path(listing).name}" if listing else ""),
        tuple(names) if names else None,
    )


def square(photograph, size):
    """Returns a PIL image of any mode as a uint8 RGB array `(size, size, 3)`."""
    photograph = ImageOps.exif_transpose(photograph)
    if photograph.mode.startswith(("I", "F")):  # deep greys, which Pillow would clip to white
        deep = np.asarray(photograph, dtype=np.float64)
        top = 65535 if deep.max() > 255 else 255
        photograph = Image.fromarray(np.clip(deep * 255 / top, 0, 255).astype(np.uint8))
    if photograph.has_transparency_data:
        photograph = photograph.convert("RGBA")
        white = Image.new("RGBA", photograph.size, "white")
        photograph = Image.alpha_composite(white, photograph)
    photograph = photograph.convert("RGB")
    return np.asarray(ImageOps.fit(photograph, (size, size), Image.Resampling.LANCZOS))


def _found(folder):
    """Every image below a folder, as (name, path, label or None)."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_ENDINGS)
    tops = {p.relative_to(folder).parts[0] for p in paths if p.parent != folder}
    classes = len(tops) > 1 and all(p.parent != folder for p in paths)
    return [
        (str(p.relative_to(folder)), p, p.relative_to(folder).parts[0] if classes else None)
        for p in paths
    ]


def _listed(folder, listing):
    """The images that a listing names, as (name, path or None if missing, label or None)."""
    listing = Path(listing)
    if not listing.is_file() and (folder / listing).is_file():
        listing = folder / listing
    if not listing.is_file():
        raise InputError(
            f"Expected a listing of image files. Received: {listing}, which is no file"
        )
    try:
        lines = listing.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        lines = listing.read_text(encoding="latin-1").splitlines()
    rows = [[field.strip() for field in line.split("\t")] for line in lines if line.strip()]
    by_name = {p.name: p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_ENDINGS}
    labelled = all(len(row) > 1 and row[1] for row in rows)
    entries = []
    for row in rows:
        path = folder / row[0]
        path = path if path.is_file() else by_name.get(Path(row[0]).name)
        entries.append((row[0], path, row[1] if labelled else None))
    return entries


def _natural(label):
    """Sorts "2" before "10"."""
    return (0, int(label), "") if label.isdigit() else (1, 0, label)


def holds_idx(folder):
    """Whether a folder has MNIST's original files, of either split."""
    return any(_idx_file(folder, split, "images", 3) for split in IDX_NAMES)


def _idx_file(folder, split, kind, dimensions):
    """The path of one original file, under any of the names it is found by, or None."""
    for dot in "-.":
        for ending in (".gz", ""):
            path = Path(folder) / f"{IDX_NAMES[split]}-{kind}{dot}idx{dimensions}-ubyte{ending}"
            if path.is_file():
                return path
    return None


def read_idx(folder, split="train"):
    """Reads MNIST's original format; returns images `(count, height, width, 1)` and labels."""
    parts = []
    for part in ["train", "test"] if split == "all" else [split]:
        files = _idx_file(folder, part, "images", 3), _idx_file(folder, part, "labels", 1)
        if None in files:
            raise InputError(
                f"{folder}: expected {IDX_NAMES[part]}-images-idx3-ubyte and "
                f"{IDX_NAMES[part]}-labels-idx1-ubyte, each with or without .gz. Received: a "
                "folder without " + ("both" if files == (None, None) else "one of them")
            )
        parts.append([_read_idx_file(path) for path in files])
    images, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return images[..., None], labels.astype(np.int64)


def _read_idx_file(path):
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged: {error}. Fetch it again") from error
    dimensions = raw[3] if raw[:3] == b"\x00\x00\x08" else 0
    shape = tuple(int(side) for side in np.frombuffer(raw, ">u4", dimensions, 4))
    data = raw[4 + 4 * dimensions :]
    if not dimensions or len(data) != np.prod(shape):
        raise InputError(
            f"{path} is damaged. Expected an idx file of unsigned bytes, as long as its header "
            f"says. Received: header {raw[:4].hex(' ')}, shape {shape}, {len(data)} bytes"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_npz(path, split="train"):
    """Reads an npz with keys as in keras.datasets (`x_train`, ...) or `images` and `labels`."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} is not a readable npz file: {error}") from error
    if "images" in arrays:
        return arrays["images"], arrays.get("labels")
    parts = [NPZ_KEYS[part] for part in (["train", "test"] if split == "all" else [split])]
    if any(images not in arrays for images, _ in parts):
        raise InputError(
            f"{path}: expected the keys {' and '.join(', '.join(pair) for pair in parts)}, or "
            f"images and labels. Received: {', '.join(arrays) or 'no keys'}"
        )
    images = np.concatenate([arrays[image_key] for image_key, _ in parts])
    if any(label_key not in arrays for _, label_key in parts):
        return images, None
    return images, np.concatenate([arrays[label_key].reshape(-1) for _, label_key in parts])


def read_csv(path):
    """Reads rows of label and pixels, or pixels alone; a header is skipped.

    Colab's `mnist_train_small.csv` is one: 20,000 rows of a label and 784 pixels, no header.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        header = bool(lines) and not lines[0].split(",")[0].strip().replace(".", "").isdigit()
        if not any(line.strip() for line in lines[header:]):
            raise ValueError("it has no rows")
        table = np.loadtxt(lines[header:], delimiter=",", dtype=np.float32, ndmin=2)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} is not a readable csv file of numbers: {str(error).splitlines()[0]}"
        ) from error
    columns = table.shape[1]
    for labels in (1, 0):
        for channels in (1, 3):
            side = round(((columns - labels) / channels) ** 0.5)
            if side > 1 and side * side * channels == columns - labels:
                pixels = table[:, labels:].reshape(-1, side, side, channels)
                return pixels, table[:, 0] if labels else None
    raise InputError(
        f"{path}: expected a label and the pixels of a square image in each row (785 numbers for "
        f"28x28 grey). Received: {columns} columns"
    )


def _image_set(images, labels, path):
    """Checks what a file held and makes an image set of it."""
    if images.ndim == 3:
        images = images[..., None]
    if images.dtype != np.uint8:
        images = _to_bytes(images, path)
    names = None
    if labels is not None:
        labels = labels.reshape(-1)
        if (
            labels.dtype.kind not in "iuf"
            or not np.all(labels == np.floor(labels))
            or np.any(labels < 0)
        ):
            raise InputError(
                f"{path}: expected labels that are whole numbers from 0. Received: dtype "
                f"{labels.dtype}, e.g. {labels[:3].tolist()}"
            )
        labels = labels.astype(np.int64)
        names = tuple(str(k) for k in range(int(labels.max(initial=0)) + 1))
    return ImageSet(images, labels, path.stem if path.is_file() else path.name, path.name, names)


def _to_bytes(images, path):
    """Numbers that are pixels, as uint8."""
    if images.dtype.kind not in "iuf":
        raise InputError(f"{path}: expected pixels that are numbers. Received: {images.dtype}")
    if not np.all(np.isfinite(images)):
        bad = int(np.sum(~np.isfinite(images)))
        raise InputError(
            f"{path}: expected pixels from 0 to 255. Received: {bad} that are NaN or infinite"
        )
    low, high = images.min(initial=0), images.max(initial=0)
    if low < 0 or high > 255 or (images.dtype.kind == "f" and high <= 1):
        raise InputError(
            f"{path}: expected pixels from 0 to 255. Received: {low:g} to {high:g}. "
            "Scale them to 0..255 and save them as uint8"
        )
    return np.rint(images).astype(np.uint8)


def write_atomic(path, write):
    """Calls `write(part)` with a path beside `path`, then moves what it wrote into place.

    If writing fails, the part is removed and what was there before stays.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        write(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
