"""Checks of metrics, on made-up points and features that each expose a single mistake."""

import numpy as np

from gankit import metrics
from gankit.check.verdict import Wrong, answer, check
from gankit.collapse.mixtures import Mixture

MEANS = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
REACH = 1.0


@check
def mode_score(mine):
    """Checks `mine(points, means, reach)`, which returns `(modes, high_quality, reverse_kl)`.

    `points` has the shape `(count, 2)` and `means` the shape `(modes, 2)`. A point is of high
    quality if it lies within `reach` of the nearest mean. A mode is covered if one such point lies
    there. The reverse KL, in nats, is the divergence of the high-quality points' shares of the
    modes from equal shares.
    """
    around = np.random.default_rng(0).uniform(-0.5, 0.5, (12, 2))
    counts = {
        "twelve points, three around each of four modes": (3, 3, 3, 3),
        "twelve points, all around one of four modes": (12, 0, 0, 0),
        "twelve points, nine around one of four modes and three around another": (9, 3, 0, 0),
    }
    sets = {each: np.repeat(MEANS, numbers, axis=0) + around for each, numbers in counts.items()}
    last = np.concatenate([sets.pop(next(reversed(sets))), [[9.0, 9.0]] * 4, [[0.0, 2.5]] * 4])
    sets["twelve points around two of four modes and eight stray ones"] = last
    for described, points in sets.items():
        modes, high_quality, reverse_kl = answer(mine, points, MEANS, REACH)
        score = Mixture("made up", MEANS, REACH / 3).score(points)
        if modes != score.modes:
            raise Wrong(
                f"{described}: {modes} modes covered; count the modes that have a point within "
                "reach, and no others"
            )
        if not np.isclose(high_quality, score.high_quality, atol=1e-3):
            raise Wrong(
                f"{described}: a high quality of {high_quality:.3g}; it is the share of all points "
                "that lie within reach of a mean"
            )
        if not np.isclose(reverse_kl, score.reverse_kl, atol=1e-3):
            raise Wrong(
                f"{described}: a reverse KL of {reverse_kl:.3g}; compare the high-quality points' "
                "shares with equal shares, in this order, with natural logarithms, and leave out "
                "the modes without a point"
            )
    return "modes, high quality and reverse KL of four sets of points"


@check
def nearest(mine):
    """Checks `mine(queries, references)` of rows `(count, features)`: whose row is nearest.

    It returns, for each query, the index of the reference at the smallest Euclidean distance, as
    integers of shape `(len(queries),)`.
    """
    references = np.array([[0.0, 0.0], [3.0, 3.0], [5.0, 0.0], [-9.0, 9.0], [9.0, 9.0]])
    queries = np.array([[0.5, 0.2], [8.0, 9.0], [4.4, 0.1], [9.0, 2.7], [-7.0, 6.0], [2.9, 2.7]])
    value = np.asarray(answer(mine, queries, references))
    if value.shape != (len(queries),):
        raise Wrong(
            f"six queries and five references give the shape {value.shape}, expected {(6,)}: an "
            "answer for each query"
        )
    distances = metrics.nearest_neighbours(queries, references)[0][:, 0]
    if np.allclose(value, distances):
        raise Wrong("these are the distances; return the place of the smallest one, its index")
    expected = metrics.nearest_neighbours(queries, references)[1][:, 0]
    wrong = np.flatnonzero(value != expected)
    if len(wrong):
        query, chosen = queries[wrong[0]], value[wrong[0]]
        raise Wrong(
            f"of the point {query.tolist()} reference {chosen} is not the nearest; square the "
            "differences, add them up over the features, and take the smallest"
        )
    return "the nearest of five references to each of six points"


@check
def frechet_distance(mine):
    """Checks `mine(real, fake)`: the Fréchet distance of features `(count, features)`, a float."""
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 3))
    shifted = real + np.array([3, 0, 4])
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    wide, tall = real * [3.0, 1.0, 0.5], (real * [3.0, 1.0, 0.5]) @ turn
    for described, one, other, where in (
        ("a set and itself", real, real, "it is 0 there"),
        ("a set and the same set, shifted", real, shifted, "look at the means' part"),
        ("a set and the same set, made wider", real, wide, "look at the covariances' part"),
        (
            "a wide set and the same set, turned",
            wide,
            tall,
            "the square root is that of a matrix, and not of each of its numbers",
        ),
        ("two sets that differ in everything", tall + 1, real[:300], "look at both parts together"),
    ):
        value = float(np.real(answer(mine, one, other)))
        expected = metrics.frechet_distance(one, other)
        if not np.isclose(value, expected, rtol=1e-2, atol=1e-2):
            raise Wrong(f"between {described} it cannot be {value:.4g}; {where}")
    return "the distance of five pairs of sets"


