"""What every demand, conduct and bargain keeps: the same checks for all of them."""

import pickle
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from scipy.optimize import root

from inroads.choice import Nested
from inroads.conduct.bargaining import (
    LinearPrice,
    MixedContract,
    NegotiatedTerms,
    TwoPartTariff,
    sequential,
)
from inroads.conduct.bargaining.disagreement import without_each_link
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.bargaining.sequential import Sequential
from inroads.conduct.equilibrium import explain_failure, solve
from inroads.conduct.implied_costs import implied_costs, implied_vertical_costs
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail, solve_prices
from inroads.conduct.stakes import Stakes, vertical_stakes
from inroads.errors import InputError
from inroads.solution import Status

J = 5
MAKERS, SHOPS = np.array([0, 1, 0, 1, 0]), np.array([2, 2, 3, 3, 3])
MAKING, HANDLING = np.array([0.4, 0.3, 0.5, 0.35, 0.6]), np.array([0.1, 0.12, 0.2, 0.15, 0.1])
POWER = np.array([0.5, 0.4, 0.5, 0.4, 0.5])
NESTS = np.array([0, 1, 0, 1, 1])


def demand(kind):
    """PricedDemand of each kind."""
    rng = np.random.default_rng(11)
    agents = 1 if kind in ("logit", "nested") else 4
    u = rng.normal(1.6, 0.5, (J, 1)) + (0.0 if agents == 1 else rng.normal(0, 0.7, (J, agents)))
    money = np.exp(rng.normal(0, 0.25, agents))
    outside = 0.0
    if kind == "sets":
        u[0, 1] = u[2, 3] = u[4, 0] = u[1, 2] = -np.inf
    if "by offer" in kind:
        money = money * rng.uniform(0.7, 1.0, (J, agents))
    if kind == "outside":
        outside = rng.normal(0, 0.5, agents)
    model = {"model": Nested(NESTS, 0.35)} if "nested" in kind else {}
    return PricedDemand(
        utility=u,
        alpha=money,
        weights=rng.dirichlet(np.full(agents, 5.0)),
        outside=outside,
        **model,
    )


DEMANDS = {
    kind: demand(kind)
    for kind in (
        *("logit", "mixed", "mixed, by offer", "sets", "outside"),
        *("nested", "nested mixed", "nested mixed, by offer"),
    )
}
OWNERS = ("apart", "subscribers", "holdings", "merged shops", "own channel")
#: where a manufacturer sells an offer itself, beside those that it sells through shops
OWN_CHANNEL = np.array([2, 2, 3, 3, 0])
TERMS = {
    "none": None,
    "simultaneous": ("simultaneous", LinearPrice()),
    "simultaneous fees": ("simultaneous", TwoPartTariff()),
    "sequential": ("sequential", LinearPrice()),
    "sequential fees": ("sequential", TwoPartTariff()),
}


