"""How strongly excluded instruments move prices, and what nonlinear parameters move."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.berry import within_shares
from inroads.estimation.design.formula_columns import mentions_any
from inroads.estimation.design.matrices import unchecked_design
from inroads.estimation.gmm.parameters import rho_names
from inroads.estimation.specification.demand import Demand
from inroads.tables.formulas import design_matrix
from inroads.tables.panel import Panel

if TYPE_CHECKING:
    from inroads.estimation.results import Estimate

#: A column is explained by others when less than this fraction of it is left.
RANK_TOLERANCE = 1e-9
_COLUMNS = ["F", "robust_F", "partial_R2", "effective_F", "critical_F"]
# The tenth of the worst bias is one over this.
_TOLERATED = 10.0
_BEYOND = "beyond fixed effects and exogenous columns"


def first_stage(panel: Panel, demand: Demand) -> pd.DataFrame:
    """How strongly excluded instruments move each endogenous column of `linear`.

    Fixed effects and exogenous columns are taken out first (Frisch and Waugh 1933). With several
    rows, each F may be high though the instruments move all columns only together. When `nested`,
    the logarithm of the share within the nest is endogenous too: its row is called rho (rho[0], ...
    by level).

    Parameters
    ----------
    panel : Panel
        With excluded instruments demand_instruments0...
    demand : Demand
        What is to be estimated; its random coefficients play no part.

    Returns
    -------
    DataFrame
        A row a column: F, of the hypothesis that the excluded instruments have no effect, with
        homoskedastic errors; robust_F, the same with White's (1980) covariance times N / degrees
        (not a number where instruments fit some products exactly); partial_R2, the part of the
        variance they explain; effective_F, that of Montiel Olea and Pflueger (2013), with
        critical_F, the value above which the bias of two-stage least squares is (at 5 percent) at
        most a tenth of the worst there can be; instruments, how many are counted once those that
        others explain are left out; degrees, of freedom that remain.

    Raises
    ------
    InputError
        For formulas and columns at fault, and where nothing is to be instrumented, or there is
        nothing to do it with.

    References
    ----------
    White, H. (1980), A heteroskedasticity-consistent covariance matrix estimator and a direct test
    for heteroskedasticity, Econometrica 48(4).
    Montiel Olea, J. L. and Pflueger, C. (2013), A robust test for weak instruments, Journal of
    Business and Economic Statistics 31(3); the simplified critical value of its section 3.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> rng = np.random.default_rng(0)
    >>> cost = rng.uniform(1, 2, 200)
    >>> products = pd.DataFrame({
    ...     "market_ids": np.arange(200), "prices": cost + rng.normal(0, 0.1, 200), "shares": 0.3,
    ...     "demand_instruments0": cost,
    ... })
    >>> strength = ir.first_stage(ir.read_panel(products), ir.Demand("1 + prices"))
    >>> bool(strength.loc["prices", "F"] > 100)
    True
    """
    plain = replace(demand, random=None, demographics=None, lognormal=())
    design = unchecked_design(plain, panel)
    raw = design_matrix(demand.linear, panel.products)[0].to_numpy(float)
    X1, columns = design.X1, list(design.linear)
    endogenous = np.array([mentions_any(name, demand.endogenous) for name in columns], dtype=bool)
    if len(design.nests):
        within = within_shares(design, panel.products)
        X1, raw = np.hstack([X1, design.without_fixed_effects(within)]), np.hstack([raw, within])
        columns += rho_names(len(design.nests))
        endogenous = np.concatenate([endogenous, np.ones(len(design.nests), dtype=bool)])
    if not endogenous.any():
        raise refuse(
            expected="an endogenous column, prices unless demand says otherwise",
            found="none",
            where="linear",
            remedy="add it to the linear formula.",
        )
    own = {name for name, e in zip(columns, endogenous, strict=True) if not e}
    excluded = [name not in own for name in design.instruments]
    W = _basis(X1[:, ~endogenous], np.linalg.norm(raw[:, ~endogenous], axis=0))
    Z = design.Z[:, excluded]
    Q = _basis(_without(W, Z), np.linalg.norm(Z, axis=0))
    degrees = len(Z) - W.shape[1] - Q.shape[1] - design.absorbed_rank
    if not Q.shape[1] or degrees <= 0:
        expected = f"excluded instruments that vary {_BEYOND}, and more products than all of these"
        raise refuse(
            expected=expected,
            found="none",
            where="products",
            remedy="add other instruments, or absorb fewer fixed effects.",
        )
    names = [name for name, e in zip(columns, endogenous, strict=True) if e]
    X = _without(W, X1[:, endogenous])
    fixed = np.linalg.norm(X, axis=0) <= RANK_TOLERANCE * np.linalg.norm(raw[:, endogenous], axis=0)
    if fixed.any():
        expected = f"{names[int(np.argmax(fixed))]} to vary {_BEYOND}"
        raise refuse(
            expected=expected,
            found="none",
            where="products",
            remedy="absorb fewer fixed effects, or drop the column.",
        )
    strength = [_strength(x, Q, degrees) for x in X.T]
    frame = pd.DataFrame(strength, names, _COLUMNS)
    return frame.assign(instruments=Q.shape[1], degrees=degrees)


def conditional_strength(fit: Estimate) -> pd.DataFrame:
    """How strongly instruments of demand move each parameter's column, the others held.

    The column of a parameter that is searched (sigma, pi, rho) is what it does to mean utilities,
    -ddelta/dtheta at the estimate, as that of a linear one is its regressor. What the others'
    columns, found by two-stage least squares, leave of it is regressed on the instruments: first
    stages may all be strong where instruments move all columns only together (Sanderson and
    Windmeijer 2016). Below 10 or so the parameter's standard error is not to be trusted: its
    `profile` is. Micro data and supply, which may tell what instruments do not, are left aside.

    Parameters
    ----------
    fit : Estimate
        Of demand.

    Returns
    -------
    DataFrame
        A row an endogenous column of `linear` or a parameter that was searched, those at a bound or
        at the edge left out: conditional_F, with homoskedastic errors; partial_R2, what instruments
        explain of what is left of the column; instruments, how many; degrees, of the numerator.

    Raises
    ------
    InputError
        Where nothing is endogenous or searched, and for fewer instruments than such columns.

    References
    ----------
    Sanderson, E. and Windmeijer, F. (2016), A weak instrument F-test in linear IV models with
    multiple endogenous variables, Journal of Econometrics 190(2).
    """
    from inroads.estimation.problem import problem_again

    problem, design = problem_again(fit), fit.design
    demand = problem.regressions[0]
    theta = fit.params.to_numpy()[len(problem.names) - len(problem.theta_names) :]
    slopes = problem.equations.jacobian(problem.equations.at(theta)).dy[0]
    linear = [*design.linear, *problem.names[len(design.linear) : demand.X.shape[1]]]
    columns = np.hstack([demand.X, -slopes])
    names = [*linear, *problem.theta_names]
    left_out = {*fit.at_bounds, *fit.at_edge}
    moved = np.array(
        [
            k >= len(design.linear) or mentions_any(name, fit.demand.endogenous)
            for k, name in enumerate(names)
        ]
    )
    moved &= np.array([name not in left_out for name in names])
    exogenous = demand.X[:, ~moved[: demand.X.shape[1]]]
    own = {name for name, m in zip(names, moved, strict=True) if not m}
    excluded = [name not in own for name in design.instruments]
    W = _basis(exogenous, np.linalg.norm(exogenous, axis=0))
    Z = demand.Z[:, excluded]
    Q = _basis(_without(W, Z), np.linalg.norm(Z, axis=0))
    X = _without(W, columns[:, moved])
    M, n = Q.shape[1], X.shape[1]
    degrees = len(Z) - W.shape[1] - M - design.absorbed_rank
    if not n or n > M or degrees <= 0:
        raise refuse(
            expected=f"endogenous columns or searched parameters, and as many instruments ({n})",
            found=f"{M} instruments" if n else "no such column",
            where="conditional_strength",
            remedy="add excluded instruments (ir.differentiation_instruments, say).",
        )
    rows = []
    for k in range(n):
        others = np.delete(X, k, axis=1)
        coefficients = np.linalg.lstsq(Q.T @ others, Q.T @ X[:, k], rcond=None)[0]
        rest = X[:, k] - others @ coefficients
        explained = float(np.sum((Q.T @ rest) ** 2))
        unexplained = float(rest @ rest) - explained
        strength = explained / (M - n + 1) / (unexplained / degrees)
        rows.append((strength, explained / (explained + unexplained), M, M - n + 1))
    index = pd.Index([name for name, m in zip(names, moved, strict=True) if m])
    return pd.DataFrame(rows, index, ["conditional_F", "partial_R2", "instruments", "degrees"])


def _basis(columns: Array, sizes: Array) -> Array:
    """Orthonormal columns that span those of `columns` (N, K) which are more than rounding."""
    nonzero = columns[:, np.linalg.norm(columns, axis=0) > RANK_TOLERANCE * sizes]
    if not nonzero.shape[1]:
        return nonzero
    U, s, _ = np.linalg.svd(nonzero / np.linalg.norm(nonzero, axis=0), full_matrices=False)
    return np.asarray(U[:, s > RANK_TOLERANCE * s[0]])


def _without(Q: Array, columns: Array) -> Array:
    return np.asarray(columns - Q @ (Q.T @ columns))


def _strength(x: Array, Q: Array, degrees: int) -> tuple[float, ...]:
    """The numbers of `_COLUMNS` of x (N,) on orthonormal columns Q (N, M)."""
    b = Q.T @ x
    residual = x - Q @ b
    explained, unexplained = float(b @ b), float(residual @ residual)
    if unexplained <= RANK_TOLERANCE**2 * (explained + unexplained):
        return np.inf, np.inf, 1.0, np.inf, np.nan
    scores = Q * residual[:, None]
    S = scores.T @ scores * (len(x) / degrees)
    exact = np.linalg.eigvalsh(S)[0] <= RANK_TOLERANCE * unexplained / degrees
    robust = np.nan if exact else float(b @ np.linalg.solve(S, b)) / len(b)
    return (
        explained / len(b) / (unexplained / degrees),
        robust,
        explained / (explained + unexplained),
        explained / float(np.trace(S)) if S.any() else np.inf,
        _critical_F(S),
    )


def _critical_F(S: Array) -> float:
    """The 95 percent quantile of the effective F where instruments are just strong enough.

    By Patnaik's approximation with the largest noncentrality that S (M, M) allows (Montiel Olea and
    Pflueger 2013, equation 15 and theorem 1).
    """
    from scipy.special import chndtrix

    if not S.any():
        return float("nan")
    trace, largest = float(np.trace(S)), float(np.linalg.eigvalsh(S)[-1])
    freedom = trace**2 * (1 + 2 * _TOLERATED)
    freedom /= float(np.sum(S**2)) + 2 * _TOLERATED * trace * largest
    return float(chndtrix(0.95, freedom, _TOLERATED * freedom)) / freedom
