"""A standard deviation at zero: what is said of it and of others; profiles; kinds of errors."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm

import inroads as ir
from inroads.estimation.gmm.error_covariance import ErrorGroups, moment_covariance
from inroads.estimation.gmm.moments import Equation

DEMAND = ir.Demand("1 + prices + x", random="0 + prices")


def panel(seed, sigma, markets=60, J=6, *, drawn=False):
    """Prices' coefficient is normal, -1 on average; agents are a rule's or drawn."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, markets, J))
    xi = 0.5 * rng.normal(size=(markets, J))
    prices = 3 + 0.7 * z + 0.4 * xi + 0.3 * x
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    u = (1 + x - prices + xi)[..., None] + sigma * prices[..., None] * nodes
    P = np.exp(u) / (1 + np.exp(u).sum(axis=1, keepdims=True))

    def near(a):
        return (np.abs(a[:, :, None] - a[:, None, :]) < 0.7 * a.std()).sum(axis=2) - 1.0

    excluded = [z, z**2, near(z), near(x), z.sum(axis=1, keepdims=True) - z, z * x]
    ids = np.repeat(np.arange(markets), J)
    products = {"market_ids": ids, "prices": prices.ravel(), "x": x.ravel()}
    products |= {"shares": (P @ weights).ravel(), "firm": np.tile(np.arange(J), markets)}
    products |= {f"demand_instruments{k}": e.ravel() for k, e in enumerate(excluded)}
    if drawn:
        nodes, weights = rng.normal(size=40), np.full(40, 1 / 40)
        table = {"nodes0": rng.normal(size=(markets, 40)).ravel()}
    else:
        table = {"nodes0": np.tile(nodes, markets)}
    table |= {"market_ids": np.repeat(np.arange(markets), len(nodes))}
    table |= {"weights": np.tile(weights, markets)}
    return ir.read_panel(pd.DataFrame(products), pd.DataFrame(table))


@cache
def fitted(seed=1, sigma=0.2, **options):
    return ir.estimate(DEMAND, panel(seed, sigma), start={"sigma": [0.5]}, n_starts=1, **options)


class TestAtZero:
    """The first sample at hand (seed 1) has its lowest objective at sigma = 0."""

    def test_it_is_said_and_is_no_unidentified_direction(self):
        fit = fitted()
        assert fit.converged
        assert abs(fit.params["sigma[prices]"]) < 1e-5
        assert fit.at_edge == ("sigma[prices]",)
        assert fit.unidentified_directions == ()
        assert "sigma[prices] is zero, the edge of the model: at most" in fit.summary()
        assert np.isnan(fit.standard_errors["sigma[prices]"])

    def test_others_are_as_if_it_were_not_known(self):
        """By hand: the derivative of xi in the square, by differences of the inversion."""
        fit = fitted()
        design, step = fit.design, 1e-2

        def delta(sigma):
            from inroads.estimation.markets.mean_utilities import MeanUtilities

            mean_utilities = MeanUtilities(design, fit.panel, fit.layout)
            return mean_utilities.solve(np.array([sigma])).delta[: len(fit.panel)]

        in_square = (delta(step) - delta(0.0)) / step**2
        X = np.column_stack([design.X1, -in_square])
        G = design.Z.T @ X / len(X)
        V = np.linalg.inv(G.T @ fit.weights @ G) / len(X)
        errors = np.sqrt(np.diag(V))
        np.testing.assert_allclose(fit.standard_errors.iloc[:3], errors[:3], rtol=0.1)
        conditional = ir.estimate(ir.Demand("1 + prices + x"), fit.panel, steps=2)
        assert fit.standard_errors["prices"] > 2 * conditional.standard_errors["prices"]
        high = fit.conf_int().loc["sigma[prices]", "high"]
        assert high == pytest.approx(np.sqrt(1.959964 * errors[3]), rel=0.1)

    def test_a_bound_at_zero_is_the_same(self):
        bounded = ir.estimate(
            DEMAND,
            fitted().panel,
            start={"sigma": [0.5]},
            bounds={"sigma": (0, None)},
            n_starts=1,
        )
        assert bounded.at_edge == fitted().at_edge
        assert bounded.at_bounds == ()
        pd.testing.assert_series_equal(
            bounded.standard_errors, fitted().standard_errors, rtol=1e-3, atol=1e-3
        )

    def test_with_drawn_nodes_of_which_the_mean_is_not_quite_zero(self):
        fits = [
            ir.estimate(DEMAND, panel(s, 0.1, drawn=True), start={"sigma": [0.5]}, n_starts=1)
            for s in range(6)
        ]
        edge = [f for f in fits if f.at_edge]
        inside = [f.standard_errors["prices"] for f in fits if not f.at_edge]
        assert edge
        for fit in edge:
            assert fit.standard_errors["prices"] > 0.5 * np.median(inside)

    def test_what_follows_counts_the_square(self):
        fit = fitted()
        delta = fit.standard_errors_of(lambda f: f.own_elasticities().mean())
        drawn = fit.standard_errors_of(
            lambda f: f.own_elasticities().mean(), method="bootstrap", draws=100
        )
        error = delta.to_frame().loc[0, "standard_error"]
        assert 0.4 * error < drawn.to_frame().loc[0, "standard_error"] < 1.6 * error

    def test_a_test_of_it_is_the_profile_s(self):
        with pytest.raises(ir.InputError, match=r"fit.profile\(name\)"):
            fitted().wald("sigma[prices] = 0")

    def test_it_is_saved(self, tmp_path):
        fitted().save(tmp_path / "fit.zip")
        again = ir.Estimate.load(tmp_path / "fit.zip")
        assert again.at_edge == ("sigma[prices]",)
        assert again.summary() == fitted().summary()

    def test_a_parameter_away_from_zero_is_none(self):
        fit = fitted(seed=6)
        assert fit.at_edge == ()
        assert np.isfinite(fit.standard_errors).all()


