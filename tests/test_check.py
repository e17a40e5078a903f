"""Every check passes right work and refuses plausible mistakes, each with its own line."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from gankit import GAN, RECIPES, ImageSet, check, models
from gankit.check import clinic
from gankit.check import verdict as verdicts
from gankit.check.diagnoses import DIAGNOSES
from gankit.check.phases import by_hand
from gankit.losses import AdversarialLoss

layers, ops = keras.layers, keras.ops
COUNT, BATCH = 600, 32


@pytest.fixture(autouse=True)
def no_earlier_verdicts():
    """Grades each test's own checks alone."""
    verdicts._given.clear()


@pytest.fixture(scope="module")
def digits():
    images = np.random.default_rng(0).integers(0, 256, (COUNT, 8, 8, 1)).astype(np.uint8)
    return ImageSet(images, np.arange(COUNT) % 10, "made up", "a test")


def refused(verdict, words):
    """Asserts that a check said no, and in its line the words that tell why."""
    assert not verdict
    assert verdict.line.startswith("not yet: ")
    assert words in verdict.line
    assert "\n" not in verdict.line


# the chain


def scaled(images, labels):
    return tf.cast(images, tf.float32) / 127.5 - 1, labels


def chain(image_set, prepare=scaled, buffer=COUNT, anew=True, remainder=False, prefetch=True):
    data = tf.data.Dataset.from_tensor_slices((image_set.images, image_set.labels))
    data = data.shuffle(buffer, seed=0, reshuffle_each_iteration=anew)
    data = data.batch(BATCH, drop_remainder=not remainder).map(prepare)
    return data.prefetch(2) if prefetch else data


def whole_batches(image_set):
    data = tf.data.Dataset.from_tensor_slices((image_set.images, image_set.labels))
    return data.batch(BATCH, drop_remainder=True).shuffle(100).map(scaled).prefetch(2)


def parted(image_set):
    images, labels = (
        tf.data.Dataset.from_tensor_slices(each).shuffle(COUNT, seed=seed)
        for seed, each in enumerate((image_set.images, image_set.labels))
    )
    data = tf.data.Dataset.zip(images, labels).batch(BATCH, drop_remainder=True)
    return data.map(scaled).prefetch(2)


def darker(images, labels):
    images, labels = scaled(images, labels)
    return tf.maximum(images * 0.9, -1), labels


def test_a_right_chain(digits):
    assert check.dataset(chain(digits), digits, BATCH)
    images_alone = ImageSet(digits.images, None, "made up", "a test")
    assert check.dataset(
        chain(digits).map(lambda images, _: images).prefetch(1), images_alone, BATCH
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: chain(d, lambda x, y: (tf.cast(x, tf.float32), y)), "run from 0 to 255"),
        (lambda d: chain(d, lambda x, y: (tf.cast(x, tf.float32) / 255, y)), "run from 0 to 1"),
        (lambda d: chain(d, lambda x, y: (x, y)), "uint8"),
        (lambda d: chain(d, darker), "not one of the image set"),
        (lambda d: chain(d, anew=False), "same order"),
        (lambda d: chain(d, buffer=1), "original order"),
        (lambda d: chain(d, buffer=60), "buffer"),
        (lambda d: chain(d, remainder=True), "constant size"),
        (lambda d: chain(d, prefetch=False), "prefetch"),
        (lambda d: chain(d).repeat(), "no end"),
        (lambda d: chain(d).take(3).prefetch(1), "96 images"),
        (lambda d: chain(d).unbatch(), "single image"),
        (lambda d: whole_batches(d), "whole batches are shuffled"),
        (lambda d: parted(d), "lost their images"),
        (lambda d: d.images, "not a tf.data.Dataset"),
        (lambda d: ..., "nothing here to check"),
    ],
)
def test_a_wrong_chain(digits, make, words):
    refused(check.dataset(make(digits), digits, BATCH), words)


# networks


def discriminator(filters=64, kernel=5, activation="leaky_relu", last="sigmoid", units=128):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(filters, kernel, strides=2, padding="same", activation=activation),
            layers.Dropout(0.4),
            layers.Conv2D(units, 5, strides=2, padding="same", activation=activation),
            layers.Dropout(0.4),
            layers.Flatten(),
            layers.Dense(1, activation=last),
        ]
    )


