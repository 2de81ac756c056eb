"""Politics, financing and subsidies as levers: what each does to the deals of the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from inroads.errors import refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Tariff as TariffMove
from inroads.market.moves import Withdraw
from inroads.results.interventions import Intervention, InterventionKind, Lever, LeverKind, Tariff
from inroads.study.config.config_base import Cell
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.market.build_market import resolve_number
from inroads.study.negotiations.entry_game import EntryGame
from inroads.study.negotiations.negotiations import certificate_of, units_by_manufacturer

if TYPE_CHECKING:
    from inroads.study.load import Study

# A subsidy that returns: what a member counts, relative to now.
_MORE = 1.5


@dataclass(frozen=True, kw_only=True)
class _Case:
    """An intervention, and the equilibrium that follows."""

    kind: InterventionKind
    after: Equilibrium
    tariff: Tariff | None = None
    cost_change: float | None = None
    withdrawn: str | None = None
    remaining: tuple[str, ...] = ()

    def revenue(self, before: Equilibrium) -> float:
        """What the tariff brings the treasury, in dollars a period."""
        if self.tariff is None:
            return 0.0
        making = before.market.contracts["production_cost"].reindex(self.after.frame.index)
        taxed = self.after.frame["manufacturer"].isin(self.tariff.manufacturers)
        return float((self.tariff.rate * making * self.after.frame["units"])[taxed].sum())


def interventions(
    study: Study,
    game: EntryGame,
    part: NegotiationsPart,
    manufacturer: str,
    *,
    partners: Sequence[str],
) -> Iterator[Intervention]:
    """Each intervention against the manufacturer's deals with its partners, entered alone."""
    before = game.solve({manufacturer: tuple(partners)})
    if part.tariff is not None:
        rate = tariff_rate(study, part.tariff)
        for case in _tariffs(before, part, manufacturer, rate, local_cost(study, part)):
            yield _intervention(before, case, manufacturer)
    if part.political_hazard is not None:
        for case in _bars(game, manufacturer, partners):
            yield _intervention(before, case, manufacturer)


def tariff_rate(study: Study, cell: Cell) -> float:
    """The rate of the tariff that is tried; InputError for one below 0."""
    rate = resolve_number(study, cell, "negotiations.tariff", "tariff")
    _check(rate >= 0, "a rate of 0 or more, 0.1 for 10 percent", rate, "tariff")
    return rate


def local_cost(study: Study, part: NegotiationsPart) -> float | None:
    """By which part products cost more if made within the tariff; InputError for one below 0."""
    if part.local_cost is None:
        return None
    more = resolve_number(study, part.local_cost, "negotiations.local_cost", "cost of making here")
    _check(more >= 0, "a part of 0 or more, 0.1 for 10 percent", more, "local_cost")
    return more


def _check(is_fine: bool, expected: str, value: float, key: str) -> None:
    if not is_fine:
        raise refuse(
            expected=expected,
            found=f"{value:g}",
            where=f"study.toml, negotiations.{key}",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )


def _tariffs(
    before: Equilibrium,
    part: NegotiationsPart,
    manufacturer: str,
    rate: float,
    local: float | None,
) -> Iterator[_Case]:
    """On the entrant alone, on everyone who imports, and on all these but the entrant, who makes
    its products at another cost where the tariff does not reach."""
    market = before.market
    imported = tuple(m for m in part.imported if m in set(market.contracts["manufacturer"]))

    def taxed(
        kind: InterventionKind,
        manufacturers: tuple[str, ...],
        payer: Literal["manufacturer", "channel"],
        cost_change: float | None = None,
    ) -> _Case:
        moves = [] if cost_change is None else [_dearer(cost_change, manufacturer)]
        moves += [
            TariffMove(rate, base="customs value", payer=payer, manufacturer=m)
            for m in manufacturers
        ]
        tariff = Tariff(rate=rate, payer=payer, manufacturers=manufacturers)
        after = market.after(*moves).solve()
        return _Case(
            kind=kind,
            after=after,
            tariff=tariff if manufacturers else None,
            cost_change=cost_change,
        )

    yield taxed(InterventionKind.TARIFF_ON_ENTRANT, (manufacturer,), "manufacturer")
    if imported:
        yield taxed(InterventionKind.TARIFF_ON_IMPORTS, imported, "channel")
    if local is not None:
        others = tuple(m for m in imported if m != manufacturer)
        yield taxed(InterventionKind.MADE_WITHIN, others, "channel", local)


def _dearer(fraction: float, manufacturer: str) -> TariffMove:
    """Production that costs more: what a tariff does to the manufacturer, paid to nobody."""
    return TariffMove(
        fraction, base="customs value", payer="manufacturer", manufacturer=manufacturer
    )


def _bars(game: EntryGame, manufacturer: str, partners: Sequence[str]) -> Iterator[_Case]:
    """The entrant barred from channels: from its partners, from one, from the open one, from
    all."""
    market = game.solve({manufacturer: tuple(partners)}).market
    alone = game.solve({manufacturer: ()})
    yield _Case(kind=InterventionKind.BARRED_FROM_CHANNELS, after=alone)
    for partner in partners if len(partners) > 1 else ():
        remaining = tuple(p for p in partners if p != partner)
        yield _Case(
            kind=InterventionKind.PARTNER_WITHDRAWS,
            after=game.solve({manufacturer: remaining}),
            withdrawn=partner,
            remaining=remaining,
        )
    sold = market.table[market.table["manufacturer"] == manufacturer]
    is_open = list(dict.fromkeys(sold.loc[~sold["has_members"], "channel"]))
    yield _Case(
        kind=InterventionKind.BARRED_FROM_OPEN_CHANNEL,
        after=market.after(
            *(Withdraw(manufacturer=manufacturer, channel=c) for c in is_open)
        ).solve(),
    )
    yield _Case(
        kind=InterventionKind.BANNED,
        after=alone.market.after(Withdraw(manufacturer=manufacturer)).solve(),
    )


