"""Wholesale terms as what they are said to be: where each link's Nash product is largest.

The solvers of `bargaining` find terms from first-order conditions. This goes another way: profits
without each link are those of the market evaluated anew without its offers, gains at other terms
are computed (or solved for, where retail prices answer), and the product itself is maximised over
one term at a time, all others held, by a search along a line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array, Index
from inroads.conduct.bargaining.base import BargainingGame, Terms, fee_rates
from inroads.conduct.certificate.gap import NO_GAP, Gap, largest_gap
from inroads.conduct.certificate.moved_terms import (
    NEAR,
    Objective,
    TermsPoint,
    answered_prices,
    held_prices,
    terms_point,
)
from inroads.conduct.retail_pricing import Conditions
from inroads.numerics.golden_section import golden_section

# So little below zero a gain is zero but for rounding; of what is sold, at the worth of a util.
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class WholesaleProof:
    """What speaks for and against wholesale terms.

    Parameters
    ----------
    prices : Gap
        How far a wholesale price is from where its link's objective is largest.
    gain : float
        By how much the objective is larger there, relative to what it is, at most.
    curvature : float
        The largest second derivative of an objective in its price, relative to both: below zero at
        a peak.
    fees : Gap
        How far a fixed fee is from where its Nash product is largest, per unit sold.
    disagreement : Gap
        How far a profit without a link is from what it is said to be, per unit that the link sells.
    nothing_to_split : tuple
        Of links that have no terms at which both sides gain, the first offer: nothing is said of
        their terms.
    """

    prices: Gap = NO_GAP
    gain: float = 0.0
    curvature: float = -np.inf
    fees: Gap = NO_GAP
    disagreement: Gap = NO_GAP
    nothing_to_split: tuple[Any, ...] = ()

    def named(self, offers: list[Any]) -> WholesaleProof:
        """With names of offers."""
        return replace(
            self,
            prices=self.prices.named(offers),
            fees=self.fees.named(offers),
            disagreement=self.disagreement.named(offers),
            nothing_to_split=tuple(offers[j] for j in self.nothing_to_split),
        )

    def refutation(self, tolerance: float) -> str:
        """What speaks against the terms, in words; empty where nothing does."""
        parts = {
            "terms that maximise each Nash product; found the wholesale price": self.prices,
            "fees that maximise each Nash product; found that": self.fees,
            "profits without a link as the market has them; found those without that": (
                self.disagreement
            ),
        }
        for part, gap in parts.items():
            if not gap.relative <= tolerance:
                return (
                    f"expected {part} of offer {gap.offer} {gap.money:.3g} a unit away, "
                    f"{gap.relative:.3g} of its size"
                )
        if self.curvature > 0:
            return (
                "expected Nash products that bend down in wholesale prices; found a largest "
                f"curvature of {self.curvature:.3g}"
            )
        return ""


def prove_terms(game: BargainingGame, at: Conditions, terms: Terms) -> WholesaleProof:
    """The proof of the terms of a game, at conditions with all links."""
    if len(game.links) == 0:
        return WholesaleProof()
    point = terms_point(game, at)
    proof = WholesaleProof(
        fees=_fees(point, terms.fixed_fees),
        disagreement=_per_unit(point, point.without - terms.disagreement_profits),
    )
    if game.contract.two_part_weight == 1 and not game.prices_answer:
        # Held retail prices leave the wholesale price to convention: cost, the fee divides.
        offers = np.flatnonzero(game.links.link_of_offer >= 0)
        off = (at.wholesale - game.production_cost)[offers]
        return replace(proof, prices=largest_gap(off, at.wholesale[offers], point.unit, offers))
    return _with_prices(point, proof)


def _per_unit(point: TermsPoint, money: Array) -> Gap:
    """The largest of sums of money (L, n) by which links are off, per unit that they sell."""
    sold = point.sold.sum(axis=1)
    mean_price = point.sold @ point.at.wholesale / sold
    return largest_gap(np.abs(money).max(axis=1) / sold, mean_price, point.unit, point.offers)


def _fees(point: TermsPoint, fees: Array) -> Gap:
    """A fee passes from one side to the other; nothing else moves."""
    if point.game.contract.two_part_weight < 1:
        return NO_GAP
    (a, b), gains = fee_rates(point.game.links, point.at.retail.stakes), point.gains
    lam = point.game.links.channel_weight

    def product(fee: Array) -> Array:
        manufacturer = np.maximum(gains.manufacturer + a * fee, 0.0)
        return np.maximum(gains.channel - b * fee, 0.0) ** lam * manufacturer ** (1 - lam)

    best = golden_section(product, -gains.manufacturer / a, gains.channel / b, iterations=60)
    split = a * gains.channel + b * gains.manufacturer > 0
    return _per_unit(point, np.where(split, fees - best, 0.0)[:, None])


def _with_prices(point: TermsPoint, proof: WholesaleProof) -> WholesaleProof:
    """With what is to be said of wholesale prices."""
    terms = (answered_prices if point.game.prices_answer else held_prices)(point)
    objective = _objective(point, terms.link)
    step, best = terms.search(objective)
    behind, at_point, ahead = (
        objective(*terms.near(np.full(len(step), h)), terms.lines) for h in (-NEAR, 0.0, NEAR)
    )
    # Where there is no objective, here or anywhere, there is nothing to split.
    split = best > -np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(at_point > -np.inf, (best - at_point) / np.abs(at_point), np.inf)[split]
        bend = ((ahead - 2 * at_point + behind) / NEAR**2 / np.abs(at_point))[split]
    w, offers = point.at.wholesale, terms.offer[split]
    return replace(
        proof,
        prices=largest_gap((step * terms.size)[split], w[offers], point.unit, offers),
        gain=float(gain.max(initial=0.0)),
        curvature=float(bend[~np.isnan(bend)].max(initial=-np.inf)),
        nothing_to_split=tuple(np.unique(point.offers[terms.link[~split]]).tolist()),
    )


def _objective(point: TermsPoint, link: Index) -> Objective:
    """What the links of lines (n,) maximise; minus infinity where there is none."""
    links, mix = point.game.links, point.game.contract.two_part_weight
    lam = links.channel_weight[link]
    a, b = (rate[link] for rate in fee_rates(links, point.at.retail.stakes))
    least = -_ROUNDING * point.unit * point.sold.sum(axis=1)[link]

    def value(manufacturer: Array, channel: Array, line: Index) -> Array:
        # After the best fee, the Nash product is so large.
        weight = lam[line]
        joint = (
            weight**weight
            * (1 - weight) ** (1 - weight)
            * (b[line] * manufacturer + a[line] * channel)
        )
        if mix == 1.0:
            return np.where(np.isnan(joint), -np.inf, joint)
        product = np.maximum(channel, 0.0) ** weight * np.maximum(manufacturer, 0.0) ** (1 - weight)
        gain = np.minimum(manufacturer, channel) >= least[line]
        return np.where(gain, (1 - mix) * product + mix * joint, -np.inf)

    return value
