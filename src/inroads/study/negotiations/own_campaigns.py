"""The campaign that an entrant would run without any partner: awareness for dollars of its own,
beside what partners' campaigns bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar

from inroads.market.carried import carrying
from inroads.market.market import Market
from inroads.market.moves import Exposure
from inroads.market.moves.awareness import exposure_to_reach
from inroads.results.negotiations import EntrantCampaign
from inroads.study.config.entry import Entry
from inroads.study.market.build_market import resolve_number

if TYPE_CHECKING:
    from inroads.study.load import Study
    from inroads.study.negotiations.entry_game import EntryGame

# Of a partner's campaign: the most that is tried, what slope is measured with, how near is enough.
_MOST = 8.0
_STEP = 1e-2
_CLOSE = 1e-2


@dataclass(frozen=True)
class OwnCampaign:
    """What an entrant without partners would spend on being known, in campaigns of the size of a
    partner's.

    exposure: of everybody. dollars: spent. first_dollar: what the first dollar brings back while
    the products are on sale. awareness: with it.
    """

    exposure: float
    dollars: float
    first_dollar: float


def best_campaign(
    profit: Callable[[float], float], *, exposure: float, cost: float, periods: float
) -> OwnCampaign:
    """The campaign that pays best: profit(exposure) a period over `periods`, less its dollars.

    exposure: of everybody to a campaign that costs `cost`. Profit is concave in it.
    """
    without = profit(0.0)

    def net(size: float) -> float:
        return periods * (profit(size * exposure) - without) - size * cost

    if not (exposure > 0 and cost > 0):
        return OwnCampaign(0.0, 0.0, 0.0)
    first = (net(_STEP) / _STEP + cost) / cost
    if first <= 1:
        return OwnCampaign(0.0, 0.0, first)
    best = minimize_scalar(
        lambda size: -net(size), bounds=(0.0, _MOST), method="bounded", options={"xatol": _CLOSE}
    )
    size = float(best.x)
    return OwnCampaign(size * exposure, size * cost, first)


def own_campaign(study: Study, entry: Entry, game: EntryGame, manufacturer: str) -> OwnCampaign:
    """What pays best without partners: everybody sees a campaign as others than members would."""
    part, negotiations = entry.campaign, study.config.negotiations
    assert part is not None
    assert negotiations is not None
    brand = game.brands(manufacturer)[0]
    aware = game.market.labelled_consumers.min_awareness(brand)

    market = replace(game, own={}).industry({manufacturer: ()})
    brands, on_sale = game.brands(manufacturer), sorted(set(market.columns["brand"]))

    last = market.column("price")

    def profit(exposure: float) -> float:
        nonlocal last
        moves = (Exposure(b, exposure) for b in brands if exposure > 0)
        consumers = market.after(*moves).labelled_consumers
        # Of all that a market is made of, a campaign changes who knows what.
        arrays = replace(market.arrays, types=consumers.split_by_awareness(on_sale))
        seen = replace(market, consumers=consumers)
        columns = market.columns | {"start": last}
        alone = carrying(seen, columns=columns, arrays=arrays).solve(certificate=False)
        last = alone.state.prices
        return float(alone.profits[manufacturer])

    return best_campaign(
        profit,
        exposure=(game.seen_elsewhere or 0.0) * exposure_to_reach(aware, game.awareness),
        cost=resolve_number(study, part.cost, "entry.campaign.cost", "cost of a campaign"),
        periods=resolve_number(
            study,
            negotiations.periods_on_sale,
            "negotiations.periods_on_sale",
            "periods on sale",
        ),
    )


def entrant_campaigns(
    study: Study, entry: Entry, game: EntryGame, partners: Sequence[str]
) -> tuple[EntrantCampaign, ...]:
    """What campaigns bring each entrant; none without [entry.campaign]."""
    if entry.campaign is None:
        return ()
    cost = resolve_number(study, entry.campaign.cost, "entry.campaign.cost", "cost of a campaign")
    rows = []
    for manufacturer, own in game.own_campaigns.items():
        brand = game.brands(manufacturer)[0]
        alone = game.market.after(Exposure(brand, own.exposure))
        joint = alone.after(*game.campaigns([brand], partners))
        rows.append(
            EntrantCampaign(
                manufacturer=manufacturer,
                cost=cost,
                awareness_without=_mean_awareness(alone, brand),
                awareness_with=_mean_awareness(joint, brand),
                first_dollar=own.first_dollar,
                own_dollars=own.dollars,
            )
        )
    return tuple(rows)


def _mean_awareness(market: Market, brand: str) -> float:
    """The part of consumers that knows a brand."""
    consumers = market.labelled_consumers
    if brand not in consumers.awareness:
        return 1.0
    weight = consumers.columns["weight"].astype(float)
    weight = weight + market.tastes.get("credit", 0.0) * consumers.columns["credit"].astype(float)
    by_home = np.append(consumers.awareness[brand].to_numpy(float), 1.0)
    return float(weight @ by_home[consumers.home_rows] / weight.sum())
