"""Where a range spans more than a factor of ten, no number within it is named: not in tables, not
on charts, not of a listing."""

import json
from typing import Any

from example import everything, tree
from shown import charts

from inroads.report.section import Section
from inroads.report.sections import scenarios
from inroads.report.sections.time.worth import listing_words
from inroads.results.market import EntrantSales


def with_range(data: dict[str, Any], name: str, low: float, high: float) -> dict[str, Any]:
    """Of every scenario of an entrant, units by so much lower and higher."""
    for scenario in data["scenarios"]:
        if name in scenario["entrants"]:
            sales = scenario["entrants"][name]
            sales["units_low"], sales["units_high"] = low * sales["units"], high * sales["units"]
    return data


def section_of(data: dict[str, Any]) -> Section:
    section = scenarios.section(tree(data))
    assert section is not None
    return section


def test_tables_of_scenarios_name_no_number_within_a_wide_range() -> None:
    data = with_range(with_range(everything(), "Muesli", 0.5, 2.0), "Kasha", 0.2, 3.0)
    rows = [row for row in section_of(data).tables[0].rows if row[1] in ("Muesli", "Kasha")]
    for row in rows:
        ranged = bool(row[3])
        if not ranged:
            continue
        assert " to " in row[3]
        assert (row[2] == "—") == (row[1] == "Kasha")
        assert (row[4] == "—") == (row[1] == "Kasha")
    assert {row[1] for row in rows if row[3]} == {"Muesli", "Kasha"}
    results = tree(data)
    brief = scenarios.brief_table(results, scenarios.scenario_rows(results))
    kasha = [row for row in brief.rows if row[1] == "Kasha" and "–" in row[2]]
    assert kasha
    assert all(row[2].startswith("— (") for row in kasha)


def test_what_consumers_gain_is_not_named_either() -> None:
    row = scenarios.Row(
        title="Kasha",
        who="Kasha",
        sales=EntrantSales(units=5.0, units_low=1.0, units_high=20.0, share=0.1, multiple=2.0),
        surplus=None,
        group=scenarios.ScenarioGroup.ENTRY,
        is_headline=False,
    )
    assert (row.share_words, row.multiple_words, row.surplus_words) == ("—", "—", "—")


def test_charts_draw_no_line_within_bands_that_end_far_apart() -> None:
    data = everything()
    wide = charts(data)
    for spread in data["outlook"]["draws"]["by_period"]:
        if spread["quantity"] in ("sales_share", "value_so_far"):
            p50 = abs(spread["quantiles"]["p50"]) + 1e-6
            spread["quantiles"] |= {"p5": p50 / 9, "p25": p50 / 3, "p75": p50 * 3, "p95": p50 * 9}
    drawn = charts(data)
    narrow = {name: json.dumps(figure.chart.to_dict()) for name, figure in drawn.items()}
    for name in ("share-path", "value-path"):
        assert "no line is drawn" in drawn[name].subtitle
        assert '"what": "median"' not in narrow[name]
        assert '"what": "central numbers"' not in narrow[name]
    assert '"what": "without deals"' in narrow["share-path"]
    before = json.dumps(wide["share-path"].chart.to_dict())
    assert '"what": "central numbers"' in before


def test_a_listing_is_not_held_against_what_is_known_too_loosely() -> None:
    data = everything()
    name = data["outlook"]["listing"]["manufacturer"]
    for entrant in data["negotiations"]["entrants"]:
        if entrant["manufacturer"] == name:
            entrant["units_low"], entrant["units_high"] = 1.0, 20.0
    assert "known too loosely" in listing_words(tree(data))
