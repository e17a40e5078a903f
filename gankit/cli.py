"""The `gankit` command.

What the user got wrong is answered in one line and with exit code 2, before TensorFlow is
imported wherever that can be known. A training that broke down exits with 1.
"""

import argparse
import contextlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import gankit  # lazy: its parts are imported when they are first used
from gankit.errors import InputError, TrainingDiverged
from gankit.recipes import RECIPES, get_recipe
from gankit.recipes.recipe import PRECISIONS, SCALES


def main(argv=None):
    """Runs the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal may lack a letter, as the é of Fréchet
            stream.reconfigure(errors="backslashreplace")
    goes_on = ""
    try:
        arguments = _parser().parse_args(argv)
        goes_on = ". The same command with --resume goes on" if "resume" in arguments else ""
        arguments.run(arguments)
    except InputError as error:
        print(f"gankit: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except TrainingDiverged as error:
        print(f"gankit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ngankit: stopped{goes_on}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `gankit show dcgan_selu | head`
        sys.stderr.close()
        return 0
    except OSError as error:  # a full disk, say, in the middle of training
        print(f"gankit: {error}{goes_on}", file=sys.stderr)
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise InputError(f"{message}. See {self.prog} --help")


def _parser():
    parser = _Parser(prog="gankit", description="Train and study GANs: a course kit.")
    parser.add_argument("--version", action="version", version=f"gankit {gankit.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    commands.add_parser("list", help="name all recipes").set_defaults(run=_list)

    command = commands.add_parser("show", help="what a recipe's source states, and what we chose")
    command.add_argument("recipe")
    command.set_defaults(run=_show)

    # the options that a training and a search have in common
    shared = _Parser(add_help=False)
    shared.add_argument("recipe")
    scales = "; ".join(f"{name}: {meaning}" for name, meaning in SCALES.items())
    shared.add_argument("--scale", help=f"{scales}. By default GANKIT_SCALE, else lesson")
    shared.add_argument(
        "--images",
        type=_absolute,
        metavar="NAME|FOLDER|FILE",
        help="an image set by name (mnist, fashion_mnist, cifar10, oxford_flowers102, "
        "synthetic_flowers), a folder of images or of original idx files, a .npz or a .csv file; "
        "by default the recipe's",
    )
    shared.add_argument("--limit", type=_integer(1), help="take at most so many images")
    shared.add_argument(
        "--size",
        type=_integer(1),
        metavar="PIXELS",
        help="side of photographs, where the recipe's models fit it; by default the recipe's own",
    )
    shared.add_argument("--epochs", type=_integer(1))
    shared.add_argument("--seed", type=_integer(0), help="0 by default")
    shared.add_argument("--out", type=Path, metavar="DIR", help="by default in runs/")
    shared.add_argument("--resume", action="store_true", help="go on with what --out holds, if any")

    command = commands.add_parser("train", parents=[shared], help="train a recipe into a folder")
    command.add_argument("--batch-size", type=_integer(1))
    command.add_argument(
        "--precision", choices=PRECISIONS, help="float32 by default; auto: the device's fastest"
    )
    command.set_defaults(run=_train)

    trained = _Parser(add_help=False)  # what can be sampled from
    trained.add_argument(
        "trained",
        metavar="RUN|NAME",
        help="a run's folder, or the name of a trained generator that comes with gankit",
    )

    about = "generate images with a run's generator, or with one that comes with gankit"
    command = commands.add_parser("sample", parents=[trained], help=about)
    command.add_argument("--count", type=_integer(1), help="by default 64, or 100 if conditional")
    command.add_argument(
        *("--digit", "--label"),
        dest="labels",
        type=int,
        action="append",
        metavar="CLASS",
        help="the class to draw, in turn if given several times; for conditional runs, which draw "
        "all classes in turn without it",
    )
    command.add_argument("--seed", type=_integer(0), default=0)
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE.png|FILE.npz",
        help="by default RUN/samples.png, or NAME.png here",
    )
    command.set_defaults(run=_sample)

    about = "write a generator as a file that other programs run"
    command = commands.add_parser("export", parents=[trained], help=about)
    command.add_argument("--format", choices=["onnx"], default="onnx", help="onnx by default")
    command.add_argument(
        "--out", type=Path, metavar="FILE.onnx", help="by default RUN/generator.onnx or NAME.onnx"
    )
    command.set_defaults(run=_export)

    command = commands.add_parser("evaluate", help="judge a run by all metrics, write metrics.json")
    command.add_argument("folder", metavar="RUN", type=Path)
    command.add_argument("--count", type=_integer(100), default=10_000, help="10,000 by default")
    command.add_argument(
        "--extractor",
        metavar="NAME",
        default="auto",
        help="mnist_classifier, inception_v3 or pixels; by default what suits the run's images",
    )
    command.add_argument(
        "--inception-weights",
        metavar="FILE",
        help="InceptionV3's ImageNet weights, where Keras cannot download them; asks for FID",
    )
    command.add_argument("--seed", type=_integer(0), default=0)
    command.add_argument("--json", action="store_true", help="print what metrics.json holds")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser(
        "search",
        parents=[shared],
        help="search for the discriminator's optimizer, learning rate, dropout and batch size",
    )
    command.add_argument("--minutes", type=_integer(1), default=30, help="30 by default: a budget")
    command.add_argument("--trials", type=_integer(1), help="stop after so many, if time is left")
    command.set_defaults(run=_search, batch_size=None, precision=None)

    command = commands.add_parser(
        "report", help="write docs/results.md: what the sources report beside what was measured"
    )
    command.add_argument(
        "folder", nargs="?", type=Path, default=Path("results"), help="by default results"
    )
    command.add_argument(
        "--out", type=Path, default=Path("docs/results.md"), metavar="FILE.md",
        help="by default docs/results.md",
    )  # fmt: skip
    command.set_defaults(run=_report)
    return parser


def _integer(least):
    def parse(text):
        if not text.isdecimal() or not least <= int(text) < 2**31:
            expected = f"an integer from {least} to 2^31-1"
            raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}")
        return int(text)

    return parse


def _list(arguments):
    width = max(map(len, RECIPES))
    for recipe in RECIPES.values():
        print(f"{recipe.name:<{width}} {recipe.title}")
        print(f"{'':<{width}} source {recipe.source}")
        print(f"{'':<{width}} needs {_images_of(recipe)}: {recipe.full.describe()}")


def _images_of(recipe):
    shape = "x".join(map(str, recipe.image_shape))
    return f"{recipe.images}, {shape}" + (", with labels" if recipe.conditional else "")


def _show(arguments):
    recipe = get_recipe(arguments.recipe)
    print(f"{recipe.name}: {recipe.title}\nsource {recipe.source}")
    classes = f" of {recipe.num_classes} classes" if recipe.conditional else ""
    changes = ", ".join(f"{name} {value}" for name, value in recipe.augment)
    batches = "two batches" if recipe.separate_batches else "one batch"
    settings = (
        f"images: {_images_of(recipe)}{classes}",
        f"augmentation: {changes or 'none'}",
        *(
            ["the discriminator sees all images, real or fake, with other colours and shifted"]
            if recipe.diff_augment
            else []
        ),
        *(
            ["first weights beside the pixels: the images' principal components"]
            if recipe.principal_components
            else []
        ),
        *([f"dropout: {recipe.dropout:g}"] if recipe.dropout is not None else []),
        *(
            [f"loss: of pairs, with penalties of weight {recipe.gamma:g}"]
            if recipe.gamma is not None
            else []
        ),
        *(
            [f"loss on real images under wrong labels: weight {recipe.wrong_labels:g}"]
            if recipe.wrong_labels
            else []
        ),
        f"noise: {recipe.latent_dim - recipe.clusters} numbers from N(0, 1)"
        + (f", and which of {recipe.clusters} clusters it is from" if recipe.clusters else ""),
        f"discriminator: {recipe.d_optimizer.describe()}",
        f"generator: {recipe.g_optimizer.describe()}",
        f"generator steps for each discriminator step: {recipe.generator_steps}",
        f"real and fake images pass the discriminator in {batches}",
    )
    for title, lines in (
        ("The source states", recipe.stated),
        ("Left open; we chose", recipe.chosen),
        ("The source reports", recipe.reported),
        ("So the kit trains with", settings),
        ("At scale", [f"{scale}: {recipe.at_scale(scale).describe()}" for scale in SCALES]),
    ):
        if lines:
            print(f"\n{title}:")
        for line in lines:
            print(f"  - {line}")
    for title, table in _tables(recipe):
        print(f"\n{title}:\n{table}")


def _tables(recipe):
    """The layer tables as the source prints them, or else of the models as the kit builds them."""
    from gankit.models import tables

    if recipe.name in tables.REPORTED_TABLES:
        totals = tables.REPORTED_TOTALS[recipe.name]
        for name, rows in tables.REPORTED_TABLES[recipe.name].items():
            yield f"{name}, as reported", tables.format_table(rows, totals[name])
        return
    gan = recipe.build()
    for model in (gan.generator, gan.discriminator):
        table = tables.format_table(tables.layer_table(model), tables.layer_totals(model))
        yield f"{model.name}, as built", table


def _train(arguments):
    recipe = get_recipe(arguments.recipe)
    out = arguments.out or Path("runs") / recipe.name
    if arguments.resume and (out / "config.json").exists():
        run = gankit.runs.Run(out)
        config = _resumed(arguments, run)
    else:
        run = None
        gankit.runs.check_free(out)
        config = _fresh(arguments, recipe)

    image_set = _load(config, arguments.size)
    if config["batch_size"] > len(image_set):
        about, expected = "A batch cannot be filled", f"at least {config['batch_size']} images"
        raise InputError(about, expected, image_set, "Take a smaller --batch-size or more images")
    if run and image_set.fingerprint != config["fingerprint"]:
        mend = "Name the same ones with --images, or begin another run with another --out"
        about = f"{out} was trained on other images"
        raise InputError(about, config["image_source"], image_set, mend)

    started = time.perf_counter()
    trained = gankit.runs.train_recipe(recipe, image_set, config, out, run)
    print(
        f"gankit: {_epochs(trained)} in {time.perf_counter() - started:.0f} s. "
        f"Look at {out / 'samples.gif'} and {out / 'losses.png'}.\n"
        f"gankit: next, `gankit sample {out}` for more images"
    )


def _epochs(count):
    return f"{count} epoch" + "s" * (count != 1)


def _load(config, size=None):
    """The image set of a configuration, of exactly the side that was given, if one was."""
    image_set = gankit.load_images(config["images"], limit=config["limit"], size=config["size"])
    if size not in (None, image_set.image_shape[0]):
        about = "--size is for photographs; other images stay as they are"
        raise InputError(about, f"{size}x{size} pixels", image_set)
    return image_set


def _fresh(arguments, recipe):
    """The configuration of a new run: what was given, and the recipe's at that scale."""
    settings = recipe.at_scale(arguments.scale)
    return {
        "recipe": recipe.name,
        "images": arguments.images or recipe.images,
        "limit": arguments.limit or settings.limit,
        "size": arguments.size or recipe.image_shape[0],
        "epochs": arguments.epochs or settings.epochs,
        "batch_size": arguments.batch_size or settings.batch_size,
        "steps_per_epoch": settings.steps_per_epoch,
        "sample_every": settings.sample_every,
        "seed": arguments.seed or 0,
        "precision": arguments.precision or "float32",
    }


