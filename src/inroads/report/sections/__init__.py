"""Every section of the report, in the order of the page.

A section is a module, or a folder, with `section(results)` that gives a `Section`, or None where
the results have nothing for it: its words, charts and tables lie together. A new one is a module
here and a line in `SECTIONS`; page and terminal print what it gives.
"""

from __future__ import annotations

from collections.abc import Callable

from inroads.report.section import Section
from inroads.report.sections import (
    answer,
    firms,
    fit,
    holds,
    launches,
    ledger,
    levers,
    limits,
    losers,
    negotiations,
    networks,
    placebo,
    plan,
    politics,
    scenarios,
    sensitivity,
    terms,
    time,
    unsold,
    why,
)
from inroads.report.sections.scenarios import by_region
from inroads.results.tree import Results

SECTIONS: tuple[Callable[[Results], Section | None], ...] = (
    answer.verdict.section,
    answer.section,
    plan.section,
    launches.section,
    negotiations.section,
    networks.section,
    terms.section,
    losers.section,
    holds.section,
    politics.section,
    levers.section,
    time.section,
    time.moves_section,
    time.world_section,
    scenarios.section,
    by_region.section,
    why.section,
    sensitivity.section,
    firms.section,
    fit.section,
    unsold.section,
    placebo.section,
    limits.section,
    ledger.section,
)


def sections(results: Results) -> list[Section]:
    """The sections that results have something for."""
    return [section for make in SECTIONS if (section := make(results)) is not None]
