"""Convolutional generators and discriminators, one pair for each reported model."""

from gankit.backend import keras
from gankit.errors import InputError
from gankit.models.layers import BatchNormalization, Conv2DTranspose, Dropout, Packing

layers = keras.layers


def selu_generator(latent_dim=100, image_shape=(28, 28, 1)):
    """Returns source B's generator: 5x5 transposed convolutions, selu between, tanh at the end.

    The layers are those of `gankit.REPORTED_TABLES["dcgan_selu"]["generator"]`. The last
    layer is float32 under every precision, so that images keep their 256 steps.

    Args:
        latent_dim: length of the noise vector.
        image_shape: `(height, width, channels)`; both sides multiples of 4, or an `InputError` is
            raised. Source B: (28, 28, 1).

    Returns:
        `keras.Sequential`, noise `(batch, latent_dim)` to images `(batch, *image_shape)` in
        [-1, 1].
    """
    height, width, channels = quartered(image_shape)
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(height * width * 128),                                       # (6272,)
        layers.Reshape((height, width, 128)),                                     # (7, 7, 128)
        BatchNormalization(),                                                     # (7, 7, 128)
        Conv2DTranspose(64, 5, strides=2, padding="same", activation="selu"),     # (14, 14, 64)
        BatchNormalization(),                                                     # (14, 14, 64)
        Conv2DTranspose(channels, 5, strides=2, padding="same",
                        activation="tanh", dtype="float32"),                      # (28, 28, 1)
    ], name="generator")  # fmt: skip


def selu_discriminator(image_shape=(28, 28, 1)):
    """Returns source B's discriminator: strided 5x5 convolutions, LeakyReLU, dropout, sigmoid.

    The layers are those of `gankit.REPORTED_TABLES["dcgan_selu"]["discriminator"]`. The
    slope 0.2 and the dropout rate 0.2 are our choice; the source does not state them.

    Args as in `selu_generator`.

    Returns:
        `keras.Sequential`, images `(batch, *image_shape)` in [-1, 1] to the probability
        `(batch, 1)` that each is real.
    """
    quartered(image_shape)
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Conv2D(64, 5, strides=2, padding="same", activation="leaky_relu"),   # (14, 14, 64)
        Dropout(0.2),                                                               # (14, 14, 64)
        layers.Conv2D(128, 5, strides=2, padding="same", activation="leaky_relu"),  # (7, 7, 128)
        Dropout(0.2),                                                               # (7, 7, 128)
        layers.Flatten(),                                                           # (6272,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                     # (1,)
    ], name="discriminator")  # fmt: skip


def leaky_generator(latent_dim=100, image_shape=(28, 28, 1), filters=64, normalised=True):
    """Returns source C's DCGAN generator: a dense layer, then upsampling, leaky ReLU throughout.

    Filters and kernels are our choice: 4x4 kernels overlap evenly at stride 2, which leaves no
    checkerboard, and 64 filters keep an epoch of 60,000 digits to minutes on a CPU.

    Args and returns as in `selu_generator`, and two more: `filters` after the dense layer
    and of the first transposed convolution, and `normalised`, whether there is batch normalisation.
    """
    height, width, channels = quartered(image_shape)
    dense, upsampled = ([BatchNormalization()] if normalised else [] for _ in range(2))
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(height * width * filters),                                   # (3136,)
        *dense,                                                                   # (3136,)
        layers.LeakyReLU(0.2),                                                    # (3136,)
        layers.Reshape((height, width, filters)),                                 # (7, 7, 64)
        layers.Conv2DTranspose(filters, 4, strides=2, padding="same"),            # (14, 14, 64)
        *upsampled,                                                               # (14, 14, 64)
        layers.LeakyReLU(0.2),                                                    # (14, 14, 64)
        Conv2DTranspose(channels, 4, strides=2, padding="same",
                        activation="tanh", dtype="float32"),                      # (28, 28, 1)
    ], name="generator")  # fmt: skip


