"""What a market comes to: who buys what, at which price, and how well off consumers are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice import (
    consumer_surplus,
    diversion_ratios,
    elasticities,
    price_jacobian,
    shares,
)
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.scenario.market import Market
from inroads.solution import Solution, Status


@dataclass(frozen=True)
class Outcome:
    """A solved market.

    table: offers with labels (J rows); P (J, I) probabilities; inclusive (I,) values; weights (I,);
    money (I,) marginal utility of a dollar. At list prices nothing is solved for; the residual of
    `solution` is how far probabilities and the outside option are from adding up to one.
    """

    market: Market
    table: pd.DataFrame
    P: Array
    inclusive: Array
    weights: Array
    money: Array

    @cached_property
    def solution(self) -> Solution[Array]:
        """Shares (J,) of all consumers in the market, with status and residual."""
        gap = np.abs(self.P.sum(axis=0) + np.exp(-self.inclusive) - 1.0).max()
        status = Status.CONVERGED if gap < 1e-10 else Status.STALLED
        return Solution(shares(self.P, self.weights), status, float(gap), 0)

    @property
    def shares(self) -> pd.Series:
        """Shares of consumers in the market, by (device, channel)."""
        index = pd.MultiIndex.from_frame(self.table[["device", "channel"]])
        return pd.Series(self.solution.unwrap(), index=index, name="shares")

    @property
    def outside(self) -> float:
        """Share of consumers in the market who buy none."""
        return float(1.0 - self.solution.unwrap().sum())

    def sales(self, by: str = "maker") -> pd.Series:
        """Units a period, by "maker", "channel", "device", "tier" or "platform"."""
        if by not in self.table:
            raise InputError.single(
                expected="one of maker, channel, device, brand, tier, platform",
                found=repr(by),
                where="by",
                remedy="choose one of these",
            )
        units = pd.Series(self.solution.unwrap() * self.market.size, name="units")
        return units.groupby(self.table[by].to_numpy()).sum().rename_axis(by)

    def share_of_sales(self, by: str = "maker") -> pd.Series:
        """Shares of units sold, summing to one, by the same."""
        units = self.sales(by)
        return (units / units.sum()).rename("share")

    @property
    def mean_price(self) -> float:
        """Mean list price of units sold, dollars."""
        s = self.solution.unwrap()
        return float(s @ self.table["price"].to_numpy(float) / s.sum())

    @property
    def consumer_surplus(self) -> float:
        """Dollars a period, all consumers together; meaningful in differences."""
        each = consumer_surplus(self.inclusive, self.weights, self.money)
        return float(each * self.market.size)

    def jacobian(self) -> Array:
        """ds_j/dp_k (J, J), per dollar of list price."""
        arrays, theta = self.market.arrays, self.market.tastes["money"]
        price = self.table["price"].to_numpy(float)[:, None]
        # A price weighs as its payment does: instalments scale with it.
        money = arrays.spread(-theta * arrays.X[0] / price)
        return price_jacobian(self.P, self.weights, money)

    def elasticities(self) -> pd.DataFrame:
        """Row j, column k: percent change of j's share for one percent on k's price."""
        prices = self.table["price"].to_numpy(float)
        e = elasticities(self.jacobian(), prices, self.solution.unwrap())
        index = self.shares.index
        return pd.DataFrame(e, index=index, columns=index)

    def diversion(self) -> pd.DataFrame:
        """Row j: where its lost buyers go when its price rises; the last column is none."""
        index = self.shares.index
        columns = [*index, ("none", "none")]
        D = diversion_ratios(self.jacobian())
        return pd.DataFrame(D, index=index, columns=pd.MultiIndex.from_tuples(columns))


def compare(before: Outcome, after: Outcome, by: str = "maker") -> pd.DataFrame:
    """Units and shares of sales before and after, by maker (or channel, device...)."""
    frame = pd.DataFrame(
        {
            "units before": before.sales(by),
            "units after": after.sales(by),
            "share before": before.share_of_sales(by),
            "share after": after.share_of_sales(by),
        }
    ).fillna(0.0)
    frame["change in units"] = frame["units after"] - frame["units before"]
    return frame.sort_values("units after", ascending=False)
