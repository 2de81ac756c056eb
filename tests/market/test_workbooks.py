"""A solved market and a screening as workbooks: their tables, with units."""

from pathlib import Path

import numpy as np
import pandas as pd

import inroads as ir
from inroads.tables.workbook import read_sheets

TABLE = pd.DataFrame(
    {
        "product_ids": ["a", "b", "c"],
        "firm_ids": ["A", "B", "C"],
        "prices": [1.0, 1.0, 2.0],
        "shares": [0.3, 0.2, 0.1],
        "margins": [0.5, None, None],
    }
)


def test_an_equilibrium(tmp_path: Path) -> None:
    solved = ir.market_from_margins(TABLE)[0].solve()
    solved.to_excel(tmp_path / "a.xlsx")
    sheets = read_sheets(tmp_path / "a.xlsx")
    assert list(sheets) == ["offers", "profits", "units"]
    np.testing.assert_allclose(sheets["offers"]["price"], solved.prices)
    assert sheets["offers"]["product_ids"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(sheets["profits"]["profit"], solved.profits)
    assert ["offers", "price", "money a unit"] in sheets["units"].to_numpy().tolist()


def test_a_screening(tmp_path: Path) -> None:
    screening = ir.screen_merger(ir.market_from_margins(TABLE)[0], ir.Merge("A", "B"))
    screening.to_excel(tmp_path / "a.xlsx")
    sheets = read_sheets(tmp_path / "a.xlsx")
    np.testing.assert_allclose(sheets["offers"]["GUPPI"], screening.offers["GUPPI"])
    assert sheets["market"]["hhi_after"].iloc[0] == screening.hhi_after
    units = sheets["units"].to_numpy().tolist()
    assert {column for _, column, _ in units} >= {*screening.offers} - {"product_ids"}
