"""The few layers that Keras lacks, and three that it computes more slowly than TensorFlow can.

Saved models name Keras' own layer in place of those three, so that they load without the kit.
"""

from gankit.backend import keras, tf
from gankit.errors import InputError

ops = keras.ops


class Dropout(keras.layers.Dropout):
    """Keras' Dropout, with 8 random bits an element in place of 32: drawing them takes the time.

    A rate that is not a multiple of 1/256 is rounded anew in every batch, up or down at random, so
    that it is met on average.
    """

    __module__ = "keras.layers"

    def call(self, inputs, training=False):
        """Drops units in training, and scales the others up."""
        lower, rest = divmod(256 * self.rate, 1)
        if not training or not 0 < lower < 255 or self.noise_shape is not None:
            return super().call(inputs, training=training)
        size = tf.size(inputs)
        seed = tf.cast(self.seed_generator.next() % (2**31 - 1), tf.int32)
        words = tf.random.stateless_uniform([size // 4 + 2], seed, None, None, tf.uint32)
        dropped = lower + tf.cast(tf.cast(words[0], tf.float32) < rest * 2**32, tf.float32)
        bits = tf.reshape(tf.bitcast(words[1:], tf.uint8), [-1])[:size]
        kept = tf.reshape(bits, tf.shape(inputs)) >= tf.cast(dropped, tf.uint8)
        scale = tf.cast(256 / (256 - dropped), inputs.dtype)
        return inputs * (tf.cast(kept, inputs.dtype) * scale)


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' BatchNormalization over the last axis, by TensorFlow's one fused operation."""

    __module__ = "keras.layers"

    def call(self, inputs, training=None, mask=None):
        """Normalises a batch by its own statistics in training, by the moving ones otherwise."""
        if not training or not self.trainable:
            return super().call(inputs, training=training)
        channels = inputs.shape[-1]
        images = inputs if len(inputs.shape) == 4 else tf.reshape(inputs, [-1, 1, 1, channels])
        scale, offset = self.gamma.value, self.beta.value
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            images, scale, offset, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) // channels, tf.float32)
        biased = variance * (count - 1) / count  # which Keras keeps
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, biased)):
            moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return tf.reshape(outputs, tf.shape(inputs))


class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """Keras' Conv2DTranspose; one that doubles an image's sides is computed as a convolution.

    A transposed convolution to one or three channels leaves most of a processor idle. A convolution
    of stride 1 to four times as many channels gives the same sums: each four are a block of 2x2
    pixels (Shi et al., 2016, "Is the deconvolution layer the same as a convolutional layer?"). An
    activation is computed in float32 under every precision, which is quicker.
    """

    __module__ = "keras.layers"

    def call(self, inputs):
        """Upsamples, adds the bias and applies the activation."""
        doubles = self.strides == (2, 2) and self.padding == "same"
        if doubles and self.filters < 4 and self.kernel_size in ((4, 4), (5, 5), (6, 6)):
            outputs = _doubled(inputs, self.kernel.value)
        else:
            options = {"strides": self.strides, "padding": self.padding}
            outputs = ops.conv_transpose(inputs, self.kernel, **options)
        if self.use_bias:
            outputs = outputs + self.bias
        return ops.cast(self.activation(ops.cast(outputs, "float32")), outputs.dtype)


@tf.custom_gradient
def _doubled(images, kernel):
    """Images of twice the height and width; `kernel` is of shape (size, size, channels, depth)."""
    size, _, channels, depth = kernel.shape
    above = 3 - size // 2  # a kernel of 6x6 is one of 3x3 blocks
    six = tf.pad(kernel, [[above, 6 - size - above]] * 2 + [[0, 0]] * 2)
    blocks = tf.reverse(tf.reshape(six, (3, 2, 3, 2, channels, depth)), [0, 2])
    blocks = tf.reshape(tf.transpose(blocks, (0, 2, 5, 1, 3, 4)), (3, 3, depth, 4 * channels))
    outputs = tf.nn.depth_to_space(tf.nn.conv2d(images, blocks, 1, "SAME"), 2)

    def gradient(slopes):
        on_kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=slopes,
            filter_sizes=kernel.shape,
            out_backprop=images,
            strides=[1, 2, 2, 1],
            padding="SAME",
        )
        return tf.nn.conv2d(slopes, kernel, 2, "SAME"), on_kernel

    return outputs, gradient


@keras.saving.register_keras_serializable("gankit")
class Packing(keras.layers.Layer):
    """Puts every `size` images of a batch on top of each other, channel upon channel.

    As the first layer of a discriminator it makes it judge several images at once, all real or all
    fake: a pack of equal ones gives a collapsed generator away. Real and fake images may still come
    in one batch, because neighbours are packed.

    Args:
        size: images in a pack. A batch that holds no multiple of it raises an `InputError`.

    Input: `(batch, ..., channels)`. Output: `(batch / size, ..., size * channels)`.

    Source: Lin et al., PacGAN, 2018.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, images):
        batch, *shape, channels = images.shape
        if batch is not None and batch % self.size:
            raise InputError("A batch cannot be packed", f"a multiple of {self.size} images", batch)
        packs = ops.reshape(images, (-1, self.size, *shape, channels))
        packs = ops.moveaxis(packs, 1, -2)  # beside the channels
        return ops.reshape(packs, (-1, *shape, self.size * channels))


@keras.saving.register_keras_serializable("gankit")
class MinibatchDeviation(keras.layers.Layer):
    """Adds a channel that says how different the images of the batch are.

    The standard deviation over the batch, averaged over everything else: one number, the same for
    each image. Real and fake images have to come in separate batches
    (`GAN(separate_batches=True)`), or the number would say nothing about either.

    Input: `(batch, ..., channels)`. Output: `(batch, ..., channels + 1)`.

    Source: Karras et al., Progressive Growing of GANs, 2018.
    """

    def call(self, images):
        deviation = ops.mean(ops.sqrt(ops.var(images, axis=0) + 1e-8))
        channel = ops.full_like(images[..., :1], 1) * ops.cast(deviation, images.dtype)
        return ops.concatenate([images, channel], axis=-1)