class TestProfile:
    def test_of_a_deviation_at_zero_begins_there(self):
        profile = fitted().profile("sigma[prices]")
        high = fitted().conf_int().loc["sigma[prices]", "high"]
        assert profile.low == 0.0
        assert 0.4 * high < profile.high < 1.6 * high
        assert profile.frame["distance"].min() == pytest.approx(0.0, abs=1e-8)

    def test_of_a_searched_parameter_is_the_restricted_objective(self):
        fit = fitted(seed=6)
        profile = fit.profile("sigma[prices]", [0.0])
        at_zero = ir.estimate(
            ir.Demand("1 + prices + x"), fit.panel, steps=1, initial_weighting=fit.weights
        )
        row = profile.frame[profile.frame["value"] == 0.0]
        assert row["objective"].item() == pytest.approx(at_zero.objective, rel=1e-8)

    def test_of_a_linear_parameter_in_linear_gmm_is_wald_s_interval(self):
        fit = ir.estimate(ir.Demand("1 + prices + x"), fitted().panel)
        profile, wald = fit.profile("prices"), fit.conf_int().loc["prices"]
        # The objective is quadratic with efficient weights; they are those of the first step.
        assert profile.low == pytest.approx(wald["low"], rel=0.02)
        assert profile.high == pytest.approx(wald["high"], rel=0.02)

    def test_ends_are_where_the_distance_is_the_quantile(self):
        fit = fitted(seed=6)
        profile = fit.profile("prices", level=0.9)
        again = fit.profile("prices", [profile.low, profile.high], level=0.9)
        ends = again.frame[again.frame["value"].isin([profile.low, profile.high])]
        np.testing.assert_allclose(ends["distance"], chi2.ppf(0.9, 1), rtol=0.02)
        assert profile.low < fit.params["prices"] < profile.high

    def test_shown(self):
        profile = fitted().profile("sigma[prices]")
        assert "Profile of sigma[prices]: 95% interval from 0 to" in repr(profile)
        chart = profile.chart().to_dict()
        assert len(chart["layer"]) == 3

    def test_bad_input(self):
        fit = fitted()
        with pytest.raises(ir.InputError, match="one of 1, prices, x"):
            fit.profile("price")
        with pytest.raises(ir.InputError, match="steps=2"):
            fitted(steps=1).profile("prices")
        with pytest.raises(ir.InputError, match="level above 0"):
            fit.profile("prices", level=95)
        with pytest.raises(ir.InputError, match="level above 0"):
            fit.conf_int(95)


def test_p_values_and_intervals():
    fit = fitted(seed=6)
    z = fit.params / fit.standard_errors
    np.testing.assert_allclose(fit.pvalues, 2 * norm.sf(np.abs(z)), rtol=1e-12)
    interval = fit.conf_int(0.9)
    half = norm.ppf(0.95) * fit.standard_errors
    np.testing.assert_allclose((interval["high"] - interval["low"]).iloc[:3], 2 * half.iloc[:3])
    pd.testing.assert_frame_equal(fit.to_frame()[["low", "high"]], fit.conf_int())


