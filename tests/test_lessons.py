"""The lessons as documents: their figures, their student editions and their assignments."""

import re
import shutil

import editions
import nbformat
import pytest
from conftest import REPO
from nbclient import NotebookClient

from gankit import RECIPES
from gankit.results import FOLDER

MASTERS = sorted((REPO / "notebooks").glob("[0-9]*.ipynb"))
STUDENTS = sorted((REPO / "notebooks" / "student").glob("*.ipynb"))
NUMBER = re.compile(r"(?<![\w.])-?(\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)\s?(%)?")
NOT_PROSE = re.compile(
    r"```.*?```|\$\$.*?\$\$|`[^`\n]*`|\$[^$\n]*\$|\]\([^)]*\)|https?://\S+", re.DOTALL
)


def named(path):
    return path.stem


# every figure in a text stands in an output


def numbers(text):
    """Every number of a text: its value, how many decimals it has, and whether it is in percent."""
    for digits, percent in NUMBER.findall(text):
        digits = digits.replace(",", "").rstrip(".")
        if digits:
            decimals = len(digits.partition("e")[0].partition(".")[2])
            yield float(digits), decimals, bool(percent)


def claims(text):
    """The numbers in a paragraph that claim a measurement: decimal fractions and percentages."""
    for value, decimals, percent in numbers(NOT_PROSE.sub(" ", text)):
        if decimals or percent:
            yield value, decimals, percent


def holds(claim, evidence):
    """Whether a number, or a share if the claim is in percent, rounds to what is claimed."""
    value, decimals, percent = claim
    allowed = 0.5 * 10**-decimals + 1e-9
    for found, _, is_percent in evidence:
        scaled = (found, 100 * found) if percent and not is_percent else (found,)
        if any(abs(each - value) <= allowed for each in scaled):
            return True
    return False


