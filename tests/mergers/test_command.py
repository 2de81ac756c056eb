"""`inroads merger TABLE`."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from inroads.cli import app

TABLE = pd.DataFrame(
    {
        "product_ids": ["Ale", "Bock", "Cider"],
        "firm_ids": ["A", "B", "C"],
        "prices": [1.0, 1.1, 1.3],
        "shares": [0.3, 0.2, 0.1],
        "margins": [0.4, None, None],
    }
)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("beer.csv", index=False)
    return "beer.csv"


def invoke(*arguments):
    return CliRunner().invoke(app, ["merger", *arguments])


def test_a_table_is_a_merger(path, tmp_path):
    parties = ("--party", "A", "--party", "B")
    done = invoke(path, *parties, "--grid", "--divestitures", "--write", "beer.xlsx")
    assert done.exit_code == 0, done.output
    for part in ("mean price change of the parties", "Single divestitures", "aids", "beer.xlsx"):
        assert part in done.output
    assert (tmp_path / "beer.xlsx").exists()
    for name in ("beer.tex", "beer.html", "out.csv"):
        assert invoke(path, *parties, "--divest", "Bock:C", "--write", name).exit_code == 0
        assert (tmp_path / name).stat().st_size > 100


@pytest.mark.parametrize(
    "arguments",
    [
        ("--party", "A"),
        ("--party", "A", "--party", "B", "--divest", "Bock"),
        ("--party", "A", "--party", "B", "--write", "beer.doc"),
        ("--party", "A", "--party", "B", "--conduct", "bargaining"),
    ],
)
def test_bad_options_are_messages(path, arguments):
    done = invoke(path, *arguments)
    assert done.exit_code == 2
    assert "Remedy" in done.output
