"""Cases of demand systems and conducts beyond logit and Bertrand: what each has to meet.

Two definitions of theirs are not the area under their own demand: the compensating variation of
CES, told apart where it is met, and that of chains whose retailers bid, left out (it counts utility
without the wholesale price that the same shares have in it).
"""

import cases
import numpy as np
import pandas as pd
from cases import array, close, firms, plain

import inroads as ir
from inroads.calibration.from_margins.auction_chain import fit_auction_chain
from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.ces import ces_at, fit_ces
from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.overlapping import fit_overlapping
from inroads.calibration.from_margins.vertical import fit_vertical_margins
from inroads.choice import Nested, diversion_ratios, elasticities
from inroads.conduct.bargaining.auctions import AuctionChain
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bertrand import ownership
from inroads.conduct.demand_systems import CES
from inroads.conduct.demand_systems.overlapping import overlapping_nests
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    PostedPrices,
    SecondScore,
)
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.screens import compensating_variation, hhi, second_choices


def owns(labels):
    """(J, J) of firms' labels."""
    return ownership(firms(labels)[0])


def gnl(case, delta="delta", outside=0.0):
    """Overlapping nests of mergersim: an allocation, and a mu for each nest."""
    return overlapping_nests(
        case[delta],
        -case.given["alpha"],
        case["nest_allocation"],
        1.0 - case["mu"],
        outside=outside,
    )


def merging(case):
    """Offers that gain a partner (J,)."""
    return (owns(case["ownerPost"]) - owns(case["ownerPre"])).any(axis=1)


def check_substitution(case, D, prices, quantities):
    out = case.output
    close(elasticities(D, prices, quantities), out["elastPre"], 1e-9, 1e-12)
    close(diversion_ratios(D)[:, :-1] - np.eye(len(prices)), out["diversionPre"], 1e-9, 1e-12)


def check_concentration(case, before, after):
    out = case.output
    close(hhi(before, firms(case["ownerPre"])[0]), out["hhiPre"], 1e-9)
    close(hhi(after, firms(case["ownerPost"])[0]), out["hhiPost"], 1e-8)


def check_cmcr(case, conduct, demand, prices, costs):
    before = conduct.margins(demand, prices, owns(case["ownerPre"]))
    after = conduct.margins(demand, prices, owns(case["ownerPost"]))
    found = 100 * ((after - before) / costs)[merging(case)]
    close(found, case.output["cmcr_pct_of_cost"], 1e-8)


def check_auction(case):
    """Second score: calibration, prices, what buyers and sellers have of it."""
    out, p, unknown = case.output, case["prices"], "shares_inside" in case.given
    if "alm" in case.id:
        fit = fit_margins(
            *(p, case["shares_inside"], case["margins_level"] / p, case["ownerPre"]),
            outside="unknown",
            conduct=SecondScore(),
        )
    else:
        fit = fit_margins(
            *(p, case["shares"], case["margins_level"] / p, case["ownerPre"]),
            outside="none" if cases.inside_only(case["shares"]) else "rest",
            conduct=SecondScore(),
        )
    tight = 1e-8
    close(fit.alpha, -out["alpha"], tight)
    close(fit.costs, out["mcPre"], tight)
    close(1 - fit.outside, out["shareInside"], tight)
    demand, auction = fit.buyers, SecondScore()
    before = auction.solve(demand, owns(case["ownerPre"]), fit.costs, p).unwrap()
    close(before, out["pricePre"], tight)
    # A dearer outside option is as good as cheaper offers.
    cheaper = fit.costs + case["mcDelta_level"] - case.given.get("mcDeltaOutside", 0.0)
    m = auction.margins(demand, cheaper, owns(case["ownerPost"]))
    after = array(out["mcPost"]) + m
    close(after, out["pricePost"], tight)
    close(m, out["marginsLevelPost"], tight)
    s, s_after = demand.at_prices(fit.costs).shares, demand.at_prices(cheaper).shares
    close(s_after, out["sharesPost"], tight)
    check_concentration(case, s, s_after)
    size = out["mktSize"]
    close(s_after * m * size, out["psPost"], tight)
    ex_ante = s * (before - fit.costs)
    close(ex_ante, out["marginsExAntePre"], tight)
    net = [
        float(demand.at_prices(c).surplus - q @ margin)
        for c, q, margin in ((fit.costs, s, before - fit.costs), (cheaper, s_after, m))
    ]
    close((net[0] - net[1]) * size, out["CV"], 1e-7)
    check_substitution(case, demand.at_prices(fit.costs).jacobian, before, s)
    assert unknown == ("alm" in case.id)


