"""Every claim of the five sources that can be compared with a measurement, and the comparison.

A claim is a function of what was measured. It returns a `Finding`: what was measured, in words, a
verdict by a rule that its docstring states, and the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gankit import results

REPRODUCED, PARTLY = "reproduced", "partly"
NOT, CANNOT = "not reproduced", "cannot be tested"
MISSING = "not measured yet"
CLAIMS = []


@dataclass(frozen=True)
class Finding:
    """What was measured of a claim, the verdict, and why."""

    measured: str
    verdict: str
    why: str = ""


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        source: letter of the source.
        reports: what it reports.
        recipes: names of the recipes whose runs decide.
        judge: their runs, a list for each recipe, to the `Finding`.
    """

    source: str
    reports: str
    recipes: tuple[str, ...]
    judge: Callable

    def finding(self, found):
        """Returns the `Finding` from what `read_results` returns."""
        if missing := [name for name in self.recipes if name not in found]:
            return Finding(f"no run of {', '.join(missing)}", MISSING)
        return self.judge(*(found[name] for name in self.recipes))


def claim(source, reports, *recipes):
    """Registers the function below it as the judge of a claim."""

    def register(judge):
        CLAIMS.append(Claim(source, reports, recipes, judge))
        return judge

    return register


def spread(values, form="{:.2f}".format):
    """Returns a mean and, of several seeds, their lowest and highest value, as text."""
    values = np.asarray(values, float)
    if len(values) == 1:
        return form(values[0])
    return f"{form(values.mean())} ({form(values.min())} to {form(values.max())})"


def percent(share, places=1):
    """Returns a share as text, with more places where it would read as all of them and is not."""
    text = f"{100 * share:.{places}f} %"
    nearly = share < 1 and text == f"{100:.{places}f} %"
    return percent(share, places + 1) if nearly else text


def decide(met, partly=False):
    """Returns a verdict: whether a rule is met, or at least in part."""
    return REPRODUCED if met else PARTLY if partly else NOT


def metrics(runs, name, of="samples"):
    """Returns a metric of each run, an array."""
    return np.array([run.metric(name, of) for run in runs])


# A: a fully connected GAN of flowers


@claim("A", "images that resemble the training flowers, with room for improvement", "dense_flowers")
def resemblance(runs):
    """Reproduced if the distance is below half of noise's, and not twice that of real images."""
    ours, real, noise = (
        metrics(runs, "frechet_distance", of).mean() for of in ("samples", "real", "noise")
    )
    near = ours < noise / 2
    return Finding(
        f"Fréchet distance in pixels {ours:.3g}; other photographs {real:.3g}, noise {noise:.3g}; "
        f"coverage {spread(metrics(runs, 'coverage'))}",
        decide(near and ours > 2 * real, near),
        "colours and a bright middle resemble flowers; the source names no measure",
    )


@claim("A", "images more varied than an earlier project's", "dense_flowers")
def variety(runs):
    """The earlier project's images are not published."""
    return Finding(
        f"recall {spread(metrics(runs, 'recall'))} and coverage "
        f"{spread(metrics(runs, 'coverage'))} in pixels; other photographs "
        f"{metrics(runs, 'recall', 'real')[0]:.2f} and {metrics(runs, 'coverage', 'real')[0]:.2f}",
        CANNOT,
        "neither the earlier project nor its images are published",
    )


@claim("A", "asks for an Inception score and a Fréchet distance as measures", "dense_flowers")
def asked_for(runs):
    """Both need InceptionV3's weights, which are downloaded."""
    distance = spread(metrics(runs, "frechet_distance"), "{:.3g}".format)
    return Finding(
        f"in pixels a Fréchet distance of {distance}",
        CANNOT,
        "InceptionV3's weights were not at hand; with them, "
        "`gankit evaluate RUN --extractor inception_v3` computes both",
    )


# B: a DCGAN with a selu generator


@claim("B", "two layer tables, to the parameter")
def tables():
    """Reproduced if every row of both tables is that of the built models."""
    from gankit.models.tables import REPORTED_TABLES, layer_table
    from gankit.recipes import RECIPES

    reported, gan = REPORTED_TABLES["dcgan_selu"], RECIPES["dcgan_selu"].build()
    pairs = [(layer_table(getattr(gan, name)), rows) for name, rows in reported.items()]
    count = sum(map(len, reported.values()))
    equal = sum(ours == theirs for pair in pairs for ours, theirs in zip(*pair, strict=False))
    same = all(built == rows for built, rows in pairs)
    return Finding(f"{equal} of {count} rows are the same", decide(same))


