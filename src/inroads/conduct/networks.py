"""Which deals form: the equilibrium under every set of links, and the sets that nobody leaves.

A network is pairwise stable (Jackson and Wolinsky 1996) if no firm gains by cutting one of its
links and no two firms both gain by making one; everybody else's prices and terms respond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product

import numpy as np

from inroads.choice.model import Array, Index, Mask
from inroads.conduct.equilibrium import Bargaining, Equilibrium, solve
from inroads.conduct.pricing import Retail
from inroads.errors import InputError
from inroads.solution import Solution

#: beyond this many potential links, networks are visited by best responses, not listed
MOST = 10

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Potential:
    """A market with links that may or may not form; the others stand.

    open (n,): which links of `bargaining` may form. start (J,): retail prices to begin from.
    weights: agents' weights (I,) given which links stand (L,), where deals change who knows what.
    """

    retail: Retail
    bargaining: Bargaining
    open: Index
    start: Array
    weights: Callable[[Mask], Array] | None = None

    def shelf(self, active: Mask) -> Mask:
        """Offers (J,) on sale in the network with the open links `active` (n,)."""
        absent = self.open[~active]
        return np.asarray(~self.bargaining.links.drops[absent].any(axis=0))

    def solve(self, active: Mask, start: Array | None = None) -> Solution[Equilibrium]:
        """The equilibrium of a network; its status says if there is none."""
        stand = np.ones(len(self.bargaining.links), dtype=bool)
        stand[self.open[~active]] = False
        retail, links = self.retail, self.bargaining.links.only(stand)
        if self.weights is not None:
            lost = [stand & (np.arange(len(stand)) != k) for k in np.flatnonzero(stand)]
            rows = [self.weights(left) for left in lost]
            links = replace(links, weights=np.array(rows) if rows else None)
            buyers = replace(retail.buyers, weights=self.weights(stand))
            retail = replace(retail, buyers=buyers)
        return solve(
            retail,
            replace(self.bargaining, links=links),
            start=self.start if start is None else start,
            present=self.shelf(active),
            certificate=False,
            throw=False,
        )


@dataclass(frozen=True)
class Networks:
    """Networks (M, n), profits of firms in each (M, F), and whether each is an equilibrium in which
    every bargain has something to split (M,).

    maker, shop (n,): the firms of each open link.
    """

    active: Mask
    profits: Array
    holds: Mask
    maker: Index
    shop: Index
    found: list[Solution[Equilibrium]] = field(repr=False)

    def row(self, active: Iterable[bool]) -> int:
        """The row of a network."""
        return int(np.flatnonzero((self.active == np.array(list(active))).all(axis=1))[0])

    def blocked(self, row: int, tolerance: float = 1e-9) -> str | None:
        """What undoes a network: "bargain", "cut k" or "make k", k an open link; None if stable.

        A gain counts from `tolerance`, relative to the firm's profit.
        """
        if not self.holds[row]:
            return "bargain"
        here = self.profits[row]
        for k in range(self.active.shape[1]):
            other = self.row(self.active[row] ^ (np.arange(self.active.shape[1]) == k))
            if not self.holds[other]:
                continue
            gain = (self.profits[other] - here) / np.maximum(np.abs(here), 1e-300)
            sides = gain[[self.maker[k], self.shop[k]]]
            if self.active[row, k] and sides.max() > tolerance:
                return f"cut {k}"
            if not self.active[row, k] and sides.min() >= -tolerance and sides.max() > tolerance:
                return f"make {k}"
        return None

    @property
    def stable(self) -> Index:
        """Rows of pairwise-stable networks."""
        rows = [m for m in range(len(self.active)) if self.blocked(m) is None]
        return np.array(rows, dtype=int)

    def value(self, k: int, firm: int, given: Mask) -> float:
        """What open link k adds to a firm's profit where the other open links are `given` (n,)."""
        with_it, without = given.copy(), given.copy()
        with_it[k], without[k] = True, False
        rows = self.row(with_it), self.row(without)
        return float(self.profits[rows[0], firm] - self.profits[rows[1], firm])


def enumerate_networks(
    potential: Potential,
    executor: Executor | None = None,
    progress: Progress = lambda *_: None,
) -> Networks:
    """Every network of up to ten open links, each started from the one with all of them.

    Raises InputError for more links: visit those by `respond`.
    """
    n = len(potential.open)
    if n > MOST:
        raise InputError.single(
            expected=f"at most {MOST} links that may form, to list every network",
            found=f"{n}: {2**n} networks",
            where="networks",
            remedy="use best responses instead, or fix some of the links.",
        )
    every = np.array(list(product([False, True], repeat=n)), dtype=bool).reshape(-1, n)
    full = potential.solve(np.ones(n, dtype=bool))
    begin = full.value.prices if full.converged else potential.start
    task = partial(_solved, potential, begin)
    found = []
    for solution in map(task, every) if executor is None else executor.map(task, every):
        found.append(solution)
        progress(len(found), len(every))
    return _gathered(potential, every, found)


def respond(
    potential: Potential, start: Mask, limit: int = 1000, progress: Progress = lambda *_: None
) -> tuple[Networks, bool]:
    """Best-response dynamics from a network (n,): cut or make the first link that pays, until none.

    Returns the networks visited, the last row being where it ended, and whether that is stable
    (dynamics may cycle; they stop at a network seen before, or after `limit` of them).
    """
    seen: dict[bytes, Solution[Equilibrium]] = {}
    order: list[Mask] = []

    def at(active: Mask) -> Solution[Equilibrium]:
        if active.tobytes() not in seen:
            seen[active.tobytes()] = potential.solve(active)
            order.append(active)
            progress(len(order), limit)
        return seen[active.tobytes()]

    now = start.copy()
    path: set[bytes] = set()
    while now.tobytes() not in path and len(path) < limit:
        path.add(now.tobytes())
        neighbours = [now ^ (np.arange(len(now)) == k) for k in range(len(now))]
        at(now)
        every = [now, *neighbours]
        around = _gathered(potential, np.array(every), [at(a) for a in every])
        blocked = around.blocked(0)
        if blocked is None:
            rest = [a for a in order if not np.array_equal(a, now)]
            final = np.array([*rest, now])
            return _gathered(potential, final, [at(a) for a in final]), True
        if blocked == "bargain":
            bad = _worst(potential, now, at(now))
            now = now ^ (np.arange(len(now)) == bad)
        else:
            now = neighbours[int(blocked.split()[1])]
    final = np.array([*order, now])
    return _gathered(potential, final, [at(a) for a in final]), False


def _worst(potential: Potential, active: Mask, solution: Solution[Equilibrium]) -> int:
    """The active open link with the least joint surplus (the first active one if none is known)."""
    on = np.flatnonzero(active)
    kept = np.setdiff1d(np.arange(len(potential.bargaining.links)), potential.open[~active])
    joint = solution.value.gains.joint
    at = np.searchsorted(kept, potential.open[on])
    return int(on[np.argmin(np.nan_to_num(joint[at], nan=-np.inf))])


def _solved(potential: Potential, begin: Array, active: Mask) -> Solution[Equilibrium]:
    return potential.solve(active, begin)


def _gathered(potential: Potential, active: Mask, found: list[Solution[Equilibrium]]) -> Networks:
    k = potential.bargaining.links
    holds = [
        s.converged and bool((np.minimum(s.value.gains.maker, s.value.gains.shop) >= 0).all())
        for s in found
    ]
    return Networks(
        active,
        np.stack([s.value.profits for s in found]),
        np.array(holds, dtype=bool),
        k.maker[potential.open],
        k.shop[potential.open],
        found,
    )