def check_bargaining_buyers(case):
    """Bargaining with final buyers: calibration where there is one, prices, screens."""
    out, p = case.output, case["prices"]
    conduct = BargainingWithBuyers(case["bargpowerPre_buyer"])
    if "_calib_" in case.id:
        fit = fit_margins(
            p, case["shares"], case["margins_proportional"], case["ownerPre"], conduct=conduct
        )
        close(fit.alpha, -case.truth["alpha"], 1e-8)
        close(fit.costs, case.truth["mcPre"], 1e-8)
        demand, costs = fit.buyers, fit.costs
    else:
        outside = 0.0 if case.given["normIndex"] is None else -np.inf
        demand = plain(case["meanval"], -case.given["alpha"], outside)
        costs = p - conduct.margins(demand, p, owns(case["ownerPre"]))
        close(costs, out["mcPre"], 1e-9)
    at = demand.at_prices(p)
    close(at.shares, out["sharesPre"], 1e-8)
    before = conduct.solve(demand, owns(case["ownerPre"]), costs, p * 1.05).unwrap()
    close(before, p, 1e-9)
    later = BargainingWithBuyers(case["bargpowerPost_buyer"])
    after = later.solve(demand, owns(case["ownerPost"]), costs, p).unwrap()
    close(after, out["pricePost"], 1e-8)
    s = demand.at_prices(after).shares
    close(s, out["sharesPost"], 1e-8)
    check_concentration(case, at.shares, s)
    size = out["mktSize"]
    close(compensating_variation(demand, p, after) * size, out["CV"], 1e-7)
    close(s * (after - costs) * size, out["psPost"], 1e-7)
    check_substitution(case, at.jacobian, p, at.shares)
    check_cmcr(case, conduct, demand, p, costs)


