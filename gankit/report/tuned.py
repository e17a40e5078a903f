"""The page's part on tuned recipes: the same layers, trained as one would today."""

from gankit import results
from gankit.recipes import RECIPES
from gankit.report.claims import percent, spread
from gankit.report.markdown import markdown_table

INTRODUCTION = """## Better than reported

A recipe `NAME_tuned` has the layers of `NAME` and sees no more real images than its source's. The
training is another. All learning rates fall to 0. Without labels the noise comes in clusters
(Mukherjee et al., 2019), and where the discriminator has no batch normalisation, it compares pairs
of a real and a fake image, with a penalty on its steepness at both (Huang et al., 2024). With
labels real images under wrong labels count as fake, too (Reed et al., 2016).
`gankit show NAME_tuned` lists all changes.

"""
ALONE = """
What each change brings alone, and what is lost without it, for one recipe without labels and one
with: [`tuned.csv`](../gankit/results/tuned.csv), `python results/tuned.py`; {dtype}, {samples:,}
samples, seed 0. "Averaged weights": those of the generator, with Keras' `use_ema`; no tuned recipe
has them. Seconds compare only roughly: the machine did other work as well.
"""
EACH = """
`{recipe}`, {images:,} real images seen:

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
    part = ALONE.format(**{name: table[name].iloc[0] for name in ("dtype", "samples")})
    for recipe, rows in table.groupby("recipe", sort=False):
        part += EACH.format(recipe=recipe, images=rows["images"].iloc[0])
        asked = RECIPES[recipe].conditional
        head = ("training", "batches", "seconds", "Fréchet distance", "rarest and commonest digit")
        part += markdown_table(
            (*head, "as asked for") if asked else head,
            [
                (
                    _quoted(row["training"]),
                    f"{row['steps']:,} of {row['batch_size']}",
                    row["seconds"],
                    f"{row['frechet_distance']:.1f}",
                    f"{percent(row['rarest_digit'])} and {percent(row['commonest_digit'])}",
                    *([percent(row["label_accuracy"])] if asked else []),
                )
                for _, row in rows.iterrows()
            ],
        )
    return part


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
