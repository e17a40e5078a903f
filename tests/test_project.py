"""What the project's files promise each other."""

import json
import re
import tomllib

import pytest
from conftest import REPO

import gankit

LESSONS = sorted((REPO / "notebooks").glob("[0-9]*.ipynb"))
PARTS = (
    "**What you will learn**",
    "**Before you start.**",
    "**Predict first.**",
    "## What can go wrong",
    "## Exercises",
    "## Summary",
    "Further reading",
)


def requirements():
    lines = (REPO / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_requirements_environment_and_pyproject_say_the_same():
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["course"]
    assert declared == requirements()
    environment = (REPO / "environment.yml").read_text()
    assert re.findall(r"^      - ([^\n]+)$", environment, re.M) == [*requirements(), "-e ."]
    assert f"python{project['requires-python']}" in environment


def test_every_requirement_has_a_lower_and_an_upper_bound():
    for line in requirements():
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", line), line


def test_every_public_name_is_there_and_documented():
    for name in gankit.__all__:
        thing = getattr(gankit, name)
        assert thing.__doc__, name


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
class TestLesson:
    @pytest.fixture
    def cells(self, path):
        return json.loads(path.read_text())["cells"]

    def test_was_run_in_one_go_and_shows_no_errors_or_warnings(self, cells):
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
        outputs = [output for cell in code for output in cell["outputs"]]
        assert all(output["output_type"] != "error" for output in outputs)
        assert all(output.get("name") != "stderr" for output in outputs)

    def test_is_small_and_tells_nothing_of_the_machine_it_ran_on(self, path, cells):
        assert path.stat().st_size < 1_500_000
        text = "".join(str(output) for cell in cells for output in cell.get("outputs", ()))
        assert not re.search(r"(/home|/root|/work|/tmp|/Users|site-packages)\b", text)

    def test_has_the_parts_of_a_lesson(self, cells):
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for part in PARTS:
            assert part in text, part
        assert "@@" not in text

    def test_cells_are_short(self, cells):
        assert max(len(c["source"]) for c in cells if c["cell_type"] == "code") <= 25
