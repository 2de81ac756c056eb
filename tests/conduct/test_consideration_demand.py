"""Demand by cells and types is mixed logit with an agent for each cell and type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inroads.choice.consideration import SelectiveAwareness, consideration_sets
from inroads.conduct.bargaining import LinearPrice, NegotiatedTerms, TwoPartTariff, make_links
from inroads.conduct.consideration_demand import ConsiderationDemand
from inroads.conduct.equilibrium import solve
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes

J, C = 6, 5
MAKERS, SHOPS = np.array([0, 1, 0, 1, 0, 1]), np.array([2, 2, 3, 3, 3, 2])
GROUPS = np.array([0, 1, 0, 2, 0, 1])
MAKING, HANDLING = np.full(J, 0.4), np.full(J, 0.1)


def demand(*, by_offer: bool = False, known: float = 0.3) -> ConsiderationDemand:
    rng = np.random.default_rng(5)
    sets = consideration_sets(
        np.full((C, 2), known), SelectiveAwareness(sigma=1.3, rho=0.6, nodes=3)
    )
    taste = np.where(sets.knows.T, 1.3 * sets.z, -np.inf)
    utility = rng.normal(1.6, 0.7, (J, C))
    utility[3, 1] = utility[0, 2] = -np.inf
    alpha = np.exp(rng.normal(0, 0.25, C))
    return ConsiderationDemand(
        utility=utility,
        alpha=alpha * rng.uniform(0.7, 1.0, (J, C)) if by_offer else alpha,
        weights=rng.dirichlet(np.full(C, 5.0))[:, None] * sets.probability,
        group=GROUPS,
        taste=np.vstack([np.zeros(len(sets.z)), taste]),
    )


PRICES = np.linspace(0.5, 1.7, J)
WORLDS = np.stack([PRICES, PRICES + 0.2, PRICES[::-1]])
PRESENT = np.ones((3, J), dtype=bool)
PRESENT[1, [0, 5]] = PRESENT[2, 1] = False


@pytest.mark.parametrize("by_offer", [False, True])
@pytest.mark.parametrize("worlds", [False, True])
@pytest.mark.parametrize(
    "quantity",
    [
        lambda at, own: at.P,
        lambda at, own: at.inclusive,
        lambda at, own: at.shares,
        lambda at, own: at.none_share,
        lambda at, own: at.surplus,
        lambda at, own: at.own_slope,
        lambda at, own: at.jacobian,
        lambda at, own: at.mean(own),
        lambda at, own: at.gradient(own),
        lambda at, own: at.gradient(own, np.array([1, 4])),
        lambda at, own: at.curvature(own),
        lambda at, own: at.curvature(own, np.array([5, 0, 3])),
        lambda at, own: at.own_curvature(np.array([MAKING, PRICES])[MAKERS]),
    ],
    ids=lambda function: "quantity",
)
def test_it_is_mixed_logit_by_agent(quantity, worlds, by_offer):
    buyers = demand(by_offer=by_offer)
    prices, present = (WORLDS, PRESENT) if worlds else (PRICES, None)
    stake = np.random.default_rng(2).normal(size=(J, C))
    by_agent = np.repeat(stake, buyers.taste.shape[1], axis=-1)
    result = quantity(buyers.at_prices(prices, present), stake)
    expected = quantity(buyers.by_agent.at_prices(prices, present), by_agent)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("by_offer", [False, True])
def test_what_is_left_on_the_shelf_is_chosen_as_if_the_rest_had_never_been(by_offer):
    buyers, others = demand(by_offer=by_offer), demand(by_offer=by_offer, known=0.6)
    left = buyers.at_prices(PRICES).among(PRESENT, others)
    anew = others.at_prices(np.broadcast_to(PRICES, PRESENT.shape), PRESENT)
    stake = np.random.default_rng(2).normal(size=(3, J, C))
    for quantity in (
        lambda at: at.shares,
        lambda at: at.none_share,
        lambda at: at.jacobian,
        lambda at: at.gradient(stake),
    ):
        np.testing.assert_allclose(quantity(left), quantity(anew), rtol=1e-12, atol=1e-15)
    by_cell = np.broadcast_to(PRICES[:, None], (J, C))
    np.testing.assert_allclose(left.gradient_of_margins(PRICES), anew.gradient(by_cell), atol=1e-14)


def test_choices_without_an_offer_that_everyone_was_sure_to_choose():
    buyers = demand()
    sure = replace(buyers, utility=buyers.utility + 800.0 * (np.arange(J) == 0)[:, None])
    present = np.ones((1, J), dtype=bool)
    present[:, 0] = False
    left, anew = sure.at_prices(PRICES).among(present, sure), sure.at_prices(PRICES[None], present)
    np.testing.assert_allclose(left.shares, anew.shares, rtol=1e-13)
    assert left.shares.sum() > 0.1


def test_purchases_are_probabilities_summed_over_types():
    buyers = demand()
    at = buyers.at_prices(PRICES)
    by_type = (at.P * buyers.by_agent.weights).reshape(J, C, -1)
    np.testing.assert_allclose(at.purchases, by_type.sum(axis=-1), rtol=1e-12)


def test_derivatives_are_those_of_differences():
    buyers, stake = demand(by_offer=True), np.random.default_rng(2).normal(size=(J, C))
    at, h = buyers.at_prices(PRICES), 1e-6
    for k in range(J):
        step = h * (np.arange(J) == k)
        up, down = buyers.at_prices(PRICES + step), buyers.at_prices(PRICES - step)
        slope = (up.shares - down.shares) / (2 * h)
        np.testing.assert_allclose(at.jacobian[:, k], slope, atol=1e-9)
        gained = (up.mean(stake) - down.mean(stake)) / (2 * h)
        np.testing.assert_allclose(at.gradient(stake)[k], gained, atol=1e-9)
        bent = (up.gradient(stake) - down.gradient(stake)) / (2 * h)
        np.testing.assert_allclose(at.curvature(stake)[:, k], bent, atol=1e-9)


def test_what_nobody_can_reach_is_no_number_that_is_none():
    """Prices far out, where what few know would be worth e^600: sums stay numbers."""
    at = demand().at_prices(np.where(GROUPS > 0, -600.0, 1.0))
    assert np.isfinite(at.shares).all()
    assert np.isfinite(at.jacobian).all()
    assert at.shares.sum() == pytest.approx(1.0 - at.none_share)


@pytest.mark.parametrize("by_offer", [False, True])
@pytest.mark.parametrize(
    ("timing", "contract"),
    [
        (None, None),
        ("simultaneous", LinearPrice()),
        ("simultaneous", TwoPartTariff()),
        ("sequential", LinearPrice()),
    ],
)
def test_equilibria_and_certificates_are_the_same(timing, contract, by_offer):
    buyers = demand(by_offer=by_offer)
    louder = demand(by_offer=by_offer, known=0.2).weights
    types = buyers.taste.shape[1]
    worth = 0.3 * ((SHOPS == 3)[:, None] - 1.0 * (np.arange(C) % 2 == 0))
    stakes = vertical_stakes(MAKERS, SHOPS, MAKING, HANDLING, firms=4)
    links = make_links(MAKERS, SHOPS, 0.6, "pair")
    # Without its first link a maker is less known.
    without = np.stack([louder, *[buyers.weights] * (len(links) - 1)])
    results = []
    for by_cell in (False, True):
        customers = buyers if by_cell else buyers.by_agent
        stake = worth if by_cell else np.repeat(worth, types, axis=-1)
        retail = Retail(customers, replace(stakes, agent_stakes={3: stake}), SHOPS)
        told = without if by_cell else without.reshape(len(links), -1)
        terms = None
        if timing is not None:
            terms = NegotiatedTerms(
                links=replace(links, agent_weights_without=told),
                production_cost=MAKING,
                timing=timing,
                contract=contract,
            )
        given = MAKING * 1.2 if terms is None else None
        results.append(solve(retail, terms, start=np.full(J, 1.5), wholesale=given).value)
    one, other = results
    for name in ("prices", "wholesale", "shares", "profits", "fixed_fees", "disagreement_profits"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-8, atol=1e-12)
    assert one.surplus == pytest.approx(other.surplus, rel=1e-9)
    assert one.certificate.curvature == pytest.approx(other.certificate.curvature, rel=1e-7)
    assert one.certificate.deviation.gain == pytest.approx(
        other.certificate.deviation.gain, rel=1e-6, abs=1e-12
    )
