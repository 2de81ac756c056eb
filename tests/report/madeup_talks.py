"""Made-up talks of two cereal makers with two grocers, in round numbers."""

from typing import Any

PROOF = {"residual": 1e-14, "curvature": -0.2, "best_deviation": -1e-7}
MAKERS, SHOPS = ("Muesli", "Kasha"), ("Grocer", "Mart")
PRICES = {"making": 2_000.0, "lowest": 1_800.0, "wholesale": 2_500.0, "highest": 4_000.0}


def deal(maker: str, carrier: str, gain: float, **more: Any) -> dict[str, Any]:
    """A negotiation that is worth `gain` to the maker and twice that to the grocer."""
    return {
        "maker": maker, "carrier": carrier, "beside": {}, "midrange": False,
        "units": 100_000.0, "units_elsewhere": 20_000.0, "units_alone": 10_000.0,
        "joint": 3 * gain, "maker_gain": gain, "carrier_gain": 2 * gain,
        "maker_threat": 5e5, "carrier_threat": -7e6, "fee": 0.0, **PRICES,
        "price": 2_200.0, "list_price": 3_000.0, "maker_value": gain, "carrier_value": 2 * gain,
        "lost": {"Oats & Co": -60_000.0, "Bran": -30_000.0}, "shelves": shelves(),
        "consumer_surplus_change": 4e5, "certified": PROOF, "certified_alone": PROOF,
    } | more  # fmt: skip


def shelves() -> dict[str, Any]:
    return {
        shop: {"price": 1.5 - k, "units": -40_000.0, "profit": 3e6}
        for k, shop in enumerate((*SHOPS, "Corner"))
    }


def ahead(maker: str, carrier: str, state: str) -> dict[str, Any]:
    history = [{"date": "2001-01-02", "state": state}] if state != "none" else []
    return {
        "maker": maker, "carrier": carrier, "state": state,
        "since": history[-1]["date"] if history else None, "event": None, "history": history,
        "probability": 0.5, "value": 8e6, "worth": 3e6, "carrier_worth": 6e6, "break_even": 0.6,
        "political": 0.2, "political_low": 0.1, "political_high": 0.4, "launch_cost": 1e6,
        "on_sale": 4.0,
    }  # fmt: skip


def headline(maker: str, units: float, low: float, high: float) -> dict[str, Any]:
    return {
        "maker": maker, "partners": list(SHOPS), "units": units, "units_alone": units / 10,
        "multiple": 10.0, "share": 0.08, "market_change": -500.0, "maker_gain": 4e6,
        "lost": {"Oats & Co": -0.5 * units, "Bran": -0.3 * units}, "shelves": shelves(),
        "consumer_surplus_change": 9e5, "certified": PROOF, "low": low, "high": high,
    }  # fmt: skip


def swing(name: str, side: str, at: float, unit: str, joint: float, worth: float) -> Any:
    return {
        "assumption": name, "side": side, "at": at, "central": 35.0, "unit": unit, "reason": "",
        "joint": joint, **PRICES, "wholesale": 2_500.0 + joint / 1e5,
        "maker_gain": joint / 3, "carrier_gain": 2 * joint / 3, "units": joint / 30,
        "price": 2_200.0, "certified": PROOF, "probability": 0.5, "worth": worth,
        "break_even": 0.6,
    }  # fmt: skip


def firms() -> dict[str, Any]:
    return {
        "scale": 0.2,
        "carriers": [
            {"carrier": c, "subscriber": 900.0, "prepaid": 100.0, "equipment_margin": m}
            for c, m in zip(SHOPS, (-0.25, -0.05), strict=True)
        ],
        "makers": [{"maker": "Bran", "margin": 0.3}],
        "offers": [], "power": {"central": 0.66, "low": 0.5, "high": 0.7},
        "pairs": [{"maker": "Bran", "carrier": c, "maker gain": 1.0, "carrier gain": 2.0,
                   "power": 0.66, "units": 10.0} for c in SHOPS],
        "equipment": {"carrier": "Grocer", "target": -0.25, "fitted": -0.25},
        "materials": [{"device": "Flakes", "bill": 1.5, "making": 2.0, "low": 1.8, "high": 2.4}],
        "baseline": {"prices": 1e-13, "shares": 1e-16, **PROOF},
    }  # fmt: skip


