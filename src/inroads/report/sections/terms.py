"""Which products deals are about, and what other bargaining would bring."""

from __future__ import annotations

from inroads.report.format import (
    capitalised,
    count_words,
    list_words,
    money,
    signed_money,
    unit_price,
)
from inroads.report.phrases import pair_words
from inroads.report.section import Details, Section, blocks, note
from inroads.report.table import Table
from inroads.results.negotiations import Negotiation, NegotiationResults, TermsVariant
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None where nothing else was tried."""
    negotiated = results.negotiations
    if negotiated is None or not (negotiated.full_range or negotiated.terms):
        return None
    w, per = results.words, results.study.per
    deal = pair_words(negotiated.terms[0].negotiation) if negotiated.terms else ""
    return Section(
        name="which",
        title=f"Which {w.products}, on which terms",
        summary=_summary(results, negotiated),
        blocks=[
            Details(
                f"Deals over more {w.products}, and other bargaining",
                blocks(
                    full_range_table(results),
                    note(f"{capitalised(w.units)} and {w.currency} a {per}, prices apiece."),
                    terms_table(results),
                    note(
                        f"{deal}; first row: as above, the {w.channel}’s weight that of its terms "
                        f"with present {w.manufacturers}."
                    )
                    if negotiated.terms
                    else None,
                ),
            )
        ],
    )


def _summary(results: Results, negotiated: NegotiationResults) -> str:
    """What further products, or else other bargaining, do to the gain."""
    w = results.words
    clauses = []
    for full in negotiated.full_range:
        pair = (full.manufacturer, full.channel)
        main = [n for n in negotiated.negotiations if (n.manufacturer, n.channel) == pair]
        clauses += [
            f"{full.manufacturer} would gain {money(full.manufacturer_gain)} instead of "
            f"{money(n.manufacturer_gain)} from {full.channel}"
            for n in main
        ]
    if clauses:
        return f"With {w.further_products} too, {list_words(clauses)} a {results.study.per}"
    gains = [case.negotiation.manufacturer_gain for case in negotiated.terms]
    return (
        f"Other bargaining leaves the {w.manufacturer} {money(min(gains))} to {money(max(gains))} "
        f"a {results.study.per}"
    )


def full_range_table(results: Results) -> Table:
    """Deals over an entrant's main products beside deals over all of them."""
    w = results.words
    channel = capitalised(w.channel)
    heads = (
        *("Deal", capitalised(w.products), "Units there", "Units without", "Joint surplus"),
        *(
            f"{capitalised(w.manufacturer)} gains",
            f"{channel} gains",
            "Wholesale",
            "Retail price",
            "Consumers",
        ),
    )
    negotiated = results.negotiations
    rows = []
    every = negotiated.negotiations if negotiated else ()
    for full in negotiated.full_range if negotiated else ():
        pair = (full.manufacturer, full.channel)
        main = [n for n in every if (n.manufacturer, n.channel) == pair]
        cases = [(w.main_products, n) for n in main] + [(f"and {w.further_products}", full)]
        rows += [(f"{pair[0]}, {pair[1]}", words, *_cells(n)) for words, n in cases]
    return Table(heads=heads, rows=rows, text_columns=2)


def _cells(negotiation: Negotiation) -> tuple[str, ...]:
    return (
        count_words(negotiation.units),
        count_words(negotiation.units_without_deal),
        money(negotiation.joint_surplus),
        money(negotiation.manufacturer_gain),
        money(negotiation.channel_gain),
        unit_price(negotiation.wholesale_price),
        unit_price(negotiation.retail_price),
        signed_money(negotiation.consumer_surplus_change),
    )


def variant_words(results: Results, variant: TermsVariant) -> str:
    """How a negotiation is held."""
    w = results.words
    match variant:
        case TermsVariant.CENTRAL:
            return "As above"
        case TermsVariant.LOW_WEIGHT:
            return f"Weight of the {w.channel} as in one pair of ten"
        case TermsVariant.HIGH_WEIGHT:
            return f"Weight of the {w.channel} as in nine pairs of ten"
        case TermsVariant.TWO_PART:
            return "Two-part tariff"
        case TermsVariant.SEQUENTIAL:
            return f"{capitalised(w.channels)} answer wholesale prices"
        case TermsVariant.SEQUENTIAL_TWO_PART:
            return f"{capitalised(w.channels)} answer, two-part tariff"


def terms_table(results: Results) -> Table:
    """The first negotiation under other bargaining."""
    channel = capitalised(results.words.channel)
    heads = (
        *(
            "Bargaining",
            f"{channel}'s weight",
            "Wholesale",
            f"Fee to the {results.words.manufacturer}",
            "Retail price",
        ),
        *("Units there", f"{capitalised(results.words.manufacturer)} gains", f"{channel} gains"),
    )
    rows = []
    for case in results.negotiations.terms if results.negotiations else ():
        n = case.negotiation
        rows.append((
            variant_words(results, case.variant),
            f"{case.channel_weight:.2f}",
            unit_price(n.wholesale_price),
            money(n.fixed_fee) if n.fixed_fee else "—",
            unit_price(n.retail_price),
            count_words(n.units),
            money(n.manufacturer_gain),
            money(n.channel_gain),
        ))  # fmt: skip
    return Table(heads=heads, rows=rows)
