"""The recipes: what the source of each reported model states, and what we chose beside it."""

from dataclasses import replace

from gankit.errors import InputError
from gankit.recipe import Optimizer, Recipe, Settings

A = 'A: Nirogi, "Random Image Generator using GAN" (Cleveland State University)'
B = 'B: Zhao, "Image Generation Using Generative Adversarial Networks"'
C = 'C: Bohnstedt, "Generation of Real Looking Images Using GANs" (FAU)'
D = (
    "D: Chaudhary, Friedman, Colbeck, Hegde, "
    '"Image Generation with Generative Adversarial Networks"'
)
E = 'E: "Image Generation with conditional GAN"'


def _adam(learning_rate, beta_1=0.5):
    return Optimizer("Adam", learning_rate, (("beta_1", beta_1), ("beta_2", 0.999)))


_DENSE_DIGITS = Recipe(
    name="dense_digits",
    title="small fully connected GAN on MNIST, for the first lesson",
    source="the kit's own, after Goodfellow et al., 2014, whose GAN for MNIST was dense as well",
    images="mnist",
    image_shape=(28, 28, 1),
    generator="digits_generator",
    discriminator="digits_discriminator",
    latent_dim=100,
    d_optimizer=_adam(2e-4),
    g_optimizer=_adam(2e-4),
    full=Settings(epochs=50, limit=60_000, batch_size=64),
    lesson=Settings(epochs=40, limit=5_000, batch_size=32),
    stated=(),
    chosen=(
        "two dense layers in each model: the least that draws digits",
        "dropout 0.3 in the discriminator, or it soon knows 5,000 digits by heart",
        "Adam 0.0002, beta_1 0.5, as most of the sources",
    ),
    reported=(),
)

_DENSE_FLOWERS = Recipe(
    name="dense_flowers",
    title="fully connected GAN on photographs of flowers",
    source=A,
    images="oxford_flowers102",
    image_shape=(64, 64, 3),
    generator="flowers_generator",
    discriminator="flowers_discriminator",
    latent_dim=100,
    d_optimizer=_adam(2e-4, beta_1=0.8),
    g_optimizer=_adam(2e-4, beta_1=0.8),
    full=Settings(epochs=500, limit=8_189, batch_size=64, sample_every=10),
    lesson=Settings(epochs=30, limit=1_000, batch_size=32, sample_every=10),
    stated=(
        "data: 8,189 photographs of flowers of 102 classes, each with a text; a directory "
        "102flowers and a listing flower_text.txt. The data set is whatever listed files exist",
        "resized to 64x64 RGB, normalised to [-1, 1]",
        'augmentation (random crop, rotation, flip) "may be applied"',
        "noise of size 100",
        "the generator: fully connected layers of 256, 512, 1024 with ReLU, output (3, 64, 64) "
        "with tanh",
        "the discriminator: fully connected layers from the sizes 256, 512, 1024 with ReLU, one "
        "sigmoid unit",
        "Adam, learning rate 0.0002, beta_1 0.8, beta_2 0.999. It calls beta_1 = 0.8 a default; "
        "Adam's default is 0.9. 0.8 is what the kit runs",
        "binary cross-entropy; alternate updates of D and G; 500 epochs",
        "generated images saved every 10 epochs; curves of both losses",
    ),
    chosen=(
        "(64, 64, 3): the channels come last in Keras",
        "the discriminator narrows: 1024, 512, 256",
        "batch of 64",
        "Keras' default initialisation (Glorot)",
        "the augmentation is applied: flip, crops up to a tenth, turns up to 11 degrees, mirrored "
        "at the border",
    ),
    reported=(
        "images that resemble the training flowers, with room for improvement, more varied than "
        "an earlier project's",
        "asks for, as its own weaknesses: IS and FID; a search over hyperparameters (grid or "
        "random); convolutional models; handling of missing or corrupt files",
    ),
    augment=(("rotation", 0.03), ("crop", 0.1), ("flip", True), ("fill_mode", "reflect")),
)