def test_the_reported_table():
    """With Keras' own layers, and a dropout rate that the source does not state."""
    assert check.table(discriminator(), "dcgan_selu")
    assert check.table(RECIPES["dcgan_selu"].build().generator, "dcgan_selu")
    assert check.table(RECIPES["dense_digits"].build().generator, "dense_digits")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: discriminator(filters=32), "layer 1 (Conv2D) puts out (14, 14, 32)"),
        (lambda: discriminator(kernel=4), "layer 1 (Conv2D) has 1,088 parameters"),
        (lambda: discriminator(activation="relu"), "the activation relu"),
        (lambda: discriminator(last=None), "layer 6 (Dense) has the activation linear"),
        (
            lambda: keras.Sequential([keras.Input((28, 28, 1)), *discriminator().layers[:-1]]),
            "5 layers",
        ),
        (lambda: keras.Sequential([layers.Dense(1)]), "keras.Input"),
        (lambda: models.leaky_discriminator(), "layer 1"),
        (lambda: "a string", "not a Keras model"),
    ],
)
def test_another_table(make, words):
    refused(check.table(make(), "dcgan_selu"), words)


def test_the_parameters_of_a_convolution():
    assert check.parameters(lambda k, c, d: c * d * k * k + d)


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (lambda k, c, d: c * d * k * k, "a bias is added"),
        (lambda k, c, d: c * d * k * k + c, "for each channel that comes out"),
        (lambda k, c, d: c * d * k * k + 1, "for each channel that comes out"),
        (lambda k, c, d: c * d * k + d, "a square"),
        (lambda k, c, d: d * k * k + d, "sees all input channels"),
        (lambda k, c, d: c * k * k + d, "cannot be 77; count weights and biases apart"),
        (lambda k, c, d: ..., "returns nothing"),
        (lambda k: k, "TypeError"),
    ],
)
def test_other_parameters_of_a_convolution(mine, words):
    refused(check.parameters(mine), words)


def upsampling(side=4, last="tanh", channels=3, doublings=4, merged=False, lost=False):
    x = noise = keras.Input((100,))
    if lost:
        x = layers.Lambda(lambda z: 0 * z)(x)
    x = layers.Dense(side * side * 8)(x)
    x = layers.Reshape((side, side, 8))(x)
    for _ in range(doublings - 1):
        x = layers.Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation=last)(x)
    return keras.Model(noise, x)


def test_a_generator_of_photographs():
    assert check.generator(upsampling(), (64, 64, 3), smallest=4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"doublings": 3}, "(32, 32, 3)"),
        ({"channels": 1}, "(64, 64, 1)"),
        ({"last": "sigmoid"}, "below 0"),
        ({"last": None}, "end at -1 and 1"),
        ({"lost": True}, "same image"),
        ({"side": 8, "doublings": 3}, "begin at 4x4"),
    ],
)
def test_another_generator(options, words):
    refused(check.generator(upsampling(**options), (64, 64, 3), smallest=4), words)


@pytest.mark.parametrize("name", [name for name, each in RECIPES.items() if each.conditional])
def test_conditional_pairs(name):
    recipe = RECIPES[name]
    gan = recipe.build()
    assert check.conditional(gan.generator, recipe.num_classes)
    assert check.conditional(gan.discriminator, recipe.num_classes)


def label_added():
    image, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    score = layers.Dense(1)(layers.Dense(8, activation="relu")(layers.Flatten()(image)))
    score = layers.Add()([score, layers.Embedding(10, 1)(label)])
    return keras.Model([image, label], layers.Activation("sigmoid")(score))


def label_ignored():
    image, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    unused = layers.Embedding(10, 4, embeddings_initializer="zeros")(label)
    x = layers.Concatenate()([layers.Flatten()(image), unused])
    return keras.Model([image, label], layers.Dense(1)(x))


def image_ignored():
    image, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([0 * layers.Flatten()(image), layers.Embedding(10, 4)(label)])
    return keras.Model([image, label], layers.Dense(1)(x))


