"""Are a student's instruments right, what ails a case, and does the change cure it?"""

from dataclasses import fields

import numpy as np

from gankit.backend import keras, tf
from gankit.check import clinic
from gankit.check.verdict import Wrong, answer, check
from gankit.data.images import scale_pixels
from gankit.errors import check_choice
from gankit.losses import LOSSES, get_loss

DIAGNOSES = {
    "never learns": "the discriminator never learns: its weights stay where they are",
    "too weak": "the discriminator learns, and far too slowly",
    "too strong": "the discriminator is far ahead, and the generator too slow to follow",
    "pixels": "the real images are not in the range of the fakes",
    "flag": "the flag that freezes the discriminator freezes its batch normalisation too",
    "one batch": "real and fake images pass the batch normalisation in one batch",
    "saturating": "the generator's loss is the saturating one: famous for failing",
    "one loss": "both losses are added up, and one optimizer minimises the sum for both models",
    "log of 0": "a loss takes the logarithm of a probability that is rounded to 0",
}

WHERE = {  # to look, by what ails a case
    "never learns": "compare how far the weights of its discriminator moved with those of a case "
    "that looks like it",
    "too weak": "compare how far the weights of its discriminator moved with those of a case that "
    "looks like it",
    "too strong": "compare the range of its images, and how far its generator moved, with a case "
    "that looks like it",
    "pixels": "compare the range of its images with that of a case that looks like it",
    "flag": "compare what its discriminator answers with training=True and with training=False",
    "one batch": "both losses are near 0, so the discriminator answers otherwise in phase 2 than "
    "in phase 1; what could make it, where no flag is set?",
    "saturating": "look at the sign of its g_loss, and at what that loss does where D is sure",
    "one loss": "what does its discriminator answer to fakes, and what does that do to g_loss? "
    "A generator alone would not let that stand still",
    "log of 0": "look at how many numbers are finite",
}

AT_FAULT = {
    "never learns": "engine",
    "too weak": "d_rate",
    "too strong": "g_rate",
    "pixels": "scale",
    "flag": "engine",
    "one batch": "separate_batches",
    "saturating": "loss",
    "one loss": "engine",
    "log of 0": "loss",
}


@check
def diagnosis(mine, letter):
    """Checks a diagnosis, one of the keys of `DIAGNOSES`, of a case of the failure clinic.

    Args:
        mine: a string.
        letter: the case's.
    """
    check_choice("letter", letter, clinic.LETTERS)
    if mine not in DIAGNOSES:
        raise Wrong(f"case {letter}: {mine!r} is not on the list of diagnoses")
    if mine != clinic.LETTERS[letter]:
        raise Wrong(f"case {letter}: {WHERE[clinic.LETTERS[letter]]}")
    return f"case {letter}: {DIAGNOSES[mine]}"


@check
def cure(mine, letter):
    """Checks a cure: a `clinic.Case`, made of the ill one by `dataclasses.replace`.

    Args:
        mine: the case, as it is to be trained.
        letter: that of the ill case.
    """
    check_choice("letter", letter, clinic.LETTERS)
    if not isinstance(mine, clinic.Case):
        raise Wrong(f"this is a {type(mine).__name__}, and not a case; use replace(case, ...)")
    ill, field = clinic.case(letter), AT_FAULT[clinic.LETTERS[letter]]
    changed = [f.name for f in fields(ill) if getattr(mine, f.name) != getattr(ill, f.name)]
    if not changed:
        raise Wrong(f"case {letter}: nothing is changed")
    if changed != [field]:
        others = ", ".join(f"`{name}`" for name in changed if name != field)
        raise Wrong(f"case {letter}: {others} is not what you found; change that, and only that")
    _CURED[field](getattr(mine, field))
    return f"case {letter}: `{field}` is changed, and it is what was wrong"


def _rate(rate):
    if not isinstance(rate, float | int) or rate <= 0:
        raise Wrong(f"a learning rate of {rate!r} is no positive number")
    if not 2e-4 <= rate <= 5e-3:
        raise Wrong(f"with a rate of {rate:g} the two are still far from even; the other has 0.001")


def _scale(scale):
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    scaled = np.asarray(answer(scale, images))
    if scaled.dtype != np.float32:
        raise Wrong(f"the images are {scaled.dtype}, and the models compute in float32")
    if not np.allclose(scaled, scale_pixels(images), atol=1e-2):
        raise Wrong(
            f"pixels from 0 to 255 now run from {scaled.min():.3g} to {scaled.max():.3g}; the "
            "generator's tanh makes others"
        )


