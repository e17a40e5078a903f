"""The layer tables as the sources report them, and the same table of any model.

`REPORTED_TABLES[recipe]["generator" or "discriminator"]` lists what the source printed; a test
compares it with `layer_table(model)` row by row.
"""

from typing import NamedTuple


class LayerRow(NamedTuple):
    """One line of a layer table: the Keras class, the output shape, the number of parameters."""

    type: str
    output_shape: tuple[int | None, ...]
    params: int


class Totals(NamedTuple):
    """Parameter counts of a whole model."""

    total: int
    trainable: int
    non_trainable: int


REPORTED_TABLES = {
    "dcgan_selu": {
        "generator": [
            LayerRow("Dense", (None, 6272), 633_472),
            LayerRow("Reshape", (None, 7, 7, 128), 0),
            LayerRow("BatchNormalization", (None, 7, 7, 128), 512),
            LayerRow("Conv2DTranspose", (None, 14, 14, 64), 204_864),
            LayerRow("BatchNormalization", (None, 14, 14, 64), 256),
            LayerRow("Conv2DTranspose", (None, 28, 28, 1), 1_601),
        ],
        "discriminator": [
            LayerRow("Conv2D", (None, 14, 14, 64), 1_664),
            LayerRow("Dropout", (None, 14, 14, 64), 0),
            LayerRow("Conv2D", (None, 7, 7, 128), 204_928),
            LayerRow("Dropout", (None, 7, 7, 128), 0),
            LayerRow("Flatten", (None, 6272), 0),
            LayerRow("Dense", (None, 1), 6_273),
        ],
    },
}

REPORTED_TOTALS = {
    "dcgan_selu": {
        "generator": Totals(840_705, 840_321, 384),
        "discriminator": Totals(212_865, 212_865, 0),
    },
}


def layer_table(model):
    """Returns the layers of a Keras model as a list of `LayerRow`, inputs left out."""
    return [
        LayerRow(type(layer).__name__, tuple(layer.output.shape), layer.count_params())
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]


def layer_totals(model):
    """Returns the parameter counts of a Keras model as `Totals`."""
    trainable = sum(weight.shape.num_elements() for weight in model.trainable_weights)
    return Totals(model.count_params(), trainable, model.count_params() - trainable)


def format_table(rows, totals=None):
    """Returns a layer table as text, one layer a line, with the totals below."""
    lines = [f"{'layer':<20} {'output shape':<22} {'parameters':>10}"]
    lines += [f"{row.type:<20} {row.output_shape!s:<22} {row.params:>10,}" for row in rows]
    counts = totals._asdict() if totals else {"total": sum(row.params for row in rows)}
    lines += [f"{name.replace('_', '-'):<43} {count:>10,}" for name, count in counts.items()]
    return "\n".join(lines)
