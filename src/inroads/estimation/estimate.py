"""Estimation by GMM: logit, nested logit, random coefficients; demand alone or with supply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from numpy.typing import ArrayLike

from inroads.errors import InputError
from inroads.estimation.gmm.steps import Plan, Steps, run
from inroads.estimation.problem import setting
from inroads.estimation.progress import Report, Watch, told
from inroads.estimation.results import Estimate
from inroads.estimation.specification import Demand, Supply
from inroads.tables.panel import Panel
from inroads.threads import one_blas_thread


def estimate(
    demand: Demand,
    panel: Panel,
    *,
    supply: Supply | None = None,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, Any] | None = None,
    steps: Steps = 2,
    starts: int = 3,
    clustered: bool = False,
    update_first: bool = False,
    weights: ArrayLike | Literal["unscaled"] | None = None,
    seed: int = 0,
    workers: int = 1,
    report: Report | None = None,
) -> Estimate:
    """Demand, or demand and supply, by GMM (Berry, Levinsohn and Pakes 1995).

    start: {"sigma": (K2, K2) or its diagonal, "pi": (K2, D), "prices": number, "rho": number or one
    a level}; entries that are zero stay zero; the coefficient of prices in `linear` is searched
    only beside supply. bounds: {"sigma": (low, high), "pi[prices, income]": (None, 0), ...}, by
    group or by name, numbers or arrays of the start's shape; none but 0 <= rho <= 0.999 unless
    given. A parameter that ends at a bound is named and counts as known. What is not searched has
    no bounds: coefficients of `linear` and, without random coefficients, supply or a start of its
    own, rho, which Berry's (1994) regression may put outside of 0 to 1; the summary then says so.

    steps: 1 weighs moments as two-stage least squares does, costs in money being measured in
    standard deviations of prices, so that the unit of money makes no difference ("unscaled" weights
    take them as they come, as PyBLP does); 2 updates the weights once, by the
    inverse of the centred moments' covariance, robust or (clustered=True) by clustering_ids;
    "iterated" goes on until no parameter moves by more than 1e-4 of its standard error, 100 times
    at most. Standard errors are robust in the same sense. update_first updates weights at the start
    already; `weights` (M, M) are used at first instead of those of two-stage least squares, which
    with steps=1 keeps those of another estimate.

    starts: how many points the first step begins at, the given one and random ones around it drawn
    from `seed`; the best goes on; `searches` of the result has them all. workers: threads over
    markets. report: called with a `Progress` at each evaluation; unless given, a line on stderr
    where that is a terminal. Linear parameters are concentrated out.

    Ctrl-C during a search gives what was found so far, `status` saying so; a search that ends short
    of its tolerance gives an Estimate whose `converged` is False. Raises InputError for what is
    wrong in formulas, tables, start or bounds, fewer moments than parameters, regressors that no
    instrument moves, and a start at which shares cannot be inverted.
    """
    _check(steps, starts, workers)
    with one_blas_thread():
        found = setting(demand, panel, supply, start, bounds, clustered, workers)
        with told(report) as line:
            watch = Watch(line, found.inner)
            ended = run(found, Plan(steps, starts, weights, update_first, seed), watch)
        return Estimate.of(demand, panel, found, ended, watch.total)


def _check(steps: object, starts: object, workers: object) -> None:
    for name, given, fits, expected in (
        ("steps", steps, steps in (1, 2, "iterated"), "1, 2 or 'iterated'"),
        ("starts", starts, isinstance(starts, int) and starts >= 1, "a number of at least 1"),
        ("workers", workers, isinstance(workers, int) and workers >= 1, "a number of at least 1"),
    ):
        if not fits:
            raise InputError.single(
                expected=expected, found=repr(given), where=name, remedy="choose one of these."
            )
