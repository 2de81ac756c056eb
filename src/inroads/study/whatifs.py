"""Politics, financing and subsidies as levers: what each does to the deals of the headline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Tariff, Withdraw
from inroads.study.bare import number
from inroads.study.config import TalksPart
from inroads.study.load import Study
from inroads.study.stage import Stage
from inroads.study.talks import certified, units_by_maker

#: the lever that is not pulled
AS_IS = "as-is"


@dataclass(frozen=True)
class Intervention:
    """What politics does: the settlement that follows, and the tariff, if there is one.

    rate: of customs value, on what `taxed` make; payer: who owes it at the border.
    """

    name: str
    label: str
    after: Equilibrium
    rate: float = 0.0
    taxed: tuple[str, ...] = ()
    payer: str | None = None

    def revenue(self, before: Equilibrium) -> float:
        """What the tariff brings the treasury, in dollars a period."""
        making = before.market.contracts["production_cost"].reindex(self.after.frame.index)
        taxed = self.after.frame["manufacturer"].isin(self.taxed)
        return float((self.rate * making * self.after.frame["units"])[taxed].sum())


def politics(
    study: Study, stage: Stage, part: TalksPart, maker: str, partners: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Each intervention against the maker's deals with its partners, entered alone."""
    before = stage.settled({maker: tuple(partners)})
    rate = number(study, part.tariff, "tariff")
    what = study.config.study.unit
    for case in _interventions(stage, part, maker, partners, rate, what):
        tariff = {"base": "customs value", "payer": case.payer, "rate": case.rate}
        yield {
            "maker": maker,
            "name": case.name,
            "label": case.label,
            "tariff": tariff if case.payer else None,
            **_change(before, case.after, maker, case.revenue(before)),
        }


def _interventions(
    stage: Stage, part: TalksPart, maker: str, partners: Sequence[str], rate: float, what: str
) -> Iterator[Intervention]:
    before = stage.settled({maker: tuple(partners)})
    market = before.market
    abroad = tuple(m for m in part.abroad if m in set(market.contracts["manufacturer"]))

    def taxed(makers: tuple[str, ...], payer: Literal["manufacturer", "channel"]) -> Equilibrium:
        tariffs = [Tariff(rate, "customs value", payer, manufacturer=m) for m in makers]
        return market.after(*tariffs).solve()

    yield Intervention(
        f"tariff-{maker.lower()}",
        f"{rate:.0%} tariff on {maker}'s {what}, on customs value, paid by the maker",
        taxed((maker,), "manufacturer"),
        rate,
        (maker,),
        "maker",
    )
    if abroad:
        yield Intervention(
            "tariff-china",
            f"{rate:.0%} tariff on {what} assembled in China, on customs value, paid by sellers",
            taxed(abroad, "channel"),
            rate,
            abroad,
            "sellers",
        )
    alone = stage.settled({maker: ()})
    yield Intervention("barred-carriers", f"{maker} barred from carriers", alone)
    for partner in partners if len(partners) > 1 else ():
        left = tuple(p for p in partners if p != partner)
        stays = f"{' and '.join(left)} {'stays' if len(left) == 1 else 'stay'}"
        yield Intervention(
            f"without-{partner.lower()}",
            f"{partner} withdraws, {stays}",
            stage.settled({maker: left}),
        )
    sold = market.table[market.table["manufacturer"] == maker]
    is_open = list(dict.fromkeys(sold.loc[sold["kind"] == "open", "channel"]))
    yield Intervention(
        "barred-open",
        f"{maker} barred from the open channel, carriers stay",
        market.after(*(Withdraw(manufacturer=maker, channel=c) for c in is_open)).solve(),
    )
    yield Intervention(
        "banned",
        f"{maker} banned everywhere",
        alone.market.after(Withdraw(manufacturer=maker)).solve(),
    )


