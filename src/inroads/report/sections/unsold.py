"""Products without sales: the line that their quality is read off, and where it puts them."""

from __future__ import annotations

import math

from inroads.report.format import capitalised, count_words, number, percent
from inroads.report.phrases import population_words
from inroads.report.section import Details, Section, blocks, text
from inroads.report.table import Table
from inroads.results.calibration import Hedonic
from inroads.results.tree import Results

#: so many of the best liked products on sale are listed beside those without sales
_RIVALS = 6


def section(results: Results) -> Section | None:
    """None where every product has sales."""
    line = results.hedonic
    if line is None:
        return None
    w = results.words
    seen = {m.manufacturer for m in line.makers}
    unseen = list(
        dict.fromkeys(p.manufacturer for p in line.products if p.manufacturer not in seen)
    )
    drawn = ""
    if unseen and results.placebo is not None:
        drawn = (
            f" A {w.manufacturer} never seen here is a draw from "
            f"{population_words(results, results.placebo.population)}."
        )
    return Section(
        name="unsold",
        title=f"{capitalised(w.products)} without sales here",
        blocks=blocks(
            text(
                f"What a {w.product} is worth to consumers, beyond its price, is inferred from its "
                f"sales. For {w.products} without sales here it is read off a line through "
                f"{line.observations} {w.products} that have them: quality against specifications, "
                f"with an effect of each {w.manufacturer}. Both explain {percent(line.r_squared)} "
                f"of the differences. {capitalised(w.manufacturers)} differ by "
                f"{number(line.tau, 2)} units of utility (standard deviation), {w.products} of "
                f"one by {number(line.sigma, 2)}; what is not known of a {w.manufacturer} is not "
                f"known of all of its {w.products} at once.{drawn}{_corrected(results)}"
            ),
            products_table(results, line),
            text(_beside(results, line)),
            rivals_table(results, line),
            Details(
                f"The effects of {len(line.makers)} {w.manufacturers}",
                [makers_table(results, line)],
            ),
            Details(f"The line: {len(line.coefficients)} coefficients", [coefficients_table(line)]),
        ),
    )


def _corrected(results: Results) -> str:
    past = results.launches
    if past is None or past.population is None:
        return ""
    return (
        f" Qualities below are {number(abs(past.population.mean), 2)} "
        f"{'lower' if past.population.mean < 0 else 'higher'} than the line says, as past launches "
        "turned out; their errors have those of launches in them."
    )


def products_table(results: Results, line: Hedonic) -> Table:
    """A product a row, with the factor in sales that one standard error stands for."""
    heads = (
        *(capitalised(results.words.product), "Quality (utility)", "Standard error"),
        f"Of it the {results.words.product}'s own",
        "One error multiplies sales by up to",
    )
    rows = [
        (
            p.product,
            number(p.quality),
            number(p.standard_error, 2),
            number(p.own_error, 2),
            number(math.exp(p.standard_error), 2),
        )
        for p in line.products
    ]
    return Table(heads=heads, rows=rows)


def _beside(results: Results, line: Hedonic) -> str:
    best = line.best_known
    if best is None:
        return ""
    return (
        f"At equal price, for a consumer who knows both and is used to neither, so often would "
        f"each be chosen for one {best.product}, the best liked whose brand everyone knows:"
    )


def rivals_table(results: Results, line: Hedonic) -> Table:
    """Odds at equal price against the best liked well-known product: those without sales beside
    the best liked on sale."""
    best = line.best_known
    heads = (capitalised(results.words.product), "Odds", "One standard error", "Known to")
    if best is None:
        return Table(heads=heads, rows=())
    rows = [
        (
            p.quality,
            (
                p.product,
                number(math.exp(p.quality - best.quality), 2),
                f"{number(math.exp(p.quality - p.standard_error - best.quality), 2)} to "
                f"{number(math.exp(p.quality + p.standard_error - best.quality), 2)}",
                "without sales",
            ),
        )
        for p in line.products
    ]
    rows += [
        (
            p.quality,
            (p.product, number(math.exp(p.quality - best.quality), 2), "", f"{p.awareness:.0%}"),
        )
        for p in sorted(line.on_sale, key=lambda p: -p.quality)[:_RIVALS]
    ]
    ordered = sorted(rows, key=lambda row: -row[0])
    return Table(
        heads=heads,
        rows=[row for _, row in ordered],
        bold=[k for k, (_, row) in enumerate(ordered) if row[3] == "without sales"],
    )


def makers_table(results: Results, line: Hedonic) -> Table:
    """A maker a row, the best liked first."""
    maker = capitalised(results.words.manufacturer)
    says = f"Kept of what its {results.words.products} say"
    heads = (maker, "Effect", "Standard error", says, "On sale")
    rows = [
        (
            m.manufacturer,
            number(m.effect, 2),
            number(m.standard_error, 2),
            percent(m.retained),
            count_words(m.products),
        )
        for m in sorted(line.makers, key=lambda m: -m.effect)
    ]
    return Table(heads=heads, rows=rows)


def coefficients_table(line: Hedonic) -> Table:
    """A term a row."""
    rows = [(c.name, number(c.value), number(c.standard_error, 2)) for c in line.coefficients]
    return Table(heads=("Term", "Utility for one unit more", "Standard error"), rows=rows)
