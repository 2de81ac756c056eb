"""A line of quality on specifications: what a product that has never been sold would be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.errors import refuse


@dataclass(frozen=True, kw_only=True)
class HedonicLine:
    """quality = manufacturers' standing + specifications x beta + error, by least squares.

    coefficients and standard_errors: index of specifications and manufacturers; sigma: standard
    deviation of the error; r_squared; observations. Units: utility.
    """

    coefficients: pd.Series
    standard_errors: pd.Series
    covariance: Array
    sigma: float
    r_squared: float
    observations: int
    manufacturers: tuple[str, ...]

    def predict(
        self, X: pd.DataFrame, manufacturer: str, like: Sequence[str] = ()
    ) -> tuple[Array, Array]:
        """Quality and its standard error for products with specifications X (n rows).

        A manufacturer without observations stands like the mean of the manufacturers `like`, and
        the spread between those adds to the error. Raises InputError when it is like none.
        """
        sources = (
            [manufacturer]
            if manufacturer in self.manufacturers
            else [m for m in like if m in self.manufacturers]
        )
        if not sources:
            raise refuse(
                expected=f"products of {manufacturer} on sale, or manufacturers it is like",
                found="neither",
                where="hedonic",
                remedy=f"add {manufacturer} to [hedonic] like in study.toml",
            )
        design = np.zeros((len(X), len(self.coefficients)))
        names = list(self.coefficients.index)
        for column in X:
            design[:, names.index(column)] = X[column]
        for source in sources:
            design[:, names.index(f"manufacturer {source}")] = 1 / len(sources)
        standing = [self.coefficients[f"manufacturer {m}"] for m in sources]
        spread = np.var(standing, ddof=1) if len(standing) > 1 else 0.0
        variance = np.einsum("ni,ij,nj->n", design, self.covariance, design)
        error = np.sqrt(self.sigma**2 + variance + spread)
        return np.asarray(design @ self.coefficients.to_numpy()), error


def hedonic_line(quality: pd.Series, X: pd.DataFrame, manufacturer: pd.Series) -> HedonicLine:
    """Least squares of quality (n) on specifications X (n, k, no constant) and manufacturer
    dummies.

    Raises InputError where there are too few products, or a specification does not vary within
    manufacturers.
    """
    manufacturers = tuple(dict.fromkeys(manufacturer))
    dummies = np.column_stack([(manufacturer == m).to_numpy(float) for m in manufacturers])
    design = np.hstack([X.to_numpy(float), dummies])
    n, k = design.shape
    lengths = np.linalg.norm(design, axis=0)
    lengths[lengths == 0] = 1.0
    if n <= k or np.linalg.matrix_rank(design / lengths) < k:
        raise refuse(
            expected=f"more than {k} products whose specifications vary within manufacturers",
            found=f"{n} products",
            where="hedonic",
            remedy="drop a specification from the formula",
        )
    beta = np.linalg.lstsq(design / lengths, quality.to_numpy(float))[0] / lengths
    residual = quality.to_numpy(float) - design @ beta
    sigma2 = float(residual @ residual / (n - k))
    R = np.linalg.qr(design, mode="r")
    root = np.linalg.solve(R, np.eye(k))
    covariance = sigma2 * root @ root.T
    index = pd.Index([*X.columns, *(f"manufacturer {m}" for m in manufacturers)])
    total = quality.to_numpy(float) - quality.mean()
    return HedonicLine(
        coefficients=pd.Series(beta, index),
        standard_errors=pd.Series(np.sqrt(np.diag(covariance)), index),
        covariance=covariance,
        sigma=sigma2**0.5,
        r_squared=1 - float(residual @ residual / (total @ total)),
        observations=n,
        manufacturers=manufacturers,
    )
