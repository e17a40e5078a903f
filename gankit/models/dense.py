"""Fully connected generators and discriminators: an image is a list of pixels, no more."""

import math

from gankit.backend import keras
from gankit.models.layers import Dropout

layers = keras.layers


def flowers_generator(latent_dim=100, image_shape=(64, 64, 3)):
    """Returns source A's generator: fully connected layers of 256, 512 and 1024 units.

    Source A writes its images as (3, 64, 64); here the channels come last. They are float32 under
    every precision.

    Args:
        latent_dim: length of the noise vector.
        image_shape: `(height, width, channels)`, of any size. Source A: (64, 64, 3).

    Returns:
        `keras.Sequential`, noise `(batch, latent_dim)` to images `(batch, *image_shape)` in
        [-1, 1].
    """
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(256, activation="relu"),                                     # (256,)
        layers.Dense(512, activation="relu"),                                     # (512,)
        layers.Dense(1024, activation="relu"),                                    # (1024,)
        layers.Dense(math.prod(image_shape), "tanh", dtype="float32"),            # (12288,)
        layers.Reshape(image_shape, dtype="float32"),                             # (64, 64, 3)
    ], name="generator")  # fmt: skip


def flowers_discriminator(image_shape=(64, 64, 3)):
    """Returns source A's discriminator: fully connected layers of 1024, 512 and 256 units.

    Source A gives the sizes "from 256, 512, 1024" and not their order; narrowing is our choice.

    Args as in `flowers_generator`.

    Returns:
        `keras.Sequential`, images `(batch, *image_shape)` in [-1, 1] to the probability
        `(batch, 1)` that each is real.
    """
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Flatten(),                                                         # (12288,)
        layers.Dense(1024, activation="relu"),                                    # (1024,)
        layers.Dense(512, activation="relu"),                                     # (512,)
        layers.Dense(256, activation="relu"),                                     # (256,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                   # (1,)
    ], name="discriminator")  # fmt: skip


def digits_generator(latent_dim=100, image_shape=(28, 28, 1)):
    """Returns lesson 01's generator: two fully connected layers before the image.

    Args and returns as in `flowers_generator`.
    """
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(256, activation="leaky_relu"),                               # (256,)
        layers.Dense(512, activation="leaky_relu"),                               # (512,)
        layers.Dense(math.prod(image_shape), activation="tanh", dtype="float32"), # (784,)
        layers.Reshape(image_shape, dtype="float32"),                             # (28, 28, 1)
    ], name="generator")  # fmt: skip


def digits_discriminator(image_shape=(28, 28, 1)):
    """Returns lesson 01's discriminator: two fully connected layers with dropout.

    Args and returns as in `flowers_discriminator`.
    """
    return keras.Sequential([
        keras.Input(image_shape),
        layers.Flatten(),                                                         # (784,)
        layers.Dense(512, activation="leaky_relu"),                               # (512,)
        Dropout(0.3),                                                             # (512,)
        layers.Dense(256, activation="leaky_relu"),                               # (256,)
        Dropout(0.3),                                                             # (256,)
        layers.Dense(1, activation="sigmoid", dtype="float32"),                   # (1,)
    ], name="discriminator")  # fmt: skip
