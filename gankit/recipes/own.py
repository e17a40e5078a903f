"""The kit's own recipes: the least that draws digits, and a DCGAN of flowers."""

from dataclasses import replace

from gankit.recipes.recipe import Recipe, Settings, adam, falling_adam

DENSE_DIGITS = Recipe(
    name="dense_digits",
    title="small fully connected GAN on MNIST, for lesson 01",
    source="the kit's own, after Goodfellow et al., 2014, whose GAN for MNIST was dense as well",
    generator="digits_generator",
    discriminator="digits_discriminator",
    d_optimizer=adam(2e-4),
    g_optimizer=adam(2e-4),
    full=Settings(epochs=50, limit=60_000, batch_size=64),
    lesson=Settings(epochs=40, limit=5_000, batch_size=32),
    chosen=(
        "two dense layers in each model: the least that draws digits",
        "dropout 0.3 in the discriminator, or it soon knows 5,000 digits by heart",
        "Adam 0.0002, beta_1 0.5, as most of the sources",
    ),
)

DCGAN_FLOWERS = Recipe(
    name="dcgan_flowers",
    title="DCGAN of flowers, from 4x4 up to 64x64, for lesson 06",
    source="the kit's own, after Radford, Metz and Chintala, 2015; source A asks for such a model",
    images="oxford_flowers102",
    image_shape=(64, 64, 3),
    generator="deep_generator",
    discriminator="deep_discriminator",
    d_optimizer=adam(1e-3),
    g_optimizer=adam(1e-3),
    full=Settings(epochs=100, limit=8_189, batch_size=32, sample_every=10),
    lesson=Settings(epochs=48, limit=1_000, batch_size=32, sample_every=12),
    chosen=(
        "128, 64, 32 and 16 channels from 4x4 up, an eighth of Radford et al.: 1,500 steps "
        "take one to three minutes on two CPU cores",
        "4x4 kernels, which overlap evenly at stride 2",
        "batch normalisation in the generator alone; after the dense layer every unit has its own",
        "Keras' default initialisation (Glorot): with the small weights of Radford et al. (spread "
        "0.02) the same steps end in blotted flowers",
        "Adam 0.001, beta_1 0.5: with 0.0005 a flower's petals are less of one colour after as "
        "many steps",
        "flips alone as augmentation: turns and crops blur an image",
    ),
    augment=(("flip", True),),
)

DCGAN_FLOWERS_WIDE = replace(
    DCGAN_FLOWERS,
    name="dcgan_flowers_wide",
    title="the same DCGAN of flowers with twice the channels, trained for hours",
    source="the kit's own, with the loss of Huang et al., R3GAN, 2024",
    d_optimizer=falling_adam(1e-3),
    g_optimizer=falling_adam(1e-3),
    full=Settings(epochs=160, limit=8_189, batch_size=32, sample_every=10),
    chosen=(
        "256, 128, 64 and 32 channels from 4x4 up: over twice the time a step, and in short trials "
        "better flowers from fewer images",
        "pairs: the discriminator learns to score a real image above a fake one, with penalties on "
        "its steepness at both. With their weight at 1 instead of 0.2 a short trial's flowers were "
        "rougher",
        "Adam without momentum and with a short memory, falling to 0, as in dcgan_selu_tuned",
        "the discriminator sees all images with other colours and shifted (Zhao et al., 2020): in "
        "short trials it knew the photographs less soon, and the flowers had far more of a form",
        *DCGAN_FLOWERS.chosen[1:4],
        DCGAN_FLOWERS.chosen[5],
    ),
    gamma=0.2,
    filters=256,
    diff_augment=True,
)