@claim("B", "after 20 epochs a loss of 1.41 for D and of 0.53 for G", "dcgan_selu")
def losses(runs):
    """Reproduced if both are within 0.1 with our settings, partly if with likely others."""
    ours = np.array([[2 * run.history["d_loss"].iloc[-1], last(run, "g_loss")] for run in runs])
    table = results.read("losses")
    others = table[table["epoch"] == table["epoch"].max()]
    near = {
        row["setting"]: max(abs(row["d_loss_sum"] - 1.41), abs(row["g_loss"] - 0.53))
        for _, row in others.iterrows()
    }
    best = min(near, key=near.get)
    row = others[others["setting"] == best].iloc[0]
    met = np.abs(ours.mean(axis=0) - [1.41, 0.53]).max() < 0.1
    return Finding(
        f"{spread(ours[:, 0])}, as the sum of the losses on real and on fake images, and "
        f"{spread(ours[:, 1])}; of {len(near)} likely settings “{best}” comes nearest: "
        f"{row['d_loss_sum']:.2f} and {row['g_loss']:.2f} (losses.csv)",
        decide(met, near[best] < 0.1),
        "the source states neither optimizer nor dropout rate, nor whether it adds or averages",
    )


@claim("B", "images like digits after 20 epochs, noise before", "dcgan_selu")
def digits_after_20_epochs(runs):
    """Reproduced if over half of the samples are within the real images' manifold."""
    precision = metrics(runs, "precision")
    return Finding(
        f"precision {spread(precision)}; of other real digits "
        f"{metrics(runs, 'precision', 'real')[0]:.2f}",
        decide(precision.mean() > 0.5),
        "precision: the share of samples as near to a real digit as real digits are to each other",
    )


@claim("B", "after 100 epochs the generator is stuck on a few digits (1, 5, 7)")
def collapse_by_epoch_100():
    """Reproduced if the three make up 90 % of the samples, partly if their share grows by half."""
    table = results.read("digits")
    table = table[table["recipe"] == "dcgan_selu"].sort_values("epoch")
    counts = table[[f"read_as_{digit}" for digit in range(10)]].to_numpy()
    shares = counts / counts.sum(axis=1, keepdims=True)
    few = shares[:, [1, 5, 7]].sum(axis=1)
    epochs = table["epoch"].to_numpy()
    early = few[epochs == 20][0]
    return Finding(
        f"1, 5 and 7 make up {percent(early, 0)} of {counts[0].sum():,} samples after 20 epochs "
        f"and {percent(few[-1], 0)} after {epochs[-1]} (one seed, digits.csv); the rarest digit "
        f"still {percent(shares[-1].min())}",
        decide(few[-1] > 0.9, few[-1] > 1.5 * early),
        "the drift is there, and towards 1 and 7; all ten digits are still drawn",
    )


# C: a DCGAN and a conditional one


@claim("C", "the DCGAN falls into one mode: one digit", "dcgan_leaky")
def one_mode(runs):
    """Reproduced if one digit makes up 90 %; partly if settings left open lead to that."""
    largest = np.array([run.shares.max() for run in runs])
    table = results.read("collapsed")
    final = table[(table["experiment"] == "held back") & (table["epoch"] == table["epoch"].max())]
    few = final["commonest_three"]
    return Finding(
        f"the commonest digit makes up {spread(largest, percent)}, and all "
        f"{int(metrics(runs, 'modes_covered').min())} are drawn. With five steps of G for one of "
        f"D, at a fifth of G's rate, three digits make up at least {percent(few.min())} in each "
        f"of {len(final)} seeds (collapsed.csv)",
        decide(largest.mean() > 0.9, len(final) and few.min() > 0.9),
        "it hangs on two numbers that the source leaves open: how many steps of G, and D's rate",
    )


