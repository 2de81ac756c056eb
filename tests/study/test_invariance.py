"""The same study written another way gives the same results."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import inroads.study
from inroads.study.load import Study, load_study
from inroads.study.run import run

TEMPLATE = Path(inroads.study.__file__).parent / "template"


def shuffled(study: Study, seed: int) -> Study:
    rng = np.random.default_rng(seed)
    tables = {name: table.iloc[rng.permutation(len(table))] for name, table in study.tables.items()}
    return replace(study, tables=tables)


def numbers(part: Any, place: str = "") -> dict[str, float]:
    """Every number of the results, by its place; lists of named things by their names."""
    found: dict[str, float] = {}
    if isinstance(part, Mapping):
        for key, value in part.items():
            found |= numbers(value, f"{place}.{key}")
    elif isinstance(part, list):
        for k, value in enumerate(part):
            name = value.get("name", value.get("product", k)) if isinstance(value, dict) else k
            found |= numbers(value, f"{place}[{name}]")
    elif isinstance(part, int | float):
        found[place] = float(part)
    return found


def test_the_order_of_rows_does_not_matter() -> None:
    study = load_study(TEMPLATE)
    # Not compared: sources in order of use, how the search went, and what is zero but for rounding.
    left_out = ("evaluations", "residual", "reproduced_to", "misses_by", "distance")
    mine, other = (
        numbers(run(s).results.model_dump(mode="json", exclude={"ledger"}))
        for s in (study, shuffled(study, 1))
    )
    assert mine.keys() == other.keys()
    assert len(mine) > 200
    wrong = {
        place: (value, other[place])
        for place, value in mine.items()
        if not place.endswith(left_out) and other[place] != pytest.approx(value, rel=1e-9, abs=1e-9)
    }
    assert wrong == {}


def test_the_order_of_rows_does_not_matter_to_the_shipped_study(us: Study) -> None:
    one, other = us.calibrated, shuffled(us, 7).calibrated
    # The search ends 1e-6 standard errors from the minimum, or nearer: tastes agree to 1e-7.
    names = list(one.calibration.names)
    assert names == list(other.calibration.names)
    np.testing.assert_allclose(one.calibration.value, other.calibration.value, rtol=1e-7)
    pd.testing.assert_series_equal(
        one.market.solve().shares.sort_index(),
        other.market.solve().shares.sort_index(),
        rtol=1e-8,
    )
    # Qualities move with tastes.
    pd.testing.assert_series_equal(
        one.market.products["quality"].sort_index(),
        other.market.products["quality"].sort_index(),
        rtol=1e-7,
    )


def test_a_run_repeats_itself_to_the_last_bit() -> None:
    first, second = (run(load_study(TEMPLATE)).results for _ in range(2))
    assert first == second


def test_prices_before_tax_sell_the_same(tmp_path: Path) -> None:
    """A tax alike for all goods is in the taste for money, which targets without a unit find: only
    money is in another unit."""
    other = tmp_path / "net"
    shutil.copytree(TEMPLATE, other)
    for name in ("products", "offers"):
        table = pd.read_csv(other / f"{name}.csv")
        table["price"] /= 1.19
        table.to_csv(other / f"{name}.csv", index=False, float_format="%.17g")
    gross, net = (run(load_study(folder)).results for folder in (TEMPLATE, other))
    for one, before_tax in zip(gross.scenarios, net.scenarios, strict=True):
        assert before_tax.outcome.units == pytest.approx(dict(one.outcome.units), rel=1e-9)
        surplus = 1.19 * before_tax.outcome.consumer_surplus_change
        assert surplus == pytest.approx(one.outcome.consumer_surplus_change, rel=1e-9)
