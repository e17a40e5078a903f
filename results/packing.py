"""Keeps a run's generator in few bits, for `gankit.pretrained`: gankit/weights/<name>.npz, .json.

Every kernel is rounded to 63 values, a scale for each of its columns, and a kernel of more than
four million numbers becomes the product of two smaller ones: the best of its rank for the inputs
that it gets (Chen et al., DRONE, 2021). The card says how much that changes 2,000 samples.
"""

import hashlib
import zipfile

import numpy as np

from gankit.backend import keras
from gankit.data.files import write_atomic
from gankit.recipes import RECIPES
from gankit.runs import write_json
from gankit.sampling import Noise
from gankit.weights import FOLDER, unpacked

LEVELS = 31  # on either side of 0: six bits
SMALL = 1_000  # numbers; smaller arrays stay as they are
LARGE = 4_000_000
RANK = 96
COMPARED = 2_000
LICENCES = {
    "mnist": "MNIST: CC BY-SA 3.0",
    "oxford_flowers102": "Oxford 102 Flowers: not stated by its makers, so for study alone",
}


def keep(run, about):
    """Writes the generator of a `gankit.runs.Run`, and its card, which begins as it is given."""
    recipe = RECIPES[run.config["recipe"]]
    gan, _ = run.load_gan("float32")
    arrays = packed(gan)
    path = FOLDER / f"{recipe.name}.npz"
    write_atomic(path, lambda part: write_archive(part, arrays))
    labels = np.arange(COMPARED) % run.config["num_classes"] if recipe.conditional else None
    before = gan.sample(COMPARED, labels)
    with np.load(path) as archive:
        gan.generator.set_weights(unpacked(archive, len(gan.generator.weights)))
    after = gan.sample(COMPARED, labels)
    change = np.abs(after.astype(int) - before)
    card = {
        **about,
        "licence": LICENCES[recipe.images],
        "packing": {
            "mean": round(float(change.mean()), 3),
            "largest": int(change.max()),
            "share_over_2": round(float((change > 2).mean()), 4),
        },
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    write_json(FOLDER / f"{recipe.name}.json", card)


def write_archive(path, arrays):
    """Writes arrays as npz with the best compression that `numpy.load` reads."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, values, allow_pickle=False)


def packed(gan):
    """Returns the arrays that are kept of a GAN's generator; see `gankit.weights`."""
    arrays = {}

    def add(name, values):
        if values.ndim < 2 or values.size < SMALL:
            arrays[name] = values
            return
        scale = np.abs(values).max(axis=tuple(range(values.ndim - 1))) / LEVELS
        arrays[name] = np.rint(values / np.maximum(scale, 1e-30)).astype(np.int8)
        arrays[f"{name}.scale"] = scale.astype(np.float32)

    for index, weight in enumerate(gan.generator.weights):
        values = weight.numpy()
        if values.size > LARGE:
            left, right = factors(values, inputs_of(gan, weight))
            add(f"{index}.left", left)
            add(f"{index}.right", right)
        else:
            add(str(index), values)
    return arrays


def factors(kernel, inputs, rank=RANK):
    """Returns two matrices whose product is as near to a kernel as the rank allows, on inputs."""
    variances, directions = np.linalg.eigh(inputs.T.astype(np.float64) @ inputs / len(inputs))
    weighted = np.sqrt(np.maximum(variances, 0))[:, None] * (directions.T @ kernel)
    right = np.linalg.svd(weighted, full_matrices=False)[2][:rank]
    return (kernel @ right.T).astype(np.float32), right.astype(np.float32)


def inputs_of(gan, weight, count=10_000):
    """Returns what the layer of a kernel gets in `count` samples."""
    generator = gan.generator
    (layer,) = (
        layer for layer in generator.layers if any(weight is each for each in layer.weights)
    )
    before = keras.Model(generator.inputs, layer.input)
    inputs = Noise(gan.latent_dim, gan.clusters, seed=1)(count)
    if gan.conditional:
        inputs = [inputs, np.arange(count) % gan.num_classes]
    return before.predict(inputs, batch_size=500, verbose=0)
