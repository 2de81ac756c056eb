"""From an estimate to a market in which firms respond."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.errors import InputError
from inroads.estimation.post_estimation import After
from inroads.estimation.specification import Conduct
from inroads.scenario.industry import Industry
from inroads.tables.cells import cell_text


def industry(after: After, market: object, size: float = 1.0, below_zero: bool = False) -> Industry:
    """A market of the panel as an `Industry`, at unit costs that make its prices an equilibrium.

    Offers are named by product_ids, as text (by their place in the market without them, or where an
    id comes twice); makers sell themselves, firms being those of firm_ids. kappa between firms
    becomes holdings. size: consumers in the market. below_zero: whether costs may be. Raises
    InputError for a market that is not in the panel and for ownership given product by product.
    """
    products, buyers = after.buyers_of(market)
    table = after.panel.products.iloc[products]
    conduct = after.design.conduct or Conduct.of(after.panel.products)
    if conduct.by_product is not None:
        raise InputError.single(
            expected="firms, and kappa between them",
            found="ownership product by product",
            where="products",
            remedy="give the panel firm_ids without ownership0, ownership1, ...",
        )
    firms = np.array([cell_text(firm) for firm in table["firm_ids"]], dtype=object)
    named = "product_ids" in table and table["product_ids"].is_unique
    names = table["product_ids"] if named else range(len(table))
    offers = pd.DataFrame(
        {"maker": firms, "shop": firms, "price": table["prices"].to_numpy(float)},
        index=pd.Index(map(cell_text, names), name="product_ids"),
    )
    holdings = None
    if conduct.kappa is not None:
        codes = dict(zip(conduct.firms[products], firms, strict=True))
        here = np.array(list(codes))
        owners = list(codes.values())
        holdings = pd.DataFrame(conduct.kappa[np.ix_(here, here)], owners, owners)
    return Industry(offers, buyers, holdings=holdings, size=size).calibrated(below_zero=below_zero)
