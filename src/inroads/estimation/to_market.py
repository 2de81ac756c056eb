"""From an estimate to a market in which firms respond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.errors import refuse
from inroads.estimation.counterfactuals.estimated_demand import with_formulas
from inroads.estimation.markets.price_response import check_one_value_of_money
from inroads.estimation.specification.conduct import Conduct
from inroads.market.market import Market
from inroads.market.pricing import Bertrand
from inroads.tables.cells import cell_text

if TYPE_CHECKING:
    from inroads.estimation.post_estimation import FittedDemand


def market_from_estimate(
    fitted: FittedDemand, market: object, size: float = 1.0, below_zero: bool = False
) -> Market:
    """A market of the panel in which firms respond, at costs that make its prices an equilibrium.

    Offers are named by product_ids, as text (by their place in the market without them, or where an
    id comes twice); firms are those of firm_ids and sell what they make. kappa between firms
    becomes holdings. size: consumers in the market. below_zero: whether costs may be. Raises
    InputError for a market that is not in the panel, for ownership given product by product, and
    where a unit of money is minded more at one product than at another.
    """
    fitted.panel.require_outside("market")
    check_one_value_of_money(fitted, "market")
    products, buyers = fitted.buyers_of(market)
    table = fitted.panel.products.iloc[products]
    conduct = fitted.design.conduct or Conduct.from_products(fitted.panel.products)
    if conduct.by_product is not None:
        raise refuse(
            expected="firms, and kappa between them",
            found="ownership product by product",
            where="products",
            remedy="give the panel firm_ids without ownership0, ownership1, ...",
        )
    firms = np.array([cell_text(firm) for firm in table["firm_ids"]], dtype=object)
    has_names = "product_ids" in table and table["product_ids"].is_unique
    names = table["product_ids"] if has_names else range(len(table))
    offers = pd.DataFrame(
        {"manufacturer": firms, "channel": firms, "price": table["prices"].to_numpy(float)},
        index=pd.Index(map(cell_text, names), name="product_ids"),
    )
    holdings = None
    if conduct.kappa is not None:
        codes = dict(zip(conduct.firms[products], firms, strict=True))
        market_codes = np.array(list(codes))
        owners = list(codes.values())
        holdings = pd.DataFrame(conduct.kappa[np.ix_(market_codes, market_codes)], owners, owners)
    if fitted.explained is not None:
        buyers = with_formulas(fitted, products, buyers, offers.index)
    priced = Market(
        offers=offers, consumers=buyers, pricing=Bertrand(), holdings=holdings, size=size
    )
    return priced.with_implied_costs(below_zero=below_zero)
