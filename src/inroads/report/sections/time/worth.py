"""What deals are worth over time: by entrant, by firm, and a point of awareness."""

from __future__ import annotations

from inroads.report.format import dollars, list_words, money, number, percent, signed_money
from inroads.report.phrases import (
    break_even_words,
    digits_of,
    has_no_mean,
    interval,
    is_loose_entrant,
    is_wide,
    partners_words,
)
from inroads.report.table import BriefTable, Column, Table
from inroads.results.keys import Quantity
from inroads.results.outlook import Outlook, Spread
from inroads.results.tree import Results

_NONE = "—"
_POLITICAL = (Quantity.VALUE_AT_LAUNCH_ODDS, Quantity.VALUE_WHILE_ALLOWED)
#: firms that gain or lose most
_MOST = 8


def worth_table(outlook: Outlook, per: str) -> Table:
    """Each entrant: worth if launched and at the odds, with intervals."""
    heads = ["Entrant", "Worth if launched", "Pays for itself after"]
    if outlook.draws_solved:
        heads += ["Nine draws of ten", "It pays, if launched", "Launched", "Worth at the odds"]
        heads += ["Nine draws of ten", "It pays, at the odds"]
    rows = []
    for path in outlook.paths:
        name = path.manufacturer
        value = outlook.total(name, Quantity.VALUE_IF_LAUNCHED)
        worth = outlook.total(name, Quantity.VALUE_AT_ODDS)
        # Where draws are too far apart no number within them is named.
        wide = is_wide(value)
        central = _NONE if wide else dollars(path.net_value)
        row = [name, central, break_even_words(path, per)]
        if value and worth:
            row += [
                interval(value),
                _chance(outlook.total(name, Quantity.PAYS_IF_LAUNCHED)),
                _chance(outlook.total(name, Quantity.LAUNCH_ODDS)),
                _NONE if has_no_mean(value) else dollars(worth.mean, digits_of(worth)),
                interval(worth),
                _chance(outlook.total(name, Quantity.PAYS_AT_ODDS)),
            ]
        rows.append(row)
    return Table(heads=heads, rows=rows)


def brief_table(results: Results, outlook: Outlook) -> BriefTable:
    """The same for the terminal."""
    count, per = outlook.draws_solved, results.study.per
    caption = (
        f"present value of {outlook.periods} {per}s at "
        f"{percent(outlook.discount_rate)} a year, "
        f"less launch costs; paid: {per}s until they are paid back"
    )
    politics = " and of politics" if results.has_politics else ""
    if count:
        caption += (
            f"; in brackets nine of ten draws ({count:,} in all); at the odds: of talks{politics}, "
            "mean of draws; pays: the probability that it does"
        )
    heads = ["Worth if launched", "Paid", *(("At the odds", "Pays") if count else ())]
    rows = []
    for path in outlook.paths:
        name, back = path.manufacturer, path.periods_to_break_even
        value = outlook.total(name, Quantity.VALUE_IF_LAUNCHED)
        worth = outlook.total(name, Quantity.VALUE_AT_ODDS)
        pays = outlook.total(name, Quantity.PAYS_AT_ODDS)
        wide = is_wide(value)
        cells = [name, (_NONE if wide else money(path.net_value)) + _ends(value)]
        cells.append("never" if back is None else str(back))
        if worth and pays:
            mean = _NONE if has_no_mean(value) else money(worth.mean, digits_of(worth))
            cells += [mean + _ends(worth), f"{100 * pays.mean:.0f}%"]
        rows.append(cells)
    return BriefTable(
        columns=[
            Column(head="Deals of", is_number=False, max_width=12),
            *(Column(head=head) for head in heads),
        ],
        rows=rows,
        caption=caption,
    )


#: how worth if launched becomes worth at the odds, step by step
_STEPS = (
    (Quantity.VALUE_IF_LAUNCHED, "If launched, mean of the draws"),
    (Quantity.VALUE_AT_TALK_ODDS, "if talks may fail"),
    (Quantity.VALUE_AT_LAUNCH_ODDS, "and politics may stop deals before the launch"),
    (Quantity.VALUE_WHILE_ALLOWED, "and end them after it"),
    (Quantity.VALUE_AT_ODDS, "and first launches cost as much where they fail: at the odds"),
)


