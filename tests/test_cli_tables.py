"""The command line on tables: estimate, workbooks, the page as PDF, completion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import inroads as ir
from inroads.cli import app
from inroads.cli.pdf import print_pdf
from inroads.study.new import write_study
from inroads.tables.workbook import read_sheets


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ir.Panel:
    """A panel, which products.csv has under other names."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(60), 4),
            "firm_ids": [*"abcd"] * 60,
            "size": np.repeat(rng.uniform(0, 3, 60), 4) * rng.uniform(0.3, 1.5, 240),
            "w": rng.uniform(1, 2, 240),
        }
    )
    simulated = ir.simulate(
        ir.Demand("1 + prices + size"), frame, supply=ir.Supply("0 + w", log=False),
        beta={"1": 1.0, "prices": -2.0, "size": 1.0}, gamma={"w": 1.0}, deviations=(0.2, 0.2),
    )  # fmt: skip
    table = simulated.panel.products
    instruments = {f"demand_instruments{k}": table["w"] ** (k + 1) for k in range(2)}
    table = table.assign(**instruments)
    table.rename(columns={"market_ids": "Market ID"}).to_csv("products.csv", index=False)
    return ir.read_panel(table)


COMMAND = ("estimate", "products.csv", "1 + prices + size", "--rename", "Market ID=market_ids")


def test_the_estimate_is_that_of_the_library(products: ir.Panel) -> None:
    done = invoke(*COMMAND, "--table", "fit.csv", "--save", "fit.zip")
    assert done.exit_code == 0, done.output
    fit = ir.estimate(ir.Demand("1 + prices + size"), products)
    assert fit.summary().splitlines()[1].split()[:2] == done.output.splitlines()[1].split()[:2]
    table = pd.read_csv("fit.csv", index_col="parameter")
    np.testing.assert_allclose(table["estimate"], fit.params, rtol=1e-12)
    np.testing.assert_allclose(ir.Estimate.load("fit.zip").params, fit.params, rtol=1e-12)


def test_options_reach_the_estimate(products: ir.Panel) -> None:
    options = ("--absorb", "firm_ids", "--steps", "1", "--table")
    done = invoke(
        "estimate", "products.csv", "0 + prices + size", *COMMAND[3:], *options, "fit.tex"
    )
    assert done.exit_code == 0, done.output
    assert "1-step GMM" in done.output
    assert "tabular" in Path("fit.tex").read_text()
    searched = ("--random", "0 + size", "--draws", "20", "--start", "sigma=0.5", "--table")
    done = invoke(*COMMAND, *searched, "fit.xlsx")
    assert done.exit_code == 0, done.output
    sheets = read_sheets("fit.xlsx")
    assert list(sheets) == ["parameters", "products", "notes", "units"]
    assert sheets["parameters"]["parameter"].tolist() == ["1", "prices", "size", "sigma[size]"]
    assert len(sheets["products"]) == 240
    of_buyers = pd.read_csv("products.csv")
    of_buyers["shares"] /= of_buyers.groupby("Market ID")["shares"].transform("sum")
    of_buyers.to_csv("buyers.csv", index=False)
    within = ("--absorb", "market_ids", "--no-outside")
    done = invoke("estimate", "buyers.csv", "0 + prices + size", *COMMAND[3:], *within)
    assert done.exit_code == 0, done.output
    assert "total sales held" in done.output
    supply = ("--costs", "0 + w", "--linear-costs", "--start", "prices=-1")
    done = invoke(*COMMAND, *supply)
    assert done.exit_code == 0, done.output


def test_demographics_that_differ_by_product(products: ir.Panel) -> None:
    rng = np.random.default_rng(1)
    agents = pd.DataFrame(rng.exponential(size=(600, 4)), columns=[f"miles{j}" for j in range(4)])
    agents = agents.assign(market_ids=np.repeat(np.arange(60), 10), weights=0.1)
    agents.to_csv("agents.csv", index=False)
    options = ("--random", "1", "--agents", "agents.csv", "--demographics", "0 + miles")
    done = invoke(*COMMAND, *options, "--start", "pi=-0.1", "--steps", "1", "--table", "fit.csv")
    assert done.exit_code == 0, done.output
    assert pd.read_csv("fit.csv")["parameter"].tolist()[-1] == "pi[1, miles]"
    wrong = ("--random", "1 + size", *options[2:], "--start", "pi=1,2,3")
    done = invoke(*COMMAND, *wrong)
    assert done.exit_code == 2
    assert "found 3 numbers of pi; expected 2 rows of them" in done.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--table", "fit.doc"), "--table: found fit.doc; expected a file ending in .csv"),
        (("--start", "sigma=x"), "--start: found sigma=x; expected numbers"),
        (("--start", "sigma"), "--start: found sigma; expected NAME=VALUE"),
        (("--rename", "=x"), "--rename: found =x; expected NAME=VALUE"),
        (("--random", "0 + sice"), "did you mean 'size'"),
        (("--steps", "3"), "steps"),
    ],
)
def test_wrong_options_are_named(options: tuple[str, ...], message: str, products) -> None:
    done = invoke(*COMMAND, *options)
    assert done.exit_code == 2
    assert message in done.output
    assert not list(Path().glob("fit*"))


def test_a_run_with_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path / "mine.xlsx")
    for _ in range(2):  # The folder is inroads' own.
        done = invoke("run", "mine.xlsx", "--workbook")
        assert done.exit_code == 0, done.output
    sheets = read_sheets("out/mine/tables.xlsx")
    assert set(sheets) == {"offers", "products", "margins", "ledger", "units"}
    written = pd.read_csv("out/mine/tables/offers.csv")
    np.testing.assert_allclose(sheets["offers"]["units"].astype(float), written["units"])
    assert ["offers", "units", "units a period"] in sheets["units"].to_numpy().tolist()


@pytest.mark.browser
def test_a_page_as_pdf(tmp_path: Path) -> None:
    page = tmp_path / "a page.html"
    page.write_text("<h1>Found</h1>")
    print_pdf(page, tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ir.InputError, match=r"none of chromium.*install one"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


def test_a_browser_that_prints_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "chromium"
    fake.write_text("#!/bin/sh\necho it is broken >&2\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ir.InputError, match="found it is broken; expected chromium to print"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


def test_shells_complete() -> None:
    script = CliRunner().invoke(
        app, [], prog_name="inroads", env={"_INROADS_COMPLETE": "source_bash"}
    )
    assert "_inroads_completion" in script.output
