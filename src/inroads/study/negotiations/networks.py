"""Networks of deals: which would be made together, what one does to another."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from inroads.choice.base import Mask
from inroads.conduct.networks import MAX_ENUMERATED_LINKS
from inroads.conduct.networks import Networks as SolvedNetworks
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Pair
from inroads.market.networks import DealNetworks
from inroads.results.base import Deal
from inroads.results.networks import BlockingMove, DealEffect, Network, Networks
from inroads.solution import Solution
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.negotiations import certificate_of, deal_terms

Progress = Callable[[str, int, int], None]


def deal_networks(game: EntryGame, channels: tuple[str, ...], progress: Progress) -> Networks:
    """Every set of deals between the entrants and channels: terms, profits, which are stable.

    More than ten deals have too many sets: then all but the deals is empty.
    """
    manufacturers = [e.manufacturer for e in game.entrants]
    pairs = tuple((manufacturer, channel) for manufacturer in manufacturers for channel in channels)
    if len(pairs) > MAX_ENUMERATED_LINKS:
        return Networks(deals=tuple(map(_deal, pairs)))
    every = list(product([False, True], repeat=len(pairs)))
    equilibria = []
    for k, active in enumerate(every):
        progress("networks of deals", k, len(every))
        standing = [pair for pair, is_on in zip(pairs, active, strict=True) if is_on]
        # Each a game of its own: a deal brings what comes with it, such as a product adapted
        # to the channel, and no more.
        deals = {
            manufacturer: tuple(c for m, c in standing if m == manufacturer)
            for manufacturer in manufacturers
        }
        equilibria.append(game.solve(deals))
    solved = together(pairs, np.array(every, dtype=bool), equilibria)
    return Networks(
        deals=tuple(map(_deal, pairs)),
        networks=tuple(_network(solved, row, e) for row, e in enumerate(equilibria)),
        stable=tuple(tuple(map(_deal, deals)) for deals in solved.stable),
        effects=tuple(
            DealEffect(
                deal=_deal(pair),
                beside=_deal(other),
                gain_alone=float(solved.value(pair)[pair[0]]),
                gain_together=float(solved.value(pair, (other,))[pair[0]]),
            )
            for pair in pairs
            for other in pairs
            if other != pair
        ),
    )


def _network(solved: DealNetworks, row: int, equilibrium: Equilibrium) -> Network:
    deals = solved.deals_of(row)
    # In the order of the equilibrium's links, as they are solved.
    links = zip(equilibrium.links["manufacturer"], equilibrium.links["channel"], strict=True)
    return Network(
        deals=tuple(map(_deal, deals)),
        profits={firm: float(equilibrium.profits[firm]) for firm in solved.market.firms},
        consumer_surplus=equilibrium.consumer_surplus,
        blocked_by=_blocking_move(solved, row),
        terms=tuple(
            deal_terms(equilibrium, manufacturer, channel) for manufacturer, channel in links
        ),
        certificate=certificate_of(equilibrium),
    )


def _blocking_move(solved: DealNetworks, row: int) -> BlockingMove | None:
    """What undoes a network."""
    blocking = solved.networks.blocking_move(row)
    if blocking is None:
        return None
    if blocking.kind == "no surplus":
        return BlockingMove(kind="no_surplus")
    return BlockingMove(kind=blocking.kind, deal=_deal(solved.pairs[blocking.link]))


def together(pairs: tuple[Pair, ...], active: Mask, equilibria: list[Equilibrium]) -> DealNetworks:
    """Equilibria of all sets of deals (M, n) as networks, firms in the order of the last."""
    full = equilibria[-1].market
    index = {firm: k for k, firm in enumerate(full.firms)}
    gains = [e.links[["manufacturer_gain", "channel_gain"]] for e in equilibria]
    solved = SolvedNetworks(
        active=active,
        profits=np.array([e.profits[full.firms] / full.size for e in equilibria]),
        has_surplus=np.array([bool((gain >= 0).all(axis=None)) for gain in gains]),
        manufacturer=np.array([index[manufacturer] for manufacturer, _ in pairs], dtype=np.intp),
        channel=np.array([index[channel] for _, channel in pairs], dtype=np.intp),
        solutions=[
            Solution(e.arrays, e.solution.status, e.solution.residual, e.solution.iterations)
            for e in equilibria
        ],
    )
    return DealNetworks(full, pairs, solved)


def _deal(pair: Pair) -> Deal:
    return Deal(manufacturer=pair[0], channel=pair[1])
