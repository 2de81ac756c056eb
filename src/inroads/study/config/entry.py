"""[entry] of study.toml: who comes into the market, with whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from inroads.study.config.config_base import Section, Share, refused


class Entrant(Section):
    """A manufacturer that enters, and the products it enters with."""

    manufacturer: str
    """As in products.csv."""
    main_products: tuple[str, ...] = Field(min_length=1)
    """Products that deals are about, not yet on sale."""
    further_products: tuple[str, ...] = ()
    """Others that a deal may include."""


class Entry(Section):
    """The grid of scenarios: entrants alone and together, by partners."""

    entrants: tuple[Entrant, ...] = Field(min_length=1)
    """Who enters, each a table [[entry.entrants]]."""
    partners: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...] = Field(min_length=1)
    """Lists of channels that sell the entrants' products, a scenario each."""
    headline: tuple[str, ...] = Field(min_length=1)
    """The list of `partners` that the first sentence of the page is about."""
    awareness: Share
    """The part of consumers that knows an entrant's brand once a partner sells it."""
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
