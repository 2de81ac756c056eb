"""The same for demands and conducts beyond logit and Bertrand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "peers"))

import cases
from cases import Case, array, plain
from merger_checks import chain, gnl, owns

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.ces import ces_at, fit_ces
from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.overlapping import fit_overlapping
from inroads.choice import Nested
from inroads.conduct.demand_systems import CES
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    Conduct,
    Demand,
    PostedPrices,
    SecondScore,
)
from inroads.conduct.priced_demand import PricedDemand


def both(
    conduct: Conduct, demand: Demand, case: Case, costs: np.ndarray, later: np.ndarray
) -> None:
    """Prices before and after the merger."""
    p = case["prices"]
    conduct.solve(demand, owns(case["ownerPre"]), costs, p).unwrap()
    conduct.solve(demand, owns(case["ownerPost"]), later, p).unwrap()


def auction(case: Case) -> None:
    """Calibration, then prices before and after."""
    p, unknown = case["prices"], "shares_inside" in case.given
    s = case["shares_inside" if unknown else "shares"]
    outside = "unknown" if unknown else "none" if cases.inside_only(s) else "rest"
    fit = fit_margins(
        *(p, s, case["margins_level"] / p, case["ownerPre"]),
        outside=outside,
        conduct=SecondScore(),
    )
    both(SecondScore(), fit.buyers, case, fit.costs, fit.costs)


def bargaining_buyers(case: Case) -> None:
    """Calibration, or costs at known parameters, then prices before and after."""
    conduct, p = BargainingWithBuyers(case["bargpowerPre_buyer"]), case["prices"]
    if "_calib_" in case.id:
        fit = fit_margins(
            *(p, case["shares"], case["margins_proportional"], case["ownerPre"]), conduct=conduct
        )
        return both(conduct, fit.buyers, case, fit.costs, fit.costs)
    outside = 0.0 if case.given["normIndex"] is None else -np.inf
    demand = plain(case["meanval"], -case.given["alpha"], outside)
    costs = p - conduct.margins(demand, p, owns(case["ownerPre"]))
    return both(conduct, demand, case, costs, costs)


def ces(case: Case) -> None:
    """The same of CES."""
    p, nests = case["prices"], case.given.get("nests")
    r = array(case.output["revSharesPre"])
    inside = cases.inside_only(r)
    demand: CES
    if "shares_revenue" in case.given:
        demand = fit_ces(
            *(p, case["shares_revenue"], case["margins_proportional"], case["ownerPre"]),
            outside="none" if inside else "rest",
        ).demand
    elif nests is None:
        gamma = case.given["gamma"]
        demand = ces_at(p, r / r.sum() if inside else r, gamma, None, np.zeros(len(p)))
    else:
        gamma, groups = case.given["gamma"], np.unique(nests, return_inverse=True)[1]
        rho = 1 - (gamma - 1) / (case["sigma"][groups] - 1)
        spending = PricedDemand(
            utility=((1 - rho) * np.log(case["meanval"]))[:, None],
            alpha=np.array([gamma - 1]),
            weights=np.ones(1),
            outside=-np.inf,
            model=Nested(groups, rho[None]),
        )
        demand = CES(spending)
    costs = p - PostedPrices().margins(demand, p, owns(case["ownerPre"]))
    both(PostedPrices(), demand, case, costs, costs)


def nested_unknown_outside(case: Case) -> None:
    """Calibration of nesting parameters and the outside share, then prices."""
    fit = fit_margins(
        *(case[k] for k in ("prices", "shares_inside", "margins_proportional", "ownerPre")),
        nests=case["nests"],
        rho=None if case.given["constraint"] else "by nest",
        outside="unknown",
    )
    both(PostedPrices(), fit.buyers, case, fit.costs, fit.costs)


def chain_auction(case: Case) -> None:
    """Prices of a chain whose retailers bid, before and after."""
    w = case["pricesUp"]
    demand = buyers_at(w, case["sharesDown"], -case.given["alpha"], None, rho=np.zeros(len(w)))
    for when in ("Pre", "Post"):
        names = ("owner{}Up", "owner{}Down", "mcUp{}", "mcDown{}", "bargpower{}")
        market = chain(case, demand, *(case[name.format(when)] for name in names))
        market.prices(market.solve(w).unwrap())


def chain_auction_margins(case: Case) -> None:
    """Margins of such a chain at given prices."""
    w, none = case["pricesUp"], np.zeros(len(case["pricesUp"]))
    demand = plain(case["meanval"], -case.given["alpha"])
    owners, power = (case["ownerUp"], case["ownerDown"]), case["bargpower_retailer"]
    market = chain(case, demand, *owners, none, none, power)
    market.channel_margins(w)
    market.manufacturer_margins(w)


def bargaining_foc(case: Case) -> None:
    """Prices of both kinds of bargaining, before and after."""
    demand = plain(case["delta"], -case.given["alpha"])
    lam = case.given["lambda_buyer"]
    for conduct in (BargainingWithBuyers(lam), BargainingInAuction(lam)):
        for when in ("Pre", "Post"):
            start = case["cost"] + 1.0
            conduct.solve(demand, owns(case[f"firm{when}"]), case["cost"], start).unwrap()


def bertrand_overlapping(case: Case) -> None:
    """Prices before and after, nests overlapping."""
    for when in ("Pre", "Post"):
        start = case["cost"] + 1.0
        owner = owns(case[f"firm{when}"])
        PostedPrices().solve(gnl(case), owner, case["cost"], start).unwrap()


def overlapping_calibrated(case: Case) -> None:
    """alpha and a nesting parameter of overlapping nests."""
    p = case["price"]
    fit_overlapping(
        *(p, case["shares"], 1 - case["cost"] / p, case["firm"]),
        allocation=case["nest_allocation"],
    )


def demand_overlapping(case: Case) -> None:
    """Shares in overlapping nests."""
    outside = 0.0 if case.given["outsideOption"] else -np.inf
    assert gnl(case, outside=outside).at_prices(case["price"]).shares.sum() <= 1 + 1e-9


#: package -> family -> a run of one of its cases
MERGER_RUNS: dict[str, dict[str, Callable[[Case], None]]] = {
    "antitrust": {
        "auction": auction,
        "bargaining_buyers": bargaining_buyers,
        "ces": ces,
        "nested_logit_unknown_outside": nested_unknown_outside,
        "chain_auction": chain_auction,
        "chain_auction_margins": chain_auction_margins,
    },
    "mergersim": {
        "bargaining_foc": bargaining_foc,
        "bertrand_overlapping": bertrand_overlapping,
        "overlapping_calibrated": overlapping_calibrated,
        "demand_overlapping": demand_overlapping,
    },
}
