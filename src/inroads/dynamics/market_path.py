"""A market given as arrays, an estimate's say, from period to period.

Nobody moves: consumers are the same in every period but for what they have heard of. A brand is an
offer, or all offers of a manufacturer; who knows one is no likelier to know another.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NoReturn

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.conduct.priced_demand import PricedDemand
from inroads.dynamics.awareness_dynamics import Advertising, Law, pushes
from inroads.dynamics.launch_course import LaunchCourse
from inroads.dynamics.record import Path
from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves.base import Move
from inroads.tables.naming import label

#: Whom awareness is of: all consumers are alike in it.
_HOME = "all"
# Each more doubles the agents.
_MOST_BRANDS = 8

_NO_MOVES: Mapping[int, Sequence[Move]] = MappingProxyType({})
_ALL_KNOWN: Mapping[str, float] = MappingProxyType({})


def follow(
    market: Market,
    periods: int,
    moves: Mapping[int, Sequence[Move]] = _NO_MOVES,
    *,
    awareness: Mapping[str, float] = _ALL_KNOWN,
    law: Law | None = None,
    advertising: Sequence[Advertising] = (),
    launch: LaunchCourse | None = None,
    season: Sequence[float] = (),
    months_per_period: float = 3.0,
) -> Path:
    """The path of a market over periods, prices and terms found anew in each.

    Of a market of an estimate, of known demand or of margins. Consumers neither wait nor
    accumulate: who bought is in the market again. `inroads.dynamics.simulate_path` moves owners of
    a study's market.

    Parameters
    ----------
    market : Market
        Whose demand is given as arrays: ``fit.market(id, size=...)``.
    periods : int
        How many.
    moves : mapping
        Period -> what is done to the market at its start, and stands from then on.
    awareness : mapping
        Offer, or manufacturer for all of its offers -> the share of consumers that knows it in
        period 0; everybody knows others. Of what comes on the path: at an estimate's utilities
        everybody knows what is on sale.
    law : Law
        How it becomes known and is forgotten; rates of shelves and use are for a study's market.
    advertising : sequence of Advertising
        Pushes beside it.
    launch : LaunchCourse
        How offers that come on the path are liked with age; channels with members alone drop any.
    season : sequence of float
        Consumers in the market in each period relative to `market.size`, again and again.
    months_per_period : float
        How long a period is, for present values.

    Returns
    -------
    Path
        Sales, prices, awareness, profits and consumer surplus; `product` is the offer's name,
        `brand` its manufacturer.

    Raises
    ------
    InputError
        For a labelled market, numbers out of range, names that never come, and moves that make no
        sense when their period comes.
    ConvergenceError
        Where a period has no equilibrium.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["a", "b"], "firm_ids": ["A", "B"], "prices": [1.0, 1.2],
    ...     "shares": [0.3, 0.2], "margins": [0.5, None],
    ... })
    >>> market, _ = ir.market_from_margins(table)
    >>> new = ir.Launch(
    ...     "c", manufacturer="C", price=1.0, production_cost=0.4,
    ...     utility=market.consumers.utility[0],
    ... )
    >>> law = ir.dynamics.Law(word=0.8, steady=False)
    >>> path = ir.follow(market, 4, {0: [new]}, awareness={"c": 0.2}, law=law)
    >>> path.sales()["C"].round(3).tolist()
    [0.058, 0.094, 0.144, 0.2]
    """
    law, launch = law or Law(), launch or LaunchCourse()
    _check(market, periods, moves, awareness=awareness, law=law, launch=launch, season=season)
    brands = list(awareness)
    aware = np.array([[awareness[name] for name in brands]]).reshape(1, len(brands))
    nobody = np.zeros_like(aware)
    background = law.background(aware, nobody, nobody)
    record, standing = _Record(market, months_per_period, brands), market
    came: dict[object, int] = {}
    for period in range(periods):
        before = set(standing.offers.index)
        standing = standing.after(*moves.get(period, ()))
        came |= {name: period for name in standing.offers.index if name not in before}
        odds = [
            launch.odds(period - came[name]) if name in came else 1.0
            for name in standing.offers.index
        ]
        masks = np.array([_offers_of(standing, name) for name in brands], dtype=bool)
        masks = masks.reshape(len(brands), len(standing.offers))
        factor = season[period % len(season)] if season else 1.0
        now = replace(
            _partly_aware(_liked(standing, np.array(odds)), masks, aware[0], brands),
            size=standing.size * factor,
        )
        record.add(now.solve(certificate=False), aware, masks)
        push = pushes(advertising, period, (_HOME,), brands)
        aware = law.next(aware, nobody, nobody, push, background=background)
    return record.path(aware)


def _offers_of(market: Market, name: str) -> Mask:
    """The offers (J,) of that name, or of that manufacturer; none where neither is there."""
    offers = market.offers
    for values in (offers.index, offers["manufacturer"]):
        named = label(name, list(values))
        if named is not None:
            return np.array([value == named for value in values], dtype=bool)
    return np.zeros(len(offers), dtype=bool)


def _liked(market: Market, odds: Array) -> Market:
    """The market where odds (J,) of being chosen are so many times as high."""
    if (odds == 1.0).all():
        return market
    demand = _demand(market)
    utility = demand.utility + np.log(odds)[:, None]
    return replace(market, consumers=replace(demand, utility=utility))


def _partly_aware(market: Market, masks: Array, aware: Array, brands: Sequence[str]) -> Market:
    """The market whose agents are split by what they know: masks (B, J), aware (B,)."""
    partly = [b for b in range(len(brands)) if masks[b].any() and aware[b] < 1]
    if not partly:
        return market
    for b in partly:
        if not aware[b] > 0:
            _refuse("awareness above 0 of what is on sale", brands[b], "awareness")
    demand = _demand(market)
    types = np.array(list(itertools.product((True, False), repeat=len(partly))))
    own = aware[partly]
    parts = np.where(types, own, 1.0 - own).prod(axis=1)
    unknown = np.einsum("tb,bj->tj", ~types, masks[partly]) > 0
    T, (J, agents) = len(types), demand.utility.shape
    utility = np.where(unknown.T[:, None, :], -np.inf, demand.utility[..., None])
    outside = np.broadcast_to(np.asarray(demand.outside, dtype=float), (agents,))
    split = replace(
        demand,
        utility=utility.reshape(J, agents * T),
        alpha=np.repeat(demand.alpha, T, axis=-1),
        weights=np.outer(demand.weights, parts).ravel(),
        outside=np.repeat(outside, T),
    )
    stakes = {firm: np.repeat(stake, T, axis=-1) for firm, stake in market.stakes.items()}
    return replace(market, consumers=split, stakes=stakes)


def _demand(market: Market) -> PricedDemand:
    if isinstance(market.consumers, PricedDemand):
        return market.consumers
    raise refuse(
        expected="consumers who know some offers and like them (PricedDemand)",
        found=type(market.consumers).__name__,
        where="market",
        remedy="leave out awareness= and launch=, or describe consumers by PricedDemand.",
    )


@dataclass
class _Record:
    """What is gathered on a path."""

    market: Market
    months_per_period: float
    brands: list[str]
    sold: list[pd.DataFrame] = field(default_factory=list)
    profits: list[pd.Series] = field(default_factory=list)
    surplus: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    awareness: list[Array] = field(default_factory=list)
    links: list[pd.DataFrame] = field(default_factory=list)
    on_sale: list[Mask] = field(default_factory=list)
    gap: float = 0.0

    def add(self, solved: Equilibrium, aware: Array, masks: Array) -> None:
        """One period's trade, awareness (1, B) and the offers of each brand (B, J)."""
        period, market = len(self.sold), solved.market
        frame = solved.frame
        self.sold.append(
            pd.DataFrame(
                {
                    "period": period,
                    "manufacturer": frame["manufacturer"],
                    "brand": frame["manufacturer"],
                    "product": frame.index,
                    "channel": frame["channel"],
                    "price": frame["price"],
                    "wholesale": frame["wholesale"],
                    "share": frame["share"],
                    "units": frame["units"],
                }
            )
        )
        if market.has_firms:
            self.profits.append(solved.profits.rename(period))
        if len(solved.links):
            self.links.append(solved.links.assign(period=period))
        self.surplus.append(solved.consumer_surplus)
        self.sizes.append(market.size)
        self.awareness.append(aware)
        self.on_sale.append(np.asarray(masks.any(axis=1)))
        self.gap = max(self.gap, solved.solution.residual)

    def path(self, aware: Array) -> Path:
        """The path, awareness being `aware` after its last period."""
        never = [
            name for b, name in enumerate(self.brands) if not any(on[b] for on in self.on_sale)
        ]
        if never:
            _refuse("names of offers or manufacturers on the path", never[0], "awareness")
        T = len(self.sold)
        stocks, flows = pd.RangeIndex(T + 1, name="period"), pd.RangeIndex(T, name="period")
        places = pd.MultiIndex.from_product([stocks, [_HOME]], names=["period", "home"])
        frame = pd.concat(self.sold, ignore_index=True)
        profits = pd.DataFrame(self.profits).rename_axis("period")
        return Path(
            frame=frame,
            in_use=pd.DataFrame(index=stocks),
            members=pd.DataFrame({_HOME: [*self.sizes, self.sizes[-1]]}, stocks),
            awareness=pd.DataFrame(
                np.concatenate([*self.awareness, aware]), places, columns=self.brands
            ),
            raised=pd.DataFrame(0.0, flows, columns=self.brands),
            profits=profits.fillna(0.0),
            surplus=pd.Series(self.surplus, flows, name="consumer_surplus"),
            size=pd.Series(self.sizes, flows, name="size"),
            links=pd.concat(self.links, ignore_index=True) if self.links else pd.DataFrame(),
            manufacturers={str(name): str(name) for name in frame["manufacturer"].unique()},
            months_per_period=self.months_per_period,
            dropped={},
            residual=self.gap,
        )


