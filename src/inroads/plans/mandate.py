"""What a negotiator takes along: the worst terms to accept, what to aim at, what to trade for what.

At the prices and units of the launch: a manufacturer gains nothing at w - gain / units, its channel
at w + gain / units. What a clause is worth is the difference of two paths, in each side's profits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.dynamics.record import Path
from inroads.plans.clauses import Clauses
from inroads.plans.deal_sales import clause_effects, deal_sales
from inroads.plans.paths import DealSales, Played
from inroads.plans.strategies import Choices, Strategy

#: the study's own deals, and this deal by itself
PREDICTED, ALONE = "as predicted", "alone"
TERMS = ("lowest", "agreed", "highest", "units")
LEVELS = (0.05, 0.95)
#: what is agreed before sales are known, and what it comes on top of
RISK = {
    "a guarantee of the central units": (Clauses(guarantee=1.0), None),
    "a tenth more guaranteed": (Clauses(guarantee=1.1), Clauses(guarantee=1.0)),
    "a first order of the launch's central units": (Clauses(order=1.0), None),
    "full price protection of that order": (Clauses(order=1.0, protection=1.0), Clauses(order=1.0)),
    "that order's rest bought back at its price": (
        Clauses(order=1.0, buy_back=1.0),
        Clauses(order=1.0),
    ),
}
_SIDES = ("manufacturer", "channel")


@dataclass(frozen=True, kw_only=True, repr=False)
class Mandate(Displayed):
    """Of one deal, for a firm that negotiates it; `ir.plan` makes it. Money is dollars, prices a
    unit.

    Parameters
    ----------
    firm, partner : str
        Whose mandate, and with whom.
    is_channel : bool
        Whether the firm is the channel.
    terms : DataFrame
        A row `as predicted`, beside the study's other deals, and one `alone`. Wholesale prices at
        which the manufacturer gains nothing (`lowest`), of the Nash bargain (`agreed`) and at which
        the channel gains nothing (`highest`), at the central numbers, each with 5 and 95 %
        quantiles over draws; and the share of draws with `no common ground`.
    concessions : DataFrame
        A row a clause: what it is worth to the manufacturer and to the channel, at the present; the
        rise of the wholesale price that makes up for it to the one (`asks`), and that the other
        would bear for it (`bears`).
    outside : Series
        By how much the agreed price would move without each outside option of the manufacturer.
    currency : str
        Of all money.
    """

    firm: str
    partner: str
    is_channel: bool
    terms: pd.DataFrame
    concessions: pd.DataFrame
    outside: pd.Series
    currency: str = "dollars"

    def _card(self) -> Card:
        return Card(
            line=f"Mandate of {self.firm} with {self.partner}: {self.reservation:.4g} at worst, "
            f"{self.target:.4g} to aim at, {counted(len(self.concessions), 'clause')}",
            table=self.terms,
            next_steps=("print(mandate)", "mandate.terms", "mandate.concessions"),
        )

    @property
    def reservation(self) -> float:
        """The worst price to accept beside the study's other deals."""
        return float(self.terms.loc[PREDICTED, "highest" if self.is_channel else "lowest"])

    @property
    def target(self) -> float:
        """The price of the Nash bargain."""
        return float(self.terms.loc[PREDICTED, "agreed"])

    @property
    def exchange(self) -> pd.DataFrame:
        """How much of each clause goes with a wholesale price lower by 1: what the manufacturer
        `needs` (months, campaigns, guarantees of the central units), and what the channel `gives`;
        NaN where the clause is no burden to the channel, or none of use to the manufacturer."""
        costs = -self.concessions[["asks", "bears"]].drop("a wholesale price higher by 1")
        return (1 / costs.where(costs > 0)).set_axis(["needs", "gives"], axis=1)

    @cached_property
    def _sides(self) -> tuple[str, str]:
        pair = (self.firm, self.partner)
        return pair[::-1] if self.is_channel else pair

    def __str__(self) -> str:
        maker, channel = self._sides
        worst = "above" if self.is_channel else "below"
        rows = self.terms.loc[[PREDICTED, ALONE] if ALONE in self.terms.index else [PREDICTED]]
        ranges = pd.DataFrame(
            {
                heading: [
                    f"{row[name]:,.2f} ({row[f'{name} low']:,.2f} to {row[f'{name} high']:,.2f})"
                    for _, row in rows.iterrows()
                ]
                for name, heading in (
                    ("lowest", f"{maker} gains nothing"),
                    ("agreed", "target"),
                    ("highest", f"{channel} gains nothing"),
                )
            },
            index=rows.index,
        )
        ranges["no common ground"] = [f"{share:.0%}" for share in rows["no common ground"]]
        ranges.index.name = None
        exchanged = self.exchange.reindex(self.concessions.index)
        exchanged = exchanged.map(lambda x: "-" if np.isnan(x) else f"{x:,.3g}")
        shown = self.concessions.map(lambda number: f"{number:,.2f}").rename_axis(None)
        shown = shown.assign(
            **{
                f"{maker} needs for 1 off": exchanged["needs"],
                f"{channel} gives for 1 off": exchanged["gives"],
            }
        )
        lines = [
            f"MANDATE: {self.firm} with {self.partner}",
            "",
            f"Leave the table {worst} {self.reservation:,.2f} {self.currency} a unit, aim at "
            f"{self.target:,.2f}.",
            "",
            f"Wholesale price, {self.currency} a unit; 5 to 95 % of draws",
            ranges.to_string(),
            "",
            f"What to trade for what. Worth in {self.currency} at the present; price: the rise of "
            "the wholesale",
            f"price that makes up for it to {maker}, and the rise that {channel} would bear for it "
            "(below 0: a cut). 1 off: how much of the clause makes up for a price lower by 1.",
            shown.to_string(),
            "",
        ]
        # What only moves money is no trade: to rounding, it is worth as much to either side.
        gained = self.concessions["bears"] - self.concessions["asks"]
        trades = self.concessions[gained > 1e-9 * self.concessions["asks"].abs()]
        lines.append(
            "Worth agreeing on, whoever pays: " + ("; ".join(trades.index) or "none of these") + "."
        )
        if len(self.outside):
            first = self.outside.abs().idxmax()
            lines.append(
                f"The outside option that moves the price most: {first}; without it the price "
                f"would move by {self.outside[first]:+,.2f}."
            )
        return "\n".join(lines)


