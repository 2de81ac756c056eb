"""What a run cannot say, read off its own data."""

from __future__ import annotations

from inroads.report import evidence
from inroads.report.charts_fit import value_words
from inroads.report.deals import part, strategy
from inroads.report.limits_time import limits_time
from inroads.report.outlook import draws, entries
from inroads.report.reading import Data, entrants, scenarios, things
from inroads.report.words import joined

_STILL = (
    "Prices stand still",
    "Prices are those written in the study (list prices, not what was paid after rebates), "
    "and no rival cuts them when somebody enters.",
)


def limits(data: Data) -> list[tuple[str, str]]:
    """Limits of the answer: (in a few words, in a sentence or two)."""
    hedonic = data.get("hedonic") or {}
    found = _firms(data) if strategy(data) else [_STILL]
    ahead = limits_time(data)
    found.append(_ahead(data) if ahead else _one_period(data))
    found += ahead
    if entrants(data) and not part(data, "talks"):
        found.append(
            (
                "No bargaining",
                "Deals are taken as made. What partners would ask for them, in wholesale prices or "
                "exclusivity, and whether a deal would hold, is not computed: the study says "
                "nothing of firms and talks.",
            )
        )
    if part(data, "talks"):
        found += _talks(data)
    if scenarios(data, "awareness"):
        found.append(
            (
                "Awareness is assumed",
                "What part of consumers knows an entrant, before and after a partner's campaign, "
                "is not measured in these data; the ladder of awareness shows what it is worth.",
            )
        )
    if hedonic.get("devices"):
        names = [d["device"] for d in hedonic["devices"]]
        found.append(
            (
                "Devices without sales here",
                f"The quality of {joined(names)} is read off a line through "
                f"{hedonic['observations']} devices sold. The ranges printed are one standard "
                "error of that line only; they leave out the errors of the parameters and the "
                f"ranges of the assumptions{', which draws have' if draws(data) else ''}.",
            )
        )
    checks = data["calibration"].get("checks") or []
    if checks:
        said = "; ".join(
            [
                f"{c['label']}: {value_words(data, c['name'], c['value'])} seen, "
                f"{value_words(data, c['name'], c['fitted'])} in the model"
                for c in checks
            ]
        )
        found.append(("What was not fitted", f"{said}."))
    counted = evidence.counts(data)
    if counted["assumed"]:
        found.append(
            (
                "Assumptions",
                f"{counted['assumed']} of the {sum(counted.values())} different numbers behind "
                "this page are assumptions; each has its range and its reason in the ledger.",
            )
        )
    return found


def _one_period(data: Data) -> tuple[str, str]:
    study = data["study"]
    per = study.get("per", "quarter")
    return (
        f"One {per}, and then the same",
        f"The market is that of {study['period']}: one {per}, without launches by rivals, "
        "learning, or word of mouth afterwards. Consumers know an entrant, or do not, from the "
        "first day.",
    )


def _ahead(data: Data) -> tuple[str, str]:
    per = data["study"].get("per", "quarter")
    return (
        f"One {per}, except in time and risk",
        f"Talks, networks, politics, levers and scenarios are of the market of "
        f"{data['study']['period']}: one {per}. Only time and risk goes on from there.",
    )


def _firms(data: Data) -> list[tuple[str, str]]:
    return [
        (
            "Two numbers for one deal",
            "Where carriers set retail prices (talks, terms, politics, levers) they answer a deal; "
            "in the table of scenarios and in what follows from it prices stand at list. The first "
            "is the answer; the second shows what the change of prices adds.",
        ),
        (
            "Who answers",
            f"Carriers answer a deal with the prices of all {things(data)} on their shelves. "
            "Present makers' wholesale prices stand where today's list prices imply them to be, "
            "and prices in the open channel stand at list: present makers do not fight back.",
        ),
        (
            "Far from list prices",
            "Utility falls linearly in price, with the slope that it has at list prices. Prices "
            "far from them, such as a flagship at two thirds of its list price, are extrapolated; "
            "list prices themselves are not what was paid after rebates.",
        ),
        (
            "Subscribers",
            "What a subscriber is worth to a carrier is the same for all who pay by instalments, "
            "and is set by one carrier's loss on equipment. One who changes carrier is worth what "
            "the new carrier makes of it; what it then pays for service is not taken off "
            "consumers' surplus.",
        ),
    ]


def _talks(data: Data) -> list[tuple[str, str]]:
    found = [
        (
            "What breaks talks",
            "Hazards of politics and of the talks themselves are independent, alike every "
            f"{data['study'].get('per', 'quarter')} and alike for all pairs; none is measured. "
            + ("In the table of talks gains" if entries(data) else "Gains")
            + " on sale are not discounted.",
        ),
    ]
    weight = ((strategy(data).get("firms") or {}).get("power") or {}).get("central")
    if weight is not None:
        found.append(
            (
                "Weights are borrowed",
                f"Carriers bargain with entrants with the weight ({weight:.2f}) that their terms "
                "with present makers imply on average, retail prices held while they bargain. It "
                "rests on what makers are assumed to earn. An entrant's costs are read off its "
                "list price, present makers' off the wholesale prices that carriers' prices imply: "
                "the latter come out higher.",
            )
        )
    return found
