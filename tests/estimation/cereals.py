"""Nevo's cereals as the tests of estimation use them, PyBLP's tutorials behind each."""

from functools import cache

import pandas as pd
import pyblp

import inroads as ir

pyblp.options.verbose = False

CEREALS = ir.Demand(
    "0 + prices",
    absorb="product_ids",
    random="1 + prices + sugar + mushy",
    demographics="0 + income + income_squared + age + child",
)
START = {
    "sigma": [0.3302, 2.4526, 0.0163, 0.2441],
    "pi": [
        [5.4819, 0, 0.2037, 0],
        [15.8935, -1.2, 0, 2.6342],
        [-0.2506, 0, 0.0511, 0],
        [1.265, 0, -0.8091, 0],
    ],
}
#: the same without demographics
BARE = ir.Demand("0 + prices", absorb="product_ids", random="1 + prices + sugar + mushy")


@cache
def products():
    return pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)


@cache
def panel():
    """With the tutorial's agents and their demographics."""
    return ir.read_panel(products(), pyblp.data.NEVO_AGENTS_LOCATION)


@cache
def estimated():
    """One step, from the tutorial's start alone."""
    return ir.estimate(CEREALS, panel(), start=START, steps=1, n_starts=1)


@cache
def drawn_panel():
    """With the 50 draws of PyBLP's tutorial, no demographics."""
    integration = pyblp.Integration("monte_carlo", size=50, specification_options={"seed": 0})
    formulas = (
        pyblp.Formulation("0 + prices", absorb="C(product_ids)"),
        pyblp.Formulation("1 + prices + sugar + mushy"),
    )
    drawn = pyblp.Problem(formulas, products(), integration=integration).agents
    nodes = {f"nodes{k}": drawn.nodes[:, k] for k in range(4)}
    ids = {"market_ids": drawn.market_ids.ravel(), "weights": drawn.weights.ravel()}
    return ir.read_panel(products(), pd.DataFrame(ids | nodes))
