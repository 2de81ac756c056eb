"""What a study's own market would have said of a past launch, before it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from inroads.choice.base import Array, Mask
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Campaign, Launch
from inroads.study.launches.launch_table import LaunchFigure
from inroads.study.launches.predicted_quality import predicted_quality, sold
from inroads.study.market.hedonic import specification_columns, specifications

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True)
class Prediction:
    """A figure as predicted, and its standard error in logs (that of quality, carried through the
    market); units: what a figure of 1 is in units a period of the study's market; parts: of what
    it counts, by the channel at which it is predicted to be sold."""

    predicted: float
    error: float
    units: float
    parts: Mapping[str, float]


def predict_figures(study: Study, market: Market, figures: list[LaunchFigure]) -> list[Prediction]:
    """Each figure's prediction in the market of the data, all other prices at list.

    The product comes new into the market: its own offers are off it, the line of quality does not
    know it, its age is 0; its manufacturer's other products stay.
    """
    total = float(market.solve().sales().sum())
    predictions: dict[int, Prediction] = {}
    # Figures of one launch share its markets, which are large: one launch at a time.
    for group in _by_launch(figures):
        outcomes = _outcomes(study, market, figures[group[0]])
        for k in group:
            predictions[k] = _prediction(study, figures[k], outcomes, total)
    return [predictions[k] for k in range(len(figures))]


def _by_launch(figures: list[LaunchFigure]) -> list[list[int]]:
    """Positions of figures that are of one launch, on the same shelves and as well known."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for k, figure in enumerate(figures):
        key = (
            *(figure.launch, figure.product, figure.manufacturer, figure.tier, figure.channels),
            *(figure.price, figure.awareness, figure.platform, figure.brand, figure.standards),
            tuple(figure.specification.items()),
        )
        groups.setdefault(key, []).append(k)
    return list(groups.values())


def _prediction(
    study: Study,
    figure: LaunchFigure,
    outcomes: tuple[Equilibrium, Equilibrium, Equilibrium],
    total: float,
) -> Prediction:
    """A figure in a launch's markets; total: units that the market of the data sells."""
    central, low, high = (_counted(outcome, figure) for outcome in outcomes)
    if figure.measure == "units":
        then = (figure.market_sales or total) / total
        in_months = figure.months / study.config.study.months_per_period * then
        predicted, units = central[0] * in_months, 1 / in_months
    else:
        predicted, units = central[0] / central[1], central[1]
    error = np.log(high[0] / high[1] / (low[0] / low[1])) / 2
    return Prediction(float(predicted), float(error), float(units), _parts(outcomes[0], figure))


def launched_market(
    study: Study, market: Market, figure: LaunchFigure
) -> tuple[Market, str, float]:
    """The market with the launch in it as if it were new, its name there, and its quality's
    error."""
    row = market.products.loc[figure.product] if figure.product else None
    name = figure.product or figure.launch
    part = study.config.hedonic
    # Others of its tier stand for what is not known of it.
    like = sold(market) & (market.products.index != figure.product)
    tier = figure.tier or (str(row["tier"]) if row is not None else "")
    same = like & market.products["tier"].eq(tier)
    like = same if same.any() else like
    specification: dict[str, float | str] = {"age": 0.0, "tier": tier}
    if part is not None:
        table = specifications(study, part.formula).set_axis(market.products.index)
        for column in specification_columns(study, part.formula):
            value = figure.specification.get(column)
            if value is None:
                value = (
                    table.loc[figure.product, column]
                    if figure.product
                    else table.loc[like, column].mean()
                )
            specification[column] = float(value)
    quality, error = predicted_quality(
        study,
        market,
        specification,
        manufacturer=figure.manufacturer,
        without=figure.product,
    )
    if row is not None:
        brand, price = str(row["brand"]), float(row["price"])
        columns = row.to_dict() | {"quality": quality}
    else:
        brand, price = figure.manufacturer, float(market.products.loc[like, "price"].mean())
        columns = {
            "manufacturer": figure.manufacturer,
            "platform": figure.platform,
            "tier": tier,
            "standards": figure.standards,
            "launched": str(figure.launched),
            "quality": quality,
        }
    columns |= {"brand": figure.brand or brand, "price": figure.price or price}
    if study.estimate:
        own = study.estimate.columns(pd.DataFrame([columns | specification]))
        columns |= {str(name): float(value) for name, value in own.iloc[0].items()}
    for taste in market.labelled_consumers.tastes:
        columns.setdefault(taste, float(market.products.loc[like, taste].mean()))
    products = market.products.drop(index=name, errors="ignore")
    products = pd.concat(
        [products, pd.DataFrame([columns], index=pd.Index([name], name="product"))]
    )
    others = market.offers["product"].ne(name)
    own = market.offers[~others].set_index("channel")
    market = replace(
        market,
        products=products.rename_axis("product"),
        offers=market.offers[others].reset_index(drop=True),
    )
    for channel in figure.channels:
        price_there = figure.price
        if price_there is None and channel in own.index:
            price_there = float(own.loc[channel, "price"])
        market = market.after(Launch(name, channel, price_there))
    if figure.awareness is not None:
        market = market.after(Campaign(str(columns["brand"]), figure.awareness))
    return market, name, error


def _outcomes(
    study: Study, market: Market, figure: LaunchFigure
) -> tuple[Equilibrium, Equilibrium, Equilibrium]:
    """The launch solved at its quality, an error below and an error above."""
    launched, name, error = launched_market(study, market, figure)
    solved = []
    for z in (0.0, -1.0, 1.0):
        products = launched.products.copy()
        products.loc[name, "quality"] += z * error
        shifted = replace(launched, products=products)
        # Quality enters no array.
        shifted.__dict__["arrays"] = launched.arrays
        solved.append(shifted.solve())
    return solved[0], solved[1], solved[2]


def _counted(outcome: Equilibrium, figure: LaunchFigure) -> tuple[float, float]:
    """Units a period that the figure counts, and those it is a share of (1 of units)."""
    own, sales = _sales(outcome, figure)
    return float(sales[own].sum()), 1.0 if figure.measure == "units" else float(sales.sum())


def _parts(outcome: Equilibrium, figure: LaunchFigure) -> dict[str, float]:
    own, sales = _sales(outcome, figure)
    counted = pd.Series(sales[own]).groupby(outcome.market.offers["channel"][own].to_numpy()).sum()
    return {str(channel): float(part) for channel, part in (counted / counted.sum()).items()}


def _sales(outcome: Equilibrium, figure: LaunchFigure) -> tuple[Mask, Array]:
    """Which offers (J,) are the launch's, and units a period of those that the figure looks at."""
    market = outcome.market
    offers = market.offers
    own = offers["product"].eq(figure.product or figure.launch).to_numpy()
    if figure.measure == "share_of_members":
        home = market.labelled_consumers.cells["home"].astype(str).to_numpy()
        members = np.isin(home, figure.channel)
        choices = outcome.choices
        assert isinstance(choices, ConsiderationAtPrices)
        return own, choices.purchases[:, members].sum(axis=1) * market.size
    in_channel = offers["channel"].isin(figure.channel or list(market.channels.index)).to_numpy()
    return own, np.where(in_channel, outcome.state.shares * market.size, 0.0)
