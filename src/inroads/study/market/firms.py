"""The firms behind a study's market: what members are worth, products cost, who has power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.market.vertical import (
    FirmFacts,
    given_off,
    goods_margin,
    implied_power,
    list_price_shares,
    member_value_scales,
    promotion_share,
    sold_to_others,
)
from inroads.results import firms as records
from inroads.study.market.firm_facts import firm_facts, goods_margins, promotions

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True, repr=False)
class CalibratedFirms(Displayed):
    """A market with its firms as the study's facts pin it down.

    scale: what channels count of a member's value when they price, met to margins on what they sell
    (1 without any), mean by units; scales, margins: by channel, that and what is to be met. power:
    channels' weights that present terms imply, a row a pair; central, low, high: their mean by
    units, their 10th and 90th percentile.
    """

    market: Market
    scale: float
    power: pd.DataFrame
    scales: Mapping[str, float] = field(default_factory=dict)
    margins: Mapping[str, float] = field(default_factory=dict)

    def _card(self) -> Card:
        return Card(
            line=f"CalibratedFirms of {repr(self.market)[1:-1]}",
            table=self.power,
            next_steps=("firms.market.solve()", "firms.facts", "firms.power"),
        )

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
        is_discounted: bool,
    ) -> records.Firms:
        """As results hold it."""
        firms, offers = self.facts, self.market.contracts.assign(given_off=given_off(self.market))
        return records.Firms(
            wholesale="by product" if firms.one_wholesale_price else "by channel",
            member_value_scale=self.scale,
            is_discounted=is_discounted,
            channels=tuple(
                records.ChannelFacts(
                    channel=name,
                    member_value=value,
                    cash_member_value=firms.cash_member_value[name],
                    scale=self.scales.get(name, 1.0),
                    margin_target=self.margins.get(name),
                    margin=goods_margin(self.market, name),
                    promotion=promotion_share(self.market, name),
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
                    given_off=row.given_off,
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
    facts = firm_facts(study, part)
    margins, given = goods_margins(study, part), promotions(study, part)
    scales = member_value_scales(market, facts, margins, given) if margins or given else {}
    for channel, scale in scales.items():
        if not scale > 0:
            raise refuse(
                expected="a margin that the value of members explains",
                found=f"{margins[channel] if channel in margins else given[channel]:.3g} of "
                f"{channel}, beyond what pricing without members would bring",
                where="study.toml, firms.margin_target"
                if part.margin_target
                else f"study.toml, firms.channel {channel}",
                remedy="check revenue and cost, or the elasticity in targets.csv.",
            )
    if part.margin_target:
        common = scales[part.margin_target.channel]
        scales = dict.fromkeys(facts.member_value, common)
    market_with_firms = market.with_firms(_scaled(facts, scales))
    return CalibratedFirms(
        market_with_firms,
        scale=_mean_scale(market, scales),
        power=implied_power(market_with_firms),
        scales=scales,
        margins=margins,
    )


def _scaled(facts: FirmFacts, scales: Mapping[str, float]) -> FirmFacts:
    """The same with members worth more or less, by channel."""
    return replace(
        facts,
        member_value={c: scales.get(c, 1.0) * v for c, v in facts.member_value.items()},
        cash_member_value={c: scales.get(c, 1.0) * v for c, v in facts.cash_member_value.items()},
    )


def _mean_scale(market: Market, scales: Mapping[str, float]) -> float:
    """What channels count of a member's value, by units sold; 1 without any."""
    if not scales:
        return 1.0
    units, channel = list_price_shares(market), market.columns["channel"]
    sold = [units[channel == c].sum() for c in scales]
    return float(np.average(list(scales.values()), weights=sold))
