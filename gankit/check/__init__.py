"""Checks of what a student made: each prints one line, right or what is wrong and where to look.

    >>> check.table(my_generator, "dcgan_selu")
    not yet: layer 4 (Conv2DTranspose) has 131,136 parameters, in the table 204,864: ...

A check raises no error. It returns a `Verdict`, which is true if the line says "right".
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "diagnoses": ["cure", "diagnosis", "mean_answer", "moved", "not_finite"],
        "losses": ["loss", "relativistic", "zero_centred_penalty"],
        "measures": [
            "classifier_score",
            "coverage",
            "frechet_distance",
            "mode_score",
            "nearest",
            "precision",
        ],
        "networks": ["conditional", "generator", "parameters", "table"],
        "phases": ["phase_1", "phase_2"],
        "pipeline": ["dataset"],
        "verdict": ["Verdict", "grade"],
    },
)
