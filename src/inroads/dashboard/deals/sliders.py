"""What a person may move: the assumptions that study.toml refers to, within their ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from inroads.study.config.config_base import Cell
from inroads.tables.cells import parse_reference

if TYPE_CHECKING:
    from inroads.study.load import Study


class Group(StrEnum):
    """What assumptions are about, in the order of the page."""

    AWARENESS = "Awareness and campaigns"
    BARGAINING = "Bargaining and wholesale terms"
    FINANCING = "Financing"
    TARIFFS = "Tariffs"
    HAZARDS = "Hazards and launch"
    PERIODS = "Periods to come"
    CONSUMERS = "Consumers"


#: places in study.toml by the beginning of their path, the first that fits
_PLACES: tuple[tuple[str, Group], ...] = (
    ("entry.ladder", Group.CONSUMERS),
    ("entry.", Group.AWARENESS),
    ("consumers.awareness", Group.AWARENESS),
    ("consumers.liquidity", Group.FINANCING),
    ("firms.financing", Group.FINANCING),
    ("negotiations.months", Group.FINANCING),
    ("negotiations.down_payment", Group.FINANCING),
    ("negotiations.channel_weight", Group.BARGAINING),
    ("negotiations.tariff", Group.TARIFFS),
    ("negotiations.", Group.HAZARDS),
    ("firms.", Group.BARGAINING),
    ("path.stop_hazard", Group.HAZARDS),
    ("path.launch", Group.HAZARDS),
    ("path.", Group.PERIODS),
    ("consumers.", Group.CONSUMERS),
    ("market.", Group.CONSUMERS),
)
#: tried where a case says so, not assumed by the study; scenarios and rungs that no case plays
_NOT_ASSUMED = (
    *("negotiations.months", "negotiations.down_payment", "negotiations.tariff"),
    *("entry.ladder", "path.listing", "path.rank", "path.moves", "scenario.", "parameters."),
)


@dataclass(frozen=True, kw_only=True)
class Slider:
    """An assumption between its low and its high, as written, in its unit.

    name: its id as words; calibrates: whether it has a part in the market's calibration, which is
    then made anew.
    """

    id: str
    name: str
    group: Group
    low: float
    high: float
    value: float
    unit: str = ""
    reason: str = ""
    calibrates: bool = False

    @property
    def step(self) -> float:
        """A fiftieth to a hundredth of the range, and whole where the range is of whole numbers."""
        step = nice_step(self.high - self.low)
        whole = all(float(x).is_integer() for x in (self.low, self.high, self.value))
        return max(step, 1.0) if whole and self.high - self.low >= 3 else step

    def taken(self, position: float) -> float:
        """The value at a position: what the study assumes, unless moved by half a step."""
        if abs(position - self.value) <= 0.501 * self.step:
            return self.value
        return min(max(position, self.low), self.high)


def nice_step(width: float) -> float:
    """1, 2 or 5 times a power of ten: the largest that goes into a range fifty times."""
    raw = width / 50
    power = 10.0 ** math.floor(math.log10(raw))
    return power * max(m for m in (1, 2, 5) if m * power <= raw * (1 + 1e-12))


def sliders_of(study: Study) -> tuple[Slider, ...]:
    """The assumptions that a case may move, in the order of the page.

    Numbers that are facts are not moved, nor assumptions without a range.
    """
    rows = study.tables["assumptions"].set_index("id")
    published = set(study.facts.published["id"])
    used = set(study.fitted.used)
    first: dict[str, Group] = {}
    for path, cell in _cells(study.config.model_dump(), ""):
        ids = parse_reference(cell) or ()
        id = next((id for id in ids if id in published or id in rows.index), "")
        if id in rows.index and id not in published and not path.startswith(_NOT_ASSUMED):
            first.setdefault(id, _group(study, path))
    sliders = []
    for id, group in first.items():
        row = rows.loc[id]
        low, high, value = (float(row[name]) for name in ("low", "high", "value"))
        if low < high:
            sliders.append(
                Slider(
                    id=id,
                    name=_name(study, id),
                    group=group,
                    low=low,
                    high=high,
                    value=value,
                    unit="" if row["unit"] == "none" else row["unit"],
                    reason=row["reason"],
                    calibrates=id in used,
                )
            )
    order = list(Group)
    return tuple(sorted(sliders, key=lambda slider: order.index(slider.group)))


def _group(study: Study, path: str) -> Group:
    """What a place in study.toml is about; how well others than entrants are known is of
    consumers."""
    products, entry = study.tables["products"], study.config.entry
    entrants = [e.manufacturer for e in entry.entrants] if entry else []
    brands = set(products["brand"][products["manufacturer"].isin(entrants)])
    place, _, brand = path.rpartition(".")
    if place == "consumers.awareness" and brand not in brands:
        return Group.CONSUMERS
    return next((g for start, g in _PLACES if path.startswith(start)), Group.CONSUMERS)


def _name(study: Study, id: str) -> str:
    """An id as words, names of the study as they are written."""
    products, channels = study.tables["products"], study.tables["channels"]
    names = {*products["manufacturer"], *products["brand"], *channels["channel"]}
    written = {name.lower(): name for name in names}
    words = " ".join(written.get(word, word) for word in id.split("-"))
    return words[:1].upper() + words[1:]


def _cells(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Texts within a part of study.toml, with their paths."""
    if isinstance(value, str):
        yield path.rstrip("."), value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _cells(part, f"{path}{name}.")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _cells(part, path)


def highest(study: Study, cell: Cell | None) -> float:
    """How far a number that is tried may go: the high of its assumption, else itself; 0 without."""
    if cell is None:
        return 0.0
    quantity = study.facts.resolve(cell, "study.toml: negotiations", use="tried in a case")
    return quantity.value if quantity.high is None else quantity.high
