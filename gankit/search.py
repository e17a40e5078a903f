"""A search for a discriminator's settings, judged by the images that come of them.

Sources A and C ask for one, over the discriminator's optimizer, learning rate, dropout and batch
size. Optuna proposes the settings; what it lowers is a Fréchet distance, not a loss, because the
losses of two players say little about images. Every trial sees equally many images.
"""

import warnings
from dataclasses import replace

import numpy as np
from tqdm import TqdmWarning

from gankit.backend import keras
from gankit.data import make_dataset
from gankit.data.files import write_atomic
from gankit.errors import InputError, TrainingDiverged
from gankit.metrics import Judge, make_extractor
from gankit.plots import plot_search, readable
from gankit.recipes.recipe import Optimizer
from gankit.runs.folder import Record, check_free, checkpoint, write_table
from gankit.training import train

with warnings.catch_warnings():  # a notebook without ipywidgets lacks nothing here
    warnings.simplefilter("ignore", TqdmWarning)
    import optuna

OPTIMIZERS = {
    "Adam": (("beta_1", 0.5), ("beta_2", 0.999)),
    "RMSprop": (),
    "SGD": (("momentum", 0.9),),
}
LEARNING_RATES = (1e-5, 1e-2)
DROPOUT = (0.0, 0.6)
BATCH_SIZES = (16, 32, 64, 128)
JUDGED = 2_000  # generated images, at most, and as many real ones
LEAST_IMAGES = 50
LEAST_FOR_IMPORTANCE = 8  # finished trials


