"""What consumers of a group buy, what they would do, and what a change does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_numeric_dtype

from inroads.choice import consumer_surplus, price_jacobian, shares
from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.markets.price_response import check_price_response, warn_of_upward_demand
from inroads.estimation.markets.substitution import market_label
from inroads.estimation.priced_panel import PricedPanel, shares_at
from inroads.tables.naming import label, suggestion

if TYPE_CHECKING:
    from inroads.estimation.post_estimation import FittedDemand

#: so many values of a demographic are groups by themselves
_MOST_VALUES = 20
#: A column of agents, or a label for each of them.
By: TypeAlias = str | Sequence[Any] | np.ndarray | pd.Series


@dataclass(frozen=True)
class Groups:
    """codes (A,) of agents into names; -1 for agents of no group."""

    codes: np.ndarray
    names: pd.Index


def groups_of(fitted: PricedPanel, by: By, quantiles: int | None = None) -> Groups:
    """Groups by a demographic's values, its quantiles (of all consumers), or labels (A,)."""
    agents = fitted.panel.agents
    if agents is None or fitted.design.identical_agents:
        raise refuse(
            expected="demand in which consumers differ",
            found="none that hangs on agents",
            where="by",
            remedy="estimate with random coefficients, demographics among them.",
        )
    if isinstance(by, str):
        if by not in agents:
            raise refuse(
                expected=f"a column of agents ({', '.join(map(str, agents.columns))}), or labels",
                found=by,
                where="by",
                remedy=suggestion(by, map(str, agents.columns)) or "add it to the agents' table.",
            )
        values, name = agents[by].reset_index(drop=True), by
    else:
        values = pd.Series(np.asarray(by), name=getattr(by, "name", None))
        name = str(values.name or "group")
    if len(values) != len(agents) or not len(values):
        raise refuse(
            expected=f"labels of {len(agents)} agents",
            found=f"{len(values)}",
            where="by",
            remedy="give one an agent, in the order of panel.agents.",
        )
    if quantiles is not None:
        codes = _quantile_codes(values, agents["weights"].to_numpy(float), quantiles, name)
        return Groups(codes, pd.Index(range(1, quantiles + 1), name=name))
    codes, names = pd.factorize(values, sort=True)
    if len(names) > _MOST_VALUES:
        raise refuse(
            expected=f"at most {_MOST_VALUES} groups",
            found=f"{len(names)} values of {name}",
            where="by",
            remedy="give quantiles=4, say, or labels.",
        )
    return Groups(codes, pd.Index(names, name=name))


def _quantile_codes(values: pd.Series, weights: Array, count: int, name: str) -> np.ndarray:
    """Which of `count` parts of all consumers each agent is in; equal values stay together."""
    numbers = values.to_numpy(float) if is_numeric_dtype(values) else np.full(len(values), np.nan)
    if not isinstance(count, int) or count < 2 or not np.isfinite(numbers).all():
        raise refuse(
            expected="2 or more quantiles, of numbers",
            found=f"{count!r} of {name}",
            where="quantiles",
            remedy="give quantiles=4, say; groups of a category need none.",
        )
    points, places = np.unique(numbers, return_inverse=True)
    below = np.cumsum(np.bincount(places, weights, len(points)))
    middle = below - np.bincount(places, weights, len(points)) / 2
    codes = np.minimum((count * middle / below[-1]).astype(int), count - 1)
    empty = [k for k in range(count) if k not in codes]
    if empty:
        raise refuse(
            expected=f"{count} quantiles of {name} with consumers in each",
            found=f"none in number {empty[0] + 1}",
            where="quantiles",
            remedy="ask for fewer, or give labels.",
        )
    return np.asarray(codes[places])


def by_group(
    fitted: FittedDemand,
    groups: Groups,
    after: FittedDemand | None = None,
    *,
    market: object = None,
    sizes: Mapping[object, float] | None = None,
) -> pd.DataFrame:
    """A row a group; see `FittedDemand.by_group`."""
    fitted.panel.require_outside("by_group")
    check_price_response(fitted, "somebody")
    warn_of_upward_demand(fitted)
    weights = _market_weights(fitted, market, sizes)
    before = _sums(fitted, groups, weights)
    consumers = before["consumers"]
    table = {
        "consumers": consumers / consumers.sum(),
        "buyers": before["units"] / consumers,
        "mean_price": before["spending"] / before["units"],
        "own_elasticity": before["own"] / before["units"],
        "diversion_to_none": before["lost"] / before["own_slopes"],
        "surplus": before["surplus"] / consumers,
    }
    if after is not None:
        then = _sums(after, groups, weights)
        table["buyers_after"] = then["units"] / consumers
        table["mean_price_after"] = then["spending"] / then["units"]
        table["surplus_change"] = (then["surplus"] - before["surplus"]) / consumers
    return pd.DataFrame(table, groups.names)


