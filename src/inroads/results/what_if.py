"""What moves on a study's market change, with channels setting prices or at list prices."""

from __future__ import annotations

from collections.abc import Mapping

from inroads.results.base import Record
from inroads.results.networks import DealTerms


class Change(Record):
    """A number before the moves and after them."""

    before: float
    after: float

    @property
    def by(self) -> float:
        """The difference."""
        return self.after - self.before


class WhatIf(Record):
    """A market after moves, against the same without them. Money is dollars a period."""

    moves: tuple[str, ...]
    """As they were made, in order."""
    entrants: tuple[str, ...]
    """Those with deals, who sell in the open channel without them."""
    at_list_prices: bool
    """Whether nobody answers; then nothing is known of profits."""
    units: Mapping[str, Change]
    """By manufacturer, a period."""
    profits: Mapping[str, Change]
    """By firm; empty at list prices."""
    terms: tuple[DealTerms, ...]
    """Of deals that were bargained over; empty at list prices."""
    consumer_surplus_change: float