def _change(before: Equilibrium, after: Equilibrium, maker: str, revenue: float) -> dict[str, Any]:
    """Units, profits and surplus after an intervention against before; dollars a period.

    welfare: profits of all firms, consumer surplus and the tariff's revenue together.
    """
    units = units_by_maker(after)
    contracts = before.market.contracts
    shops = set(contracts["seller"]) - set(contracts["manufacturer"])
    profits = after.profits.reindex(before.profits.index).fillna(0.0) - before.profits
    surplus = after.consumer_surplus - before.consumer_surplus
    return {
        "units": float(units.get(maker, 0.0)),
        "units_before": float(units_by_maker(before)[maker]),
        "maker_profit_change": float(profits[maker]),
        "rivals_profit_change": float(
            sum(v for f, v in profits.items() if f != maker and f not in shops)
        ),
        "carriers_profit_change": float(sum(v for f, v in profits.items() if f in shops)),
        "consumer_surplus_change": surplus,
        "tariff_revenue": revenue,
        "welfare_change": float(profits.sum()) + surplus + revenue,
        "certified": certified(after),
    }


@dataclass(frozen=True)
class Lever:
    """A change of how devices are paid for, or of what subscribers are worth to carriers."""

    name: str
    label: str
    financing: Callable[[Market], Market] | None = None
    subscribers: float = 1.0


def levers(study: Study, stage: Stage, part: TalksPart) -> list[Lever]:
    """Financing and subsidies, one changed at a time."""
    channels, what = stage.market.channels, study.config.study.unit
    carriers = channels.index[channels["kind"] == "carrier"]
    months = int(number(study, part.months, "longer instalments"))
    down = number(study, part.down, "down payment")

    def financed(**terms: Callable[[pd.DataFrame], Any]) -> Callable[[Market], Market]:
        def change(market: Market) -> Market:
            offers = market.offers.copy()
            there = offers["channel"].isin(carriers) & (offers["months"] > 0)
            for column, of in terms.items():
                offers.loc[there, column] = of(offers[there])
            return replace(market, offers=offers)

        return change

    return [
        Lever(AS_IS, "As it is"),
        Lever(
            "longer",
            f"Instalments of {months} months",
            financed(months=lambda o: o["months"].clip(lower=months)),
        ),
        Lever(
            "down",
            f"{down:.0%} of the price asked at once",
            financed(down=lambda o: o["down"].clip(lower=down * o["price"])),
        ),
        Lever(
            "cash",
            "Carriers stop financing: everyone pays cash",
            financed(months=lambda o: 0.0 * o["months"]),
        ),
        Lever("no-subsidy", f"Subsidies vanish: carriers price {what} alone", subscribers=0.0),
        Lever(
            "subsidy", "Subsidies return: a subscriber counts half as much again", subscribers=1.5
        ),
    ]


def pulled(stage: Stage, lever: Lever, maker: str, partners: Sequence[str]) -> dict[str, Any]:
    """A maker's units through partners and unlocked only, under a lever; terms of others stand."""
    other = stage.under(lever.financing) if lever.financing else stage

    def solved(deals: tuple[str, ...]) -> Equilibrium:
        if lever.subscribers == 1.0:
            return other.settled({maker: deals})
        industry = other.industry({maker: deals})
        facts = stage.backed.facts.scaled(lever.subscribers)
        return replace(industry, firm_facts=facts).solve()

    through, alone = solved(tuple(partners)), solved(())
    units, few = float(units_by_maker(through)[maker]), float(units_by_maker(alone)[maker])
    own = through.frame[
        (through.frame["manufacturer"] == maker) & (through.frame["seller"] != maker)
    ]
    sold = own["units"].sum()
    return {
        "maker": maker,
        "lever": lever.name,
        "label": lever.label,
        "units": units,
        "units_alone": few,
        "multiple": units / few,
        "price": float((own["price"] * own["units"]).sum() / sold),
        "wholesale": float((own["wholesale"] * own["units"]).sum() / sold),
        "maker_gain": float(through.profits[maker] - alone.profits[maker]),
        "certified": certified(through),
        "certified_alone": certified(alone),
    }
