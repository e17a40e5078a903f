"""Conditional generators and discriminators: each takes the class beside its first input.

Labels are integers, int32 of shape `(batch,)`. Every pair says in its docstring where the label
comes in. A label that is only added up with the rest at the last unit could not be followed,
because then what makes an image look real would be the same for every class.
"""

import math

from gankit.backend import keras
from gankit.models.dcgan import quartered
from gankit.models.layers import BatchNormalization, Conv2DTranspose, Dropout

layers = keras.layers

# fmt: off


def pooling_generator(latent_dim=100, image_shape=(28, 28, 1), num_classes=10):
    """Returns source C's conditional generator: noise and label, each a dense and a reshape layer.

    The label becomes one more channel of the smallest image; then it is upsampled as in C's DCGAN.

    Args:
        latent_dim: length of the noise vector.
        image_shape: `(height, width, channels)`; both sides multiples of 4, or an `InputError` is
            raised. Source C: (28, 28, 1).
        num_classes: number of classes.

    Returns:
        `keras.Model`, noise `(batch, latent_dim)` and labels `(batch,)` to images
        `(batch, *image_shape)` in [-1, 1].
    """
    height, width, channels = quartered(image_shape)
    noise, label = keras.Input((latent_dim,), name="noise"), _label_input()
    x = layers.Dense(height * width * 64, activation="leaky_relu")(noise)          # (3136,)
    x = layers.Reshape((height, width, 64))(x)                                     # (7, 7, 64)
    y = layers.CategoryEncoding(num_classes, "one_hot")(label)                     # (10,)
    y = layers.Dense(height * width)(y)                                            # (49,)
    y = layers.Reshape((height, width, 1))(y)                                      # (7, 7, 1)
    x = layers.Concatenate()([x, y])                                               # (7, 7, 65)
    x = layers.Conv2DTranspose(64, 4, strides=2, padding="same")(x)                # (14, 14, 64)
    x = BatchNormalization()(x)                                                    # (14, 14, 64)
    x = layers.LeakyReLU(0.2)(x)                                                   # (14, 14, 64)
    x = Conv2DTranspose(channels, 4, strides=2, padding="same",
                        activation="tanh", dtype="float32")(x)                     # (28, 28, 1)
    return keras.Model([noise, label], x, name="generator")


def pooling_discriminator(image_shape=(28, 28, 1), num_classes=10):
    """Returns source C's conditional discriminator: convolutions and pooling beside dense layers.

    The image passes two convolutions and two poolings, the label two dense layers; both are
    concatenated and decided on. The source does not say by how many layers. One unit alone could
    only add the two up, and the same images would look real whatever the label; so we put a dense
    layer between. The label's layers start from larger weights than Keras' own, which are meant for
    inputs that are not nine tenths zeros.

    Args as in `pooling_generator`.

    Returns:
        `keras.Model`, images `(batch, *image_shape)` in [-1, 1] and labels `(batch,)` to the
        probability `(batch, 1)` that each is real and of its class.
    """
    quartered(image_shape)
    image, label = keras.Input(image_shape, name="image"), _label_input()
    x = layers.Conv2D(16, 3, padding="same", activation="leaky_relu")(image)          # (28, 28, 16)
    x = layers.MaxPooling2D()(x)                                                      # (14, 14, 16)
    x = layers.Conv2D(32, 3, padding="same", activation="leaky_relu")(x)              # (14, 14, 32)
    x = layers.MaxPooling2D()(x)                                                      # (7, 7, 32)
    x = layers.Flatten()(x)                                                           # (1568,)
    x = Dropout(0.3)(x)                                                               # (1568,)
    y = layers.CategoryEncoding(num_classes, "one_hot")(label)                        # (10,)
    y = layers.Dense(256, activation="leaky_relu", kernel_initializer=_normal())(y)   # (256,)
    y = layers.Dense(256, activation="leaky_relu", kernel_initializer="he_normal")(y) # (256,)
    x = layers.Concatenate()([x, y])                                                  # (1824,)
    x = layers.Dense(128, activation="leaky_relu")(x)                                 # (128,)
    x = layers.Dense(1, activation="sigmoid", dtype="float32")(x)                     # (1,)
    return keras.Model([image, label], x, name="discriminator")


def relu_generator(latent_dim=100, image_shape=(28, 28, 1), num_classes=10):
    """Returns the generator of source E's experiment 1: batch normalisation and ReLU.

    Args and returns as in `pooling_generator`. The label comes in as an embedding beside the
    noise.
    """
    height, width, channels = quartered(image_shape)
    noise, label = keras.Input((latent_dim,), name="noise"), _label_input()
    y = layers.Embedding(num_classes, 50)(label)                                   # (50,)
    x = layers.Concatenate()([noise, y])                                           # (150,)
    x = layers.Dense(height * width * 64)(x)                                       # (3136,)
    x = layers.Reshape((height, width, 64))(x)                                     # (7, 7, 64)
    x = BatchNormalization()(x)                                                    # (7, 7, 64)
    x = layers.ReLU()(x)                                                           # (7, 7, 64)
    x = layers.Conv2DTranspose(64, 4, strides=2, padding="same")(x)                # (14, 14, 64)
    x = BatchNormalization()(x)                                                    # (14, 14, 64)
    x = layers.ReLU()(x)                                                           # (14, 14, 64)
    x = Conv2DTranspose(channels, 4, strides=2, padding="same",
                        activation="tanh", dtype="float32")(x)                     # (28, 28, 1)
    return keras.Model([noise, label], x, name="generator")


