"""Mode collapse as an experiment: mixtures of points, stacked digits, causes and cures."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["digits", "mixtures", "points", "stacked"],
    submod_attrs={
        "mixtures": ["Mixture", "ModeScore", "grid", "ring"],
        "points": [
            "CAUSES",
            "CURES",
            "EXPERIMENTS",
            "PLAIN",
            "Snapshot",
            "landscape",
            "train_points",
        ],
        "relativistic": ["RelativisticGAN"],
        "unrolled": ["UnrolledGAN"],
        "wgan_gp": ["WGANGP"],
    },
)