def ten_answers():
    image, label = keras.Input((28, 28, 1)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([layers.Flatten()(image), layers.Embedding(10, 4)(label)])
    return keras.Model([image, label], layers.Dense(10)(layers.Dense(8, activation="relu")(x)))


def digits_of(choose=lambda label: label, activation="tanh", side=28):
    noise, label = keras.Input((100,)), keras.Input((), dtype="int32")
    x = layers.Concatenate()([noise, layers.Embedding(10, 4)(choose(label))])
    x = layers.Dense(side**2, activation=activation)(x)
    return keras.Model([noise, label], layers.Reshape((side, side, 1))(x))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (label_added, "only added"),
        (label_ignored, "another label changes nothing"),
        (image_ignored, "another image changes nothing"),
        (ten_answers, "answers have the shape (10,)"),
        (lambda: digits_of(lambda label: label // 2), "two labels give the same"),
        (lambda: digits_of(activation="sigmoid"), "no pixel can be below 0"),
        (lambda: digits_of(activation=None), "pixels can reach"),
        (lambda: digits_of(side=20), "images have the shape (20, 20, 1)"),
        (discriminator, "takes 1 input"),
    ],
)
def test_other_conditional_models(make, words):
    refused(check.conditional(make(), 10), words)


# the two phases


def phase_1(generator, discriminator, real_images):
    discriminator.trainable = True
    return learn_to_tell(generator, discriminator, real_images)


def learn_to_tell(generator, discriminator, real_images, real=1.0, seed=None, fakes=None):
    noise = keras.random.normal((fakes or len(real_images), 100), seed=seed)
    images = np.concatenate([real_images, generator(noise, training=True)])
    targets = np.repeat([real, 1 - real], [len(real_images), len(noise)])
    return discriminator.train_on_batch(images, targets[:, None])


def in_two_batches(generator, discriminator, real_images):
    discriminator.trainable = True
    fakes = generator(keras.random.normal((len(real_images), 100)))
    ones = np.ones((len(real_images), 1))
    real = discriminator.train_on_batch(real_images, 0.9 * ones)
    return (real + discriminator.train_on_batch(fakes, 0 * ones)) / 2


def trainable(function, **options):
    def phase(generator, discriminator, real_images):
        discriminator.trainable = True
        return function(generator, discriminator, real_images, **options)

    return phase


def only_real(generator, discriminator, real_images):
    discriminator.trainable = True
    return discriminator.train_on_batch(real_images, np.ones((len(real_images), 1)))


@pytest.mark.parametrize("mine", [phase_1, in_two_batches])
def test_phase_1(mine):
    assert check.phase_1(mine)


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (learn_to_tell, "moved no weight of the discriminator"),
        (trainable(learn_to_tell, real=0.0), "targets"),
        (trainable(learn_to_tell, seed=1), "same fakes"),
        (trainable(learn_to_tell, fakes=16), "32 real and 32 fake"),
        (only_real, "32 real and 32 fake"),
        (lambda generator, discriminator, real_images: 0.5, "train_on_batch alone"),
    ],
)
def test_another_phase_1(mine, words):
    refused(check.phase_1(mine), words)


def phase_2(discriminator, stacked, count):
    discriminator.trainable = False
    return learn_to_fool(discriminator, stacked, count)


def learn_to_fool(discriminator, stacked, count, target=1.0, seed=None, draw=keras.random.normal):
    noise = draw((count, 100), seed=seed)
    return stacked.train_on_batch(noise, np.full((count, 1), target))


def frozen(**options):
    def phase(discriminator, stacked, count):
        discriminator.trainable = False
        return learn_to_fool(discriminator, stacked, count, **options)

    return phase


def frozen_too_late(discriminator, stacked, count):
    loss = learn_to_fool(discriminator, stacked, count)
    discriminator.trainable = False
    return loss


def all_frozen(discriminator, stacked, count):
    stacked.trainable = False
    return learn_to_fool(discriminator, stacked, count)


def without_return(discriminator, stacked, count):
    phase_2(discriminator, stacked, count)


def images_for_noise(discriminator, stacked, count):
    discriminator.trainable = False
    return stacked.train_on_batch(np.zeros((count, 28, 28, 1)), np.ones((count, 1)))


def test_phase_2():
    assert check.phase_2(phase_2)


