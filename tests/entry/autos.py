"""BLP's automobiles as the tests of entry use them."""

from functools import cache

import pandas as pd
import pyblp

import inroads as ir

LOGIT = ir.Demand("1 + prices + hpwt + air + mpd + space")
BLP = ir.Demand(
    "1 + hpwt + air + mpd + space",
    random="1 + prices + hpwt + air + mpd + space",
    demographics="0 + I(1 / income)",
)
COSTS = ir.Supply("1 + log(hpwt) + air + log(mpg) + log(space) + trend", lowest=0.001)
START = {
    "sigma": [3.612, 0, 4.628, 1.818, 1.050, 2.056],
    "pi": [[0], [-43.501], [0], [0], [0], [0]],
}


@cache
def products() -> pd.DataFrame:
    return pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)


@cache
def agents() -> pd.DataFrame:
    """Nodes are in the order of `BLP.random`, none for prices."""
    table = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    nodes = {f"nodes{k}": f"nodes{k + 1}" for k in range(1, 5)}
    return table.rename(columns=nodes).assign(nodes1=0.0)
