"""How fast the kit trains, as ratios measured in one run: `python benchmarks/speed.py`.

Absolute times depend on the machine and on what else it does; a ratio of two things measured in
turn, round after round, does not. Printed for each pair: the median over the rounds, and the range.
"""

import argparse
import time

import numpy as np

import gankit
from gankit.backend import circumstances, keras, tf


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(title, ours, theirs, rounds):
    """Runs both in turn and prints their times' ratio, ours / theirs."""
    ours(), theirs()  # traced, and warm
    ratios = [seconds(ours) / seconds(theirs) for _ in range(rounds)]
    print(
        f"{title:<66} {np.median(ratios):7.3f}  ({min(ratios):.3f} to {max(ratios):.3f})",
        flush=True,
    )


def by_hand(gan):
    """The two-phase loop in plain Keras calls, the flag set before every call."""
    generator, discriminator = (
        keras.models.clone_model(m) for m in (gan.generator, gan.discriminator)
    )
    noise = keras.Input((gan.latent_dim,))
    stacked = keras.Model(noise, discriminator(generator(noise)))
    discriminator.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    discriminator.trainable = False
    stacked.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")

    def epoch(dataset):
        for real_images, _ in dataset:
            count = len(real_images)
            fake_images = generator(keras.random.normal((count, gan.latent_dim)), training=True)
            images = tf.concat([real_images, fake_images], axis=0)
            targets = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
            discriminator.trainable = True
            discriminator.train_on_batch(images, targets)
            discriminator.trainable = False
            stacked.train_on_batch(
                keras.random.normal((count, gan.latent_dim)), tf.ones((count, 1))
            )

    return epoch


def main():
    """Prints every ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    arguments = parser.parse_args()

    where = circumstances()
    print(where["device"], where["versions"])
    count = arguments.batches * arguments.batch_size
    print(f"dcgan_selu, batch {arguments.batch_size}, {arguments.batches} batches a round, "
          f"{arguments.rounds} rounds; ratio of times")  # fmt: skip
    digits = gankit.load_images("mnist", limit=count)
    plain = gankit.make_dataset(digits, arguments.batch_size)
    change = gankit.augmentation(rotation=0.03, shift=0.1, zoom=0.1)
    augmented = gankit.make_dataset(digits, arguments.batch_size, augment=change)
    options = tf.data.Options()
    options.autotune.enabled = True
    tuned = plain.with_options(options)
    gan = gankit.RECIPES["dcgan_selu"].build()
    step = tf.function(gan.train_step)
    epoch_by_hand = by_hand(gan)

    def train(dataset=plain):
        gankit.train(gan, dataset, 1, verbose=False)

    def bare():
        for batch in plain:
            step(batch)

    def read(dataset):
        for _ in dataset:
            pass

    rounds = arguments.rounds
    compare("train() / with tf.data's autotuning", train, lambda: train(tuned), rounds)
    compare("train() / bare compiled step over the same dataset", train, bare, rounds)
    compare(
        "train() / hand loop, flag set before every call",
        train,
        lambda: epoch_by_hand(plain),
        rounds,
    )
    compare("training / reading the same digits (20 wanted)", train, lambda: read(plain), rounds)
    compare("training / reading them augmented (4 wanted)", train, lambda: read(augmented), rounds)


if __name__ == "__main__":
    main()
