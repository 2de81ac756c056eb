"""Our numbers beside those of R antitrust and R mergersim: every case that they were trusted on.

Left out of their output, because it is not ours: antitrust's HHI of vertical mergers, which pools
whatever an integrated firm touches, and its split of an integrated firm's profit between levels.
"""

from dataclasses import replace

import cases
import merger_checks
import numpy as np
import pytest
from cases import array, close, firms, horizontal, observed, plain, vertical

from inroads.calibration.from_margins.logit import fit_margins
from inroads.calibration.from_margins.vertical import fit_vertical_margins
from inroads.choice import Nested, diversion_ratios, elasticities
from inroads.conduct.bargaining import LinearPrice, MixedContract
from inroads.conduct.bargaining.base import gains_from_trade, nash_foc
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.bargaining.links import Links, make_links
from inroads.conduct.bargaining.simultaneous import wholesale_pass_rates
from inroads.conduct.bertrand import markups, ownership
from inroads.conduct.implied_costs import implied_vertical_costs
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.screens import (
    compensating_cost_reductions,
    compensating_variation,
    hhi,
    producer_surplus,
    second_choices,
)
from inroads.conduct.stakes import vertical_stakes

EVERY = cases.load()

#: The number of cases of each family: a file that is lost, or new, is noticed.
COUNT = {
    "bertrand": 10,
    "chain_conditions": 10,
    "chain_logit": 61,
    "chain_logit_planted": 3,
    "chain_margins": 13,
    "chain_nested": 13,
    "chain_sequential": 7,
    "chain_simultaneous": 11,
    "demand": 14,
    "logit": 28,
    "logit_unknown_outside": 10,
    "nested_logit": 6,
}

#: Cases whose calibration is not ours to meet, only its consequences: another loss, and margins
#: that no parameters meet exactly.
OTHER_LOSS = dict.fromkeys(
    (
        "vbert_3x3_noisy_vert_s1090",
        "vbert_rdexample_down",
        "vbert_rdexample_up",
        "vbert_rdexample_vert",
    ),
    "money errors of bargains and of shops' margins, instead of fractions of price",
)


def screens(case, buyers, prices, shares):
    """What antitrust derives from an equilibrium before and after a merger."""
    out, size = case.output, case.output["mktSize"]
    (pre,), (post,) = firms(case["ownerPre"]), firms(case["ownerPost"])
    D = buyers.at_prices(prices).jacobian
    close(elasticities(D, prices, shares), out["elastPre"], 1e-9, 1e-12)
    if "diversionPre" in out:
        close(diversion_ratios(D)[:, :-1] - np.eye(len(prices)), out["diversionPre"], 1e-9, 1e-12)
    close(hhi(shares, pre), out["hhiPre"], 1e-9)
    costs, cheap = array(out["mcPre"]), array(out["mcPost"])
    m = prices - costs
    close(producer_surplus(shares, m, np.arange(len(m))) * size, out["psPre"], 1e-9)
    gained = np.isin(pre, [f for g in np.unique(post) for f in both(pre[post == g])])
    cmcr = compensating_cost_reductions(D, shares, prices, pre, after=post)
    close(100 * cmcr[gained], out["cmcr_pct_of_cost"], 1e-8)
    # Their pressure weighs margins as fractions of price by responses of quantity.
    flow = (D * prices[None]).T
    after = ((post[:, None] == post) * flow) @ ((prices - cheap) / prices)
    before = ((pre[:, None] == pre) * flow) @ (m / prices)
    close((after - before)[gained], out["upp"], 1e-8, 1e-13)


def both(labels):
    """Firms that have come together, none if only one is here."""
    found = np.unique(labels)
    return found if len(found) > 1 else []


