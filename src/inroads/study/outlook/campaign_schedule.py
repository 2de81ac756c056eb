"""When campaigns run on a path: with each launch, over some periods, each adding to what is known.

What is known then fades as the path's law has it: repeated at every launch, dollars of the past
work on as a stock (adstock).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from inroads.dynamics.awareness_dynamics import AwarenessFloor
from inroads.market.moves import Exposure, Move
from inroads.study.negotiations.entry_game import EntryGame


def campaigns_by_period(
    game: EntryGame,
    manufacturer: str,
    launches: Mapping[str, Sequence[int]],
    *,
    own: Sequence[int],
    lasting: int,
) -> dict[int, list[Move]]:
    """An entrant's campaigns: with launches of its products by channels, and its own.

    launches: periods by channel; own: periods of launches outside channels; lasting: periods that a
    campaign is spread over. Where one campaign reaches everybody it is there at once.
    """
    brands = game.brands(manufacturer)
    partners: dict[int, list[str]] = {}
    for channel, periods in launches.items():
        for period in periods:
            partners.setdefault(period, []).append(channel)
    if game.seen_elsewhere is None:
        floors = [AwarenessFloor(brand, game.awareness) for brand in brands]
        return {period: list[Move](floors) for period in sorted(partners)}
    starting: dict[int, list[Move]] = {}
    if alone := game.own.get(manufacturer, 0.0):
        starting = {period: [Exposure(brand, alone) for brand in brands] for period in own}
    for period, channels in partners.items():
        starting.setdefault(period, []).extend(game.campaigns(brands, channels))
    running: dict[int, list[Move]] = {}
    for first, campaigns in sorted(starting.items()):
        for period in range(first, first + lasting):
            running.setdefault(period, []).extend(_part(c, lasting) for c in campaigns)
    return running


def _part(campaign: Move, periods: int) -> Move:
    """What one of so many periods brings of a campaign."""
    if not isinstance(campaign, Exposure):
        return campaign
    return replace(campaign, exposure=campaign.exposure / periods)
