"""An estimate's parameters on markets that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.berry import panel_log_share_ratios, within_shares
from inroads.estimation.design.replayed_design import replayed_design
from inroads.estimation.implied.explained_costs import explained_costs
from inroads.estimation.markets.mean_utilities import MeanUtilities
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.specification.conduct import Conduct
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult


@dataclass(frozen=True, kw_only=True)
class OutOfSample:
    """Demand at an estimate's parameters on another panel.

    xi (N,): mean utilities less what characteristics and prices explain. omega (N,): transformed
    costs less what characteristics explain, as prices imply them; empty without supply.
    """

    demand: FittedDemand
    xi: Array
    omega: Array


def demand_on(estimate: DemandResult, panel: Panel) -> OutOfSample:
    """Mean utilities, and costs beside supply, of a panel at an estimate's parameters.

    Formulas are replayed as they were fixed on the estimate's panel. Raises InputError where fixed
    effects were absorbed, which nobody knows of other markets, and for levels that the estimate's
    panel did not have; ConvergenceError where shares cannot be inverted.
    """
    if estimate.demand.absorb is not None:
        raise refuse(
            expected="demand without fixed effects: of other markets nobody knows them",
            found=f"absorb='{estimate.demand.absorb}'",
            where="demand",
            remedy="write characteristics, or dummies as C(...), into `linear`.",
        )
    layout, supply = estimate.layout, estimate.design.supply
    if supply is not None:
        supply.require_no_effects("supply")
    fitted = estimate.fitted
    explained_utility = fitted.explained_utility
    design = replayed_design(estimate.design, explained_utility.formulas, panel)
    if "firm_ids" in panel.products:
        design = replace(design, conduct=Conduct.from_products(panel.products, supply))
    theta = estimate.params.to_numpy()[len(estimate.params) - len(layout.start) :]
    with one_blas_thread():
        if len(theta) or not len(design.nests):
            delta = MeanUtilities(design, panel, layout).solve(theta).delta
        else:
            within = within_shares(design, panel.products) @ fitted.rho
            delta = panel_log_share_ratios(panel) - within
    demand = replace(fitted, panel=panel, design=design, delta=delta)
    xi, omega = delta - explained_utility.of(panel.products), np.zeros(0)
    if supply is not None:
        explained = explained_costs(estimate, panel.products)
        omega = supply.transform(demand.costs())[0] - explained
    return OutOfSample(demand=demand, xi=xi, omega=omega)