_DCGAN_SELU = Recipe(
    name="dcgan_selu",
    title="DCGAN on MNIST with a selu generator",
    source=B,
    images="mnist",
    image_shape=(28, 28, 1),
    generator="selu_generator",
    discriminator="selu_discriminator",
    latent_dim=100,
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

_C_STATED = (
    "data: MNIST, 60,000 images; batch 128; 20 epochs",
    "Adam. Its hyperparameters follow Isola et al. (pix2pix): 0.0002, beta_1 0.5",
    "the non-saturating loss, minimise -log D(G(z)); it also writes out the minimax loss, "
    "log(1 - D(G(z))), and explains why it is not used",
    "D is made to learn more slowly: more than one step of G for each step of D, and a lower "
    "learning rate for D",
)
_C_CHOSEN = (
    "two steps of G for each step of D",
    "learning rate 0.0001 for D, half of G's",
    "dropout 0.3 in D, once, after the convolutions; LeakyReLU with slope 0.2",
    "few filters, at most 64, so that 20 epochs of 60,000 digits take half an hour on a CPU",
    "noise of size 100",
)
_C_REPORTED = (
    "the DCGAN fell into one mode (one digit; its nearest neighbours are one digit too); the "
    "cDCGAN's images and neighbours show all digits, and its FID is much better",
    "the cDCGAN's losses fluctuate more and end lower",
    "3.32 s an epoch for the DCGAN and 53.02 s for the cDCGAN",
)

_DCGAN_LEAKY = Recipe(
    name="dcgan_leaky",
    title="DCGAN on MNIST, the baseline of a conditional one",
    source=C,
    images="mnist",
    image_shape=(28, 28, 1),
    generator="leaky_generator",
    discriminator="leaky_discriminator",
    latent_dim=100,
    d_optimizer=_adam(1e-4),
    g_optimizer=_adam(2e-4),
    full=Settings(epochs=20, limit=60_000, batch_size=128),
    lesson=Settings(epochs=12, limit=5_000, batch_size=32),
    stated=(
        *_C_STATED,
        "G: a dense layer, then several upsamplings by transposed convolution, leaky ReLU "
        "everywhere but tanh at the output",
        "D: two convolutions, dropout, leaky ReLU",
        "evaluation: looking at images; k-nearest neighbours of generated images in the training "
        "set; FID",
    ),
    chosen=(
        *_C_CHOSEN,
        "batch normalisation in G, as in the DCGAN that it is named after",
        "strided convolutions with 4x4 kernels, which overlap evenly at stride 2",
    ),
    reported=(
        *_C_REPORTED,
        "asks: can real-looking images be generated? is there enough variance between classes to "
        "train on them? Suggests a search over D's optimizer, learning rate, dropout and batch "
        "size, other losses, unrolled GANs against mode collapse",
    ),
    generator_steps=2,
)

_CDCGAN_POOLING = replace(
    _DCGAN_LEAKY,
    name="cdcgan_pooling",
    title="conditional DCGAN on MNIST with a pooling discriminator",
    generator="pooling_generator",
    discriminator="pooling_discriminator",
    num_classes=10,
    lesson=Settings(epochs=20, limit=5_000, batch_size=32),
    stated=(
        *_C_STATED,
        "G: noise and label each pass a dense and a reshape layer (two dense and two reshape in "
        "all), are concatenated and upsampled as in the DCGAN",
        "D: the image passes two convolutions and two pooling layers, the label two dense layers, "
        "then the two are concatenated and decided on",
        "any combination of images and labels may be trained on",
    ),
    chosen=(
        *_C_CHOSEN,
        "the label enters as one of ten inputs (one-hot) and becomes one more 7x7 channel of G",
        "max pooling; 3x3 kernels",
        "a dense layer of 128 after the concatenation in D: one unit alone could only add image "
        "and label up, and the label could not be followed",
        "the label's two dense layers in D have 256 units and start from weights that keep them "
        "as large as the image's features, or D would long overlook the label",
        "fakes are asked for with the labels of the batch's real images",
    ),
    reported=(
        *_C_REPORTED,
        "on photographs of objects on a conveyor belt, with two more dense layers and longer "
        "training, the cDCGAN fails visibly",
    ),
)

_DCGAN_TUTORIAL = Recipe(
    name="dcgan_tutorial",
    title="the PyTorch tutorial's DCGAN, adjusted to MNIST",
    source=D,
    images="mnist",
    image_shape=(28, 28, 1),
    generator="tutorial_generator",
    discriminator="tutorial_discriminator",
    latent_dim=100,
    d_optimizer=_adam(1e-3),
    g_optimizer=_adam(1e-3),
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
        "real and fake images in separate batches through D, as in the tutorial",
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
)

_DCGAN_TUTORIAL_128 = replace(
    _DCGAN_TUTORIAL,
    name="dcgan_tutorial_128",
    title="the same models with the tutorial's own settings",
    d_optimizer=_adam(2e-4),
    g_optimizer=_adam(2e-4),
    full=Settings(epochs=5, limit=60_000, batch_size=128),
    lesson=Settings(epochs=15, limit=5_000, batch_size=128),
    stated=(
        "the tutorial itself: batch 128, 5 epochs, Adam 0.0002 with betas (0.5, 0.999), real and "
        "fake images in separate batches through D",
        *_DCGAN_TUTORIAL.stated[2:5],
    ),
    reported=("nothing: source D trained with settings of its own, see dcgan_tutorial",),
)

_E_STATED = (
    "data: MNIST with labels; images and label embeddings",
    "Adam, binary cross-entropy, batch 32",
    "data augmentation of the real images: slight rotations, shifts, zooms",
)
_E_ITERATIONS = "10,000 training iterations (the source calls them epochs) of batch 32"
_E_CHOSEN = (
    "an epoch is the 200 batches from one sample grid to the next (its sample_interval)",
    "turns up to 3.6 degrees, shifts and zooms up to 1 %: every change is interpolated and blurs "
    "the digit, and the blur is learnt. With 11 degrees and 5 % fewer digits could be read",
    "label embeddings are concatenated: with the noise in G, with the image in D",
    "D's embedding is as large as the image and drawn from N(0, 1). From Keras' default, "
    "uniform in +-0.05, it is drowned out by the pixels and D long overlooks it",
    "fakes are asked for with the labels of the batch's real images",
    "no dropout in D: in short trials with it fewer digits could be read",
)
_E_REPORTED = (
    "grids in which each row is one digit; both losses plotted and saved as PNG at regular "
    "intervals; D's accuracy watched; sampling every sample_interval",
    "clear, varied digits of the asked-for class",
    "expects a D loss near 0.5 and a falling G loss",
    "also tried: deeper networks in both, other batch normalisation momenta and learning rates",
)

_CGAN_RELU = Recipe(
    name="cgan_relu",
    title="conditional GAN on MNIST, ReLU generator (experiment 1)",
    source=E,
    images="mnist",
    image_shape=(28, 28, 1),
    generator="relu_generator",
    discriminator="relu_discriminator",
    latent_dim=100,
    d_optimizer=_adam(1e-3),
    g_optimizer=_adam(1e-3),
    full=Settings(50, 60_000, 32, steps_per_epoch=200, sample_every=1),
    lesson=Settings(11, 5_000, 32, steps_per_epoch=200),
    stated=(
        *_E_STATED,
        "ReLU in G, LeakyReLU in D, tanh output, batch normalisation, default initialisation",
        '"different depths" tried',
    ),
    chosen=(
        "one depth: two transposed convolutions in G, two strided convolutions in D",
        "10,000 iterations and beta_1 0.5: stated for experiment 2; noise 100",
        "learning rate 0.001, Keras' default for Adam: in short trials with experiment 2's 0.0002 "
        "a third of the digits was read as another one than asked for",
        "LeakyReLU with slope 0.2",
        *_E_CHOSEN[:3],
        "D's embedding becomes one more channel of the image, batch-normalised to be as strong",
        *_E_CHOSEN[4:],
    ),
    reported=_E_REPORTED,
    num_classes=10,
    augment=(("rotation", 0.01), ("shift", 0.01), ("zoom", 0.01)),
)

_CGAN_LEAKY = replace(
    _CGAN_RELU,
    name="cgan_leaky",
    title="conditional GAN on MNIST, transposed convolutions (experiment 2)",
    d_optimizer=_adam(2e-4),
    g_optimizer=_adam(2e-4),
    lesson=Settings(14, 5_000, 32, steps_per_epoch=200),
    generator="leaky_conditional_generator",
    discriminator="dense_conditional_discriminator",
    stated=(
        *_E_STATED,
        "G: dense 128*7*7, reshape, batch normalisation, transposed convolutions, LeakyReLU, tanh",
        "D: dense layers with LeakyReLU, sigmoid",
        _E_ITERATIONS,
        "Adam 0.0002, beta_1 0.5",
    ),
    chosen=(
        "4x4 kernels, 64 filters in the middle; LeakyReLU before each of the two; noise 100",
        "D: two dense layers of 512, as in experiment 3",
        *_E_CHOSEN,
    ),
)

_CGAN_DENSE = replace(
    _CGAN_LEAKY,
    name="cgan_dense",
    title="conditional GAN on MNIST, dense layers (experiment 3)",
    lesson=Settings(18, 5_000, 32, steps_per_epoch=200),
    generator="dense_conditional_generator",
    stated=(
        *_E_STATED,
        "G: dense 256, 512, 1024, batch normalisation after each LeakyReLU",
        "D: two dense layers of 512 before the output",
        "100-dimensional noise; label embeddings in both",
        _E_ITERATIONS,
        "otherwise as experiment 2: Adam 0.0002, beta_1 0.5",
    ),
    chosen=("LeakyReLU with slope 0.2", *_E_CHOSEN),
)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        _DENSE_DIGITS,
        _DENSE_FLOWERS,
        _DCGAN_SELU,
        _DCGAN_LEAKY,
        _CDCGAN_POOLING,
        _DCGAN_TUTORIAL,
        _DCGAN_TUTORIAL_128,
        _CGAN_RELU,
        _CGAN_LEAKY,
        _CGAN_DENSE,
    )
}


def get_recipe(name):
    """Returns a recipe by name.

    Raises: InputError: if there is none.
    """
    if name not in RECIPES:
        raise InputError(f"Unknown recipe. Expected one of {', '.join(RECIPES)}. Received: {name}")
    return RECIPES[name]
