"""A study's entrants from period to period: with deals and without, and what these are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from inroads.display import Card, Displayed, counted
from inroads.dynamics.awareness_dynamics import Law
from inroads.dynamics.launch_course import LaunchCourse
from inroads.dynamics.path import PathSettings, simulate_path
from inroads.dynamics.path_start import PathStart, path_start
from inroads.dynamics.period_pricing import EquilibriumPrices
from inroads.dynamics.present_value import (
    EntryValue,
    break_even_price_per_point,
    entry_value,
    entry_values,
    joint_value,
    rate_per_period,
)
from inroads.dynamics.record import Path
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.moves import Deal, Launch, Move
from inroads.market.pricing import BargainingTerms
from inroads.results.outlook import CampaignValue, EntrantPath
from inroads.study.config.moves import Number
from inroads.study.config.path_config import PathPart
from inroads.study.market.build_market import resolve_number
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.launch_courses import launch_course, season
from inroads.study.outlook.campaign_schedule import campaigns_by_period
from inroads.study.outlook.path_numbers import ages, groups_of, hazard_of, sales_by_region

if TYPE_CHECKING:
    from inroads.study.load import Study


#: other entrants, by channel the period of the first launch there
Beside = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True, repr=False)
class PathModel(Displayed):
    """An entry game, and its periods. Period 0 is that in which products are launched,
    on the market of the data. Paths are kept: asked again, they are not followed again.

    rate: a year; launch_cost: dollars a channel and launch; stopped: odds a period that politics
    ends sales at channels; ages: of products on sale, in periods; launch: how launches go on;
    season: of the path's periods; before: what has happened by the launch in any case; reprice: the
    periods in which channels set prices (None: all of them).
    """

    game: EntryGame
    part: PathPart
    hazard: float
    law: Law
    decline: float
    life: int
    ages: Mapping[str, int]
    rate: float
    launch_cost: float
    stopped: float
    terms: BargainingTerms
    months_per_period: float
    before: tuple[Move, ...] = ()
    launch: LaunchCourse = field(default_factory=LaunchCourse)
    season: tuple[float, ...] = ()
    reprice: tuple[int, ...] | None = None
    campaign_periods: int = 1
    _paths: dict[object, Path] = field(default_factory=dict, repr=False)

    def _card(self) -> Card:
        return Card(
            line=f"PathModel of {counted(self.part.periods, 'period')}, {repr(self.game)[1:-1]}",
            next_steps=("path.follow(entrant, {channel: 0})", "path.value(entrant, {channel: 0})"),
        )

    @property
    def rate_per_period(self) -> float:
        """The discount rate of one period."""
        return rate_per_period(self.rate, self.months_per_period)

    def with_prices_at_launches(self) -> PathModel:
        """The same with prices set when products are launched, and kept relative to list until the
        next are: a quarter of the time, for what is asked many times. Asked again, it is the same,
        with its paths."""
        return self._at_launches

    def with_game(self, game: EntryGame, terms: BargainingTerms | None = None) -> PathModel:
        """The same with another entry game, of which the products, the assumptions and the terms
        count (the game's unless given); what its policy does to a market is of one period."""
        return replace(self, game=game, terms=terms or game.terms, _paths={})

    @cached_property
    def _start(self) -> Market:
        """The market before the launch; what is there by then anyway is no launch that fades."""
        return self.game.market.after(*self.before)

    @cached_property
    def _path_start(self) -> PathStart:
        return path_start(self._start, self.hazard)

    @cached_property
    def _at_launches(self) -> PathModel:
        periods = sorted({0, *self.launches(), *self.part.renegotiate})
        return replace(self, reprice=tuple(periods), _paths={})

    def settings(self, moves: Mapping[int, tuple[Move, ...]]) -> PathSettings:
        """What happens, with these moves."""
        return PathSettings(
            periods=self.part.periods,
            hazard=self.hazard,
            law=self.law,
            decline=self.decline,
            life=self.life,
            ages=self.ages,
            moves=moves,
            launch=self.launch,
            season=self.season,
            months_per_period=self.months_per_period,
            groups=tuple(groups_of(self.game.market).values()),
        )

    def launches(self, first: int = 0) -> list[int]:
        """Periods in which a channel's products, first launched in `first`, are launched."""
        return list(range(first, self.part.periods, self.life or self.part.periods))

    def moves(
        self, manufacturer: str, deals: Mapping[str, int], with_campaigns: bool = True
    ) -> dict[int, tuple[Move, ...]]:
        """What an entrant does: main products in the open channel at once, at each channel from its
        period on; each launch there comes with a campaign (unless not `with_campaigns`)."""
        entrant = self.game.entrant(manufacturer)
        moves_by_period: dict[int, list[Move]] = {0: [Launch(d) for d in entrant.main_products]}
        for channel, first in deals.items():
            moves_by_period.setdefault(first, []).append(
                Deal(manufacturer, channel, entrant.main_products)
            )
        launches = {c: self.launches(first) for c, first in deals.items()} if with_campaigns else {}
        runs = campaigns_by_period(
            self.game, manufacturer, launches, own=self.launches(), lasting=self.campaign_periods
        )
        for period, reached in runs.items():
            if period < self.part.periods:
                moves_by_period.setdefault(period, []).extend(reached)
        return {period: tuple(moves) for period, moves in moves_by_period.items()}

    def follow(
        self,
        manufacturer: str,
        deals: Mapping[str, int],
        with_campaigns: bool = True,
        *,
        beside: Beside = MappingProxyType({}),
    ) -> Path:
        """The path on which a manufacturer enters, with deals from these periods on.

        beside: other entrants that come too, with their deals.
        """
        others = tuple((other, tuple(through.items())) for other, through in beside.items())
        key = (manufacturer, tuple(deals.items()), with_campaigns, others)
        if key not in self._paths:
            moves = self.moves(manufacturer, deals, with_campaigns)
            for other, through in beside.items():
                for period, more in self.moves(other, through).items():
                    moves[period] = (*moves.get(period, ()), *more)
            parts = self.settings(moves), self.sellers(), self._path_start
            self._paths[key] = simulate_path(self._start, *parts)
        return self._paths[key]

    def sellers(self) -> EquilibriumPrices:
        """Who sets prices, and on which terms new pairs bargain."""
        market, again = self.game.firms.market, self.part.renegotiate
        return EquilibriumPrices(
            market=market, terms=self.terms, renegotiate=again, reprice=self.reprice
        )

    def value(
        self,
        manufacturer: str,
        deals: Mapping[str, int],
        *,
        beside: Beside = MappingProxyType({}),
    ) -> EntryValue:
        """What deals from these periods on are worth to a manufacturer against the open channel
        alone, launch costs paid."""
        alone = self.follow(manufacturer, {}, beside=beside)
        through = self.follow(manufacturer, deals, beside=beside)
        return entry_value(
            through, alone, manufacturer, self.rate, spent=self.spent(deals, through)
        )

    def joint_value(
        self, manufacturer: str, deals: Mapping[str, int], firms: Sequence[str]
    ) -> EntryValue:
        """What a manufacturer's deals are worth to other firms together."""
        alone, through = self.follow(manufacturer, {}), self.follow(manufacturer, deals)
        return joint_value(through, alone, firms, self.rate)

    def spent(self, deals: Mapping[str, int], path: Path | None = None) -> dict[int, float]:
        """Dollars that launches at channels cost the manufacturer, by period; on a path, nothing
        more at channels that have dropped all of its products."""
        paid: dict[int, float] = {}
        for channel, first in deals.items():
            for period in self.launches(first):
                if path is not None and has_left(path, channel, period):
                    continue
                paid[period] = paid.get(period, 0.0) + self.launch_cost
        return paid


def has_left(path: Path, channel: str, period: int) -> bool:
    """Whether a channel has dropped all of a manufacturer's products by a period."""
    gone = {p for (p, where), q in path.dropped.items() if where == channel and q < period}
    frame = path.frame[path.frame["channel"].eq(channel)]
    makers = set(frame.loc[frame["product"].isin(gone), "manufacturer"])
    on_sale = frame["period"].eq(period) & frame["manufacturer"].isin(makers)
    return bool(gone) and not on_sale.any()


def path_model(study: Study, part: PathPart, game: EntryGame) -> PathModel:
    """A study's path model; InputError for numbers that make no sense."""

    def cell_value(cell: float | str, path: str, use: str) -> float:
        # What is left out of study.toml is no number that goes in.
        return resolve_number(study, cell, path, use) if cell else 0.0

    def of_move(k: int) -> Number:
        return lambda cell, name: cell_value(cell, f"path.moves.{k}.{name}", "a move of [path]")

    words, entry = study.config.words, study.config.entry
    hazard = hazard_of(study, part, game.market)
    manufacturers = [e.manufacturer for e in game.entrants]
    if part.listing and part.listing.manufacturer not in manufacturers:
        expected = f"one of the entrants: {', '.join(manufacturers)}"
        raise refuse(
            expected=expected,
            found=part.listing.manufacturer,
            where="study.toml, path.listing.manufacturer",
            remedy="correct the number, or the fact that it refers to.",
        )
    law = part.awareness
    stopped = cell_value(
        part.stop_hazard, "path.stop_hazard", f"odds that politics ends sales at {words.channels}"
    )
    if not 0 <= stopped < 1:
        raise refuse(
            expected="odds a period, from 0 to below 1",
            found=f"{stopped:g}",
            where="study.toml, path.stop_hazard",
            remedy="correct the number, or the fact that it refers to.",
        )
    life = round(cell_value(part.model_life, "path.model_life", "periods until a successor comes"))
    negotiations = study.config.negotiations
    cost = (
        0.0
        if negotiations is None
        else cell_value(negotiations.launch_cost, "negotiations.launch_cost", "launch cost")
    )
    return PathModel(
        game=game,
        part=part,
        hazard=hazard,
        law=Law(
            word=cell_value(law.word, "path.awareness.word", "awareness by word of mouth"),
            shelf=cell_value(law.shelf, "path.awareness.shelf", "awareness by shelves"),
            use=cell_value(
                law.use, "path.awareness.use", f"awareness by those who bought {words.units}"
            ),
            fade=cell_value(law.fade, "path.awareness.fade", "awareness forgotten"),
        ),
        decline=cell_value(part.price_decline, "path.price_decline", "decline of prices a month"),
        life=life,
        ages=ages(game.market, study.config.study, life),
        rate=cell_value(part.discount_rate, "path.discount_rate", "discount rate"),
        launch_cost=cost,
        stopped=stopped,
        terms=game.terms,
        campaign_periods=entry.campaign.periods if entry and entry.campaign else 1,
        months_per_period=study.config.study.months_per_period,
        before=tuple(move.to_move(of_move(k)) for k, move in enumerate(part.moves)),
        launch=launch_course(study, part),
        season=season(study, part),
    )


def entrant_path(
    model: PathModel, at_launches: PathModel, manufacturer: str, channels: Sequence[str]
) -> EntrantPath:
    """A manufacturer's entry with these channels against the open channel alone.

    at_launches: the model on which campaigns are told from deals,
    `model.with_prices_at_launches()`.
    """
    deals = dict.fromkeys(channels, 0)
    alone, through = model.follow(manufacturer, {}), model.follow(manufacturer, deals)
    spent = model.spent(deals, through)
    gain = entry_value(through, alone, manufacturer, model.rate, spent=spent)
    brands = [b for b in through.raised if through.manufacturers[b] == manufacturer]
    table = entry_values(through, alone, model.rate, {manufacturer: spent})
    return EntrantPath(
        manufacturer=manufacturer,
        partners=tuple(channels),
        units=through.sales()[manufacturer].tolist(),
        units_without_deals=alone.sales()[manufacturer].tolist(),
        units_by_region=sales_by_region(through, manufacturer, model.game.market),
        share=through.share_of_sales()[manufacturer].tolist(),
        share_without_deals=alone.share_of_sales()[manufacturer].tolist(),
        in_use=through.installed(manufacturer).tolist(),
        in_use_without_deals=alone.installed(manufacturer).tolist(),
        awareness={b: through.mean_awareness[b].tolist() for b in brands},
        profit_change=gain.profit.tolist(),
        launch_spending=gain.spent.tolist(),
        cumulative_value=gain.cumulative.tolist(),
        gross_value=gain.gross,
        net_value=gain.net,
        periods_to_break_even=gain.break_even,
        firm_value_changes={
            str(firm): float(row["net"]) for firm, row in table.iterrows() if abs(row["net"]) > 0
        },
        price_per_point=_point(gain, through, manufacturer),
        campaign=campaign_value(at_launches, manufacturer, channels),
        residual=max(alone.residual, through.residual),
    )


def campaign_value(model: PathModel, manufacturer: str, channels: Sequence[str]) -> CampaignValue:
    """What campaigns add to the deals: dollars, and dollars a point of awareness raised."""
    deals = dict.fromkeys(channels, 0)
    alone, through = model.follow(manufacturer, {}), model.follow(manufacturer, deals)
    silent = model.follow(manufacturer, deals, with_campaigns=False)
    added = entry_value(through, silent, manufacturer, model.rate)
    return CampaignValue(
        deals_without_campaigns=entry_value(silent, alone, manufacturer, model.rate).net,
        deals_with_campaigns=entry_value(through, alone, manufacturer, model.rate).net,
        price_per_point=_point(added, through, manufacturer),
    )


def _point(gain: EntryValue, path: Path, manufacturer: str) -> float | None:
    """What a point of awareness may cost, in dollars; None where no campaign raises any."""
    own = [b for b in path.raised if path.manufacturers[b] == manufacturer]
    raised = path.raised[own].sum(axis=1)
    return break_even_price_per_point(gain, raised) if (raised > 0).any() else None
