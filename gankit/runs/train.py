"""A recipe, trained into a run's folder."""

from gankit.backend import circumstances
from gankit.data import make_dataset
from gankit.runs.folder import Run
from gankit.runs.recorder import RunRecorder, SampleGrid
from gankit.training import train


def train_recipe(recipe, image_set, config, folder, run=None):
    """Trains a recipe into a run's folder, from the start or from where the run stopped.

    Args:
        recipe: `Recipe`.
        image_set: `ImageSet`.
        config: dict with at least epochs, batch_size, steps_per_epoch, sample_every, seed and
            precision.
        folder: where to.
        run: the `Run` in that folder that goes on, or None to begin one.

    Returns: the number of epochs that were trained.

    Raises: InputError: if the images do not fit the recipe or the batch, or the folder cannot be
        written; nothing is left behind then. TrainingDiverged: see `train`.
    """
    recipe.check_labels(image_set)
    done = run.epochs_done if run else 0
    gan = recipe.build(
        config["seed"], image_set.image_shape, config["precision"], image_set.num_classes
    )
    dataset = make_dataset(
        image_set,
        config["batch_size"],
        recipe.augmentation(),
        config["seed"],
        initial_epoch=done,
        steps_per_epoch=config["steps_per_epoch"],
    )
    if run is None:
        config = {
            **config,
            "image_source": str(image_set),
            "image_shape": image_set.image_shape,
            "fingerprint": image_set.fingerprint,
            **circumstances(),
        }
        run = Run.create(folder, config)
    else:
        run.update(config)
    epochs = config["epochs"]
    every = config["sample_every"] or -(-epochs // 10)  # ten grids or so, whatever the length
    train(
        gan,
        dataset,
        epochs,
        callbacks=[
            RunRecorder(run, run.restore(gan), every),
            SampleGrid(
                run.folder / "samples", every, run.folder / "samples.gif", initial_epoch=done
            ),
        ],
        initial_epoch=done,
    )
    return epochs - done
