"""Moments of innovations of unobserved quality."""

from __future__ import annotations

from dataclasses import dataclass

from inroads.errors import refuse


@dataclass(frozen=True, kw_only=True)
class Innovations:
    """Unobserved quality is an AR(1), xi_t = phi xi_(t-1) + innovation; phi is estimated.

    What was decided before the innovation is an instrument for it: E[innovation_t z_(t-1)] = 0 for
    columns of `lagged`, E[innovation_t z_t] = 0 for those of `instruments`. These moments are
    beside those of xi; characteristics that answer to xi are named in `Demand(endogenous=...)`, and
    are then no instruments of its level. Products without a predecessor are in none of these.
    Moments of the level that remain (the constant's) are correlated over time: cluster by unit.

    Parameters
    ----------
    period : str
        Column of products whose values, in order, are periods 1, 2, ...
    unit : str or tuple of str
        Columns that tell which product of which place goes on: "product_ids", or
        ("product_ids", "city").
    lagged : str, optional
        Formula of instruments taken from the period before: "0 + prices + x".
    instruments : str, optional
        Formula of instruments of the period itself: "1 + cost".

    References
    ----------
    Grennan, M. (2013), Price discrimination and bargaining: empirical evidence from medical
    devices, American Economic Review 103(1).
    Sweeting, A. (2013), Dynamic product positioning in differentiated product markets,
    Econometrica 81(5).

    Examples
    --------
    >>> Innovations(period="year", unit="product_ids", lagged="0 + prices").lagged
    '0 + prices'
    """

    period: str
    unit: str | tuple[str, ...]
    lagged: str | None = None
    instruments: str | None = None

    def __post_init__(self) -> None:
        if self.lagged is None and self.instruments is None:
            raise refuse(
                expected="instruments of innovations: lagged= or instruments=, or both",
                found="neither",
                where="Innovations",
                remedy="write lagged='0 + prices', say.",
            )

    @property
    def units(self) -> tuple[str, ...]:
        """Columns of `unit`."""
        return (self.unit,) if isinstance(self.unit, str) else tuple(self.unit)
