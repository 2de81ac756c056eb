"""The shipped study: only what was known in December 2017, and everything that was asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.study.calibration import Calibrated
from inroads.study.load import Study
from inroads.study.plan import Scenario, plan
from inroads.study.results import Results
from inroads.study.run import rehearse
from inroads.tables.dates import known_on

AS_OF = date(2017, 12, 15)
PARTNERS = [
    (),
    ("AT&T",),
    ("Verizon",),
    ("AT&T", "Verizon"),
    ("AT&T", "Verizon", "T-Mobile", "Sprint"),
]
GROUPS = [("Huawei",), ("Xiaomi",), ("Huawei", "Xiaomi")]
MAKERS = [
    *("Apple", "Samsung", "LG", "ZTE", "Motorola", "Google", "HTC", "TCL", "BLU", "OnePlus"),
    *("Essential", "ASUS", "Huawei", "Xiaomi"),
]


def scenarios(results: Results, group: str) -> dict[tuple[tuple[str, ...], ...], dict[str, Any]]:
    rows = [row for row in results.data["scenarios"] if row["group"] == group]
    return {(tuple(row["entrants"]), tuple(row["partners"])): row for row in rows}


def planned(study: Study) -> list[Scenario]:
    return plan(study.config, study.market(), lambda c, w: study.facts.resolve(c, w).value)


def with_facts(study: Study, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Study:
    return replace(study, tables={**study.tables, "facts": change(study.tables["facts"].copy())})


def assert_same_bits(one: Calibrated, other: Calibrated) -> None:
    assert np.array_equal(one.calibration.value, other.calibration.value)
    assert np.array_equal(one.calibration.psi, other.calibration.psi)
    assert one.market.size == other.market.size
    for name in ("devices", "channels", "offers"):
        pd.testing.assert_frame_equal(
            getattr(one.market, name), getattr(other.market, name), check_exact=True
        )
    pd.testing.assert_frame_equal(
        one.market.consumers.cells, other.market.consumers.cells, check_exact=True
    )
    pd.testing.assert_series_equal(one.quality_error, other.quality_error, check_exact=True)


# What was known, and when ---------------------------------------------------------------------


def test_no_number_was_published_later(us_results: Results) -> None:
    facts = [row for row in us_results.data["ledger"] if row["kind"] == "fact"]
    assert len(facts) > 100
    later = [row["id"] for row in facts if known_on(row["published"]) > AS_OF]
    assert later == []


def test_later_facts_could_say_anything(us: Study) -> None:
    later = [known_on(text) > AS_OF for text in us.tables["facts"]["published"]]
    assert sum(later) > 50

    def absurd(facts: pd.DataFrame) -> pd.DataFrame:
        facts.loc[later, ["value", "unit", "source"]] = ["123456789", "billion", "nobody"]
        return facts

    changed = with_facts(us, absurd)
    assert_same_bits(us.calibrated, changed.calibrated)
    assert [s.moves for s in planned(us)] == [s.moves for s in planned(changed)]


def test_facts_published_the_day_after_change_nothing(us: Study) -> None:
    """Every known fact again, for a later period, with another value, a day too late."""

    def again(facts: pd.DataFrame) -> pd.DataFrame:
        copies = facts.assign(published="2017-12-16", period="2017-12", value="1")
        return pd.concat([facts, copies.drop_duplicates("id")], ignore_index=True)

    assert_same_bits(us.calibrated, with_facts(us, again).calibrated)


def test_a_known_fact_does_change_the_market(us: Study) -> None:
    def dearer(facts: pd.DataFrame) -> pd.DataFrame:
        facts.loc[facts["id"] == "price-iphone-8", "value"] = "720"
        return facts

    changed = with_facts(us, dearer).calibrated
    assert not np.array_equal(us.calibrated.calibration.value, changed.calibration.value)


def test_a_year_later_more_is_known(us: Study) -> None:
    def id_of(study: Study, where: str) -> str:
        ledger = study.facts.ledger().set_index("where")
        return str(ledger.loc[where, "id"])

    later = us.at(date(2018, 12, 31))
    assert later.calibrated.calibration.solution.converged
    places = {
        "targets.csv: retention-apple: value": ("ios-retention", "cirp-ios-retention"),
        "margins.csv: channel-verizon: value": ("channel-verizon-assumed", "channel-verizon"),
        "offers.csv: X power, Sprint: price": ("assumed-price-x-power", "price-x-power-sprint"),
        "devices.csv: iPhone 7: screen": ("sheet-iphone-7-screen", "iphone-7-screen"),
    }
    us.calibrated  # noqa: B018  (fills the ledger)
    for where, (then, now) in places.items():
        assert (id_of(us, where), id_of(later, where)) == (then, now)
    margins = later.calibrated.margins
    np.testing.assert_allclose(margins["fitted"], margins["observed"], atol=1e-10)


def test_a_study_asked_too_early_says_what_it_waits_for(us: Study) -> None:
    with pytest.raises(InputError, match="known on 2017-06-30") as refused:
        us.at(date(2017, 6, 30)).market()
    assert (
        "devices.csv, row 4, column 'price': found @price-iphone-8: @price-iphone-8 is known from "
        in str(refused.value)
    )


# Where numbers come from ----------------------------------------------------------------------


def test_every_number_has_its_source_or_its_range(us_results: Results) -> None:
    ledger = us_results.data["ledger"]
    assert {row["kind"] for row in ledger} == {"fact", "assumed"}
    for row in ledger:
        if row["kind"] == "fact":
            blank = [c for c in ("source", "url", "published", "quote") if not row[c]]
            assert blank == [], row["id"]
        else:
            assert row["reason"], row["id"]
            assert row["low"] <= row["value"] <= row["high"], row["id"]


def test_every_maker_has_a_device_and_most_have_offers(us: Study) -> None:
    devices = us.tables["devices"]
    assert len(devices) >= 25
    assert set(MAKERS) == set(devices["maker"])
    offered = set(devices.set_index("device")["maker"][us.tables["offers"]["device"]])
    # Xiaomi sells nothing in the United States: that is the question.
    assert set(MAKERS) - offered == {"Xiaomi"}


def test_huawei_and_xiaomi_are_on_no_carrier_s_shelf(us: Study) -> None:
    table = us.market().table
    assert set(table.loc[table["maker"] == "Huawei", "channel"]) == {"Open channel"}
    assert not table["maker"].eq("Xiaomi").any()


# What was asked -------------------------------------------------------------------------------


def test_the_grid_of_partners(us_results: Results) -> None:
    grid = scenarios(us_results, "entry")
    assert set(grid) == {(who, partners) for who in GROUPS for partners in PARTNERS}


def test_flagships_and_mid_range(us: Study, us_results: Results) -> None:
    both = scenarios(us_results, "mid-range")
    flagships = scenarios(us_results, "entry")
    tiers = us.tables["devices"].set_index("device")["tier"]
    for who in (("Huawei",), ("Xiaomi",)):
        more, fewer = both[who, ("AT&T", "Verizon")], flagships[who, ("AT&T", "Verizon")]
        assert more["entrants"][who[0]]["units"] > fewer["entrants"][who[0]]["units"]
        added = {move for move in more["moves"] if move.startswith("Launch")} - set(fewer["moves"])
        assert {tiers[move.removeprefix("Launch: ")] for move in added} == {"mid"}
        launched = {m.removeprefix("Launch: ") for m in fewer["moves"] if m.startswith("Launch")}
        assert {tiers[device] for device in launched} == {"flagship"}


def test_the_ladder_of_awareness(us_results: Results) -> None:
    rows = [row for row in us_results.data["scenarios"] if row["group"] == "awareness"]
    for who in GROUPS:
        for partners in ((), ("AT&T", "Verizon")):
            rungs = [
                (row["awareness"], sum(e["units"] for e in row["entrants"].values()))
                for row in rows
                if (tuple(row["entrants"]), tuple(row["partners"])) == (who, partners)
            ]
            assert [level for level, _ in rungs] == pytest.approx([0.35, 0.65, 0.95])
            assert sorted(rungs) == rungs
            assert rungs[0][1] < rungs[1][1] < rungs[2][1]


def test_the_ban(us_results: Results) -> None:
    rows = {row["name"]: row for row in us_results.data["scenarios"]}
    base = us_results.data["baseline"]
    assert base["units"]["Huawei"] > 0
    assert rows["huawei-banned"]["units"].get("Huawei", 0.0) == 0.0
    assert rows["huawei-banned"]["consumer_surplus_change"] < 0
    partly = rows["huawei-carriers-then-open-ban"]
    at_both = rows["huawei-with-att-and-verizon"]
    assert 0 < partly["units"]["Huawei"] < at_both["units"]["Huawei"]


def test_every_scenario_can_be_set_up(us: Study) -> None:
    rehearse(us)


# What must hold of any answer -----------------------------------------------------------------


def test_no_move_changes_nothing(us: Study, us_results: Results) -> None:
    market = us.market()
    before, after = market.solve(), market.after().solve()
    np.testing.assert_allclose(after.shares, before.shares, rtol=1e-10)
    assert us_results.data["baseline"]["reproduced_to"] <= 1e-10
    margins = us.calibrated.margins
    np.testing.assert_allclose(margins["fitted"], margins["observed"], atol=1e-10)
    assert us_results.data["baseline"]["total_units"] == pytest.approx(39.5e6, rel=1e-10)
    assert before.sales("maker")["Apple"] == pytest.approx(0.304 * 39.5e6, rel=1e-9)


def test_the_parts_make_up_the_gain(us_results: Results) -> None:
    found = us_results.data["decomposition"]
    grid = scenarios(us_results, "entry")
    assert {(row["entrant"], tuple(row["partners"])) for row in found} == {
        (maker, partners) for maker in ("Huawei", "Xiaomi") for partners in PARTNERS[1:]
    }
    for row in found:
        assert sum(row["parts"].values()) == pytest.approx(row["gain"], rel=1e-9)
        assert row["parts"]["awareness"] > 0
        assert row["parts"]["shelf"] > 0
        maker = row["entrant"]
        entry = [
            grid[(maker,), partners]["entrants"][maker]["units"]
            for partners in (tuple(row["partners"]), ())
        ]
        assert row["gain"] == pytest.approx(entry[0] - entry[1], rel=1e-9)


def test_more_partners_never_sell_fewer(us_results: Results) -> None:
    grid = scenarios(us_results, "entry")
    for who in GROUPS:
        for fewer in PARTNERS:
            for more in (p for p in PARTNERS if set(fewer) < set(p)):
                for maker in who:
                    without, with_deal = (
                        grid[who, p]["entrants"][maker]["units"] for p in (fewer, more)
                    )
                    assert with_deal > without, (who, maker, fewer, more)


def test_ranges_hold_the_answer(us_results: Results) -> None:
    for row in us_results.data["scenarios"]:
        for found in row["entrants"].values():
            assert found["low"] < found["units"] < found["high"]
        shares = row["shares"]
        for by in ("maker", "channel", "device"):
            assert sum(shares[by].values()) == pytest.approx(1.0, abs=1e-12)


def test_an_entrant_s_gain_is_others_loss_or_new_buyers(us_results: Results) -> None:
    base = us_results.data["baseline"]
    for row in scenarios(us_results, "entry").values():
        assert row["total_units"] > base["total_units"]
        assert row["consumer_surplus_change"] > 0
        for maker in set(MAKERS) - set(row["entrants"]):
            assert row["units"].get(maker, 0.0) <= base["units"].get(maker, 0.0)


def test_results_are_json_without_nan(us_results: Results) -> None:
    text = json.dumps(us_results.data, allow_nan=False)
    assert json.loads(text) == us_results.data


def test_tastes_are_pinned_down_by_the_targets(us: Study) -> None:
    found = us.calibrated.calibration
    assert found.unidentified_directions == ()
    assert found.solution.residual < 1e-6
    assert (found.value > 0).all()
    tastes = us.market().tastes
    assert 0 <= tastes["credit"] <= 1
    # Five parameters, six targets: none missed by more than three standard errors.
    assert np.abs((found.fitted - found.target) / found.error).max() < 3
