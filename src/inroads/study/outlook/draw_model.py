"""One draw of a study's uncertain inputs: every entrant from period to period, with its deals and
without, and how far the deals come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from inroads.choice.base import Array
from inroads.dynamics.present_value import entry_value, joint_value
from inroads.dynamics.record import Path
from inroads.market.vertical import implied_power
from inroads.results.keys import (
    BY_PERIOD,
    ONCE,
    InputKey,
    InputKind,
    OutputKey,
    Quantity,
)
from inroads.results.negotiations import NegotiationState
from inroads.study.config.entry import Entry
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.config.path_config import PathPart
from inroads.study.market.firms import calibrate_firms
from inroads.study.market.recalibration import LinearRecalibration
from inroads.study.negotiations.deal_hazards import negotiation_state, read_hazards
from inroads.study.negotiations.entry_game import entry_game
from inroads.study.negotiations.negotiation_results import partners_of
from inroads.study.outlook.entrant_path import PathModel, path_model
from inroads.study.outlook.fates import DealFates
from inroads.study.outlook.path_numbers import groups_of, outlook_sections, sales_by_region
from inroads.uncertainty.distributions import Triangular

if TYPE_CHECKING:
    from inroads.study.load import Study

#: the author's range of what channels count of a member, around what reported margins imply
MEMBER_VALUE = InputKey(kind=InputKind.MEMBER_VALUE)
MEMBER_VALUE_RANGE = Triangular(MEMBER_VALUE.column, 0.75, 1.0, 1.25)
#: uniform inputs, of which a draw's outcome of negotiations and politics is read off
LUCK = (InputKind.NEGOTIATION_LUCK, InputKind.POLITICAL_LUCK)


#: one number that says how far politics lets all deals come
POLITICS = InputKey(kind=InputKind.POLITICAL_LUCK)


def talk_luck(manufacturer: str, channel: str) -> InputKey:
    """The luck of the talks of a pair."""
    return InputKey(kind=InputKind.NEGOTIATION_LUCK, name=f"{manufacturer}, {channel}")


def column(kind: InputKind, name: str) -> str:
    """The name of an input in draws."""
    return InputKey(kind=kind, name=name).column


@dataclass(frozen=True)
class DrawModel:
    """A draw -> by entrant, entered alone with all of its partners, and without any.

    `results.keys.Quantity` says what is drawn, `ONCE` and `BY_PERIOD` of each entrant, and the
    change of rivals' units. Channels set prices when products are launched
    (`PathModel.with_prices_at_launches`). fates: what may become of each entrant's deals. Inputs
    are named by `InputKey.column`, outputs by `OutputKey.column`.
    """

    recalibration: LinearRecalibration
    fates: Mapping[str, DealFates]

    @property
    def outlook_sections(self) -> tuple[Entry, NegotiationsPart, PathPart]:
        """What the study must say for this."""
        return outlook_sections(self.recalibration.study)

    @property
    def rivals(self) -> tuple[str, ...]:
        """Makers whose units are followed too."""
        rank = self.outlook_sections[2].rank
        return rank.rivals if rank else ()

    @property
    def regions(self) -> tuple[str, ...]:
        """Local markets in which entrants' units are followed too."""
        return tuple(groups_of(self.recalibration.fitted.market))

    @property
    def unsold_products(self) -> tuple[str, ...]:
        """Entrants' products whose quality was never observed."""
        entry, _, _ = self.outlook_sections
        own_error = self.recalibration.fitted.unsold.own_error
        main = [p for e in entry.entrants for p in e.main_products]
        return tuple(p for p in main if own_error[p] > 0)

    def quality_keys(self) -> tuple[InputKey, ...]:
        """Errors of entrants' quality, each standard normal: of makers and products, and where past
        launches correct it, of launches and of channels."""
        entry, negotiations, _ = self.outlook_sections
        manufacturers = [e.manufacturer for e in entry.entrants]
        keys = [InputKey(kind=InputKind.QUALITY, name=m) for m in manufacturers]
        products = self.unsold_products
        keys += [InputKey(kind=InputKind.PRODUCT_QUALITY, name=p) for p in products]
        if self.recalibration.fitted.unsold.correction is None or not products:
            return tuple(keys)
        new = [e.manufacturer for e in entry.entrants if set(e.main_products) & set(products)]
        keys += [InputKey(kind=InputKind.LAUNCHES)]
        keys += [InputKey(kind=InputKind.LAUNCH, name=m) for m in new]
        partners = partners_of(entry, negotiations)
        keys += [
            InputKey(kind=InputKind.AT_CHANNEL, name=m, channel=c) for m in new for c in partners
        ]
        return tuple(keys)

    def inputs(self) -> dict[str, InputKey]:
        """Every input that it understands, by column."""
        entry, _, _ = self.outlook_sections
        manufacturers = [e.manufacturer for e in entry.entrants]
        named = {
            InputKind.TASTE: self.recalibration.fitted.calibration.names,
            InputKind.ESTIMATE: self.estimated,
            InputKind.ASSUMPTION: self.recalibration.study.tables["assumptions"]["id"],
        }
        keys = [InputKey(kind=kind, name=str(n)) for kind, names in named.items() for n in names]
        keys += [*self.quality_keys(), *self.shelf_keys()]
        luck = [talk_luck(m, p) for m in manufacturers for p in self.partners]
        return {key.column: key for key in (MEMBER_VALUE, *keys, *luck, POLITICS)}

    @property
    def estimated(self) -> tuple[str, ...]:
        """Parameters of the study's estimate that are not known for sure."""
        estimate = self.recalibration.study.estimate
        return tuple(map(str, estimate.covariance.index)) if estimate else ()

    @property
    def partners(self) -> tuple[str, ...]:
        """The channels of the answer."""
        entry, negotiations, _ = self.outlook_sections
        return partners_of(entry, negotiations)

    def shelf_keys(self) -> tuple[InputKey, ...]:
        """Whether channels keep entrants that sell little, where they may drop them."""
        entry, negotiations, path = self.outlook_sections
        if path.launch is None or not path.launch.drop_hazard:
            return ()
        return tuple(
            InputKey(kind=InputKind.SHELF_LUCK, name=e.manufacturer, channel=c)
            for e in entry.entrants
            for c in partners_of(entry, negotiations)
        )

    def keys(self) -> list[OutputKey]:
        """What a draw says, in the order of its columns."""
        entry, _, path = self.outlook_sections
        keys: list[OutputKey] = []
        for manufacturer in (e.manufacturer for e in entry.entrants):
            keys += [OutputKey(manufacturer=manufacturer, quantity=quantity) for quantity in ONCE]
            streams = [OutputKey(manufacturer=manufacturer, quantity=q) for q in BY_PERIOD]
            streams += [_rival_units(manufacturer, rival) for rival in self.rivals]
            streams += [_units_in(manufacturer, region) for region in self.regions]
            keys += [stream.at(q) for stream in streams for q in range(path.periods)]
        return keys

    def outputs(self) -> tuple[str, ...]:
        """Names of the columns of draws."""
        return tuple(key.column for key in self.keys())

    def __call__(self, x: Mapping[str, float]) -> dict[str, float]:
        """Outputs by column; inputs that are left out have their central values."""
        study, model = self.at(x)
        entry, negotiations, _ = outlook_sections(study)
        deals = dict.fromkeys(partners_of(entry, negotiations), 0)
        outputs: dict[str, float] = {}
        for manufacturer in (e.manufacturer for e in entry.entrants):
            alone, through = model.follow(manufacturer, {}), model.follow(manufacturer, deals)
            spent = model.spent(deals, through)
            gain = entry_value(through, alone, manufacturer, model.rate, spent=spent)
            fates = self.fates[manufacturer]
            once = {
                Quantity.FIRST_PERIOD_GAIN: float(gain.profit[0]),
                Quantity.COMMON_GROUND: _common_ground(study, through, model.launch_cost),
            }
            theirs = joint_value(through, alone, list(deals), model.rate)
            once |= _fate(study, model, manufacturer, fates.parts, x)
            once |= fates.quantities(gain, theirs)
            for quantity, number in once.items():
                outputs[OutputKey(manufacturer=manufacturer, quantity=quantity).column] = number
            by_period = _by_period(manufacturer, alone, through)
            by_period[Quantity.VALUE_SO_FAR] = gain.cumulative
            by_period[Quantity.VALUE_SO_FAR_AT_ODDS] = fates.expected_path(gain)
            streams = {
                OutputKey(manufacturer=manufacturer, quantity=quantity): stream
                for quantity, stream in by_period.items()
            }
            streams |= _rivals_change(manufacturer, alone, through, self.rivals)
            local = sales_by_region(through, manufacturer, model.game.market)
            streams |= {_units_in(manufacturer, at): np.array(units) for at, units in local.items()}
            for key, stream in streams.items():
                for q, number in enumerate(stream):
                    outputs[key.at(q).column] = float(number)
        return outputs

    def at(self, x: Mapping[str, float]) -> tuple[Study, PathModel]:
        """The study and its path model at these inputs."""
        assumptions = list(self.recalibration.study.tables["assumptions"]["id"])
        assumed = {id: x[c] for id in assumptions if (c := column(InputKind.ASSUMPTION, id)) in x}
        names = self.recalibration.fitted.calibration.names
        tastes = {n: x[c] for n in names if (c := column(InputKind.TASTE, n)) in x}
        estimated = {n: x[c] for n in self.estimated if (c := column(InputKind.ESTIMATE, n)) in x}
        study, unsold = self.recalibration.at(assumed, tastes, estimated)
        entry, _, path = outlook_sections(study)
        errors = {key: x.get(key.column, 0.0) for key in self.quality_keys()}

        def of(kind: InputKind) -> dict[str, float]:
            return {key.name: z for key, z in errors.items() if key.kind == kind}

        market = unsold.drawn(
            of(InputKind.QUALITY),
            of(InputKind.PRODUCT_QUALITY),
            of(InputKind.LAUNCH),
            of(InputKind.LAUNCHES).get("", 0.0),
            {
                (key.name, key.channel): z
                for key, z in errors.items()
                if key.kind == InputKind.AT_CHANNEL and z
            },
        )
        firms = calibrate_firms(study, market)
        assert firms is not None
        if (scale := x.get(MEMBER_VALUE.column, 1.0)) != 1.0:
            scaled = market.with_firms(firms.facts.scaled(scale))
            firms = replace(
                firms, market=scaled, scale=firms.scale * scale, power=implied_power(scaled)
            )
        model = path_model(study, path, entry_game(study, entry, market, firms))
        luck = {
            (key.name, key.channel): x[key.column] for key in self.shelf_keys() if key.column in x
        }
        model = replace(model, launch=replace(model.launch, luck=luck))
        return study, model.with_prices_at_launches()


