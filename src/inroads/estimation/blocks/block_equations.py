"""The equations of an estimation in summary: few rows with the same products as all of them.

GMM needs products of the columns Z, X, y and dy/dtheta alone. With R the triangle of a QR of Z and
X over all blocks (those of blocks, stacked and factored again), the rows of R stand for Z and X,
and y is R'^-1 [Z X]'y with, in one row more, what is left of its length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from inroads.choice.base import Array
from inroads.estimation.blocks.block_store import BlockStore
from inroads.estimation.blocks.market_block import BlockDescription, ColumnSums, triangle
from inroads.estimation.gmm.moments import Equation
from inroads.estimation.gmm.objective import EquationSlopes, EquationValues
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.numerics.columns import independent_columns


@dataclass(frozen=True)
class Summary:
    """R (R, M + K) of instruments, then regressors; its columns `pivots` are independent.

    instruments (M,): the instruments used, of those that blocks have.
    """

    R: Array
    pivots: list[int]
    instruments: list[int]
    N: int

    @classmethod
    def of(cls, descriptions: list[BlockDescription]) -> Summary:
        """Of all blocks; instruments that others explain are left out."""
        R = triangle(np.vstack([d.triangle for d in descriptions]))
        M = len(descriptions[0].design.instruments)
        instruments = independent_columns(R[:, :M])
        R = triangle(np.hstack([R[:, instruments], R[:, M:]]))
        pivots = independent_columns(R)
        # Rows of what earlier columns explain are rounding.
        return cls(
            np.linalg.qr(R[:, pivots])[0].T @ R, pivots, instruments, sum(d.N for d in descriptions)
        )

    @property
    def equation(self) -> Equation:
        """X and Z, a row of zeros last."""
        rows = np.vstack([self.R, np.zeros(self.R.shape[1])])
        M = len(self.instruments)
        return Equation(rows[:, M:], rows[:, :M], observations=self.N)

    def columns(self, sums: list[ColumnSums]) -> Array:
        """Rows (R + 1, n) of columns from their sums over each block."""
        in_Z = np.sum([s.in_Z for s in sums], axis=0)[self.instruments]
        products = np.vstack([in_Z, np.sum([s.in_X for s in sums], axis=0)])
        top = solve_triangular(self.R[:, self.pivots], products[self.pivots], trans="T")
        left = np.sum([s.squares for s in sums], axis=0) - (top**2).sum(axis=0)
        return np.vstack([top, np.sqrt(np.maximum(left, 0.0))])


class BlockEquations:
    """Demand by inversion of shares, block by block (`gmm.objective.Equations`)."""

    def __init__(self, store: BlockStore, summary: Summary, layout: ParameterLayout) -> None:
        self.store, self.summary, self.layout = store, summary, layout
        self.start = layout.start
        self.regressions = [summary.equation]

    def cold_start(self) -> None:
        """Blocks know where they begin."""
        return

    def at(self, theta: Array, warm: object = None) -> EquationValues:
        """y in summary; ConvergenceError where a block's shares cannot be inverted."""
        sums = self.store.map("values", theta)
        return EquationValues(
            theta=theta.copy(),
            y=(self.summary.columns(sums)[:, 0],),
            delta=np.zeros(0),
            costs=np.zeros(0),
            iterations=sum(s.iterations for s in sums),
        )

    def jacobian(self, values: EquationValues) -> EquationSlopes:
        """dy/dtheta in summary."""
        return EquationSlopes((self.summary.columns(self.store.map("slopes", values.theta)),), None)

    def moment_covariance(self, theta: Array, beta: Array) -> Array:
        """S (M, M), centred, robust."""
        answers = self.store.map("moments", theta, beta)
        N, instruments = self.summary.N, self.summary.instruments
        mean = np.sum([g for g, _ in answers], axis=0)[instruments] / N
        square = np.sum([S for _, S in answers], axis=0)[np.ix_(instruments, instruments)]
        return np.asarray(square / N - np.outer(mean, mean))
