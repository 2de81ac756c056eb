"""Estimation by GMM: logit, nested logit, random coefficients; demand alone or with supply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Literal

from numpy.typing import ArrayLike

from inroads.errors import refuse
from inroads.estimation.collect_estimate import collect_estimate
from inroads.estimation.gmm_steps import GmmOptions, Steps, run_gmm
from inroads.estimation.micro.moments import SampleMoment
from inroads.estimation.problem import build_problem
from inroads.estimation.progress import EvaluationCounter, ProgressCallback, progress_callback
from inroads.estimation.results import Estimate
from inroads.estimation.specification.demand import Demand
from inroads.estimation.specification.errors import Clustered, Errors, checked_errors
from inroads.estimation.specification.supply import Supply
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.panel import Panel


def estimate(
    demand: Demand,
    panel: Panel,
    *,
    supply: Supply | None = None,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, Any] | None = None,
    steps: Steps = 2,
    n_starts: int = 3,
    errors: Errors | None = None,
    initial_update: bool = False,
    initial_weighting: ArrayLike | Literal["unscaled"] | None = None,
    seed: int = 0,
    workers: int = 1,
    executor: Executor | None = None,
    callback: ProgressCallback | None = None,
    micro: Sequence[SampleMoment] = (),
    micro_covariance: ArrayLike | None = None,
) -> Estimate:
    """Demand, or demand and supply, by GMM. Linear parameters are concentrated out.

    Ctrl-C during a search gives the best point so far, `status` saying so; a search that ends short
    of its tolerance gives an Estimate whose `converged` is False.

    Parameters
    ----------
    demand : Demand
        Utility as formulas over the panel's columns.
    panel : Panel
        Markets, products and agents, as `read_panel` gives them.
    supply : Supply, optional
        Marginal costs and conduct; the coefficient of prices in `linear` is then searched.
    start : mapping, optional
        {"sigma": (K2, K2) or its diagonal, "pi": (K2, D), "prices": number, "rho": number or one a
        level}. Entries that are zero stay zero.
    bounds : mapping, optional
        {"sigma": (low, high), "pi[prices, income]": (None, 0), ...}, by group or by name, numbers
        or arrays of the start's shape; none but 0 <= rho <= 0.999 unless given. A parameter that
        ends at a bound is named and counts as known. What is not searched has no bounds:
        coefficients of `linear` and, without random coefficients, supply or a start of its own,
        rho, which Berry's (1994) regression may put outside of 0 to 1; the summary then says so.
    steps : {1, 2, "iterated"}
        1 weighs moments as two-stage least squares does; 2 updates the weights once, by the inverse
        of the centred moments' covariance under `errors`; "iterated" goes on until no
        parameter moves by more than 1e-4 of its standard error, 100 times at most.
    n_starts : int
        Points at which the first step begins, the given one and random ones around it drawn from
        `seed`; the best goes on; `searches` of the result has them all.
    errors : {"robust", "homoskedastic", "clustered"}, Clustered or NeweyWest, optional
        What weights and standard errors assume of errors; "clustered" is by clustering_ids,
        `Clustered` by one or two columns, `NeweyWest` over time. "robust" unless given; without an
        outside option clustered by market, within which its absorbed effect correlates residuals.
    initial_update : bool
        Whether weights are updated at the start already.
    initial_weighting : (M, M) array or "unscaled", optional
        W of the first step instead of that of two-stage least squares. The latter measures costs in
        money in standard deviations of prices, so that the unit of money makes no difference;
        "unscaled" takes them as they come, as PyBLP does. With steps=1, another estimate's
        `weights` keep those.
    seed : int
        Of the random starts.
    workers : int
        Threads over markets.
    executor : Executor, optional
        Who searches from several starts at once: any `concurrent.futures.Executor`, that of a Dask
        client (`client.get_executor()`) or of Ray among them. The estimate is the same.
    callback : callable, optional
        Called with a `Progress` at each evaluation; unless given, a line on stderr where that is a
        terminal.

    micro : sequence, optional
        Moments of samples of consumers beside those of shares: `MicroMean`, `MicroCovariance`,
        `SecondChoice`, `MicroMoment`. The first step weighs them by their sampling covariance at
        the start.
    micro_covariance : (M, M) array, optional
        Of the observed moments, where it is known; unless given, what the model says of samples of
        that size.

    Returns
    -------
    Estimate
        Parameters, covariance, tests, and what follows from them.

    Raises
    ------
    InputError
        For what is wrong in formulas, tables, start or bounds, fewer moments than parameters,
        regressors that no instrument moves, and a start at which shares cannot be inverted.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (1995), Automobile prices in market equilibrium,
    Econometrica 63(4).
    Nevo, A. (2001), Measuring market power in the ready-to-eat cereal industry, Econometrica 69(2).
    Conlon, C. and Gortmaker, J. (2025), Incorporating micro data into differentiated products
    demand estimation with PyBLP, Journal of Econometrics.
    Hansen, L. P. (1982), Large sample properties of generalized method of moments estimators,
    Econometrica 50(4).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import inroads as ir
    >>> rng = np.random.default_rng(0)
    >>> cost, xi = rng.uniform(1, 2, 600), rng.normal(0, 0.1, 600)
    >>> prices = 1 + cost + xi
    >>> odds = np.exp(1 - 2 * prices + xi).reshape(200, 3)
    >>> products = pd.DataFrame({
    ...     "market_ids": np.repeat(np.arange(200), 3), "prices": prices,
    ...     "shares": (odds / (1 + odds.sum(axis=1, keepdims=True))).ravel(),
    ...     "demand_instruments0": cost,
    ... })
    >>> fit = ir.estimate(ir.Demand("1 + prices"), ir.read_panel(products))
    >>> fit.converged, round(float(fit.params["prices"]), 1)
    (True, -2.0)
    """
    _check_options(steps, n_starts, workers)
    usual = "robust" if panel.outside else Clustered("market_ids")
    checked = checked_errors(usual if errors is None else errors)
    with one_blas_thread():
        problem = build_problem(
            demand,
            panel,
            supply,
            start,
            bounds=bounds,
            errors=checked,
            workers=workers,
            micro=micro,
            micro_covariance=micro_covariance,
        )
        options = GmmOptions(
            steps=steps,
            n_starts=n_starts,
            initial_weighting=initial_weighting,
            initial_update=initial_update,
            seed=seed,
            executor=executor,
        )
        with progress_callback(callback) as on_progress:
            counter = EvaluationCounter(on_progress)
            result = run_gmm(problem, options, counter)
        return collect_estimate(
            demand,
            problem,
            result,
            errors=checked,
            evaluations=counter.total,
            micro=micro,
            micro_covariance=micro_covariance,
        )


def _check_options(steps: object, n_starts: object, workers: object) -> None:
    for name, value, valid, expected in (
        ("steps", steps, steps in (1, 2, "iterated"), "1, 2 or 'iterated'"),
        ("n_starts", n_starts, _is_positive(n_starts), "a number of at least 1"),
        ("workers", workers, _is_positive(workers), "a number of at least 1"),
    ):
        if not valid:
            raise refuse(
                expected=expected, found=repr(value), where=name, remedy="choose one of these."
            )


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value >= 1
