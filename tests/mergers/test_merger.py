"""One call: closed forms, its questions about bad tables, its remedies, what it writes."""

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.calibration.from_margins.ces import fit_ces
from inroads.calibration.from_margins.slopes import fit_system, pcaids
from inroads.conduct.bertrand import ownership
from inroads.conduct.horizontal import PostedPrices, SecondScore
from inroads.conduct.horizontal.homogeneous import InverseDemand, Plants, quantities
from inroads.conduct.priced_demand import PricedDemand
from inroads.errors import CalibrationWarning

TABLE = pd.DataFrame(
    {
        "product_ids": ["Ale", "Bock", "Cider", "Dry"],
        "firm_ids": ["A", "B", "C", "D"],
        "nesting_ids": ["beer", "beer", "cider", "cider"],
        "prices": [1.0, 1.1, 1.3, 0.9],
        "shares": [0.2, 0.15, 0.1, 0.15],
        "margins": [0.4, None, 0.3, None],
    }
)
ONE = pd.DataFrame(
    {
        "product_ids": ["1", "2", "3"],
        "firm_ids": ["A", "B", "C"],
        "prices": [10.0] * 3,
        "quantities": [50.0, 30.0, 20.0],
        "margins": [0.25, None, None],
    }
)


@pytest.fixture(scope="module")
def beer():
    return ir.merger(TABLE, ("A", "B"))


