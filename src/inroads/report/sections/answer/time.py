"""What the answer says of a listing."""

from __future__ import annotations

from inroads.report.format import dollars, number, percent
from inroads.report.phrases import is_loose_entrant, is_wide
from inroads.results.keys import Quantity
from inroads.results.tree import Results


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