def _by_period(manufacturer: str, alone: Path, through: Path) -> dict[Quantity, Array]:
    """What a period brings, by quantity (T,)."""
    brands = [
        brand for brand in through.mean_awareness if through.manufacturers[brand] == manufacturer
    ]
    return {
        Quantity.UNITS: through.sales()[manufacturer].to_numpy(),
        Quantity.UNITS_WITHOUT_DEALS: alone.sales()[manufacturer].to_numpy(),
        Quantity.SALES_SHARE: through.share_of_sales()[manufacturer].to_numpy(),
        Quantity.SALES_SHARE_WITHOUT_DEALS: alone.share_of_sales()[manufacturer].to_numpy(),
        Quantity.AWARENESS: (
            through.mean_awareness[brands].max(axis=1).to_numpy()[:-1]
            if brands
            else np.ones(through.periods)
        ),
    }


def _rivals_change(
    manufacturer: str, alone: Path, through: Path, rivals: tuple[str, ...]
) -> dict[OutputKey, Array]:
    """Change of rivals' units (T,)."""
    few, many, none = alone.sales(), through.sales(), np.zeros(through.periods)
    return {
        _rival_units(manufacturer, rival): np.asarray(many.get(rival, none) - few.get(rival, none))
        for rival in rivals
    }


