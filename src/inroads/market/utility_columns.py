"""From labelled tables to the arrays of `choice`: the columns of mu, choice sets, weights.

Every mechanism is a matrix over offers and cells of consumers, times a taste:
    money      payment: price x what paying it this way weighs x what money weighs, per 100 dollars
    inertia    1 where the offer is on the shelf of the agent's own channel
    platform   1 where the product is of the platform of the one that the agent owns
    brand      1 where the product is of the brand that the agent owns
besides what cells' own tastes for characteristics add, and -inf where the product does not meet the
standard of the consumer's channel, is out of its reach, or where it does not know the brand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from inroads.choice import payment_factor
from inroads.choice.base import Array, Index
from inroads.errors import refuse
from inroads.market.consumers import AwarenessTypes, Consumers

FEATURES = ("money", "inertia", "platform", "brand")
DOLLARS = 100.0


@dataclass(frozen=True)
class UtilityColumns:
    """X (4, J, C) over offers and cells in the order of FEATURES. base (J, C): what cells' own
    tastes for characteristics add, or -inf where the product does not work for the cell. group
    (J,): 0, or 1 + the place of the offer's brand among `types.brands`. financed (J, C) is 1 where
    the offer would be paid over time. weight, credit (C,): see `Consumers`. money (C,): what it
    weighs.

    An agent is a cell and a type, cells first (I = C T).
    """

    X: Array
    base: Array
    group: Index
    types: AwarenessTypes
    financed: Array
    weight: Array
    credit: Array
    money: Array

    def to_agents(self, cells: Array) -> Array:
        """(..., C) over cells to (..., I) over agents."""
        return np.repeat(cells, len(self.types.taste), axis=-1)

    def split(self, cells: Array) -> Array:
        """Weights (C,) by cell split among types (C, T)."""
        return cells[:, None] * self.types.probability

    def weights(self, credit: float) -> Array:
        """Weights (C, T) when the share `credit` of the strained may pay later."""
        return self.split(self.weight + credit * self.credit)


def utility_columns(offer: Mapping[str, np.ndarray], consumers: Consumers) -> UtilityColumns:
    """Arrays of offers (J of them, as `Market.columns` gives them) and consumers."""
    cell = consumers.columns
    types = consumers.split_by_awareness(sorted(set(offer["brand"])))
    financed, payment = payment_weights(offer, consumers)
    home_channel = _same(offer["channel"], cell["home"])
    same_platform = _same(offer["platform"], cell["platform"])
    same_brand = _same(owner_groups(offer["brand"], cell["brand"]), cell["brand"])
    groups = {name: k for k, name in enumerate((*types.brands, *types.shelves), start=1)}
    usable = _usable(offer, cell["home"], consumers.standards)
    base = np.where(usable, 0.0, -np.inf)
    for name, taste in consumers.tastes.items():
        # What is out of reach of some, -inf, is nothing to the others.
        worth = offer[name].astype(float)[:, None]
        base += np.multiply(worth, taste, out=np.zeros_like(base), where=taste != 0)
    return UtilityColumns(
        X=np.stack([-payment, home_channel, same_platform, same_brand]).astype(float),
        base=base,
        group=np.array(
            [
                groups.get(at, groups.get(at[0], 0))
                for at in zip(offer["brand"], offer["channel"], strict=True)
            ],
            dtype=np.intp,
        ),
        types=types,
        financed=financed.astype(float),
        weight=cell["weight"].astype(float),
        credit=cell["credit"].astype(float),
        money=consumers.money,
    )


def _same(offers: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Whether the names of offers (J,) are those of cells (C,), (J, C)."""
    places: dict[object, int] = {}
    codes = [
        np.array([places.setdefault(name, len(places)) for name in names], dtype=np.intp)
        for names in (offers, cells)
    ]
    return np.asarray(codes[0][:, None] == codes[1])


def payment_weights(
    offer: Mapping[str, np.ndarray], consumers: Consumers
) -> tuple[np.ndarray, Array]:
    """Where payment would be over time (J, C), and what paying weighs, per 100 dollars (J, C)."""
    cell = consumers.columns
    financed = (offer["months"].astype(float)[:, None] > 0) & cell["may_finance"].astype(bool)
    rates, rate = np.unique(cell["rate"].astype(float), return_inverse=True)
    weighs = np.where(financed, _factors(offer, rates, consumers.later)[:, rate], 1.0)
    return financed, offer["price"].astype(float)[:, None] * weighs * consumers.money / DOLLARS


def _factors(offer: Mapping[str, np.ndarray], rate: Array, later: float) -> Array:
    """What a dollar of price weighs (J, R) paid on the offer's terms, at monthly rates (R,)."""
    price = offer["price"].astype(float)
    upfront = np.minimum(price, offer["down"].astype(float))
    upfront = np.maximum(upfront, price - offer["limit"].astype(float))
    months = offer["months"].astype(float)
    return payment_factor(rate, months[:, None], (upfront / price)[:, None], later)


def utility_at_list_prices(
    offer: Mapping[str, np.ndarray], arrays: UtilityColumns, tastes: Mapping[str, float]
) -> Array:
    """u (J, C) of offers, as `Market.columns` gives them; refused where a quality is not known."""
    quality, appeal, extra = (offer[c].astype(float) for c in ("quality", "appeal", "extra"))
    fixed = quality + appeal + extra
    unknown = offer["product"][~np.isfinite(fixed)]
    if len(unknown):
        raise refuse(
            expected="a quality for every product on sale",
            found=f"none for {unknown[0]}",
            where="market",
            remedy="calibrate the market, or give the product's quality",
        )
    theta = np.array([tastes.get(name, 0.0) for name in FEATURES])
    return np.asarray(np.tensordot(theta, arrays.X, axes=1) + fixed[:, None] + arrays.base)


def owner_groups(brands: Iterable[str], owned: Iterable[str]) -> np.ndarray:
    """The owners' group of each brand: its own, or "other" where owners are not told apart."""
    named = set(owned)
    return np.array([b if b in named else "other" for b in brands], dtype=object)


def _usable(
    offer: Mapping[str, np.ndarray], home: np.ndarray, standards: dict[str, str]
) -> np.ndarray:
    """Whether the product works (J, C): by the standard of its channel, else by the consumer's
    own."""
    homes, home_of_cell = np.unique(home.astype(str), return_inverse=True)
    usable = np.empty((len(offer["product"]), len(homes)), dtype=bool)
    for j, met in enumerate(set(str(n).split("+")) for n in offer["standards"]):
        has_members = offer["has_members"][j]
        needed = [offer["standard"][j] if has_members else standards.get(h, "any") for h in homes]
        usable[j] = [n == "any" or n in met for n in needed]
    return usable[:, home_of_cell]
