"""Everyone who owns a product, in or out of the market: cells of like consumers, moved along P.

Cells are every combination of home channel, product owned (brand as the market tells owners apart,
and platform) and kind of person (income, liquidity), in that order: indices (H, G, T), C = H G T.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Index
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.utility_columns import owner_groups
from inroads.market.vertical import list_price_shares

#: columns of cells that say where a consumer is and what it owns; the others say who it is
PLACE = ("home", "brand", "platform")
Hazard = float | Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Population:
    """The state of a market: who is where, and owns what.

    cells: (C rows) of `Consumers`, without weights. weight (C,): share of all consumers. owned
    (B, C): the same by the brand of the product in use (`brands`), which cells do not always tell
    apart; its sum over brands is `weight`. hazard (C,): the share that is in the market in a
    period. number: consumers, of whom each owns one product.
    """

    cells: pd.DataFrame
    homes: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    brands: tuple[str, ...]
    weight: Array
    owned: Array
    hazard: Array
    number: float

    @property
    def coming(self) -> Array:
        """Share of all consumers that is in the market, by cell (C,)."""
        return self.weight * self.hazard

    @property
    def size(self) -> float:
        """Consumers in the market."""
        return float(self.number * self.coming.sum())

    def with_hazard(self, hazard: Array) -> Population:
        """The same where these shares (C,) of consumers are in the market now."""
        if (hazard > 1).any():
            raise refuse(
                expected="at most everyone in the market in every season",
                found=f"{hazard.max():g} of consumers",
                where="season",
                remedy="lower its largest number, or the hazard.",
            )
        return replace(self, hazard=hazard)

    @property
    def coming_weight(self) -> Array:
        """Weights of those in the market, by cell (C,), summing to one."""
        coming = self.coming
        return np.asarray(coming / coming.sum())

    def in_market(self) -> pd.DataFrame:
        """Cells as `Consumers` takes them, with the weights of those in the market."""
        return self.cells.assign(weight=self.coming_weight, credit=0.0)

    def by_home(self, values: Array) -> Array:
        """(..., C) summed to (..., H)."""
        return np.asarray(values.reshape(*values.shape[:-1], len(self.homes), -1).sum(axis=-1))

    def moved(self, bought: Array, offers: Mapping[str, np.ndarray]) -> Population:
        """The population after purchases (J, C), shares of all consumers, of the offers, given as
        columns.

        Who buys owns that brand and platform, and is a member of the channel whose shelf it was, if
        it has members; nobody else moves. Weights and products in use are moved separately: that
        they still agree is what the path checks.
        """
        left = bought.sum(axis=0)
        leaving = np.divide(left, self.weight, out=np.zeros_like(left), where=self.weight > 0)
        weight, owned = self.weight - left, self.owned * (1.0 - leaving)
        shape = (len(self.homes), len(self.groups), -1)
        to_group, to_home = self._destinations(offers)
        arrived = weight.reshape(shape)
        use = owned.reshape(len(self.brands), *shape)
        # By home of the buyer (J, H, T); what is owned already makes no difference.
        arrivals = bought.reshape(len(bought), *shape).sum(axis=2)
        places = {name: k for k, name in enumerate(self.brands)}
        brand = np.array([places[name] for name in offers["brand"]], dtype=np.intp)
        stays, goes = np.flatnonzero(to_home < 0), np.flatnonzero(to_home >= 0)
        new = arrivals[goes].sum(axis=1)
        np.add.at(arrived, (to_home[goes], to_group[goes]), new)
        np.add.at(use, (brand[goes], to_home[goes], to_group[goes]), new)
        homes = np.arange(len(self.homes))
        np.add.at(arrived, (homes, to_group[stays, None]), arrivals[stays])
        np.add.at(use, (brand[stays, None], homes, to_group[stays, None]), arrivals[stays])
        return replace(self, weight=weight, owned=owned)

    def _destinations(self, offers: Mapping[str, np.ndarray]) -> tuple[Index, Index]:
        """What a buyer of each offer owns (group) and is with (home; -1: where it was)."""
        named = [brand for brand, _ in self.groups]
        owns = zip(owner_groups(offers["brand"], named), offers["platform"], strict=True)
        keys = [(str(brand), str(platform)) for brand, platform in owns]
        has_members = offers["has_members"].astype(bool)
        for what, values, existing in (
            ("brand", list(offers["brand"]), self.brands),
            ("brand and platform", keys, self.groups),
            ("channel", list(offers["channel"][has_members]), self.homes),
        ):
            new = [str(x) for x in values if x not in existing]
            if new:
                raise refuse(
                    expected=f"a {what} of the market at the start",
                    found=new[0],
                    where="path",
                    remedy="have its products and channels in the market's tables from the start.",
                )
        home = {name: k for k, name in enumerate(self.homes)}
        group = {key: k for k, key in enumerate(self.groups)}
        return (
            np.array([group[key] for key in keys], dtype=np.intp),
            np.array(
                [
                    home[channel] if members else -1
                    for channel, members in zip(offers["channel"], has_members, strict=True)
                ],
                dtype=np.intp,
            ),
        )


def initial_population(market: Market, hazard: Hazard) -> Population:
    """The population of which a market's consumers are those in the market now.

    hazard: the share of consumers that is in the market in a period, in (0, 1]; by home channel
    where it differs. A cell of weight w_c in the market (`Market.weights`) stands for w_c / h_c
    consumers, of whom the share h_c has come: so the market of the data is that of period 0,
    whatever the hazard, and the population's number is size x sum_c w_c / h_c.

    The brands among owners that cells do not tell apart are those of present sales.
    """
    old = market.labelled_consumers.cells
    kinds = [c for c in old if c not in (*PLACE, "weight", "credit")]
    weight = (old["weight"] + market.tastes.get("credit", 0.0) * old["credit"]).to_numpy(float)
    if (weight < -1e-12).any() or not weight.sum() > 0:
        raise refuse(
            expected="cells with weights of 0 or more, not all 0",
            found=f"{weight.min():g}",
            where="consumers.cells",
            remedy="correct weights, or the share that is granted credit.",
        )
    with_members = market.channels.index[market.channels["has_members"]]
    homes = list(dict.fromkeys([*old["home"], *with_members]))
    products, named = market.products, set(old["brand"])
    reached = zip(owner_groups(products["brand"], named), products["platform"], strict=True)
    present = zip(old["brand"], old["platform"], strict=True)
    groups = list(dict.fromkeys((str(b), str(p)) for b, p in [*present, *reached]))
    person_kinds, kind = _distinct(old, kinds)
    place: Index = pd.Index(homes).get_indexer(old["home"]).astype(np.intp)
    owns = np.array([groups.index(key) for key in zip(old["brand"], old["platform"], strict=True)])
    into = (place * len(groups) + owns) * len(person_kinds) + kind
    shape = (len(homes), len(groups), len(person_kinds))
    total = np.bincount(into, weight / weight.sum(), minlength=int(np.prod(shape)))
    h, g, t = (x.ravel() for x in np.indices(shape))
    cells = person_kinds.iloc[t].reset_index(drop=True)
    for k, name in enumerate(PLACE):
        values = homes if k == 0 else [group[k - 1] for group in groups]
        cells[name] = np.array(values, dtype=object)[h if k == 0 else g]
    rate = _hazards(hazard, homes)[h]
    share = total / rate
    brands, owned = _brands_in_use(market, groups, share / share.sum(), shape)
    return Population(
        cells=cells[[c for c in old if c not in ("weight", "credit")]],
        homes=tuple(map(str, homes)),
        groups=tuple(groups),
        brands=brands,
        weight=share / share.sum(),
        owned=owned,
        hazard=rate,
        number=float(market.size * share.sum()),
    )


def _distinct(cells: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, Index]:
    """The distinct rows of these columns, and which of them each cell is."""
    rows: dict[Hashable, int] = {}
    keys: list[tuple[Any, ...]] = list(cells[columns].itertuples(index=False, name=None))
    which = [rows.setdefault(key, len(rows)) for key in keys]
    return cells[columns].drop_duplicates().reset_index(drop=True), np.array(which, dtype=np.intp)


def _hazards(hazard: Hazard, homes: list[str]) -> Array:
    given = hazard if isinstance(hazard, Mapping) else dict.fromkeys(homes, hazard)
    for home in homes:
        value = given.get(home)
        if value is None or not 0 < value <= 1:
            raise refuse(
                expected="a share of consumers in the market each period, above 0 and up to 1",
                found="none" if value is None else f"{value:g}",
                where=f"hazard of {home or 'those without a channel'}",
                remedy="give a share, 0.15 for 15 percent.",
            )
    return np.array([float(given[home]) for home in homes])


def _brands_in_use(
    market: Market, groups: list[tuple[str, str]], weight: Array, shape: tuple[int, int, int]
) -> tuple[tuple[str, ...], Array]:
    """Brands, and the products in use of each by cell (B, C)."""
    table, named = market.table, {brand for brand, _ in groups}
    products = market.products
    sold = pd.Series(list_price_shares(market)).groupby(
        [owner_groups(table["brand"], named), table["platform"], table["brand"]]
    )
    units = {tuple(map(str, key)): float(value) for key, value in sold.sum().items()}
    split: dict[str, Array] = {str(b): np.zeros(shape) for b in dict.fromkeys(products["brand"])}
    by_group = weight.reshape(shape)
    for g, group in enumerate(groups):
        own = {b: u for (*of, b), u in units.items() if tuple(of) == group and u > 0}
        whole = sum(own.values())
        # Owners of products that nobody sells any more are a brand of their own.
        for brand, part in (own or {group[0]: 1.0}).items():
            split.setdefault(brand, np.zeros(shape))
            split[brand][:, g] = by_group[:, g] * (part / whole if own else 1.0)
    owned = np.stack(list(split.values())).reshape(len(split), -1)
    return tuple(split), owned
