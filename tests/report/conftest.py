"""Made-up results: two entrants, one entrant, none; not about any real market."""

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

from inroads.report.page import render

# Tests are no package: what they share is found beside them.
sys.path.insert(0, str(Path(__file__).parent))
from madeup_outlook import ahead
from madeup_talks import strategic

FACTORS = ("financing", "shelf", "network", "awareness")


def outcome(units: dict[str, float], surplus: float) -> dict[str, Any]:
    total = sum(units.values())
    return {
        "shares": {"maker": {m: u / total for m, u in units.items()}},
        "units": units,
        "total_units": total,
        "mean_price": 4.25,
        "consumer_surplus_change": surplus,
        "consumer_surplus_change_per_buyer": surplus / total,
        "status": "converged",
        "residual": 1e-15,
    }


def scenario(
    who: dict[str, tuple[float, float, float, float]],
    partners: list[str],
    group: str = "entry",
    **more: Any,
) -> dict[str, Any]:
    """who: units, low, high, multiple of each entrant."""
    rest = {"Oats & Co": 900_000.0, "Bran": 400_000.0}
    units = rest | {m: v[0] for m, v in who.items()}
    total = sum(units.values())
    label = f"{' and '.join(who)} with {' and '.join(partners) or 'nobody'} {group}"
    entrants = {
        m: {"units": v[0], "low": v[1], "high": v[2], "multiple": v[3], "share": v[0] / total}
        for m, v in who.items()
    }
    about: dict[str, Any] = {
        "name": label.lower().replace(" ", "-"),
        "label": label,
        "group": group,
    }
    about |= {"entrants": entrants, "partners": partners, "reference": "", "moves": []}
    return about | outcome(units, 1_234_567.0) | more


def ledger_row(where: str, id: str, kind: str, value: float, unit: str, **more: Any) -> Any:
    empty: dict[str, Any] = {"low": None, "high": None, "reason": "", "period": "", "published": ""}
    empty |= {"source": "", "url": "", "quote": ""}
    return {"where": where, "id": id, "kind": kind, "value": value, "unit": unit} | empty | more


def bare() -> dict[str, Any]:
    """A study that only has a market and one written scenario."""
    dear = outcome({"Oats & Co": 800_000.0, "Bran": 430_000.0}, -310_000.0)
    mild = outcome({"Oats & Co": 990_000.0, "Bran": 498_000.0}, -2_000.0)
    written = {"group": "written", "entrants": {}, "partners": [], "reference": "", "moves": []}
    return {
        "inroads": "0.0",
        "study": {
            "name": "cereal", "title": "Whose oats?", "question": "Who sells oats?",
            "as_of": "2001-02-03", "period": "2000", "unit": "boxes", "per": "week",
        },
        "headline": [],
        "baseline": outcome({"Oats & Co": 1_000_000.0, "Bran": 500_000.0}, 0.0)
        | {"reproduced_to": 3e-16},
        "scenarios": [
            written | {"name": "dear", "label": "Oats dearer"} | dear,
            written | {"name": "mild", "label": "Oats a little dearer"} | mild,
        ],
        "decomposition": [],
        "calibration": {
            "parameters": [], "targets": [], "checks": [], "margins": [], "sensitivity": {},
            "flat": [], "distance": 0.0, "status": "converged", "residual": 0.0, "evaluations": 0,
        },
        "hedonic": None,
        "sensitivity": [],
        "ledger": [],
    }  # fmt: skip


