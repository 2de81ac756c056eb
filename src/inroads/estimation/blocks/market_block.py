"""A block of markets where it is kept: from files to the sums that an evaluation needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inroads.choice.base import Array
from inroads.errors import require_extra
from inroads.estimation.design.matrices import Design, unchecked_design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.markets.mean_utilities import MeanUtilities, PanelState, WarmStart
from inroads.numerics.blas_threads import one_blas_thread
from inroads.tables.panel import Panel, read_panel


@dataclass(frozen=True)
class BlockFiles:
    """Parquet files of products and of agents, whole markets of both."""

    products: tuple[str, ...]
    agents: tuple[str, ...] = ()

    def read(self) -> Panel:
        """The block's markets; folders like market_ids=7 are columns, as in Hive."""
        require_extra("query", "duckdb")
        import duckdb

        with duckdb.connect() as connection:
            tables = [
                connection.read_parquet(list(files), hive_partitioning=True)
                for files in (self.products, self.agents)
                if files
            ]
            return read_panel(*tables)


@dataclass(frozen=True, kw_only=True)
class BlockDescription:
    """A block's design, its arrays emptied, and what of it enters once: N rows, the triangle of Z
    and X (M + K, M + K), sums of squares of characteristics, nodes and demographics, and how many
    agents there are.
    """

    design: Design
    layout: ParameterLayout
    N: int
    triangle: Array
    squares: tuple[Array, Array, Array]
    agents: int

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """Of columns."""
        d = self.design
        return d.linear, d.instruments, d.random, d.demographic_names


@dataclass(frozen=True)
class ColumnSums:
    """Products of columns (N, n) with Z (M, n) and X (K, n), and their squares (n,)."""

    in_Z: Array
    in_X: Array
    squares: Array
    iterations: int = 0


class MarketBlock:
    """Markets of a panel with what an evaluation left behind: where the next begins.

    To another process it goes as its recipe: it is read there again.
    """

    def __init__(self, files: BlockFiles, demand: Any, start: Mapping[str, Any]) -> None:
        self._recipe = (files, demand, start)
        with one_blas_thread():
            panel = files.read()
            self.design = unchecked_design(demand, panel, start.get("sigma"), all_instruments=True)
            self.layout = ParameterLayout.from_start(self.design, **start)
            self.inversion = MeanUtilities(self.design, panel, self.layout, padded=False)
        self.X, self.Z = self.design.X1, self.design.Z
        self._state: PanelState | None = None
        self._warm: WarmStart | None = None

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return MarketBlock, self._recipe

    def __sizeof__(self) -> int:
        """Bytes of its arrays: a cluster moves the task to the data where these are many."""
        stacks = self.inversion.stacks
        return int(sum(8 * s.S.size * s.w.shape[1] + s.nodes.nbytes for s in stacks))

    def describe(self) -> BlockDescription:
        """What enters once."""
        d = self.design
        in_X2, in_nodes = ((x**2).sum(axis=0) for x in (d.X2, d.nodes))
        no_rows = ("X1", "Z", "X2", "nodes", "demographics")
        empty = {name: getattr(d, name)[:0] for name in no_rows}
        return BlockDescription(
            design=replace(d, **empty, nests=d.nests[:, :0], available=None, by_product=None),
            layout=self.layout,
            N=len(self.X),
            triangle=triangle(np.hstack([self.Z, self.X])),
            squares=(in_X2, in_nodes, d.demographic_squares),
            agents=len(d.nodes),
        )

    def values(self, theta: Array) -> ColumnSums:
        """Sums of mean utilities at theta; ConvergenceError where shares cannot be inverted."""
        with one_blas_thread(), np.errstate(all="ignore"):
            state = self._solved(theta)
            return self._sums(state.delta[: len(self.X), None], state.iterations)

    def slopes(self, theta: Array) -> ColumnSums:
        """Sums of their slopes at theta, from which the next evaluation begins."""
        with one_blas_thread(), np.errstate(all="ignore"):
            self._warm = self.inversion.derivative(self._solved(theta))
            assert self._warm.slope is not None
            return self._sums(self._warm.slope[: len(self.X)])

    def moments(self, theta: Array, beta: Array) -> tuple[Array, Array]:
        """The sum (M,) of z xi over products, and that of z z' xi^2 (M, M)."""
        with one_blas_thread(), np.errstate(all="ignore"):
            g = self.Z * (self._solved(theta).delta[: len(self.X)] - self.X @ beta)[:, None]
            return g.sum(axis=0), g.T @ g

    def _solved(self, theta: Array) -> PanelState:
        if self._state is None or not np.array_equal(self._state.theta, theta):
            self._state = None
            self._state = self.inversion.solve(theta, self._warm)
        return self._state

    def _sums(self, columns: Array, iterations: int = 0) -> ColumnSums:
        squares = np.einsum("nk,nk->k", columns, columns)
        return ColumnSums(self.Z.T @ columns, self.X.T @ columns, squares, iterations)


def triangle(columns: Array) -> Array:
    """R (K, K) of columns (N, K), with the same products."""
    return np.asarray(np.linalg.qr(columns, mode="r"))
