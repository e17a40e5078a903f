"""How steep a discriminator is at an image, for the gradient penalties."""

from gankit.backend import keras, tf

ops = keras.ops


def squared_steepness(gan, images, labels=None):
    """Returns the squared length of the gradient of the discriminator's logit at each image.

    Args:
        gan: `gankit.GAN`.
        images: a batch, or points.
        labels: of the images, if the GAN is conditional.

    Returns:
        float32 tensor of shape `(batch,)`, through which the discriminator can learn.
    """
    images = ops.cast(images, "float32")
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = ops.sum(gan.logits(images, labels))  # an image's slope in the sum is its own
    slopes = tape.gradient(logits, images)
    return ops.sum(ops.reshape(slopes, (ops.shape(images)[0], -1)) ** 2, axis=1)
