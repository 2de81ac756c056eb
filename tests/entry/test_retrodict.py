"""Entries predicted from what came before: a known truth, BLP's automobiles, what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import inroads as ir
from inroads.entry.periods import entry_panel
from inroads.entry.price_forecasts import widening_of
from inroads.errors import InputError
from inroads.estimation.out_of_sample import demand_on
from tests.entry.autos import BLP, COSTS, LOGIT, START, agents, products

FIRM, OWN = 0.8, 1.0


def simulated(seed: int, heavy: bool = False) -> pd.DataFrame:
    """30 years of 20 firms with 4 products, one of which is new each year: xi = firm + own part."""
    rng = np.random.default_rng(seed)
    years, firms, slots = 30, 20, 4
    grid = np.stack(
        np.meshgrid(np.arange(years), np.arange(firms), np.arange(slots), indexing="ij")
    )
    year, firm, slot = grid.reshape(3, -1)
    product = (firm * slots + slot) * 100 + (year + slot) // slots
    names, codes = np.unique(product, return_inverse=True)
    own = rng.standard_t(5, len(names)) * np.sqrt(3 / 5) if heavy else rng.normal(size=len(names))
    x = rng.normal(size=len(names))[codes]
    xi = FIRM * rng.normal(size=firms)[firm] + OWN * own[codes]
    cost = rng.uniform(1, 3, len(year))
    prices = cost + 0.3 * xi + rng.normal(0, 0.1, len(year))
    odds = np.exp(-6 + x - prices + xi)
    total = pd.Series(odds).groupby(year).transform("sum").to_numpy()
    return pd.DataFrame(
        {
            **{"market_ids": year, "firm_ids": firm, "product_ids": product},
            **{"prices": prices, "x": x, "shares": odds / (1 + total), "demand_instruments0": cost},
        }
    )


@pytest.fixture(scope="module")
def past() -> ir.Retrodiction:
    """Of a known truth."""
    panel = ir.read_panel(simulated(0))
    return ir.retrodict(ir.Demand("1 + x + prices"), panel, first=12, effects="1")


@pytest.fixture(scope="module")
def autos() -> ir.Retrodiction:
    """Entries of 1980 to 1990, each predicted from all earlier years."""
    return ir.retrodict(LOGIT, ir.read_panel(products()), first=1980, new="clustering_ids")


class TestKnownTruth:
    def test_variances_are_recovered(self, past: ir.Retrodiction) -> None:
        """Of 20 firms' effects within their sampling error, of 580 products' closely."""
        deviations = past.prior.quality.deviations
        assert deviations["firm"] == pytest.approx(FIRM, abs=3 * FIRM / np.sqrt(2 * 20))
        assert deviations["own"] == pytest.approx(OWN, abs=0.1)
        assert deviations["period"] < 0.25

    def test_intervals_hold(self, past: ir.Retrodiction) -> None:
        assert len(past.frame) == 18 * 20
        scores = past.scores.loc["model"]
        for level in (50, 80, 90):
            assert scores[f"coverage_{level}_low"] < level / 100 < scores[f"coverage_{level}_high"]
        assert past.uniformity > 0.01

    def test_the_best_forecast_is_nearly_reached(self, past: ir.Retrodiction) -> None:
        """Who knew firms' effects would have the CRPS of a normal, sigma / root pi."""
        assert past.scores.loc["model", "crps"] == pytest.approx(OWN / np.sqrt(np.pi), rel=0.08)
        assert (past.scores["gain"].iloc[1:] > 0.05).all()

    def test_heavy_tails_are_found(self) -> None:
        panel = ir.read_panel(simulated(1, heavy=True))
        demand = ir.Demand("1 + x + prices")
        heavy = ir.retrodict(demand, panel, first=20, effects="1")
        assert heavy.prior.quality.dof < 12
        scores = heavy.scores.loc["model"]
        assert scores["coverage_80_low"] < 0.8 < scores["coverage_80_high"]

    def test_the_frame_says_what_happens_to_others(self, past: ir.Retrodiction) -> None:
        frame = past.frame
        assert (frame["rivals_with"] < frame["rivals_without"]).all()
        assert (frame["firm_with"] < frame["firm_without"]).all()
        sold = frame["share"] + frame["rivals_with"]
        assert (sold > frame["rivals_without"]).all()
        for level in (50, 80, 90):
            inside = frame["happened"].between(
                frame[f"share_low_{level}"], frame[f"share_high_{level}"]
            )
            assert inside.mean() == pytest.approx(past.scores.loc["model", f"coverage_{level}"])

    def test_every_and_rows_out_of_order(self) -> None:
        table = simulated(0)
        demand = ir.Demand("1 + x + prices")
        shuffled = table.sample(frac=1, random_state=1)
        key = ["period", "product"]
        frames = [
            ir.retrodict(demand, ir.read_panel(rows), first=24, every=3).frame.sort_values(key)
            for rows in (table, shuffled)
        ]
        assert len(frames[0]) == 6 * 20
        np.testing.assert_allclose(frames[0]["share"], frames[1]["share"], rtol=1e-4)

    def test_periods_of_several_markets(self) -> None:
        """Two markets a period: products are predicted in both, firms' means are over both."""
        rng, markets = np.random.default_rng(3), []
        for name in "AB":
            table = simulated(2).query("market_ids < 8")
            odds = table["shares"] * np.exp(0.5 * rng.normal(size=len(table)))
            total = odds.groupby(table["market_ids"]).transform("sum")
            names = [f"{name} {year}" for year in table["market_ids"]]
            markets.append(
                table.assign(shares=odds / (1 + total), year=table["market_ids"], market_ids=names)
            )
        both = pd.concat(markets)
        past = ir.retrodict(
            ir.Demand("1 + x + prices"), ir.read_panel(both), first=7, period="year"
        )
        assert len(past.frame) == 20 * 2
        assert set(past.frame["period"]) == {7}
        deviations = past.prior.quality.deviations
        assert deviations["product"] == pytest.approx(OWN, abs=0.2)
        assert deviations["own"] == pytest.approx(0.5, abs=0.05)
        with pytest.raises(InputError, match="one market a period"):
            ir.retrodict(
                ir.Demand("1 + x + prices"),
                ir.read_panel(both),
                first=7,
                period="year",
                rivals="last",
            )

    def test_rivals_of_the_period_before(self, past: ir.Retrodiction) -> None:
        """Their market is much the same; what is inside an interval is what happened."""
        table = simulated(0)
        demand = ir.Demand("1 + x + prices")
        panel = ir.read_panel(table)
        last = ir.retrodict(demand, panel, first=12, effects="1", rivals="last")
        assert len(last.frame) == len(past.frame)
        scores, realised = last.scores.loc["model"], past.scores.loc["model"]
        assert scores["crps"] == pytest.approx(realised["crps"], rel=0.1)
        low, high = last.frame["share_low_80"], last.frame["share_high_80"]
        inside = last.frame["happened"].between(low, high).mean()
        assert inside == pytest.approx(scores["coverage_80"])
        year = table.loc[table["market_ids"] == 12]
        before = table.loc[table["market_ids"] == 11, "shares"].sum()
        first = last.frame[last.frame["period"] == 12]
        assert first["rivals_without"].to_numpy() == pytest.approx(np.full(len(first), before))
        assert abs(before / year["shares"].sum() - 1) > 1e-3

    def test_estimates_are_those_of_the_years_before(self, past: ir.Retrodiction) -> None:
        table = simulated(0)
        panel = ir.read_panel(table[table["market_ids"] < 15])
        fit = ir.estimate(ir.Demand("1 + x + prices"), panel)
        row = past.parameters.loc[15]
        np.testing.assert_allclose(row[fit.params.index].to_numpy(float), fit.params)
        assert list(past.parameters.index) == list(range(12, 30))
        assert past.parameters["converged"].all()

    def test_a_picture(self, past: ir.Retrodiction) -> None:
        chart = past.calibration_plot().to_dict()
        assert len(chart["layer"]) == 3
        assert "entries" in str(past)