def test_the_phase_2_that_a_lesson_goes_on_with():
    assert check.phase_2(by_hand(lambda count: keras.random.normal((count, 100))))


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (learn_to_fool, "freeze it before the generator learns"),
        (frozen_too_late, "moved the discriminator"),
        (all_frozen, "moved no weight of the generator"),
        (frozen(target=0.0), "'fake'"),
        (frozen(seed=3), "same noise"),
        (frozen(draw=keras.random.uniform), "normal distribution"),
        (without_return, "returns nothing"),
        (images_for_noise, "stopped with"),
        (lambda discriminator, stacked, count: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_another_phase_2(mine, words):
    refused(check.phase_2(mine), words)


# losses


def non_saturating(logits):
    return -ops.log(ops.sigmoid(logits))


@pytest.mark.parametrize(
    ("mine", "name"),
    [
        (non_saturating, "non_saturating"),
        (lambda s: ops.mean(non_saturating(s)), "non_saturating"),
        (lambda s: ops.softplus(-s), "non_saturating"),
        (lambda s: ops.log(1 - ops.sigmoid(s)), "saturating"),
    ],
)
def test_losses(mine, name):
    assert check.loss(mine, name)


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (lambda s: ops.log(ops.sigmoid(s)), "sign"),
        (lambda s: ops.log(1 - ops.sigmoid(s)), "cannot be"),
        (lambda s: -ops.log(s), "not finite"),
        (lambda s: -ops.sum(ops.log(ops.sigmoid(s))), "not the mean"),
        (lambda s: np.log1p(np.exp(-s.numpy())), "no gradient"),
        (lambda s: None, "returns nothing"),
    ],
)
def test_other_losses(mine, words):
    refused(check.loss(mine, "non_saturating"), words)


def test_the_relativistic_losses():
    assert check.relativistic(lambda r, f: (ops.softplus(f - r), ops.softplus(r - f)))
    assert check.relativistic(
        lambda r, f: (-ops.mean(ops.log_sigmoid(r - f)), -ops.mean(ops.log_sigmoid(f - r)))
    )


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (lambda r, f: (ops.softplus(r - f), ops.softplus(f - r)), "the discriminator's loss"),
        (lambda r, f: (ops.softplus(f - r), ops.softplus(f - r)), "the generator's loss"),
        (lambda r, f: (ops.softplus(-r), ops.softplus(-f)), "cannot be"),
        (lambda r, f: (f - r, r - f), "cannot be"),
    ],
)
def test_other_relativistic_losses(mine, words):
    refused(check.relativistic(mine), words)


def slopes(discriminator, images, of=lambda scores: scores):
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = of(discriminator(images, training=True))
    return tape.gradient(scores, images)


def squares(discriminator, images, of=lambda scores: scores):
    return ops.sum(slopes(discriminator, images, of) ** 2, axis=(1, 2, 3))


def test_the_penalty():
    assert check.zero_centred_penalty(lambda d, x: ops.mean(squares(d, x)))


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (lambda d, x: ops.mean(ops.sqrt(squares(d, x))), "not squared"),
        (lambda d, x: ops.mean((ops.sqrt(squares(d, x)) - 1) ** 2), "towards 1"),
        (lambda d, x: ops.sum(squares(d, x)), "added up"),
        (lambda d, x: ops.mean(slopes(d, x) ** 2), "over pixels"),
        (lambda d, x: ops.mean(squares(d, x, ops.mean)), "mean logit"),
        (lambda d, x: squares(d, x), "not one number"),
        (lambda d, x: float(ops.mean(squares(d, x))), "no gradient"),
        (lambda d, x: ops.mean(d(x) ** 2), "mean squared length"),
    ],
)
def test_other_penalties(mine, words):
    refused(check.zero_centred_penalty(mine), words)


# measures


def mode_score(points, means, reach, turned=False, strays=False, base=np.e):
    distances = np.linalg.norm(points[:, None] - means, axis=2)
    good = distances.min(axis=1) < reach
    counted = distances.argmin(axis=1)[good | strays]
    q = np.bincount(counted, minlength=len(means)) / len(counted)
    p = np.full(len(means), 1 / len(means))
    p, q = (q, p) if not turned else (p, q + 1e-9)
    here = p > 0
    kl = np.sum(p[here] * np.log(p[here] / q[here])) / np.log(base)
    return int(np.sum(np.bincount(counted, minlength=len(means)) > 0)), good.mean(), kl


