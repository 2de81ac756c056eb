"""The firms behind a study's market: what subscribers are worth, phones cost, who has power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.scenario.chain import Chain, Firms, chain, subscriber_scale
from inroads.scenario.market import Market
from inroads.study.bare import number
from inroads.study.config import FirmsPart
from inroads.study.load import Study


@dataclass(frozen=True)
class Backed:
    """A market's chain as the study's facts pin it down.

    scale: the part of a subscriber's revenue over the time that it stays which carriers count when
    they price a phone, met to the margin on equipment. power: carriers' weights that present terms
    imply, a row a pair; central, low, high: their mean by units, their 10th and 90th percentile.
    """

    chain: Chain
    scale: float
    power: pd.DataFrame

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

    def as_data(self) -> dict[str, Any]:
        """As results.json holds it: dollars, shares of revenue."""
        firms, made = self.chain.firms, self.chain
        offers = made.industry().offers
        margin = made.firms.margin_of
        return {
            "scale": self.scale,
            "carriers": [
                {
                    "carrier": c,
                    "subscriber": value,
                    "prepaid": firms.prepaid[c],
                    "equipment_margin": made.equipment_margin(c),
                }
                for c, value in firms.subscriber.items()
            ],
            "makers": [{"maker": m, "margin": margin(m)} for m in dict.fromkeys(offers["maker"])],
            "offers": [
                {
                    "device": row.device,
                    "channel": row.channel,
                    "price": row.price,
                    "wholesale": row.wholesale,
                    "making": row.making,
                }
                for row in offers.itertuples()
            ],
            "power": {"central": self.central, "low": self.low, "high": self.high},
            "pairs": self.power.to_dict("records"),
        }


def backed(study: Study, market: Market) -> Backed | None:
    """The market's firms; None where study.toml has no [firms].

    Raises InputError for numbers that make no sense: churn of zero, a margin of one or more.
    """
    part = study.config.firms
    if part is None:
        return None
    firms = _firms(study, part)
    sold = part.equipment
    revenue = number(study, sold.revenue, f"equipment revenue of {sold.carrier}")
    margin = 1 - number(study, sold.cost, f"equipment cost of {sold.carrier}") / revenue
    scale = subscriber_scale(market, firms, sold.carrier, margin)
    if not scale > 0:
        raise InputError.single(
            expected="a margin on equipment that a subscriber's value explains",
            found=f"{margin:.3g}, above what pricing for phones alone would bring",
            where="study.toml, firms.equipment",
            remedy="check revenue and cost, or the elasticity in targets.csv.",
        )
    made = chain(market, firms.scaled(scale))
    return Backed(made, scale, made.implied_power())


def _firms(study: Study, part: FirmsPart) -> Firms:
    worth: dict[str, float] = {}
    prepaid: dict[str, float] = {}
    for carrier in part.carrier:
        for found, revenue, churn in (
            (worth, carrier.revenue, carrier.churn),
            (prepaid, carrier.prepaid_revenue, carrier.prepaid_churn),
        ):
            leaving = number(study, churn, f"churn of {carrier.name}")
            _between(leaving, "churn a month", carrier.name)
            found[carrier.name] = number(study, revenue, f"revenue of {carrier.name}") / leaving
    margins = {"": number(study, part.margin, "margin of makers")}
    for maker in part.maker:
        kept = number(study, maker.capture, f"part of the price that {maker.name} keeps")
        spread = number(study, maker.distribution, f"distribution of {maker.name}")
        margins[maker.name] = kept / (1 - spread)
    for name, margin in margins.items():
        _between(margin, "a maker's margin", name or "makers")
    return Firms(
        worth,
        prepaid,
        number(study, part.handling, "handling cost"),
        number(study, part.fee, "fee in the open channel"),
        margins,
    )


def _between(value: float, what: str, whose: str) -> None:
    if not 0 < value < 1:
        raise InputError.single(
            expected=f"{what} above 0 and below 1",
            found=f"{value:g} for {whose}",
            where="study.toml, firms",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
