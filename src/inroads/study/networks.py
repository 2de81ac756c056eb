"""Networks of deals: which would be made together, what one does to another, exclusivity."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from inroads.conduct.networks import MAX_ENUMERATED_LINKS
from inroads.conduct.networks import Networks as Solved
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Pair
from inroads.market.networks import DealNetworks as Networks
from inroads.solution import Solution
from inroads.study.stage import Stage
from inroads.study.talks import certified

Progress = Callable[[str, int, int], None]


def networks(stage: Stage, carriers: tuple[str, ...], progress: Progress) -> dict[str, Any]:
    """Every set of deals between the entrants and carriers: terms, profits, which are stable.

    effects: what a deal is worth to its maker alone and beside another; exclusive: see
    `_exclusive`. More than ten deals have too many sets: then rows and all else are empty.
    """
    makers = [e.manufacturer for e in stage.entrants]
    pairs = tuple((maker, carrier) for maker in makers for carrier in carriers)
    about = [{"deal": _name(pair), "maker": pair[0], "carrier": pair[1]} for pair in pairs]
    listed: dict[str, Any] = {"pairs": about, "rows": [], "stable": []}
    listed |= {"effects": [], "exclusive": []}
    if len(pairs) > MAX_ENUMERATED_LINKS:
        return listed
    every = list(product([False, True], repeat=len(pairs)))
    settled = []
    for k, on in enumerate(every):
        progress("networks of deals", k, len(every))
        made = [pair for pair, is_on in zip(pairs, on, strict=True) if is_on]
        # Each on a stage of its own: a deal brings what comes with it, such as a device made for
        # the carrier's network, and no more.
        deals = {maker: tuple(c for m, c in made if m == maker) for maker in makers}
        settled.append(stage.settled(deals))
    found = _together(pairs, np.array(every, dtype=bool), settled)
    listed["rows"] = [
        {
            "deals": [_name(pair) for pair in found.deals_of(row)],
            "profits": {f: float(s.profits[f]) for f in found.market.firms},
            "consumer_surplus": s.consumer_surplus,
            "undone_by": str(found.frame.loc[row, "undone_by"]),
            "terms": [_terms(s, link) for _, link in s.links.iterrows()],
            "certified": certified(s),
        }
        for row, s in enumerate(settled)
    ]
    listed["stable"] = [[_name(pair) for pair in deals] for deals in found.stable]
    listed["effects"] = [
        {
            "deal": _name(pair),
            "beside": _name(other),
            "alone": float(found.value(pair)[pair[0]]),
            "together": float(found.value(pair, (other,))[pair[0]]),
        }
        for pair in pairs
        for other in pairs
        if other != pair
    ]
    if len(carriers) > 1:
        listed["exclusive"] = [_exclusive(found, *pair, carriers) for pair in pairs]
    return listed


def _together(pairs: tuple[Pair, ...], active: Any, settled: list[Equilibrium]) -> Networks:
    """Equilibriums of all sets of deals (M, n) as networks, firms in the order of the last."""
    full = settled[-1].market
    index = {firm: k for k, firm in enumerate(full.firms)}
    gains = [s.links[["manufacturer_gain", "channel_gain"]] for s in settled]
    solved = Solved(
        active=active,
        profits=np.array([s.profits[full.firms] / full.size for s in settled]),
        has_surplus=np.array([bool((gain >= 0).all(axis=None)) for gain in gains]),
        manufacturer=np.array([index[maker] for maker, _ in pairs], dtype=np.intp),
        channel=np.array([index[carrier] for _, carrier in pairs], dtype=np.intp),
        solutions=[
            Solution(s.arrays, s.solution.status, s.solution.residual, s.solution.iterations)
            for s in settled
        ],
    )
    return Networks(full, pairs, solved)


def _terms(settled: Equilibrium, link: pd.Series) -> dict[str, Any]:
    """Wholesale price, units and gains of one deal of a network."""
    maker, carrier = link["manufacturer"], link["channel"]
    frame = settled.frame
    here = frame[(frame["manufacturer"] == maker) & (frame["seller"] == carrier)]
    return {
        "deal": _name((maker, carrier)),
        "maker": maker,
        "carrier": carrier,
        "units": float(here["units"].sum()),
        "wholesale": float(link["wholesale"]),
        "price": float((here["price"] * here["units"]).sum() / here["units"].sum()),
        "maker_gain": float(link["manufacturer_gain"]),
        "carrier_gain": float(link["channel_gain"]),
    }


def _exclusive(
    found: Networks, maker: str, carrier: str, carriers: tuple[str, ...]
) -> dict[str, Any]:
    """What being a maker's only carrier is worth to the carrier, and costs the maker.

    A clause pays if the carrier's gain exceeds the maker's loss; no other entrant has a deal.
    """
    solved, firms = found.networks, found.market.firms
    only = solved.row([pair == (maker, carrier) for pair in found.pairs])
    every = solved.row([m == maker and c in carriers for m, c in found.pairs])
    profits = (solved.profits[only] - solved.profits[every]) * found.market.size
    change = dict(zip(firms, map(float, profits), strict=True))
    return {
        "maker": maker,
        "carrier": carrier,
        "carrier_gain": change[carrier],
        "maker_loss": -change[maker],
        "pays": change[carrier] + change[maker] > 0,
    }


def _name(pair: Pair) -> str:
    return f"{pair[0]}-{pair[1]}"
