"""Source B: a DCGAN of digits, with both layer tables."""

from gankit.recipes.recipe import Optimizer, Recipe, Settings

DCGAN_SELU = Recipe(
    name="dcgan_selu",
    title="DCGAN on MNIST with a selu generator",
    source='B: Zhao, "Image Generation Using Generative Adversarial Networks"',
    generator="selu_generator",
    discriminator="selu_discriminator",
    d_optimizer=Optimizer("RMSprop", 1e-3),
    g_optimizer=Optimizer("RMSprop", 1e-3),
    full=Settings(epochs=20, limit=20_000, batch_size=32),
    lesson=Settings(epochs=10, limit=5_000, batch_size=32),
    stated=(
        "data: Colab's mnist_train_small.csv, 20,000 digits, scaled to tanh's range",
        "noise of size 100",
        "both layer tables, to the parameter",
        "the generator's middle transposed convolution is selu, its output tanh",
        "the discriminator: strided convolutions, LeakyReLU, dropout, sigmoid output",
        "two phases per batch: the discriminator learns real from fake; then the generator "
        "learns through the discriminator, which is frozen",
        "20 epochs",
    ),
    chosen=(
        "5x5 kernels: the parameter counts leave no other size",
        "RMSprop with Keras' learning rate, 0.001, for both models",
        "dropout 0.2: in short trials with 0.4 the digits stayed rougher",
        "batch of 32, for more steps per image",
        "LeakyReLU with slope 0.2, Keras' default",
        "real and fake images pass the discriminator as one batch",
    ),
    reported=(
        "after 20 epochs D loss 1.41 and G loss 0.53. 1.41 is near 2 ln 2 = 1.386, so it is "
        "probably the sum of D's losses on real and on fake images; the kit logs their mean",
        "images like digits after 20 epochs",
        "after 100 epochs G's loss still falls, D's rises, and the generator is stuck on a "
        "few digits (1, 5, 7): mode collapse",
        'the text says that in the second phase D\'s weights "can be changed"; the section '
        "above it says that D is not trainable there, and that is what is meant",
    ),
)
