"""Random effects of one or several crossed groupings, by restricted maximum likelihood.

y = X beta + sum_k Z_k u_k + e, where Z_k says which group of grouping k a row belongs to,
u_k ~ N(0, lambda_k sigma^2) and e ~ N(0, sigma^2). With u_k = root(lambda_k) b_k and W = (X, the
scaled Z), Henderson's equations C (beta, b) = W'y, C = W'W + diag(0, 1), are a ridge regression
that has an answer at lambda = 0 too:

- REML minimises (N - K) log(RSS / (N - K)) + log|C|, RSS = y'y - y'W C^-1 W'y;
- beta and b have the joint error covariance sigma^2 C^-1 (best linear unbiased prediction);
- without row i, its residual would be e_i / (1 - h_i), with variance sigma^2 / (1 - h_i), where
  h_i = w_i' C^-1 w_i.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve, solve_triangular

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.numerics.blas_threads import on_one_blas_thread

#: lambda of no grouping is looked for beyond: its groups would explain all but a hundredth.
_LARGEST_RATIO = 100.0
# Differences of the objective that are rounding.
_FLAT = 1e-7


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomEffects:
    """An estimated model of random effects.

    Attributes
    ----------
    X : (N, K) array
        Fixed covariates.
    groups : tuple of (N,) arrays
        Codes from 0, one array a grouping.
    ratios : (G,) array
        lambda, the variance of each grouping's effects over that of the residual.
    residual_variance : float
        sigma^2.
    coefficients : (K,) array
        beta, by generalised least squares.
    effects : tuple of arrays
        Best linear unbiased predictions of each grouping's effects.
    covariance : (K + Q, K + Q) array
        Of the errors of coefficients and effects, in this order.
    deleted_residuals : (N,) array
        What each row differs by from its prediction by all the others, in standard deviations.
    """

    X: Array
    groups: tuple[np.ndarray, ...]
    ratios: Array
    residual_variance: float
    coefficients: Array
    effects: tuple[Array, ...]
    covariance: Array
    deleted_residuals: Array

    @property
    def variances(self) -> Array:
        """Of each grouping's effects (G,)."""
        return self.residual_variance * self.ratios

    @property
    def standard_errors(self) -> Array:
        """Of coefficients (K,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)[: self.X.shape[1]]))

    @cached_property
    def _firsts(self) -> Array:
        """Where each grouping's effects begin among coefficients and effects (G,)."""
        sizes = [self.X.shape[1], *(len(effect) for effect in self.effects)]
        return np.cumsum(sizes)[:-1]

    def predict(self, X: Array, groups: Sequence[np.ndarray]) -> tuple[Array, Array]:
        """Means and variances of new rows, their residuals among them.

        Parameters
        ----------
        X : (n, K) array
            Their covariates.
        groups : sequence of (n,) arrays
            Codes of each grouping, -1 for a group never seen, whose effect is a draw from the
            estimated distribution.

        Returns
        -------
        tuple of (n,) arrays
            Means, and variances with the error of what is estimated.
        """
        n, size = len(X), len(self.covariance)
        rows = np.zeros((n, size))
        rows[:, : X.shape[1]] = X
        variance = np.full(n, self.residual_variance)
        for codes, first, group_variance in zip(groups, self._firsts, self.variances, strict=True):
            seen = codes >= 0
            rows[np.flatnonzero(seen), first + codes[seen]] = 1.0
            variance += np.where(seen, 0.0, group_variance)
        mean = rows @ np.concatenate([self.coefficients, *self.effects])
        return mean, variance + np.einsum("np,pq,nq->n", rows, self.covariance, rows)