def test_deviations_are_normal_but_for_an_end_at_zero():
    """It begins at zero where the square, whose error is 2 sigma times sigma's, is not above it."""
    fits = [fitted(seed, sigma) for seed in range(4) for sigma in (0.2, 0.6)]
    inside = [fit for fit in fits if not fit.at_edge]
    from_zero = 0
    for fit in inside:
        sigma, half = fit.params.iloc[3], 1.959963985 * fit.standard_errors.iloc[3]
        is_low = sigma**2 < 2 * abs(sigma) * half
        ends = np.array([0.0 if is_low else abs(sigma) - half, abs(sigma) + half])
        np.testing.assert_allclose(
            fit.conf_int().iloc[3], ends if sigma > 0 else -ends[::-1], rtol=1e-7
        )
        from_zero += is_low
    assert 0 < from_zero < len(inside)


class TestKindsOfErrors:
    """Against formulas written out."""

    def linear(self, **errors):
        fit = ir.estimate(ir.Demand("1 + prices + x"), fitted().panel, steps=1, **errors)
        return fit.standard_errors.to_numpy()

    def by_hand(self, clusters=None):
        """Two-stage least squares by its textbook formulas, moments not centered."""
        products = fitted().panel.products
        y = np.log(products["shares"])
        y -= np.log(1 - products.groupby("market_ids")["shares"].transform("sum"))
        X = products[["prices", "x"]].assign(one=1.0)[["one", "prices", "x"]].to_numpy()
        Z = np.column_stack([X[:, [0, 2]], products.filter(like="demand_instruments")])
        fitted_X = Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
        bread = np.linalg.inv(fitted_X.T @ fitted_X)
        e = y.to_numpy() - X @ (bread @ fitted_X.T @ y.to_numpy())
        meat = (e @ e / len(e)) * (fitted_X.T @ fitted_X)
        if clusters is not None:
            scores = pd.DataFrame(fitted_X * e[:, None]).groupby(clusters).sum()
            meat = scores.T.to_numpy() @ scores.to_numpy()
        return np.sqrt(np.diag(bread @ meat @ bread))

    def test_homoskedastic(self):
        found = self.linear(errors="homoskedastic")
        np.testing.assert_allclose(found, self.by_hand(), rtol=1e-6)

    def test_clustered(self):
        found = self.linear(errors=ir.Clustered("market_ids"))
        markets = fitted().panel.products["market_ids"].to_numpy()
        np.testing.assert_allclose(found, self.by_hand(markets), rtol=0.05)

    def test_two_ways_is_the_sum_less_what_is_in_both(self):
        rng = np.random.default_rng(0)
        Z, e = rng.normal(size=(200, 2)), rng.normal(size=200)
        equations = [Equation(Z, Z)]
        a, b = rng.integers(20, size=(2, 200))

        def S(*clusters):
            return moment_covariance(equations, [e], ErrorGroups(clusters=clusters), center=False)

        np.testing.assert_allclose(S(a, b), S(a) + S(b) - S(a * 20 + b), rtol=1e-12)

    def test_over_time_by_hand(self):
        rng = np.random.default_rng(0)
        Z, e = rng.normal(size=(12, 1)), rng.normal(size=12)
        units, periods = np.repeat([0, 1], 6), np.tile(np.arange(6), 2)
        g = (Z[:, 0] * e).reshape(2, 6)
        lagged = [sum(g[u, k:] @ g[u, : 6 - k] for u in (0, 1)) for k in range(3)]
        expected = (lagged[0] + 2 * (2 / 3 * lagged[1] + 1 / 3 * lagged[2])) / 12
        groups = ErrorGroups(periods=periods, units=units, lags=2)
        S = moment_covariance([Equation(Z, Z)], [e], groups, center=False)
        assert S[0, 0] == pytest.approx(expected, rel=1e-12)
        at_once = ErrorGroups(periods=periods, units=0 * units, lags=0)
        S = moment_covariance([Equation(Z, Z)], [e], at_once, center=False)
        assert S[0, 0] == pytest.approx((g.sum(axis=0) ** 2).sum() / 12, rel=1e-12)

    def test_said_and_refused(self):
        demand, data = ir.Demand("1 + prices + x"), fitted().panel
        fit = ir.estimate(demand, data, errors=ir.NeweyWest(period="market_ids", lags=2))
        assert "standard errors Newey-West, 2 lags of market_ids" in fit.summary()
        for errors, message in (
            ("hac", "'robust', 'homoskedastic'"),
            (ir.Clustered("shop"), "a column 'shop' without blanks"),
            (ir.Clustered("firm"), "more clusters than moments"),
        ):
            with pytest.raises(ir.InputError, match=message):
                ir.estimate(demand, data, errors=errors)
        with pytest.raises(ir.InputError, match="one or two names"):
            ir.Clustered()


