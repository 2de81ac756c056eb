"""Made-up past launches; not about any real market."""

import math
from typing import Any


def quantiles(center: float, spread: float) -> dict[str, float]:
    z = {"p5": -1.645, "p25": -0.674, "p50": 0.0, "p75": 0.674, "p95": 1.645}
    return {name: center * math.exp(spread * x) for name, x in z.items()}


def figure(launch: str, predicted: float, happened: float, **more: Any) -> dict[str, Any]:
    row = {
        "launch": launch, "manufacturer": launch, "channels": ["Grocer"], "measure": "units",
        "months": 3.0, "predicted": predicted, "prediction_error": 0.8, "happened": happened,
        "bound": "none", "report_error": 0.3, "log_ratio": math.log(happened / predicted),
        "quantiles": quantiles(predicted, 1.2), "below": 0.4, "units": happened,
        "published": "2000-11", "source": "Grocery Week", "url": "https://example.org/oats",
        "quote": "it sold", "note": "",
    }  # fmt: skip
    return row | more


def past_launches() -> dict[str, Any]:
    """Six numbers and a bound; one entrant above all of them."""
    figures = [
        figure("Groats", 20_000.0, 31_000.0),
        figure("Groats", 0.02, 0.01, measure="share_of_channel", units=25_000.0),
        figure("Spelt", 9_000.0, 4_000.0, channels=[]),
        figure("Teff", 0.01, 0.03, measure="share_of_market", channels=[], units=61_000.0),
        figure("Rye & Sons", 15_000.0, 14_000.0, url=""),
        figure("Millet", 0.001, 0.02, measure="share_of_members", bound="upper", units=9_000.0),
        figure("Fonio", 8_000.0, 5_000.0, months=1.0, units=15_000.0),
    ]
    coverage = [
        {"level": level, "inside": inside, "count": 6, "low": 0.2, "high": 0.95}
        for level, inside in ((0.5, 3), (0.8, 5), (0.9, 6))
    ]
    population = {
        "mean": -0.2, "mean_error": 0.4, "spread": 0.7, "spread_error": 0.3, "launches": 6,
        "channel_spread": 0.8, "channel_spread_error": 0.2, "spread_drawn": 0.76,
        "channel_spread_drawn": 0.82,
        "numbers": 6, "bounds": 1, "uniformity": 0.43, "coverage": coverage,
        "factor": quantiles(0.8, 0.8),
    }  # fmt: skip
    forecasts = [
        {
            "manufacturer": name, "partners": ["Grocer", "Mart"], "units": units,
            "units_before": 1.2 * units, "units_at_channels_prices": 2 * units,
            "quantiles": quantiles(units, 0.9),
            "above_every_launch": above,
        }
        for name, units, above in (("Muesli", 146_000.0, ["Grocer"]), ("Kasha", 117_000.0, []))
    ]  # fmt: skip
    return {"figures": figures, "population": population, "forecasts": forecasts}
