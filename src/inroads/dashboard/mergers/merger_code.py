"""A merger as Python code that comes to the same numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from inroads.dashboard.literal import literal
from inroads.dashboard.mergers.merger_cases import MergerCase
from inroads.tables.cells import cell_text, parse_number

#: columns that the readers look at
_COLUMNS = (
    *("product_ids", "firm_ids", "channel_ids", "nesting_ids", "prices", "wholesale", "shares"),
    *("margins", "channel_margins", "manufacturer_margins"),
)
_IDS = ("product_ids", "firm_ids", "channel_ids", "nesting_ids")


def merger_code(case: MergerCase) -> str:
    """Code with the table in it that calibrates the market, merges, and prints the effects."""
    return "\n".join(_lines(case)) + "\n"


def _lines(case: MergerCase) -> Iterator[str]:
    yield from (
        "import pandas as pd",
        "",
        "import inroads as ir",
        "",
        "table = pd.DataFrame(",
        "    {",
    )
    for column in _columns(case):
        yield from _column(column, [cell_text(cell) for cell in case.table[column]])
    yield from ("    }", ")")
    yield from _calibrated(case)
    savings = f", savings={case.savings!r}" if case.savings else ""
    yield f"merger = ir.Merge({', '.join(map(literal, case.firms))}{savings})"
    if case.conduct == "bargaining":
        yield "before, after = market.solve(), market.after(merger).solve()"
        yield 'print(ir.compare(before, after, by="offer"))'
        yield "print(before.wholesale, after.wholesale)"
        yield "harm = before.consumer_surplus - after.consumer_surplus"
        yield 'print("compensating variation", harm)'
        return
    yield "screening = ir.screen_merger(market, merger)"
    yield "before, after = screening.before, screening.after"
    yield "print(screening.offers)"
    yield 'print("HHI", screening.hhi_before, screening.hhi_after)'
    yield 'print("compensating variation", screening.compensating_variation)'
    yield 'print("change of profits", screening.producer_surplus)'


def _calibrated(case: MergerCase) -> Iterator[str]:
    given = [f"outside={literal(case.outside)}"] if case.outside != "rest" else []
    if case.conduct == "bargaining":
        given += [f"power={literal(case.power)}"] if case.power != "one" else []
        if case.disagreement != "offer":
            given.append(f"disagreement={literal(case.disagreement)}")
    else:
        given += [f"rho={case.rho!r}"] if case.demand == "nested logit" else []
        if case.market_elasticity is not None:
            given.append(f"market_elasticity={case.market_elasticity!r}")
    given += [f"size={case.size!r}"] if case.size != 1.0 else []
    maker = (
        "vertical_market_from_margins" if case.conduct == "bargaining" else "market_from_margins"
    )
    yield f"market, fit = ir.{maker}({', '.join(['table', *given])})"


def _columns(case: MergerCase) -> list[str]:
    """Columns of the table that the case uses."""
    unused = {"nesting_ids"} if case.demand == "logit" else set()
    return [c for c in _COLUMNS if c in case.table and c not in unused]


def _column(name: str, cells: list[str]) -> Iterator[str]:
    values = []
    for cell in cells:
        number = None if name in _IDS else parse_number(cell)
        is_blank = name not in _IDS and not cell
        values.append("None" if is_blank else literal(cell) if number is None else repr(number))
    line = f"        {literal(name)}: [{', '.join(values)}],"
    if len(line) <= 100:
        yield line
        return
    yield f"        {literal(name)}: ["
    # A blank within a name is no place to break a line.
    joined = ", ".join(value.replace(" ", "\0") for value in values) + ","
    for part in textwrap.wrap(joined, 84, break_long_words=False, break_on_hyphens=False):
        yield "            " + part.replace("\0", " ")
    yield "        ],"
