"""What a merger does, as an object that answers the questions that follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from inroads.choice import diversion_ratios
from inroads.choice.base import Array
from inroads.conduct.certificate import Certificate, MoveProof
from inroads.conduct.screens import second_choices as at_second_choice
from inroads.display import Card, Displayed
from inroads.errors import refuse
from inroads.mergers.calibrated.assumptions import Assumptions
from inroads.mergers.calibrated.model import PricedModel
from inroads.mergers.inputs import MergerTable
from inroads.mergers.printing import MergerTables
from inroads.mergers.questions import MergerQuestions
from inroads.mergers.screens import diversion_table, screens
from inroads.mergers.simulation import Simulation


@dataclass(frozen=True, kw_only=True, repr=False)
class Merger(MergerTables, MergerQuestions, Displayed):
    """A simulated merger; `ir.merger` makes one.

    Parameters
    ----------
    table : MergerTable
        What was observed.
    assumptions : Assumptions
        Demand, conduct, and what was assumed for them.
    simulation : Simulation
        The market, before and after.
    fitted_margins : (J,) array
        Fractions of price.
    doubts : tuple of str
        What makes the calibration doubtful: margins that are missed, or met at a bound.
    size : float
        Of the market.
    """

    table: MergerTable
    assumptions: Assumptions
    simulation: Simulation
    fitted_margins: Array
    doubts: tuple[str, ...]
    size: float

    @cached_property
    def offers(self) -> pd.DataFrame:
        """A row a product: prices, shares of units sold and of money spent, margins (fractions of
        price) before and after, observed margins, UPP, GUPPI, CMCR and pass-through."""
        s = self.simulation
        before, after = s.model.before, s.after
        now, then = before.quantities, after.quantities
        frame = pd.DataFrame(
            {
                "firm_before": self.table.firms,
                "firm_after": s.sellers_after,
                "price_before": before.prices,
                "price_after": after.prices,
                "price_change": s.rises,
                "share_before": now / now.sum(),
                "share_after": then / then.sum(),
                "revenue_share_before": before.prices * now / (before.prices @ now),
                "revenue_share_after": after.prices * then / (after.prices @ then),
                "margin_observed": self.table.margins,
                "margin_before": before.margins / before.net,
                "margin_after": after.margins / after.net,
            },
            index=pd.Index(self.table.products, name="product_ids"),
        )
        return frame.join(screens(s.model, s.ownership_after.owns, self.table.products))

    @cached_property
    def firms(self) -> pd.DataFrame:
        """A row a firm after the merger: its profit before (of its present parts) and after."""
        s = self.simulation
        names = s.sellers_after
        before = pd.Series(s.model.before.profits * self.size).groupby(names).sum()
        after = pd.Series(s.after.profits * self.size).groupby(names).sum()
        frame = pd.DataFrame({"profit_before": before, "profit_after": after})
        return frame.rename_axis("firm").reindex(list(dict.fromkeys(names)))

    @cached_property
    def summary(self) -> pd.Series:
        """What is one number for the market; money for the whole market."""
        s = self.simulation
        before, unchanged, after = s.concentration()
        gained = float(s.after.profits.sum() - s.model.before.profits.sum()) * self.size
        harm = s.harm * self.size
        numbers = {
            "hhi_before": before,
            "hhi_after": unchanged,
            "hhi_change": unchanged - before,
            "hhi_in_equilibrium": after,
            "parties_price_change": s.mean_rise_of_parties,
            "compensating_variation": harm,
            "producer_surplus": gained,
        }
        revenue = (s.after.tax_revenue - s.model.before.tax_revenue) * self.size
        if s.model.taxes.any:
            numbers["tax_revenue"] = revenue
        numbers["total_surplus"] = gained + revenue - harm
        return pd.Series(numbers, name="merger")

    @property
    def parameters(self) -> pd.Series:
        """What margins told of demand, by name: alpha, gamma, rho, elasticities, shares."""
        return pd.Series(dict(self.simulation.model.parameters), name="parameters", dtype=float)

    @cached_property
    def certificates(self) -> tuple[Certificate | MoveProof, Certificate | MoveProof]:
        """Before and after: whether conditions hold, and no firm gains by moving its prices,
        outputs or bids, however far, all others held; of bargains, whether no price makes a larger
        Nash product. InputError with capacities under Bertrand."""
        s = self.simulation
        now = s.model.ownership.owns
        before = s.model.certificate(now, s.model.before, 0.0, self.table.firms)
        model = s.model if s.collusion_after is None else s.model.colluding(s.collusion_after)
        then = s.ownership_after.owns
        return before, model.certificate(then, s.after, s.savings, s.sellers_after)

    def diversion(self, *, second_choices: bool = False) -> pd.DataFrame:
        """Diversion ratios before the merger, products by products and the outside option.

        Parameters
        ----------
        second_choices : bool
            Of all who bought j, were it gone, in place of those whom a rise of its price moves;
            alike for one type of logit consumer.

        Returns
        -------
        DataFrame
            Row j: where what j loses goes.

        Raises
        ------
        InputError
            Where there is one good at one price, and for second choices from a demand that does not
            say what is bought without a product.
        """
        D = self.simulation.model.jacobian
        if D is None:
            raise refuse(
                expected="products with prices of their own",
                found="one good",
                where="diversion",
                remedy="use a demand for differentiated products.",
            )
        s = self.simulation.model
        if second_choices and isinstance(s, PricedModel):
            at = s.costs if s.conduct.by_costs else s.prices
            return diversion_table(at_second_choice(s.demand, at), self.table.products)
        return diversion_table(diversion_ratios(D), self.table.products)

    def price_chart(self) -> Any:
        """Prices before and after, a product a row.

        Returns
        -------
        altair.LayerChart
            Altair's.
        """
        from inroads.charts.changes import before_after

        return before_after(self.offers["price_before"], self.offers["price_after"], "price")

    def _card(self) -> Card:
        total = self.summary
        return Card(
            line=f"{self.simulation.event}, {self.assumptions.demand}, "
            f"{self.assumptions.conduct}: their prices {total['parties_price_change']:+.1%}, HHI "
            f"{total['hhi_before']:,.0f} to {total['hhi_after']:,.0f}, compensating variation "
            f"{total['compensating_variation']:.4g}",
            table=self.offers,
            next_steps=(
                "m.summary",
                "m.firms",
                "m.single_divestitures()",
                "m.robustness()",
                "m.offsetting_efficiency()",
                "m.smallest_market()",
            ),
        )
