"""`inroads merger TABLE`."""

import pandas as pd
import pytest
from typer.testing import CliRunner

import inroads as ir
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


def test_parts_of_firms_taxes_and_errors_are_options(path):
    options = ("--stake", "0.3", "--control", "0", "--holding", "A:C:0.1", "--tax-rate", "0.19")
    done = invoke(path, "--party", "A", "--party", "B", *options, "--margin-error", "0.02")
    assert done.exit_code == 0, done.output
    m = ir.merger(
        *(TABLE, ("A", "B")), stake=0.3, control=0, holdings={("A", "C"): 0.1}, tax_rate=0.19
    )
    assert str(m) in done.output
    errors = m.standard_errors({"margins": 0.02})
    row = [line for line in done.output.splitlines() if line.startswith("alpha")][-1]
    assert f"{errors.loc['parties_price_change', 'standard_error']:.1%}" in done.output
    cells = [float(cell) for cell in row.split()[1:]]
    assert cells == pytest.approx(errors.loc["alpha"].tolist(), rel=1e-3)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--party", "A"),
        ("--party", "A", "--party", "B", "--divest", "Bock"),
        ("--party", "A", "--party", "B", "--write", "beer.doc"),
        ("--party", "A", "--party", "B", "--conduct", "bargaining"),
        ("--party", "A", "--party", "B", "--holding", "A:0.1"),
        ("--party", "A", "--party", "B", "--holding", "A:C:tenth"),
        ("--party", "A", "--party", "B", "--stake", "30"),
        ("--party", "A", "--party", "B", "--rho", "by firm"),
    ],
)
def test_bad_options_are_messages(path, arguments):
    done = invoke(path, *arguments)
    assert done.exit_code == 2
    assert "Remedy" in done.output
