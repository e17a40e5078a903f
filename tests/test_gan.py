"""The contract of the two-phase step."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import STEPS, tiny_pair

from gankit import RECIPES, InputError, make_dataset, scale_pixels, unscale_pixels
from gankit.backend import frozen, keras, tf
from gankit.collapse import WGANGP
from gankit.data.dataset import wrong_labels
from gankit.gan import GAN, LOG_NAMES
from gankit.sampling import Noise
from gankit.training import train

KINDS = [
    pytest.param(
        {"conditional": c, "batch_norm": b},
        id=f"{'conditional' if c else 'plain'}-{'batch_norm' if b else 'dropout_only'}",
    )
    for c in (False, True)
    for b in (False, True)
]


def weights_of(model):
    return [weight.numpy() for weight in model.weights]


def unchanged(before, after):
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def all_moved(before, weights):
    return not any(np.array_equal(a, b.numpy()) for a, b in zip(before, weights, strict=True))


def batch_of(image_set, size=16):
    return scale_pixels(image_set.images[:size]), image_set.labels[:size].astype("int32")


def phases(gan, batch):
    """Runs a step eagerly; returns all weights of both models before and after each update."""
    seen = []
    update = gan.update

    def weights():
        return weights_of(gan.generator), weights_of(gan.discriminator)

    def watched(model, *arguments):
        before = weights()
        update(model, *arguments)
        seen.append((before, weights()))

    gan.update, start = watched, weights()
    gan.train_step(batch)
    gan.update = update
    return start, *seen


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("separate", [False, True], ids=["one_batch", "two_batches"])
def test_each_phase_changes_its_own_model_and_none_of_the_other(
    make_gan, image_set, kind, separate
):
    gan = make_gan(pair=kind, separate_batches=separate)
    start, first, second = phases(gan, batch_of(image_set))
    assert unchanged(start[0], first[1][0])  # phase 1 leaves the generator alone
    assert all_moved(start[1], gan.discriminator.weights)
    for weights in second:  # phase 2 leaves the discriminator alone
        assert unchanged(first[1][1], weights[1])
    assert all_moved(start[0], gan.generator.weights)


@pytest.mark.parametrize("kind", KINDS)
def test_train_on_batch_runs_both_phases(make_gan, image_set, kind):
    gan = make_gan(pair=kind)
    before = weights_of(gan.generator), weights_of(gan.discriminator)
    logs = gan.train_on_batch(batch_of(image_set))
    assert tuple(sorted(logs)) == tuple(sorted(LOG_NAMES))
    assert all_moved(before[0], gan.generator.weights)
    assert all_moved(before[1], gan.discriminator.weights)


def test_the_trainable_flags_are_left_alone(make_gan, image_set):
    gan = make_gan()
    gan.train_on_batch(batch_of(image_set))
    assert gan.generator.trainable
    assert gan.discriminator.trainable


def test_frozen_keeps_dropout_on_and_moving(make_gan):
    """The same images score differently each time, as in training, and unlike at inference."""
    discriminator = make_gan(pair={"dropout": 0.5}).discriminator
    images = np.ones((4, 8, 8, 1), "float32")
    scores = []
    for _ in range(2):
        with frozen(discriminator):
            scores.append(np.array(discriminator(images, training=True)))
    assert not np.allclose(scores[0], scores[1])
    assert not np.allclose(scores[0], discriminator(images, training=False))


def test_frozen_batch_norm_uses_batch_statistics_and_the_flag_does_not(make_gan):
    discriminator = make_gan(pair={"batch_norm": True, "dropout": 0.0}).discriminator
    images = np.random.default_rng(0).normal(3.0, 1.0, (16, 8, 8, 1)).astype("float32")
    training = np.array(discriminator(images, training=True))
    before = weights_of(discriminator)
    with frozen(discriminator):
        held = np.array(discriminator(images, training=True))
    assert unchanged(before, weights_of(discriminator))
    discriminator.trainable = False
    flagged = np.array(discriminator(images, training=True))
    np.testing.assert_allclose(held, training, rtol=1e-6)
    assert not np.allclose(flagged, training, atol=1e-3)


def test_logs_are_the_batch_losses_as_numpy_computes_them(make_gan, image_set):
    """With zero learning rates and no dropout, an independent forward pass gives the same."""
    gan = make_gan(learning_rate=0.0, pair={"dropout": 0.0}, label_smoothing=0.1)
    twin = keras.random.SeedGenerator(0)
    images, _ = batch_of(image_set)
    for _ in range(2):
        fakes = [
            gan.generator(keras.random.normal((16, 5), seed=twin), training=True) for _ in range(2)
        ]
        real, fake, last = (
            np.asarray(gan.discriminator(x, training=True), np.float64) for x in (images, *fakes)
        )
        logs = gan.train_on_batch(images)
        d_loss_real = np.mean(-0.9 * np.log(real) - 0.1 * np.log(1 - real))
        d_loss_fake = np.mean(-np.log(1 - fake))
        expected = {
            "d_loss": (d_loss_real + d_loss_fake) / 2,
            "d_loss_real": d_loss_real,
            "d_loss_fake": d_loss_fake,
            "g_loss": np.mean(-np.log(last)),
            "d_accuracy_real": np.mean(real > 0.5),
            "d_accuracy_fake": np.mean(fake < 0.5),
        }
        assert logs == pytest.approx(expected, rel=1e-4)


def test_saturating_loss_is_minus_the_discriminators(make_gan, image_set):
    gan = make_gan(learning_rate=0.0, pair={"dropout": 0.0}, loss="saturating")
    twin = keras.random.SeedGenerator(0)
    keras.random.normal((16, 5), seed=twin)
    fakes = gan.generator(keras.random.normal((16, 5), seed=twin), training=True)
    scores = np.asarray(gan.discriminator(fakes, training=True), np.float64)
    logs = gan.train_on_batch(batch_of(image_set))
    assert logs["g_loss"] == pytest.approx(np.mean(np.log(1 - scores)), rel=1e-4)


def test_scores_of_zero_and_one_keep_a_gradient():
    """A confident discriminator must still teach: the loss works on its logits."""
    generator, discriminator = tiny_pair(dropout=0.0)
    discriminator.layers[-1].bias.assign([-60.0])
    gan = GAN(generator, discriminator)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(1.0))
    before = weights_of(generator)
    logs = gan.train_on_batch(np.zeros((8, 8, 8, 1), "float32"))
    assert logs["g_loss"] == pytest.approx(60, abs=2)
    assert all_moved(before[:1], generator.weights[:1])


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("eagerly", [False, True])
def test_a_discriminator_that_is_sure_and_wrong_can_learn(separate, eagerly):
    """The loss on real images is that of the logits, and so is its gradient, however large."""
    generator, discriminator = tiny_pair(dropout=0.0)
    last = discriminator.layers[-1].bias
    last.assign([-60.0])
    gan = GAN(generator, discriminator, separate_batches=separate)
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.0), run_eagerly=eagerly)
    logs = gan.train_on_batch(np.zeros((8, 8, 8, 1), "float32"))
    assert logs["d_loss_real"] == pytest.approx(60, abs=2)
    assert logs["d_loss"] == pytest.approx(30, abs=1)
    assert (logs["d_accuracy_real"], logs["d_accuracy_fake"]) == (0, 1)
    assert float(last.numpy()[0]) == pytest.approx(-59.5, abs=1e-3)  # the slope is half of 1


@pytest.mark.parametrize("steps", [1, 3])
def test_generator_steps_counts(make_gan, image_set, steps):
    gan = make_gan(generator_steps=steps)
    for _ in range(2):
        gan.train_on_batch(batch_of(image_set))
    assert int(gan.d_optimizer.iterations) == 2
    assert int(gan.g_optimizer.iterations) == 2 * steps


def test_two_batches_differ_from_one_where_the_discriminator_has_batch_norm(make_gan, image_set):
    pair = {"batch_norm": True, "dropout": 0.0}
    logs = [
        make_gan(pair=pair, separate_batches=separate).train_on_batch(batch_of(image_set))
        for separate in (False, True)
    ]
    assert logs[0]["d_loss"] != pytest.approx(logs[1]["d_loss"], rel=1e-3)


def test_two_batches_equal_one_where_it_has_none(make_gan, image_set):
    pair = {"dropout": 0.0}
    logs = [
        make_gan(pair=pair, separate_batches=separate).train_on_batch(batch_of(image_set))
        for separate in (False, True)
    ]
    assert logs[0] == pytest.approx(logs[1], rel=1e-5)


def by_hand(gan, batches):
    """The two-phase loop in plain Keras calls, flag and all, right under every reading of it."""
    noise_seed = keras.random.SeedGenerator(0)
    generator, discriminator = gan.generator, gan.discriminator
    noise = keras.Input((gan.latent_dim,))
    stacked = keras.Model(noise, discriminator(generator(noise)))
    discriminator.trainable = True
    discriminator.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    discriminator.trainable = False
    stacked.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    losses = []
    for real_images in batches:
        count = len(real_images)
        shape = (count, gan.latent_dim)
        fake_images = generator(keras.random.normal(shape, seed=noise_seed), training=True)
        images = np.concatenate([real_images, fake_images])
        targets = np.repeat([[1.0], [0.0]], count, axis=0)
        discriminator.trainable = True
        discriminator.reset_metrics()  # or, before Keras 3.15, a running mean is returned
        d_loss = discriminator.train_on_batch(images, targets)
        discriminator.trainable = False
        stacked.reset_metrics()
        g_loss = stacked.train_on_batch(
            keras.random.normal(shape, seed=noise_seed), np.ones((count, 1))
        )
        losses.append((float(d_loss), float(g_loss)))
    return losses


def test_engine_equals_the_loop_written_by_hand(make_gan, image_set):
    """No dropout (the masks differ) and no batch norm in D (there the flag means another thing)."""
    pair = {"dropout": 0.0}
    gan, twin = make_gan(pair=pair), make_gan(pair=pair)
    batches = np.split(scale_pixels(image_set.images), 3) * 2
    expected = by_hand(twin, batches)
    logs = [gan.train_on_batch(batch) for batch in batches]
    np.testing.assert_allclose(
        [(log["d_loss"], log["g_loss"]) for log in logs], expected, rtol=1e-4
    )
    for ours, theirs in ((gan.discriminator, twin.discriminator), (gan.generator, twin.generator)):
        theirs.trainable = True
        for a, b in zip(ours.trainable_weights, theirs.trainable_weights, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


def test_same_seed_same_history_and_weights(make_gan, image_set):
    runs = []
    for _ in range(2):
        gan = make_gan(seed=3)
        history = train(gan, make_dataset(image_set, 16, seed=3), 3, verbose=False)
        runs.append((history, weights_of(gan.generator)))
    assert runs[0][0] == runs[1][0]
    assert unchanged(runs[0][1], runs[1][1])


def test_another_seed_another_history(make_gan, image_set):
    histories = [
        train(make_gan(seed=seed), make_dataset(image_set, 16, seed=seed), 1, verbose=False)
        for seed in (0, 1)
    ]
    assert histories[0] != histories[1]


@pytest.mark.parametrize("kind", KINDS)
def test_fit_gives_the_same_history_as_train(make_gan, image_set, kind):
    ours = train(make_gan(pair=kind), make_dataset(image_set, 16), 3, verbose=False)
    fitted = (
        make_gan(pair=kind)
        .fit(make_dataset(image_set, 16), epochs=3, verbose=0, shuffle=False)
        .history
    )
    assert sorted(fitted) == sorted(ours)
    for name in LOG_NAMES:
        np.testing.assert_allclose(fitted[name], ours[name], rtol=1e-5)


def test_epoch_history_is_the_mean_of_its_batches_and_batches_are_their_own(make_gan, image_set):
    seen = []
    gan = make_gan()
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(logs))
    history = train(gan, make_dataset(image_set, 16), 2, callbacks=[keep], verbose=False)
    for name in LOG_NAMES:
        values = np.reshape([logs[name] for logs in seen], (2, 3))
        np.testing.assert_allclose(values.mean(axis=1), history[name], rtol=1e-5)


def test_nothing_retraces_after_the_first_batch(make_gan, image_set):
    gan = make_gan()
    traces = []
    step = gan.train_step
    gan.train_step = lambda data: traces.append(1) or step(data)
    train(gan, make_dataset(image_set, 16), 3, verbose=False)
    gan.sample(5)
    train(gan, make_dataset(image_set, 16), 5, initial_epoch=3, verbose=False)
    assert len(traces) == 1


def test_sample_is_uint8_and_its_start_does_not_depend_on_the_count(make_gan):
    gan = make_gan()
    images = gan.sample(7, seed=1)
    assert images.shape == (7, 8, 8, 1)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[:3], gan.sample(3, seed=1))
    assert not np.array_equal(images, gan.sample(7, seed=2))


def test_sample_over_several_batches_equals_one_pass(make_gan):
    gan = make_gan()
    images = gan.sample(600, seed=1)
    noise = np.random.default_rng(1).standard_normal((600, 5), dtype=np.float32)
    whole = (np.asarray(gan.generator(noise, training=False)) + 1) * 127.5
    assert np.abs(images - whole).max() <= 0.51


def test_sampling_does_not_disturb_training(make_gan, image_set):
    gans = make_gan(), make_gan()
    for gan in gans:
        gan.train_on_batch(batch_of(image_set))
    gans[0].sample(10, seed=0)
    logs = [gan.train_on_batch(batch_of(image_set)) for gan in gans]
    assert logs[0] == logs[1]


def test_conditional_samples_follow_their_labels(make_gan):
    gan = make_gan(pair={"conditional": True})
    images = gan.sample(2, labels=[1, 2])
    np.testing.assert_array_equal(images[0], gan.sample(2, labels=[1, 3])[0])
    assert not np.array_equal(images[1], gan.sample(2, labels=[1, 3])[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "positive integer"),
        ({"count": 2, "labels": [1, 1]}, "takes no labels"),
    ],
)
def test_sample_refuses(make_gan, arguments, message):
    with pytest.raises(InputError, match=message):
        make_gan().sample(**arguments)


@pytest.mark.parametrize("labels", [None, [1], [0.5, 1.0]])
def test_conditional_sample_refuses(make_gan, labels):
    with pytest.raises(InputError, match="Expected 2"):
        make_gan(pair={"conditional": True}).sample(2, labels=labels)


def test_labels_of_no_known_class_are_refused(make_gan, image_set):
    gan = make_gan(pair={"conditional": True})
    assert gan.num_classes == 4
    assert make_gan().num_classes is None
    with pytest.raises(InputError, match=r"classes from 0 to 3, .* Received: 9"):
        gan.sample(2, labels=[3, 9])
    images, labels = batch_of(image_set)
    with pytest.raises(InputError, match=r"classes from 0 to 3, .* Received: 4"):
        gan.train_on_batch((images, labels + 1))


def test_images_of_another_shape_are_refused(make_gan):
    with pytest.raises(InputError, match=r"Expected batches of shape \(batch, 8, 8, 1\)"):
        make_gan().train_on_batch(np.zeros((4, 9, 9, 1), "float32"))


def test_a_conditional_gan_refuses_images_without_labels(make_gan, image_set):
    gan = make_gan(pair={"conditional": True})
    with pytest.raises(InputError, match="labelled images"):
        gan.train_on_batch(batch_of(image_set)[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generator_steps": 0}, "generator_steps"),
        ({"label_smoothing": 0.7}, "label_smoothing"),
        ({"generator_steps": 2, "fresh_noise": False}, "fresh_noise"),
        ({"loss": "nonsense"}, "non_saturating"),
    ],
)
def test_values_out_of_range_are_refused(make_gan, options, message):
    with pytest.raises(InputError, match=message):
        make_gan(**options)


def test_models_that_do_not_fit_are_refused():
    generator, _ = tiny_pair()
    with pytest.raises(InputError, match="do not fit"):
        GAN(generator, tiny_pair(sizes=(5, 12))[1])
    with pytest.raises(InputError, match="or neither"):
        GAN(generator, tiny_pair(conditional=True)[1])


def test_one_optimizer_for_both_is_refused(make_gan):
    gan = make_gan()
    adam = keras.optimizers.Adam()
    with pytest.raises(InputError, match="optimizer of its own"):
        gan.compile(adam, adam)


def batch_for(recipe):
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (8, *recipe.image_shape)).astype("float32")
    return images, np.arange(8, dtype="int32")


@pytest.mark.parametrize("name", STEPS)
def test_every_recipe_keeps_the_contract(name):
    gan = RECIPES[name].build(seed=0)
    start, first, *rest = phases(gan, batch_for(RECIPES[name]))
    if gan.fresh_noise:
        assert unchanged(start[0], first[1][0])
    trainable = [weight.path for weight in gan.generator.trainable_weights]
    for before, after, weight in zip(start[0], first[1][0], gan.generator.weights, strict=True):
        assert np.array_equal(before, after) or weight.path not in trainable
    pairs = RECIPES[name].gamma is not None
    seen = len(start[1]) - pairs  # a difference of two logits does not see the last bias
    assert all_moved(start[1][:seen], gan.discriminator.weights[:seen])
    assert len(rest) == gan.generator_steps
    assert unchanged(first[1][1], weights_of(gan.discriminator))
    assert all_moved(start[0], gan.generator.weights)


def critic_gan(weights, **options):
    """A GAN whose critic is one plane: its steepness is the length of `weights` everywhere."""
    layers = keras.layers
    critic = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    gan = (WGANGP if options else GAN)(tiny_pair()[0], critic, **options)
    gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.Adam(0.01), "wasserstein")
    critic.set_weights([np.reshape(weights, (64, 1)), np.zeros(1)])
    return gan


def next_fakes(gan):
    """What the generator will draw in the next step, flat."""
    state = gan.noise_seed.state.numpy()
    fakes = np.asarray(gan.draw(16)).reshape(16, -1)
    gan.noise_seed.state.assign(state)
    return fakes


def test_wasserstein_losses_are_means_of_the_scores(image_set):
    gan = critic_gan(np.full(64, 0.25))
    real, _ = batch_of(image_set)
    scores = [0.25 * flat.sum(axis=1) for flat in (real.reshape(16, -1), next_fakes(gan))]
    logs = gan.train_on_batch(real)
    assert float(logs["d_loss_real"]) == pytest.approx(-scores[0].mean(), rel=1e-4)
    assert float(logs["d_loss_fake"]) == pytest.approx(scores[1].mean(), rel=1e-4)
    assert float(logs["d_accuracy_real"]) == np.mean(scores[0] > 0)
    assert float(logs["d_accuracy_fake"]) == np.mean(scores[1] <= 0)


def test_the_gradient_penalty_draws_steepness_to_one(image_set):
    weights = np.random.default_rng(0).standard_normal(64)
    gan = critic_gan(weights, gradient_penalty=10.0)
    real, _ = batch_of(image_set)
    length = np.linalg.norm(weights)
    fakes = next_fakes(gan)
    logs = gan.train_on_batch(real)
    # half of: mean fake score - mean real score + 10 (length - 1)^2, one step of 0.01 down
    slope = (fakes.mean(axis=0) - real.reshape(16, -1).mean(axis=0)) / 2
    slope += 10 * (length - 1) * weights / length
    moved = gan.discriminator.get_weights()[0][:, 0]
    np.testing.assert_allclose(moved, weights - 0.01 * slope, atol=1e-4)
    # the penalty is no part of what is logged
    expected = (fakes @ weights).mean() - (real.reshape(16, -1) @ weights).mean()
    assert float(logs["d_loss"]) == pytest.approx(expected / 2, abs=1e-3)


def test_the_generator_raises_a_critics_scores(image_set):
    gan = critic_gan(np.full(64, 0.25), gradient_penalty=10.0)
    gan.d_optimizer.learning_rate = 0.0
    losses = [gan.train_on_batch(batch_of(image_set)[0])["g_loss"] for _ in range(40)]
    assert losses[-1] < losses[0] - 1


def plane(last, bias=0.0):
    """A discriminator of one dense layer, and whatever `last` puts behind it."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), *last], name="discriminator"
    )
    weights = np.random.default_rng(0).normal(0, 0.1, (64, 1))
    next(layer for layer in model.layers if layer.weights).set_weights([weights, np.array([bias])])
    return model