class TestAutomobiles:
    def test_coverage(self, autos: ir.Retrodiction) -> None:
        scores = autos.scores.loc["model"]
        assert scores["entries"] == 589
        assert 0.44 <= scores["coverage_50"] <= 0.56
        assert 0.74 <= scores["coverage_80"] <= 0.86
        assert scores["coverage_90_low"] <= 0.9 <= scores["coverage_90_high"]
        assert autos.uniformity > 0.1

    def test_naive_forecasts_are_beaten(self, autos: ir.Retrodiction) -> None:
        gain = autos.scores["gain"]
        assert (gain[["past_entrants", "zero_quality"]] > 0.25).all()
        assert gain["firm_mean"] > 0.05

    def test_a_forecast_of_the_year_does_as_well(self) -> None:
        """Nothing of an entrant's year is used but its characteristics and its price."""
        panel = ir.read_panel(products())
        last = ir.retrodict(LOGIT, panel, first=1980, new="clustering_ids", rivals="last")
        scores = last.scores.loc["model"]
        assert 0.44 <= scores["coverage_50"] <= 0.56
        assert 0.74 <= scores["coverage_80"] <= 0.86
        gain = last.scores["gain"]
        assert (gain[["past_entrants", "zero_quality"]] > 0.25).all()
        assert gain["firm_mean"] > 0.05

    def test_new_firms_are_few(self, autos: ir.Retrodiction) -> None:
        new = autos.scores_by("firm_is_new").loc[True]
        assert (new["entries"] == 9).all()
        low, high = new.loc["model", ["coverage_80_low", "coverage_80_high"]]
        assert high - low > 0.5

    def test_predictable_utility_is_shrunk(self, autos: ir.Retrodiction) -> None:
        coefficients = autos.prior.quality.coefficients["estimate"]
        assert 0.6 < coefficients["firm_quality"] < 1
        assert -0.7 < coefficients["utility_gap"] < -0.3

    def test_what_price_promises_is_shrunk_by_itself(self) -> None:
        """A tenth better than the firm's own mean, whether the period is known or not."""
        effects = "1 + firm_quality + utility_gap + price_gap"
        panel = ir.read_panel(products())
        for rivals in ("realised", "last"):
            past = ir.retrodict(
                LOGIT, panel, first=1980, new="clustering_ids", effects=effects, rivals=rivals
            )
            scores = past.scores
            assert scores.loc["firm_mean", "gain"] > 0.09
            assert 0.74 < scores.loc["model", "coverage_80"] < 0.86
            assert 0.44 < scores.loc["model", "coverage_50"] < 0.56
        coefficients = past.prior.quality.coefficients["estimate"]
        assert coefficients["price_gap"] < -0.5
        car = {"hpwt": 0.45, "air": 0, "mpd": 2.5, "space": 1.3}
        draws = [
            past.prior.draw(200, np.random.default_rng(0), firm=19, characteristics=car | price)
            for price in ({"prices": 9.0}, {"prices": 10.0})
        ]
        assert draws[0].mean() > draws[1].mean()

    def test_prices_where_firms_set_them(self) -> None:
        """Random coefficients and supply, on fewer years and agents than there are."""
        table = products()
        few = agents().groupby("market_ids").head(60)
        totals = few.groupby("market_ids")["weights"].transform("sum")
        few = few.assign(weights=few["weights"] / totals)
        late = table["market_ids"] >= 1981
        panel = ir.read_panel(table[late], few[few["market_ids"] >= 1981])
        past = ir.retrodict(
            BLP, panel, COSTS, first=1990, new="clustering_ids", start=START, n_starts=1, steps=1
        )
        assert len(past.frame) == 66
        assert past.price_scores["crps"].is_monotonic_increasing
        low, high = past.frame["price_low_90"], past.frame["price_high_90"]
        assert past.frame["price_happened"].between(low, high).mean() > 0.7
        assert past.prior.cost is not None
        launch = past.prior.launch(
            firm=16,
            characteristics={
                **{"prices": 9.0, "hpwt": 0.45, "air": 0, "mpd": 2.5, "mpg": 2.5, "space": 1.3},
                **{"trend": 19},
            },
            draws=4,
        )
        assert launch.draws["price"].nunique() == 4


