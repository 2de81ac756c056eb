"""Made-up quarters to come of two cereal makers, in round numbers."""

from typing import Any

MAKERS, SHOPS = ("Muesli", "Kasha"), ("Grocer", "Mart")
QUANTILES = {"p5": 0.5, "p25": 0.8, "p50": 1.0, "p75": 1.2, "p95": 1.5}
PERIODS = 8


def ramp(first: float, step: float, count: int = PERIODS) -> list[float]:
    return [first + step * q for q in range(count)]


def entry(manufacturer: str, scale: float, break_even: int | None) -> dict[str, Any]:
    cumulative = [scale * (3e6 * q - 5e6) for q in range(1, PERIODS + 1)]
    return {
        "manufacturer": manufacturer, "partners": list(SHOPS),
        "units": ramp(200_000 * scale, 1_000), "units_without_deals": ramp(10_000 * scale, 100),
        "share": ramp(0.05 * scale, 0.001), "share_without_deals": ramp(0.004, 0.0),
        "in_use": ramp(1e6, 2e5, PERIODS + 1),
        "in_use_without_deals": ramp(1e6, 1e4, PERIODS + 1),
        "awareness": {manufacturer: ramp(0.4, 0.01, PERIODS + 1),
                      "Nobody's": [0.0] * (PERIODS + 1)},
        "profit_change": [3e6 * scale] * PERIODS,
        "launch_spending": [2e6] + [0.0] * (PERIODS - 1),
        "cumulative_value": cumulative, "gross_value": cumulative[-1] + 2e6,
        "net_value": cumulative[-1], "periods_to_break_even": break_even,
        "firm_value_changes": {manufacturer: cumulative[-1], "Grocer": 9e6 * scale, "Mart": 5e6,
                               "Bran": -4e6 * scale},
        "price_per_point": 6e5,
        "campaign": {"deals_without_campaigns": 7e6, "deals_with_campaigns": 2.1e7,
                     "price_per_point": 4e5},
        "residual": 1e-16,
    }  # fmt: skip


def option(manufacturer: str) -> dict[str, Any]:
    return {
        "manufacturer": manufacturer, "channels": list(SHOPS), "decision_period": 3,
        "launch_probabilities": [0.5, 0.5], "launch_cost": 1e6, "value": 8e6,
        "value_of_first_channel": 6e6, "flexibility": 0.0, "best_start": "both_channels",
        "best_next": ["widen"] * 3,
        "plans": {"stay_out": 0.0, "both_channels": 8e6, "first_then_stop": 1e6,
                  "first_then_go_on": 4e6, "first_then_widen": 6e6},
    }  # fmt: skip


def spread(manufacturer: str, quantity: str, mean: float, **more: Any) -> dict[str, Any]:
    quantiles = {name: mean * times for name, times in QUANTILES.items()}
    about = {"manufacturer": manufacturer, "quantity": quantity}
    return about | {"mean": mean, "quantiles": quantiles} | more


def fans(manufacturer: str, scale: float) -> list[dict[str, Any]]:
    ends = {"units": 2e5, "units_without_deals": 1e4, "sales_share": 0.05,
            "sales_share_without_deals": 0.004, "awareness": 0.4 / scale, "value_so_far": 4e6,
            "value_so_far_at_odds": 1e6, "rival_units_change": -9e4}  # fmt: skip
    return [
        spread(manufacturer, quantity, scale * mean * (q + 1) / PERIODS, period=q,
               rival="Bran" if quantity == "rival_units_change" else None)
        for quantity, mean in ends.items()
        for q in range(PERIODS)
    ]  # fmt: skip


def numbers(manufacturer: str) -> list[dict[str, Any]]:
    means = {"first_period_gain": 3e6, "launched": 0.6, "periods_to_launch": 2.0,
             "periods_on_sale": 6.0, "units_multiple": 20.0, "value_if_launched": 2e7,
             "pays_if_launched": 0.9, "pays_at_odds": 0.4, "launch_odds": 0.6,
             "no_common_ground": 0.25, "value_at_talk_odds": 1.5e7, "value_at_launch_odds": 9e6,
             "value_while_allowed": 8e6, "partners_value_at_odds": 4e7}  # fmt: skip
    worth = spread(manufacturer, "value_at_odds", 5e6)
    worth["quantiles"]["p5"] = -1e6
    return [*(spread(manufacturer, quantity, mean) for quantity, mean in means.items()), worth]


