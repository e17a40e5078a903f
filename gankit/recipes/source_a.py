"""Source A: a fully connected GAN of flowers."""

from gankit.recipes.recipe import Recipe, Settings, adam

DENSE_FLOWERS = Recipe(
    name="dense_flowers",
    title="fully connected GAN on photographs of flowers",
    source='A: Nirogi, "Random Image Generator using GAN" (Cleveland State University)',
    images="oxford_flowers102",
    image_shape=(64, 64, 3),
    generator="flowers_generator",
    discriminator="flowers_discriminator",
    d_optimizer=adam(2e-4, beta_1=0.8),
    g_optimizer=adam(2e-4, beta_1=0.8),
    full=Settings(epochs=500, limit=8_189, batch_size=64, sample_every=10),
    lesson=Settings(epochs=10, limit=1_000, batch_size=32, sample_every=5),
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
