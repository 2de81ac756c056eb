"""Made-up negotiations of two cereal makers with two grocers, in round numbers."""

from typing import Any

PROOF = {"residual": 1e-14, "curvature": -0.2, "best_deviation": -1e-7}
MAKERS, SHOPS = ("Muesli", "Kasha"), ("Grocer", "Mart")
PRICES = {
    "lowest_wholesale_price": 1_800.0,
    "wholesale_price": 2_500.0,
    "highest_wholesale_price": 4_000.0,
}


def deal(manufacturer: str, channel: str, gain: float, **more: Any) -> dict[str, Any]:
    """A negotiation that is worth `gain` to the maker and twice that to the grocer."""
    return {
        "manufacturer": manufacturer, "channel": channel, "other_deals": {}, "full_range": False,
        "units": 100_000.0, "units_elsewhere": 20_000.0, "units_without_deal": 10_000.0,
        "joint_surplus": 3 * gain, "manufacturer_gain": gain, "channel_gain": 2 * gain,
        "manufacturer_disagreement_profit": 5e5, "channel_disagreement_profit": -7e6,
        "fixed_fee": 0.0, **PRICES, "production_cost": 2_000.0,
        "retail_price": 2_200.0, "list_price": 3_000.0, "manufacturer_profit_change": gain,
        "channel_profit_change": 2 * gain,
        "rival_units_change": {"Oats & Co": -60_000.0, "Bran": -30_000.0},
        "channel_responses": responses(), "consumer_surplus_change": 4e5, "certificate": PROOF,
        "certificate_without_deal": PROOF,
    } | more  # fmt: skip


def responses() -> dict[str, Any]:
    return {
        shop: {"price_change": 1.5 - k, "units_change": -40_000.0, "profit_change": 3e6}
        for k, shop in enumerate((*SHOPS, "Corner"))
    }


def ahead(manufacturer: str, channel: str, state: str) -> dict[str, Any]:
    history = [{"date": "2001-01-02", "state": state}] if state != "none" else []
    return {
        "manufacturer": manufacturer, "channel": channel, "state": state,
        "since": history[-1]["date"] if history else None, "event": None, "history": history,
        "launch_probability": 0.5, "value_if_launched": 8e6, "expected_value": 3e6,
        "channel_expected_value": 6e6, "break_even_hazard": 0.6, "political_hazard": 0.2,
        "political_hazard_low": 0.1, "political_hazard_high": 0.4, "launch_cost": 1e6,
        "periods_on_sale": 4.0, "worth_periods": 4.0,
    }  # fmt: skip


def headline(manufacturer: str, units: float, low: float, high: float) -> dict[str, Any]:
    return {
        "manufacturer": manufacturer, "partners": list(SHOPS), "units": units,
        "units_without_deals": units / 10, "multiple": 10.0, "share": 0.08,
        "market_units_change": -500.0, "manufacturer_gain": 4e6,
        "rival_units_change": {"Oats & Co": -0.5 * units, "Bran": -0.3 * units},
        "channel_responses": responses(), "consumer_surplus_change": 9e5, "certificate": PROOF,
        "units_low": low, "units_high": high,
    }  # fmt: skip


def swing(
    name: str | None, unit: str, ends: tuple[float, float], joint: tuple[float, float],
    worth: tuple[float, float],
) -> dict[str, Any]:  # fmt: skip
    low, high = (at_end(*end) for end in zip(ends, joint, worth, strict=True))
    about = {"assumption": name, "unit": unit, "central": 35.0, "reason": ""}
    return about | {"low": low, "high": high}


def at_end(value: float, joint: float, worth: float) -> dict[str, Any]:
    return {
        "value": value, "joint_surplus": joint, **PRICES, "wholesale_price": 2_500.0 + joint / 1e5,
        "manufacturer_gain": joint / 3, "channel_gain": 2 * joint / 3, "units": joint / 30,
        "retail_price": 2_200.0, "certificate": PROOF, "launch_probability": 0.5,
        "expected_value": worth, "break_even_hazard": 0.6,
    }  # fmt: skip


def firms() -> dict[str, Any]:
    return {
        "member_value_scale": 0.2,
        "channels": [
            {"channel": c, "member_value": 900.0, "cash_member_value": 100.0, "margin": m}
            for c, m in zip(SHOPS, (-0.25, -0.05), strict=True)
        ],
        "manufacturers": [{"manufacturer": "Bran", "margin": 0.3}],
        "offers": [], "channel_weight": {"central": 0.66, "low": 0.5, "high": 0.7},
        "pairs": [{"manufacturer": "Bran", "channel": c, "manufacturer_gain": 1.0,
                   "channel_gain": 2.0, "channel_weight": 0.66, "units": 10.0} for c in SHOPS],
        "margin_target": {"channel": "Grocer", "target": -0.25, "fitted": -0.25},
        "materials": [{"product": "Flakes", "bill": 1.5, "production_cost": 2.0, "low": 1.8,
                       "high": 2.4}],
        "baseline": {"price_gap": 1e-13, "share_gap": 1e-16, "certificate": PROOF},
    }  # fmt: skip


def pair(manufacturer: str, channel: str) -> dict[str, str]:
    return {"manufacturer": manufacturer, "channel": channel}