def term_columns(partner: str) -> list[str]:
    """Columns of draws: the terms of a deal in both worlds, and what clauses bring both sides."""
    terms = [_column(partner, world, name) for world in (PREDICTED, ALONE) for name in TERMS]
    risk = [_side_column(partner, clause, side) for clause in RISK for side in _SIDES]
    return [*terms, *risk, first_sales_column(partner)]


def first_sales_column(partner: str) -> str:
    """The column of what a deal by itself sells in its first period."""
    return f"first sales: {partner}"


def _column(partner: str, world: str, name: str) -> str:
    return f"{name}: {partner}, {world}"


def _side_column(partner: str, clause: str, side: str) -> str:
    return f"{clause}: {partner}, to the {side}"


def _worlds(choices: Choices, partner: str) -> dict[str, Strategy]:
    return {PREDICTED: choices.answer, ALONE: choices.answer.only([partner])}


def link_terms(played: Played, partner: str, agreed: DealSales | None = None) -> dict[str, float]:
    """Terms of a deal at one draw, by column; `units` are those of the path, in present value. NaN
    for a pair that trades already: its terms stand.

    agreed: the sales on which clauses are agreed, the draw's own unless given.
    """
    maker, channel = played.pair(partner)
    terms: dict[str, float] = {}
    for world, strategy in _worlds(played.choices, partner).items():
        path = played.path(strategy)
        frame, deal = path.frame, _first_deal(path, maker, channel)
        if deal is None:
            return dict.fromkeys(term_columns(partner), np.nan)
        sold = frame[frame["manufacturer"].eq(maker) & frame["channel"].eq(channel)]
        by_period = sold.groupby("period")["units"].sum()
        units, w = float(by_period.loc[deal["period"]]), float(deal["wholesale"])
        numbers = (
            w - float(deal["manufacturer_gain"]) / units,
            w,
            w + float(deal["channel_gain"]) / units,
            float(by_period.reindex(range(path.periods), fill_value=0.0) @ played.discounts),
        )
        terms |= {_column(partner, world, n): x for n, x in zip(TERMS, numbers, strict=True)}
        if world == ALONE:
            terms[first_sales_column(partner)] = units
    return terms | _risk_terms(played, partner, agreed)


def _risk_terms(played: Played, partner: str, agreed: DealSales | None) -> dict[str, float]:
    """What clauses bring both sides, all deals on sale, at the present, by column."""
    answer = played.choices.answer
    sales = agreed or deal_sales(played, answer, partner)
    worths = {
        clauses: np.array(
            [s @ played.discounts for s in clause_effects(played, answer, partner, clauses, sales)]
        )
        for pair in RISK.values()
        for clauses in pair
        if clauses is not None
    }
    return {
        _side_column(partner, name, side): float(dollars)
        for name, (clauses, beside) in RISK.items()
        for side, dollars in zip(
            _SIDES, worths[clauses] - (worths[beside] if beside else 0.0), strict=True
        )
    }


