"""The page of results: written from files, and each verdict by its rule."""

import json

import numpy as np
import pytest
from conftest import REPO

from gankit import InputError, cli, results
from gankit.report import CLAIMS, page, read_results, short_table
from gankit.report.claims import CANNOT, MISSING, NOT, PARTLY, REPRODUCED, percent, spread
from gankit.report.page import BEGIN, END
from gankit.runs import write_table

PARTS = 100


@pytest.fixture(scope="module")
def found():
    return read_results(REPO / "results")


def test_the_page_and_the_short_table_are_what_the_files_say(found):
    assert (REPO / "docs" / "results.md").read_text() == page(found)
    _, _, rest = (REPO / "README.md").read_text().partition(f"{BEGIN}\n")
    assert rest.partition(END)[0] == short_table(found)


def test_the_table_that_lessons_read_is_that_of_the_runs(found, tmp_path):
    path = tmp_path / "sources.csv"
    write_table(path, [run.row for runs in found.values() for run in runs])
    assert path.read_text() == (results.FOLDER / "sources.csv").read_text()


def test_every_claim_of_the_five_sources_has_a_verdict(found):
    assert {claim.source for claim in CLAIMS} == set("ABCDE")
    verdicts = {REPRODUCED, PARTLY, NOT, CANNOT, MISSING}
    for claim in CLAIMS:
        finding = claim.finding(found)
        assert finding.verdict in verdicts, claim.reports
        assert finding.measured, claim.reports
        assert "nan" not in finding.measured, claim.reports
        assert claim.judge.__doc__, claim.reports  # the rule


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.9905, "99.1 %"),
        (0.9997, "99.97 %"),
        (0.99996, "99.996 %"),
        (1.0, "100.0 %"),
        (0, "0.0 %"),
    ],
)
def test_nearly_all_is_not_all(share, text):
    assert percent(share) == text


class Invented:
    """A run whose figures are made up, to test a rule."""

    def __init__(self, curves=(), last=(), minutes=1.0, seconds=1.0, shares=(), **metrics):
        import pandas as pd

        self.metrics, self.shares = metrics, np.array(shares)
        self.curves, self.steps = pd.DataFrame(dict(curves)), 45_000
        self.history = pd.DataFrame({**dict(last), "seconds": [seconds]})
        self.run = {"minutes": minutes, "trained": [{"device": "a device"}]}
        self.judged = {"count": 10_000, "classes": {"accuracy by class": {"0": 0.5}}}

    def metric(self, name, of="samples"):
        return self.metrics[name] if of == "samples" else {"real": 1.0, "noise": 500.0}[of]


def verdict(about, **runs):
    """The verdict on the one claim whose text holds `about`, from a run for each recipe."""
    (claim,) = (claim for claim in CLAIMS if about in claim.reports)
    return claim.finding({name: [run] for name, run in runs.items()}).verdict


def line(start, end):
    return np.linspace(start, end, PARTS)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (np.r_[[5.0], np.full(99, 2.0)], REPRODUCED),
        (np.r_[[1.0], np.full(99, 2.0)], PARTLY),  # level, but it does not start high
        (line(5, 1), PARTLY),  # it starts high and goes on falling
        (np.r_[[5.0], line(2, 4)[1:]], PARTLY),  # it starts high, falls, and rises again
        (line(1, 5), NOT),
    ],
)
def test_a_loss_that_starts_high_and_levels_out(curve, expected):
    run = Invented(curves={"g_loss": curve})
    assert verdict("levels out", dcgan_tutorial=run) == expected


@pytest.mark.parametrize(("end", "expected"), [(0.5, REPRODUCED), (0.55, REPRODUCED), (1.0, NOT)])
def test_a_loss_that_stays_level(end, expected):
    run = Invented(curves={"d_loss": line(0.5, end)})
    assert verdict("stays level", dcgan_tutorial=run) == expected


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [((0.95, 0.91, 0.99), REPRODUCED), ((0.95, 0.8, 0.8), PARTLY), ((0.2, 0.8, 0.8), NOT)],
)
def test_rows_of_one_digit(accuracies, expected):
    names = ("cgan_relu", "cgan_leaky", "cgan_dense")
    runs = {
        name: Invented(label_accuracy=each) for name, each in zip(names, accuracies, strict=True)
    }
    runs["cgan_dense_float32"] = Invented(label_accuracy=0.5)  # decides nothing
    assert verdict("a digit a row", **runs) == expected


@pytest.mark.parametrize(
    ("slow", "expected"), [(16.0, REPRODUCED), (9.0, REPRODUCED), (5.0, PARTLY), (1.5, NOT)]
)
def test_sixteen_times_the_seconds(slow, expected):
    runs = {"dcgan_leaky": Invented(), "cdcgan_pooling": Invented(seconds=slow)}
    assert verdict("53.02 s", **runs) == expected


@pytest.mark.parametrize(("largest", "expected"), [(0.95, REPRODUCED), (0.2, PARTLY)])
def test_one_digit(largest, expected):
    """Partly: the five seeds of collapsed.csv draw three digits, with settings left open."""
    rest = np.full(9, (1 - largest) / 9)
    run = Invented(shares=[largest, *rest], modes_covered=10)
    assert verdict("one digit", dcgan_leaky=run) == expected


@pytest.mark.parametrize(("distance", "expected"), [(4.0, REPRODUCED), (8.0, PARTLY), (12.0, NOT)])
def test_a_much_better_distance(distance, expected):
    runs = {
        "dcgan_leaky": Invented(frechet_distance=10.0),
        "cdcgan_pooling": Invented(frechet_distance=distance),
    }
    assert verdict("FID", **runs) == expected


def test_what_has_no_run_is_said_to_be_missing():
    assert verdict("stays level") == MISSING


def test_a_mean_of_seeds_comes_with_the_lowest_and_the_highest():
    assert spread([3.0]) == "3.00"
    assert spread([1.0, 2.0, 6.0], "{:.1f}".format) == "3.0 (1.0 to 6.0)"


def test_the_command_writes_the_page_where_it_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", str(REPO / "results"), "--out", "docs/page.md"]) == 0
    assert "gankit: in docs/page.md" in capsys.readouterr().out
    assert (tmp_path / "docs" / "page.md").read_text().startswith("# Reported")
    assert cli.main(["report"]) == 2
    assert "Expected a folder with runs" in capsys.readouterr().err


def test_a_run_without_a_judgement_is_refused(tmp_path):
    folder = tmp_path / "dcgan_selu" / "seed_0"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({}))
    with pytest.raises(InputError, match=r"metrics\.json"):
        read_results(tmp_path)
