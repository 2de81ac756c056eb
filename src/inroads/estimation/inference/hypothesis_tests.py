"""Tests of restrictions on an estimate: Wald, score and distance (Newey and McFadden 1994, 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.inference.covariance import ChiSquared, MomentJacobian, efficient_objective
from inroads.estimation.problem import build_problem
from inroads.numerics.blas_threads import one_blas_thread

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

__all__ = ["ChiSquared", "distance", "score", "wald"]
# A restriction that adds less than this to the rank says nothing.
_RANK = 1e-10
_NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")


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
    unknown = [names[k] for k in touched if not V[k, k] >= 0 or names[k] in estimate.at_edge]
    if unknown:
        raise refuse(
            expected="parameters with a standard error",
            found=f"{', '.join(unknown)}: at a bound or zero, or not determined by the moments",
            where="hypothesis",
            remedy="leave them out of the hypothesis; fit.profile(name) tests values of one.",
        )
    R, V = R[:, touched], V[np.ix_(touched, touched)]
    RVR = R @ V @ R.T
    size = np.sqrt(np.diag(RVR))
    if not (size > 0).all() or np.linalg.eigvalsh(RVR / np.outer(size, size))[0] < _RANK:
        raise refuse(
            expected="restrictions that say different things",
            found=text,
            where="hypothesis",
            remedy="drop what repeats another.",
        )
    deviation = R @ estimate.params.to_numpy()[touched] - r
    return ChiSquared(text, float(deviation @ np.linalg.solve(RVR, deviation)), len(r))


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
        wider = build_problem(
            restricted.demand,
            restricted.panel,
            restricted.design.supply,
            start,
            bounds=None,
            errors=restricted.errors,
            micro=restricted.micro,
            micro_covariance=restricted.micro_covariance,
        )
        names = list(wider.names)
        added = [n for n in names if n not in old]
        if not added or set(old) - set(names):
            raise refuse(
                expected="a start with every entry of the estimate and some more",
                found=f"{len(added)} more, without {', '.join(set(old) - set(names)) or 'none'}",
                where="hypothesis",
                remedy="give numbers other than zero where the alternative has parameters.",
            )
        value = {n: float(restricted.params[n]) if n in old else 0.0 for n in names}
        searched = list(wider.theta_names)
        theta = np.array([value[n] for n in searched])
        beta = np.array([value[n] for n in names[: len(names) - len(theta)]])
        values = wider.equations.at(theta)
        slopes = wider.equations.jacobian(values)
        residuals = wider.residuals(values.y, beta)
        S = wider.moment_covariance(values, beta)
        at_bounds = np.isin(searched, restricted.at_bounds)
        regressions = wider.regressions
        jacobian = MomentJacobian.at(
            regressions,
            residuals,
            slopes.dy,
            wider.bounds.length,
            at_bounds=at_bounds,
            beta=beta,
        )
    unidentified = jacobian.unidentified(names, added)
    if unidentified:
        raise refuse(
            expected="moments that answer to each added parameter at zero",
            found=f"none that answer to {', '.join(unidentified)}",
            where="hypothesis",
            remedy="compare an estimate with it by distance, or test it by wald.",
        )
    old_only = np.isin(names, old)
    gain = efficient_objective(regressions, jacobian, residuals, S, may_move=old_only)
    gain -= efficient_objective(regressions, jacobian, residuals, S)
    return ChiSquared(f"{', '.join(added)} = 0", gain, len(added))


def distance(estimate: Estimate, restricted: Estimate) -> ChiSquared:
    """Objective of `restricted` minus that of `estimate`, with the same efficient weights.

    Estimate `restricted` with steps=1, initial_weighting=estimate.weights. Raises InputError for
    other weights or data, weights that are not efficient, searches that did not converge, and a
    restricted model that is not within the other.
    """
    faults = (
        (estimate.efficient, "an estimate with efficient weights", "use steps=2 or 'iterated'."),
        (
            estimate.weights.shape == restricted.weights.shape
            and np.allclose(estimate.weights, restricted.weights, rtol=1e-8, atol=0.0),
            "the same weights in both",
            "estimate the restricted model with steps=1, initial_weighting=estimate.weights.",
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
            raise refuse(expected=expected, found="another", where="hypothesis", remedy=remedy)
    dropped = [str(n) for n in estimate.params.index if n not in restricted.params.index]
    statistic = restricted.objective - estimate.objective
    return ChiSquared(f"{', '.join(dropped)} = 0", statistic, len(dropped))


def restrictions(
    hypothesis: str | Mapping[str, float] | tuple[ArrayLike, ArrayLike], names: Sequence[str]
) -> tuple[Array, Array, str]:
    """R (q, K), r (q,) and the hypothesis in words; raises InputError where it cannot be read."""
    if isinstance(hypothesis, str):
        rows = [_equation(term, names) for term in _split(hypothesis)]
        R, r, text = np.array([a for a, _ in rows]), np.array([-b for _, b in rows]), hypothesis
    elif isinstance(hypothesis, Mapping):
        unknown = [n for n in hypothesis if n not in names]
        if unknown or not hypothesis:
            raise _unknown(str(unknown[0]) if unknown else "nothing", names)
        R = np.array([[float(n == name) for name in names] for n in hypothesis])
        r = np.array(list(hypothesis.values()), dtype=float)
        text = ", ".join(f"{n} = {v:g}" for n, v in hypothesis.items())
    else:
        R, r = (np.atleast_1d(np.asarray(x, dtype=float)) for x in hypothesis)
        R, text = np.atleast_2d(R), "R b = r"
    if R.shape != (len(r), len(names)) or not len(r) or not np.isfinite(R).all():
        raise refuse(
            expected=f"restrictions (q, {len(names)}) with q numbers",
            found=f"{R.shape} and {r.shape}",
            where="hypothesis",
            remedy="give a row for each restriction.",
        )
    return R, r, text


def _split(text: str) -> list[str]:
    """Parts between commas outside brackets."""
    depth, pieces = 0, [""]
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces


def _equation(text: str, names: Sequence[str]) -> tuple[Array, float]:
    """Coefficients (K,) and constant of left minus right, which is to be zero."""
    sides = text.split("=")
    if len(sides) != 2:
        raise _unreadable(text, "one '=' in each restriction")
    left, right = (_sum(side, text, names) for side in sides)
    return left[0] - right[0], left[1] - right[1]


def _sum(side: str, text: str, names: Sequence[str]) -> tuple[Array, float]:
    """A sum of terms: number, name, number * name, number name; signs between them."""
    left, coefficients, constant, first = side.strip(), np.zeros(len(names)), 0.0, True
    while left or first:
        sign = re.match(r"[+-]", left)
        if not (sign or first):
            raise _unreadable(text, "+ or - between terms")
        value = -1.0 if sign and sign[0] == "-" else 1.0
        left = left[1:].lstrip() if sign else left
        name = _name(left, names)
        number = None if name else _NUMBER.match(left)
        if number:
            value *= float(number[0])
            left = left[number.end() :].lstrip()
            times = left.startswith("*")
            left = left[1:].lstrip() if times else left
            name = _name(left, names)
            if times and not name:
                raise _unknown(left or "nothing", names)
        if name:
            coefficients[list(names).index(name)] += value
            left = left[len(name) :].lstrip()
        elif number:
            constant += value
        else:
            raise _unknown(left or "nothing", names)
        first = False
    return coefficients, constant


def _name(text: str, names: Sequence[str]) -> str | None:
    """The longest parameter's name that the text begins with; a bare number is none."""
    candidates = [n for n in names if text.startswith(n) and not _NUMBER.fullmatch(n)]
    return max(candidates, key=len, default=None)


def _unreadable(text: str, expected: str) -> InputError:
    return refuse(
        expected=expected,
        found=text.strip() or "nothing",
        where="hypothesis",
        remedy="write 'sigma[prices] = 0, pi[prices, income] = 2 * pi[prices, age]', say.",
    )


def _unknown(name: str, names: Sequence[str]) -> InputError:
    return refuse(
        expected=f"a number or a parameter ({', '.join(names)})",
        found=name,
        where="hypothesis",
        remedy="correct the name.",
    )
