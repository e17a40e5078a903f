"""From images to features: the extractors that every metric stands on.

A distance between sets of images is one between their features, so a figure is worth nothing
without the name of its extractor. Each has one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gankit.data.images import scale_pixels
from gankit.errors import InputError, check_choice

EXTRACTORS = ("auto", "mnist_classifier", "inception_v3", "pixels")
CLASSIFIER_WEIGHTS = Path(__file__).with_name("mnist_classifier.weights.h5")
CLASSIFIER_SHA256 = "0dcfb4d86788ea0c3631a47035b82ab7641da2c3fcaa8fbe56902bd021d6c421"
LARGEST_SIDE = 32  # of raw pixels: 64x64 RGB would have 12,288 features, and a covariance of 1.2 GB


@dataclass(frozen=True)
class Extractor:
    """A way from images to features, with the name that belongs beside every figure.

    Calling it with uint8 images of shape `(count, height, width, channels)` gives the pair
    `(features, probabilities)`: float64 of shape `(count, features)`, and float32 of shape
    `(count, classes)`, or None where it is not a classifier.

    Attributes:
        name: for people, e.g. "mnist_classifier".
        batch: the function for one batch of images.
        batch_size: how many of them at a time.
    """

    name: str
    batch: Callable
    batch_size: int = 500

    def __call__(self, images):
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4 or not len(images):
            expected = "uint8 images of shape (count, height, width, channels)"
            received = f"shape {images.shape}, dtype {images.dtype}"
            mend = "gankit.unscale_pixels makes such of [-1, 1]"
            raise InputError("No features can be made", expected, received, mend)
        starts = range(0, len(images), self.batch_size)
        parts = [self.batch(images[start : start + self.batch_size]) for start in starts]
        features, probabilities = zip(*parts, strict=True)
        features = np.concatenate(features, dtype=np.float64)  # what every metric computes with
        return features, None if probabilities[0] is None else np.concatenate(probabilities)


def pixels():
    """Returns the extractor of raw pixels, 0..1. Images of more than 32 pixels a side are shrunk.

    Distances between pixels are easy to explain and see little: a digit of MNIST, shifted by three
    pixels, is farther from where it was than some digit of another class is.
    """

    def batch(images):
        values = images.astype(np.float32) / 255
        side = max(values.shape[1:3])
        if side > LARGEST_SIDE:
            from gankit.backend import tf

            shape = [round(length * LARGEST_SIDE / side) for length in values.shape[1:3]]
            values = tf.image.resize(values, shape, method="area").numpy()
        return values.reshape(len(values), -1), None

    return Extractor("pixels", batch)


def make_extractor(name, image_set, inception_weights=None):
    """Returns the extractor of a name in `EXTRACTORS`.

    "auto" takes InceptionV3 if its weights are given, the classifier of digits where it reads the
    real images as they are labelled, else the pixels.
    """
    check_choice("extractor", name, EXTRACTORS)
    if name == "mnist_classifier":
        return mnist_classifier()
    if name == "inception_v3" or (name == "auto" and inception_weights):
        return inception(inception_weights or "imagenet")
    if name == "auto" and image_set.image_shape == (28, 28, 1) and image_set.num_classes == 10:
        classifier = mnist_classifier()
        _, answers = classifier(image_set.images[:200])
        if np.mean(answers.argmax(axis=1) == image_set.labels[:200]) > 0.9:
            return classifier
    return pixels()


def keras_model(model, layer=None, name=None, scale=scale_pixels, batch_size=500):
    """Returns the extractor of any Keras model of images.

    Args:
        model: a built Keras model with one input. If its last layer has softmax for activation its
            outputs are the probabilities.
        layer: name of the layer whose outputs, flattened, are the features. By default the last
            layer of a model that is not a classifier, and the one before it of one that is.
        name: for people, by default the model's.
        scale: what turns uint8 images into what the model takes; by default `scale_pixels`.
        batch_size: images that the model takes at a time.
    """
    from gankit.backend import keras, tf

    if len(model.inputs) != 1:
        received = f"{model.name} with {len(model.inputs)} inputs"
        raise InputError("This is not an extractor", "a model of images alone", received)
    classifies = getattr(model.layers[-1], "activation", None) is keras.activations.softmax
    if layer is not None:
        check_choice("layer", layer, [each.name for each in model.layers])
    chosen = model.get_layer(layer) if layer else model.layers[-1 - classifies]
    outputs = [chosen.output, *model.outputs[:classifies]]
    both = keras.Model(model.inputs[0], outputs)
    name, expected = name or model.name, tuple(model.inputs[0].shape[1:])

    def batch(images):
        values = scale(images)
        if not tf.TensorShape(expected).is_compatible_with(values.shape[1:]):
            about = f"The images do not fit the extractor {name}"
            raise InputError(about, f"shape {expected}", tuple(images.shape[1:]))
        outputs = keras.tree.flatten(both(values, training=False))  # one tensor, or a list of two
        features, *probabilities = map(np.asarray, outputs)
        return features.reshape(len(features), -1), *(probabilities or [None])

    return Extractor(name, batch, batch_size)


def mnist_classifier():
    """Returns the kit's own classifier of digits, trained on MNIST's 60,000 training digits.

    Its weights come with the package, so that figures compare across machines; they were made by
    `benchmarks/train_mnist_classifier.py`, and read 99.53 % of MNIST's test digits rightly. 64
    features, the layer before the last; images of 28x28 grey pixels. `InputError` refuses a file of
    weights that is not this version's.
    """
    weights = CLASSIFIER_WEIGHTS.read_bytes() if CLASSIFIER_WEIGHTS.is_file() else b""
    digest = hashlib.sha256(weights).hexdigest() if weights else "no such file"
    if digest != CLASSIFIER_SHA256:
        about = f"{CLASSIFIER_WEIGHTS} is not the classifier of this version"
        raise InputError(about, f"SHA-256 {CLASSIFIER_SHA256}", digest, "Install gankit again")
    model = build_mnist_classifier()
    model.load_weights(CLASSIFIER_WEIGHTS)
    return keras_model(model)


def build_mnist_classifier():
    """Returns the classifier's architecture, untrained: images in [-1, 1] to ten probabilities."""
    from gankit.backend import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ],
        name="mnist_classifier",
    )


