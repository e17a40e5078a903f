"""The page docs/results.md, and the short table of README, from what was measured."""

from collections import Counter
from pathlib import Path

from gankit import weights
from gankit.data.files import write_atomic
from gankit.recipes import RECIPES
from gankit.report.claims import CANNOT, CLAIMS, NOT, PARTLY, REPRODUCED, percent, spread
from gankit.report.markdown import markdown_table
from gankit.report.measured import read_results
from gankit.report.tuned import tuned_part

BEGIN, END = "<!-- results: written by gankit report -->", "<!-- results end -->"
SOURCES = {
    "A": ("dense_flowers",),
    "B": ("dcgan_selu",),
    "C": ("dcgan_leaky", "cdcgan_pooling"),
    "D": ("dcgan_tutorial",),
    "E": ("cgan_relu", "cgan_leaky", "cgan_dense"),
}
VERDICTS = (REPRODUCED, PARTLY, NOT, CANNOT)
INTRODUCTION = """# Reported, and measured here

This page is written by `gankit report` from the files in [`results`](../results) and
[`gankit/results`](../gankit/results), never by hand. `make results` makes those files; the command
of each run stands in its `run.json`. A mean over several seeds is followed by the lowest and the
highest value. Fréchet distance, precision and coverage are of features of the kit's own classifier
of digits, or of pixels for flowers, so the distance is no FID, and flowers and digits cannot be
compared. The rule of each verdict stands in
[`gankit/report/claims.py`](../gankit/report/claims.py).
"""
READY = """## Ready to sample

`gankit sample NAME` and `gankit.pretrained(NAME)` draw from these generators, {total:.1f} MB in
all, with no training and no network. They are packed: weights are kept in six bits, and a kernel
of over four million numbers as the product of two smaller ones. The last column says what that
changes: the mean change of a pixel, in steps of 256, and the share of pixels that change by more
than two. The other figures were measured before it. `gankit.weights.card(NAME)` has the rest.

"""


def write_report(folder="results", out="docs/results.md", readme="README.md"):
    """Writes the page, and the short table into README where its two marks are.

    Returns:
        The paths that were written.
    """
    found = read_results(folder)
    out, readme = Path(out), Path(readme)
    out.parent.mkdir(parents=True, exist_ok=True)
    contents = {out: page(found)}
    if readme.exists() and BEGIN in (text := readme.read_text()):
        before, _, rest = text.partition(BEGIN)
        contents[readme] = f"{before}{BEGIN}\n{short_table(found)}{END}{rest.partition(END)[2]}"
    for path, content in contents.items():
        write_atomic(path, lambda part, content=content: part.write_text(content))
    return list(contents)


def page(found):
    """Returns docs/results.md, Markdown, from what `read_results` returns."""
    parts = [
        INTRODUCTION,
        *(_source_part(source, found) for source in SOURCES),
        _runs_part(found),
        tuned_part(found),
        _cards_part(),
    ]
    return "\n".join(part for part in parts if part)


def short_table(found):
    """Returns the eight recipes in short, Markdown: a picture each, the figure, the verdicts."""
    rows = []
    for source, recipes in SOURCES.items():
        for recipe in recipes:
            if recipe not in found:
                continue
            first = found[recipe][0]
            picture = f"results/{recipe}/{first.folder.name}/{first.last_sheet.name}"
            title = f"`{recipe}`<br>{source}: {RECIPES[recipe].title}"
            verdicts = _tally(claim for claim in CLAIMS if recipe in _decided_by(claim, found))
            shown = f'<img src="{picture}" width="150" alt="samples of {recipe}">'
            rows.append((shown, title, _in_short(found[recipe]), verdicts(found)))
    head = ("samples", "recipe", "measured", "the source's claims")
    return markdown_table(head, rows)


def _decided_by(claim, found):
    """The recipes that a claim is about; B's claims about tables alone are about its one."""
    names = claim.recipes or SOURCES[claim.source]  # of runs, whose recipes may have other names
    return {found[name][0].run["recipe"] if name in found else name for name in names}