def _loss(loss):
    loss, right = get_loss(loss), LOSSES["non_saturating"]
    logits = np.array([-200, -20, -3, 0, 3, 20, 200], np.float32)[:, None]
    for name, arguments in (
        ("generator", [()]),
        ("discriminator", [(np.ones_like(logits),), (np.zeros_like(logits),)]),
    ):
        for targets in arguments:
            values, slopes = _of_logits(getattr(loss, name), targets, logits)
            expected, steepness = _of_logits(getattr(right, name), targets, logits)
            if not np.isfinite([values, slopes]).all():
                k = int(np.argmin(np.isfinite(values) & np.isfinite(slopes)))
                raise Wrong(f"the {name}'s loss is not finite at the logit {logits[k, 0]:g}")
            if not np.allclose(slopes, steepness, atol=1e-3):
                k = int(np.argmax(np.abs(slopes - steepness)))
                raise Wrong(
                    f"the {name}'s loss has the slope {slopes[k]:.3g} at the logit "
                    f"{logits[k, 0]:g}, and that of the lessons has another"
                )
            if not np.allclose(values, expected, rtol=1e-3, atol=1e-3):
                raise Wrong(f"the {name}'s loss has the right slope, and not the right value")


def _of_logits(function, targets, logits):
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        values = tf.convert_to_tensor(answer(function, *targets, logits))
    slopes = tape.gradient(values, logits)
    if slopes is None:
        raise Wrong("TensorFlow finds no gradient; use keras.ops")
    return np.ravel(values), np.ravel(slopes)


def _engine(engine):
    if engine is not clinic.GAN:
        raise Wrong(f"{engine.__name__} is not the kit's own two-phase step, gankit.GAN")


def _separate(separate):
    if separate is not True:
        raise Wrong(f"{separate!r} does not part the batches")


_CURED = {
    "d_rate": _rate,
    "g_rate": _rate,
    "scale": _scale,
    "loss": _loss,
    "engine": _engine,
    "separate_batches": _separate,
}


# the instruments


@check
def moved(mine):
    """Checks `mine(before, after)` of two lists of arrays: the largest change of any number."""
    rng = np.random.default_rng(0)
    before = [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,), (2, 5))]
    for place, step in ((None, 0.0), (0, 0.5), (1, -0.25), (2, -2.0)):
        after = [each.copy() for each in before]
        if place is not None:
            after[place].flat[1] += step
        value = float(answer(mine, before, after))
        if not np.isclose(value, abs(step), atol=1e-5):
            where = "no array" if place is None else f"array {place + 1} of 3"
            raise Wrong(
                f"{where} has one number that changed, by {step:g}; it cannot be {value:.4g}"
                if place is not None
                else f"nothing changed; it cannot be {value:.4g}"
            )
    after = [each + 1 for each in before]
    after[0].flat[0] -= 4
    value = float(answer(mine, before, after))
    if not np.isclose(value, 3, atol=1e-4):
        raise Wrong(
            f"all numbers changed by 1, and one by -3; it cannot be {value:.4g}: it is the largest "
            "change, whichever way"
        )
    return "the largest change, in whichever array, either way"


@check
def not_finite(mine):
    """Checks `mine(arrays)` of a list of arrays: the share of all numbers that are not finite."""
    clean = [np.zeros((3, 4), np.float32), np.ones(4, np.float32)]
    broken = [each.copy() for each in clean]
    broken[1][:2] = np.nan
    infinite = [each.copy() for each in clean]
    infinite[0][0] = -np.inf, np.inf, np.nan, 0.0
    for described, arrays, share, where in (
        ("16 finite numbers", clean, 0.0, "none is broken"),
        (
            "12 finite numbers in one array, and 2 NaN among 4 in another",
            broken,
            2 / 16,
            "take all numbers together",
        ),
        ("16 numbers with one NaN and two infinities", infinite, 3 / 16, "count infinities too"),
    ):
        value = float(answer(mine, arrays))
        if not np.isclose(value, share):
            raise Wrong(f"{described}: it cannot be {value:.4g}; {where}")
    return "the share of numbers that are not finite"


@check
def mean_answer(mine):
    """Checks `mine(discriminator, images, training)`: the mean probability of "real", a float.

    The discriminator gives logits; `training` is passed on to it.
    """
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((2, 2, 1)), layers.Flatten(), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.layers[-1].set_weights([np.full((4, 1), 3.0, np.float32), np.ones(1, np.float32)])
    images = np.random.default_rng(0).normal(1, 2, (6, 2, 2, 1)).astype(np.float32)
    for training in (False, True):
        logits = np.asarray(model(images, training=training))
        value = float(answer(mine, model, images, training))
        expected = np.mean(1 / (1 + np.exp(-logits)))
        if np.isclose(value, expected, atol=1e-3):
            continue
        other = np.mean(1 / (1 + np.exp(-np.asarray(model(images, training=not training)))))
        for wrong, reason in (
            (np.mean(logits), "the discriminator gives logits; make probabilities of them first"),
            (1 / (1 + np.exp(-np.mean(logits))), "the mean comes last: of the probabilities"),
            (np.mean(logits > 0), "that is the share of answers above a half, and not their mean"),
            (other, f"pass training={training} on to the discriminator"),
        ):
            if np.isclose(value, wrong, atol=1e-3):
                raise Wrong(reason)
        raise Wrong(f"it cannot be {value:.4g}; it is the mean of the sigmoids of the logits")
    return "the mean probability, in training and outside of it"