def check_logit(case):
    out = case.output
    p, s = case["prices"], case["shares"]
    outside = "none" if cases.inside_only(s) else "rest"
    m, below_zero = case["margins_proportional"], bool((case["mcPre"] < 0).any())
    fit = fit_margins(p, s, m, case["ownerPre"], outside=outside, below_zero=below_zero)
    close(fit.alpha, -out["alpha"], 1e-8)
    close(fit.costs, out["mcPre"], 1e-8)
    if case.truth:
        close(fit.alpha, -case.truth["alpha"], 1e-8)
        close(fit.costs, case.truth["mcPre"], 1e-8)
    buyers, costs, cheap = observed(case, "prices", "shares"), case["mcPre"], case["mcPost"]
    before = horizontal(buyers, case["ownerPre"], costs, p * 1.05)
    close(before.prices, p, 1e-9)
    close(before.shares, s, 1e-9)
    shelf = case["subset"] if "subset" in case.given else None
    after = horizontal(buyers, case["ownerPost"], cheap, p, shelf)
    there = slice(None) if shelf is None else shelf
    close(after.prices[there], array(out["pricePost"])[there], 1e-9)
    close(after.shares, out["sharesPost"], 1e-9)
    harm = compensating_variation(buyers, p, after.prices, None, shelf_after=shelf)
    close(harm * out["mktSize"], out["CV"], 1e-8, 1e-9 * out["mktSize"] * p.mean())
    if shelf is None:
        (post,) = firms(case["ownerPost"])
        close(hhi(after.shares, post), out["hhiPost"], 1e-9)
        own = producer_surplus(after.shares, after.prices - cheap, np.arange(len(p)))
        close(own * out["mktSize"], out["psPost"], 1e-8)
        screens(case, buyers, p, s)


def check_logit_unknown_outside(case):
    out, truth = case.output, case.truth
    p = case["prices"]
    elasticity = case.given["mktElast"]
    fit = fit_margins(
        p,
        case["shares_inside"],
        case["margins_proportional"],
        case["ownerPre"],
        outside="unknown",
        market_elasticity=elasticity,
    )
    close(fit.alpha, -truth["alpha"], 1e-8)
    close(1 - fit.outside, truth["shareInside"], 1e-8)
    close(fit.buyers.utility[:, 0], truth["meanval"], 1e-8, 1e-8)
    after = horizontal(fit.buyers, case["ownerPost"], fit.costs, p)
    close(after.prices, truth["pricePost"], 1e-8)
    close(after.prices, out["pricePost"], 1e-8)
    at = fit.buyers.at_prices(p)
    close((at.jacobian @ p).sum() / at.shares.sum(), out["mktElastPre"], 1e-8)


def check_nested_logit(case):
    out, p, alpha = case.output, case["prices"], -case.given["alpha"]
    nests, rho = cases.labelled(case)
    buyers = plain(case["meanval"], alpha, 0.0, Nested(nests, rho[None]))
    buyers = replace(buyers, outside=-alpha * float(out.get("priceOutside", 0.0)))
    s = buyers.at_prices(p).shares
    (pre,) = firms(case["ownerPre"])
    costs = p - markups(buyers.at_prices(p).jacobian, s, ownership(pre))
    close(costs, out["mcPre"], 1e-9)
    before = horizontal(buyers, case["ownerPre"], costs, p * 1.05)
    close(before.prices, p, 1e-9)
    after = horizontal(buyers, case["ownerPost"], case["mcPost"], p)
    close(after.prices, out["pricePost"], 1e-9)
    close(after.shares, out["sharesPost"], 1e-9)
    close(compensating_variation(buyers, p, after.prices) * out["mktSize"], out["CV"], 1e-8)
    screens(case, buyers, p, s)


def check_chain_logit(case):
    if case.id not in OTHER_LOSS:
        power = {"pair": "pair", "retailer": "channel", "wholesaler": "manufacturer"}
        fit = fit_vertical_margins(
            case["pricesDown"],
            case["pricesUp"],
            case["sharesDown"],
            case["marginsDown_proportional"],
            manufacturer_margins=case["marginsUp_proportional"],
            manufacturers=case["ownerPreUp"],
            channels=case["ownerPreDown"],
            power=power.get(case.given.get("constrain"), "one"),
            outside="none" if cases.inside_only(case["sharesDown"]) else "rest",
        )
        truth = case.truth
        close(fit.alpha, -truth["alpha"], 1e-8)
        close(fit.channel_weight, truth["bargpowerPre"], 1e-8)
        close(fit.production_cost, truth["mcUpPre"], 1e-8)
        close(fit.retail_cost, truth["mcDownPre"], 1e-8)
        close(
            fit.retail.conditions(case["pricesDown"], case["pricesUp"]).foc_in_money(),
            0.0,
            0.0,
            1e-7,
        )
    check_chain(case)