def _tally(claims):
    claims = list(claims)

    def counted(found):
        counts = Counter(claim.finding(found).verdict for claim in claims)
        order = (*VERDICTS, *(verdict for verdict in counts if verdict not in VERDICTS))
        return ", ".join(f"{counts[verdict]} {verdict}" for verdict in order if counts[verdict])

    return counted


def _in_short(runs):
    of_what = " in pixels" if runs[0].judged["extractor"] == "pixels" else ""
    parts = [f"Fréchet distance{of_what} {_metric(runs, 'frechet_distance')}"]
    if "label_accuracy" in runs[0].judged["metrics"]:
        parts.append(f"{_metric(runs, 'label_accuracy', percent)} as asked for")
    return "<br>".join(parts)


def _metric(runs, name, form="{:.3g}".format):
    return spread([run.metric(name) for run in runs], form)


def _source_part(source, found):
    recipe = RECIPES[SOURCES[source][0]]
    rows = []
    for claim in CLAIMS:
        if claim.source == source:
            finding = claim.finding(found)
            rows.append((claim.reports, finding.measured, f"**{finding.verdict}**", finding.why))
    head = ("reported", "measured here", "verdict", "why")
    return f"## {recipe.source}\n\n{markdown_table(head, rows)}"


def _runs_part(found):
    rows = []
    for recipe, runs in found.items():
        for run in runs:
            config = run.run
            path = f"../results/{recipe}/{run.folder.name}"
            asked = run.judged["metrics"].get("label_accuracy")
            spoken = run.judged["extractor"] == "mnist_classifier"
            classes = (
                f"{percent(run.shares.min())} and {percent(run.shares.max())}" if spoken else ""
            )
            rows.append((
                f"[`{recipe}`]({path})",
                config["seed"],
                config["precision"],
                f"{run.steps:,} of {config['batch_size']}",
                config["minutes"],
                f"{run.metric('frechet_distance'):.3g}",
                f"{run.metric('precision'):.2f}",
                f"{run.metric('coverage'):.2f}",
                classes,
                percent(asked["samples"]) if asked else "",
            ))  # fmt: skip
    head = (
        "recipe",
        "seed",
        "precision",
        "batches",
        "minutes",
        "Fréchet distance",
        "precision",
        "coverage",
        "rarest and commonest class",
        "as asked for",
    )
    return f"## Every run\n\n{_circumstances(found)}\n\n{markdown_table(head, rows)}"


def _circumstances(found):
    """Devices, versions and counts of all runs, in a sentence."""
    runs = [run for each in found.values() for run in each]
    parts = [part for run in runs for part in run.run["trained"]]
    devices = sorted({part["device"] for part in parts})
    versions = sorted({_versions(part["versions"]) for part in parts})
    counts = sorted({run.judged["count"] for run in runs})
    samples = " or ".join(f"{count:,}" for count in counts)
    return (
        f"Trained on {' or '.join(devices)}, with {' or '.join(versions)}; judged by {samples} "
        "samples with seed 0, beside as many real images. Some minutes were measured beside other "
        "work."
    )


def _versions(versions):
    names = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras", "numpy": "NumPy"}
    return ", ".join(f"{names[name]} {versions[name]}" for name in names)


def _cards_part():
    rows = []
    for name in weights.names():
        card = weights.card(name)
        asked = card["metrics"].get("label_accuracy")
        rows.append((
            f"`{name}`",
            f"{card['steps']:,} batches, {card['images']:,} images",
            card["data"].partition(", from ")[0],
            card["licence"],
            f"{card['metrics']['frechet_distance']:.3g}",
            percent(asked) if asked else "",
            f"{card['bytes'] / 1e6:.2f} MB",
            f"{card['packing']['mean']:.2f}, {percent(card['packing']['share_over_2'])}",
        ))  # fmt: skip
    head = (
        "name",
        "trained on",
        "data",
        "licence of the data",
        "Fréchet distance",
        "as asked for",
        "size",
        "change by packing",
    )
    total = sum(weights.card(name)["bytes"] for name in weights.names()) / 1e6
    return READY.format(total=total) + markdown_table(head, rows)
