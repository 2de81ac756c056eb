"""The firms behind the market: what members are worth, costs, a check of bills of materials."""

from __future__ import annotations

from inroads.report.format import (
    capitalised,
    count_words,
    in_percent,
    list_words,
    money,
    number,
    percent,
    unit_price,
)
from inroads.report.section import Block, Details, Heading, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.firms import ChannelFacts, CostBases, Firms
from inroads.results.tree import Results

#: how many times what a member brings a channel may count without a word
_MORE_THAN_IT_BRINGS = 2.0


def section(results: Results) -> Section | None:
    """None without [firms]."""
    firms = results.firms
    if firms is None:
        return None
    costs = results.negotiations.costs if results.negotiations else None
    w, weight = results.words, firms.channel_weight
    about = [w.channels]
    about += ["two readings of what goods cost"] if costs else []
    about += ["bills of materials"] if firms.materials else []
    return Section(
        name="firms",
        title="The firms behind the market",
        summary=_summary(results, firms),
        blocks=blocks(
            text(_pricing(results, firms)),
            Details(
                capitalised(list_words(about)),
                blocks(
                    channels_table(results, firms) if firms.channels else None,
                    note(
                        f"{f'{capitalised(w.currency)} a {w.member}. ' if firms.channels else ''}"
                        f"A {w.channel}’s weight is the part of the joint surplus that its "
                        "terms with present "
                        f"{w.manufacturers} leave it: mean {weight.central:.2f}, from "
                        f"{weight.low:.2f} to {weight.high:.2f} in eight pairs of ten."
                    ),
                    _bases(results, costs) if costs else None,
                    _materials(results, firms),
                ),
            ),
        ),
    )


def _summary(results: Results, firms: Firms) -> str:
    """What channels count of a member, where there are any."""
    w = results.words
    if results.features.members and firms.channels:
        values = sorted(channel.member_value for channel in firms.channels)
        return (
            f"A {w.member} counts {unit_price(values[0])} to {unit_price(values[-1])} with a "
            f"{w.channel}"
        )
    return (
        f"A {w.channel} keeps {percent(firms.channel_weight.central)} of what it and a "
        f"{w.manufacturer} have to share"
    )


def _pricing(results: Results, firms: Firms) -> str:
    """What prices rest on, and that the model finds them again."""
    w, target = results.words, firms.margin_target
    members = ""
    if results.features.members and target:
        members = (
            f"{capitalised(w.channels)} count {number(100 * firms.member_value_scale, 2)} percent "
            f"of what a {w.member} brings, at which {target.channel}’s margin on {w.goods} is the "
            f"one that it reports: {number(100 * target.target, 3)} percent, fitted "
            f"{number(100 * target.fitted, 3)}. "
        )
    elif results.features.members and any(c.margin_target is not None for c in firms.channels):
        members = (
            f"Each {w.channel} counts the part of what a {w.member} brings at which its margin on "
            f"{w.goods} is its target. "
        )
    if any(c.scale > _MORE_THAN_IT_BRINGS for c in firms.channels):
        members += (
            f"Where that is far more than a {w.member} brings, it stands for what else holds "
            f"prices down, such as competition among sellers that are one {w.channel} here. "
        )
    implied = "Wholesale prices are those at which"
    if firms.wholesale == "by product":
        implied = (
            f"A {w.product} has one wholesale price, what retailers leave of its lowest price "
            f"outside {w.channels}; with promotions"
        )
    return (
        f"{members}{implied} today’s list prices are each {w.channel}’s best answer, found again "
        f"from elsewhere to {firms.baseline.price_gap:.0e} {w.currency}."
    )


def channels_table(results: Results, firms: Firms) -> Table:
    """A channel a row."""
    w = results.words
    gives = firms.wholesale == "by product"
    heads = (
        *(capitalised(w.channel), f"Counts a {w.member} at", "Of what it brings"),
        *("One without credit at", f"Margin on {w.goods}", "Target"),
        *(("Gives off list prices",) if gives else ()),
        f"Its weight, mean of {w.manufacturers}",
    )
    rows, target = [], firms.margin_target
    for channel in firms.channels:
        goal = channel.margin_target
        if target and target.channel == channel.channel:
            goal = target.target
        rows.append((
            channel.channel, unit_price(channel.member_value), in_percent(channel.scale),
            unit_price(channel.cash_member_value), in_percent(channel.margin),
            "—" if goal is None else in_percent(goal),
            *((in_percent(channel.promotion),) if gives else ()),
            _mean_weight(firms, channel),
        ))  # fmt: skip
    return Table(heads=heads, rows=rows)


