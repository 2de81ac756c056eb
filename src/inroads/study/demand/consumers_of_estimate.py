"""Cells of consumers split by the tastes that an estimate gives each, and their products."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.market.consumers import TASTE_FOR, Consumers
from inroads.market.utility_columns import DOLLARS
from inroads.study.config.demand import DemandPart
from inroads.study.demand.estimated_tastes import Buyers, EstimatedTastes
from inroads.study.demand.read_estimate import WHERE
from inroads.tables.schemas import PRODUCTS, SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def with_estimated_tastes(
    consumers: Consumers, estimate: EstimatedTastes, part: DemandPart, prices: float, income: float
) -> Consumers:
    """Each cell split by its buyers, all else being independent of who they are.

    prices, income: what a unit of the estimate's is in the study's money.
    """
    cells = consumers.cells
    if estimate.buyers is not None:
        split = [_split(cells, estimate, estimate.buyers, prices, income)]
    else:
        split = [
            _split(group, estimate, estimate.buyers_at(float(y) / income, part.nodes), prices)
            for y, group in cells.groupby("income", sort=False)
        ]
    return replace(consumers, cells=pd.concat(split, ignore_index=True))


def _split(
    cells: pd.DataFrame,
    estimate: EstimatedTastes,
    buyers: Buyers,
    prices: float,
    income: float | None = None,
) -> pd.DataFrame:
    """Every cell and buyer; incomes are the buyers' where their unit is given."""
    tastes = estimate.tastes(buyers)
    _check_money(tastes.money, buyers.weights, estimate)
    n = len(cells)
    split = cells.loc[cells.index.repeat(len(buyers.weights))].reset_index(drop=True)
    weights = np.tile(buyers.weights, n)
    columns = {
        "weight": split["weight"] * weights,
        "credit": split["credit"] * weights,
        "money": np.tile(tastes.money / prices * DOLLARS, n),
        **{f"{TASTE_FOR}{name}": np.tile(values.to_numpy(), n)
           for name, values in tastes.characteristics.items()},
    }  # fmt: skip
    if income is not None and np.isfinite(buyers.income).all():
        columns["income"] = np.tile(buyers.income * income, n)
    return split.assign(**columns)


def _check_money(money: np.ndarray, weights: np.ndarray, estimate: EstimatedTastes) -> None:
    likes = float(weights[money <= 0].sum())
    if likes > 0:
        raise refuse(
            expected="consumers who mind paying, all of them",
            found=f"{likes:.2%} who like to pay",
            where=f"{WHERE}.estimate",
            remedy="estimate with lognormal=('-prices',), or prices by 1 / income.",
        )


def characteristics(study: Study) -> pd.DataFrame:
    """What random coefficients are of, by product of products.csv, in the order of its rows."""
    estimate, table = study.estimate, study.tables["products"]
    if estimate is None:
        return pd.DataFrame(index=table["product"])
    data = pd.DataFrame(index=table.index)
    listed = {c.name for c in PRODUCTS.columns}
    for name in characteristic_columns(study):
        data[name] = (
            table[name]
            if name in listed
            else study.facts.resolve_column(table, name, SCHEMAS["products"])
        )
    return estimate.columns(data).set_axis(table["product"])


def characteristic_columns(study: Study) -> tuple[str, ...]:
    """Columns of products.csv that the estimate's random coefficients name."""
    spec = study.estimate.of_products if study.estimate else None
    return tuple(name for name in (spec.used if spec else ()) if name != "prices")