def networks() -> dict[str, Any]:
    pairs = [(m, s) for m in MAKERS for s in SHOPS]
    kept = [p for p in pairs if p != ("Kasha", "Mart")]
    terms = [
        {"manufacturer": m, "channel": s, "units": 90_000.0, "wholesale_price": 2_600.0,
         "retail_price": 2_300.0, "manufacturer_gain": 9e5, "channel_gain": 1.8e6} for m, s in kept
    ]  # fmt: skip
    stable = [pair(*p) for p in kept]
    row = {"profits": {}, "consumer_surplus": 1e6, "certificate": PROOF}
    first = {"kind": "form", "deal": pair("Muesli", "Grocer")}
    return {
        "deals": [pair(*p) for p in pairs],
        "networks": [row | {"deals": [], "blocked_by": first, "terms": []},
                     row | {"deals": stable, "blocked_by": None, "terms": terms}],
        "stable": [stable],
        "effects": [
            {"deal": pair(*a), "beside": pair(*b), "gain_alone": 1e6,
             "gain_together": 1e6 - 2e5 * (1 + (a[0] != b[0]))}
            for a in pairs for b in pairs if a != b
        ],
    }  # fmt: skip


def every_channel() -> list[dict[str, Any]]:
    """Both makers would sell through both shops; Muesli's lose by it together."""

    def one(m: str, chosen: list[str], gain: float, each: float) -> dict[str, Any]:
        return {"channels": chosen, "is_stable": len(chosen) == 2, "manufacturer_change": gain,
                "channel_changes": {s: each if s in chosen or len(chosen) > 1 else -8e5
                                    for s in SHOPS},
                "consumer_surplus_change": gain}  # fmt: skip

    rows = []
    for m, each in (("Muesli", -2e5), ("Kasha", 4e5)):
        sets = [one(m, [], 0.0, 0.0), *(one(m, [s], 5e5, 3e5) for s in SHOPS),
                one(m, list(SHOPS), 9e5, each)]  # fmt: skip
        sets[0]["channel_changes"] = dict.fromkeys(SHOPS, 0.0)
        rows.append({
            "manufacturer": m, "sets": sets,
            "exclusivity": [
                {"channel": s, "from_open_channel": barred, "alternative": list(SHOPS),
                 "channel_gain": 5e5 if s == SHOPS[0] and not barred else 1e5,
                 "manufacturer_loss": 4e5}
                for s in SHOPS for barred in (False, True)
            ],
            "keeping_out": [
                {"rival": other, "channel": s, "rival_loss": 9e5 if s == SHOPS[1] else 7e5,
                 "manufacturer_gain": 5e5, "channel_gain": 3e5}
                for s in SHOPS for other in SHOPS if other != s
            ],
        })  # fmt: skip
    beside = {"manufacturer": "Kasha", "other_deals": {"Muesli": list(SHOPS)},
              "sets": rows[1]["sets"]}  # fmt: skip
    return [*rows, beside]


def intervention(manufacturer: str, kind: str, loss: float, rate: float = 0.0) -> dict[str, Any]:
    tariff = {"payer": "manufacturer", "rate": rate, "manufacturers": [manufacturer]}
    return {
        "manufacturer": manufacturer, "kind": kind, "tariff": tariff if rate else None,
        "units": 90_000.0, "units_before": 120_000.0, "manufacturer_profit_change": -loss,
        "rivals_profit_change": loss / 2, "channels_profit_change": -loss,
        "consumer_surplus_change": -loss / 4, "tariff_revenue": loss / 3 if rate else 0.0,
        "welfare_change": -loss, "certificate": PROOF,
    }  # fmt: skip


def strategic() -> dict[str, Any]:
    """Everything that negotiations of a run can hold."""
    gains = {("Muesli", "Grocer"): 1e6, ("Muesli", "Mart"): 2e6, ("Kasha", "Grocer"): 3e6}
    pairs = [(m, s) for m in MAKERS for s in SHOPS]
    levers = [("none", 10.0), ("no_financing", 8.0), ("no_member_value", 3.0)]
    first = deal("Muesli", "Grocer", 1e6)
    return {
        "negotiations": [deal(m, s, gains.get((m, s), 4e6)) for m, s in pairs],
        "entrants": [
            headline("Muesli", 250_000.0, 200_000.0, 300_000.0),
            headline("Kasha", 180_000.0, 50_000.0, 400_000.0),
        ],
        "full_range": [deal("Muesli", "Grocer", 3e6, full_range=True, units=222_000.0)],
        "terms": [
            {"variant": "central", "channel_weight": 0.66, "negotiation": first},
            {"variant": "two_part", "channel_weight": 0.66,
             "negotiation": first | {"fixed_fee": 5e5}},
        ],
        "networks": networks(),
        "every_channel": every_channel(),
        "prospects": [ahead(m, s, "talks" if m == "Muesli" else "none") for m, s in pairs],
        "events": [
            {"date": "2001-01-02", "manufacturer": "Muesli", "channel": "Grocer", "state": "talks",
             "event": "they met", "published": "2001-01-03", "source": "Grocery Week",
             "url": "https://example.org/oats", "quote": "they met"},
        ],
        "interventions": [
            intervention("Muesli", "tariff_on_entrant", 4e5, 0.1),
            intervention("Muesli", "barred_from_channels", 2e6),
        ],
        "levers": [
            {"manufacturer": "Muesli", "kind": kind, "units": 250_000.0,
             "units_without_deals": 250_000.0 / times, "multiple": times, "retail_price": 2_200.0,
             "wholesale_price": 2_500.0, "manufacturer_gain": 4e6, "certificate": PROOF,
             "certificate_without_deals": PROOF} for kind, times in levers
        ],
        "swings": [
            swing("known-brand", "percent", (15.0, 60.0), (1e6, 6e6), (1e6, 5e6)),
            swing("hazard", "probability per week", (0.1, 0.4), (3e6, 3e6), (4e6, 2e6)),
            swing(None, "standard errors", (-1.0, 1.0), (2e6, 4e6), (2e6, 4e6)),
        ],
    }  # fmt: skip
