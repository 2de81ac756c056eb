"""Scenarios at list prices: what partners bring, and at whose cost."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from inroads.report.format import (
    between,
    capitalised,
    count_words,
    dollars,
    number,
    short,
    with_unit,
)
from inroads.report.phrases import (
    assumption_words,
    at_list_prices,
    ranked_sales_swings,
    scenario_words,
    units_per,
)
from inroads.report.section import Block, Figure, Section, blocks, note, text
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
    sold_below = results.negotiations and any(
        row.retail_price < row.wholesale_price for row in results.negotiations.negotiations
    )
    subsidise = ", and they subsidise" if sold_below else ""
    introduction = (
        "The same deals with every price held at list. The answer above lets "
        f"{results.words.channels} set prices{subsidise}: the difference between the two is what "
        "that adds. Only here are entrants, partners, awareness and mechanisms taken apart "
        "one by one."
    )
    base = results.baseline
    price = "" if base.mean_price is None else f" at a mean price of {dollars(base.mean_price)}"
    return Section(
        name="scenarios",
        title="Scenarios at list prices" if negotiated else "Scenarios",
        blocks=blocks(
            text(introduction if negotiated else ""),
            scenarios_table(results, rows),
            note(
                f"The market as it was: {count_words(base.total_units, 3)} {units_per(results)}"
                f"{price}. Consumer surplus is the change in what all consumers together would pay "
                "to have the choice they have, against the market as it was. Empty cells: not "
                "computed for that scenario; —: the range spans more than a factor of ten, and no "
                "number within it is named."
            ),
            _entry(results),
            _substitution(results),
        ),
        brief=(brief_table(results, rows),),
    )


def _entry(results: Results) -> list[Block]:
    chart = entry_chart(results)
    if chart is None:
        return []
    words = escape(
        "Each dot is one scenario with a single entrant; the line is what remains unknown about "
        f"{results.words.products} that were never sold in this market."
    )
    if swings := ranked_sales_swings(results):
        top = swings[0]
        label = assumption_words(results, top.assumption)
        words += Markup(
            ' They rest most on one assumption, the {}, taken as {} (<a href="#hangs">what it '
            "hangs on</a>)."
        ).format(label, with_unit(top.central, top.unit))
    return blocks(Figure("entry", chart), text(words))


def _substitution(results: Results) -> list[Block]:
    chart = substitution_chart(results)
    if chart is None:
        return []
    return blocks(
        Figure("substitution", chart),
        text(
            "Who loses what the entrants win. Rivals' prices and shelves are held as they were, so "
            "this is the loss before they answer."
        ),
    )


def scenario_rows(results: Results) -> list[Row]:
    """Scenarios of entry and those written out; the ladder of awareness is left to its chart."""
    groups = (ScenarioGroup.ENTRY, ScenarioGroup.FULL_RANGE, ScenarioGroup.WRITTEN)
    rows = []
    for scenario in results.scenarios_of(*groups):
        is_headline = (
            scenario.group == ScenarioGroup.ENTRY
            and scenario.partners == results.partners_of_answer
        )
        touched = _touched(results, scenario)
        # What consumers gain goes with units.
        loose = any(is_loose(sales) for sales in touched.values())
        for k, (who, sales) in enumerate(touched.items()):
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


def _touched(results: Results, scenario: Scenario) -> dict[str, EntrantSales]:
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
        f"Consumer surplus, dollars a {results.study.per}",
    )
    bold = [k for k, row in enumerate(rows) if row.is_headline]
    return Table(heads=heads, rows=cells, text_columns=2, bold=bold)


def _range(sales: EntrantSales) -> str:
    low, high = sales.units_low, sales.units_high
    return "" if low is None or high is None else between(low, high)


def brief_table(results: Results, rows: list[Row]) -> BriefTable:
    """The same for the terminal; fits 100 columns."""
    w, at_list = results.words, at_list_prices(results)
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
        caption=f"{at_list.lower()}{w.units} and dollars a {results.study.per}; in brackets, the "
        f"quality of {w.products} without sales here one standard error lower and higher; multiple "
        "of the sales without partners; k thousand, M million, B billion",
        bold=[k for k, row in enumerate(rows) if row.is_headline],
        ends=[k for k in range(len(rows) - 1) if rows[k].group != rows[k + 1].group],
    )