def test_the_mode_score():
    assert check.mode_score(mode_score)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"turned": True}, "reverse KL"), ({"strays": True}, "modes covered"), ({"base": 2}, "KL")],
)
def test_other_mode_scores(options, words):
    refused(check.mode_score(lambda *a: mode_score(*a, **options)), words)


def test_the_share_of_modes_is_not_that_of_points():
    def wrong(*arguments):
        modes, _, kl = mode_score(*arguments)
        return modes, modes / 4, kl

    refused(check.mode_score(wrong), "high quality")


def nearest(queries, references, measure=np.linalg.norm, choose=np.argmin):
    return np.array([choose(measure(references - query, axis=1)) for query in queries])


def test_the_nearest():
    assert check.nearest(nearest)


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        (lambda q, r: nearest(q, r, choose=np.argmax), "is not the nearest"),
        (lambda q, r: nearest(q, r, choose=np.min), "return the place"),
        (lambda q, r: nearest(r, q), "the shape (5,)"),
        (lambda q, r: nearest(q, r, lambda d, axis: np.abs(d).sum(axis)), "[9.0, 2.7]"),
        (lambda q, r: nearest(q, r, np.sum), "square the differences"),
        (lambda q, r: nearest(q, r, lambda d, axis: d**2), "is not the nearest"),
        (lambda q, r: ..., "returns nothing"),
    ],
)
def test_other_nearest(mine, words):
    refused(check.nearest(mine), words)


def frechet(real, fake, power=2, root=scipy.linalg.sqrtm, factor=2):
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    means = np.sum(np.abs(real.mean(axis=0) - fake.mean(axis=0)) ** power)
    return means + np.trace(a + b - factor * root(a @ b))


def test_the_frechet_distance():
    assert check.frechet_distance(frechet)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"power": 1}, "the means' part"),
        ({"factor": 1}, "it is 0 there"),
        ({"root": lambda product: np.sqrt(np.abs(product))}, "of a matrix"),
        ({"root": lambda product: product}, "it is 0 there"),
    ],
)
def test_other_frechet_distances(options, words):
    refused(check.frechet_distance(lambda *a: frechet(*a, **options)), words)


def precision(real, fake, k, place=0, turned=False, nearest=False):
    if turned:
        real, fake = fake, real
    apart = np.linalg.norm(real[:, None] - real, axis=2)
    reach = np.sort(apart, axis=1)[:, k + place]
    distances = np.linalg.norm(fake[:, None] - real, axis=2)
    if nearest:
        closest = distances.argmin(axis=1)
        return np.mean(distances.min(axis=1) <= reach[closest])
    return np.mean((distances <= reach).any(axis=1))


def test_the_precision():
    assert check.precision(precision)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"place": -1}, "Itself"),
        ({"turned": True}, "cannot be"),
        ({"nearest": True}, "that of any of them"),
    ],
)
def test_other_precisions(options, words):
    refused(check.precision(lambda *a: precision(*a, **options)), words)


def coverage(real, fake, k, place=0, axis=1, turned=False):
    if turned:
        real, fake = fake, real
    apart = np.linalg.norm(real[:, None] - real, axis=2)
    reach = np.sort(apart, axis=1)[:, k + place]
    inside = np.linalg.norm(real[:, None] - fake, axis=2) <= reach[:, None]
    return np.mean(inside.any(axis=axis))


def test_the_coverage():
    assert check.coverage(coverage)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"place": -1}, "Itself"),
        ({"axis": 0}, "and not the fakes"),
        ({"turned": True, "axis": 0}, "whose own reach"),
    ],
)
def test_other_coverages(options, words):
    refused(check.coverage(lambda *a: coverage(*a, **options)), words)


def classifier_score(p, log=np.log, power=np.exp, over=np.sum, turned=False):
    mean = np.broadcast_to(p.mean(axis=0), p.shape)
    one, other = (mean, p) if turned else (p, mean)
    return power(np.mean(over(one * (log(one) - log(other)), axis=1)))


