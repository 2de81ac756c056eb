"""What a launch would bring where the new product's unobserved quality is not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from inroads.choice.base import Array
from inroads.display import Card, Displayed, counted
from inroads.errors import ConvergenceError, InputError, refuse
from inroads.estimation.inference.delta_method import DemandAtParameters, drawn_parameters

if TYPE_CHECKING:
    from inroads.estimation.implied.demand_result import DemandResult
    from inroads.estimation.post_estimation import FittedDemand
    from inroads.market.equilibrium import Equilibrium
    from inroads.market.moves.offers import Launch


class Distribution(Protocol):
    """Of xi: what scipy.stats' frozen distributions are."""

    def ppf(self, q: Array) -> Array:
        """Its quantiles."""
        ...


#: a number, numbers of products like it (each as likely), or a distribution
XiPrior = ArrayLike | Distribution


@dataclass(frozen=True, kw_only=True, repr=False)
class LaunchOutcomes(Displayed):
    """A launch in draws of what is not known of it.

    Parameters
    ----------
    draws : DataFrame
        A row a draw: xi of the new product, its price and share, what its maker gains
        (maker_gain) and others (others_gain), and consumers (consumer_gain): money a period.
    failed : int
        Draws in which no equilibrium was found.
    """

    draws: pd.DataFrame
    failed: int

    def _card(self) -> Card:
        failed = f", {self.failed} without an equilibrium" if self.failed else ""
        return Card(
            line=f"LaunchOutcomes of {counted(len(self.draws), 'draw')}{failed}",
            table=self.to_frame(),
        )

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """Means and intervals.

        Parameters
        ----------
        level : float
            Of the interval, 0 to 1.

        Returns
        -------
        DataFrame
            mean, low and high, a row an outcome.
        """
        low, high = self.draws.quantile([(1 - level) / 2, (1 + level) / 2]).to_numpy()
        mean = self.draws.mean()
        return pd.DataFrame({"mean": mean, "low": low, "high": high}, mean.index)


def launch_outcomes(
    fit: DemandResult,
    market: object,
    launch: Launch,
    *,
    xi: XiPrior | None = None,
    draws: int = 100,
    seed: int = 0,
    size: float = 1.0,
    parameters: bool = True,
) -> LaunchOutcomes:
    """A launch by characteristics in one market, its unobserved quality drawn, firms answering.

    Parameters
    ----------
    fit : Estimate or KnownDemand
        Demand.
    market : object
        One of market_ids.
    launch : Launch
        With characteristics; its own xi is left aside. Of what the estimate absorbed, effects of
        the market and of the manufacturer are the panel's, those of the product are of one named
        like it (``characteristics={..., "product_ids": "another"}``) or ``effect=``: a number, held
        while parameters are drawn, or ``fit.project(...)``, which follows them.
    xi : number, array or distribution, optional
        Of the new product: a number, quantities to choose from (``fit.xi[own]``, those of a firm's
        own products), or a distribution with quantiles (``scipy.stats.norm(0, 0.3)``). All that
        the panel's products have, each as likely, unless given; beside ``effect=fit.project(...)``
        with what characteristics leave of their effects.
    draws : int
        How many.
    seed : int
        Of the draws.
    size : float
        Consumers in the market.
    parameters : bool
        Whether parameters are drawn too, from their covariance; needs one.

    Returns
    -------
    LaunchOutcomes
        Each draw, means and intervals.

    Raises
    ------
    InputError
        For a launch without characteristics, absorbed effects that nothing says of it, a prior that
        is none, a covariance that is none, and where no draw has an equilibrium.

    Examples
    --------
    >>> import pandas as pd
    >>> import inroads as ir
    >>> products = pd.DataFrame({
    ...     "market_ids": [1, 1], "product_ids": ["a", "b"], "firm_ids": ["A", "B"],
    ...     "prices": [1.0, 2.0], "shares": [0.2, 0.3], "size": [1.0, 2.0],
    ... })
    >>> demand = ir.Demand("1 + prices + size")
    >>> params = {"1": 0.0, "prices": -2.0, "size": 1.5}
    >>> known = ir.known_demand(demand, ir.read_panel(products), params)
    >>> new = ir.Launch(
    ...     "c", manufacturer="C", price=1.5, production_cost=1.0, characteristics={"size": 1.5}
    ... )
    >>> found = ir.launch_outcomes(known, 1, new, xi=[-0.5, 0.5], draws=20, parameters=False)
    >>> bool(found.to_frame().loc["share", "low"] < found.to_frame().loc["share", "high"])
    True
    """
    if launch.characteristics is None:
        raise refuse(
            expected="a launch by characteristics",
            found="none",
            where="launch",
            remedy="write Launch(..., characteristics={'size': 1.5}).",
        )
    rng = np.random.default_rng(seed)
    qualities = _drawn_xi(_unexplained(fit, launch) if xi is None else xi, draws, rng)
    fitted: Iterator[FittedDemand] = repeat(fit.fitted, draws)
    if parameters:
        at = DemandAtParameters(fit)
        fitted = (at.at(point) for point in drawn_parameters(fit, draws, rng))
    # What is wrong with the launch itself is said before anything is drawn.
    market_now = fit.market(market, size, below_zero=True)
    market_now.after(launch)
    before = None if parameters else market_now.solve(certificate=False)
    rows: list[dict[str, float]] = []
    for quality in qualities:
        try:
            quiet = before or next(fitted).market(market, size, below_zero=True).solve(
                certificate=False
            )
            rows.append({"xi": float(quality), **_outcomes(quiet, replace(launch, xi=quality))})
        except (ConvergenceError, InputError):
            # A draw far out, at which shares cannot be inverted or nobody minds paying.
            continue
    if not rows:
        raise refuse(
            expected="draws with an equilibrium",
            found=f"none of {draws}",
            where="launch_outcomes",
            remedy="see market.after(launch).solve() at one xi.",
        )
    return LaunchOutcomes(draws=pd.DataFrame(rows), failed=draws - len(rows))


