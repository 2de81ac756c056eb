"""A merger from a table of shares, prices and margins: calibrated, screened and simulated."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from inroads.calibration.from_margins.chain_margins import Power
from inroads.calibration.from_margins.logit import MarginFit, Outside
from inroads.calibration.from_margins.merger_data import (
    market_from_margins,
    vertical_market_from_margins,
)
from inroads.calibration.from_margins.vertical import VerticalFit
from inroads.conduct.bargaining.links import DisagreementOver
from inroads.errors import CalibrationWarning, refuse
from inroads.market.comparison import compare
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Merge
from inroads.market.screening import Screening, screen_merger
from inroads.tables.cells import cell_text

DemandName = Literal["logit", "nested logit"]
ConductName = Literal["Bertrand", "bargaining"]


@dataclass(frozen=True, kw_only=True, eq=False)
class MergerCase:
    """A merger as a person has set it up.

    Parameters
    ----------
    table : DataFrame
        A row a product: product_ids, firm_ids, prices, shares and margins (blank where unknown),
        nesting_ids for nested logit; for bargaining channel_ids, wholesale, channel_margins and
        manufacturer_margins instead of margins.
    firms : tuple of str
        Who merges.
    demand : {"logit", "nested logit"}
        Of consumers.
    conduct : {"Bertrand", "bargaining"}
        Sellers set prices; or channels do, and bargain with manufacturers over wholesale prices.
    outside : {"rest", "none", "unknown"}
        Whether the outside option has what shares leave of one, there is none, or margins are to
        tell its share.
    rho : float, optional
        Nesting parameter; None for one that margins are to tell.
    market_elasticity : float, optional
        Of all sales, below 0.
    savings : float
        The fraction by which the merging firms' unit costs fall.
    power, disagreement
        Of bargaining: who shares a weight, and what breakdown takes off the shelf.
    size : float
        Consumers in the market.
    """

    table: pd.DataFrame
    firms: tuple[str, ...]
    demand: DemandName = "logit"
    conduct: ConductName = "Bertrand"
    outside: Outside = "rest"
    rho: float | None = None
    market_elasticity: float | None = None
    savings: float = 0.0
    power: Power = "one"
    disagreement: DisagreementOver = "offer"
    size: float = 1.0

    @property
    def merge(self) -> Merge:
        """The move."""
        return Merge(*self.firms, savings=self.savings)


@dataclass(frozen=True, kw_only=True)
class MergerOutcome:
    """A merger's effects; money is for the whole market.

    screening: of sellers that set prices; None where firms bargain.
    """

    case: MergerCase
    market: Market
    fit: MarginFit | VerticalFit
    before: Equilibrium
    after: Equilibrium
    screening: Screening | None

    @cached_property
    def offers(self) -> pd.DataFrame:
        """A row a product: firms, prices and shares before and after; UPP (money), GUPPI and CMCR
        (fractions), or wholesale prices where firms bargain."""
        firms = self.before.frame[["manufacturer", "channel"]]
        if self.screening is not None:
            firms = firms[["manufacturer"]].set_axis(["firm"], axis=1)
            return firms.join(self.screening.offers)
        table = compare(self.before, self.after, by="offer").drop(columns="share_change")
        bought = pd.DataFrame(
            {
                "wholesale_before": self.before.wholesale,
                "wholesale_after": self.after.wholesale,
            }
        )
        return firms.join(table).join(bought)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """HHI before and after at shares before, mean price change of all sales and of the merging
        firms' (weighted by shares before), compensating variation (positive is harm), change of
        profits, and what was calibrated."""
        offers = self.offers
        shares, change = offers["share_before"], offers["price_change"]
        merging = self._of_merging_firms()
        profits = float(self.after.profits.sum() - self.before.profits.sum())
        numbers = {
            "price_change": float(shares @ change / shares.sum()),
            "price_change_of_merging": float(shares[merging] @ change[merging])
            / float(shares[merging].sum()),
            "profit_change": profits,
            "compensating_variation": self.before.consumer_surplus - self.after.consumer_surplus,
            "alpha": self.fit.alpha,
            "outside": self.before.outside,
        }
        if self.screening is not None:
            numbers |= {
                "hhi_before": self.screening.hhi_before,
                "hhi_after": self.screening.hhi_after,
                "compensating_variation": self.screening.compensating_variation,
            }
        else:
            merged = self.market.after(Merge(*self.case.firms))
            sides = ("seller",) if self._is_of("channel") else ("manufacturer",)
            for name, market in (("hhi_before", self.market), ("hhi_after", merged)):
                numbers[name] = _concentration(market.owner(sides[0]), shares.to_numpy(float))
        if isinstance(self.fit, MarginFit) and self.case.demand == "nested logit":
            numbers["rho"] = float(self.fit.rho[0])
        if isinstance(self.fit, VerticalFit):
            numbers["channel_weight"] = float(np.mean(self.fit.channel_weight))
        return {name: float(number) for name, number in numbers.items()}

    @cached_property
    def margins(self) -> pd.DataFrame:
        """A row a product: margins as given (nan where not) and as fitted, fractions of price."""
        names, fit = self.before.offers, self.fit
        if isinstance(fit, MarginFit):
            return pd.DataFrame({"given": fit.target, "fitted": fit.fitted}, names)
        return pd.DataFrame(
            {
                "channel_given": fit.channel_target,
                "channel_fitted": fit.channel_fitted,
                "manufacturer_given": fit.manufacturer_target,
                "manufacturer_fitted": fit.manufacturer_fitted,
            },
            names,
        )

    def _is_of(self, side: str) -> bool:
        return set(self.case.firms) <= set(self.before.frame[side])

    def _of_merging_firms(self) -> pd.Series:
        frame = self.before.frame
        return frame["manufacturer"].isin(self.case.firms) | frame["seller"].isin(self.case.firms)


def firms_of(table: pd.DataFrame, conduct: ConductName) -> list[str]:
    """Firms that may merge, in the order of the table: manufacturers, and channels where they
    bargain."""
    columns = ["firm_ids", "channel_ids"] if conduct == "bargaining" else ["firm_ids"]
    names = (cell_text(cell) for column in columns if column in table for cell in table[column])
    return list(dict.fromkeys(name for name in names if name))


def solve_merger(case: MergerCase) -> MergerOutcome:
    """The market before and after a merger.

    Raises InputError for tables that make no market, firms that it does not have, and margins that
    do not tell what is asked of them; ConvergenceError where there is no equilibrium.
    """
    _check_firms(case)
    with warnings.catch_warnings():
        # The tab says what is doubtful.
        warnings.simplefilter("ignore", CalibrationWarning)
        market, fit = market_of(case)
    if case.conduct == "bargaining":
        before, after = market.solve(), market.after(case.merge).solve()
        screening = None
    else:
        screening = screen_merger(market, case.merge)
        before, after = screening.before, screening.after
    return MergerOutcome(
        case=case, market=market, fit=fit, before=before, after=after, screening=screening
    )


def market_of(case: MergerCase) -> tuple[Market, MarginFit | VerticalFit]:
    """The market before the merger, calibrated to the table."""
    table = case.table
    if case.conduct == "bargaining":
        if case.demand == "nested logit" or case.outside == "unknown":
            raise refuse(
                expected="logit demand, and an outside option that is known or that there is not",
                found=f"{case.demand}, outside option {case.outside}",
                where="demand",
                remedy="choose logit; margins of both sides tell alpha and bargaining weights.",
            )
        return vertical_market_from_margins(
            table.drop(columns="nesting_ids", errors="ignore"),
            power=case.power,
            outside=case.outside,
            disagreement=case.disagreement,
            size=case.size,
        )
    nested = case.demand == "nested logit"
    if nested and "nesting_ids" not in table:
        raise refuse(
            expected="a column 'nesting_ids' (or nest) for nested logit",
            found=", ".join(map(str, table.columns)),
            where="table",
            remedy="say of each product which others are most like it, or choose logit.",
        )
    return market_from_margins(
        table if nested else table.drop(columns="nesting_ids", errors="ignore"),
        outside=case.outside,
        rho=case.rho if nested else 0.0,
        market_elasticity=case.market_elasticity,
        size=case.size,
    )


def _check_firms(case: MergerCase) -> None:
    names: Sequence[str] = firms_of(case.table, case.conduct)
    unknown = [firm for firm in case.firms if firm not in names]
    if unknown or len(set(case.firms)) < 2:
        raise refuse(
            expected="two different firms of the table that merge",
            found=", ".join(unknown or case.firms) or "none",
            where="merger",
            remedy=f"choose from {', '.join(names)}.",
        )


def _concentration(owners: np.ndarray, shares: np.ndarray) -> float:
    """HHI of owners' shares of sales, 0 to 10,000."""
    by_owner = pd.Series(shares).groupby(owners).sum() / shares.sum()
    return float(1e4 * (by_owner**2).sum())
