"""All channels that negotiate: sets of deals, who loses, exclusivity, who would keep whom out."""

from __future__ import annotations

from collections.abc import Sequence

from inroads.report.format import dollars, list_words, money, signed_money, unit_price
from inroads.report.phrases import partners_words
from inroads.report.section import Block, Details, Heading, blocks, note, text
from inroads.report.table import Table
from inroads.results.networks import EveryChannel
from inroads.results.tree import Results


def parts(results: Results) -> Sequence[Block]:
    """Nothing where fewer than two channels negotiate."""
    negotiated = results.negotiations
    rows = negotiated.every_channel if negotiated else ()
    if not rows:
        return ()
    w, per = results.words, results.study.per
    alone = [row for row in rows if not row.other_deals]
    clauses, losses = clauses_table(results, alone), losses_table(results, alone)
    return blocks(
        Heading(f"All {w.channels} that negotiate"),
        [text(words) for row in rows if (words := stable_words(results, row))],
        Details(
            f"Every set of {w.channels}: {sum(len(row.sets) for row in rows)} equilibria",
            [sets_table(results, rows), note(f"Changes against no deal, dollars a {per}.")],
        ),
        _clauses(results, clauses),
        _losses(results, losses),
    )


def _clauses(results: Results, table: Table) -> Sequence[Block]:
    if not table.rows:
        return ()
    w, per = results.words, results.study.per
    return blocks(
        Heading("Exclusive or open"),
        text(
            f"Would a {w.channel} pay to be an entrant’s only one, against the {w.channels} that "
            f"would sell it otherwise? A clause pays if the {w.channel} gains more than the "
            f"entrant loses; it is among {w.channels} only, or bars the open channel too."
        ),
        table,
        note(
            f"Dollars a {per}, first {per}; a clause for so many {per}s brings and costs so many "
            "times as much."
        ),
    )


def answers(results: Results) -> Sequence[Block]:
    """What present manufacturers could pay the partners; nothing where none was tried."""
    negotiated = results.negotiations
    rows = negotiated.responses if negotiated else ()
    if not rows:
        return ()
    w, per = results.words, results.study.per
    body = [
        (
            f"{row.rival}, to the partners of {row.manufacturer}",
            money(row.rival_loss),
            f"{unit_price(row.allowance)} ({100 * row.part_of_wholesale:g}%)",
            signed_money(row.rival_profit_change),
            signed_money(row.manufacturer_profit_change),
        )
        for row in rows
    ]
    heads = ("Who pays", "It loses by the deals", "A unit", "Brings it", "Brings the entrant")
    pays = [row for row in rows if row.rival_profit_change > 0]
    words = "Not one of them would gain by it."
    if pays:
        best = max(pays, key=lambda row: row.rival_profit_change)
        words = f"At most it would bring {best.rival} {dollars(best.rival_profit_change)} a {per}."
    return blocks(
        Heading(f"What present {w.manufacturers} could do"),
        text(
            f"They could pay the partners for shelf and marketing of their own {w.products}, so "
            f"much a {w.unit}, which retail prices answer. {words}"
        ),
        Table(heads=heads, rows=body),
        note(
            f"Dollars a {per}, each alone, against paying nothing; in brackets the part of its "
            "wholesale price."
        ),
    )


def _losses(results: Results, table: Table) -> Sequence[Block]:
    if not table.rows:
        return ()
    w, per = results.words, results.study.per
    return blocks(
        Heading("Who would pay to keep whom out"),
        text(
            f"A {w.channel} or {w.manufacturer} that loses by an entrant’s deal with another would "
            "pay up to its loss to prevent it. It keeps the entrant out if that exceeds what the "
            f"{w.manufacturer} and the {w.channel} of the deal gain together, who could otherwise "
            "outbid it."
        ),
        table,
        note(f"Dollars a {per}, the deal being the entrant’s only one."),
    )


def stable_words(results: Results, row: EveryChannel) -> str:
    """Which set would be made, and whether the channels in it are worse off together."""
    w, name = results.words, row.manufacturer
    beside = ""
    if row.other_deals:
        others = [
            f"{other} with {partners_words(through)}" for other, through in row.other_deals.items()
        ]
        beside = f"Beside {list_words(others)}, "
    if not row.stable:
        return f"{beside}{name} has no stable set of {w.channels}."
    best = row.stable[0]
    through = partners_words(best.channels) if best.channels else f"no {w.channel}"
    more = len(row.stable) - 1
    also = f" ({more} more {'set is' if more == 1 else 'sets are'} stable)" if more else ""
    sentence = (
        f"{beside}{name} would sell through {through}{also}, for "
        f"{dollars(best.manufacturer_change)} a {results.study.per}."
    )
    if not row.dilemma:
        return sentence
    losses = [f"{c} {dollars(-best.channel_changes[c])}" for c in row.dilemma]
    return (
        f"{sentence} It is a prisoner’s dilemma: none of the {w.channels} would forgo its deal, "
        f"and together they lose by them, {list_words(losses)}."
    )


def sets_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """A row a set of deals."""
    negotiating = list(rows[0].sets[-1].channels)
    body = []
    for row in rows:
        beside = "; ".join(f"{m}: {partners_words(c)}" for m, c in row.other_deals.items())
        for chosen in row.sets:
            body.append((
                f"{row.manufacturer}{f' beside {beside}' if beside else ''}",
                ", ".join(chosen.channels) or "none",
                "yes" if chosen.is_stable else "no",
                signed_money(chosen.manufacturer_change),
                *(signed_money(chosen.channel_changes[c]) for c in negotiating),
                signed_money(chosen.consumer_surplus_change),
            ))  # fmt: skip
    heads = ("Entrant", "Deals with", "Stable", "To it", *negotiating, "Consumers")
    return Table(heads=heads, rows=body, text_columns=3)


def clauses_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """A row a clause."""
    w = results.words
    body = [
        (
            f"{row.manufacturer} at {clause.channel} only",
            f"also not {w.direct}" if clause.from_open_channel else f"among {w.channels}",
            partners_words(clause.alternative),
            signed_money(clause.channel_gain),
            signed_money(-clause.manufacturer_loss),
            "yes" if clause.pays else "no",
        )
        for row in rows
        for clause in row.exclusivity
    ]
    heads = (
        *("Clause", "Exclusive", "Otherwise with"),
        *(f"To the {w.channel}", f"To the {w.manufacturer}", "Would it pay?"),
    )
    return Table(heads=heads, rows=body, text_columns=3)


def losses_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """For each deal, the channel and the manufacturer that lose most by it."""
    w = results.words
    body = []
    for row in rows:
        for channel in dict.fromkeys(loss.channel for loss in row.keeping_out):
            of_deal = [loss for loss in row.keeping_out if loss.channel == channel]
            negotiating = {c for chosen in row.sets for c in chosen.channels}
            sides = [[x for x in of_deal if (x.rival in negotiating) == is_channel]
                     for is_channel in (True, False)]  # fmt: skip
            for worst in (max(s, key=lambda x: x.rival_loss) for s in sides if s):
                if worst.rival_loss <= 0:
                    continue
                body.append((
                    f"{row.manufacturer}, {channel}",
                    worst.rival,
                    money(worst.rival_loss),
                    money(worst.manufacturer_gain),
                    money(worst.channel_gain),
                    "yes" if worst.pays else "no",
                ))  # fmt: skip
    heads = (
        *("Deal", "Loses most", "Would pay up to"),
        *(f"The {w.manufacturer} gains", f"The {w.channel} gains", "Enough?"),
    )
    return Table(heads=heads, rows=body, text_columns=2)