def full() -> dict[str, Any]:
    """Two entrants, two sets of partners, everything a run can hold."""
    data = bare()
    data["headline"] = ["Grocer", "Mart"]
    sold = {
        (): {
            "Muesli": (20_000.0, 18_000.0, 23_000.0, 1.0),
            "Kasha": (3_000.0, 500.0, 9_000.0, 1.0),
        },
        ("Grocer",): {
            "Muesli": (90_000.0, 70_000.0, 120_000.0, 4.5),
            "Kasha": (60_000.0, 9_000.0, 150_000.0, 20.0),
        },
        ("Grocer", "Mart"): {
            "Muesli": (146_000.0, 110_000.0, 190_000.0, 7.3),
            "Kasha": (117_000.0, 21_000.0, 260_000.0, 39.0),
        },
    }
    made = []
    for names in (["Muesli"], ["Kasha"], ["Muesli", "Kasha"]):
        made += [scenario({n: v[n] for n in names}, list(p)) for p, v in sold.items()]
    for name in ("Muesli", "Kasha"):
        for known in (0.3, 0.6):
            for p in ((), ("Grocer", "Mart")):
                units = sold[p][name][0] * (1 + known)
                at = {name: (units, units / 2, units * 2, 2.0)}
                made.append(scenario(at, list(p), "awareness", awareness=known))
    data["scenarios"] = made + data["scenarios"]
    parts = {"financing": 12_345.4, "shelf": 30_000.3, "network": 0.0, "awareness": 83_654.3}
    data["decomposition"] = [
        {
            "entrant": name, "partners": ["Grocer", "Mart"], "worlds": [],
            "gain": scale * sum(parts.values()),
            "parts": {n: scale * v for n, v in parts.items()},
        }
        for name, scale in (("Muesli", 1.0), ("Kasha", 0.9047619))
    ]  # fmt: skip
    target = {"name": "loyal", "label": "Bought the same again", "target": 0.6, "error": 0.05}
    data["calibration"] |= {
        "parameters": [
            {"name": "habit", "label": "Habit", "value": 1.5, "standard_error": 0.2},
            {"name": "price", "label": "Price", "value": 0.1, "standard_error": 0.2},
        ],
        "targets": [target | {"fitted": 0.5525, "misses_by": -0.95}],
        "checks": [{"name": "other", "label": "Bought elsewhere", "value": 3.0, "fitted": 2.0}],
        "margins": [{"name": "oats", "maker": "Oats & Co", "fitted": 0.5, "observed": 0.5 + 2e-16}],
        "sensitivity": {"habit": {"loyal": 0.19}, "price": {"loyal": -0.02}},
        "flat": [{"habit": 0.7, "price": -0.7}],
        "distance": 0.45,
    }
    data["hedonic"] = {
        "coefficients": [{"name": "log(fibre)", "value": 1.0, "standard_error": 0.5}],
        "sigma": 0.6, "r_squared": 0.87, "observations": 17,
        "devices": [{"device": "Kasha Gold", "quality": -0.5, "standard_error": 1.5}],
    }  # fmt: skip
    data["sensitivity"] = [
        {
            "assumption": name, "side": side, "at": at, "central": 35.0, "unit": "percent",
            "reason": f"see loyal-share and {name}",
            "entrants": {m: {"units": u * f, "multiple": 2.0} for m, u in
                         (("Muesli", 146_000.0), ("Kasha", 117_000.0))},
        }
        for name, side, at, f in (
            ("known-little", "low", 30.0, 0.97), ("known-little", "high", 40.0, 1.02),
            ("known-brand", "low", 15.0, 0.5), ("known-brand", "high", 60.0, 1.7),
        )
    ]  # fmt: skip
    data["ledger"] = [
        ledger_row("study.toml: awareness of a brand", "known-brand", "assumed", 35.0, "percent",
                   low=15.0, high=60.0, reason="a guess near loyal-share"),
        ledger_row("targets.csv: loyal: value", "loyal-share", "fact", 60.0, "percent",
                   published="2000-05", source="Grocery Week", url="https://example.org/oats",
                   quote="six in ten <b>bought</b> again"),
        ledger_row("offers.csv: Bran, Mart: price", "bran-price", "fact", 3.99, "USD"),
        ledger_row("offers.csv: Bran, Grocer: price", "bran-price", "fact", 3.99, "USD"),
    ]  # fmt: skip
    return data


@pytest.fixture
def data() -> dict[str, Any]:
    return copy.deepcopy(full())


@pytest.fixture
def with_talks() -> dict[str, Any]:
    """Everything, firms and talks too."""
    return copy.deepcopy(full() | {"strategy": strategic()})


@pytest.fixture
def with_outlook() -> dict[str, Any]:
    """Everything, and quarters to come."""
    return copy.deepcopy(full() | {"strategy": strategic(), "outlook": ahead()})


@pytest.fixture
def without_entry() -> dict[str, Any]:
    return copy.deepcopy(bare())


@pytest.fixture
def one_entrant() -> dict[str, Any]:
    """One entrant; no headline, no decomposition, no sensitivity, no range for the entrant."""
    data = full()
    data["headline"], data["decomposition"], data["sensitivity"] = [], [], []
    data["hedonic"] = None
    data["scenarios"] = [s for s in data["scenarios"] if list(s["entrants"]) in (["Muesli"], [])]
    for s in data["scenarios"]:
        for each in s["entrants"].values():
            del each["low"], each["high"]
    return data


@pytest.fixture(scope="session")
def page() -> str:
    """The page of the results without firms and talks."""
    return render(full())


@pytest.fixture(scope="session")
def page_of_talks() -> str:
    """The page of everything but quarters to come."""
    return render(full() | {"strategy": strategic()})


@pytest.fixture(scope="session")
def page_of_outlook() -> str:
    """The page of everything."""
    return render(full() | {"strategy": strategic(), "outlook": ahead()})
