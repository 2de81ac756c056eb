"""What a market is calibrated to: numbers that follow from choice probabilities and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inroads.choice.model import Array


class Moment(Protocol):
    """A number m(Q, P, theta) and its derivative along a change of all three.

    P (J, I) are choice probabilities and Q = w P the purchases they make.
    """

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """m at purchases Q, probabilities P and parameters theta (K,)."""
        ...

    def change(
        self, Q: Array, P: Array, theta: Array, dQ: Array, dP: Array, dtheta: Array
    ) -> float:
        """dm along (dQ, dP, dtheta)."""
        ...


@dataclass(frozen=True)
class Ratio:
    """sum_ij R_ij Q_ij / sum_ij D_ij Q_ij: a share of those who buy.

    `part` R and `whole` D are (J, I); a share that stays, switches, pays by instalments, buys a
    maker within a channel, are all of this form.
    """

    part: Array
    whole: Array

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """The ratio, between 0 and 1 where part <= whole."""
        return float(np.vdot(self.part, Q) / np.vdot(self.whole, Q))

    def change(
        self, Q: Array, P: Array, theta: Array, dQ: Array, dP: Array, dtheta: Array
    ) -> float:
        """Quotient rule; P and theta enter through Q only."""
        whole = np.vdot(self.whole, Q)
        ratio = np.vdot(self.part, Q) / whole
        return float((np.vdot(self.part, dQ) - ratio * np.vdot(self.whole, dQ)) / whole)


@dataclass(frozen=True)
class OwnElasticity:
    """Mean own-price elasticity of some offers, weighted by sales.

    theta_k X_ij is the (dis)utility of agent i's payment for offer j, proportional to the price:
    e = theta_k sum_ij X_ij Q_ij (1 - P_ij) / sum_ij Q_ij over the `offers` (J,) meant. `parameter`
    is k, or None where theta_k is fixed and X holds the product already.
    """

    parameter: int | None
    payment: Array
    offers: np.ndarray

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """The elasticity (negative)."""
        Q, P, X = (x[self.offers] for x in (Q, P, self.payment))
        scale = 1.0 if self.parameter is None else theta[self.parameter]
        return float(scale * np.vdot(X, Q * (1 - P)) / Q.sum())

    def change(
        self, Q: Array, P: Array, theta: Array, dQ: Array, dP: Array, dtheta: Array
    ) -> float:
        """Quotient rule, and theta's own effect."""
        Q, P, dQ, dP, X = (x[self.offers] for x in (Q, P, dQ, dP, self.payment))
        sold = Q.sum()
        e = np.vdot(X, Q * (1 - P)) / sold
        de = (np.vdot(X, dQ * (1 - P) - Q * dP) - e * dQ.sum()) / sold
        if self.parameter is None:
            return float(de)
        return float(dtheta[self.parameter] * e + theta[self.parameter] * de)


def along(P: Array, du: Array) -> Array:
    """dP (J, I) of a mixed logit when utilities change by du (J, I): P (du - sum_k P_k du_k)."""
    return np.asarray(P * (du - (P * du).sum(axis=0)))
