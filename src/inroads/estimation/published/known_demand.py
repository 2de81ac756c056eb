"""Demand at parameters that somebody else published, on a panel of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.estimation.design.matrices import Design, unchecked_design
from inroads.estimation.gmm.parameters import ParameterLayout, rho_names
from inroads.estimation.implied.demand_result import DemandResult
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.estimation.specification.conduct import Conduct
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.supply import Supply
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.naming import suggestion
from inroads.tables.panel import Panel

_MATRICES = ("sigma", "pi")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class KnownDemand(Displayed, DemandResult):
    """Demand at given parameters, with all that follows from an estimate; `known_demand` makes it.

    Attributes
    ----------
    params : Series
        By name: columns of `linear`, sigma[...], pi[...], rho.
    covariance : DataFrame
        Of `params`; nan where nobody gave one, and then nothing has a standard error.
    delta, xi : (N,) arrays
        Mean utilities at which shares are the panel's, and what formulas and absorbed effects
        leave of them.
    sigma, pi : DataFrame
        Of random coefficients.
    layout, demand, panel, design
        What is known, of which demand, on which data, as which arrays.
    at_bounds, at_edge : tuple of str
        None: what is known is at no bound.
    """

    params: pd.Series
    covariance: pd.DataFrame
    delta: Array
    xi: Array
    sigma: pd.DataFrame
    pi: pd.DataFrame
    layout: ParameterLayout
    demand: Demand
    panel: Panel
    design: Design
    at_bounds: tuple[str, ...] = ()
    at_edge: tuple[str, ...] = ()

    def _card(self) -> Card:
        return Card(
            line=f"KnownDemand at {counted(len(self.params), 'parameter')}, "
            f"{counted(len(self.panel), 'product')}",
            table=self.params.to_frame("value"),
            next_steps=("known.elasticities()", "known.frame()", "known.market(id)"),
        )


def known_demand(
    demand: Demand,
    panel: Panel,
    params: Mapping[str, Any],
    *,
    covariance: pd.DataFrame | pd.Series | None = None,
    supply: Supply | None = None,
) -> KnownDemand:
    """Demand at parameters that are known: a paper's table, somebody else's program.

    Mean utilities are those at which the panel's shares come out, so that markets of it are as
    observed; xi is what the parameters leave of them.

    Parameters
    ----------
    demand : Demand
        Utility as formulas over the panel's columns. No instruments are needed.
    panel : Panel
        Markets to which the parameters are brought.
    params : mapping
        By name, {"prices": -30.2, "sigma[prices]": 2.5, "pi[prices, income]": 1.1, "rho": 0.4},
        or as matrices {"sigma": (K2, K2) or its diagonal, "pi": (K2, D)}. Every column of `linear`
        must be there; sigma and pi that are not named are zero.
    covariance : DataFrame or Series, optional
        Of these by name, or their standard errors, which then count as independent. What it does
        not name counts as known.
    supply : Supply, optional
        Whose profit firms count (kappa); each its own unless given. Of costs nothing is taken.

    Returns
    -------
    KnownDemand
        With elasticities, costs, markets, predictions and groups, as an `Estimate` has them.

    Raises
    ------
    InputError
        For parameters that are missing, unknown or no numbers, random coefficients without any,
        and a covariance that is none.
    ConvergenceError
        Where no mean utilities give the panel's shares.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1], "product_ids": ["a", "b"], "firm_ids": ["A", "B"],
    ...     "prices": [1.0, 2.0], "shares": [0.2, 0.3],
    ... })
    >>> demand = ir.Demand("0 + prices", absorb="product_ids")
    >>> known = ir.known_demand(demand, ir.read_panel(products), {"prices": -2.0})
    >>> known.elasticities(1).round(2).to_numpy().tolist()
    [[-1.6, 1.2], [0.4, -2.8]]
    >>> known.market(1).after(ir.Merge("A", "B")).solve().prices.round(2).tolist()
    [1.23, 2.14]
    """
    sigma_given = params.get("sigma")
    design = unchecked_design(demand, panel, None if sigma_given is None else sigma_given)
    if "firm_ids" in panel.products:
        design = replace(design, conduct=Conduct.from_products(panel.products, supply))
    values = _named(params, design)
    layout = _layout(values, design)
    names = pd.Index([*design.linear, *layout.names(design)])
    missing = [name for name in names if name not in values]
    if missing:
        raise refuse(
            expected=f"a value of each parameter ({', '.join(names)})",
            found=f"none of {missing[0]}",
            where="params",
            remedy="give it, or write a formula without it: what formulas leave stays in xi.",
        )
    series = pd.Series([values[name] for name in names], names, dtype=float, name="value")
    with one_blas_thread():
        delta = MeanUtilities(design, panel, layout).solve(layout.start).delta
    xi = design.without_fixed_effects(delta) - design.X1 @ series[list(design.linear)].to_numpy()
    return KnownDemand(
        params=series,
        covariance=_covariance(covariance, names),
        delta=delta,
        xi=xi,
        sigma=pd.DataFrame(layout.sigma, design.random, design.random),
        pi=pd.DataFrame(layout.pi, design.random, design.demographic_names),
        layout=layout,
        demand=demand,
        panel=panel,
        design=design,
    )


def _named(params: Mapping[str, Any], design: Design) -> dict[str, float]:
    """Parameters by name, matrices taken apart; unknown names and what is no number refused."""
    given: dict[str, Any] = {k: v for k, v in params.items() if k not in _MATRICES}
    if isinstance(given.get("rho"), (list, tuple, np.ndarray)):
        given |= dict(zip(rho_names(len(design.nests)), given.pop("rho"), strict=False))
    matrices = {k: params[k] for k in _MATRICES if k in params}
    start = ParameterLayout.from_start(replace(design, nests=design.nests[:0]), **matrices)
    by_name = dict(zip(start.names(design), start.start, strict=True))
    twice = sorted(by_name.keys() & given.keys())
    if twice:
        raise refuse(
            expected="each parameter once",
            found=f"{twice[0]} twice, by name and in a matrix",
            where="params",
            remedy="give either.",
        )
    given |= by_name
    K2, D = len(design.random), len(design.demographic_names)
    full = ParameterLayout(np.ones((K2, K2)), np.ones((K2, D)))
    levels = rho_names(len(design.nests)) if len(design.nests) else []
    names = [*design.linear, *full.names(design), *levels]
    for name, value in given.items():
        if name not in names:
            raise refuse(
                expected=f"names of parameters ({', '.join(names)})",
                found=name,
                where="params",
                remedy=suggestion(name, names) or "name it as the formulas' columns are.",
            )
        try:
            finite = np.isfinite(float(value))
        except (TypeError, ValueError):
            finite = False
        if not finite:
            raise refuse(
                expected="finite numbers",
                found=f"{value!r} for {name}",
                where="params",
                remedy="correct it.",
            )
    return {name: float(value) for name, value in given.items()}


def _layout(values: Mapping[str, float], design: Design) -> ParameterLayout:
    """Entries of sigma, pi and rho that have a value other than zero."""
    K2, D = len(design.random), len(design.demographic_names)
    full = ParameterLayout(np.ones((K2, K2)), np.ones((K2, D)))
    entries = np.array([values.get(name, 0.0) for name in full.names(design)])
    sigma, pi = entries[: K2 * K2].reshape(K2, K2), entries[K2 * K2 :].reshape(K2, D)
    without = ~(sigma != 0).any(axis=1) & ~(pi != 0).any(axis=1)
    if without.any():
        name = design.random[int(np.argmax(without))]
        raise refuse(
            expected="a sigma or pi other than zero of each column of `random`",
            found=f"none of {name}",
            where="params",
            remedy=f"give sigma[{name}], or leave {name} out of `random`.",
        )
    levels = rho_names(len(design.nests)) if len(design.nests) else []
    lacking = [name for name in levels if name not in values]
    if lacking:
        raise refuse(
            expected="a nesting parameter of each level of nests",
            found=f"none of {lacking[0]}",
            where="params",
            remedy="give it, 0 or more and below 1.",
        )
    rho = np.array([values[name] for name in levels]) if levels else None

    return ParameterLayout.from_start(design, sigma, pi, rho=rho)


def _covariance(given: pd.DataFrame | pd.Series | None, names: pd.Index) -> pd.DataFrame:
    """Of all parameters, those not named being known; nan without one."""
    if given is None:
        return pd.DataFrame(np.nan, names, names)
    square = given
    if isinstance(given, pd.Series):
        square = pd.DataFrame(np.diag(given.to_numpy(float) ** 2), given.index, given.index)
    unknown = [str(name) for name in square.index if name not in names]
    V = square.to_numpy(float)
    is_square = list(square.index) == list(square.columns)
    tolerance = 1e-8 * np.abs(V).max(initial=0.0)
    if (
        unknown
        or not is_square
        or not np.isfinite(V).all()
        or np.abs(V - V.T).max(initial=0.0) > tolerance
        or np.linalg.eigvalsh(V).min(initial=0.0) < -tolerance
    ):
        raise refuse(
            expected=f"a covariance, or standard errors, by name ({', '.join(names)})",
            found=unknown[0] if unknown else "one that is not square, symmetric and positive",
            where="covariance",
            remedy="index rows and columns by the names of params.",
        )
    return square.reindex(index=names, columns=names).fillna(0.0).astype(float)
