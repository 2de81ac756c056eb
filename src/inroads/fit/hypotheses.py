"""Tests of restrictions on an estimate: Wald, score and distance (Newey and McFadden 1994, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.errors import InputError
from inroads.fit.inference import ChiSquared, Sensitivity, unexplained
from inroads.fit.restrictions import restrictions
from inroads.fit.setting import setting
from inroads.threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.fit.results import Estimate

__all__ = ["ChiSquared", "distance", "score", "wald"]
# A restriction that adds less than this to the rank says nothing.
_RANK = 1e-10


def wald(
    estimate: Estimate, hypothesis: str | Mapping[str, float] | tuple[ArrayLike, ArrayLike]
) -> ChiSquared:
    """(R b - r)'(R V R')^-1 (R b - r) for the restrictions R b = r.

    hypothesis: text such as "sigma[prices] = 0, pi[prices, income] = 2 pi[prices, age]" (a bare
    number is a number: a parameter named 1 goes by a mapping); {name: value}; or (R, r) with R
    (q, K) in the order of params. Raises InputError for unknown names, restrictions that repeat
    each other, and parameters without a standard error.
    """
    names = list(map(str, estimate.params.index))
    R, r, text = restrictions(hypothesis, names)
    V = estimate.covariance.to_numpy()
    touched = np.flatnonzero((R != 0).any(axis=0))
    unknown = [names[k] for k in touched if not V[k, k] >= 0]
    if unknown:
        raise _wrong(
            "parameters with a standard error",
            f"{', '.join(unknown)}: at a bound, or not determined by the moments",
            "leave them out of the hypothesis.",
        )
    R, V = R[:, touched], V[np.ix_(touched, touched)]
    spread = R @ V @ R.T
    size = np.sqrt(np.diag(spread))
    if not (size > 0).all() or np.linalg.eigvalsh(spread / np.outer(size, size))[0] < _RANK:
        raise _wrong("restrictions that say different things", text, "drop what repeats another.")
    miss = R @ estimate.params.to_numpy()[touched] - r
    return ChiSquared(text, float(miss @ np.linalg.solve(spread, miss)), len(r))


def score(restricted: Estimate, start: Mapping[str, Any]) -> ChiSquared:
    """Whether the parameters that `start` has and the estimate kept at zero are zero.

    start: as for `estimate`, entries nonzero for all that is not zero under the alternative; only
    its pattern counts. The statistic is how much of N g'S^-1 g one Gauss-Newton step gains when
    these may move beside the others, at the restricted estimate (the score test, in Neyman's form
    that holds for any weights). Raises InputError where nothing is added, where a parameter of the
    estimate is left out, and where moments do not answer to a parameter at zero (a standard
    deviation, with symmetric nodes): its score says nothing.
    """
    old = list(map(str, restricted.params.index))
    with one_blas_thread():
        wider = setting(
            restricted.demand,
            restricted.panel,
            restricted.design.supply,
            start,
            None,
            restricted.clustered,
        )
        names = list(wider.names)
        added = [n for n in names if n not in old]
        if not added or set(old) - set(names):
            raise _wrong(
                "a start with every entry of the estimate and some more",
                f"{len(added)} more, without {', '.join(set(old) - set(names)) or 'none'}",
                "give numbers other than zero where the alternative has parameters.",
            )
        value = {n: float(restricted.params[n]) if n in old else 0.0 for n in names}
        searched = names[len(names) - wider.system.start.size :]
        theta = np.array([value[n] for n in searched])
        beta = np.array([value[n] for n in names[: len(names) - len(theta)]])
        residuals = wider.residuals(theta, beta)
        S = wider.moment_covariance(theta, beta)
        slopes = wider.system.slopes(theta)
        held = np.isin(searched, restricted.at_bounds)
        equations = wider.system.equations
        all_of = Sensitivity.of(equations, residuals, slopes, wider.limits.length, held)
    silent = all_of.silent(names, added)
    if silent:
        raise _wrong(
            "moments that answer to each added parameter at zero",
            f"none that answer to {', '.join(silent)}",
            "compare an estimate with it by distance, or test it by wald.",
        )
    before = np.isin(names, old)
    gained = unexplained(equations, all_of, residuals, S, before)
    gained -= unexplained(equations, all_of, residuals, S)
    return ChiSquared(f"{', '.join(added)} = 0", gained, len(added))


def distance(estimate: Estimate, restricted: Estimate) -> ChiSquared:
    """Objective of `restricted` minus that of `estimate`, with the same efficient weights.

    Estimate `restricted` with steps=1, weights=estimate.weights. Raises InputError for other
    weights or data, weights that are not efficient, searches that did not converge, and a
    restricted model that is not within the other.
    """
    faults = (
        (estimate.efficient, "an estimate with efficient weights", "use steps=2 or 'iterated'."),
        (
            estimate.weights.shape == restricted.weights.shape
            and np.allclose(estimate.weights, restricted.weights, rtol=1e-8, atol=0.0),
            "the same weights in both",
            "estimate the restricted model with steps=1, weights=estimate.weights.",
        ),
        (
            estimate.converged and restricted.converged,
            "searches that converged",
            "start elsewhere.",
        ),
        (
            set(restricted.params.index) < set(estimate.params.index),
            "a restricted model with some of the parameters, and no others",
            "swap the two, or leave entries of the start out.",
        ),
        (
            np.array_equal(estimate.panel.products["shares"], restricted.panel.products["shares"]),
            "the same products in both",
            "estimate both on one panel.",
        ),
    )
    for holds, expected, remedy in faults:
        if not holds:
            raise _wrong(expected, "another", remedy)
    gone = [str(n) for n in estimate.params.index if n not in restricted.params.index]
    statistic = restricted.objective - estimate.objective
    return ChiSquared(f"{', '.join(gone)} = 0", statistic, len(gone))


def _wrong(expected: str, found: str, remedy: str) -> InputError:
    return InputError.single(expected=expected, found=found, where="hypothesis", remedy=remedy)
