"""[entry] of study.toml: who comes into the market, with whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from inroads.study.config.config_base import Dollars, Section, Share, Unit, refused


class Entrant(Section):
    """A manufacturer that enters, and the products it enters with."""

    manufacturer: str
    """As in products.csv."""
    main_products: tuple[str, ...] = Field(min_length=1)
    """Products that deals are about, not yet on sale."""
    further_products: tuple[str, ...] = ()
    """Others that a deal may include."""


class CampaignPart(Section):
    """Campaigns by channel, which add: of those who do not know a brand, as many learn of it as its
    dollars have not reached yet. Without this part one campaign reaches everybody, at once, and
    more do not add."""

    seen_elsewhere: Share
    """The part of a partner's campaign that others than its members see."""
    cost: Dollars
    """What a campaign costs that brings `awareness` among a partner's members."""
    periods: Annotated[int, Unit("periods")] = Field(default=1, ge=1)
    """That a campaign runs from a launch on, in [path]."""


class Entry(Section):
    """The grid of scenarios: entrants alone and together, by partners."""

    entrants: tuple[Entrant, ...] = Field(min_length=1)
    """Who enters, each a table [[entry.entrants]]."""
    partners: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = Field(min_length=1)
    """Lists of channels that sell the entrants' products, a scenario each."""
    headline: tuple[str, ...] = Field(min_length=1)
    """The list of `partners` that the first sentence of the page is about."""
    awareness: Share
    """The part of consumers (with [entry.campaign], of the partner's members) that knows an
    entrant's brand once a partner sells it."""
    campaign: CampaignPart | None = None
    """Who sees whose campaign, and what it costs."""
    ladder: tuple[Share, ...] = ()
    """Other levels of awareness to try."""
    as_good_as: str | None = None
    """A product on sale: what deals would bring were entrants' main products as good."""
    vary: tuple[str, ...] = ()
    """Ids of assumptions to move across their ranges, for units sold at list prices."""

    @model_validator(mode="after")
    def _headline_is_played(self) -> Entry:
        if self.headline not in self.partners:
            expected = "a headline that is one of the lists of partners, in the same order"
            raise refused(expected, f"headline = {list(self.headline)}")
        return self