def check_ces(case):
    """CES and nested CES: calibration where exact, prices, harm by Hicks' measure."""
    out, p = case.output, case["prices"]
    gamma, nests = out["gamma"], case.given.get("nests")
    r = array(out["revSharesPre"])
    inside = abs(float(r.sum()) - 1) < 1e-9
    r = r / r.sum() if inside else r
    if case.truth:
        fit = fit_ces(
            *(p, case["shares_revenue"], case["margins_proportional"], case["ownerPre"]),
            outside="none" if inside else "rest",
        )
        close(fit.gamma, case.truth["gamma"], 1e-8)
        close(fit.costs, case.truth["mcPre"], 1e-8)
    rho = np.zeros(len(p))
    groups = None
    if nests is not None:
        groups = np.unique(nests, return_inverse=True)[1]
        rho = 1 - (gamma - 1) / (case["sigma"][groups] - 1)
        # Mean values at price one; nested logit's utility is within the nest.
        v = (1 - rho) * np.log(case["meanval"])
        spending = PricedDemand(
            utility=v[:, None],
            alpha=np.array([gamma - 1]),
            weights=np.ones(1),
            outside=-np.inf,
            model=Nested(groups, rho[None]),
        )
        r = CES(spending).at_prices(p).spending_shares
        share_inside = array(out["revSharesPre"]).sum()
        close(r * share_inside, out["revSharesPre"], 1e-9)
    demand = ces_at(p, array(out["revSharesPre"]) if not inside else r, gamma, groups, rho)
    posted = PostedPrices()
    costs = p - posted.margins(demand, p, owns(case["ownerPre"]))
    close(costs, out["mcPre"], 1e-8)
    before = posted.solve(demand, owns(case["ownerPre"]), costs, p * 1.05).unwrap()
    close(before, p, 1e-9)
    after = posted.solve(demand, owns(case["ownerPost"]), case["mcPost"], p).unwrap()
    close(after, out["pricePost"], 1e-8)
    at, then = demand.at_prices(p), demand.at_prices(after)
    close(then.spending_shares, out["revSharesPost"], 1e-8)
    check_substitution(case, at.jacobian, p, at.shares)
    check_cmcr(case, posted, demand, p, costs)
    check_concentration(case, at.shares, then.shares)
    if not inside and "CV" in out:
        # Theirs raises the ratio of price indices to the inside share, so that it is not the area
        # under its own demand for small changes of price; of nests it leaves the outside out.
        ratio = 1 + compensating_variation(demand, p, after)
        share = out["shareInside"]
        if nests is not None:
            ours_inside = CES(spending).compensating_variation(p, after)
            close((1 + ours_inside) ** share - 1, out["CV"] / (out["mktSize"] / share), 1e-7)
        else:
            close(ratio**share - 1, out["CV"] / out["mktSize"], 1e-7)


def check_bargaining_foc(case):
    """mergersim's bargaining with final buyers, posted and in auctions."""
    out, lam = case.output, case.given["lambda_buyer"]
    demand = plain(case["delta"], -case.given["alpha"])
    nash, auction = BargainingWithBuyers(lam), BargainingInAuction(lam)
    for when in ("Pre", "Post"):
        ownership_then = owns(case[f"firm{when}"])
        for conduct, name in ((nash, "nash"), (auction, "secondscore")):
            found = conduct.solve(demand, ownership_then, case["cost"], case["cost"] + 1.0)
            close(found.unwrap(), out[name][f"price{when}"], 1e-9)
        at = out["foc_evaluation"]
        p = array(at["price"])
        A, b = nash.system(demand, p, ownership_then)
        theirs = array(at[f"bargain_foc_{when.lower()}"])
        close(b - A @ (p - case["cost"]), theirs, 1e-9, 1e-13)


def check_second_score(case):
    """mergersim's expected prices of auctions."""
    out = case.output
    demand = gnl(case)
    prices = SecondScore().solve(demand, owns(case["firm"]), case["cost"], case["cost"]).unwrap()
    close(prices, out["price"], 1e-9)
    close(demand.at_prices(case["cost"]).shares, out["shares"], 1e-10)
    if out.get("alpha_recalibrated"):
        fit = fit_margins(
            *(prices, case["shares"], 1 - case["cost"] / prices, case["firm"]),
            conduct=SecondScore(),
        )
        close(fit.alpha, -case.given["alpha"], 1e-8)


def check_demand_overlapping(case):
    out, p = case.output, case["price"]
    demand = gnl(case, outside=0.0 if case.given["outsideOption"] else -np.inf)
    at = demand.at_prices(p)
    close(at.shares, out["shares"], 1e-10)
    close(at.inclusive[0], out["logsum"], 1e-10)
    # Theirs is a numerical derivative.
    close(at.jacobian, out["dshare_dprice_richardson"], 1e-7, 1e-9)
    close(second_choices(demand, p)[:, :-1], out["diversion_second_choice"], 1e-10, 1e-12)
    close(moved(demand, p), out["diversion_marginal_1pct_step"], 1e-9, 1e-11)


def moved(demand, prices):
    """Diversion at a step of one percent of price, as mergersim has it."""
    by = demand.at_prices(prices + np.diag(0.01 * prices)).shares - demand.at_prices(prices).shares
    diversion = -by / np.diag(by)[:, None]
    np.fill_diagonal(diversion, 0.0)
    return diversion