class TestWhatIsEndogenous:
    def test_nothing_is_least_squares(self):
        data = fitted().panel
        free = ir.Demand("1 + prices + x", endogenous=())
        own = ir.Demand("1 + prices + x", instruments="prices")
        plain = ir.read_panel(data.products.drop(columns=data.products.filter(like="demand_")))
        y = np.log(data.products["shares"])
        y -= np.log(1 - data.products.groupby("market_ids")["shares"].transform("sum"))
        X = data.products[["prices", "x"]].assign(one=1.0)[["one", "prices", "x"]].to_numpy()
        expected = np.linalg.lstsq(X, y.to_numpy(), rcond=None)[0]
        for demand in (free, own):
            fit = ir.estimate(demand, plain)
            np.testing.assert_allclose(fit.params, expected, rtol=1e-8)

    def test_another_column_is_instrumented_too(self):
        data = fitted().panel
        one = ir.estimate(ir.Demand("1 + prices + x"), data)
        two = ir.estimate(ir.Demand("1 + prices + x", endogenous=("prices", "x")), data)
        assert two.overidentification.degrees == one.overidentification.degrees - 1
        assert "x" not in two.design.instruments
        strength = ir.first_stage(data, ir.Demand("1 + prices + x", endogenous=("prices", "x")))
        assert list(strength.index) == ["prices", "x"]
        with pytest.raises(ir.InputError, match="a tuple of columns"):
            ir.estimate(ir.Demand("1 + prices", endogenous=("advertising",)), data)

    def test_instruments_by_formula(self):
        data = fitted().panel
        by_formula = ir.Demand("1 + prices + x", instruments="0 + demand_instruments0")
        only = [c for c in data.products.filter(like="demand_") if c != "demand_instruments0"]
        renamed = data.products.drop(columns=only).rename(columns={"demand_instruments0": "z"})
        fit = ir.estimate(ir.Demand("1 + prices + x", instruments="0 + z"), ir.read_panel(renamed))
        same = ir.estimate(by_formula, ir.read_panel(data.products.drop(columns=only)))
        np.testing.assert_allclose(fit.params, same.params, rtol=1e-10)

    def test_no_prices_at_all(self):
        products = fitted().panel.products.drop(columns="prices")
        with pytest.raises(ir.InputError, match="a column 'prices'"):
            ir.read_panel(products)
        data = ir.read_panel(products, fitted().panel.agents, prices=False)
        demand = ir.Demand("1 + x", random="0 + x", endogenous=())
        fit = ir.estimate(demand, data, start={"sigma": [0.3]}, n_starts=1)
        assert fit.converged
        assert "observations" not in fit.summary()
        with pytest.raises(ir.InputError, match="prices"):
            fit.elasticities()


def test_agents_who_like_to_pay_are_said():
    fit = fitted(seed=6)
    share = norm.sf(-fit.params["prices"] / abs(fit.params["sigma[prices]"]))
    assert ("demand does NOT slope down" in fit.summary()) == (share > 0.02)
    wide = panel(3, 1.0)
    text = ir.estimate(DEMAND, wide, start={"sigma": [1.0]}, n_starts=1).summary()
    assert "demand does NOT slope down for" in text


def test_welfare_leaves_out_those_who_like_to_pay():
    fit = ir.estimate(DEMAND, panel(3, 1.0), start={"sigma": [1.0]}, n_starts=1)
    with pytest.warns(UserWarning, match=r"of agents like to pay: their welfare is left out"):
        surplus = fit.fitted.consumer_surplus()
    stack = fit.fitted.stacks[0]
    alpha, weights = stack.buyers.alpha[0], stack.buyers.weights[0]
    minds = alpha > 0
    assert 0 < minds.sum() < len(minds)
    by_hand = (stack.choices.inclusive[0] * weights / alpha)[minds].sum()
    market = fit.panel.products["market_ids"].iloc[stack.products[0, 0]]
    assert surplus[market] == pytest.approx(by_hand, rel=1e-12)


def test_effective_f():
    """One instrument, homoskedastic but for noise: the effective F is the robust one, and 23.1."""
    strength = ir.first_stage(
        ir.read_panel(
            fitted().panel.products.drop(columns=[f"demand_instruments{k}" for k in range(1, 6)])
        ),
        ir.Demand("1 + prices + x"),
    ).loc["prices"]
    assert strength["effective_F"] == pytest.approx(strength["robust_F"], rel=1e-10)
    assert strength["critical_F"] == pytest.approx(23.1, abs=0.02)
    weak = fitted().panel.products.assign(
        **{f"demand_instruments{k}": np.random.default_rng(k).normal(size=360) for k in range(6)}
    )
    fit = ir.estimate(ir.Demand("1 + prices + x"), ir.read_panel(weak))
    assert "instruments of prices are weak: effective F" in fit.summary()


