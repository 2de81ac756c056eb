"""Local markets: where entrants would sell, in units and relative to who lives there."""

from __future__ import annotations

from collections.abc import Mapping

from inroads.report.format import (
    between,
    capitalised,
    count_words,
    in_percent,
    list_words,
    number,
    percent,
    times,
)
from inroads.report.phrases import (
    at_list_prices,
    digits_of,
    few_draws_note,
    is_wide,
    partners_words,
    scenario_words,
    units_per,
)
from inroads.report.section import Details, Section, blocks, note, text
from inroads.report.sections.scenarios import ALL, shown_scenarios, touched
from inroads.report.sections.scenarios.charts import is_loose
from inroads.report.table import Table
from inroads.results.keys import Quantity
from inroads.results.market import EntrantSales, MarketOutcome, Scenario, ScenarioGroup
from inroads.results.outlook import Spread
from inroads.results.tree import Results

_NONE = "—"
_CONSUMERS = 1000
#: regions where no more than this differs by consumer are alike
_ALIKE = 1.05
#: more rows than this are behind a fold
_MANY = 12


def section(results: Results) -> Section | None:
    """None unless the study has regions."""
    if not results.baseline.regions:
        return None
    table = regions_table(results)
    explained = note(
        "Every price at list; consumers are those in the market, whether they buy or not. Range: "
        f"one standard error of what was never observed, as of scenarios.{_left_out(table)}"
    )
    rows = blocks(table, explained)
    ahead = ahead_table(results)
    folded = len(table.rows) > _MANY or ahead.rows
    return Section(
        name="regions",
        title="Region by region",
        blocks=blocks(
            *(text(words) for words in findings(results)),
            [ahead, note(_ahead_words(results))] if ahead.rows else None,
            Details(f"{len(table.rows)} rows of scenarios by region", rows) if folded else rows,
        ),
    )


def ahead_table(results: Results) -> Table:
    """With deals launched, an entrant and a region a row: units in the first period to come and in
    the last, and nine draws of ten."""
    rows, last = [], results.outlook.periods if results.outlook else 0
    for path in results.outlook.paths if results.outlook else ():
        for k, (at, units) in enumerate(path.units_by_region.items()):
            ends = _ends(results, path.manufacturer, at)
            cells = [
                cell
                for spread, central in zip(ends, (units[0], units[-1]), strict=True)
                for cell in (
                    _NONE if is_wide(spread) else count_words(central, digits_of(spread)),
                    between(spread.quantiles.p5, spread.quantiles.p95) if spread else "",
                )
            ]
            rows.append(("" if k else path.manufacturer, at, *cells))
    unit, per, drawn = capitalised(results.words.units), results.study.per, "Nine draws of ten"
    heads = ("Who", "Region", f"{unit} in {per} 1", drawn, f"In {per} {last}", drawn)
    return Table(heads=heads, rows=rows, text_columns=2)


def _ends(results: Results, manufacturer: str, region: str) -> tuple[Spread | None, Spread | None]:
    """What draws say of the first period and of the last."""
    quantity = Quantity.UNITS_IN_REGION
    spread = results.outlook.spread(manufacturer, quantity, region) if results.outlook else []
    return (spread[0], spread[-1]) if spread else (None, None)


def _ahead_words(results: Results) -> str:
    paths = results.outlook.paths if results.outlook else ()
    partners = partners_words(paths[0].partners)
    few = few_draws_note(results)
    return (
        f"With {partners}, launched in {results.study.per} 1, at prices that "
        f"{results.words.channels} set. {few}".rstrip()
    )


def _left_out(table: Table) -> str:
    loose = any(_NONE in row for row in table.rows)
    return f" {_NONE}: it spans more than a factor of ten." if loose else ""


def findings(results: Results) -> list[str]:
    """A sentence an entrant with the partners of the answer, or in a written scenario; one on the
    market as it is where nobody enters."""
    w, sentences = results.words, []
    answers = [s for name in results.entrants if (s := results.headline_scenario(name))]
    for scenario in answers or results.scenarios_of(ScenarioGroup.WRITTEN):
        title = scenario_words(results, scenario)
        for name, sales in _sales(scenario).items():
            who = title if answers else f"{title}: {name}"
            units = {at: of.units for at, of in sales.items()}
            if any(units.values()):
                around = (f"{at_list_prices(results)}{who} would sell ", f" of its {w.units}")
                sentences.append(_finding(around, units, scenario.outcome))
    if sentences:
        return sentences
    units = {at: sold.total_units for at, sold in results.baseline.regions.items()}
    return [_finding(("", f" of all {w.units} are sold"), units, results.baseline)]


