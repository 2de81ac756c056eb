"""What every record of results shares: frozen, keyword-only, no unknown fields, no NaN."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Record(BaseModel):
    """Fields by keyword, never changed; NaN and infinity are refused, as are unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


def _none_if_undefined(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


#: A number that may be undefined, such as a ratio to nothing: NaN and infinity become None.
IfDefined = Annotated[float | None, BeforeValidator(_none_if_undefined)]


class Quantiles(Record):
    """Quantiles of a distribution, in the unit of what is distributed."""

    p5: float
    p25: float
    p50: float
    p75: float
    p95: float


class Certificate(Record):
    """The proof of an equilibrium.

    residual: of the first-order conditions; curvature: the largest second derivative of a profit,
    below zero at a maximum; best_deviation: the largest relative gain of a deviation found.
    """

    residual: float
    curvature: float
    best_deviation: float


class Deal(Record):
    """A manufacturer's products on the shelf of a channel."""

    manufacturer: str
    channel: str
