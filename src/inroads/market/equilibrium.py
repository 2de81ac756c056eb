"""What a market comes to: prices, terms, who buys what, who earns what, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice import consumer_surplus
from inroads.choice.base import Array
from inroads.conduct.certificate import Certificate
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.conduct.demand_systems import SystemAtPrices
from inroads.conduct.equilibrium import PriceEquilibrium
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.display import Card, counted
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.output.charts import EquilibriumCharts
from inroads.market.output.derivatives import EquilibriumDerivatives
from inroads.market.output.workbooks import UNITS
from inroads.market.pricing import ListedPrices
from inroads.market.utility_columns import DOLLARS
from inroads.solution import Solution
from inroads.tables.workbook import write_workbook

if TYPE_CHECKING:
    from inroads.market.market import Market

_LINK_COLUMNS = (
    *("manufacturer", "channel", "wholesale", "fixed_fee"),
    *("manufacturer_gain", "channel_gain", "joint_gain"),
    *("manufacturer_disagreement_profit", "channel_disagreement_profit", "agreed"),
)


@dataclass(frozen=True, repr=False)
class Equilibrium(EquilibriumCharts, EquilibriumDerivatives):
    """A solved market, with its labels; `Market.solve` makes it.

    Money is for the whole market, units are consumers'.

    Parameters
    ----------
    market : Market
        As it was solved.
    solution : Solution
        Of a `PriceEquilibrium` where firms set prices, of `ListedPrices` where nobody does.
    """

    market: Market
    solution: Solution[PriceEquilibrium] | Solution[ListedPrices]

    @property
    def state(self) -> PriceEquilibrium | ListedPrices:
        """The arrays; raises ConvergenceError unless converged."""
        return self.solution.unwrap()

    @property
    def arrays(self) -> PriceEquilibrium:
        """The arrays of a market in which firms set prices; refused where nobody does."""
        state = self.state
        if isinstance(state, PriceEquilibrium):
            return state
        raise refuse(
            expected="a market in which firms set prices (pricing Bertrand or Vertical)",
            found="list prices: nothing is known of profits and terms",
            where="equilibrium",
            remedy="give pricing=Bertrand(), or derive costs with market.with_firms(...).",
        )

    @property
    def choices(self) -> DemandAtPrices | ConsiderationAtPrices | SystemAtPrices:
        """What consumers choose, and what follows from it, at the prices of the solution."""
        state = self.state
        return state.choices if isinstance(state, ListedPrices) else state.conditions.choices

    @property
    def _by_agent(self) -> DemandAtPrices | ConsiderationAtPrices:
        choices = self.choices
        if isinstance(choices, SystemAtPrices):
            raise refuse(
                expected="consumers who choose one offer each, for probabilities",
                found=type(self.market.consumers).__name__,
                where="consumers",
                remedy="look at .shares, or describe consumers by PricedDemand.",
            )
        return choices

    @property
    def P(self) -> Array:
        """Choice probabilities (J, I), of a labelled market by cell and type, cells first."""
        return self._by_agent.P

    @property
    def weights(self) -> Array:
        """Agents' weights (I,)."""
        return self.market.weights.ravel()

    @property
    def certificate(self) -> Certificate | None:
        """Residual, curvature, best deviation and terms, by name; None where nothing was to be
        proved."""
        value, market = self.solution.value, self.market
        if not isinstance(value, PriceEquilibrium) or value.certificate is None:
            return None
        return value.certificate.named(market.firms, list(market.offer_names), market.size)

    def _card(self) -> Card:
        solution = self.solution
        return Card(
            line=f"Equilibrium of {counted(len(self.market.offers), 'offer')}, "
            f"{solution.status.value}, residual {solution.residual:.1e}",
            table=self.frame if solution.converged else None,
            next_steps=("e.sales()", "e.frame", "e.elasticities()", "ir.compare(e, other)"),
        )

    # By offer

    @property
    def offers(self) -> pd.Index:
        """The names of offers: (product, channel) where labelled."""
        return self.market.offer_names

    @property
    def prices(self) -> pd.Series:
        """Retail prices by offer."""
        return pd.Series(self.state.prices, self.offers, name="price")

    @property
    def shares(self) -> pd.Series:
        """Shares of all consumers in the market, by offer."""
        return pd.Series(self.state.shares, self.offers, name="share")

    @property
    def outside(self) -> float:
        """Share of consumers in the market who buy none."""
        return float(1.0 - self.state.shares.sum())

    @property
    def wholesale(self) -> pd.Series:
        """Wholesale prices by offer; nan inside one firm, or where nothing is known of them."""
        state, market = self.state, self.market
        if isinstance(state, ListedPrices):
            return pd.Series(np.nan, self.offers, name="wholesale")
        inside = market.owner("manufacturer") == market.owner("seller")
        prices = np.where(inside, np.nan, state.wholesale)
        return pd.Series(prices, self.offers, name="wholesale")

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row an offer: firms, price, wholesale price, share, units, margins of both sides (nan
        at list prices)."""
        market, contracts = self.market, self.market.contracts
        frame = contracts[["manufacturer", "channel", "seller"]].assign(
            price=self.prices,
            wholesale=self.wholesale,
            share=self.shares,
            units=self.shares * market.size,
            channel_margin=np.nan,
            manufacturer_margin=np.nan,
        )
        state = self.state
        if isinstance(state, PriceEquilibrium):
            inside = frame["wholesale"].isna()
            bought = state.wholesale * contracts["channel_pays"]
            cost = np.where(inside, contracts["production_cost"], bought)
            retained = contracts["retail_share"] * state.prices
            frame["channel_margin"] = retained - cost - contracts["retail_cost"]
            received = contracts["manufacturer_receives"] * state.wholesale
            margin = received - contracts["production_cost"]
            frame["manufacturer_margin"] = np.where(inside, np.nan, margin)
        return frame

    def to_excel(self, path: str | PathLike[str]) -> None:
        """Write a workbook: offers, negotiations and profits, a sheet each, with their units.

        Parameters
        ----------
        path : path
            Of the workbook (.xlsx).
        """
        tables = {"offers": self.frame, "negotiations": self.links}
        if isinstance(self.state, PriceEquilibrium):
            tables["profits"] = self.profits.rename_axis("firm").to_frame()
        write_workbook(path, {name: table for name, table in tables.items() if len(table)}, UNITS)

    # By firm, product, ...

    def sales(self, by: str = "manufacturer") -> pd.Series:
        """Units a period.

        Parameters
        ----------
        by : str
            A column of the market's table: "manufacturer", "channel", ...

        Returns
        -------
        Series
            By that column.

        Raises
        ------
        InputError
            For another name.
        """
        columns = self.market.columns
        if by not in columns:
            raise refuse(
                expected=f"one of {', '.join(columns)}",
                found=repr(by),
                where="by",
                remedy="choose one of these",
            )
        units = pd.Series(self.state.shares * self.market.size, name="units")
        return units.groupby(columns[by]).sum().rename_axis(by)

    def share_of_sales(self, by: str = "manufacturer") -> pd.Series:
        """Shares of units sold, summing to one.

        Parameters
        ----------
        by : str
            A column of the market's table: "manufacturer", "channel", ...

        Returns
        -------
        Series
            By that column.
        """
        units = self.sales(by)
        return (units / units.sum()).rename("share")

    @property
    def mean_price(self) -> float:
        """Mean price of units sold."""
        state = self.state
        return float(state.shares @ state.prices / state.shares.sum())

    @property
    def profits(self) -> pd.Series:
        """Profit of each owner, after fees."""
        money = self.arrays.profits * self.market.size
        return pd.Series(money, self.market.firms, name="profit")

    @property
    def consumer_surplus(self) -> float:
        """Money a period, all consumers together; meaningful in differences."""
        state, market = self.state, self.market
        if isinstance(state, PriceEquilibrium):
            return state.surplus * market.size
        if not market.is_labelled:
            return float(self.choices.surplus * market.size)
        alpha = market.arrays.to_agents(market.tastes["money"] * market.arrays.money / DOLLARS)
        inclusive = self._by_agent.inclusive
        return float(consumer_surplus(inclusive, self.weights, alpha) * market.size)

    @property
    def concentration(self) -> float:
        """HHI of owners' shares of units sold (of the seller's owner), 0 to 10,000."""
        units = pd.Series(self.state.shares).groupby(self.market.owner("seller"))
        share = units.sum() / self.state.shares.sum()
        return float(10_000 * (share**2).sum())

    # Terms

    @cached_property
    def links(self) -> pd.DataFrame:
        """A row a negotiation: manufacturer, channel, wholesale price (mean by units), fixed fee,
        each side's gain, joint gain, each side's disagreement profit, and whether it is agreed: not
        where a side would be better off without it (no deal)."""
        state, negotiated = self.state, conduct_arrays.negotiated_terms(self.market)
        if negotiated is None or isinstance(state, ListedPrices):
            return pd.DataFrame(columns=list(_LINK_COLUMNS))
        k, size, firms = negotiated.links, self.market.size, self.market.firms
        sold = k.offers_lost * state.shares
        row, gains, without = np.arange(len(k)), state.gains, state.disagreement_profits
        values = [
            [firms[f] for f in k.manufacturer],
            [firms[f] for f in k.channel],
            (sold @ state.wholesale) / sold.sum(axis=1),
            state.fixed_fees * size,
            gains.manufacturer * size,
            gains.channel * size,
            gains.joint * size,
            without[row, k.manufacturer] * size,
            without[row, k.channel] * size,
            np.minimum(gains.manufacturer, gains.channel) >= 0,
        ]
        return pd.DataFrame(dict(zip(_LINK_COLUMNS, values, strict=True)))

    @property
    def quotas(self) -> pd.DataFrame:
        """A row a `Quota`: units allowed and sold, the shadow price of one more (money a unit, 0
        where they are not all sold), and rent, what all licences are worth, which firms keep."""
        state, market = self.state, self.market
        imposed = getattr(market.pricing, "quotas", ())
        names = pd.Index([quota.label for quota in imposed], dtype=object, name="quota")
        shadow = np.zeros(len(imposed))
        if isinstance(state, PriceEquilibrium) and state.shadow_prices is not None:
            shadow = state.shadow_prices
        sold = [float(state.shares[q.offers_of(market)].sum() * market.size) for q in imposed]
        columns = {"units": [q.units for q in imposed], "sold": sold, "shadow_price": shadow}
        return pd.DataFrame(columns | {"rent": shadow * sold}, names)