def _outcomes(before: Equilibrium, launch: Launch) -> dict[str, float]:
    """What a launch changes in one market, firms answering."""
    after = before.market.after(launch).solve(certificate=False)
    name = after.market.offers.index[-1]
    maker = after.market.offers.loc[name, "manufacturer"]
    gain = after.profits.sub(before.profits, fill_value=0.0)
    return {
        "price": float(after.prices[name]),
        "share": float(after.shares[name]),
        "maker_gain": float(gain[maker]),
        "others_gain": float(gain.drop(maker).sum()),
        "consumer_gain": float(after.consumer_surplus - before.consumer_surplus),
    }


def _unexplained(fit: DemandResult, launch: Launch) -> Array:
    """xi (N,) of the panel's products, with what a projection leaves of their effects."""
    left = getattr(launch.effect, "residuals", None)
    if left is None:
        return fit.xi
    return np.asarray(fit.xi + left[fit.panel.products[left.index.name]].to_numpy(float))


def _drawn_xi(prior: XiPrior, draws: int, rng: np.random.Generator) -> Array:
    """Draws (S,), stratified, in random order."""
    if not isinstance(draws, int) or draws < 1:
        raise refuse(
            expected="1 draw or more",
            found=repr(draws),
            where="draws",
            remedy="give 100, say.",
        )
    levels = rng.permutation((np.arange(draws) + rng.uniform(size=draws)) / draws)
    quantiles: Any = getattr(prior, "ppf", None)
    if quantiles is not None:
        values = np.asarray(quantiles(levels), dtype=float)
    else:
        try:
            given = np.sort(np.asarray(prior, dtype=float).ravel())
        except (TypeError, ValueError):
            given = np.zeros(0)
        values = given[(levels * len(given)).astype(int)] if len(given) else np.full(1, np.nan)
    if values.shape != (draws,) or not np.isfinite(values).all():
        raise refuse(
            expected="a number, numbers, or a distribution with quantiles (ppf)",
            found=repr(prior)[:60],
            where="xi",
            remedy="give fit.xi, 0.0, or scipy.stats.norm(0, 0.3).",
        )
    return values
