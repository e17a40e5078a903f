"""A generator and a discriminator of points in the plane: small enough to train in seconds.

What a cure of mode collapse changes in the discriminator is an argument of it: layers before or
after its own, another kind of dense layer, no sigmoid at the end.
"""

from gankit.backend import keras

layers = keras.layers

LATENT_DIM = 2  # PacGAN's


def points_generator(width=128, num_classes=None):
    """Returns a generator of points: three dense layers.

    PacGAN's has four of 400, each normalised over the batch. This one is smaller, so that a run
    takes seconds, and has no such layer, so that its collapse comes and goes with one change.

    Args:
        width: units of each layer.
        num_classes: number of modes, for a generator that takes one as a label.

    Returns:
        `keras.Model`, noise `(batch, 2)`, or `[noise, labels]`, to points `(batch, 2)`.
    """
    hidden = [layers.Dense(width, activation="relu") for _ in range(3)]
    return _chain(LATENT_DIM, num_classes, [*hidden, layers.Dense(2)], "generator")


def points_discriminator(
    width=128, num_classes=None, before=(), dense=layers.Dense, after=(), last="sigmoid"
):
    """Returns a discriminator of points: two dense layers with LeakyReLU.

    Args:
        width: units of each layer.
        num_classes: number of modes, for a discriminator that takes a point's as a label.
        before: layers that come first.
        dense: what makes a dense layer; called as `keras.layers.Dense` is.
        after: layers that come before the last one.
        last: activation of the last layer; None for a critic.

    Returns:
        `keras.Model`, points `(batch, 2)`, or `[points, labels]`, to the probability, or the
        critic's score, `(batch, 1)`.
    """
    hidden = [dense(width, activation="leaky_relu") for _ in range(2)]
    stack = [*before, *hidden, *after, dense(1, activation=last)]
    return _chain(2, num_classes, stack, "discriminator")


def _chain(size, num_classes, stack, name):
    """The layers one after another; the label, if there is one, one-hot, beside the first input."""
    if num_classes is None:
        return keras.Sequential([keras.Input((size,)), *stack], name=name)
    first, label = keras.Input((size,)), keras.Input((), dtype="int32", name="label")
    x = layers.CategoryEncoding(num_classes, "one_hot")(label)
    x = layers.Concatenate()([first, x])
    for layer in stack:
        x = layer(x)
    return keras.Model([first, label], x, name=name)
