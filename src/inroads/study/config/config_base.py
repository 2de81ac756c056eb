"""A part of study.toml: what it may hold is written down, and a number is a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator
from pydantic_core import PydanticCustomError

from inroads.tables.cells import parse_number, parse_reference


def refused(expected: str, actual: str = "") -> PydanticCustomError:
    """What pydantic is told of a wrong entry: what was expected, and what was found."""
    return PydanticCustomError("refused", "{expected}", {"expected": expected, "found": actual})


def _number_or_reference(value: Any) -> float | str:
    if isinstance(value, str) and (parse_number(value) is not None or parse_reference(value)):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    raise refused("a number or a reference '@id'")


#: A number, or a reference to facts or assumptions.
Cell = Annotated[
    float | str, PlainValidator(_number_or_reference, json_schema_input_type=float | str)
]


@dataclass(frozen=True)
class Unit:
    """The unit of an entry, as docs/study.md gives it."""

    name: str


Share = Annotated[Cell, Unit("share")]
Months = Annotated[Cell, Unit("months")]
Periods = Annotated[Cell, Unit("periods")]
Odds = Annotated[Cell, Unit("probability a period")]
PerUnit = Annotated[Cell, Unit("dollars a unit")]
Dollars = Annotated[Cell, Unit("dollars")]
PerMonth = Annotated[Cell, Unit("share a month")]
PerYear = Annotated[Cell, Unit("share a year")]
PerPeriod = Annotated[Cell, Unit("share a period")]


class Section(BaseModel):
    """Entries by name, each described by its docstring; any other entry is refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
