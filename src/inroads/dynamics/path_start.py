"""Where paths of a market begin: its population, what is known, what is bought at list prices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.conduct.consideration_demand import ConsiderationAtPrices
from inroads.dynamics.period_pricing import FixedListPrices
from inroads.dynamics.population import Hazard, Population, initial_population
from inroads.market.carried import carrying
from inroads.market.market import Market
from inroads.market.pricing import ListPrices


@dataclass(frozen=True)
class PathStart:
    """Where paths of a market begin, whatever happens on them.

    Parameters
    ----------
    market : Market
        With the population's cells.
    population : Population
        Of which the market's consumers are those in the market.
    brands : list of str
        Those that not everyone knows.
    aware : (H, B) array
        Who knows them, by home channel.
    bought : (J, C) array
        What consumers buy at list prices.
    """

    market: Market
    population: Population
    brands: list[str]
    aware: Array
    bought: Array


def path_start(market: Market, hazard: Hazard) -> PathStart:
    """Where paths of a market begin.

    Parameters
    ----------
    market : Market
        As `simulate_path` takes it.
    hazard : float or mapping
        As `PathSettings.hazard`.

    Returns
    -------
    PathStart
        For several paths of the same market.

    Raises
    ------
    InputError
        For weights and hazards out of range.
    """
    listed = replace(market, pricing=ListPrices())
    market = carrying(listed, columns=market.columns, arrays=market.arrays)
    population = initial_population(market, hazard)
    brands = [str(b) for b in market.labelled_consumers.awareness]
    aware_frame = market.labelled_consumers.awareness.reindex(list(population.homes)).fillna(1.0)
    aware = aware_frame.to_numpy(float)
    start = _populated(market, population, aware, brands)
    bought = purchases_of(FixedListPrices().choices(start), population)
    return PathStart(start, population, brands, aware, bought)


def purchases_of(choices: ConsiderationAtPrices, population: Population) -> Array:
    """Purchases (J, C) by cell, as shares of all consumers."""
    return np.asarray(choices.purchases * (population.size / population.number))


def _populated(market: Market, population: Population, aware: Array, brands: list[str]) -> Market:
    """The market with the population's cells, and those of them that are in the market now."""
    consumers = replace(
        market.labelled_consumers,
        cells=population.in_market(),
        awareness=labelled(population, aware, brands),
    )
    return replace(market, consumers=consumers, size=population.size)


def labelled(population: Population, aware: Array, brands: list[str]) -> pd.DataFrame:
    """Awareness (H, B) as `Consumers.awareness` has it."""
    index = pd.Index(population.homes, name="home")
    return pd.DataFrame(aware, index, columns=pd.Index(brands, dtype=object))
