"""Groups of consumers by income, and how large each is in every region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inroads.choice.base import Array, Mask
from inroads.errors import refuse
from inroads.study.config.config_base import Cell
from inroads.study.config.consumers import ConsumerPart, Income

#: the number that a cell of study.toml stands for, at a path, used for something
Resolve = Callable[[Cell, str, str], float]
_WHERE = "study.toml, consumers.income"


@dataclass(frozen=True)
class IncomeGroups:
    """G groups: mean incomes (G,), whether each lives in a region (R, G), and its part of the
    consumers there (R, G)."""

    groups: tuple[Income, ...]
    mean: Array
    lives: Mask
    shares: Array


def income_groups(part: ConsumerPart, regions: Sequence[str], number: Resolve) -> IncomeGroups:
    """The groups of [[consumers.income]]; without any, one."""
    groups = part.income or (Income(label="all", mean=60_000.0, shares=(1.0,)),)
    mean = np.array(
        [
            number(g.mean, f"consumers.income.{k}.mean", f"income of {g.label}")
            for k, g in enumerate(groups)
        ]
    )
    share = np.array([_share_of(k, g, number) for k, g in enumerate(groups)])
    if not (mean > 0).all():
        raise refuse(
            expected="mean incomes above 0",
            found=listed(mean),
            where=_WHERE,
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    lives = np.array([[not g.regions or region in g.regions for g in groups] for region in regions])
    total = lives @ share
    if not ((share >= 0).all() and (total > 0).all()):
        empty = [
            f" in {region}"
            for region, x in zip(regions, total, strict=True)
            if region and not x > 0
        ]
        raise refuse(
            expected="shares of at least 0, not all 0" + "".join(empty[:1]),
            found=listed(share),
            where=_WHERE,
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    return IncomeGroups(groups, mean, lives, lives * share / total[:, None])


def listed(numbers: Array) -> str:
    """Numbers as messages have them."""
    return ", ".join(f"{x:g}" for x in numbers)


def _share_of(place: int, group: Income, number: Resolve) -> float:
    """The part of consumers in an income group, any scale."""
    path = f"consumers.income.{place}.shares"
    return sum(
        number(cell, f"{path}.{k}", f"share of {group.label}")
        for k, cell in enumerate(group.shares)
    )
