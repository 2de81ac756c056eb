"""The path of a strategy at one draw: what a firm and its partner earn on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.record import Path
from inroads.market.market import Market
from inroads.market.moves import Move, Withdraw
from inroads.market.moves.awareness import exposure_to_reach
from inroads.plans.strategies import Choices, Strategy
from inroads.study.outlook.entrant_path import PathModel


@dataclass(frozen=True)
class LeaveOpenChannels:
    """Products go off the shelves of channels without members, where they are on any."""

    products: tuple[str, ...]

    def apply(self, market: Market) -> Market:
        """The market without these offers."""
        table = market.table
        rows = table[table["product"].isin(self.products) & ~table["has_members"].astype(bool)]
        pairs = zip(rows["product"], rows["channel"], strict=True)
        return market.after(*(Withdraw(product=p, channel=c) for p, c in pairs))


class ExclusivePaths(PathModel):
    """A path model whose entrants leave the open channel with their first deal, with the products
    that it is about."""

    def moves(
        self, manufacturer: str, deals: Mapping[str, int], with_campaigns: bool = True
    ) -> dict[int, tuple[Move, ...]]:
        """What an entrant does, its products off the open channel's shelves from its deal on."""
        moves = super().moves(manufacturer, deals, with_campaigns)
        if deals:
            first = min(deals.values())
            leave = LeaveOpenChannels(self.game.entrant(manufacturer).main_products)
            moves[first] = (*moves.get(first, ()), leave)
        return moves

    @classmethod
    def of(cls, model: PathModel) -> ExclusivePaths:
        """The same model, with exclusive deals."""
        own = {f.name: getattr(model, f.name) for f in fields(PathModel) if f.name != "_paths"}
        return cls(**own)


@dataclass(frozen=True)
class Played:
    """A study's path model at one draw, and what strategies bring a firm on it, kept for when it is
    asked for again."""

    model: PathModel
    choices: Choices
    _models: dict[object, PathModel] = field(default_factory=dict, repr=False)

    def gain(self, strategy: Strategy) -> Array:
        """What all deals of a strategy add to the firm's profit in each period (T,), dollars,
        before launches and campaigns are paid for.

        An exclusive partner pays, or is paid, a fee: the clause's gain to both together is split by
        the weights of their bargain.
        """
        firm = self.choices.firm
        without, through = self.path(Strategy()), self.path(replace(strategy, exclusive=False))
        gain = _profit(through, firm) - _profit(without, firm)
        if not strategy.exclusive:
            return gain
        maker, channel = self.pair(strategy.partners[0])
        weight = self.model.game.terms.channel_weight(maker, channel)
        alone = self.path(strategy)
        added = sum(_profit(alone, f) - _profit(through, f) for f in (maker, channel))
        return np.asarray(gain + (weight if self.choices.is_channel else 1 - weight) * added)

    def pair(self, partner: str) -> tuple[str, str]:
        """Manufacturer and channel of a deal with a partner."""
        firm = self.choices.firm
        return (partner, firm) if self.choices.is_channel else (firm, partner)

    @property
    def discounts(self) -> Array:
        """What a dollar at the end of each period is worth at the present (T,)."""
        periods = np.arange(self.model.part.periods)
        return np.asarray((1 + self.model.rate_per_period) ** -(periods + 1.0))

    def present(self, strategy: Strategy, firm: str) -> float:
        """The present value of a firm's profits on a strategy's path, all deals on sale."""
        return float(_profit(self.path(strategy), firm) @ self.discounts)

    def path(self, strategy: Strategy) -> Path:
        """The market's path with the deals of a strategy.

        An entrant comes alone. Where a channel chooses all entrants are in the open channel.
        """
        model = self._model(strategy) if strategy.launches else self.model
        launches = dict(strategy.launches)
        if not self.choices.is_channel:
            return model.follow(self.choices.firm, launches)
        first, *others = self.choices.partners
        deals = {
            maker: {self.choices.firm: launches[maker]} if maker in launches else {}
            for maker in self.choices.partners
        }
        return model.follow(first, deals[first], beside={other: deals[other] for other in others})

    def _model(self, strategy: Strategy) -> PathModel:
        key = (strategy.exclusive, strategy.campaign)
        if key not in self._models:
            model = self.model
            if strategy.campaign != 1.0:
                game = model.game
                model = model.with_game(game.with_awareness(self._awareness(strategy.campaign)))
            self._models[key] = ExclusivePaths.of(model) if strategy.exclusive else model
        return self._models[key]

    def _awareness(self, size: float) -> float:
        """What a campaign of another size makes known where nobody else advertises."""
        game = self.model.game
        maker = self.choices.partners[0] if self.choices.is_channel else self.choices.firm
        before = game.market.labelled_consumers.min_awareness(game.brands(maker)[0])
        exposure = size * exposure_to_reach(before, game.awareness)
        return float(1 - (1 - before) * np.exp(-exposure))


def _profit(path: Path, firm: str) -> Array:
    if firm not in path.profits:
        return np.zeros(path.periods)
    return np.asarray(path.profits[firm], dtype=float)