class Search:
    """Trials of one recipe, in a folder; `run` adds to them.

    Args:
        recipe: `Recipe`.
        image_set: `ImageSet` that fits it.
        settings: `Settings` of every trial, but for the batch size.
        folder: where to, or where the search is that goes on.
        seed: of all trials, and of the proposals.
        resume: whether to go on with the search in the folder, if there is one.

    Attributes:
        extractor: `gankit.metrics.features.Extractor` whose features the distance is between.
        count: how many images of each kind are compared.

    Raises:
        InputError: if there are too few images, or the folder holds something else, or a search
            with other settings.
    """

    def __init__(self, recipe, image_set, settings, folder, seed=0, resume=False):
        if len(image_set) < LEAST_IMAGES:
            raise InputError("No search", f"at least {LEAST_IMAGES} images to judge by", image_set)
        self.recipe, self.image_set, self.settings = recipe, image_set, settings
        self.folder, self.seed = folder, seed
        self.count = min(JUDGED, len(image_set))
        self.own = self._own_settings()
        self.extractor = make_extractor("auto", image_set)
        chosen = np.random.default_rng(seed).permutation(len(image_set))[: self.count]
        self.judge = Judge(image_set.images[chosen], self.extractor, seed)
        journal = folder / "journal.log"
        if journal.exists() and not resume:
            mend = "Go on with it by --resume, or name another folder with --out"
            raise InputError(f"{folder} holds a search already", mend=mend)
        if not journal.exists():
            check_free(folder)
            folder.mkdir(parents=True, exist_ok=True)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        file = optuna.storages.journal.JournalFileBackend(str(journal))
        storage = optuna.storages.JournalStorage(file)
        self.study = optuna.create_study(storage=storage, study_name="search", load_if_exists=True)
        self.study.sampler = optuna.samplers.TPESampler(seed=seed + len(self.study.trials))
        self._check_same()
        self._requeue_unfinished()

    def run(self, minutes, trials=None):
        """Runs trials until the time is up; one that has begun is brought to its end.

        Args:
            minutes: after which no other trial begins.
            trials: how many at most, or None.
        """
        self.study.optimize(
            self._trial, trials, 60 * minutes, catch=TrainingDiverged, callbacks=[self._publish]
        )

    @property
    def rows(self):
        """A dict per trial that has ended, the best first; diverged ones, without a value, last."""
        trials = self.study.trials
        trials.sort(key=lambda trial: np.inf if trial.value is None else trial.value)
        return [
            {
                "trial": trial.number,
                "own": trial.params == self.own,
                **trial.params,
                "frechet_distance": trial.value,
                **trial.user_attrs,
                "seconds": round(trial.duration.total_seconds(), 1),
            }
            for trial in trials
            if trial.value is not None or "diverged" in trial.user_attrs
        ]

    @property
    def importances(self):
        """What share of the distances' variance each setting explains; empty after a few trials."""
        finished = [row for row in self.rows if row["frechet_distance"] is not None]
        if len(finished) < LEAST_FOR_IMPORTANCE:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        return optuna.importance.get_param_importances(self.study, evaluator=evaluator)

    def plot(self):
        """Returns a figure of the distances over each setting, and of what mattered."""
        return plot_search(self.rows, tuple(self.own), self.importances)

    def _own_settings(self):
        """The recipe's own values of what is searched; dropout only where there is some."""
        optimizer = self.recipe.d_optimizer
        own = {
            "d_optimizer": optimizer.name,
            "d_learning_rate": optimizer.learning_rate,
            "batch_size": min(self.settings.batch_size, len(self.image_set)),
        }
        _, dropouts = self._gan(self.recipe)
        return {**own, "dropout": dropouts[0].rate} if dropouts else own

    def _gan(self, recipe, images=None):
        """The recipe's GAN for the images, and its discriminator's layers of dropout."""
        shape, num_classes = self.image_set.image_shape, self.image_set.num_classes
        gan = recipe.build(self.seed, shape, num_classes=num_classes, images=images)
        layers = gan.discriminator.layers
        return gan, [layer for layer in layers if isinstance(layer, keras.layers.Dropout)]

    def _check_same(self):
        """Keeps trials of different settings apart, because their distances do not compare."""
        settings = {
            "recipe": self.recipe.name,
            "images": self.image_set.fingerprint,
            "epochs": self.settings.epochs,
            "steps_per_epoch": self.settings.steps_per_epoch,
            "batch_size": self.settings.batch_size,
            "seed": self.seed,
        }
        for name, value in settings.items():
            kept = self.study.user_attrs.get(name, value)
            if kept != value:
                mend = "Go on with the same, or begin another search with another --out"
                about = f"{self.folder} holds another search"
                raise InputError(about, f"{name} {kept}", value, mend)
            self.study.set_user_attr(name, value)

    def _requeue_unfinished(self):
        """The recipe's own settings come first; what was cut off by a kill comes again."""
        if not self.study.trials:
            self.study.enqueue_trial(self.own)
        for trial in self.study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
            self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
            if trial.params:
                self.study.enqueue_trial(trial.params)

    def _steps(self, batch_size):
        """Batches in an epoch, so that every trial sees as many images."""
        if self.settings.steps_per_epoch is None:
            return None
        return max(1, self.settings.steps_per_epoch * self.settings.batch_size // batch_size)

    def _trial(self, trial):
        batch_size, gan = self._build(trial)
        augment, steps = self.recipe.augmentation(), self._steps(batch_size)
        dataset = make_dataset(self.image_set, batch_size, augment, self.seed, steps)
        labels = np.resize(np.arange(gan.num_classes), self.count) if gan.conditional else None
        try:
            train(gan, dataset, self.settings.epochs, verbose=False)
            checkpoint(gan, Record())  # refuses what the last step broke
            images = gan.sample(self.count, labels, self.seed)
        except TrainingDiverged:
            trial.set_user_attr("diverged", True)
            raise
        metrics, _ = self.judge(images)
        for name in ("precision", "recall", "modes_covered"):
            if name in metrics:
                trial.set_user_attr(name, round(float(metrics[name]), 4))
        return metrics["frechet_distance"]

    def _build(self, trial):
        """The batch size and the compiled GAN of the settings that a trial is to try."""
        keras.backend.clear_session()
        theirs = self.recipe.d_optimizer
        name = trial.suggest_categorical("d_optimizer", sorted({*OPTIMIZERS, theirs.name}))
        rate = trial.suggest_float("d_learning_rate", *LEARNING_RATES, log=True)
        batch_sizes = sorted({*BATCH_SIZES, self.own["batch_size"]})
        fitting = [size for size in batch_sizes if size <= len(self.image_set)]
        batch_size = trial.suggest_categorical("batch_size", fitting)
        options = theirs.options if name == theirs.name else OPTIMIZERS[name]
        recipe = replace(self.recipe, d_optimizer=Optimizer(name, rate, options))
        gan, dropouts = self._gan(recipe, self.image_set.images)
        if dropouts:
            dropout = trial.suggest_float("dropout", *DROPOUT)
            for layer in dropouts:
                layer.rate = dropout
        return batch_size, gan

    def _publish(self, _study, trial):
        """Writes the table and the figure anew, and prints a line."""
        rows = self.rows
        write_table(self.folder / "trials.csv", rows)
        if any(row["frechet_distance"] is not None for row in rows):
            write_atomic(self.folder / "search.png", self.plot().savefig)
        outcome = "diverged" if trial.value is None else f"Fréchet distance {trial.value:.4g}"
        seconds = trial.duration.total_seconds()
        print(f"trial {trial.number}: {describe(trial.params)}: {outcome}, {seconds:.0f} s")


def describe(params):
    """Settings of a trial as text for people."""
    texts = {name: f"{x:.3g}" if isinstance(x, float) else x for name, x in params.items()}
    return ", ".join(f"{readable(name)} {text}" for name, text in texts.items())


def format_search(search, best=10):
    """Returns the best trials, the recipe's own and what mattered, as text for people."""
    rows = search.rows
    lines = [
        f"{search.count:,} samples beside as many training images, features of "
        f"{search.extractor.name}, seed {search.seed}, {search.settings.epochs} epochs each",
        f"the best {min(best, len(rows))} of {len(rows)} trials, and the recipe's own settings",
        f"{'trial':>5} {'Fréchet distance':>17}  settings",
    ]
    for row in rows[:best] + [row for row in rows[best:] if row["own"]]:
        distance = row["frechet_distance"]
        value = "diverged" if distance is None else f"{distance:.4g}"
        mark = " (the recipe's own)" if row["own"] else ""
        settings = describe({name: row[name] for name in search.own})
        lines.append(f"{row['trial']:>5} {value:>17}  {settings}{mark}")
    shares = describe({name: f"{share:.0%}" for name, share in search.importances.items()})
    if shares:
        lines.append(f"what mattered, as share of the distances' variance: {shares}")
    else:
        finished = sum(row["frechet_distance"] is not None for row in rows)
        lines.append(f"what mattered takes {LEAST_FOR_IMPORTANCE} finished trials, not {finished}")
    return "\n".join(lines)
