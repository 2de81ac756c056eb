"""What a study says of its firms: what members bring, margins, costs, terms of payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inroads.errors import refuse
from inroads.market.vertical import FirmFacts
from inroads.study.config.firms import ChannelPart, FirmsPart, ManufacturerPart, MarginTargetPart
from inroads.study.market.build_market import resolve_number

if TYPE_CHECKING:
    from inroads.study.load import Study

_MONTHS = 12.0


def firm_facts(study: Study, part: FirmsPart) -> FirmFacts:
    values = {channel.name: _member_value(study, part, channel, "") for channel in part.channel}
    funds, losses = _financing_cost(study, part)
    margins = {
        "": resolve_number(
            study,
            part.manufacturer_margin,
            "firms.manufacturer_margin",
            "margin of manufacturers",
        )
    }
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
        retail_cost=resolve_number(
            study, part.retail_cost, "firms.retail_cost", "cost of selling a unit"
        ),
        open_channel_cut=resolve_number(
            study, part.open_channel_cut, "firms.open_channel_cut", "cut in the open channel"
        ),
        one_wholesale_price=part.wholesale == "by product",
        funds_rate=funds,
        financed_loss=losses,
    )


def _financing_cost(study: Study, part: FirmsPart) -> tuple[float, float]:
    """Cost of funds a year, and the part of what is financed that is lost."""
    if part.financing is None:
        return 0.0, 0.0
    words = study.config.words
    funds = _given(
        study,
        part.financing.funds,
        "firms.financing.funds",
        f"cost of funds of {words.channels}",
    )
    losses = _given(
        study, part.financing.losses, "firms.financing.losses", f"losses on {words.financing}"
    )
    _at_least_zero(funds, "a cost of funds")
    _below_one(losses, f"losses on {words.financing}")
    return funds, losses


def _member_value(study: Study, firms: FirmsPart, part: ChannelPart, prefix: str) -> float:
    """As given; or what is left of revenue a month when a member is served, while it stays:
    over the share that leaves a month and the discount rate."""
    value, revenue, churn = (
        getattr(part, f"{prefix}{key}") for key in ("member_value", "revenue", "churn")
    )
    path = f"firms.channel.{part.name}.{prefix}"
    member = study.config.words.member
    whose = f"{part.name} who may not pay over time" if prefix else part.name
    if value is not None:
        return resolve_number(
            study, value, f"{path}member_value", f"value of a {member} of {whose}"
        )
    leaving = resolve_number(study, churn, f"{path}churn", f"churn of {member}s of {whose}")
    _between(leaving, "churn a month", part.name)
    served = _given(
        study, firms.cost_to_serve, "firms.cost_to_serve", f"cost of serving a {member}"
    )
    _below_one(served, "cost to serve")
    rate = _given(
        study,
        firms.discount_rate,
        "firms.discount_rate",
        f"discount rate of what a {member} pays",
    )
    _at_least_zero(rate, "a discount rate")
    pays = resolve_number(study, revenue, f"{path}revenue", f"revenue of a {member} of {whose}")
    return pays * (1 - served) / (leaving + rate / _MONTHS)


def _given(study: Study, cell: float | str, path: str, use: str) -> float:
    """A number of study.toml; what is left out is no number that goes in."""
    return resolve_number(study, cell, path, use) if cell else 0.0


def _margin(study: Study, part: ManufacturerPart) -> float:
    """As given, or the part of the price that a manufacturer keeps of what is not
    distribution's."""
    path = f"firms.manufacturer.{part.name}"
    if part.capture is None or part.distribution is None:
        return resolve_number(study, part.margin or 0.0, f"{path}.margin", f"margin of {part.name}")
    capture = resolve_number(
        study, part.capture, f"{path}.capture", f"part of the price that {part.name} keeps"
    )
    distribution = resolve_number(
        study, part.distribution, f"{path}.distribution", f"distribution of {part.name}"
    )
    return capture / (1 - distribution)


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


def goods_margins(study: Study, part: FirmsPart) -> dict[str, float]:
    """Margins on what they sell, by channel, to which what members are worth is scaled."""
    if part.margin_target:
        return {part.margin_target.channel: target_margin(study, part.margin_target)}
    words = study.config.words
    given = {c.name: c.goods_margin for c in part.channel if c.goods_margin is not None}
    margins = {
        name: resolve_number(
            study, cell, f"firms.channel.{name}.goods_margin", f"{words.goods} margin of {name}"
        )
        for name, cell in given.items()
    }
    for name, margin in margins.items():
        _check_goods_margin(margin, name, f"firms.channel {name}")
    return margins


def _check_goods_margin(margin: float, channel: str, place: str) -> None:
    if not margin < 1:
        raise refuse(
            expected="a margin below 1",
            found=f"{margin:g} for {channel}",
            where=f"study.toml, {place}",
            remedy="give it as a part of revenue, -0.1 for a loss of 10 percent.",
        )


def target_margin(study: Study, part: MarginTargetPart) -> float:
    """The margin of a channel on what it sells, as its accounts have it."""
    words = study.config.words
    if part.margin is not None:
        margin = resolve_number(
            study,
            part.margin,
            "firms.margin_target.margin",
            f"{words.goods} margin of {part.channel}",
        )
        _check_goods_margin(margin, part.channel, "firms.margin_target")
        return margin
    assert part.revenue is not None
    assert part.cost is not None
    revenue, cost = (
        resolve_number(
            study, cell, f"firms.margin_target.{name}", f"{words.goods} {name} of {part.channel}"
        )
        for name, cell in (("revenue", part.revenue), ("cost", part.cost))
    )
    return 1 - cost / revenue


def promotions(study: Study, part: FirmsPart) -> dict[str, float]:
    """Parts of list prices that buyers do not pay, by channel, where they are given."""
    given = {c.name: c.promotion for c in part.channel if c.promotion is not None}
    parts = {
        n: resolve_number(study, cell, f"firms.channel.{n}.promotion", f"promotions of {n}")
        for n, cell in given.items()
    }
    for name, share in parts.items():
        if not -1 < share < 1:
            raise refuse(
                expected="a part of list prices below 1",
                found=f"{share:g} for {name}",
                where=f"study.toml, firms.channel {name}",
                remedy="give 0.2 for a fifth of the list price that buyers do not pay.",
            )
    return parts
