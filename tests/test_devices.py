"""What differs where a GPU, float16 or several replicas are, brought to this CPU."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import STEPS

from gankit import RECIPES, InputError, make_dataset, train
from gankit.backend import keras, tf
from gankit.recipes.recipe import resolve_precision


@pytest.fixture
def claim_gpu(monkeypatch):
    """Lets TensorFlow's device lists claim a GPU of a compute capability."""

    def claim(capability):
        real = tf.config.list_physical_devices
        device = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")

        def claimed(kind=None):
            return ([] if kind == "GPU" else real(kind)) + ([device] if kind != "CPU" else [])

        details = {"compute_capability": capability, "device_name": "a claimed GPU"}
        monkeypatch.setattr(tf.config, "list_physical_devices", claimed)
        monkeypatch.setattr(
            tf.config, "list_logical_devices",
            lambda kind=None: [tf.config.LogicalDevice("/device:GPU:0", "GPU")],
        )  # fmt: skip
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda each: details)

    return claim


def test_where_a_gpu_is_claimed_an_epoch_trains_under_xla(claim_gpu, make_gan, image_set):
    claim_gpu((7, 5))
    gan = make_gan()
    assert gan.jit_compile is True
    history = train(gan, make_dataset(image_set, 16), 2, verbose=False)
    assert np.isfinite(list(history.values())).all()
    fitted = make_gan().fit(make_dataset(image_set, 16), epochs=2, verbose=0).history
    np.testing.assert_allclose(fitted["d_loss"], history["d_loss"], rtol=1e-4)


@pytest.mark.parametrize(
    ("capability", "policy"),
    [
        ((9, 0), "mixed_bfloat16"),
        ((8, 0), "mixed_bfloat16"),
        ((7, 5), "mixed_float16"),
        ((7, 0), "mixed_float16"),
        ((6, 1), "float32"),
    ],
)
def test_auto_takes_what_the_gpu_computes_fast(claim_gpu, capability, policy):
    claim_gpu(capability)
    assert resolve_precision("auto") == policy


def batch_of(gan):
    images = np.random.default_rng(0).uniform(-1, 1, (8, *gan.image_shape)).astype("float32")
    return images, np.arange(8, dtype="int32")


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", STEPS)
def test_every_recipe_takes_the_same_first_step_in_half_precision(name, precision):
    """Plain gradient descent: with the loss scaled and not scaled back it would be far off."""
    moved = {}
    for policy in ("float32", precision):
        gan = RECIPES[name].build(seed=0, precision=policy)
        for layer in gan.discriminator.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0  # half precision draws other masks
        gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
        for optimizer in (gan.d_optimizer, gan.g_optimizer):
            if precision == "mixed_float16" and policy == precision:
                optimizer.dynamic_scale.assign(1024.0)  # at the start's 32,768 some overflow
        models = gan.discriminator, gan.generator
        before = [[w.numpy() for w in model.trainable_weights] for model in models]
        gan.train_on_batch(batch_of(gan))
        moved[policy] = [
            np.concatenate(
                [(w.numpy() - b).ravel() for w, b in zip(m.trainable_weights, was, strict=True)]
            )
            for m, was in zip(models, before, strict=True)
        ]
    for ours, expected in zip(moved[precision], moved["float32"], strict=True):
        assert np.linalg.norm(ours) == pytest.approx(np.linalg.norm(expected), rel=0.1)
        cosine = ours @ expected / np.linalg.norm(ours) / np.linalg.norm(expected)
        assert cosine > 0.95


def test_float16_scales_its_losses_and_xla_agrees(image_set):
    recipe, results = RECIPES["dcgan_leaky"], []
    for jit_compile in (False, True):
        gan = recipe.build(seed=0, precision="mixed_float16")
        for optimizer in (gan.d_optimizer, gan.g_optimizer):
            assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
            assert float(optimizer.dynamic_scale) > 1000
        sgd = (keras.optimizers.SGD(0.1) for _ in range(2))
        gan.compile(*sgd, jit_compile=jit_compile)
        gan.train_on_batch(batch_of(gan))
        assert int(gan.g_optimizer.inner_optimizer.iterations) == 2  # none was skipped
        results.append(gan.discriminator.trainable_weights[0].numpy())
    np.testing.assert_allclose(*results, atol=5e-3)


REPLICAS = """
import numpy as np
from gankit.backend import keras, tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from gankit import GAN, InputError, make_dataset, train
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)

def build():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    generator = keras.Sequential(
        [keras.Input((5,)), layers.Dense(64, activation="tanh"), layers.Reshape((8, 8, 1))])
    discriminator = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    gan = GAN(generator, discriminator)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
    return gan

with strategy.scope():
    gan = build()
    try:
        train(gan, make_dataset(images, 16), 1)
    except InputError as error:
        print("refused:", error)
try:
    train(gan, make_dataset(images, 16), 1)
except InputError as error:
    print("refused:", error)

drawn = strategy.run(lambda: gan.draw(4))
with strategy.scope():
    print("drawn between the replicas:", gan.draw(4).shape)
print("noise differs:", not np.allclose(*[x.numpy() for x in drawn.values]))

# the same fakes everywhere, the same real images in both halves: two replicas do what one does
noise = np.random.default_rng(1).standard_normal((16, 5), "float32")
weights = []
for scope in (strategy.scope(), tf.distribute.get_strategy().scope()):
    with scope:
        gan = build()
    gan.draw = lambda count, labels=None, gan=gan: gan.generator(tf.constant(noise), training=True)
    real = (images[:16] / 127.5 - 1).astype("float32")
    if gan.distribute_strategy.num_replicas_in_sync == 2:
        real = np.concatenate([real, real])
    data = tf.data.Dataset.from_tensor_slices(real).batch(len(real), drop_remainder=True)
    gan.fit(data, epochs=3, verbose=0)
    weights.append([w.numpy() for w in gan.generator.weights + gan.discriminator.weights])
print("same weights:", all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(*weights)))
"""


def test_two_replicas_share_one_update_and_draw_noise_of_their_own():
    result = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False
    )
    assert result.stdout.count("refused: train() runs on one device") == 2, result.stderr
    assert "MirroredStrategy" in result.stdout
    assert "drawn between the replicas: (4, 8, 8, 1)" in result.stdout, result.stderr
    assert "noise differs: True" in result.stdout, result.stderr
    assert "same weights: True" in result.stdout, result.stderr


def test_an_unknown_precision_is_refused():
    with pytest.raises(InputError, match="mixed_float16"):
        resolve_precision("float8")
