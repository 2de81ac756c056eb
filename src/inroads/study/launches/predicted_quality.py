"""The quality that a launch would have been given before it was seen, with its error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from inroads.entry.maker_line import fit_maker_line
from inroads.errors import refuse
from inroads.market.market import Market
from inroads.study.market.hedonic import specifications, to_be_found
from inroads.tables.formulas import apply, design_matrix

if TYPE_CHECKING:
    from inroads.study.load import Study


def predicted_quality(
    study: Study,
    market: Market,
    row: Mapping[str, float | str],
    manufacturer: str,
    without: str = "",
) -> tuple[float, float]:
    """Quality and its standard error of a product that nobody has seen sell.

    row: what the formula of [hedonic] takes, age 0; without: a product that the line is not to
    know. A manufacturer without other products on sale is like those that [hedonic] names for it,
    else like the population that predicts makers left out best.

    Raises InputError where the study has no [hedonic], or too few products are left.
    """
    part = study.config.hedonic
    if part is None:
        raise refuse(
            expected="[hedonic] with a formula, by which past launches are predicted",
            found="none",
            where="study.toml",
            remedy="add it, or leave launches.csv out.",
        )
    products = market.products
    seen = (sold(market) & (products.index != without)).to_numpy()
    X, spec = design_matrix(f"1 + {part.formula}", specifications(study, part.formula)[seen])
    X, known_quality = to_be_found(study, X.reset_index(drop=True))
    populations = study.fitted.unsold.populations
    alike = part.like.get(manufacturer) or (
        populations.makers[populations.chosen] if populations else None
    )
    line = fit_maker_line(
        products.loc[seen, "quality"].reset_index(drop=True) - known_quality,
        X,
        products.loc[seen, "manufacturer"].reset_index(drop=True),
        alike,
    )
    row_design, row_known = to_be_found(study, apply(spec, pd.DataFrame([dict(row)])))
    predicted = line.predict(row_design, manufacturer)
    return float(predicted.mean[0] + row_known.iloc[0]), float(predicted.standard_error[0])


def sold(market: Market) -> pd.Series:
    """Which of a market's products are on sale."""
    on_sale = market.products.index.isin(market.offers["product"])
    return pd.Series(on_sale, market.products.index)
