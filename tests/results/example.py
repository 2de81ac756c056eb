"""Made-up results: two entrants, one entrant, none; not about any real market.

As results.json holds them, so that tests may change them before they make them a tree.
"""

from typing import Any

from example_launches import past_launches
from example_negotiations import firms, strategic
from example_outlook import ahead

from inroads.results.tree import Results

#: nouns as a study of cereals may set them
WORDS = {
    "unit": "box", "units": "boxes", "channel": "grocer", "channels": "grocers",
    "financing": "may_finance",
}  # fmt: skip


def outcome(units: dict[str, float], surplus: float) -> dict[str, Any]:
    total = sum(units.values())
    shares = {m: u / total for m, u in units.items()}
    return {
        "shares": {"manufacturer": shares, "channel": {}, "product": {}},
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
    name = f"{' and '.join(who)} with {' and '.join(partners) or 'nobody'} {group}"
    entrants = {
        m: {
            "units": v[0], "units_low": v[1], "units_high": v[2], "multiple": v[3],
            "share": v[0] / total,
        }
        for m, v in who.items()
    }  # fmt: skip
    about: dict[str, Any] = {"name": name.lower().replace(" ", "-"), "group": group}
    about |= {"entrants": entrants, "partners": partners, "reference": "", "moves": []}
    return about | {"outcome": outcome(units, 1_234_567.0)} | more


def ledger_row(
    file: str, place: str, id: str, kind: str, value: float, unit: str, **more: Any
) -> dict[str, Any]:
    row = {"file": file, "place": place, "id": id, "kind": kind, "value": value, "unit": unit}
    return row | more


def bare() -> dict[str, Any]:
    """A study that only has a market and one written scenario."""
    dear = outcome({"Oats & Co": 800_000.0, "Bran": 430_000.0}, -310_000.0)
    mild = outcome({"Oats & Co": 990_000.0, "Bran": 498_000.0}, -2_000.0)
    written = {"group": "written", "entrants": {}}
    return {
        "inroads_version": "0.0",
        "study": {
            "name": "cereal", "title": "Whose oats?", "question": "Who sells oats?",
            "as_of": "2001-02-03", "period": "2000", "per": "week",
        },
        "words": dict(WORDS),
        "features": {"financing": True, "compatibility": True, "members": True, "successors": True},
        "headline_partners": [],
        "baseline": outcome({"Oats & Co": 1_000_000.0, "Bran": 500_000.0}, 0.0)
        | {"reproduced_to": 3e-16},
        "scenarios": [
            written | {"name": "dear", "title": "Oats dearer", "outcome": dear},
            written | {"name": "mild", "title": "Oats a little dearer", "outcome": mild},
        ],
        "decompositions": [],
        "calibration": {
            "parameters": [], "targets": [], "checks": [], "margins": [], "sensitivity": {},
            "unidentified": [], "distance": 0.0, "status": "converged", "residual": 0.0,
            "evaluations": 0,
        },
        "hedonic": None,
        "sales_swings": [],
        "ledger": [],
    }  # fmt: skip


def full() -> dict[str, Any]:
    """Two entrants, two sets of partners, everything that a run without firms can hold."""
    data = bare()
    data["headline_partners"] = ["Grocer", "Mart"]
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
    entry = []
    for names in (["Muesli"], ["Kasha"], ["Muesli", "Kasha"]):
        entry += [scenario({n: v[n] for n in names}, list(p)) for p, v in sold.items()]
    for name in ("Muesli", "Kasha"):
        for known in (0.3, 0.6):
            for p in ((), ("Grocer", "Mart")):
                units = sold[p][name][0] * (1 + known)
                at = {name: (units, units / 2, units * 2, 2.0)}
                entry.append(scenario(at, list(p), "awareness", awareness=known))
    data["scenarios"] = entry + data["scenarios"]
    parts = {"financing": 12_345.4, "shelf": 30_000.3, "compatibility": 0.0, "awareness": 83_654.3}
    data["decompositions"] = [
        {
            "manufacturer": name, "partners": ["Grocer", "Mart"], "coalitions": [],
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
        "targets": [target | {"fitted": 0.5525, "misses_by": -0.95, "in_percent": True}],
        "checks": [{"name": "other", "label": "Bought elsewhere", "value": 3.0, "fitted": 2.0}],
        "margins": [{"name": "oats", "manufacturer": "Oats & Co", "fitted": 0.5,
                     "observed": 0.5 + 2e-16}],
        "sensitivity": {"habit": {"loyal": 0.19}, "price": {"loyal": -0.02}},
        "unidentified": [{"habit": 0.7, "price": -0.7}],
        "distance": 0.45,
    }  # fmt: skip
    data["hedonic"] = {
        "coefficients": [{"name": "log(fibre)", "value": 1.0, "standard_error": 0.5}],
        "tau": 0.9, "sigma": 0.6, "r_squared": 0.87, "observations": 17,
        "makers": [
            {"manufacturer": "Bran", "products": 9, "effect": 0.4, "standard_error": 0.3,
             "retained": 0.95},
            {"manufacturer": "Oats & Co", "products": 8, "effect": -0.4, "standard_error": 0.3,
             "retained": 0.95},
        ],
        "products": [{"product": "Kasha Gold", "manufacturer": "Kasha", "quality": -0.5,
                      "standard_error": 1.5, "own_error": 0.6}],
        "on_sale": [
            {"product": "Bran Best", "manufacturer": "Bran", "quality": 0.5, "awareness": 1.0},
            {"product": "Dark Oats", "manufacturer": "Oats & Co", "quality": 0.9,
             "awareness": 0.2},
        ],
    }  # fmt: skip
    data["placebo"] = {
        "population": "well_known",
        "products": [
            {"product": "Bran Best", "manufacturer": "Bran", "log_ratio": 0.7,
             "standard_error": 1.0, "z": 0.7},
            {"product": "Dark Oats", "manufacturer": "Oats & Co", "log_ratio": -2.0,
             "standard_error": 1.0, "z": -2.0},
        ],
        "populations": [
            {"population": name, "manufacturers": ["Bran", "Oats & Co"], "mean_log_ratio": mean,
             "standard_error": 0.5, "rmse": rmse}
            for name, mean, rmse in (("all", 0.1, 1.6), ("well_known", 0.0, 1.5))
        ],
    }  # fmt: skip
    data["sales_swings"] = [
        {
            "assumption": name, "central": 35.0, "unit": "percent",
            "reason": f"see loyal-share and {name}",
            **{
                side: {"value": value, "entrants": {m: {"units": u * f, "multiple": 2.0} for m, u in
                       (("Muesli", 146_000.0), ("Kasha", 117_000.0))}}
                for side, value, f in ends
            },
        }
        for name, ends in (
            ("known-little", (("low", 30.0, 0.97), ("high", 40.0, 1.02))),
            ("known-brand", (("low", 15.0, 0.5), ("high", 60.0, 1.7))),
        )
    ]  # fmt: skip
    data["ledger"] = [
        ledger_row("study.toml", "entry.awareness", "known-brand", "assumed", 35.0, "percent",
                   use="awareness of a brand", low=15.0, high=60.0,
                   reason="a guess near loyal-share"),
        ledger_row("targets.csv", "loyal: value", "loyal-share", "fact", 60.0, "percent",
                   published="2000-05", source="Grocery Week", url="https://example.org/oats",
                   quote="six in ten <b>bought</b> again"),
        ledger_row("offers.csv", "Bran, Mart: price", "bran-price", "fact", 3.99, "USD"),
        ledger_row("offers.csv", "Bran, Grocer: price", "bran-price", "fact", 3.99, "USD"),
    ]  # fmt: skip
    return data


def negotiated() -> dict[str, Any]:
    """Everything, firms and negotiations too."""
    return full() | {"firms": firms(), "negotiations": strategic()}


def everything() -> dict[str, Any]:
    """Everything, past launches and quarters to come."""
    return negotiated() | {"outlook": ahead(), "launches": past_launches()}


def tree(data: dict[str, Any]) -> Results:
    """Results as reports read them."""
    return Results.model_validate(data)
