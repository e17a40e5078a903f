"""The evaluation of generated images: every metric at once, each beside its two yardsticks."""

import numpy as np

from gankit import metrics
from gankit.errors import InputError
from gankit.metrics import features
from gankit.metrics.real_images import RealImages

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
MEMORISATION = 1_000  # images of each kind whose nearest training image is looked for
SETS = ("samples", "real", "noise")


def evaluate_run(run, count=10_000, extractor="auto", inception_weights=None, seed=0):
    """Judges a run's generator as it was saved last. A conditional one draws all classes in turn.

    Args:
        run: `gankit.runs.Run`.
        count: images to generate; half of the real images at hand is the most that can be compared.
        extractor: a name in `gankit.metrics.features.EXTRACTORS`; see `make_extractor`.
        inception_weights: path of InceptionV3's weights; by default Keras downloads them.
        seed: for the samples' noise, and as in `evaluate`.

    Returns:
        The report, a dict; see `evaluate`. "epochs" says how many the generator was trained.

    Raises:
        InputError: if the run has no generator, or other images, or no such extractor.
        TrainingDiverged: if the generated images are not finite.
    """
    from gankit.backend import circumstances

    gan, epochs = run.load_gan()
    classes = run.config["num_classes"]
    labels = np.resize(np.arange(classes), count) if classes else None
    images = gan.sample(count, labels, seed)
    real = RealImages.of_run(run)
    extractor = features.make_extractor(extractor, real.training, inception_weights)
    readable = labels if extractor.name == "mnist_classifier" else None
    return {
        "run": str(run.folder),
        "recipe": run.config["recipe"],
        "epochs": epochs,
        "training_images": str(real.training),
        **evaluate(images, real, extractor, readable, seed),
        **circumstances(),
    }


def evaluate(images, real, extractor, labels=None, seed=0):
    """Judges generated images by every metric that the extractor allows.

    All sets are cut to equal counts, at most half of the real images at hand. The yardsticks: what
    each metric gives for *other real images*, and for *noise*, in the place of the samples. Label
    accuracy's: how often the classifier reads real images as they are labelled.

    Args:
        images: uint8 array of shape `(count, height, width, channels)`.
        real: `RealImages` of the same shape.
        extractor: `gankit.metrics.features.Extractor`.
        labels: the class that each image was drawn for, integers of shape `(count,)`, or None.
        seed: decides which real images are compared, and the noise.

    Returns:
        dict that JSON can hold: "extractor", "features" (how many), "count", "seed"; "metrics",
        each metric's name to a dict of its value for "samples", "real" and "noise" (None if
        infinite); where the extractor is a classifier also "classes", the histograms; where there
        are held-out images, "memorisation", in pixels and in features.
    """
    expected, received = real.training.image_shape, images.shape[1:]
    if received != expected:
        raise InputError("The images are of another shape than the real ones", expected, received)
    reference, others = real.halves(len(images), seed)
    judge, count = Judge(reference.images, extractor, seed), len(reference)
    del reference  # sets are large, so none is kept longer than it is needed
    drawn, labelled = (None, None) if labels is None else (labels[:count], others.labels)

    def sets():
        yield images[:count], drawn
        yield others.images, labelled
        noise = np.random.default_rng(seed).integers
        yield noise(256, size=others.images.shape, dtype=np.uint8), drawn

    values, classes = {}, {}
    for name, (candidates, wanted) in zip(SETS, sets(), strict=True):
        result, read = judge(candidates)
        if read is not None:
            classes[name] = metrics.class_histogram(read, judge.num_classes).tolist()
        if read is not None and wanted is not None:
            result["label_accuracy"], by_class = metrics.label_accuracy(read, wanted)
            if name == "samples":
                classes["accuracy by class"] = by_class
        for metric, value in result.items():
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
        self.names = DISTANCES
        if answers is not None:
            self.names, self.num_classes = DISTANCES + OF_CLASSES, answers.shape[1]
            self.histogram = metrics.class_histogram(answers.argmax(axis=1), self.num_classes)

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
        read = None
        if answers is not None:
            read = answers.argmax(axis=1)
            histogram = metrics.class_histogram(read, self.num_classes)
            values += [
                *metrics.inception_score(answers),
                metrics.modes_covered(histogram),
                metrics.kl_divergence(histogram, self.histogram),
            ]
        return dict(zip(self.names, values, strict=True)), read


def _memorisation(images, real, extractor, seed):
    """`Memorisation` by pixels and by the extractor's features, as dicts."""
    rng = np.random.default_rng(seed)
    count = min(MEMORISATION, len(images), len(real.held_out))
    held_out = real.held_out.images[rng.permutation(len(real.held_out))[:count]]
    report = {"count": count, "training": len(real.training)}
    for each in (features.pixels(), extractor):
        if each.name not in report:
            sets = (images[:count], held_out, real.training.images)
            report[each.name] = metrics.memorisation(*(each(part)[0] for part in sets))._asdict()
    return report
