"""What a reader of an estimate has to know: outside the model, or weakly identified."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from inroads.errors import InputError
from inroads.estimation.instruments.strength import first_stage
from inroads.estimation.markets.price_response import upward_share

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

#: the part of agents who like to pay from which on it is worth saying
UPWARD = 0.01


def outside_the_model(estimate: Estimate) -> list[str]:
    """Nesting parameters that no maximisation explains (McFadden 1978), agents who like to pay."""
    rho = estimate.params[[n for n in estimate.params.index if re.fullmatch(r"rho(\[\d+\])?", n)]]
    lines = [
        f"{name} = {value:.6g} is NOT from 0 to below 1: elasticities and what follows are "
        "refused; start={'rho': 0.5} keeps it within"
        for name, value in rho[(rho < 0) | (rho >= 1)].items()
    ]
    try:
        share = upward_share(estimate.fitted)
    except InputError:
        share = np.nan
    if share > UPWARD:
        who = "all agents" if share > 1 - 1e-9 else f"{share:.1%} of agents"
        lines.append(
            f"demand does NOT slope down for {who}: their coefficient of prices is above 0"
        )
    return lines


def weak_instruments(estimate: Estimate) -> list[str]:
    """Endogenous columns that instruments move too little (Montiel Olea and Pflueger 2013).

    None where moments of covariances or innovations tell their coefficients, too.
    """
    if estimate.design.covariance_instruments or estimate.design.innovation_instruments:
        return []
    try:
        table = first_stage(estimate.panel, estimate.demand)
    except InputError:
        return []
    weak = table[table["effective_F"] < table["critical_F"]]
    return [
        f"instruments of {name} are weak: effective F {row['effective_F']:.3g}, below "
        f"{row['critical_F']:.3g}; its standard error may be too small by far"
        for name, row in weak.iterrows()
        if np.isfinite(row["critical_F"])
    ]