def check_chain(case):
    """The equilibrium at the peer's parameters, before and after the merger."""
    out, p, w = case.output, case["pricesDown"], case["pricesUp"]
    buyers = observed(case, "pricesDown", "sharesDown")
    before = vertical(
        buyers,
        case["ownerPreUp"],
        case["ownerPreDown"],
        case["mcUpPre"],
        case["mcDownPre"],
        case["bargpowerPre"],
        p,
    )
    close(before.prices, out["priceDownPre"], 1e-9)
    close(before.prices, p, 1e-9)
    close(before.wholesale, w, 1e-9)
    after = vertical(
        buyers,
        case["ownerPostUp"],
        case["ownerPostDown"],
        case["mcUpPost"],
        case["mcDownPost"],
        case["bargpowerPost"],
        p,
    )
    close(after.prices, out["priceDownPost"], 1e-9)
    close(after.wholesale, out["priceUpPost"], 1e-9)
    close(after.shares, out["sharesPost"], 1e-9)
    inside = case.given.get("insideSize")
    size = 1.0 if inside is None else inside / case["sharesDown"].sum()
    harm = (before.surplus - after.surplus) * size
    close(harm, out["CV"], 1e-8, 1e-11 * size * float(p.mean()))
    if out["isHorizontal"]:
        level = "Up" if out["isUpstream"] else "Down"
        for when, s in (("Pre", before.shares), ("Post", after.shares)):
            (owner,) = firms(case[f"owner{when}{level}"])
            close(hhi(s, owner), out[f"hhi{when}"], 1e-8)


def check_chain_margins(case):
    """Margins that antitrust's equations imply at arbitrary prices, and shares."""
    p, w, alpha = case["pricesDown"], case["pricesUp"], -case.given["alpha"]
    nests = cases.labelled(case)
    model = None if nests is None else Nested(nests[0], nests[1][None])
    buyers = plain(case["meanval"] + alpha * case.given["priceOutside"], alpha, 0.0, model)
    close(buyers.at_prices(p).shares, case.output["shares"], 1e-10)
    M, R = firms(case["ownerUp"], case["ownerDown"])
    power = np.where(M == R, 1.0, case["bargpower_retailer"])
    none = np.zeros(len(p))
    retail = Retail(buyers, vertical_stakes(M, R, none, none), R)
    k = make_links(M, R, power, "offer")
    handling, making = implied_vertical_costs(
        retail,
        lambda h, c: vertical_stakes(M, R, c, h),
        k,
        p,
        wholesale=w,
        production_cost=w.copy(),
    )
    close(p - w - handling, case.output["marginDown_level"], 1e-10)
    close(w - making, case.output["marginUp_level"], 1e-10, 1e-13)


def check_demand(case):
    out, p = case.output, case["price"]
    outside = 0.0 if case.given["outsideOption"] else -np.inf
    buyers = plain(case["delta"], -case.given["alpha"], outside, cases.allocated(case))
    at = buyers.at_prices(p)
    close(at.shares, out["shares"], 1e-10)
    close(at.inclusive[0], out["logsum"], 1e-10)
    # Theirs is a numerical derivative.
    close(at.jacobian, out["dshare_dprice_richardson"], 1e-8, 1e-9)
    close(second_choices(buyers, p)[:, :-1], out["diversion_second_choice"], 1e-10, 1e-13)
    step = np.diag(0.01 * p)
    moved = buyers.at_prices(p + step).shares - at.shares
    diversion = -moved / np.diag(moved)[:, None]
    np.fill_diagonal(diversion, 0.0)
    close(diversion, out["diversion_marginal_1pct_step"], 1e-9, 1e-12)


def check_bertrand(case):
    out = case.output
    buyers = plain(case["delta"], -case.given["alpha"], 0.0, cases.allocated(case))
    for when in ("Pre", "Post"):
        found = horizontal(buyers, case[f"firm{when}"], case["cost"], case["cost"] + 1.0)
        close(found.prices, out[f"price{when}"], 1e-9)
        close(found.shares, out[f"shares{when}"], 1e-9)
        close(found.surplus, out[f"cs{when}"], 1e-9)
        if when == "Pre":
            second = second_choices(buyers, found.prices)[:, :-1]
            close(second, out["diversionPre_second_choice"], 1e-8, 1e-12)