@on_one_blas_thread
def fit_random_effects(y: Array, X: Array, groups: Sequence[np.ndarray] = ()) -> RandomEffects:
    """Variance components by REML, coefficients and effects at them.

    Parameters
    ----------
    y : (N,) array
        What is explained.
    X : (N, K) array
        Fixed covariates, the intercept among them.
    groups : sequence of (N,) arrays
        Codes 0, 1, ... of each grouping (makers; makers and channels); groupings may be crossed or
        nested.

    Returns
    -------
    RandomEffects
        With predictions for groups seen and never seen.

    Raises
    ------
    InputError
        For too few rows, and covariates that others explain.

    References
    ----------
    Henderson, C. R. (1975), Best linear unbiased estimation and prediction under a selection model,
    Biometrics 31(2).
    Patterson, H. D. and Thompson, R. (1971), Recovery of inter-block information when block sizes
    are unequal, Biometrika 58(3).
    Robinson, G. K. (1991), That BLUP is a good thing: the estimation of random effects, Statistical
    Science 6(1).

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 3.0, 11.0, 13.0])
    >>> fit = fit_random_effects(y, np.ones((4, 1)), [np.array([0, 0, 1, 1])])
    >>> round(fit.residual_variance, 2), fit.variances.round(2).tolist()
    (2.0, [49.0])
    """
    from scipy.optimize import minimize

    y, X = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    N, K = X.shape
    if N <= K or np.linalg.matrix_rank(X) < K:
        raise refuse(
            expected=f"more rows than covariates ({K}), of which none explains another",
            found=f"{N} rows, covariates of rank {np.linalg.matrix_rank(X) if N else 0}",
            where="random effects",
            remedy="leave out covariates.",
        )
    codes = tuple(np.asarray(grouping, dtype=int) for grouping in groups)
    sizes = [int(grouping.max()) + 1 for grouping in codes]
    W = np.hstack([X, *(np.eye(size)[g] for g, size in zip(codes, sizes, strict=True))])
    WW, Wy, yy = W.T @ W, W.T @ y, float(y @ y)

    def scales_at(ratios: Array) -> Array:
        return np.concatenate([np.ones(K), np.repeat(np.sqrt(ratios), sizes)])

    def solved(ratios: Array) -> tuple[Array, Array, float]:
        scales = scales_at(ratios)
        C = WW * np.outer(scales, scales)
        C[np.diag_indices(len(C))] += np.r_[np.zeros(K), np.ones(len(C) - K)]
        factor = np.linalg.cholesky(C)
        solution = cho_solve((factor, True), scales * Wy)
        return factor, solution, max(yy - float((scales * Wy) @ solution), 1e-12 * yy)

    blocks = [slice(end - size, end) for size, end in zip(sizes, K + np.cumsum(sizes), strict=True)]

    def objective(ratios: Array) -> tuple[float, Array]:
        """-2 log likelihood, and its slope: tr(Z'PZ) - (N - K) |Z'Py|^2 / y'Py by grouping."""
        factor, solution, rss = solved(ratios)
        value = float((N - K) * np.log(rss) + 2 * np.log(np.diag(factor)).sum())
        scales = scales_at(ratios)
        unexplained = Wy - WW @ (scales * solution)
        spread = solve_triangular(factor, scales[:, None] * WW[:, K:], lower=True)
        traces = np.diag(WW)[K:] - (spread**2).sum(axis=0)
        slope = [
            traces[b.start - K : b.stop - K].sum() - (N - K) * (unexplained[b] ** 2).sum() / rss
            for b in blocks
        ]
        return value, np.array(slope)

    ratios = np.zeros(0)
    if codes:
        bounds = [(0.0, _LARGEST_RATIO)] * len(codes)
        searches = [
            minimize(
                objective,
                np.full(len(codes), start),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"ftol": 1e-15, "gtol": 1e-9},
            )
            for start in (0.05, 1.0)
        ]
        ratios = np.asarray(min(searches, key=lambda search: search.fun).x)
        if len(codes) == 1:
            ratios = np.array([_polished(lambda at: objective(np.array([at])), float(ratios[0]))])
    factor, solution, rss = solved(ratios)
    variance = rss / (N - K)
    scales = scales_at(ratios)
    inverse = cho_solve((factor, True), np.eye(len(scales)))
    scaled = W * scales
    leverage = np.einsum("np,pq,nq->n", scaled, inverse, scaled)
    residuals = y - scaled @ solution
    parts = np.split(scales * solution, np.cumsum([K, *sizes])[:-1])
    return RandomEffects(
        X=X,
        groups=codes,
        ratios=ratios,
        residual_variance=variance,
        coefficients=parts[0],
        effects=tuple(parts[1:]),
        covariance=variance * inverse * np.outer(scales, scales),
        deleted_residuals=residuals / np.sqrt(variance * np.maximum(1 - leverage, 1e-12)),
    )


def _polished(objective: Callable[[float], tuple[float, Array]], ratio: float) -> float:
    """The minimum near a ratio to the last digits, so that the order of rows does not matter; 1
    where the likelihood says nothing of it, as with one observation more than coefficients."""
    from scipy.optimize import brentq

    def slope_at(at: float) -> float:
        return float(objective(at)[1][0])

    values = [objective(at)[0] for at in (0.0, 1.0, _LARGEST_RATIO)]
    if max(values) - min(values) < _FLAT:
        return 1.0
    for width in (1.01, 1.5, 5.0) if ratio > 0 else ():
        low, high = ratio / width, min(ratio * width, _LARGEST_RATIO)
        if slope_at(low) < 0 < slope_at(high):
            return float(brentq(slope_at, low, high, xtol=1e-15, rtol=1e-14))
    return min((ratio, 0.0, _LARGEST_RATIO), key=lambda at: objective(at)[0])