def test_the_classifier_score():
    assert check.classifier_score(classifier_score)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"power": float}, "e^0 is 1"),
        ({"log": np.log2}, "natural"),
        ({"over": np.mean}, "added up"),
        ({"turned": True}, "cannot be"),
    ],
)
def test_other_classifier_scores(options, words):
    refused(check.classifier_score(lambda p: classifier_score(p, **options)), words)


def test_the_power_of_the_mean_is_not_the_mean_of_the_powers():
    def wrong(p):
        return np.mean(np.exp(np.sum(p * np.log(p / p.mean(axis=0)), axis=1)))

    refused(check.classifier_score(wrong), "before the power")


# the failure clinic


def test_the_diagnoses():
    for letter, ill in clinic.LETTERS.items():
        assert check.diagnosis(ill, letter)


@pytest.mark.parametrize("letter", clinic.LETTERS)
def test_other_diagnoses_are_refused_and_the_line_does_not_tell_the_right_one(letter):
    right = clinic.LETTERS[letter]
    for wrong in DIAGNOSES:
        if wrong != right:
            verdict = check.diagnosis(wrong, letter)
            refused(verdict, f"case {letter}: ")
            assert right not in verdict.line
            assert DIAGNOSES[right] not in verdict.line


def test_what_is_no_diagnosis():
    refused(check.diagnosis("the flu", "A"), "not on the list")
    refused(check.diagnosis(..., "A"), "nothing here to check")


def cross_entropy(targets, logits):
    return targets * ops.softplus(-logits) + (1 - targets) * ops.softplus(logits)


CURED = {
    "A": {"scale": lambda images: tf.cast(images, tf.float32) / 127.5 - 1},
    "B": {"d_rate": 5e-4},
    "C": {"engine": GAN},
    "I": {"loss": AdversarialLoss(cross_entropy, lambda logits: ops.softplus(-logits))},
    "E": {"engine": GAN},
    "F": {"loss": "non_saturating"},
    "J": {"engine": GAN},
    "H": {"g_rate": 1e-3},
    "X": {"separate_batches": True},
}


@pytest.mark.parametrize("letter", CURED)
def test_the_cures(letter):
    assert check.cure(replace(clinic.case(letter), **CURED[letter]), letter)
    assert check.cure(clinic.healthy(letter), letter)


def probabilities(targets, logits):
    p = ops.sigmoid(logits)
    return -targets * ops.log(p + 1e-7) - (1 - targets) * ops.log(1 - p + 1e-7)


@pytest.mark.parametrize(
    ("letter", "changes", "words"),
    [
        ("A", {"scale": lambda images: tf.cast(images, tf.float32) / 255}, "from 0 to 1"),
        ("A", {"scale": lambda images: tf.cast(images, tf.float32) - 127.5}, "from -128 to 128"),
        ("A", {"scale": lambda images: images / 127.5 - 1}, "float64"),
        ("A", {"scale": lambda images: ...}, "returns nothing"),
        ("A", {"g_rate": 2e-3}, "`g_rate` is not what you found"),
        ("A", {}, "nothing is changed"),
        ("B", {"d_rate": 4e-5}, "far from even"),
        ("B", {"d_rate": 0.1}, "far from even"),
        ("B", {"d_rate": 0}, "no positive number"),
        ("B", {"g_rate": 2e-5}, "`g_rate` is not"),
        ("C", {"engine": clinic.OneLoss}, "not the kit's own"),
        ("C", {"separate_batches": False}, "is not what you found"),
        ("C", {"d_rate": 1e-4}, "is not what you found"),
        ("I", {"loss": AdversarialLoss(probabilities, clinic.g_loss)}, "not finite"),
        ("I", {"loss": AdversarialLoss(cross_entropy, probabilities)}, "stopped with TypeError"),
        ("I", {"loss": AdversarialLoss(probabilities, ops.softplus)}, "slope"),
        ("I", {"loss": "saturating"}, "slope"),
        ("I", {"d_rate": 1e-3}, "is not what you found"),
        ("F", {"loss": "wasserstein"}, "slope"),
        ("F", {"loss": "saturatin"}, "InputError"),
        ("F", {"g_rate": 2e-3}, "is not what you found"),
        ("J", {"engine": clinic.Flagged}, "not the kit's own"),
        ("H", {"g_rate": 1e-4}, "far from even"),
        ("H", {"d_rate": 2e-5}, "is not what you found"),
        ("X", {"engine": clinic.Flagged}, "is not what you found"),
        ("X", {"separate_batches": 1}, "does not part"),
    ],
)
def test_what_does_not_cure(letter, changes, words):
    refused(check.cure(replace(clinic.case(letter), **changes), letter), words)