def inception(weights="imagenet"):
    """Returns the extractor of Keras' InceptionV3: 2,048 features, 1,000 classes of photographs.

    With it, and only with it, a Fréchet distance may be called FID. Keras' weights are not those
    of the first publication, so expect other decimals than other programs print. Images are
    resized to 299x299, and grey ones repeated in three channels: slow without a GPU.

    Args:
        weights: "imagenet", which Keras downloads, or the path of a file of such weights
            (inception_v3_weights_tf_dim_ordering_tf_kernels.h5). Where they cannot be had, an
            `InputError` says what to place where.
    """
    from gankit.backend import keras, tf

    if weights != "imagenet" and not Path(weights).is_file():
        raise InputError("No InceptionV3", "a file with its weights", weights)
    try:
        model = keras.applications.InceptionV3(weights=str(weights))
    except Exception as error:  # urllib's, h5py's and Keras' own: none says what to do
        raise InputError(
            "Cannot load InceptionV3's ImageNet weights "
            f"({type(error).__name__}: {str(error).splitlines()[0][:160]}). Where there is no "
            "network, name a file inception_v3_weights_tf_dim_ordering_tf_kernels.h5 with "
            "--inception-weights"
        ) from error

    def scale(images):
        values = tf.image.resize(scale_pixels(images), model.inputs[0].shape[1:3])
        return tf.repeat(values, 3, axis=-1) if images.shape[-1] == 1 else values

    return keras_model(model, name="inception_v3", scale=scale, batch_size=32)
