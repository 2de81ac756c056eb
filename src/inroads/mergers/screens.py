"""Screens of a merger at the market as it is, nothing solved."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inroads.choice import diversion_ratios
from inroads.choice.base import Array, Index
from inroads.conduct.screens import gross_upward_pricing_pressure, upward_pricing_pressure
from inroads.mergers.model import MarketModel


def screens(model: MarketModel, after: Index, products: list[str]) -> pd.DataFrame:
    """UPP, GUPPI, CMCR, own pass-through by product.

    UPP is money, GUPPI a fraction of price, CMCR the fraction by which an offer's marginal cost
    would have to fall for its price to stay, pass_through dp_j/dc_j before the merger. Where there
    is one price, diversion to the partner is not defined and UPP and GUPPI are blank.
    """
    before = model.before
    implied, joint = model.implied_margins(model.owner), model.implied_margins(after)
    nothing = np.full(len(products), np.nan)
    D = model.jacobian
    upp, guppi = nothing, nothing
    if D is not None:
        m = before.margins
        upp = upward_pricing_pressure(D, m, model.owner, after)
        guppi = gross_upward_pricing_pressure(D, before.prices, m, model.owner, after=after)
    return pd.DataFrame(
        {
            "UPP": upp,
            "GUPPI": guppi,
            "CMCR": (joint - implied) / before.costs,
            "pass_through": np.diag(model.pass_through()),
        },
        index=pd.Index(products, name="product_ids"),
    )


def diversion_table(jacobian: Array, products: list[str]) -> pd.DataFrame:
    """D_jk, of what a product loses when its price rises, to each other and outside (last)."""
    return pd.DataFrame(
        diversion_ratios(jacobian),
        index=pd.Index(products, name="from"),
        columns=pd.Index([*products, "outside"], name="to"),
    )
