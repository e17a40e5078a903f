"""Convolutional generators and discriminators, one pair for each reported model."""

from gankit.backend import keras
from gankit.errors import InputError

layers = keras.layers


def selu_generator(latent_dim=100, image_shape=(28, 28, 1)):
    """Returns source B's generator: 5x5 transposed convolutions, selu between, tanh at the end.

    The layers are those of `gankit.tables.REPORTED_TABLES["dcgan_selu"]["generator"]`. The last
    layer is float32 under every precision, so that images keep their 256 steps.

    Args:
        latent_dim: length of the noise vector.
        image_shape: `(height, width, channels)`; both sides multiples of 4. Source B: (28, 28, 1).

    Returns: `keras.Sequential`, noise `(batch, latent_dim)` to images `(batch, *image_shape)` in
        [-1, 1].

    Raises: InputError: if a side is not a multiple of 4.
    """
    height, width, channels = quartered(image_shape)
    # fmt: off
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(height * width * 128),                                       # (6272,)
        layers.Reshape((height, width, 128)),                                     # (7, 7, 128)
        layers.BatchNormalization(),                                              # (7, 7, 128)
        layers.Conv2DTranspose(64, 5, strides=2, padding="same",
                               activation="selu"),                                # (14, 14, 64)
        layers.BatchNormalization(),                                              # (14, 14, 64)
        layers.Conv2DTranspose(channels, 5, strides=2, padding="same",
                               activation="tanh", dtype="float32"),               # (28, 28, 1)
    ], name="generator")
    # fmt: on


def selu_discriminator(image_shape=(28, 28, 1)):
    """Returns source B's discriminator: strided 5x5 convolutions, LeakyReLU, dropout, sigmoid.

    The layers are those of `gankit.tables.REPORTED_TABLES["dcgan_selu"]["discriminator"]`. The
    slope 0.2 and the dropout rate 0.2 are our choice; the source does not state them.

    Args:
        image_shape: `(height, width, channels)`; both sides multiples of 4. Source B: (28, 28, 1).

    Returns: `keras.Sequential`, images `(batch, *image_shape)` in [-1, 1] to the probability
        `(batch, 1)` that each is real.

    Raises: InputError: if a side is not a multiple of 4.
    """
    quartered(image_shape)
    # fmt: off
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Conv2D(64, 5, strides=2, padding="same", activation="leaky_relu"),   # (14, 14, 64)
        layers.Dropout(0.2),                                                        # (14, 14, 64)
        layers.Conv2D(128, 5, strides=2, padding="same", activation="leaky_relu"),  # (7, 7, 128)
        layers.Dropout(0.2),                                                        # (7, 7, 128)
        layers.Flatten(),                                                           # (6272,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                     # (1,)
    ], name="discriminator")
    # fmt: on


def quartered(image_shape):
    """Returns height / 4, width / 4 and channels: what two strides of 2 leave of an image."""
    height, width, channels = image_shape
    if height % 4 or width % 4 or not height or not width:
        raise InputError(
            "Invalid value received for argument `image_shape`. Expected a height and a width "
            "that are multiples of 4 (the model halves them twice). Received: "
            f"image_shape={image_shape}. Load images of another size: load_image_folder(folder, 64)"
        )
    return height // 4, width // 4, channels
