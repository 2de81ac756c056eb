"""A study's entrants from quarter to quarter: with deals and without, and what these are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inroads.dynamics.awareness_dynamics import AwarenessFloor, Law
from inroads.dynamics.path import MONTHS, PathPlan, simulate_path
from inroads.dynamics.present_value import (
    EntryValue,
    break_even_price_per_point,
    entry_value,
    entry_values,
    share_of_valuation,
)
from inroads.dynamics.quarterly_pricing import EquilibriumPrices
from inroads.dynamics.record import Path
from inroads.errors import InputError
from inroads.market.market import Market
from inroads.market.moves import Deal, Launch, Move
from inroads.market.pricing import BargainingTerms
from inroads.results.outlook import CampaignValue, EntrantPath, Listing
from inroads.study.config.path_config import PathPart
from inroads.study.load import Study
from inroads.study.market.build_market import inside_share, resolve_number
from inroads.study.negotiations.entry_game import EntryGame
from inroads.tables.dates import known_on, period_end


@dataclass(frozen=True)
class PathModel:
    """An entry game, and its quarters. Quarter 0 is that in which phones are launched,
    on the market of the data. Paths are kept: asked again, they are not followed again.

    rate: a year; launch_cost: dollars a carrier and launch; stopped: odds a quarter that politics
    ends sales at carriers; ages: of phones on sale, in quarters; reprice: the quarters in which
    carriers set prices (None: all of them).
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
    reprice: tuple[int, ...] | None = None
    _paths: dict[object, Path] = field(default_factory=dict, repr=False)

    def with_prices_at_launches(self) -> PathModel:
        """The same with prices set when phones are launched, and kept relative to list until the
        next are: a quarter of the time, for what is asked many times."""
        quarters = sorted({0, *self.launches(), *self.part.renegotiate})
        return replace(self, reprice=tuple(quarters), _paths={})

    def plan(self, moves: Mapping[int, tuple[Move, ...]]) -> PathPlan:
        """What happens, with these moves."""
        return PathPlan(
            quarters=self.part.quarters,
            hazard=self.hazard,
            law=self.law,
            decline=self.decline,
            life=self.life,
            ages=self.ages,
            moves=moves,
        )

    def launches(self, first: int = 0) -> list[int]:
        """Quarters in which a carrier's phones, first launched in `first`, are launched."""
        return list(range(first, self.part.quarters, self.life or self.part.quarters))

    def moves(
        self, maker: str, deals: Mapping[str, int], with_campaigns: bool = True
    ) -> dict[int, tuple[Move, ...]]:
        """What an entrant does: flagships in the open channel at once, at each carrier from its
        quarter on; each launch there comes with a campaign (unless not `with_campaigns`)."""
        entrant, devices = self.game.entrant(maker), self.game.market.devices
        moves_by_quarter: dict[int, list[Move]] = {0: [Launch(d) for d in entrant.flagships]}
        for carrier, first in deals.items():
            moves_by_quarter.setdefault(first, []).append(Deal(maker, carrier, entrant.flagships))
        brands = dict.fromkeys(str(devices.loc[d, "brand"]) for d in entrant.flagships)
        campaign_quarters = (
            {q for first in deals.values() for q in self.launches(first)}
            if with_campaigns
            else set()
        )
        for quarter in sorted(campaign_quarters):
            reached = [AwarenessFloor(brand, self.game.awareness) for brand in brands]
            moves_by_quarter.setdefault(quarter, []).extend(reached)
        return {quarter: tuple(moves) for quarter, moves in moves_by_quarter.items()}

    def follow(self, maker: str, deals: Mapping[str, int], with_campaigns: bool = True) -> Path:
        """The path on which a maker enters, with deals from these quarters on."""
        key = (maker, tuple(deals.items()), with_campaigns)
        if key not in self._paths:
            sellers = EquilibriumPrices(
                market=self.game.firms.market,
                terms=self.terms,
                renegotiate=self.part.renegotiate,
                reprice=self.reprice,
            )
            plan = self.plan(self.moves(maker, deals, with_campaigns))
            self._paths[key] = simulate_path(self.game.market, plan, sellers)
        return self._paths[key]

    def spent(self, deals: Mapping[str, int]) -> dict[int, float]:
        """Dollars that launches at carriers cost the maker, by quarter."""
        paid: dict[int, float] = {}
        for first in deals.values():
            for quarter in self.launches(first):
                paid[quarter] = paid.get(quarter, 0.0) + self.launch_cost
        return paid


