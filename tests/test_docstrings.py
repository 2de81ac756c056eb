"""Public names: numpydoc sections that fit the signature, examples that run, a page each."""

import doctest
import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path

import numpydoc.docscrape
import pytest

import inroads
from inroads.calibration.from_margins.logit import MarginFit
from inroads.calibration.from_margins.vertical import VerticalFit
from inroads.choice.base import CellModel, ChoiceModel, DemandModel
from inroads.conduct.certificate import Certificate, Deviation
from inroads.conduct.priced_demand import DemandAtPrices
from inroads.dynamics.period_pricing import Sellers
from inroads.entry.entrant_launch import LaunchForecast
from inroads.estimation.inference.covariance import ChiSquared
from inroads.estimation.inference.delta_method import DerivedEstimate
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.simulate import Simulated
from inroads.market.moves.base import Move
from inroads.market.pricing import Pricing
from inroads.results.base import Record
from inroads.uncertainty.distributions import Source

SOURCE = Path(inroads.__file__).parent
REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "api"
ROOMS = [name for _, name, is_room in pkgutil.iter_modules(inroads.__path__) if is_room]
#: What classes of a kind have in common is said once, by the kind.
KINDS = (ChoiceModel, DemandModel, CellModel, Move, Pricing, Sellers, Source)
#: What public calls return, without a public name of its own.
RETURNED = (
    Certificate,
    ChiSquared,
    DemandAtPrices,
    DerivedEstimate,
    Deviation,
    FittedDemand,
    LaunchForecast,
    MarginFit,
    Simulated,
    VerticalFit,
)


def names_of(module: types.ModuleType) -> list[str]:
    return [name for name in getattr(module, "__all__", []) if not name.startswith("__")]


def public_things() -> dict[str, object]:
    """What `inroads` and its rooms offer, by name."""
    things = {name: getattr(inroads, name) for name in names_of(inroads)}
    for room in ROOMS:
        module = importlib.import_module(f"inroads.{room}")
        things |= {f"{room}.{name}": getattr(module, name) for name in names_of(module)}
    return {name: thing for name, thing in things.items() if callable(thing)}


def methods(thing: type) -> Iterator[tuple[str, object]]:
    """Public methods of a class, but for those that its kind documents."""
    shared = {name for kind in KINDS if kind is not thing for name in vars(kind)}
    for name, member in vars(thing).items():
        is_method = isinstance(member, types.FunctionType | classmethod | staticmethod)
        if is_method and not name.startswith("_") and name not in shared:
            yield name, getattr(thing, name)


@cache
def documented() -> dict[str, object]:
    things = public_things() | {kind.__name__: kind for kind in (*KINDS, *RETURNED)}
    for name, thing in list(things.items()):
        if isinstance(thing, type):
            things |= {f"{name}.{method}": member for method, member in methods(thing)}
    return things


@pytest.mark.parametrize("name", sorted(documented()))
def test_sections_fit_the_signature(name: str) -> None:
    thing = documented()[name]
    doc = inspect.getdoc(thing)
    assert doc, name
    parsed = numpydoc.docscrape.NumpyDocString(doc)
    assert parsed["Summary"]
    if isinstance(thing, type) and (
        issubclass(thing, Record | Enum)
        or getattr(thing, "_is_protocol", False)
        or thing in (inroads.InroadsError, inroads.CalibrationWarning)
        or not inspect.signature(thing).parameters
    ):
        return  # Fields have docstrings of their own; there is nothing to be given.
    wanted = [
        "*" * (parameter.kind is parameter.VAR_POSITIONAL)
        + "**" * (parameter.kind is parameter.VAR_KEYWORD)
        + parameter.name
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.name != "self"
    ]
    section = "Parameters" if parsed["Parameters"] else "Attributes"
    named = [part for entry in parsed[section] for part in entry.name.split(", ")]
    assert sorted(named) == sorted(wanted)
    if not isinstance(thing, type) and inspect.signature(thing).return_annotation != "None":
        assert parsed["Returns"] or parsed["Yields"]


def modules_with_examples() -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(SOURCE.parent).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("name", list(modules_with_examples()))
def test_examples_print_what_they_say(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


def listed() -> list[str]:
    """Full names of what the pages of the reference list."""
    names = []
    for page in sorted(REFERENCE.glob("*.md")):
        module = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith(".. currentmodule:: "):
                module = line.split()[-1]
            elif re.fullmatch(r"   [\w.]+", line):
                names.append(f"{module}.{line.strip()}")
    return names


def named(name: str) -> object:
    place, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(place), attribute)


def test_the_reference_has_every_public_name() -> None:
    assert {f"inroads.{name}" for name in public_things()} - set(listed()) == set()
    assert {*RETURNED, *KINDS} <= {named(name) for name in listed()}


@pytest.mark.parametrize("name", listed())
def test_what_the_reference_lists_exists_once(name: str) -> None:
    assert inspect.getdoc(named(name))
    assert listed().count(name) == 1
