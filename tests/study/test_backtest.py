"""Scores of forecasts against closed forms, and a small table of outcomes that never happened."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from inroads.errors import InputError
from inroads.study.outlook.backtest import Forecasted, backtest, shipments_forecast
from inroads.study.outlook.rank import rank

AS_OF = date(2017, 12, 15)
NORMAL = norm.ppf((np.arange(20_000) + 0.5) / 20_000)


def outcome(id: str, period: str, value: float, published: str, unit: str = "") -> dict[str, str]:
    return {
        "id": id,
        "subject": "made up",
        "metric": "shipments",
        "value": str(value),
        "unit": unit,
        "period": period,
        "published": published,
        "source": "made up",
    }


def test_crps_and_log_score_of_a_normal_in_closed_form() -> None:
    said = Forecasted("x", "2018Q1", mean=10.0, sd=2.0)
    # Gneiting and Raftery (2007): at the mean, sd (sqrt 2 - 1) / sqrt pi.
    assert said.crps(10.0) == pytest.approx(2 * (np.sqrt(2) - 1) / np.sqrt(np.pi))
    assert said.log_density(12.0) == pytest.approx(-0.5 - np.log(2 * np.sqrt(2 * np.pi)))
    assert said.below(10.0) == pytest.approx(0.5)
    assert said.quantile(0.95) == pytest.approx(10 + 2 * 1.6448536)


def test_draws_score_as_the_distribution_that_they_are_of() -> None:
    exact, drawn = (
        Forecasted("x", "p", mean=10.0, sd=2.0),
        Forecasted("x", "p", draws=10 + 2 * NORMAL),
    )
    for y in (6.0, 9.5, 10.0, 14.0):
        assert drawn.crps(y) == pytest.approx(exact.crps(y), abs=1e-3)
        assert drawn.log_density(y) == pytest.approx(exact.log_density(y), abs=0.03)
        assert drawn.below(y) == pytest.approx(exact.below(y), abs=1e-3)


def test_crps_of_a_few_draws_by_hand() -> None:
    # E|X - y| = (1 + 1 + 3) / 3; E|X - X'| = 2 (2 + 4 + 2) / 9.
    assert Forecasted("x", "p", draws=np.array([5.0, 1.0, 3.0])).crps(2.0) == pytest.approx(
        5 / 3 - 8 / 9
    )
    certain = Forecasted("x", "p", draws=np.full(9, 4.0))
    assert certain.crps(6.0) == 2
    assert certain.log_density(6.0) == -np.inf


def test_far_out_the_log_score_stays_finite() -> None:
    assert np.isfinite(Forecasted("x", "p", draws=NORMAL).log_density(60.0))


def test_a_table_of_outcomes_is_scored() -> None:
    said = [
        Forecasted("share", "2018", mean=0.02, sd=0.01),
        Forecasted("units", "2018Q1", draws=1e6 * (3 + NORMAL)),
        Forecasted("units", "2018Q2", draws=1e6 * (3 + NORMAL)),
    ]
    outcomes = pd.DataFrame(
        [
            outcome("share", "2018", 2.5, "2019-02", "percent"),
            outcome("units", "2018Q1", 4.9, "2018-08-01", "million units"),
            outcome("units", "2018Q1", 3.1, "2018-04-30", "million units"),
            outcome("units", "2018Q2", 6.5, "2018-07-30", "million units"),
            outcome("units", "2017Q3", 2.0, "2017-11-01", "million units"),
            outcome("something-else", "2018", 1.0, "2019"),
        ]
    )
    found = backtest(said, outcomes, AS_OF)
    table = found.table.set_index(["id", "period"])
    assert table.loc[("share", "2018"), "outcome"] == 0.025
    assert table.loc[("units", "2018Q1"), "outcome"] == 3.1e6
    assert table["inside 90%"].to_dict() == {
        ("share", "2018"): True,
        ("units", "2018Q1"): True,
        ("units", "2018Q2"): False,
    }
    assert set(table["how"]) == {"normal", "kernel"}
    assert table.loc[("units", "2018Q2"), "below"] == pytest.approx(norm.cdf(3.5), abs=1e-3)
    assert found.coverage.loc[0.9, ["held", "of"]].tolist() == [2, 3]
    assert found.coverage.loc[0.9, "low"] < 2 / 3 < found.coverage.loc[0.9, "high"]
    assert found.left_out["why"].tolist() == ["known at the date", "not forecast"]
    assert found.log_score == pytest.approx(table["log_score"].mean())


def test_a_better_forecast_scores_better() -> None:
    rng = np.random.default_rng(2)
    periods = [f"{2018 + k // 4}Q{1 + k % 4}" for k in range(80)]
    truth = rng.standard_normal(80)
    outcomes = pd.DataFrame(
        [outcome("x", p, y, "2050") for p, y in zip(periods, truth, strict=True)]
    )
    right, sure, shy = (
        backtest([Forecasted("x", p, mean=0.0, sd=sd) for p in periods], outcomes, AS_OF)
        for sd in (1.0, 0.3, 4.0)
    )
    assert right.log_score > max(sure.log_score, shy.log_score)
    assert right.crps < min(sure.crps, shy.crps)
    least, most = binom(80, 0.9).ppf([0.001, 0.999])
    assert least <= right.coverage.loc[0.9, "held"] <= most
    assert sure.coverage.loc[0.9, "held"] < least
    assert shy.coverage.loc[0.9, "held"] > most - 1


def test_world_shipments_are_forecasts_to_be_scored() -> None:
    index = pd.period_range("2012Q1", "2017Q2", freq="Q")
    rng = np.random.default_rng(1)
    past = pd.DataFrame(
        {m: 1e6 * np.exp(3 + 0.1 * np.cumsum(rng.standard_normal(22))) for m in ("A Co", "B")},
        index,
    )
    said = shipments_forecast(rank(past, "B", "2018Q4", {"with": {}}, draws=256), "with")
    assert len(said) == 12
    rows = [outcome("a-co-world-shipments", "2018Q1", 22.5, "2018-05", "million units")]
    table = backtest(said, pd.DataFrame(rows), AS_OF).table
    assert table.loc[0, "low 90%"] < table.loc[0, "median"] < table.loc[0, "high 90%"]
    assert table.loc[0, "outcome"] == 22.5e6


def test_what_cannot_be_scored_is_refused() -> None:
    said = [Forecasted("x", "2018", mean=0.0, sd=1.0)]
    with pytest.raises(InputError, match="published after 2017-12-15"):
        backtest(said, pd.DataFrame([outcome("x", "2018", 1.0, "2017-12-01")]), AS_OF)
    with pytest.raises(InputError, match="outcomes"):
        backtest(said, pd.DataFrame([{"id": "x"}]), AS_OF)
    with pytest.raises(InputError, match="one forecast"):
        backtest(said * 2, pd.DataFrame([outcome("x", "2018", 1.0, "2019")]), AS_OF)
    for wrong in ({}, {"mean": 1.0, "sd": 0.0}, {"draws": np.array([1.0, np.nan])}):
        with pytest.raises(InputError, match="finite draws"):
            Forecasted("x", "2018", **wrong)
