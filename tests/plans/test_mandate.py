"""A mandate's numbers are those of the negotiation, and its clauses those of two paths."""

from dataclasses import replace

import numpy as np
import pytest

import inroads as ir
from inroads.plans.clauses import Clauses
from inroads.plans.deal_sales import clause_effects, deal_sales
from inroads.plans.mandate import (
    ALONE,
    PREDICTED,
    RISK,
    Mandate,
    agreed_price,
    link_terms,
    mandate,
)
from inroads.plans.paths import Played
from inroads.plans.strategies import Strategy, read_choices
from inroads.study.load import Study
from inroads.study.negotiations.negotiations import negotiation
from tests.plans.test_plan import with_part


@pytest.fixture(scope="module")
def played(beer: Study) -> Played:
    return Played(beer.path().with_prices_at_launches(), read_choices(beer, "Amsel"))


@pytest.fixture(scope="module")
def agreed(played: Played) -> Mandate:
    """Without uncertainty: two draws, both central."""
    central = link_terms(played, "Markt")
    draws = {name: np.full(2, number) for name, number in central.items()}
    page = mandate(played, "Markt", draws, currency="dollars")
    assert page is not None
    return page


def test_prices_are_those_of_the_negotiation(beer: Study, agreed: Mandate) -> None:
    known = negotiation(beer.negotiation(), "Amsel", "Markt")
    row = agreed.terms.loc[ALONE]
    assert row["lowest"] == pytest.approx(known.lowest_wholesale_price, rel=1e-6)
    assert row["agreed"] == pytest.approx(known.wholesale_price, rel=1e-6)
    assert row["highest"] == pytest.approx(known.highest_wholesale_price, rel=1e-6)


def test_both_sides_read_the_same_table(beer: Study, agreed: Mandate) -> None:
    """The price at which one side leaves is that which the other has for it, the deal alone."""
    other = Played(beer.path().with_prices_at_launches(), read_choices(beer, "Markt"))
    central = link_terms(other, "Amsel")
    draws = {name: np.full(2, number) for name, number in central.items()}
    channel = mandate(other, "Amsel", draws, currency="dollars")
    assert channel is not None
    for name in ("lowest", "agreed", "highest"):
        assert channel.terms.loc[PREDICTED, name] == pytest.approx(agreed.terms.loc[ALONE, name])
    assert channel.reservation == channel.terms.loc[PREDICTED, "highest"]
    assert agreed.reservation == agreed.terms.loc[PREDICTED, "lowest"]
    assert "Leave the table above" in str(channel)
    assert "Leave the table below" in str(agreed)


def test_a_dollar_of_price_is_a_dollar_a_unit(agreed: Mandate) -> None:
    row = agreed.concessions.loc["a wholesale price higher by 1"]
    assert row["to Amsel"] == -row["to Markt"] > 0
    assert (row["asks"], row["bears"]) == (-1.0, -1.0)


def test_exclusivity_is_the_difference_of_two_paths(played: Played, agreed: Mandate) -> None:
    row = agreed.concessions.loc["a month without other partners"]
    r, months = played.model.rate_per_period, played.model.part.periods
    both, alone = (
        played.path(Strategy(launches=launches)).profits["Amsel"]
        for launches in ((("Markt", 0), ("Grund", 0)), (("Markt", 0),))
    )
    lost = sum((alone - both) / (1 + r) ** (np.arange(months) + 1)) / months
    assert row["to Amsel"] == pytest.approx(lost)
    assert row["asks"] > 0 > row["to Amsel"]


def test_clauses_agreed_on_certain_sales_change_nothing(agreed: Mandate) -> None:
    more = "a tenth more guaranteed"
    rows = agreed.concessions.loc[list(RISK)]
    assert rows.drop(more).abs().max().max() == 0
    assert rows.loc[more, "to Amsel"] == -rows.loc[more, "to Markt"] > 0


def test_a_product_held_back_is_a_concession(beer: Study) -> None:
    """To the second of two chains too: what it has alone, the first has not."""
    study = with_part(beer, held_back=[[], ["Amsel Dark Lager"]], wait=[0])
    played = Played.of(study.path().with_prices_at_launches(), read_choices(study))
    draws = {n: np.full(2, x) for n, x in link_terms(played, "Grund").items()}
    page = mandate(played, "Grund", draws, currency="dollars")
    assert page is not None
    row = page.concessions.loc["Amsel Dark Lager here alone"]
    held = Strategy(launches=(("Grund", 0), ("Markt", 0)), held_back=("Amsel Dark Lager",))
    before = played.present(played.choices.answer, "Grund")
    assert row["to Grund"] == pytest.approx(played.present(held, "Grund") - before)


def test_what_only_moves_money_is_no_trade(agreed: Mandate) -> None:
    """Worth as much to either side, to rounding."""
    rows = agreed.concessions.copy()
    moved, gained = "full price protection of that order", "the campaigns of the launches"
    rows.loc[moved, ["asks", "bears"]] = [8.79, 8.79 * (1 + 1e-15)]
    rows.loc[gained, ["asks", "bears"]] = [8.79, 8.80]
    lines = str(replace(agreed, concessions=rows)).splitlines()
    line = next(text for text in lines if text.startswith("Worth agreeing on"))
    assert gained in line
    assert moved not in line


