"""Answers of single consumers: who they are and what they chose, on the rows of a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.design.demographics import read_demographics
from inroads.estimation.micro.dataset import MicroDataset
from inroads.tables.cells import cell_text
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate


@dataclass(frozen=True, kw_only=True)
class Answers:
    """n answers: ids of markets (n,), demographics (n, D), of each product of the market those that
    differ by product (n, J, V), rows of products chosen (n,), or -1."""

    markets: np.ndarray
    demographics: Array
    by_product: Array
    products: np.ndarray


def read_answers(estimate: Estimate, dataset: MicroDataset, table: pd.DataFrame) -> Answers:
    """A table of answers, checked against the panel and the sample.

    market_ids, product_ids (missing for who buys nothing), columns of the demographics' formula.
    """
    where, panel = f"answers of {dataset.name}", estimate.panel
    for column, holder in (("market_ids", table), ("product_ids", table)):
        if column not in holder or column not in panel.products:
            in_answers = column not in holder
            raise refuse(
                expected=f"a column '{column}' of {'answers' if in_answers else 'products'}",
                found="none",
                where=where,
                remedy=suggestion(column, [str(c) for c in holder])
                or "say of each answer its market and what was bought, nothing if nothing was.",
            )
    if len(table) != dataset.observations:
        raise refuse(
            expected=f"{dataset.observations} answers, as many as the sample has consumers",
            found=f"{len(table)}",
            where=where,
            remedy="give all, or a MicroDataset with as many observations.",
        )
    markets = np.array([cell_text(m) for m in table["market_ids"]], dtype=object)
    chosen = [cell_text(p) for p in table["product_ids"]]
    sample_markets = None if dataset.markets is None else {cell_text(m) for m in dataset.markets}
    names = zip(panel.products["market_ids"], panel.products["product_ids"], strict=True)
    rows = {(cell_text(m), cell_text(p)): k for k, (m, p) in enumerate(names)}
    panel_markets = {market for market, _ in rows}
    positions = np.full(len(table), -1)
    for n, (market, product) in enumerate(zip(markets, chosen, strict=True)):
        fault = None
        if market not in panel_markets or (
            sample_markets is not None and market not in sample_markets
        ):
            fault = "markets of the sample", f"market '{market}'"
        elif product and (market, product) not in rows:
            fault = f"products of market '{market}'", f"'{product}'"
        elif not product and dataset.buyers:
            fault = "buyers, as the sample has", "nothing bought"
        if fault is not None:
            raise refuse(
                expected=fault[0],
                found=f"{fault[1]} in row {table.index[n]!r}",
                where=where,
                remedy="correct or drop the answer.",
            )
        positions[n] = rows.get((market, product), -1)
    if estimate.design.by_product is None:
        demographics, by_product = _demographics(estimate, table), np.zeros((len(table), 0, 0))
    else:
        ids = {cell_text(market): market for market in panel.markets}
        consumers = table.reset_index(drop=True).assign(market_ids=[ids[m] for m in markets])
        read = read_demographics(
            estimate.demand.demographics,
            replace(panel, agents=consumers, agent_rows=None),
            fixed_on=panel,
            whole=False,
        )
        assert read.by_product is not None
        demographics, by_product = read.matrix, read.by_product.values
    return Answers(
        markets=markets, demographics=demographics, by_product=by_product, products=positions
    )


def _demographics(estimate: Estimate, table: pd.DataFrame) -> Array:
    """By the formula that is fixed on agents (n, D)."""
    formula, agents = estimate.demand.demographics, estimate.panel.agents
    if formula is None or agents is None:
        return np.zeros((len(table), 0))
    _, spec = design_matrix(formula, agents)
    missing = [name for name in spec.used if name not in table]
    if missing:
        raise refuse(
            expected=f"a column '{missing[0]}' of answers, as demographics have it",
            found="none",
            where="answers",
            remedy=suggestion(missing[0], [str(c) for c in table])
            or "add it: a score needs all demographics of a consumer.",
        )
    values = apply(spec, table.reset_index(drop=True)).to_numpy(float)
    if not np.isfinite(values).all():
        row = int(np.argmax(~np.isfinite(values).all(axis=1)))
        raise _not_a_number(table.index[row])
    return np.asarray(values)


def _not_a_number(row: object) -> InputError:
    return refuse(
        expected="demographics of every answer",
        found=f"one that is no number in row {row!r}",
        where="answers",
        remedy="correct or drop the answer.",
    )