def agreed_price(path: Path, manufacturer: str, channel: str) -> float:
    """The wholesale price on which a pair first agrees on a path; NaN where present terms stand."""
    deal = _first_deal(path, manufacturer, channel)
    return np.nan if deal is None else float(deal["wholesale"])


def _first_deal(path: Path, manufacturer: str, channel: str) -> pd.Series | None:
    links = path.links
    if links.empty:
        return None
    deals = links[links["manufacturer"].eq(manufacturer) & links["channel"].eq(channel)]
    return None if deals.empty else deals.iloc[0]


def mandate(
    played: Played, partner: str, draws: Mapping[str, np.ndarray], *, currency: str
) -> Mandate | None:
    """Of a firm with one of its partners: at the central numbers, with the terms of all draws. None
    where present terms stand."""
    choices, central = played.choices, link_terms(played, partner)
    if np.isnan(list(central.values())).any():
        return None
    worlds = [PREDICTED, ALONE] if len(choices.answer.partners) > 1 else [PREDICTED]
    rows = {}
    for world in worlds:
        row: dict[str, float] = {}
        for name in TERMS[:3]:
            column = _column(partner, world, name)
            low, high = np.quantile(draws[column], LEVELS)
            row |= {name: central[column], f"{name} low": low, f"{name} high": high}
        lowest, highest = (draws[_column(partner, world, n)] for n in ("lowest", "highest"))
        rows[world] = row | {"no common ground": float(np.mean(highest < lowest))}
    return Mandate(
        firm=choices.firm,
        partner=partner,
        is_channel=choices.is_channel,
        terms=pd.DataFrame(rows).T,
        concessions=_concessions(played, partner, central, draws),
        outside=_outside(played, partner, central),
        currency=currency,
    )


def _concessions(
    played: Played, partner: str, central: Mapping[str, float], draws: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """What clauses are worth to the two sides, and in wholesale price."""
    pair, choices = played.pair(partner), played.choices
    predicted, alone = _worlds(choices, partner).values()
    months = played.model.part.periods * played.model.months_per_period

    def change(before: Strategy, after: Strategy) -> np.ndarray:
        return np.array([played.present(after, f) - played.present(before, f) for f in pair])

    units = central[_column(partner, PREDICTED, "units")]
    worths = {"a wholesale price higher by 1": np.array([units, -units])}
    if predicted != alone:
        others = "other entrants" if choices.is_channel else "other partners"
        worths[f"a month without {others}"] = change(predicted, alone) / months
    barred = replace(alone, exclusive=played.model.part.periods)
    worths["a month without the open channel"] = change(alone, barred) / months
    first = sorted(predicted.launches, key=lambda launch: launch[0] != partner)
    for products in dict.fromkeys(s.held_back for s in choices.strategies if s.held_back):
        held = replace(predicted, launches=tuple(first), held_back=products)
        worths[f"{' and '.join(products)} here alone"] = change(predicted, held)
    worths["the campaigns of the launches"] = change(replace(predicted, campaign=0.0), predicted)
    if choices.campaign_cost:
        launches = len(played.model.launches(0))
        paid = choices.campaign_cost * launches
        worths["campaigns paid by the manufacturer"] = np.array([-paid, paid])
    for clause in RISK:
        sides = [draws[_side_column(partner, clause, side)].mean() for side in _SIDES]
        worths[clause] = np.array(sides)
    table = pd.DataFrame.from_dict(worths, orient="index", columns=[f"to {f}" for f in pair])
    table["asks"], table["bears"] = -table.iloc[:, 0] / units, table.iloc[:, 1] / units
    return table.rename_axis("clause")


def _outside(played: Played, partner: str, central: Mapping[str, float]) -> pd.Series:
    """The agreed price without an outside option of the manufacturer, less that with it."""
    alone = _worlds(played.choices, partner)[ALONE]
    moved = {}
    if not played.choices.is_channel and len(played.choices.answer.partners) > 1:
        moved["other partners"] = (
            central[_column(partner, ALONE, "agreed")]
            - central[_column(partner, PREDICTED, "agreed")]
        )
    barred = replace(alone, exclusive=played.model.part.periods)
    price = agreed_price(played.path(barred), *played.pair(partner))
    moved["the open channel"] = price - central[_column(partner, ALONE, "agreed")]
    return pd.Series(moved, name="price change").rename_axis("without")
