"""What may be agreed beside a strategy: clauses on risk, and signs that a launch waits for.

Neither changes the market's path, so that both are tried in every draw at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """In parts of what is expected: guarantee, of the units over the path; order, of the units of
    the launch's period, taken and paid before it; protection, of falls of the wholesale price on
    what is left of that order; buy_back, of the wholesale price, for each unit left."""

    guarantee: float = 0.0
    order: float = 0.0
    protection: float = 0.0
    buy_back: float = 0.0

    def __bool__(self) -> bool:
        return self != Clauses()

    def label(self) -> str:
        """What they are called: "80% guaranteed, first order x1, its price protected"."""
        parts = []
        if self.guarantee:
            parts.append(f"{self.guarantee:.4g} of central units guaranteed")
        if self.order:
            parts.append(f"first order x{self.order:g}")
        if self.protection:
            parts.append(f"{self.protection:.4g} of price falls paid")
        if self.buy_back:
            parts.append(f"bought back at {self.buy_back:.4g} of the price")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Sign:
    """An uncertain input, by its column of draws, that turns out below or above a number, which is
    seen after so many periods."""

    input: str
    limit: float
    is_below: bool
    after: int

    def is_seen(self, values: Array) -> Array:
        """1 where it has turned out so, else 0 (n,)."""
        below = np.asarray(values < self.limit, dtype=float)
        return below if self.is_below else 1 - below

    def label(self) -> str:
        """What it is called: "if political-hazard is below 0.03"."""
        side = "below" if self.is_below else "above"
        return f"if {self.input.rpartition('|')[2]} is {side} {self.limit:g}"
