"""First weights that are taken from the images, where a layer has a weight for every pixel."""

import numpy as np

from gankit.backend import keras
from gankit.errors import InputError

WHITE = 0.97  # in [-1, 1]; tanh reaches 1 nowhere
MEASURED = 1_000  # samples, to see how far the hidden units stray


def pixel_layers(generator, discriminator):
    """Returns the generator's last and the discriminator's first layer with weights, both Dense."""
    last = next(layer for layer in reversed(generator.layers) if layer.weights)
    first = next(layer for layer in discriminator.layers if layer.weights)
    for layer in (last, first):
        if not isinstance(layer, keras.layers.Dense):
            about = "Principal components need a weight for every pixel"
            raise InputError(about, "a Dense layer beside the images", type(layer).__name__)
    return last, first


def start_at_components(generator, discriminator, images):
    """Lets two fully connected models begin at the principal components of the images.

    The generator's last layer draws the images' mean and adds their components, each with the
    spread that it has in the images: one of two hidden units adds it, one takes it away. In the
    discriminator's first layer two units measure each component, one what is above the mean and one
    what is below; those of little spread are enlarged, to the root of their share of the largest.
    From random weights every pixel begins on its own instead, and that stays in every image as
    grain.

    Args:
        generator: a model that ends in Dense with tanh, and Reshape.
        discriminator: a model that begins with Flatten and Dense.
        images: uint8 array of shape `(count, height, width, channels)`. Fewer images than pairs of
            units have fewer components; the units left over begin without a part in the image.

    Raises:
        InputError: if either layer is not Dense.

    Source: Turk and Pentland, Eigenfaces for recognition, 1991, here as first weights only.
    """
    from gankit.data import scale_pixels

    last, first = pixel_layers(generator, discriminator)
    pixels = scale_pixels(images.reshape(len(images), -1))
    units = last.kernel.shape[0]
    mean, spreads, components = _principal(np.arctanh(np.clip(pixels, -WHITE, WHITE)), units // 2)
    strayed = _differences(generator, last, len(components))[:, None]
    last.kernel.assign(_paired(spreads / strayed * components, units))
    last.bias.assign(mean)
    mean, spreads, components = _principal(pixels, first.units // 2)
    kernel = _paired(components / np.sqrt(spreads * spreads[0]), first.units).T
    first.kernel.assign(kernel)
    first.bias.assign(-mean @ kernel)


def _principal(values, count):
    """Returns the rows' mean, and of so many principal components the spreads and directions."""
    from sklearn.utils.extmath import randomized_svd

    mean = values.mean(axis=0)
    count = min(count, *values.shape)
    _, lengths, directions = randomized_svd(values - mean, count, random_state=0)
    return mean, np.maximum(lengths / np.sqrt(len(values)), 1e-6)[:, None], directions


def _differences(generator, last, count):
    """Returns the deviation, over noise, of each unit before the last layer less its partner."""
    noise = np.random.default_rng(0).normal(size=(MEASURED, *generator.input_shape[1:]))
    before = keras.Model(generator.inputs, last.input)
    hidden = np.asarray(before([noise.astype("float32")]), "float32")
    strayed = (hidden[:, :count] - hidden[:, count : 2 * count]).std(axis=0)
    return np.where(strayed > 0, strayed, np.inf)  # units that never stir get no part in it


def _paired(components, units):
    """Returns the components, the same with the other sign, and zeros for the units left over."""
    left_over = np.zeros((units - 2 * len(components), components.shape[1]), components.dtype)
    return np.concatenate([components, -components, left_over])