@dataclass(frozen=True)
class Market:
    """Everything that one equilibrium is made of, offers in some order, money in some unit."""

    buyers: PricedDemand
    owners: str
    manufacturers: np.ndarray = field(default_factory=MAKERS.copy)
    shops: np.ndarray | None = None
    making: np.ndarray = field(default_factory=MAKING.copy)
    handling: np.ndarray = field(default_factory=HANDLING.copy)
    power: np.ndarray = field(default_factory=POWER.copy)
    unit: float = 1.0

    def __post_init__(self):
        if self.shops is None:
            shops = OWN_CHANNEL if self.owners == "own channel" else SHOPS
            object.__setattr__(self, "shops", shops.copy())

    def stakes(self, handling, making):
        """Stakes at unit costs."""
        every = vertical_stakes(self.manufacturers, self.shops, making, handling, firms=4)
        if self.owners == "subscribers":
            every = replace(every, agent_stakes={3: self.subscribers()})
        if self.owners == "holdings":
            shares = np.eye(4)
            shares[3, 2], shares[0, 1] = 0.25, 0.1
            every = every.owned_by(shares)
        if self.owners == "merged shops":
            # One firm sets the prices of both shops; the other is left with nothing to do.
            every = every.owned_by(np.eye(4) + np.eye(4)[[3]].T @ np.eye(4)[[2]])
        return every

    def subscribers(self):
        """A carrier gains an agent who buys from it, loses its own who buys elsewhere (J, I)."""
        agents = self.buyers.utility.shape[-1]
        mine = np.arange(agents) % 2 == 0
        sold_here = (self.shops == 3)[:, None]
        return 0.3 * self.unit * (sold_here - 1.0 * mine)

    @property
    def price_setter(self):
        """Who sets each price (J,)."""
        return np.full(J, 3) if self.owners == "merged shops" else self.shops

    @property
    def retail(self):
        """The retail market."""
        return Retail(self.buyers, self.stakes(self.handling, self.making), self.price_setter)

    def terms(self, name, how):
        """How wholesale prices come about; None where nobody bargains."""
        if TERMS[name] is None:
            return None
        timing, contract = TERMS[name]
        return NegotiatedTerms(
            links=self.links(how), production_cost=self.making, timing=timing, contract=contract
        )

    def links(self, how):
        """Who bargains."""
        return make_links(self.manufacturers, self.price_setter, self.power, how)

    def solve(self, name, how, **options):
        """The equilibrium."""
        start = self.making + self.handling + self.unit
        given = self.making * 1.2 if TERMS[name] is None else None
        terms = self.terms(name, how)
        return solve(self.retail, terms, start=start, wholesale=given, **options).value

    def reordered(self, order):
        """Offers in another order."""
        b = self.buyers
        by_offer = b.alpha.ndim == b.utility.ndim
        model = Nested(NESTS[order], 0.35) if isinstance(b.model, Nested) else b.model
        turned = replace(
            b,
            utility=b.utility[order],
            alpha=b.alpha[order] if by_offer else b.alpha,
            model=model,
        )
        names = ("manufacturers", "shops", "making", "handling", "power")
        return replace(self, buyers=turned, **{n: getattr(self, n)[order] for n in names})

    def in_cents(self):
        """Money a hundred times as many units."""
        dear = replace(self.buyers, alpha=self.buyers.alpha / 100)
        costs = {n: 100 * getattr(self, n) for n in ("making", "handling")}
        return replace(self, buyers=dear, unit=100.0, **costs)


COMBINATIONS = [
    pytest.param(d, o, t, how, id=f"{d}-{o}-{t}-{how}")
    for d in DEMANDS
    for o in OWNERS
    for t in TERMS
    for how in (("offer",) if t == "none" else ("offer", "pair"))
]


@pytest.mark.parametrize(("kind", "owners", "name", "how"), COMBINATIONS)
def test_contract(kind, owners, name, how):
    market = Market(DEMANDS[kind], owners)
    before = pickle.dumps((market, market.retail))
    found = market.solve(name, how)
    assert pickle.dumps((market, market.retail)) == before
    assert found.certificate.is_equilibrium()
    assert (found.shares > 0).all()

    # The same market with offers in another order, and money in cents.
    order = np.array([3, 0, 4, 2, 1])
    other = market.reordered(order).in_cents().solve(name, how, certificate=False)
    np.testing.assert_allclose(other.prices, 100 * found.prices[order], rtol=1e-9)
    np.testing.assert_allclose(other.wholesale, 100 * found.wholesale[order], rtol=1e-8)
    np.testing.assert_allclose(other.profits, 100 * found.profits, rtol=1e-8)
    np.testing.assert_allclose(
        np.sort(other.fixed_fees), 100 * np.sort(found.fixed_fees), rtol=1e-7
    )
    np.testing.assert_allclose(other.surplus, 100 * found.surplus, rtol=1e-9)

    if name == "none":
        return
    split = market.links(how).channel_weight
    if TERMS[name][1] == TwoPartTariff():
        np.testing.assert_allclose(found.gains.channel, split * found.gains.joint, rtol=1e-9)
    elif name == "simultaneous" and owners != "holdings":
        np.testing.assert_allclose(found.gains.channel, split * found.gains.joint, rtol=1e-8)


@pytest.mark.parametrize("weight", [0.0, 1.0, 1.5, -0.1])
def test_a_mix_of_contracts_is_no_pure_one(weight):
    with pytest.raises(InputError, match="above 0 and below 1"):
        MixedContract(weight)