def check_bertrand_overlapping(case):
    out = case.output
    demand = gnl(case)
    for when in ("Pre", "Post"):
        found = PostedPrices().solve(
            demand, owns(case[f"firm{when}"]), case["cost"], case["cost"] + 1.0
        )
        at = demand.at_prices(found.unwrap())
        # Their first-order condition has a numerical derivative.
        close(found.value, out[f"price{when}"], 1e-9)
        close(at.shares, out[f"shares{when}"], 1e-8)
        close(at.surplus, out[f"cs{when}"], 1e-9)
        if when == "Pre":
            second = second_choices(demand, found.value)[:, :-1]
            close(second, out["diversionPre_second_choice"], 1e-8, 1e-12)


def check_overlapping_calibrated(case):
    """Prices, shares and costs tell alpha and a common nesting parameter; diversions follow."""
    p = case["price"]
    fit = fit_overlapping(
        *(p, case["shares"], 1 - case["cost"] / p, case["firm"]),
        allocation=case["nest_allocation"],
    )
    # Their demand's derivative, hence their prices, are numerical.
    close(fit.alpha, -case.truth["alpha"], 1e-6)
    close(fit.rho, 1 - case.truth["mu_common"], 1e-6)
    close(moved(fit.demand, p), case["div_matrix_marginal_1pct"], 1e-6, 1e-9)


def check_nested_logit_unknown_outside(case):
    """Margins tell alpha, nesting parameters and the size of the market."""
    out, truth, p = case.output, case.truth, case["prices"]
    fit = fit_margins(
        *(p, case["shares_inside"], case["margins_proportional"], case["ownerPre"]),
        nests=case["nests"],
        rho=None if case.given["constraint"] else "by nest",
        outside="unknown",
    )
    close(fit.alpha, -truth["alpha"], 1e-7)
    close(1 - fit.rho, array(truth["sigma"])[np.array(case.given["nests"]) - 1], 1e-7)
    close(1 - fit.outside, truth["shareInside"], 1e-7)
    after = PostedPrices().solve(fit.buyers, owns(case["ownerPost"]), fit.costs, p).unwrap()
    close(after, truth["pricePost"], 1e-8)
    close(after, out["pricePost"], 1e-8)
    close(fit.buyers.at_prices(after).shares, out["sharesPost"], 1e-7)


def check_chain_costs(case):
    """A chain of which costs are known: what mergersim calibrates in two steps."""
    p, w = case["price_r"], case["price_w"]
    fit = fit_vertical_margins(
        *(p, w, case["shares"], 1 - (w + case["cost_r"]) / p),
        manufacturer_margins=1 - case["cost_w"] / w,
        manufacturers=[f"W{f}" for f in case["wholesaler"]],
        channels=[f"R{f}" for f in case["retailer"]],
    )
    close(fit.alpha, -case.truth["alpha"], 1e-8)
    close(fit.channel_weight, case.truth["lambda_retailer"], 1e-8)
    close(fit.buyers.utility[:, 0], case.truth["delta"], 1e-8, 1e-9)


def check_chain_overlapping(case):
    """A chain in overlapping nests, before and after each merger."""
    demand = gnl(case)
    making, handling = case["cost_w"], case["cost_r"]
    for out in case.output.values():
        found = cases.vertical(
            demand,
            array(out["own_up"]),
            array(out["own_down"]),
            making,
            handling,
            case.given["lambda_retailer"],
            making + handling + 1.0,
        )
        close(found.wholesale, out["price_w"], 1e-9)
        close(found.prices, out["price_r"], 1e-9)
        close(found.shares, out["shares"], 1e-8)


