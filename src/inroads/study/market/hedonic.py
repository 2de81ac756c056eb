"""Products without an observed share: their quality from a hedonic line, with its error."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from inroads.calibration.hedonic import HedonicLine, hedonic_line
from inroads.errors import InputError
from inroads.market.market import Market
from inroads.tables.dates import known_on
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


def predict_unsold(study: Study, market: Market) -> tuple[HedonicLine | None, Market, pd.Series]:
    """Quality of products without an observed share, from the hedonic line, with its error."""
    products = market.products.copy()
    error = pd.Series(0.0, index=products.index)
    unsold = products["quality"].isna()
    part = study.config.hedonic
    if part is None or not unsold.any():
        return None, market, error
    data = specifications(study, part.formula)
    sold = ~unsold.to_numpy()
    try:
        X, spec = design_matrix(f"0 + {part.formula}", data[sold])
        line = hedonic_line(
            products.loc[~unsold, "quality"].reset_index(drop=True),
            X,
            products.loc[~unsold, "manufacturer"].reset_index(drop=True),
        )
        new = apply(spec, data[~sold])
        for row, product in enumerate(products.index[unsold]):
            manufacturer = products.loc[product, "manufacturer"]
            quality, se = line.predict(
                new.iloc[[row]], manufacturer, part.like.get(manufacturer, ())
            )
            products.loc[product, "quality"], error[product] = quality[0], se[0]
    except InputError as wrong:
        raise InputError(
            replace(p, file="study.toml, hedonic" if p.row is None else f"products.csv, {p.file}")
            for p in wrong.problems
        ) from None
    return line, replace(market, products=products), error


def specifications(study: Study, formula: str) -> pd.DataFrame:
    """What a formula of quality may take of the study's products, a row each, and their age in
    years."""
    table = study.tables["products"]
    data = pd.DataFrame(index=table.index)
    for column in specification_columns(study, formula):
        data[column] = study.facts.resolve_column(table, column, SCHEMAS["products"])
    launched = table["launched"].map(known_on)
    data["age"] = [max(0.0, (study.as_of - day).days / 365.25) for day in launched]
    return data


def specification_columns(study: Study, formula: str) -> list[str]:
    """Columns of products.csv that a formula names."""
    listed = {c.name for c in SCHEMAS["products"].columns}
    return [
        str(column)
        for column in study.tables["products"]
        if column not in listed and re.search(rf"\b{re.escape(str(column))}\b", formula)
    ]
