"""[negotiations] of study.toml: talks of entrants with channels."""

from __future__ import annotations

from pydantic import Field

from inroads.study.config.config_base import Dollars, Months, Odds, Periods, Section, Share


class NegotiationsPart(Section):
    """Negotiations between the entrants of [entry] and channels; needs [entry] and [firms]."""

    channels: tuple[str, ...] = Field(min_length=1)
    """Channels with members that negotiate."""
    breakdown_hazard: Odds = 0.0
    """That negotiations themselves end a deal before launch."""
    political_hazard: Odds | None = None
    """That politics ends a deal before launch; no politics where left out."""
    channel_weight: Share | None = None
    """The channels' weight in bargains with entrants, 0 to 1; where left out the mean that their
    terms with present manufacturers imply."""
    launch_cost: Dollars = 0.0
    """What a launch at a channel costs the manufacturer."""
    periods_to_launch: Periods = 0.0
    """From now to the launch."""
    periods_on_sale: Periods
    """That a launched product sells."""
    tariff: Share | None = None
    """The rate of a tariff on customs value that is tried; none where left out."""
    imported: tuple[str, ...] = ()
    """Manufacturers that the tariff would meet."""
    local_cost: Share | None = None
    """The part by which an entrant's products would cost more if made where that tariff does not
    reach, which is tried beside it; not tried where left out."""
    down_payment: Share | None = None
    """The part of the price asked at once that is tried; none where left out."""
    months: Months | None = None
    """The longer time to pay that is tried; none where left out."""
    vary: tuple[str, ...] = ()
    """Ids of assumptions to move across their ranges, for the terms of the first deal."""