def networks() -> dict[str, Any]:
    pairs = [(m, s) for m in MAKERS for s in SHOPS]
    names = [f"{m}-{s}" for m, s in pairs]
    kept = [pair for pair in pairs if pair != ("Kasha", "Mart")]
    terms = [
        {"deal": f"{m}-{s}", "maker": m, "carrier": s, "units": 90_000.0, "wholesale": 2_600.0,
         "price": 2_300.0, "maker_gain": 9e5, "carrier_gain": 1.8e6} for m, s in kept
    ]  # fmt: skip
    stable = [t["deal"] for t in terms]
    row = {"profits": {}, "consumer_surplus": 1e6, "certified": PROOF}
    return {
        "pairs": [
            {"deal": n, "maker": m, "carrier": s} for n, (m, s) in zip(names, pairs, strict=True)
        ],
        "rows": [row | {"deals": [], "undone_by": "make Muesli-Grocer", "terms": []},
                 row | {"deals": stable, "undone_by": "nothing", "terms": terms}],
        "stable": [stable],
        "effects": [
            {"deal": a, "beside": b, "alone": 1e6, "together": 1e6 - 2e5 * (1 + (a[0] != b[0]))}
            for a in names for b in names if a != b
        ],
        "exclusive": [{"maker": m, "carrier": s, "carrier_gain": 1e5, "maker_loss": 3e5,
                       "pays": False} for m, s in pairs],
    }  # fmt: skip


def intervention(maker: str, name: str, label: str, loss: float, rate: float = 0.0) -> Any:
    tariff = {"base": "customs value", "payer": "maker", "rate": rate} if rate else None
    return {
        "maker": maker, "name": name, "label": label, "tariff": tariff, "units": 90_000.0,
        "units_before": 120_000.0, "maker_profit_change": -loss, "rivals_profit_change": loss / 2,
        "carriers_profit_change": -loss, "consumer_surplus_change": -loss / 4,
        "tariff_revenue": loss / 3 if rate else 0.0, "welfare_change": -loss,
        "certified": PROOF,
    }  # fmt: skip


def strategic() -> dict[str, Any]:
    """Everything that the strategic part of a run can hold."""
    gains = {("Muesli", "Grocer"): 1e6, ("Muesli", "Mart"): 2e6, ("Kasha", "Grocer"): 3e6}
    pairs = [(m, s) for m in MAKERS for s in SHOPS]
    talks = [deal(m, s, gains.get((m, s), 4e6)) for m, s in pairs]
    levers = [("as-is", "As it is", 10.0), ("cash", "Everyone pays cash", 8.0),
              ("no-subsidy", "Subsidies vanish", 3.0)]  # fmt: skip
    return {
        "firms": firms(),
        "talks": talks,
        "headline": [
            headline("Muesli", 250_000.0, 200_000.0, 300_000.0),
            headline("Kasha", 180_000.0, 50_000.0, 400_000.0),
        ],
        "midrange": [deal("Muesli", "Grocer", 3e6, midrange=True, units=222_000.0)],
        "terms": [
            deal("Muesli", "Grocer", 1e6) | {"label": "As above", "power": 0.66},
            deal("Muesli", "Grocer", 1e6, fee=5e5) | {"label": "Two-part tariff", "power": 0.66},
        ],
        "networks": networks(),
        "prospects": [ahead(m, s, "talks" if m == "Muesli" else "none") for m, s in pairs],
        "events": [
            {"date": "2001-01-02", "maker": "Muesli", "channel": "Grocer", "state": "talks",
             "event": "they met", "published": "2001-01-03", "source": "Grocery Week",
             "url": "https://example.org/oats", "quote": "they met"},
        ],
        "politics": [
            intervention("Muesli", "tariff-muesli", "10% tariff on Muesli's boxes, on customs "
                         "value, paid by the maker", 4e5, 0.1),
            intervention("Muesli", "barred-carriers", "Muesli barred from grocers", 2e6),
        ],
        "levers": [
            {"maker": "Muesli", "lever": name, "label": label, "units": 250_000.0,
             "units_alone": 250_000.0 / times, "multiple": times, "price": 2_200.0,
             "wholesale": 2_500.0, "maker_gain": 4e6, "certified": PROOF,
             "certified_alone": PROOF} for name, label, times in levers
        ],
        "sensitivity": [
            swing("known-brand", "low", 15.0, "percent", 1e6, 1e6),
            swing("known-brand", "high", 60.0, "percent", 6e6, 5e6),
            swing("hazard", "low", 0.1, "probability per week", 3e6, 4e6),
            swing("hazard", "high", 0.4, "probability per week", 3e6, 2e6),
            swing("quality-of-devices-without-sales", "low", -1.0, "standard errors", 2e6, 2e6),
            swing("quality-of-devices-without-sales", "high", 1.0, "standard errors", 4e6, 4e6),
        ],
    }  # fmt: skip
