"""Rivers and Vuong's statistic of pairs of models, its F statistics, the model confidence set.

Instruments are taken orthonormal, so that W = (Z'Z / N)^-1 is the identity. With omega_m what
costs implied by model m leave unexplained, g_m = Z'omega_m / N and Q_m = g_m'g_m, the smaller the
better. How Q_m varies follows from each product's influence on g_m, on W and on the estimate of
demand (Duarte, Magnolfi, Solvsten and Sullivan 2024, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.gmm.error_covariance import ErrorGroups, covariance_of_rows

_DRAWS = 99_999
# The tables go to so many instruments, and to this correlation.
_MAX_INSTRUMENTS, _MAX_RHO = 30, 0.99


@dataclass(frozen=True, kw_only=True)
class PairStatistics:
    """Of all pairs of M models: T, F and rho (M, M), above the diagonal; p (M,): confidence set.

    lack_of_fit (M,): Q of each model. instruments: how many.
    """

    T: Array
    F: Array
    rho: Array
    p: Array
    lack_of_fit: Array
    instruments: int


def pair_statistics(
    Z: Array,
    omega: Array,
    demand_influence: list[Array],
    groups: ErrorGroups,
    *,
    seed: int,
) -> PairStatistics:
    """From orthonormal instruments Z (N, K), Z'Z = N, and residual costs omega (M, N).

    demand_influence: each product's influence on g_m through demand, (N, K) of each model.
    """
    N, K = Z.shape
    M = len(omega)
    g = omega @ Z / N
    Q = np.sum(g**2, axis=1)
    influence_on_Q, on_coefficients = [], []
    for m in range(M):
        on_g = Z * omega[m][:, None] - g[m] + demand_influence[m]
        # dQ = 2 g'dg + g'dW g, and W^-1 moves by z z' - 1.
        influence_on_Q.append(2 * on_g @ g[m] - (Z @ g[m]) ** 2 + Q[m])
        on_coefficients.append(Z * (omega[m] - Z @ g[m])[:, None] + demand_influence[m])
    S = covariance_of_rows(np.column_stack(influence_on_Q), groups)
    T = np.full((M, M), np.nan)
    for a, b in combinations(range(M), 2):
        T[a, b] = np.sqrt(N) * (Q[a] - Q[b]) / np.sqrt(S[a, a] + S[b, b] - 2 * S[a, b])
    F, rho = _strength(g, covariance_of_rows(np.hstack(on_coefficients), groups), N)
    return PairStatistics(
        T=T,
        F=F,
        rho=rho,
        p=_confidence_set(T, S, seed),
        lack_of_fit=Q,
        instruments=K,
    )


def _strength(g: Array, V: Array, N: int) -> tuple[Array, Array]:
    """F and rho (M, M) of pairs from g (M, K) and the covariance V (M K, M K) of its influences."""
    M, K = g.shape
    blocks = V.reshape(M, K, M, K)
    sigma = np.einsum("akbk->ab", blocks) / K
    F, rho = np.full((M, M), np.nan), np.full((M, M), np.nan)
    for a, b in combinations(range(M), 2):
        aa, bb, ab = sigma[a, a], sigma[b, b], sigma[a, b]
        rho[a, b] = (aa - bb) / np.sqrt((aa + bb) ** 2 - 4 * ab**2)
        numerator = bb * g[a] @ g[a] + aa * g[b] @ g[b] - 2 * ab * g[a] @ g[b]
        F[a, b] = (1 - rho[a, b] ** 2) * N / (2 * K) * numerator / (aa * bb - ab**2)
    return F, rho


def _confidence_set(T: Array, S: Array, seed: int) -> Array:
    """p values (M,) of the model confidence set (Hansen, Lunde and Nason 2011).

    The model that fits worst leaves, one after the other, with the probability of so large a
    largest |T| among those that are left; none has less than one that left before it.
    """
    M = len(T)
    left, p, largest_so_far = list(range(M)), np.ones(M), 0.0
    rng = np.random.default_rng(seed)
    draws = rng.multivariate_normal(np.zeros(M), S, size=_DRAWS, method="eigh")
    while len(left) > 1:
        pairs = list(combinations(left, 2))
        values = np.array([T[pair] for pair in pairs])
        a, b = pairs[int(np.argmax(np.abs(values)))]
        worst = a if T[a, b] > 0 else b
        simulated = np.max(
            [
                np.abs(draws[:, a] - draws[:, b]) / np.sqrt(S[a, a] + S[b, b] - 2 * S[a, b])
                for a, b in pairs
            ],
            axis=0,
        )
        largest_so_far = max(largest_so_far, float(np.mean(simulated > np.abs(values).max())))
        p[worst] = largest_so_far
        left.remove(worst)
    return p


@cache
def _table() -> pd.DataFrame:
    """Critical values of F by number of instruments and |rho|, computed by the paper's authors.

    From pyRVtest 0.3.2 (MIT licence), files f_critical_values_size_rho and
    f_critical_values_power_rho.
    """
    source = files("inroads.estimation.conduct_tests").joinpath("critical_values.csv")
    with source.open(encoding="utf-8") as file:
        table = pd.read_csv(file)
    return table.set_index(["instruments", table["rho"].round(2)]).drop(columns="rho")


def critical_values(instruments: int, rho: float) -> pd.Series:
    """F above which a 5 percent test has size of at most 12.5, 10, 7.5 percent; power 50, 75, 95.

    instruments: how many (beyond 30, as of 30); rho: of a pair.
    """
    place = min(instruments, _MAX_INSTRUMENTS), min(round(abs(rho), 2), _MAX_RHO)
    return pd.Series(_table().loc[place])
