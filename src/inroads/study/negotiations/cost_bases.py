"""Both readings of what goods cost, and what each does to the answer.

Wholesale prices by channel are those that list prices imply; one a product is what retailers leave
of its lowest open price, and what list prices imply beyond it is given off them. On either reading
entrants' products cost what their margin leaves of list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from inroads.market.vertical import given_off, list_price_shares
from inroads.results.firms import AboveOpenPrice, CostBases, CostBasis, DealsOnBasis
from inroads.study.config.entry import Entry
from inroads.study.market.calibration import Calibrated
from inroads.study.market.cost_checks import bills_of_materials
from inroads.study.market.firms import CalibratedFirms, calibrate_firms
from inroads.study.negotiations.entry_game import EntryGame, entry_game
from inroads.study.negotiations.negotiations import units_by_manufacturer

if TYPE_CHECKING:
    from inroads.study.load import Study

Wholesale = Literal["by channel", "by product"]


def cost_bases(
    study: Study, entry: Entry, fitted: Calibrated, game: EntryGame, *, partners: tuple[str, ...]
) -> CostBases | None:
    """The answer on both bases, that of the study first; None where members are worth nothing, so
    that nothing is subsidised."""
    part = study.config.firms
    if part is None or not any(game.firms.facts.member_value.values()):
        return None
    own: Wholesale = part.wholesale
    other: Wholesale = "by channel" if own == "by product" else "by product"
    firms = calibrate_firms(with_wholesale(study, other), fitted.market)
    assert firms is not None
    games = {own: game, other: entry_game(study, entry, fitted.market, firms)}
    return CostBases(
        bases=tuple(_basis(study, entry, g.firms, basis) for basis, g in games.items()),
        deals=tuple(
            row for basis, g in games.items() for row in _deals(g, entry, basis, partners=partners)
        ),
    )


def with_wholesale(study: Study, basis: Wholesale) -> Study:
    """The study with another reading of wholesale prices."""
    part = study.config.firms
    assert part is not None
    firms = part.model_copy(update={"wholesale": basis})
    return replace(study, config=study.config.model_copy(update={"firms": firms}))


def _basis(study: Study, entry: Entry, firms: CalibratedFirms, basis: Wholesale) -> CostBasis:
    market, facts = firms.market, firms.facts
    columns, units = market.columns, list_price_shares(market)
    has_members = columns["has_members"].astype(bool)
    listed, wholesale = columns["price"].astype(float), market.column("wholesale")
    spent = wholesale + given_off(market)
    open_price = {
        product: listed[~has_members & (columns["product"] == product)].min()
        for product in dict.fromkeys(columns["product"][~has_members])
    }
    compared = [j for j in np.flatnonzero(has_members) if columns["product"][j] in open_price]
    dearer = [
        AboveOpenPrice(
            product=columns["product"][j],
            channel=columns["channel"][j],
            wholesale_price=float(wholesale[j]),
            open_price=float(open_price[columns["product"][j]]),
        )
        for j in compared
        if wholesale[j] > open_price[columns["product"][j]]
    ]
    dearer.sort(key=lambda row: row.open_price / row.wholesale_price)
    channels = columns["channel"][has_members]
    shares = {c: units[columns["channel"] == c].sum() for c in dict.fromkeys(channels)}
    prices = [
        float(market.products.loc[p, "price"]) for e in entry.entrants for p in e.main_products
    ]
    entrants = [
        (1 - facts.open_channel_cut)
        + (facts.selling_cost(str(c), price) - facts.retail_cost) / price
        for c in shares
        for price in prices
    ]
    bills = bills_of_materials(study)
    cost = market.products["production_cost"]
    weights = np.repeat(list(shares.values()), len(prices))
    ratio = spent[has_members] / listed[has_members]
    return CostBasis(
        wholesale=basis,
        spent_to_list=float(np.average(ratio, weights=units[has_members])),
        entrant_to_list=float(np.average(entrants, weights=weights)),
        compared=len(compared),
        above_open_price=tuple(dearer),
        below_materials=tuple(p for p, bill in bills.items() if cost.get(p, np.inf) < bill),
    )


def _deals(
    game: EntryGame, entry: Entry, basis: Wholesale, *, partners: tuple[str, ...]
) -> Iterator[DealsOnBasis]:
    """Each entrant's deals, of its own quality and as good as the product that it is held to."""
    for entrant in entry.entrants:
        maker = entrant.manufacturer
        for peer in (None, *((entry.as_good_as,) if entry.as_good_as else ())):
            moved = game if peer is None else _as_good_as(game, maker, peer)
            without, through = moved.solve({maker: ()}), moved.solve({maker: partners})
            frame = through.frame
            sold = frame[(frame["manufacturer"] == maker) & frame["seller"].isin(partners)]
            means = {c: float(np.average(sold[c], weights=sold["units"])) for c in _PRICES}
            gains = through.profits - without.profits
            yield DealsOnBasis(
                wholesale=basis,
                as_good_as=peer,
                manufacturer=maker,
                units=float(units_by_manufacturer(through)[maker]),
                manufacturer_gain=float(gains[maker]),
                channels_gain=float(gains[list(partners)].sum()),
                wholesale_price=means["wholesale"],
                retail_price=means["price"],
            )


_PRICES = ("wholesale", "price")


def _as_good_as(game: EntryGame, manufacturer: str, product: str) -> EntryGame:
    """The game with an entrant's main products of the quality of another product."""
    products = game.market.products.copy()
    main = list(game.entrant(manufacturer).main_products)
    products.loc[main, "quality"] = products.loc[product, "quality"]
    return game.with_market(replace(game.market, products=products))
