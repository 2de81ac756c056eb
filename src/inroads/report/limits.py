"""What a run cannot say, read off its own data."""

from __future__ import annotations

from inroads.report import evidence
from inroads.report.charts_fit import value_words
from inroads.report.reading import Data, entrants, scenarios
from inroads.report.words import joined


def limits(data: Data) -> list[tuple[str, str]]:
    """Limits of the answer: (in a few words, in a sentence or two)."""
    study, hedonic = data["study"], data.get("hedonic") or {}
    per = study.get("per", "quarter")
    found = [
        (
            "Prices stand still",
            "Prices are those written in the study (list prices, not what was paid after rebates), "
            "and no rival cuts them when somebody enters.",
        ),
        (
            f"One {per}",
            f"The market is that of {study['period']}: one {per}, without launches by rivals, "
            "learning, or word of mouth afterwards.",
        ),
    ]
    if entrants(data):
        found.append(
            (
                "No bargaining yet",
                "Deals are taken as made. What partners would ask for them, in wholesale prices or "
                "exclusivity, and whether a deal would hold, is not computed.",
            )
        )
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
                "ranges of the assumptions.",
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
