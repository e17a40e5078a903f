"""Trains the classifier of digits that gankit's metrics read MNIST with, and saves its weights.

    python benchmarks/train_mnist_classifier.py FOLDER

FOLDER holds MNIST's original files. The 60,000 training digits are turned, shifted and zoomed a
little; the test digits are looked at once, at the end. It prints the accuracy on them and the
SHA-256 for `gankit/metrics/features.py`.
"""

import argparse
import hashlib

import numpy as np

from gankit import augmentation, load_images, make_dataset, scale_pixels
from gankit.backend import circumstances, keras
from gankit.metrics.features import CLASSIFIER_WEIGHTS, build_mnist_classifier

SEED, EPOCHS, BATCH = 0, 12, 128


def main():
    """Trains, saves, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    folder = parser.parse_args().folder
    digits = load_images("mnist", data_dir=folder)
    changes = augmentation(rotation=0.03, shift=0.07, zoom=0.1)
    dataset = make_dataset(digits, BATCH, changes, SEED)

    keras.utils.set_random_seed(SEED)
    model = build_mnist_classifier()
    steps = len(dataset) * EPOCHS
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(dataset, epochs=EPOCHS, shuffle=False, verbose=2)

    test = load_images("mnist", split="test", data_dir=folder)
    answers = model.predict(scale_pixels(test.images), verbose=0).argmax(axis=1)
    bare = build_mnist_classifier()  # without the optimizer's state
    bare.set_weights(model.get_weights())
    bare.save_weights(CLASSIFIER_WEIGHTS)
    print(circumstances())
    print(f"{model.count_params():,} parameters, {EPOCHS} epochs, seed {SEED}")
    print(f"right about {np.mean(answers == test.labels):.2%} of {len(test):,} test digits")
    print("SHA-256", hashlib.sha256(CLASSIFIER_WEIGHTS.read_bytes()).hexdigest())
    print(f"{CLASSIFIER_WEIGHTS.stat().st_size:,} bytes in {CLASSIFIER_WEIGHTS}")


if __name__ == "__main__":
    main()
