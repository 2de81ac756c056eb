"""A case's numbers: those of the study where nothing is moved, and the right ones where it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import inroads as ir
from inroads.dashboard.deals.cases import Case, first_case, possible_partners
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.dashboard.deals.study_code import study_code
from inroads.results.keys import Quantity
from inroads.study.market.calibration import calibrated
from inroads.study.negotiations.deal_hazards import prospect
from inroads.study.negotiations.negotiations import negotiation
from inroads.study.negotiations.networks import deal_networks
from inroads.study.new import write_study
from inroads.study.outlook.fates import deal_fates
from inroads.study.scenario_list import scenarios_of


def test_one_deal_is_the_studys_negotiation(cases: StudyCases, case: Case) -> None:
    alone = replace(case, partners=("Markt",))
    outcome, game = cases.solve(alone), cases.study.negotiation()
    record = negotiation(game, "Amsel", "Markt")
    deal = outcome.deals.loc["Markt"]
    assert deal["units"] == pytest.approx(record.units, rel=1e-12)
    assert deal["wholesale"] == pytest.approx(record.wholesale_price, rel=1e-12)
    assert deal["lowest"] == pytest.approx(record.lowest_wholesale_price, rel=1e-12)
    assert deal["highest"] == pytest.approx(record.highest_wholesale_price, rel=1e-12)
    assert deal["retail_price"] == pytest.approx(record.retail_price, rel=1e-12)
    assert deal["production_cost"] == pytest.approx(record.production_cost, rel=1e-12)
    numbers = outcome.numbers
    assert numbers["entrant_gain"] == pytest.approx(record.manufacturer_profit_change, rel=1e-9)
    assert numbers["partners_gain"] == pytest.approx(record.channel_profit_change, rel=1e-9)
    assert numbers["consumer_surplus_change"] == pytest.approx(record.consumer_surplus_change)
    part = cases.study.config.negotiations
    assert part is not None
    assert cases.prospects(alone) == (prospect(cases.study, part, record),)


def test_list_prices_are_the_studys_scenario(cases: StudyCases, case: Case) -> None:
    market = cases.study.market()

    def number(cell: float | str, where: str, use: str) -> float:
        return cases.study.facts.resolve(cell, where, use=use).value

    scenarios = {
        (s.entrants, s.partners): s
        for s in scenarios_of(cases.study.config, market, number)
        if s.group.value == "entry"
    }
    listed = cases.at_list_prices(case)
    for outcome, partners in ((listed.after, case.partners), (listed.before, ())):
        scenario = scenarios[("Amsel",), partners]
        played = market.after(*scenario.moves).solve()
        np.testing.assert_allclose(outcome.shares, played.shares, rtol=1e-12)
    assert not listed.has_firms
    assert "entrant_gain" not in listed.numbers
    assert listed.deals.empty


def test_tables_add_up(cases: StudyCases, case: Case) -> None:
    outcome = cases.solve(case)
    makers, numbers = outcome.makers, outcome.numbers
    assert makers["share"].sum() == pytest.approx(1.0)
    assert makers.loc["Amsel", "units"] == pytest.approx(outcome.offers["units"].sum())
    assert numbers["units"] == pytest.approx(makers.loc["Amsel", "units"])
    through = outcome.offers.loc[:, ["units"]].groupby("channel").sum()["units"]
    np.testing.assert_allclose(through[list(case.partners)], outcome.deals["units"])
    gains = outcome.deals[["entrant_gain", "channel_gain"]].sum(axis=1)
    np.testing.assert_allclose(gains, outcome.deals["joint_gain"], rtol=1e-9)
    profits = outcome.after.profits - outcome.before.profits
    assert numbers["partners_gain"] == pytest.approx(profits[["Markt", "Grund"]].sum())


def test_a_network_is_stable_where_the_study_says_so(cases: StudyCases, case: Case) -> None:
    channels = possible_partners(cases.study)
    known = deal_networks(cases.study.negotiation(), channels, lambda *_: None)
    for network in known.networks:
        partners = tuple(deal.channel for deal in network.deals)
        undone = cases.network(replace(case, partners=partners)).undone_by
        if network.blocked_by is None:
            assert undone == ""
        elif network.blocked_by.deal is None:
            assert undone == "surplus"
        else:
            assert undone == network.blocked_by.deal.channel


def test_deals_are_worth_what_the_study_says(cases: StudyCases, case: Case) -> None:
    path = cases.study.path().with_prices_at_launches()
    deals = dict.fromkeys(case.partners, 0)
    gain = path.value("Amsel", deals)
    theirs = path.joint_value("Amsel", deals, case.partners)
    fates = deal_fates(cases.study, "Amsel").quantities(gain, theirs)
    worth = cases.worth(case)
    assert worth.if_launched == pytest.approx(gain.net, rel=1e-9)
    assert worth.at_odds == pytest.approx(fates[Quantity.VALUE_AT_ODDS], rel=1e-9)
    together = fates[Quantity.PARTNERS_VALUE_AT_ODDS]
    assert worth.partners_at_odds == pytest.approx(together, rel=1e-9)
    assert worth.launch_odds == pytest.approx(fates[Quantity.LAUNCH_ODDS], rel=1e-9)
    assert worth.cumulative[-1] == pytest.approx(gain.net)


def test_what_periods_to_come_do_not_know_is_refused(cases: StudyCases, case: Case) -> None:
    with pytest.raises(ir.InputError, match="found no partners"):
        cases.worth(replace(case, partners=()))
    for other in ({"tariff": 0.1, "taxed": ("Amsel",)}, {"contract": "two-part tariff"}):
        with pytest.raises(ir.InputError, match="expected partners, linear wholesale prices"):
            cases.worth(replace(case, **other))


def test_an_assumption_without_a_part_in_the_calibration(cases: StudyCases, case: Case) -> None:
    moved = case.assuming({"amsel-known-with-shelf": 60.0})
    study = cases.study_of(moved)
    assert study.market() is cases.study.market()
    assert cases.solve(moved).numbers["units"] > cases.solve(case).numbers["units"]
    assert (
        cases.at_list_prices(moved).numbers["units"] > cases.at_list_prices(case).numbers["units"]
    )
    game = cases.study.negotiation().with_awareness(0.6)
    known = game.solve(case.deals).sales()["Amsel"]
    assert cases.solve(moved).numbers["units"] == pytest.approx(known, rel=1e-9)


def test_an_assumption_in_the_calibration_is_calibrated_anew(cases: StudyCases) -> None:
    other = cases.study.with_assumptions({"none-bought": 30.0})
    anew = calibrated(cases.study.assuming("none-bought", 30.0))
    np.testing.assert_allclose(other.fitted.calibration.value, anew.calibration.value, rtol=1e-4)
    assert other.market().size == pytest.approx(anew.market.size)
    assert other.market().size > cases.study.market().size
    back = other.with_assumptions({"none-bought": 20.0})
    tastes = cases.study.fitted.calibration.value
    np.testing.assert_allclose(back.fitted.calibration.value, tastes, rtol=1e-4)


def test_an_unknown_assumption_is_refused(cases: StudyCases) -> None:
    with pytest.raises(ir.InputError, match="did you mean 'none-bought'"):
        cases.study.with_assumptions({"none-bougt": 30.0})


def test_hazards_move_the_odds_and_nothing_else(cases: StudyCases, case: Case) -> None:
    moved = case.assuming({"talks-fail": 20.0})
    assert cases.solve(moved).numbers == pytest.approx(cases.solve(case).numbers, rel=1e-9)
    for risky, central in zip(cases.prospects(moved), cases.prospects(case), strict=True):
        assert risky.launch_probability < central.launch_probability
    assert cases.worth(moved).at_odds < cases.worth(case).at_odds
    (odds,) = {p.launch_probability for p in cases.prospects(replace(moved, partners=("Grund",)))}
    # Talks and politics, three periods each, at 20 percent.
    assert odds == pytest.approx(0.8**6)


def test_bargaining(cases: StudyCases, case: Case) -> None:
    central = cases.solve(case)
    strong = cases.solve(case.assuming({"chains-weight": 0.8}))
    same = cases.solve(replace(case, weight=0.8))
    assert (strong.deals["wholesale"] < central.deals["wholesale"]).all()
    np.testing.assert_allclose(strong.deals["wholesale"], same.deals["wholesale"], rtol=1e-9)
    two_part = cases.solve(replace(case, contract="two-part tariff"))
    assert (two_part.deals["fixed_fee"] > 0).all()
    np.testing.assert_allclose(
        two_part.deals["wholesale"], two_part.deals["production_cost"], rtol=1e-6
    )
    # With a fee, too, the range is where both sides gain: a price and fee at its ends leave none.
    sold, deals = two_part.deals["units"], two_part.deals
    paid = deals["wholesale"] + deals["fixed_fee"] / sold
    np.testing.assert_allclose((paid - deals["lowest"]) * sold, deals["entrant_gain"], rtol=1e-9)
    np.testing.assert_allclose((deals["highest"] - paid) * sold, deals["channel_gain"], rtol=1e-9)
    sequential = cases.solve(replace(case, timing="sequential"))
    assert not np.allclose(sequential.deals["wholesale"], central.deals["wholesale"], rtol=1e-4)


def test_a_tariff_costs_those_it_meets(cases: StudyCases, case: Case) -> None:
    central = cases.solve(case)
    taxed = cases.solve(replace(case, tariff=0.2, taxed=("Amsel",)))
    np.testing.assert_allclose(
        taxed.deals["production_cost"], 1.2 * central.deals["production_cost"], rtol=1e-12
    )
    assert taxed.numbers["entrant_gain"] < central.numbers["entrant_gain"]
    listed = cases.at_list_prices(replace(case, tariff=0.2, taxed=("Amsel",)))
    assert listed.numbers == pytest.approx(cases.at_list_prices(case).numbers)


def test_financing_is_of_the_products_at_partners(cases: StudyCases, case: Case) -> None:
    financed = cases.solve(replace(case, months=12, down=0.5))
    offers = financed.after.market.offers
    changed = offers["months"].eq(12)
    assert set(offers["product"][changed]) == {"Amsel Pale Ale"}
    assert set(offers["channel"][changed]) == {"Markt", "Grund"}
    price = float(cases.study.market().products.loc["Amsel Pale Ale", "price"])
    np.testing.assert_allclose(offers["down"][changed], 0.5 * price, atol=0.005)
    assert not financed.before.market.offers["months"].eq(12).any()


def test_products(cases: StudyCases, case: Case) -> None:
    both = replace(case, products=("Amsel Pale Ale", "Amsel Dark Lager"))
    outcome = cases.solve(both)
    on_shelf = outcome.offers.loc[["Amsel Dark Lager"]].index.get_level_values("channel")
    assert {"Markt", "Grund"} <= set(on_shelf)
    full = cases.study.negotiation().solve(case.deals, further_products=True)
    assert outcome.numbers["units"] == pytest.approx(full.sales()["Amsel"], rel=1e-6)
    with pytest.raises(ir.InputError, match="choose from Amsel Pale Ale, Amsel Dark Lager"):
        cases.solve(replace(case, products=("Hafner Pils",)))


def test_the_ledger_says_what_was_moved(cases: StudyCases, case: Case) -> None:
    cases.solve(case)
    ledger = cases.ledger(case.assuming({"brewer-margin": 45.0})).set_index("id")
    assert ledger.loc["brewer-margin", "value"] == 45.0
    assert ledger.loc["brewer-margin", "kind"] == "moved here"
    assert ledger.loc["brewer-margin", ["low", "high"]].tolist() == [30.0, 50.0]
    assert (ledger["kind"] == "moved here").sum() == 1


def test_answers_are_kept(cases: StudyCases, case: Case) -> None:
    assert cases.solve(case) is cases.solve(first_case(cases.study))


def test_a_study_without_firms_has_list_prices(tmp_path: Path) -> None:
    write_study(tmp_path / "plain", full=False)
    study = ir.load_study(tmp_path / "plain")
    cases, case = StudyCases(study), first_case(study)
    assert possible_partners(study) == ("Nord", "Sud")
    assert cases.at_list_prices(case).numbers["units"] > 0
    for refused, part in ((cases.solve, "firms"), (cases.prospects, "negotiations")):
        with pytest.raises(ir.InputError, match=rf"\[{part}\]"):
            refused(case)
    assert "game" not in study_code(cases, case, "plain")


def test_a_study_without_entrants_is_refused(tmp_path: Path) -> None:
    write_study(tmp_path / "plain", full=False)
    toml = (tmp_path / "plain" / "study.toml").read_text(encoding="utf-8")
    before, _, rest = toml.partition("[entry]")
    after = rest[rest.index("[[scenario]]") :]
    (tmp_path / "plain" / "study.toml").write_text(before + after, encoding="utf-8")
    with pytest.raises(ir.InputError, match=r"a study with \[entry\]"):
        first_case(ir.load_study(tmp_path / "plain"))
