"""How results hang on the size of the market, which somebody assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.errors import one_of, refuse
from inroads.estimation.estimate import estimate
from inroads.estimation.gmm_steps import Steps
from inroads.estimation.implied.demand_result import DemandResult
from inroads.estimation.inference.delta_method import DerivedQuantity
from inroads.estimation.published.known_demand import KnownDemand, known_demand
from inroads.estimation.results import Estimate
from inroads.tables.panel import Panel


def market_size_table(
    fit: Estimate | KnownDemand,
    factors: Sequence[float] | None = None,
    *,
    outside: Sequence[float] | None = None,
    method: str = "estimate",
    quantities: Mapping[str, DerivedQuantity] | None = None,
) -> pd.DataFrame:
    """The same demand where markets are larger or smaller than assumed, all by the same factor.

    Shares are sales over market size, so that only its choice says who buys nothing; elasticities
    and margins follow it (Nevo 2000, section 3.1).

    Parameters
    ----------
    fit : Estimate or KnownDemand
        At the size that was assumed.
    factors : sequence of float, optional
        1 for that size, 2 for twice as many consumers. (0.75, 1, 1.5, 2) unless given, less those
        at which more would be bought than there are consumers.
    outside : sequence of float, optional
        Instead of factors, the shares that buy nothing, as means over markets.
    method : {"estimate", "invert"}
        Whether parameters are estimated again, from those of `fit` on, or held, so that mean
        utilities alone answer.
    quantities : mapping, optional
        Further columns, functions of `FittedDemand` that give a number.

    Returns
    -------
    DataFrame
        A row a factor: outside_share (mean over markets), own_elasticity, margin (p - c) / p and
        diversion_to_none (means over products), `quantities`, then each parameter. Estimated again
        also objective and converged.

    Raises
    ------
    InputError
        For factors at which some market would sell more than it has consumers, and for published
        parameters that are to be estimated.

    References
    ----------
    Nevo, A. (2000), A practitioner's guide to estimation of random-coefficients logit models of
    demand, Journal of Economics & Management Strategy 9(4).

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1], "product_ids": ["a", "b"], "firm_ids": ["A", "B"],
    ...     "prices": [1.0, 2.0], "shares": [0.2, 0.3],
    ... })
    >>> panel = ir.read_panel(products)
    >>> known = ir.known_demand(ir.Demand("1 + prices"), panel, {"1": 0.0, "prices": -2.0})
    >>> table = ir.market_size_table(known, outside=[0.5, 0.75], method="invert")
    >>> table["own_elasticity"].round(3).to_dict()
    {1.0: -2.2, 2.0: -2.6}
    >>> table["diversion_to_none"].round(3).to_dict()
    {1.0: 0.67, 2.0: 0.858}
    """
    one_of("method", method, "estimate", "invert")
    if method == "estimate" and not isinstance(fit, Estimate):
        raise refuse(
            expected="an estimate, to be estimated again",
            found="published parameters",
            where="method",
            remedy="give method='invert'.",
        )
    fit.panel.require_outside("market_size_table")
    rows = {}
    for factor in _factors(fit.panel, factors, outside):
        panel = _of_size(fit.panel, factor)
        again: DemandResult
        if method == "estimate":
            assert isinstance(fit, Estimate)
            again = _estimated_again(fit, panel)
        else:
            own = {name: value for name, value in fit.params.items() if name in _of_demand(fit)}
            again = known_demand(fit.demand, panel, own, supply=fit.design.supply)
        rows[factor] = _row(again, quantities or {})
    return pd.DataFrame(rows).T.infer_objects().rename_axis("market_size")


def _row(result: DemandResult, quantities: Mapping[str, DerivedQuantity]) -> dict[str, object]:
    fitted = result.fitted
    bought = pd.Series(fitted.column("shares")).groupby(fitted.column("market_ids")).sum()
    diversion = result.diversion()
    row: dict[str, object] = {
        "outside_share": 1 - bought.mean(),
        "own_elasticity": fitted.own_elasticities().mean(),
        "margin": (fitted.margins() / fitted.column("prices")).mean()
        if "firm_ids" in result.panel.products
        else np.nan,
        "diversion_to_none": diversion.loc[diversion["to"] == "none", "diversion"].mean(),
    }
    for name, quantity in quantities.items():
        row[name] = np.asarray(quantity(fitted), dtype=float).item()
    row |= {str(name): value for name, value in result.params.items()}
    if isinstance(result, Estimate):
        row |= {"objective": result.objective, "converged": result.converged}
    return row


def _factors(
    panel: Panel, factors: Sequence[float] | None, outside: Sequence[float] | None
) -> list[float]:
    """Factors by which markets are to be larger, each checked."""
    bought = panel.in_market("shares")
    if factors is not None and outside is not None:
        raise refuse(
            expected="factors or outside shares",
            found="both",
            where="factors",
            remedy="give either.",
        )
    least = float(bought.max())
    if outside is not None:
        ids = panel.products["market_ids"].to_numpy()
        mean = pd.Series(bought).groupby(ids).first().mean()
        values = [float(mean / (1 - o)) if 0 < o < 1 else np.nan for o in outside]
    elif factors is None:
        values = [f for f in (0.75, 1.0, 1.5, 2.0) if f > least]
    else:
        values = [float(f) for f in factors]
    for k, value in enumerate(values):
        if not np.isfinite(value) or value <= least:
            market = panel.products["market_ids"].iloc[int(np.argmax(bought))]
            raise refuse(
                expected="markets of more consumers than buy: in market "
                f"{market} now {least:.4g} of them do",
                found=f"factor {value:g}" if outside is None else f"outside share {outside[k]:g}",
                where="factors" if outside is None else "outside",
                remedy="ask for larger markets, or outside shares between 0 and 1.",
            )
    return values


def _of_size(panel: Panel, factor: float) -> Panel:
    shares = panel.products["shares"] / factor
    return replace(panel, products=panel.products.assign(shares=shares))


def _of_demand(fit: DemandResult) -> set[str]:
    """Names of parameters of demand: costs have others, and so do innovations of xi."""
    of_innovations = {"phi"} if fit.design.innovation_instruments else set()
    names = {str(n) for n in fit.params.index if not str(n).startswith("gamma[")}
    return names - of_innovations


def _estimated_again(fit: Estimate, panel: Panel) -> Estimate:
    """The same specification, searched from the estimate on."""
    layout = fit.layout
    theta = fit.params.to_numpy()[len(fit.params) - len(layout.start) :]
    sigma, pi = layout.matrices_at(theta)
    start: dict[str, Any] = {"sigma": sigma, "pi": pi}
    # An entry that ended at zero is searched still, from where it began.
    start["sigma"] = np.where((layout.sigma != 0) & (sigma == 0), layout.sigma, sigma)
    start["pi"] = np.where((layout.pi != 0) & (pi == 0), layout.pi, pi)
    if layout.prices is not None:
        start["prices"] = layout.price_at(theta)
    if len(layout.rho):
        start["rho"] = np.clip(layout.rho_at(theta), 0.0, 0.99)
    names = layout.names(fit.design)
    low, high = fit.bounds.low, fit.bounds.high
    bounds = {n: (float(l), float(h)) for n, l, h in zip(names, low, high, strict=True)}
    steps: Steps = "iterated" if fit.steps > 2 else 1 if fit.steps == 1 else 2
    return estimate(
        fit.demand,
        panel,
        supply=fit.design.supply,
        start=start if len(layout.start) else None,
        bounds=bounds if len(layout.start) else None,
        steps=steps,
        n_starts=1,
        errors=fit.errors,
        micro=fit.micro,
        micro_covariance=fit.micro_covariance,
    )
