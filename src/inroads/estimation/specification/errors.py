"""How unobserved quality of different products may hang together: what standard errors assume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inroads.errors import refuse


@dataclass(frozen=True)
class Clustered:
    """Errors correlated within the groups of one column, or of either of two.

    With two columns a and b the covariance of moments is S_a + S_b - S_ab, or, where that is not
    positive definite, S_a + S_b (which is larger).

    Parameters
    ----------
    *columns : str
        One or two columns of products.

    References
    ----------
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011), Robust inference with multiway
    clustering, Journal of Business and Economic Statistics 29(2).

    Examples
    --------
    >>> Clustered("firm_ids", "market_ids").columns
    ('firm_ids', 'market_ids')
    """

    columns: tuple[str, ...]

    def __init__(self, *columns: str) -> None:
        if len(columns) not in (1, 2) or not all(isinstance(c, str) for c in columns):
            raise refuse(
                expected="one or two names of columns",
                found=repr(columns),
                where="Clustered",
                remedy='write Clustered("firm_ids"), or Clustered("firm_ids", "market_ids").',
            )
        object.__setattr__(self, "columns", tuple(columns))

    def __str__(self) -> str:
        return f"clustered by {' and '.join(self.columns)}"


@dataclass(frozen=True, kw_only=True)
class NeweyWest:
    """Errors correlated over time, with weights that fall linearly to zero after `lags` periods.

    Parameters
    ----------
    period : str
        Column of products whose values, in order, are periods 1, 2, ...
    lags : int
        At most so many periods apart.
    unit : str, optional
        Column within whose groups errors are correlated, product_ids say; unless given, all
        products of a period are summed first (Driscoll and Kraay 1998), so that all of them may be
        correlated.

    References
    ----------
    Newey, W. K. and West, K. D. (1987), A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix, Econometrica 55(3).

    Examples
    --------
    >>> str(NeweyWest(period="year", unit="product_ids", lags=2))
    'Newey-West, 2 lags of year within product_ids'
    """

    period: str
    lags: int
    unit: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.lags, int) or self.lags < 0:
            raise refuse(
                expected="a whole number of periods, at least 0",
                found=repr(self.lags),
                where="lags",
                remedy="give 2, say.",
            )

    def __str__(self) -> str:
        lags = f"{self.lags} lag{'s' * (self.lags != 1)} of {self.period}"
        return f"Newey-West, {lags}" + (f" within {self.unit}" if self.unit else "")


Errors = Literal["robust", "homoskedastic", "clustered"] | Clustered | NeweyWest


def checked_errors(errors: object) -> Literal["robust", "homoskedastic"] | Clustered | NeweyWest:
    """The same, "clustered" being by clustering_ids; InputError for anything else."""
    if errors == "clustered":
        return Clustered("clustering_ids")
    if isinstance(errors, Clustered | NeweyWest):
        return errors
    if errors == "robust":
        return "robust"
    if errors == "homoskedastic":
        return "homoskedastic"
    raise refuse(
        expected="'robust', 'homoskedastic', 'clustered', ir.Clustered(...) or ir.NeweyWest(...)",
        found=repr(errors),
        where="errors",
        remedy="choose one of them.",
    )
