"""Every entry of a panel, predicted from what came before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from inroads.entry.entrant_model import EntrantModel
from inroads.entry.entrant_prior import EntrantPrior
from inroads.entry.entry_forecasts import forecast_entries, naive_forecasts
from inroads.entry.periods import EntryPanel, entry_panel
from inroads.entry.price_forecasts import forecast_prices, widening_of
from inroads.entry.qualities import Qualities, Rivals, measure
from inroads.entry.retrodiction import Retrodiction
from inroads.errors import one_of, refuse
from inroads.estimation.estimate import estimate
from inroads.estimation.results import Estimate
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.supply import Supply
from inroads.numerics.blas_threads import on_one_blas_thread
from inroads.tables.panel import Panel

#: what quality and cost of entrants are explained by, unless said otherwise
EFFECTS, COST_EFFECTS = "1 + firm_quality + utility_gap", "1 + firm_cost"


@on_one_blas_thread
def retrodict(
    demand: Demand,
    panel: Panel,
    supply: Supply | None = None,
    *,
    first: Any,
    new: str = "product_ids",
    firm: str = "firm_ids",
    period: str = "market_ids",
    effects: str = EFFECTS,
    cost_effects: str = COST_EFFECTS,
    rivals: Rivals = "realised",
    every: int = 1,
    start: Mapping[str, Any] | None = None,
    **options: Any,
) -> Retrodiction:
    """Predict what each new product sold from the periods before it, and compare.

    For each period from `first` on: demand (and supply) is estimated on all earlier periods; the
    unobserved quality xi of earlier entrants, when they were new, gives a distribution of that of
    the period's entrants; this gives each a share.

    An entrant's xi is `effects` x beta + u_firm + v_period + e: effects of firms and of periods
    are random (REML, best linear unbiased prediction), as are those of products where they are new
    in several markets at once. A period not seen yet and a firm that never launched anything are
    draws from their distributions. Tails are Student's t, whose scale and degrees of freedom come
    from predicting every earlier entrant by all the others. Entrants of firms never seen are draws
    from the entrants of firms that were once new themselves.

    The convention (rivals="realised"): an entrant meets its rivals, other entrants among them, at
    the prices they ask and with the mean utilities that the period's shares imply at the parameters
    estimated before it; its own characteristics and price are known, its xi alone is not. The level
    of xi in the period is read off products on sale before. This is what a counterfactual entry
    into an existing market has to predict, one entrant at a time; it is no forecast of the period.
    rivals="last" is: an entrant meets the market of the period before as it was then, nothing of
    its own period being known but its characteristics and price.

    Parameters
    ----------
    demand : Demand
        Without fixed effects to absorb: of new products nobody knows them.
    panel : Panel
        Markets in time. Instruments are taken as they are; they should be made of the market's own
        products.
    supply : Supply, optional
        With it costs of entrants are predicted as well, and prices at which firms' profits are
        highest; `frame` then has `price`, and `set_share`, the share at such prices.
    first : object
        The first period to predict.
    new, firm, period : str
        Columns of products: ids by which products are new, firms, and periods (in the order of
        their ids) where markets are not periods. A product new in several markets of a period is
        predicted in each.
    effects, cost_effects : str
        Formulas over columns of the panel and, of entrants: utility_gap (log s_j - log s_0 at xi =
        0, less the mean over the firm's products when last seen), price_gap (of log prices
        likewise: what price promises need not be worth what other characteristics do) and these
        means: firm_quality (xi), firm_age (periods since entry), firm_log_share, firm_log_price,
        firm_cost (omega). Prices that firms set are predicted with EFFECTS, which knows of the
        entrant's price no more than its utility.
    rivals : {"realised", "last"}
        The others in an entrant's market: those of its period, or those of the period before (where
        a period is one market).
    every : int
        Parameters are estimated anew every so many periods, and held in between.
    start : mapping, optional
        As in `estimate`; later estimations begin at the estimate before.
    **options
        Further arguments of `estimate`.

    Returns
    -------
    Retrodiction
        Predictions and outcomes, scores beside naive forecasts, and what the next entrant may be.

    Raises
    ------
    InputError
        For columns that are not there, `first` that is no period after the first, panels in which
        nothing is ever new or that have one firm, too few entrants before `first`, and demand with
        fixed effects.

    References
    ----------
    Efron, B. and Morris, C. (1975), Data analysis using Stein's estimator and its generalizations,
    Journal of the American Statistical Association 70(350).
    Robinson, G. K. (1991), That BLUP is a good thing: the estimation of random effects, Statistical
    Science 6(1).
    Dawid, A. P. (1984), Present position and potential developments: the prequential approach,
    Journal of the Royal Statistical Society A 147(2).
    Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and
    estimation, Journal of the American Statistical Association 102(477).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> rng = np.random.default_rng(0)
    >>> year, slot = np.repeat(np.arange(12), 40), np.tile(np.arange(40), 12)
    >>> product = slot + 40 * ((year + slot) // 4)                   # a new one every four years
    >>> xi = rng.normal(0, 1, 40 * 20)[product]
    >>> cost = rng.uniform(1, 2, len(year))
    >>> odds = np.exp(-4 - cost + xi)
    >>> products = pd.DataFrame({
    ...     "market_ids": year, "product_ids": product, "firm_ids": slot // 8, "prices": cost,
    ...     "shares": odds / (1 + pd.Series(odds).groupby(year).transform("sum")),
    ...     "demand_instruments0": cost + rng.normal(0, 0.1, len(year)),
    ... })
    >>> past = ir.retrodict(ir.Demand("1 + prices"), ir.read_panel(products), first=8)
    >>> len(past.frame)
    40
    """
    _check(demand, every)
    one_of("rivals", rivals, "realised", "last")
    entries = entry_panel(panel, new, firm, period)
    begin = entries.position(first)
    forecasts: list[pd.DataFrame] = []
    parameters: dict[object, dict[str, object]] = {}
    fit: Estimate | None = None
    for t in range(begin, len(entries.period_ids)):
        if fit is None or (t - begin) % every == 0:
            fit = _estimate(
                demand, entries.before(t), supply, start=start, previous=fit, options=options
            )
            parameters[entries.period_ids[t]] = _summary(fit)
        qualities = measure(entries, fit, t, rivals)
        entrants = qualities.entrants
        earlier = entrants[entrants["period"] < t]
        model = EntrantModel.learn(earlier, "quality", effects)
        costs = EntrantModel.learn(earlier, "cost", cost_effects) if supply else None
        # Who predicts prices does not know them.
        blind = EntrantModel.learn(earlier, "quality", EFFECTS) if supply else model
        rows = entrants.index[entrants["period"] == t].to_numpy()
        if len(rows):
            wider = widening_of(forecasts) if costs else 1.0
            forecasts.append(
                _forecast(
                    entries,
                    qualities,
                    earlier,
                    rows,
                    model=model,
                    blind=blind,
                    costs=costs,
                    widening=wider,
                )
            )
    if not forecasts:
        raise refuse(
            expected="new products in a period from `first` on",
            found="none",
            where="first",
            remedy="begin earlier.",
        )
    final = _estimate(demand, panel, supply, start=start, previous=fit, options=options)
    qualities = measure(entries, final, len(entries.period_ids) - 1)
    prior = EntrantPrior.learn(
        entries, qualities, final, effects=effects, cost_effects=cost_effects
    )
    return Retrodiction(
        frame=pd.concat(forecasts, ignore_index=True),
        parameters=pd.DataFrame.from_dict(parameters, orient="index").rename_axis("period"),
        prior=prior,
    )


def _check(demand: Demand, every: int) -> None:
    if demand.absorb is not None:
        raise refuse(
            expected="demand without fixed effects: of new products nobody knows them",
            found=f"absorb='{demand.absorb}'",
            where="demand",
            remedy="write characteristics into `linear`; effects of firms are estimated anyway.",
        )
    if not isinstance(every, int) or every < 1:
        raise refuse(
            expected="a number of periods of at least 1",
            found=repr(every),
            where="every",
            remedy="1 estimates in each period.",
        )


def _estimate(
    demand: Demand,
    panel: Panel,
    supply: Supply | None,
    *,
    start: Mapping[str, Any] | None,
    previous: Estimate | None,
    options: Mapping[str, Any],
) -> Estimate:
    """From the previous estimate, where there is one and anything is searched."""
    if previous is None or not len(previous.layout.start):
        return estimate(demand, panel, supply=supply, start=start, **options)
    warm = warm_start(previous)
    return estimate(demand, panel, supply=supply, start=warm, **{"n_starts": 1, **options})


def _summary(fit: Estimate) -> dict[str, object]:
    """Parameters, the objective, and whether the search converged."""
    search = {"objective": fit.objective, "converged": fit.converged}
    return {str(name): value for name, value in fit.params.items()} | search


def warm_start(previous: Estimate) -> dict[str, object]:
    """Parameters of an estimate as a start; where one is zero, what it was searched from."""
    layout = previous.layout
    theta = previous.params.to_numpy()[-len(layout.start) :]
    theta = np.where(theta == 0, layout.start, theta)
    sigma, pi = layout.matrices_at(theta)
    rho = layout.rho_at(theta)
    return {
        "sigma": sigma if sigma.size else None,
        "pi": pi if pi.size else None,
        "prices": None if layout.prices is None else layout.price_at(theta),
        "rho": rho if rho.size else None,
    }


def _forecast(
    entries: EntryPanel,
    qualities: Qualities,
    earlier: pd.DataFrame,
    rows: np.ndarray,
    *,
    model: EntrantModel,
    blind: EntrantModel,
    costs: EntrantModel | None,
    widening: float,
) -> pd.DataFrame:
    """A row an entrant of a period: who, what was predicted, what happened, every score."""
    entrants = qualities.frame.iloc[rows].reset_index(drop=True)
    quality = model.predict(entrants)
    forecast = forecast_entries(qualities, rows, quality)
    shares = entrants["shares"].to_numpy(float)
    head = pd.DataFrame(
        {
            "period": [entries.period_ids[t] for t in entrants["period"]],
            "market": entrants["market_ids"],
            "product": entrants["product"],
            "firm": entrants["firm"],
            "firm_is_new": entrants["firm_is_new"],
            "happened": shares,
        }
    )
    tail = pd.DataFrame({"quality": quality.mean, "quality_happened": entrants["quality"]})
    parts = [head, forecast, tail]
    for name, naive in naive_forecasts(qualities, earlier, rows).items():
        parts.append(naive.add_prefix(f"{name}_"))
    if costs is not None:
        parts.append(
            forecast_prices(qualities, earlier, rows, quality=blind, cost=costs, widening=widening)
        )
    return pd.concat(parts, axis=1)
