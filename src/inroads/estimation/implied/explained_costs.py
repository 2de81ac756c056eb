"""What characteristics explain of costs, on other tables than the estimate's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.design.panel_formulas import replay
from inroads.tables.formulas import design_matrix

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult


def explained_costs(result: DemandResult, products: pd.DataFrame) -> Array:
    """Transformed costs (N,) of products by characteristics, without omega; supply is needed.

    The formula is fixed on products with a supply side, as in estimation.
    """
    supply, first = result.design.supply, result.panel.products
    assert supply is not None
    matrix = replay(design_matrix(supply.costs, first[supply.supplied(first)])[1], products)
    return np.asarray(matrix @ result.params[list(result.design.cost_names)].to_numpy(float))
