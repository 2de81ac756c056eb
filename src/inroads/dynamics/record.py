"""The record of a path: what was sold, who owns what, and that stocks and flows agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.dynamics.period_pricing import PeriodOutcome
from inroads.dynamics.population import Population
from inroads.errors import InroadsError, refuse
from inroads.market.market import Market

# Rounding of a few hundred sums of shares; anything larger is a mistake.
_TOLERANCE = 1e-11


@dataclass(frozen=True, kw_only=True, repr=False)
class Path(Displayed):
    """What came of a market over T periods; `simulate_path` and `follow` make it.

    Money is the market's a period.

    Parameters
    ----------
    frame : DataFrame
        A row an offer and period: manufacturer, brand, product, channel, list price, price,
        wholesale price, share of the consumers in the market, units; by its name, the units that
        each of the settings' groups buys.
    in_use : DataFrame
        Products in use by brand, rows 0 to T, row q at the start of period q; no columns where
        nobody counts them (`follow`).
    members : DataFrame
        Consumers by home channel, likewise.
    awareness : DataFrame
        A row a period (0 to T) and home channel, a column a brand: in period q, after campaigns; at
        T, as left.
    raised : DataFrame
        By what campaigns raised it, mean over consumers, a row a period (0 to T - 1), a column a
        brand.
    profits : DataFrame
        By firm, rows 0 to T - 1 (none at list prices).
    size : Series
        Consumers in the market.
    links : DataFrame
        Negotiations with their period.
    manufacturers : dict
        Of each brand.
    months_per_period : float
        How long a period is.
    dropped : dict
        (product, channel) -> the last period in which the channel sold it.
    residual : float
        The largest of all disagreements of stocks and flows, as a share of consumers; of `follow`,
        of what equilibria leave.
    surplus : Series
        Consumer surplus, of use in differences; empty where it is not reckoned.
    """

    frame: pd.DataFrame
    in_use: pd.DataFrame
    members: pd.DataFrame
    awareness: pd.DataFrame
    raised: pd.DataFrame
    profits: pd.DataFrame
    size: pd.Series
    links: pd.DataFrame
    manufacturers: dict[str, str]
    months_per_period: float
    dropped: dict[tuple[str, str], int]
    residual: float
    surplus: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))

    def _card(self) -> Card:
        return Card(
            line=f"Path of {counted(self.periods, 'period')}",
            table=self.sales(),
            next_steps=(
                "path.sales(by)",
                "path.sales_chart()",
                "path.share_of_sales()",
                "path.profits",
                "path.awareness",
            ),
        )

    @property
    def periods(self) -> int:
        """T."""
        return len(self.size)

    def sales(self, by: str = "manufacturer", group: str = "units") -> pd.DataFrame:
        """Units sold.

        Parameters
        ----------
        by : {"manufacturer", "brand", "product", "channel"}
            Of what.
        group : str
            To one of the settings' groups; to all consumers unless given.

        Returns
        -------
        DataFrame
            A row a period; 0 where not on sale.

        Raises
        ------
        InputError
            For another name.
        """
        if by not in ("manufacturer", "brand", "product", "channel"):
            raise refuse(
                expected="one of manufacturer, brand, product, channel",
                found=repr(by),
                where="by",
                remedy="choose one of these.",
            )
        units = self.frame.groupby(["period", by])[group].sum().unstack(fill_value=0.0)
        return units.reindex(range(self.periods), fill_value=0.0)

    def sales_chart(self, by: str = "manufacturer") -> Any:
        """Units sold, a line each.

        Parameters
        ----------
        by : {"manufacturer", "brand", "product", "channel"}
            Of what.

        Returns
        -------
        altair.Chart
            Altair's.
        """
        from inroads.charts.over_time import lines

        return lines(self.sales(by), "units a period")

    def share_of_sales(self, by: str = "manufacturer") -> pd.DataFrame:
        """Shares of units sold.

        Parameters
        ----------
        by : {"manufacturer", "brand", "product", "channel"}
            Of what.

        Returns
        -------
        DataFrame
            A row a period, summing to one.
        """
        units = self.sales(by)
        return units.div(units.sum(axis=1), axis=0)

    @cached_property
    def mean_awareness(self) -> pd.DataFrame:
        """Awareness of each brand (0 to T), mean over consumers by home channel."""
        weight = self.members.stack()
        weight.index = weight.index.set_names(["period", "home"])
        total = self.awareness.mul(weight, axis=0).groupby(level="period").sum()
        return total.div(self.members.sum(axis=1), axis=0)

    def installed(self, manufacturer: str) -> pd.Series:
        """Products in use of a manufacturer's brands.

        Parameters
        ----------
        manufacturer : str
            Whose.

        Returns
        -------
        Series
            By period, 0 to T.

        Raises
        ------
        InputError
            Where nobody counts them.
        """
        if not len(self.in_use.columns):
            raise refuse(
                expected="a path on which owners are counted",
                found="one of a market given as arrays",
                where="installed",
                remedy="see path.sales(); owners are those of ir.dynamics.simulate_path.",
            )
        own = [b for b in self.in_use if self.manufacturers.get(b) == manufacturer]
        return self.in_use[own].sum(axis=1).rename(manufacturer)


@dataclass(kw_only=True)
class PathRecorder:
    """Gathers a path while it is simulated."""

    market: Market
    periods: int
    months_per_period: float
    groups: tuple[str, ...] = ()
    residual: float = 0.0
    sold: list[dict[str, np.ndarray]] = field(default_factory=list)
    stocks: list[Population] = field(default_factory=list)
    awareness: list[Array] = field(default_factory=list)
    raised: list[Array] = field(default_factory=list)
    profits: list[pd.Series] = field(default_factory=list)
    links: list[pd.DataFrame] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)

    def record_sales(
        self,
        period: int,
        market: Market,
        outcome: PeriodOutcome,
        before: Population,
        *,
        after: Population,
        bought: Array,
    ) -> None:
        """One period's trade; raises InroadsError where it does not add up."""
        columns, share = market.columns, outcome.choices.shares
        units = share * market.size
        self._add_up(period, units, columns["brand"], before, after, bought=bought)
        self.sold.append(
            {
                "period": np.full(len(share), period),
                **{c: columns[c] for c in ("manufacturer", "brand", "product", "channel")},
                "list price": columns["price"],
                "price": outcome.prices,
                "wholesale": outcome.wholesale,
                "share": share,
                "units": units,
                **{
                    g: bought @ before.cells[g].to_numpy(float) * before.number for g in self.groups
                },
            }
        )
        self.stocks.append(before)
        self.profits.append(outcome.profits.rename(period))
        if len(outcome.links):
            self.links.append(outcome.links.assign(period=period))
        self.sizes.append(before.size)

    def record_awareness(self, population: Population, before: Array, after: Array) -> None:
        """Awareness (H, B) before and after the campaigns of a period."""
        self.awareness.append(after)
        self.raised.append(population.by_home(population.weight) @ (after - before))

    def _add_up(
        self,
        period: int,
        units: Array,
        brand: np.ndarray,
        before: Population,
        after: Population,
        *,
        bought: Array,
    ) -> None:
        flow = np.array([units[brand == name].sum() for name in before.brands]) / before.number
        whole = np.where(before.weight > 0, before.weight, 1.0)
        discarded = before.owned @ (bought.sum(axis=0) / whole)
        change = (after.owned - before.owned).sum(axis=1)
        gaps = {
            "weights sum to one": abs(after.weight.sum() - 1.0),
            "no weight is below zero": max(0.0, -float(after.weight.min())),
            "every consumer owns one product": np.abs(after.owned.sum(axis=0) - after.weight).max(),
            "units sold are consumers moved": abs(flow.sum() - bought.sum()),
            "products in use change by what is sold and discarded": np.abs(
                change - flow + discarded
            ).max(),
        }
        for rule, gap in gaps.items():
            if not gap <= _TOLERANCE:
                raise InroadsError(
                    f"period {period}: expected that {rule}; found a gap of {gap:.3g} of all "
                    "consumers. Remedy: check the probabilities that sellers hand back."
                )
        self.residual = max(self.residual, *map(float, gaps.values()))

    def path(self, population: Population, aware: Array, brands: list[str]) -> Path:
        """The path, `population` and `aware` being those after its last period."""
        stocks = [*self.stocks, population]
        periods = pd.RangeIndex(len(stocks), name="period")
        places = pd.MultiIndex.from_product([periods, population.homes], names=["period", "home"])
        awareness = np.concatenate([*self.awareness, aware])
        in_use = [p.number * p.owned.sum(axis=1) for p in stocks]
        at_home = [p.number * p.by_home(p.weight) for p in stocks]
        of = self.market.products.set_index("brand")["manufacturer"]
        links = pd.concat(self.links, ignore_index=True) if self.links else pd.DataFrame()
        profits = pd.DataFrame(self.profits).rename_axis("period")
        return Path(
            frame=pd.DataFrame(
                {name: np.concatenate([s[name] for s in self.sold]) for name in self.sold[0]}
            ),
            in_use=pd.DataFrame(in_use, periods, columns=list(population.brands)),
            members=pd.DataFrame(at_home, periods, columns=list(population.homes)),
            awareness=pd.DataFrame(awareness, places, columns=brands),
            raised=pd.DataFrame(np.array(self.raised), periods[:-1], columns=brands),
            profits=profits.fillna(0.0),
            size=pd.Series(self.sizes, periods[:-1], name="size"),
            links=links,
            manufacturers={str(brand): str(name) for brand, name in of.items()},
            months_per_period=self.months_per_period,
            dropped=dict(self.dropped),
            residual=self.residual,
        )
