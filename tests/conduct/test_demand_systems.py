"""Demand systems: derivatives beside differences, surplus beside quantities, closed forms; and each
beside every conduct that is defined for it."""

import numpy as np
import pytest

from inroads.choice import Nested
from inroads.conduct.certificate import certify_conduct
from inroads.conduct.demand_systems import AIDS, CES, Linear, LogLinear
from inroads.conduct.demand_systems.overlapping import overlapping_at, overlapping_nests
from inroads.conduct.horizontal import (
    BargainingInAuction,
    BargainingWithBuyers,
    PostedPrices,
    QuantitySetting,
    SecondScore,
)
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import integrated_stakes
from inroads.errors import InputError

J = 4
RNG = np.random.default_rng(4)
PRICES = np.array([1.0, 1.4, 0.9, 2.0])
SHARES = np.array([0.3, 0.2, 0.15, 0.1])
ALLOCATION = np.array([[1, 0, 0], [0.4, 0.6, 0], [0.2, 0.3, 0.5], [0, 0, 1.0]])
RHO = np.array([0.5, 0.2, 0.3])
LOGIT_SLOPES = -(np.diag(SHARES) - np.outer(SHARES, SHARES))


def agents(model=None):
    """Two types, of unlike alpha."""
    extra = {} if model is None else {"model": model}
    return PricedDemand(
        utility=np.log(SHARES)[:, None] + RNG.normal(0, 0.3, (J, 2)),
        alpha=np.array([2.0, 3.1]),
        weights=np.array([0.4, 0.6]),
        **extra,
    )


R = SHARES / SHARES.sum()
SYSTEMS = {
    "linear": Linear(SHARES - LOGIT_SLOPES @ PRICES, LOGIT_SLOPES),
    "log-linear": LogLinear(np.log(SHARES), np.diag([-3.0, -2.5, -2, -4]) + 0.2),
    "aids": AIDS(R, -2.0 * (np.diag(R) - np.outer(R, R)), PRICES * 1.1, -0.7),
    "aids of fixed spending": AIDS(R, -2.0 * (np.diag(R) - np.outer(R, R)), PRICES),
    "ces": CES(agents()),
    "nested ces": CES(agents(Nested([0, 1, 0, 1], 0.4))),
    "overlapping": overlapping_nests(np.log(SHARES) + 2.0, 1.7, ALLOCATION, RHO),
    "overlapping ces": CES(overlapping_nests(np.log(SHARES), 2.0, ALLOCATION, RHO)),
}


@pytest.mark.parametrize("kind", SYSTEMS)
def test_derivatives_are_those_of_differences(kind):
    system, h = SYSTEMS[kind], 1e-6
    at = system.at_prices(PRICES)
    steps = h * np.eye(J)
    high, low = system.at_prices(PRICES + steps), system.at_prices(PRICES - steps)
    slope = (high.shares - low.shares).T / (2 * h)
    np.testing.assert_allclose(at.jacobian, slope, rtol=1e-7, atol=1e-9)
    stakes = RNG.normal(0, 1, (J, J))
    along = np.einsum("kj,ljk->lk", stakes, high.jacobian - low.jacobian).T / (2 * h)
    np.testing.assert_allclose(at.own_curvature(stakes), along, rtol=1e-6, atol=1e-8)
    # Row k of own_curvature is summed over j, its column l is what moves.
    if kind != "log-linear":
        W = (high.surplus - low.surplus) / (2 * h)
        np.testing.assert_allclose(W, -at.shares, rtol=1e-7)
    else:
        with pytest.raises(InputError, match="order of prices"):
            _ = at.surplus


@pytest.mark.parametrize("kind", SYSTEMS)
def test_worlds_are_markets_of_their_own(kind):
    system = SYSTEMS[kind]
    worlds = PRICES * np.array([[1.0], [1.2], [0.9]])
    stacked = system.at_prices(worlds)
    for w, prices in enumerate(worlds):
        alone = system.at_prices(prices)
        np.testing.assert_allclose(stacked.shares[w], alone.shares, rtol=1e-13)
        np.testing.assert_allclose(stacked.jacobian[w], alone.jacobian, rtol=1e-13)


@pytest.mark.parametrize("kind", ["linear", "log-linear", "aids"])
def test_no_offer_is_absent_where_nothing_is_known_of_it(kind):
    with pytest.raises(InputError, match="without an offer"):
        SYSTEMS[kind].at_prices(PRICES, np.array([True, True, False, True]))


