"""Prices of entrants where firms set them, from distributions of their quality and their cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes
from inroads.entry.copula import correlated_uniforms, own_correlation
from inroads.entry.entrant_model import EntrantModel
from inroads.entry.entry_forecasts import interval_names, interval_quantiles, scored_normal
from inroads.entry.qualities import Qualities
from inroads.uncertainty.scores import crps_draws

#: pairs of quality and cost at which a market is solved, for each entrant
PRICE_DRAWS = 32


def forecast_prices(
    qualities: Qualities,
    earlier: pd.DataFrame,
    rows: np.ndarray,
    quality: EntrantModel,
    cost: EntrantModel,
) -> pd.DataFrame:
    """What entrants at positions `rows` (n,) of the frame would ask, and sell at that.

    All prices of the market are set anew (Bertrand-Nash): rivals' costs are those that the period's
    prices imply, the entrant's quality and cost are drawn together. Columns price, price_low_50,
    ... and set_share, set_share_low_50, ...; price_happened; price_below and price_crps,
    set_share_below and set_share_crps, of logs; and price_firm_mean_below, ..., of the naive
    forecast that it asks what its firm's products did on average when last seen.
    """
    frame = qualities.frame
    entrants = frame.iloc[rows]
    u = correlated_uniforms(PRICE_DRAWS, own_correlation(quality, cost), seed=0)
    drawn_quality = quality.predict(entrants).quantile(u[:, 0])
    drawn_cost = cost.predict(entrants).quantile(u[:, 1])
    demand = qualities.sample.demand
    costs = demand.costs()
    prices, shares = (np.empty((len(rows), PRICE_DRAWS)) for _ in range(2))
    for k, row in enumerate(rows):
        changes = drawn_quality[k] - frame["quality"].iloc[row]
        cost_changes = drawn_cost[k] - frame["cost"].iloc[row]
        prices[k], shares[k] = _set_prices(qualities, row, costs, changes, cost_changes)
    quantiles = [np.quantile(x, interval_quantiles(), axis=1).T for x in (prices, shares)]
    names = [*interval_names("price"), *interval_names("set_share")]
    forecast = pd.DataFrame(np.hstack(quantiles), columns=names)
    happened = entrants["prices"].to_numpy(float)
    forecast = forecast.assign(
        price_happened=happened,
        **_scored_draws("price", np.log(happened), np.log(prices)),
        **_scored_draws("set_share", entrants["log_share"].to_numpy(float), np.log(shares)),
    )
    naive = _naive(earlier, entrants, np.log(happened)).add_prefix("price_firm_mean_")
    return pd.concat([forecast, naive], axis=1)


def _scored_draws(name: str, outcome: Array, draws: Array) -> dict[str, Array]:
    """below and crps (n,) of draws (n, W); an outcome has the middle of its rank among them."""
    rank = (draws < outcome[:, None]).sum(axis=1)
    return {
        f"{name}_below": (rank + 0.5) / (draws.shape[1] + 1),
        f"{name}_crps": crps_draws(outcome, draws),
    }


def _set_prices(
    qualities: Qualities, row: int, costs: Array, changes: Array, cost_changes: Array
) -> tuple[Array, Array]:
    """The entrant's price and share (W,) at changes of its quality and transformed cost (W,)."""
    demand = qualities.sample.demand
    products, buyers = demand.buyers_of(qualities.frame["market_ids"].iloc[row])
    entrant = int(np.flatnonzero(products == row)[0])
    prices = qualities.frame["prices"].to_numpy(float)[products]
    supply = qualities.supply
    W = len(changes)
    utility = np.repeat(buyers.utility[None], W, axis=0)
    utility[:, entrant] += changes[:, None]
    cost = np.repeat(costs[products][None], W, axis=0)
    assert supply is not None
    own = cost[:, entrant]
    cost[:, entrant] = own * np.exp(cost_changes) if supply.log else own + cost_changes
    owns = demand.ownership(products[None], None)[0]
    stakes = Stakes(
        retail_price_share=owns,
        wholesale_share=np.zeros_like(owns),
        cost=owns * cost[:, None, :],
    )
    worlds = replace(buyers, utility=utility)
    retail = Retail(worlds, stakes, np.arange(len(products)))
    solution = solve_prices(retail, prices)
    return solution.value[:, entrant], worlds.at_prices(solution.value).shares[:, entrant]


def _naive(earlier: pd.DataFrame, entrants: pd.DataFrame, log_price: Array) -> pd.DataFrame:
    """Firms ask what they asked; new firms what entrants asked. Normal, spread of the past."""
    differences = (earlier["log_price"] - earlier["firm_log_price"]).dropna()
    is_new = entrants["firm_is_new"].to_numpy(bool)
    mean = np.where(is_new, earlier["log_price"].mean(), entrants["firm_log_price"])
    spread = np.where(is_new, earlier["log_price"].std(), np.sqrt((differences**2).mean()))
    return scored_normal(log_price, mean, spread)
