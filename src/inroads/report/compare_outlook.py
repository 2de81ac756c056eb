"""Two runs' outlooks side by side: what deals are worth, odds of a launch, the world table."""

from __future__ import annotations

from inroads.report.compare_lines import Line
from inroads.report.outlook import draws, entries, figure, odds, outlook, rank, years
from inroads.report.reading import Data

_LISTING = "Listing: the gain as a share of the lower valuation"


def outlook_lines(one: Data, other: Data) -> list[Line]:
    """Lines of what both have; none where one has no outlook."""
    both = (one, other)
    if not all(map(entries, both)):
        return []
    lines = [
        Line("Quarters", outlook(one)["quarters"], outlook(other)["quarters"], "count"),
        Line("Draws", draws(one) or None, draws(other) or None, "count"),
    ]
    found = [{e["maker"]: e for e in entries(d)} for d in both]
    for maker in (m for m in found[0] if m in found[1]):
        a, b = (f[maker] for f in found)
        lines.append(Line(f"{maker}: worth if launched", a["net"], b["net"], "money"))
        for name, what, how in (
            ("worth at the odds", "worth", "money"), ("launched", "launched", "share"),
            ("it pays, at the odds", "pays in all", "share"),
        ):  # fmt: skip
            left, right = (figure(d, maker, what) for d in both)
            if left and right:
                lines.append(Line(f"{maker}: {name}", left["mean"], right["mean"], how))
        back = [e["break_even"] for e in (a, b)]
        lines.append(Line(f"{maker}: quarters until paid back", back[0], back[1], "count"))
    lists = [outlook(d).get("listing") for d in both]
    if lists[0] and lists[1]:
        lines.append(Line(_LISTING, lists[0]["of_low"], lists[1]["of_low"], "share"))
    return lines + _passing(one, other)


def _passing(one: Data, other: Data) -> list[Line]:
    """The last year that both forecast, by rival."""
    shared = [year for year in years(one) if year in years(other)]
    leader = rank(one).get("leader")
    if not shared or leader != rank(other).get("leader"):
        return []
    lines = []
    for rival in (r for r in rank(one)["rivals"] if r in rank(other)["rivals"]):
        for scenario, said in (("without", "without carriers"), ("with", "with them")):
            a, b = (odds(d, rival, scenario, "year")[shared[-1]] for d in (one, other))
            name = f"{leader} passes {rival} in {shared[-1]}, {said}"
            lines.append(Line(name, a, b, "share"))
    return lines
