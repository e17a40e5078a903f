"""A report of `gankit.metrics.judge` as text for people."""

import math

from gankit.metrics.judge import SETS

WIDTH = 22  # of a column of the printed table
MOST_CLASSES = 10  # of a histogram that is printed
ERRORS = {"kernel_distance": "_error", "inception_score": "_deviation"}
FID_NAMES = {"frechet_distance": "FID", "kernel_distance": "KID"}
OTHER_NAMES = {  # FID and Inception score are names for Inception's features
    "frechet_distance": "Fréchet distance",
    "kernel_distance": "kernel distance",
    "inception_score": "classifier score",
}


def format_report(report):
    """Returns a report as text for people: a table with a column for each yardstick."""
    lines = [
        f"{report['count']:,} images each, {report['features']:,} features of "
        f"{report['extractor']}, seed {report['seed']}",
        f"{'':<24}" + "".join(f"{name:>{WIDTH}}" for name in SETS),
    ]
    names = FID_NAMES if report["extractor"] == "inception_v3" else OTHER_NAMES
    for metric, values in report["metrics"].items():
        errors = report["metrics"].get(f"{metric}{ERRORS.get(metric)}", {})
        if metric.endswith(tuple(ERRORS.values())):
            continue
        cells = [_cell(values[name], errors.get(name)) for name in SETS if name in values]
        lines.append(f"{names.get(metric, metric.replace('_', ' ')):<24}" + "".join(cells))
    for name, histogram in report.get("classes", {}).items():
        if len(histogram) > MOST_CLASSES:
            continue
        if name in SETS:
            lines.append(f"read in {name:<16}" + "".join(f"{each:>7}" for each in histogram))
        else:
            shares = "".join(f"{each:>7.1%}" for each in histogram.values())
            lines.append(f"{name:<24}{shares}")
    if "memorisation" in report:
        lines += _memorisation_lines(report["memorisation"])
    else:
        lines.append("memorisation: not judged, because all real images were trained on")
    return "\n".join(lines)


def _cell(value, error=None):
    if value is None:
        return f"{'infinite':>{WIDTH}}"
    if isinstance(value, int):
        return f"{value:>{WIDTH},}"
    text = f"{value:.4g}"
    if error is not None:  # both to as many places as the larger one needs for three digits
        places = max(0, 2 - math.floor(math.log10(max(abs(value), error, 1e-9))))
        text = f"{value:.{places}f} +- {error:.{places}f}"
    return f"{text:>{WIDTH}}"


def _memorisation_lines(report):
    yield (
        f"nearest of {report['training']:,} training images, {report['count']:,} samples beside as "
        "many unseen real images:"
    )
    for name, each in report.items():
        if isinstance(each, dict):
            yield (
                f"  in {name:<18} sample nearer in {each['nearer']:.1%} of pairs (50%: as near as "
                f"real); median {each['samples']:.3g}, of unseen {each['held_out']:.3g}"
            )
