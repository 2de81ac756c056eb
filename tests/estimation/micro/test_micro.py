"""Micro moments: PyBLP's Petrin, derivatives, sampling, what they bring, bad input."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.choice import Logit, Nested
from inroads.estimation.gmm.moments import Projection
from inroads.estimation.gmm.objective import Objective
from inroads.estimation.gmm_steps import GmmOptions, _first_weighting
from inroads.estimation.micro.part_sums import ChoiceWeights
from inroads.estimation.micro.second_choices import SecondChoiceWeights
from inroads.estimation.micro.sums_together import slopes_of, sums_of
from inroads.estimation.problem import build_problem

X1 = "1 + hpwt + space + air + mpd + fwd + mi + sw + su + pv + pgnp + trend + trend2"
X2 = "1 + I(-prices) + hpwt + space + air + mpd + fwd + mi + sw + su + pv"
AGENTS = (
    "1 + I(low / income) + I(mid / income) + I(high / income) + I(log(fs) * fv) + age + fs + mid"
    " + high"
)
SIGMA = np.diag([3.23, 0, 4.43, 0.46, 0.01, 2.58, 4.42, 0, 0, 0, 0])
PI = np.zeros((11, 9))
PI[1, 1:4] = [7.52, 31.13, 34.49]
PI[7:11, 4] = [0.57, 0.28, 0.31, 0.42]


COSTS = "1 + log(hpwt) + log(wt) + log(mpg) + air + fwd + trend * (jp + eu) + log(q)"


@cache
def petrin(agents=30, *, supply=False):
    """Petrin's minivans with the first agents of each market, at PyBLP's tutorial's start."""
    products = pd.read_csv(pyblp.data.PETRIN_PRODUCTS_LOCATION)
    table = pd.read_csv(pyblp.data.PETRIN_AGENTS_LOCATION).groupby("market_ids").head(agents)
    values = pd.read_csv(pyblp.data.PETRIN_VALUES_LOCATION, index_col=0)["value"]
    cex = ir.MicroDataset(name="CEX", observations=29125)
    classes = [(x, g) for g in ("mi", "sw", "su", "pv") for x in ("age", "fs")]
    moments = [ir.MicroMean(x, values[f"E[{x} | {g}]"], cex, given=g) for x, g in classes]
    moments += [
        ir.MicroMean("purchase", values[f"E[new | {g}]"], cex, given=g) for g in ("mid", "high")
    ]
    return build_problem(
        ir.Demand(X1, random=X2, demographics=AGENTS),
        ir.read_panel(products, table.assign(weights=1 / agents).reset_index(drop=True)),
        ir.Supply(COSTS, lowest=0.001) if supply else None,
        start={"sigma": SIGMA, "pi": PI},
        errors="clustered",
        micro=moments,
    )


class TestPetrin:
    """PyBLP 1.3.0, method='1s', weights updated at the start, W_type clustered, SQUAREM to 1e-14,
    moments as in its tutorial; it takes 100 s."""

    def test_values(self):
        problem = petrin()
        values = problem.equations.micro.values(
            problem.equations.mean_utilities.solve(problem.equations.start)
        )
        expected = [0.59517057, 3.19785149, 0.58941447, 2.78092129, 0.75295487]
        expected += [2.46449118, 0.75852912, 2.69640684, 0.06711401, 0.20542928]
        np.testing.assert_allclose(values, expected, atol=5e-9)

    @pytest.mark.parametrize(
        ("supply", "objective", "gradient"),
        [
            (
                False,
                767.0957102743475,
                (
                    *(-68.89520689, 20.60431275, 60.62432129, -96.38230422, 159.89012572),
                    *(-59.89019194, 29.39710975, 35.89092236, -15.19545301, -9.28825948),
                    *(-65.06426866, -11.9548035, -2.30632284),
                ),
            ),
            (
                True,
                952.6520221404644,
                (
                    *(-37.65641106, 30.82741761, -8.59871418, -92.0215265, 49.43891357),
                    *(2.25453071, 2.27349268, 44.21123055, -22.65087462, -12.13371543),
                    *(-57.1099759, -6.22019953, 0.95836231),
                ),
            ),
        ],
    )
    def test_objective_and_gradient(self, supply, objective, gradient):
        problem = petrin(supply=supply)
        weighting, values = _first_weighting(problem, GmmOptions(initial_update=True))
        projection = Projection(problem.regressions, weighting.factor)
        at_start = Objective(problem.equations, projection, lambda *_: None)
        point = at_start.point(problem.equations.start, values)
        assert point.objective == pytest.approx(objective, rel=1e-8)
        # PyBLP's inversion leaves errors that supply makes larger.
        np.testing.assert_allclose(2 * point.g, gradient, rtol=5e-7 if supply else 1e-8)