def test_where_retail_prices_are_not_found_no_terms_are_searched(monkeypatch):
    """Status and residual are those of the prices, after no step."""
    market = Market(DEMANDS["mixed"], "apart")
    game = market.terms("sequential", "offer").game(market.retail, np.ones(J, dtype=bool))
    start = market.making + market.handling + 1.0
    missed = solve_prices(game.retail, start, market.making, max_iterations=1, throw=False)
    monkeypatch.setattr(
        sequential, "solve_prices", lambda *given: solve_prices(*given, max_iterations=1)
    )
    told = game.solve(start)
    assert told.status is missed.status is Status.MAX_ITERATIONS
    assert (told.residual, told.iterations) == (missed.residual, 0)
    np.testing.assert_array_equal(told.value.wholesale, market.making)
    assert np.isnan(told.value.disagreement_profits).all()


@pytest.mark.parametrize("dear", [False, True])
@pytest.mark.parametrize("name", ["sequential", "sequential fees"])
def test_the_slopes_of_terms_are_those_of_differences(name, dear, monkeypatch):
    """In any money; prices answer to a step from where they end, to first order: no search."""
    market = Market(DEMANDS["mixed"], "apart")
    unit = 1.0
    for _ in range(3 * dear):
        market, unit = market.in_cents(), 100 * unit
    game = market.terms(name, "offer").game(market.retail, np.ones(J, dtype=bool))
    prices, w = unit * np.full(J, 1.9), 1.3 * market.making
    prices = solve_prices(game.retail, prices, w).value
    subgame = game.subgame(w, prices, np.broadcast_to(prices, game.links.offers_lost.shape))
    searches = []

    def watched(*given):
        searches.append(solve_prices(*given))
        return searches[-1]

    monkeypatch.setattr(sequential, "solve_prices", watched)
    found = game.foc_jacobian(w, subgame)
    assert [each.iterations for each in searches] == [0]
    steps = 1e-5 * unit * np.eye(J)
    by_steps = [(game.foc(prices, w + h) - game.foc(prices, w - h)) / (2e-5 * unit) for h in steps]
    np.testing.assert_allclose(found, np.transpose(by_steps), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("name", TERMS)
def test_costs_implied_by_an_equilibrium_bring_it_back(kind, owners, name):
    market = Market(DEMANDS[kind], owners)
    found = market.solve(name, "offer", certificate=False)
    p, w = found.prices, found.wholesale
    making = market.making
    if name == "simultaneous":
        handling, making = implied_vertical_costs(
            market.retail,
            market.stakes,
            market.links("offer"),
            p,
            wholesale=w,
            production_cost=making,
        )
    else:
        handling = implied_costs(market.retail, market.stakes, p, w, production_cost=making)
    if name.startswith("sequential"):
        making = implied_by_sequential(market, name, p, w)
    np.testing.assert_allclose(handling, market.handling, rtol=1e-7)
    np.testing.assert_allclose(making, market.making, rtol=1e-6)
    if name.startswith("sequential"):
        return
    known = replace(market, making=making, handling=handling)
    again = known.solve(name, "offer", certificate=False)
    np.testing.assert_allclose(again.prices, p, rtol=1e-8)
    np.testing.assert_allclose(again.wholesale, w, rtol=1e-7)


def implied_by_sequential(market, name, p, w):
    """Makers' costs (J,): those bargained over, at which bargains have nothing left to gain."""
    negotiations = market.manufacturers != market.price_setter

    def left(bargained):
        making = market.making.copy()
        making[negotiations] = bargained
        retail = Retail(market.buyers, market.stakes(market.handling, making), market.price_setter)
        k, shelf = market.links("offer"), np.ones(J, dtype=bool)
        system = Sequential(
            retail=retail, links=k, production_cost=making, present=shelf, contract=TERMS[name][1]
        )
        return system.foc(p, w)

    making = market.making.copy()
    making[negotiations] = root(left, 0.9 * making[negotiations], tol=1e-13).x
    return making


# Derivatives against central differences


def central(f, x, h=1e-5):
    return np.stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))], axis=-1)


P0 = np.array([1.5, 1.4, 1.7, 1.6, 1.45])
W0 = MAKING * 1.5


