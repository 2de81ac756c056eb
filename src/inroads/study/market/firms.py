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
    given_off,
    goods_margin,
    implied_power,
    member_value_scale,
    promotion_share,
)
from inroads.results import firms as records
from inroads.study.config.firms import ChannelPart, FirmsPart, ManufacturerPart, MarginTargetPart
from inroads.study.market.build_market import resolve_number
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


_MONTHS = 12.0


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
                    margin=goods_margin(self.market, name),
                    promotion=promotion_share(self.market, name),
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


def bills_of_materials(study: Study) -> dict[str, float]:
    """Bills of materials known at the study's date: facts `bom-` and the product's name."""
    published, bills = set(study.facts.published["id"]), {}
    for product in study.tables["products"]["product"]:
        fact = "bom-" + product.lower().replace(" ", "-").replace("+", "-plus")
        if fact in published:
            where = f"bill of materials of {product}, a check"
            bills[product] = resolve_number(study, f"@{fact}", where)
    return bills


def cheaper_than_materials(study: Study) -> dict[str, tuple[float, float]]:
    """Products whose bill of materials is above what retailers and the maker's margin leave of the
    lowest list price: (bill, what is left), without a calibrated market."""
    part = study.config.firms
    if part is None:
        return {}
    facts, offers = _firm_facts(study, part), study.tables["offers"]
    price = study.facts.resolve_column(offers, "price", SCHEMAS["offers"])
    products = study.tables["products"].set_index("product")["manufacturer"]
    short = {}
    for product, bill in bills_of_materials(study).items():
        sold = offers["product"].eq(product).to_numpy()
        if sold.any():
            margin = facts.margin_of(products[product])
            left = float((1 - margin) * (1 - facts.open_channel_cut) * price[sold].min())
            if left < bill:
                short[product] = (bill, left)
    return short


def cost_notes(study: Study) -> list[str]:
    """What of costs looks wrong before any market is calibrated, a sentence each."""
    part = study.config.firms
    if part is None:
        return []
    notes = [
        f"{product}: a bill of materials of {bill:.4g} is above the {left:.4g} that retailers and "
        "its manufacturer's margin leave of its lowest list price. Check the margin."
        for product, (bill, left) in cheaper_than_materials(study).items()
    ]
    if part.channel and part.wholesale == "by channel":
        notes.append(
            "[firms]: wholesale prices are by channel, so that they may be above what the product "
            'costs in an open channel, while entrants\' are not; wholesale = "by product" puts '
            "all on one basis. The page compares both."
        )
    return notes


def target_margin(study: Study, part: MarginTargetPart) -> float:
    """The margin of a channel on what it sells, as its accounts have it."""
    words = study.config.words
    if part.margin is not None:
        margin = resolve_number(study, part.margin, f"{words.goods} margin of {part.channel}")
        if not margin < 1:
            raise refuse(
                expected="a margin below 1",
                found=f"{margin:g} for {part.channel}",
                where="study.toml, firms.margin_target",
                remedy="give it as a part of revenue, -0.1 for a loss of 10 percent.",
            )
        return margin
    assert part.revenue is not None
    assert part.cost is not None
    revenue = resolve_number(study, part.revenue, f"{words.goods} revenue of {part.channel}")
    return 1 - resolve_number(study, part.cost, f"{words.goods} cost of {part.channel}") / revenue


def _firm_facts(study: Study, part: FirmsPart) -> FirmFacts:
    values = {channel.name: _member_value(study, part, channel, "") for channel in part.channel}
    funds, losses = _financing_cost(study, part)
    margins = {"": resolve_number(study, part.manufacturer_margin, "margin of manufacturers")}
    margins |= {m.name: _margin(study, m) for m in part.manufacturer}
    for name, margin in margins.items():
        _between(margin, "a manufacturer's margin", name or "manufacturers")
    return FirmFacts(
        margin=margins,
        member_value=values,
        cash_member_value={
            channel.name: _member_value(study, part, channel, "cash_")
            if channel.has_cash_members
            else values[channel.name]
            for channel in part.channel
        },
        retail_cost=resolve_number(study, part.retail_cost, "cost of selling a unit"),
        open_channel_cut=resolve_number(study, part.open_channel_cut, "cut in the open channel"),
        one_wholesale_price=part.wholesale == "by product",
        funds_rate=funds,
        financed_loss=losses,
    )


def _financing_cost(study: Study, part: FirmsPart) -> tuple[float, float]:
    """Cost of funds a year, and the part of what is financed that is lost."""
    if part.financing is None:
        return 0.0, 0.0
    words = study.config.words
    funds = _given(study, part.financing.funds, f"cost of funds of {words.channels}")
    losses = _given(study, part.financing.losses, f"losses on {words.financing}")
    _at_least_zero(funds, "a cost of funds")
    _below_one(losses, f"losses on {words.financing}")
    return funds, losses


def _member_value(study: Study, firms: FirmsPart, part: ChannelPart, prefix: str) -> float:
    """As given; or what is left of revenue a month when a member is served, while it stays:
    over the share that leaves a month and the discount rate."""
    value, revenue, churn = (
        getattr(part, f"{prefix}{key}") for key in ("member_value", "revenue", "churn")
    )
    if value is not None:
        return resolve_number(study, value, f"value of a member of {part.name}")
    member = study.config.words.member
    leaving = resolve_number(study, churn, f"churn of {part.name}")
    _between(leaving, "churn a month", part.name)
    served = _given(study, firms.cost_to_serve, f"cost of serving a {member}")
    _below_one(served, "cost to serve")
    rate = _given(study, firms.discount_rate, f"discount rate of what a {member} pays")
    _at_least_zero(rate, "a discount rate")
    brings = resolve_number(study, revenue, f"revenue of {part.name}") * (1 - served)
    return brings / (leaving + rate / _MONTHS)


def _given(study: Study, cell: float | str, what: str) -> float:
    """A number of study.toml; what is left out is no number that goes in."""
    return resolve_number(study, cell, what) if cell else 0.0


def _margin(study: Study, part: ManufacturerPart) -> float:
    """As given, or the part of the price that a manufacturer keeps of what is not
    distribution's."""
    if part.capture is None or part.distribution is None:
        return resolve_number(study, part.margin or 0.0, f"margin of {part.name}")
    capture = resolve_number(study, part.capture, f"part of the price that {part.name} keeps")
    return capture / (1 - resolve_number(study, part.distribution, f"distribution of {part.name}"))


def _at_least_zero(value: float, what: str) -> None:
    if not 0 <= value < np.inf:
        raise refuse(
            expected=f"{what} of 0 or more",
            found=f"{value:g}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )


def _below_one(value: float, what: str) -> None:
    if not 0 <= value < 1:
        raise refuse(
            expected=f"{what} from 0 to below 1",
            found=f"{value:g}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )


def _between(value: float, what: str, whose: str) -> None:
    if not 0 < value < 1:
        raise refuse(
            expected=f"{what} above 0 and below 1",
            found=f"{value:g} for {whose}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
