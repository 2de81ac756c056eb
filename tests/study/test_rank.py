"""The world table: odds where they are known, and what the shipped study knew at its date."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.results.negotiations import EntrantDeals
from inroads.study.load import Study
from inroads.study.outlook.rank import Rank, changes_of, history, lasting, rank
from inroads.study.outlook.world_forecast import shrunk_correlation
from inroads.uncertainty.forecast import forecast

MAKERS = ("Huawei", "Apple", "Samsung")
SEASON = np.array([0.3, -0.1, -0.15, -0.05])


def past(**levels: float) -> pd.DataFrame:
    """Twenty quarters to 2016Q4, each maker about its level."""
    index = pd.period_range("2012Q1", "2016Q4", freq="Q")
    rng = np.random.default_rng(0)
    walk = 0.05 * np.cumsum(rng.standard_normal(20))
    return pd.DataFrame(
        {m: v * np.exp(walk + np.tile(SEASON, 5)) for m, v in levels.items()}, index
    )


def probability(found: Rank, span: str, period: str, scenario: str = "as is") -> float:
    odds = found.odds
    rows = odds[(odds["span"] == span) & (odds["period"] == period)]
    return float(rows.loc[rows["scenario"] == scenario, "probability"].iloc[0])


def test_far_below_never_far_above_always() -> None:
    far = rank(past(A=1.0, B=1e6), "A", "2017Q4", {"as is": {}}, draws=1024)
    assert far.odds["probability"].eq(0).all()
    near = rank(past(B=1.0, A=1e6), "A", "2017Q4", {"as is": {}}, draws=1024)
    assert near.odds["probability"].eq(1).all()


def test_equals_pass_each_other_half_of_the_time() -> None:
    found = rank(past(A=10.0, B=10.0), "A", "2018Q4", {"as is": {}}, draws=2**13)
    for span, period in (("quarter", "2017Q1"), ("quarter", "2018Q4"), ("year", "2018")):
        assert probability(found, span, period) == pytest.approx(0.5, abs=0.01)
    assert probability(found, "by", "2017Q1") == probability(found, "quarter", "2017Q1")
    assert probability(found, "by", "2018Q4") > 0.6


def test_a_tie_is_no_passing() -> None:
    """Without noise equal histories are equal for ever: strictly more is never reached."""
    index = pd.period_range("2012Q1", "2016Q4", freq="Q")
    level = np.exp(np.tile(SEASON, 5))
    still = pd.DataFrame({"A": level, "B": level}, index)
    increments = {"as is": {}, "one more": {"A": 1.0}, "one less": {"A": -0.1}}
    found = rank(still, "A", "2017Q4", increments, draws=64)
    assert probability(found, "year", "2017", "one more") == 1
    assert probability(found, "year", "2017", "one less") == 0
    assert probability(found, "by", "2017Q4", "one more") == 1


def test_increments_move_every_draw_by_the_same_amount() -> None:
    extra = {"A": np.array([0.0, 0.0, 5.0, 5.0]), "B": -2.0}
    found = rank(past(A=10.0, B=20.0), "A", "2017Q4", {"as is": {}, "more": extra}, draws=1024)
    for manufacturer, change in extra.items():
        difference = found.units["more"][manufacturer] - found.units["as is"][manufacturer]
        assert difference == pytest.approx(np.broadcast_to(change, (1024, 4)))
    odds = found.odds.pivot(index=["span", "period"], columns="scenario", values="probability")
    assert (odds["more"] >= odds["as is"]).all()
    assert odds.loc[("quarter", "2017Q4"), "more"] > odds.loc[("quarter", "2017Q4"), "as is"]


def test_increments_may_be_uncertain() -> None:
    index = pd.period_range("2012Q1", "2016Q4", freq="Q")
    still = pd.DataFrame({"A": np.ones(20), "B": np.full(20, 2.0)}, index)
    half = np.where(np.arange(64)[:, None] < 16, 3.0, 0.0) * np.ones((64, 4))
    found = rank(still, "A", "2017Q4", {"as is": {"A": half}}, draws=64)
    assert probability(found, "quarter", "2017Q3") == 0.25


def test_the_same_seed_gives_the_same_odds() -> None:
    one, two, other = (
        rank(past(A=10.0, B=12.0), "A", "2018Q4", {"as is": {}}, draws=512, seed=seed)
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.odds, two.odds)
    assert not one.odds.equals(other.odds)


def test_errors_that_hang_together_cancel() -> None:
    """Of equal makers with one error in common the one ahead stays ahead more often."""
    apart, together = (
        rank(past(A=10.0, B=11.0), "A", "2018Q4", {"as is": {}}, draws=4096, together=rho)
        for rho in (0.0, 0.95)
    )
    assert probability(together, "quarter", "2017Q1") < probability(apart, "quarter", "2017Q1") / 2


def test_a_year_counts_what_is_known_of_it() -> None:
    known = past(A=1.0, B=2.0).iloc[:-2]
    known.loc[known.index.year == 2016, "A"] = 1e6
    found = rank(known, "A", "2017Q3", {"as is": {}}, draws=256)
    assert probability(found, "year", "2016") == 1
    assert "2017" not in set(found.odds["period"])


def test_history_has_one_vintage_and_nothing_from_later(us: Study) -> None:
    found = history(us, MAKERS, "IDC")
    # First printed in the press of the days after 2 November 2017.
    assert str(found.index[-1]) == "2017Q3"
    assert found.loc["2017Q3"].tolist() == [39.1e6, 46.7e6, 83.3e6]
    assert str(history(us.at(date(2017, 11, 1)), MAKERS, "IDC").index[-1]) == "2017Q2"
    assert found.loc["2017Q1", "Apple"] == 51.6e6
    assert found.loc["2015Q3", "Huawei"] == 26.5e6
    assert np.isnan(found.loc["2016Q4", "Samsung"])
    latest = history(us, MAKERS, "IDC", "latest")
    assert latest.loc["2017Q1", "Apple"] == 50.7e6
    assert latest.loc["2015Q3", "Huawei"] == 27.3e6
    later = history(us.at(date(2018, 12, 31)), MAKERS, "IDC")
    assert later.loc["2017Q4", "Huawei"] == 41e6
    assert later.loc["2016Q4", "Samsung"] == 77.5e6


def test_what_huawei_may_hope_for(us: Study) -> None:
    """Wide bounds around what was computed; phones at American carriers help, and only a little."""
    known = history(us, MAKERS, "IDC")
    lost = {"Apple": -0.15e6, "Samsung": -0.57e6, "LG": -0.37e6}
    deals = EntrantDeals.model_construct(
        manufacturer="Huawei", units=1.69e6, units_without_deals=0.09e6, rival_units_change=lost
    )
    change = changes_of(deals)
    assert change["Huawei"] == 1.6e6
    with_deals = lasting(change, known, "2020Q4", "2018Q2")
    assert set(with_deals) == set(MAKERS)
    found = rank(known, "Huawei", "2020Q4", {"without": {}, "with": with_deals}, draws=4096)
    odds = found.odds.pivot(
        index=["rival", "span", "period"], columns="scenario", values="probability"
    )
    gain = odds["with"] - odds["without"]
    assert gain.between(0, 0.06).all()
    assert (gain.xs("2017Q4", level="period") == 0).all()
    assert 0.2 < odds.loc[("Apple", "year", "2018"), "without"] < 0.5
    assert odds.loc[("Samsung", "year", "2018"), "without"] < 0.15
    by = odds.xs("by", level="span")["without"].unstack("rival")
    assert (np.diff(by.sort_index(), axis=0) >= 0).all()
    assert (by["Apple"] >= by["Samsung"]).all()


def test_what_cannot_be_ranked_is_refused(us: Study) -> None:
    with pytest.raises(InputError, match="quarters of Nokia"):
        history(us, ("Huawei", "Nokia"), "IDC")
    with pytest.raises(InputError, match="quarters of Huawei"):
        history(us, MAKERS, "Nobody")
    with pytest.raises(InputError, match="vintage"):
        history(us, MAKERS, "IDC", "best")
    known = past(A=1.0, B=2.0)
    with pytest.raises(InputError, match="after 2016Q4"):
        rank(known, "A", "2016Q4", {"as is": {}})
    with pytest.raises(InputError, match="some of C"):
        rank(known, "A", "2017Q4", {"as is": {"C": 1.0}}, draws=64)
    with pytest.raises(InputError, match="power of two"):
        rank(known, "A", "2017Q4", {"as is": {}}, draws=100)


def shares_of_hundred() -> tuple[pd.DataFrame, pd.Series]:
    """A maker that grows a tenth a quarter, one that does not, in a total that does not either."""
    known, rng = past(A=5.0, B=20.0), np.random.default_rng(3)
    growth = np.exp(0.1 * np.arange(20) + 0.05 * np.cumsum(rng.standard_normal(20)))
    known["A"] = known["A"] * growth
    return known, pd.Series(100.0 * np.exp(np.tile(SEASON, 5)), known.index)


def test_shares_of_a_total_add_up() -> None:
    known, total = shares_of_hundred()
    apart = rank(known, "A", "2021Q4", {"as is": {}}, draws=1024).units["as is"]
    shared = rank(known, "A", "2021Q4", {"as is": {}}, total=total, draws=1024).units["as is"]
    # By itself a maker grows beyond a market that does not; as a share of it, it cannot.
    assert (apart["A"][:, -1] > 100).mean() > 0.5
    season = np.exp(np.tile(SEASON, 5))
    assert ((shared["A"] + shared["B"]) / season < 100.01).all()
    assert np.median(shared["A"][:, -1]) < 0.7 * np.median(apart["A"][:, -1])
    with pytest.raises(InputError, match="a total above the sum"):
        rank(known, "A", "2017Q4", {"as is": {}}, total=total / 10, draws=64)


def test_growth_fades_as_far_as_it_is_told_to() -> None:
    index = pd.period_range("2012Q1", "2016Q4", freq="Q")
    rng = np.random.default_rng(5)
    grown = np.exp(np.tile(SEASON, 5) + 0.1 * np.arange(20) + 1e-6 * rng.standard_normal(20))
    for damping in (1.0, 0.8):
        ahead = forecast(grown, 8, damping=damping)
        growth = ahead.mean - np.log(grown[-1]) - np.tile(SEASON, 2) + SEASON[-1]
        # 0.1 (d + d^2 + ... + d^h).
        wanted = 0.1 * np.cumsum(damping ** np.arange(1, 9))
        np.testing.assert_allclose(growth, wanted, atol=1e-4)
    with pytest.raises(InputError, match="damping"):
        rank(pd.DataFrame({"A": grown, "B": 1.0}, index), "A", "2017Q4", {}, damping=0.0)


def test_correlations_that_few_rows_leave_open_are_pulled_to_none() -> None:
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((400, 1))
    errors = pd.DataFrame(np.hstack([shared, shared, rng.standard_normal((400, 1))]))
    errors[1] += 0.5 * rng.standard_normal(400)
    many, few = shrunk_correlation(errors), shrunk_correlation(errors.iloc[:6])
    assert many[0, 1] == pytest.approx(errors.corr()[0][1], abs=0.01)
    assert 0 < few[0, 1] < errors.iloc[:6].corr()[0][1]
    # A matrix of pairs, over different rows each, that is no correlation matrix.
    holes = pd.DataFrame(
        rng.standard_normal((12, 3)) + 5 * np.tile(rng.standard_normal(12), (3, 1)).T
    )
    holes.iloc[:4, 0], holes.iloc[4:8, 1], holes.iloc[8:, 2] = np.nan, np.nan, np.nan
    holes[2] -= 2 * holes[1].fillna(0.0)
    mixed = shrunk_correlation(holes)
    np.testing.assert_allclose(np.diag(mixed), 1.0)
    assert np.linalg.eigvalsh(mixed).min() > -1e-12


def test_errors_go_together_as_they_did() -> None:
    rng = np.random.default_rng(2)
    steps = rng.multivariate_normal([0, 0], [[0.01, 0.009], [0.009, 0.01]], 20)
    index = pd.period_range("2012Q1", "2016Q4", freq="Q")
    known = pd.DataFrame(10 * np.exp(np.cumsum(steps, axis=0)), index, ["A", "B"])
    drawn = rank(known, "A", "2017Q4", {"as is": {}}, together=None, draws=4096).units["as is"]
    assert np.corrcoef(np.log(drawn["A"][:, 0]), np.log(drawn["B"][:, 0]))[0, 1] > 0.6
