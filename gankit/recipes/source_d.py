"""Source D: the PyTorch tutorial's DCGAN, for digits."""

from dataclasses import replace

from gankit.recipes.recipe import Recipe, Settings, adam

DCGAN_TUTORIAL = Recipe(
    name="dcgan_tutorial",
    title="the PyTorch tutorial's DCGAN, adjusted to MNIST",
    source="D: Chaudhary, Friedman, Colbeck, Hegde, "
    '"Image Generation with Generative Adversarial Networks"',
    generator="tutorial_generator",
    discriminator="tutorial_discriminator",
    d_optimizer=adam(1e-3),
    g_optimizer=adam(1e-3),
    full=Settings(epochs=3, limit=60_000, batch_size=4),
    lesson=Settings(epochs=5, limit=5_000, batch_size=4),
    stated=(
        "data: MNIST, 60,000 images in [-1, 1]",
        "batch 4, 3 epochs, Adam 0.001 with betas (0.5, 0.999), binary cross-entropy",
        "weights drawn from N(0, 0.02); noise 100; 28 base filters",
        "G: transposed convolutions (channels; kernel, stride, padding) 100 to 112 (4,1,0), 56 "
        "(4,2,1), 28 (4,2,2), 1 (4,2,1): sizes 4, 8, 14, 28; batch normalisation and ReLU "
        "between, no bias, tanh",
        "D: convolutions 1 to 28 (4,2,1), 56 (4,2,2), 112 (4,2,1), 1 (4,1,0), LeakyReLU 0.2, batch "
        "normalisation on the middle two, sigmoid",
        "real and fake images in separate batches through D, as in the tutorial, whose G then "
        "learns from the same fakes",
    ),
    chosen=(
        "padding 2 is written as a crop (G) and a zero border (D) of 2, which is what it is",
        "batch normalisation with the tutorial's start, N(1, 0.02), and PyTorch's momentum and "
        "epsilon",
        "no bias in D either, as in the tutorial",
        "D minimises the mean of its losses on real and fake images, the tutorial their sum: half "
        "the gradient, which makes no difference to Adam",
        "samples are drawn with moving statistics, so that an image does not depend on the others "
        "drawn with it; the tutorial draws them with batch statistics",
    ),
    reported=(
        "curves of both losses by iteration: G's starts high and levels out after some thousand "
        "iterations, D's stays level",
        "generated images over the iterations; 5 to 6 minutes on a T4 in Colab",
        "asks for the impact on society (deepfakes, bias inherited from data, energy used by "
        "training) and for synthetic data where real data is short",
    ),
    separate_batches=True,
    fresh_noise=False,
)

DCGAN_TUTORIAL_128 = replace(
    DCGAN_TUTORIAL,
    name="dcgan_tutorial_128",
    title="the same models with the tutorial's own settings",
    d_optimizer=adam(2e-4),
    g_optimizer=adam(2e-4),
    full=Settings(epochs=5, limit=60_000, batch_size=128),
    lesson=Settings(epochs=15, limit=5_000, batch_size=128),
    stated=(
        "the tutorial itself: batch 128, 5 epochs, Adam 0.0002 with betas (0.5, 0.999), real and "
        "fake images in separate batches through D",
        *DCGAN_TUTORIAL.stated[2:5],
    ),
    reported=("nothing: source D trained with settings of its own, see dcgan_tutorial",),
)