def test_an_estimate_on_its_own_panel() -> None:
    """xi, omega and mean utilities are those of the estimate."""
    table = products()
    early = table[table["market_ids"] < 1975]
    panel = ir.read_panel(early, agents()[agents()["market_ids"] < 1975])
    fit = ir.estimate(BLP, panel, supply=COSTS, start=START, n_starts=1, steps=1)
    again = demand_on(fit, panel)
    np.testing.assert_allclose(again.xi, fit.xi, atol=1e-8)
    np.testing.assert_allclose(again.omega, fit.omega, atol=1e-8)
    np.testing.assert_allclose(again.demand.delta, fit.delta, atol=1e-8)


@pytest.mark.parametrize("supply", [None, ir.Supply("1 + poly(x, 2)", log=False)])
def test_formulas_are_replayed_on_another_panel(supply: ir.Supply | None) -> None:
    """One market alone, in which poly and the base of C(...) would be fixed otherwise."""
    table = simulated(0).assign(kind=lambda t: t["product_ids"] % 3)
    table["supply_instruments0"] = table["demand_instruments0"]
    demand = ir.Demand("1 + prices + poly(x, 2) + C(kind)")
    start = {"prices": -1.0} if supply else None
    fit = ir.estimate(demand, ir.read_panel(table), supply=supply, start=start, n_starts=1)
    rows = ((table["market_ids"] == 29) & (table["kind"] > 0)).to_numpy()
    kept = table[rows].head(12)
    own = rows.nonzero()[0][:12]
    again = demand_on(fit, ir.read_panel(kept))
    # Plain logit by hand, less what the estimate's own panel says the characteristics explain.
    shares = kept["shares"].to_numpy()
    delta = np.log(shares) - np.log1p(-shares.sum())
    np.testing.assert_allclose(again.xi, delta - (fit.delta - fit.xi)[own], atol=1e-9)
    predicted = fit.predict(kept, xi=again.xi)["predicted"]
    np.testing.assert_allclose(predicted, shares, rtol=1e-9)
    if supply is not None:
        explained = (fit.fitted.costs() - fit.omega)[own]
        np.testing.assert_allclose(again.omega, again.demand.costs() - explained, atol=1e-9)


