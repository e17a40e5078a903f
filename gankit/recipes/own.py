"""The kit's own recipe: the least that draws digits, for lesson 01."""

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
