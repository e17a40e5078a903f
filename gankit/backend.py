"""Keras on TensorFlow, checked once; every module that computes takes both from here.

TensorFlow writes a page of notices to the error stream on its first import. They tell a student
nothing, so they are held back, and its log level is set to 3, unless `TF_CPP_MIN_LOG_LEVEL` is
set to another: then everything it has to say is shown.
"""

import contextlib
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version

from gankit import __version__
from gankit.errors import InputError


@contextlib.contextmanager
def _notices_held_back():
    """Diverts the error stream, the C++ side's too; if there is an error it is shown after all."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "3":
        yield
        return
    with tempfile.TemporaryFile() as notices:
        stream = os.dup(2)
        os.dup2(notices.fileno(), 2)
        try:
            yield
        except BaseException:
            notices.seek(0)
            sys.stderr.write(notices.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(stream, 2)
            os.close(stream)


_chosen = os.environ.get("KERAS_BACKEND", "tensorflow")
if _chosen == "tensorflow":
    with _notices_held_back():
        import keras
        import tensorflow as tf

    _chosen = keras.backend.backend()  # may come from keras.json instead

if _chosen != "tensorflow":
    about = "gankit trains with Keras on TensorFlow"
    mend = "Set KERAS_BACKEND=tensorflow before Python starts"
    raise InputError(about, "the Keras backend 'tensorflow'", repr(_chosen), mend)


def circumstances():
    """What a figure depends on beside its settings: versions, device and date, as a dict."""
    gpus = tf.config.list_physical_devices("GPU")
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    return {
        "device": details.get("device_name", f"{os.cpu_count()} CPU cores ({platform.machine()})"),
        "versions": {
            "gankit": __version__,
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": version("numpy"),
        },
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


class frozen(keras.StatelessScope):
    """Within it, `model` computes as it does in training, but none of its weights change.

    All other variables do: dropout's random state moves on, or the next phase would drop the same
    units again. Keras' StatelessScope holds updates back; it is the tool its JAX backend trains
    with.
    """

    def __init__(self, model):
        super().__init__()
        self.weights = {id(weight) for weight in model.weights}

    def add_update(self, update):
        """Holds an update back, or lets it through; Keras calls this for every one."""
        variable, value = update
        if id(variable) in self.weights:
            super().add_update(update)
        else:
            variable._direct_assign(value)


class NoiseSeed(keras.random.SeedGenerator):
    """A seed generator that gives each replica of a `tf.distribute` strategy noise of its own."""

    def next(self, ordered=True):
        """Returns the next seed, int of shape `(2,)`."""
        context = tf.distribute.get_replica_context()  # None between the replicas
        replica = context.replica_id_in_sync_group if context else 0
        seed = super().next(ordered)
        return seed + tf.cast([1_000_003 * replica, 0], seed.dtype)


class EpochMeans(keras.metrics.Metric):
    """The means of several named values over an epoch, with one update a step for all of them."""

    def __init__(self, names):
        super().__init__(name="epoch_means")
        self.names = names
        self.total = self.add_variable((len(names),), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, logs):
        """Adds a step's values, a dict of scalars."""
        self.total.assign_add(keras.ops.stack([logs[name] for name in self.names]))
        self.count.assign_add(1)

    def result(self):
        """Returns the means, a dict."""
        means = keras.ops.unstack(self.total / keras.ops.maximum(self.count, 1))
        return dict(zip(self.names, means, strict=True))


def with_state(optimizer, model):
    """Returns the optimizer with state for a model's weights, and with loss scaling for float16."""
    half = any(layer.compute_dtype == "float16" for layer in model.layers)
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(model.trainable_variables)
    return optimizer