def world(seed=0, markets=8, J=5, people=12):
    """Products with classes and firms, agents with income, age and nodes."""
    rng = np.random.default_rng(seed)
    N = markets * J
    products = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), J),
            "firm_ids": np.tile(np.arange(J) % 3, markets),
            "x": rng.uniform(size=N),
            "small": np.tile(np.arange(J) % 2, markets),
            "prices": rng.uniform(1, 2, size=N),
            "shares": rng.uniform(0.05, 0.15, size=N),
            "nesting_ids": np.tile(np.arange(J) % 2, markets),
        }
    )
    for k in range(7):
        products[f"demand_instruments{k}"] = rng.normal(size=N)
    agents = pd.DataFrame(
        {
            "market_ids": np.repeat(np.arange(markets), people),
            "weights": 1 / people,
            "nodes0": rng.normal(size=markets * people),
            "nodes1": rng.normal(size=markets * people),
            "income": rng.uniform(size=markets * people),
            "old": rng.integers(2, size=markets * people),
            "chance": rng.uniform(0.5, 1.5, size=markets * people),
        }
    )
    return ir.read_panel(products, agents)


EVERYBODY = ir.MicroDataset(name="everybody", observations=1000)
BUYERS = ir.MicroDataset(name="buyers", observations=500, buyers=True, weights="chance")
SOME = ir.MicroDataset(name="some", observations=300, markets=["0", 3], weights="small")
BOTH = ir.MicroDataset(name="second", observations=200, second_choices=True, weights="chance")


ELSEWHERE = ir.MicroDataset(name="m", observations=9, markets=[77])


def income_of_small(products, agents):
    none = np.zeros((len(agents), 1))
    return np.hstack([none, np.outer(agents["income"], products["small"])])


FIRST = [
    ir.MicroMean("income", 0.5, EVERYBODY, given="purchase"),
    ir.MicroMean("income", 0.5, EVERYBODY, given="small"),
    ir.MicroMean("purchase", 0.5, EVERYBODY, given="old"),
    ir.MicroMean("x", 0.5, BUYERS),
    ir.MicroCovariance("prices", "income", 0.0, BUYERS),
    ir.MicroCovariance("x", "income", 0.0, EVERYBODY, given="small"),
    ir.MicroMean("income", 0.5, SOME),
    ir.MicroMoment(
        label="squared",
        value=0.1,
        dataset=EVERYBODY,
        means=[income_of_small, ("old",)],
        function=lambda v: (v[0] ** 2 / v[1], np.array([2 * v[0] / v[1], -((v[0] / v[1]) ** 2)])),
    ),
]
SECOND = [ir.SecondChoice("firm_ids", 0.3, BOTH), ir.SecondChoice("small", 0.3, BOTH)]
DEMAND = ir.Demand("1 + prices + x", random="1 + prices", demographics="0 + income")
START = {"sigma": [0.8, 0.5], "pi": [[0.7], [-0.6]]}


def problem_of(moments, demand=DEMAND, start=START, **options):
    return build_problem(demand, world(), start=start, micro=moments, **options)


