"""The strategic part of a study: terms of every deal, networks, breakdown, politics, levers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from inroads.conduct.bargaining import TwoPartTariff
from inroads.market.pricing import BargainingTerms
from inroads.market.vertical import equipment_margin, list_price_shares
from inroads.study.bare import number
from inroads.study.breakdown import prospects, timeline
from inroads.study.calibration import Calibrated
from inroads.study.config import Entry, FirmsPart, TalksPart
from inroads.study.firms import Backed, backed
from inroads.study.load import Study
from inroads.study.networks import Progress, networks
from inroads.study.sensitivity import what_terms_hang_on
from inroads.study.stage import Stage, staged
from inroads.study.talks import headline, proof_as_data, talk
from inroads.study.whatifs import levers, politics, pulled

# Of list prices: where the equilibrium of the data is looked for from.
_ELSEWHERE = 1.1


def strategy(study: Study, fitted: Calibrated, progress: Progress) -> dict[str, Any]:
    """What results.json holds of firms and talks; empty without [firms], short without [talks]."""
    config = study.config
    firms = backed(study, fitted.market)
    if firms is None or config.firms is None:
        return {}
    found: dict[str, Any] = {"firms": _firms(study, config.firms, firms)}
    if config.entry is None or config.talks is None:
        return found
    return found | _talks(study, config.entry, config.talks, fitted, firms, progress)


def partners_of(entry: Entry, part: TalksPart) -> tuple[str, ...]:
    """The carriers of the answer: those of the headline that are talked to, or all of them."""
    return tuple(p for p in entry.headline if p in part.carriers) or part.carriers


def _talks(
    study: Study,
    entry: Entry,
    part: TalksPart,
    fitted: Calibrated,
    firms: Backed,
    progress: Progress,
) -> dict[str, Any]:
    stage = staged(study, entry, fitted.market, firms)
    makers = [e.manufacturer for e in entry.entrants]
    partners = partners_of(entry, part)
    cases = [(maker, carrier) for maker in makers for carrier in part.carriers]
    found: dict[str, Any] = {"talks": []}
    for k, (maker, carrier) in enumerate(cases):
        progress("talks", k, len(cases))
        found["talks"].append(talk(stage, maker, carrier))
    found["headline"] = [headline(stage, m, partners, fitted.quality_error) for m in makers]
    found["midrange"] = [
        talk(stage, e.manufacturer, partners[0], midrange=True)
        for e in entry.entrants
        if e.midrange
    ]
    found["terms"] = _other_terms(stage, makers[0], partners[0], firms)
    found["networks"] = networks(stage, partners, progress)
    found["prospects"] = [prospects(study, part, row) for row in found["talks"]]
    found["events"] = timeline(study).to_dict("records")
    found["politics"], found["levers"] = [], []
    tried = levers(study, stage, part)
    for k, maker in enumerate(makers):
        progress("politics", k, len(makers))
        found["politics"] += list(politics(study, stage, part, maker, partners))
    for k, lever in enumerate(tried):
        progress("levers", k, len(tried))
        found["levers"].append(pulled(stage, lever, makers[0], partners))
    found["sensitivity"] = what_terms_hang_on(
        study, fitted, stage, makers[0], partners[0], progress
    )
    return found


def _firms(study: Study, part: FirmsPart, firms: Backed) -> dict[str, Any]:
    """Firms as calibrated, the target that they were calibrated to, checks that were not fitted."""
    sold = part.equipment
    revenue = number(study, sold.revenue, f"equipment revenue of {sold.carrier}")
    target = 1 - number(study, sold.cost, f"equipment cost of {sold.carrier}") / revenue
    return firms.as_data() | {
        "equipment": {
            "carrier": sold.carrier,
            "target": target,
            "fitted": equipment_margin(firms.market, sold.carrier),
        },
        "materials": _materials(study, firms),
        "baseline": _baseline(firms),
    }


def _materials(study: Study, firms: Backed) -> list[dict[str, Any]]:
    """Bills of materials known at the study's date (facts `bom-` and the device's name) beside what
    the devices are implied to cost, in dollars: a bill leaves out licences, assembly, software."""
    costs = firms.market.contracts["production_cost"].groupby(level=0)
    mean, low, high = (
        firms.market.devices["production_cost"].dropna().sort_index(),
        costs.min(),
        costs.max(),
    )
    known = set(study.facts.known["id"])
    rows = []
    for device in mean.index:
        fact = "bom-" + device.lower().replace(" ", "-").replace("+", "-plus")
        if fact in known:
            bill = number(study, f"@{fact}", f"bill of materials of {device}, a check")
            row = {"device": device, "bill": bill, "making": mean[device]}
            rows.append(row | {"low": low[device], "high": high[device]})
    return rows


def _baseline(firms: Backed) -> dict[str, float]:
    """How far the industry of the data, solved from other prices, is from list prices and shares;
    its certificate."""
    market = firms.market
    listed = market.column("price")
    elsewhere = np.where(market.contracts["price_fixed"], listed, _ELSEWHERE * listed)
    settled = replace(market, offers=market.offers.assign(start=elsewhere)).solve()
    assert settled.certificate is not None
    observed = list_price_shares(market)
    return {
        "prices": float(abs(settled.state.prices - listed).max()),
        "shares": float(abs(settled.state.shares - observed).max()),
        **proof_as_data(settled.certificate),
    }


def _other_terms(stage: Stage, maker: str, carrier: str, firms: Backed) -> list[dict[str, Any]]:
    """One deal under other bargaining: who has the power, timing, contract."""
    cases = [
        ("Weight of the carrier as in one pair of ten", BargainingTerms(firms.low)),
        ("Weight of the carrier as in nine pairs of ten", BargainingTerms(firms.high)),
        ("Two-part tariff", BargainingTerms(firms.central, contract=TwoPartTariff())),
        ("Carriers answer wholesale prices", BargainingTerms(firms.central, timing="sequential")),
        (
            "Carriers answer, two-part tariff",
            BargainingTerms(firms.central, contract=TwoPartTariff(), timing="sequential"),
        ),
    ]
    rows = [{"label": "As above", "power": firms.central} | talk(stage, maker, carrier)]
    for label, terms in cases:
        row = talk(stage, maker, carrier, terms=terms)
        rows.append({"label": label, "power": terms.power} | row)
    return rows
