"""What the outlook of a run leaves out."""

from __future__ import annotations

from inroads.report.outlook import draws, entries, outlook, rank
from inroads.report.reading import Data, things

Limit = tuple[str, str]


def limits_time(data: Data) -> list[Limit]:
    """Limits of what is said of time and risk; none where there is no outlook."""
    found = outlook(data)
    if not entries(data):
        return []
    quarters, what = found["quarters"], things(data)
    said = [
        (
            "Nobody else moves",
            f"Over all {quarters} quarters incumbents' wholesale terms and prices in the open "
            "channel stand, relative to list, and no rival enters, answers or leaves; they would. "
            "Consumers do not wait for the next model, and firms price and bargain over one "
            "quarter.",
        ),
        (
            "Quality stands still",
            f"The next generation of {what} is to the others what this one is. There are no "
            "seasons: every quarter is like the first but for the ages of devices. The market is "
            "not at rest at the start; differences between two paths are less exposed to that "
            "than levels.",
        ),
        (
            "What becomes known",
            "How fast names become known and are forgotten is assumed; awareness belongs to "
            "customers of carriers, and who owns a device knows no more than others.",
        ),
        (
            "What is not counted",
            "Nothing counts after the last quarter: subscribers, devices in use and names that "
            "last are worth nothing then. There is no tax, overhead or working capital.",
        ),
        (
            "Politics as odds",
            "Politics ends talks, and sales after a launch, with odds that are assumed, alike "
            "every quarter and for good; what it would do besides is not priced. Deals of one "
            "entrant stand and fall together"
            + (", except in plans to widen." if found.get("widening") else "."),
        ),
    ]
    if draws(data):
        said.append(
            (
                "What is not drawn",
                "The model's own form, facts taken at their values, and what lies beyond the "
                "stated ranges. In draws carriers set prices when devices are launched and keep "
                "them relative to list until the next launch; at the central numbers, every "
                "quarter.",
            )
        )
    if rank(data):
        said.append(
            (
                "The world table",
                "Forecasts take past growth, its seasons and its spread to go on, each maker "
                "by itself; what deals add has no season and changes nothing elsewhere.",
            )
        )
    return said
