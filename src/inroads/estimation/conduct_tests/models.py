"""Models of conduct: at given demand and prices, the markups p - c that each implies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.estimation.markets.fitted_prices import as_ownership, bertrand_margins
from inroads.estimation.markets.price_response import check_price_response
from inroads.estimation.post_estimation import FittedDemand
from inroads.estimation.specification.conduct import Conduct
from inroads.estimation.specification.supply import Supply
from inroads.tables.naming import label


class ConductModel(ABC):
    """What prices are an equilibrium of."""

    @abstractmethod
    def markups(self, demand: FittedDemand) -> Array:
        """p - c of every product (N,), costs being those of the whole chain."""


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """Whose profits count.

    Parameters
    ----------
    firms : str
        Column of products that says who sets a price, or "all" (one firm sets all: collusion) or
        "each" (every product by itself).
    kappa : table, optional
        How much a firm counts another's profit, as in `Supply`.
    """

    firms: str = "firm_ids"
    kappa: Any = None

    def of(self, demand: FittedDemand, products: np.ndarray) -> np.ndarray:
        """Firms (B, J) as codes, or (B, J, J) how much the firm of j counts k's profit."""
        if self.firms == "each":
            return np.broadcast_to(np.arange(products.shape[1]), products.shape)
        if self.firms == "all":
            return np.zeros(products.shape, dtype=int)
        table = demand.panel.products
        extra = (
            [c for c in table if str(c).startswith("ownership")] if self.kappa is not None else []
        )
        setters = demand.column(self.firms)
        table = table.drop(columns=extra).assign(firm_ids=setters)
        supply = None if self.kappa is None else Supply("1", kappa=self.kappa)
        return Conduct.from_products(table, supply).ownership_or_firms(products)


@dataclass(frozen=True, kw_only=True)
class PriceSetting(Ownership, ConductModel):
    """Firms set prices (Bertrand and Nash), those of their own products.

    With firms="all" this is collusion, or an integrated chain; on a table with `channel_ids`
    firms="channel_ids" is wholesale at cost (two-part tariffs that leave the margin to channels),
    and firms="firm_ids" resale price maintenance that leaves it to manufacturers (Bonnet and Dubois
    2010).

    Parameters
    ----------
    firms : str
        Column of products that says who sets a price, or "all" (one firm sets all: collusion) or
        "each" (every product by itself).
    kappa : table, optional
        How much a firm counts another's profit, as in `Supply`.

    Examples
    --------
    >>> PriceSetting(firms="all").firms
    'all'
    """

    def markups(self, demand: FittedDemand) -> Array:
        """Markups at which prices are an equilibrium.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Money a unit.
        """
        check_price_response(demand, "somebody")
        result, shares = np.zeros(len(demand.panel)), demand.column("shares")
        for s in demand.stacks:
            owns = self.of(demand, s.products)
            result[s.products] = bertrand_margins(s.choices, owns, shares[s.products])
        return result


@dataclass(frozen=True, kw_only=True)
class QuantitySetting(Ownership, ConductModel):
    """Firms set quantities (Cournot and Nash), those of their own products.

    Parameters
    ----------
    firms : str
        Column of products that says who sets a quantity, or "all" or "each".
    kappa : table, optional
        How much a firm counts another's profit, as in `Supply`.

    Examples
    --------
    >>> QuantitySetting().firms
    'firm_ids'
    """

    def markups(self, demand: FittedDemand) -> Array:
        """m_j = - sum_k owns_jk (dp_k/ds_j) s_k.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Money a unit.
        """
        check_price_response(demand, "somebody")
        result, shares = np.zeros(len(demand.panel)), demand.column("shares")
        for s in demand.stacks:
            owns = as_ownership(self.of(demand, s.products))
            inverse_demand = np.linalg.inv(s.choices.jacobian).swapaxes(-1, -2)
            result[s.products] = -((owns * inverse_demand) @ shares[s.products][..., None])[..., 0]
        return result


@dataclass(frozen=True)
class MarginalCostPricing(ConductModel):
    """Prices are marginal costs.

    Examples
    --------
    >>> MarginalCostPricing()
    MarginalCostPricing()
    """

    def markups(self, demand: FittedDemand) -> Array:
        """Zero.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Zeros.
        """
        return np.zeros(len(demand.panel))


@dataclass(frozen=True, eq=False)
class GivenMarkups(ConductModel):
    """Markups computed elsewhere, which then do not move with the estimate of demand.

    Parameters
    ----------
    values : (N,) array or Series
        p - c, in the panel's order (a Series by its index).
    """

    values: Any

    def markups(self, demand: FittedDemand) -> Array:
        """The same.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Money a unit.

        Raises
        ------
        InputError
            For another number of products, and values that are no numbers.
        """
        return demand.values_by_product("markups", self.values)


@dataclass(frozen=True)
class ByMarket(ConductModel):
    """One model in some markets, another in the rest: before and after a change of regime.

    Parameters
    ----------
    first : ConductModel
        In `markets`.
    markets : sequence
        Ids of markets.
    rest : ConductModel
        In all others.

    Examples
    --------
    >>> ByMarket(PriceSetting(firms="all"), ["2001"], PriceSetting()).markets
    ['2001']
    """

    first: ConductModel
    markets: Sequence[Any]
    rest: ConductModel

    def markups(self, demand: FittedDemand) -> Array:
        """Markups by the model of each market.

        Parameters
        ----------
        demand : FittedDemand
            At some parameters.

        Returns
        -------
        (N,) array
            Money a unit.

        Raises
        ------
        InputError
            For markets that are not in the panel.
        """
        known_markets = dict.fromkeys(demand.panel.markets)
        names = {m: label(m, known_markets) for m in self.markets}
        for market, name in names.items():
            if name is None:
                raise refuse(
                    expected="markets of the panel",
                    found=repr(market),
                    where="ByMarket",
                    remedy="give ids of market_ids.",
                )
        in_first = pd.Series(demand.column("market_ids")).isin(list(names.values())).to_numpy()
        return np.where(in_first, self.first.markups(demand), self.rest.markups(demand))


def checked_models(models: Mapping[str, ConductModel]) -> dict[str, ConductModel]:
    """At least two models by name; InputError for anything else."""
    is_mapping = isinstance(models, Mapping)
    fault = [k for k, m in models.items() if not isinstance(m, ConductModel)] if is_mapping else []
    if not is_mapping or len(models) < 2 or fault:
        raise refuse(
            expected="at least two models of conduct by name",
            found=repr(models[fault[0]]) if fault else repr(models)[:80],
            where="models",
            remedy="write {'Bertrand': ir.PriceSetting(), 'Cournot': ir.QuantitySetting()}, say.",
        )
    return dict(models)
