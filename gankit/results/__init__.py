"""Tables and pictures of runs that take longer than a lesson has.

The commands in the repository's folder `results/` write them here; lessons read them from here.
`published.csv` holds what papers report.
"""

from pathlib import Path

FOLDER = Path(__file__).parent


def read(name):
    """Returns a table, such as "mixtures", as a pandas DataFrame with a row for each run."""
    import pandas as pd

    return pd.read_csv(FOLDER / f"{name}.csv")