def normal(*covariance: list[float]) -> dict[str, Any]:
    return {"kind": "normal", "mean": [0.0] * len(covariance), "covariance": list(covariance)}


def triangular(low: float, mode: float, high: float) -> dict[str, Any]:
    return {"kind": "triangular", "low": low, "mode": mode, "high": high}


def key(kind: str, name: str) -> dict[str, str]:
    return {"kind": kind, "name": name}


def ensemble(draws: int = 400) -> dict[str, Any]:
    """Draws of two tastes, an assumption and a quality each; the quality matters most."""
    parts = [(key("taste", "habit"), 0.02), (key("assumption", "known-brand"), 0.2),
             (key("quality", "Muesli"), 0.1), (key("quality", "Kasha"), 0.5)]  # fmt: skip
    return {
        "count": draws, "failed": 0, "failure": None, "seed": 0,
        "inputs": [
            {"keys": [key("taste", "habit"), key("taste", "price")],
             "distribution": normal([0.04, 0.001], [0.001, 0.25])},
            {"keys": [key("assumption", "known-brand")],
             "distribution": triangular(15.0, 35.0, 60.0)},
            {"keys": [key("assumption", "model-life")], "distribution": triangular(3.0, 4.0, 8.0)},
            {"keys": [key("quality", "Muesli")], "distribution": normal([1.0])},
            {"keys": [key("negotiation_luck", "Muesli, Mart")],
             "distribution": {"kind": "uniform", "low": 0.0, "high": 1.0}},
            {"keys": [key("assumption", "rain")],
             "distribution": {"kind": "bernoulli", "probability": 0.3}},
        ],
        "by_period": [row for k, m in enumerate(MAKERS) for row in fans(m, 1 + k)],
        "totals": [row for m in MAKERS for row in numbers(m)],
        "contributions": [
            {"manufacturer": m, "quantity": quantity, "input": name,
             "slope": 1e7 * part * (-1) ** k, "standard_error": 4e5, "r_squared": 0.82}
            for m in MAKERS
            for quantity in ("units", "sales_share", "value_so_far_at_odds")
            for k, (name, part) in enumerate(parts)
        ],
    }  # fmt: skip


def quarters(first: int, last: int) -> list[str]:
    return [f"{year}Q{q}" for year in range(first, last + 1) for q in (1, 2, 3, 4)]


def rank() -> dict[str, Any]:
    ahead = ["2000Q4", *quarters(2001, 2002)]
    by = {"without_deals": 0.0, "with_deals": 0.08, "at_odds": 0.03}
    rivals = {"Bran": 0.2, "Oats & Co": 0.05}
    odds = [
        {"rival": r, "scenario": s, "span": span, "period": p, "probability":
         least + more + k / 20 + (0.04 if (s, p) == ("with_deals", "2002Q1") else 0.0)}
        for r, least in rivals.items() for s, more in by.items()
        for span, spans in (("quarter", ahead), ("by", ahead), ("year", ("2000", "2001", "2002")))
        for k, p in enumerate(spans)
    ]  # fmt: skip
    manufacturers = {"Muesli": 1e6, "Bran": 2e6, "Oats & Co": 3e6}
    return {
        "leader": "Muesli", "rivals": list(rivals), "research_firm": "Scales", "until": "2002Q4",
        "history": [{"manufacturer": m, "quarter": q, "units": u} for m, u in manufacturers.items()
                    for q in quarters(1999, 1999)],
        "odds": odds,
        "forecast": [
            {"scenario": s, "manufacturer": m, "quarter": q,
             "quantiles": {name: u * times + 1e6 * more for name, times in QUANTILES.items()}}
            for s, more in by.items() for m, u in manufacturers.items() for q in ahead
        ],
        "points": 16,
    }  # fmt: skip


def ahead() -> dict[str, Any]:
    """Everything that the outlook of a run can hold."""
    return {
        "periods": PERIODS, "discount_rate": 0.1, "launch_cost": 1e6, "decision_period": 3,
        "paths": [entry("Muesli", 1.0, 2), entry("Kasha", 2.0, None)],
        "staged_entry": [option(manufacturer) for manufacturer in MAKERS],
        "listing": {"manufacturer": "Muesli", "years_of_profit": 20.0, "valuation_low": 2e8,
                    "valuation_high": 4e8, "last_year_gain": 1.2e7, "share_of_low": 2.4,
                    "share_of_high": 1.2},
        "draws": ensemble(),
        "world": rank(),
    }  # fmt: skip