def test_a_dollar_off_is_so_much_of_a_clause(agreed: Mandate) -> None:
    """So many tenths of a guarantee make up for a price lower by one, to either side."""
    table, rows = agreed.exchange, agreed.concessions
    more = "a tenth more guaranteed"
    per_unit = rows.loc["a wholesale price higher by 1", "to Amsel"]
    assert table.loc[more, "needs"] * rows.loc[more, "to Amsel"] == pytest.approx(per_unit)
    assert table.loc[more, "gives"] == pytest.approx(table.loc[more, "needs"])
    # A month alone at Markt costs Amsel: no price is lower for it.
    assert np.isnan(table.loc["a month without other partners", "needs"])
    assert "Amsel needs for 1 off" in str(agreed)
    assert "nan" not in str(agreed).lower()


def test_costs_of_a_deal_are_those_in_profits(played: Played) -> None:
    """What the brewer earns is its margin on what is sold through the chain and in the open."""
    path = played.path(Strategy(launches=(("Markt", 1),)))
    sales = deal_sales(played, Strategy(launches=(("Markt", 1),)), "Markt")
    firms, frame = played.model.game.firms, path.frame
    own = frame[frame["manufacturer"].eq("Amsel") & ~frame["channel"].eq("Markt")]
    facts = firms.facts
    received = (1 - facts.open_channel_cut) * own["price"]
    listed = firms.market.products.loc[own["product"], "price"].to_numpy(float)
    known = firms.market.products.loc[own["product"], "production_cost"].to_numpy(float)
    left = (1 - facts.margin_of("Amsel")) * (1 - facts.open_channel_cut) * listed
    cost = np.where(np.isnan(known), left, known)  # list prices stand in this study
    elsewhere = (own["units"] * (received - cost)).groupby(own["period"]).sum()
    here = sales.units * (sales.wholesale - sales.cost)
    np.testing.assert_allclose(here + elsewhere, path.profits["Amsel"], rtol=1e-9)


def test_clauses_at_a_draw_that_sells_less(played: Played) -> None:
    """Agreed on twice what sells: a guarantee pays the margin on the other half, an order that is
    bought back at its price costs the channel nothing but time, and both lose what was made."""
    strategy = Strategy(launches=(("Markt", 0),))
    sales = deal_sales(played, strategy, "Markt")
    agreed = replace(sales, units=2 * sales.units)
    taken = clause_effects(played, strategy, "Markt", Clauses(guarantee=1.0), agreed)
    assert taken.manufacturer.sum() == pytest.approx(sales.margin * sales.units.sum())
    np.testing.assert_array_equal(taken.manufacturer, -taken.channel)
    plain, protected, returned = (
        clause_effects(played, strategy, "Markt", clauses, agreed)
        for clauses in (
            Clauses(order=4.0),
            Clauses(order=4.0, protection=1.0),
            Clauses(order=4.0, buy_back=1.0),
        )
    )
    unsold = max(8 * sales.units[0] - sales.units.sum(), 0.0)
    assert unsold > 0 > plain.channel.sum()
    assert plain.joint.sum() == pytest.approx(-sales.cost[0] * unsold, rel=1e-6)
    for other in (protected, returned):
        np.testing.assert_allclose(other.joint, plain.joint, atol=1e-6)
    assert returned.channel.sum() == pytest.approx(0, abs=1e-6)
    assert protected.channel.sum() >= plain.channel.sum()


def test_no_common_ground_is_counted(played: Played) -> None:
    central = link_terms(played, "Markt")
    draws = {name: np.full(4, number) for name, number in central.items()}
    draws[f"highest: Markt, {ALONE}"] = np.array([0.0, 9.0, 9.0, 9.0])
    page = mandate(played, "Markt", draws, currency="dollars")
    assert page is not None
    assert page.terms.loc[ALONE, "no common ground"] == 0.25


def test_a_campaign_of_no_size_makes_nothing_known(played: Played) -> None:
    silent = replace(played.choices.answer, campaign=0.0)
    assert played._awareness(0.0) == pytest.approx(
        played.model.game.market.labelled_consumers.min_awareness("Amsel")
    )
    assert played._awareness(1.0) == pytest.approx(played.model.game.awareness)
    assert played.present(silent, "Amsel") < played.present(played.choices.answer, "Amsel")


def test_the_plan_has_a_mandate_for_each_partner(beer: Study) -> None:
    planned = ir.plan(beer, "Markt", drawing=ir.study.DrawSettings(draws=2))
    assert list(planned.mandates) == ["Amsel"]
    assert planned.best == "Amsel now"


def test_a_pair_without_a_bargain_has_no_price(played: Played) -> None:
    path = played.path(Strategy(launches=(("Markt", 0),)))
    assert np.isnan(agreed_price(path, "Stein", "Markt"))
    assert np.isnan(agreed_price(played.path(Strategy()), "Amsel", "Markt"))
