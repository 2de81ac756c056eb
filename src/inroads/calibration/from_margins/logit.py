"""Logit and nested logit from shares, prices and margins: what merger simulation starts from.

At given shares, margins are those at a marginal utility of money of one, divided by alpha: of
Bertrand sellers, of those that set quantities, bargain with buyers or bid in auctions alike. So
with x_j the former over p_j and m_j the observed margins, fractions of price, least squares in m
has a closed form: alpha = sum x_j^2 / sum m_j x_j, free of units of money and of the order of
offers. What shares do not tell (the size of the outside option, nesting parameters) is searched
for with alpha concentrated out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inroads.calibration.from_margins.buyers import buyers_at
from inroads.calibration.from_margins.doubts import doubts
from inroads.calibration.from_margins.unit_search import STARTS, search_unit_interval
from inroads.choice.base import Array, Index
from inroads.conduct.bertrand import owned
from inroads.conduct.horizontal import Conduct, PostedPrices
from inroads.conduct.horizontal.posted import posted_retail
from inroads.conduct.priced_demand import PricedDemand
from inroads.conduct.retail_pricing import Retail
from inroads.display import Card, Displayed, counted
from inroads.errors import one_of, refuse
from inroads.market.offers import check_costs
from inroads.solution import Solution

Outside = Literal["rest", "none", "unknown"]


@dataclass(frozen=True, kw_only=True, repr=False)
class MarginFit(Displayed):
    """A market that has the observed shares and prices, and margins as near as they come.

    Parameters
    ----------
    alpha : float
        Marginal utility of money.
    rho : (J,) array
        Nesting parameter, 0 without nests.
    outside : float
        Share of the outside option.
    costs : (J,) array
        At which observed prices are an equilibrium.
    target, fitted : (J,) array
        Margins as fractions of price; target nan where none was given.
    buyers : PricedDemand
        The demand found.
    retail : Retail
        Who sets which price.
    solution : Solution
        Of (rho, outside), those that were searched for; its residual is the step still to go.
    conduct : Conduct
        How prices come about.
    doubts : tuple of str
        What makes it doubtful: numbers at a bound, margins missed by more than 10 points.
    """

    alpha: float
    rho: Array
    outside: float
    costs: Array
    target: Array
    fitted: Array
    buyers: PricedDemand
    retail: Retail
    solution: Solution[Array]
    conduct: Conduct
    doubts: tuple[str, ...] = ()

    def _card(self) -> Card:
        import pandas as pd

        table = {"target": self.target, "fitted": self.fitted, "cost": self.costs, "rho": self.rho}
        return Card(
            line=f"MarginFit of {counted(len(self.costs), 'offer')}, alpha {self.alpha:.4g}, "
            f"outside share {self.outside:.4g}, {'; '.join(self.doubts) or 'no doubts'}",
            table=pd.DataFrame(table),
            next_steps=("fit.alpha", "fit.costs", "fit.residuals"),
        )

    @property
    def residuals(self) -> Array:
        """fitted - target (J,), nan where there is no target."""
        return np.asarray(self.fitted - self.target)


def fit_margins(
    prices: ArrayLike,
    shares: ArrayLike,
    margins: ArrayLike,
    owner: ArrayLike,
    *,
    outside: Outside = "rest",
    nests: ArrayLike | None = None,
    rho: ArrayLike | None = 0.0,
    market_elasticity: float | None = None,
    conduct: Conduct | Callable[[float], Conduct] | None = None,
    below_zero: bool = False,
    names: Sequence[object] | None = None,
) -> MarginFit:
    """Calibrate demand and costs of sellers to one market.

    prices, shares, margins (J,): margins are fractions of price, nan where unknown. owner: firms
    (J,), any labels, or (J, J), how much of k's profit the seller of j counts as its own. outside:
    "rest" if shares are of the whole market; "none" if there is no outside option; "unknown" if
    its share is to be found too. For the last two, shares are taken relative to their sum. nests
    (J,): labels; rho: their parameter in [0, 1), a number or one an
    offer (J,), None if one number for all nests is to be found, "by nest" if one for each nest of
    two offers or more. market_elasticity: of all sales when all prices rise in proportion,
    negative; it is met exactly, margins then only find the rest. conduct: how prices come about,
    Bertrand unless given; a function of one number from 0 to 1, as `BargainingWithBuyers` is of
    buyers' weight, where margins are to tell that too. In auctions shares are those of the best
    offers. below_zero: whether costs may be. names (J,): what messages call the offers.

    Raises InputError where margins do not tell what is asked of them and where they imply costs
    below zero (margins above the price), ConvergenceError where the search fails. Least squares in
    fractions of price, as in R antitrust from 0.99.31 on; for an unknown outside option see its
    logit.alm.
    """
    one_of("outside", outside, "rest", "none", "unknown")
    p, m = np.asarray(prices, dtype=float), np.asarray(margins, dtype=float)
    owns = owned(owner)
    given = PostedPrices() if conduct is None else conduct
    by_nest = isinstance(rho, str) and rho == "by nest"
    problem = _MarginProblem(
        p=p,
        s=inside_shares(np.asarray(shares, dtype=float), outside),
        m=m,
        owns=owns,
        seek_outside=outside == "unknown",
        nests=None if nests is None else np.unique(np.asarray(nests), return_inverse=True)[1],
        rho=None if rho is None or by_nest else _nesting(rho, len(p)),
        by_nest=by_nest,
        elasticity=market_elasticity,
        conduct=given,
    )
    problem.check()
    check_alternatives(np.unique(owns, axis=0, return_inverse=True)[1], outside)
    grid = _starts(problem.free)
    solution = search_unit_interval(problem.residuals, grid, "what is asked of them")
    solution.unwrap()
    share, nesting, rule = problem.unpack(solution.value)
    alpha, x = problem.concentrate(solution.value)
    fitted = x / alpha
    costs = p * (1.0 - fitted)
    buyers = buyers_at(costs if rule.by_costs else p, share, alpha, problem.nests, rho=nesting)
    if not below_zero:
        offer_names = range(1, len(p) + 1) if names is None else names
        check_costs(
            {"unit": costs}, p, offer_names, "margins", remedy="correct margins, shares or prices"
        )
    outside_share = max(1.0 - float(share.sum()), 0.0) if outside != "none" else 0.0
    searched = {"the nesting parameter rho": float(nesting[0])} if rho is None else {}
    if problem.seek_outside:
        searched["the outside share"] = outside_share
    if problem.seek_weight:
        searched["the bargaining weight"] = float(solution.value[-1])
    return MarginFit(
        alpha=alpha,
        rho=nesting,
        outside=outside_share,
        costs=costs,
        target=m,
        fitted=fitted,
        buyers=buyers,
        retail=posted_retail(buyers, owns, costs),
        solution=solution,
        conduct=rule,
        doubts=doubts(searched, fitted, m, range(1, len(p) + 1) if names is None else names),
    )


@dataclass(frozen=True, kw_only=True)
class _MarginProblem:
    p: Array
    s: Array
    m: Array
    owns: Array
    seek_outside: bool
    nests: Index | None
    rho: Array | None
    by_nest: bool
    elasticity: float | None
    conduct: Conduct | Callable[[float], Conduct]

    @cached_property
    def nests_of_several(self) -> Index:
        """Nests with a parameter of their own: what is alone in its nest has none to be found."""
        assert self.nests is not None
        return np.flatnonzero(np.bincount(self.nests) > 1)

    @property
    def nesting_parameters(self) -> int:
        """How many are searched for."""
        if self.rho is not None:
            return 0
        return len(self.nests_of_several) if self.by_nest and self.nests is not None else 1

    @property
    def free(self) -> int:
        """How many numbers are searched for besides alpha."""
        return self.nesting_parameters + int(self.seek_outside) + int(self.seek_weight)

    @property
    def seek_weight(self) -> bool:
        """Whether conduct depends on a number that margins are to tell."""
        return not isinstance(self.conduct, Conduct)

    def check(self) -> None:
        n_targets = int(np.isfinite(self.m).sum()) + (self.elasticity is not None)
        if n_targets < self.free + 1:
            raise refuse(
                expected=f"at least {self.free + 1} margins (or a market elasticity and margins)",
                found=str(n_targets),
                where="margins",
                remedy="give more margins, or say rho=0.5 (or what it is), outside='rest' or "
                "market_elasticity=-1.",
            )
        if self.nests is None and (self.rho is None or np.any(self.rho != 0)):
            raise refuse(
                expected="nests that rho is about",
                found="none",
                where="nests",
                remedy="give the nest of each offer, or leave rho at 0.",
            )
        if self.elasticity is not None and not self.elasticity < 0:
            raise refuse(
                expected="a market elasticity below 0",
                found=str(self.elasticity),
                where="market_elasticity",
                remedy="give the percent by which sales change when prices rise by one percent.",
            )

    def unpack(self, theta: Array) -> tuple[Array, Array, Conduct]:
        """Shares of the whole market (J,), rho (J,), and how prices come about."""
        nesting, rest = np.split(theta, [self.nesting_parameters])
        rho = self.rho
        if rho is None and self.by_nest and self.nests is not None:
            of_nests = np.zeros(int(self.nests.max()) + 1)
            of_nests[self.nests_of_several] = nesting
            rho = of_nests[self.nests]
        elif rho is None:
            rho = np.full(len(self.p), nesting[0])
        share = self.s * (1.0 - rest[0]) if self.seek_outside else self.s
        if isinstance(self.conduct, Conduct):
            return share, rho, self.conduct
        return share, rho, self.conduct(float(theta[-1]))

    def concentrate(self, theta: Array) -> tuple[float, Array]:
        """The best alpha, and margins over price (J,) at an alpha of one."""
        s, rho, rule = self.unpack(theta)
        buyers = buyers_at(self.p, s, 1.0, self.nests, rho=rho)
        x = rule.margins(buyers, self.p, self.owns) / self.p
        if self.elasticity is not None:
            D = buyers.at_prices(self.p).jacobian
            return self.elasticity * float(s.sum()) / float((D @ self.p).sum()), x
        return best_alpha(x, self.m), x

    def residuals(self, theta: Array) -> Array:
        alpha, x = self.concentrate(theta)
        return (x / alpha - self.m)[np.isfinite(self.m)]


def _starts(free: int) -> Array:
    """Where searches for `free` numbers begin: a grid of two, of more what all share and one."""
    if free <= 2:
        return np.array(list(product(STARTS, repeat=free)))
    last = product(STARTS, STARTS)
    return np.array([[*[first] * (free - 1), second] for first, second in last])


def _nesting(rho: ArrayLike, count: int) -> Array:
    """rho (J,) from one number, or one an offer; what it may be is checked where it is used."""
    try:
        return np.broadcast_to(np.asarray(rho, dtype=float), (count,))
    except (TypeError, ValueError) as error:
        raise refuse(
            expected=f"a number, or one for each of {count} offers",
            found=repr(rho),
            where="rho",
            remedy="give rho=None to have one number found.",
        ) from error


def check_alternatives(firms: Index, outside: Outside) -> None:
    """Refuse one seller of everything (J,) to buyers who must buy: any price would be paid."""
    if outside == "none" and len(np.unique(firms)) < 2:
        raise refuse(
            expected="two sellers or more where there is no outside option",
            found="one",
            where="outside",
            remedy="give shares of all consumers and outside='rest', or outside='unknown'.",
        )


def inside_shares(shares: Array, outside: Outside) -> Array:
    """Shares (J,) of the market, or of what is sold; InputError where the two do not agree."""
    total = float(shares.sum())
    if not ((shares > 0).all() and (outside != "rest" or total < 1)):
        raise refuse(
            expected="positive shares, summing to less than one where the rest is the outside",
            found=f"a sum of {total:.12g}, smallest {shares.min():.6g}",
            where="shares",
            remedy="give shares of 1, not of 100; drop offers that did not sell; say "
            "outside='none' if all is inside.",
        )
    return shares if outside == "rest" else shares / total


def best_alpha(x: Array, m: Array) -> float:
    """argmin sum (m_j - x_j / alpha)^2 over the margins that are given (not nan)."""
    is_given = np.isfinite(m)
    mx = float(m[is_given] @ x[is_given])
    if not mx > 0:
        raise refuse(
            expected="margins that are positive, taken together",
            found=str(m[is_given].tolist()),
            where="margins",
            remedy="give (p - c) / p; a price that falls with demand has no logit.",
        )
    return float(x[is_given] @ x[is_given]) / mx