def test_what_is_no_case():
    refused(check.cure("aspirin", "A"), "not a case")
    refused(check.cure(..., "A"), "nothing here to check")


@pytest.mark.parametrize(
    ("check_of", "right", "wrong"),
    [
        (
            check.moved,
            clinic.moved,
            [
                (lambda b, a: max(np.mean(np.abs(y - x)) for x, y in zip(b, a, strict=True)), "1"),
                (lambda b, a: max(np.max(y - x) for x, y in zip(b, a, strict=True)), "-0.25"),
                (lambda b, a: np.abs(a[0] - b[0]).max(), "array 2 of 3"),
                (lambda b, a: np.abs(a[-1] - b[-1]).max(), "array 1 of 3"),
                (lambda b, a: None, "returns nothing"),
            ],
        ),
        (
            check.not_finite,
            clinic.not_finite,
            [
                (lambda arrays: np.isnan(np.concatenate([*map(np.ravel, arrays)])).mean(), "infin"),
                (lambda arrays: np.mean([np.mean(~np.isfinite(a)) for a in arrays]), "together"),
                (lambda arrays: sum(np.sum(~np.isfinite(a)) for a in arrays), "cannot be 2"),
                (lambda arrays: 1 - clinic.not_finite(arrays), "none is broken"),
            ],
        ),
        (
            check.mean_answer,
            clinic.mean_answer,
            [
                (lambda d, x, t: ops.mean(d(x, training=t)), "logits"),
                (lambda d, x, t: ops.sigmoid(ops.mean(d(x, training=t))), "comes last"),
                (lambda d, x, t: clinic.mean_answer(d, x, False), "training=True"),
                (lambda d, x, t: clinic.mean_answer(d, x, True), "training=False"),
                (lambda d, x, t: np.mean(np.asarray(d(x, training=t)) > 0), "above a half"),
            ],
        ),
    ],
)
def test_the_instruments(check_of, right, wrong):
    assert check_of(right)
    for mine, words in wrong:
        refused(check_of(mine), words)


@pytest.mark.parametrize("name", clinic.ILL)
def test_a_case_trains_and_shows_its_file(name):
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1)).astype(np.uint8)
    run = clinic.train(clinic.ILL[name], ImageSet(images, None, "made up", "a test"), 2)
    assert len(run.history["g_loss"]) == 2
    assert run.sheet(4).shape == (4, 28, 28, 1)
    assert (clinic.moved(run.before[1], run.after[1]) == 0) == (name == "never learns")
    assert clinic.moved(run.before[0], run.after[0]) > 0
    assert next(clinic.ILL[name].changes())
    assert not list(clinic.HEALTHY.changes())


# what a verdict does


def test_a_verdict_is_one_printed_line(capsys):
    verdict = check.phase_2(without_return)
    assert capsys.readouterr().out == verdict.line + "\n"
    verdict._ipython_display_()
    assert capsys.readouterr().out == ""


def test_a_lesson_goes_on_with_the_kits_own(capsys):
    mine = discriminator()
    assert check.table(mine, "dcgan_selu").otherwise(list) is mine
    assert check.table(..., "dcgan_selu").otherwise(lambda: "the kit's") == "the kit's"
    assert "goes on with the kit's own" in capsys.readouterr().out


def test_grading_raises_what_was_wrong():
    check.table(..., "dcgan_selu")
    with pytest.raises(AssertionError, match="nothing here to check"):
        check.grade()
    check.loss(non_saturating, "non_saturating")
    check.grade()


def test_what_a_lesson_gets_wrong_to_show_it_is_not_graded(capsys):
    check.conditional(label_added(), 10).wrong_on_purpose()
    assert "only added" in capsys.readouterr().out
    check.grade()