def printed(notebook):
    """Everything that a lesson's code says: its outputs, and the settings in its sources."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield cell.source
            for output in cell.outputs:
                data = output.get("data", {})
                yield (
                    output.get("text", "") + data.get("text/plain", "") + data.get("text/html", "")
                )


def evidence_of(comment):
    """What a comment in a paragraph adds to the evidence: a table, or what the sources report."""
    for name in re.findall(r"from (\w+\.csv)", comment):
        yield (FOLDER / name).read_text().replace(",", " ")  # no commas of thousands
    if "reported" in comment:
        for recipe in RECIPES.values():
            yield "\n".join((*recipe.stated, *recipe.chosen, *recipe.reported))


def unfounded(notebook):
    """Every claim of a lesson that no output holds, with the paragraph it stands in.

    `<!-- explained -->` in a paragraph marks numbers that are no measurement; `<!-- from x.csv -->`
    and `<!-- reported -->` name where else they stand.
    """
    said = list(numbers("\n".join(printed(notebook))))
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for paragraph in re.split(r"\n\s*\n", cell.source):
            comment = " ".join(re.findall(r"<!--(.*?)-->", paragraph, re.DOTALL))
            if "explained" in comment:
                continue
            evidence = [*said, *numbers("\n".join(evidence_of(comment)))]
            prose = re.sub(r"<!--.*?-->", " ", paragraph, flags=re.DOTALL)
            for claim in claims(prose):
                if not holds(claim, evidence):
                    yield f"{claim[0]:g}{' %' * claim[2]} in: {prose[:300]}"


@pytest.mark.parametrize("lesson", MASTERS, ids=named)
def test_every_figure_in_the_text_stands_in_an_output(lesson):
    wrong = list(unfounded(nbformat.read(lesson, as_version=4)))
    assert not wrong, "\n\n".join(wrong)


def lesson_that_says(text, output="accuracy 0.9731 after 12 epochs"):
    stream = nbformat.v4.new_output("stream", text=output)
    code = nbformat.v4.new_code_cell("rate = 0.0002", outputs=[stream])
    return nbformat.v4.new_notebook(cells=[code, nbformat.v4.new_markdown_cell(text)])


@pytest.mark.parametrize(
    "text",
    [
        "It is right in 97 % of them, or 97.3%.",
        "That is 0.973 of all, at a rate of 0.0002, in `0.5` of it and $0.5$.",
        "With 12 epochs and 5,000 images.",
        "As 0.25 is a quarter. <!-- explained -->",
        "D loss 1.41. <!-- reported -->",
    ],
)
def test_a_figure_that_stands_in_an_output(text):
    assert not list(unfounded(lesson_that_says(text)))


@pytest.mark.parametrize(
    "text", ["In 98 % of them.", "It is 0.972.", "It is 0.97305.", "D loss 1.41.", "0.25 here."]
)
def test_a_figure_that_stands_nowhere(text):
    assert list(unfounded(lesson_that_says(text)))


def test_the_symptoms_in_docs_are_those_of_the_failure_clinic():
    (lesson,) = (path for path in MASTERS if path.stem == "07_failure_clinic")
    texts = [cell.source for cell in nbformat.read(lesson, as_version=4).cells]
    rows = re.findall(r"^\|.*\|$", (REPO / "docs" / "symptoms.md").read_text(), re.M)
    assert len(rows) > 10
    assert any("\n".join(rows) in text for text in texts)


# student editions


def test_student_editions_are_those_of_the_masters():
    assert [path.name for path in STUDENTS] == [path.name for path in MASTERS]
    for master, student in zip(MASTERS, STUDENTS, strict=True):
        expected = editions.student_edition(nbformat.read(master, as_version=4))
        assert nbformat.read(student, as_version=4) == expected, f"{student.name}: make student"


def test_what_a_student_edition_leaves_out():
    cells = [
        nbformat.v4.new_code_cell(
            "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION",
            execution_count=3,
        ),
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text="1")]),
        nbformat.v4.new_code_cell(
            "2",
            outputs=[nbformat.v4.new_output("stream", text="2")],
            metadata={"tags": ["expected"]},
        ),
        nbformat.v4.new_markdown_cell("Seven.", metadata={"tags": ["answer"]}),
    ]
    master = nbformat.v4.new_notebook(cells=cells)
    edition = editions.student_edition(master)
    assert edition.cells[0].source == f"def f(x):\n    {editions.STUB}"
    assert edition.cells[0].execution_count is None
    assert [len(cell.outputs) for cell in edition.cells[:3]] == [0, 0, 1]
    assert edition.cells[3].source.startswith("<details>")
    assert "Seven." in edition.cells[3].source
    assert "x + 1" in master.cells[0].source  # the master is as it was
    assert master.cells[1].outputs


@pytest.mark.parametrize("lesson", STUDENTS, ids=named)
def test_unsolved_every_check_says_not_yet_and_nothing_crashes(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("GANKIT_SCALE", "smoke")
    notebook = nbformat.read(lesson, as_version=4)
    resources = {"metadata": {"path": tmp_path}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            checks = len(editions.CHECK.findall(cell.source))
            text = "".join(output.get("text", "") for output in cell.outputs)
            assert text.count("not yet: ") >= checks, cell.source
            assert "right: " not in text, cell.source


# assignments


def submit(course, name, student, answers):
    """Hands in the release of a lesson with these sources in place of its open cells."""
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    for path in (course / "release" / name).iterdir():
        shutil.copy(path, folder)
    path = folder / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    opened = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    for cell, source in zip(opened, answers, strict=True):
        cell.source = source
    nbformat.write(notebook, path)


def test_an_assignment_is_graded(tmp_path, monkeypatch):
    monkeypatch.setenv("GANKIT_SCALE", "smoke")
    lesson, course = MASTERS[0], tmp_path / "course"
    api = editions.make_assignment(lesson, course)
    source = editions.assignment_source(nbformat.read(lesson, as_version=4))
    solved = [
        cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")
    ]
    points = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in source.cells)
    assert points
    released = (course / "release" / lesson.stem / lesson.name).read_text()
    assert "BEGIN SOLUTION" not in released
    assert "check.grade()" not in released
    wrong = [each.replace("/ 127.5 - 1", "/ 255") for each in solved]
    assert wrong != solved
    for student, answers in (("right", solved), ("wrong", wrong)):
        submit(course, lesson.stem, student, answers)
        result = api.autograde(lesson.stem, student)
        assert result["success"], result["log"]
    with api.gradebook as gradebook:
        scores = {s: gradebook.find_submission(lesson.stem, s).score for s in ("right", "wrong")}
    assert scores["right"] == points
    assert scores["wrong"] < points
