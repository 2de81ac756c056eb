"""What an estimate says of every product: its quality, and what its firm's were when last seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.entry.entrant_market import EntrantMarket
from inroads.entry.periods import EntryPanel, with_products
from inroads.errors import refuse
from inroads.estimation.out_of_sample import OutOfSample, demand_on
from inroads.estimation.results import Estimate
from inroads.estimation.specification.supply import Supply
from inroads.tables.panel import Panel

#: the others in an entrant's market: those of its period, or those of the period before
Rivals = Literal["realised", "last"]
#: the share at which a product that is not there is put into a market
UNSEEN = 1e-12
#: what estimates say of products; it moves with the market
_ESTIMATED = ("quality", "log_odds", "cost")
#: what can be seen without an estimate
_OBSERVED = ("log_share", "log_price", "age")
#: means over a firm's products, as columns of the table
FIRM_MEANS = tuple(f"firm_{name}" for name in (*_ESTIMATED, *_OBSERVED))


@dataclass(frozen=True, eq=False, kw_only=True)
class Qualities:
    """Products up to a period at an estimate's parameters.

    frame: the panel's columns and, a row a product and market,

    - period (position), firm, product, is_new, firm_is_new;
    - quality: xi; cost: omega, beside supply; log_share; log_price; age: periods since its first;
    - log_odds: log s_j - log s_0 if its quality were 0, all else as it was: what its
      characteristics and its price would sell (x_j beta + alpha p_j under plain logit);
    - firm_quality, firm_log_odds, ...: means over the firm's products in the last period that had
      any, missing for firms that are new. Of what is estimated they are brought forward by the mean
      change of products on sale in one period and the next: the level of all of them is the
      market's;
    - utility_gap: log_odds - firm_log_odds; price_gap: log_price - firm_log_price.

    latest: the firm_ columns as the last period leaves them, by firm. supply: what costs are, None
    where nothing is known of them.
    """

    frame: pd.DataFrame
    latest: pd.DataFrame
    sample: OutOfSample
    supply: Supply | None

    @property
    def entrants(self) -> pd.DataFrame:
        """Products when they were new."""
        return self.frame[self.frame["is_new"]]

    def market(self, row: int) -> EntrantMarket:
        """The market of the product at a position of the frame, its quality free."""
        markets = self.sample.demand.panel.products["market_ids"]
        products, buyers = self.sample.demand.buyers_of(markets.iloc[row])
        prices = self.frame["prices"].to_numpy(float)[products]
        return EntrantMarket(buyers, prices, int(np.flatnonzero(products == row)[0]))


def measure(
    entries: EntryPanel, estimate: Estimate, through: int, rivals: Rivals = "realised"
) -> Qualities:
    """Qualities of all products up to a period (a position), at the estimate's parameters.

    rivals "last" leaves out the last of these periods but for its entrants, which are put into the
    market before it: `quality` is then what would have given them their shares there, `sample`
    holds them at a share next to nothing.
    """
    mask = entries.periods <= through
    if rivals == "last":
        mask &= (entries.periods < through) | entries.is_new
    panel = entries.rows(mask)
    is_guest = (entries.periods[mask] == through) & (rivals == "last")
    sample = demand_on(estimate, _with_guests(panel, entries, is_guest, through))
    supply = estimate.design.supply
    if supply is not None:
        supply.require_no_effects("supply")
    shares, prices = (panel.products[c].to_numpy(float) for c in ("shares", "prices"))
    frame = panel.products.reset_index(drop=True).assign(
        period=entries.periods[mask],
        firm=entries.firm_ids[mask],
        product=entries.product_ids[mask],
        is_new=entries.is_new[mask],
        firm_is_new=entries.firm_is_new[mask],
        age=entries.age[mask],
        quality=_quality(sample, panel, is_guest),
        cost=np.nan if supply is None else sample.omega,
        log_share=np.log(shares),
        log_price=np.log(np.where(prices > 0, prices, np.nan)),
        log_odds=_log_odds(sample, prices),
    )
    frame, latest = _with_firm_means(frame)
    frame["utility_gap"] = frame["log_odds"] - frame["firm_log_odds"]
    frame["price_gap"] = frame["log_price"] - frame["firm_log_price"]
    return Qualities(frame=frame, latest=latest, sample=sample, supply=supply)


def _with_guests(panel: Panel, entries: EntryPanel, is_guest: np.ndarray, period: int) -> Panel:
    """The panel with some products (N,) in the market of the period before theirs."""
    if not is_guest.any():
        return panel
    home = entries.panel.products["market_ids"][entries.periods == period - 1].unique()
    if len(home) > 1:
        raise refuse(
            expected="one market a period for rivals='last'",
            found=str(len(home)),
            where="rivals",
            remedy="leave rivals as they turned out, rivals='realised'.",
        )
    products = panel.products.assign(
        market_ids=np.where(is_guest, home[0], panel.products["market_ids"]),
        shares=np.where(is_guest, UNSEEN, panel.products["shares"]),
    )
    return with_products(panel, products, panel.rows)


def _quality(sample: OutOfSample, panel: Panel, is_guest: np.ndarray) -> Array:
    """xi (N,), of guests that which gives them their shares where they are put."""
    from scipy.optimize import brentq

    quality = sample.xi.copy()
    log_share = np.log(panel.products["shares"].to_numpy(float))
    prices = panel.products["prices"].to_numpy(float)
    markets = sample.demand.panel.products["market_ids"]
    for row in np.flatnonzero(is_guest):
        products, buyers = sample.demand.buyers_of(markets.iloc[row])
        position = int(np.flatnonzero(products == row)[0])
        market = EntrantMarket(buyers, prices[products], position)

        def excess(
            change: float, market: EntrantMarket = market, target: float = log_share[row]
        ) -> float:
            return float(market.log_shares(np.array([change]))[0]) - target

        first = log_share[row] - np.log(UNSEEN)
        quality[row] += brentq(excess, first - 1.0, first + 30.0)
    return quality


def _log_odds(sample: OutOfSample, prices: Array) -> Array:
    """log s_j - log s_0 (N,) of each product if its own quality were 0."""
    result = np.empty(len(prices))
    for market in sample.demand.panel.markets:
        products, buyers = sample.demand.buyers_of(market)
        for position, row in enumerate(products):
            alone = EntrantMarket(buyers, prices[products], position)
            result[row] = alone.log_odds(-sample.xi[row])
    return result


def _with_firm_means(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with means of each firm when last seen, and what they are after the last period."""
    columns = [*_ESTIMATED, *_OBSERVED]
    levels = _market_levels(frame)
    relative = frame[["firm", "period", *_OBSERVED]].assign(
        **{name: frame[name] - levels[name].reindex(frame["period"]).array for name in _ESTIMATED}
    )
    means = relative.groupby(["firm", "period"])[columns].mean()
    earlier = means.groupby(level="firm").shift(1)
    rows = earlier.reindex(pd.MultiIndex.from_frame(frame[["firm", "period"]]))
    latest = means.groupby(level="firm").last()
    for name in _ESTIMATED:
        rows[name] += levels[name].reindex(frame["period"]).to_numpy()
        latest[name] += levels[name].iloc[-1]
    added = {f"firm_{name}": rows[name].to_numpy() for name in columns}
    return frame.assign(**added), latest[columns].add_prefix("firm_")


def _market_levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Of what is estimated, by period: sums of the mean changes of products that stay."""
    by_product = frame.groupby(["product", "period"])[list(_ESTIMATED)].mean()
    periods = by_product.index.get_level_values("period").to_series(index=by_product.index)
    stayed = periods.groupby(level="product").diff() == 1
    changes = by_product.groupby(level="product").diff()[stayed]
    mean_changes = changes.groupby(level="period").mean()
    every_period = pd.RangeIndex(int(frame["period"].max()) + 1)
    return mean_changes.reindex(every_period).fillna(0.0).cumsum()
