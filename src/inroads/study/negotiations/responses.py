"""What present manufacturers could do about an entrant's deals, and what it would bring them."""

from __future__ import annotations

from inroads.market.market import Market
from inroads.market.moves import Allowance
from inroads.results.networks import Response
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.negotiations import units_by_manufacturer

#: manufacturers who lose most, and what they pay as parts of their wholesale prices
_RIVALS, _PARTS = 2, (0.02, 0.05, 0.1)


def responses(
    game: EntryGame, manufacturer: str, partners: tuple[str, ...]
) -> tuple[Response, ...]:
    """Allowances of those that lose most by an entrant's deals, at its partners.

    Each alone, all else as it is; what it brings is against paying nothing.
    """
    without, deals = game.solve({manufacturer: ()}), game.solve({manufacturer: partners})
    makers = dict.fromkeys(deals.frame["manufacturer"])
    lost = (without.profits - deals.profits).reindex(list(makers)).drop(manufacturer)
    rows = []
    for rival in lost.sort_values(ascending=False).index[:_RIVALS]:
        at_partners = deals.frame[
            (deals.frame["manufacturer"] == rival) & deals.frame["seller"].isin(partners)
        ]
        # Who sells nothing at the partners has nothing to pay for.
        if at_partners.empty:
            continue
        units = at_partners["units"]
        mean = float((at_partners["wholesale"] * units).sum() / units.sum())
        sellers = tuple(dict.fromkeys(at_partners["seller"]))
        for part in _PARTS:

            def paid(
                market: Market,
                rival: str = rival,
                unit: float = part * mean,
                sellers: tuple[str, ...] = sellers,
            ) -> Market:
                return market.after(*(Allowance(rival, unit, seller) for seller in sellers))

            after = game.with_policy(paid).solve({manufacturer: partners})
            change = after.profits - deals.profits
            sold = units_by_manufacturer(after)[manufacturer]
            rows.append(
                Response(
                    manufacturer=manufacturer,
                    rival=rival,
                    rival_loss=float(lost[rival]),
                    allowance=part * mean,
                    part_of_wholesale=part,
                    rival_profit_change=float(change[rival]),
                    manufacturer_profit_change=float(change[manufacturer]),
                    units_change=float(sold - units_by_manufacturer(deals)[manufacturer]),
                )
            )
    return tuple(rows)
