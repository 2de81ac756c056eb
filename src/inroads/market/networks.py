"""Which deals would be made: every network of potential deals, who gains, what undoes it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index, Mask
from inroads.conduct.networks import (
    MAX_ENUMERATED_LINKS,
    NetworkGame,
    Networks,
    Progress,
    best_response_path,
    enumerate_networks,
)
from inroads.display import Card, Displayed, counted
from inroads.errors import refuse
from inroads.market import conduct_arrays
from inroads.market.conduct_arrays import pairs_of
from inroads.market.market import Market, Pair
from inroads.market.pricing import Vertical
from inroads.tables.naming import label


@dataclass(frozen=True, repr=False)
class DealNetworks(Displayed):
    """Networks of potential deals; `deal_networks` makes them.

    Other links of the market stand in all of them. Money is the market's.

    Parameters
    ----------
    market : Market
        With all the deals.
    pairs : tuple of pairs
        (manufacturer, channel) of each potential deal.
    networks : Networks
        As arrays.
    complete : bool
        Whether every network was solved; otherwise those that best responses passed through, the
        last being where they ended.
    """

    market: Market
    pairs: tuple[Pair, ...]
    networks: Networks
    complete: bool = True

    def _card(self) -> Card:
        stable = [" and ".join(map(_name, deals)) or "none" for deals in self.stable]
        return Card(
            line=f"DealNetworks of {counted(len(self.pairs), 'deal')}, "
            f"{counted(len(self.networks.active), 'network')}; stable: "
            f"{'; '.join(stable) or 'no network'}",
            table=self.frame,
            next_steps=("n.stable", "n.chart()", "n.value(pair)", "n.effect(deal, on)"),
        )

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row a network: which deals stand, profits of firms, consumer surplus, and what undoes
        it: a bargain with nothing to split, a deal that is cut, one that is made, or nothing."""
        n, size = self.networks, self.market.size
        deals = pd.DataFrame(n.active, columns=[_name(pair) for pair in self.pairs])
        profits = pd.DataFrame(n.profits * size, columns=self.market.firms)
        surplus = [s.value.surplus * size for s in n.solutions]
        rows = range(len(n.active)) if self.complete else [len(n.active) - 1]
        undone = pd.Series([self._undone(row) for row in rows], index=list(rows), dtype=object)
        others = {"consumer_surplus": surplus, "undone_by": undone.reindex(range(len(deals)))}
        return pd.concat([deals, profits, pd.DataFrame(others)], axis=1)

    def _undone(self, row: int) -> str:
        blocking = self.networks.blocking_move(row)
        if blocking is None:
            return "nothing"
        if blocking.kind == "no surplus":
            return "a bargain with nothing to split"
        verb = {"cut": "cut", "form": "make"}[blocking.kind]
        return f"{verb} {_name(self.pairs[blocking.link])}"

    @property
    def stable(self) -> list[tuple[Pair, ...]]:
        """The sets of deals that are pairwise stable (among the networks solved)."""
        rows = self.networks.stable if self.complete else [len(self.networks.active) - 1]
        return [self.deals_of(row) for row in rows if self._undone(row) == "nothing"]

    def deals_of(self, row: int) -> tuple[Pair, ...]:
        """The deals of a network.

        Parameters
        ----------
        row : int
            Of `frame`.

        Returns
        -------
        tuple of pairs
            (manufacturer, channel).
        """
        active = self.networks.active[row]
        return tuple(pair for pair, on in zip(self.pairs, active, strict=True) if on)

    def chart(self, most: int = 6) -> Any:
        """Networks side by side, the stable ones first.

        Parameters
        ----------
        most : int
            Networks shown.

        Returns
        -------
        altair.ConcatChart
            A panel a network, under what undoes it; lines of deals that do not stand are dotted.
        """
        from inroads.charts.network import networks

        undone = self.frame["undone_by"]
        rows = sorted(range(len(undone)), key=lambda row: undone[row] != "nothing")[:most]
        panels = {}
        for row in rows:
            deals = self.deals_of(row)
            links = [(m, c, 1.0, (m, c) in deals) for m, c in self.pairs]
            stands = "stable" if undone[row] == "nothing" else f"undone: {undone[row]}"
            columns = ["manufacturer", "channel", "weight", "made"]
            panels[f"{row}: {stands}"] = pd.DataFrame(links, columns=columns)
        return networks(panels)

    def value(self, pair: Pair, given: tuple[Pair, ...] = ()) -> pd.Series:
        """What a deal adds to every firm's profit, and to consumers.

        Parameters
        ----------
        pair : tuple of str
            (manufacturer, channel).
        given : tuple of pairs
            The deals beside it.

        Returns
        -------
        Series
            Money, by firm; consumers last.
        """
        others = self._mask(given)
        with_deal, without = others | self._mask((pair,)), others & ~self._mask((pair,))
        n, size = self.networks, self.market.size
        with_row, without_row = n.row(with_deal), n.row(without)
        change = pd.Series((n.profits[with_row] - n.profits[without_row]) * size, self.market.firms)
        surplus = [n.solutions[row].value.surplus for row in (with_row, without_row)]
        change["consumers"] = (surplus[0] - surplus[1]) * size
        return change.rename(_name(pair))

    def effect(self, deal: Pair, on: Pair) -> pd.Series:
        """What one deal does to the value of another, for every firm and consumers.

        Parameters
        ----------
        deal : tuple of str
            (manufacturer, channel) of the one.
        on : tuple of str
            (manufacturer, channel) of the other.

        Returns
        -------
        Series
            Money, by firm; consumers last.
        """
        return (self.value(on, (deal,)) - self.value(on)).rename(f"{_name(deal)} on {_name(on)}")

    def _mask(self, pairs: tuple[Pair, ...]) -> Mask:
        unknown = [pair for pair in pairs if pair not in self.pairs]
        if unknown:
            raise refuse(
                expected="deals among those that may form",
                found=_name(unknown[0]),
                where="deals",
                remedy=f"choose from {', '.join(map(_name, self.pairs))}.",
            )
        return np.array([pair in pairs for pair in self.pairs], dtype=bool)


