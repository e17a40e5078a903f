"""The relativistic GAN: known answers, who moves, XLA, half precision, labels."""

import numpy as np
import pytest
from conftest import tiny_pair
from tensorflow.python.eager import context

from gankit import GAN, RECIPES, InputError
from gankit.backend import keras, tf
from gankit.collapse import WGANGP, RelativisticGAN, ring
from gankit.collapse.steepness import squared_steepness
from gankit.losses import LOSSES
from gankit.models.points import points_discriminator, points_generator

GAMMA = 0.3


def linear_gan(engine=RelativisticGAN, last=None, **options):
    """A GAN of points, both models linear: D(x) = w x + b, G(z) = A z + c."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation=last)])
    gan = engine(generator, discriminator, **options)
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
    return gan


def points(count=16, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32) + 1


def softplus(x):
    return np.log1p(np.exp(x))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("last", [None, "sigmoid"])
@pytest.mark.parametrize("separate_batches", [False, True])
def test_one_step_of_linear_models_is_what_numpy_computes(last, separate_batches):
    gan = linear_gan(gamma=GAMMA, last=last, separate_batches=separate_batches)
    noise = np.random.default_rng(1).normal(size=(2, 16, 3)).astype(np.float32)
    drawn = iter(noise)
    gan.draw = lambda count, labels: gan.generator(next(drawn))
    (weight, offset), (matrix, shift) = (
        [each.numpy().astype(float) for each in model.trainable_variables]
        for model in (gan.discriminator, gan.generator)
    )
    real, fake = points(), noise[0] @ matrix + shift
    difference = (real - fake) @ weight
    logs = gan.train_on_batch(real)
    assert logs["d_loss"] == pytest.approx(softplus(-difference).mean(), rel=1e-4)
    assert logs["d_loss_real"] == logs["d_loss_fake"] == logs["d_loss"]
    assert logs["d_accuracy_real"] == logs["d_accuracy_fake"] == np.mean(difference > 0)

    slope = -np.mean(sigmoid(-difference) * (real - fake), axis=0)[:, None]
    weight = weight - slope - 2 * GAMMA * weight  # both penalties are |w|^2
    ours, bias = (each.numpy() for each in gan.discriminator.trainable_variables)
    np.testing.assert_allclose(ours, weight, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bias, offset, atol=1e-6)  # a difference does not see it

    fake = noise[1] @ matrix + shift
    difference = (fake - real) @ weight
    assert logs["g_loss"] == pytest.approx(softplus(-difference).mean(), rel=1e-4)
    by_fake = -sigmoid(-difference) * weight.T / len(real)
    matrix, shift = matrix - noise[1].T @ by_fake, shift - by_fake.sum(axis=0)
    for mine, expected in zip(gan.generator.trainable_variables, (matrix, shift), strict=True):
        np.testing.assert_allclose(mine.numpy(), expected, rtol=1e-3, atol=1e-5)


def test_steepness_is_that_of_each_point_alone():
    gan = linear_gan()
    length = np.sum(gan.discriminator.trainable_variables[0].numpy() ** 2)
    np.testing.assert_allclose(squared_steepness(gan, points()), length, rtol=1e-5)


def test_the_penalty_of_wgan_gp_is_its_distance_from_a_steepness_of_one():
    gan = linear_gan(WGANGP, gradient_penalty=10.0)
    length = np.linalg.norm(gan.discriminator.trainable_variables[0].numpy())
    penalty = gan.penalty(points(), points(seed=1))
    assert float(penalty) == pytest.approx(5 * (length - 1) ** 2, rel=1e-4)


def gan_of_images(conditional=False, jit_compile=False, policy="float32", **options):
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        pair = tiny_pair(conditional=conditional, dropout=0.0)
    finally:
        keras.config.set_dtype_policy(before)
    gan = RelativisticGAN(*pair, **options)
    rates = (keras.optimizers.SGD(0.1) for _ in range(2))
    gan.compile(*rates, jit_compile=jit_compile)
    return gan


def images_of(conditional):
    images = np.random.default_rng(0).uniform(-1, 1, (8, 8, 8, 1)).astype(np.float32)
    return (images, np.arange(8, dtype=np.int32) % 4) if conditional else images


def with_fixed_noise(gan):
    """XLA draws other noise from the same seed."""
    noise = np.random.default_rng(2).normal(size=(8, gan.latent_dim)).astype(np.float32)
    noise = keras.ops.convert_to_tensor(noise)
    gan.draw = lambda count, labels: gan.generator(gan._inputs(noise, labels), training=True)
    return gan


def moves(gan, batch):
    """How far a step moves each trainable weight of both models."""
    models = gan.discriminator, gan.generator
    before = [[weight.numpy() for weight in model.trainable_weights] for model in models]
    logs = gan.train_on_batch(batch)
    assert np.isfinite(list(logs.values())).all()
    return [
        np.concatenate(
            [(w.numpy() - b).ravel() for w, b in zip(m.trainable_weights, was, strict=True)]
        )
        for m, was in zip(models, before, strict=True)
    ]


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("learns", ["discriminator", "generator"])
def test_each_phase_moves_one_model(conditional, learns):
    gan = gan_of_images(conditional)
    other = {"discriminator": gan.g_optimizer, "generator": gan.d_optimizer}[learns]
    other.learning_rate = 0.0
    judge, maker = moves(gan, images_of(conditional))
    assert np.any(judge) == (learns == "discriminator")
    assert np.any(maker) == (learns == "generator")


@pytest.mark.parametrize("conditional", [False, True])
def test_xla_computes_the_same(conditional):
    plain, compiled = (
        moves(with_fixed_noise(gan_of_images(conditional, jit_compile)), images_of(conditional))
        for jit_compile in (False, True)
    )
    for ours, expected in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_takes_the_same_step(policy, conditional):
    gan = gan_of_images(conditional, policy=policy, gamma=GAMMA)
    assert gan.discriminator.outputs[0].dtype != "float32"  # the pair's last layers are half, too
    real, labels = map(keras.ops.convert_to_tensor, images_of(True))
    for loss in (gan.judge(real, real, labels)["d_loss"], gan.penalty(real, real, labels)):
        assert loss.dtype == "float32"
    ours = moves(gan, images_of(conditional))
    theirs = moves(gan_of_images(conditional, gamma=GAMMA), images_of(conditional))
    for mine, expected in zip(ours, theirs, strict=True):
        cosine = mine @ expected / np.linalg.norm(mine) / np.linalg.norm(expected)
        assert cosine > 0.95
        assert np.linalg.norm(mine) == pytest.approx(np.linalg.norm(expected), rel=0.1)


@pytest.mark.parametrize("conditional", [False, True])
def test_points_with_and_without_labels(conditional):
    classes = {"num_classes": 8} if conditional else {}
    gan = RelativisticGAN(points_generator(16, **classes), points_discriminator(16, **classes))
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=True)
    for moved in moves(gan, ring().labelled_sample(32)):
        assert np.any(moved)


def test_a_weight_below_zero():
    with pytest.raises(InputError, match="gamma"):
        linear_gan(gamma=-0.1)


def optimized_graph(function, *arguments):
    """The nodes, by name, of the program that TensorFlow makes of a traced function and runs."""
    context.context().enable_run_metadata()
    try:
        function(*arguments)
        programs = context.context().export_run_metadata().function_graphs
    finally:
        context.context().disable_run_metadata()
    graphs = [program.post_optimization_graph.node for program in programs]
    return {node.name: node for node in max(graphs, key=len)}


def before(nodes, name):
    """The names of all nodes that have run when this one runs."""
    found, to_do = set(), [name]
    while to_do:
        inputs = {each.lstrip("^").split(":")[0] for each in nodes[to_do.pop()].input}
        to_do += inputs & nodes.keys() - found
        found |= inputs
    return found


@pytest.mark.parametrize("name", ["dcgan_selu_tuned", "dcgan_leaky_tuned", "cgan_dense_tuned"])
@pytest.mark.parametrize("engine", [RelativisticGAN, WGANGP])
def test_no_weight_is_written_while_it_may_yet_be_read(name, engine):
    """TensorFlow's graph optimizer drops that order where parts of a penalty's gradient are 0."""
    recipe = RECIPES[name]
    made = recipe.build(steps=10)
    gan = engine(made.generator, made.discriminator)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    batch = tf.zeros((4, *recipe.image_shape))
    batch = (batch, tf.zeros((4,), "int32")) if recipe.conditional else batch
    nodes = optimized_graph(tf.function(gan.train_step, jit_compile=False), batch)
    reads = [node for node in nodes.values() if node.op == "ReadVariableOp"]
    writes = [node for node in nodes.values() if node.op.startswith("Assign")]
    assert len(reads) > len(writes) > 10
    for write in writes:
        earlier = before(nodes, write.name)
        for read in reads:
            if read.input[0] == write.input[0] and read.name not in earlier:
                assert write.name in before(nodes, read.name), (read.name, write.name)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("engine", [GAN, RelativisticGAN])
def test_no_sum_of_a_losss_gradients_changes_its_order(engine, loss):
    """TensorFlow sums in place, starting at a term that nothing else holds just then.

    A sum of two is the same from either end. One of three or more is not, and a constant among its
    terms, which can never be written to, makes where it starts a matter of time.
    """
    gan = engine(points_generator(16), points_discriminator(16))
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), loss)
    nodes = optimized_graph(tf.function(gan.train_step, jit_compile=False), tf.zeros((32, 2)))
    sums = [node for node in nodes.values() if node.op == "AddN"]
    assert sums or loss == "wasserstein"
    for each in sums:
        terms = [name.split(":")[0] for name in each.input if not name.startswith("^")]
        if len(terms) > 2:
            assert not [name for name in terms if nodes[name].op == "Const"], each.name
