"""What an industry settles on: prices, terms, who sells and earns what, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice import diversion_ratios, elasticities
from inroads.conduct.certificate import Certificate
from inroads.conduct.equilibrium import PriceEquilibrium
from inroads.scenario.industry import Industry
from inroads.solution import Solution


@dataclass(frozen=True)
class Settlement:
    """An equilibrium with its labels; money is for the whole market, units are consumers'."""

    industry: Industry
    solution: Solution[PriceEquilibrium]

    @property
    def equilibrium(self) -> PriceEquilibrium:
        """The arrays; raises ConvergenceError unless converged."""
        return self.solution.unwrap()

    @property
    def certificate(self) -> Certificate | None:
        """Residual, curvature and best deviation found."""
        return self.solution.value.certificate

    @property
    def prices(self) -> pd.Series:
        """Retail prices by offer."""
        return pd.Series(self.equilibrium.prices, self.industry.offers.index, name="price")

    @property
    def shares(self) -> pd.Series:
        """Shares of all consumers in the market, by offer."""
        return pd.Series(self.equilibrium.shares, self.industry.offers.index, name="share")

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row an offer: firms, price, wholesale price, share, units, margins of both sides."""
        e, offers = self.equilibrium, self.industry.offers
        bought = e.wholesale * offers["pays"]
        inside = self.industry.owner("maker") == self.industry.owner("shop")
        frame = offers[["maker", "shop"]].assign(
            price=e.prices,
            wholesale=np.where(inside, np.nan, e.wholesale),
            share=e.shares,
            units=e.shares * self.industry.size,
        )
        cost = np.where(inside, offers["making"], bought)
        frame["shop margin"] = offers["kept"] * e.prices - cost - offers["handling"]
        received = offers["gets"] * e.wholesale - offers["making"]
        frame["maker margin"] = np.where(inside, np.nan, received)
        return frame

    @property
    def profits(self) -> pd.Series:
        """Profit of each owner, after fees."""
        money = self.equilibrium.profits * self.industry.size
        return pd.Series(money, self.industry.firms, name="profit")

    @property
    def consumer_surplus(self) -> float:
        """Of all consumers together; meaningful in differences."""
        return self.equilibrium.surplus * self.industry.size

    @cached_property
    def links(self) -> pd.DataFrame:
        """A row a negotiation: maker, shop, wholesale price (mean by units), fee, each side's gain
        and threat point (its profit without the deal), joint surplus, and whether it is agreed: not
        where a side would be better off without it (no deal)."""
        e, bargaining = self.equilibrium, self.industry.bargaining
        columns = ["maker", "shop", "wholesale", "fee", "maker gain", "shop gain", "joint"]
        columns += ["maker threat", "shop threat", "agreed"]
        if bargaining is None:
            return pd.DataFrame(columns=columns)
        k, size, firms = bargaining.links, self.industry.size, self.industry.firms
        sold = k.offers_lost * e.shares
        row = np.arange(len(k))
        values = [
            [firms[f] for f in k.manufacturer],
            [firms[f] for f in k.channel],
            (sold @ e.wholesale) / sold.sum(axis=1),
            e.fixed_fees * size,
            e.gains.manufacturer * size,
            e.gains.channel * size,
            e.gains.joint * size,
            e.disagreement_profits[row, k.manufacturer] * size,
            e.disagreement_profits[row, k.channel] * size,
            np.minimum(e.gains.manufacturer, e.gains.channel) >= 0,
        ]
        return pd.DataFrame(dict(zip(columns, values, strict=True)))

    def elasticities(self) -> pd.DataFrame:
        """Row j, column k: percent change of j's share for one percent on k's price."""
        e, index = self.equilibrium, self.industry.offers.index
        table = elasticities(e.conditions.choices.jacobian, e.prices, e.shares)
        return pd.DataFrame(table, index, index)

    def diversion(self) -> pd.DataFrame:
        """Row j: where its lost buyers go when its price rises; the last column is none."""
        index = self.industry.offers.index
        table = diversion_ratios(self.equilibrium.conditions.choices.jacobian)
        return pd.DataFrame(table, index, [*index, "none"])

    def pass_through(self) -> pd.DataFrame:
        """Row k, column j: by how much k's retail price rises for a unit of j's shop's costs.

        All prices answer, wholesale prices held; capacities are left out of account.
        """
        industry = self.industry
        nothing = np.zeros(len(industry.offers))
        borne = industry.stakes_at(nothing + 1.0, nothing).cost
        index = industry.offers.index
        return pd.DataFrame(self.equilibrium.conditions.cost_pass_through(borne), index, index)

    @property
    def concentration(self) -> float:
        """HHI of owners' shares of units sold (of the shop's owner), 0 to 10,000."""
        units = pd.Series(self.equilibrium.shares).groupby(self.industry.owner("shop").to_numpy())
        share = units.sum() / self.equilibrium.shares.sum()
        return float(10_000 * (share**2).sum())


def changes(before: Settlement, after: Settlement) -> pd.DataFrame:
    """A row an offer: price and share before and after, in percent of what they were."""
    frame = pd.DataFrame(
        {
            "price before": before.prices,
            "price after": after.prices,
            "share before": before.shares,
            "share after": after.shares,
        }
    )
    frame["price change"] = frame["price after"] / frame["price before"] - 1
    frame["share change"] = frame["share after"] / frame["share before"] - 1
    return frame
