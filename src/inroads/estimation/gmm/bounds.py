"""Bounds on what is searched, written as the start is, and where else a search begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.design.matrices import Design
from inroads.estimation.gmm.parameters import ParameterLayout
from inroads.estimation.gmm.trust_region import Bounds

GROUPS = ("sigma", "pi", "prices", "rho")
# At one all offers of a nest are the same offer.
_MAX_RHO = 0.999
# A unit of a parameter is at least as long as this part of what it does to utility.
_MIN_LENGTH = 0.1


def parse_bounds(
    layout: ParameterLayout, design: Design, bounds: Mapping[str, Any] | None
) -> Bounds:
    """Bounds of theta (P,): none but 0 <= rho <= 0.999, unless given.

    bounds: {"sigma": (low, high), ...} by group (sigma, pi, prices, rho) or by the name of one
    parameter; low and high are numbers, None (none), or arrays of the shape that the start has.
    Raises InputError for an unknown name, shapes that do not fit, bounds in the wrong order and a
    start outside.
    """
    names = layout.names(design)
    low, high = np.full(len(names), -np.inf), np.full(len(names), np.inf)
    for k, name in enumerate(names):
        if name.startswith("rho"):
            low[k], high[k] = 0.0, _MAX_RHO
    positions = _positions(design, names)
    searched = [group for group in GROUPS if any(positions[name][0] == group for name in names)]
    for key, pair in (bounds or {}).items():
        if key not in searched and key not in names:
            raise refuse(
                expected="bounds of what is searched: "
                + (f"{', '.join(searched)}, or one of {', '.join(names)}" if names else "nothing"),
                found=repr(key),
                where="bounds",
                remedy=_unsearched(key, design),
            )
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise refuse(
                expected=f"bounds['{key}'] = (low, high)",
                found=repr(pair),
                where="bounds",
                remedy="give two; None for none.",
            )
        for side, value, missing in ((low, pair[0], -np.inf), (high, pair[1], np.inf)):
            array = _as_numbers(key, value, missing)
            for k, name in enumerate(names):
                group, position = positions[name]
                if key in (name, group):
                    side[k] = _entry(key, array, () if key == name else position, side[k])
        _check_order(key, pair)
    _check(names, low, high, layout.start)
    return Bounds(low, high, _MIN_LENGTH * _lengths(design, names, positions))


def other_starts(
    start: Array, bounds: Bounds, names: Sequence[str], count: int, *, seed: int
) -> list[Array]:
    """`count` random points (P,): each entry 0.3 to 1.7 times that of `start`, within bounds."""
    rng = np.random.default_rng(seed)
    nested = [k for k, name in enumerate(names) if name.startswith("rho")]
    points = []
    for _ in range(count):
        theta = start * rng.uniform(0.3, 1.7, size=start.size)
        if nested:
            # One factor for all levels: an inner nesting parameter is never below an outer one.
            largest_factor = 0.95 / max(float(start[nested].max()), 1e-9)
            theta[nested] = start[nested] * min(rng.uniform(0.3, 1.7), max(largest_factor, 1.0))
        points.append(np.clip(theta, bounds.low, bounds.high))
    return points


def _positions(design: Design, names: Sequence[str]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The group of each parameter and its position in the array of that group."""
    random = list(enumerate(design.random))
    demographics = list(enumerate(design.demographic_names))
    positions: dict[str, tuple[str, tuple[int, ...]]] = {
        "prices": ("prices", ()),
        "rho": ("rho", ()),
    }
    positions |= {f"sigma[{a}, {b}]": ("sigma", (k, l)) for k, a in random for l, b in random}
    positions |= {f"sigma[{a}]": ("sigma", (k, k)) for k, a in random}
    positions |= {f"pi[{a}, {b}]": ("pi", (k, d)) for k, a in random for d, b in demographics}
    levels = sum(name.startswith("rho[") for name in names)
    return positions | {f"rho[{level}]": ("rho", (level,)) for level in range(levels)}


def _as_numbers(key: str, value: Any, missing: float) -> Array:
    try:
        array = np.asarray(missing if value is None else value, dtype=float)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if np.isnan(array).any():
        raise refuse(
            expected=f"numbers in bounds['{key}']",
            found=repr(value),
            where="bounds",
            remedy="give numbers, or None.",
        )
    return array


def _check_order(key: str, pair: Sequence[Any]) -> None:
    """Refuse bounds of which any, even one of an entry that is not searched, is reversed."""
    low, high = _as_numbers(key, pair[0], -np.inf), _as_numbers(key, pair[1], np.inf)
    try:
        ordered = bool((low <= high).all())
    except ValueError:
        ordered = False
    if not ordered:
        raise refuse(
            expected=f"low <= high in bounds['{key}']",
            found=repr(pair),
            where="bounds",
            remedy="swap them.",
        )


def _unsearched(key: str, design: Design) -> str:
    """What to do about bounds of something that is not searched."""
    if key == "rho" and len(design.nests):
        return "give start={'rho': 0.5}: then it is searched, and not found by regression."
    if key == "prices" or key in design.linear:
        return "leave them out: coefficients of `linear` are found by regression, without bounds."
    return "correct the name, or leave them out."


def _entry(key: str, array: Array, position: tuple[int, ...], default: float) -> float:
    """The entry of an array of bounds; a vector for a matrix is its diagonal."""
    if array.size == 1:
        return float(array.item())
    if array.ndim == 1 and len(position) == 2:
        if position[0] != position[1]:
            return default
        position = position[:1]
    if array.ndim != len(position) or any(
        p >= n for p, n in zip(position, array.shape, strict=True)
    ):
        raise refuse(
            expected=f"bounds['{key}'] as numbers or of the shape of the start",
            found=f"the shape {array.shape}",
            where="bounds",
            remedy="give one number for all entries, or one for each.",
        )
    return float(array[position])


def _check(names: Sequence[str], low: Array, high: Array, start: Array) -> None:
    for name, a, b, s in zip(names, low, high, start, strict=True):
        if not a <= b:
            raise refuse(
                expected=f"low <= high for {name}",
                found=f"({a:g}, {b:g})",
                where="bounds",
                remedy="swap them.",
            )
        if not a <= s <= b:
            raise refuse(
                expected=f"a start of {name} within its bounds, {a:g} to {b:g}",
                found=f"{s:g}",
                where="bounds",
                remedy="move the start or the bounds.",
            )


def _lengths(
    design: Design, names: Sequence[str], positions: Mapping[str, tuple[str, tuple[int, ...]]]
) -> Array:
    """How much utility a unit of each parameter moves (P,), root mean square; 0 where unknown."""
    size_x, size_nodes = (
        np.sqrt(np.mean(x**2, axis=0)) if x.size else np.zeros(x.shape[1:])
        for x in (design.X2, design.nodes)
    )
    size_demographics = np.sqrt(design.demographic_squares / max(len(design.demographics), 1))
    lengths = np.zeros(len(names))
    for n, name in enumerate(names):
        group, position = positions[name]
        if group in ("sigma", "pi"):
            k, l = position
            size = size_nodes if group == "sigma" else size_demographics
            lengths[n] = size_x[k] * size[l]
    return lengths
