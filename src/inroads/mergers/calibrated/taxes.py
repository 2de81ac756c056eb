"""Taxes on what is sold: a game at prices without them, with other costs and other weights.

Of a price p with a tax u a unit and a rate t on the rest, the seller gets n = (p - u) / (1 + t). A
profit (n - c) q is (p - u - (1 + t) c) q / (1 + t): that of a cost (1 + t) c + u, weighed by
1 / (1 + t), which matters where rates differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse


@dataclass(frozen=True)
class Taxes:
    """unit (J,), money; rate (J,), of what the seller gets."""

    unit: Array
    rate: Array

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.unit.any() or self.rate.any())

    def net(self, prices: Array) -> Array:
        """What sellers get (J,) of prices that buyers pay (J,)."""
        return np.asarray((prices - self.unit) / (1.0 + self.rate))

    def gross(self, costs: Array) -> Array:
        """What buyers would pay (J,) were offers sold at cost (J,)."""
        return np.asarray((1.0 + self.rate) * costs + self.unit)

    def weighed(self, owns: Array) -> Array:
        """What sellers count of profits (J, J) in money that buyers pay, 1 of their own."""
        factor = 1.0 + self.rate
        return np.asarray(owns * factor[:, None] / factor)


def taxes_of(unit: Any, rate: Any, *, products: list[str], prices: Array) -> Taxes:
    """Numbers for all, or product -> number; nothing where a product is left out."""
    units = _by_product(unit, products, "unit_tax")
    rates = _by_product(rate, products, "tax_rate")
    if not (rates > -1).all():
        raise refuse(
            expected="tax rates above -1, of what the seller gets",
            found=f"{rates.min():g}",
            where="tax_rate",
            remedy="give 0.19 for 19 percent, -0.05 for a subsidy of five.",
        )
    if (rates > 5).any():
        raise refuse(
            expected="tax rates as fractions of what the seller gets",
            found=f"{rates.max():g}; percent?",
            where="tax_rate",
            remedy="give 0.19 for 19 percent.",
        )
    if not (units < prices).all():
        j = int((units - prices).argmax())
        raise refuse(
            expected="a unit tax below the price, which includes it",
            found=f"{units[j]:g} on {products[j]} at {prices[j]:g}",
            where="unit_tax",
            remedy="give prices that buyers pay, taxes included.",
        )
    return Taxes(units, rates)


def _by_product(given: Any, products: list[str], where: str) -> Array:
    if isinstance(given, Mapping):
        from inroads.mergers.inputs import by_product

        chosen = by_product(given, products, where)
        given = [chosen.get(name, 0.0) for name in products]
    values = np.broadcast_to(np.asarray(given, dtype=float), (len(products),))
    if not np.isfinite(values).all():
        raise refuse(expected="numbers", found=str(given), where=where, remedy="correct it.")
    return values
