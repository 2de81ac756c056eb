"""Panels drawn from known parameters, prices in equilibrium: for Monte Carlo work and teaching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.formula_columns import formula_matrix
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.specification.conduct import Conduct
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.supply import Supply
from inroads.tables.panel import Panel, read_panel
from inroads.tables.read import TableSource, read_labelled


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A simulated panel, and what estimation does not see.

    Parameters
    ----------
    panel : Panel
        With prices and shares.
    xi, omega : (N,) array
        Unobserved quality and cost.
    costs : (N,) array
        Marginal costs.
    delta : (N,) array
        Mean utilities.
    """

    panel: Panel
    xi: Array
    omega: Array
    costs: Array
    delta: Array


def simulate(
    demand: Demand,
    products: TableSource,
    agents: TableSource | None = None,
    *,
    supply: Supply,
    beta: Mapping[str, float],
    gamma: Mapping[str, float],
    sigma: ArrayLike | None = None,
    pi: ArrayLike | None = None,
    rho: ArrayLike | None = None,
    deviations: tuple[float, float] = (1.0, 1.0),
    correlation: float = 0.9,
    xi: ArrayLike | None = None,
    omega: ArrayLike | None = None,
    seed: int = 0,
) -> Simulated:
    """A panel whose prices are a Bertrand-Nash equilibrium, with known parameters.

    Parameters
    ----------
    demand : Demand
        Without fixed effects to absorb (give them in xi).
    products : path or table
        N rows: market_ids, firm_ids and the columns of formulas but prices and shares.
    agents : path or table, optional
        Weights, nodes and demographics.
    supply : Supply
        Costs and conduct.
    beta : mapping
        By the names of columns of `linear`, prices among them.
    gamma : mapping
        By the names of columns of the formula of costs.
    sigma, pi, rho : array, optional
        True values, of the shapes that `estimate` takes as starts.
    deviations : tuple of float
        Standard deviations of xi and omega.
    correlation : float
        Of xi and omega.
    xi, omega : (N,) array, optional
        Unobserved quality and cost; normal unless given.
    seed : int
        Of their draws.

    Returns
    -------
    Simulated
        `panel`, and the true xi, omega, costs and delta (N,).

    Raises
    ------
    InputError
        For names without values and for fixed effects to absorb.
    ConvergenceError
        Where a market has no equilibrium that is found.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({"market_ids": np.repeat([1, 2], 2), "firm_ids": ["a", "b"] * 2})
    >>> simulated = ir.simulate(
    ...     ir.Demand("1 + prices"), products, supply=ir.Supply("1", log=False),
    ...     beta={"1": 0.0, "prices": -2.0}, gamma={"1": 1.0}, deviations=(0.0, 0.0),
    ... )
    >>> simulated.panel.products["prices"].round(3).tolist()
    [1.523, 1.523, 1.523, 1.523]
    """
    if demand.absorb is not None:
        raise refuse(
            expected="no fixed effects to absorb",
            found=str(demand.absorb),
            where="simulate",
            remedy="put them into xi.",
        )
    supply.require_no_effects("simulate")
    table = read_labelled(products, "products")
    product_table = table.frame.set_axis(table.labels)
    N = len(product_table)
    taken = [c for c in ("prices", "shares") if c in product_table]
    if taken:
        raise refuse(
            expected="products without prices and shares",
            found=str(taken[0]),
            where="simulate",
            remedy="drop the column.",
        )
    draws = np.random.default_rng(seed).standard_normal((2, N))
    draws[1] = correlation * draws[0] + np.sqrt(1 - correlation**2) * draws[1]
    quality, cost = (
        deviation * row if values is None else np.broadcast_to(np.asarray(values, float), (N,))
        for deviation, row, values in zip(deviations, draws, (xi, omega), strict=True)
    )
    ids = product_table["market_ids"].to_numpy()
    sizes = pd.Series(ids).groupby(ids).transform("size").to_numpy()
    panel = read_panel(product_table.assign(prices=1.0, shares=0.5 / sizes), agents)
    X3, names = formula_matrix(supply.costs, panel.products, panel.rows)
    costs = X3 @ _coefficients(gamma, names, "gamma") + cost
    costs = np.exp(costs) if supply.log else costs
    # At prices equal to costs, columns that hold prices are what they are at the start.
    panel = replace(panel, products=panel.products.assign(prices=costs))
    design = unchecked_design(demand, panel, sigma)
    design = replace(design, conduct=Conduct.from_products(panel.products, supply))
    values = _coefficients(beta, design.linear, "beta")
    layout = ParameterLayout.from_start(replace(design, nests=design.nests[:0]), sigma, pi)
    levels = len(design.nests)
    nesting = np.broadcast_to(np.asarray(rho if levels else np.zeros(0), float), (levels,))
    if np.isnan(design.linear_slopes).any():
        raise refuse(
            expected="prices as they are in linear",
            found=str(str(design.linear)),
            where="simulate",
            remedy="write prices.",
        )
    price = float(values @ design.linear_slopes)
    at_cost = FittedDemand(
        panel=panel,
        design=design,
        delta=design.X1 @ values + quality,
        sigma=layout.sigma,
        pi=layout.pi,
        price_coefficient=price,
        rho=np.array(nesting),
    )
    equilibrium = at_cost.at_prices(at_cost.prices(costs=costs))
    return Simulated(
        panel=equilibrium.panel,
        xi=np.array(quality),
        omega=np.array(cost),
        costs=costs,
        delta=equilibrium.delta,
    )


def _coefficients(values: Mapping[str, float], names: tuple[str, ...], argument: str) -> Array:
    missing = [n for n in names if n not in values]
    extra = [n for n in values if n not in names]
    if missing or extra:
        raise refuse(
            expected=f"{argument} for {', '.join(names)}",
            found=str(f"none for {missing[0]}" if missing else f"one for {extra[0]}"),
            where="simulate",
            remedy="name each column of the formula.",
        )
    return np.array([float(values[n]) for n in names])