@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("kind", DEMANDS)
def test_derivatives(kind, owners):
    market = Market(DEMANDS[kind], owners)
    retail, price_setter = market.retail, market.price_setter
    at = retail.conditions(P0, W0)
    every = central(lambda p: retail.conditions(p, W0).profits, P0)
    np.testing.assert_allclose(at.profit_gradients(), every, atol=1e-8)
    np.testing.assert_allclose(at.foc(), every[price_setter, np.arange(J)], atol=1e-8)
    own = central(lambda p: retail.conditions(p, W0).foc(), P0)
    np.testing.assert_allclose(at.foc_jacobian(), own, atol=1e-8)
    in_w = central(lambda w: retail.conditions(P0, w).foc(), W0)
    np.testing.assert_allclose(at.foc_in_wholesale(), in_w, atol=1e-8)
    shares = central(lambda p: retail.demand.at_prices(p).shares, P0)
    np.testing.assert_allclose(at.choices.jacobian, shares, atol=1e-8)


@pytest.mark.parametrize("owners", OWNERS)
@pytest.mark.parametrize("kind", DEMANDS)
def test_pass_through(kind, owners):
    retail = Market(DEMANDS[kind], owners).retail
    p = solve_prices(retail, P0, W0).value

    def answer(w):
        return solve_prices(retail, p, w, tolerance=1e-14, throw=False).value

    rate = retail.conditions(p, W0).pass_through()
    np.testing.assert_allclose(rate, central(answer, W0, 1e-4), atol=2e-7)


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("worlds", [J, 3])
def test_worlds_are_solved_as_if_alone(kind, worlds):
    """As many worlds as offers, too: no axis may pass for another."""
    market = Market(DEMANDS[kind], "subscribers")
    rng = np.random.default_rng(5)
    present = rng.random((worlds, J)) < 0.8
    present[:, 0] = True
    p = P0 * rng.uniform(0.9, 1.1, (worlds, J))
    at = market.retail.conditions(p, W0, present)
    solved = solve_prices(market.retail, P0, W0, present).value
    for k in range(worlds):
        one = market.retail.conditions(p[k], W0, present[k])
        for name in (
            *("foc", "foc_in_money", "foc_jacobian", "foc_in_wholesale", "pass_through"),
            "profit_gradients",
        ):
            np.testing.assert_allclose(
                getattr(at, name)()[k], getattr(one, name)(), atol=1e-12, err_msg=name
            )
        np.testing.assert_allclose(at.profits[k], one.profits, atol=1e-14)
        alone = solve_prices(market.retail, P0, W0, present[k]).value
        np.testing.assert_allclose(solved[k], alone, rtol=1e-10)


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("how", ["offer", "pair"])
def test_breakdown_is_the_market_without_the_link(kind, how):
    """Closed form or stack: profits, shares and gradients without each link, one by one."""
    market = Market(DEMANDS[kind], "subscribers")
    k, shelf = market.links(how), np.array([True, True, True, True, kind != "logit"])
    at = market.retail.conditions(P0, W0, shelf)
    worlds = without_each_link(at, k, shelf)
    for row in range(len(k)):
        alone = market.retail.conditions(P0, W0, shelf & ~k.offers_lost[row])
        np.testing.assert_allclose(worlds.shares[row], alone.choices.shares, atol=1e-13)
        np.testing.assert_allclose(worlds.profits[row], alone.profits, atol=1e-13)
    for firm in (k.manufacturer, k.channel):
        gradients = worlds.profit_gradients(firm)
        for row, f in enumerate(firm):
            alone = market.retail.conditions(P0, W0, shelf & ~k.offers_lost[row])
            np.testing.assert_allclose(gradients[row], alone.profit_gradients()[f], atol=1e-13)


@pytest.mark.parametrize("outside", [0.0, -np.inf])
def test_breakdown_of_a_link_that_some_are_certain_to_use(outside):
    """Their next choices come from what rounding leaves of probabilities near zero."""
    mixed = DEMANDS["mixed"]
    utility = mixed.utility + 34.0 * (np.arange(J) == 0)[:, None]
    sure = replace(mixed, utility=utility, outside=outside)
    market = Market(sure, "apart")
    k, shelf = market.links("offer"), np.ones(J, dtype=bool)
    worlds = without_each_link(market.retail.conditions(P0, W0), k, shelf)
    alone = market.retail.conditions(P0, W0, shelf & ~k.offers_lost[0])
    assert market.retail.conditions(P0, W0).choices.shares[0] > 1 - 1e-12
    np.testing.assert_allclose(worlds.shares[0], alone.choices.shares, rtol=1e-12)
    np.testing.assert_allclose(worlds.profits[0], alone.profits, rtol=1e-12)


