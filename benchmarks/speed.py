"""How fast the kit trains, as ratios measured in one run: `python benchmarks/speed.py`.

Absolute times depend on the machine and on what else it does. A ratio of two things measured in
turn, round after round, depends on them much less. Printed for each rival: its time / the kit's,
the median over the rounds and the range. What the rivals are is in benchmarks/README.md.
"""

import argparse
import time

import numpy as np

import gankit
from gankit.backend import circumstances, keras, tf
from gankit.recipes.recipe import resolve_precision

layers = keras.layers
LINEAR = (layers.Dense, layers.Conv2D, layers.Conv2DTranspose, layers.Reshape, layers.Flatten)


def kit(recipe, dataset, precision="float32", **options):
    """Returns an epoch of `gankit.train`."""
    gan = recipe.build(precision=precision)
    for name, value in options.items():
        setattr(gan, name, value)
    return lambda: gankit.train(gan, dataset, 1, verbose=False)


def bare(recipe, dataset):
    """Returns the compiled step alone, over the same dataset."""
    step = tf.function(recipe.build().train_step)

    def epoch():
        for batch in dataset:
            step(batch)

    return epoch


def keras_own(model):
    """Returns a model of Keras' own layers in place of the kit's two."""
    return keras.models.model_from_json(model.to_json())


def idiom(recipe, dataset):
    """Returns the published two-phase loop in Keras' own calls, the flag set before every call."""
    gan = recipe.build()
    generator, discriminator = map(keras_own, (gan.generator, gan.discriminator))
    noise = keras.Input((gan.latent_dim,))
    stacked = keras.Model(noise, discriminator(generator(noise)))
    discriminator.compile(recipe.d_optimizer.build(), "binary_crossentropy")
    discriminator.trainable = False
    stacked.compile(recipe.g_optimizer.build(), "binary_crossentropy")

    def epoch():
        for real_images, _ in dataset:
            count = len(real_images)
            fake_images = generator(tf.random.normal((count, gan.latent_dim)), training=True)
            images = tf.concat([real_images, fake_images], axis=0)
            targets = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
            discriminator.trainable = True
            discriminator.train_on_batch(images, targets)
            discriminator.trainable = False
            stacked.train_on_batch(tf.random.normal((count, gan.latent_dim)), tf.ones((count, 1)))

    return epoch


def tutorial(recipe, dataset):
    """Returns the TensorFlow tutorial's step on the same models: fakes drawn and judged once."""
    gan = recipe.build()
    generator, discriminator = map(keras_own, (gan.generator, gan.discriminator))
    d_optimizer, g_optimizer = recipe.d_optimizer.build(), recipe.g_optimizer.build()
    d_optimizer.build(discriminator.trainable_variables)
    g_optimizer.build(generator.trainable_variables)
    cross_entropy = keras.losses.BinaryCrossentropy()

    @tf.function
    def step(images):
        noise = tf.random.normal((images.shape[0], gan.latent_dim))
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake_images = generator(noise, training=True)
            real = discriminator(images, training=True)
            fake = discriminator(fake_images, training=True)
            g_loss = cross_entropy(tf.ones_like(fake), fake)
            d_loss = cross_entropy(tf.ones_like(real), real)
            d_loss += cross_entropy(tf.zeros_like(fake), fake)
        g_optimizer.apply(g_tape.gradient(g_loss, generator.trainable_variables))
        d_optimizer.apply(d_tape.gradient(d_loss, discriminator.trainable_variables))

    def epoch():
        for images, _ in dataset:
            step(images)

    return epoch


def floor(recipe, dataset):
    """Returns both phases' convolutions, matrix products and their gradients, in Keras' own layers.

    The losses are returned too: TensorFlow leaves out what nobody looks at, and the gradient of a
    linear model needs no forward pass of the discriminator in phase 2.
    """
    gan = recipe.build()
    generator, discriminator = map(linear, (gan.generator, gan.discriminator))

    @tf.function
    def step(images):
        noise = tf.random.normal((images.shape[0], gan.latent_dim))
        fake_images = generator(noise)
        with tf.GradientTape() as tape:
            d_loss = tf.reduce_mean(discriminator(tf.concat([images, fake_images], axis=0)))
        d_slopes = tape.gradient(d_loss, discriminator.trainable_variables)
        with tf.GradientTape() as tape:
            g_loss = tf.reduce_mean(discriminator(generator(noise + 1)))
        return d_loss, g_loss, d_slopes, tape.gradient(g_loss, generator.trainable_variables)

    def epoch():
        for images, _ in dataset:
            step(images)

    return epoch


def linear(model):
    """Returns a model's convolutions and matrix products, with nothing between them."""
    kept = [keras.Input(model.inputs[0].shape[1:])]
    for layer in model.layers:
        if isinstance(layer, LINEAR):
            config = layer.get_config()
            if "activation" in config:
                config["activation"] = "linear"
            kept.append(getattr(layers, type(layer).__name__).from_config(config))
    return keras.Sequential(kept)


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    """Prints every ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="dcgan_selu", help="one without labels")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", type=int, default=20, help="in a round")
    parser.add_argument("--batch-size", type=int, default=32)
    arguments = parser.parse_args()

    recipe, batch_size = gankit.RECIPES[arguments.recipe], arguments.batch_size
    digits = gankit.load_images("mnist", limit=arguments.batches * batch_size)
    dataset = gankit.make_dataset(digits, batch_size)
    change = gankit.augmentation(rotation=0.03, shift=0.1, zoom=0.1)
    augmented = gankit.make_dataset(digits, batch_size, augment=change)
    auto = resolve_precision("auto")
    work = {
        "the kit": kit(recipe, dataset),
        f"the kit, --precision auto ({auto})": kit(recipe, dataset, auto),
        "the kit with the fakes of phase 1 in phase 2": kit(recipe, dataset, fresh_noise=False),
        "the published idiom": idiom(recipe, dataset),
        "the TensorFlow tutorial's step": tutorial(recipe, dataset),
        "the bare compiled step": bare(recipe, dataset),
        "the floor": floor(recipe, dataset),
        "reading the batches": lambda: list(dataset),
        "reading them augmented": lambda: list(augmented),
    }
    for each in work.values():
        each(), each()  # traced, and warm
    times = {name: [] for name in work}
    for _ in range(arguments.rounds):
        for name, each in work.items():
            times[name].append(seconds(each) / arguments.batches)
    where = circumstances()
    print(f"{where['device']}, {where['versions']}")
    print(f"{recipe.name}, batch {batch_size}, {arguments.rounds} rounds of {arguments.batches}")
    print(f"{'':<46} {'ms a step':>9}  time / the kit's (range)")
    for name, each in times.items():
        ratios = np.divide(each, times["the kit"])
        print(
            f"{name:<46} {1000 * np.median(each):9.2f}  {np.median(ratios):.3f} "
            f"({ratios.min():.3f} to {ratios.max():.3f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