def bridge_table(results: Results, outlook: Outlook) -> Table | None:
    """From worth if launched to worth at the odds, an entrant a column; none without draws.

    Entrants whose draws lie too far apart are left out, as no number of theirs is named.
    """
    named = [
        path
        for path in outlook.paths
        if outlook.total(path.manufacturer, Quantity.VALUE_AT_ODDS)
        and not has_no_mean(outlook.total(path.manufacturer, Quantity.VALUE_IF_LAUNCHED))
    ]
    if not named:
        return None
    rows = [["If launched, at the central numbers", *(money(path.net_value) for path in named)]]
    for quantity, words in _STEPS:
        if quantity in _POLITICAL and not results.has_politics:
            continue
        spreads = [outlook.total(path.manufacturer, quantity) for path in named]
        cells = [_NONE if s is None else money(s.mean, digits_of(s)) for s in spreads]
        rows.append([words, *cells])
    return Table(heads=["Worth", *(path.manufacturer for path in named)], rows=rows)


def no_common_ground(outlook: Outlook) -> str:
    """How often a deal has nothing to share once its launch is paid for; "" without draws."""
    clauses = [
        f"{percent(spread.mean)} for {path.manufacturer}"
        for path in outlook.paths
        if (spread := outlook.total(path.manufacturer, Quantity.NO_COMMON_GROUND))
    ]
    if not clauses:
        return ""
    return (
        "The probability that a deal leaves both sides nothing, its launch paid for, is "
        f"{list_words(clauses)}."
    )


def points_words(outlook: Outlook) -> str:
    """What a percent of consumers made aware may cost at most, in campaigns and in all of entry;
    nothing where no campaign was taken away."""
    clauses = [
        f"{money(path.campaign.price_per_point)} for {path.manufacturer}"
        + (
            f" ({money(path.price_per_point)} in all of entry)"
            if path.price_per_point is not None
            else ""
        )
        for path in outlook.paths
        if path.campaign.price_per_point is not None
    ]
    if not clauses:
        return ""
    return (
        f"One percent of consumers, made aware by campaigns, may cost up to {list_words(clauses)}."
    )


def firms_table(outlook: Outlook) -> Table:
    """Who gains and who loses over all periods, those with most at stake first."""
    paths = outlook.paths
    firms = {firm for path in paths for firm in path.firm_value_changes}
    net = {firm: [path.firm_value_changes.get(firm) for path in paths] for firm in firms}
    order = sorted(net, key=lambda f: (-max(abs(x or 0.0) for x in net[f]), f))
    entrants = {path.manufacturer for path in paths}
    most = [firm for k, firm in enumerate(order) if k < _MOST or firm in entrants]
    heads = ["Firm", *(f"{p.manufacturer} with {partners_words(p.partners)}" for p in paths)]
    rows = [[f, *(_NONE if x is None else signed_money(x) for x in net[f])] for f in most]
    return Table(heads=heads, rows=rows)


def percent_cell(fraction: float) -> str:
    """A share or probability in a cell: "7.3%", "41%"."""
    return f"{number(100 * fraction, 2)}%" if fraction < 0.1 else f"{100 * fraction:.0f}%"


def _chance(spread: Spread | None) -> str:
    return _NONE if spread is None else percent_cell(spread.mean)


def _ends(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return f" ({money(spread.quantiles.p5)} to {money(spread.quantiles.p95)})"


def listing_words(results: Results) -> str:
    """The gain as a share of the valuations spoken of; more than all of one is said to be so."""
    listing = results.outlook.listing if results.outlook else None
    if listing is None or results.outlook is None:
        return ""
    value = results.outlook.total(listing.manufacturer, Quantity.VALUE_IF_LAUNCHED)
    if is_wide(value) or is_loose_entrant(results, listing.manufacturer):
        return (
            f"{listing.manufacturer}'s gain is known too loosely to be held against the valuations "
            f"spoken of ({dollars(listing.valuation_high)} and {dollars(listing.valuation_low)})."
        )
    odds = f" and at its odds ({percent(listing.odds)})" if listing.odds < 1 else ""
    text = (
        f"{listing.manufacturer}'s gain in the last year ({dollars(listing.last_year_gain)}), at "
        f"{number(listing.years_of_profit, 2)} years of profit{odds}, would be "
        f"{number(100 * listing.share_of_high, 2)} to {percent(listing.share_of_low)} of the "
        f"valuations spoken of ({dollars(listing.valuation_high)} and "
        f"{dollars(listing.valuation_low)})"
    )
    if listing.share_of_low > 1:
        text += ", more than the whole of the lower one"
    return f"{text}."
