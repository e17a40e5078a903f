"""gankit: a course kit for teaching image generation with GANs in Keras and TensorFlow.

Nothing heavy is imported until it is used: `import gankit` takes milliseconds, and TensorFlow
comes in with the first thing that computes.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=[
        "check",
        "collapse",
        "data",
        "losses",
        "metrics",
        "models",
        "plots",
        "recipes",
        "report",
        "results",
        "runs",
        "sampling",
        "weights",
    ],
    submod_attrs={
        "data": [
            "ImageSet",
            "augmentation",
            "load_image_folder",
            "load_images",
            "make_dataset",
            "scale_pixels",
            "unscale_pixels",
        ],
        "errors": ["InputError", "TrainingDiverged"],
        "gan": ["GAN"],
        "models.tables": ["REPORTED_TABLES", "LayerRow", "format_table", "layer_table"],
        "recipes": ["RECIPES", "SCALES"],
        "sampling": ["sample_images"],
        "training": ["train"],
        "weights": ["pretrained"],
    },
)
