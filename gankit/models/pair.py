"""What a generator and a discriminator must be to be trained as a pair."""

from gankit.backend import keras
from gankit.errors import InputError

layers = keras.layers

# what may follow a discriminator's logits: layers that rearrange or average them
REARRANGING = (
    layers.AveragePooling2D,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.Identity,
    layers.Reshape,
)


def check_pair(generator, discriminator):
    """Refuses two models that do not fit each other."""
    generated, judged = generator.outputs[0].shape[1:], discriminator.inputs[0].shape[1:]
    if generated != judged:
        expected = f"a discriminator for the generator's images of shape {generated}"
        raise InputError("The two models do not fit", expected, f"one for images of shape {judged}")
    inputs = len(generator.inputs), len(discriminator.inputs)
    if inputs[0] != inputs[1]:
        received = "a generator with {} inputs and a discriminator with {}".format(*inputs)
        raise InputError("The two models do not fit", "both to take labels, or neither", received)


def ends_in_sigmoid(discriminator):
    """Returns whether a discriminator gives probabilities, or logits; refuses it if neither."""
    last = layer = _last(discriminator)
    while isinstance(layer, REARRANGING):
        layer = layer.input._keras_history.operation
    while isinstance(layer, layers.Wrapper):  # spectral normalisation, for example
        layer = layer.layer
    activation = getattr(layer, "activation", None)
    if activation is keras.activations.linear:
        return False
    if activation is keras.activations.sigmoid and not isinstance(last, REARRANGING):
        return True
    ends = " and ".join(dict.fromkeys(type(each).__name__ for each in (layer, last)))
    raise InputError(
        "The discriminator's answers are neither probabilities nor logits",
        "a last layer with the activation sigmoid, e.g. Dense(1, activation='sigmoid'), or with "
        "none, e.g. Dense(1)",
        f"{ends}, with the activation {getattr(activation, '__name__', activation)}",
        "Put Flatten and Reshape before the sigmoid, not behind it",
    )


def num_classes(model):
    """Returns the number of classes that a model takes labels of, or None if that cannot be known.

    The label's path begins with an Embedding or a CategoryEncoding in every model of the kit.
    """
    for layer in model.layers:
        if isinstance(layer, layers.Embedding):
            return layer.input_dim
        if isinstance(layer, layers.CategoryEncoding):
            return layer.num_tokens
    return None


def _last(model):
    """The layer that a model's output comes from, also where models are nested."""
    layer = model.outputs[0]._keras_history.operation
    return _last(layer) if isinstance(layer, keras.Model) else layer
