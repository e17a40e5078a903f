"""Tables of results: a CSV with a row a run, and what each run depends on in its own columns."""

import csv

from gankit.backend import circumstances as full_circumstances


def keys(path, columns):
    """Returns the set of runs that a table holds, each as a tuple of the values of `columns`."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {tuple(_number(row[name]) for name in columns) for row in csv.DictReader(file)}


def append(path, row):
    """Adds a row, and the head of the table before the first one."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


def circumstances():
    """Versions, device and date, as columns."""
    found = full_circumstances()
    versions = found.pop("versions")
    return {**versions, "device": found["device"], "date": found["started"][:10]}


def _number(text):
    return int(text) if text.isdecimal() else text