#: what a reading of wholesale prices is called
_BASES = {
    "by channel": "by {channel}",
    "by product": "by {product}",
}


def _bases(results: Results, costs: CostBases) -> list[Block]:
    """Both bases of costs, what is wrong with each, and what each does to the answer."""
    w = results.words
    return blocks(
        Heading("Two readings of what goods cost"),
        bases_table(results, costs),
        note(
            f"What {w.channels} spend on a {w.unit}, mean by {w.units}, and would spend on an "
            f"entrant’s {w.main_products}. A wholesale price above the price outside {w.channels} "
            f"cannot be: anyone could buy there. {_worst(results, costs)}"
        ),
        deals_table(results, costs),
        note(
            f"{capitalised(results.words.currency)} a {results.study.per}, all partners of the "
            "answer."
        ),
    )


def bases_table(results: Results, costs: CostBases) -> Table:
    """A reading a row, that of the answer first."""
    w = results.words
    heads = ("Wholesale prices", f"Spent of list, {w.manufacturers} on sale", "An entrant",
             f"Dearer than outside {w.channels}", "Of", "Below the bill of materials")  # fmt: skip
    rows = [
        (_basis_words(results, b.wholesale), in_percent(b.spent_to_list, 3),
         in_percent(b.entrant_to_list, 3), str(len(b.above_open_price)), str(b.compared),
         str(len(b.below_materials)))
        for b in costs.bases
    ]  # fmt: skip
    return Table(heads=heads, rows=rows, bold=(0,))


def deals_table(results: Results, costs: CostBases) -> Table:
    """An entrant on a reading a row, of its own quality and of another product's."""
    w = results.words
    heads = (capitalised(w.manufacturer), "Wholesale prices", "As good as", capitalised(w.units),
             "Its gain", f"{capitalised(w.channels)}’ gain", "Wholesale", "Retail")  # fmt: skip
    order = sorted(costs.deals, key=lambda d: d.manufacturer)
    rows = [
        (d.manufacturer, _basis_words(results, d.wholesale), d.as_good_as or "itself",
         count_words(d.units), money(d.manufacturer_gain), money(d.channels_gain),
         unit_price(d.wholesale_price), unit_price(d.retail_price))
        for d in order
    ]  # fmt: skip
    return Table(heads=heads, rows=rows, text_columns=3)


def _basis_words(results: Results, basis: str) -> str:
    w = results.words
    return _BASES[basis].format(channel=w.channel, product=w.product)


def _worst(results: Results, costs: CostBases) -> str:
    """The offer that is dearest against what anyone pays elsewhere, where there is one."""
    rows = [row for basis in costs.bases for row in basis.above_open_price[:1]]
    if not rows:
        return ""
    worst = max(rows, key=lambda row: row.wholesale_price / row.open_price)
    return (
        f"The worst: {worst.channel}’s prices imply that it pays "
        f"{unit_price(worst.wholesale_price)} for the {worst.product}, which is sold at "
        f"{unit_price(worst.open_price)} outside {results.words.channels}."
    )


def _mean_weight(firms: Firms, channel: ChannelFacts) -> str:
    """Mean over manufacturers, by units."""
    pairs = [pair for pair in firms.pairs if pair.channel == channel.channel]
    units = sum(pair.units for pair in pairs)
    if not units:
        return "—"
    return f"{sum(pair.channel_weight * pair.units for pair in pairs) / units:.2f}"


def _materials(results: Results, firms: Firms) -> list[Block]:
    if not firms.materials:
        return []
    return blocks(
        Heading("A check: bills of materials"),
        materials_table(results, firms),
        note(
            f"{capitalised(results.words.currency)} apiece; not fitted: mean by units, lowest and "
            "highest channel. A bill leaves out "
            "licences, assembly and software, about as much again."
            + (
                " Where the highest is far above the lowest, implied wholesale prices differ more "
                f"between channels than a {results.words.manufacturer}’s would: read terms as good "
                "to that."
                if firms.wholesale == "by channel"
                else ""
            )
        ),
    )


def materials_table(results: Results, firms: Firms) -> Table:
    """A product a row."""
    heads = (capitalised(results.words.product), "Bill of materials", "Implied cost to make",
             "From", "To")  # fmt: skip
    rows = [
        (m.product, *(unit_price(x) for x in (m.bill, m.production_cost, m.low, m.high)))
        for m in firms.materials
    ]
    return Table(heads=heads, rows=rows)
