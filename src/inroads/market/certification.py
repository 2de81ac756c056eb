"""Any prices and terms of a market, held against what an equilibrium is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.conduct.certificate import Certificate, certify_point
from inroads.conduct.certificate.certificate import TERMS_TOLERANCE, TOLERANCE
from inroads.errors import ConvergenceError, refuse
from inroads.market import conduct_arrays
from inroads.market.carried import lightened
from inroads.market.market import Market
from inroads.market.names import require_name
from inroads.solution import Solution, Status

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium

#: numbers by offer: by name, or in the market's order
ByOffer: TypeAlias = pd.Series | Mapping[Any, float] | Array


def certify(
    market: Market,
    *,
    prices: ByOffer | None = None,
    wholesale: ByOffer | None = None,
    tolerance: float = TOLERANCE,
    terms_tolerance: float = TERMS_TOLERANCE,
    throw: bool = False,
) -> Certificate:
    """Whether prices and terms, from wherever, are an equilibrium of a market.

    Nothing is taken from a solver: best answers, deviations and Nash products are computed at the
    point. Fixed fees are those that divide the gains.

    Parameters
    ----------
    market : Market
        In which firms set prices.
    prices : Series, mapping or (J,) array, optional
        Retail prices by offer; those of its offers unless given.
    wholesale : Series, mapping or (J,) array, optional
        Wholesale prices by offer; those of its offers unless given. Inside one firm there is none.
    tolerance, terms_tolerance : float
        How far retail prices may be from best answers, and terms from where Nash products peak,
        relative to the larger of the price and the money that a unit of utility is worth.
    throw : bool
        Whether it is an error if they are none.

    Returns
    -------
    Certificate
        Its `status`, what is worst and where, and in words what speaks against it (`refutation`).

    Raises
    ------
    InputError
        For list prices, for capacities and quotas, and for prices that are missing or of no offer.
    ConvergenceError
        With throw=True, where they are no equilibrium.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> ir.certify(market).status
    'equilibrium'
    >>> dear = ir.certify(market, prices={"a": 1.1, "b": 1.0, "c": 2.0})
    >>> dear.status, dear.deviation.firm, round(dear.deviation.price, 2)
    ('no equilibrium', 'A', 1.0)
    """
    limited = market.has_firms and conduct_arrays.is_limited(market)
    if limited or not market.has_firms:
        raise refuse(
            expected="a market in which firms set prices, without capacities and quotas",
            found="some" if limited else "list prices",
            where="market",
            remedy="give pricing=Bertrand() or Vertical(...), and drop the column 'capacity'.",
        )
    everything = np.ones(len(market.offers), dtype=bool)
    certificate = certify_point(
        conduct_arrays.retail(market),
        conduct_arrays.negotiated_terms(market),
        prices=market.column("price")
        if prices is None
        else _by_offer(market, prices, "prices", everything),
        wholesale=_wholesale(market, wholesale),
    )
    certificate = replace(
        certificate.named(market.firms, list(market.offer_names), market.size),
        tolerance=tolerance,
        terms_tolerance=terms_tolerance,
    )
    if throw and not certificate.is_equilibrium():
        solution = Solution(certificate, Status.STALLED, certificate.residual.relative, 0)
        raise ConvergenceError(f"{certificate.refutation}. Remedy: solve the market.", solution)
    return certificate


def proof(equilibrium: Equilibrium) -> Certificate:
    """The certificate of a solved market, looked for once where the solve left it out.

    Parameters
    ----------
    equilibrium : Equilibrium
        Of a market in which firms set prices.

    Returns
    -------
    Certificate
        By name.

    Raises
    ------
    ConvergenceError
        Where there is a move that pays.
    """
    market, state = equilibrium.market, equilibrium.arrays
    certificate = equilibrium.certificate or equilibrium.__dict__.get("_proof")
    if certificate is None and conduct_arrays.is_limited(market):
        # Its costs, with shadow prices, are not in the solution.
        certificate = market.solve().certificate
    elif certificate is None:
        was_light = "arrays" not in market.__dict__
        certificate = certify(market, prices=state.prices, wholesale=state.wholesale, throw=True)
        if was_light:
            lightened(market)
    assert certificate is not None
    equilibrium.__dict__["_proof"] = certificate
    return certificate


def _wholesale(market: Market, given: ByOffer | None) -> Array:
    """Wholesale prices (J,), at cost inside one firm."""
    inside = market.owner("manufacturer") == market.owner("seller")
    values = market.column("wholesale") if given is None else given
    return np.where(
        inside,
        conduct_arrays.cost_in_wholesale(market),
        _by_offer(market, values, "wholesale", needed=~inside),
    )


def _by_offer(market: Market, given: ByOffer, where: str, needed: Mask) -> Array:
    """Numbers (J,) in the market's order, finite where they are needed."""
    if isinstance(given, pd.Series | Mapping):
        by_name = {require_name(market, "offer", name): number for name, number in given.items()}
        values = np.array([by_name.get(name, np.nan) for name in market.offer_names], dtype=float)
    else:
        values = np.asarray(given, dtype=float)
    if values.shape != needed.shape:
        raise refuse(
            expected=f"{len(needed)} numbers, one an offer",
            found=f"an array of shape {values.shape}",
            where=where,
            remedy="give a Series by offer, or an array in the market's order.",
        )
    if missing := list(market.offer_names[needed & ~np.isfinite(values)]):
        raise refuse(
            expected="a number for every offer",
            found=f"none for {missing[0]}",
            where=where,
            remedy=f"give {where}=... for all, or fill in the column of the market's offers.",
        )
    return values
