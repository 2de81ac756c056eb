"""One call from a market's arrays to its equilibrium: terms, prices, profits, and their proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from inroads.choice.model import Array, Mask
from inroads.conduct.bargaining import Gains, Simultaneous, gains, split
from inroads.conduct.breakdown import broken_down
from inroads.conduct.certificate import Certificate, certify
from inroads.conduct.links import Links
from inroads.conduct.pricing import Conditions, Retail, solve_prices
from inroads.conduct.sequential import Sequential
from inroads.errors import ConvergenceError, InputError
from inroads.solution import Solution, Status
from inroads.threads import one_blas_thread

Timing = Literal["simultaneous", "sequential"]


@dataclass(frozen=True)
class Bargaining:
    """How wholesale terms come about.

    links: who bargains, with which power, and what disagreement drops. base (J,): makers' costs
    per unit, at which wholesale margins are zero. timing: whether retail prices are held while
    firms bargain, or answer. fees: 0 for linear wholesale prices, 1 for two-part tariffs; under
    simultaneous timing a two-part tariff sells at cost and the fee splits the gains.
    """

    links: Links
    base: Array
    timing: Timing = "simultaneous"
    fees: float = 0.0

    def __post_init__(self) -> None:
        if self.timing == "simultaneous" and self.fees not in (0.0, 1.0):
            raise InputError.single(
                expected="linear (0) or two-part (1) contracts under simultaneous timing",
                found=f"fees = {self.fees}",
                where="bargaining",
                remedy="choose one, or timing='sequential'.",
            )
        if self.timing == "simultaneous" and self.fees == 0 and (self.links.power == 0).any():
            raise InputError.single(
                expected="bargaining weights of shops above 0 under simultaneous timing",
                found="0: a shop would be left no margin, whatever its price",
                where="power",
                remedy="give a small weight, or timing='sequential', or two-part tariffs.",
            )


@dataclass(frozen=True)
class Equilibrium:
    """Prices at which nobody moves: retail prices and wholesale prices (J,), fees (L,) that shops
    pay makers, each firm's profit (F,) after fees, gains of each link, and the certificate.

    Money is per consumer in the market. `without` are profits (L, F) should a link break down, the
    threat points, before fees.
    """

    at: Conditions
    fees: Array
    profits: Array
    gains: Gains
    without: Array
    certificate: Certificate | None = field(default=None)

    @property
    def prices(self) -> Array:
        """Retail prices (J,)."""
        return self.at.prices

    @property
    def wholesale(self) -> Array:
        """Wholesale prices (J,)."""
        return self.at.wholesale

    @property
    def shares(self) -> Array:
        """s (J,)."""
        return self.at.choices.shares

    @property
    def surplus(self) -> float:
        """Consumer surplus per consumer."""
        return float(self.at.choices.surplus)


def solve(
    retail: Retail,
    bargaining: Bargaining | None = None,
    *,
    start: Array,
    wholesale: Array | None = None,
    present: Mask | None = None,
    certificate: bool = True,
    throw: bool = True,
) -> Solution[Equilibrium]:
    """The equilibrium of retail prices and, with `bargaining`, wholesale terms.

    start (J,): retail prices to begin from. wholesale (J,): terms held as they are where nobody
    bargains. present (J,): offers on the shelf; all unless given.

    Raises ConvergenceError where the solve or its certificate fails, naming the offer and the
    deviation that pays; with throw=False the Solution says so instead.
    """
    with one_blas_thread():
        return _solve(retail, bargaining, start, wholesale, present, certificate, throw)


def _solve(
    retail: Retail,
    bargaining: Bargaining | None,
    start: Array,
    wholesale: Array | None,
    present: Mask | None,
    certificate: bool,
    throw: bool,
) -> Solution[Equilibrium]:
    shelf = np.ones(len(start), dtype=bool) if present is None else present
    given = np.zeros(len(start)) if wholesale is None else wholesale
    held = bargaining is None or len(bargaining.links) == 0
    if bargaining is not None and (held or _at_cost(bargaining)):
        given = bargaining.base
    if held or _at_cost(bargaining):
        found = solve_prices(retail, start, given, shelf, throw=False)
        p, w = found.value, given
    else:
        assert bargaining is not None
        parts = (retail, bargaining.links, bargaining.base, shelf)
        if bargaining.timing == "simultaneous":
            system = Simultaneous(*parts)
            found = system.solve(start)
            p, w = found.value[: len(start)], system.wholesale(found.value[len(start) :])
        else:
            found = Sequential(*parts, bargaining.fees).solve(start)
            p, w = np.split(found.value, 2)
    if throw:
        found.unwrap()
    here = retail.at(p, w, shelf)
    value = _described(here, bargaining, shelf)
    status = found.status
    if certificate:
        proof = certify(here, found.residual)
        value = Equilibrium(
            here, value.fees, value.profits, value.gains, value.without, certificate=proof
        )
        if found.converged and not proof.holds():
            status = Status.STALLED
    if found.converged and np.isnan(value.without).any():
        status = Status.STALLED
    solution = Solution(value, status, found.residual, found.iterations)
    if throw and not solution.converged:
        raise ConvergenceError(refusal(value), solution)
    return solution


def _at_cost(bargaining: Bargaining | None) -> bool:
    return bargaining is not None and bargaining.timing == "simultaneous" and bargaining.fees == 1.0


def _described(here: Conditions, bargaining: Bargaining | None, shelf: Mask) -> Equilibrium:
    """Profits, gains and fees at retail and wholesale prices."""
    profits = here.profits
    if bargaining is None or len(bargaining.links) == 0:
        none = np.zeros(0)
        return Equilibrium(here, none, profits, Gains(none, none), np.zeros((0, len(profits))))
    k = bargaining.links
    if bargaining.timing == "sequential":
        there, apart = shelf & ~k.drops, k.without(here.retail)
        first = np.broadcast_to(here.prices, there.shape)
        off = solve_prices(apart, first, here.wholesale, there, throw=False)
        without = apart.at(off.value, here.wholesale, there).profits
        if not off.converged:
            without = np.full_like(without, np.nan)
    else:
        without = broken_down(here, k, shelf).profits
    gained = gains(k, profits, without)
    fees = np.zeros(len(k))
    if bargaining.fees == 1.0:
        # What a dollar of fee brings the maker and costs the shop: one each but for holdings.
        counted = here.retail.stakes.counted
        a = counted[k.maker, k.maker] - counted[k.maker, k.shop]
        b = counted[k.shop, k.shop] - counted[k.shop, k.maker]
        fees = -split(k, gained, (a, b)) / (a * b)
        gained = Gains(gained.maker + a * fees, gained.shop - b * fees)
        profits = profits + (counted[:, k.maker] - counted[:, k.shop]) @ fees
    return Equilibrium(here, fees, profits, gained, without)


def refusal(value: Equilibrium, firms: Sequence[Any] = (), offers: Sequence[Any] = ()) -> str:
    """Why a point is no equilibrium: who gains by which move; by number unless names are given."""
    lost = np.flatnonzero(np.isnan(value.without).any(axis=1))
    if len(lost):
        return (
            "expected retail prices in equilibrium without each link, for its threat point; found "
            f"none without link {lost[0]}. Remedy: start elsewhere."
        )
    proof = value.certificate
    assert proof is not None
    d = proof.deviation
    firm, offer = firms[d.firm] if firms else d.firm, offers[d.offer] if offers else d.offer
    what = "all of its prices" if d.offer < 0 else f"the price of offer {offer}"
    to = f"by a factor {d.price:.4g}" if d.offer < 0 else f"to {d.price:.6g}"
    return (
        "expected an equilibrium in which no firm gains by moving; found that firm "
        f"{firm} gains {d.gain:.3g} of its profit by moving {what} {to} (largest curvature "
        f"{proof.curvature:.3g}, residual {proof.residual:.3g}). Remedy: start elsewhere."
    )
