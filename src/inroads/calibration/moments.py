"""What a market is calibrated to: numbers that follow from choice probabilities and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inroads.choice.base import Array


class Moment(Protocol):
    """A number m(Q, P, theta) and its gradient.

    P (J, I) are choice probabilities and Q = w P the purchases they make.
    """

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """m at purchases Q, probabilities P and parameters theta (K,)."""
        ...

    def gradient(self, Q: Array, P: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """dm/dQ (J, I), dm/dP (J, I) or None where it is zero, and dm/dtheta (K,)."""
        ...


@dataclass(frozen=True)
class Ratio:
    """sum_ij R_ij Q_ij / sum_ij D_ij Q_ij: a share of those who buy.

    `numerator` R and `denominator` D are (J, I); a share that stays, switches, pays over time,
    buys a manufacturer's products within a channel, are all of this form.
    """

    numerator: Array
    denominator: Array

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """The ratio, between 0 and 1 where numerator <= denominator."""
        return float(np.vdot(self.numerator, Q) / np.vdot(self.denominator, Q))

    def gradient(self, Q: Array, P: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """(R - m D) / D'Q; P and theta enter through Q only."""
        total = np.vdot(self.denominator, Q)
        dQ = (self.numerator - np.vdot(self.numerator, Q) / total * self.denominator) / total
        return dQ, None, np.zeros(len(theta))


@dataclass(frozen=True)
class OwnElasticity:
    """Mean own-price elasticity of some offers, weighted by sales.

    theta_k X_ij is the (dis)utility of agent i's payment for offer j, proportional to the price:
    e = theta_k sum_ij X_ij Q_ij (1 - P_ij) / sum_ij Q_ij over `offers` (J,). `parameter`
    is k, or None where theta_k is fixed and X holds the product already.
    """

    parameter: int | None
    payment: Array
    offers: np.ndarray

    def _scale(self, theta: Array) -> float:
        return 1.0 if self.parameter is None else float(theta[self.parameter])

    def value(self, Q: Array, P: Array, theta: Array) -> float:
        """The elasticity (negative)."""
        Q, P, X = (x[self.offers] for x in (Q, P, self.payment))
        return float(self._scale(theta) * np.vdot(X, Q * (1 - P)) / Q.sum())

    def gradient(self, Q: Array, P: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """theta (X (1 - P) - e) / sales, - theta X Q / sales, and e in theta_k."""
        dQ, dP, dtheta = np.zeros_like(Q), np.zeros_like(P), np.zeros(len(theta))
        offers = self.offers
        Q, P, X = (x[offers] for x in (Q, P, self.payment))
        sales = Q.sum()
        e = np.vdot(X, Q * (1 - P)) / sales
        dQ[offers] = self._scale(theta) * (X * (1 - P) - e) / sales
        dP[offers] = -self._scale(theta) * X * Q / sales
        if self.parameter is not None:
            dtheta[self.parameter] = e
        return dQ, dP, dtheta


def along(P: Array, du: Array) -> Array:
    """dP (J, I) of a mixed logit when utilities change by du (J, I): P (du - sum_k P_k du_k)."""
    return np.asarray(P * (du - (P * du).sum(axis=0)))
