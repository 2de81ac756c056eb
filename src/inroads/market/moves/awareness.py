"""Who knows which brand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inroads.market.market import Market
from inroads.market.moves.base import refuse_move, require_labels
from inroads.market.names import require_name


@dataclass(frozen=True)
class Campaign:
    """Make a brand known to a share of consumers.

    Parameters
    ----------
    brand : str
        Which.
    awareness : float
        The share, from 0 to 1.
    members_of : tuple of str, optional
        Channels whose members it reaches; all consumers unless given.
    """

    brand: str
    awareness: float
    members_of: tuple[str, ...] | None = None

    def apply(self, market: Market) -> Market:
        """The market with this awareness; raises InputError unless it is between 0 and 1."""
        require_labels(self, market)
        require_name(market, "brand", self.brand)
        if not 0 <= self.awareness <= 1:
            raise refuse_move(
                self,
                "awareness between 0 and 1",
                str(self.awareness),
                "give a share of consumers, 0.35 for 35 percent",
            )
        consumers = market.labelled_consumers
        awareness = consumers.awareness.copy()
        if self.brand not in awareness:
            awareness[self.brand] = 1.0
        rows = awareness.index if self.members_of is None else list(self.members_of)
        for name in self.members_of or ():
            require_name(market, "channel", name)
        awareness.loc[rows, self.brand] = self.awareness
        return replace(market, consumers=replace(consumers, awareness=awareness))
