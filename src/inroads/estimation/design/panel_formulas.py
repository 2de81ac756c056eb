"""A demand's formulas as a panel fixed them, and what they explain of mean utility."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.estimation.design.formula_columns import plain_name
from inroads.estimation.specification.demand import Demand
from inroads.tables.formulas import DesignSpec, apply, design_matrix
from inroads.tables.panel import Panel


@dataclass(frozen=True, eq=False)
class PanelFormulas:
    """Formulas of a demand, fixed on a panel: categories keep their levels, curves their knots."""

    demand: Demand
    panel: Panel

    def __reduce__(self) -> tuple[type, tuple[Demand, Panel]]:
        # What formulaic fixed need not travel; it is fixed again.
        return PanelFormulas, (self.demand, self.panel)

    @cached_property
    def linear(self) -> DesignSpec:
        """Of what all agents value alike."""
        return design_matrix(self.demand.linear, self.panel.products)[1]

    @cached_property
    def random(self) -> DesignSpec | None:
        """Of what agents value differently."""
        formula = self.demand.random
        return None if formula is None else design_matrix(formula, self.panel.products)[1]

    @property
    def linear_names(self) -> list[str]:
        """Columns of `linear` as parameters are named."""
        return [plain_name(str(column)) for column in self.linear.columns]


def replay(spec: DesignSpec | None, table: pd.DataFrame | None) -> Array:
    """The columns (N, K) that a formula has on another table; none without one."""
    if spec is None or table is None:
        return np.zeros((0 if table is None else len(table), 0))
    return np.asarray(apply(spec, table).to_numpy(float))


@dataclass(frozen=True, eq=False)
class ExplainedUtility:
    """What formulas explain of mean utility.

    Parameters
    ----------
    formulas : PanelFormulas
        As the estimate's panel fixed them.
    params : Series
        By name, those of the columns of `linear` among them.
    """

    formulas: PanelFormulas
    params: pd.Series

    @property
    def beta(self) -> Array:
        """Of the columns of `linear` (K1,), prices among them."""
        return np.asarray(self.params[self.formulas.linear_names].to_numpy(float))

    def of(self, products: pd.DataFrame) -> Array:
        """Mean utility at prices as they are, without xi and absorbed effects.

        Parameters
        ----------
        products : DataFrame
            N rows with the columns that `linear` uses.

        Returns
        -------
        (N,) array
            x beta.

        Raises
        ------
        InputError
            For levels that the estimate's panel did not have.
        """
        return np.asarray(replay(self.formulas.linear, products) @ self.beta)