def _absolute(images):
    """A path of images as --resume finds it from anywhere; a name as it is."""
    from gankit.data.sources import KNOWN, SYNTHETIC

    named = images in (*KNOWN, SYNTHETIC) or not Path(images).exists()
    return images if named else str(Path(images).resolve())


def _resumed(arguments, run):
    """The configuration of a run that goes on: its own. Only the epochs may be changed."""
    config = dict(run.config)
    scale = vars(get_recipe(arguments.recipe).at_scale(arguments.scale)) if arguments.scale else {}
    given = {**scale, **{k: v for k, v in vars(arguments).items() if v not in (None, "auto")}}
    for name in ("recipe", "limit", "size", "batch_size", "steps_per_epoch", "seed", "precision"):
        if given.get(name, config[name]) != config[name]:
            mend = "Leave it out to go on with the run, or begin another one with another --out"
            raise InputError(f"{run.folder} is a run", f"{name} {config[name]}", given[name], mend)
    config["images"] = arguments.images or config["images"]
    epochs = given.get("epochs", config["epochs"])
    if get_recipe(config["recipe"]).falling and epochs != config["epochs"]:
        about = f"The learning rates of {run.folder} fall to 0 over the epochs it was begun with"
        mend = "Leave --epochs out to go on with the run, or begin another one with another --out"
        raise InputError(about, f"--epochs {config['epochs']}", epochs, mend)
    config["epochs"] = epochs
    if config["epochs"] < run.epochs_done:
        about = f"{run.folder} has {_epochs(run.epochs_done)} behind it"
        raise InputError(about, "at least as many", f"--epochs {config['epochs']}")
    return config