def nested_problem(moments, rho):
    """With as many levels of nests as there are rho."""
    panel = world()
    if len(rho) == 2:
        nests = panel.products["nesting_ids"].astype(str)
        inner = nests + "x" + pd.Series(np.tile([0, 0, 0, 0, 1], 8)).astype(str)
        table = panel.products.drop(columns="nesting_ids")
        table = table.assign(nesting_ids0=nests, nesting_ids1=inner)
        panel = ir.read_panel(table, panel.agents)
    start = START | ({"rho": rho} if rho else {})
    demand = replace(DEMAND, nested=bool(rho))
    return build_problem(demand, panel, start=start, micro=moments)


class TestDerivatives:
    @pytest.mark.parametrize("rho", [[], [0.4], [0.3, 0.6]])
    def test_slopes_are_differences(self, rho):
        equations = nested_problem(FIRST + SECOND, rho).equations
        theta, step = equations.start, 1e-5
        slopes = equations.jacobian(equations.at(theta)).dy[-1]
        for k in range(len(theta)):
            up, down = theta.copy(), theta.copy()
            up[k], down[k] = theta[k] + step, theta[k] - step
            difference = (equations.at(up).y[-1] - equations.at(down).y[-1]) / (2 * step)
            np.testing.assert_allclose(slopes[:, k], difference, rtol=1e-6, atol=1e-7)

    @pytest.mark.parametrize("moment", FIRST[:7])
    def test_gradients_of_moments(self, moment):
        rng = np.random.default_rng(0)
        means = rng.uniform(0.3, 0.7, size=len(moment.parts))
        value, gradient = moment.combine(means)
        for k in range(len(means)):
            moved = means.copy()
            moved[k] += 1e-6
            assert (moment.combine(moved)[0] - value) / 1e-6 == pytest.approx(
                gradient[k], rel=1e-4, abs=1e-6
            )


class TestByHand:
    """Market by market, consumer by consumer, from utilities."""

    def choices(self, equations):
        """(w_i P_ij with j = 0 first, rows of products, rows of agents) of every market."""
        panel, layout = equations.panel, equations.layout
        state = equations.mean_utilities.solve(equations.start)
        sigma, pi = layout.matrices_at(equations.start)
        for market in panel.markets:
            rows = np.flatnonzero(panel.products["market_ids"] == market)
            people = np.flatnonzero(panel.agents["market_ids"] == market)
            p, a = panel.products.iloc[rows], panel.agents.iloc[people]
            X = np.column_stack([np.ones(len(p)), p["prices"]])
            tastes = a[["nodes0", "nodes1"]].to_numpy() @ sigma.T + np.outer(a["income"], pi[:, 0])
            u = np.column_stack([np.zeros(len(a)), state.delta[rows] + tastes @ X.T])
            yield u, p, a

    def test_means_and_covariances(self):
        equations = problem_of(FIRST).equations
        values = equations.micro.values(equations.mean_utilities.solve(equations.start))
        sums = np.zeros(4)
        buyers = np.zeros(4)
        for u, p, a in self.choices(equations):
            P = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
            w = P * a["weights"].to_numpy()[:, None]
            income = a["income"].to_numpy()[:, None]
            sums += [(w[:, 1:] * income).sum(), w[:, 1:].sum(), 0, 0]
            sums[2] += (w[:, 1:] * income * p["small"].to_numpy()).sum()
            sums[3] += (w[:, 1:] * p["small"].to_numpy()).sum()
            sampled = w[:, 1:] * a["chance"].to_numpy()[:, None]
            prices = p["prices"].to_numpy()
            buyers += [
                (sampled * income * prices).sum(),
                (sampled * income).sum(),
                (sampled * prices).sum(),
                sampled.sum(),
            ]
        xy, x, y = buyers[:3] / buyers[3]
        np.testing.assert_allclose(values[0], sums[0] / sums[1], rtol=1e-12)
        np.testing.assert_allclose(values[1], sums[2] / sums[3], rtol=1e-12)
        np.testing.assert_allclose(values[4], xy - x * y, rtol=1e-10)

    @pytest.mark.parametrize("rho", [[], [0.4], [0.3, 0.6]])
    def test_second_choices_without_the_first(self, rho):
        equations = nested_problem(SECOND, rho).equations
        values = equations.micro.values(equations.mean_utilities.solve(equations.start))
        levels = [c for c in equations.panel.products if str(c).startswith("nesting")]
        same, all_products = np.zeros(2), 0.0
        for u, p, a in self.choices(equations):
            J, u = len(p), u[:, 1:].T
            model = Nested([pd.factorize(p[c])[0] for c in levels], rho) if rho else Logit()
            P, _ = model.evaluate(u)
            for j in range(J):
                others = np.delete(np.arange(J), j)
                second = np.zeros_like(P)
                without = model.subset(others) if rho else model
                second[others], _ = without.evaluate(u[others])
                # Tastes are the same before and after: who takes k now, and did not before.
                moved = np.where(np.arange(J) == j, 0.0, (second - P).T).T
                both = moved @ (a["weights"] * a["chance"]).to_numpy()
                all_products += both.sum()
                for k, column in enumerate(("firm_ids", "small")):
                    same[k] += both[p[column].to_numpy() == p[column].iloc[j]].sum()
        np.testing.assert_allclose(values, same / all_products, rtol=1e-12)

    def test_sampling_error_is_that_of_samples(self):
        """Consumers drawn from the sample's distribution, moments of each draw."""
        moments = [FIRST[0], ir.MicroCovariance("x", "income", 0.0, EVERYBODY, given="purchase")]
        equations = problem_of(moments).equations
        S = equations.micro.covariance(equations.mean_utilities.solve(equations.start))
        chances, income, x, bought = [], [], [], []
        for u, p, a in self.choices(equations):
            P = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
            chances.append((P * a["weights"].to_numpy()[:, None]).ravel())
            income.append(np.repeat(a["income"].to_numpy(), u.shape[1]))
            x.append(np.tile(np.r_[0.0, p["x"].to_numpy()], len(a)))
            bought.append(np.tile(np.r_[0.0, np.ones(len(p))], len(a)))
        chances, income, x, bought = map(np.concatenate, (chances, income, x, bought))
        rng = np.random.default_rng(0)
        counts = rng.multinomial(10_000, chances / chances.sum(), size=4000)
        n = counts @ bought
        means = [counts @ (v * bought) / n for v in (income, x, x * income)]
        drawn = np.array([means[0], means[2] - means[0] * means[1]])
        np.testing.assert_allclose(10 * np.cov(drawn) * equations.micro.N, S, rtol=0.08, atol=1e-4)


