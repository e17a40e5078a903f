"""Files: what people have on disk, read into image sets; and files written whole or not at all."""

import contextlib
import hashlib
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np

from gankit.data.images import ImageSet, limited_order
from gankit.data.photographs import CROPPING, read_photographs
from gankit.errors import InputError, check_integer

IMAGE_ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
CACHE_BYTES = 2 * 2**30


def load_image_folder(folder, listing=None, size=64, limit=None):
    """Loads photographs: centre-cropped to a square, resized with antialiasing, RGB.

    Files that are missing or cannot be read are left out, counted and named in one printed line; if
    no image is left, an `InputError` names them. The result is kept in `~/.cache/gankit`
    (`$XDG_CACHE_HOME/gankit`) for the next time.

    Args:
        folder: where the images are, at any depth. Without a listing, two or more subfolders
            that hold images are taken for classes. Hidden files and folders are passed over.
        listing: a text file that names the images to take, one a line: a path below `folder`, or
            the name of a file that is there once; then optionally a tab and the label, then
            anything. It may be in `folder` itself, as source A's `flower_text.txt`.
        size: side of the resulting images, in pixels.
        limit: at most this many: a random subset, the same one every time. Where files of it
            cannot be read, others take their place, at the end.

    Returns:
        `ImageSet` with uint8 images of shape `(count, size, size, 3)`, in the order of the
        listing or else of the file names. Labels count from 0 in the order of the class names.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("No such folder", "a folder of images", f"{folder}, not a folder")
    check_integer("size", size)
    entries = _listed(folder, listing) if listing else _unlisted(folder)
    there = [entry for entry in entries if entry[1]]
    missing = [name for name, path, _ in entries if not path]
    images, kept, unreadable = _read_cached(there, size, limit)
    skipped = "; ".join(
        f"{len(names)} {what}: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
        for what, names in (("missing", missing), ("unreadable", unreadable))
        if names
    )
    if not kept:
        where = f"named in {listing}" if listing else f"({', '.join(sorted(IMAGE_ENDINGS))})"
        raise InputError(f"No image left in {folder}", f"one {where}", skipped or "none")
    title = _text(folder.absolute().name)
    if skipped:
        print(f"gankit: {title}: skipped {skipped}")
    names = {label for _, _, label in entries if label is not None}
    names = sorted(names, key=lambda name: (int(name) if name.isdecimal() else math.inf, name))
    labels = np.array([names.index(there[index][2]) for index in kept]) if names else None
    source = f"the folder {title}" + (f" as listed in {Path(listing).name}" if listing else "")
    return ImageSet(images, labels, title, source, tuple(names) or None)


def _unlisted(folder):
    """Returns every image below a folder, as (name, path, label or None)."""
    paths = _image_paths(folder)
    parts = [path.relative_to(folder).parts for path in paths]
    classes = len({part[0] for part in parts}) > 1 and all(len(part) > 1 for part in parts)
    labels = [_text(part[0]) if classes else None for part in parts]
    return list(zip((_text(Path(*part)) for part in parts), paths, labels, strict=True))


def _image_paths(folder):
    """Returns the images below a folder, sorted, without hidden ones and what macOS zips add."""
    paths = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name != "__MACOSX"]
        paths += [Path(parent, name) for name in names if name[0] != "."]
    return sorted(path for path in paths if path.suffix.lower() in IMAGE_ENDINGS)


def _listed(folder, listing):
    """Returns the images of a listing, as (name, path or None if missing, label or None)."""
    places = [place for place in (Path(listing), folder / listing) if place.is_file()]
    if not places:
        raise InputError("No listing", "a text file that names images", f"{listing}, not a file")
    lines = places[0].read_text(encoding="utf-8-sig", errors="backslashreplace").splitlines()
    rows = [[field.strip() for field in line.split("\t")] for line in lines if line.strip()]
    labelled = all(len(row) > 1 and row[1] for row in rows)
    found = _image_paths(folder)
    paths, times = {path.name: path for path in found}, Counter(path.name for path in found)
    entries = []
    for name, *label in rows:
        path = folder / name
        if not path.is_file():
            path = paths[name] if times[name] == 1 else None
        entries.append((name, path, label[0] if labelled else None))
    return entries


def _text(name):
    """Returns a file's name as text that can be printed, whatever its bytes."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def _read_cached(entries, size, limit):
    """Returns images, their entries' indices and the unreadable names, if it can from the cache."""
    paths = [path for _, path, _ in entries]
    key = CROPPING, size, len(limited_order(len(paths), limit)[:limit])
    try:
        cached = _cache_path(paths, key)
        with np.load(cached) as arrays:
            images, kept, unreadable = arrays["images"], arrays["kept"], arrays["unreadable"]
        with contextlib.suppress(OSError):
            os.utime(cached)  # what was not used for longest is dropped first
        return images, kept.tolist(), unreadable.tolist()
    except Exception:  # not there, or damaged, or no place for a cache: it is made anew
        pass
    images, kept, errors = read_photographs(paths, size, limit)
    unreadable = [f"{entries[k][0]} ({type(error).__name__})" for k, error in errors.items()]
    lasting = not any(getattr(error, "errno", None) for error in errors.values())  # the files' own
    with contextlib.suppress(OSError, RuntimeError):
        if lasting and images.nbytes < CACHE_BYTES:
            arrays = {"images": images, "kept": kept, "unreadable": np.array(unreadable, str)}
            cached = _cache_path(paths, key)
            cached.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(cached, lambda part: np.savez(part, **arrays))
            files = sorted(cached.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)
            while sum(file.stat().st_size for file in files) > CACHE_BYTES:
                files.pop(0).unlink()
    return images, kept, unreadable


def _cache_path(paths, key):
    """Returns where the cache keeps these images: elsewhere once a file has changed."""
    digest = hashlib.sha256(repr(key).encode())
    for path in paths:
        stat = path.stat()
        digest.update(os.fsencode(path.absolute()))
        digest.update(f"\0{stat.st_size} {stat.st_mtime_ns}\0".encode())
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gankit"
    return folder / f"{digest.hexdigest()}.npz"


def write_atomic(path, write):
    """Calls `write(part)` with a path beside `path`, then moves what it wrote into place.

    Whatever goes wrong, `path` stays as it was and nothing is left beside it.
    """
    part = Path(path).with_name(f".part-{Path(path).name}")
    try:
        write(part)
        part.replace(path)
    except BaseException:  # an interrupt as well
        with contextlib.suppress(OSError):
            part.unlink()
        raise
