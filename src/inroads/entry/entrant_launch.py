"""A product that nobody has seen yet, launched in an estimated market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.priced_demand import PricedDemand
from inroads.display import Card, Displayed, counted
from inroads.entry.entrant_market import EntrantMarket
from inroads.entry.entry_forecasts import interval_names, interval_quantiles
from inroads.entry.periods import with_products
from inroads.entry.qualities import UNSEEN
from inroads.errors import refuse
from inroads.estimation.implied.explained_costs import explained_costs
from inroads.estimation.out_of_sample import demand_on
from inroads.market.market import Market
from inroads.market.moves import Launch
from inroads.market.pricing import ListPrices
from inroads.tables.cells import cell_text
from inroads.tables.naming import label
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.entry.entrant_prior import EntrantPrior

#: what a newcomer is called among the offers of its market
NAME = "entrant"


@dataclass(frozen=True, eq=False, kw_only=True)
class Newcomer:
    """A product in its market, its quality free.

    table: its row, with what `EntrantModel.predict` needs; fitted: x beta, its mean utility at
    quality zero; fitted_cost: the same of transformed costs, nan without supply; utility (I,):
    agents' utility of it at price zero and quality zero.
    """

    market: object
    firm: object
    price: float
    table: pd.DataFrame
    fitted: float
    fitted_cost: float
    utility: Array


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class LaunchForecast(Displayed):
    """What a launch comes to.

    Attributes
    ----------
    draws : DataFrame
        A row a draw: share and price of the entrant; firm, the share of its firm's other products;
        rivals, that of all other products; none, that of the outside option.
    before : Series
        The last three without the entrant.
    market : Market
        The market as it was.
    """

    draws: pd.DataFrame
    before: pd.Series
    market: Market

    def _card(self) -> Card:
        return Card(
            line=f"LaunchForecast of {counted(len(self.draws), 'draw')}",
            table=self.frame,
            next_steps=("forecast.frame", "forecast.draws", "forecast.market"),
        )

    @property
    def frame(self) -> pd.DataFrame:
        """Rows share, price, firm, rivals, none; columns before, median, low_50, high_50, ..."""
        names = [name.removeprefix("_") for name in interval_names("")]
        table = self.draws.quantile(interval_quantiles()).T.set_axis(["median", *names[1:]], axis=1)
        table.insert(0, "before", self.before.reindex(table.index))
        return table


def newcomer(
    prior: EntrantPrior, firm: Any, characteristics: Mapping[str, Any], market: Any
) -> Newcomer:
    """The product in a market of the last period; InputError for what is not known of it."""
    panel = prior.last
    market_id = panel.markets[-1] if market is None else label(market, panel.markets)
    if market_id is None:
        raise refuse(
            expected=f"a market of the last period ({', '.join(map(str, panel.markets[:5]))})",
            found=repr(market),
            where="market",
            remedy="launch into one of these.",
        )
    if prior.estimate.demand.nested:
        raise refuse(
            expected="demand without nests",
            found="nested=True",
            where="demand",
            remedy="use Launch(..., nest=) with mean utilities drawn from elsewhere.",
        )
    firm_id = label(firm, prior.firms.index)
    enlarged = _with_row(
        panel, market_id, characteristics, firm_column=prior.firm_column, firm=firm
    )
    sample = demand_on(prior.estimate, enlarged)
    products, buyers = sample.demand.buyers_of(market_id)
    prices = enlarged.products["prices"].to_numpy(float)
    row = len(enlarged) - 1
    alone = EntrantMarket(buyers, prices[products], int(np.flatnonzero(products == row)[0]))
    odds = alone.log_odds(-sample.xi[row])
    of_firm = dict.fromkeys(prior.firms.columns, np.nan)
    if firm_id is not None:
        of_firm = prior.firms.loc[firm_id].to_dict()
    columns = {
        **of_firm,
        "period": -1,
        "product": None,
        "firm": firm if firm_id is None else firm_id,
        "firm_is_new": firm_id is None,
        "log_odds": odds,
        "utility_gap": odds - of_firm["firm_log_odds"],
        "log_price": np.log(prices[row]) if prices[row] > 0 else np.nan,
    }
    table = enlarged.products.iloc[[row]].reset_index(drop=True).assign(**columns)
    table["price_gap"] = table["log_price"] - table["firm_log_price"]
    return Newcomer(
        market=market_id,
        firm=columns["firm"],
        price=float(prices[row]),
        table=table,
        fitted=float(sample.demand.delta[row] - sample.xi[row]),
        fitted_cost=_fitted_cost(prior, table),
        utility=buyers.utility[alone.entrant] - sample.xi[row],
    )


def _with_row(
    panel: Panel,
    market: object,
    characteristics: Mapping[str, Any],
    *,
    firm_column: str,
    firm: Any,
) -> Panel:
    """The market with a last row for the newcomer, which sells next to nothing."""
    if "prices" not in characteristics:
        raise refuse(
            expected="prices among the characteristics: what it asks, or where to begin",
            found="none",
            where="characteristics",
            remedy="give a price.",
        )
    products = panel.products[panel.products["market_ids"] == market]
    unknown = [name for name in characteristics if name not in products]
    if unknown:
        raise refuse(
            expected="columns of products",
            found=str(unknown[0]),
            where="characteristics",
            remedy="name columns as the panel does.",
        )
    instruments = {c: 0.0 for c in products if "_instruments" in str(c)}
    row = {**instruments, **characteristics, "market_ids": market, "shares": UNSEEN}
    new = {**row, firm_column: firm}
    # Column by column: what concat does with a row of missing values changes between versions.
    enlarged = pd.DataFrame({c: [*products[c], new.get(str(c), np.nan)] for c in products})
    enlarged = enlarged.astype(
        {c: float for c in products.select_dtypes("number") if c not in ("market_ids", firm_column)}
    )
    return with_products(panel, enlarged, None)


def _fitted_cost(prior: EntrantPrior, table: pd.DataFrame) -> float:
    supply = prior.estimate.design.supply
    if supply is None:
        return np.nan
    supply.require_no_effects("supply")
    return float(explained_costs(prior.estimate, table)[0])


def forecast_launch(
    prior: EntrantPrior, entrant: Newcomer, qualities: Array, costs: Array | None
) -> LaunchForecast:
    """The market after the launch, at each quality and unit cost (n,); prices held without."""
    market = prior.estimate.market(entrant.market, below_zero=True)
    if costs is None:
        market = replace(market, pricing=ListPrices())
    assert isinstance(market.consumers, PricedDemand)
    firm = cell_text(entrant.firm)
    own = market.offers["manufacturer"] == firm
    shares = market.solve(certificate=False).shares
    before = {"firm": shares[own].sum(), "rivals": shares[~own].sum(), "none": 1 - shares.sum()}
    rows = []
    for k, quality in enumerate(qualities):
        launch = Launch(
            NAME,
            manufacturer=firm,
            price=entrant.price,
            utility=entrant.utility + quality,
            production_cost=None if costs is None else float(costs[k]),
        )
        after = market.after(launch).solve(certificate=False)
        others = after.shares.iloc[:-1]
        rows.append(
            {
                "share": after.shares.iloc[-1],
                "price": after.prices.iloc[-1],
                "firm": others[own.to_numpy()].sum(),
                "rivals": others[~own.to_numpy()].sum(),
                "none": after.outside,
            }
        )
    return LaunchForecast(draws=pd.DataFrame(rows), before=pd.Series(before), market=market)
