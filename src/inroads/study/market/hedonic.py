"""Devices without an observed share: their quality from a hedonic line, with its error."""

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
    """Quality of devices without an observed share, from the hedonic line, with its error."""
    devices = market.devices.copy()
    error = pd.Series(0.0, index=devices.index)
    unsold = devices["quality"].isna()
    part = study.config.hedonic
    if part is None or not unsold.any():
        return None, market, error
    data = pd.DataFrame(index=study.tables["devices"].index)
    sold = ~unsold.to_numpy()
    schema = SCHEMAS["devices"]
    listed = {c.name for c in schema.columns}
    for column in study.tables["devices"]:
        if column not in listed and re.search(rf"\b{re.escape(column)}\b", part.formula):
            data[column] = study.facts.resolve_column(study.tables["devices"], column, schema)
    launched = devices["launched"].map(known_on)
    data["age"] = [max(0.0, (study.as_of - day).days / 365.25) for day in launched]
    try:
        X, spec = design_matrix(f"0 + {part.formula}", data[sold])
        line = hedonic_line(
            devices.loc[~unsold, "quality"].reset_index(drop=True),
            X,
            devices.loc[~unsold, "manufacturer"].reset_index(drop=True),
        )
        new = apply(spec, data[~sold])
        for row, device in enumerate(devices.index[unsold]):
            maker = devices.loc[device, "manufacturer"]
            quality, se = line.predict(new.iloc[[row]], maker, part.like.get(maker, ()))
            devices.loc[device, "quality"], error[device] = quality[0], se[0]
    except InputError as wrong:
        raise InputError(
            replace(p, file="study.toml, hedonic" if p.row is None else f"devices.csv, {p.file}")
            for p in wrong.problems
        ) from None
    return line, replace(market, devices=devices), error
