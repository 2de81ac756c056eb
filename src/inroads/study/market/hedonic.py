"""Products without an observed share: their quality from a line with makers' effects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.entry.launch_posterior.correction import LaunchCorrection
from inroads.entry.maker_line import MakerLine, PredictedQualities, fit_maker_line
from inroads.entry.maker_placebo import MakerPlacebo, maker_placebo
from inroads.errors import InputError
from inroads.estimation.design.formula_columns import plain_name
from inroads.market.consumers import Consumers
from inroads.market.market import Market, Pair
from inroads.results.calibration import Population
from inroads.study.demand.consumers_of_estimate import characteristic_columns
from inroads.tables.dates import known_on
from inroads.tables.formulas import apply, design_matrix
from inroads.tables.schemas import SCHEMAS

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class Populations:
    """Which makers one never seen is like, and how well each choice predicted makers left out.

    makers: by population, those of them with sales; placebos: those that could be compared.
    """

    chosen: Population
    makers: Mapping[Population, tuple[str, ...]]
    placebos: Mapping[Population, MakerPlacebo]


@dataclass(frozen=True, kw_only=True)
class Unsold:
    """A market in which products never sold have a quality.

    line: None where every product is sold; error: standard error of each product's quality by the
    line (0 where observed), own_error: the part of it that no other product of its maker shares;
    correction: what past launches say beyond it, where it is in the quality.
    """

    market: Market
    error: pd.Series
    own_error: pd.Series
    line: MakerLine | None = None
    populations: Populations | None = None
    correction: LaunchCorrection | None = None

    @property
    def shared_error(self) -> pd.Series:
        """The part of each error that is common to a maker's products."""
        return np.sqrt((self.error**2 - self.own_error**2).clip(lower=0.0))

    def corrected(self, correction: LaunchCorrection | None) -> Unsold:
        """The same with qualities as past launches turned out: a launch of a product without sales
        sells so many times what the line says."""
        if correction is None or self.correction is not None:
            return self
        table = self.market.products
        quality = table["quality"] + correction.mean * (self.error > 0)
        market = replace(self.market, products=table.assign(quality=quality))
        return replace(self, market=market, correction=correction)

    def error_at(self, channels: int) -> pd.Series:
        """Standard error of each product's quality, that of launches with it, where it sells in
        equal parts at so many channels with members (0: in none)."""
        if self.correction is None:
            return self.error
        by_channel = self.correction.channel_spread**2 / channels if channels else 0.0
        launch = self.correction.error**2 + by_channel
        return np.sqrt(self.error**2 + launch * (self.error > 0))

    def drawn(
        self,
        makers: Mapping[str, float],
        products: Mapping[str, float],
        launches: Mapping[str, float] | None = None,
        all_launches: float = 0.0,
        at_channels: Mapping[Pair, float] | None = None,
    ) -> Market:
        """The market where these are so many standard errors off: makers, products by themselves,
        makers' launches, launches on the whole, makers at channels."""
        table, correction = self.market.products, self.correction
        shift = table["manufacturer"].map(makers).fillna(0.0).astype(float) * self.shared_error
        own = pd.Series(products, dtype=float).reindex(table.index).fillna(0.0)
        quality = table["quality"] + shift + own * self.own_error
        if correction is None:
            return replace(self.market, products=table.assign(quality=quality))
        launch = table["manufacturer"].map(launches or {}).fillna(0.0).astype(float)
        launch = correction.spread * launch + correction.mean_error * all_launches
        return replace(
            self.market,
            products=table.assign(quality=quality + launch * (self.error > 0)),
            at_channels={
                pair: correction.channel_spread * z for pair, z in (at_channels or {}).items()
            },
        )


@dataclass(frozen=True)
class LineData:
    """Quality, specifications and maker of products on sale; specifications of the others; what an
    estimate says of their quality, which the line is not of."""

    quality: pd.Series
    X: pd.DataFrame
    manufacturer: pd.Series
    unsold: pd.DataFrame
    unsold_known: pd.Series


def predict_unsold(study: Study, market: Market, populations: Populations | None = None) -> Unsold:
    """Quality of products without an observed share, with its error.

    populations: which makers one never seen is like, as found before; else whichever predicts
    makers left out best.
    """
    products = market.products.copy()
    zero = pd.Series(0.0, index=products.index)
    part = study.config.hedonic
    if part is None or not products["quality"].isna().any():
        return Unsold(market=market, error=zero, own_error=zero)
    error, own = zero.copy(), zero.copy()
    try:
        data = line_data(study, market)
        if populations is None:
            populations = compare_populations(market, data, part.like)
        line = _line(data, populations.makers[populations.chosen])
        for maker, rows in data.unsold.groupby(products["manufacturer"], sort=False):
            predicted = _predicted(line, data, rows, str(maker), part.like)
            products.loc[rows.index, "quality"] = predicted.mean + data.unsold_known[rows.index]
            error[rows.index] = predicted.standard_error
            own[rows.index] = predicted.own_variance**0.5
    except InputError as wrong:
        raise InputError(
            replace(p, file="study.toml, hedonic" if p.row is None else f"products.csv, {p.file}")
            for p in wrong.problems
        ) from None
    return Unsold(
        market=replace(market, products=products),
        error=error,
        own_error=own,
        line=line,
        populations=populations,
    )


