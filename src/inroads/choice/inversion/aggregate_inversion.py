"""Inversion on margins: a market from sums of shares, as tables print them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array, DemandModel
from inroads.choice.inversion.invert import check_agents
from inroads.choice.inversion.share_matching import Matching, match
from inroads.choice.logit import Logit
from inroads.errors import UnreachableError, refuse
from inroads.numerics.columns import independent_columns
from inroads.solution import Solution, Status


def invert_aggregates(
    A: ArrayLike,
    targets: ArrayLike,
    mu: ArrayLike,
    weights: ArrayLike,
    *,
    outside: ArrayLike = 0.0,
    model: DemandModel | None = None,
    start: ArrayLike | None = None,
    tolerance: float = 1e-13,
    max_iterations: int = 200,
    throw: bool = True,
) -> Solution[Array]:
    """Mean utilities A psi at which sums of shares A's equal `targets`.

    A target that others imply keeps psi = 0: it adds nothing, and its value must agree with them.

    Parameters
    ----------
    A : (J, K) array
        Column k adds up the shares that target k is about (by manufacturer, channel, tier...).
    targets : (K,) array
        T, positive.
    mu : (J, I) array
        Deviations from mean utility, -inf where an agent cannot choose an offer.
    weights : (I,) array
        Of agents, summing to one.
    outside : float or (I,) array
        Utility of the outside option.
    model : DemandModel, optional
        `Logit()` unless given: any `ChoiceModel`, or one of cells.
    start : (K,) array, optional
        A psi to begin from.
    tolerance : float
        Of the residual.
    max_iterations : int
        Of Newton's method.
    throw : bool
        Whether a failure is an error; else the Solution says so, status UNREACHABLE or another.

    Returns
    -------
    Solution
        Of psi (K,); its residual is the largest ``|log A's - log T|``.

    Raises
    ------
    InputError
        For targets not positive.
    UnreachableError
        Where targets contradict each other or ask for more than agents' choice sets allow; its
        `direction` (K,) weighs the targets that cannot hold together.
    ConvergenceError
        Where `tolerance` is missed otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from inroads.choice import Logit, invert_aggregates
    >>> A = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> mu, weights = np.array([[0.5], [0.0], [0.0]]), np.ones(1)
    >>> psi = invert_aggregates(A, [0.3, 0.2], mu, weights).unwrap()
    >>> P, _ = Logit().evaluate(A @ psi[:, None] + mu)
    >>> (A.T @ P @ weights).round(6)
    array([0.3, 0.2])
    """
    A, T, mu, w = (np.asarray(x, dtype=np.float64) for x in (A, targets, mu, weights))
    if not (T > 0).all():
        k = int(np.argmin(T))
        raise refuse(
            expected="targets above 0",
            found=f"{T[k]} (target {k})",
            where="targets",
            remedy="drop the offers of a margin that sold nothing",
        )
    check_agents(mu, w)
    u0 = np.broadcast_to(np.asarray(outside, dtype=np.float64), w.shape)
    independent = independent_columns(A)
    conflict = _conflict(A, T, independent)
    if conflict is not None:
        if throw:
            raise UnreachableError(
                "expected targets that agree; found some that contradict each other "
                f"(combination {np.round(conflict, 3).tolist()} of A's should be 0, and is "
                f"{conflict @ T:.3g} of targets). Remedy: correct or drop one of them.",
                conflict,
            )
        return Solution(np.zeros(len(T)), Status.UNREACHABLE, float(abs(conflict @ T)), 0)
    problem = Matching(
        model=model or Logit(),
        T=T[None, independent],
        mu=mu[None],
        w=w[None],
        outside=u0[None],
        A=A[:, independent],
    )
    first = np.zeros(len(T)) if start is None else np.asarray(start, dtype=np.float64)
    solution = match(problem, first[None, independent], tolerance, max_iterations)
    psi = np.zeros(len(T))
    psi[independent] = solution.value[0]
    if throw and solution.status is Status.UNREACHABLE:
        direction = psi / np.abs(psi).max()
        raise UnreachableError(
            "expected targets within reach of agents' choice sets; found none that meet them: the "
            f"combination {np.round(direction, 3).tolist()} of targets asks for more than anyone "
            "can choose. Remedy: lower the targets with the largest weights, or widen choice sets.",
            direction,
        )
    if throw:
        solution.unwrap()
    return Solution(psi, solution.status, solution.residual, solution.iterations)


def _conflict(A: Array, T: Array, independent: list[int]) -> Array | None:
    """The first combination of targets (K,) that should be nothing by A and is not by T."""
    for k in sorted(set(range(A.shape[1])) - set(independent)):
        x = np.linalg.lstsq(A[:, independent], A[:, k], rcond=None)[0]
        if abs(T[k] - T[independent] @ x) > 1e-9 * max(
            abs(T[k]), np.abs(T[independent] * x).max(initial=0.0)
        ):
            conflict = np.zeros(A.shape[1])
            conflict[k], conflict[independent] = 1.0, np.where(np.abs(x) > 1e-12, -x, 0.0)
            return conflict
    return None
