"""The firms behind a study's market: what members are worth, products cost, who has power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.vertical import (
    FirmFacts,
    goods_margin,
    implied_power,
    member_value_scale,
    sold_to_others,
)
from inroads.results import firms as records
from inroads.study.config.firms import ChannelPart, FirmsPart, ManufacturerPart, MarginTargetPart
from inroads.study.market.build_market import resolve_number

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class CalibratedFirms:
    """A market with its firms as the study's facts pin it down.

    scale: what channels count of a member's value when they price, met to the margin target (1
    without one). power: channels' weights that present terms imply, a row a pair; central, low,
    high: their mean by units, their 10th and 90th percentile.
    """

    market: Market
    scale: float
    power: pd.DataFrame

    @property
    def facts(self) -> FirmFacts:
        """What is said of the firms, as scaled."""
        assert self.market.firm_facts is not None
        return self.market.firm_facts

    @property
    def central(self) -> float:
        """The channel's weight that negotiations are taken to have."""
        return float(np.average(self.power["power"], weights=self.power["units"]))

    @property
    def low(self) -> float:
        """The weight that one pair in ten is below."""
        return float(self.power["power"].quantile(0.1))

    @property
    def high(self) -> float:
        """The weight that one pair in ten is above."""
        return float(self.power["power"].quantile(0.9))

    def record(
        self,
        margin_target: records.MarginTarget | None,
        materials: tuple[records.MaterialsCheck, ...],
        baseline: records.BaselineProof,
    ) -> records.Firms:
        """As results hold it."""
        firms, offers = self.facts, self.market.contracts
        return records.Firms(
            member_value_scale=self.scale,
            channels=tuple(
                records.ChannelFacts(
                    channel=name,
                    member_value=value,
                    cash_member_value=firms.cash_member_value[name],
                    margin=goods_margin(self.market, name),
                    sold_to_others=sold_to_others(self.market, name),
                )
                for name, value in firms.member_value.items()
            ),
            manufacturers=tuple(
                records.ManufacturerFacts(manufacturer=m, margin=firms.margin_of(m))
                for m in dict.fromkeys(offers["manufacturer"])
            ),
            offers=tuple(
                records.OfferTerms(
                    product=row.product,
                    channel=row.channel,
                    price=row.price,
                    wholesale_price=row.wholesale,
                    production_cost=row.production_cost,
                )
                for row in offers.itertuples()
            ),
            channel_weight=records.BargainingWeight(
                central=self.central, low=self.low, high=self.high
            ),
            pairs=tuple(
                records.ImpliedTerms(
                    manufacturer=row["manufacturer"],
                    channel=row["channel"],
                    manufacturer_gain=row["manufacturer_gain"],
                    channel_gain=row["channel_gain"],
                    channel_weight=row["power"],
                    units=row["units"],
                )
                for row in self.power.to_dict("records")
            ),
            margin_target=margin_target,
            materials=materials,
            baseline=baseline,
        )


def calibrate_firms(study: Study, market: Market) -> CalibratedFirms | None:
    """The market's firms; None where study.toml has no [firms].

    Raises InputError for numbers that make no sense: churn of zero, a margin of one or more.
    """
    part = study.config.firms
    if part is None:
        return None
    facts = _firm_facts(study, part)
    scale = 1.0
    if part.margin_target:
        channel, margin = part.margin_target.channel, target_margin(study, part.margin_target)
        scale = member_value_scale(market, facts, channel, margin)
        if not scale > 0:
            raise refuse(
                expected="a margin that the value of members explains",
                found=f"{margin:.3g}, above what pricing without members would bring",
                where="study.toml, firms.margin_target",
                remedy="check revenue and cost, or the elasticity in targets.csv.",
            )
    market_with_firms = market.with_firms(facts.scaled(scale))
    return CalibratedFirms(market_with_firms, scale, implied_power(market_with_firms))


def target_margin(study: Study, part: MarginTargetPart) -> float:
    """The margin of a channel on what it sells, as its accounts have it."""
    words = study.config.words
    revenue = resolve_number(study, part.revenue, f"{words.goods} revenue of {part.channel}")
    return 1 - resolve_number(study, part.cost, f"{words.goods} cost of {part.channel}") / revenue


def _firm_facts(study: Study, part: FirmsPart) -> FirmFacts:
    values = {channel.name: _member_value(study, channel, "") for channel in part.channel}
    margins = {"": resolve_number(study, part.manufacturer_margin, "margin of manufacturers")}
    margins |= {m.name: _margin(study, m) for m in part.manufacturer}
    for name, margin in margins.items():
        _between(margin, "a manufacturer's margin", name or "manufacturers")
    return FirmFacts(
        margin=margins,
        member_value=values,
        cash_member_value={
            channel.name: _member_value(study, channel, "cash_")
            if channel.has_cash_members
            else values[channel.name]
            for channel in part.channel
        },
        retail_cost=resolve_number(study, part.retail_cost, "cost of selling a unit"),
        open_channel_cut=resolve_number(study, part.open_channel_cut, "cut in the open channel"),
    )


def _member_value(study: Study, part: ChannelPart, prefix: str) -> float:
    """As given, or revenue a month over the share that leaves a month."""
    value, revenue, churn = (
        getattr(part, f"{prefix}{key}") for key in ("member_value", "revenue", "churn")
    )
    if value is not None:
        return resolve_number(study, value, f"value of a member of {part.name}")
    leaving = resolve_number(study, churn, f"churn of {part.name}")
    _between(leaving, "churn a month", part.name)
    return resolve_number(study, revenue, f"revenue of {part.name}") / leaving


def _margin(study: Study, part: ManufacturerPart) -> float:
    """As given, or the part of the price that a manufacturer keeps of what is not
    distribution's."""
    if part.capture is None or part.distribution is None:
        return resolve_number(study, part.margin or 0.0, f"margin of {part.name}")
    capture = resolve_number(study, part.capture, f"part of the price that {part.name} keeps")
    return capture / (1 - resolve_number(study, part.distribution, f"distribution of {part.name}"))


def _between(value: float, what: str, whose: str) -> None:
    if not 0 < value < 1:
        raise refuse(
            expected=f"{what} above 0 and below 1",
            found=f"{value:g} for {whose}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
