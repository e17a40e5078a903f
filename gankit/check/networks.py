"""Checks of models: are they built as they should be, and do they use their inputs?"""

import numpy as np

from gankit.backend import keras, tf
from gankit.check.verdict import Wrong, answer, check
from gankit.models.tables import REPORTED_TABLES, layer_table
from gankit.recipes import get_recipe


def _check_built(mine, inputs):
    if not isinstance(mine, keras.Model):
        raise Wrong(f"this is a {type(mine).__name__}, and not a Keras model")
    if not mine.built:
        raise Wrong("the model does not know its input yet; begin it with keras.Input")
    if len(mine.inputs) != inputs:
        raise Wrong(f"the model takes {len(mine.inputs)} input(s), expected {inputs}")


@check
def parameters(mine):
    """Checks `mine(kernel, channels_in, channels_out)`: how many parameters a convolution has.

    The kernel has the size `kernel` x `kernel`, and there are biases. The number is the same for a
    transposed convolution.
    """
    for kernel, channels_in, channels_out in ((5, 3, 2), (3, 2, 7)):
        weights = kernel**2 * channels_in * channels_out
        value = answer(mine, kernel, channels_in, channels_out)
        if value == weights + channels_out:
            continue
        hints = {
            weights: "weights are not all; a bias is added to each channel that comes out",
            weights + channels_in: "there is a bias for each channel that comes out",
            weights + 1: "there is a bias for each channel that comes out",
            weights // kernel + channels_out: "the kernel is a square",
            kernel**2 * channels_out + channels_out: "each output channel sees all input channels",
        }
        place = f"a {kernel}x{kernel} kernel, {channels_in} channels in and {channels_out} out"
        hint = hints.get(value, "count weights and biases apart, then add them")
        raise Wrong(f"{place}: it cannot be {value}; {hint}")
    return "weights and biases"


@check
def table(mine, recipe):
    """Checks a model against a recipe's layer table, row by row, and its activations.

    The table is the one that the recipe's source prints. If the source prints none, it is the table
    of the kit's own model.

    Args:
        mine: a generator or a discriminator without labels; its input shows which.
        recipe: the recipe's name, e.g. "dcgan_selu".
    """
    _check_built(mine, inputs=1)
    gan = get_recipe(recipe).build()
    model = gan.generator if len(mine.inputs[0].shape) == 2 else gan.discriminator
    if mine.inputs[0].shape != model.inputs[0].shape:
        expected, received = (each.inputs[0].shape[1:] for each in (model, mine))
        raise Wrong(f"the input has the shape {received}, expected {expected}")
    rows = REPORTED_TABLES.get(recipe, {}).get(model.name) or layer_table(model)
    own = layer_table(mine)
    for number, (row, expected) in enumerate(zip(own, rows, strict=False), 1):
        place = f"layer {number} ({row.type})"
        if row.type != expected.type:
            raise Wrong(f"layer {number} is a {row.type}, in the table a {expected.type}")
        if row.output_shape != expected.output_shape:
            received, wanted = row.output_shape[1:], expected.output_shape[1:]
            raise Wrong(f"{place} puts out {received}, in the table {wanted}")
        if row.params != expected.params:
            raise Wrong(
                f"{place} has {row.params:,} parameters, in the table {expected.params:,}; the "
                "size of a kernel, the units and the bias decide that"
            )
    if len(own) != len(rows):
        raise Wrong(f"the model has {len(own)} layers, the table {len(rows)}")
    layers = [[each for each in m.layers if hasattr(each, "activation")] for m in (mine, model)]
    for layer, expected in zip(*layers, strict=True):
        if layer.activation.__name__ != expected.activation.__name__:
            number = 1 + mine.layers.index(layer)
            raise Wrong(
                f"layer {number} ({type(layer).__name__}) has the activation "
                f"{layer.activation.__name__}, which is not the one it should have"
            )
    return f"all {len(rows)} rows of the {model.name}'s table, and the activations"