def line_data(study: Study, market: Market) -> LineData:
    """What the line of `[hedonic] formula` is drawn through; quality is NaN where unsold."""
    part = study.config.hedonic
    assert part is not None
    products = market.products
    table = study.tables["products"]
    data = specifications(study, part.formula).set_axis(products.index)
    # Problems name rows of the file.
    numbered = data.set_axis(table.index)
    is_sold = products["quality"].notna().to_numpy()
    X, spec = design_matrix(f"1 + {part.formula}", numbered[is_sold])
    unsold = apply(spec, numbered[~is_sold]) if not is_sold.all() else X.iloc[:0]
    X, known_quality = to_be_found(study, X.set_axis(products.index[is_sold]))
    unsold, unsold_known = to_be_found(study, unsold.set_axis(products.index[~is_sold]))
    return LineData(
        quality=products.loc[is_sold, "quality"] - known_quality,
        X=X,
        manufacturer=products.loc[is_sold, "manufacturer"],
        unsold=unsold,
        unsold_known=unsold_known,
    )


def to_be_found(study: Study, X: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """A design matrix less its constant, which makers' effects hold, and less what the study's
    estimate has mean tastes for; and utility (n,) by these."""
    tastes = {c: study.estimate.mean_taste(plain_name(str(c))) for c in X} if study.estimate else {}
    known_tastes = {c: taste for c, taste in tastes.items() if taste is not None}
    dropped = {c for c in X if c in ("Intercept", "1")} | set(known_tastes)
    weights = pd.Series(known_tastes, dtype=float)
    return X.drop(columns=list(dropped)), X[list(known_tastes)] @ weights


def _line(data: LineData, population: tuple[str, ...]) -> MakerLine:
    return fit_maker_line(data.quality, data.X, data.manufacturer, population)


def _predicted(
    line: MakerLine,
    data: LineData,
    rows: pd.DataFrame,
    maker: str,
    like: Mapping[str, tuple[str, ...]],
) -> PredictedQualities:
    """By the study's own list of makers that one never seen is like, where it has one."""
    if maker in like and maker not in line.manufacturers:
        line = _line(data, like[maker])
    return line.predict(rows, maker)


def populations_of(market: Market, makers: pd.Series) -> dict[Population, tuple[str, ...]]:
    """Makers with sales by population; populations of none and of all others are left out."""
    assert isinstance(market.consumers, Consumers)
    makers = pd.Series(sorted(set(makers)))
    owned = market.channels.index[market.channels["has_members"]]
    maker_of, brand_of = market.products["manufacturer"], market.products["brand"]
    carried = set(maker_of[market.offers.loc[market.offers["channel"].isin(owned), "product"]])
    little = {m for m, b in zip(maker_of, brand_of, strict=True)
              if market.consumers.min_awareness(b) < 1}  # fmt: skip
    every = {
        Population.ALL: makers,
        Population.SOLD_BY_CHANNELS: makers[makers.isin(carried)],
        Population.OPEN_CHANNEL_ONLY: makers[~makers.isin(carried)],
        Population.LITTLE_KNOWN: makers[makers.isin(little)],
        Population.WELL_KNOWN: makers[~makers.isin(little)],
    }
    return {
        name: tuple(those)
        for name, those in every.items()
        if name == Population.ALL or 0 < len(those) < len(makers)
    }


def compare_populations(
    market: Market, data: LineData, like: Mapping[str, tuple[str, ...]]
) -> Populations:
    """Each population's placebo, and the one with the smallest error, or that which the study lists
    as `like` those never seen; all makers where none can be compared."""
    makers = populations_of(market, data.manufacturer)
    listed = {name for those in like.values() for name in those}
    if given := tuple(m for m in makers[Population.ALL] if m in listed):
        makers[Population.GIVEN] = given
    placebos = {
        name: maker_placebo(data.quality, data.X, data.manufacturer, those)
        for name, those in makers.items()
    }
    # One maker alone says nothing of how makers differ.
    rows = len(placebos[Population.ALL].table)
    placebos = {
        name: p for name, p in placebos.items() if len(p.by_maker) > 1 and len(p.table) == rows
    }
    chosen = min(placebos, key=lambda name: placebos[name].rmse, default=Population.ALL)
    if Population.GIVEN in makers:
        chosen = Population.GIVEN
    return Populations(chosen, makers, placebos)


def specifications(study: Study, formula: str) -> pd.DataFrame:
    """What a formula of quality may take of the study's products, a row each, and their age in
    years."""
    table = study.tables["products"]
    data = pd.DataFrame({"tier": table["tier"]}, index=table.index)
    for column in specification_columns(study, formula):
        data[column] = study.facts.resolve_column(table, column, SCHEMAS["products"])
    launched = table["launched"].map(known_on)
    data["age"] = [max(0.0, (study.as_of - day).days / 365.25) for day in launched]
    return data


def specification_columns(study: Study, formula: str) -> list[str]:
    """Columns of products.csv that a formula names, or the estimate that the study rests on."""
    listed = {c.name for c in SCHEMAS["products"].columns}
    estimated = characteristic_columns(study)
    return [
        str(column)
        for column in study.tables["products"]
        if column not in listed
        and (re.search(rf"\b{re.escape(str(column))}\b", formula) or column in estimated)
    ]