def test_it_is_the_market_of_margins(beer):
    """The same numbers as a market of its own, screened."""
    market, _ = ir.market_from_margins(TABLE.drop(columns="nesting_ids"))
    screening = ir.screen_merger(market, ir.Merge("A", "B"))
    ours = beer.offers
    for name in ("price_after", "UPP", "GUPPI", "CMCR"):
        np.testing.assert_allclose(ours[name], screening.offers[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        beer.summary["compensating_variation"], screening.compensating_variation, rtol=1e-9
    )
    np.testing.assert_allclose(beer.summary["producer_surplus"], screening.producer_surplus)
    assert beer.summary["hhi_before"] == pytest.approx(screening.hhi_before)


def test_pcaids_is_the_example_of_its_paper():
    """Shares of 20, 30 and 50, an own elasticity of -3: prices of the first two rise by 13.8 and
    10.8 percent (Epstein and Rubinfeld 2002)."""
    ones, shares = np.ones(3), [0.2, 0.3, 0.5]
    demand = pcaids(ones, shares, -3.0)
    at = demand.at_prices(ones)
    elasticities = [[-3.0, 0.75, 1.25], [0.5, -2.75, 1.25], [0.5, 0.75, -2.25]]
    np.testing.assert_allclose(at.jacobian / at.shares[:, None], elasticities, rtol=1e-12)
    costs = ones - PostedPrices().margins(demand, ones, np.eye(3))
    after = PostedPrices().solve(demand, ownership(np.array([0, 0, 1])), costs, ones).unwrap()
    np.testing.assert_allclose(after[:2] - 1, [0.138, 0.108], atol=5e-4)
    table = TABLE[:3].assign(prices=1.0, shares=shares, margins=[1 / 3, None, None])
    m = ir.merger(table, ("A", "B"), demand="aids", outside="none")
    np.testing.assert_allclose(m.offers["price_after"], after, rtol=1e-8)


def test_linear_cournot_is_the_closed_form():
    """q_f = (a - n c_f + the others' costs) / (n + 1) b."""
    a, b, costs = 10.0, 2.0, np.array([1.0, 2.0, 3.0])
    Q = 2.5
    demand = InverseDemand("linear", a - b * Q, Q, -(a - b * Q) / (b * Q))
    plants = Plants(costs=costs, cost_slopes=np.zeros(3))
    price = (a + costs.sum()) / 4
    q = quantities(demand, plants, np.arange(3))
    np.testing.assert_allclose(q, (price - costs) / b, rtol=1e-12)
    leads = np.array([True, False, False])
    first = quantities(demand, plants, np.arange(3), leads)[0]
    np.testing.assert_allclose(first, (a + 5.0 - 3.0) / (2 * b), rtol=1e-9)


@pytest.mark.parametrize("form", ["linear", "log-linear"])
def test_a_leader_chooses_best_knowing_that_followers_answer(form):
    demand = InverseDemand(form, 5.0, 1.0, -1.6)
    plants = Plants(costs=np.array([1.0, 1.4, 1.9]), cost_slopes=np.array([0.5, 0.8, 0.2]))
    q = quantities(demand, plants, np.arange(3), np.array([True, False, False]))

    def profit(own):
        """Followers answer a fixed output: a plant that is paid to make it, and no more."""
        fixed = Plants(
            costs=np.array([-1e3, 1.4, 1.9]),
            cost_slopes=np.array([0.0, 0.8, 0.2]),
            capacity=np.array([own, np.inf, np.inf]),
        )
        total = quantities(demand, fixed, np.arange(3)).sum()
        return own * (demand.at(total) - 1.0) - 0.5 * own**2 / 2

    grid = q[0] * (1 + np.linspace(-0.3, 0.3, 13))
    assert np.argmax([profit(own) for own in grid]) == 6


def test_capacity_binds_and_its_firm_makes_no_more():
    demand = InverseDemand("linear", 5.0, 1.0, -1.6)
    plants = Plants(costs=np.ones(2), cost_slopes=np.zeros(2), capacity=np.array([0.2, np.inf]))
    q = quantities(demand, plants, np.arange(2))
    assert q[0] == pytest.approx(0.2)
    price, slope = demand.at(q.sum()), demand.slope(q.sum())
    assert price + slope * q[1] == pytest.approx(1.0)


def test_second_score_of_two_bidders_is_the_closed_form():
    """Two logit bidders: a margin of -ln(1 - s) / (alpha s) each; one, after they merge, alike."""
    table = TABLE[:2].assign(shares=[0.3, 0.3], prices=1.0, margins=[0.4, None])
    m = ir.merger(table, ("A", "B"), conduct="second score")
    alpha = -np.log(0.7) / 0.3 / 0.4
    np.testing.assert_allclose(m.offers["margin_before"], 0.4, rtol=1e-10)
    merged = -np.log(0.4) / 0.6 / alpha
    np.testing.assert_allclose(m.offers["price_after"], 0.6 + merged, rtol=1e-10)


def test_elasticities_tell_linear_demand():
    E = np.array([[-2.5, 0.4], [0.5, -3.0]])
    fit = fit_system("linear", [1.0, 2.0], [0.3, 0.2], [np.nan] * 2, ["A", "B"], elasticities=E)
    np.testing.assert_allclose(fit.fitted, -1 / np.diag(E), rtol=1e-12)


@pytest.mark.parametrize("form", ["linear", "log-linear"])
def test_diversion_and_a_margin_tell_slopes(form):
    """Diversion in proportion to shares is that of logit."""
    p, s = TABLE["prices"].to_numpy(float), TABLE["shares"].to_numpy(float)
    m = np.array([0.4, np.nan, np.nan, np.nan])
    D = np.tile(s, (4, 1)) / (1 - s)[:, None]
    one = fit_system(form, p, s, m, TABLE["firm_ids"], diversions=D)
    other = fit_system(form, p, s, m, TABLE["firm_ids"])
    np.testing.assert_allclose(one.jacobian, other.jacobian, rtol=1e-9)
    assert one.fitted[0] == pytest.approx(0.4)


def test_efficiencies_that_offset_leave_consumers_as_they_were(beer):
    saving = beer.offsetting_efficiency()
    again = ir.merger(TABLE, ("A", "B"), efficiencies=saving)
    assert again.summary["compensating_variation"] == pytest.approx(0.0, abs=1e-10)
    assert 0 < saving < beer.offers["CMCR"].max()


def test_a_remedy_is_a_divestiture(beer):
    sold = ir.merger(TABLE, ("A", "B"), remedies={"Bock": "C"})
    row = beer.single_divestitures().query("product == 'Bock' and to == 'C'").iloc[0]
    assert sold.summary["compensating_variation"] == pytest.approx(row["compensating_variation"])
    assert sold.offers.loc["Bock", "firm_after"] == "C"
    none = ir.merger(TABLE, ("A", "B"), remedies={"Bock": "a new firm"})
    np.testing.assert_allclose(none.offers["price_change"], 0.0, atol=1e-10)


def test_a_hypothetical_monopolist_by_either_guidelines(beer):
    rises, passes = beer.monopolist_test(["Ale", "Bock"])
    market, _ = ir.market_from_margins(TABLE.drop(columns="nesting_ids"))
    expected, _ = ir.market.monopolist_test(market, ["Ale", "Bock"])
    np.testing.assert_allclose(rises, expected, rtol=1e-8, atol=1e-12)
    assert passes
    assert beer.smallest_market() == ["Ale", "Bock"]
    assert len(beer.smallest_market(threshold=0.1)) > 2
    # Cider and Dry are no party's: a market of 2023, none of 2010.
    assert beer.monopolist_test(["Cider", "Dry"], threshold=0.02)[1]
    assert not beer.monopolist_test(["Cider", "Dry"], threshold=0.02, guidelines=2010)[1]


def test_firms_of_a_merger_are_less_patient(beer):
    """Symmetric firms have one factor; a merged firm deviates less gladly, others more."""
    both = beer.coordination()["critical_discount_factor"]
    assert both["before", "B"] == pytest.approx(both["before", "D"], rel=1e-9)
    assert both["after", "C"] > both["before", "C"]
    with pytest.raises(ir.InputError, match="collude"):
        beer.coordination(["A"])
    with pytest.raises(ir.InputError, match="all firms"):
        ir.merger(TABLE, ("A", "B"), outside="none").coordination()
    with pytest.raises(ir.InputError, match="post prices"):
        ir.merger(TABLE, ("A", "B"), conduct="cournot").coordination()


def test_other_assumptions_in_one_table(beer):
    grid = beer.robustness()
    base = grid.loc[("logit", "bertrand")]
    assert base["parties_price_change"] == pytest.approx(beer.summary["parties_price_change"])
    # A consumer's harm, and that of each unit of money: the same sales.
    aids = ir.merger(TABLE, ("A", "B"), demand="aids").summary["compensating_variation"]
    sold = float(TABLE["prices"] @ TABLE["shares"])
    assert grid.loc[("aids", "bertrand"), "compensating_variation"] == pytest.approx(aids * sold)
    blank = grid["parties_price_change"].isna()
    assert (grid.loc[blank, "why_blank"] != "").all()
    assert set(grid.index[blank]) == {
        (demand, conduct)
        for demand in ("ces", "linear", "log-linear", "aids")
        for conduct in ("second score", "bargaining")
    } - {("ces", "bargaining")}
    beer.robustness_chart().to_dict()
    beer.price_chart().to_dict()


def test_standard_errors_by_both_ways(beer):
    delta = beer.standard_errors({"margins": 0.01})
    draws = beer.standard_errors({"margins": 0.01}, method="bootstrap", draws=80)
    ratio = draws["standard_error"] / delta["standard_error"]
    assert ratio.between(0.75, 1.3).all()
    # Of one margin that identifies alpha the derivative is known: all margins scale with it.
    one = ir.merger(TABLE.assign(margins=[0.4, None, None, None]), ("A", "B"))
    error = one.standard_errors({"margins": 0.04})["standard_error"]
    change = one.offers["price_change"]
    np.testing.assert_allclose(error.iloc[:4], change * 0.1, rtol=1e-5)
    # Two margins, alpha a ratio of sums of squares: its derivative by hand.
    m, at = beer.fitted_margins, beer.parameters["alpha"]
    x, given = (m * at)[[0, 2]], np.array([0.4, 0.3])
    slope = -(x @ x) / (given @ x) ** 2 * x
    assert delta.loc["alpha", "standard_error"] == pytest.approx(
        0.01 * np.linalg.norm(slope), rel=1e-6
    )
    with pytest.raises(ir.InputError, match="0 or more"):
        beer.standard_errors({"margins": -0.1})
    with pytest.raises(ir.InputError, match="errors"):
        beer.standard_errors({"weights": 0.1})


def test_what_is_printed_says_its_unit():
    """Percent of fractions, shares of what demand divides, amounts of what they are of."""
    revenue = TABLE.rename(columns={"shares": "revenue_shares"}).assign(margins=[0.4, *[None] * 3])
    m = ir.merger(revenue, ("A", "B"), demand="ces")
    line = next(row for row in str(m).splitlines() if row.startswith("Ale"))
    r = TABLE["shares"] / TABLE["shares"].sum()
    assert line.split()[4] == f"{r[0]:.1%}"
    assert "share of money" in str(m)
    assert "for each unit of money spent (positive is harm)" in str(m)
    assert m.summary["hhi_before"] == pytest.approx(1e4 * (r**2).sum())
    consumers = ir.merger(TABLE.assign(margins=[0.4, *[None] * 3]), ("A", "B"))
    assert "variation a consumer" in str(consumers)
    assert "share of money" not in str(consumers)
    whole = ir.merger(TABLE.assign(margins=[0.4, *[None] * 3]), ("A", "B"), size=100)
    assert "variation a period" in str(whole)
    rows = str(whole).splitlines()
    margin = next(row for row in rows if row.startswith("Ale")).split()[6]
    assert margin == f"{whole.offers.loc['Ale', 'margin_before']:.1%}"


def test_names_are_names_in_every_format(tmp_path):
    table = TABLE.assign(product_ids=["A&B_1", "50% ~^", "<b>", "{x}"])
    m = ir.merger(table, ("A", "B"))
    assert r"A\&B\_1" in m.to_latex()
    assert r"50\% \textasciitilde{}\textasciicircum{}" in m.to_latex()
    assert r"\{x\}" in m.to_latex()
    assert "&lt;b&gt;" in m.to_html()
    m.to_excel(tmp_path / "m.xlsx")
    assert pd.read_excel(tmp_path / "m.xlsx")["product_ids"].tolist() == list(table["product_ids"])


def test_second_choices_are_those_of_who_bought(beer):
    """Alike for logit; of a nest more comes back to it."""
    np.testing.assert_allclose(
        beer.diversion(second_choices=True), beer.diversion(), rtol=1e-10, atol=1e-14
    )
    nested = ir.merger(TABLE, ("A", "B"), demand="nested logit", rho=0.3)
    assert np.abs(nested.diversion(second_choices=True) - nested.diversion()).max(axis=None) > 1e-3
    linear = ir.merger(TABLE, ("A", "B"), demand="linear")
    with pytest.raises(ir.InputError, match="without an offer"):
        linear.diversion(second_choices=True)


def test_it_is_written_down(beer, tmp_path):
    assert "mean price change of the parties" in str(beer)
    assert beer.to_latex().count(r"\\") == 1 + 4 + 6
    assert "<table" in beer._repr_html_()
    beer.to_excel(tmp_path / "merger.xlsx")
    back = pd.read_excel(tmp_path / "merger.xlsx", sheet_name=None)
    np.testing.assert_allclose(back["offers"]["price_after"], beer.offers["price_after"])
    assert {"offers", "firms", "market", "assumptions", "units"} == set(back)
    assumed = back["assumptions"].set_index("name")["value"]
    assert assumed["conduct"] == "bertrand"
    assert float(assumed["alpha"]) == pytest.approx(beer.parameters["alpha"], rel=1e-5)
    assert beer.firms.loc["A + B", "profit_after"] > beer.firms.loc["A + B", "profit_before"]


BAD = {
    "no merger": ({"parties": ("A", "A")}, "no merger"),
    "one party": ({"parties": "A"}, "no merger"),
    "an unknown party": ({"parties": ("A", "Z")}, "Z"),
    "to nobody": ({"remedies": {"Bock": None}}, "nobody"),
    "to an unknown firm": ({"remedies": {"Bock": "Z"}}, "Z"),
    "to a party": ({"remedies": {"Bock": "A"}}, "which merges"),
    "a product of others": ({"remedies": {"Dry": "C"}}, "Dry of D"),
    "an unknown product": ({"efficiencies": {"Zider": 0.1}}, "Zider"),
    "percent saved": ({"efficiencies": 5}, "percent"),
    "an unknown demand": ({"demand": "probit"}, "'logit' or"),
    "no weight": ({"conduct": "second-score bargaining"}, "buyer_weight"),
    "rho without nests": ({"rho": 0.3}, "rho means something to"),
    "a weight of no bargain": ({"buyer_weight": 0.3}, "buyer_weight means something to"),
    "leaders of no game": ({"leaders": ["A"]}, "leaders means something to"),
    "diversions of logit": ({"diversions": np.eye(4)}, "diversions means something to"),
    "no allocation": ({"demand": "overlapping nests"}, "allocation"),
    "several prices of one good": (
        {"demand": "one good, linear", "conduct": "cournot"},
        "one price",
    ),
    "units for money": ({"demand": "ces"}, "shares of money"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_calls_are_refused(case):
    options, message = BAD[case]
    options = {"parties": ("A", "B"), **options}
    with pytest.raises(ir.InputError, match=message):
        ir.merger(TABLE, options.pop("parties"), **options)


TABLES = {
    "margins in money": (
        {"margins": [4.0, None, 3.0, None], "prices": [10.0, 11, 13, 9]},
        "money?",
    ),
    "margins in percent": ({"margins": [40.0, None, 30, None]}, "percent?"),
    "shares in percent": ({"shares": [20.0, 15, 10, 15]}, "percent?"),
    "a margin below zero": ({"margins": [-0.1, None, None, None]}, "margins above 0"),
    "no margin": ({"margins": [None] * 4}, "margins"),
    "a product twice": ({"product_ids": ["Ale", "Ale", "Cider", "Dry"]}, "2 rows of Ale"),
    "all inside": ({"shares": [0.3, 0.3, 0.2, 0.2]}, "outside option"),
    "a quantity below zero": ({"quantities": [50.0, -30, 20, 10]}, "quantities above 0"),
    "a capacity of zero": ({"capacities": [0, None, None, None]}, "capacities above 0"),
    "a price of zero": ({"prices": [0, 1.1, 1.3, 0.9]}, "prices above 0"),
}


@pytest.mark.parametrize("case", TABLES)
def test_bad_tables_are_asked_about(case):
    columns, message = TABLES[case]
    with pytest.raises(ir.InputError, match=message):
        ir.merger(TABLE.assign(**columns), ("A", "B"))


def test_shares_of_money_in_the_place_of_units_are_asked_about():
    q = np.array([20.0, 15.0, 10.0, 15.0])
    money = TABLE["prices"] * q
    with pytest.raises(ir.InputError, match="shares of money\\?"):
        ir.merger(TABLE.assign(quantities=q, shares=0.6 * money / money.sum()), ("A", "B"))
    revenue = TABLE.rename(columns={"shares": "revenue_shares"})
    with pytest.raises(ir.InputError, match="shares of units"):
        ir.merger(revenue, ("A", "B"))
    # And the reverse: shares of units under the name of money.
    with pytest.raises(ir.InputError, match="shares of units\\?"):
        ir.merger(revenue.assign(quantities=q), ("A", "B"), demand="ces")
    both = TABLE.assign(revenue_shares=0.5 * money[::-1].to_numpy() / money.sum())
    with pytest.raises(ir.InputError, match="no proportion"):
        ir.merger(both, ("A", "B"), demand="ces")
    fits = ir.merger(TABLE.assign(revenue_shares=0.5 * money / money.sum()), ("A", "B"))
    assert fits.summary["parties_price_change"] > 0


def test_an_auction_needs_two_bidders_where_buyers_must_buy():
    table = TABLE[:2].assign(shares=[0.5, 0.5])
    for conduct in ("second score", "bertrand"):
        with pytest.raises(ir.InputError, match="a merger of all firms"):
            ir.merger(table, ("A", "B"), conduct=conduct, outside="none")
    alone = PricedDemand(
        utility=np.zeros((2, 1)), alpha=np.ones(1), weights=np.ones(1), outside=-np.inf
    )
    with pytest.raises(ir.InputError, match="two bidders"):
        SecondScore().margins(alone, np.ones(2), np.ones((2, 2)))


def test_quantities_below_zero_are_no_equilibrium():
    """A cost saving that leaves a rival nothing to sell in linear demand."""
    elasticities = np.diag([-3.0, -3.0, -3.0, -3.0])
    elasticities[2, 0] = 8.0
    with pytest.raises(ir.UnreachableError, match="quantities of 0 or more"):
        _ = ir.merger(
            *(TABLE, ("A", "B")), demand="linear", elasticities=elasticities, efficiencies=0.9
        ).offers


def test_cournot_of_one_good_closes_the_dearer_plant():
    m = ir.merger(ONE, ("B", "C"), demand="one good, linear", conduct="cournot")
    # |e| = 2: costs 7.5, 8.5, 9; P = a - bQ with a = 15, b = 5 (Q = 1).
    np.testing.assert_allclose(m.offers["price_after"], (15 + 7.5 + 8.5) / 3, rtol=1e-10)
    assert m.offers.loc["3", "share_after"] == 0
    assert m.offers[["UPP", "GUPPI"]].isna().all(axis=None)
    np.testing.assert_allclose(m.offers["CMCR"], [0, 1.0 / 8.5, 1.5 / 9.0], rtol=1e-9, atol=1e-12)
    with pytest.raises(ir.InputError, match="leaders"):
        ir.merger(ONE, ("B", "C"), demand="one good, linear", conduct="stackelberg", leaders=["Z"])


def test_pressure_from_margins_and_diversion_is_that_of_a_calibrated_market(beer):
    """At the margins and diversion of a market its own screens come out."""
    table = TABLE.assign(margins=beer.fitted_margins)
    alone = ir.pricing_pressure(table, ("A", "B"), beer.diversion().iloc[:, :-1])
    expected = beer.offers.loc[["Ale", "Bock"], ["UPP", "GUPPI", "CMCR"]]
    np.testing.assert_allclose(alone, expected, rtol=1e-9)
    with pytest.raises(ir.InputError, match="none of Bock"):
        ir.pricing_pressure(TABLE, ("A", "B"), np.zeros((4, 4)))


def test_firms_that_collude_gain_less_by_merging():
    """At full collusion a merger changes nothing; a merger that makes firms collude does more."""
    changes = [
        ir.merger(TABLE, ("A", "B"), collusion=weight).summary["parties_price_change"]
        for weight in (0.0, 0.4, 1.0)
    ]
    assert changes[0] > changes[1] > changes[2] == pytest.approx(0.0, abs=1e-10)
    more = ir.merger(TABLE, ("A", "B"), collusion_after=0.3)
    assert more.summary["parties_price_change"] > changes[0]
    with pytest.raises(ir.InputError, match="collusion"):
        ir.merger(TABLE, ("A", "B"), collusion=0.2, conduct="second score")


def test_a_capacity_that_binds_after_the_merger_raises_prices_until_it_does_not():
    """Rivals that cannot serve who leaves the parties raise prices further."""
    free = ir.merger(TABLE, ("A", "B"))
    tight = ir.merger(TABLE.assign(capacities=[None, None, 0.104, None]), ("A", "B"))
    sold = tight.simulation.after.quantities
    assert free.simulation.after.quantities[2] > 0.104
    assert sold[2] == pytest.approx(0.104, rel=1e-10)
    assert tight.offers.loc["Cider", "price_after"] > free.offers.loc["Cider", "price_after"]
    with pytest.raises(ir.InputError, match="Ale above its own by 5"):
        ir.merger(TABLE.assign(capacities=[0.2 / 1.05, None, None, None]), ("A", "B"))


@pytest.mark.parametrize("margin", [0.55, None])
def test_a_capacity_that_binds_already_tells_a_cost_and_no_slope(margin):
    """Bock sells all it can at a price above the one that it would set."""
    table = TABLE.assign(capacities=[None, 0.15, None, None], margins=[0.4, margin, None, None])
    if margin is None:
        with pytest.warns(CalibrationWarning, match="Bock sells all it can and has no margin"):
            m = ir.merger(table, ("A", "C"))
    else:
        m = ir.merger(table, ("A", "C"))
    free = ir.merger(TABLE.assign(margins=[0.4, None, None, None]), ("A", "C"))
    assert m.parameters["alpha"] == pytest.approx(free.parameters["alpha"], rel=1e-12)
    np.testing.assert_allclose(m.offers["price_before"], TABLE["prices"], rtol=1e-10)
    expected = free.fitted_margins[1] if margin is None else margin
    assert m.offers.loc["Bock", "margin_before"] == pytest.approx(expected, rel=1e-9)
    # Once rivals are dearer it could sell more, and raises its price instead.
    assert m.simulation.after.quantities[1] == pytest.approx(0.15, rel=1e-9)
    assert m.offers.loc["Bock", "price_change"] > free.offers.loc["Bock", "price_change"]
    if margin is not None:
        assert m.offers.loc["Bock", "pass_through"] == pytest.approx(0.0, abs=1e-6)
        assert m.offers.loc["Bock", "CMCR"] == 0
    low = table.assign(margins=[0.4, 0.2, None, None])
    with pytest.warns(CalibrationWarning, match="is below the"):
        ir.merger(low, ("A", "C"))


@pytest.mark.parametrize("given", [{}, {"market_elasticity": -1.8}])
def test_ces_of_an_unknown_outside_share_is_found(given):
    """Margins, or one and the market's elasticity, tell gamma and what is spent elsewhere."""
    gamma, rest = 4.0, 0.8 / 3.0
    r = np.array([0.3, 0.25, 0.45]) * (1 - rest)
    fit = fit_ces(
        *([1.0, 1.2, 0.8], r / r.sum(), 1 / (gamma - (gamma - 1) * r), list("ABC")),
        outside="unknown",
        **given,
    )
    assert fit.gamma == pytest.approx(gamma, rel=1e-7)
    at = fit.demand.at_prices(np.array([1.0, 1.2, 0.8]))
    np.testing.assert_allclose(at.spending_shares, r, rtol=1e-7)


def test_margins_that_are_missed_are_told():
    table = TABLE.assign(margins=[0.6, None, 0.1, None])
    with pytest.warns(CalibrationWarning, match="missed by up to"):
        m = ir.merger(table, ("A", "B"))
    assert "missed" in m.doubts[0]
    assert "Doubtful: margins are missed" in str(m)


def test_margins_tell_the_buyers_weight():
    """Two margins, alpha and a weight: what was planted comes back."""
    planted = ir.merger(TABLE, ("A", "B"), conduct="bargaining", buyer_weight=0.35)
    model = planted.simulation.model
    at = model.demand.at_prices(model.prices)
    table = TABLE.assign(margins=planted.fitted_margins, shares=at.shares)
    again = ir.merger(table, ("A", "B"), conduct="bargaining")
    assert again.simulation.model.conduct.buyer_weight == pytest.approx(0.35, rel=1e-6)
    np.testing.assert_allclose(
        again.offers["price_after"], planted.offers["price_after"], rtol=1e-8
    )
    with pytest.raises(ir.InputError, match="margins"):
        ir.merger(TABLE.assign(margins=[0.4, None, None, None]), ("A", "B"), conduct="bargaining")


def test_margins_tell_the_market_elasticity_of_aids():
    """As R antitrust's aids does where none is given."""
    planted = pcaids(TABLE["prices"], [0.3, 0.25, 0.25, 0.2], -3.0, market_elasticity=-0.6)
    p = TABLE["prices"].to_numpy(float)
    margins = PostedPrices().margins(planted, p, np.eye(4)) / p
    units = planted.at_prices(p).shares
    fit = fit_system("aids", p, units, margins, list("ABCD"), outside="unknown")
    assert fit.demand.market_elasticity == pytest.approx(-0.6, rel=1e-6)
    np.testing.assert_allclose(fit.demand.slopes, planted.slopes, rtol=1e-6)


def test_quantities_are_shares_of_the_consumers_there_are(beer):
    table = TABLE.drop(columns="shares").assign(quantities=TABLE["shares"] * 2000)
    m = ir.merger(table, ("A", "B"), size=2000)
    np.testing.assert_allclose(m.offers["price_after"], beer.offers["price_after"], rtol=1e-12)
    harm = beer.summary["compensating_variation"]
    assert m.summary["compensating_variation"] == pytest.approx(2000 * harm)
    with pytest.raises(ir.InputError, match="outside option"):
        ir.merger(table, ("A", "B"))
