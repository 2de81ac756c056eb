"""Rows of tables about deals: what they are worth, terms, which devices, clauses, who loses."""

from __future__ import annotations

from collections.abc import Callable

from inroads.report.deals import STATES, headlines, part, strategy, talks
from inroads.report.reading import Data, partners_words
from inroads.report.sheet import Sheet
from inroads.report.words import about, apiece, gained, money


def state_words(ahead: Data) -> str:
    """How far talks have come, and the day of the last event: "in talks (2017-12-15)"."""
    since = f" ({ahead['since']})" if ahead.get("since") else ""
    return STATES.get(ahead["state"], str(ahead["state"])) + since


def _worth(data: Data) -> Sheet:
    heads = (
        *("Maker", "Carrier", "State of talks", "Units there", "Units without", "Joint surplus"),
        *("Maker gains", "Carrier gains", "Maker without", "Carrier without", "Consumers"),
    )
    rows = [
        (
            t["maker"],
            t["carrier"],
            state_words(t["ahead"]),
            about(t["units"]),
            about(t["units_alone"]),
            money(t["joint"]),
            money(t["maker_gain"]),
            money(t["carrier_gain"]),
            money(t["maker_threat"]),
            money(t["carrier_threat"]),
            gained(t["consumer_surplus_change"]),
        )
        for t in talks(data)
    ]
    return Sheet(heads, rows, 3, in_the_answer(data))


def _terms(data: Data) -> Sheet:
    heads = (
        *("Maker", "Carrier", "Costs to make", "Lowest wholesale", "Agreed wholesale"),
        *("Highest wholesale", "Retail price", "List price"),
    )
    keys = ("making", "lowest", "wholesale", "highest", "price", "list_price")
    rows = [(t["maker"], t["carrier"], *(apiece(t[k]) for k in keys)) for t in talks(data)]
    return Sheet(heads, rows, 2, in_the_answer(data))


def in_the_answer(data: Data) -> list[int]:
    """Rows of the talks that the answer is about."""
    partners = {(h["maker"], p) for h in headlines(data) for p in h["partners"]}
    return [k for k, t in enumerate(talks(data)) if (t["maker"], t["carrier"]) in partners]


def _midrange(data: Data) -> Sheet:
    heads = (
        *("Deal", "Devices", "Units there", "Units without", "Joint surplus", "Maker gains"),
        *("Carrier gains", "Wholesale", "Retail price", "Consumers"),
    )
    flagships = {(t["maker"], t["carrier"]): t for t in talks(data)}
    rows = []
    for both in part(data, "midrange"):
        pair = (both["maker"], both["carrier"])
        for what, t in (("flagships", flagships.get(pair)), ("and mid-range", both)):
            if t is not None:
                rows.append((f"{pair[0]}, {pair[1]}", what, *_deal(t)))
    return Sheet(heads, rows, 2)


def _deal(t: Data) -> tuple[str, ...]:
    return (
        about(t["units"]),
        about(t["units_alone"]),
        money(t["joint"]),
        money(t["maker_gain"]),
        money(t["carrier_gain"]),
        apiece(t["wholesale"]),
        apiece(t["price"]),
        gained(t["consumer_surplus_change"]),
    )


def _other_terms(data: Data) -> Sheet:
    heads = (
        *("Bargaining", "Carrier's weight", "Wholesale", "Fee to the maker", "Retail price"),
        *("Units there", "Maker gains", "Carrier gains"),
    )
    rows = [
        (
            t["label"],
            f"{t['power']:.2f}",
            apiece(t["wholesale"]),
            money(t["fee"]) if t["fee"] else "—",
            apiece(t["price"]),
            about(t["units"]),
            money(t["maker_gain"]),
            money(t["carrier_gain"]),
        )
        for t in part(data, "terms")
    ]
    return Sheet(heads, rows)


def _exclusive(data: Data) -> Sheet:
    rows = [
        (
            f"{r['maker']} at {r['carrier']} only",
            gained(r["carrier_gain"]),
            gained(-r["maker_loss"]),
            "yes" if r["pays"] else "no",
        )
        for r in (strategy(data).get("networks") or {}).get("exclusive") or []
    ]
    heads = ("Clause", "To the carrier", "To the maker", "Would it pay?")
    return Sheet(heads, rows)


def _shelves(data: Data) -> Sheet:
    heads = ("Entrant", "Carrier", "Price of the others", "Units of the others", "Its profit")
    rows = [
        (
            "" if k else f"{h['maker']} with {partners_words(h['partners'])}",
            shop + (" (partner)" if shop in h["partners"] else ""),
            f"{'+' if s['price'] > 0 else '−'}${abs(s['price']):.0f}",
            about(s["units"]),
            gained(s["profit"]),
        )
        for h in headlines(data)
        for k, (shop, s) in enumerate(h["shelves"].items())
    ]
    return Sheet(heads, rows, 2)


DEALS: dict[str, Callable[[Data], Sheet]] = {
    "worth": _worth,
    "terms": _terms,
    "midrange": _midrange,
    "other_terms": _other_terms,
    "exclusive": _exclusive,
    "shelves": _shelves,
}
