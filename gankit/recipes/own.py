"""The kit's own recipes: the least that draws digits, and a DCGAN of flowers."""

from gankit.recipes.recipe import Recipe, Settings, adam

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
    full=Settings(epochs=300, limit=8_189, batch_size=32, sample_every=10),
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
