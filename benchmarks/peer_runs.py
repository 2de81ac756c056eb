"""What each peer's run did with a case, done by us: nothing is checked here, only timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "peers"))

import cases as cases  # its path is known here
from cases import Case, array, firms, horizontal, observed, plain, vertical
from merger_runs import MERGER_RUNS

from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.vertical import fit_vertical_margins
from inroads.choice import Nested
from inroads.conduct.bargaining import LinearPrice, MixedContract
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.implied_costs import implied_vertical_costs
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes


def logit(case: Case) -> None:
    """Calibration, then prices after the merger."""
    outside = "none" if cases.inside_only(case["shares"]) else "rest"
    p, s, m = (case[k] for k in ("prices", "shares", "margins_proportional"))
    below_zero = bool((case["mcPre"] < 0).any())
    fit = fit_margins(p, s, m, case["ownerPre"], outside=outside, below_zero=below_zero)
    horizontal(fit.buyers, case["ownerPre"], fit.costs, p)
    horizontal(fit.buyers, case["ownerPost"], case["mcPost"], p)


def unknown_outside(case: Case) -> None:
    """The same where the outside share is calibrated too."""
    fit = fit_margins(
        *(case[k] for k in ("prices", "shares_inside", "margins_proportional", "ownerPre")),
        outside="unknown",
        market_elasticity=case.given["mktElast"],
    )
    horizontal(fit.buyers, case["ownerPre"], fit.costs, case["prices"])
    horizontal(fit.buyers, case["ownerPost"], fit.costs, case["prices"])


def nested_logit(case: Case) -> None:
    """Costs at given parameters, then prices after the merger."""
    p, alpha = case["prices"], -case.given["alpha"]
    nests = cases.labelled(case)
    assert nests is not None
    outside = -alpha * float(case.output.get("priceOutside", 0.0))
    buyers = plain(case["meanval"], alpha, outside, Nested(nests[0], nests[1][None]))
    at = buyers.at_prices(p)
    (pre,) = firms(case["ownerPre"])
    costs = p - markups(at.jacobian, at.shares, ownership(pre.astype(float)))
    horizontal(buyers, case["ownerPre"], costs, p)
    horizontal(buyers, case["ownerPost"], case["mcPost"], p)


def bertrand(case: Case) -> None:
    """Prices before and after the merger."""
    buyers = plain(case["delta"], -case.given["alpha"], 0.0, cases.allocated(case))
    for when in ("Pre", "Post"):
        horizontal(buyers, case[f"firm{when}"], case["cost"], case["cost"] + 1.0)


def demand(case: Case) -> None:
    """Shares: what was timed takes as long for 3 products as for 20, so holds no derivatives."""
    outside = 0.0 if case.given["outsideOption"] else -np.inf
    buyers = plain(case["delta"], -case.given["alpha"], outside, cases.allocated(case))
    assert buyers.at_prices(case["price"]).shares.sum() <= 1 + 1e-9


def chain_planted(case: Case) -> None:
    """Prices before and after the merger, at given parameters and costs."""
    buyers = observed(case, "pricesDown", "sharesDown")
    for when in ("Pre", "Post"):
        names = ("owner{}Up", "owner{}Down", "mcUp{}", "mcDown{}", "bargpower{}")
        vertical(buyers, *(case[name.format(when)] for name in names), case["pricesDown"])


def chain_logit(case: Case) -> None:
    """Calibration of the chain, then prices before and after the merger."""
    power = {"pair": "pair", "retailer": "channel", "wholesaler": "manufacturer"}
    names = ("pricesDown", "pricesUp", "sharesDown", "marginsDown_proportional")
    fit_vertical_margins(
        *(case[name] for name in names),
        manufacturer_margins=case["marginsUp_proportional"],
        manufacturers=case["ownerPreUp"],
        channels=case["ownerPreDown"],
        power=power.get(case.given.get("constrain"), "one"),
        outside="none" if cases.inside_only(case["sharesDown"]) else "rest",
        below_zero=True,
    )
    chain_planted(case)


def chain_margins(case: Case) -> None:
    """Shares and implied margins at given prices."""
    p, w, alpha = case["pricesDown"], case["pricesUp"], -case.given["alpha"]
    nests = cases.labelled(case)
    model = None if nests is None else Nested(nests[0], nests[1][None])
    buyers = plain(case["meanval"], alpha, 0.0, model)
    M, R = firms(case["ownerUp"], case["ownerDown"])
    k = make_links(M, R, np.where(M == R, 1.0, case["bargpower_retailer"]), "offer")
    none = np.zeros(len(p))
    retail = Retail(buyers, vertical_stakes(M, R, none, none), R)
    implied_vertical_costs(
        retail,
        lambda h, c: vertical_stakes(M, R, c, h),
        k,
        p,
        wholesale=w,
        production_cost=w.copy(),
    )


def chain_equilibria(case: Case) -> None:
    """Every scenario of a chain from parameters and costs."""
    buyers = plain(case["delta"], -case.given["alpha"], 0.0, cases.allocated(case))
    making, handling = case["cost_w"], case["cost_r"]
    sigma = float(case.given.get("contract_sigma", 0.0))
    contract = LinearPrice() if sigma == 0 else MixedContract(sigma)
    sequential = {"timing": "sequential", "contract": contract}
    for out in case.output.values():
        vertical(
            buyers,
            array(out["own_up"]),
            array(out["own_down"]),
            making,
            handling,
            case.given["lambda_retailer"],
            making + handling + 1.0,
            **(sequential if case.family == "chain_sequential" else {}),
        )


#: package -> family -> a run of one of its cases
RUNS: dict[str, dict[str, Callable[[Case], None]]] = {
    "antitrust": {
        "logit": logit,
        "logit_unknown_outside": unknown_outside,
        "nested_logit": nested_logit,
        "chain_logit": chain_logit,
        "chain_logit_planted": chain_planted,
        "chain_nested": chain_planted,
        "chain_margins": chain_margins,
        **MERGER_RUNS["antitrust"],
    },
    "mergersim": {
        "demand": demand,
        "bertrand": bertrand,
        "chain_simultaneous": chain_equilibria,
        "chain_sequential": chain_equilibria,
        **MERGER_RUNS["mergersim"],
    },
}