def chain(case, demand, up, down, making, handling, power):
    """A chain whose channels bid."""
    M, R = firms(up, down)
    lam = np.where(M == R, 1.0, power)
    return AuctionChain(
        demand=demand,
        manufacturers=M,
        channels=R,
        links=make_links(M, R, lam, "offer"),
        production_cost=making,
        retail_cost=handling,
    )


def check_chain_auction(case):
    """A chain whose retailers bid: its margins tell what was planted, its prices follow."""
    out, w, alpha = case.output, case["pricesUp"], -case.given["alpha"]
    fit = fit_auction_chain(
        *(case["pricesDown"], w, case["sharesDown"], case["marginsDown_proportional"]),
        manufacturer_margins=case["marginsUp_proportional"],
        manufacturers=case["ownerPreUp"],
        channels=case["ownerPreDown"],
        power="pair" if np.ptp(case["bargpower_retailer"]) > 0 else "one",
        outside="none" if cases.inside_only(case["sharesDown"]) else "rest",
    )
    close(fit.alpha, alpha, 1e-8)
    close(fit.channel_weight, out["bargpowerPre"], 1e-8)
    close(fit.chain.production_cost, out["mcUpPre"], 1e-8)
    close(fit.chain.retail_cost, out["mcDownPre"], 1e-8)
    demand = buyers_at(w, case["sharesDown"], alpha, None, rho=np.zeros(len(w)))
    for when in ("Pre", "Post"):
        names = ("owner{}Up", "owner{}Down", "mcUp{}", "mcDown{}", "bargpower{}")
        market = chain(case, demand, *(case[name.format(when)] for name in names))
        wholesale = market.solve(w).unwrap()
        close(wholesale, out[f"priceUp{when}"], 1e-9)
        close(market.prices(wholesale), out[f"priceDown{when}"], 1e-9)
        at = demand.at_prices(wholesale)
        close(at.shares, out[f"shares{when}"], 1e-8)
    _check_chain_merger(case, out)


def _check_chain_merger(case, out):
    """The same in one call, where two firms merge."""
    old = [*case.given["ownerPreUp"], *case.given["ownerPreDown"]]
    new = [*case.given["ownerPostUp"], *case.given["ownerPostDown"]]
    moves = {(b, a) for a, b in zip(old, new, strict=True) if a != b}
    if len(moves) != 1:
        return
    (parties,) = moves
    table = pd.DataFrame(
        {
            "product_ids": [str(j) for j in range(len(case["pricesUp"]))],
            "firm_ids": case.given["ownerPreUp"],
            "channel_ids": case.given["ownerPreDown"],
            "prices": case["pricesDown"],
            "wholesale": case["pricesUp"],
            "shares": case["sharesDown"],
            "channel_margins": case["marginsDown_proportional"],
            "manufacturer_margins": case["marginsUp_proportional"],
        }
    )
    m = ir.chain_merger(
        *(table, parties),
        retail="second score",
        power="pair" if np.ptp(case["bargpower_retailer"]) > 0 else "one",
        outside="none" if cases.inside_only(case["sharesDown"]) else "rest",
    )
    close(m.offers["price_after"], out["priceDownPost"], 1e-8)
    close(m.offers["wholesale_after"], out["priceUpPost"], 1e-8)
    close(m.offers["share_after"], out["sharesPost"], 1e-8)


def check_chain_auction_margins(case):
    """Margins that a chain's bargains and bids imply at arbitrary prices."""
    w, J = case["pricesUp"], len(case["pricesUp"])
    demand = plain(case["meanval"], -case.given["alpha"])
    none = np.zeros(J)
    market = chain(
        case, demand, case["ownerUp"], case["ownerDown"], none, none, case["bargpower_retailer"]
    )
    close(demand.at_prices(w).shares, case.output["shares"], 1e-10)
    close(market.channel_margins(w), case.output["marginDown_level"], 1e-10)
    up = market.manufacturer_margins(w) @ market.links.offers_lost
    close(up, case.output["marginUp_level"], 1e-10, 1e-13)
