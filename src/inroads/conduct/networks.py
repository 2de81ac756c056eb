"""Which deals form: the equilibrium under every set of links, and the sets that nobody leaves.

A network is pairwise stable (Jackson and Wolinsky 1996) if no firm gains by cutting one of its
links and no two firms both gain by forming one; everybody else's prices and terms respond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Literal

import numpy as np

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.bargaining import NegotiatedTerms
from inroads.conduct.equilibrium import PriceEquilibrium, solve
from inroads.conduct.retail_pricing import Retail
from inroads.errors import refuse
from inroads.solution import Solution

#: beyond this many potential links, networks are visited by best responses, not listed
MAX_ENUMERATED_LINKS = 10

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BlockingMove:
    """What undoes a network: a negotiation with no surplus to divide, or candidate link `link` that
    one side gains by cutting, or both by forming."""

    kind: Literal["no surplus", "cut", "form"]
    link: int = -1


@dataclass(frozen=True, kw_only=True)
class NetworkGame:
    """A market with links that may or may not form; the others stand.

    candidates (n,): which links of `negotiated` may form. start (J,): retail prices to begin from.
    weights: agents' weights (I,) given which links stand (L,), where deals change who knows what.
    """

    retail: Retail
    negotiated: NegotiatedTerms
    candidates: Index
    start: Array
    weights: Callable[[Mask], Array] | None = None

    def shelf(self, active: Mask) -> Mask:
        """Offers (J,) on sale in the network with the candidate links `active` (n,)."""
        absent = self.candidates[~active]
        return np.asarray(~self.negotiated.links.offers_lost[absent].any(axis=0))

    def solve(self, active: Mask, start: Array | None = None) -> Solution[PriceEquilibrium]:
        """The equilibrium of a network; its status says if there is none."""
        stand = np.ones(len(self.negotiated.links), dtype=bool)
        stand[self.candidates[~active]] = False
        retail, links = self.retail, self.negotiated.links.select(stand)
        if self.weights is not None:
            without = [stand & (np.arange(len(stand)) != k) for k in np.flatnonzero(stand)]
            rows = [self.weights(left) for left in without]
            links = replace(links, agent_weights_without=np.array(rows) if rows else None)
            retail = retail.with_agent_weights(self.weights(stand))
        return solve(
            retail,
            replace(self.negotiated, links=links),
            start=self.start if start is None else start,
            present=self.shelf(active),
            certificate=False,
            throw=False,
        )


@dataclass(frozen=True, kw_only=True)
class Networks:
    """Networks (M, n), profits of firms in each (M, F), and whether each is an equilibrium in which
    every bargain has something to split (M,).

    manufacturer, channel (n,): the firms of each candidate link.
    """

    active: Mask
    profits: Array
    has_surplus: Mask
    manufacturer: Index
    channel: Index
    solutions: list[Solution[PriceEquilibrium]] = field(repr=False)

    def row(self, active: Iterable[bool]) -> int:
        """The row of a network."""
        return int(np.flatnonzero((self.active == np.array(list(active))).all(axis=1))[0])

    def blocking_move(self, row: int, tolerance: float = 1e-9) -> BlockingMove | None:
        """What undoes a network; None if it is stable.

        A gain counts from `tolerance`, relative to the firm's profit.
        """
        if not self.has_surplus[row]:
            return BlockingMove("no surplus")
        profits, active = self.profits[row], self.active[row]
        for k in range(self.active.shape[1]):
            other = self.row(active ^ (np.arange(len(active)) == k))
            if not self.has_surplus[other]:
                continue
            gain = (self.profits[other] - profits) / np.maximum(np.abs(profits), 1e-300)
            sides = gain[[self.manufacturer[k], self.channel[k]]]
            if active[k] and sides.max() > tolerance:
                return BlockingMove("cut", k)
            if not active[k] and sides.min() >= -tolerance and sides.max() > tolerance:
                return BlockingMove("form", k)
        return None

    @property
    def stable(self) -> Index:
        """Rows of pairwise-stable networks."""
        rows = [m for m in range(len(self.active)) if self.blocking_move(m) is None]
        return np.array(rows, dtype=int)


def enumerate_networks(
    game: NetworkGame,
    executor: Executor | None = None,
    progress: Progress = lambda *_: None,
) -> Networks:
    """Every network of up to ten candidate links, each started from the one with all of them.

    Raises InputError for more links: visit those by `best_response_path`.
    """
    n = len(game.candidates)
    if n > MAX_ENUMERATED_LINKS:
        raise refuse(
            expected=f"at most {MAX_ENUMERATED_LINKS} links that may form, to list every network",
            found=f"{n}: {2**n} networks",
            where="networks",
            remedy="use best responses instead, or fix some of the links.",
        )
    active = np.array(list(product([False, True], repeat=n)), dtype=bool).reshape(-1, n)
    full = game.solve(np.ones(n, dtype=bool))
    start = full.value.prices if full.converged else game.start
    task = partial(_solve_from, game, start)
    solutions = []
    for solution in map(task, active) if executor is None else executor.map(task, active):
        solutions.append(solution)
        progress(len(solutions), len(active))
    return _collect(game, active, solutions)


def best_response_path(
    game: NetworkGame, start: Mask, limit: int = 1000, progress: Progress = lambda *_: None
) -> tuple[Networks, bool]:
    """Best-response dynamics from a network (n,): cut or form the first link that pays, until none.

    Returns the networks visited, the last row being where it ended, and whether that is stable
    (dynamics may cycle; they stop at a network seen before, or after `limit` of them).
    """
    solutions: dict[bytes, Solution[PriceEquilibrium]] = {}
    order: list[Mask] = []

    def solve_once(active: Mask) -> Solution[PriceEquilibrium]:
        if active.tobytes() not in solutions:
            solutions[active.tobytes()] = game.solve(active)
            order.append(active)
            progress(len(order), limit)
        return solutions[active.tobytes()]

    current = start.copy()
    path: set[bytes] = set()
    while current.tobytes() not in path and len(path) < limit:
        path.add(current.tobytes())
        neighbours = [current ^ (np.arange(len(current)) == k) for k in range(len(current))]
        solve_once(current)
        around = [current, *neighbours]
        networks = _collect(game, np.array(around), [solve_once(a) for a in around])
        blocking = networks.blocking_move(0)
        if blocking is None:
            rest = [a for a in order if not np.array_equal(a, current)]
            final = np.array([*rest, current])
            return _collect(game, final, [solve_once(a) for a in final]), True
        if blocking.kind == "no surplus":
            worst = _least_surplus(game, current, solve_once(current))
            current = current ^ (np.arange(len(current)) == worst)
        else:
            current = neighbours[blocking.link]
    final = np.array([*order, current])
    return _collect(game, final, [solve_once(a) for a in final]), False


def _least_surplus(game: NetworkGame, active: Mask, solution: Solution[PriceEquilibrium]) -> int:
    """The active candidate with the least joint surplus (the first active one if none is known)."""
    on = np.flatnonzero(active)
    standing = np.setdiff1d(np.arange(len(game.negotiated.links)), game.candidates[~active])
    joint = solution.value.gains.joint
    rows = np.searchsorted(standing, game.candidates[on])
    # What is not known counts as least.
    return int(on[np.argmin(joint[rows])])


def _solve_from(game: NetworkGame, start: Array, active: Mask) -> Solution[PriceEquilibrium]:
    return game.solve(active, start)


def _collect(
    game: NetworkGame, active: Mask, solutions: list[Solution[PriceEquilibrium]]
) -> Networks:
    k = game.negotiated.links
    has_surplus = [
        s.converged
        and bool((np.minimum(s.value.gains.manufacturer, s.value.gains.channel) >= 0).all())
        for s in solutions
    ]
    return Networks(
        active=active,
        profits=np.stack([s.value.profits for s in solutions]),
        has_surplus=np.array(has_surplus, dtype=bool),
        manufacturer=k.manufacturer[game.candidates],
        channel=k.channel[game.candidates],
        solutions=solutions,
    )
