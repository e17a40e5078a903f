"""Runs lessons from top to bottom in fresh kernels and keeps what they print and draw.

`make notebooks` runs all of them; `python notebooks/execute.py 02` those whose names begin so.
GANKIT_SCALE decides how long that takes.
"""

import base64
import io
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
LARGE = 60_000  # characters of a JPEG, as in a sheet of photographs


def execute(path):
    """Runs one lesson and writes it back, without the traces of the machine that ran it."""
    notebook = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    client = NotebookClient(
        notebook,
        timeout=5400,  # of a cell, on a machine that is busy with other things
        kernel_name="python3",
        coalesce_streams=True,  # of a progress bar, keep the last state
        resources={"metadata": {"path": HERE}},
    )
    client.execute()
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                print(f"{path.name}: on the error stream: {output.text}", file=sys.stderr)
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
            if len(data.get("image/jpeg", "")) > LARGE:
                data["image/jpeg"] = coarser(data["image/jpeg"])
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)
    print(f"{path.name}: {time.perf_counter() - start:.0f} s", flush=True)


def smaller(png):
    """A figure with 256 colours in place of 16 million, or of 32 greys: no eye can tell."""
    figure = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    red, green, blue = figure.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        figure = red.point([round(round(grey / 255 * 31) / 31 * 255) for grey in range(256)])
    else:
        figure = figure.quantize(256)
    packed = io.BytesIO()
    figure.save(packed, "png", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def coarser(jpeg):
    """A figure of photographs at a lower quality, as a browser still shows it well."""
    packed = io.BytesIO()
    figure = Image.open(io.BytesIO(base64.b64decode(jpeg)))
    figure.save(packed, "jpeg", quality=60, optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


if __name__ == "__main__":
    prefixes = tuple(sys.argv[1:]) or ("",)
    for lesson in sorted(HERE.glob("[0-9]*.ipynb")):
        if lesson.name.startswith(prefixes):
            execute(lesson)
