"""The path of a strategy at one draw: what a firm and its partner earn on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.period_pricing import EquilibriumPrices
from inroads.dynamics.record import Path
from inroads.market.market import Market
from inroads.market.moves import Deal, Launch, Move, Withdraw
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


@dataclass(frozen=True)
class ComeToOpenChannels:
    """Products come to the shelves of all channels without members that do not have them."""

    products: tuple[str, ...]
    price: float = 1.0

    def apply(self, market: Market) -> Market:
        """The market with these offers, at this part of their list prices."""
        is_open = ~market.channels["has_members"].astype(bool)
        on_sale = set(zip(market.table["product"], market.table["channel"], strict=True))
        return market.after(
            *(
                Launch(p, str(c), price=_suggested(market, p, self.price))
                for p in self.products
                for c in market.channels.index[is_open]
                if (p, c) not in on_sale
            )
        )


def _suggested(market: Market, product: str, part: float) -> float | None:
    return None if part == 1.0 else part * float(market.products.loc[product, "price"])


@dataclass(frozen=True, kw_only=True, repr=False)
class DealPaths(PathModel):
    """A path model whose deals are as a strategy has them: about which products, at which suggested
    price, some of them for one partner alone, for a time or for good."""

    strategy: Strategy

    @classmethod
    def of(cls, model: PathModel, strategy: Strategy) -> DealPaths:
        """The same model, with the deals of a strategy."""
        own = {f.name: getattr(model, f.name) for f in fields(PathModel) if f.name != "_paths"}
        return cls(**own, strategy=strategy)

    def moves(
        self, manufacturer: str, deals: Mapping[str, int], with_campaigns: bool = True
    ) -> dict[int, tuple[Move, ...]]:
        """What an entrant does: as in any path, but that the strategy has a say in its products."""
        entrant, chosen = self.game.entrant(manufacturer), self.strategy
        own = (*entrant.main_products, *entrant.further_products)
        held = [p for p in chosen.held_back if p in own and deals]
        about = [p for p in chosen.products if p in own] or entrant.main_products
        everywhere = tuple(p for p in about if p not in held)
        in_open = tuple(p for p in entrant.main_products if p not in held)
        first = min(deals, key=lambda c: deals[c]) if deals else None

        def changed(move: Move) -> Iterator[Move]:
            if isinstance(move, Launch):
                if move.product == entrant.main_products[0]:
                    yield ComeToOpenChannels(in_open, chosen.price)
            elif isinstance(move, Deal):
                for product in (*everywhere, *(held if move.channel == first else ())):
                    price = _suggested(self.game.market, product, chosen.price)
                    yield replace(move, products=(product,), price=price)
            else:
                yield move

        moves = {
            period: tuple(move for before in several for move in changed(before))
            for period, several in super().moves(manufacturer, deals, with_campaigns).items()
        }
        if first is not None and chosen.exclusive:
            begins = deals[first]
            moves[begins] = (*moves[begins], LeaveOpenChannels(everywhere))
            if (ends := begins + chosen.exclusive) < self.part.periods:
                back = ComeToOpenChannels(in_open, chosen.price)
                moves[ends] = (*moves.get(ends, ()), back)
        return moves

    def sellers(self) -> EquilibriumPrices:
        """What products cost to make does not follow the price that is suggested."""
        firms = self.game.firms
        facts, products = firms.facts, firms.market.products
        products = products[products["production_cost"].isna()]
        margin = products["manufacturer"].map(facts.margin_of)
        left = (1 - margin) * (1 - facts.open_channel_cut) * products["price"].astype(float)
        return replace(super().sellers(), production_cost=left.to_dict())


@dataclass(frozen=True, kw_only=True)
class DealSales:
    """A deal's units, mean wholesale price and mean production cost by period (T,), dollars; margin
    is what the manufacturer gains by a unit in the period of the launch."""

    units: Array
    wholesale: Array
    cost: Array
    margin: float


@dataclass(frozen=True)
class Played:
    """A study's path model at one draw, and what strategies bring a firm on it, kept for when it is
    asked for again."""

    model: PathModel
    choices: Choices
    sales: dict[tuple[Strategy, str], DealSales] = field(default_factory=dict, repr=False)
    _models: dict[object, PathModel] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, model: PathModel, choices: Choices) -> Played:
        """Channels set prices, on every path, in all periods in which some strategy changes what is
        on the shelves: else a later launch would be credited with prices that are set anew."""
        changes = {q for s in choices.strategies for q in s.changes(model.part.periods)}
        again = {q for first in changes for q in model.launches(first)}
        if model.reprice is None or again <= set(model.reprice):
            return cls(model, choices)
        periods = tuple(sorted(again | set(model.reprice)))
        return cls(replace(model, reprice=periods, _paths={}), choices)

    def gain(self, strategy: Strategy) -> Array:
        """What all deals of a strategy add to the firm's profit in each period (T,), dollars,
        before launches and campaigns are paid for.

        A partner that has products for itself pays, or is paid, a fee: the clause's gain to both
        together is split by the weights of their bargain.
        """
        firm = self.choices.firm
        shared = replace(strategy, exclusive=0, held_back=())
        without, through = self.path(Strategy()), self.path(shared)
        gain = _profit(through, firm) - _profit(without, firm)
        if strategy == shared:
            return gain
        maker, channel = self.pair(strategy.first)
        weight = self.model.game.terms.channel_weight(maker, channel)
        alone = self.path(strategy)
        added = sum(_profit(alone, f) - _profit(through, f) for f in (maker, channel))
        return np.asarray(gain + (weight if self.choices.is_channel else 1 - weight) * added)

    def units(self, strategy: Strategy, partner: str) -> Array:
        """Units of a partner's deal in each period of a strategy's path (T,)."""
        path, (maker, channel) = self.path(strategy), self.pair(partner)
        frame = path.frame
        sold = frame[frame["manufacturer"].eq(maker) & frame["channel"].eq(channel)]
        by_period = sold.groupby("period")["units"].sum()
        return np.asarray(by_period.reindex(range(path.periods), fill_value=0.0), dtype=float)

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
        key = replace(strategy, launches=(), paid_by="channel")
        if key not in self._models:
            model = self.model
            if strategy.campaign != 1.0:
                game = model.game
                model = model.with_game(game.with_awareness(self._awareness(strategy.campaign)))
            plain = key == Strategy(campaign=strategy.campaign)
            self._models[key] = model if plain else DealPaths.of(model, key)
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
