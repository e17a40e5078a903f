"""Loading a folder of photographs: one by one at full size, as the kit does, and from its cache.

    python benchmarks/photographs.py FOLDER [SIZE]

All three in turn, five times, in this process; the medians. The files are in the system's memory.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from gankit import load_image_folder


def one_by_one(folder, size):
    """Decodes every photograph whole, one after another, as the kit did once."""
    images = []
    for path in sorted(Path(folder).rglob("*.jpg")):
        with Image.open(path) as photograph:
            whole = ImageOps.exif_transpose(photograph).convert("RGB")
        images.append(np.asarray(ImageOps.fit(whole, (size, size), Image.Resampling.LANCZOS)))
    return np.stack(images)


def main(folder, size=64):
    """Prints seconds and ratios."""
    seconds = {"one by one": [], "kit": [], "kit, from its cache": []}
    one_by_one(folder, int(size))  # reads the files into memory
    for _ in range(5):
        with tempfile.TemporaryDirectory() as cache:
            os.environ["XDG_CACHE_HOME"] = cache
            for name in seconds:
                load = one_by_one if name == "one by one" else load_image_folder
                start = time.perf_counter()
                loaded = load(folder, size=int(size))
                seconds[name].append(time.perf_counter() - start)
    print(f"{len(loaded):,} photographs at {size}x{size}, {os.cpu_count()} cores")
    slowest = statistics.median(seconds["one by one"])
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"{name:20} {median:7.2f} s  {slowest / median:6.1f} times as fast")


if __name__ == "__main__":
    main(*sys.argv[1:])
