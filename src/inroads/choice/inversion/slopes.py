"""G(w) x = b for large markets of plain logit, without G: conjugate gradients, J x I a step.

G = diag(s) - P diag(w) P'. Were all agents alike it would be diag(s) - s s', whose inverse is
diag(1/s) + 1 1'/s_0: with that as preconditioner, some ten steps give all digits.
"""

from __future__ import annotations

import numpy as np

from inroads.choice.base import Array

#: From so many products on it beats the factor of G, which costs J^3.
LARGE = 300
_TOLERANCE = 1e-13
_MAX_STEPS = 100


def solve_kernel(P: Array, w: Array, b: Array) -> Array | None:
    """x (B, J, n) for probabilities P (B, J, I), weights w (B, I) and b (B, J, n).

    None where all steps do not suffice, or G is singular to rounding.
    """
    P_agents, w = P.swapaxes(-1, -2), w[..., None]
    s = P @ w
    s0 = 1.0 - s.sum(axis=-2, keepdims=True)
    if not (s0 > 0).all() or not (s > 0).all():
        return None

    def product(x: Array) -> Array:
        return np.asarray(s * x - P @ (w * (P_agents @ x)))

    def precondition(r: Array) -> Array:
        return np.asarray(r / s + r.sum(axis=-2, keepdims=True) / s0)

    def inner(a: Array, c: Array) -> Array:
        return np.asarray(np.einsum("bjn,bjn->bn", a, c)[:, None])

    x = precondition(b)
    enough = _TOLERANCE**2 * np.maximum(inner(b, x), np.finfo(float).tiny)
    r = b - product(x)
    z = precondition(r)
    direction, size = z, inner(r, z)
    for _ in range(_MAX_STEPS):
        if (size <= enough).all():
            return x
        along = product(direction)
        curvature = inner(direction, along)
        step = np.divide(size, curvature, out=np.zeros_like(size), where=curvature > 0)
        x = x + step * direction
        r = r - step * along
        z = precondition(r)
        last, size = size, inner(r, z)
        direction = z + np.divide(size, last, out=np.zeros_like(size), where=last > 0) * direction
    return None
