"""How often conditional runs draw the digit that they were asked for, as a classifier reads it.

    python benchmarks/label_accuracy.py --images FOLDER RUN [RUN ...]

FOLDER holds MNIST's original files. The classifier is a small convolutional network, trained here
on the 60,000 training digits and tested on the 10,000 others: its own mistakes are the yardstick.
"""

import argparse

import numpy as np

from gankit import load_images, sample_images, scale_pixels
from gankit.backend import keras
from gankit.runs import Run
from gankit.training import circumstances

SEED = 0
layers = keras.layers


def train_reader(folder):
    """Returns a classifier of digits, and its accuracy on the test digits."""
    digits = load_images("mnist", data_dir=folder)
    test = load_images("mnist", split="test", data_dir=folder)
    keras.utils.set_random_seed(SEED)
    reader = keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.4),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.4),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    reader.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    reader.fit(scale_pixels(digits.images), digits.labels, batch_size=128, epochs=6, verbose=2)
    _, accuracy = reader.evaluate(scale_pixels(test.images), test.labels, verbose=0)
    return reader, accuracy


def main():
    """Prints a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", metavar="RUN", nargs="+")
    parser.add_argument("--images", required=True, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=10_000, help="images of each run")
    arguments = parser.parse_args()
    reader, accuracy = train_reader(arguments.images)
    print(circumstances())
    print(f"the reader is right about {accuracy:.2%} of the 10,000 test digits")
    asked = np.resize(np.arange(10), arguments.count)
    for folder in arguments.runs:
        run = Run(folder)
        images = sample_images(run.load_generator(), arguments.count, asked, SEED)
        right = reader.predict(scale_pixels(images), verbose=0).argmax(axis=1) == asked
        by_digit = [right[asked == digit].mean() for digit in range(10)]
        print(
            f"{run.config['recipe']:<15} {right.mean():.1%} of {arguments.count:,} as asked for; "
            f"worst {np.argmin(by_digit)} with {min(by_digit):.1%}; "
            f"{run.epochs_done} epochs of {run.config['image_source']}"
        )


if __name__ == "__main__":
    main()