def _check(
    market: Market,
    periods: int,
    moves: Mapping[int, Sequence[Move]],
    *,
    awareness: Mapping[str, float],
    law: Law,
    launch: LaunchCourse,
    season: Sequence[float],
) -> None:
    """Refuse what cannot be followed."""
    if market.is_labelled:
        raise refuse(
            expected="a market whose demand is given as arrays (fit.market(id))",
            found="labelled consumers, who move",
            where="market",
            remedy="use ir.dynamics.simulate_path, or study.path().",
        )
    if not isinstance(periods, int) or periods < 1:
        _refuse("at least 1 period", str(periods), "periods")
    for period in moves:
        if not 0 <= period < periods:
            _refuse(f"moves in periods 0 to {periods - 1}", f"period {period}", "moves")
    for name, share in awareness.items():
        if not 0 <= share <= 1:
            _refuse("shares of consumers, from 0 to 1", f"{share:g} for {name}", "awareness")
    if len(awareness) > _MOST_BRANDS:
        _refuse(
            f"at most {_MOST_BRANDS} that not everybody knows", str(len(awareness)), "awareness"
        )
    if law.shelf or law.use:
        _refuse("a law of word, advertising and forgetting", "rates of shelves or of use", "law")
    if launch.drop_hazard:
        _refuse("no dropping: no channel here has members", "a hazard of it", "launch")
    if not all(factor > 0 for factor in season):
        _refuse("numbers above 0", ", ".join(f"{f:g}" for f in season), "season")


def _refuse(expected: str, actual: str, where: str) -> NoReturn:
    raise refuse(expected=expected, found=actual, where=where, remedy="correct it.")