def _sample(arguments):
    recipe, folder, classes = _trained(arguments.trained)
    out = arguments.out or (folder / "samples.png" if folder else Path(f"{recipe}.png"))
    if out.suffix not in (".png", ".npz") or not out.parent.is_dir():
        expected = "an --out that ends in .png or .npz, in a folder that is there"
        raise InputError("No images can be written", expected, out)
    labels = arguments.labels
    if labels and not classes:
        mend = "Leave it out, or sample a conditional recipe"
        raise InputError(f"{recipe} is not conditional, so no --digit can be chosen", mend=mend)
    for label in labels or ():
        if not 0 <= label < classes:
            expected = f"classes from 0 to {classes - 1}, which {arguments.trained} was trained on"
            raise InputError("No such --digit (or --label)", expected, label)

    import numpy as np

    gan, after = _gan(arguments.trained, folder)
    count = arguments.count or (100 if classes else 64)
    labels = np.resize(labels or range(classes), count) if classes else None
    images = gan.sample(count, labels, arguments.seed)
    with _writing(out):
        gankit.runs.save_images(out, images, labels)
    print(f"gankit: {count} images in {out}, {after}")


def _export(arguments):
    recipe, folder, classes = _trained(arguments.trained)
    out = arguments.out or (folder / "generator.onnx" if folder else Path(f"{recipe}.onnx"))
    if out.suffix != ".onnx" or not out.parent.is_dir():
        expected = "an --out that ends in .onnx, in a folder that is there"
        raise InputError("Nothing can be written", expected, out)
    gan, after = _gan(arguments.trained, folder, "float32")
    with _writing(out):
        gankit.runs.export_onnx(out, gan.generator)
    inputs = "noise and labels" if classes else "noise"
    if gan.clusters:
        inputs += f" ({gan.clusters} of its {gan.latent_dim} numbers say which cluster it is from)"
    print(f"gankit: a generator of {inputs} in {out}, {after}")


