"""From shares back to mean utilities (Berry 1994): a contraction, then a convex minimisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array, ChoiceModel
from inroads.choice.inversion.accelerated import contract
from inroads.choice.inversion.share_matching import FAR, Matching, match, worst_status
from inroads.choice.logit import Logit
from inroads.errors import refuse
from inroads.solution import Solution

#: Bytes of a (B, J, I) array that is still worked on at once.
STACK_BYTES = 3 * 2**20


def invert(
    targets: ArrayLike,
    mu: ArrayLike,
    weights: ArrayLike,
    *,
    outside: ArrayLike = 0.0,
    model: ChoiceModel | None = None,
    start: ArrayLike | None = None,
    tolerance: float = 1e-13,
    max_iterations: int = 200,
    throw: bool = True,
) -> Solution[Array]:
    """Mean utilities delta at which the model's shares equal `targets`.

    The inverse exists and is unique (Berry 1994); that it minimises a convex function is the dual
    of the surplus (Galichon and Salanie 2022). Leading axes are markets; each stops on its own.

    Parameters
    ----------
    targets : (..., J) array
        Shares, positive, summing to less than one.
    mu : (..., J, I) array
        Deviations from mean utility, -inf where an agent cannot choose an offer.
    weights : (..., I) array
        Of agents, summing to one.
    outside : float or (..., I) array
        Utility of the outside option.
    model : ChoiceModel, optional
        `Logit()` unless given.
    start : (..., J) array, optional
        A delta to begin from.
    tolerance : float
        Of the residual.
    max_iterations : int
        Of the accelerated contraction, and again of Newton's method where that slows down.
    throw : bool
        Whether a market that misses `tolerance` is an error; else the Solution says so.

    Returns
    -------
    Solution
        Of delta (..., J); its residual is the largest ``|log s - log S|`` over offers and markets.

    Raises
    ------
    InputError
        For shares that no model can have and offers nobody can choose.
    ConvergenceError
        Where a market misses `tolerance`.

    References
    ----------
    Berry, S. (1994), Estimating discrete-choice models of product differentiation, RAND Journal of
    Economics 25(2).
    Galichon, A. and Salanie, B. (2022), Cupid's invisible hand: social surplus and identification
    in matching models, Review of Economic Studies 89(5).

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.choice import invert
    >>> mu, weights = np.array([[1.0, -1.0], [0.0, 0.0]]), np.array([0.5, 0.5])
    >>> delta = invert([0.2, 0.3], mu, weights).unwrap()
    >>> delta.round(3)
    array([-1.211, -0.511])
    """
    mu = np.asarray(mu, dtype=np.float64)
    S, w, u0 = (np.asarray(x, dtype=np.float64) for x in (targets, weights, outside))
    J, agents = mu.shape[-2:]
    batch = np.broadcast_shapes(mu.shape[:-2], S.shape[:-1], w.shape[:-1])
    S = np.broadcast_to(S, (*batch, J)).reshape(-1, J)
    mu = np.broadcast_to(mu, (*batch, J, agents)).reshape(-1, J, agents)
    w = np.broadcast_to(w, (*batch, agents)).reshape(-1, agents)
    u0 = np.broadcast_to(u0, (*batch, agents)).reshape(-1, agents)
    _check(S, mu, w)
    first = np.log(S) - np.log1p(-S.sum(axis=-1, keepdims=True)) if start is None else start
    first = np.broadcast_to(np.asarray(first, np.float64).reshape(-1, J), S.shape)
    parts = [
        _invert_stack(
            Matching(model=model or Logit(), T=S[k], mu=mu[k], w=w[k], outside=u0[k]),
            first[k],
            tolerance,
            max_iterations,
        )
        for k in _cached_stacks(len(S), J * agents)
    ]
    solution = Solution(
        np.concatenate([part.value for part in parts]).reshape(*batch, J),
        worst_status([part.status for part in parts]),
        max((part.residual for part in parts), default=0.0),
        max((part.iterations for part in parts), default=0),
    )
    if throw:
        solution.unwrap()
    return solution


def _cached_stacks(markets: int, size: int) -> list[slice]:
    """Markets of `size` numbers, a few at a time: larger stacks leave the processor's cache."""
    count = max(1, STACK_BYTES // (8 * max(size, 1)))
    return [slice(k, k + count) for k in range(0, max(markets, 1), count)]


def _invert_stack(
    problem: Matching, start: Array, tolerance: float, max_iterations: int
) -> Solution[Array]:
    """The contraction, and Newton's method in markets where it slows down."""
    contraction = contract(
        problem.curve,
        problem.model,
        problem.T,
        start,
        tolerance=tolerance,
        max_steps=max_iterations,
    )
    delta, size = contraction.delta, contraction.size
    rest = ~(size <= tolerance)
    if not rest.any():
        return contraction.solution(tolerance)
    # Where it ran far off, shares hardly answer to utilities: Newton's method begins anew.
    near = np.abs(delta - start).max(axis=-1, keepdims=True) <= FAR
    begin = np.where(near, delta, start)[rest]
    solution = match(problem[rest], begin, tolerance, max_iterations)
    delta = delta.copy()
    delta[rest] = solution.value
    residual = max(solution.residual, float(size[~rest].max(initial=0.0)))
    iterations = contraction.steps + solution.iterations
    return Solution(delta, solution.status, residual, iterations)


def _check(S: Array, mu: Array, w: Array) -> None:
    all_finite = check_agents(mu, w)
    bad = np.argwhere(~((S > 0) & (S < 1)))
    if bad.size or not (S.sum(axis=-1) < 1).all():
        market, offer = bad[0] if bad.size else (int(np.argmax(S.sum(axis=-1))), None)
        raise refuse(
            expected="shares above 0 that sum to less than 1",
            found=f"a sum of {S[market].sum():.6g} in market {market}"
            if offer is None
            else f"share {S[market, offer]} of offer {offer} in market {market}",
            where="targets",
            remedy="drop offers that did not sell, or enlarge the market",
        )
    if all_finite:
        return
    nobody = np.argwhere(np.isneginf(mu).all(axis=-1))
    if nobody.size:
        raise refuse(
            expected="every offer in some agent's choice set",
            found=f"offer {nobody[0][1]} in nobody's, in market {nobody[0][0]}",
            where="mu",
            remedy="drop the offer or widen the choice sets",
        )


def check_agents(mu: Array, w: Array) -> bool:
    """Refuse NaN among utilities and negative weights, with which surplus would not be convex.

    Whether utilities are known to be finite: their sum is, found in a fraction of the time.
    """
    all_finite = bool(np.isfinite(mu.sum()))
    for name, wrong, expected in (
        ("mu", np.False_ if all_finite else np.isnan(mu), "numbers or -inf"),
        ("weights", ~(w >= 0), "weights of at least 0"),
    ):
        if wrong.any():
            raise refuse(
                expected=expected,
                found=f"{int(wrong.sum())} cells that are not",
                where=name,
                remedy="correct or drop these agents",
            )
    return all_finite
