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
from inroads.market.market import Market
from inroads.market.moves import Adapt, Campaign, Deal, Move

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


def why_channels_matter(
    market: Market,
    manufacturer: str,
    channels: Sequence[str],
    products: Sequence[str],
    *,
    awareness: float,
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
            min_awareness = market.labelled_consumers.min_awareness
            chosen += [Campaign(b, awareness) for b in brands if min_awareness(b) < awareness]
        return chosen

    @cache
    def sold(on: frozenset[str]) -> float:
        return float(market.after(*moves(on)).solve().sales("manufacturer").get(manufacturer, 0.0))

    def units(on: frozenset[str]) -> float:
        return sold(on if "shelf" in on else on - {"financing"})

    return shapley(FACTORS, units)