def _sums(
    fitted: FittedDemand, groups: Groups, weights: Mapping[object, float]
) -> dict[str, Array]:
    """Sums over markets, each (G,)."""
    ids, prices = fitted.column("market_ids"), fitted.column("prices").astype(float)
    names = ("consumers", "units", "spending", "own", "lost", "own_slopes", "surplus")
    sums = {name: np.zeros(len(groups.names)) for name in names}
    for s, stack in zip(fitted.stacks, fitted.market_stacks, strict=True):
        per_market = np.array([weights.get(ids[p[0]], 0.0) for p in s.products])
        if not per_market.any():
            continue
        p, buyers, P = prices[s.products], s.buyers, s.choices.P
        in_money = 1.0 if fitted.design.log_slopes is None else np.nan
        money = np.where(buyers.alpha > 0, buyers.alpha, np.inf)
        if buyers.alpha_by_offer:
            money, in_money = np.ones(buyers.weights.shape), np.nan
        for g in range(len(groups.names)):
            members = buyers.weights * (groups.codes[stack.agents] == g)
            bought = shares(P, members)
            jacobian = price_jacobian(P, members, s.choices.alpha, buyers.model)
            own = np.einsum("bjj->bj", jacobian)
            for name, value in (
                ("consumers", members.sum(axis=-1)),
                ("units", bought.sum(axis=-1)),
                ("spending", (bought * p).sum(axis=-1)),
                ("own", (own * p).sum(axis=-1)),
                ("lost", jacobian.sum(axis=(-2, -1))),
                ("own_slopes", own.sum(axis=-1)),
                ("surplus", in_money * consumer_surplus(s.choices.inclusive, members, money)),
            ):
                sums[name][g] += float(per_market @ value)
    return sums


def _market_weights(
    fitted: PricedPanel, market: object, sizes: Mapping[object, float] | None
) -> dict[object, float]:
    """Consumers of each market, one each unless told."""
    markets = fitted.panel.markets
    if market is not None:
        return {market_label(fitted, market): 1.0}
    if sizes is None:
        return dict.fromkeys(markets, 1.0)
    given = {label(name, markets): float(value) for name, value in sizes.items()}
    missing = [m for m in markets if m not in given]
    if missing or not all(np.isfinite(v) and v > 0 for v in given.values()):
        raise refuse(
            expected="consumers of every market, above 0",
            found=f"none of {missing[0]}" if missing else "another number",
            where="sizes",
            remedy="give a Series by market_ids.",
        )
    return {m: given[m] for m in markets}


def of_group(fitted: FittedDemand, members: ArrayLike) -> FittedDemand:
    """Demand of some agents alone; see `FittedDemand.of_group`."""
    agents = fitted.panel.agents
    chosen = np.asarray(members)
    if agents is None or fitted.design.identical_agents or chosen.shape != (len(agents),):
        raise refuse(
            expected=f"a mask of {0 if agents is None else len(agents)} agents who differ",
            found=f"shape {chosen.shape}",
            where="members",
            remedy="give panel.agents['income'] > 0, say.",
        )
    weights = pd.Series(agents["weights"].to_numpy(float) * chosen.astype(bool))
    total = weights.groupby(agents["market_ids"].to_numpy()).transform("sum")
    if not (total > 0).all():
        where = agents["market_ids"].iloc[int(np.argmin(total.to_numpy()))]
        raise refuse(
            expected="members of the group in every market",
            found=f"none in {where}",
            where="members",
            remedy="take a wider group, or by_group, which leaves such markets out.",
        )
    panel = replace(fitted.panel, agents=agents.assign(weights=(weights / total).to_numpy()))
    alone = replace(fitted, panel=panel)
    bought = panel.products.assign(shares=shares_at(alone))
    return replace(alone, panel=replace(panel, products=bought), only_group=True)
