"""The `gankit` command.

What the user got wrong is answered in one line and with exit code 2, before TensorFlow is
imported wherever that can be known. A training that broke down exits with 1.
"""

import argparse
import sys
import time
from pathlib import Path

from gankit import __version__
from gankit.errors import InputError, TrainingDiverged
from gankit.recipes import RECIPES, get_recipe
from gankit.recipes.recipe import PRECISIONS, SCALES

LEAST_EVALUATED = 100  # images


def main(argv=None):
    """Runs the command; returns its exit code."""
    try:
        arguments = _parser().parse_args(argv)
        arguments.run(arguments)
    except InputError as error:
        print(f"gankit: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except TrainingDiverged as error:
        print(f"gankit: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ngankit: stopped. The same command with --resume goes on", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `gankit show dcgan_selu | head`
        sys.stderr.close()
        return 0
    except OSError as error:  # a full disk, say, in the middle of training
        print(f"gankit: {error}. The same command with --resume goes on", file=sys.stderr)
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise InputError(f"{message}. See {self.prog} --help")


def _parser():
    parser = _Parser(prog="gankit", description="Train and study GANs: a course kit.")
    parser.add_argument("--version", action="version", version=f"gankit {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="name all recipes")
    command.set_defaults(run=_list)

    command = commands.add_parser("show", help="what a recipe's source states, and what we chose")
    command.add_argument("recipe")
    command.set_defaults(run=_show)

    command = commands.add_parser("train", help="train a recipe into a run's folder")
    command.add_argument("recipe")
    command.add_argument(
        "--scale",
        help="; ".join(f"{k}: {v}" for k, v in SCALES.items())
        + ". By default GANKIT_SCALE, else lesson",
    )
    command.add_argument(
        "--images",
        metavar="NAME|FOLDER|FILE",
        help="an image set by name (mnist, fashion_mnist, cifar10, "
        "oxford_flowers102, synthetic_flowers), a folder of images or of original idx files, "
        "a .npz or a .csv file; by default the recipe's",
    )
    command.add_argument("--limit", type=_count, help="take at most so many images")
    command.add_argument("--epochs", type=_count)
    command.add_argument("--batch-size", type=_count)
    command.add_argument("--seed", type=_seed, help="0 by default")
    command.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="auto: bfloat16 where the device computes it; float32 by default",
    )
    command.add_argument("--out", type=Path, metavar="DIR", help="by default runs/RECIPE")
    command.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in --out, to the same end as if it had not been "
        "stopped; begin it if there is none",
    )
    command.set_defaults(run=_train)

    command = commands.add_parser("sample", help="generate images with a run's generator")
    command.add_argument("folder", metavar="RUN", type=Path)
    command.add_argument("--count", type=_count, help="64 by default, 100 of a conditional run")
    command.add_argument(
        "--digit",
        type=int,
        action="append",
        metavar="D",
        help="the class to ask for, in turn if given several times; for conditional runs, which "
        "draw all classes in turn without it",
    )
    command.add_argument("--seed", type=_seed, default=0)
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE.png|FILE.npz",
        help="by default samples.png in the run's folder",
    )
    command.set_defaults(run=_sample)

    command = commands.add_parser(
        "evaluate", help="judge a run's generator by every metric, and write its metrics.json"
    )
    command.add_argument("folder", metavar="RUN", type=Path)
    command.add_argument("--count", type=_count, default=10_000, help="10,000 images by default")
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
    command.add_argument("--seed", type=_seed, default=0)
    command.add_argument("--json", action="store_true", help="print what metrics.json holds")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser(
        "search",
        help="search for the discriminator's optimizer, learning rate, dropout and batch size",
    )
    command.add_argument("recipe")
    command.add_argument("--minutes", type=_count, default=30, help="30 by default: a budget")
    command.add_argument("--trials", type=_count, help="stop after so many, if time is left")
    command.add_argument("--scale", help="of each trial, as of train")
    command.add_argument("--images", metavar="NAME|FOLDER|FILE", help="as of train")
    command.add_argument("--limit", type=_count, help="take at most so many images")
    command.add_argument("--epochs", type=_count, help="of each trial")
    command.add_argument("--seed", type=_seed, default=0)
    command.add_argument("--out", type=Path, metavar="DIR", help="by default runs/search_RECIPE")
    command.add_argument("--resume", action="store_true", help="add trials to the search in --out")
    command.set_defaults(run=_search)
    return parser


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, received {text!r}")
    return int(text)


