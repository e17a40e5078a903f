"""Shows that the kit installs and runs on Colab as it is: `make colab`.

For each of two runtimes it makes an environment with that runtime's Python and its versions of
every package that ours touch; installs the kit there as a lesson does, with `pip install`; shows
that no package a student relies on has changed; and runs each lesson at smoke scale, alone in an
empty folder. Colab's own package lists are not part of the repository: LISTS names their folder.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

REPO = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
RUNTIMES = {"pip-freeze-2026-08-19.txt": "3.13", "pip-freeze-2026-04-17.txt": "3.12"}
KEPT = ("tensorflow", "keras", "numpy", "pandas", "protobuf", "ipywidgets")
KERNEL = ("pip", "ipykernel", "ipywidgets", "nbclient")  # what Colab has to open a notebook with
SECONDS = 1800  # that a lesson may take, on a machine that is busy with other things


def run(*command, **options):
    """Runs a command; returns what it printed, or ends with it where the command fails."""
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        **options,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def environment(**variables):
    """Returns the environment variables, without those of this machine's Python and its data."""
    ours = ("GANKIT_", "IPYTHON", "JUPYTER", "KERAS", "MPL", "PYTHONPATH", "TFDS_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, **variables}


def as_versions(listing):
    """Returns the versions in a list of packages, by their names."""
    pins = (line.split("==") for line in listing.split("\n") if "==" in line)
    return {name.lower().replace("_", "-"): version for name, version in pins}


def find_python(version):
    """Returns a Python of a version, from the PATH or from pyenv."""
    found = Path.home().glob(f".pyenv/versions/{version}.*/bin/python")
    for python in filter(None, [shutil.which(f"python{version}"), *found]):
        if not subprocess.run([python, "--version"], capture_output=True).returncode:
            return python  # pyenv's stand-ins on the PATH fail unless pyenv has switched it on
    raise SystemExit(f"no python{version} on the PATH: `uv python install {version}` puts it there")


def make_like(listing, version, folder):
    """Makes an environment like the runtime that a package list describes; returns its Python."""
    run(UV, "venv", "--quiet", "--clear", "--python", find_python(version), folder)
    python = folder / "bin" / "python"
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    ours = [requirement.split(">=")[0] for requirement in project["dependencies"]]
    constrained = ("--quiet", "--python", python, "--constraint", listing)
    resolve = (UV, "pip", "compile", "--no-header", "--no-annotate", *constrained, "-")
    touched = run(*resolve, input="\n".join([*ours, *KERNEL])).split()
    listed = set(as_versions(listing.read_text()))
    wanted = [pin for pin in touched if listed.intersection(as_versions(pin))]
    run(UV, "pip", "install", "--compile-bytecode", *constrained, *wanted)
    print(f"    {len(wanted)} of its packages are touched by ours")
    return python


def install(python):
    """Installs a copy of the kit by the runtime's own pip; returns the packages that changed."""
    freeze = (UV, "pip", "freeze", "--python", python)
    before = as_versions(run(*freeze))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(REPO / name, folder)
        shutil.copytree(REPO / "gankit", Path(folder) / "gankit")
        run(python, "-m", "pip", "install", "--quiet", folder, cwd=folder)
    after = as_versions(run(*freeze))
    for name in KEPT:
        print(f"    {name:<12} {before.get(name)} -> {after.get(name)}")
    names = sorted(name for name in after if before.get(name) != after[name])
    print("    changed:", *(f"{name} {before.get(name, '-')} -> {after[name]}," for name in names))
    return names


def run_lesson(python, lesson):
    """Runs one lesson at smoke scale, alone in an empty folder; returns whether it ran."""
    with tempfile.TemporaryDirectory() as folder:
        home, place = Path(folder) / "home", Path(folder) / "content"
        home.mkdir()
        place.mkdir()
        shutil.copy(lesson, place)
        start = time.perf_counter()
        done = subprocess.run(
            [python.with_name("jupyter-execute"), "--kernel_name=python3", lesson.name],
            cwd=place,
            env=environment(HOME=str(home), GANKIT_SCALE="smoke"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
    passed = done.returncode == 0
    print(f"    {lesson.name:<28} {'ran' if passed else 'FAILED'}", end=", ")
    print(f"{time.perf_counter() - start:.0f} s", flush=True)
    if not passed:
        print(*done.stdout.splitlines()[-60:], sep="\n")
    return passed


def main():
    """Goes through the runtimes; returns 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lists", type=Path, help="the folder with Colab's package lists")
    parser.add_argument("environments", type=Path, help="the folder to make the environments in")
    arguments = parser.parse_args()
    missing = [name for name in RUNTIMES if not (arguments.lists / name).is_file()]
    if missing:
        parser.error(f"no {', '.join(missing)} in {arguments.lists}: name the folder with LISTS=")

    good = True
    for name, version in RUNTIMES.items():
        print(f"Colab, {name}, Python {version}", flush=True)
        folder = arguments.environments.resolve() / f"colab-{version}"
        python = make_like(arguments.lists / name, version, folder)
        good &= not set(install(python)).intersection(KEPT)
        for lesson in sorted((REPO / "notebooks").glob("[0-9]*.ipynb")):
            good &= run_lesson(python, lesson)
    print("as it should be" if good else "NOT as it should be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
