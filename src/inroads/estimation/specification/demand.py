"""Demand as formulas over a panel."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from inroads.estimation.specification.innovations import Innovations


@dataclass(frozen=True)
class Demand:
    """Utility of j to agent i: linear x beta + random x (sigma nodes_i + pi demographics_i) + xi_j.

    Formulas are formulaic's; columns are PyBLP's.

    Parameters
    ----------
    linear : str
        Formula of what all agents value alike.
    absorb : str, optional
        Columns of ids whose fixed effects are taken out, joined by "+".
    random : str, optional
        Formula of what agents value differently.
    demographics : str, optional
        Formula over columns of agents; distance is of each product of the agent's market where
        agents have distance0, distance1, ... instead, in the order of the market's rows.
    nested : bool
        Whether nesting_ids (one level) or nesting_ids0, nesting_ids1, ... (outermost first; an
        inner nest is part of its outer one) are nests, with a nesting parameter rho a level.
    lognormal : tuple of str
        Columns of `random`, "-prices" for I(-prices), whose coefficient is
        exp(sigma nodes_i + pi demographics_i), so that a constant among demographics gives its
        median.
    endogenous : tuple of str
        Columns of products that may be correlated with xi: what mentions one of them in `linear`
        is no instrument. With () everything is its own instrument, and logit is least squares.
    instruments : str, optional
        Formula of excluded instruments beside demand_instruments0, ...: "0 + cost + poly(tax, 2)".
        "prices" makes prices their own instrument.
    innovations : Innovations, optional
        Unobserved quality as an AR(1), with instruments of its innovations beside those of its
        level. Its coefficient is `phi` in the results.

    References
    ----------
    Berry, S., Levinsohn, J. and Pakes, A. (1995), Automobile prices in market equilibrium,
    Econometrica 63(4).

    Examples
    --------
    >>> Demand("0 + prices", absorb="product_ids", random="1 + prices").random
    '1 + prices'
    >>> Demand("1 + prices + advertising", endogenous=("prices", "advertising")).endogenous
    ('prices', 'advertising')
    """

    linear: str
    _: KW_ONLY
    absorb: str | None = None
    random: str | None = None
    demographics: str | None = None
    nested: bool = False
    lognormal: tuple[str, ...] = ()
    endogenous: tuple[str, ...] = ("prices",)
    instruments: str | None = None
    innovations: Innovations | None = None