@claim("C", "the conditional DCGAN's images and neighbours show all digits", "cdcgan_pooling")
def all_digits(runs):
    """Reproduced if over 90 % of the samples are read as the digit asked for."""
    accuracy = metrics(runs, "label_accuracy")
    return Finding(
        f"{spread(accuracy, percent)} of {runs[0].judged['count']:,} samples are read as "
        f"the digit asked for, the worst one {percent(min(map(worst_class, runs)))}",
        decide(accuracy.mean() > 0.9),
    )


@claim("C", "the conditional DCGAN's FID is much better", "dcgan_leaky", "cdcgan_pooling")
def better_distance(plain, conditional):
    """Reproduced if the distance is less than half."""
    first, second = (metrics(runs, "frechet_distance") for runs in (plain, conditional))
    return Finding(
        f"Fréchet distance {spread(first)} and {spread(second)}, features of the kit's classifier",
        decide(second.mean() < first.mean() / 2, second.mean() < first.mean()),
        "the source does not name the features of its FID",
    )


@claim(
    "C",
    "the conditional DCGAN's losses fluctuate more and end lower",
    "dcgan_leaky",
    "cdcgan_pooling",
)
def curves(plain, conditional):
    """Reproduced if both hold for both losses, partly if some do."""
    strays, ends = [], []
    for runs in (plain, conditional):
        strays.append([np.mean([r.curves[f"{n}_deviation"] for r in runs]) for n in LOSSES])
        ends.append([np.mean([last(run, name) for run in runs]) for name in LOSSES])
    held = [*np.greater(strays[1], strays[0]), *np.less(ends[1], ends[0])]
    described = [f"D's {a:.2f} and {b:.2f}, G's {c:.2f} and {d:.2f}" for (a, c), (b, d) in
                 (strays, ends)]  # fmt: skip
    return Finding(
        f"they stray from their mean by {described[0]}; they end at {described[1]} (DCGAN first)",
        decide(all(held), any(held)),
    )


@claim("C", "3.32 s an epoch for the DCGAN, 53.02 s for the other", "dcgan_leaky", "cdcgan_pooling")
def seconds(plain, conditional):
    """Reproduced if the ratio is within a factor of two of the reported one, 16."""
    first, second = (
        np.mean([run.history["seconds"].mean() for run in runs]) for runs in (plain, conditional)
    )
    ratio = second / first
    return Finding(
        f"{first:.0f} s and {second:.0f} s on {plain[0].run['trained'][0]['device']}: "
        f"{ratio:.1f} times as long, where the source has 16 times",
        decide(8 < ratio < 32, ratio > 2),
        "the source states no filters, and its conditional networks may have been larger",
    )


@claim("C", "on photographs the conditional DCGAN fails visibly", "cdcgan_pooling_on_flowers")
def photographs(runs):
    """Reproduced if less than half of the photographs have a sample among their neighbours.

    Partly if their share is less than three quarters of what other photographs come to.
    """
    coverage, others = metrics(runs, "coverage"), metrics(runs, "coverage", "real")
    return Finding(
        f"on the photographs of flowers, by class: coverage {spread(coverage)} in pixels, of other "
        f"photographs {spread(others)}; Fréchet distance "
        f"{spread(metrics(runs, 'frechet_distance'), '{:.0f}'.format)} and "
        f"{spread(metrics(runs, 'frechet_distance', 'real'), '{:.0f}'.format)}",
        decide(coverage.mean() < 0.5, coverage.mean() < 0.75 * others.mean()),
        "blotches in the colours of the class, and pixels are mostly about colours; flowers stand "
        "in for its photographs of a conveyor belt, which are not published; its two more dense "
        "layers are left out",
    )


# D: the PyTorch tutorial's DCGAN


@claim("D", "G's loss starts high and levels out after some thousand iterations", "dcgan_tutorial")
def levels_out(runs):
    """Reproduced if it starts a fifth above its lowest, and then strays by less than a fifth.

    Then: from the second tenth of the training on, in the means of its tenths. Partly if one holds.
    """
    curve = np.mean([run.curves["g_loss"] for run in runs], axis=0)
    tenths = np.array([part.mean() for part in np.array_split(curve, 10)[1:]])
    high = curve[0] > 1.2 * tenths.min()
    level = np.abs(tenths - tenths.mean()).max() < 0.2 * tenths.mean()
    steps = runs[0].steps
    return Finding(
        f"{curve[0]:.2f} over the first {steps // 100:,} iterations, from {tenths.min():.2f} to "
        f"{tenths.max():.2f} in the tenths that follow, and {tenths[-1]:.2f} in the last",
        decide(high and level, high or level),
    )


