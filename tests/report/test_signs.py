"""Sentences are chosen by the numbers: whatever their signs, nothing breaks, and no sentence says
what its table denies."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from example import everything, tree
from shown import section_of

from inroads.report.format import above_and_below
from inroads.report.section import Paragraph, Section
from inroads.report.sections import sections
from inroads.report.sections.answer import paragraphs
from inroads.report.sections.fit import how_well_known
from inroads.results.calibration import Parameter
from inroads.results.interventions import InterventionKind

NONE = re.compile(r".{0,30}\b(?:nan|inf|None(?! of))\b.{0,20}")
#: a number with more zeros behind the point than anyone reads
TINY = re.compile(r"\d*\.0{6,}\d+")
#: of the parts whose numbers follow from each other: every field is tried alone
PARTS = ("negotiations", "outlook", "firms", "scenarios", "decompositions", "sales_swings",
         "calibration", "launches", "hedonic", "placebo")  # fmt: skip
#: what no run gives: odds and shares beyond 0 and 1, prices and errors below 0
NEVER = re.compile(
    r"share|odds|probability|hazard|price|cost|error|awareness|period|month|low|high|units|draws"
    r"|quarter|weight|p\d|tau|sigma|sd|spread|in_use|predicted|member|total|rate|multiple|valuation"
    r"|central|r_squared|correlation|size|points"
)


def fields(data: Any) -> Iterator[str]:
    """Names of fields that hold numbers."""
    if isinstance(data, dict):
        for name, value in data.items():
            if isinstance(value, float):
                yield name
            yield from fields(value)
    elif isinstance(data, list):
        for value in data:
            yield from fields(value)


def changed(data: Any, name: str, change: Callable[[float], float]) -> Any:
    """The same with every number of a name changed."""
    if isinstance(data, dict):
        return {
            key: change(value)
            if key == name and isinstance(value, float)
            else changed(value, name, change)
            for key, value in data.items()
        }
    return [changed(value, name, change) for value in data] if isinstance(data, list) else data


def text_of(rows: list[Section]) -> str:
    """What stands on the page, charts' titles too."""
    words = []
    for section in rows:
        words += [str(section.title), *(str(figure.title) for figure in section.charts)]
        words += [str(cell) for t in section.tables for row in t.rows for cell in row]
        words += [str(block) for block in section.blocks if isinstance(block, Paragraph)]
    return "\n".join(words)


NAMES = sorted({name for part in PARTS for name in fields(everything()[part])})
#: levels of a ladder differ, and a market sells something
NAMES = [name for name in NAMES if name not in ("awareness", "total_units")]


def zero(x: float) -> float:
    return 0.0 * x


def turned(x: float) -> float:
    return -x


def page_with(names: list[str], change: Callable[[float], float]) -> list[str]:
    """What goes wrong on the page with all numbers of some names changed: a line each."""
    data = everything()
    for part in PARTS:
        for name in names:
            data[part] = changed(data[part], name, change)
    try:
        page = text_of(sections(tree(data)))
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    return [*NONE.findall(page), *TINY.findall(page)]


def walk() -> Iterator[tuple[str, list[str]]]:
    """Every field by itself, at zero and turned round, and what goes wrong."""
    for name in NAMES:
        yield f"{name} at zero", page_with([name], zero)
        if not NEVER.search(name):
            yield f"{name} turned round", page_with([name], turned)


@pytest.mark.parametrize("change", [zero, turned])
def test_no_number_breaks_the_page(change: Callable[[float], float]) -> None:
    """Many at once; `make stress` walks through each by itself."""
    names = [name for name in NAMES if change is zero or not NEVER.search(name)]
    assert page_with(names[::2] if change is zero else names, change) == []


# Sentences against signs ------------------------------------------------------------------------


def test_a_parameter_at_its_bound_is_said_to_be_there() -> None:
    at_bound = Parameter(name="x", label="x", value=0.0, standard_error=0.0)
    assert how_well_known(at_bound) == "at an end of what was looked at"


def with_partners_gain(data: dict[str, Any], dollars: float) -> None:
    """What the deals bring each entrant's partners together."""
    for entrant in data["negotiations"]["entrants"]:
        for partner in entrant["partners"]:
            response = entrant["channel_responses"][partner]
            response["profit_change"] = dollars / len(entrant["partners"])


def test_partners_that_lose_together_though_each_gains() -> None:
    data = everything()
    with_partners_gain(data, -2e6)
    text = " ".join(paragraphs(tree(data)))
    assert "would cost Grocer and Mart together $2.0 million" in text
    assert "There is something to split in all 4 negotiations" in text
    assert "Each grocer gains by its own deal with Muesli and Kasha; together they lose" in text
    with_partners_gain(data, 2e6)
    assert "together they lose" not in " ".join(paragraphs(tree(data)))


def test_a_bar_that_brings_something_does_not_cost_it() -> None:
    data = everything()
    bars = [
        r
        for r in data["negotiations"]["interventions"]
        if r["kind"] == InterventionKind.BARRED_FROM_CHANNELS
    ]
    assert bars
    for row in bars:
        row["manufacturer_profit_change"] = 3e6
    text = " ".join(paragraphs(tree(data)))
    assert "−$" not in text.partition("A bar from")[2].partition(".")[0]
    assert "would bring Muesli $3.0 million" in text
    assert "costs Muesli" not in str(section_of(data, "politics"))


def test_units_that_fall_as_an_assumption_rises_are_said_to() -> None:
    data = everything()
    swings = data["sales_swings"]
    assert "less the higher it is" not in " ".join(paragraphs(tree(data)))
    turned = copy.deepcopy(data)
    for swing, other in zip(turned["sales_swings"], swings, strict=True):
        swing["low"]["entrants"] = other["high"]["entrants"]
        swing["high"]["entrants"] = other["low"]["entrants"]
    assert "less the higher it is" in " ".join(paragraphs(tree(turned)))


@pytest.mark.parametrize("steps", [8.4e-14, -8.4e-14, 0.0])
def test_no_condition_of_no_standard_errors(steps: float) -> None:
    """However small a step is, it is not said in zeros."""
    assert above_and_below(steps) == (
        *("is at least what is expected", "is at most what is expected"),
    )


@pytest.mark.parametrize("steps", [0.23, -1.4])
def test_a_condition_is_on_the_side_of_its_sign(steps: float) -> None:
    above, below = above_and_below(steps)
    assert above.startswith("is no more than") == (steps < 0)
    assert below.startswith("is no more than") == (steps > 0)
