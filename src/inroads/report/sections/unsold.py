"""Products without sales: the line that their quality is read off, and where it puts them."""

from __future__ import annotations

import math

from inroads.report.format import capitalised, count_words, in_percent, is_too_wide, number, percent
from inroads.report.phrases import population_words
from inroads.report.section import Details, Section, blocks, note, text
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
        summary=_summary(results, line),
        blocks=blocks(
            text(
                f"Their quality is read off a line through {line.observations} {w.products} on "
                f"sale: specifications, with an effect of each {w.manufacturer}, explain "
                f"{percent(line.r_squared)} of the differences.{drawn}{_corrected(results)}"
            ),
            Details(
                f"{len(line.products)} {w.products}, beside others, and the line",
                blocks(
                    rivals_table(results, line),
                    note(_beside(line)),
                    makers_table(results, line),
                    coefficients_table(line),
                ),
            ),
        ),
    )


def _summary(results: Results, line: Hedonic) -> str:
    """Which of them is liked best, beside the best liked that everyone knows."""
    best = line.best_known
    if best is None or not line.products:
        return ""
    top = max(line.products, key=lambda p: p.quality)
    low, middle, high = (
        math.exp(top.quality + z * top.standard_error - best.quality) for z in (-1, 0, 1)
    )
    odds = f"{number(low, 2)} to {number(high, 2)}"
    if not is_too_wide(low, high):
        odds = f"{number(middle, 2)} ({odds})"
    return f"At equal price, {odds} of the {top.product} would be chosen for one {best.product}"


def _corrected(results: Results) -> str:
    past = results.launches
    if past is None or past.population is None:
        return ""
    return (
        f" Qualities are {number(abs(past.population.mean), 2)} "
        f"{'lower' if past.population.mean < 0 else 'higher'} than it says, as past launches "
        "turned out, and their errors have those of launches in them."
    )


def _beside(line: Hedonic) -> str:
    best = line.best_known
    if best is None:
        return ""
    return (
        f"Odds: at equal price, against the {best.product}, for a consumer who knows both and is "
        "used to neither."
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
            in_percent(m.retained),
            count_words(m.products),
        )
        for m in sorted(line.makers, key=lambda m: -m.effect)
    ]
    return Table(heads=heads, rows=rows)


def coefficients_table(line: Hedonic) -> Table:
    """A term a row."""
    rows = [(c.name, number(c.value), number(c.standard_error, 2)) for c in line.coefficients]
    return Table(heads=("Term", "Utility for one unit more", "Standard error"), rows=rows)
