"""A listing that an entrant's gain is held against, at the odds that the gain is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inroads.dynamics.present_value import share_of_valuation
from inroads.errors import refuse
from inroads.results.outlook import Listing
from inroads.study.config.path_config import ListingPart
from inroads.study.market.build_market import resolve_number
from inroads.study.outlook.entrant_path import PathModel
from inroads.study.outlook.fates import deal_fates

if TYPE_CHECKING:
    from inroads.study.load import Study


def listing_terms(study: Study, part: ListingPart) -> tuple[float, float, float]:
    """Years of profit in a valuation, and the lowest and highest valuation spoken of; InputError
    for numbers that are not above 0, or not in order."""
    multiple = resolve_number(
        study, part.multiple, "path.listing.multiple", "years of profit in a valuation"
    )
    low, high = (
        resolve_number(study, cell, f"path.listing.{name}", f"{words} valuation spoken of")
        for name, cell, words in (("low", part.low, "lowest"), ("high", part.high, "highest"))
    )
    if not (multiple > 0 and 0 < low <= high):
        raise refuse(
            expected="a multiple above 0, and valuations above 0 of which low is not above high",
            found=f"multiple {multiple:g}, low {low:g}, high {high:g}",
            where="study.toml, path.listing",
            remedy="correct the number, or the unit of the fact that it refers to.",
        )
    return multiple, low, high


def listing_record(study: Study, model: PathModel, channels: Sequence[str]) -> Listing | None:
    """A manufacturer's gain in the last year, at so many years of profit and at the odds that its
    deals are launched and stand by then, as a share of the valuations spoken of."""
    part = model.part.listing
    if part is None:
        return None
    gain = model.value(part.manufacturer, dict.fromkeys(channels, 0))
    multiple, low, high = listing_terms(study, part)
    year = round(12 / model.months_per_period)
    since = max(model.part.periods - year, 0)
    odds = deal_fates(study, part.manufacturer).share_on_sale(since)
    return Listing(
        manufacturer=part.manufacturer,
        years_of_profit=multiple,
        valuation_low=low,
        valuation_high=high,
        last_year_gain=gain.last_year,
        odds=odds,
        share_of_low=odds * share_of_valuation(gain, multiple, low),
        share_of_high=odds * share_of_valuation(gain, multiple, high),
    )
