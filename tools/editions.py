"""Makes the lessons' other editions: `make student` and `make assignment`.

A lesson in notebooks/ is the master: complete, and run. In it,

- what lies between `### BEGIN SOLUTION` and `### END SOLUTION` is a student's to write;
- a code cell that calls `check.` tests it, in a cell of its own; what a lesson itself gets wrong
  to show it, it calls `.wrong_on_purpose()`, and nobody is graded for that;
- the tag `answer` marks a text that tells what a student is to predict;
- the tag `expected` marks a code cell whose outputs a student's should look like.

nbgrader takes the solutions out, here as in an assignment.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

REPO = Path(__file__).parents[1]
LESSONS = REPO / "notebooks"
STUB = "# your code here"
ANSWER = "<details><summary>Your own answer first. Then open this.</summary>\n\n{}\n\n</details>"
CHECK = re.compile(r"^(\w+(, \w+)* = )?check\.\w+\((?!.*wrong_on_purpose)", re.MULTILINE)
GRADE = "\n### BEGIN HIDDEN TESTS\ncheck.grade()\n### END HIDDEN TESTS"


def student_edition(master):
    """Returns a master without its solutions and outputs, and with the answers folded away."""
    edition = nbformat.from_dict(fold_answers(master))
    for cell in edition.cells:
        tags = cell.metadata.get("tags", ())
        if cell.cell_type == "code":
            cell.execution_count = None
            if "expected" not in tags:
                cell.outputs = []
        cell.source = cell.source.replace("/blob/main/notebooks/", "/blob/main/notebooks/student/")
    clear = ClearSolutions(code_stub={"python": STUB}, enforce_metadata=False)
    return clear.preprocess(edition, {})[0]


def fold_answers(master):
    """Returns a copy of a lesson whose answers to predictions have to be opened."""
    edition = nbformat.from_dict(master)
    for cell in edition.cells:
        if "answer" in cell.metadata.get("tags", ()):
            cell.source = ANSWER.format(cell.source)
    return edition


def write_students(folder=LESSONS):
    """Writes every lesson's student edition into `student/`; returns their paths."""
    (folder / "student").mkdir(exist_ok=True)
    paths = []
    for lesson in sorted(folder.glob("[0-9]*.ipynb")):
        paths.append(folder / "student" / lesson.name)
        nbformat.write(student_edition(nbformat.read(lesson, as_version=4)), paths[-1])
    return paths


def assignment_source(master):
    """Returns a lesson with the metadata that nbgrader wants: solutions, and a point per check."""
    source = fold_answers(master)
    for number, cell in enumerate(source.cells):
        solution, checks = "BEGIN SOLUTION" in cell.source, len(CHECK.findall(cell.source))
        if cell.cell_type != "code" or not (solution or checks):
            continue
        if solution and checks:
            raise ValueError(f"cell {number}: a solution and its check need a cell each")
        cell.metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": f"cell-{number}",
            "solution": solution,
            "grade": bool(checks),
            "locked": bool(checks),
            "task": False,
            **({"points": checks} if checks else {}),
        }
        cell.source += GRADE if checks else ""
    return source


def make_assignment(lesson, course):
    """Makes a course folder for nbgrader, with a lesson's source and the release for students.

    Args:
        lesson: path of a master.
        course: folder of the course; made if it is not there.

    Returns:
        The `NbGraderAPI` of the course, e.g. to grade with.
    """
    tools = Path(sys.executable).parent  # nbgrader calls alembic by its name
    os.environ["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    course.mkdir(parents=True, exist_ok=True)
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        'c.CourseDirectory.root = "."\n'
        f'c.ClearSolutions.code_stub = {{"python": "{STUB}"}}\n'
    )
    place = course / "source" / lesson.stem / lesson.name
    place.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(assignment_source(nbformat.read(lesson, as_version=4)), place)
    config = Config()
    config.CourseDirectory.root = str(course)
    config.ClearSolutions.code_stub = {"python": STUB}
    api = NbGraderAPI(config=config)
    result = api.generate_assignment(lesson.stem, force=True)
    if not result["success"]:
        raise RuntimeError(f"{result['error']}\n{result['log']}")
    return api


def main():
    """Writes the student editions, or one lesson's assignment."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="?", help="make this one's assignment, e.g. 01")
    parser.add_argument("--course", type=Path, default=REPO / "build" / "course")
    arguments = parser.parse_args()
    if arguments.lesson is None:
        for path in write_students():
            print(path.relative_to(REPO))
        return
    lessons = [path for path in LESSONS.glob("*.ipynb") if path.name.startswith(arguments.lesson)]
    if len(lessons) != 1:
        sys.exit(f"expected the number of a lesson, e.g. LESSON=01: {arguments.lesson}")
    make_assignment(lessons[0], arguments.course.resolve())
    name, course = lessons[0].stem, arguments.course
    print(f"The release for students is in {course}/release/{name}.")
    print(f"Put what NAME hands in into {course}/submitted/NAME/{name}/, and in {course} run")
    print(f"GANKIT_SCALE=smoke nbgrader autograde {name}")


if __name__ == "__main__":
    main()