def path_model(study: Study, part: PathPart, game: EntryGame) -> PathModel:
    """A study's path model; InputError for numbers that make no sense."""

    def cell_value(cell: float | str, what: str) -> float:
        # What is left out of study.toml is no number that goes in.
        return resolve_number(study, cell, what) if cell else 0.0

    words = study.config.words
    between = f"months between two {words.units}"
    months = cell_value(part.months, between)
    if not months > 0:
        raise _refused(f"{between}, above 0", f"{months:g}", "path.months")
    makers = [e.manufacturer for e in game.entrants]
    if part.listing and part.listing.maker not in makers:
        expected = f"one of the entrants: {', '.join(makers)}"
        raise _refused(expected, part.listing.maker, "path.listing.maker")
    law = part.awareness
    stopped = cell_value(part.stopped, f"odds that politics ends sales at {words.channels}")
    if not 0 <= stopped < 1:
        raise _refused("odds a quarter, from 0 to below 1", f"{stopped:g}", "path.stopped")
    life = round(cell_value(part.life, "quarters until a successor comes"))
    talks = study.config.talks
    cost = 0.0 if talks is None else cell_value(talks.launch_cost, "launch cost")
    return PathModel(
        game,
        part,
        # Of those in the market some put it off: more come to it than buy.
        hazard=MONTHS / months / inside_share(study),
        law=Law(
            word=cell_value(law.word, "awareness by word of mouth"),
            shelf=cell_value(law.shelf, "awareness by shelves"),
            use=cell_value(law.use, f"awareness by {words.units} in use"),
            fade=cell_value(law.fade, "awareness forgotten"),
        ),
        decline=cell_value(part.decline, "decline of prices a month"),
        life=life,
        ages=ages(game.market, study.config.study.period, life),
        rate=cell_value(part.rate, "discount rate"),
        launch_cost=cost,
        stopped=stopped,
        terms=BargainingTerms(game.firms.central),
    )


def ages(market: Market, period: str, life: int) -> dict[str, int]:
    """Quarters since the last anniversary of launch, at which a successor would have come, of the
    devices on sale; 0 for those that came in or after the period, or whose line has no life."""
    now = period_end(period)
    ages_by_device = {}
    for device in dict.fromkeys(market.offers["device"]):
        day = known_on(str(market.devices.loc[device, "launched"]))
        quarters = 4 * (now.year - day.year) + (now.month - 1) // 3 - (day.month - 1) // 3
        ages_by_device[str(device)] = max(quarters, 0) % life if life else 0
    return ages_by_device


def entrant_path(
    model: PathModel, at_launches: PathModel, maker: str, channels: Sequence[str]
) -> EntrantPath:
    """A maker's entry with these channels against the open channel alone.

    at_launches: the model on which campaigns are told from deals,
    `model.with_prices_at_launches()`.
    """
    deals = dict.fromkeys(channels, 0)
    alone, through = model.follow(maker, {}), model.follow(maker, deals)
    gain = entry_value(through, alone, maker, model.rate, model.spent(deals))
    brands = [b for b in through.raised if through.manufacturers[b] == maker]
    table = entry_values(through, alone, model.rate, {maker: model.spent(deals)})
    return EntrantPath(
        manufacturer=maker,
        partners=tuple(channels),
        units=through.sales()[maker].tolist(),
        units_without_deals=alone.sales()[maker].tolist(),
        share=through.share_of_sales()[maker].tolist(),
        share_without_deals=alone.share_of_sales()[maker].tolist(),
        in_use=through.installed(maker).tolist(),
        in_use_without_deals=alone.installed(maker).tolist(),
        awareness={b: through.mean_awareness[b].tolist() for b in brands},
        profit_change=gain.profit.tolist(),
        launch_spending=gain.spent.tolist(),
        cumulative_value=gain.cumulative.tolist(),
        gross_value=gain.gross,
        net_value=gain.net,
        quarters_to_break_even=gain.break_even,
        firm_value_changes={
            str(firm): float(row["net"]) for firm, row in table.iterrows() if abs(row["net"]) > 0
        },
        price_per_point=_point(gain, through, maker),
        campaign=campaign_value(at_launches, maker, channels),
        residual=max(alone.residual, through.residual),
    )


def campaign_value(model: PathModel, maker: str, channels: Sequence[str]) -> CampaignValue:
    """What campaigns add to the deals: dollars, and dollars a point of awareness raised."""
    deals = dict.fromkeys(channels, 0)
    alone, through = model.follow(maker, {}), model.follow(maker, deals)
    silent = model.follow(maker, deals, with_campaigns=False)
    added = entry_value(through, silent, maker, model.rate)
    return CampaignValue(
        deals_without_campaigns=entry_value(silent, alone, maker, model.rate).net,
        deals_with_campaigns=entry_value(through, alone, maker, model.rate).net,
        price_per_point=_point(added, through, maker),
    )


def _point(gain: EntryValue, path: Path, maker: str) -> float | None:
    """What a point of awareness may cost, in dollars; None where no campaign raises any."""
    raised = path.raised[[b for b in path.raised if path.manufacturers[b] == maker]].sum(axis=1)
    return break_even_price_per_point(gain, raised) if (raised > 0).any() else None


def listing_record(study: Study, model: PathModel, channels: Sequence[str]) -> Listing | None:
    """A maker's gain, at so many years of profit, as a share of the valuations spoken of."""
    part = model.part.listing
    if part is None:
        return None
    deals = dict.fromkeys(channels, 0)
    alone, through = model.follow(part.maker, {}), model.follow(part.maker, deals)
    gain = entry_value(through, alone, part.maker, model.rate, model.spent(deals))
    multiple = resolve_number(study, part.multiple, "years of profit in a valuation")
    low, high = (resolve_number(study, x, "valuation spoken of") for x in (part.low, part.high))
    return Listing(
        manufacturer=part.maker,
        years_of_profit=multiple,
        valuation_low=low,
        valuation_high=high,
        last_year_gain=gain.last_year,
        share_of_low=share_of_valuation(gain, multiple, low),
        share_of_high=share_of_valuation(gain, multiple, high),
    )


def _refused(expected: str, actual: str, where: str) -> InputError:
    return InputError.single(
        expected=expected,
        found=actual,
        where=f"study.toml, {where}",
        remedy="correct the number, or the fact that it refers to.",
    )