@claim("D", "D's loss stays level", "dcgan_tutorial")
def stays_level(runs):
    """Reproduced if the means of both halves differ by less than a fifth."""
    curve = np.mean([run.curves["d_loss"] for run in runs], axis=0)
    first, second = (half.mean() for half in np.array_split(curve, 2))
    level = abs(second - first) < 0.2 * first
    return Finding(f"{first:.2f} in the first half, {second:.2f} in the second", decide(level))


@claim("D", "5 to 6 minutes on a T4", "dcgan_tutorial")
def minutes(runs):
    """There is no T4 here."""
    return Finding(
        f"{spread([run.run['minutes'] for run in runs], '{:.1f}'.format)} minutes on "
        f"{runs[0].run['trained'][0]['device']}",
        CANNOT,
        "no GPU was at hand",
    )


@claim("D", "generated digits over the iterations", "dcgan_tutorial")
def tutorial_digits(runs):
    """Reproduced if over half of the samples are within the real images' manifold."""
    return digits_after_20_epochs(runs)


# E: three conditional GANs

EXPERIMENTS = ("cgan_relu", "cgan_leaky", "cgan_dense")


@claim(
    "E",
    "grids with a digit a row: clear digits of the class asked for",
    *EXPERIMENTS,
    "cgan_dense_float32",
)
def rows_of_one_digit(*recipes):
    """Reproduced if over 90 % are read as asked for in all three, partly if in one."""
    *recipes, in_float32 = recipes
    accuracies = [metrics(runs, "label_accuracy").mean() for runs in recipes]
    *each, again = [spread(metrics(runs, "label_accuracy"), percent) for runs in
                    (*recipes, in_float32)]  # fmt: skip
    return Finding(
        f"{', '.join(each)} are read as the digit asked for; of the last, in float32, {again}",
        decide(min(accuracies) > 0.9, max(accuracies) > 0.9),
    )


@claim("E", "varied digits", *EXPERIMENTS)
def varied(*recipes):
    """Reproduced if over half of the real digits have a sample among their neighbours."""
    coverage = [metrics(runs, "coverage").mean() for runs in recipes]
    return Finding(
        f"coverage {', '.join(spread(metrics(runs, 'coverage')) for runs in recipes)}; other real "
        f"digits {metrics(recipes[0], 'coverage', 'real')[0]:.2f}",
        decide(min(coverage) > 0.5, max(coverage) > 0.5),
        "coverage: the share of real digits with a sample nearer than their fifth real neighbour",
    )


@claim("E", "a D loss near 0.5 is expected", *EXPERIMENTS)
def near_a_half(*recipes):
    """Reproduced if all three end within 0.1 of it, partly if one does."""
    ends = [np.array([last(run, "d_loss") for run in runs]) for runs in recipes]
    near = [abs(end.mean() - 0.5) < 0.1 for end in ends]
    return Finding(
        f"at the end {', '.join(map(spread, ends))}",
        decide(all(near), any(near)),
        "an undecided discriminator has 0.69, so 0.5 means one that is ahead",
    )


@claim("E", "a falling G loss is expected", *EXPERIMENTS)
def falls(*recipes):
    """Reproduced if in all three the last fifth is below the second one, partly if in one."""
    means = [np.mean([run.curves["g_loss"] for run in runs], axis=0) for runs in recipes]
    parts = [(curve[20:40].mean(), curve[80:].mean()) for curve in means]
    falling = [late < early for early, late in parts]
    return Finding(
        "from the second fifth of the training to the last: "
        + ", ".join(f"{early:.2f} to {late:.2f}" for early, late in parts),
        decide(all(falling), any(falling)),
        "the first fifth is left out, in which D is far ahead",
    )


LOSSES = ("d_loss", "g_loss")


def last(run, name):
    """Returns the mean of a logged value over the last epoch."""
    return run.history[name].iloc[-1]


def worst_class(run):
    """Returns the share of the class that is least often read as asked for."""
    return min(run.judged["classes"]["accuracy by class"].values())
