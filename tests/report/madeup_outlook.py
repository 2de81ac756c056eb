"""Made-up quarters to come of two cereal makers, in round numbers."""

from typing import Any

MAKERS, SHOPS = ("Muesli", "Kasha"), ("Grocer", "Mart")
CUTS = {"q5": 0.5, "q25": 0.8, "q50": 1.0, "q75": 1.2, "q95": 1.5}
QUARTERS = 8


def ramp(first: float, step: float, count: int = QUARTERS) -> list[float]:
    return [first + step * q for q in range(count)]


def entry(maker: str, scale: float, break_even: int | None) -> dict[str, Any]:
    cumulative = [scale * (3e6 * q - 5e6) for q in range(1, QUARTERS + 1)]
    return {
        "maker": maker, "carriers": list(SHOPS),
        "units": ramp(200_000 * scale, 1_000), "units_alone": ramp(10_000 * scale, 100),
        "share": ramp(0.05 * scale, 0.001), "share_alone": ramp(0.004, 0.0),
        "installed": ramp(1e6, 2e5, QUARTERS + 1), "installed_alone": ramp(1e6, 1e4, QUARTERS + 1),
        "awareness": {maker: ramp(0.4, 0.01, QUARTERS + 1), "Nobody's": [0.0] * (QUARTERS + 1)},
        "profit": [3e6 * scale] * QUARTERS, "spent": [2e6] + [0.0] * (QUARTERS - 1),
        "cumulative": cumulative, "gross": cumulative[-1] + 2e6, "net": cumulative[-1],
        "break_even": break_even,
        "firms": {maker: {"net": cumulative[-1]}, "Grocer": {"net": 9e6 * scale},
                  "Mart": {"net": 5e6}, "Bran": {"net": -4e6 * scale}},
        "point": 6e5, "campaign": {"quiet": 7e6, "loud": 2.1e7, "point": 4e5}, "residual": 1e-16,
    }  # fmt: skip


def option(maker: str) -> dict[str, Any]:
    return {
        "maker": maker, "carriers": list(SHOPS), "decide": 3, "launch": [0.5, 0.5],
        "launch_cost": 1e6, "value": 8e6, "free": 6e6, "flexibility": 0.0,
        "best": {"": "both carriers", **{f"one carrier > 0 > {k}": "widen" for k in range(3)}},
        "plans": {"out": 0.0, "both": 8e6, "one, then stop": 1e6, "one, then go on": 4e6,
                  "one, then widen": 6e6},
    }  # fmt: skip


def spread(maker: str, what: str, mean: float, **more: Any) -> dict[str, Any]:
    cuts = {cut: mean * times for cut, times in CUTS.items()}
    return {"maker": maker, "what": what, "mean": mean, **cuts} | more


def fans(maker: str, scale: float) -> list[dict[str, Any]]:
    ends = {"units": 2e5, "units alone": 1e4, "share": 0.05, "share alone": 0.004,
            "known": 0.4 / scale, "earned": 4e6, "in all": 1e6, "change of Bran": -9e4}  # fmt: skip
    return [
        spread(maker, what, scale * mean * (q + 1) / QUARTERS, quarter=q)
        for what, mean in ends.items()
        for q in range(QUARTERS)
    ]


def numbers(maker: str) -> list[dict[str, Any]]:
    means = {"gain": 3e6, "launched": 0.6, "begins": 2.0, "stops": 6.0, "multiple": 20.0,
             "value": 2e7, "pays if launched": 0.9, "pays in all": 0.4}  # fmt: skip
    worth = spread(maker, "worth", 5e6) | {"q5": -1e6}
    return [*(spread(maker, what, mean) for what, mean in means.items()), worth]


def ensemble(draws: int = 400) -> dict[str, Any]:
    """Draws of two tastes, an assumption and a quality each; the quality matters most."""
    parts = {"taste habit": 0.02, "known-brand": 0.2, "quality Muesli": 0.1, "quality Kasha": 0.5}
    return {
        "draws": draws, "failed": 0, "failure": None, "seed": 0,
        "levels": [0.05, 0.25, 0.5, 0.75, 0.95],
        "inputs": [
            {"input": "taste habit, taste price", "stated":
             "normal with means (0.0, 0.0) and covariance ((0.04, 0.001), (0.001, 0.25))"},
            {"input": "known-brand", "stated": "triangular from 15.0 over 35.0 to 60.0"},
            {"input": "model-life", "stated": "triangular from 3.0 over 4.0 to 8.0"},
            {"input": "quality Muesli", "stated": "normal with means (0.0,) and covariance "
             "((1.0,),)"},
            {"input": "luck Muesli", "stated": "uniform from 0.0 to 1.0"},
            {"input": "rain", "stated": "1 with probability 0.3, else 0"},
        ],
        "fans": [row for k, m in enumerate(MAKERS) for row in fans(m, 1 + k)],
        "numbers": [row for m in MAKERS for row in numbers(m)],
        "sources": [
            {"maker": m, "what": what, "input": name, "slope": 1e7 * part * (-1) ** k,
             "part": part, "first": part, "error": 0.04, "r_squared": 0.82}
            for m in MAKERS for what in ("units", "share", "earned")
            for k, (name, part) in enumerate(parts.items())
        ],
    }  # fmt: skip


def periods(first: int, last: int) -> list[str]:
    return [f"{year}Q{q}" for year in range(first, last + 1) for q in (1, 2, 3, 4)]


def rank() -> dict[str, Any]:
    ahead = ["2000Q4", *periods(2001, 2002)]
    by = {"without": 0.0, "with": 0.08, "in all": 0.03}
    rivals = {"Bran": 0.2, "Oats & Co": 0.05}
    odds = [
        {"rival": r, "scenario": s, "span": span, "period": p, "probability":
         least + more + k / 20 + (0.04 if (s, p) == ("with", "2002Q1") else 0.0)}
        for r, least in rivals.items() for s, more in by.items()
        for span, spans in (("quarter", ahead), ("by", ahead), ("year", ("2000", "2001", "2002")))
        for k, p in enumerate(spans)
    ]  # fmt: skip
    makers = {"Muesli": 1e6, "Bran": 2e6, "Oats & Co": 3e6}
    return {
        "leader": "Muesli", "rivals": list(rivals), "firm": "Scales", "until": "2002Q4",
        "history": [{"maker": m, "quarter": q, "units": u} for m, u in makers.items()
                    for q in periods(1999, 1999)],
        "odds": odds,
        "fan": [
            {"scenario": s, "maker": m, "quarter": q,
             **{cut: u * times + 1e6 * more for cut, times in CUTS.items()}}
            for s, more in by.items() for m, u in makers.items() for q in ahead
        ],
        "points": 16,
    }  # fmt: skip


def ahead() -> dict[str, Any]:
    """Everything that the outlook of a run can hold."""
    return {
        "quarters": QUARTERS, "rate": 0.1, "launch_cost": 1e6, "decide": 3,
        "entry": [entry("Muesli", 1.0, 2), entry("Kasha", 2.0, None)],
        "widening": [option(maker) for maker in MAKERS],
        "listing": {"maker": "Muesli", "multiple": 20.0, "low": 2e8, "high": 4e8,
                    "last_year": 1.2e7, "of_low": 2.4, "of_high": 1.2},
        "ensemble": ensemble(),
        "rank": rank(),
    }  # fmt: skip