def _finding(around: tuple[str, str], units: Mapping[str, float], outcome: MarketOutcome) -> str:
    """Where most is sold, and where most to each consumer; around: what stands before and after how
    large a part, "Alba would sell ", " of its units"."""
    living = {at: region.consumers for at, region in outcome.regions.items()}
    by_consumer = {at: x / living[at] for at, x in units.items() if x > 0}
    most = max(by_consumer, key=lambda at: units[at])
    if len(by_consumer) == 1:
        return f"{'all'.join(around)} in {most}."
    lead = f"{percent(units[most] / sum(units.values())).join(around)} in {most}"
    nowhere = [at for at in units if at not in by_consumer]
    none = f", and none in {list_words(nowhere)}" if nowhere else ""
    keenest, least = (end(by_consumer, key=lambda at: by_consumer[at]) for end in (max, min))
    where = f", where {percent(living[most] / sum(living.values()))} of consumers are"
    if by_consumer[keenest] < _ALIKE * by_consumer[least]:
        return f"{lead}{where}: for each consumer alike{none}."
    compared = f"{times(by_consumer[keenest] / by_consumer[least])} as many as in {least}{none}."
    if most == keenest:
        return f"{lead}, and for each consumer {compared}"
    return f"{lead}{where}; for each consumer most in {keenest}, {compared}"


def regions_table(results: Results) -> Table:
    """A scenario, an entrant and a region a row, the market as it is first."""
    cells = _rows("As it is", results.baseline, {ALL: _everyone(results.baseline)})
    bold: list[int] = []
    for scenario in shown_scenarios(results):
        sold = _sales(scenario) or _changed(results, scenario)
        rows = _rows(scenario_words(results, scenario), scenario.outcome, sold)
        if scenario.partners == results.partners_of_answer and scenario.entrants:
            bold += range(len(cells), len(cells) + len(rows))
        cells += rows
    unit = capitalised(units_per(results))
    heads = (
        *("Scenario", "Who", "Region", unit, "Range", "Share of sales there"),
        f"{capitalised(results.words.units)} for {_CONSUMERS:,} consumers",
    )
    return Table(heads=heads, rows=cells, text_columns=3, bold=bold)


def _sales(scenario: Scenario) -> dict[str, dict[str, EntrantSales]]:
    """By entrant and region."""
    return {
        name: {at: sales[name] for at, sales in scenario.entrants_by_region.items()}
        for name in scenario.entrants
    }


def _changed(results: Results, scenario: Scenario) -> dict[str, dict[str, EntrantSales]]:
    """The same of those whose sales it changes where nobody enters."""
    regions = scenario.outcome.regions
    return {
        name: _everyone(scenario.outcome)
        if name == ALL
        else {
            at: EntrantSales(units=sold.units.get(name, 0.0), share=sold.shares.get(name, 0.0))
            for at, sold in regions.items()
        }
        for name in touched(results, scenario)
    }


def _everyone(outcome: MarketOutcome) -> dict[str, EntrantSales]:
    return {at: EntrantSales(units=sold.total_units) for at, sold in outcome.regions.items()}


def _rows(
    title: str, outcome: MarketOutcome, sold: Mapping[str, Mapping[str, EntrantSales]]
) -> list[tuple[str, ...]]:
    """Rows of a scenario, of what is sold by who and region."""
    rows: list[tuple[str, ...]] = []
    for who, regions in sold.items():
        digits = 3 if who == ALL else 2
        for k, (at, sales) in enumerate(regions.items()):
            low, high, loose = sales.units_low, sales.units_high, is_loose(sales)
            by_consumer = _CONSUMERS * sales.units / outcome.regions[at].consumers
            rows.append((
                "" if rows else title,
                "" if k else who,
                at,
                _NONE if loose else count_words(sales.units, digits),
                "" if low is None or high is None else between(low, high),
                _NONE if loose else "" if sales.share is None else in_percent(sales.share),
                _NONE if loose else number(by_consumer, 2),
            ))  # fmt: skip
    return rows