def _rival_units(manufacturer: str, rival: str) -> OutputKey:
    quantity = Quantity.RIVAL_UNITS_CHANGE
    return OutputKey(manufacturer=manufacturer, quantity=quantity, rival=rival)


def _units_in(manufacturer: str, region: str) -> OutputKey:
    quantity = Quantity.UNITS_IN_REGION
    return OutputKey(manufacturer=manufacturer, quantity=quantity, region=region)


def _common_ground(study: Study, through: Path, launch_cost: float) -> float:
    """What the deal with the least to share leaves its two sides once its launch is paid for."""
    hazards = read_hazards(study, outlook_sections(study)[1])
    at_launch = through.links[through.links["period"] == 0]
    return float(at_launch["joint_gain"].min() * hazards.on_sale - launch_cost)


def _fate(
    study: Study, model: PathModel, manufacturer: str, parts: Array, x: Mapping[str, float]
) -> dict[Quantity, float]:
    """How far a manufacturer's deals come at this draw's hazards and luck.

    Each talk has luck of its own; politics is one number for all: below the odds that it lets deals
    begin they begin, and how far below says for how long they stand (geometric).
    """
    entry, negotiations, _ = outlook_sections(study)
    hazards, partners = read_hazards(study, negotiations), partners_of(entry, negotiations)
    let_begin = (1 - hazards.political) ** hazards.to_launch
    politics, launched = x.get(POLITICS.column, 0.5), np.zeros(len(partners))
    for k, partner in enumerate(partners):
        state = negotiation_state(study, manufacturer, partner).state
        talks = hazards.launch(state, political=0.0)
        luck = x.get(talk_luck(manufacturer, partner).column, 0.5)
        is_let = state == NegotiationState.LAUNCHED or politics < let_begin
        launched[k] = float(luck < talks and is_let)
    stops = np.inf
    if model.stopped > 0:
        rest = min(politics / let_begin, 1.0) if let_begin > 0 else 1.0
        stops = float(np.floor(np.log(max(rest, 1e-300)) / np.log1p(-model.stopped)))
    return {
        Quantity.LAUNCHED: 1.0 if launched.all() else min(float(launched @ parts), 1.0),
        Quantity.PERIODS_TO_LAUNCH: float(round(hazards.to_launch)),
        Quantity.PERIODS_ON_SALE: float(min(stops, model.part.periods)),
    }