def leaky_discriminator(image_shape=(28, 28, 1), filters=32, packs_of=1, dropout=0.3):
    """Returns source C's DCGAN discriminator: two convolutions, dropout, leaky ReLU.

    Filters, kernels, and rate and place of the dropout are our choice; the source does not state
    them.

    Args and returns as in `selu_discriminator`, and:
        filters: of the first convolution; the second has twice as many.
        packs_of: images to judge at once, against mode collapse; see `layers.Packing`. The answers
            are then of shape `(batch / packs_of, 1)`.
        dropout: its rate.
    """
    quartered(image_shape)
    return keras.Sequential([
        keras.Input(image_shape),
        *([Packing(packs_of)] if packs_of > 1 else []),
        layers.Conv2D(filters, 4, strides=2, padding="same",
                      activation="leaky_relu"),                                    # (14, 14, 32)
        layers.Conv2D(2 * filters, 4, strides=2, padding="same",
                      activation="leaky_relu"),                                    # (7, 7, 64)
        Dropout(dropout),                                                          # (7, 7, 64)
        layers.Flatten(),                                                          # (3136,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                    # (1,)
    ], name="discriminator")  # fmt: skip


def tutorial_generator(latent_dim=100, image_shape=(28, 28, 1)):
    """Returns source D's generator: the PyTorch DCGAN tutorial's, for digits.

    A transposed convolution with PyTorch's padding p is the unpadded one, cropped by p on every
    side. At stride 2 with a 4x4 kernel p = 1 is what Keras calls "same"; p = 2 has no name in
    Keras and is written as the crop it is. So the sizes are the source's: 4, 8, 14, 28.
    Batch normalisation has PyTorch's momentum (0.1 there, 0.9 here) and epsilon.

    Args and returns as in `selu_generator`, but the sizes leave no other images than 28x28.
    """
    _check_28(image_shape)
    conv = {"kernel_size": 4, "use_bias": False, "kernel_initializer": _normal()}
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Reshape((1, 1, latent_dim)),                                          # (1, 1, 100)
        layers.Conv2DTranspose(112, **conv),                                         # (4, 4, 112)
        _pytorch_normalization(),                                                    # (4, 4, 112)
        layers.ReLU(),                                                               # (4, 4, 112)
        layers.Conv2DTranspose(56, **conv, strides=2, padding="same"),               # (8, 8, 56)
        _pytorch_normalization(),                                                    # (8, 8, 56)
        layers.ReLU(),                                                               # (8, 8, 56)
        layers.Conv2DTranspose(28, **conv, strides=2),                               # (18, 18, 28)
        layers.Cropping2D(2),                                                        # (14, 14, 28)
        _pytorch_normalization(),                                                    # (14, 14, 28)
        layers.ReLU(),                                                               # (14, 14, 28)
        Conv2DTranspose(image_shape[-1], **conv, strides=2, padding="same",
                        activation="tanh", dtype="float32"),                         # (28, 28, 1)
    ], name="generator")  # fmt: skip


def tutorial_discriminator(image_shape=(28, 28, 1)):
    """Returns source D's discriminator: the PyTorch DCGAN tutorial's, for digits.

    It has batch normalisation, so it matters whether real and fake images pass it in one batch or
    in two (source D: two), and how it is frozen; see `gankit.GAN.train_step`.

    Args and returns as in `selu_discriminator`, but for 28x28 images alone.
    """
    _check_28(image_shape)
    conv = {"kernel_size": 4, "use_bias": False, "kernel_initializer": _normal()}
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Conv2D(28, **conv, strides=2, padding="same"),                        # (14, 14, 28)
        layers.LeakyReLU(0.2),                                                       # (14, 14, 28)
        layers.ZeroPadding2D(2),                                                     # (18, 18, 28)
        layers.Conv2D(56, **conv, strides=2),                                        # (8, 8, 56)
        _pytorch_normalization(),                                                    # (8, 8, 56)
        layers.LeakyReLU(0.2),                                                       # (8, 8, 56)
        layers.Conv2D(112, **conv, strides=2, padding="same"),                       # (4, 4, 112)
        _pytorch_normalization(),                                                    # (4, 4, 112)
        layers.LeakyReLU(0.2),                                                       # (4, 4, 112)
        layers.Conv2D(1, **conv),                                                    # (1, 1, 1)
        layers.Flatten(),                                                            # (1,)
        layers.Activation("sigmoid", dtype="float32"),                               # (1,)
    ], name="discriminator")  # fmt: skip


