"""How nested logit answers to its nesting parameters: probabilities, and the kernel."""

from __future__ import annotations

import numpy as np

from inroads.choice.base import ALL, Array
from inroads.choice.logit import Logit, offer_sums, product_along, weighted_product
from inroads.choice.nested import Nested


def along_rho(model: Nested, P: Array) -> Array:
    """dP/drho (L, ..., J, I), one a level, at probabilities P (..., J, I).

    With lam = 1 - rho of a level, q the probabilities within its nests and H their entropy,
    d log P/dlam = -(log q + H) / lam, and what H adds to the value of the nest, as a utility would.
    """
    masses = [same.astype(float) @ P for same in model.same]
    inner = [*masses[1:], P]
    slopes = []
    for mass, own, same, lam in zip(masses, inner, model.same, model.scale, strict=True):
        inside = (own > 0) & (mass > 0)
        q = np.divide(own, mass, out=np.zeros_like(P), where=inside)
        log_q = np.log(q, out=np.zeros_like(P), where=q > 0)
        # sum over inner nests n of q_n log q_n, offer by offer: P_j/mass sums to q_n over n.
        share = np.divide(P, mass, out=np.zeros_like(P), where=mass > 0)
        entropy = -(same.astype(float) @ (share * log_q))
        direct = P * (log_q + entropy) / lam[:, None]
        slopes.append(direct - model.along(P, entropy))
    return np.stack(slopes)


def kernel_moved(
    model: Logit | Nested, P: Array, c: Array, dP: Array, *, level: int | None = None
) -> Array:
    """The change of `model.kernel(P, c)` (..., J, J) as probabilities change by dP (..., J, I).

    level: the one whose rho changes by one along with them, if any. c: (..., I) or (..., J, I). In
    logit, P may be of some offers alone.
    """
    levels = list(zip(model.same, model.scale, strict=True)) if isinstance(model, Nested) else []
    G = -product_along(P, dP, P, dP, c=c, left=None, rows=ALL)
    outer = np.ones(P.shape[-2])
    for l, (same, lam) in enumerate(levels):
        joint = same.astype(float)
        N, dN = joint @ P, joint @ dP
        Q = np.divide(P, N, out=np.zeros_like(P), where=N > 0)
        dQ = np.divide(dP - Q * dN, N, out=np.zeros_like(P), where=N > 0)
        step = 1 / lam - 1 / outer
        G -= product_along(P, dP, Q, dQ, c=c, left=None, rows=ALL) * joint * step[:, None]
        if level is not None and l in (level, level + 1):
            # d(1/lam)/drho = 1/lam^2, of this level or of the one around it.
            turn = 1 / lam**2 if l == level else -1 / outer**2
            within = np.divide(P, np.sqrt(N), out=np.zeros_like(P), where=N > 0)
            G -= weighted_product(within, c) * joint * turn[:, None]
        outer = lam
    diagonal = np.einsum("...jj->...j", G)
    diagonal += offer_sums(dP, c) / outer
    if level is not None and level == len(levels) - 1:
        diagonal += offer_sums(P, c) / outer**2
    return G
