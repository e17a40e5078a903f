"""Checks of losses as functions of logits: are value and gradient right?"""

import numpy as np

from gankit.backend import keras, tf
from gankit.check.verdict import Wrong, answer, check
from gankit.errors import check_choice
from gankit.losses import LOSSES

LOGITS = np.array([-6, -2.5, -0.5, 0, 0.5, 2.5, 6], np.float32)[:, None]


@check
def loss(mine, name):
    """Checks a generator's loss: `mine(logits)`, per image or their mean.

    Args:
        mine: a function of the discriminator's logits on fake images, a tensor of shape
            `(batch, 1)`.
        name: of the loss in `gankit.losses.LOSSES`.
    """
    check_choice("name", name, LOSSES)
    _compare(mine, LOSSES[name].generator, [LOGITS])
    return f"value and gradient of the {name.replace('_', '-')} loss"


@check
def relativistic(mine):
    """Checks the relativistic pair of losses: `mine(real_logits, fake_logits)`.

    The arguments are tensors of shape `(batch, 1)`. `mine` returns `(d_loss, g_loss)`, per pair or
    as means: each real image is compared with one fake. The discriminator learns to make the real
    one look more real, the generator the fake.

    Source: Jolicoeur-Martineau, 2018, as in Huang et al., "The GAN is dead", 2024.
    """
    for index, name in enumerate(("discriminator", "generator")):
        _compare(
            lambda real, fake, index=index: answer(mine, real, fake)[index],
            lambda real, fake, index=index: tf.nn.softplus((1 - 2 * index) * (fake - real)),
            [LOGITS, np.roll(LOGITS, 2, axis=0)],
            f"the {name}'s loss: ",
        )
    return "value and gradient of both players' losses"


@check
def zero_centred_penalty(mine):
    """Checks a zero-centred gradient penalty: `mine(discriminator, images)` returns a scalar.

    It is the mean over images of the squared length of the gradient of the discriminator's logit.

    Source: Mescheder et al., 2018 (R1 on real and R2 on fake images).
    """
    images = np.random.default_rng(0).normal(size=(5, 4, 4, 1)).astype(np.float32)
    weights = np.random.default_rng(1).normal(size=(16, 1)).astype(np.float32)

    def discriminator(x, training=None):
        del training
        return tf.matmul(tf.reshape(x, (-1, 16)) ** 2, weights)

    slopes = 2 * images.reshape(5, 16) * weights.T
    lengths = np.sqrt(np.sum(slopes**2, axis=1))
    with tf.GradientTape() as tape:
        scale = tf.constant(1.0)
        tape.watch(scale)
        value = answer(mine, lambda x, training=None: scale * discriminator(x), tf.constant(images))
        value = tf.convert_to_tensor(value)
    slope = tape.gradient(value, scale)
    value = np.asarray(value)
    if value.size != 1:
        raise Wrong(f"the function returns an array of shape {value.shape}, and not one number")
    for wrong, reason in (
        (np.mean(lengths), "the lengths are not squared"),
        (np.sum(lengths**2), "the images are added up; take their mean"),
        (np.mean((lengths - 1) ** 2), "it pulls the lengths towards 1 (WGAN-GP); here towards 0"),
        (
            np.mean(slopes**2),
            "it is the mean over pixels; add up an image's, and take the images' mean",
        ),
        (np.mean(lengths**2) / 25, "the gradient is of the mean logit; take that of their sum"),
    ):
        if np.isclose(value, wrong, rtol=1e-3):
            raise Wrong(reason)
    if not np.isclose(value, np.mean(lengths**2), rtol=1e-3):
        raise Wrong("it is not the mean squared length of the gradient of the logits by the images")
    if slope is None or not np.isclose(slope, 2 * value, rtol=1e-3):
        raise Wrong("no gradient reaches the discriminator's weights through it")
    return "the mean squared length of the gradient, and the discriminator can learn from it"


def _compare(mine, reference, logits, about=""):
    """Refuses a loss that differs from the reference, in value or gradient, at these logits."""
    rows = [[each[k : k + 1] for each in logits] for k in range(len(LOGITS))]
    values, slopes = zip(*(_differentiated(mine, row) for row in rows), strict=True)
    expected, steepness = zip(*(_differentiated(reference, row) for row in rows), strict=True)
    if not np.all(np.isfinite(values)):
        raise Wrong(
            f"{about}it is not finite at {_named(rows[int(np.argmin(np.isfinite(values)))])}"
        )
    if np.allclose(values, np.negative(expected), atol=1e-4):
        raise Wrong(f"{about}the sign is the wrong way round")
    wrong = ~np.isclose(values, expected, rtol=1e-3, atol=1e-4)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise Wrong(f"{about}it cannot be {values[k]:.3f} at {_named(rows[k])}")
    if None in slopes or not np.allclose(slopes, steepness, rtol=1e-2, atol=1e-4):
        raise Wrong(f"{about}the values are right, but TensorFlow finds no gradient; use keras.ops")
    if not np.isclose(_differentiated(mine, logits)[0], np.mean(expected), rtol=1e-3):
        raise Wrong(f"{about}for one image it is right, for a batch it is not the mean")


def _differentiated(function, logits):
    """Returns the mean of a function of logits, and its slope in the first of them, or None."""
    tensors = [tf.constant(each) for each in logits]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        mean = keras.ops.mean(answer(function, *tensors))
    slope = tape.gradient(mean, tensors[0])
    return float(mean), None if slope is None else float(tf.reduce_sum(slope))


def _named(row):
    numbers = " and ".join(f"{each.item():g}" for each in row)
    return f"the logit {numbers}" if len(row) == 1 else f"the logits {numbers} (real and fake)"