@check
def generator(mine, image_shape, latent_dim=100, smallest=None):
    """Checks what a generator of images does: its shapes, its range, its use of the noise.

    Args:
        mine: a Keras model that takes noise of shape `(batch, latent_dim)`.
        image_shape: `(height, width, channels)` of the images that it should make.
        latent_dim: length of the noise.
        smallest: height and width at which its convolutions should begin, if that matters.
    """
    _check_built(mine, inputs=1)
    if mine.inputs[0].shape[1:] != (latent_dim,):
        raise Wrong(f"the input has the shape {mine.inputs[0].shape[1:]}, expected {(latent_dim,)}")
    _check_shape("images", mine.outputs[0].shape[1:], image_shape)
    noise = np.random.default_rng(0).normal(size=(16, latent_dim)).astype(np.float32)
    images = mine(noise, training=False).numpy()
    if np.ptp(images, axis=0).max() < 1e-6:
        raise Wrong("every noise gives the same image; somewhere the noise is lost")
    _check_range(mine(1e4 * noise, training=False).numpy())  # as far as the outputs can go
    sides = [row.output_shape[1:3] for row in layer_table(mine) if len(row.output_shape) == 4]
    if smallest and (not sides or sides[0] != (smallest, smallest)):
        begins = "it has no feature maps" if not sides else f"the first are {sides[0]}"
        raise Wrong(f"the feature maps should begin at {smallest}x{smallest}, and {begins}")
    _check_all_learn(mine, [noise])
    return f"noise of {latent_dim} numbers to images of {tuple(image_shape)}, from -1 to 1"


def _check_shape(what, shape, expected):
    if tuple(shape) != tuple(expected):
        raise Wrong(f"the {what} have the shape {tuple(shape)}, expected {tuple(expected)}")


def _check_range(images):
    largest = np.abs(images).max()
    if largest > 1.001:
        raise Wrong(f"pixels can reach {largest:.3g}; those of the training images end at -1 and 1")
    if images.min() > -0.5:
        raise Wrong("no pixel can be below 0; the training images begin at -1")


@check
def conditional(mine, num_classes, image_shape=(28, 28, 1)):
    """Checks that a conditional generator, or discriminator, uses both of its inputs.

    Args:
        mine: a Keras model that takes `[noise, labels]` or `[images, labels]`; labels are integers
            of shape `(batch,)`.
        num_classes: how many classes there are.
        image_shape: `(height, width, channels)` of the images.
    """
    _check_built(mine, inputs=2)
    first, label = (tuple(each.shape[1:]) for each in mine.inputs)
    if label not in ((), (1,)):
        raise Wrong(
            f"the second input has the shape {label}; a label is one integer for each image"
        )
    generates, puts_out = len(first) == 1, mine.outputs[0].shape[1:]
    _check_shape("images", puts_out if generates else first, image_shape)
    if not generates:
        _check_shape("answers", puts_out, (1,))
    firsts = np.random.default_rng(0).uniform(-1, 1, (6, *first)).astype(np.float32)
    labels = np.arange(num_classes).reshape(-1, *label)
    pairs = np.repeat(firsts, num_classes, axis=0), np.concatenate([labels] * len(firsts))
    answers = np.asarray(mine(list(pairs), training=False), np.float64)
    answers = answers.reshape(len(firsts), num_classes, -1)
    name = "noise" if generates else "image"
    if np.ptp(answers, axis=1).max() < 1e-7:
        raise Wrong(f"another label changes nothing: with the same {name} the answer is the same")
    if np.ptp(answers, axis=0).max() < 1e-7:
        raise Wrong(f"another {name} changes nothing: with the same label the answer is the same")
    if len(np.unique(np.round(answers[0], 9), axis=0)) < num_classes:
        raise Wrong("two labels give the same answer; each class needs its own")
    if generates:
        _check_range(mine([1e4 * pairs[0], pairs[1]], training=False).numpy())
    else:
        _check_interplay(answers[..., 0])
    _check_all_learn(mine, [pairs[0], pairs[1]])
    return f"both inputs count, and all {num_classes} labels differ"


def _check_interplay(scores):
    """Refuses scores (images, labels) that are a sum of an image's part and a label's part."""
    if scores.min() >= 0 and scores.max() <= 1:  # probabilities; their logits are compared
        scores = np.clip(scores, 1e-7, 1 - 1e-7)
        scores = np.log(scores / (1 - scores))
    rows, columns = scores.mean(axis=1, keepdims=True), scores.mean(axis=0, keepdims=True)
    rest = scores - rows - columns + scores.mean()
    if np.std(rest) < 1e-3 * np.std(columns):
        raise Wrong(
            "the label is only added to the score, so what makes an image look real is the same "
            "for every class; let the label in before a layer with an activation"
        )


def _check_all_learn(model, inputs):
    """Refuses a model if no gradient reaches some of its weights."""
    inputs = [tf.convert_to_tensor(each) for each in inputs]
    with tf.GradientTape() as tape:
        outputs = model(inputs if len(inputs) > 1 else inputs[0], training=True)
    slopes = tape.gradient(outputs, [weight.value for weight in model.trainable_weights])
    for weight, slope in zip(model.trainable_weights, slopes, strict=True):
        if slope is None:
            raise Wrong(f"no gradient reaches `{weight.path}`, so it would never learn")