def _trained(named):
    """The recipe of what was named, its run's folder or None, its number of classes or None."""
    if not Path(named).exists():
        if named in gankit.weights.names():
            return named, None, get_recipe(gankit.weights.card(named)["recipe"]).num_classes
        if named.isidentifier():
            names = ", ".join(gankit.weights.names())
            raise InputError(
                f"{named} is not a run", f"the folder of one, or one of {names}", named
            )
    run = gankit.runs.Run(Path(named))
    return run.config["recipe"], run.folder, run.config["num_classes"]


def _gan(named, folder, precision=None):
    """A GAN, and a word on how long it was trained."""
    if folder is None:
        steps = gankit.weights.card(named)["steps"]
        return gankit.pretrained(named), f"after {steps:,} batches"
    gan, epochs = gankit.runs.Run(folder).load_gan(precision)
    return gan, f"after {_epochs(epochs)}"


@contextlib.contextmanager
def _writing(out):
    try:
        yield
    except OSError as error:
        raise InputError(f"Cannot write {out}: {error.strerror}. Name another --out") from error


def _evaluate(arguments):
    run = gankit.runs.Run(arguments.folder)
    notes = sys.stderr if arguments.json else sys.stdout  # with --json the output is JSON alone
    with contextlib.redirect_stdout(notes):
        chosen = arguments.extractor, arguments.inception_weights
        report = gankit.metrics.evaluate_run(run, arguments.count, *chosen, arguments.seed)
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        print(f"{report['run']}: {report['recipe']}, {_epochs(report['epochs'])}")
        print(gankit.metrics.format_report(report))
    path = arguments.folder / "metrics.json"
    try:
        gankit.runs.write_json(path, report)
        print(f"gankit: in {path}", file=notes)
    except OSError as error:  # the figures took minutes and are printed
        print(f"gankit: cannot write {path}: {error.strerror}", file=sys.stderr)


def _search(arguments):
    recipe = get_recipe(arguments.recipe)
    config = _fresh(arguments, recipe)
    image_set = _load(config, arguments.size)
    recipe.check_labels(image_set)

    from gankit.search import Search, format_search

    out = arguments.out or Path("runs") / f"search_{recipe.name}"
    scale = recipe.at_scale(arguments.scale)
    settings = replace(scale, limit=config["limit"], epochs=config["epochs"])
    search = Search(recipe, image_set, settings, out, config["seed"], arguments.resume)
    search.run(arguments.minutes, arguments.trials)
    print(format_search(search))
    print(f"gankit: in {out / 'trials.csv'} and {out / 'search.png'}; --resume adds trials")


def _report(arguments):
    written = gankit.report.write_report(arguments.folder, arguments.out)
    print(f"gankit: in {' and '.join(map(str, written))}")
