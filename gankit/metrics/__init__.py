"""How good generated images are, in numbers: one metric a file, on NumPy arrays of features.

`gankit.metrics.features` turns images into features; a metric knows neither images nor models.

Features, `real` and `fake`, are numbers of shape `(count, features)`, all from one extractor and
all finite. A metric raises `InputError` where its arrays do not fit it or each other, or hold fewer
rows than it needs.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["features"],
    submod_attrs={
        "callback": ["Evaluation"],
        "density_coverage": ["density_coverage"],
        "frechet_distance": ["frechet_distance"],
        "inception_score": ["inception_score"],
        "features": ["make_extractor"],
        "judge": ["Judge", "evaluate", "evaluate_run"],
        "kernel_distance": ["kernel_distance"],
        "label_accuracy": ["label_accuracy"],
        "modes": ["class_histogram", "kl_divergence", "modes_covered"],
        "neighbours": ["memorisation", "nearest_neighbours"],
        "precision_recall": ["precision_recall"],
        "real_images": ["RealImages"],
        "report": ["format_report"],
    },
)
