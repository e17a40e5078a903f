"""Builders of generators and discriminators, one pair for each reported model."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "cgan": [
            "dense_conditional_discriminator",
            "dense_conditional_generator",
            "leaky_conditional_generator",
            "pooling_discriminator",
            "pooling_generator",
            "relu_discriminator",
            "relu_generator",
        ],
        "components": ["pixel_layers", "start_at_components"],
        "dcgan": [
            "deep_discriminator",
            "deep_generator",
            "leaky_discriminator",
            "leaky_generator",
            "selu_discriminator",
            "selu_generator",
            "tutorial_discriminator",
            "tutorial_generator",
        ],
        "dense": [
            "digits_discriminator",
            "digits_generator",
            "flowers_discriminator",
            "flowers_generator",
        ],
    },
)
