"""Imports point one way, and the command answers before anything heavy is imported."""

import ast
import subprocess
import sys

import pytest
from conftest import REPO

PACKAGE = REPO / "gankit"
ROOMS = (  # each may import from the rooms before it, and from itself
    "errors",
    "results",
    "backend",
    "data",
    "losses",
    "models",
    "sampling",
    "diff_augment",
    "gan",
    "training",
    "plots",
    "metrics",
    "collapse",
    "recipes",
    "weights",
    "check",
    "runs",
    "report",
    "search",
    "cli",
    "__main__",
)
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def room_of(module):
    """The room of a module's dotted name, "gankit.data.files" for example."""
    return module.split(".")[1] if "." in module else None


def imported(path):
    """Every module of the kit that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("gankit."))
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "gankit":
                yield from (f"gankit.{alias.name}" for alias in node.names)
            elif node.module.startswith("gankit."):
                yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    own = parts[0]
    assert own in ROOMS, f"a new room, {own}: put it in its place"
    for module in imported(path):
        room = room_of(module)
        if room in ("__version__", own):
            continue
        assert ROOMS.index(room) < ROOMS.index(own), f"{path.name} imports {module}"


def test_no_two_modules_of_a_room_import_each_other():
    graph = {}
    for path in FILES:
        name = ".".join(("gankit", *path.relative_to(PACKAGE).with_suffix("").parts))
        graph[name] = set(imported(path))
    seen, done = [], set()

    def visit(name):
        assert name not in seen, " -> ".join([*seen[seen.index(name) :], name])
        if name in done or name not in graph:
            return
        seen.append(name)
        for other in graph[name]:
            visit(other)
        seen.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_metrics_and_plots_know_no_models():
    """Metrics know arrays of features; a callback and a run are handed to them."""
    for path in [PACKAGE / "plots.py", *(PACKAGE / "metrics").glob("*.py")]:
        rooms = {room_of(module) for module in imported(path)}
        assert not rooms & {"gan", "models", "training", "recipes", "runs"}, path.name


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["train", "nonsense"]])
def test_the_command_answers_without_tensorflow(arguments):
    script = (
        "import sys\nfrom gankit.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('tensorflow' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert output.stdout.splitlines()[-1] == "False", output.stderr
