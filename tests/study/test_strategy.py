"""The strategic part of the shipped study: terms, networks, politics, what it hangs on."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from inroads.report.charts import CHARTS, title_of
from inroads.report.deals import reach, term_swings
from inroads.report.page import render
from inroads.report.reading import swings
from inroads.study.load import Study
from inroads.study.results import Results

PAIRS = [
    (maker, carrier)
    for maker in ("Huawei", "Xiaomi")
    for carrier in ("AT&T", "Verizon", "T-Mobile", "Sprint")
]
PROOF = {"residual", "curvature", "best_deviation"}
TALK = {
    *("maker", "carrier", "beside", "midrange", "units", "units_elsewhere", "units_alone"),
    *("joint", "maker_gain", "carrier_gain", "maker_threat", "carrier_threat", "fee"),
    *("wholesale", "lowest", "highest", "making", "price", "list_price"),
    *("maker_value", "carrier_value", "lost", "shelves", "consumer_surplus_change"),
    *("certified", "certified_alone"),
}
#: what rows of each list hold
SCHEMA = {
    "talks": TALK,
    "midrange": TALK,
    "terms": TALK | {"label", "power"},
    "headline": {
        *("maker", "partners", "units", "units_alone", "multiple", "share", "market_change"),
        *("maker_gain", "lost", "shelves", "consumer_surplus_change", "certified"),
        *("low", "high"),
    },
    "prospects": {
        *("maker", "carrier", "state", "since", "event", "source", "history", "probability"),
        *("value", "worth", "carrier_worth", "break_even", "political", "political_low"),
        *("political_high", "launch_cost", "on_sale"),
    },
    "politics": {
        *("maker", "name", "label", "tariff", "units", "units_before", "maker_profit_change"),
        *("rivals_profit_change", "carriers_profit_change", "consumer_surplus_change"),
        *("tariff_revenue", "welfare_change", "certified"),
    },
    "levers": {
        *("maker", "lever", "label", "units", "units_alone", "multiple", "price", "wholesale"),
        *("maker_gain", "certified", "certified_alone"),
    },
    "sensitivity": {
        *("assumption", "side", "at", "central", "unit", "reason", "joint", "wholesale", "lowest"),
        *("highest", "maker_gain", "carrier_gain", "units", "price", "certified", "probability"),
        *("worth", "break_even"),
    },
}


@pytest.fixture(scope="session")
def found(us_results: Results) -> dict[str, Any]:
    return dict(us_results.data["strategy"])


def proofs(part: Any) -> Iterator[dict[str, float]]:
    """Every certificate in the results."""
    if isinstance(part, dict):
        if part.keys() >= PROOF:
            yield part
        for value in part.values():
            yield from proofs(value)
    elif isinstance(part, list):
        for value in part:
            yield from proofs(value)


def by(rows: list[dict[str, Any]], *keys: str) -> dict[Any, dict[str, Any]]:
    return {tuple(row[k] for k in keys) if len(keys) > 1 else row[keys[0]]: row for row in rows}


# What results.json holds ------------------------------------------------------------------------


def test_schema(found: dict[str, Any]) -> None:
    for name, keys in SCHEMA.items():
        assert found[name], name
        for row in found[name]:
            assert set(row) - {"source"} == keys - {"source"}, name
    assert set(found) == SCHEMA.keys() | {"firms", "networks", "events"}
    assert [(t["maker"], t["carrier"]) for t in found["talks"]] == PAIRS
    assert len(found["networks"]["rows"]) == 2 ** len(found["networks"]["pairs"]) == 16


def test_with_firms_the_data_are_an_equilibrium(found: dict[str, Any]) -> None:
    """Solved from prices a tenth away, the industry returns to list prices and shares."""
    baseline = found["firms"]["baseline"]
    assert baseline["prices"] <= 1e-8
    assert baseline["shares"] <= 1e-8
    sold = found["firms"]["equipment"]
    assert sold["fitted"] == pytest.approx(sold["target"], abs=1e-10)


def test_every_equilibrium_is_certified(found: dict[str, Any]) -> None:
    every = list(proofs(found))
    # Talks, the same under other terms, networks, politics, levers, sensitivities, the baseline.
    assert len(every) > 90
    assert max(p["curvature"] for p in every) < 0
    assert max(p["best_deviation"] for p in every) <= 1e-9
    assert max(p["residual"] for p in every) <= 1e-11
    for name in SCHEMA.keys() - {"prospects"}:
        assert all(any(True for _ in proofs(row)) for row in found[name]), name
    assert all(any(True for _ in proofs(row)) for row in found["networks"]["rows"])


# Terms ------------------------------------------------------------------------------------------


def test_gains_share_out_the_joint_surplus(found: dict[str, Any]) -> None:
    for t in [*found["talks"], *found["midrange"], *found["terms"]]:
        assert t["maker_gain"] + t["carrier_gain"] == pytest.approx(t["joint"], rel=1e-9)
        if not t["fee"]:
            assert (t["wholesale"] - t["lowest"]) * t["units"] == pytest.approx(t["maker_gain"])
            assert (t["highest"] - t["wholesale"]) * t["units"] == pytest.approx(t["carrier_gain"])
    power = found["firms"]["power"]["central"]
    for t in [*found["talks"], *found["midrange"]]:
        # Linear prices, retail prices held: the carrier's part is its weight.
        assert t["carrier_gain"] / t["joint"] == pytest.approx(power, rel=1e-6)


def test_other_terms(found: dict[str, Any]) -> None:
    rows = by(found["terms"], "label")
    as_is = rows["As above"]
    weak, strong = (rows[f"Weight of the carrier as in {n} of ten"]
                    for n in ("one pair", "nine pairs"))  # fmt: skip
    assert weak["wholesale"] > as_is["wholesale"] > strong["wholesale"]
    assert weak["carrier_gain"] < as_is["carrier_gain"] < strong["carrier_gain"]
    fee = rows["Two-part tariff"]
    assert fee["wholesale"] == pytest.approx(fee["making"])
    assert fee["fee"] > 0
    # No markup on a markup: cheaper, more units, more to share.
    assert fee["price"] < as_is["price"]
    assert fee["units"] > as_is["units"]
    assert fee["joint"] > as_is["joint"]


def test_mid_range_devices_add_to_a_deal(found: dict[str, Any]) -> None:
    talks = by(found["talks"], "maker", "carrier")
    for both in found["midrange"]:
        flagships = talks[both["maker"], both["carrier"]]
        for key in ("units", "units_alone", "joint", "consumer_surplus_change"):
            assert both[key] > flagships[key], key
        assert both["price"] < flagships["price"]


def test_the_headline_is_the_lever_not_pulled(found: dict[str, Any]) -> None:
    rows, levers = by(found["headline"], "maker"), by(found["levers"], "lever")
    as_is = levers["as-is"]
    for key in ("units", "units_alone", "multiple", "maker_gain"):
        assert as_is[key] == pytest.approx(rows["Huawei"][key], rel=1e-12)
    for row in found["politics"]:
        assert row["units_before"] == pytest.approx(rows[row["maker"]]["units"], rel=1e-12)


def test_what_entrants_gain_others_lose(found: dict[str, Any]) -> None:
    for h in found["headline"]:
        gain = h["units"] - h["units_alone"]
        assert gain + sum(h["lost"].values()) == pytest.approx(h["market_change"], abs=1.0)
        assert all(change < 0 for change in h["lost"].values())
        assert h["low"] < h["units"] < h["high"]
        partners = set(h["partners"])
        assert all((s["profit"] > 0) == (shop in partners) for shop, s in h["shelves"].items())


def test_carriers_prices_add_to_the_sales_at_list_prices(
    found: dict[str, Any], us_results: Results
) -> None:
    listed = {s["name"]: s for s in us_results.data["scenarios"]}
    for h in found["headline"]:
        name = f"{h['maker'].lower()}-with-att-and-verizon"
        at_list = listed[name]["entrants"][h["maker"]]
        assert at_list["units"] < h["units"]
        # Prices in the open channel stand: without partners the two are nearly one number.
        before = at_list["units"] / at_list["multiple"]
        assert before == pytest.approx(h["units_alone"], rel=2e-3)


# Networks ---------------------------------------------------------------------------------------


def test_stable_networks_are_those_that_nobody_leaves(found: dict[str, Any]) -> None:
    """By the definition, from profits of all networks."""
    nets = found["networks"]
    rows = {frozenset(row["deals"]): row for row in nets["rows"]}
    ends = {p["deal"]: (p["maker"], p["carrier"]) for p in nets["pairs"]}

    def holds(deals: frozenset[str]) -> bool:
        here = rows[deals]["profits"]
        for deal, firms in ends.items():
            there = rows[deals ^ {deal}]["profits"]
            gains = [there[f] - here[f] > 1e-9 * abs(here[f]) for f in firms]
            if any(gains) if deal in deals else all(gains):
                return False
        return True

    assert [sorted(d) for d in rows if holds(d)] == [sorted(d) for d in nets["stable"]]
    for row in nets["rows"]:
        assert (row["undone_by"] == "nothing") == (row["deals"] in nets["stable"])


def test_deals_are_substitutes(found: dict[str, Any]) -> None:
    for e in found["networks"]["effects"]:
        assert 0 < e["together"] < e["alone"]
    assert "takes 20 percent off" in title_of(CHARTS["effects"]({"strategy": found, "study": {}}))


def test_a_deal_brings_no_more_than_it_says(found: dict[str, Any]) -> None:
    """Without a deal with a carrier of another network, devices do not work there."""
    rows = {frozenset(row["deals"]): row for row in found["networks"]["rows"]}
    none = rows[frozenset()]["profits"]["Huawei"]
    # The other entrant, on sale unlocked, takes little.
    threat = by(found["talks"], "maker", "carrier")["Huawei", "AT&T"]["maker_threat"]
    assert none == pytest.approx(threat, rel=0.05)


# Politics and levers ----------------------------------------------------------------------------


def test_politics(found: dict[str, Any], us: Study) -> None:
    talks = us.config.talks
    assert talks is not None
    rate = us.at(us.as_of).facts.resolve(talks.tariff, "a test").value
    for row in found["politics"]:
        assert row["units"] < row["units_before"]
        assert row["maker_profit_change"] < 0
        assert row["consumer_surplus_change"] < 0
        parts = ("maker", "rivals", "carriers")
        profits = sum(row[f"{who}_profit_change"] for who in parts)
        together = profits + row["consumer_surplus_change"] + row["tariff_revenue"]
        assert row["welfare_change"] == pytest.approx(together, rel=1e-9)
        if row["tariff"]:
            assert row["tariff"]["base"] == "customs value"
            assert row["tariff"]["rate"] == rate
            assert f"{rate:.0%}" in row["label"]
            assert row["tariff_revenue"] > 0
        else:
            assert row["tariff_revenue"] == 0
    rows = by(found["politics"], "maker", "name")
    for maker in ("Huawei", "Xiaomi"):
        assert rows[maker, "banned"]["units"] == 0
        worse = ("tariff-" + maker.lower(), "without-verizon", "barred-carriers", "banned")
        lost = [-rows[maker, name]["maker_profit_change"] for name in worse]
        assert sorted(lost) == lost
        # A tariff on one maker helps the others; a tariff on most of them does not.
        assert rows[maker, worse[0]]["rivals_profit_change"] > 0
        assert rows[maker, "tariff-china"]["rivals_profit_change"] < 0


def test_a_tariff_is_a_tenth_of_what_its_phones_cost(found: dict[str, Any]) -> None:
    row = by(found["politics"], "maker", "name")["Huawei", "tariff-huawei"]
    making = by(found["talks"], "maker", "carrier")["Huawei", "AT&T"]["making"]
    # Some of its phones are cheaper than its flagship.
    assert 0.8 * making < row["tariff_revenue"] / row["units"] / 0.1 <= making


def test_levers(found: dict[str, Any]) -> None:
    levers = by(found["levers"], "lever")
    times = {name: row["multiple"] for name, row in levers.items()}
    assert times["no-subsidy"] < times["cash"] < times["as-is"] < times["longer"] < times["subsidy"]
    assert times["down"] < times["as-is"]
    # Whatever is pulled, carriers are a foothold.
    assert min(times.values()) > 5
    # Less credit sells fewer through carriers and more unlocked.
    for name in ("cash", "down"):
        assert levers[name]["units"] < levers["as-is"]["units"]
        assert levers[name]["units_alone"] > levers["as-is"]["units_alone"]
    prices = [levers[n]["price"] for n in ("subsidy", "cash", "as-is", "longer", "no-subsidy")]
    assert sorted(prices) == prices


# What it hangs on -------------------------------------------------------------------------------

#: what rises (+1), falls (-1) or stays (0) as an assumption goes from its low to its high
MOVES = {
    "awareness-campaign": {"joint": 1, "maker_gain": 1, "units": 1, "worth": 1},
    "maker-margin": {"joint": 1, "wholesale": -1, "price": -1, "worth": 1},
    "open-channel-fee": {"joint": 1, "wholesale": -1, "price": -1, "worth": 1},
    "political-hazard": {"joint": 0, "wholesale": 0, "probability": -1, "worth": -1},
    "talks-hazard": {"joint": 0, "probability": -1, "worth": -1, "break_even": -1},
    "launch-cost": {"joint": 0, "probability": 0, "worth": -1, "break_even": -1},
    "quarters-on-sale": {"joint": 0, "probability": 0, "worth": 1, "break_even": 1},
    "quality-of-devices-without-sales": {"joint": 1, "units": 1, "worth": 1},
}


def test_every_assumption_of_the_talks_moves_them_the_right_way(
    us: Study, us_results: Results
) -> None:
    assert us.config.talks is not None
    found = {s["assumption"]: s for s in term_swings(us_results.data)}
    assert list(found) == [*us.config.talks.vary, "quality-of-devices-without-sales"] == list(MOVES)
    for name, moves in MOVES.items():
        low, high = found[name]["sides"]["low"], found[name]["sides"]["high"]
        assert low["at"] < high["at"]
        for metric, sign in moves.items():
            change = high[metric] - low[metric]
            if sign:
                assert sign * change > 0, (name, metric)
            else:
                assert change == pytest.approx(0, abs=1e-9 * abs(low[metric])), (name, metric)


def test_the_deal_stands_at_every_end_as_the_report_says(us_results: Results) -> None:
    data = us_results.data
    sides = [side for s in term_swings(data) for side in s["sides"].values()]
    for side in sides:
        assert side["maker_gain"] > 0, side["assumption"]
        assert side["carrier_gain"] > 0, side["assumption"]
        assert side["lowest"] < side["wholesale"] < side["highest"]
    assert min(side["worth"] for side in sides) > 0
    assert title_of(CHARTS["terms-tornado"](data)).startswith("No assumption alone undoes Huawei")
    top = max(term_swings(data), key=lambda s: reach(s, "joint"))
    text = render(data)
    assert f"What matters most: the {top['label']}".replace("'", "&#39;") in text.replace(
        "'", "&#39;"
    )


def test_partners_multiply_sales_at_every_end_as_the_report_says(us_results: Results) -> None:
    """At list prices: each assumption of [entry] at both ends of its range, the market refitted."""
    data = us_results.data
    found = swings(data)
    assert {s["assumption"] for s in found} == {
        *("awareness-campaign", "awareness-huawei", "strained-rate", "outside-share"),
        "flagship-elasticity",
    }
    for s in found:
        for side in s["sides"].values():
            for who, each in side["entrants"].items():
                assert each["multiple"] > 2, (s["assumption"], who)
    first = found[0]["sides"]
    factor = (
        first["high"]["entrants"]["Huawei"]["units"] / first["low"]["entrants"]["Huawei"]["units"]
    )
    assert f"factor of {factor:.1f} (Huawei)" in title_of(CHARTS["tornado"](data))


def test_talks_bear_more_than_the_hazard_assumed(found: dict[str, Any]) -> None:
    for p in found["prospects"]:
        assert p["break_even"] > p["political"]
        assert p["worth"] > 0
    # Not so at any hazard.
    assert all(p["break_even"] < 1 for p in found["prospects"])


def test_terms_differ_more_between_carriers_than_rounding(found: dict[str, Any]) -> None:
    prices = [t["wholesale"] for t in found["talks"] if t["maker"] == "Huawei"]
    assert all(abs(a - b) > 1.0 for a, b in combinations(prices, 2))