# Bilateral monopoly


@pytest.mark.parametrize("kind", DEMANDS)
def test_all_the_power_to_the_shop_is_integration(kind):
    manufacturers, shops = np.zeros(J, dtype=int), np.ones(J, dtype=int)
    buyers, cost = DEMANDS[kind], MAKING + HANDLING
    both = Retail(
        buyers, vertical_stakes(manufacturers, manufacturers, MAKING, HANDLING), manufacturers
    )
    integrated = solve(both, start=cost + 1).value
    apart = Retail(buyers, vertical_stakes(manufacturers, shops, MAKING, HANDLING), shops)
    prices = []
    for power in (1.0, 1 - 1e-7, 0.6, 0.3):
        terms = NegotiatedTerms(
            links=make_links(manufacturers, shops, power, "pair"), production_cost=MAKING
        )
        prices.append(solve(apart, terms, start=cost + 1).value.prices)
    np.testing.assert_allclose(prices[0], integrated.prices, rtol=1e-10)
    np.testing.assert_allclose(prices[1], integrated.prices, rtol=1e-5)
    # The less power the shop has, the dearer.
    assert (prices[2] > prices[1]).all()
    assert (prices[3] > prices[2]).all()


def test_a_certificate_refuses_what_is_no_equilibrium():
    market = Market(DEMANDS["mixed"], "apart")
    found = market.solve("simultaneous", "offer")
    from inroads.conduct.certificate import certify

    off = market.retail.conditions(found.prices * np.array([1.2, 1, 1, 1, 1]), found.wholesale)
    proof = certify(off)
    assert not proof.is_equilibrium()
    assert proof.deviation.firm == 2
    assert proof.deviation.gain > 1e-3


def test_a_threat_point_that_is_not_found_is_said():
    found = Market(DEMANDS["mixed"], "apart").solve("sequential", "pair", certificate=False)
    lost = replace(
        found,
        disagreement_profits=np.where(
            np.arange(4)[:, None] == 2, np.nan, found.disagreement_profits
        ),
    )
    assert "found none without link 2" in explain_failure(lost)


def test_stakes_add_up():
    """A merger's profit is the sum of its parts'; money is not created by wholesale terms."""
    market = Market(DEMANDS["mixed"], "apart")
    at = market.retail.conditions(P0, W0)
    cost = (P0 - MAKING - HANDLING) @ at.choices.shares
    assert at.profits.sum() == pytest.approx(cost, rel=1e-12)
    merged = market.stakes(HANDLING, MAKING).owned_by(np.array([[1, 1, 0, 0], [0, 0, 1, 1.0]]))
    assert isinstance(merged, Stakes)
    two = Retail(market.buyers, merged, np.ones(J, dtype=int)).conditions(P0, W0)
    np.testing.assert_allclose(
        two.profits, [at.profits[:2].sum(), at.profits[2:].sum()], rtol=1e-12
    )


@pytest.mark.parametrize("kind", DEMANDS)
def test_owners_count_parts_of_firms(kind):
    """A part of a profit is that part of it, agents' worth and a firm's loss among it."""
    market = Market(DEMANDS[kind], "subscribers")
    stakes = market.stakes(HANDLING, MAKING)
    stakes = replace(stakes, agent_stakes=stakes.agent_stakes | {1: 0.2 * stakes.agent_stakes[3]})
    counted = np.array([[1.0, 0.0, 0.3, 0.25], [0.4, 1.0, 0.0, 0.6], [0.0, -0.5, 1.0, 0.0]])
    owned = stakes.owned_by(counted)
    at = Retail(market.buyers, stakes, SHOPS).conditions(P0, W0)
    owners = Retail(market.buyers, owned, np.full(J, -1)).conditions(P0, W0)
    np.testing.assert_allclose(owners.profits, counted @ at.profits, rtol=1e-12)
    np.testing.assert_allclose(
        owners.profit_gradients(), counted @ at.profit_gradients(), rtol=1e-9, atol=1e-14
    )
    np.testing.assert_array_equal(owned.fee_weights, counted)
    again = owned.owned_by(np.array([[0.5, 0.5, 0.0]]))
    np.testing.assert_allclose(again.fee_weights, [counted[:2].mean(axis=0)], rtol=1e-15)
