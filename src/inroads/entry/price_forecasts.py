"""Prices of entrants where firms set them, from distributions of their quality and their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from inroads.choice.base import Array
from inroads.entry.entrant_market import EntrantMarket
from inroads.entry.entrant_model import EntrantModel, correlated_uniforms, own_correlation
from inroads.entry.entry_forecasts import interval_names, interval_quantiles, scored_normal
from inroads.entry.qualities import Qualities
from inroads.estimation.specification.supply import Supply
from inroads.uncertainty.scores import crps_draws

#: pairs of quality and cost for each entrant
PRICE_DRAWS = 256
#: markups that are tried, over the market's highest price, before the best is refined
_MARKUPS = np.geomspace(1e-3, 20.0, 48)
_GOLDEN = (np.sqrt(5) - 1) / 2
_REFINEMENTS = 40
#: forecasts that speak for the spread of costs being right, beside those that were made
_TRUSTED = 30


def forecast_prices(
    qualities: Qualities,
    earlier: pd.DataFrame,
    rows: np.ndarray,
    *,
    quality: EntrantModel,
    cost: EntrantModel,
    widening: float = 1.0,
) -> pd.DataFrame:
    """What entrants at positions `rows` (n,) of the frame would ask, and sell at that.

    The entrant's quality and cost are drawn together, and it has the price at which its firm earns
    most, all other prices and the costs that they imply (Bertrand-Nash) being as they are. Columns
    price, price_low_50, ... and set_share, set_share_low_50, ...; price_happened; price_below and
    price_crps, set_share_below and set_share_crps, of logs; and price_firm_mean_below, ..., of the
    naive forecast that it asks what its firm's products did on average when last seen. The spread
    of costs is `widening` times what entrants seen by now say: they were measured at parameters
    that were estimated on them, those to come are not. price_widening: the same.
    """
    supply = qualities.supply
    assert supply is not None
    frame = qualities.frame
    entrants = frame.iloc[rows]
    u = correlated_uniforms(PRICE_DRAWS, own_correlation(quality, cost), seed=0)
    sample = qualities.sample
    changes = quality.predict(entrants).quantile(u[:, 0]) - sample.xi[rows][:, None]
    own_cost = cost.predict(entrants)
    own_cost = replace(own_cost, scale=widening * own_cost.scale)
    cost_changes = own_cost.quantile(u[:, 1]) - sample.omega[rows][:, None]
    costs = sample.demand.costs()
    prices, shares = (np.empty((len(rows), PRICE_DRAWS)) for _ in range(2))
    for k, row in enumerate(rows):
        own_costs = _changed(costs[row], cost_changes[k], supply)
        prices[k], shares[k] = _best_prices(
            qualities, row, costs, changes=changes[k], own_costs=own_costs
        )
    quantiles = [np.quantile(x, interval_quantiles(), axis=1).T for x in (prices, shares)]
    names = [*interval_names("price"), *interval_names("set_share")]
    happened = entrants["prices"].to_numpy(float)
    forecast = pd.DataFrame(np.hstack(quantiles), columns=names).assign(
        price_happened=happened,
        price_widening=widening,
        **_scored_draws("price", np.log(happened), np.log(prices)),
        **_scored_draws("set_share", entrants["log_share"].to_numpy(float), np.log(shares)),
    )
    naive = _naive(earlier, entrants, np.log(happened)).add_prefix("price_firm_mean_")
    return pd.concat([forecast, naive], axis=1)


def widening_of(forecasts: Sequence[pd.DataFrame]) -> float:
    """How much wider price forecasts of earlier periods should have been: the root mean square of
    what happened, in their standard deviations, drawn towards 1 where they are few."""
    if not forecasts:
        return 1.0
    past = pd.concat(forecasts)[["price_below", "price_widening"]].to_numpy(float)
    z = norm.ppf(past[:, 0]) * past[:, 1]
    return float(np.sqrt((_TRUSTED + (z**2).sum()) / (_TRUSTED + len(z))))


def _changed(cost: float, changes: Array, supply: Supply) -> Array:
    """Costs (W,) at changes of f(c)."""
    return cost * np.exp(changes) if supply.log else cost + changes


def _best_prices(
    qualities: Qualities, row: int, costs: Array, *, changes: Array, own_costs: Array
) -> tuple[Array, Array]:
    """The entrant's price and share (W,) at changes of its quality (W,) and costs (W,)."""
    demand = qualities.sample.demand
    market = qualities.market(row)
    products, _ = demand.buyers_of(demand.panel.products["market_ids"].iloc[row])
    owns = demand.ownership(products[None], None)[0, market.entrant]
    other_margins = owns * (market.prices - costs[products])
    other_margins[market.entrant] = 0.0
    prices = best_price(market, changes, own_costs, other_margins)
    moved = changes[:, None] - market.alpha * (prices - market.prices[market.entrant])[:, None]
    return prices, market.shares_by_agent(moved)


def best_price(market: EntrantMarket, changes: Array, costs: Array, other_margins: Array) -> Array:
    """The price (W,) at which the entrant's firm earns most, at changes of its utility (W,).

    costs (W,): of a unit; other_margins (J,): what its firm earns on every other offer. The best of
    a grid of markups, refined by golden sections: a firm that sells to few kinds of agents has
    several local optima.
    """
    highest = float(market.prices.max())
    own_price = market.prices[market.entrant]

    def profit(log_markup: Array) -> Array:
        margin = highest * np.exp(log_markup)
        moved = changes[:, None] - market.alpha * (costs + margin - own_price)[:, None]
        return market.profits(moved, margin, other_margins)

    grid = np.log(_MARKUPS)
    values = np.array([profit(np.full(len(changes), x)) for x in grid])
    best = np.clip(values.argmax(axis=0), 1, len(grid) - 2)
    low, high = grid[best - 1], grid[best + 1]
    for _ in range(_REFINEMENTS):
        inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        falls = profit(inner) > profit(outer)
        low, high = np.where(falls, low, inner), np.where(falls, outer, high)
    return np.asarray(costs + highest * np.exp((low + high) / 2))


def _scored_draws(name: str, outcome: Array, draws: Array) -> dict[str, Array]:
    """below and crps (n,) of draws (n, W); an outcome has the middle of its rank among them."""
    rank = (draws < outcome[:, None]).sum(axis=1)
    return {
        f"{name}_below": (rank + 0.5) / (draws.shape[1] + 1),
        f"{name}_crps": crps_draws(outcome, draws),
    }


def _naive(earlier: pd.DataFrame, entrants: pd.DataFrame, log_price: Array) -> pd.DataFrame:
    """Firms ask what they asked; new firms what entrants asked. Normal, spread of the past."""
    differences = (earlier["log_price"] - earlier["firm_log_price"]).dropna()
    is_new = entrants["firm_is_new"].to_numpy(bool)
    mean = np.where(is_new, earlier["log_price"].mean(), entrants["firm_log_price"])
    spread = np.where(is_new, earlier["log_price"].std(), np.sqrt((differences**2).mean()))
    return scored_normal(log_price, mean, spread)
