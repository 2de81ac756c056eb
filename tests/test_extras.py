"""Without the extras: what needs none works, and what needs one says which."""

import subprocess
import sys

import pytest

EXTRAS = (
    *("altair", "duckdb", "jinja2", "openpyxl", "pydantic", "pydantic_core", "rich", "SALib"),
    *("shiny", "statsmodels", "typer", "vl_convert"),
)
WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRAS}))
"""
MARKET = """
import numpy as np, pandas as pd, inroads as ir
cost, xi = np.random.default_rng(0).uniform(1, 2, 300), np.random.default_rng(1).normal(0, 0.1, 300)
odds = np.exp(1 - 2 * (cost + xi) + xi).reshape(100, 3)
products = pd.DataFrame({
    "market_ids": np.repeat(np.arange(100), 3), "firm_ids": ["a", "b", "c"] * 100,
    "prices": cost + xi, "shares": (odds / (1 + odds.sum(axis=1, keepdims=True))).ravel(),
    "demand_instruments0": cost,
})
fit = ir.estimate(ir.Demand("1 + prices"), ir.read_panel(products))
print(fit.summary())
market = fit.market(0)
merged = market.after(ir.Merge("a", "b")).solve()
assert (merged.prices >= market.solve().prices - 1e-9).all()
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT + program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_estimation_and_markets_need_no_extra() -> None:
    done = run(MARKET)
    assert done.returncode == 0, done.stderr
    assert "prices" in done.stdout


@pytest.mark.parametrize(
    ("program", "extra"),
    [
        ("from inroads.tables import read_query; read_query('select 1')", "query"),
        ("from inroads.tables import read_table; read_table('a.parquet')", "query"),
        ("from inroads.tables import read_table; read_table('a.xlsx')", "excel"),
        ("import inroads; inroads.load_study('us-2018')", "study"),
        ("import inroads; inroads.read_results('out')", "study"),
        ("import inroads.report.page", "report"),
        ("import inroads.dashboard", "dashboard"),
        (
            "from inroads.uncertainty import *\n"
            "e = Ensemble(sources=(Uniform('x', 0, 1),), function=dict, outputs=('y',), about='')\n"
            "e.run(2, 'draws')",
            "uncertainty",
        ),
        (
            "from inroads.uncertainty import *\n"
            "e = Ensemble(sources=(Uniform('x', 0, 1),), function=dict, outputs=('y',), about='')\n"
            "Saltelli(e, 2)",
            "uncertainty",
        ),
        (
            "import numpy as np\nfrom inroads.uncertainty.forecast import forecast\n"
            "forecast(np.arange(1.0, 50.0), 2)",
            "study",
        ),
    ],
)
def test_a_missing_extra_is_named(program, extra, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.parquet", "a.xlsx"):
        (tmp_path / name).write_bytes(b"")
    done = run(program)
    assert done.returncode == 1
    assert "MissingExtraError: expected the packages of" in done.stderr
    assert done.stderr.strip().endswith(f'Remedy: pip install "inroads[{extra}]".')


def test_the_command_says_it_in_one_line() -> None:
    done = run("from inroads.__main__ import main; main()", "run", "us-2018")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith('found no typer, rich, pydantic. Remedy: pip install "inroads[study]".')


def test_the_dashboard_says_it_too() -> None:
    program = """
import sys
sys.modules.update(shiny=None)
from inroads.__main__ import main
main()
"""
    command = [sys.executable, "-c", program, "dashboard", "us-2018", "--no-browser"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "Error: expected the packages of inroads[dashboard]; found no shiny"
    )
    assert "Traceback" not in done.stderr
