"""Fixed effects absorbed on the supply side: as dummies would have it."""

from functools import cache

import numpy as np
import pandas as pd
import pyblp
import pytest

import inroads as ir
from inroads.estimation.problem import build_problem

DEMAND = ir.Demand("1 + prices + hpwt + air", random="0 + air")
START = {"sigma": [0.5], "prices": -0.2}


@cache
def panel():
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    products = products[products["market_ids"] <= 1975]
    products["maker"] = "f" + (products["firm_ids"] % 5).astype(str)
    agents = ir.draw_agents(products["market_ids"].unique(), "product", size=5, dimensions=1)
    return ir.read_panel(products, agents)


def fitted(costs, **options):
    supply = ir.Supply(costs, log=False, **options)
    return ir.estimate(DEMAND, panel(), supply=supply, start=START, n_starts=1, steps=1)


@pytest.mark.parametrize("markets", [None, [1971, 1972, 1973]])
def test_absorbed_is_as_with_dummies(markets):
    absorbed = fitted("0 + log(hpwt) + air", absorb="maker", markets=markets)
    dummies = fitted("1 + log(hpwt) + air + C(maker)", markets=markets)
    for name in absorbed.params.index:
        assert absorbed.params[name] == pytest.approx(dummies.params[name], rel=1e-5, abs=1e-4), (
            name
        )
        error = dummies.standard_errors[name]
        assert absorbed.standard_errors[name] == pytest.approx(error, rel=1e-3, nan_ok=True), name
    assert absorbed.objective == pytest.approx(dummies.objective, rel=1e-6)
    np.testing.assert_allclose(absorbed.omega, dummies.omega, atol=1e-5)


def test_slopes_are_differences():
    supply = ir.Supply("0 + log(hpwt) + air", log=False, absorb="maker")
    equations = build_problem(DEMAND, panel(), supply, START).equations
    theta, step = equations.start, 1e-5
    slopes = equations.jacobian(equations.at(theta)).dy[1]
    for k in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[k], down[k] = theta[k] + step, theta[k] - step
        difference = (equations.at(up).y[1] - equations.at(down).y[1]) / (2 * step)
        np.testing.assert_allclose(slopes[:, k], difference, rtol=1e-5, atol=1e-4)


def test_it_is_saved(tmp_path):
    fit = fitted("0 + log(hpwt) + air", absorb="maker")
    fit.save(tmp_path / "fit.zip")
    again = ir.Estimate.load(tmp_path / "fit.zip")
    assert again.design.supply == fit.design.supply
    np.testing.assert_array_equal(again.design.X3, fit.design.X3)


def test_bad_input():
    with pytest.raises(ir.InputError, match="1, which fixed effects explain"):
        fitted("1 + log(hpwt)", absorb="maker")
    with pytest.raises(ir.InputError, match="a column 'town' to absorb"):
        fitted("0 + log(hpwt)", absorb="town")
    with pytest.raises(ir.InputError, match="a supply side without absorbed effects"):
        ir.optimal_instruments(fitted("0 + log(hpwt) + air", absorb="maker"))
