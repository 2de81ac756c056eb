"""A certificate: best answers of sellers, peaks of Nash products, held prices where they are held.

What is checked at the point itself, and not taken from the solver that led there:

- how far each retail price is from its best answer, to first order, in money;
- that each seller's profit bends down in its own prices (the second-order condition);
- that none gains by moving one of its prices anywhere, or all together (`deviations`);
- that each wholesale term is where its Nash product is largest (`wholesale_terms`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array
from inroads.conduct.bargaining.base import BargainingGame, Terms
from inroads.conduct.bargaining.negotiated import NegotiatedTerms
from inroads.conduct.certificate.deviations import Deviation, best_deviation
from inroads.conduct.certificate.gap import Gap, largest_gap
from inroads.conduct.certificate.wholesale_terms import WholesaleProof, prove_terms
from inroads.conduct.retail_pricing import Conditions, Retail
from inroads.display import Card, Displayed

#: Of a retail price's size, and of a profit. Solvers end at a thousandth of it.
TOLERANCE = 1e-9
#: Of a wholesale price's size: a search by values finds a peak to no more than 1e-8.
TERMS_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, repr=False)
class Certificate(Displayed):
    """What speaks for prices and terms being an equilibrium, and what against.

    The size of a price is the larger of it and the money that a unit of utility is worth.

    Parameters
    ----------
    residual : Gap
        Of a retail price from its best answer to all others, to first order.
    curvature : float
        The largest eigenvalue of any firm's Hessian in its own prices, relative to own-price
        slopes: negative at a peak.
    deviation : Deviation
        The best found.
    moved : float
        How far a held price is from what it is held at, relative to its size.
    terms : WholesaleProof, optional
        Of what is bargained over; None where nothing is, and where a game maximises no Nash
        product.
    tolerance, terms_tolerance : float
        What retail prices and profits, and what wholesale terms may be off, relative to sizes.
    """

    residual: Gap
    curvature: float
    deviation: Deviation
    moved: float = 0.0
    terms: WholesaleProof | None = None
    tolerance: float = TOLERANCE
    terms_tolerance: float = TERMS_TOLERANCE

    def is_equilibrium(self) -> bool:
        """Whether every retail price is a best answer, no held price has moved, every firm is at a
        peak and gains nothing by moving, and every term is where its Nash product peaks.

        Returns
        -------
        bool
            All to the tolerances.
        """
        return not self.refutation

    @property
    def status(self) -> str:
        """ "equilibrium" or "no equilibrium"."""
        return "no equilibrium" if self.refutation else "equilibrium"

    @property
    def refutation(self) -> str:
        """What speaks most against the point, expected and found; empty where nothing does."""
        gap, limit = self.residual, self.tolerance
        if not self.moved <= limit:
            return (
                "expected held prices as they are held; found one that moved by "
                f"{self.moved:.3g} of its size"
            )
        if not gap.relative <= limit:
            return (
                f"expected retail prices that are best answers; found that of offer {gap.offer} "
                f"{gap.money:.3g} away, {gap.relative:.3g} of its size; {self._best_move}"
            )
        if not self.deviation.gain <= limit:
            return (
                "expected an equilibrium in which no firm gains by moving; found that "
                f"{self._best_move} (largest curvature {self.curvature:.3g})"
            )
        if not self.curvature < 0:
            return (
                "expected profits that bend down in each firm's own prices; found a largest "
                f"curvature of {self.curvature:.3g}"
            )
        return "" if self.terms is None else self.terms.refutation(self.terms_tolerance)

    @property
    def _best_move(self) -> str:
        d = self.deviation
        what, to = f"the price of offer {d.offer}", f"to {d.price:.6g}"
        if d.offer == -1:
            what, to = "all of its prices", f"by a factor {d.price:.6g}"
        return f"firm {d.firm} gains {d.gain:.3g} of its profit by moving {what} {to}"

    def named(self, firms: list[Any], offers: list[Any], size: float = 1.0) -> Certificate:
        """The same with names for numbers, and gains of money for the whole market.

        Parameters
        ----------
        firms, offers : list
            Their names.
        size : float
            Consumers in the market.

        Returns
        -------
        Certificate
            Otherwise alike.
        """
        d, terms = self.deviation, self.terms
        return replace(
            self,
            residual=self.residual.named(offers),
            deviation=replace(
                d,
                firm=firms[d.firm],
                offer=d.offer if d.offer == -1 else offers[d.offer],
                money=d.money * size,
            ),
            terms=None if terms is None else terms.named(offers),
        )

    def _card(self) -> Card:
        gap, d = self.residual, self.deviation
        worst = f"worst residual {gap.money:.2g} (offer {gap.offer}), best move {d.gain:.2g}"
        return Card(
            line=f"Certificate: {self.refutation or f'{self.status}, {worst} of a profit'}",
            next_steps=("c.residual", "c.deviation", "c.terms", "c.refutation"),
        )


def certify(
    at: Conditions, game: BargainingGame | None = None, terms: Terms | None = None
) -> Certificate:
    """The certificate of retail prices (J,), in one world; of wholesale terms too where a game is
    played over them, else they are taken as they are."""
    jacobian = at.foc_jacobian()
    proof = None
    if game is not None and terms is not None and game.prices_answer is not None:
        proof = prove_terms(game, at, terms)
    return Certificate(
        residual=largest_gap(at.foc_in_money(), at.prices, at.retail.demand.money_per_util),
        curvature=_curvature(at, jacobian),
        deviation=best_deviation(at, jacobian),
        moved=_held_prices_moved(at),
        terms=proof,
    )


def certify_point(
    retail: Retail,
    negotiated: NegotiatedTerms | None = None,
    *,
    prices: Array,
    wholesale: Array,
    fixed_fees: Array | None = None,
) -> Certificate:
    """The certificate of any retail and wholesale prices (J,), all offers on the shelf.

    fixed_fees (L,): those that divide the gains unless given.
    """
    at = retail.conditions(prices, wholesale)
    if negotiated is None:
        return certify(at)
    game = negotiated.game(retail, np.ones(len(prices), dtype=bool))
    without = game.disagreement_profits(at)
    fees = game.fixed_fees(at, without) if fixed_fees is None else fixed_fees
    terms = Terms(prices=prices, wholesale=wholesale, fixed_fees=fees, disagreement_profits=without)
    return certify(at, game, terms)


def _held_prices_moved(at: Conditions) -> float:
    """See `Certificate.moved`; zero where nothing says at what prices are held."""
    held = at.retail.with_held_prices(at.prices)
    return largest_gap(at.prices - held, held, at.retail.demand.money_per_util).relative


def _curvature(at: Conditions, jacobian: Array) -> float:
    """See `Certificate`."""
    worst, slope = -np.inf, np.sqrt(at.choices.own_slope)
    for _, rows in at.retail.price_setters:
        rows = rows[at.is_set[rows]]
        if len(rows):
            own = jacobian[np.ix_(rows, rows)] / slope[rows, None] / slope[rows]
            worst = max(worst, float(np.linalg.eigvalsh((own + own.T) / 2)[-1]))
    return worst
