"""Scores of single choices as moments: derivatives, efficiency, likelihood, bad input."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import inroads as ir
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import Objective
from inroads.estimation.inference.delta_method import DemandAtParameters
from inroads.estimation.problem import build_problem

DEMAND = ir.Demand("1 + prices + x", random="0 + prices", demographics="0 + income")
SURVEY = ir.MicroDataset(name="survey", observations=400, buyers=True)


@cache
def sampled(seed=0, markets=20, J=4, people=50):
    """A panel from known tastes, and 400 buyers with their incomes."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, markets, J))
    xi = 0.4 * rng.normal(size=(markets, J))
    prices = 3 + 0.7 * z + 0.3 * xi
    income = rng.normal(size=(markets, people))
    u = (1 + x + xi)[..., None] + prices[..., None] * (-1.2 + 0.5 * income)[:, None, :]
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    products = {"market_ids": np.repeat(np.arange(markets), J), "prices": prices.ravel()}
    products |= {"product_ids": np.tile(np.arange(J), markets), "x": x.ravel()}
    products |= {"shares": P.mean(axis=-1).ravel()}
    excluded = [z, z**2, z.sum(axis=1, keepdims=True) - z]
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    agents = {"market_ids": np.repeat(np.arange(markets), people), "weights": 1 / people}
    agents |= {"income": income.ravel()}
    t, j, i = np.unravel_index(rng.choice(P.size, size=400, p=P.ravel() / P.sum()), P.shape)
    answers = pd.DataFrame({"market_ids": t, "product_ids": j, "income": income[t, i]})
    covariance = np.cov(prices[t, j], answers["income"], bias=True)[0, 1]
    moment = ir.MicroCovariance("prices", "income", covariance, SURVEY)
    return ir.read_panel(pd.DataFrame(products), pd.DataFrame(agents)), answers, moment


def fitted(micro, start=0.2):
    panel, _, _ = sampled()
    return ir.estimate(DEMAND, panel, start={"pi": [[start]]}, micro=micro, n_starts=1)


@cache
def first():
    return fitted([sampled()[2]])


@cache
def scores():
    return ir.choice_scores(first(), SURVEY, sampled()[1])


def test_scores_are_differences_of_log_probabilities():
    """Mean utilities solved for again; what changes of the chance to buy at all counts."""
    panel, answers, _ = sampled()
    fit, step = first(), 1e-5
    demand = DemandAtParameters(fit)

    def log_probabilities(change):
        params = fit.params.to_numpy().copy()
        params[-1] += change
        at_change, income = demand.at(params), answers["income"].to_numpy()
        rows = answers["market_ids"].to_numpy()[:, None] * 4 + np.arange(4)
        prices = panel.products["prices"].to_numpy()[rows]
        u = at_change.delta[rows] + params[-1] * prices * income[:, None]
        chosen = u[np.arange(400), answers["product_ids"]]
        return chosen - np.log1p(np.exp(u).sum(axis=1))

    difference = (log_probabilities(step) - log_probabilities(-step)) / (2 * step)
    np.testing.assert_allclose(scores().scores.iloc[:, 0], difference, rtol=1e-6, atol=1e-8)
    inside = panel.products.groupby("market_ids")["shares"].sum().sum()
    expected = np.exp(log_probabilities(0.0)) / inside
    np.testing.assert_allclose(scores().probabilities, expected, rtol=1e-9)
    assert scores().log_likelihood == pytest.approx(np.log(expected).sum())


def test_of_the_model_s_own_consumers_they_are_zero_on_average():
    """Agents' incomes are all that differs: no rule stands for what is not observed."""
    problem = build_problem(DEMAND, sampled()[0], start={"pi": [[0.2]]}, micro=scores().moments)
    state = problem.equations.mean_utilities.solve(first().params.to_numpy()[-1:])
    assert problem.equations.micro.values(state).item() == pytest.approx(0.0, abs=1e-10)


def test_repeated_they_are_the_likelihood_s_conditions():
    """The slope of shares' moments is that of the log likelihood, at the last of some rounds."""
    panel, answers, _ = sampled()
    fit = first()
    for _ in range(8):
        found = ir.choice_scores(fit, SURVEY, answers)
        fit = fitted(found.moments, fit.params.iloc[-1])
    slope = ir.choice_scores(fit, SURVEY, answers).scores.to_numpy().sum()
    problem = build_problem(DEMAND, panel, start={"pi": [[0.2]]})
    macro = Projection(problem.regressions, np.linalg.cholesky(fit.weights[:-1, :-1]))
    point = Objective(problem.equations, macro, lambda *_: None).point(fit.params.to_numpy()[-1:])
    assert abs(slope) > 0.1
    assert point.g.item() == pytest.approx(slope, rel=2e-3)
    # No less is known than from the covariance alone.
    name = "pi[prices, income]"
    assert fit.standard_errors[name] < first().standard_errors[name]


def test_it_is_saved_and_shown(tmp_path):
    assert "ChoiceScores of 400 answers, log likelihood" in repr(scores())
    fit = fitted(scores().moments)
    assert list(fit.micro_fit.index) == ["score[pi[prices, income]]"]
    fit.save(tmp_path / "fit.zip")
    again = ir.Estimate.load(tmp_path / "fit.zip")
    pd.testing.assert_frame_equal(again.micro_fit, fit.micro_fit)
    assert again.profile("prices").low == pytest.approx(fit.profile("prices").low, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.drop(columns="income"), "a column 'income' of answers"),
        (lambda a: a.rename(columns={"product_ids": "product"}), "a column 'product_ids'"),
        (lambda a: a.head(9), "400 answers, as many as the sample has consumers"),
        (lambda a: a.assign(market_ids=99), "market '99' in row 0; expected markets"),
        (lambda a: a.assign(product_ids="tram"), "'tram' in row 0; expected products of market"),
        (lambda a: a.assign(product_ids=None), "nothing bought in row 0; expected buyers"),
        (lambda a: a.assign(income=np.nan), "income"),
    ],
)
def test_answers_at_fault_are_told(change, message):
    with pytest.raises(ir.InputError, match=message):
        ir.choice_scores(first(), SURVEY, change(sampled()[1]))


def test_other_estimates_and_samples_are_refused():
    panel, answers, _ = sampled()
    second = ir.MicroDataset(name="second", observations=400, second_choices=True)
    with pytest.raises(ir.InputError, match="found second choices; expected first"):
        ir.choice_scores(first(), second, answers)
    plain = ir.estimate(ir.Demand("1 + prices + x"), panel)
    with pytest.raises(ir.InputError, match="an estimate of random coefficients"):
        ir.choice_scores(plain, SURVEY, answers)
