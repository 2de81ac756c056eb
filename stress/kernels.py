"""Inversions, retail equilibria, chains and sequential bargains at random, and what came of each.

Every outcome is checked by what did not lead to it: shares at mean utilities, certificates at
prices and terms. Explained is what is right, and a market in which every point with first-order
conditions met is left by a firm whose gain is checked by its profit at the price it would ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from inroads.choice import Logit, Nested, invert, shares
from inroads.conduct.bargaining import LinearPrice, NegotiatedTerms, TwoPartTariff, make_links
from inroads.conduct.equilibrium import PriceEquilibrium, solve
from inroads.conduct.multiple_equilibria import solve_equilibria, spread_starts
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import Stakes, integrated_stakes, vertical_stakes
from inroads.errors import ConvergenceError

COUNTS = {"inversions": 10_000, "retail equilibria": 2_000, "chains": 500, "sequential": 100}
Outcome = tuple[str, bool]


def inversion(rng: np.random.Generator) -> Outcome:
    """Shares down to 1e-12, tastes up to 17 standard deviations, nests, choice sets."""
    J, agents = int(rng.integers(2, 40)), int(rng.integers(1, 200))
    mu = rng.normal(size=(J, agents)) * rng.uniform(0, 17)
    w, outside = rng.dirichlet(np.ones(agents)), rng.normal(size=agents) * rng.uniform(0, 3)
    kind = rng.choice(["mixed", "nested", "nested twice", "sets"])
    model = Logit()
    if kind == "nested":
        model = Nested(rng.integers(0, 4, J), rng.uniform(0, 0.98))
    if kind == "nested twice":
        inner = rng.integers(0, 6, J)
        rho = np.sort(rng.uniform(0, 0.95, 2))
        model = Nested(np.stack([inner // 2, inner]), rho)
    if kind == "sets":
        # What some cannot choose bounds shares: those of utilities are within reach.
        mu[rng.random(mu.shape) < 0.3] = -np.inf
        mu[np.isneginf(mu).all(axis=1), 0] = 0.0
        utility = rng.normal(size=(J, 1))
        for spread in (3.0, 1.0, 0.3, 0.0):
            S = shares(model.evaluate(mu + spread * utility, outside)[0], w)
            if S.min() >= 1e-12:
                break
    else:
        S = np.exp(-rng.exponential(1, size=J) * rng.choice([1, 5, 10]))
        S = np.maximum(S / S.sum(), 1e-12)
        S *= (1 - 10 ** -rng.uniform(0, 6)) / S.sum()
    solution = invert(S, mu, w, outside=outside, model=model, throw=False)
    P, _ = model.evaluate(mu + solution.value[:, None], outside)
    off = np.abs(np.log(shares(P, w)) - np.log(S)).max()
    if not solution.converged:
        return f"{kind}: {solution.status.value}, {solution.residual:.0e} left", False
    return (
        (f"{kind}: met", True) if off < 1e-11 else (f"{kind}: said to be met, {off:.0e} off", False)
    )


def buyers(rng: np.random.Generator, J: int) -> PricedDemand:
    """Logit or nested, one type or many, money weighed alike or not, by offer or not."""
    agents = int(rng.choice([1, 3, 20, 60]))
    spread = rng.uniform(0, 1.5)
    utility = rng.normal(1, 1, (J, 1)) + spread * rng.normal(size=(J, agents))
    alpha = np.exp(rng.normal(0, rng.uniform(0, 0.6), agents))
    if rng.random() < 0.2:
        alpha = alpha * rng.uniform(0.7, 1.0, (J, agents))
    model = Nested(rng.integers(0, 3, J), rng.uniform(0, 0.8)) if rng.random() < 0.3 else Logit()
    return PricedDemand(
        utility=utility, alpha=alpha, weights=rng.dirichlet(np.ones(agents)), model=model
    )


def stakes_besides(rng: np.random.Generator, stakes: Stakes, demand: PricedDemand) -> Stakes:
    """Some firms hold parts of others, or earn by some of their customers besides."""
    firms = stakes.cost.shape[0]
    if rng.random() < 0.3:
        worth = rng.uniform(-0.3, 0.3, demand.utility.shape)
        stakes = replace(stakes, agent_stakes={int(rng.integers(firms)): worth})
    if rng.random() < 0.3:
        holds = np.eye(firms) + 0.2 * rng.random((firms, firms)) * (1 - np.eye(firms))
        stakes = stakes.owned_by(holds)
    return stakes


def retail_equilibrium(rng: np.random.Generator) -> Outcome:
    """Sellers of 2 to 30 offers."""
    J = int(rng.integers(2, 31))
    owner = np.unique(rng.integers(0, rng.integers(1, 7), J), return_inverse=True)[1]
    demand, costs = buyers(rng, J), rng.uniform(0.1, 2.0, J)
    stakes = stakes_besides(rng, integrated_stakes(owner, costs), demand)
    retail = Retail(demand, stakes, owner)
    solution = solve(retail, start=costs + demand.money_per_util, throw=False)
    if solution.converged:
        return "certified", True
    return elsewhere(retail, None)


def elsewhere(retail: Retail, terms: NegotiatedTerms | None) -> Outcome:
    """Where the first start led to no equilibrium: whether another does, or who leaves each."""
    if len(solve_equilibria(retail, terms)):
        return "certified from another start", True
    for start in spread_starts(retail):
        solution = solve(retail, terms, start=start, throw=False)
        proof = solution.value.certificate
        if not proof.residual.relative < 1e-9 or not proof.deviation.gain > 1e-9:
            return f"none from twelve starts: {proof.refutation}", False
        if abs(gain_checked(solution.value) / proof.deviation.money - 1) > 1e-6:
            return "a move that does not bring what is said", False
    return "no equilibrium from twelve starts: a firm gains by leaving each, checked", True


def gain_checked(value: PriceEquilibrium) -> float:
    """What the move that a certificate names brings, prices evaluated anew."""
    at, move = value.conditions, value.certificate.deviation
    prices = at.prices.copy()
    if move.offer == -1:
        own = (at.retail.price_setter == move.firm) & at.is_set
        size = np.maximum(np.abs(prices), at.retail.demand.money_per_util)
        prices += np.where(own, (move.price - 1.0) * size, 0.0)
    else:
        prices[move.offer] = move.price
    moved = at.retail.conditions(prices, at.wholesale).profits - at.profits
    return float(moved[move.firm])


def chain(rng: np.random.Generator, timing: str) -> Outcome:
    """Manufacturers and shops, bargaining by offer or by pair, over prices or fees."""
    makers, shops = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    pairs = [(m, makers + s) for m in range(makers) for s in range(shops)]
    offers = [pair for pair in pairs for _ in range(rng.integers(1, 3))]
    manufacturer, shop = np.array(offers).T
    J = len(offers)
    if rng.random() < 0.2:
        shop = np.where(rng.random(J) < 0.2, manufacturer, shop)
    demand, making, handling = buyers(rng, J), rng.uniform(0.1, 1, J), rng.uniform(0.05, 0.3, J)
    stakes = vertical_stakes(manufacturer, shop, making, handling, firms=makers + shops)
    if rng.random() < 0.2:
        tariff = 1 + 0.3 * (rng.random(J) < 0.5)
        paid = np.minimum(stakes.wholesale_share, 0.0)
        stakes = replace(stakes, wholesale_share=stakes.wholesale_share - paid + tariff * paid)
    stakes = stakes_besides(rng, stakes, demand)
    how = "offer" if rng.random() < 0.5 else "pair"
    power = rng.uniform(0.15, 0.95, (makers, makers + shops))[manufacturer, shop]
    contract = LinearPrice() if rng.random() < 0.7 else TwoPartTariff()
    terms = NegotiatedTerms(
        links=make_links(manufacturer, shop, power, how),
        production_cost=making,
        timing=timing,
        contract=contract,
    )
    retail = Retail(demand, stakes, shop)
    start = making + handling + demand.money_per_util
    solution = solve(retail, terms, start=start, throw=False)
    if solution.converged:
        void = solution.value.certificate.terms.nothing_to_split
        return ("certified, a link with nothing to split" if void else "certified"), True
    return elsewhere(retail, terms)


def drawn(
    what: str, number: int, play: Callable[[np.random.Generator], Outcome]
) -> Iterator[tuple[int, Outcome]]:
    """Each case's number and outcome; a case is its seed, so that one can be played again."""
    for case in range(COUNTS[what]):
        try:
            yield case, play(np.random.default_rng([number, case]))
        except (ConvergenceError, np.linalg.LinAlgError, ArithmeticError, ValueError) as error:
            yield case, (f"{type(error).__name__}: {error}", False)


def main() -> int:
    """Count outcomes of each kind; how many are unexplained."""
    unexplained = 0
    kinds = {
        "inversions": inversion,
        "retail equilibria": retail_equilibrium,
        "chains": lambda rng: chain(rng, "simultaneous"),
        "sequential": lambda rng: chain(rng, "sequential"),
    }
    with threadpool_limits(1), np.errstate(all="ignore"):
        for number, (what, play) in enumerate(kinds.items()):
            outcomes: Counter[Outcome] = Counter()
            for case, outcome in drawn(what, number, play):
                outcomes[outcome] += 1
                if not outcome[1]:
                    print(f"  {what} {case}: {outcome[0]}", flush=True)
            print(f"{what}: {COUNTS[what]:,}")
            for (name, explained), count in outcomes.most_common():
                print(f"  {count:6,}  {name}{'' if explained else '  <- unexplained'}")
                unexplained += count * (not explained)
    return unexplained


if __name__ == "__main__":
    raise SystemExit(main() > 0)
