"""All channels that negotiate: sets of deals, who loses, exclusivity, who would keep whom out."""

from __future__ import annotations

from collections.abc import Sequence

from inroads.report.format import dollars, list_words, money, signed_money, unit_price
from inroads.report.phrases import partners_words
from inroads.report.section import Block, Heading, blocks, note, text
from inroads.report.table import Table
from inroads.results.networks import EveryChannel, Response
from inroads.results.tree import Results


def sentences(results: Results) -> list[Block]:
    """Which set of all channels that negotiate each entrant would have alone."""
    negotiated = results.negotiations
    rows = negotiated.every_channel if negotiated else ()
    return [text(stable_words(results, row)) for row in rows if not row.other_deals]


def parts(results: Results) -> Sequence[Block]:
    """Nothing where fewer than two channels negotiate."""
    negotiated = results.negotiations
    rows = negotiated.every_channel if negotiated else ()
    if not rows:
        return ()
    w, per = results.words, results.study.per
    alone = [row for row in rows if not row.other_deals]
    every = sum(len(row.sets) for row in rows)
    return blocks(
        Heading(f"Sets of {w.channels}"),
        sets_table(results, alone),
        note(
            f"Changes against no deal, {w.currency} a {per}: the sets that are stable, best for "
            f"the entrant or of the answer; all {every} are in results.json."
        ),
        _clauses(results, clauses_table(results, alone)),
        _losses(results, losses_table(results, alone)),
    )


def _clauses(results: Results, table: Table) -> Sequence[Block]:
    if not table.rows:
        return ()
    w = results.words
    return blocks(
        Heading("Exclusive or open"),
        table,
        note(
            f"Against the {w.channels} that would sell it otherwise: a clause pays if the "
            f"{w.channel} gains more than the entrant loses."
        ),
    )


def answers(results: Results) -> Sequence[Block]:
    """What present manufacturers could pay the partners; nothing where none was tried."""
    negotiated = results.negotiations
    rows = negotiated.responses if negotiated else ()
    if not rows:
        return ()
    w, per = results.words, results.study.per
    best: dict[tuple[str, str], Response] = {}
    for row in rows:
        pair = (row.rival, row.manufacturer)
        if pair not in best or row.rival_profit_change > best[pair].rival_profit_change:
            best[pair] = row
    body = [
        (
            f"{row.rival}, to the partners of {row.manufacturer}",
            money(row.rival_loss),
            f"{unit_price(row.allowance)} ({100 * row.part_of_wholesale:g}%)",
            signed_money(row.rival_profit_change),
            signed_money(row.manufacturer_profit_change),
        )
        for row in best.values()
    ]
    heads = ("Who pays", "It loses by the deals", "A unit", "Brings it", "Brings the entrant")
    words = "Not one of them would gain by it."
    most = max(rows, key=lambda row: row.rival_profit_change)
    if most.rival_profit_change > 0:
        words = f"At most it would bring {most.rival} {dollars(most.rival_profit_change)} a {per}."
    return blocks(
        Heading(f"What present {w.manufacturers} could do"),
        Table(heads=heads, rows=body),
        note(
            f"Pay the partners so much a {w.unit} of its own, the best amount tried; {w.currency} "
            f"a {per}, in brackets the part of the wholesale price. {words}"
        ),
    )


def _losses(results: Results, table: Table) -> Sequence[Block]:
    if not table.rows:
        return ()
    w = results.words
    return blocks(
        Heading("Who would pay to keep whom out"),
        table,
        note(
            f"Of the entrant’s only deal: enough if it exceeds what the {w.manufacturer} and the "
            f"{w.channel} gain together."
        ),
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
        f"{sentence} Each keeps its deal, and together they lose by them, "
        f"{list_words(losses)}: a prisoner’s dilemma."
    )


def sets_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """A row a set of deals that is stable, best for the entrant, or that of the answer."""
    negotiating = list(rows[0].sets[-1].channels)
    body = []
    for row in rows:
        best = max(row.sets, key=lambda chosen: chosen.manufacturer_change)
        for chosen in row.sets:
            of_answer = set(chosen.channels) == set(results.partners_of_answer)
            if not (chosen.is_stable or chosen is best or of_answer):
                continue
            body.append((
                row.manufacturer,
                ", ".join(chosen.channels) or "none",
                _yes(chosen.is_stable),
                signed_money(chosen.manufacturer_change),
                *(signed_money(chosen.channel_changes[c]) for c in negotiating),
                signed_money(chosen.consumer_surplus_change),
            ))  # fmt: skip
    heads = ("Entrant", "Deals with", "Stable", "To it", *negotiating, "Consumers")
    return Table(heads=heads, rows=body, text_columns=3)


def clauses_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """A row an entrant and channel: to be its only one, and to bar the open channel too."""
    w = results.words
    body = []
    for row in rows:
        pays = {(c.channel, c.from_open_channel): c.pays for c in row.exclusivity}
        body += [
            (
                row.manufacturer,
                clause.channel,
                signed_money(clause.channel_gain),
                signed_money(-clause.manufacturer_loss),
                _yes(clause.pays),
                _yes(pays[clause.channel, True]) if (clause.channel, True) in pays else "—",
            )
            for clause in row.exclusivity
            if not clause.from_open_channel
        ]
    heads = (
        *("Entrant", "Only at", f"To the {w.channel}", f"To the {w.manufacturer}", "Would it pay?"),
        f"And if not {w.direct} either?",
    )
    return Table(heads=heads, rows=body, text_columns=2)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def losses_table(results: Results, rows: Sequence[EveryChannel]) -> Table:
    """For each deal, who loses most by it."""
    w = results.words
    body = []
    for row in rows:
        for channel in dict.fromkeys(loss.channel for loss in row.keeping_out):
            of_deal = [loss for loss in row.keeping_out if loss.channel == channel]
            worst = max(of_deal, key=lambda loss: loss.rival_loss)
            if worst.rival_loss > 0:
                body.append((
                    f"{row.manufacturer}, {channel}",
                    worst.rival,
                    money(worst.rival_loss),
                    money(worst.manufacturer_gain),
                    money(worst.channel_gain),
                    _yes(worst.pays),
                ))  # fmt: skip
    heads = (
        *("Deal", "Loses most", "Would pay up to"),
        *(f"The {w.manufacturer} gains", f"The {w.channel} gains", "Enough?"),
    )
    return Table(heads=heads, rows=body, text_columns=2)