class TestFullSigma:
    """Tastes for prices and x may hang together; nobody's taste for x is another."""

    def fitted(self, seed, sigma=0.5):
        demand = ir.Demand("1 + prices + x", random="0 + prices + x")
        start = {"sigma": [[0.5, 0], [0.1, 0.5]]}
        return ir.estimate(demand, self.sample(seed, sigma), start=start, n_starts=1)

    def sample(self, seed, sigma):
        data = panel(seed, sigma)
        old = data.agents[data.agents["market_ids"] == data.markets[0]]
        first, second = (n.ravel() for n in np.meshgrid(old["nodes0"], old["nodes0"]))
        weights = np.outer(old["weights"], old["weights"]).ravel()
        T = len(data.markets)
        agents = {"market_ids": np.repeat(data.markets, len(first)), "weights": np.tile(weights, T)}
        agents |= {"nodes0": np.tile(first, T), "nodes1": np.tile(second, T)}
        x = data.products["x"]
        rivals = x.groupby(data.products["market_ids"]).transform("sum") - x
        more = {"demand_instruments6": x**2, "demand_instruments7": x * rivals}
        more |= {"demand_instruments8": data.products["demand_instruments0"] * rivals}
        return ir.read_panel(data.products.assign(**more), pd.DataFrame(agents))

    def test_the_last_column_is_a_square(self):
        """By hand: the slope in the square of sigma[x], by differences of the inversion."""
        from inroads.estimation.markets.mean_utilities import MeanUtilities

        fit = next(f for f in map(self.fitted, range(9)) if f.at_edge)
        assert fit.at_edge == ("sigma[x]",)
        assert fit.unidentified_directions == ()
        mean_utilities = MeanUtilities(fit.design, fit.panel, fit.layout)
        theta, step = fit.params.to_numpy()[3:].copy(), 1e-2
        theta[2] = 0.0

        def delta(theta):
            return mean_utilities.solve(theta).delta[: len(fit.panel)]

        moves = 1e-5 * np.eye(3)[:2]
        slopes = [(delta(theta + m) - delta(theta - m)) / 2e-5 for m in moves]
        slopes.append((delta(theta + step * np.eye(3)[2]) - delta(theta)) / step**2)
        X = np.column_stack([fit.design.X1, *(-s for s in slopes)])
        G = fit.design.Z.T @ X / len(X)
        errors = np.sqrt(np.diag(np.linalg.inv(G.T @ fit.weights @ G) / len(X)))
        np.testing.assert_allclose(fit.standard_errors.iloc[:5], errors[:5], rtol=0.1)
        high = fit.conf_int().loc["sigma[x]", "high"]
        assert high == pytest.approx(np.sqrt(1.959964 * errors[5]), rel=0.1)

    def test_a_column_of_zeros_answers_to_squares_and_products(self):
        """Nobody's tastes differ: by hand, slopes in all three of the covariance matrix."""
        from inroads.estimation.markets.mean_utilities import MeanUtilities

        fit = self.fitted(17, sigma=0.0)
        assert fit.at_edge == ("sigma[prices]", "sigma[x]")
        assert [next(iter(d)) for d in fit.unidentified_directions] == ["sigma[x, prices]"]
        mean_utilities, step = MeanUtilities(fit.design, fit.panel, fit.layout), 1e-2

        def delta(*theta):
            return mean_utilities.solve(step * np.array(theta)).delta[: len(fit.panel)]

        of_prices, of_x = (delta(*t) - delta(0, 0, 0) for t in ((1, 0, 0), (0, 0, 1)))
        both = (delta(1, 1, 0) - delta(1, -1, 0)) / 2
        X = np.column_stack([fit.design.X1, -of_prices, -both, -of_x])
        X[:, 3:] /= step**2
        G = fit.design.Z.T @ X / len(X)
        errors = np.sqrt(np.diag(np.linalg.inv(G.T @ fit.weights @ G) / len(X)))
        np.testing.assert_allclose(fit.standard_errors.iloc[:3], errors[:3], rtol=0.1)
        highs = fit.conf_int()["high"][list(fit.at_edge)]
        np.testing.assert_allclose(highs, np.sqrt(1.959964 * errors[[3, 5]]), rtol=0.1)
