"""Why a partnership matters: its gain shared out among its mechanisms, exactly (Shapley 1953)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Adapt, Deal, Move
from inroads.market.moves.awareness import partner_campaigns

FACTORS = ("financing", "shelf", "compatibility", "awareness")


@dataclass(frozen=True, repr=False)
class Decomposition(Displayed):
    """A gain shared out among factors.

    Parameters
    ----------
    gain : float
        The sum of `parts`.
    parts : mapping
        By factor.
    worlds : mapping
        By the factors that are on, the value.
    """

    gain: float
    parts: Mapping[str, float]
    worlds: Mapping[tuple[str, ...], float]

    def _card(self) -> Card:
        table = pd.DataFrame({"part": pd.Series(self.parts, dtype=float)})
        return Card(
            line=f"Decomposition of {self.gain:.4g} among {counted(len(table), 'factor')}",
            table=table.assign(share=table["part"] / self.gain if self.gain else np.nan),
            next_steps=("d.parts", "d.worlds"),
        )


def shapley(factors: Sequence[str], value: Callable[[frozenset[str]], float]) -> Decomposition:
    """Average marginal contribution of each factor over all orders of switching them on.

    Parameters
    ----------
    factors : sequence of str
        n names.
    value : callable
        The value with a frozenset of factors on; it is wanted for all 2^n sets.

    Returns
    -------
    Decomposition
        Of the value with all factors less that with none.

    References
    ----------
    Shapley, L. S. (1953), A value for n-person games, Contributions to the Theory of Games 2.

    Examples
    --------
    >>> import inroads as ir
    >>> ir.market.shapley(["a", "b"], lambda on: len(on) ** 2).parts
    {'a': 2.0, 'b': 2.0}
    """
    n = len(factors)
    sets = [frozenset(c) for k in range(n + 1) for c in itertools.combinations(factors, k)]
    worth = {s: value(s) for s in sets}
    parts = {
        f: sum(
            math.factorial(len(s))
            * math.factorial(n - len(s) - 1)
            / math.factorial(n)
            * (worth[s | {f}] - worth[s])
            for s in sets
            if f not in s
        )
        for f in factors
    }
    gain = worth[frozenset(factors)] - worth[frozenset()]
    worlds = {tuple(f for f in factors if f in s): v for s, v in worth.items()}
    return Decomposition(gain, parts, worlds)


def decompose(
    market: Market,
    moves: Mapping[str, Move | Sequence[Move]],
    quantity: Callable[[Equilibrium], float],
    *,
    certificate: bool = False,
) -> Decomposition:
    """What several moves do at once, shared out among them by Shapley's rule.

    Parameters
    ----------
    market : Market
        Before; of a study, of an estimate, of margins.
    moves : mapping
        By name, in the order in which they are made; each must be possible without the others.
    quantity : callable
        Of a solved market: ``lambda e: e.consumer_surplus``.
    certificate : bool
        Whether each of the 2^n equilibria is proved.

    Returns
    -------
    Decomposition
        Of the quantity after all moves less before.

    Raises
    ------
    InputError
        Without moves, and where one is not possible.
    ConvergenceError
        Where a combination has no equilibrium.

    References
    ----------
    Shorrocks, A. F. (2013), Decomposition procedures for distributional analysis: a unified
    framework based on the Shapley value, Journal of Economic Inequality 11.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b", "c"], "firm_ids": ["A", "B", "C"], "prices": [1.0, 1.0, 2.0],
    ...     "shares": [0.3, 0.2, 0.1], "margins": [0.5, None, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> moves = {"merger": ir.Merge("A", "B"), "tax": ir.Tax(unit=0.1)}
    >>> why = ir.decompose(market, moves, lambda e: e.mean_price)
    >>> {name: round(part, 3) for name, part in why.parts.items()}
    {'merger': 0.136, 'tax': 0.072}
    """
    if not moves:
        raise refuse(
            expected="moves by name",
            found="none",
            where="moves",
            remedy="give {'merger': ir.Merge('A', 'B'), ...}.",
        )
    steps = {
        name: tuple(move) if isinstance(move, Sequence) else (move,) for name, move in moves.items()
    }

    def value(on: frozenset[str]) -> float:
        chosen = [move for name, several in steps.items() if name in on for move in several]
        return float(quantity(market.after(*chosen).solve(certificate=certificate)))

    return shapley(list(steps), value)


def why_channels_matter(
    market: Market,
    manufacturer: str,
    channels: Sequence[str],
    products: Sequence[str],
    *,
    awareness: float,
    seen_elsewhere: float | None = None,
) -> Decomposition:
    """The units that deals with channels add for a manufacturer, by mechanism.

    The factors: financing (the channels' terms of payment, which come with their shelf), shelf (a
    place where the channels' own members shop), compatibility (products that meet the channels'
    standards, wherever sold) and awareness (the campaign that comes with a deal). All four together
    are the deals themselves.

    Parameters
    ----------
    market : Market
        Labelled; it already sells `products` without the channels.
    manufacturer : str
        Who gains.
    channels : sequence of str
        Its partners.
    products : sequence of str
        What they take onto their shelves.
    awareness : float
        The share of consumers that knows the brand after the campaign.
    seen_elsewhere : float, optional
        The part of a channel's campaign that others than its members see: awareness is then that of
        its members, and campaigns add. Unless given, everybody sees it, and more do not add.

    Returns
    -------
    Decomposition
        Of units a period.
    """
    brands = dict.fromkeys(str(market.products.loc[d, "brand"]) for d in products)
    standards = tuple(dict.fromkeys(str(market.channels.loc[c, "standard"]) for c in channels))

    def moves(on: frozenset[str]) -> list[Move]:
        chosen: list[Move] = []
        if "compatibility" in on:
            chosen += [Adapt(d, standards) for d in products]
        if "shelf" in on:
            terms = {"financing": "financing" in on, "adapted": False}
            chosen += [Deal(manufacturer, c, tuple(products), **terms) for c in channels]
        if "awareness" in on:
            chosen += partner_campaigns(
                market, brands, channels, awareness, seen_elsewhere=seen_elsewhere
            )
        return chosen

    @cache
    def sold(on: frozenset[str]) -> float:
        return float(market.after(*moves(on)).solve().sales("manufacturer").get(manufacturer, 0.0))

    def units(on: frozenset[str]) -> float:
        return sold(on if "shelf" in on else on - {"financing"})

    return shapley(FACTORS, units)