def relu_discriminator(image_shape=(28, 28, 1), num_classes=10):
    """Returns the discriminator of source E's experiment 1: strided convolutions, LeakyReLU.

    Args and returns as in `pooling_discriminator`. The label comes in as an embedding that is
    laid out as one more channel of the image. Default initialisation is stated, and makes this
    channel twenty times fainter than the pixels; batch normalisation, stated as well, lifts it.
    """
    quartered(image_shape)
    height, width, _ = image_shape
    image, label = keras.Input(image_shape, name="image"), _label_input()
    y = layers.Embedding(num_classes, height * width)(label)                       # (784,)
    y = BatchNormalization()(y)                                                    # (784,)
    y = layers.Reshape((height, width, 1))(y)                                      # (28, 28, 1)
    x = layers.Concatenate()([image, y])                                           # (28, 28, 2)
    x = layers.Conv2D(32, 4, strides=2, padding="same")(x)                         # (14, 14, 32)
    x = layers.LeakyReLU(0.2)(x)                                                   # (14, 14, 32)
    x = layers.Conv2D(64, 4, strides=2, padding="same")(x)                         # (7, 7, 64)
    x = layers.LeakyReLU(0.2)(x)                                                   # (7, 7, 64)
    x = layers.Flatten()(x)                                                        # (3136,)
    x = layers.Dense(1, activation="sigmoid", dtype="float32")(x)                  # (1,)
    return keras.Model([image, label], x, name="discriminator")


def leaky_conditional_generator(latent_dim=100, image_shape=(28, 28, 1), num_classes=10):
    """Returns the generator of source E's experiment 2: dense 128*7*7, transposed convolutions.

    Args and returns as in `pooling_generator`. The label comes in as an embedding beside the
    noise.
    """
    height, width, channels = quartered(image_shape)
    noise, label = keras.Input((latent_dim,), name="noise"), _label_input()
    y = layers.Embedding(num_classes, 50)(label)                                   # (50,)
    x = layers.Concatenate()([noise, y])                                           # (150,)
    x = layers.Dense(height * width * 128)(x)                                      # (6272,)
    x = layers.Reshape((height, width, 128))(x)                                    # (7, 7, 128)
    x = BatchNormalization()(x)                                                    # (7, 7, 128)
    x = layers.LeakyReLU(0.2)(x)                                                   # (7, 7, 128)
    x = layers.Conv2DTranspose(64, 4, strides=2, padding="same")(x)                # (14, 14, 64)
    x = layers.LeakyReLU(0.2)(x)                                                   # (14, 14, 64)
    x = Conv2DTranspose(channels, 4, strides=2, padding="same",
                        activation="tanh", dtype="float32")(x)                     # (28, 28, 1)
    return keras.Model([noise, label], x, name="generator")


def dense_conditional_generator(latent_dim=100, image_shape=(28, 28, 1), num_classes=10):
    """Returns the generator of source E's experiment 3: dense 256, 512, 1024.

    Args and returns as in `pooling_generator`, but images of any size. The label comes in as an
    embedding beside the noise.
    """
    noise, label = keras.Input((latent_dim,), name="noise"), _label_input()
    y = layers.Embedding(num_classes, 50)(label)                                      # (50,)
    x = layers.Concatenate()([noise, y])                                              # (150,)
    x = layers.Dense(256, activation="leaky_relu")(x)                                 # (256,)
    x = BatchNormalization()(x)                                                       # (256,)
    x = layers.Dense(512, activation="leaky_relu")(x)                                 # (512,)
    x = BatchNormalization()(x)                                                       # (512,)
    x = layers.Dense(1024, activation="leaky_relu")(x)                                # (1024,)
    x = BatchNormalization()(x)                                                       # (1024,)
    x = layers.Dense(math.prod(image_shape), activation="tanh", dtype="float32")(x)   # (784,)
    x = layers.Reshape(image_shape, dtype="float32")(x)                               # (28, 28, 1)
    return keras.Model([noise, label], x, name="generator")


def dense_conditional_discriminator(image_shape=(28, 28, 1), num_classes=10):
    """Returns the discriminator of source E's experiments 2 and 3: two dense layers of 512.

    Args and returns as in `pooling_discriminator`, but images of any size. The label comes in as
    an embedding beside the pixels.
    """
    image, label = keras.Input(image_shape, name="image"), _label_input()
    x = layers.Flatten()(image)                                                    # (784,)
    y = layers.Embedding(num_classes, math.prod(image_shape),
                         embeddings_initializer=_normal())(label)                  # (784,)
    x = layers.Concatenate()([x, y])                                               # (1568,)
    x = layers.Dense(512, activation="leaky_relu")(x)                              # (512,)
    x = layers.Dense(512, activation="leaky_relu")(x)                              # (512,)
    x = layers.Dense(1, activation="sigmoid", dtype="float32")(x)                  # (1,)
    return keras.Model([image, label], x, name="discriminator")


# fmt: on


def _label_input():
    return keras.Input((), dtype="int32", name="label")


def _normal():
    """N(0, 1): a label's numbers come out as large as pixels are."""
    return keras.initializers.RandomNormal(stddev=1.0)
