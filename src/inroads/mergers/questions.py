"""What is asked of a simulated merger next: remedies, other assumptions, market tests, errors."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Mask
from inroads.errors import ConvergenceError, InputError, UnreachableError, one_of, refuse
from inroads.mergers.calibrated.assumptions import Assumptions
from inroads.mergers.calibrated.calibrate import calibrate
from inroads.mergers.coordination import critical_discount_factors
from inroads.mergers.inputs import MergerTable, by_product
from inroads.mergers.market_definition import monopolist_outcome, smallest_market
from inroads.mergers.simulation import Simulation
from inroads.mergers.uncertainty import standard_errors

_DEMANDS = ("logit", "ces", "linear", "log-linear", "aids")
_CONDUCTS = ("bertrand", "cournot", "second score", "bargaining")


class MergerQuestions(ABC):
    """Answers of a `Merger` that take more solving."""

    table: MergerTable
    assumptions: Assumptions
    simulation: Simulation
    size: float

    def offsetting_efficiency(self) -> float:
        """The fraction that all the parties' marginal costs must fall by for consumers not to lose.

        Returns
        -------
        float
            0 where they do not lose anyway.

        Raises
        ------
        UnreachableError
            Where no saving would do.
        """
        return self.simulation.offsetting_saving()

    def single_divestitures(self, tolerance: float = 0.005) -> pd.DataFrame:
        """Every single divestiture: each product of a party sold to each other firm, or a new one.

        Parameters
        ----------
        tolerance : float
            The price change, a fraction, up to which prices count as undone.

        Returns
        -------
        DataFrame
            A row a divestiture, least harm first: largest price change, consumers' harm, HHI, and
            whether no price rises by more than `tolerance`; blank where there is no equilibrium,
            and then why.
        """
        rows: list[tuple[object, ...]] = []
        for product, seller, buyer, case in self.simulation.single_divestitures():
            try:
                rise, (_, unchanged, _) = float(case.rises.max()), case.concentration()
            except (ConvergenceError, UnreachableError) as error:
                rows.append((product, seller, buyer, *[np.nan] * 3, False, str(error)))
                continue
            harm = case.harm * self.size
            rows.append((product, seller, buyer, rise, harm, unchanged, rise <= tolerance, ""))
        columns = ["product", "from", "to", "largest_price_change", "compensating_variation"]
        frame = pd.DataFrame(rows, columns=[*columns, "hhi_after", "undoes", "why_blank"])
        return frame.sort_values("compensating_variation", ignore_index=True)

    def robustness(
        self,
        demands: Sequence[str] = _DEMANDS,
        conducts: Sequence[str] = _CONDUCTS,
    ) -> pd.DataFrame:
        """The same merger under other demands and conducts, each calibrated to the same table.

        Parameters
        ----------
        demands, conducts : sequence of str
            As `merger` takes them. Bargaining takes `buyer_weight`, a half unless given. Where the
            table has shares of units alone, or of money alone, the other are had at an outside
            option that costs the mean price.

        Returns
        -------
        DataFrame
            A row a pair: mean price change of the parties, largest price change, consumers' harm
            in a market of the same sales, whether demand counts consumers or money; blank
            where the pair has no meaning or no answer, and then why.
        """
        rows: list[tuple[object, ...]] = []
        table = self.table.with_both_shares()
        earned = self.simulation.revenue
        weight = 0.5 if self.assumptions.buyer_weight is None else self.assumptions.buyer_weight
        for demand in demands:
            for conduct in conducts:
                blank: tuple[object, ...] = (np.nan, np.nan, np.nan)
                try:
                    given = self.assumptions.varied(
                        demand=demand, conduct=conduct, buyer_weight=weight
                    )
                    s = self._under(given, table)
                    harm = s.harm * self.size * earned / s.revenue
                    cells = (s.mean_rise_of_parties, float(s.rises.max()), harm)
                    rows.append((demand, conduct, *cells, ""))
                except (InputError, ConvergenceError, UnreachableError) as error:
                    rows.append((demand, conduct, *blank, str(error)))
        columns = ["demand", "conduct", "parties_price_change", "largest_price_change"]
        frame = pd.DataFrame(rows, columns=[*columns, "compensating_variation", "why_blank"])
        return frame.set_index(["demand", "conduct"])

    def robustness_chart(self, **pairs: Any) -> Any:
        """Mean price changes of the parties, demand by conduct.

        Parameters
        ----------
        **pairs : object
            As `robustness` takes them.

        Returns
        -------
        altair.Chart
            Altair's.
        """
        from inroads.charts.heat_map import heat_map

        grid = self.robustness(**pairs)["parties_price_change"].unstack(sort=False)
        grid = grid.dropna(how="all").dropna(how="all", axis=1).fillna(0.0)
        return heat_map(grid, "price change", rows="demand", columns="conduct")

    def monopolist_test(
        self, products: Sequence[object], *, threshold: float = 0.05, guidelines: int = 2023
    ) -> tuple[pd.Series, bool]:
        """The hypothetical monopolist's test of a candidate market, other prices held.

        Parameters
        ----------
        products : sequence of str
            Of the candidate market.
        threshold : float
            The price change that makes a market.
        guidelines : {2023, 2010}
            Whether any product may rise by that, or one of the parties' must.

        Returns
        -------
        rises : Series
            By product, fractions.
        passes : bool
            Whether it is a market.

        Raises
        ------
        InputError
            Without products, or for names that the table does not have.
        """
        candidate = self._mask(products)
        test = monopolist_outcome(
            self.simulation.model, candidate, self._counting(guidelines), threshold
        )
        index = pd.Index(self.table.products, name="product_ids")
        return pd.Series(test.rises, index, name="price_change"), test.passes

    def smallest_market(self, *, threshold: float = 0.05, guidelines: int = 2023) -> list[str]:
        """The parties' products, and closest substitutes until the test is passed.

        Parameters
        ----------
        threshold, guidelines
            As for `monopolist_test`.

        Returns
        -------
        list of str
            Products.

        Raises
        ------
        InputError
            Where all products together do not pass.
        """
        market = smallest_market(
            self.simulation.model,
            self.simulation.is_party,
            self._counting(guidelines),
            threshold,
        )
        return [self.table.products[j] for j in np.flatnonzero(market)]

    def coordination(self, members: Sequence[object] | None = None) -> pd.DataFrame:
        """Critical discount factors of firms that collude, before and after the merger.

        Parameters
        ----------
        members : sequence of str, optional
            Firms that collude before the merger; all unless given.

        Returns
        -------
        DataFrame
            A row a firm, before and after: profits of competing, colluding, deviating, and the
            discount factor from which colluding lasts; the largest is the maverick's.

        Raises
        ------
        InputError
            For conducts other than Bertrand.
        """
        s, size = self.simulation, self.size
        names = self.table.firm_names if members is None else [str(name) for name in members]
        absent = [name for name in names if name not in self.table.firm_names]
        if absent or len(set(names)) < 2:
            raise refuse(
                expected="two firms of the table or more that collude",
                found=", ".join(absent or names) or "none",
                where="members",
                remedy=f"name some of {', '.join(self.table.firm_names)}.",
            )
        if self.assumptions.outside == "none" and set(names) == set(self.table.firm_names):
            raise refuse(
                expected="a rival, or an outside option, that would stop colluding firms' prices",
                found="all firms, and no outside option",
                where="members",
                remedy="name those that collude, or give shares of all who might buy.",
            )
        member = np.isin(self.table.firms, names)
        before = critical_discount_factors(
            s.model, s.model.ownership, 0.0, member=member, sellers=self.table.firms
        )
        after = critical_discount_factors(
            s.model, s.ownership_after, s.savings, member=member, sellers=s.sellers_after
        )
        both = pd.concat({"before": before, "after": after}, names=["when"])
        both[["competing", "colluding", "deviating"]] *= size
        return both

    def standard_errors(
        self,
        errors: Mapping[str, Any],
        *,
        method: str = "delta",
        draws: int = 200,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Standard errors of what the merger does, from those of the table.

        Parameters
        ----------
        errors : mapping
            Of "margins", "prices", "shares" (of whichever kind the table has): standard errors, a
            number or (J,) array, in the unit of the column, independent of one another.
        method : {"delta", "bootstrap"}
            First derivatives, or calibrating and simulating again at draws.
        draws, seed : int
            Of the bootstrap.

        Returns
        -------
        DataFrame
            A row a number (price changes by product, the parties' mean, compensating variation, own
            elasticities of the calibrated demand, and its parameters: alpha, gamma, rho, outside
            share, market elasticity): estimate, standard error, and for the bootstrap the middle
            95 percent of draws and how many of them had an answer.

        Raises
        ------
        InputError
            For other names, and errors below zero.
        """
        return standard_errors(self, errors, method, draws, seed)

    def under(self, table: MergerTable) -> Simulation:
        """The same merger and assumptions with another table of the same products.

        Parameters
        ----------
        table : MergerTable
            What might have been observed.

        Returns
        -------
        Simulation
            Before and after.
        """
        return self._under(self.assumptions, table)

    def _under(self, given: Assumptions, table: MergerTable | None = None) -> Simulation:
        s = self.simulation
        model = calibrate(self.table if table is None else table, given).model
        return replace(s, model=model, collusion_after=given.collusion_after)

    def _mask(self, products: Sequence[object]) -> Mask:
        names = by_product(dict.fromkeys(map(str, products)), self.table.products, "products")
        if not names:
            raise refuse(
                expected="the products of a candidate market",
                found="none",
                where="products",
                remedy="name one or more.",
            )
        return np.isin(self.table.products, list(names))

    def _counting(self, guidelines: int) -> Mask:
        one_of("guidelines", str(guidelines), "2023", "2010")
        every = np.ones(len(self.table.products), dtype=bool)
        return every if int(guidelines) == 2023 else self.simulation.is_party