@cache
def sampled(seed=0, markets=40, J=4, people=100, consumers=2000):
    """A panel from known tastes, and the covariance of prices and income of sampled buyers."""
    rng = np.random.default_rng(seed)
    T = markets
    x, z = rng.normal(size=(2, T, J))
    xi = 0.4 * rng.normal(size=(T, J))
    prices = 3 + 0.7 * z + 0.3 * xi
    income = rng.normal(size=(T, people))
    alpha = -1.2 + 0.5 * income
    u = (1 + x + xi)[..., None] + prices[..., None] * alpha[:, None, :]
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))
    products = {"market_ids": np.repeat(np.arange(T), J), "prices": prices.ravel()}
    products |= {"x": x.ravel(), "shares": P.mean(axis=-1).ravel()}
    excluded = [z, z**2, z.sum(axis=1, keepdims=True) - z]
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    agents = {"market_ids": np.repeat(np.arange(T), people), "weights": 1 / people}
    agents |= {"income": income.ravel()}
    chosen = rng.choice(P.size, size=consumers, p=P.ravel() / P.sum())
    t, j, i = np.unravel_index(chosen, P.shape)
    covariance = np.cov(prices[t, j], income[t, i], bias=True)[0, 1]
    survey = ir.MicroDataset(name="survey", observations=consumers, buyers=True)
    moment = ir.MicroCovariance("prices", "income", covariance, survey)
    return ir.read_panel(pd.DataFrame(products), pd.DataFrame(agents)), moment


BY_INCOME = ir.Demand("1 + prices + x", random="0 + prices", demographics="0 + income")


