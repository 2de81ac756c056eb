"""Scenarios at list prices: what partners bring, and at whose cost."""

from __future__ import annotations

from dataclasses import dataclass

from inroads.report.format import (
    between,
    capitalised,
    count_words,
    dollars,
    number,
    short,
)
from inroads.report.phrases import (
    at_list_prices,
    scenario_words,
    units_per,
)
from inroads.report.section import Block, Details, Figure, Section, blocks, note, text
from inroads.report.sections.scenarios.charts import entry_chart, is_loose, substitution_chart
from inroads.report.table import BriefTable, Column, Table
from inroads.results.market import EntrantSales, Scenario, ScenarioGroup
from inroads.results.tree import Results

ALL = "All together"
_NONE = "—"
_CHANGED = 1e-3


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entrant in one scenario, or all manufacturers where no entrant is touched.

    title: of the scenario, on its first row; surplus: on its first row, dollars a period against
    the baseline, None where the range of an entrant is too wide for a number.
    """

    title: str
    who: str
    sales: EntrantSales
    surplus: float | None
    group: ScenarioGroup
    is_headline: bool

    @property
    def is_loose(self) -> bool:
        """Whether no number within the range of its units is named."""
        return is_loose(self.sales)

    @property
    def digits(self) -> int:
        """How many digits of its units are known."""
        return 3 if self.who == ALL else 2

    @property
    def share_words(self) -> str:
        """Share of the market."""
        if self.is_loose:
            return _NONE
        return "" if self.sales.share is None else f"{number(100 * self.sales.share, 2)}%"

    @property
    def multiple_words(self) -> str:
        """Multiple of the sales without partners."""
        if self.is_loose:
            return _NONE
        return "" if self.sales.multiple is None else f"{number(self.sales.multiple, 2)}×"

    @property
    def surplus_words(self) -> str:
        """Dollars, with their sign."""
        if self.surplus is None:
            return _NONE if self.title else ""
        return ("+" if self.surplus > 0 else "") + dollars(self.surplus)


def section(results: Results) -> Section | None:
    """None without scenarios."""
    rows = scenario_rows(results)
    if not rows:
        return None
    negotiated = results.negotiations is not None
    entry = entry_chart(results)
    table = scenarios_table(results, rows)
    explained = note(_explained(results, table))
    rivals: Block | None = Figure("substitution", substitution_chart(results))
    if negotiated and isinstance(rivals, Figure) and rivals.chart is not None:
        # Who loses is drawn where prices answer.
        rivals = note(f"{rivals.title}.")
    folded = Details(f"{len(table.rows)} rows of scenarios", blocks(table, explained, rivals))
    return Section(
        name="scenarios",
        title="Scenarios at list prices" if negotiated else "Scenarios",
        blocks=blocks(
            Figure("entry", entry),
            text(_introduction(results)) if negotiated else None,
            blocks(table, explained, rivals) if entry is None else folded,
        ),
        brief=(brief_table(results, rows),),
    )


def _introduction(results: Results) -> str:
    return (
        f"Every price is held at list, where the answer above lets {results.words.channels} set "
        "them: only here are entrants, partners and awareness taken apart one by one."
    )


def _explained(results: Results, table: Table) -> str:
    """The market that changes are against, and what cells without a number say."""
    base = results.baseline
    price = "" if base.mean_price is None else f" at a mean price of {dollars(base.mean_price)}"
    loose = any(_NONE in row for row in table.rows)
    return (
        f"Consumer surplus: against the market as it was, {count_words(base.total_units, 3)} "
        f"{units_per(results)}{price}."
        + (f" {_NONE}: the range spans more than a factor of ten." if loose else "")
    )


def shown_scenarios(results: Results) -> list[Scenario]:
    """Scenarios of entry, of several entrants at once that of the answer only, and those written
    out; the ladder of awareness is left to its chart."""
    groups = (ScenarioGroup.ENTRY, ScenarioGroup.FULL_RANGE, ScenarioGroup.WRITTEN)
    return [
        scenario
        for scenario in results.scenarios_of(*groups)
        if len(scenario.entrants) < 2
        or scenario.group == ScenarioGroup.WRITTEN
        or scenario.partners == results.partners_of_answer
    ]


def scenario_rows(results: Results) -> list[Row]:
    """Shown scenarios, an entrant a row."""
    rows = []
    for scenario in shown_scenarios(results):
        is_headline = (
            scenario.group == ScenarioGroup.ENTRY
            and scenario.partners == results.partners_of_answer
        )
        changed = touched(results, scenario)
        # What consumers gain goes with units.
        loose = any(is_loose(sales) for sales in changed.values())
        for k, (who, sales) in enumerate(changed.items()):
            rows.append(
                Row(
                    title=scenario_words(results, scenario) if k == 0 else "",
                    who=who,
                    sales=sales,
                    surplus=None if k or loose else scenario.outcome.consumer_surplus_change,
                    group=scenario.group,
                    is_headline=is_headline,
                )
            )
    return rows


def touched(results: Results, scenario: Scenario) -> dict[str, EntrantSales]:
    """Its entrants; in a written scenario, those whose sales it changes; else all manufacturers."""
    if scenario.entrants:
        return dict(scenario.entrants)
    before, after = results.baseline.units, scenario.outcome.units
    total = scenario.outcome.total_units
    changed = {}
    for name in results.entrants:
        old, new = before.get(name, 0.0), after.get(name, 0.0)
        if abs(new - old) > _CHANGED * max(old, new, 1.0):
            changed[name] = EntrantSales(units=new, share=new / total if total else None)
    return changed or {ALL: EntrantSales(units=total)}


def scenarios_table(results: Results, rows: list[Row]) -> Table:
    """An entrant and scenario a row."""
    cells = [
        (
            row.title,
            row.who,
            _NONE if row.is_loose else count_words(row.sales.units, row.digits),
            _range(row.sales),
            row.share_words,
            row.multiple_words,
            row.surplus_words,
        )
        for row in rows
    ]
    heads = (
        *("Scenario", "Who", capitalised(units_per(results)), "Range", "Share of the market"),
        "Times sales without partners",
        f"Consumer surplus, {results.words.currency} a {results.study.per}",
    )
    bold = [k for k, row in enumerate(rows) if row.is_headline]
    return Table(heads=heads, rows=cells, text_columns=2, bold=bold)


def _range(sales: EntrantSales) -> str:
    low, high = sales.units_low, sales.units_high
    return "" if low is None or high is None else between(low, high)


def brief_table(results: Results, rows: list[Row]) -> BriefTable:
    """The same for the terminal; fits 100 columns."""
    w, at_list = results.words, at_list_prices(results)
    estimate = " and the estimate" if results.calibration.estimated else ""
    if at_list:
        # The answer lets channels set prices: beside it, only the same at list prices.
        rows = [row for row in rows if row.is_headline or row.group == ScenarioGroup.WRITTEN]
    cells = []
    for row in rows:
        low, high = row.sales.units_low, row.sales.units_high
        units = _NONE if row.is_loose else short(row.sales.units, row.digits)
        if low is not None and high is not None:
            units += f" ({short(low)}–{short(high)})"
        gain = row.surplus_words.replace(" billion", "B").replace(" million", "M")
        cells.append((row.title, row.who, units, row.share_words, row.multiple_words, gain))
    heads = (capitalised(w.units), "Share", "Multiple", "Consumers")
    return BriefTable(
        columns=[
            Column(
                head="Scenario" + (", at list prices" if at_list else ""),
                is_number=False,
                wraps=True,
                min_width=20,
            ),
            Column(head="Who", is_number=False, max_width=12),
            *(Column(head=head) for head in heads),
        ],
        rows=cells,
        caption=f"{at_list.lower()}{w.units} and {w.currency} a {results.study.per}; in brackets, "
        f"the quality of {w.products} without sales here{estimate} one standard error lower and "
        "higher; "
        "multiple of the sales without partners; k thousand, M million, B billion",
        bold=[k for k, row in enumerate(rows) if row.is_headline],
        ends=[k for k in range(len(rows) - 1) if rows[k].group != rows[k + 1].group],
    )
