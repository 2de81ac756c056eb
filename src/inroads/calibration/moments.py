"""What a market is calibrated to: numbers that follow from purchases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inroads.choice.base import Array


class Moment(Protocol):
    """A number m(Q, S, theta) and its gradient.

    Q = sum_t w_t P_t (J, C) are purchases by cell, S = sum_t w_t P_t^2 (J, C) how many of them
    would be made again by the same consumers.
    """

    def value(self, Q: Array, S: Array, theta: Array) -> float:
        """m at purchases Q, their squares S and parameters theta (K,)."""
        ...

    def gradient(self, Q: Array, S: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """dm/dQ (J, C), dm/dS (J, C) or None where it is zero, and dm/dtheta (K,)."""
        ...


@dataclass(frozen=True)
class Ratio:
    """sum_jc R_jc Q_jc / sum_jc D_jc Q_jc: a share of those who buy.

    `numerator` R and `denominator` D are (J, C); a share that stays, switches, pays over time,
    buys a manufacturer's products within a channel, are all of this form.
    """

    numerator: Array
    denominator: Array

    def value(self, Q: Array, S: Array, theta: Array) -> float:
        """The ratio, between 0 and 1 where numerator <= denominator."""
        return float(np.vdot(self.numerator, Q) / np.vdot(self.denominator, Q))

    def gradient(self, Q: Array, S: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """(R - m D) / D'Q; S and theta do not enter."""
        total = np.vdot(self.denominator, Q)
        dQ = (self.numerator - np.vdot(self.numerator, Q) / total * self.denominator) / total
        return dQ, None, np.zeros(len(theta))


@dataclass(frozen=True)
class OwnElasticity:
    """Mean own-price elasticity of some offers, weighted by sales.

    theta_k X_jc is the (dis)utility of cell c's payment for offer j, proportional to the price:
    e = theta_k sum_jc X_jc (Q_jc - S_jc) / sum_jc Q_jc over `offers` (J,). `parameter` is k, or
    None where theta_k is fixed and X holds the product already.
    """

    parameter: int | None
    payment: Array
    offers: np.ndarray

    def value(self, Q: Array, S: Array, theta: Array) -> float:
        """The elasticity (negative)."""
        scale = 1.0 if self.parameter is None else float(theta[self.parameter])
        return scale * self._per_theta(Q, S)

    def _per_theta(self, Q: Array, S: Array) -> float:
        Q, S, X = (x[self.offers] for x in (Q, S, self.payment))
        return float(np.vdot(X, Q - S) / Q.sum())

    def gradient(self, Q: Array, S: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """(theta X - e) / sales, -theta X / sales, and e / theta in theta_k."""
        dQ, dS, dtheta = np.zeros_like(Q), np.zeros_like(S), np.zeros(len(theta))
        scale = 1.0 if self.parameter is None else float(theta[self.parameter])
        e, X, sales = self._per_theta(Q, S), self.payment[self.offers], Q[self.offers].sum()
        dQ[self.offers] = scale * (X - e) / sales
        dS[self.offers] = -scale * X / sales
        if self.parameter is not None:
            dtheta[self.parameter] = e
        return dQ, dS, dtheta


@dataclass(frozen=True)
class Taste:
    """theta_k itself: what an estimate made elsewhere says of it, with its standard error."""

    parameter: int

    def value(self, Q: Array, S: Array, theta: Array) -> float:
        """The parameter."""
        return float(theta[self.parameter])

    def gradient(self, Q: Array, S: Array, theta: Array) -> tuple[Array, Array | None, Array]:
        """One in theta_k, nothing else."""
        dtheta = np.zeros(len(theta))
        dtheta[self.parameter] = 1.0
        return np.zeros_like(Q), None, dtheta
