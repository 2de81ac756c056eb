"""The firms behind a study's market: what subscribers are worth, phones cost, who has power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.market.market import Market
from inroads.market.vertical import FirmFacts, equipment_margin, implied_power, member_value_scale
from inroads.results import firms as records
from inroads.study.config.config import FirmsPart
from inroads.study.market.build_market import resolve_number

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class CalibratedFirms:
    """A market with its firms as the study's facts pin it down.

    scale: the part of a subscriber's revenue over the time that it stays which carriers count when
    they price a phone, met to the margin on equipment. power: carriers' weights that present terms
    imply, a row a pair; central, low, high: their mean by units, their 10th and 90th percentile.
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
        """The carrier's weight that talks are taken to have."""
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
        margin_target: records.MarginTarget,
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
                    cash_member_value=firms.prepaid[name],
                    margin=equipment_margin(self.market, name),
                )
                for name, value in firms.subscriber.items()
            ),
            manufacturers=tuple(
                records.ManufacturerFacts(manufacturer=m, margin=firms.margin_of(m))
                for m in dict.fromkeys(offers["manufacturer"])
            ),
            offers=tuple(
                records.OfferTerms(
                    product=row.device,
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
    firms = _firms(study, part)
    equipment, goods_word = part.equipment, study.config.words.goods
    revenue = resolve_number(
        study, equipment.revenue, f"{goods_word} revenue of {equipment.carrier}"
    )
    margin = (
        1
        - resolve_number(study, equipment.cost, f"{goods_word} cost of {equipment.carrier}")
        / revenue
    )
    scale = member_value_scale(market, firms, equipment.carrier, margin)
    if not scale > 0:
        raise InputError.single(
            expected="a margin on equipment that a subscriber's value explains",
            found=f"{margin:.3g}, above what pricing for phones alone would bring",
            where="study.toml, firms.equipment",
            remedy="check revenue and cost, or the elasticity in targets.csv.",
        )
    market_with_firms = market.with_firms(firms.scaled(scale))
    return CalibratedFirms(market_with_firms, scale, implied_power(market_with_firms))


def _firms(study: Study, part: FirmsPart) -> FirmFacts:
    worth: dict[str, float] = {}
    prepaid: dict[str, float] = {}
    for carrier in part.carrier:
        for member_values, revenue, churn in (
            (worth, carrier.revenue, carrier.churn),
            (prepaid, carrier.prepaid_revenue, carrier.prepaid_churn),
        ):
            leaving = resolve_number(study, churn, f"churn of {carrier.name}")
            _between(leaving, "churn a month", carrier.name)
            member_values[carrier.name] = (
                resolve_number(study, revenue, f"revenue of {carrier.name}") / leaving
            )
    margins = {"": resolve_number(study, part.margin, "margin of makers")}
    for maker in part.maker:
        capture = resolve_number(study, maker.capture, f"part of the price that {maker.name} keeps")
        distribution = resolve_number(study, maker.distribution, f"distribution of {maker.name}")
        margins[maker.name] = capture / (1 - distribution)
    for name, margin in margins.items():
        _between(margin, "a maker's margin", name or "makers")
    return FirmFacts(
        subscriber=worth,
        prepaid=prepaid,
        retail_cost=resolve_number(study, part.handling, "handling cost"),
        fee=resolve_number(study, part.fee, "fee in the open channel"),
        margin=margins,
    )


def _between(value: float, what: str, whose: str) -> None:
    if not 0 < value < 1:
        raise InputError.single(
            expected=f"{what} above 0 and below 1",
            found=f"{value:g} for {whose}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
