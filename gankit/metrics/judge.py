"""The evaluation of generated images: every metric at once, each beside its two yardsticks."""

from dataclasses import dataclass, replace

import numpy as np

from gankit import metrics
from gankit.data.images import ImageSet
from gankit.data.sources import load_images
from gankit.errors import InputError
from gankit.metrics import features

EXTRACTORS = ("auto", "mnist_classifier", "inception_v3", "pixels")
DISTANCES = (
    "frechet_distance",
    "kernel_distance",
    "kernel_distance_error",
    "precision",
    "recall",
    "density",
    "coverage",
)
OF_CLASSES = ("inception_score", "inception_score_deviation", "modes_covered", "kl_divergence")
LEAST_HELD_OUT = 100  # images; with fewer, memorisation is not judged
MEMORISATION = 1_000  # images of each kind whose nearest training image is looked for
SETS = ("samples", "real", "noise")


@dataclass(frozen=True)
class RealImages:
    """The real images that generated ones are judged by.

    Attributes:
        training: `ImageSet`, what the model was trained on.
        held_out: `ImageSet` of the same kind that it was not trained on, or None.
    """

    training: ImageSet
    held_out: ImageSet | None = None

    def halves(self, count, seed):
        """Returns two disjoint random `ImageSet`s of at most `count` real images each."""
        both = [self.training] if self.held_out is None else [self.training, self.held_out]
        images = np.concatenate([each.images for each in both])
        labels = None
        if all(each.labels is not None for each in both):
            labels = np.concatenate([each.labels for each in both])
        count = min(count, len(images) // 2)
        chosen = np.random.default_rng(seed).permutation(len(images))[: 2 * count]
        return tuple(
            replace(
                self.training, images=images[part], labels=None if labels is None else labels[part]
            )
            for part in np.split(chosen, 2)
        )

    @classmethod
    def of_run(cls, run):
        """Loads the images that a run was trained on, and real ones that it never saw.

        Raises: InputError: if the images of the same name are others here.
        """
        images, limit = run.config["images"], run.config["limit"]
        size = run.config["image_shape"][0]
        training = load_images(images, limit=limit, size=size)
        if training.fingerprint != run.config["fingerprint"]:
            raise InputError(
                f"{run.folder} was trained on other images ({run.config['image_source']}). Make "
                "those available, e.g. with GANKIT_DATA, and evaluate again"
            )
        for split in ("test", "train"):
            try:
                others = _without(load_images(images, split=split, size=size), training)
            except InputError:
                continue  # a source that has training images alone
            if others is not None and len(others) >= LEAST_HELD_OUT:
                return cls(training, others)
        return cls(training)


def _without(image_set, other):
    """The images of a set that are not in the other; None if none is left."""
    known = {image.tobytes() for image in other.images}
    kept = [k for k, image in enumerate(image_set.images) if image.tobytes() not in known]
    labels = None if image_set.labels is None else image_set.labels[kept]
    return replace(image_set, images=image_set.images[kept], labels=labels) if kept else None


def evaluate_run(run, count=10_000, extractor="auto", inception_weights=None, seed=0):
    """Judges a run's generator, as last saved, and writes `metrics.json` into its folder.

    A conditional generator is asked for all classes in turn.

    Args:
        run: `gankit.runs.Run`.
        count: images to generate; half of the real images at hand is the most that can be compared.
        extractor: a name in `EXTRACTORS`. "auto" takes InceptionV3 if its weights are given, the
            classifier of digits where it can read the real images, else the pixels.
        inception_weights: path of InceptionV3's weights; by default Keras downloads them.
        seed: for the samples' noise, and as of `evaluate`.

    Returns: the report, a dict; see `evaluate`.

    Raises: InputError: if the run has no generator, or other images, or no such extractor.
    """
    from gankit.backend import circumstances
    from gankit.sampling import num_classes, sample_images

    generator = run.load_generator()
    real = RealImages.of_run(run)
    judge = make_extractor(extractor, real.training, inception_weights)
    classes = num_classes(generator) if len(generator.inputs) == 2 else None
    asked = np.resize(np.arange(classes), count) if classes else None
    images = sample_images(generator, count, asked, seed)
    readable = asked if judge.name == "mnist_classifier" else None
    report = {
        "run": str(run.folder),
        "recipe": run.config["recipe"],
        "epochs": run.epochs_done,
        "training_images": str(real.training),
        **evaluate(images, real, judge, readable, seed),
        **circumstances(),
    }
    run.write_metrics(report)
    return report


def make_extractor(name, image_set, inception_weights=None):
    """Returns the extractor of that name, or for "auto" the one that suits the real images.

    Raises: InputError: if there is none of that name.
    """
    if name == "auto" and not inception_weights:
        return _reader_of(image_set) or features.pixels()
    if name == "auto":
        name = "inception_v3"
    if name not in EXTRACTORS:
        raise InputError(
            f"Unknown extractor. Expected one of {', '.join(EXTRACTORS)}. Received: {name}"
        )
    if name == "mnist_classifier":
        return features.mnist_classifier()
    if name == "inception_v3":
        return features.inception(inception_weights or "imagenet")
    return features.pixels()


def _reader_of(image_set):
    """The classifier of digits if it reads these images as they are labelled, else None."""
    if image_set.image_shape != (28, 28, 1) or image_set.num_classes != 10:
        return None
    classifier = features.mnist_classifier()
    _, answers = classifier(image_set.images[:200])
    right = answers.argmax(axis=1) == image_set.labels[:200]
    return classifier if right.mean() > 0.9 else None


def evaluate(images, real, extractor, asked=None, seed=0):
    """Judges generated images by every metric that the extractor allows.

    All sets are cut to equal counts, at most half of the real images at hand. The yardsticks: what
    each metric gives for *other real images*, and for *noise*, in the place of the samples. Label
    accuracy's: how often the classifier reads real images as they are labelled.

    Args:
        images: uint8 array of shape `(count, height, width, channels)`.
        real: `RealImages` of the same shape.
        extractor: `gankit.metrics.features.Extractor`.
        asked: the class that each image was asked for, integers of shape `(count,)`, or None.
        seed: decides which real images are compared, and the noise.

    Returns: dict that JSON can hold: "extractor", "features" (how many), "count", "seed";
        "metrics", each metric's name to a dict of its value for "samples", "real" and "noise" (None
        if infinite); where the extractor is a classifier also "classes", the histograms; where
        there are held-out images, "memorisation", in pixels and in features.

    Raises: InputError: if images or labels do not fit.
    """
    if images.shape[1:] != real.training.image_shape:
        raise InputError(
            f"Expected images of shape {real.training.image_shape}, as the real ones are. "
            f"Received: {images.shape[1:]}"
        )
    reference, yardstick = real.halves(len(images), seed)
    count = len(reference)
    noise = np.random.default_rng(seed).integers(256, size=yardstick.images.shape, dtype=np.uint8)
    sets = dict(zip(SETS, (images[:count], yardstick.images, noise), strict=True))
    wanted = None if asked is None else np.asarray(asked)[:count]
    wanted = dict(zip(SETS, (wanted, yardstick.labels, wanted), strict=True))
    judge = Judge(reference.images, extractor, seed)
    values, classes = {}, {}
    for name, candidates in sets.items():
        found, read = judge(candidates)
        if read is not None:
            classes[name] = metrics.class_histogram(read, judge.num_classes).tolist()
            if asked is not None and wanted[name] is not None:
                found["label_accuracy"], by_class = metrics.label_accuracy(read, wanted[name])
                if name == "samples":
                    classes["read as asked for"] = by_class
        for metric, value in found.items():
            finite = value if np.isfinite(value) else None  # JSON has no word for infinity
            values.setdefault(metric, {})[name] = finite
    report = {
        "extractor": extractor.name,
        "features": judge.features.shape[1],
        "count": count,
        "seed": seed,
        "metrics": values,
    }
    if classes:
        report["classes"] = classes
    if real.held_out is not None:
        report["memorisation"] = _memorisation(images, real, extractor, seed)
    return report


class Judge:
    """Every metric of a set of images, against real ones whose features are computed once.

    Args:
        reference: real images, uint8 of shape `(count, height, width, channels)`.
        extractor: `gankit.metrics.features.Extractor`.
        seed: for the kernel distance's blocks.

    Attributes:
        names: of the metrics that this extractor allows.
    """

    def __init__(self, reference, extractor, seed=0):
        self.extractor, self.seed = extractor, seed
        self.features, answers = extractor(reference)
        self.num_classes = None if answers is None else answers.shape[1]
        self.read = None if answers is None else answers.argmax(axis=1)
        self.names = DISTANCES if answers is None else DISTANCES + OF_CLASSES

    def __call__(self, images):
        """Returns the metrics, a dict of numbers, and the class read in each image, or None."""
        features, answers = self.extractor(images)
        both = self.features, features
        values = [
            metrics.frechet_distance(*both),
            *metrics.kernel_distance(*both, seed=self.seed),
            *metrics.precision_recall(*both),
            *metrics.density_coverage(*both),
        ]
        if answers is None:
            return dict(zip(self.names, values, strict=True)), None
        read = answers.argmax(axis=1)
        histogram, reference = (
            metrics.class_histogram(each, self.num_classes) for each in (read, self.read)
        )
        values += [
            *metrics.inception_score(answers),
            metrics.modes_covered(histogram),
            metrics.kl_divergence(histogram, reference),
        ]
        return dict(zip(self.names, values, strict=True)), read


def _memorisation(images, real, extractor, seed):
    """`Memorisation` by pixels and by the extractor's features, as dicts."""
    rng = np.random.default_rng(seed)
    count = min(MEMORISATION, len(images), len(real.held_out))
    held_out = real.held_out.images[rng.permutation(len(real.held_out))[:count]]
    found = {"count": count, "training": len(real.training)}
    for each in (features.pixels(), extractor):
        if each.name not in found:
            sets = (images[:count], held_out, real.training.images)
            found[each.name] = metrics.memorisation(*(each(part)[0] for part in sets))._asdict()
    return found