def test_without_an_offer_ces_spends_on_others():
    shelf = np.array([True, False, True, True])
    at = SYSTEMS["ces"].at_prices(PRICES, shelf)
    assert at.shares[1] == 0
    assert (at.shares[shelf] > SYSTEMS["ces"].at_prices(PRICES).shares[shelf]).all()


@pytest.mark.parametrize("inside", [True, False])
def test_overlapping_nests_meet_shares(inside):
    shares = SHARES / SHARES.sum() if inside else SHARES
    demand = overlapping_at(PRICES, shares, 1.7, ALLOCATION, RHO)
    np.testing.assert_allclose(demand.at_prices(PRICES).shares, shares, rtol=1e-12)


def test_symmetric_ces_prices_are_the_closed_form():
    """Without an outside option n firms price at c E / (E - 1), E = g - (g - 1) / n."""
    n, g, c = 5, 4.0, 0.7
    spending = PricedDemand(
        utility=np.zeros((n, 1)), alpha=np.array([g - 1]), weights=np.ones(1), outside=-np.inf
    )
    retail = Retail(CES(spending), integrated_stakes(np.arange(n), np.full(n, c)), np.arange(n))
    p = solve_prices(retail, np.full(n, 1.0)).value
    elasticity = g - (g - 1) / n
    np.testing.assert_allclose(p, c * elasticity / (elasticity - 1), rtol=1e-12)


def test_linear_prices_are_the_closed_form():
    """First-order conditions of linear demand are linear."""
    system, owner = SYSTEMS["linear"], np.array([0, 0, 1, 2])
    costs = 0.3 * PRICES
    retail = Retail(system, integrated_stakes(owner, costs), owner)
    p = solve_prices(retail, PRICES).value
    B, own = system.slopes, (owner[:, None] == owner) * system.slopes.T
    expected = np.linalg.solve(B + own, own @ costs - system.intercepts)
    np.testing.assert_allclose(p, expected, rtol=1e-11)


def test_stakes_of_agents_are_refused_by_name():
    at = SYSTEMS["linear"].at_prices(PRICES)
    with pytest.raises(InputError, match="Linear"):
        at.mean(np.ones((J, 2)))


DEMANDS = SYSTEMS | {
    "two types": agents(),
    "two types, nests": agents(Nested([0, 1, 0, 1], 0.4)),
}
CONDUCTS = {
    "posted": PostedPrices(),
    "quantities": QuantitySetting(),
    "second score": SecondScore(),
    "bargaining": BargainingWithBuyers(np.array([0.3, 0.5, 0.0, 0.4])),
    "second-score bargaining": BargainingInAuction(0.35),
}
OWNER = np.array([0, 1, 0, 2])
OWNS = (OWNER[:, None] == OWNER).astype(float)
PAIRS = [(demand, conduct) for demand in DEMANDS for conduct in CONDUCTS]


def is_defined(demand, conduct):
    """Bids ask for buyers of one offer each; bargains for what is bought without one."""
    if conduct in ("posted", "quantities"):
        return True
    if isinstance(DEMANDS[demand], Linear | LogLinear | AIDS):
        return False
    return conduct == "bargaining" or not isinstance(DEMANDS[demand], CES)


def margins(demand, conduct):
    return CONDUCTS[conduct].margins(DEMANDS[demand], PRICES, OWNS)


@pytest.mark.parametrize("pair", [p for p in PAIRS if is_defined(*p)], ids="|".join)
def test_costs_bring_prices_back_and_no_move_pays(pair):
    demand, conduct = DEMANDS[pair[0]], CONDUCTS[pair[1]]
    m = margins(*pair)
    # What is chosen in auctions is chosen at costs.
    costs = PRICES if conduct.by_costs else PRICES - m
    prices = costs + m
    found = conduct.solve(demand, OWNS, costs, prices * 1.02).unwrap()
    np.testing.assert_allclose(found, prices, rtol=1e-9)
    if pair[1] == "posted":
        return
    names = {"sellers": [*"ABAC"], "products": [*"wxyz"]}
    proof = certify_conduct(conduct, demand, owns=OWNS, costs=costs, prices=prices, **names)
    assert proof.residual.relative < 1e-9
    if pair[0] != "log-linear":
        assert proof.is_equilibrium(), proof.refutation
    moved = prices * np.array([1.0, 1.001, 1.0, 1.0])
    off = certify_conduct(conduct, demand, owns=OWNS, costs=costs, prices=moved, **names)
    assert not off.is_equilibrium()


@pytest.mark.parametrize("pair", [p for p in PAIRS if not is_defined(*p)], ids="|".join)
def test_the_others_are_refused_by_name(pair):
    with pytest.raises(InputError, match=r"AIDS|CES|Linear"):
        margins(*pair)