def deep_generator(latent_dim=100, image_shape=(64, 64, 3), filters=128):
    """Returns the kit's own DCGAN generator of photographs: from a sixteenth of the sides up.

    Four transposed convolutions double the sides, and all but the last halve the channels: 64x64
    pixels begin as 4x4. Kernels of 4x4 overlap evenly at stride 2.

    Args:
        latent_dim: length of the noise vector.
        image_shape: `(height, width, channels)`; both sides multiples of 16, or an `InputError` is
            raised.
        filters: channels to begin with, a multiple of 8.

    Returns:
        `keras.Sequential`, noise `(batch, latent_dim)` to images `(batch, *image_shape)` in
        [-1, 1].
    """
    height, width, channels = divided(image_shape, 16)
    doubled = {"kernel_size": 4, "strides": 2, "padding": "same"}
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(height * width * filters),                                   # (2048,)
        BatchNormalization(),                                                     # (2048,)
        layers.ReLU(),                                                            # (2048,)
        layers.Reshape((height, width, filters)),                                 # (4, 4, 128)
        layers.Conv2DTranspose(filters // 2, **doubled),                          # (8, 8, 64)
        BatchNormalization(),                                                     # (8, 8, 64)
        layers.ReLU(),                                                            # (8, 8, 64)
        layers.Conv2DTranspose(filters // 4, **doubled),                          # (16, 16, 32)
        BatchNormalization(),                                                     # (16, 16, 32)
        layers.ReLU(),                                                            # (16, 16, 32)
        layers.Conv2DTranspose(filters // 8, **doubled),                          # (32, 32, 16)
        BatchNormalization(),                                                     # (32, 32, 16)
        layers.ReLU(),                                                            # (32, 32, 16)
        Conv2DTranspose(channels, **doubled, activation="tanh", dtype="float32"), # (64, 64, 3)
    ], name="generator")  # fmt: skip


def deep_discriminator(image_shape=(64, 64, 3), filters=128):
    """Returns the kit's own DCGAN discriminator of photographs: four strided convolutions.

    It is the generator the other way around: the sides are halved down to a sixteenth. There is no
    batch normalisation, so an image is judged by itself.

    Args as in `deep_generator`; `filters` are those of the last convolution, and each before it has
    half as many.

    Returns:
        `keras.Sequential`, images `(batch, *image_shape)` in [-1, 1] to the probability
        `(batch, 1)` that each is real.
    """
    divided(image_shape, 16)
    halved = {"kernel_size": 4, "strides": 2, "padding": "same", "activation": "leaky_relu"}
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Conv2D(filters // 8, **halved),                                    # (32, 32, 16)
        layers.Conv2D(filters // 4, **halved),                                    # (16, 16, 32)
        layers.Conv2D(filters // 2, **halved),                                    # (8, 8, 64)
        layers.Conv2D(filters, **halved),                                         # (4, 4, 128)
        layers.Flatten(),                                                         # (2048,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                   # (1,)
    ], name="discriminator")  # fmt: skip


def _normal(mean=0.0):
    """N(mean, 0.02), source D's: a config, of which each layer makes an initializer of its own."""
    return {"class_name": "RandomNormal", "config": {"mean": mean, "stddev": 0.02}}


def _pytorch_normalization():
    return BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0))


def _check_28(image_shape):
    if tuple(image_shape[:2]) != (28, 28):
        expected = "28x28 images: source D's sizes 4, 8, 14, 28 leave no other"
        mend = "Take dcgan_selu or dcgan_leaky for other sizes"
        raise InputError.argument("image_shape", tuple(image_shape), expected, mend)


def quartered(image_shape):
    """Returns height / 4, width / 4 and channels: what two strides of 2 leave of an image."""
    return divided(image_shape, 4)


def divided(image_shape, by):
    """Returns height / by, width / by and channels; refuses sides that are no multiples of it."""
    height, width, channels = image_shape
    if height % by or width % by or not height or not width:
        expected = f"a height and a width that are multiples of {by}, which the model divides by"
        mend = "Load images of another size: load_image_folder(folder, size=64)"
        raise InputError.argument("image_shape", tuple(image_shape), expected, mend)
    return height // by, width // by, channels