def test_nests() -> None:
    """Nested logit, in and out of its panel."""
    table = simulated(0).assign(nesting_ids=lambda t: t["firm_ids"] % 2)
    table["demand_instruments1"] = table.groupby(["market_ids", "nesting_ids"])["x"].transform(
        "sum"
    )
    demand = ir.Demand("1 + x + prices", nested=True)
    panel, start = ir.read_panel(table), {"rho": 0.3}
    fit = ir.estimate(demand, panel, start=start, bounds={"rho": (0.0, 0.9)})
    np.testing.assert_allclose(demand_on(fit, panel).xi, fit.xi, atol=1e-9)
    linear = ir.estimate(demand, panel)
    np.testing.assert_allclose(demand_on(linear, panel).xi, linear.xi, atol=1e-9)
    nested = ir.retrodict(demand, panel, first=27, start=start, bounds={"rho": (0.0, 0.9)})
    assert nested.scores.loc["model", "coverage_80"] > 0.6
    with pytest.raises(InputError, match="without nests"):
        nested.prior.launch(firm=1, characteristics={"prices": 2.0, "x": 0.0})


class TestRefused:
    demand = ir.Demand("1 + x + prices")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"first": 0}, "after the first"),
            ({"first": 99}, "after the first"),
            ({"new": "model"}, "'model'"),
            ({"firm": "maker"}, "'maker'"),
            ({"period": "yaer"}, "'yaer'"),
            ({"every": 0}, "at least 1"),
            ({"rivals": "next"}, "'realised' or 'last'"),
            ({"effects": "1 + no_such"}, "no_such"),
        ],
    )
    def test_arguments(self, arguments, message) -> None:
        panel = ir.read_panel(simulated(0))
        with pytest.raises(InputError, match=message):
            ir.retrodict(self.demand, panel, **{"first": 20, **arguments})

    def test_nothing_to_learn_from(self) -> None:
        table = simulated(0)
        for rows, message in (
            (table.assign(firm_ids=1), "one only"),
            (table.assign(product_ids=table.groupby("market_ids").cumcount()), "none"),
            (table.assign(maker=table["firm_ids"].where(table.index > 3)), "blank"),
        ):
            firm = "maker" if "maker" in rows else "firm_ids"
            with pytest.raises(InputError, match=message):
                ir.retrodict(self.demand, ir.read_panel(rows), first=20, firm=firm)
        with pytest.raises(InputError, match="earlier entrants"):
            ir.retrodict(self.demand, ir.read_panel(table), first=1)
        last = table.loc[table["market_ids"] == 27, "product_ids"]
        is_old = (table["market_ids"] < 28) | table["product_ids"].isin(last)
        with pytest.raises(InputError, match="new products in a period from"):
            ir.retrodict(self.demand, ir.read_panel(table[is_old]), first=28)

    def test_fixed_effects(self) -> None:
        panel = ir.read_panel(simulated(0))
        demand = ir.Demand("0 + x + prices", absorb="firm_ids")
        with pytest.raises(InputError, match="without fixed effects"):
            ir.retrodict(demand, panel, first=20)
        with pytest.raises(InputError, match="without fixed effects"):
            demand_on(ir.estimate(demand, panel), panel)

    def test_periods_that_have_no_order_or_cut_markets(self) -> None:
        table = simulated(0)
        panel = ir.read_panel(table.assign(year=np.arange(len(table))))
        with pytest.raises(InputError, match="one period"):
            entry_panel(panel, "product_ids", "firm_ids", "year")
        years = pd.Series([y or "zero" for y in table["market_ids"]], dtype=object)
        mixed = table.assign(year=years)
        with pytest.raises(InputError, match="have an order"):
            entry_panel(ir.Panel(products=mixed, agents=None), "product_ids", "firm_ids", "year")

    def test_price_scores_without_supply(self) -> None:
        past = ir.retrodict(self.demand, ir.read_panel(simulated(0)), first=29)
        with pytest.raises(InputError, match="with supply"):
            _ = past.price_scores


def test_price_forecasts_are_widened_by_how_far_past_ones_were_off() -> None:
    assert widening_of([]) == 1.0
    z = 2.0 * norm.ppf((np.arange(4000) + 0.5) / 4000)
    past = pd.DataFrame({"price_below": norm.cdf(z), "price_widening": 1.0})
    assert widening_of([past]) == pytest.approx(2.0, rel=0.01)
    # Once widened, they are right, and stay as wide.
    wider = pd.DataFrame({"price_below": norm.cdf(z / 2), "price_widening": 2.0})
    assert widening_of([past, wider]) == pytest.approx(2.0, rel=0.01)
    # Few forecasts say little.
    assert widening_of([past.iloc[[500, 2000, 3500]]]) < 1.2
