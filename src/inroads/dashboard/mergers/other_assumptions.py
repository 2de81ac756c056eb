"""The same merger of sellers under other demands and conducts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pandas as pd

from inroads.dashboard.mergers.merger_cases import MergerCase
from inroads.errors import CalibrationWarning, InroadsError
from inroads.mergers.merger import merger

_NONE = pd.DataFrame()


@dataclass(frozen=True)
class OtherAssumptions:
    """What came of a case under others; a table without rows where nothing did."""

    case: MergerCase
    table: pd.DataFrame


def other_assumptions(case: MergerCase) -> OtherAssumptions:
    """Of a case."""
    return OtherAssumptions(case, _grid(case))


def _grid(case: MergerCase) -> pd.DataFrame:
    """A row a demand and conduct: price changes, consumers' harm; none where firms bargain along a
    chain, or the case itself has no answer."""
    if case.conduct == "bargaining":
        return _NONE
    try:
        with warnings.catch_warnings():
            # The tab says what is doubtful.
            warnings.simplefilter("ignore", CalibrationWarning)
            result = merger(
                case.table,
                case.firms,
                demand=case.demand,
                outside=case.outside,
                rho=case.rho,
                market_elasticity=case.market_elasticity,
                efficiencies=case.savings,
                size=case.size,
            )
            nested = ("nested logit",) if "nesting_ids" in case.table else ()
            demands = ("logit", *nested, "ces", "linear", "log-linear", "aids")
            grid = result.robustness(demands=demands)
    except InroadsError:
        return _NONE
    return grid.drop(columns="why_blank").dropna(how="all").reset_index(level="conduct")
