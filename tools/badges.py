"""Gives the lessons the repository's address: `make badges REPO=owner/name`.

The address stands in pyproject.toml alone, as the project's URL `Repository`; REPO writes it there.
From there it goes into the first code cell of every lesson, and on GitHub, from where Colab opens
notebooks, each lesson begins with an "Open in Colab" badge. Without an address there is no badge.
"""

import argparse
import re
import tomllib
from pathlib import Path

import nbformat

REPO = Path(__file__).parents[1]
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com/"
ID = "badge"  # of the cell


def set_address(repo, address):
    """Writes the address into pyproject.toml, in place of an earlier one."""
    path = repo / "pyproject.toml"
    entry = f'[project.urls]\nRepository = "{address}"\n'
    path.write_text(re.sub(r"\[project\.urls\]\n(Repository = .*\n)?", entry, path.read_text()))


def update(repo):
    """Writes the address that pyproject.toml holds into the lessons; returns it."""
    project = tomllib.loads((repo / "pyproject.toml").read_text())["project"]
    address = project["urls"].get("Repository", "")
    for lesson in sorted((repo / "notebooks").glob("[0-9]*.ipynb")):
        notebook = nbformat.read(lesson, as_version=4)
        cells = [cell for cell in notebook.cells if cell.id != ID]
        first = next(cell for cell in cells if cell.cell_type == "code")
        first.source = re.sub(
            '^REPOSITORY = ".*?"', f'REPOSITORY = "{address}"', first.source, flags=re.M
        )
        if address.startswith(GITHUB):
            place = f"github/{address.removeprefix(GITHUB)}/blob/main/notebooks/{lesson.name}"
            badge = f"[![Open in Colab]({COLAB}assets/colab-badge.svg)]({COLAB}{place})"
            cells.insert(0, nbformat.v4.new_markdown_cell(badge, id=ID))
        notebook.cells = cells
        nbformat.write(notebook, lesson)
    return address


def main():
    """Sets the address, if one is given, and updates the lessons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", help="owner/name of the repository on GitHub")
    name = parser.parse_args().name
    if name:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
            parser.error(f"expected the repository on GitHub as owner/name: {name}")
        set_address(REPO, GITHUB + name)
    print("the lessons' address:", update(REPO) or "none; give one as REPO=owner/name")


if __name__ == "__main__":
    main()
