"""A market with its labels: offers on shelves, consumers, tastes. Immutable."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from inroads.choice import Logit
from inroads.choice.model import Array
from inroads.errors import InputError
from inroads.scenario.assemble import DOLLARS, FEATURES, Arrays, assemble
from inroads.scenario.consumers import Consumers

if TYPE_CHECKING:
    from inroads.scenario.outcome import Outcome


class Move(Protocol):
    """A change to a market: anything with `apply`."""

    def apply(self, market: Market) -> Market:
        """The market after the move; the one given stays as it is."""
        ...


@dataclass(frozen=True)
class Market:
    """Devices, channels, the offers between them, and who chooses.

    devices: index device; maker, brand, platform, tier, networks ("gsm+cdma"), price (dollars, the
        list price at which it would be launched), quality (utility; NaN where unknown).
    channels: index channel; kind (carrier | open), network, months, down, limit (dollars), appeal
        (utility).
    offers: device, channel, price (dollars), months, down, limit, networks, extra (utility).
    consumers: see `Consumers`. tastes: money (utility per 100 dollars at the reference income),
        inertia, platform, brand (utility), credit (share of the strained who get instalments).
    size: consumers in the market in one period (a quarter); period: its label.
    """

    devices: pd.DataFrame
    channels: pd.DataFrame
    offers: pd.DataFrame
    consumers: Consumers
    tastes: Mapping[str, float]
    size: float
    period: str = ""
    moves: tuple[Move, ...] = field(default=())

    def after(self, *moves: Move) -> Market:
        """The market after `moves`, one after the other.

        Raises InputError where a move names a device, maker or channel that does not exist, or
        makes no difference (a device launched twice, a deal that stands already).
        """
        market = self
        for move in moves:
            market = replace(move.apply(market), moves=(*market.moves, move))
        return market

    def solve(self) -> Outcome:
        """What consumers buy at the prices in the market (list prices)."""
        from inroads.scenario.outcome import Outcome

        P, inclusive = Logit().evaluate(self.utility)
        return Outcome(self, self.table, P, inclusive, self.weights, self.money)

    @cached_property
    def arrays(self) -> Arrays:
        """The market as arrays over offers (rows of `offers`) and agents."""
        return assemble(self.table, self.consumers)

    @property
    def weights(self) -> Array:
        """Agents' weights (I,)."""
        return self.arrays.weights(self.tastes.get("credit", 0.0))

    @property
    def money(self) -> Array:
        """Agents' marginal utility of a dollar paid now (I,)."""
        return np.asarray(self.tastes["money"] * self.arrays.agents.money / DOLLARS)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Offers with the columns of their devices and channels."""
        device = self.devices.index.get_indexer(self.offers["device"])
        channel = self.channels.index.get_indexer(self.offers["channel"])
        columns = {c: self.offers[c].to_numpy() for c in self.offers}
        for name in ("maker", "brand", "platform", "tier", "quality"):
            columns[name] = self.devices[name].to_numpy()[device]
        for name in ("kind", "network", "appeal"):
            columns[name] = self.channels[name].to_numpy()[channel]
        return pd.DataFrame(columns)

    @property
    def utility(self) -> Array:
        """u (J, I)."""
        table, arrays = self.table, self.arrays
        fixed = (table["quality"] + table["appeal"] + table["extra"]).to_numpy(float)
        unknown = table.loc[~np.isfinite(fixed), "device"]
        if len(unknown):
            raise InputError.single(
                expected="a quality for every device on sale",
                found=f"none for {unknown.iloc[0]}",
                where="market",
                remedy="calibrate the market, or give the device's quality",
            )
        theta = np.array([self.tastes.get(name, 0.0) for name in FEATURES])
        cells = np.tensordot(theta, arrays.X, axes=1) + fixed[:, None]
        return np.asarray(arrays.spread(cells) + arrays.choice)

    def select(
        self,
        *,
        maker: str | None = None,
        device: str | Iterable[str] | None = None,
        channel: str | Iterable[str] | None = None,
    ) -> np.ndarray:
        """A mask over offers that match all of the names given; unknown names are refused."""
        mask = np.ones(len(self.offers), dtype=bool)
        if maker is not None:
            self.known("manufacturer", maker)
            mask &= self.offers["device"].map(self.devices["maker"]).eq(maker).to_numpy()
        for kind, names in (("device", device), ("channel", channel)):
            if names is not None:
                wanted = [names] if isinstance(names, str) else list(names)
                for name in wanted:
                    self.known(kind, name)
                mask &= self.offers[kind].isin(wanted).to_numpy()
        return mask

    def known(self, kind: str, name: str) -> str:
        """`name` itself where the market has such a manufacturer, brand, device or channel."""
        names = {
            "manufacturer": self.devices["maker"],
            "brand": self.devices["brand"],
            "device": self.devices.index,
            "channel": self.channels.index,
        }[kind]
        choices = list(dict.fromkeys(names))
        if name not in choices:
            near = difflib.get_close_matches(str(name), choices, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(choices)}"
            raise InputError.single(
                expected=f"a {kind} of this market", found=repr(name), where="move", remedy=hint
            )
        return name
