"""Products without sales: the line that their quality is read off."""

from __future__ import annotations

import math

from inroads.report.format import capitalised, number, percent
from inroads.report.section import Details, Section, blocks, text
from inroads.report.table import Table
from inroads.results.calibration import Hedonic
from inroads.results.tree import Results


def section(results: Results) -> Section | None:
    """None where every product has sales."""
    line = results.hedonic
    if line is None:
        return None
    w = results.words
    return Section(
        name="unsold",
        title=f"{capitalised(w.products)} without sales here",
        blocks=blocks(
            text(
                f"What a {w.product} is worth to consumers, beyond its price, is inferred from its "
                f"sales. For {w.products} without sales here it is read off a line through "
                f"{line.observations} {w.products} that have them: quality against specifications "
                f"and {w.manufacturer}. The line explains {percent(line.r_squared)} of the "
                "differences; "
                f"single {w.products} lie {number(line.sigma, 2)} units of utility off it "
                "(standard deviation)."
            ),
            products_table(results, line),
            Details(f"The line: {len(line.coefficients)} coefficients", [coefficients_table(line)]),
        ),
    )


def products_table(results: Results, line: Hedonic) -> Table:
    """A product a row, with the factor in sales that one standard error stands for."""
    heads = (
        *(capitalised(results.words.product), "Quality (utility)", "Standard error"),
        "One error multiplies sales by up to",
    )
    rows = [
        (
            p.product,
            number(p.quality),
            number(p.standard_error, 2),
            number(math.exp(p.standard_error), 2),
        )
        for p in line.products
    ]
    return Table(heads=heads, rows=rows)


def coefficients_table(line: Hedonic) -> Table:
    """A term a row."""
    rows = [(c.name, number(c.value), number(c.standard_error, 2)) for c in line.coefficients]
    return Table(heads=("Term", "Utility for one unit more", "Standard error"), rows=rows)