def _seed(text):
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"expected an integer from 0 to 2^31-1, received {text!r}")
    return int(text)


def _list(arguments):
    for recipe in RECIPES.values():
        print(f"{recipe.name:<18} {recipe.title}")
        print(f"{'':<18} source {recipe.source}")
        shape = "x".join(map(str, recipe.image_shape))
        labels = ", with labels" if recipe.conditional else ""
        print(f"{'':<18} needs {recipe.images}, {shape}{labels}: {recipe.full.describe()}")


def _show(arguments):
    recipe = get_recipe(arguments.recipe)
    print(f"{recipe.name}: {recipe.title}\nsource {recipe.source}")
    changes = ", ".join(f"{name} {value}" for name, value in recipe.augment)
    for title, lines in (
        ("The source states", recipe.stated),
        ("Left open; we chose", recipe.chosen),
        ("The source reports", recipe.reported),
        (
            "So the kit trains with",
            (
                f"images: {recipe.images}, {'x'.join(map(str, recipe.image_shape))}"
                + (f", with labels of {recipe.num_classes} classes" if recipe.conditional else ""),
                f"augmentation: {changes or 'none'}",
                f"noise: {recipe.latent_dim} numbers from N(0, 1)",
                f"discriminator: {recipe.d_optimizer.describe()}",
                f"generator: {recipe.g_optimizer.describe()}",
                f"generator steps for each discriminator step: {recipe.generator_steps}",
                "real and fake images pass the discriminator in "
                + ("two batches" if recipe.separate_batches else "one batch"),
            ),
        ),
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
    from gankit.models.tables import (
        REPORTED_TABLES,
        REPORTED_TOTALS,
        format_table,
        layer_table,
        layer_totals,
    )

    if recipe.name in REPORTED_TABLES:
        totals = REPORTED_TOTALS[recipe.name]
        for name, rows in REPORTED_TABLES[recipe.name].items():
            yield f"{name}, as reported", format_table(rows, totals[name])
        return
    gan = recipe.build()
    for model in (gan.generator, gan.discriminator):
        yield f"{model.name}, as built", format_table(layer_table(model), layer_totals(model))


def _train(arguments):
    from gankit.runs import Run, check_free

    recipe = get_recipe(arguments.recipe)
    out = arguments.out or Path("runs") / recipe.name
    if arguments.resume and (out / "config.json").exists():
        run = Run(out)
        config = _resumed(arguments, run)
    else:
        run = None
        check_free(out)
        config = _fresh(arguments, recipe)

    from gankit.data import check_batch_size, load_images

    size = recipe.image_shape[0]
    image_set = load_images(config["images"], limit=config["limit"], size=size)
    check_batch_size(config["batch_size"], len(image_set))
    if run and image_set.fingerprint != config["fingerprint"]:
        raise InputError(
            f"{out} was trained on other images ({config['image_source']}). Name the same ones "
            "with --images, or begin another run with another --out"
        )

    from gankit.runs import train_recipe  # TensorFlow is imported here

    started = time.perf_counter()
    trained = train_recipe(recipe, image_set, config, out, run)
    print(
        f"gankit: {trained} epochs in {time.perf_counter() - started:.0f} s. "
        f"Look at {out / 'samples.gif'} and {out / 'losses.png'}.\n"
        f"gankit: next, `gankit sample {out}` for more images, `make lab` for the lessons"
    )


def _fresh(arguments, recipe):
    """The configuration of a new run: the recipe's at that scale, and what was asked for."""
    settings = recipe.at_scale(arguments.scale)
    return {
        "recipe": recipe.name,
        "images": _absolute(arguments.images or recipe.images),
        "limit": arguments.limit or settings.limit,
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

    if images in (*KNOWN, SYNTHETIC) or not Path(images).exists():
        return images
    return str(Path(images).resolve())


def _resumed(arguments, run):
    """The configuration of a run that goes on: its own. Only the epochs may be changed."""
    config = {"steps_per_epoch": None, "sample_every": None, **run.config}
    scale = vars(get_recipe(arguments.recipe).at_scale(arguments.scale)) if arguments.scale else {}
    given = {**scale, **{k: v for k, v in vars(arguments).items() if v is not None}}
    for name in ("recipe", "limit", "batch_size", "steps_per_epoch", "seed", "precision"):
        if given.get(name, config[name]) != config[name]:
            raise InputError(
                f"{run.folder} has {name} {config[name]}. Received: {given[name]}. Leave it out to "
                "go on with the run, or begin another run with another --out"
            )
    if arguments.images:
        config["images"] = _absolute(arguments.images)
    config["epochs"] = given.get("epochs", config["epochs"])
    if config["epochs"] < run.epochs_done:
        raise InputError(
            f"{run.folder} has {run.epochs_done} epochs behind it. Expected at least as many. "
            f"Received: --epochs {config['epochs']}"
        )
    return config


def _sample(arguments):
    from gankit.runs import Run, save_images

    run = Run(arguments.folder)
    out = arguments.out or arguments.folder / "samples.png"
    if out.suffix not in (".png", ".npz"):
        raise InputError(f"Expected an --out that ends in .png or .npz. Received: {out}")
    if not out.parent.is_dir():
        raise InputError(f"Expected an --out in a folder that is there. Received: {out}")
    generator = run.load_generator()

    import numpy as np

    from gankit.sampling import num_classes, sample_images

    digits = arguments.digit
    if digits and len(generator.inputs) == 1:
        raise InputError(
            f"{arguments.folder} is a run of {run.config['recipe']}, which is not conditional: it "
            "cannot be asked for a --digit. Leave it out, or train a conditional recipe"
        )
    count = arguments.count or (64 if len(generator.inputs) == 1 else 100)
    if len(generator.inputs) == 2:
        digits = digits or range(num_classes(generator))
    labels = np.resize(digits, count) if digits else None
    images = sample_images(generator, count, labels, arguments.seed)
    try:
        save_images(out, images, labels)
    except OSError as error:
        raise InputError(f"Cannot write {out}: {error.strerror}. Name another --out") from error
    print(f"gankit: {count} images in {out}")


def _evaluate(arguments):
    from gankit.runs import Run

    run = Run(arguments.folder)
    if arguments.count < LEAST_EVALUATED:
        raise InputError(
            f"Expected a --count of at least {LEAST_EVALUATED}: the metrics compare sets of "
            f"images. Received: {arguments.count}"
        )

    import contextlib
    import json

    from gankit.metrics.judge import evaluate_run
    from gankit.metrics.report import format_report

    # with --json nothing else goes to the output
    with contextlib.redirect_stdout(sys.stderr if arguments.json else sys.stdout):
        report = evaluate_run(
            run,
            arguments.count,
            arguments.extractor,
            arguments.inception_weights,
            arguments.seed,
        )
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        print(f"{report['run']}: {report['recipe']}, {report['epochs']} epochs")
        print(format_report(report))
        print(f"gankit: in {arguments.folder / 'metrics.json'}")


def _search(arguments):
    from dataclasses import replace

    from gankit.data import load_images

    recipe = get_recipe(arguments.recipe)
    settings = recipe.at_scale(arguments.scale)
    limit = arguments.limit or settings.limit
    settings = replace(settings, limit=limit, epochs=arguments.epochs or settings.epochs)
    images = arguments.images or recipe.images
    image_set = load_images(images, limit=limit, size=recipe.image_shape[0])
    recipe.check_labels(image_set)

    from gankit.search import Search, format_search

    out = arguments.out or Path("runs") / f"search_{recipe.name}"
    search = Search(recipe, image_set, settings, out, arguments.seed, arguments.resume)
    search.run(arguments.minutes, arguments.trials)
    print(format_search(search))
    print(
        f"gankit: in {out / 'trials.csv'} and {out / 'search.png'}; the same command with --resume "
        "adds trials"
    )
