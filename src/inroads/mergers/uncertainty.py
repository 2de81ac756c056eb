"""What errors of the table make of the numbers: the delta method, and draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.errors import ConvergenceError, InputError, UnreachableError, one_of, refuse
from inroads.mergers.inputs import MergerTable
from inroads.mergers.simulation import Simulation

if TYPE_CHECKING:
    from inroads.mergers.questions import MergerQuestions

_STEP = 1e-4


def standard_errors(
    merger: MergerQuestions, errors: Mapping[str, Any], method: str, draws: int, seed: int
) -> pd.DataFrame:
    """See `Merger.standard_errors`."""
    one_of("method", method, "delta", "bootstrap")
    columns = _columns(merger.table, errors)
    inputs = np.concatenate([values for _, values, _ in columns])
    sizes = np.concatenate([size for _, _, size in columns])

    def at(x: Array) -> Array:
        return numbers(merger.under(_with(merger.table, columns, x)), merger.size)

    estimate = numbers(merger.simulation, merger.size)
    products = merger.table.products
    names = [f"price_change of {name}" for name in products]
    names += ["parties_price_change", "compensating_variation"]
    if merger.simulation.model.jacobian is not None:
        names += [f"own_elasticity of {name}" for name in products]
    names += list(merger.simulation.model.parameters)
    index = pd.Index(names, name="number")
    frame = pd.DataFrame({"estimate": estimate}, index=index)
    if method == "delta":
        return frame.assign(standard_error=_delta(at, inputs, sizes))
    drawn = _draws(at, inputs, sizes, draws, seed)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    spread = drawn.std(axis=0, ddof=1)
    return frame.assign(standard_error=spread, low=low, high=high, draws=len(drawn))


def numbers(simulation: Simulation, size: float) -> Array:
    """Price changes (J,), the parties' mean, compensating variation, own elasticities (J,) where
    products have prices of their own, and the parameters of demand."""
    last = [simulation.mean_rise_of_parties, simulation.harm * size]
    before, D = simulation.model.before, simulation.model.jacobian
    own: ArrayLike = [] if D is None else np.diag(D) * before.prices / before.quantities
    parameters = list(simulation.model.parameters.values())
    return np.concatenate([simulation.rises, last, np.asarray(own, dtype=float), parameters])


def _delta(at: Callable[[Array], Array], inputs: Array, sizes: Array) -> Array:
    """The length of derivatives times standard errors, by central differences."""
    variance: Array | float = 0.0
    for k in np.flatnonzero(sizes > 0):
        step = np.zeros(len(inputs))
        step[k] = _STEP * min(sizes[k], 0.1 * abs(inputs[k])) / 0.1
        slope = (at(inputs + step) - at(inputs - step)) / (2 * step[k])
        variance = variance + (slope * sizes[k]) ** 2
    return np.sqrt(variance)


def _draws(
    at: Callable[[Array], Array], inputs: Array, sizes: Array, draws: int, seed: int
) -> Array:
    """Numbers (n, K) at normal draws, those without an answer left out."""
    generator, rows = np.random.default_rng(seed), []
    for _ in range(draws):
        try:
            rows.append(at(inputs + sizes * generator.standard_normal(len(inputs))))
        except (InputError, ConvergenceError, UnreachableError):
            continue
    if len(rows) < max(2, draws // 2):
        raise refuse(
            expected="draws of which half or more have an answer",
            found=f"{len(rows)} of {draws}",
            where="errors",
            remedy="give smaller errors, or method='delta'.",
        )
    return np.array(rows)


def _columns(table: MergerTable, errors: Mapping[str, Any]) -> list[tuple[str, Array, Array]]:
    """Fields of the table that err: name, values that are given, their standard errors."""
    shares = "units" if table.units is not None else "money"
    fields = {"margins": "margins", "prices": "prices", "shares": shares}
    out = []
    for name, value in errors.items():
        one_of("errors", name, *fields)
        values = np.asarray(getattr(table, fields[name]), dtype=float)
        size = np.broadcast_to(np.asarray(value, dtype=float), values.shape)
        is_given = np.isfinite(values)
        if not (size[is_given] >= 0).all():
            raise refuse(
                expected="standard errors of 0 or more",
                found=f"{float(np.nanmin(size)):.4g} of {name}",
                where="errors",
                remedy="give them in the unit of the column.",
            )
        out.append((fields[name], values[is_given], size[is_given]))
    if not out:
        raise refuse(
            expected="standard errors of margins, prices or shares",
            found="none",
            where="errors",
            remedy='give errors={"margins": 0.02}.',
        )
    return out


def _with(table: MergerTable, columns: list[tuple[str, Array, Array]], x: Array) -> MergerTable:
    """The table with these values in place of those that err."""
    ends = np.cumsum([len(values) for _, values, _ in columns])[:-1]
    changes: dict[str, Any] = {}
    for (name, _, _), part in zip(columns, np.split(x, ends), strict=True):
        values = np.array(getattr(table, name), dtype=float)
        values[np.isfinite(values)] = part
        if (part <= 0).any():
            raise refuse(
                expected=f"{name} above 0",
                found=f"{part.min():.4g}",
                where="errors",
                remedy="give smaller standard errors.",
            )
        changes[name] = values
    return replace(table, **changes)
