"""The rows of the headline table, as the terminal and the page print them."""

from __future__ import annotations

from dataclasses import dataclass

from inroads.report.reading import Data, entrants, headline, scenarios
from inroads.report.words import about, between, dollars, number

ALL = "All makers"
_CHANGED = 1e-3


@dataclass(frozen=True)
class Row:
    """One entrant in one scenario, or all makers where no entrant is touched.

    units, low and high are in the study's units, share in percent of the market, multiple of the
    sales without partners, surplus (on a scenario's first row) in dollars a period against
    the baseline.
    """

    scenario: str
    who: str
    units: float
    low: float | None
    high: float | None
    share: str
    multiple: str
    surplus: float | None
    group: str
    headline: bool

    @property
    def units_words(self) -> str:
        """Units, rounded: "730,000"."""
        return about(self.units, 3 if self.who == ALL else 2)

    @property
    def range_words(self) -> str:
        """The range, or nothing."""
        no_range = self.low is None or self.high is None
        return "" if no_range else between(self.low or 0.0, self.high or 0.0)

    @property
    def surplus_words(self) -> str:
        """Dollars, with their sign."""
        if self.surplus is None:
            return ""
        return ("+" if self.surplus > 0 else "") + dollars(self.surplus)


def headline_rows(data: Data) -> list[Row]:
    """Scenarios of entry and those written out; the ladder of awareness is left to its chart."""
    rows = []
    for scenario in scenarios(data, "entry", "mid-range", "written"):
        found = _entrants(data, scenario)
        is_headline = scenario["group"] == "entry" and scenario["partners"] == headline(data)
        for k, (who, each) in enumerate(found.items()):
            multiple = each.get("multiple")
            rows.append(
                Row(
                    scenario["label"] if k == 0 else "",
                    who,
                    each["units"],
                    each.get("low"),
                    each.get("high"),
                    "" if each.get("share") is None else f"{number(100 * each['share'], 2)}%",
                    "" if multiple is None else f"{number(multiple, 2)}×",
                    scenario["consumer_surplus_change"] if k == 0 else None,
                    scenario["group"],
                    is_headline,
                )
            )
    return rows


def _entrants(data: Data, scenario: Data) -> Data:
    """Its entrants; in a written scenario, those whose sales it changes; else all makers."""
    given = scenario.get("entrants") or {}
    named = {name: each for name, each in given.items() if each.get("units") is not None}
    if named:
        return named
    before, after = data["baseline"]["units"], scenario["units"]
    total = scenario["total_units"]
    changed = {}
    for name in entrants(data):
        old, new = before.get(name, 0.0), after.get(name, 0.0)
        if abs(new - old) > _CHANGED * max(old, new, 1.0):
            changed[name] = {"units": new, "share": new / total if total else None}
    return changed or {ALL: {"units": total}}
