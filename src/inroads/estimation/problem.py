"""What is to be estimated, checked: the equations, the bounds, and whether there is enough data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from inroads.choice.independence import independent_columns
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.estimation.design.matrices import Design, design
from inroads.estimation.equations import NestedRegression, System, system_of
from inroads.estimation.gmm.bounds import limits
from inroads.estimation.gmm.moments import Projection, moment_covariance, residuals_of
from inroads.estimation.gmm.parameters import Free
from inroads.estimation.gmm.trust_region import Limits
from inroads.estimation.gmm.weights import two_stage_root
from inroads.estimation.specification import Demand, Supply
from inroads.tables.panel import Panel
from inroads.tables.schema import row_numbers


@dataclass(frozen=True)
class Setting:
    """Equations on a panel. clusters: codes (N,), or None for moments that are independent."""

    design: Design
    system: System | NestedRegression
    panel: Panel
    limits: Limits
    clusters: Array | None

    @property
    def names(self) -> tuple[str, ...]:
        """Of linear parameters, then of theta."""
        return tuple(self.system.names)

    @property
    def inner(self) -> Callable[[], int]:
        """Newton iterations of the inversions so far."""
        markets = getattr(self.system, "markets", None)
        return lambda: 0 if markets is None else int(markets.iterations)

    def residuals(self, theta: Array, beta: Array) -> list[Array]:
        """xi, and omega beside supply (N,)."""
        return residuals_of(self.system.equations, self.system.at(theta), beta)

    def moment_covariance(self, theta: Array, beta: Array) -> Array:
        """S (M, M) at theta, centred; robust, or clustered."""
        return moment_covariance(self.system.equations, self.residuals(theta, beta), self.clusters)

    def without_variance(self, weights: Array, residuals: list[Array]) -> InputError:
        """The error that the combination `weights` (M,) of moments is met exactly, by name."""
        design = self.design
        names = [*design.instruments, *(f"{n} (supply)" for n in design.supply_instruments)]
        Z = block_diag(*(e.Z for e in self.system.equations))
        size = np.abs(weights) * np.linalg.norm(Z, axis=0)
        column = int(np.argmax(size))
        equation = int(column >= len(design.instruments))
        moved = np.abs(Z[:, column].reshape(len(residuals), -1)[equation])
        rows = row_numbers(self.panel.products)
        used = [r for r, m in zip(rows, moved, strict=True) if m > 1e-9 * moved.max()]
        where = f", which only row {used[0]} moves" if len(used) == 1 else ""
        return InputError.single(
            expected="moments with some variance, for efficient weights",
            found=f"the moment of {names[column]} met exactly{where}",
            where="products",
            remedy=f"drop {names[column]}, or use steps=1.",
        )


def setting(
    demand: Demand,
    panel: Panel,
    supply: Supply | None = None,
    start: Mapping[str, Any] | None = None,
    bounds: Mapping[str, Any] | None = None,
    clustered: bool = False,
    workers: int = 1,
) -> Setting:
    """Equations, limits and clusters of an estimation (see `estimate`).

    Raises InputError for formulas and tables at fault, a start or bounds that do not fit, fewer
    moments than parameters, columns that instruments do not move, and too few clusters.
    """
    given = _start(demand, start)
    arrays = design(demand, panel, supply, given.get("sigma"))
    if arrays.searches_prices != ("prices" in given):
        raise _wrong(
            "start={'prices': ...} beside supply and prices in `linear`, only there",
            f"{given['prices']} where it is not searched" if "prices" in given else "none",
            "give a value to start from, -1.0 say, or take it out.",
        )
    free = Free.of(arrays, **{key: given.get(key) for key in ("sigma", "pi", "prices", "rho")})
    within = limits(free, arrays, bounds)
    system = system_of(arrays, panel, free, workers)
    found = Setting(arrays, system, panel, within, _clusters(panel) if clustered else None)
    _enough(found)
    return found


def _start(demand: Demand, start: Mapping[str, Any] | None) -> dict[str, Any]:
    if demand.random and not start:
        raise _wrong(
            "start={'sigma': ..., 'pi': ...} for the random coefficients",
            "none",
            "give a value for each entry that is to be estimated.",
        )
    given = {key: value for key, value in (start or {}).items() if value is not None}
    unknown = [key for key in given if key not in ("sigma", "pi", "prices", "rho")]
    if unknown:
        raise _wrong("start of sigma, pi, prices, rho", repr(unknown[0]), "correct the name.")
    return given


def _enough(found: Setting) -> None:
    """Refuse more parameters than moments, regressors that no instrument moves, few clusters."""
    equations, linear = found.system.equations, [e.X.shape[1] for e in found.system.equations]
    moments = sum(e.Z.shape[1] for e in equations)
    if moments < len(found.names):
        searched = list(found.names[sum(linear) :])
        used = list(found.design.instruments)
        raise _wrong(
            f"at least as many moments as parameters: {sum(linear)} in formulas and "
            f"{len(searched)} searched ({', '.join(searched)})",
            f"{moments} moments: {', '.join(used)}"
            + (f", and {moments - len(used)} of supply" if len(equations) > 1 else ""),
            f"add {len(found.names) - moments} excluded instruments, or search less.",
            "products",
        )
    projection = Projection(equations, two_stage_root(equations))
    lengths = np.concatenate([np.linalg.norm(e.X, axis=0) / e.unit for e in equations])
    kept = independent_columns(projection.BX, lengths)
    lost = [found.names[k] for k in range(sum(linear)) if k not in kept]
    if lost:
        raise _wrong(
            "instruments that move each regressor apart from the others",
            f"none that so move {', '.join(lost)}",
            "drop the column, or add an instrument for it.",
            "products",
        )
    if found.clusters is not None and len(np.unique(found.clusters)) <= moments:
        raise _wrong(
            f"more clusters than moments ({moments})",
            f"{len(np.unique(found.clusters))} clusters in clustering_ids",
            "cluster less coarsely, use fewer instruments, or leave out clustered=True.",
            "products",
        )


def _clusters(panel: Panel) -> Array:
    if "clustering_ids" not in panel.products:
        raise _wrong(
            "a column 'clustering_ids'", "none", "add it, or leave out clustered=True.", "products"
        )
    return np.asarray(pd.factorize(panel.products["clustering_ids"])[0])


def _wrong(expected: str, found: str, remedy: str, where: str = "estimate") -> InputError:
    return InputError.single(expected=expected, found=found, where=where, remedy=remedy)
