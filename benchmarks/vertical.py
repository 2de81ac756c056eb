"""Equilibria of vertical chains, and every case of other packages beside their own solvers' times.

The peers' times were taken when their cases were computed (R start-up left out), on another
machine: read the ratios for their orders of magnitude. A case counts as its peer's run did:
calibration where the peer calibrated, the equilibrium before and after a merger.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg  # noqa: F401  (its BLAS can be held once it is loaded)
from goals import quickest
from peer_runs import RUNS, cases
from threadpoolctl import threadpool_limits

from inroads.conduct.bargaining import NegotiatedTerms, Timing
from inroads.conduct.bargaining.links import make_links
from inroads.conduct.equilibrium import solve
from inroads.conduct.networks import NetworkGame, enumerate_networks
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.conduct.stakes import vertical_stakes


def three_by_two(timing: Timing) -> None:
    """The chain of mergersim's vignette: three shops, two makers, plain logit."""
    delta = np.array([0.2, 0.3, 0.9, 1.0, 0.8, 0.9])
    manufacturers, shops = np.array([0, 1, 0, 1, 0, 1]), np.array([2, 2, 3, 3, 4, 4])
    making, handling = np.full(6, 0.2), np.full(6, 0.1)
    buyers = PricedDemand(utility=delta[:, None], alpha=np.array([0.9]), weights=np.ones(1))
    retail = Retail(buyers, vertical_stakes(manufacturers, shops, making, handling), shops)
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, 0.5, "offer"), production_cost=making, timing=timing
    )
    solve(retail, terms, start=np.full(6, 2.0)).unwrap()


def market(agents: int = 500) -> tuple[Retail, np.ndarray, np.ndarray, np.ndarray]:
    """Sixty offers of five makers in four shops: the market, makers, shops, costs of making."""
    rng = np.random.default_rng(3)
    J = 60
    manufacturers, shops = np.arange(J) % 5, 5 + np.arange(J) // 5 % 4
    making, handling = rng.uniform(0.5, 1.5, J), rng.uniform(0.1, 0.3, J)
    tastes = rng.normal(0, 0.7, (J, 1)) + rng.normal(0, 0.5, (J, agents))
    money = np.exp(rng.normal(0, 0.25, agents))
    buyers = PricedDemand(utility=tastes, alpha=money, weights=np.full(agents, 1 / agents))
    return (
        Retail(buyers, vertical_stakes(manufacturers, shops, making, handling), shops),
        manufacturers,
        shops,
        making,
    )


def large(timing: Timing) -> None:
    """The large market, bargained over offer by offer."""
    retail, manufacturers, shops, making = market()
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, 0.5, "offer"), production_cost=making, timing=timing
    )
    solve(retail, terms, start=making + 1.7).unwrap()


def networks() -> None:
    """All 256 networks of eight links of the large market that may or may not form."""
    retail, manufacturers, shops, making = market()
    terms = NegotiatedTerms(
        links=make_links(manufacturers, shops, 0.5, "pair"), production_cost=making
    )
    enumerate_networks(
        NetworkGame(retail=retail, negotiated=terms, candidates=np.arange(8), start=making + 1.7)
    )


def peers() -> None:
    """Our time and theirs, summed over the cases of a family and of a package."""
    every = cases.load()
    for package, families in RUNS.items():
        found = []
        for family, run in families.items():
            timed = [c for c in every if c.family == family and c.seconds is not None]
            own = [quickest(lambda run=run, case=case: run(case), 0.2)[0] for case in timed]
            found.append(np.array([own, [case.seconds for case in timed]]))
            said(family, found[-1])
        said(f"{package}, all of these", np.hstack(found))


def said(what: str, times: np.ndarray) -> None:
    """Print seconds (2, cases) of us and of a peer."""
    own, peer = times
    print(
        f"{what}, {len(own)} cases: peer {peer.sum():.3g} s, inroads {own.sum():.3g} s, "
        f"ratio {peer.sum() / own.sum():.1f} (case by case {np.median(peer / own):.1f}, "
        f"lowest {np.min(peer / own):.1f})"
    )


def main() -> None:
    """Small chains, large chains, and peers' cases."""
    with threadpool_limits(1):
        timings: tuple[Timing, Timing] = ("simultaneous", "sequential")
        for timing in timings:
            own = quickest(lambda timing=timing: three_by_two(timing), 1.0)[0]
            print(f"3 shops x 2 makers, {timing}: {1e3 * own:.1f} ms")
        for timing in timings:
            own = quickest(lambda timing=timing: large(timing), 1.0)[0]
            print(f"60 offers x 500 types of consumers, {timing}: {own:.2f} s")
        print(f"the same, 256 networks of 8 links: {quickest(networks, 1.0)[0]:.1f} s")
        peers()


if __name__ == "__main__":
    main()
