"""Builders of generators and discriminators, one pair for each reported model."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__, submod_attrs={"dcgan": ["selu_discriminator", "selu_generator"]}
)
