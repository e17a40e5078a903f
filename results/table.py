"""Tables of results: a CSV with a row a run, and what each run depends on in its own columns."""

import csv

from gankit import backend
from gankit.errors import InputError


def keys(path, columns):
    """Returns the set of runs that a table holds, each as a tuple of the values of `columns`."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {tuple(_number(row[name]) for name in columns) for row in csv.DictReader(file)}


def append(path, row):
    """Adds a row to a table, and the head before the first one.

    Raises:
        InputError: if the row has other columns than the table.
    """
    with path.open("a+", newline="") as file:
        file.seek(0)
        head = next(csv.reader(file), None)
        if head not in (None, list(row)):
            about = f"A row does not fit the columns of {path.name}"
            raise InputError(about, ", ".join(head), ", ".join(row), "Move the old table away")
        writer = csv.DictWriter(file, row)
        if head is None:
            writer.writeheader()
        writer.writerow(row)


def circumstances():
    """Returns versions, device and date, as columns."""
    circumstances = backend.circumstances()
    date = circumstances["started"][:10]
    return {**circumstances["versions"], "device": circumstances["device"], "date": date}


def _number(text):
    return int(text) if text.isdecimal() else text
