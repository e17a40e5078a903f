"""The page's part on tuned recipes: the same layers, trained as one would today."""

from gankit import results
from gankit.recipes import RECIPES
from gankit.report.claims import percent, spread
from gankit.report.markdown import markdown_table

INTRODUCTION = """## Better than reported

A recipe `NAME_tuned` has the layers of `NAME` and sees no more real images than its source's. The
training is another. All learning rates fall to 0. For digits without labels the noise comes in
clusters (Mukherjee et al., 2019). Where there are no labels and the discriminator has no batch
normalisation, it compares pairs of a real and a fake image, with a penalty on its steepness at both
(Huang et al., 2024). With labels real images under wrong labels count as fake, too (Reed et al.,
2016). Source A's dense models begin at the principal components of the photographs.
`gankit show NAME_tuned` lists all changes.

"""
ALONE = """
What each change brings alone, and what is lost without it, for one recipe of photographs, one of
digits without labels and one with: [`tuned.csv`](../gankit/results/tuned.csv),
`python results/tuned.py`; {dtype}, seed 0. "Averaged weights": those of the generator, with Keras'
`use_ema`; no tuned recipe has them. Seconds compare only roughly: the machine did other work as
well.
"""
EACH = """
`{recipe}`, {images:,} real images seen, {samples:,} samples{judged}:

"""
STACKED = """
Stacked MNIST, 1,000 modes, without labels unless the name says otherwise:
[`stacked.csv`](../gankit/results/stacked.csv) (`python results/stacked.py`), source C's DCGAN with
three channels, float32, {samples:,} samples, seed 0.

"""


def tuned_part(found):
    """Returns the part, Markdown: before and after, each change alone, and Stacked MNIST."""
    return INTRODUCTION + _before_and_after(found) + _each_change() + _stacked()


def _before_and_after(found):
    rows = []
    for name, runs in found.items():
        source = name.removesuffix("_tuned")
        if source == name or source not in found:
            continue
        pair = found[source], runs
        rows.append((
            f"`{name}`",
            " → ".join(f"{each[0].steps * each[0].run['batch_size']:,}" for each in pair),
            " → ".join(_metric(each, "frechet_distance", "{:.3g}".format) for each in pair),
            " → ".join(_metric(each, "label_accuracy", percent) for each in pair)
            if RECIPES[name].conditional
            else "",
            " → ".join(_minutes(each) for each in pair),
        ))  # fmt: skip
    head = ("recipe", "real images seen", "Fréchet distance", "as asked for", "minutes")
    return markdown_table(head, rows)


def _minutes(runs):
    return spread([run.run["minutes"] for run in runs], "{:.1f}".format)


def _each_change():
    table = results.read("tuned")
    table = table[table["seed"] == 0]
    part = ALONE.format(dtype=table["dtype"].iloc[0])
    for recipe, rows in table.groupby("recipe", sort=False):
        digits, asked = RECIPES[recipe].images == "mnist", RECIPES[recipe].conditional
        part += EACH.format(
            recipe=recipe,
            judged="" if digits else ", judged by their pixels",
            **{name: rows[name].iloc[0] for name in ("images", "samples")},
        )
        head = ["training", "batches", "seconds", "Fréchet distance"]
        head += ["rarest and commonest digit"] * digits + ["as asked for"] * asked
        part += markdown_table(head, [_cells(row)[: len(head)] for _, row in rows.iterrows()])
    return part


def _cells(row):
    """Returns all that may stand in a row, in order; a recipe's table has the first of these."""
    return (
        _quoted(row["training"]),
        f"{row['steps']:,} of {row['batch_size']}",
        row["seconds"],
        f"{row['frechet_distance']:.1f}",
        f"{percent(row['rarest_digit'])} and {percent(row['commonest_digit'])}",
        percent(row["label_accuracy"]),
    )


def _quoted(training):
    """Returns a training's name, in quotes what is left out: it may begin with "no"."""
    tuned, without, change = training.partition(", without ")
    return f'{tuned}{without}"{change}"' if without else training


def _stacked():
    table = results.read("stacked")
    table = table[table["seed"] == 0]
    last = table.loc[table.groupby("experiment", sort=False)["steps"].idxmax()]
    rows = [
        (
            row["experiment"],
            f"{row['steps']:,} of {row['batch_size']}",
            row["seconds"],
            row["modes"],
            f"{row['reverse_kl']:.2f}",
        )
        for _, row in last.sort_values("modes").iterrows()
    ]
    head = ("GAN", "batches", "seconds", "modes of 1,000", "KL divergence")
    return STACKED.format(samples=last["samples"].iloc[0]) + markdown_table(head, rows)


def _metric(runs, name, form):
    return spread([run.metric(name) for run in runs], form)