def compiled(discriminator, **options):
    keras.utils.set_random_seed(0)
    gan = GAN(tiny_pair(dropout=0.0)[0], discriminator)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), **options)
    return gan


LAYERS = keras.layers
LAST = {
    "sigmoid": lambda: [LAYERS.Dense(1, activation="sigmoid")],
    "a sigmoid of its own": lambda: [LAYERS.Dense(1), LAYERS.Activation("sigmoid")],
    "linear": lambda: [LAYERS.Dense(1)],
    "linear, reshaped": lambda: [LAYERS.Dense(1), LAYERS.Reshape((1, 1)), LAYERS.Flatten()],
    "nested": lambda: [
        keras.Sequential([keras.Input((64,)), LAYERS.Dense(1, activation="sigmoid")])
    ],
}


@pytest.mark.parametrize("bias", [0.0, -40.0, 60.0])
@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"jit_compile": True}], ids=str)
def test_logits_and_probabilities_compute_the_same(image_set, bias, options):
    """Also where a probability would be 0 or 1 in float32: loss and gradient are the logits'."""
    runs = {}
    for name, last in LAST.items():
        gan = compiled(plane(last(), bias), **options)
        logs = [gan.train_on_batch(batch_of(image_set)[0]) for _ in range(2)]
        runs[name] = (
            logs,
            *(w for w in weights_of(gan.discriminator)),
            weights_of(gan.generator)[0],
        )
    reference = runs.pop("linear")
    for logs, *weights in runs.values():
        assert logs == [pytest.approx(expected, rel=1e-4, abs=1e-5) for expected in reference[0]]
        for ours, theirs in zip(weights, reference[1:], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    worst = max(reference[0][0]["d_loss_real"], reference[0][0]["d_loss_fake"])
    assert bias == 0 or worst == pytest.approx(abs(bias), abs=5)


@pytest.mark.parametrize(
    "last",
    [
        [LAYERS.Dense(1, activation="tanh")],
        [LAYERS.Dense(1, activation="relu")],
        [LAYERS.Dense(1, activation="sigmoid"), LAYERS.Reshape((1, 1))],
        [LAYERS.Dense(1, activation="sigmoid"), LAYERS.Flatten()],
        [LAYERS.Dense(1), LAYERS.LeakyReLU(0.2)],
        [LAYERS.Dense(2, activation="softmax")],
    ],
    ids=lambda last: "-".join(type(layer).__name__ for layer in last),
)
def test_a_discriminator_that_ends_otherwise_is_refused(last):
    discriminator = keras.Sequential([keras.Input((8, 8, 1)), LAYERS.Flatten(), *last])
    with pytest.raises(InputError, match="neither probabilities nor logits"):
        compiled(discriminator)


@pytest.mark.parametrize("which", [0, 1], ids=["generator", "discriminator"])
def test_weight_decay_of_either_model_is_minimised_and_not_logged(image_set, which):
    """A step with it differs from one without by exactly the decay's own slope."""
    kernels, logs = [], []
    for decay in (0.0, 0.05):
        keras.utils.set_random_seed(0)
        pair = tiny_pair(dropout=0.0)
        kernel = next(layer for layer in pair[which].layers if hasattr(layer, "kernel")).kernel
        kernel.regularizer = keras.regularizers.L2(decay)
        start = kernel.numpy()
        gan = GAN(*pair)
        gan.compile(*(keras.optimizers.SGD(0.5 * (which == learns)) for learns in (1, 0)))
        logs.append(gan.train_on_batch(batch_of(image_set)[0]))
        kernels.append(kernel.numpy())
    plain, decayed = kernels
    np.testing.assert_allclose(decayed, plain - 0.5 * 2 * 0.05 * start, rtol=1e-4, atol=1e-6)
    name = ("g_loss", "d_loss")[which]
    assert logs[0][name] == pytest.approx(logs[1][name], rel=1e-5)


def test_fit_refuses_labels_and_pixels_that_train_refuses(image_set):
    """CategoryEncoding takes label 9 of 4 classes without a word."""
    noise, image = keras.Input((5,)), keras.Input((8, 8, 1))
    labels = [keras.Input((), dtype="int32") for _ in range(2)]
    one_hot = [LAYERS.CategoryEncoding(4, "one_hot")(label) for label in labels]
    x = LAYERS.Dense(64, activation="tanh")(LAYERS.Concatenate()([noise, one_hot[0]]))
    y = LAYERS.Dense(1)(LAYERS.Concatenate()([LAYERS.Flatten()(image), one_hot[1]]))
    generator = keras.Model([noise, labels[0]], LAYERS.Reshape((8, 8, 1))(x))
    gan = GAN(generator, keras.Model([image, labels[1]], y))
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    images, good = batch_of(image_set)
    wrong = np.where(np.arange(16) == 15, 9, good)
    before = weights_of(gan.generator)
    by_hand = tf.data.Dataset.from_tensor_slices((images, wrong)).batch(4)
    for refused in (
        lambda: gan.fit(images, wrong, verbose=0),
        lambda: gan.fit(by_hand, verbose=0),
        lambda: train(gan, by_hand, 1, verbose=False),
        lambda: gan.fit(make_dataset(replace(image_set, labels=image_set.labels + 6), 16)),
    ):
        with pytest.raises(InputError, match=r"classes from 0 to 3.*Received: [69]"):
            refused()
    raw = (images + 1) * 127.5
    for refused in (
        lambda: gan.fit(raw, good, verbose=0),
        lambda: train(gan, tf.data.Dataset.from_tensors((raw, good)), 1, verbose=False),
        lambda: gan.train_on_batch((raw, good)),
    ):
        with pytest.raises(InputError, match=r"from -1 to 1.*scale_pixels"):
            refused()
    assert unchanged(before, weights_of(gan.generator))


class Watching(GAN):
    """Notes what the discriminator is shown in each phase."""

    def judge(self, real_images, fake_images, labels=None):
        self.shown = [(np.asarray(fake_images), labels)]
        return super().judge(real_images, fake_images, labels)

    def fool(self, real_images, fake_images, labels=None):
        self.shown.append((np.asarray(fake_images), labels))
        return super().fool(real_images, fake_images, labels)


def test_both_phases_draw_fakes_of_the_real_images_classes(image_set):
    """The generator paints its label; so must be the fakes that the discriminator is shown."""
    noise, label = keras.Input((5,)), keras.Input((), dtype="int32")
    shade = LAYERS.Embedding(4, 64)(label)
    painted = LAYERS.Reshape((8, 8, 1))(LAYERS.Add()([LAYERS.Dense(64)(noise), shade]))
    generator = keras.Model([noise, label], painted)
    for layer in generator.layers:
        if isinstance(layer, LAYERS.Embedding):
            layer.set_weights([np.repeat([[-0.9], [-0.3], [0.3], [0.9]], 64, axis=1)])
        if isinstance(layer, LAYERS.Dense):
            layer.set_weights([np.zeros((5, 64)), np.zeros(64)])
    gan = Watching(generator, tiny_pair(conditional=True)[1])
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
    images, labels = batch_of(image_set)
    gan.train_step((images, labels))
    for fakes, asked in gan.shown:
        np.testing.assert_array_equal(asked, labels)
        shades = np.array([-0.9, -0.3, 0.3, 0.9], "float32")[labels]
        np.testing.assert_allclose(fakes[:, 0, 0, 0], shades, rtol=1e-6)


@pytest.mark.parametrize("fresh", [True, False])
def test_the_generator_learns_from_new_fakes_or_from_those_just_judged(image_set, fresh):
    gan = Watching(*tiny_pair(), fresh_noise=fresh)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    gan.train_step(batch_of(image_set)[0])
    (first, _), (second, _) = gan.shown
    assert np.array_equal(first, second) != fresh


def test_without_fresh_noise_a_step_is_the_pytorch_tutorials(image_set):
    """One pass of the generator serves both phases: written out with two tapes, detached for D."""
    pair = {"dropout": 0.0, "batch_norm": True}
    keras.utils.set_random_seed(0)
    gan = GAN(*tiny_pair(**pair), fresh_noise=False, separate_batches=True)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    keras.utils.set_random_seed(0)
    generator, discriminator = tiny_pair(**pair)
    seed, images = keras.random.SeedGenerator(0), batch_of(image_set)[0]
    cross_entropy = keras.losses.BinaryCrossentropy()
    for _ in range(3):
        gan.train_on_batch(images)
        with tf.GradientTape() as g_tape:
            fakes = generator(keras.random.normal((16, 5), seed=seed), training=True)
            with tf.GradientTape() as d_tape:
                detached = tf.stop_gradient(fakes)
                loss = cross_entropy(np.ones((16, 1)), discriminator(images, training=True))
                loss += cross_entropy(np.zeros((16, 1)), discriminator(detached, training=True))
            weights = discriminator.trainable_variables
            for weight, slope in zip(weights, d_tape.gradient(loss, weights), strict=True):
                weight.assign_sub(0.05 * slope)  # the kit's loss is the mean of both, not the sum
            statistics = weights_of(discriminator)
            g_loss = cross_entropy(np.ones((16, 1)), discriminator(fakes, training=True))
        discriminator.set_weights(statistics)
        weights = generator.trainable_variables
        for weight, slope in zip(weights, g_tape.gradient(g_loss, weights), strict=True):
            weight.assign_sub(0.1 * slope)
    for ours, theirs in ((gan.generator, generator), (gan.discriminator, discriminator)):
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


def test_the_penalty_is_taken_between_real_and_fake_images(image_set):
    """Of a critic |x|^2 / 2 the steepness at x is |x|, so the penalty says where it was taken."""
    image = keras.Input((8, 8, 1))
    square = LAYERS.Dense(1, use_bias=False)(
        LAYERS.Lambda(lambda x: x**2 / 2)(LAYERS.Flatten()(image))
    )
    critic = keras.Model(image, square)
    critic.set_weights([np.ones((64, 1))])
    gan = WGANGP(tiny_pair()[0], critic, gradient_penalty=4.0)
    gan.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), "wasserstein")
    real, fake = batch_of(image_set)[0], np.asarray(gan.draw(16))
    twin = keras.random.SeedGenerator(0)
    twin.state.assign(gan.noise_seed.state)
    share = np.asarray(keras.random.uniform((16, 1, 1, 1), seed=twin))
    between = (fake + share * (real - fake)).reshape(16, -1)
    expected = 4.0 / 2 * np.mean((np.linalg.norm(between, axis=1) - 1) ** 2)
    assert float(gan.penalty(real, fake)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "scaled",
    [
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), 2.0**10),
        lambda: keras.optimizers.SGD(0.5, loss_scale_factor=1024.0),
    ],
    ids=["LossScaleOptimizer", "loss_scale_factor"],
)
def test_scaled_losses_give_the_same_update(image_set, scaled):
    gans = []
    for optimizer in (lambda: keras.optimizers.SGD(0.5), scaled):
        keras.utils.set_random_seed(0)
        gans.append(GAN(*tiny_pair(dropout=0.0)))
        gans[-1].compile(optimizer(), optimizer())
        gans[-1].train_on_batch(batch_of(image_set)[0])
    weights = [gan.discriminator.weights + gan.generator.weights for gan in gans]
    for plain, other in zip(*weights, strict=True):
        np.testing.assert_allclose(plain.numpy(), other.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", STEPS)
def test_xla_computes_the_same_step_for_every_recipe(name):
    """Where there is a GPU Keras compiles the step with XLA; here it is done on the CPU.

    XLA draws other random numbers, so noise and dropout are held still, and images are not changed.
    """
    runs = []
    for jit_compile in (False, True):
        gan = RECIPES[name].build(seed=0)
        gan.diff_augment = False
        for layer in gan.discriminator.layers:
            if isinstance(layer, LAYERS.Dropout):
                layer.rate = 0.0
        still = np.random.default_rng(1).standard_normal((8, gan.latent_dim), "float32")
        gan.draw = lambda count, labels=None, gan=gan, still=still: gan.generator(
            gan._inputs(tf.constant(still), labels), training=True
        )
        gan.compile(keras.optimizers.SGD(0.01), keras.optimizers.SGD(0.01), jit_compile=jit_compile)
        models = gan.generator, gan.discriminator
        before = [weights_of(model) for model in models]
        logs = [gan.train_on_batch(batch_for(RECIPES[name])) for _ in range(2)]
        assert gan.jit_compile is jit_compile
        moved = [
            np.concatenate([(a - b).ravel() for a, b in zip(weights_of(model), was, strict=True)])
            for model, was in zip(models, before, strict=True)
        ]
        runs.append((logs, moved))
    (plain, moved), (compiled_logs, compiled_moved) = runs
    assert compiled_logs == [pytest.approx(logs, rel=1e-3, abs=1e-4) for logs in plain]
    for ours, theirs in zip(moved, compiled_moved, strict=True):
        assert np.linalg.norm(ours - theirs) < 0.02 * np.linalg.norm(ours)


@pytest.mark.parametrize("clusters", [0, 3])
def test_noise_in_training_and_in_sampling_is_of_one_distribution(make_gan, clusters):
    """One of the last numbers is the root of how many, each as often; the others are N(0, 1)."""
    gan = make_gan(clusters=clusters)
    drawn = []
    gan.generator = lambda noise, training: drawn.append(np.asarray(noise))
    gan.draw(3_000)
    for noise in (*drawn, Noise(gan.latent_dim, clusters, seed=1)(3_000)):
        assert noise.shape == (3_000, gan.latent_dim)
        normals, which = np.split(noise, [gan.latent_dim - clusters], axis=1)
        assert abs(normals.mean()) < 0.05
        assert normals.std() == pytest.approx(1, abs=0.05)
        if clusters:
            np.testing.assert_allclose(np.sort(which, axis=1)[:, -1], clusters**0.5, rtol=1e-6)
            assert np.all(np.count_nonzero(which, axis=1) == 1)
            shares = np.count_nonzero(which, axis=0) / len(which)
            np.testing.assert_allclose(shares, 1 / clusters, atol=0.05)


def test_samples_of_clusters_are_drawn_with_them_and_do_not_depend_on_the_count(make_gan):
    gan = make_gan(clusters=3)
    images = gan.sample(300, seed=2)
    np.testing.assert_array_equal(images[:7], gan.sample(7, seed=2))
    noise = Noise(gan.latent_dim, 3, seed=2)(250)
    by_hand = unscale_pixels(np.asarray(gan.generator(noise, training=False)))
    np.testing.assert_array_equal(images[:250], by_hand)


@pytest.mark.parametrize("clusters", [-1, 6, 2.5, True])
def test_refuses_clusters_that_the_noise_has_no_numbers_for(make_gan, clusters):
    with pytest.raises(InputError, match="an integer from 0 to 5"):
        make_gan(clusters=clusters)


def test_a_wrong_label_is_never_the_right_one_and_every_other_class_as_often():
    labels = np.repeat(np.arange(4), 30).astype("int32")
    wrong = np.asarray(wrong_labels(labels, 4))
    assert not np.any(wrong == labels)
    for label in range(4):
        counts = np.bincount(wrong[labels == label], minlength=4)
        assert sorted(counts) == [0, 10, 10, 10]


def test_real_images_under_wrong_labels_are_learnt_as_fake(make_gan, image_set):
    """D's loss beside `d_loss` is the weight times the cross-entropy of its answers to 0."""
    gan = make_gan(pair={"conditional": True, "dropout": 0.0}, wrong_labels=0.5)
    images, labels = map(tf.constant, batch_of(image_set))
    wrong = wrong_labels(labels, 4)
    answers = np.asarray(gan.discriminator([images, wrong]), np.float64)
    ours = float(gan.penalty(images, None, labels))
    assert ours == pytest.approx(0.5 * -np.log(1 - answers).mean(), rel=1e-4)

    bright = tf.ones_like(images) * (tf.cast(labels, "float32")[:, None, None, None] / 2 - 0.75)
    apart = {}
    for weight in (0.0, 0.5):
        gan = make_gan(pair={"conditional": True, "dropout": 0.0}, wrong_labels=weight)
        for _ in range(100):
            gan.train_on_batch((bright, labels))
        right, others = (gan.discriminator([bright, each]) for each in (labels, wrong))
        apart[weight] = float(np.mean(right) - np.mean(others))
    assert apart[0.5] > 2 * abs(apart[0.0]) + 0.1, apart


@pytest.mark.parametrize(("weight", "conditional"), [(-1.0, True), (0.5, False), (np.nan, True)])
def test_refuses_wrong_labels_without_labels_or_of_no_weight(make_gan, weight, conditional):
    with pytest.raises(InputError, match="wrong_labels"):
        make_gan(pair={"conditional": conditional}, wrong_labels=weight)
