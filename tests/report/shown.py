"""What the sections of results show, by name."""

from typing import Any

from example import tree

from inroads.report.section import Figure, Section
from inroads.report.sections import (
    firms,
    holds,
    levers,
    losers,
    negotiations,
    networks,
    politics,
    sections,
    sensitivity,
    terms,
    time,
)
from inroads.report.table import Table

#: a section is made without the others where a test asks for one
_MAKERS = {
    "talks": negotiations.section,
    "network": networks.section,
    "which": terms.section,
    "losers": losers.section,
    "breakdown": holds.section,
    "politics": politics.section,
    "levers": levers.section,
    "time": time.section,
    "moves": time.moves_section,
    "world": time.world_section,
    "hangs": sensitivity.section,
    "firms": firms.section,
}


def by_name(data: dict[str, Any]) -> dict[str, Section]:
    """All sections by name."""
    return {section.name: section for section in sections(tree(data))}


def section_of(data: dict[str, Any], name: str) -> Section | None:
    """One section."""
    return _MAKERS[name](tree(data))


def charts(data: dict[str, Any]) -> dict[str, Figure]:
    """Figures of all sections by name."""
    return {figure.name: figure for s in sections(tree(data)) for figure in s.charts}


def titles(data: dict[str, Any]) -> dict[str, str]:
    """What the charts that there are say."""
    return {name: figure.title for name, figure in charts(data).items()}


def table(data: dict[str, Any], section: str, head: str) -> Table:
    """The first table of a section with a column of this head."""
    found = section_of(data, section)
    assert found is not None
    return next(t for t in found.tables if head in t.heads)


def column(data: dict[str, Any], section: str, head: str) -> list[str]:
    """A column of that table."""
    found = table(data, section, head)
    return [str(row[list(found.heads).index(head)]) for row in found.rows]
