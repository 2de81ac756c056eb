"""A demand system, with supply or without, as arrays over products and agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.model import Array
from inroads.fit.fixed_effects import FixedEffects
from inroads.fit.supply import Conduct, Supply


def _nothing() -> Array:
    return np.zeros((0, 0))


@dataclass(frozen=True)
class Design:
    """A demand system, with supply or without, as arrays over products (N) and agents (A rows).

    X1 (N, K1) and Z (N, M) have fixed effects taken out; X2 (N, K2), nodes (A, K2), demographics
    (A, D); names of columns of X1, X2, demographics and Z; `dropped` names instruments that others,
    or fixed effects, explain. linear_slopes (K1,) and random_slopes (K2,): dx/dprices, nan where it
    is not one number. drawn (K2,): which nodes there are. lognormal (K2,). nests (L, N): codes,
    outermost level first. available (A, J): whom products are open to, by place in the market.

    X3 (N, K3), ZS (N, MS), cost_names and supply_instruments are supply's, zero for products
    without a supply side (supplied, (N,)), beside which a coefficient of prices is searched where
    `linear` has one; conduct says whose profit counts.
    """

    X1: Array
    Z: Array
    X2: Array
    nodes: Array
    demographics: Array
    linear: tuple[str, ...]
    random: tuple[str, ...]
    people: tuple[str, ...]
    instruments: tuple[str, ...]
    absorbed: pd.DataFrame | None
    dropped: tuple[str, ...] = ()
    linear_slopes: Array = field(default_factory=_nothing)
    random_slopes: Array = field(default_factory=_nothing)
    drawn: np.ndarray = field(default_factory=_nothing)
    lognormal: np.ndarray = field(default_factory=_nothing)
    nests: np.ndarray = field(default_factory=_nothing)
    available: np.ndarray | None = None
    supply: Supply | None = None
    X3: Array = field(default_factory=_nothing)
    ZS: Array = field(default_factory=_nothing)
    cost_names: tuple[str, ...] = ()
    supply_instruments: tuple[str, ...] = ()
    supplied: np.ndarray = field(default_factory=_nothing)
    conduct: Conduct | None = None
    searches_prices: bool = False

    def within(self, columns: Array) -> Array:
        """Columns (N, ...) without their fixed effects."""
        if self.absorbed is None or not columns.size:
            return columns
        flat = columns.reshape(len(columns), -1)
        return self._fixed_effects.residualize(flat).reshape(columns.shape)

    @cached_property
    def _fixed_effects(self) -> FixedEffects:
        assert self.absorbed is not None
        return FixedEffects(self.absorbed.to_numpy())

    @property
    def absorbed_rank(self) -> int:
        """Degrees of freedom that fixed effects take."""
        return 0 if self.absorbed is None else self._fixed_effects.rank

    @property
    def alike(self) -> bool:
        """Whether all agents of a market choose alike, so that one stands for all."""
        return not self.random and self.available is None
