"""[demand] of study.toml: tastes from an estimate."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from inroads.study.config.config_base import Cell, Section, Unit


class DemandPart(Section):
    """Tastes that were estimated on a panel of markets, in place of calibrated ones. From the
    estimate come: what money weighs, by consumer (its coefficients of prices, random ones and
    those by demographics among them); consumers' own tastes for characteristics (its random
    coefficients); and the mean taste for each term of [hedonic] `formula` that its `linear` has
    too. Names are matched as they are written: what its formulas name, but `prices`, are columns
    of products.csv; what its demographics name are those of its own agents, or `income` alone.
    Its covariance is drawn with all else that is uncertain. Utilities that all see in products and
    channels still come from margins.csv; [parameters] holds the tastes that the estimate does not
    give, so not `money`."""

    estimate: str
    """The file that `Estimate.save` wrote, as seen from the study's folder (of a workbook: from the
    folder in which that lies)."""
    market: str | None = None
    """The market of its panel whose agents are the study's consumers; [[consumers.income]] is then
    left out. Without it, consumers are of those income groups."""
    nodes: int = Field(default=50, ge=1, le=1000)
    """Points of the estimate's random tastes that consumers of an income group are split by, where
    no `market` is named; a run's time grows with them."""
    prices: Annotated[Cell, Unit("dollars")] = 1.0
    """What one unit of its prices is."""
    income: Annotated[Cell, Unit("dollars a year")] = 1.0
    """What one unit of `income` is, where its demographics name that."""
