"""Source E: three experiments with conditional GANs of digits."""

from dataclasses import replace

from gankit.recipes.recipe import Recipe, Settings, adam

_STATED = (
    "data: MNIST with labels; images and label embeddings",
    "Adam, binary cross-entropy, batch 32",
    "data augmentation of the real images: slight rotations, shifts, zooms",
)
_ITERATIONS = "10,000 training iterations (the source calls them epochs) of batch 32"
_CHOSEN = (
    "an epoch is the 200 batches from one sample grid to the next (its sample_interval)",
    "turns up to 3.6 degrees, shifts and zooms up to 1 %: every change is interpolated and blurs "
    "the digit, and the blur is learnt. With 11 degrees and 5 % fewer digits could be read",
    "label embeddings are concatenated: with the noise in G, with the image in D",
    "D's embedding is as large as the image and drawn from N(0, 1). From Keras' default, "
    "uniform in +-0.05, it is drowned out by the pixels and D long overlooks it",
    "fakes are asked for with the labels of the batch's real images",
    "no dropout in D: in short trials with it fewer digits could be read",
)
_REPORTED = (
    "grids in which each row is one digit; both losses plotted and saved as PNG at regular "
    "intervals; D's accuracy watched; sampling every sample_interval",
    "clear, varied digits of the asked-for class",
    "expects a D loss near 0.5 and a falling G loss",
    "also tried: deeper networks in both, other batch normalisation momenta and learning rates",
)

CGAN_RELU = Recipe(
    name="cgan_relu",
    title="conditional GAN on MNIST, ReLU generator (experiment 1)",
    source='E: "Image Generation with conditional GAN"',
    generator="relu_generator",
    discriminator="relu_discriminator",
    d_optimizer=adam(1e-3),
    g_optimizer=adam(1e-3),
    full=Settings(50, 60_000, 32, steps_per_epoch=200, sample_every=1),
    lesson=Settings(11, 5_000, 32, steps_per_epoch=200),
    stated=(
        *_STATED,
        "ReLU in G, LeakyReLU in D, tanh output, batch normalisation, default initialisation",
        '"different depths" tried',
    ),
    chosen=(
        "one depth: two transposed convolutions in G, two strided convolutions in D",
        "10,000 iterations and beta_1 0.5: stated for experiment 2; noise 100",
        "learning rate 0.001, Keras' default for Adam: in short trials with experiment 2's 0.0002 "
        "a third of the digits was read as another one than asked for",
        "LeakyReLU with slope 0.2",
        *_CHOSEN[:3],
        "D's embedding becomes one more channel of the image, batch-normalised to be as strong",
        *_CHOSEN[4:],
    ),
    reported=_REPORTED,
    num_classes=10,
    augment=(("rotation", 0.01), ("shift", 0.01), ("zoom", 0.01)),
)

CGAN_LEAKY = replace(
    CGAN_RELU,
    name="cgan_leaky",
    title="conditional GAN on MNIST, transposed convolutions (experiment 2)",
    d_optimizer=adam(2e-4),
    g_optimizer=adam(2e-4),
    lesson=Settings(14, 5_000, 32, steps_per_epoch=200),
    generator="leaky_conditional_generator",
    discriminator="dense_conditional_discriminator",
    stated=(
        *_STATED,
        "G: dense 128*7*7, reshape, batch normalisation, transposed convolutions, LeakyReLU, tanh",
        "D: dense layers with LeakyReLU, sigmoid",
        _ITERATIONS,
        "Adam 0.0002, beta_1 0.5",
    ),
    chosen=(
        "4x4 kernels, 64 filters in the middle; LeakyReLU before each of the two; noise 100",
        "D: two dense layers of 512, as in experiment 3",
        *_CHOSEN,
    ),
)

CGAN_DENSE = replace(
    CGAN_LEAKY,
    name="cgan_dense",
    title="conditional GAN on MNIST, dense layers (experiment 3)",
    lesson=Settings(18, 5_000, 32, steps_per_epoch=200),
    generator="dense_conditional_generator",
    stated=(
        *_STATED,
        "G: dense 256, 512, 1024, batch normalisation after each LeakyReLU",
        "D: two dense layers of 512 before the output",
        "100-dimensional noise; label embeddings in both",
        _ITERATIONS,
        "otherwise as experiment 2: Adam 0.0002, beta_1 0.5",
    ),
    chosen=("LeakyReLU with slope 0.2", *_CHOSEN),
)