def _neighbourhoods():
    """Points that reach equally far, points that do not, and NumPy's generator that drew them."""
    rng = np.random.default_rng(0)
    angles = np.arange(12) * 2 * np.pi / 12
    ring = 5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    uneven = np.concatenate([rng.normal(0, 0.1, (40, 2)), rng.normal(3, 1.0, (10, 2))])
    return ring, uneven, rng


def _compare_shares(mine, cases, kit):
    """Refuses a share that is not the kit's, in any of the cases (text, real, fake, hint)."""
    for described, real, fake, where in cases:
        for k in (3, 5):
            value = float(answer(mine, real, fake, k))
            if not np.isclose(value, kit(real, fake, k), atol=1e-6):
                raise Wrong(f"{described}, k = {k}: it cannot be {value:.4g}; {where}")


@check
def precision(mine):
    """Checks `mine(real, fake, k)`: the precision of features `(count, features)`, a float.

    It is the share of fakes that lie within reach of any real image; a real image reaches as far
    as its k-th nearest other real image.
    """
    ring, uneven, rng = _neighbourhoods()
    cases = (
        ("fakes that are the real images", uneven, uneven, "all of them are within reach"),
        ("fakes far from all real images", uneven, uneven + 50, "none of them is within reach"),
        (
            "fakes around real images on a circle",
            ring,
            np.repeat(ring, 10, axis=0) + rng.normal(0, 3, (120, 2)),
            "an image reaches to its k-th nearest other one. Itself, at distance 0, does not count",
        ),
        (
            "real images close together here and far apart there",
            uneven,
            rng.normal(1, 3, (80, 2)),
            "each real image has a reach of its own, and a fake may be within that of any of them",
        ),
    )
    _compare_shares(mine, cases, lambda *sets: metrics.precision_recall(*sets)[0])
    return "the share of fakes within reach, on four made-up sets"


@check
def coverage(mine):
    """Checks `mine(real, fake, k)`: the coverage of features `(count, features)`, a float.

    It is the share of real images that have a fake within reach; a real image reaches as far as its
    k-th nearest other real image.
    """
    ring, uneven, rng = _neighbourhoods()
    cases = (
        ("fakes that are the real images", uneven, uneven, "all real images have a fake near"),
        (
            "fakes on a circle around real images on a circle",
            ring,
            ring * 1.8,
            "an image reaches to its k-th nearest other one. Itself, at distance 0, does not count",
        ),
        (
            "one fake again and again",
            uneven,
            np.repeat(uneven[-1:], 30, axis=0),
            "count the real images within whose own reach a fake lies, and not the fakes",
        ),
        (
            "real images close together here and far apart there",
            uneven,
            rng.normal(1, 3, (80, 2)),
            "the balls are those of the real images",
        ),
    )
    _compare_shares(mine, cases, lambda *sets: metrics.density_coverage(*sets)[1])
    return "the share of real images with a fake within reach, on four made-up sets"


@check
def classifier_score(mine):
    """Checks `mine(probabilities)`: the classifier score, a float, from shape `(count, classes)`.

    It is e to the power of the mean over images of a KL divergence, in nats: that of an image's
    probabilities from the mean probabilities.
    """
    rng = np.random.default_rng(0)
    alike = np.tile([0.7, 0.1, 0.1, 0.1], (20, 1))
    sure = np.eye(4)[np.arange(20) % 4] * 0.96 + 0.01
    uneven = np.concatenate([sure[:8], alike[:4], rng.dirichlet(np.ones(4), 8) + 0.01])
    uneven /= uneven.sum(axis=1, keepdims=True)
    for described, probabilities, where in (
        ("the same answer to every image", alike, "all divergences are 0 there, and e^0 is 1"),
        (
            "sure answers, each of four classes as often",
            sure,
            "the logarithm is the natural one; an image's terms are added up over the classes; "
            "the images' mean goes into the exponent",
        ),
        (
            "answers of every kind",
            uneven,
            "the divergence goes from each image's probabilities to their mean over all images, "
            "and the mean of the divergences is taken before the power",
        ),
    ):
        value = float(answer(mine, probabilities))
        expected, _ = metrics.inception_score(probabilities, splits=1)
        if not np.isclose(value, expected, rtol=1e-3):
            raise Wrong(f"{described}: it cannot be {value:.4g}; {where}")
    return "the score of three made-up sets of answers"
