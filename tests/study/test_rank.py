"""The world table: odds where they are known, and what the shipped study knew at its date."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from inroads.errors import InputError
from inroads.results.negotiations import EntrantDeals
from inroads.study.load import Study
from inroads.study.outlook.rank import Rank, changes_of, history, lasting, rank

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
    assert str(found.index[-1]) == "2017Q2"
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