def deal_networks(
    market: Market,
    *pairs: Pair,
    executor: Executor | None = None,
    progress: Progress = lambda *_: None,
) -> DealNetworks:
    """Solve every network of deals that may form; the market has all.

    Beyond ten deals, best responses from no deal at all.

    Parameters
    ----------
    market : Market
        With pricing=Vertical(...), and the offers of all deals.
    *pairs : tuple of str
        (manufacturer, channel) of each deal that may form.
    executor : Executor, optional
        Of concurrent.futures, over networks.
    progress : callable
        Called with how many are solved, and of how many.

    Returns
    -------
    DealNetworks
        Which are stable, and what each deal is worth.

    Raises
    ------
    InputError
        For pairs that do not bargain.
    """
    negotiated = conduct_arrays.negotiated_terms(market)
    if negotiated is None:
        raise refuse(
            expected="terms that are bargained over",
            found="wholesale prices as given",
            where="deals",
            remedy="give the market pricing=Vertical(...).",
        )
    if isinstance(market.pricing, Vertical) and market.pricing.terms.disagreement != "pair":
        raise refuse(
            expected="disagreement over all offers of a pair",
            found="offer by offer",
            where="deals",
            remedy="give terms with disagreement='pair'.",
        )
    links = negotiated.links
    names = pairs_of(market, links)
    if len(set(pairs)) < len(pairs):
        raise refuse(
            expected="each pair once",
            found=", ".join(map(_name, pairs)),
            where="deals",
            remedy="name every deal that may form once.",
        )
    labels = [_pair_in_market(pair, names) for pair in pairs]
    missing = [pair for pair, named in zip(pairs, labels, strict=True) if named is None]
    if missing or not pairs:
        raise refuse(
            expected="pairs of a manufacturer and a channel with offers in the market",
            found=_name(missing[0]) if missing else "none",
            where="deals",
            remedy=f"choose from {', '.join(map(_name, names))}.",
        )
    pairs = tuple(pair for pair in labels if pair is not None)
    which: Index = np.array([names.index(pair) for pair in pairs], dtype=np.intp)
    potential = NetworkGame(
        retail=conduct_arrays.retail(market),
        negotiated=negotiated,
        candidates=which,
        start=market.column("price"),
        weights=_weights(market, names),
    )
    if len(pairs) <= MAX_ENUMERATED_LINKS:
        return DealNetworks(market, pairs, enumerate_networks(potential, executor, progress))
    visited, _ = best_response_path(potential, np.zeros(len(pairs), dtype=bool), progress=progress)
    return DealNetworks(market, pairs, visited, complete=False)


def _weights(market: Market, names: list[Pair]) -> Callable[[Mask], Array] | None:
    """Agents' weights given which links stand."""
    weights_given_deals = market.weights_given_deals
    if weights_given_deals is None:
        return None
    return lambda stand: weights_given_deals(
        market, market.pairs - {pair for pair, on in zip(names, stand, strict=True) if not on}
    )


def _pair_in_market(pair: Pair, names: list[Pair]) -> Pair | None:
    """The pair as the market names it, None where it has none such."""
    manufacturers, channels = zip(*names, strict=True) if names else ((), ())
    named = (label(pair[0], manufacturers), label(pair[1], channels))
    return next((name for name in names if name == named), None)


def _name(pair: Pair) -> str:
    return f"{pair[0]}-{pair[1]}"
