"""One call from a practitioner's table to what a merger does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.doubts import warn_of
from inroads.errors import refuse
from inroads.mergers.calibrated.assumptions import Assumptions
from inroads.mergers.calibrated.calibrate import calibrate
from inroads.mergers.calibrated.ownership import check_stake
from inroads.mergers.inputs import MergerTable, by_product, merging_firms, read_merger_table
from inroads.mergers.result import Merger
from inroads.mergers.simulation import Simulation, divestitures
from inroads.tables.read import TableSource


def merger(
    table: TableSource,
    parties: Sequence[object],
    *,
    demand: str = "logit",
    conduct: str = "bertrand",
    outside: str = "rest",
    rho: Any = None,
    market_elasticity: float | Mapping[str, float] | None = None,
    elasticities: ArrayLike | None = None,
    diversions: ArrayLike | None = None,
    allocation: ArrayLike | None = None,
    buyer_weight: float | None = None,
    leaders: Sequence[object] = (),
    collusion: float = 0.0,
    collusion_after: float | None = None,
    stake: float = 1.0,
    control: float | None = None,
    holdings: Mapping[tuple[Any, Any], float] | None = None,
    unit_tax: float | Mapping[Any, float] = 0.0,
    tax_rate: float | Mapping[Any, float] = 0.0,
    efficiencies: float | Mapping[Any, float] = 0.0,
    remedies: Mapping[Any, object] | None = None,
    size: float = 1.0,
) -> Merger:
    """Calibrate a market, merge firms in it, and say what that does.

    Parameters
    ----------
    table : path or table
        A row a product: product_ids, firm_ids, prices, margins ((p - c) / p, blank where unknown),
        and shares (of units), revenue_shares (of money) or quantities; nesting_ids for nested
        demands; capacities (in the unit of quantities, or of shares) for Bertrand and one good:
        what is sold at capacity tells costs by its margin, and nothing of demand. For one good
        cost_elasticities (of marginal cost in output); good_ids where there are several, plant_ids
        where a plant makes more than one.
    parties : sequence of str
        Firms that merge, two or more; with `stake`, the acquirer first.
    demand : str
        "logit", "nested logit", "overlapping nests", "ces", "nested ces", "linear", "log-linear",
        "aids"; "one good, linear" or "one good, log-linear" for firms that sell the same thing.
    conduct : str
        "bertrand", "cournot", "stackelberg" (one good), "second score" (an auction), "bargaining"
        (with final buyers), "second-score bargaining".
    outside : {"rest", "none", "unknown"}
        Whether what shares leave of one is the outside option, there is none, or margins are to
        tell its share.
    rho : float, array, "by nest" or None
        Nesting parameter of nested demands; None where margins are to tell one for all, "by nest"
        one for each. Of AIDS, by what diversion across nests is less.
    market_elasticity : float or mapping, optional
        Of all sales when all prices rise in proportion, below 0; of one good, or of each by name.
    elasticities, diversions : (J, J) table, optional
        For linear, log-linear and almost ideal demand: row j of quantity j, or of where its buyers
        go. Without, slopes are those of the logit that margins calibrate.
    allocation : (J, N) table, optional
        For overlapping nests: what part of a product is in each, rows summing to one.
    buyer_weight : float, optional
        Buyers' bargaining weight, from 0 to below 1, for the bargaining conducts; of "bargaining"
        with logit or nested logit margins tell it unless it is given.
    leaders : sequence of str
        Firms that move first, for "stackelberg".
    collusion, collusion_after : float
        What part of others' profits firms count, from 0 to 1, under Bertrand or Cournot; after the
        merger as before unless given.
    stake : float
        What part of the other parties' profits the first one gets: 1 is a merger, less a partial
        acquisition, counting what `holdings` have of it already.
    control : float, optional
        What say it has over the others' prices, from 0 (silent: they mind it as little as before)
        to 1 (whole: it sets their prices, for a part of their profits); in proportion to the stake
        unless given.
    holdings : mapping, optional
        (owner, owned) -> part of profits that firms hold of others before and after, with no say.
    unit_tax, tax_rate : float or mapping
        Money a unit, and a fraction of what the seller gets, on all or product by product; prices
        of the table are what buyers pay, margins are of what sellers get.
    efficiencies : float or mapping
        Fractions by which the merger lowers marginal costs: of all the parties' products, or
        product by product.
    remedies : mapping, optional
        Product -> firm that it is divested to; "a new firm" where it is sold to none of these.
    size : float
        Of the market: consumers, or for CES and AIDS all that is spent. Where it is above what
        quantities sum to, these are shares of it.

    Returns
    -------
    Merger
        Prices, shares, margins and screens by product; what consumers and firms gain; remedies,
        market tests and other assumptions when asked.

    Warns
    -----
    CalibrationWarning
        Where margins are missed, or met at a bound; `doubts` keeps it.

    Raises
    ------
    InputError
        For a table that does not tell what is asked of it, no merger, a divestiture to nobody.
    ConvergenceError, UnreachableError
        Where there is no equilibrium.

    References
    ----------
    Werden, G. and Froeb, L. (1994), The effects of mergers in differentiated products industries,
    Journal of Law, Economics, and Organization 10(2).
    Epstein, R. and Rubinfeld, D. (2002), Merger simulation: a simplified approach with new
    applications, Antitrust Law Journal 69(3).
    O'Brien, D. and Salop, S. (2000), Competitive effects of partial ownership: financial interest
    and corporate control, Antitrust Law Journal 67(3).
    Miller, N. (2014), Modeling the effects of mergers in procurement, International Journal of
    Industrial Organization 37.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> table = pd.DataFrame({
    ...     "product_ids": ["Ale", "Bock", "Cider"], "firm_ids": ["A", "B", "C"],
    ...     "prices": [1.0, 1.1, 1.3], "shares": [0.3, 0.2, 0.1], "margins": [0.4, None, None],
    ... })
    >>> found = ir.merger(table, ("A", "B"))
    >>> found.offers["price_change"].round(3).to_dict()
    {'Ale': 0.078, 'Bock': 0.117, 'Cider': 0.004}
    """
    data = read_merger_table(table, size=size)
    names = merging_firms(parties, data.firm_names)
    given = Assumptions(
        demand=demand,
        conduct=conduct,
        outside=outside,
        rho=rho,
        market_elasticity=market_elasticity,
        elasticities=elasticities,
        diversions=diversions,
        allocation=allocation,
        buyer_weight=buyer_weight,
        leaders=leaders,
        collusion=collusion,
        collusion_after=collusion_after,
        holdings=holdings,
        unit_tax=unit_tax,
        tax_rate=tax_rate,
    )
    given.check_read()
    moves = divestitures(
        by_product(remedies or {}, data.products, "remedies"), data.firm_names, names
    )
    _check_divested(moves, data, names)
    if outside == "none" and len(names) == len(data.firm_names) and not (moves or "good" in demand):
        raise refuse(
            expected="a rival, or an outside option, that would stop the merged firm's price",
            found="a merger of all firms, and no outside option",
            where="parties",
            remedy="give shares of all who might buy (outside='rest'), or outside='unknown'.",
        )
    savings = _savings(efficiencies, data, names)
    market = calibrate(data, given)
    held = market.model.ownership.weights[
        data.firm_names.index(names[0]), [data.firm_names.index(name) for name in names[1:]]
    ]
    part, voice = check_stake(stake, control, 0.0 if stake == 1 else float(held.max()))
    simulation = Simulation(
        model=market.model,
        products=data.products,
        firms=data.firm_names,
        parties=names,
        savings=savings,
        divested=moves,
        collusion_after=given.collusion_after,
        stake=part,
        control=voice,
    )
    warn_of(market.doubts)
    return Merger(
        table=data,
        assumptions=given,
        simulation=simulation,
        fitted_margins=market.fitted,
        doubts=market.doubts,
        size=size,
    )


def _savings(efficiencies: Any, data: MergerTable, parties: list[str]) -> Any:
    """Fractions off marginal costs (J,)."""
    is_party = np.isin(data.firms, parties)
    if isinstance(efficiencies, Mapping):
        chosen = by_product(efficiencies, data.products, "efficiencies")
        savings = np.array([float(chosen.get(name, 0.0)) for name in data.products])
    else:
        savings = np.where(is_party, float(efficiencies), 0.0)
    if not ((savings >= 0) & (savings < 1)).all():
        percent = "; percent?" if savings.max() >= 1 else ""
        raise refuse(
            expected="efficiencies from 0 to below 1, fractions of marginal cost",
            found=f"{savings[np.abs(savings - 0.5).argmax()]:.6g}{percent}",
            where="efficiencies",
            remedy="give 0.05 for five percent; a rise of costs is no efficiency.",
        )
    return savings


def _check_divested(moves: Mapping[str, str], data: MergerTable, parties: list[str]) -> None:
    owner = dict(zip(data.products, data.firms, strict=True))
    others = [name for name in moves if owner[name] not in parties]
    if others:
        raise refuse(
            expected="products of the merging firms to divest",
            found=f"{others[0]} of {owner[others[0]]}",
            where="remedies",
            remedy=f"name products of {' or '.join(parties)}.",
        )
