"""The firms behind the market: what members are worth, costs, a check of bills of materials."""

from __future__ import annotations

from inroads.report.format import capitalised, count_words, money, number, percent, unit_price
from inroads.report.section import Block, Heading, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.firms import ChannelFacts, CostBases, Firms
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None without [firms]."""
    firms = results.firms
    if firms is None:
        return None
    w, target, weight = results.words, firms.margin_target, firms.channel_weight
    channels = capitalised(w.channels)
    members = ""
    if results.features.members:
        members = (
            f"{channels} price a {w.unit} for what they earn on it and for the {w.member} that it "
            "wins or keeps. "
        )
    worth = f"A {w.member} is worth its revenue a month over the share that leaves a month"
    if firms.is_discounted:
        worth = (
            f"A {w.member} is worth what it pays, after what serving it costs, discounted, while "
            "it stays"
        )
    if results.features.members and target:
        members += (
            f"{worth}; {w.channels} count {number(100 * firms.member_value_scale, 2)} percent of "
            f"that, the part at which {target.channel}’s margin on {w.goods} is the one that it "
            f"reports: {number(100 * target.target, 3)} percent, fitted "
            f"{number(100 * target.fitted, 3)}. "
        )
    elif results.features.members and any(c.margin_target is not None for c in firms.channels):
        members += (
            f"{worth}; each {w.channel} counts the part of that at which its margin on {w.goods} "
            f"is its target, {number(100 * firms.member_value_scale, 2)} percent on average. "
        )
    margins = ""
    if firms.channels:
        margins = (
            f"Dollars a {w.member}. Margins on {w.goods} without a target follow, and may be "
            "checked. "
        )
    implied = (
        f"Wholesale prices are {'then ' if members else ''}those at which today’s list prices are "
        f"each {w.channel}’s best answer"
    )
    if firms.wholesale == "by product":
        implied = (
            f"A {w.product} has one wholesale price, what retailers leave of its lowest price "
            f"outside {w.channels}. What today’s list prices, as each {w.channel}’s best answers, "
            f"imply beyond it is not paid by buyers: the {w.channel} gives it off the list price "
            f"(its promotions), and an entrant’s {w.products} are given off list prices alike"
        )
    return Section(
        name="firms",
        title="The firms behind the market",
        blocks=blocks(
            text(
                f"{members}{implied}; with them the model finds list "
                f"prices again from elsewhere, to {firms.baseline.price_gap:.0e} dollars, and "
                f"shares to {firms.baseline.share_gap:.0e}."
            ),
            channels_table(results, firms) if firms.channels else None,
            note(
                f"{margins}A {w.channel}’s weight is the part of the joint surplus that its terms "
                f"with present {w.manufacturers} leave it: mean {weight.central:.2f}, from "
                f"{weight.low:.2f} to {weight.high:.2f} between the tenth and the ninetieth of a "
                "hundred pairs."
            ),
            _bases(results),
            _materials(results, firms),
        ),
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
            channel.channel, unit_price(channel.member_value), percent(channel.scale),
            unit_price(channel.cash_member_value), percent(channel.margin),
            "—" if goal is None else percent(goal),
            *((percent(channel.promotion),) if gives else ()),
            _mean_weight(firms, channel),
        ))  # fmt: skip
    return Table(heads=heads, rows=rows)


#: what a reading of wholesale prices is called
_BASES = {
    "by channel": "as each {channel}’s prices imply",
    "by product": "one a {product}, and promotions",
}


def _bases(results: Results) -> list[Block]:
    """Both bases of costs, what is wrong with each, and what each does to the answer."""
    costs = results.negotiations.costs if results.negotiations else None
    if costs is None:
        return []
    w = results.words
    return blocks(
        Heading("Two readings of what goods cost"),
        bases_table(results, costs),
        note(
            f"What {w.channels} spend on a {w.unit} (at wholesale, and off the list price) as a "
            f"part of its list price, mean by {w.units}, and what they would spend on an entrant’s "
            f"{w.main_products} bought for what retailers leave of list. A wholesale price above "
            f"the price outside {w.channels} cannot be: anyone could buy there."
        ),
        text(_worst(results, costs)) if _worst(results, costs) else None,
        deals_table(results, costs),
        note(
            f"All partners of the answer at once, dollars a {results.study.per}. Retail prices are "
            "as posted: where there are promotions they are still to be taken off."
        ),
    )


def bases_table(results: Results, costs: CostBases) -> Table:
    """A reading a row, that of the answer first."""
    w = results.words
    heads = ("Wholesale prices", f"Spent of list, {w.manufacturers} on sale", "An entrant",
             f"Dearer than outside {w.channels}", "Of", "Below the bill of materials")  # fmt: skip
    rows = [
        (_basis_words(results, b.wholesale), percent(b.spent_to_list, 3),
         percent(b.entrant_to_list, 3), str(len(b.above_open_price)), str(b.compared),
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
            "Dollars apiece; not fitted. Costs to make follow from the wholesale price at each "
            f"{results.words.channel} and from {results.words.manufacturers}’ margins: mean by "
            "units, lowest and highest channel. A bill of materials leaves out licences, assembly "
            "and software, about as much again."
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
