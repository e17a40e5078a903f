"""The real images that generated ones are judged by."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gankit.data.arrays import holds_idx
from gankit.data.images import ImageSet
from gankit.data.sources import load_images
from gankit.errors import InputError

LEAST_HELD_OUT = 100  # images; with fewer, memorisation is not judged


@dataclass(frozen=True)
class RealImages:
    """The real images that generated ones are judged by.

    Attributes:
        training: `ImageSet`, what the model was trained on.
        held_out: `ImageSet` of the same kind that it was not trained on, or None.
    """

    training: ImageSet
    held_out: ImageSet | None = None

    def halves(self, count, seed):
        """Returns two disjoint random `ImageSet`s of at most `count` real images each."""
        both = [self.training] if self.held_out is None else [self.training, self.held_out]
        total = sum(map(len, both))
        chosen = np.random.default_rng(seed).permutation(total)[: 2 * min(count, total // 2)]
        return tuple(_pick(both, places) for places in np.split(chosen, 2))

    @classmethod
    def of_run(cls, run):
        """Loads the images that a run was trained on, and real ones that it never saw.

        It raises `InputError` if the images of the same name are others here.
        """
        name, limit, size = (run.config[key] for key in ("images", "limit", "size"))
        training = load_images(name, limit=limit, size=size)
        if training.fingerprint != run.config["fingerprint"]:
            mend = "Make those available, e.g. with GANKIT_DATA, and evaluate again"
            about = f"{run.folder} was trained on other images"
            raise InputError(about, run.config["image_source"], training, mend)
        photographs = Path(name).is_dir() and not holds_idx(name)  # without splits
        splits = ("train",) * (len(training) == limit) if photographs else ("test", "train")
        for split in splits:
            try:
                others = load_images(name, split=split, size=size)
            except InputError:
                continue  # a source that has training images alone
            places = _without(others, training)
            if len(places) >= LEAST_HELD_OUT:
                return cls(training, _pick([others], places))
        return cls(training)


def _pick(sets, places):
    """The images at these places, counted through all sets, as one set."""
    all_places = [(each, index) for each in sets for index in range(len(each))]
    chosen = [all_places[place] for place in places]
    images = np.array([each.images[index] for each, index in chosen], np.uint8)
    labels = None
    if all(each.labels is not None for each in sets):
        labels = np.array([each.labels[index] for each, index in chosen], np.int64)
    return replace(sets[0], images=images, labels=labels)


def _without(image_set, other):
    """The places of a set's images that are not in the other."""
    known = {hash(image.tobytes()) for image in other.images}
    return np.flatnonzero([hash(image.tobytes()) not in known for image in image_set.images])