def check_chain_conditions(case):
    """First-order conditions of mergersim at arbitrary prices: plain logit, and overlapping nests.

    An offer in several nests is several offers of one price in nested logit, copies that make their
    allocation: what they sell, and what their price moves, adds up; a bargain is about all of them.
    """
    J, allocated = len(case["delta"]), case["nest_allocation"]
    of, nests = np.nonzero(allocated)
    overlapping = Nested(nests, 1.0 - case["mu"][nests][None])
    halves = {
        "logit": (np.arange(J), np.zeros(J), None),
        "gnl": (of, np.log(allocated[of, nests]), overlapping),
    }
    for name, (of, level, model) in halves.items():
        out, copies = case.output[name], (np.arange(J)[:, None] == of).astype(float)
        M, R = (firm[of] for firm in firms(case["own_up"], case["own_down"]))
        making, handling = case["cost_w"][of], case["cost_r"][of]
        buyers = plain(case["delta"][of] + level, -case.given["alpha"], 0.0, model)
        retail = Retail(buyers, vertical_stakes(M, R, making, handling), R)
        p, w = case["price_r"][of], np.where(M == R, making, case["price_w"][of])
        at = retail.conditions(p, w)
        close(copies @ at.choices.shares, out["shares"], 1e-10)
        close(copies @ at.foc(), out["retail_foc"], 1e-10, 1e-11)
        apart = np.flatnonzero(copies @ (M != R))
        first = copies[apart].argmax(axis=1)
        power = np.broadcast_to(case.given["lambda_retailer"], len(first)).astype(float)
        k = Links(
            offers_lost=copies[apart] > 0,
            manufacturer=M[first],
            channel=R[first],
            channel_weight=power,
        )
        without = without_each_link(at, k, np.ones(len(p), dtype=bool))
        gained = gains_from_trade(k, at.profits, without.profits)
        conditions = nash_foc(k, gained, wholesale_pass_rates(k, at))
        close(conditions, array(out["bargaining_foc"])[apart], 1e-10, 1e-12)
        for side, gain in (
            ("retailer_gain", gained.channel),
            ("wholesaler_gain", gained.manufacturer),
        ):
            if out.get(side) is not None:
                close(gain, array(out[side])[apart], 1e-10, 1e-12)


def check_chain_equilibria(case, tolerance, **kind):
    buyers = plain(case["delta"], -case.given["alpha"], 0.0, cases.allocated(case))
    making, handling = case["cost_w"], case["cost_r"]
    for out in case.output.values():
        found = vertical(
            buyers,
            array(out["own_up"]),
            array(out["own_down"]),
            making,
            handling,
            case.given["lambda_retailer"],
            making + handling + 1.0,
            **kind,
        )
        close(found.wholesale, out["price_w"], tolerance)
        close(found.prices, out["price_r"], tolerance)
        close(found.shares, out["shares"], 10 * tolerance)
        if "consumer_surplus" in out:
            close(found.surplus, out["consumer_surplus"], 10 * tolerance)
        if "r_gft" in out and kind["contract"] == LinearPrice():
            close(found.gains.channel, out["r_gft"], 10 * tolerance)
            close(found.gains.manufacturer, out["w_gft"], 10 * tolerance)


def check_chain_simultaneous(case):
    check_chain_equilibria(case, 1e-9)


def check_chain_sequential(case):
    sigma = float(case.given["contract_sigma"])
    contract = LinearPrice() if sigma == 0 else MixedContract(sigma)
    check_chain_equilibria(case, 1e-7, timing="sequential", contract=contract)


#: Of each family of demands and conducts beyond logit and Bertrand.
MERGER_COUNT = {
    "auction": 8,
    "bargaining_buyers": 8,
    "bargaining_foc": 12,
    "bertrand_overlapping": 4,
    "ces": 11,
    "chain_auction": 12,
    "chain_auction_margins": 2,
    "chain_costs": 2,
    "chain_overlapping": 4,
    "demand_overlapping": 5,
    "nested_logit_unknown_outside": 4,
    "overlapping_calibrated": 2,
    "second_score": 3,
}

CHECKS = {
    **{family: getattr(merger_checks, f"check_{family}") for family in MERGER_COUNT},
    "bertrand": check_bertrand,
    "chain_conditions": check_chain_conditions,
    "chain_logit": check_chain_logit,
    "chain_logit_planted": check_chain,
    "chain_margins": check_chain_margins,
    "chain_nested": check_chain,
    "chain_sequential": check_chain_sequential,
    "chain_simultaneous": check_chain_simultaneous,
    "demand": check_demand,
    "logit": check_logit,
    "logit_unknown_outside": check_logit_unknown_outside,
    "nested_logit": check_nested_logit,
}


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_case(case):
    CHECKS[case.family](case)


def test_no_case_is_forgotten():
    found = {family: sum(c.family == family for c in EVERY) for family in CHECKS}
    assert found == COUNT | MERGER_COUNT
    assert sum(found.values()) == len(EVERY) == len({c.id for c in EVERY}) == 186 + 77
    assert OTHER_LOSS.keys() <= {c.id for c in EVERY}
