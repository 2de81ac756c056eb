"""What a new product may be, by what new products turned out to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.entry.entrant_launch import LaunchForecast, Newcomer, forecast_launch, newcomer
from inroads.entry.entrant_model import EntrantModel, correlated_uniforms, own_correlation
from inroads.entry.periods import EntryPanel
from inroads.entry.qualities import Qualities
from inroads.entry.student import StudentT
from inroads.estimation.results import Estimate
from inroads.tables.panel import Panel


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EntrantPrior(Displayed):
    """The distribution of the next entrant's quality, learnt from all entrants of a panel.

    Attributes
    ----------
    estimate : Estimate
        Demand (and supply) on the whole panel.
    quality, cost : EntrantModel
        Of xi and, beside supply, of omega: `coefficients` of what explains them, `deviations` of
        effects of firms and periods and of an entrant's own part, `dof` of its tails.
    correlation : float
        Of an entrant's own parts of quality and cost; zero without supply.
    firms : DataFrame
        What each firm is known for after the last period, by firm.
    last : Panel
        The markets of the last period, into which products can be launched.
    firm_column : str
        The column of products that names firms.
    """

    estimate: Estimate
    quality: EntrantModel
    cost: EntrantModel | None
    correlation: float
    firms: pd.DataFrame
    last: Panel
    firm_column: str

    def _card(self) -> Card:
        return Card(
            line=f"EntrantPrior, from {counted(len(self.firms), 'firm')}",
            table=self.firms,
            next_steps=("prior.draw(...)", "prior.launch(...)"),
        )

    @classmethod
    def learn(
        cls,
        entries: EntryPanel,
        qualities: Qualities,
        estimate: Estimate,
        *,
        effects: str,
        cost_effects: str,
    ) -> EntrantPrior:
        """From all entrants of a panel, measured at the estimate.

        Parameters
        ----------
        entries : EntryPanel
            The panel by period.
        qualities : Qualities
            Of all its products.
        estimate : Estimate
            On the whole panel.
        effects, cost_effects : str
            As in `retrodict`.

        Returns
        -------
        EntrantPrior
            What the next entrant may be.
        """
        entrants = qualities.entrants
        quality = EntrantModel.learn(entrants, "quality", effects)
        cost = None
        if qualities.supply is not None:
            cost = EntrantModel.learn(entrants, "cost", cost_effects)
        return cls(
            estimate=estimate,
            quality=quality,
            cost=cost,
            correlation=0.0 if cost is None else own_correlation(quality, cost),
            firms=qualities.latest,
            last=entries.rows(entries.periods == entries.periods.max()),
            firm_column=entries.firm_column,
        )

    def draw(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        firm: Any,
        characteristics: Mapping[str, Any],
        market: Any = None,
    ) -> Array:
        """Mean utilities that a new product may have: x beta + xi, xi drawn.

        Parameters
        ----------
        n : int
            How many.
        rng : Generator
            Where randomness comes from.
        firm : object
            One of the panel's firms; any other is a firm that is new.
        characteristics : mapping
            Columns of products that formulas use, prices among them.
        market : object, optional
            A market of the last period; its last unless given.

        Returns
        -------
        (n,) array
            Mean utilities.

        Raises
        ------
        InputError
            For a market that is not of the last period, and characteristics that are missing.
        """
        entrant = newcomer(self, firm, characteristics, market)
        distribution = self.quality.predict(entrant.table)
        return np.asarray(entrant.fitted + _at_uniforms(distribution, rng.uniform(size=n)))

    def launch(
        self,
        *,
        firm: Any,
        characteristics: Mapping[str, Any],
        market: Any = None,
        draws: int = 200,
        seed: int = 0,
        production_cost: float | None = None,
    ) -> LaunchForecast:
        """Launch a product in a market of the last period, as often as its quality is drawn.

        Where the estimate has supply, or production_cost is given, the market's firms set prices
        anew (Bertrand-Nash) at the costs that its prices imply, the entrant at drawn costs or the
        cost given. Otherwise all prices are held as they are. Parameters are those of the estimate:
        the intervals say nothing of their errors.

        Parameters
        ----------
        firm, characteristics, market
            As in `draw`; prices are where the search for the entrant's begins, or what it asks.
        draws : int
            How many equilibria, at points spread evenly over the distribution (Sobol).
        seed : int
            Of these points.
        production_cost : float, optional
            The entrant's unit cost.

        Returns
        -------
        LaunchForecast
            Shares and prices with intervals.

        Raises
        ------
        InputError
            As `draw`, and for nested demand, in which somebody has to say in which nest it is.
        ConvergenceError
            Where a market has no equilibrium that is found.

        Examples
        --------
        `past.prior.launch(firm="F", characteristics={"prices": 9.0, "space": 1.2}).frame`
        """
        entrant = newcomer(self, firm, characteristics, market)
        qualities, costs = self._joint_draws(entrant, draws, seed)
        if production_cost is not None:
            costs = np.full(draws, float(production_cost))
        return forecast_launch(self, entrant, qualities, costs)

    def _joint_draws(self, entrant: Newcomer, draws: int, seed: int) -> tuple[Array, Array | None]:
        """Qualities (n,), and unit costs (n,) beside supply, at scrambled Sobol points."""
        u = correlated_uniforms(draws, self.correlation, seed)
        qualities = _at_uniforms(self.quality.predict(entrant.table), u[:, 0])
        if self.cost is None:
            return qualities, None
        omega = _at_uniforms(self.cost.predict(entrant.table), u[:, 1])
        supply = self.estimate.design.supply
        assert supply is not None
        total = entrant.fitted_cost + omega
        return qualities, np.exp(total) if supply.log else total


def _at_uniforms(distribution: StudentT, u: Array) -> Array:
    """Values (n,) of one entrant's distribution at uniforms (n,)."""
    return np.asarray(distribution.quantile(u)[0])
