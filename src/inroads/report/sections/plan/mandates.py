"""What a negotiator takes along: prices, what to ask for what, when to leave, what to learn."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from inroads.report.chart_style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PLOT,
    price_axis,
    rows_axis,
    titled,
    wrapped,
)
from inroads.report.format import (
    capitalised,
    currency_sign,
    dollars,
    exact_price,
    in_percent,
    list_words,
    money,
    significant,
)
from inroads.report.section import Block, Definitions, Figure, Section, blocks, note
from inroads.report.sections.plan.advice import NO_DEAL, learning, recommendation
from inroads.report.table import Table
from inroads.results.plans import Clause, DealMandate, FirmPlan, PriceRange, WholesaleTerms
from inroads.results.words import Words

#: how clauses that shut others out begin
_EXCLUSIVE = "a month without"
#: what is worth trading, where it is
_NEITHER = "a wholesale price"


def sections(plan: FirmPlan, deal: DealMandate, words: Words) -> list[Section]:
    """A mandate as a page of its own."""
    return [
        Section(
            name="mandate",
            title="The price",
            blocks=blocks(
                Figure("prices", prices_chart(plan, deal, words)), answers(plan, deal, words)
            ),
        ),
        Section(
            name="trades",
            title="What to trade for what",
            summary=_trades_title(deal),
            blocks=clauses_blocks(plan, deal, words),
        ),
    ]


def other_side(plan: FirmPlan, deal: DealMandate) -> str:
    """Whom the firm negotiates with."""
    return deal.manufacturer if plan.is_channel else deal.channel


def overview(plan: FirmPlan) -> Table:
    """A deal a row: where both sides leave the table, what to aim at, what exclusivity costs."""
    prices = ("Worst price", "Aim at", "The other side leaves at", "No common ground")
    launch = () if plan.is_channel else ("Launch earned back at",)
    rows = []
    for deal in plan.mandates:
        terms = deal.predicted
        worst, other = _ends(plan, terms)
        back = "—" if terms.earned_back is None else price(terms.earned_back)
        exclusive = next((c for c in deal.clauses if c.name.startswith(_EXCLUSIVE)), None)
        rows.append(
            (
                other_side(plan, deal),
                *(_range(prices) for prices in (worst, terms.agreed, other)),
                in_percent(terms.no_common_ground),
                *([back] if launch else []),
                "—" if exclusive is None else money(_to_firm(plan, exclusive)),
            )
        )
    heads = ("Deal with", *prices, *launch, "A month's exclusivity is worth")
    return Table(heads=heads, rows=rows)


def answers(plan: FirmPlan, deal: DealMandate, words: Words) -> Definitions:
    """The questions of a negotiator, each with its answer."""
    worst, other_end = _ends(plan, deal.predicted)
    other, unit, terms = other_side(plan, deal), words.unit, deal.predicted
    below, above = ("above", "below") if plan.is_channel else ("below", "above")
    alone = ""
    if deal.alone is not None:
        alone = f" If no other deal is made it is {price(_ends(plan, deal.alone)[0].central)}."
    items = [
        (
            "The worst price to accept",
            f"{price(worst.central)} a {unit}, wholesale ({_quantiles(worst)} in nine draws of "
            f"ten): {below} it {plan.firm} earns less with the deal than without.{alone}",
        ),
        (
            "What to aim at",
            f"{price(terms.agreed.central)} ({_quantiles(terms.agreed)}). {other} itself leaves "
            f"{above} {price(other_end.central)} ({_quantiles(other_end)}).",
        ),
        ("When to leave the table", _leaving(plan, deal, below)),
        ("What to ask in exchange for exclusivity", _exclusivity(plan, deal, words)),
        ("What to insist on", _insist(plan, deal)),
        ("What to find out first", learning(plan)),
        ("What other options do to the price", _outside(deal)),
    ]
    return Definitions([item for item in items if item[1]])


def _leaving(plan: FirmPlan, deal: DealMandate, below: str) -> str:
    worst, _ = _ends(plan, deal.predicted)
    terms = deal.predicted
    none = (
        f"In {in_percent(terms.no_common_ground)} of draws there is no price at which both gain."
        if terms.no_common_ground
        else "In every draw both gain at some price, what the launch costs left aside."
    )
    text = (
        f"{below} {price(worst.central)}, moved by what clauses are worth (below, in the price). "
        f"{none}"
    )
    back = terms.earned_back
    if plan.is_channel or back is None:
        return capitalised(text)
    than = "more" if back > terms.agreed.central else "less"
    return (
        f"Before any money is spent on the launch: unless {price(back)} or more can be had, at "
        "which the deal earns its launch back on average, counting the odds that talks fail or "
        f"that politics stops it. That is {than} than the target: at {price(terms.agreed.central)} "
        f"the launch is earned back in {in_percent(terms.pays)} of draws. Once it is paid for: "
        f"{text}"
    )


def _exclusivity(plan: FirmPlan, deal: DealMandate, words: Words) -> str:
    """What each kind of exclusivity costs or brings, and whether it is to be traded."""
    other, unit = other_side(plan, deal), words.unit
    parts = []
    for clause in (c for c in deal.clauses if c.name.startswith(_EXCLUSIVE)):
        mine, theirs = _to_firm(plan, clause), _to_other(plan, clause)
        price_asked, price_offered = _in_price(plan, clause)
        text = f"{capitalised(clause.name)} "
        if mine < 0 and theirs <= 0:
            text += (
                f"costs {plan.firm} {money(-mine)} ({dollars(price_asked)} a {unit}), and {other} "
                f"loses by it too ({money(-theirs)}): do not offer it."
            )
        elif mine < 0:
            enough = "so there is room" if mine + theirs > 0 else "which is too little: do not sell"
            text += (
                f"costs {plan.firm} {money(-mine)}: ask for {dollars(price_asked)} a {unit} "
                f"{_better(plan)} at least, on all {words.units} of the deal. {other} would give "
                f"up to {dollars(price_offered)}, {enough}."
            )
        else:
            text += f"brings {plan.firm} {money(mine)}: nothing is to be asked for it."
            if theirs <= 0:
                text += f" It costs {other} {money(-theirs)}, {dollars(-price_offered)} a {unit}."
        parts.append(text)
    return f"{' '.join(parts)} For more months, multiply." if parts else ""


def _insist(plan: FirmPlan, deal: DealMandate) -> str:
    """Clauses by which both sides gain together, exclusivity apart."""
    named = [
        f"{c.name} (worth {money(_to_firm(plan, c))} to {plan.firm}, "
        f"{money(_to_other(plan, c))} to {other_side(plan, deal)})"
        for c in deal.clauses
        if c.adds and not c.name.startswith((_EXCLUSIVE, _NEITHER))
    ]
    return f"{capitalised(list_words(named))}: both together gain by it." if named else ""


def _outside(deal: DealMandate) -> str:
    """How each option of the manufacturer moves the price, and why one may lower it."""
    moves = [
        f"without {name} the price would be {dollars(abs(change))} "
        f"{'higher' if change > 0 else 'lower'}"
        for name, change in sorted(deal.outside.items(), key=lambda item: -abs(item[1]))
    ]
    if not moves:
        return ""
    text = f"Of {deal.manufacturer}'s options, the largest effect first: {'; '.join(moves)}."
    if max(deal.outside.values()) > 0:
        text += (
            f" Higher, where {deal.channel} gains more by selling alone than {deal.manufacturer} "
            "loses of what it could fall back on."
        )
    return text


def clauses_blocks(plan: FirmPlan, deal: DealMandate, words: Words) -> list[Block]:
    """The table of clauses, and how to read it."""
    maker, channel = deal.manufacturer, deal.channel
    rows = [
        (
            _clause_words(clause, words), money(clause.to_manufacturer), money(clause.to_channel),
            dollars(clause.asks), dollars(clause.bears),
            "yes" if clause.adds else "—",
        )
        for clause in deal.clauses
    ]  # fmt: skip
    heads = (
        "Clause", f"Worth to {maker}", f"To {channel}", f"Price change {maker} needs",
        f"Price change {channel} can bear",
        "Both gain",
    )  # fmt: skip
    two = f"{currency_sign()}2"
    return blocks(
        Table(heads=heads, rows=rows),
        note(
            f"Worth: present value over the deal's life. Price changes: of the wholesale price, a "
            f"{words.unit}, below zero a cut. With a clause that {maker} needs +{two} for, it may "
            f"go no lower than {two} above its worst price; with one at −{two}, {two} below. Two "
            "clauses make up for each other in proportion to their price changes."
        ),
    )


def _clause_words(clause: Clause, words: Words) -> str:
    if clause.name.startswith(_NEITHER):
        return f"a wholesale price higher by {dollars(1.0).removesuffix('.00')} a {words.unit}"
    return clause.name


def _trades_title(deal: DealMandate) -> str:
    traded = [c.name for c in deal.clauses if c.adds]
    if not traded:
        return "No clause makes both sides together better off"
    return f"Both sides together gain by {list_words(traded)}"


def prices_chart(plan: FirmPlan, deal: DealMandate, words: Words) -> Any:
    """Where both sides leave the table and what to aim at, with nine draws of ten."""
    terms = deal.predicted
    rows = [
        (f"{deal.manufacturer} leaves below", terms.lowest, ORANGE),
        ("Target", terms.agreed, BLUE),
        (f"{deal.channel} leaves above", terms.highest, GREEN),
    ]
    if terms.earned_back is not None and not plan.is_channel:
        back = PriceRange(central=terms.earned_back, low=terms.earned_back, high=terms.earned_back)
        rows.append(("Launch earned back on average", back, INK))
    frame = pd.DataFrame(
        [{"label": wrapped(name, 26), "low": p.low, "at": p.central, "high": p.high,
          "colour": colour, "words": price(p.central)} for name, p, colour in rows]
    )  # fmt: skip
    highest = float(frame["high"].max())
    axis = alt.Axis(labelExpr=price_axis(highest), title=f"wholesale, a {words.unit}")
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=None, axis=rows_axis()), color=alt.Color("colour:N", scale=None)
    )
    x = alt.X("at:Q", axis=axis, scale=scale)
    line = base.mark_rule(strokeWidth=5, opacity=0.45).encode(
        x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=120, opacity=1).encode(x=x)
    labels = base.mark_text(dy=-13, fontWeight="bold").encode(
        x=x, text="words:N", color=alt.value(INK)
    )
    low, high = terms.lowest.central, terms.highest.central
    title = (
        f"Both gain between {price(low)} and {price(high)} a {words.unit}; the target is "
        f"{price(terms.agreed.central)}"
        if low < high
        else "There is no price at which both gain"
    )
    return titled(
        alt.layer(line, dots, labels).properties(width=PLOT, height=alt.Step(44)),
        title,
        "If the other deals of the study are made and the launch is paid for. Lines: nine of ten "
        f"of {plan.draws} draws of what is uncertain.",
    )


def about(plan: FirmPlan, words: Words) -> str:
    """The plan that a mandate belongs to."""
    advice = recommendation(plan, words)
    if plan.best != NO_DEAL:
        return f"The plan of {plan.firm}: {advice}"
    return (
        f"Recommendation: no deal for now. {advice.removeprefix('No deal for now. ')} If "
        f"{plan.firm} negotiates all the same, these are its limits."
    )


def price(x: float) -> str:
    """A wholesale price: three digits from 100 on, else with cents."""
    return exact_price(significant(x, 3)) if abs(x) >= 100 else dollars(x)


def _range(prices: PriceRange) -> str:
    return f"{price(prices.central)} ({_quantiles(prices)})"


def _quantiles(prices: PriceRange) -> str:
    return f"{price(prices.low)} to {price(prices.high)}"


def _ends(plan: FirmPlan, terms: WholesaleTerms) -> tuple[PriceRange, PriceRange]:
    """Where the firm leaves, and where the other side does."""
    ends = (terms.lowest, terms.highest)
    return ends[::-1] if plan.is_channel else ends


def _to_firm(plan: FirmPlan, clause: Clause) -> float:
    return clause.to_channel if plan.is_channel else clause.to_manufacturer


def _to_other(plan: FirmPlan, clause: Clause) -> float:
    return clause.to_manufacturer if plan.is_channel else clause.to_channel


def _in_price(plan: FirmPlan, clause: Clause) -> tuple[float, float]:
    """The move of the price in the firm's favour that makes up for a clause, and the most that the
    other side would concede for it."""
    if plan.is_channel:
        return -clause.bears, -clause.asks
    return clause.asks, clause.bears


def _better(plan: FirmPlan) -> str:
    return "less" if plan.is_channel else "more"
