"""Derivatives of a solved market: elasticities, diversion, pass-through."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from inroads.choice import diversion_ratios, elasticities
from inroads.choice.base import Array
from inroads.market import conduct_arrays

if TYPE_CHECKING:
    from inroads.market.equilibrium import Equilibrium


class EquilibriumDerivatives:
    """An equilibrium with its derivatives: `Equilibrium` is one."""

    def jacobian(self) -> Array:
        """The Jacobian of shares in retail prices.

        Returns
        -------
        (J, J) array
            ds_j/dp_k, row j the share.
        """
        return np.asarray(cast("Equilibrium", self).choices.jacobian)

    def elasticities(self) -> pd.DataFrame:
        """Elasticities of shares in retail prices.

        Returns
        -------
        (J, J) DataFrame
            Row j, column k: percent change of j's share for one percent on k's price.
        """
        e = cast("Equilibrium", self)
        table = elasticities(e.jacobian(), e.state.prices, e.state.shares)
        return pd.DataFrame(table, e.offers, e.offers)

    def diversion(self) -> pd.DataFrame:
        """Where an offer's lost buyers go when its price rises.

        Returns
        -------
        (J, J + 1) DataFrame
            Row j of fractions that sum to one; the last column is none.
        """
        e = cast("Equilibrium", self)
        none = ("none", "none") if e.market.is_labelled else "none"
        return pd.DataFrame(
            diversion_ratios(e.jacobian()),
            e.offers,
            pd.Index([*e.offers, none], tupleize_cols=e.market.is_labelled),
        )

    def pass_through(self) -> pd.DataFrame:
        """By how much retail prices rise with sellers' costs.

        All prices answer, wholesale prices held; capacities and quotas are left out of account.

        Returns
        -------
        (J, J) DataFrame
            Row k, column j: the rise of k's retail price for a unit of j's seller's costs.
        """
        e = cast("Equilibrium", self)
        none = np.zeros(len(e.offers))
        borne = conduct_arrays.stakes_at(e.market, none + 1.0, none).cost
        rates = e.arrays.conditions.cost_pass_through(borne)
        return pd.DataFrame(rates, e.offers, e.offers)