@cache
def fitted(seed=0, steps=2):
    panel, moment = sampled(seed)
    start = {"pi": [[0.2]]}
    return ir.estimate(BY_INCOME, panel, start=start, micro=[moment], n_starts=1, steps=steps)


class TestEstimate:
    def test_what_people_say_tells_tastes(self):
        panel, _ = sampled()
        fit = fitted()
        alone = ir.estimate(BY_INCOME, panel, start={"pi": [[0.2]]}, n_starts=1)
        name = "pi[prices, income]"
        assert fit.standard_errors[name] < 0.7 * alone.standard_errors[name]
        assert fit.overidentification.degrees == alone.overidentification.degrees + 1
        low, high = fit.conf_int().loc[name]
        assert low < 0.5 < high

    def test_intervals_hold_the_truth(self):
        truth = {"prices": -1.2, "pi[prices, income]": 0.5}
        held = np.zeros(2)
        for seed in range(10):
            interval = fitted(seed).conf_int().loc[list(truth)]
            value = np.array(list(truth.values()))
            held += ((interval["low"] < value) & (value < interval["high"])).to_numpy()
        assert (held >= 8).all()

    def test_the_fit_is_told(self):
        fit = fitted()
        table = fit.micro_fit
        assert list(table.index) == ["cov[prices, income]"]
        miss = table["fitted"] - table["observed"]
        assert abs(miss.item()) < 4 * table["sampling_error"].item()
        assert "micro moments:" in fit.summary()
        assert not len(fit.omega)

    def test_a_given_covariance_is_taken(self):
        panel, moment = sampled()
        exact = ir.estimate(
            BY_INCOME,
            panel,
            start={"pi": [[0.2]]},
            micro=[moment],
            micro_covariance=[[1e-12]],
            n_starts=1,
        )
        assert exact.micro_fit["fitted"].item() == pytest.approx(moment.value, abs=1e-5)

    def test_profiles_and_tests_count_it(self):
        fit = fitted()
        profile = fit.profile("pi[prices, income]")
        wald = fit.conf_int().loc["pi[prices, income]"]
        assert profile.low == pytest.approx(wald["low"], rel=0.1)
        assert profile.high == pytest.approx(wald["high"], rel=0.1)
        models = {"each": ir.PriceSetting(firms="each"), "all": ir.PriceSetting(firms="all")}
        with pytest.raises(ir.InputError, match="demand_error=False"):
            ir.test_conduct(fit, models, "1", "0 + x")

    def test_it_is_saved(self, tmp_path):
        fitted().save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        assert again.micro == fitted().micro
        pd.testing.assert_frame_equal(again.micro_fit, fitted().micro_fit)
        assert again.summary() == fitted().summary()


def test_margins_are_met_at_the_truth():
    """What the moments say at the parameters that made the data is what the data have."""
    panel, moment = sampled(consumers=200_000)
    problem = build_problem(BY_INCOME, panel, start={"pi": [[0.5]]}, micro=[moment])
    state = problem.equations.mean_utilities.solve(np.array([0.5]))
    value = problem.equations.micro.values(state)
    assert value.item() == pytest.approx(moment.value, abs=0.01)


