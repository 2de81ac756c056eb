"""A made-up plan of a cereal maker, and of a shop, in round numbers."""

from typing import Any

PRESS = "Grocer now, Mart now"
LOCK = {"inputs": {"study.toml": "a"}, "code": "c", "python": "3", "packages": {},
        "blas": "", "machine": "m"}  # fmt: skip


def played(name: str, expected: float, tail: float, regret: float, **more: Any) -> dict[str, Any]:
    spread = 0.0 if name == "no deal" else 1e7
    row = {
        "name": name, "expected": expected, "expected_error": spread / 10,
        "low": expected - spread, "high": expected + spread, "tail": tail, "loss_odds": 0.5,
        "regret": regret, "on_frontier": False, "gain": expected + 4e6, "gain_low": -2e7,
        "gain_high": 2e7, "better": 0.75, "best": 0.25,
    }  # fmt: skip
    return row | more


def prices(lowest: float, agreed: float, highest: float, back: float | None) -> dict[str, Any]:
    def around(x: float) -> dict[str, float]:
        return {"central": x, "low": 0.9 * x, "high": 1.1 * x}

    return {
        "lowest": around(lowest), "agreed": around(agreed), "highest": around(highest),
        "no_common_ground": 0.0, "earned_back": back, "pays": 0.2,
    }  # fmt: skip


def clause(name: str, to_manufacturer: float, to_channel: float) -> dict[str, Any]:
    """On a million boxes."""
    return {
        "name": name, "to_manufacturer": to_manufacturer, "to_channel": to_channel,
        "asks": -to_manufacturer / 1e6, "bears": to_channel / 1e6,
    }  # fmt: skip


def mandate(manufacturer: str, channel: str) -> dict[str, Any]:
    return {
        "manufacturer": manufacturer, "channel": channel,
        "predicted": prices(2.0, 2.5, 3.0, 2.75), "alone": prices(1.9, 2.6, 3.2, 2.5),
        "clauses": [
            clause("a wholesale price higher by 1", 1e6, -1e6),
            clause("a month without other partners", -3e5, -1e5),
            clause("a month without the open channel", -1e5, 2e5),
            clause("the campaigns of the launches", 5e6, 4e6),
        ],
        "outside": {"other partners": -0.25, "the open channel": 0.1},
    }  # fmt: skip


def plan(firm: str = "Muesli", best: str = "no deal") -> dict[str, Any]:
    """No deal is worth 0, the plan in the press less, the third what the best needs to be it."""
    is_channel = firm == "Grocer"
    rows = [
        played("no deal", 0.0, 0.0, 9e7, on_frontier=True, better=0.76, best=0.66),
        played("Mart after 4 weeks", -1e6, -8e6, 5e7),
        played(PRESS, -4e6, -3e7, 3e7, gain=0.0, better=0.0),
    ]
    for row in rows:
        if row["name"] == best != "no deal":
            row |= {"expected": 6e6, "low": -4e6, "high": 1.6e7}
    rows.sort(key=lambda row: -row["expected"])
    learnt = [
        {"input": {"kind": "assumption", "name": "known-brand"}, "what": "awareness of a brand",
         "worth": 2e6, "standard_error": 5e5},
        {"input": {"kind": "taste", "name": "habit"}, "what": "taste: Habit", "worth": 2e6,
         "standard_error": 2e6},
    ]  # fmt: skip
    return {
        "firm": firm, "is_channel": is_channel, "as_of": "2001-02-03", "lock": LOCK,
        "tried": 8, "combinations": 8, "draws": 99, "failed": 1, "press": PRESS, "best": best,
        "floor": -3e7, "best_above_floor": best, "least_regret": PRESS, "perfect_information": 4e6,
        "plans": rows, "information": learnt,
        "trials": [
            {"partner": "Mart", "worth": 1e6, "standard_error": 2e5, "sold_low": 1e4,
             "plan_if_low": "no deal", "sold_high": 9e4, "plan_if_high": PRESS},
        ],
        "mandates": [mandate("Muesli", "Grocer")]
        + ([] if is_channel else [mandate("Muesli", "Mart")]),
    }  # fmt: skip
