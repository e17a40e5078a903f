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
    raise InputError(
        "gankit trains with Keras on TensorFlow. Expected the Keras backend 'tensorflow'. "
        f"Received: {_chosen!r}. Set KERAS_BACKEND=tensorflow before Python starts."
    )

__all__ = ["circumstances", "keras", "tf"]


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
