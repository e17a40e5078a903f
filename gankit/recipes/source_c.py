"""Source C: a DCGAN of digits, and a conditional one with a pooling discriminator."""

from dataclasses import replace

from gankit.recipes.recipe import Recipe, Settings, adam

_STATED = (
    "data: MNIST, 60,000 images; batch 128; 20 epochs",
    "Adam. Its hyperparameters follow Isola et al. (pix2pix): 0.0002, beta_1 0.5",
    "the non-saturating loss, minimise -log D(G(z)); it also writes out the minimax loss, "
    "log(1 - D(G(z))), and explains why it is not used",
    "D is made to learn more slowly: more than one step of G for each step of D, and a lower "
    "learning rate for D",
)
_CHOSEN = (
    "two steps of G for each step of D",
    "learning rate 0.0001 for D, half of G's",
    "dropout 0.3 in D, once, after the convolutions; LeakyReLU with slope 0.2",
    "few filters, at most 64, so that 20 epochs of 60,000 digits take half an hour on a CPU",
    "noise of size 100",
)
_REPORTED = (
    "the DCGAN fell into one mode (one digit; its nearest neighbours are one digit too); the "
    "cDCGAN's images and neighbours show all digits, and its FID is much better",
    "the cDCGAN's losses fluctuate more and end lower",
    "3.32 s an epoch for the DCGAN and 53.02 s for the cDCGAN",
)

DCGAN_LEAKY = Recipe(
    name="dcgan_leaky",
    title="DCGAN on MNIST, the baseline of a conditional one",
    source='C: Bohnstedt, "Generation of Real Looking Images Using GANs" (FAU)',
    generator="leaky_generator",
    discriminator="leaky_discriminator",
    d_optimizer=adam(1e-4),
    g_optimizer=adam(2e-4),
    full=Settings(epochs=20, limit=60_000, batch_size=128),
    lesson=Settings(epochs=12, limit=5_000, batch_size=32),
    stated=(
        *_STATED,
        "G: a dense layer, then several upsamplings by transposed convolution, leaky ReLU "
        "everywhere but tanh at the output",
        "D: two convolutions, dropout, leaky ReLU",
        "evaluation: looking at images; k-nearest neighbours of generated images in the training "
        "set; FID",
    ),
    chosen=(
        *_CHOSEN,
        "batch normalisation in G, as in the DCGAN that it is named after",
        "strided convolutions with 4x4 kernels, which overlap evenly at stride 2",
    ),
    reported=(
        *_REPORTED,
        "asks: can real-looking images be generated? is there enough variance between classes to "
        "train on them? Suggests a search over D's optimizer, learning rate, dropout and batch "
        "size, other losses, unrolled GANs against mode collapse",
    ),
    generator_steps=2,
)

CDCGAN_POOLING = replace(
    DCGAN_LEAKY,
    name="cdcgan_pooling",
    title="conditional DCGAN on MNIST with a pooling discriminator",
    generator="pooling_generator",
    discriminator="pooling_discriminator",
    num_classes=10,
    lesson=Settings(epochs=20, limit=5_000, batch_size=32),
    stated=(
        *_STATED,
        "G: noise and label each pass a dense and a reshape layer (two dense and two reshape in "
        "all), are concatenated and upsampled as in the DCGAN",
        "D: the image passes two convolutions and two pooling layers, the label two dense layers, "
        "then the two are concatenated and decided on",
        "any combination of images and labels may be trained on",
    ),
    chosen=(
        *_CHOSEN,
        "the label enters as one of ten inputs (one-hot) and becomes one more 7x7 channel of G",
        "max pooling; 3x3 kernels",
        "a dense layer of 128 after the concatenation in D: one unit alone could only add image "
        "and label up, and the label could not be followed",
        "the label's two dense layers in D have 256 units and start from weights that keep them "
        "as large as the image's features, or D would long overlook the label",
        "fakes are asked for with the labels of the batch's real images",
    ),
    reported=(
        *_REPORTED,
        "on photographs of objects on a conveyor belt, with two more dense layers and longer "
        "training, the cDCGAN fails visibly",
    ),
)
