"""A recipe, trained into a run's folder."""

from gankit.backend import circumstances
from gankit.data import make_dataset
from gankit.errors import TrainingDiverged
from gankit.recipes.recipe import resolve_precision
from gankit.runs.folder import Run, write_json
from gankit.runs.recorder import RunRecorder, SampleGrid
from gankit.training import train


def train_recipe(recipe, image_set, config, folder, run=None):
    """Trains a recipe into a run's folder; returns how many epochs were trained.

    Images that do not fit the recipe or the batch are refused before anything is written. If
    training diverges or is interrupted, the folder holds the last whole epoch.

    Args:
        recipe, image_set: a `Recipe`, and the `ImageSet` that it is trained on.
        config: what config.json is to hold, but for what the image set and the machine tell.
        folder: where to.
        run: the `Run` in that folder that goes on, from where it stopped; None to begin one.
    """
    recipe.check_labels(image_set)
    done = run.epochs_done if run else 0
    precision = resolve_precision(config["precision"])
    num_classes = image_set.num_classes if recipe.conditional else None
    epochs, steps = config["epochs"], config["steps_per_epoch"]
    total = epochs * (steps or len(image_set) // config["batch_size"])
    shape, first_weights_from = image_set.image_shape, None if done else image_set.images
    gan = recipe.build(config["seed"], shape, precision, num_classes, total, first_weights_from)
    augment = recipe.augmentation()
    dataset = make_dataset(image_set, config["batch_size"], augment, config["seed"], steps)
    part = {"after_epoch": done, **circumstances()}
    if run is None:
        config = {**config, "precision": precision, "num_classes": num_classes, "trained": [part]}
        seen = {name: getattr(image_set, name) for name in ("image_shape", "fingerprint")}
        run = Run.create(folder, {**config, **seen, "image_source": str(image_set)})
    elif done < epochs:  # parts that a kill undid are left out
        parts = [each for each in config["trained"] if each["after_epoch"] < done]
        write_json(run.folder / "config.json", {**config, "trained": [*parts, part]})
    every = config["sample_every"] or -(-epochs // 10)  # ten grids or so, whatever the length
    recorder = RunRecorder(run, run.restore(gan))
    sheets = SampleGrid(run.folder / "samples", every, run.folder / "samples.gif")
    try:
        train(gan, dataset, epochs, [recorder, sheets], initial_epoch=done)
    except (TrainingDiverged, KeyboardInterrupt):
        recorder.rewind()
        for callback in (recorder, sheets):
            callback.on_train_end()
        raise
    return len(recorder.record) - done
