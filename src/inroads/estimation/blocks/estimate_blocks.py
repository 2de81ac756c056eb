"""GMM on panels that are never whole in one place: blocks of markets, read where they stay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import InputError, refuse
from inroads.estimation.blocks.block_equations import BlockEquations, Summary
from inroads.estimation.blocks.block_store import BlockStore, open_store
from inroads.estimation.blocks.market_block import BlockDescription, BlockFiles
from inroads.estimation.gmm.bounds import parse_bounds
from inroads.estimation.gmm.moments import Equation, Projection, residuals_of
from inroads.estimation.gmm.objective import EquationValues
from inroads.estimation.gmm.trust_region import Bounds
from inroads.estimation.gmm.weights import tsls_weight_factor
from inroads.estimation.gmm_steps import GmmOptions, Steps, run_gmm
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.progress import EvaluationCounter, ProgressCallback, progress_callback
from inroads.estimation.specification.demand import Demand
from inroads.numerics.blas_threads import one_blas_thread
from inroads.numerics.columns import independent_columns
from inroads.solution import Status


@dataclass(frozen=True, kw_only=True)
class BlockEstimate:
    """What `estimate_blocks` gives: parameters and tests; xi and delta stay with the blocks.

    Parameters
    ----------
    params, standard_errors : Series
        By name.
    covariance : DataFrame
        Of parameters.
    objective : float
        N g'Wg at the end.
    converged : bool
        Whether the search met its tolerance.
    status : Status
        How it ended.
    evaluations : int
        Of the objective.
    overidentification : ChiSquared
        The test of overidentifying moments.
    searches : DataFrame
        A row a start.
    observations, blocks : int
        Products of all markets, and blocks.
    bytes_moved : int
        To blocks and back, in all.
    """

    params: pd.Series
    standard_errors: pd.Series
    covariance: pd.DataFrame
    objective: float
    converged: bool
    status: Status
    evaluations: int
    overidentification: ChiSquared
    searches: pd.DataFrame
    observations: int
    blocks: int
    bytes_moved: int

    def to_frame(self) -> pd.DataFrame:
        """Estimates as a table.

        Returns
        -------
        DataFrame
            estimate and standard_error, a row a parameter.
        """
        return pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors})

    def __str__(self) -> str:
        return (
            f"{self.to_frame().to_string()}\nobjective {self.objective:.8g}, {self.status.value}, "
            f"{self.observations} products in {self.blocks} blocks; {self.overidentification}"
        )


def estimate_blocks(
    demand: Demand,
    products: str | PathLike[str],
    agents: str | PathLike[str] | None = None,
    *,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, Any] | None = None,
    blocks: int = 8,
    steps: Steps = 2,
    n_starts: int = 1,
    seed: int = 0,
    executor: Any = None,
    callback: ProgressCallback | None = None,
) -> BlockEstimate:
    """Demand by GMM from folders of Parquet files, block by block, never whole in one place.

    Each block of files is read where it is to stay; an evaluation sends theta out and brings sums
    back, some kilobytes a block. The answer is that of `estimate` on all of it, whatever the number
    of blocks and workers. A Dask worker that dies costs the evaluation in which it does: its blocks
    are read again elsewhere.

    Parameters
    ----------
    demand : Demand
        Without effects to absorb and categories, of which a block does not know all levels.
    products : path
        A folder of Parquet files, read in the order of their names, no market in two of them;
        folders like market_ids=7 are columns.
    agents : path, optional
        Likewise, with files of the same names.
    start, bounds, steps, n_starts, seed, callback
        As in `estimate`.
    blocks : int
        How many, at most one a file.
    executor : Executor or distributed.Client, optional
        Who keeps the blocks: a Dask client's workers, the processes of any executor, this process.

    Returns
    -------
    BlockEstimate
        Parameters, covariance, tests.

    Raises
    ------
    InputError
        For folders without files or whose files do not pair, effects to absorb, blocks whose
        columns differ, and what `estimate` refuses.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
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
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for k in range(2):
    ...         products[300 * k : 300 * (k + 1)].to_parquet(Path(folder) / f"{k}.parquet")
    ...     fit = ir.estimate_blocks(ir.Demand("1 + prices"), folder)
    >>> fit.blocks, round(float(fit.params["prices"]), 1)
    (2, -2.0)
    """
    _check_demand(demand)
    files = block_files(products, agents, blocks)
    starts = {k: v for k, v in (start or {}).items() if v is not None}
    store = open_store(executor, files, demand, starts)
    descriptions: list[BlockDescription] = store.map("describe")
    _check_alike(descriptions)
    with one_blas_thread(), progress_callback(callback) as on_progress:
        problem = _problem(store, descriptions, bounds)
        counter = EvaluationCounter(on_progress)
        options = GmmOptions(steps=steps, n_starts=n_starts, seed=seed)
        result = run_gmm(problem, options, counter)
    index, covariance = pd.Index(problem.names), result.inference.covariance
    estimates = np.concatenate([result.beta, result.point.theta])
    return BlockEstimate(
        params=pd.Series(estimates, index, name="estimate"),
        standard_errors=pd.Series(result.standard_errors, index, name="standard_error"),
        covariance=pd.DataFrame(covariance, index, index),
        objective=result.objective,
        converged=result.solution.converged,
        status=result.solution.status,
        evaluations=counter.total,
        overidentification=result.inference.overidentification,
        searches=result.searches,
        observations=problem.equations.summary.N,
        blocks=len(files),
        bytes_moved=store.bytes_moved,
    )


def _check_demand(demand: Demand) -> None:
    """Refuse what a block cannot know by itself."""
    formulas = (demand.linear, demand.random, demand.demographics)
    category = next((f for f in formulas if f and re.search(r"\bC\(", f)), None)
    fault = demand.absorb or category or ("nests alone" if not demand.random else None)
    fault = "innovations" if demand.innovations is not None else fault
    if (
        demand.absorb
        or category
        or demand.innovations is not None
        or (demand.nested and not demand.random)
    ):
        raise refuse(
            expected="demand without effects to absorb or categories, and nests beside random "
            "coefficients only: blocks know no rows but their own",
            found=repr(fault),
            where="demand",
            remedy="use estimate on the whole panel, or columns of 0 and 1 in `linear`.",
        )


def block_files(
    products: str | PathLike[str], agents: str | PathLike[str] | None, blocks: int
) -> list[BlockFiles]:
    """Files of each block, neighbours together."""
    folders = {"products": products} | ({} if agents is None else {"agents": agents})
    files = {name: _files_below(Path(folder), name) for name, folder in folders.items()}
    names = list(files["products"])
    if agents is not None and names != list(files["agents"]):
        lonely = sorted(set(names) ^ set(files["agents"]))[0]
        raise refuse(
            expected="files of the same names for products and agents",
            found=f"{lonely} on one side only",
            where="agents",
            remedy="write both tables split alike.",
        )
    parts = [part for part in np.array_split(np.array(names), min(blocks, len(names))) if len(part)]
    return [
        BlockFiles(*(tuple(files[table][name] for name in part) for table in files))
        for part in parts
    ]


def _files_below(folder: Path, name: str) -> dict[str, str]:
    paths = {str(p.relative_to(folder)): str(p) for p in sorted(folder.rglob("*.parquet"))}
    if not paths:
        raise refuse(
            expected="a folder with Parquet files",
            found="none",
            where=name,
            remedy="give the folder that holds them.",
        )
    return paths


def _check_alike(descriptions: Sequence[BlockDescription]) -> None:
    for k, description in enumerate(descriptions):
        if description.names != descriptions[0].names:
            raise refuse(
                expected="the same columns in every block",
                found=f"others in block {k + 1}",
                where="products",
                remedy="give all files the same columns.",
            )


@dataclass(frozen=True, kw_only=True)
class BlockProblem:
    """What the steps of GMM need to know (`gmm.starts.GmmProblem`)."""

    equations: BlockEquations
    bounds: Bounds
    names: tuple[str, ...]
    theta_names: tuple[str, ...]

    @property
    def regressions(self) -> list[Equation]:
        """X, Z in summary."""
        return self.equations.regressions

    def residuals(self, y: Sequence[Array], beta: Array) -> list[Array]:
        """xi in summary."""
        return residuals_of(self.regressions, y, beta)

    def moment_covariance(self, values: EquationValues, beta: Array) -> Array:
        """S (M, M), centred, robust."""
        return self.equations.moment_covariance(values.theta, beta)

    def exact_moment_refused(self, weights: Array, n_equations: int) -> InputError:
        """The error that a combination of moments is met exactly."""
        return refuse(
            expected="moments with some variance, for efficient weights",
            found="some that are met exactly",
            where="products",
            remedy="drop the instrument, or use steps=1.",
        )


def _problem(
    store: BlockStore,
    descriptions: list[BlockDescription],
    bounds: Mapping[str, Any] | None,
) -> BlockProblem:
    """The problem of all blocks."""
    summary, layout = Summary.of(descriptions), descriptions[0].layout
    N, agents = summary.N, max(sum(d.agents for d in descriptions), 1)
    sizes = [
        np.sqrt(np.sum([d.squares[k] for d in descriptions], axis=0) / n)[None]
        for k, n in enumerate((N, agents, agents))
    ]
    design = replace(descriptions[0].design, X2=sizes[0], nodes=sizes[1], demographics=sizes[2])
    theta_names = tuple(layout.names(design))
    problem = BlockProblem(
        equations=BlockEquations(store, summary, layout),
        bounds=parse_bounds(layout, design, bounds),
        names=(*design.linear, *theta_names),
        theta_names=theta_names,
    )
    (equation,) = problem.regressions
    n_moments, n_parameters = equation.Z.shape[1], len(problem.names)
    weighted = Projection([equation], tsls_weight_factor([equation])).weighted_regressors
    moved = independent_columns(weighted, np.linalg.norm(equation.X, axis=0))
    if n_moments < n_parameters or len(moved) < equation.X.shape[1]:
        raise refuse(
            expected=f"at least {n_parameters} moments, that move each regressor apart from others",
            found=f"{n_moments}, that move {len(moved)} of {equation.X.shape[1]}",
            where="products",
            remedy="add excluded instruments, or drop a column.",
        )
    return problem