class TestBadInput:
    @pytest.mark.parametrize(
        ("moments", "message"),
        [
            ([ir.MicroMean("wealth", 1.0, EVERYBODY)], "a column 'wealth' of products or agents"),
            ([ir.MicroMean("market_ids", 1.0, EVERYBODY)], "found one in both"),
            (
                [ir.MicroMean("income", 1.0, ELSEWHERE)],
                "MicroDataset m: found 77; expected markets of the panel",
            ),
            ([FIRST[0], FIRST[0]], r"E\[income \| purchase\] twice"),
            ([ir.MicroMean("income", np.nan, EVERYBODY)], "a finite number"),
            ([ir.MicroMean("income", EVERYBODY, 1.0)], "columns first, then the value"),
            (["income"], "ir.MicroMean"),
            ([ir.MicroMean("income", 1.0, BOTH)], "another dataset for first choices"),
            (
                [
                    FIRST[0],
                    ir.MicroMoment(
                        label="same",
                        value=0.5,
                        dataset=EVERYBODY,
                        means=[("income", "purchase"), ("purchase",)],
                        function=lambda v: (v[0] / v[1], np.array([1 / v[1], -v[0] / v[1] ** 2])),
                    ),
                ],
                "vary apart from each other",
            ),
            (
                [
                    ir.MicroMoment(
                        label="two", value=0.5, dataset=EVERYBODY, means=[("income",), ("old",)]
                    )
                ],
                "a function of several means",
            ),
            (
                [
                    ir.MicroMoment(
                        label="short",
                        value=0.5,
                        dataset=EVERYBODY,
                        means=[lambda products, agents: np.ones((3, 2))],
                    )
                ],
                r"expected finite numbers \(12, 6\)",
            ),
        ],
    )
    def test_is_told(self, moments, message):
        with pytest.raises(ir.InputError, match=message):
            problem_of(moments)

    def test_of_datasets(self):
        with pytest.raises(ir.InputError, match="consumers above 0"):
            ir.MicroDataset(name="none", observations=0)
        with pytest.raises(ir.InputError, match="second_choices=True"):
            ir.SecondChoice("firm_ids", 0.3, EVERYBODY)
        nobody = ir.MicroDataset(
            name="nobody", observations=9, weights=lambda p, a: np.zeros((len(a), len(p) + 1))
        )
        with pytest.raises(ir.InputError, match="weights that are 0 for all"):
            problem_of([ir.MicroMean("income", 1.0, nobody)])

    def test_of_covariances_and_demand(self):
        with pytest.raises(ir.InputError, match="positive definite"):
            problem_of(FIRST[:2], micro_covariance=[[1.0, 2.0], [2.0, 1.0]])
        with pytest.raises(ir.InputError, match="random coefficients that are searched"):
            problem_of(FIRST[:1], ir.Demand("1 + prices + x"), None)

    def test_functions_cannot_be_saved(self, tmp_path):
        fit = ir.estimate(
            DEMAND, world(), start=START, micro=[FIRST[0], FIRST[7]], n_starts=1, steps=1
        )
        with pytest.raises(ir.InputError, match=r"save: found .*MicroMoment"):
            fit.save(tmp_path / "fit.zip")


class TestSumsTogether:
    """They are those taken one by one."""

    @staticmethod
    def state():
        """The largest stack of Petrin's markets, at the start."""
        equations = petrin().equations
        states = equations.mean_utilities.solve(equations.start).states
        return max(states, key=lambda state: state.P.size)

    def test_all_kinds_at_once(self):
        state = self.state()
        rng = np.random.default_rng(0)
        B, J, I = state.P.shape
        classes = (rng.random((3, B, J)) < 0.4).astype(float)
        every = [
            ChoiceWeights(classes[k % 3], rng.random((B, I)), rng.random((B, I))) for k in range(7)
        ]
        every.insert(2, ChoiceWeights(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1))))
        every.insert(4, ChoiceWeights(classes[0], rng.random((B, I)), rng.random((B, I)),
                                      rng.random((B, J, I))))  # fmt: skip
        every.insert(6, SecondChoiceWeights(rng.random((B, J, J)), rng.random((B, J)),
                                            rng.random((B, I))))  # fmt: skip
        ddelta = rng.normal(size=(B, J, state.n_parameters))
        np.testing.assert_allclose(
            sums_of(state, every), [weights.sum_of(state) for weights in every], rtol=1e-13
        )
        np.testing.assert_allclose(
            slopes_of(state, ddelta, every),
            [weights.slopes(state, ddelta) for weights in every],
            rtol=1e-10,
            atol=1e-13,
        )

    def test_nothing_that_goes_together(self):
        state = self.state()
        B, J, I = state.P.shape
        alone = [
            ChoiceWeights(np.ones((B, J)), np.ones((B, I)), np.ones((B, I)), np.ones((B, J, I)))
        ]
        assert sums_of(state, alone)[0] == pytest.approx(alone[0].sum_of(state), rel=1e-14)
