"""Metrics of a training's samples, in its history beside the losses."""

import numpy as np

from gankit.backend import keras
from gankit.metrics.judge import Judge


class Evaluation(keras.callbacks.Callback):
    """Judges samples every few epochs, and puts every metric into the epoch's logs.

    So the metrics stand in the history beside the losses, under their names in
    `gankit.metrics.judge`: "frechet_distance", "recall", ...; in epochs without them as NaN.

    Args:
        real: real images to compare with, uint8 of shape `(count, height, width, channels)`. As
            many are generated each time, from the same noise.
        extractor: `gankit.metrics.features.Extractor`.
        every: epochs between two evaluations. There is always one of the last epoch.
        seed: for the noise.
    """

    def __init__(self, real, extractor, every=1, seed=0):
        super().__init__()
        self.judge, self.count = Judge(real, extractor, seed), len(real)
        self.every, self.seed = every, seed

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if (epoch + 1) % self.every and not last:
            logs.update({name: float("nan") for name in self.judge.names})
            return
        gan = self.model
        labels = np.resize(np.arange(gan.num_classes), self.count) if gan.conditional else None
        metrics, _ = self.judge(gan.sample(self.count, labels, self.seed))
        logs.update(metrics)