def _intervention(before: Equilibrium, case: _Case, manufacturer: str) -> Intervention:
    """Units, profits and surplus after an intervention against before."""
    after, revenue = case.after, case.revenue(before)
    units = units_by_manufacturer(after)
    contracts = before.market.contracts
    channels = set(contracts["seller"]) - set(contracts["manufacturer"])
    profits = after.profits.reindex(before.profits.index).fillna(0.0) - before.profits
    surplus = after.consumer_surplus - before.consumer_surplus
    return Intervention(
        manufacturer=manufacturer,
        kind=case.kind,
        tariff=case.tariff,
        cost_change=case.cost_change,
        withdrawn=case.withdrawn,
        remaining=case.remaining,
        units=float(units.get(manufacturer, 0.0)),
        units_before=float(units_by_manufacturer(before)[manufacturer]),
        manufacturer_profit_change=float(profits[manufacturer]),
        rivals_profit_change=float(
            sum(v for f, v in profits.items() if f != manufacturer and f not in channels)
        ),
        channels_profit_change=float(sum(v for f, v in profits.items() if f in channels)),
        consumer_surplus_change=surplus,
        tariff_revenue=revenue,
        welfare_change=float(profits.sum()) + surplus + revenue,
        certificate=certificate_of(after),
    )


@dataclass(frozen=True, kw_only=True)
class LeverChange:
    """A change of how products are paid for, or of what members are worth to channels.

    setting: the number that says how much, as `results.negotiations.LeverKind` reads it.
    """

    kind: LeverKind
    setting: float | None = None
    financing: Callable[[Market], Market] | None = None
    member_value: float = 1.0


def levers(study: Study, game: EntryGame, part: NegotiationsPart) -> list[LeverChange]:
    """Financing and subsidies, one changed at a time; of financing only where there is some."""
    channels = game.market.channels
    bargaining = channels.index[channels["has_members"]]

    def financed(**terms: Callable[[pd.DataFrame], Any]) -> Callable[[Market], Market]:
        def change(market: Market) -> Market:
            offers = market.offers.copy()
            rows = offers["channel"].isin(bargaining) & (offers["months"] > 0)
            for column, of in terms.items():
                offers.loc[rows, column] = of(offers[rows])
            return replace(market, offers=offers)

        return change

    financing = []
    if part.months is not None:
        months = resolve_number(
            study,
            part.months,
            "negotiations.months",
            f"longer {study.config.words.financing}",
        )
        _check(months >= 0, "months of 0 or more", months, "months")
        financing.append(
            LeverChange(
                kind=LeverKind.LONGER_FINANCING,
                setting=int(months),
                financing=financed(months=lambda o: o["months"].clip(lower=int(months))),
            )
        )
    if part.down_payment is not None:
        down = resolve_number(study, part.down_payment, "negotiations.down_payment", "down payment")
        _check(0 <= down <= 1, "a part of the price from 0 to 1", down, "down_payment")
        financing.append(
            LeverChange(
                kind=LeverKind.DOWN_PAYMENT,
                setting=down,
                financing=financed(down=lambda o: o["down"].clip(lower=down * o["price"])),
            )
        )
    financing.append(
        LeverChange(
            kind=LeverKind.NO_FINANCING, financing=financed(months=lambda o: 0.0 * o["months"])
        )
    )
    members = [
        LeverChange(kind=LeverKind.NO_MEMBER_VALUE, member_value=0.0),
        LeverChange(kind=LeverKind.HIGHER_MEMBER_VALUE, setting=_MORE, member_value=_MORE),
    ]
    has_members = any(game.firms.facts.member_value.values())
    has_financing = (game.market.offers["months"] > 0).any()
    return [
        LeverChange(kind=LeverKind.NONE),
        *(financing if has_financing else ()),
        *(members if has_members else ()),
    ]


def apply_lever(
    game: EntryGame, lever: LeverChange, manufacturer: str, partners: Sequence[str]
) -> Lever:
    """A manufacturer's units through partners and in the open channel only, under a lever; terms of
    others stand."""
    other = game.with_policy(lever.financing) if lever.financing else game

    def solved(deals: tuple[str, ...]) -> Equilibrium:
        if lever.member_value == 1.0:
            return other.solve({manufacturer: deals})
        facts = game.firms.facts.scaled(lever.member_value)
        return replace(other.industry({manufacturer: deals}), firm_facts=facts).solve()

    through, alone = solved(tuple(partners)), solved(())
    units, few = (
        float(units_by_manufacturer(through)[manufacturer]),
        float(units_by_manufacturer(alone)[manufacturer]),
    )
    through_partners = through.frame[
        (through.frame["manufacturer"] == manufacturer) & (through.frame["seller"] != manufacturer)
    ]
    sold = through_partners["units"].sum()
    return Lever(
        manufacturer=manufacturer,
        kind=lever.kind,
        setting=lever.setting,
        units=units,
        units_without_deals=few,
        multiple=units / few,
        retail_price=float((through_partners["price"] * through_partners["units"]).sum() / sold),
        wholesale_price=float(
            (through_partners["wholesale"] * through_partners["units"]).sum() / sold
        ),
        manufacturer_gain=float(through.profits[manufacturer] - alone.profits[manufacturer]),
        certificate=certificate_of(through),
        certificate_without_deals=certificate_of(alone),
    )
