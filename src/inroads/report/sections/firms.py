"""The firms behind the market: what members are worth, costs, a check of bills of materials."""

from __future__ import annotations

from inroads.report.format import capitalised, number, percent, unit_price
from inroads.report.section import Block, Heading, Section, blocks, note, text
from inroads.report.table import Table
from inroads.results.firms import ChannelFacts, Firms
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
    if results.features.members and target:
        members += (
            f"A {w.member} is worth its revenue a month over the share that leaves "
            f"a month; {w.channels} count {number(100 * firms.member_value_scale, 2)} percent of "
            f"that, the part at which {target.channel}’s margin on {w.goods} is the one that it "
            f"reports: {number(100 * target.target, 3)} percent, fitted "
            f"{number(100 * target.fitted, 3)}. "
        )
    margins = ""
    if firms.channels:
        margins = (
            f"Dollars a {w.member}. Margins on {w.goods} without a target follow, and may be "
            "checked. "
        )
    return Section(
        name="firms",
        title="The firms behind the market",
        blocks=blocks(
            text(
                f"{members}Wholesale prices are {'then ' if members else ''}those at which today’s "
                f"list prices are each {w.channel}’s best answer; with them the model finds list "
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
            _materials(results, firms),
        ),
    )


def channels_table(results: Results, firms: Firms) -> Table:
    """A channel a row."""
    w = results.words
    heads = (
        *(capitalised(w.channel), f"Counts a {w.member} at", "One without credit at"),
        *(f"Margin on {w.goods}", "Target", f"Its weight, mean of {w.manufacturers}"),
    )
    rows, target = [], firms.margin_target
    for channel in firms.channels:
        rows.append((
            channel.channel, unit_price(channel.member_value),
            unit_price(channel.cash_member_value), percent(channel.margin),
            percent(target.target) if target and target.channel == channel.channel else "—",
            _mean_weight(firms, channel),
        ))  # fmt: skip
    return Table(heads=heads, rows=rows)


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
            "and software, about as much again. Where the highest is far above the lowest, "
            "implied wholesale prices differ more between channels than a "
            f"{results.words.manufacturer}’s would: read terms as good to that."
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
