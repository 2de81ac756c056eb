"""The shipped study: only what was known in December 2017, and everything that was asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import jsonschema
import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.results.files import json_schema, results_text
from inroads.results.market import Mechanism, ScenarioGroup
from inroads.results.market import Scenario as ScenarioRecord
from inroads.results.tree import Results
from inroads.study.load import Study
from inroads.study.market.calibration import Calibrated
from inroads.study.results import Run
from inroads.study.scenario_list import Scenario, scenarios_of
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


def scenarios(
    run: Run, group: ScenarioGroup
) -> dict[tuple[tuple[str, ...], tuple[str, ...]], ScenarioRecord]:
    rows = run.results.scenarios_of(group)
    return {(tuple(row.entrants), row.partners): row for row in rows}


def planned(study: Study) -> list[Scenario]:
    def number(cell: float | str, where: str, use: str) -> float:
        return study.facts.resolve(cell, where, use=use).value

    return scenarios_of(study.config, study.market(), number)


def with_facts(study: Study, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Study:
    return replace(study, tables={**study.tables, "facts": change(study.tables["facts"].copy())})


def assert_same_bits(one: Calibrated, other: Calibrated) -> None:
    assert np.array_equal(one.calibration.value, other.calibration.value)
    assert np.array_equal(one.calibration.psi, other.calibration.psi)
    assert one.market.size == other.market.size
    for name in ("products", "channels", "offers"):
        pd.testing.assert_frame_equal(
            getattr(one.market, name), getattr(other.market, name), check_exact=True
        )
    pd.testing.assert_frame_equal(
        one.market.consumers.cells, other.market.consumers.cells, check_exact=True
    )
    pd.testing.assert_series_equal(one.quality_error, other.quality_error, check_exact=True)


# What was known, and when ---------------------------------------------------------------------


def test_no_number_was_published_later(us_results: Run) -> None:
    facts = [row for row in us_results.results.ledger if row.kind == "fact"]
    assert len(facts) > 100
    later = [row.id for row in facts if known_on(row.published) > AS_OF]
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
        "products.csv: iPhone 7: screen": ("sheet-iphone-7-screen", "iphone-7-screen"),
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
        "products.csv, row 4, column 'price': found @price-iphone-8: @price-iphone-8 is known from "
        in str(refused.value)
    )


# Where numbers come from ----------------------------------------------------------------------


def test_every_number_has_its_source_or_its_range(us_results: Run) -> None:
    ledger = us_results.results.ledger
    assert {row.kind for row in ledger} == {"fact", "assumed"}
    for row in ledger:
        if row.kind == "fact":
            blank = [c for c in ("source", "url", "published", "quote") if not getattr(row, c)]
            assert blank == [], row.id
        else:
            assert row.reason, row.id
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.value <= row.high, row.id


def test_every_manufacturer_has_a_product_and_most_have_offers(us: Study) -> None:
    products = us.tables["products"]
    assert len(products) >= 25
    assert set(MAKERS) == set(products["manufacturer"])
    offered = set(products.set_index("product")["manufacturer"][us.tables["offers"]["product"]])
    # Xiaomi sells nothing in the United States: that is the question.
    assert set(MAKERS) - offered == {"Xiaomi"}


def test_huawei_and_xiaomi_are_on_no_carrier_s_shelf(us: Study) -> None:
    table = us.market().table
    assert set(table.loc[table["manufacturer"] == "Huawei", "channel"]) == {"Open channel"}
    assert not table["manufacturer"].eq("Xiaomi").any()


# What was asked -------------------------------------------------------------------------------


def test_the_grid_of_partners(us_results: Run) -> None:
    grid = scenarios(us_results, ScenarioGroup.ENTRY)
    assert set(grid) == {(who, partners) for who in GROUPS for partners in PARTNERS}


def test_flagships_and_mid_range(us: Study, us_results: Run) -> None:
    both = scenarios(us_results, ScenarioGroup.FULL_RANGE)
    main_only = scenarios(us_results, ScenarioGroup.ENTRY)
    tiers = us.tables["products"].set_index("product")["tier"]
    for who in (("Huawei",), ("Xiaomi",)):
        more, fewer = both[who, ("AT&T", "Verizon")], main_only[who, ("AT&T", "Verizon")]
        assert more.entrants[who[0]].units > fewer.entrants[who[0]].units
        all_, main = (
            {move.settings["product"] for move in s.moves if move.name == "Launch"}
            for s in (more, fewer)
        )
        assert {tiers[product] for product in all_ - main} == {"mid"}
        assert {tiers[product] for product in main} == {"flagship"}


def test_the_ladder_of_awareness(us_results: Run) -> None:
    rows = us_results.results.scenarios_of(ScenarioGroup.AWARENESS)
    for who in GROUPS:
        for partners in ((), ("AT&T", "Verizon")):
            rungs = [
                (row.awareness or 0.0, sum(e.units for e in row.entrants.values()))
                for row in rows
                if (tuple(row.entrants), row.partners) == (who, partners)
            ]
            assert [level for level, _ in rungs] == pytest.approx([0.35, 0.65, 0.95])
            assert sorted(rungs) == rungs
            assert rungs[0][1] < rungs[1][1] < rungs[2][1]


def test_the_ban(us_results: Run) -> None:
    rows = {row.name: row.outcome for row in us_results.results.scenarios}
    assert us_results.results.baseline.units["Huawei"] > 0
    assert rows["huawei-banned"].units.get("Huawei", 0.0) == 0.0
    assert rows["huawei-banned"].consumer_surplus_change < 0
    partly = rows["huawei-carriers-then-open-ban"]
    at_both = rows["huawei-with-att-and-verizon"]
    assert 0 < partly.units["Huawei"] < at_both.units["Huawei"]


# What must hold of any answer -----------------------------------------------------------------


def test_no_move_changes_nothing(us: Study, us_results: Run) -> None:
    market = us.market()
    before, after = market.solve(), market.after().solve()
    np.testing.assert_allclose(after.shares, before.shares, rtol=1e-10)
    assert us_results.results.baseline.reproduced_to <= 1e-10
    margins = us.calibrated.margins
    np.testing.assert_allclose(margins["fitted"], margins["observed"], atol=1e-10)
    assert us_results.results.baseline.total_units == pytest.approx(39.5e6, rel=1e-10)
    assert before.sales("manufacturer")["Apple"] == pytest.approx(0.304 * 39.5e6, rel=1e-9)


def test_the_parts_make_up_the_gain(us_results: Run) -> None:
    found = us_results.results.decompositions
    grid = scenarios(us_results, ScenarioGroup.ENTRY)
    assert {(row.manufacturer, row.partners) for row in found} == {
        (manufacturer, partners)
        for manufacturer in ("Huawei", "Xiaomi")
        for partners in PARTNERS[1:]
    }
    for row in found:
        assert sum(row.parts.values()) == pytest.approx(row.gain, rel=1e-9)
        assert row.parts[Mechanism.AWARENESS] > 0
        assert row.parts[Mechanism.SHELF] > 0
        manufacturer = row.manufacturer
        with_, without = (
            grid[(manufacturer,), partners].entrants[manufacturer].units
            for partners in (row.partners, ())
        )
        assert row.gain == pytest.approx(with_ - without, rel=1e-9)


def test_more_partners_never_sell_fewer(us_results: Run) -> None:
    grid = scenarios(us_results, ScenarioGroup.ENTRY)
    for who in GROUPS:
        for fewer in PARTNERS:
            for more in (p for p in PARTNERS if set(fewer) < set(p)):
                for manufacturer in who:
                    without, with_deal = (
                        grid[who, p].entrants[manufacturer].units for p in (fewer, more)
                    )
                    assert with_deal > without, (who, manufacturer, fewer, more)


def test_ranges_hold_the_answer(us_results: Run) -> None:
    for row in us_results.results.scenarios:
        for sales in row.entrants.values():
            assert sales.units_low is not None
            assert sales.units_high is not None
            assert sales.units_low < sales.units < sales.units_high
        for _, shares in row.outcome.shares:
            assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)


def test_an_entrant_s_gain_is_others_loss_or_new_buyers(us_results: Run) -> None:
    base = us_results.results.baseline
    for row in scenarios(us_results, ScenarioGroup.ENTRY).values():
        assert row.outcome.total_units > base.total_units
        assert row.outcome.consumer_surplus_change > 0
        for manufacturer in set(MAKERS) - set(row.entrants):
            assert row.outcome.units.get(manufacturer, 0.0) <= base.units.get(manufacturer, 0.0)


def test_results_follow_their_schema_and_come_back(us_results: Run) -> None:
    text = results_text(us_results.results)
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(text))
    assert Results.model_validate_json(text) == us_results.results


def test_tastes_are_pinned_down_by_the_targets(us: Study) -> None:
    found = us.calibrated.calibration
    assert found.unidentified_directions == ()
    assert found.solution.residual < 1e-6
    assert (found.value > 0).all()
    tastes = us.market().tastes
    assert 0 <= tastes["credit"] <= 1
    # Five parameters, six targets: none missed by more than three standard errors.
    assert np.abs((found.fitted - found.target) / found.error).max() < 3
