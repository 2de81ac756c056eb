"""A study's draws summed up: intervals of every number, and what their spread comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from inroads.choice.base import Array
from inroads.results import outlook as records
from inroads.results.base import Quantiles
from inroads.results.keys import InputKey, OutputKey, Quantity
from inroads.study.outlook.draw_model import LUCK, DrawModel
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.study.outlook.rank import LEVELS
from inroads.uncertainty.dependence import Together
from inroads.uncertainty.distributions import Bernoulli, Normal, Source, Triangular, Uniform
from inroads.uncertainty.draw_store import Draws
from inroads.uncertainty.ensemble import FAILURE, Ensemble, intervals
from inroads.uncertainty.sobol import slopes

if TYPE_CHECKING:
    from inroads.study.load import Study

#: outputs whose spread is taken apart: of the first period, the value of the last
EXPLAINED = (
    Quantity.UNITS,
    Quantity.SALES_SHARE,
    Quantity.VALUE_SO_FAR_AT_ODDS,
)
#: so many draws an input, or its part in the spread is not told from luck
ENOUGH = 3
# Names of the quantiles at `LEVELS`.
_QUANTILES = ("p5", "p25", "p50", "p75", "p95")


def quantiles(values: Mapping[float, float]) -> Quantiles:
    """A record of quantiles, from values by level."""
    named = zip(_QUANTILES, LEVELS, strict=True)
    return Quantiles(**{name: float(values[level]) for name, level in named})


def summarise_draws(study: Study, ensemble: Ensemble, draws: Draws) -> records.Draws:
    """Intervals of every output, and where their spread comes from.

    ensemble: of the study's `DrawModel`. Where every draw failed there are no intervals.
    """
    draw_model = ensemble.function
    assert isinstance(draw_model, DrawModel)
    about, _, part = outlook_sections(study)
    manufacturers = [e.manufacturer for e in about.entrants]
    failures = [str(text) for text in draws.column(FAILURE) if text]
    table = intervals(draws, ensemble.outputs, LEVELS)
    by_period: list[records.Spread] = []
    totals: list[records.Spread] = []
    for key in draw_model.keys() if len(failures) < draws.total else ():
        row = table.loc[key.column]
        spread = records.Spread(
            **key.model_dump(),
            mean=float(row["mean"]),
            mean_error=float(row["sd"] / np.sqrt(row["draws"])),
            quantiles=quantiles(row),
        )
        (totals if key.period is None else by_period).append(spread)
    if by_period:
        totals += _derived(draws, manufacturers, part.periods)
    inputs = draw_model.inputs()
    return records.Draws(
        count=draws.total,
        failed=len(failures),
        failure=failures[0] if failures else None,
        seed=ensemble.seed,
        inputs=tuple(
            records.DrawnInput(
                keys=tuple(inputs[name] for name in source.names),
                distribution=_distribution(source),
            )
            for source in ensemble.sources
        ),
        by_period=tuple(by_period),
        totals=tuple(totals),
        contributions=_contributions(ensemble, draws, inputs, manufacturers, periods=part.periods),
    )


def _distribution(source: Source) -> records.Distribution:
    match source:
        case Triangular(low=low, mode=mode, high=high):
            return records.TriangularDistribution(low=low, mode=mode, high=high)
        case Uniform(low=low, high=high):
            return records.UniformDistribution(low=low, high=high)
        case Normal(mean=mean, covariance=covariance):
            return records.NormalDistribution(mean=mean, covariance=covariance)
        case Together(each=each, correlation=correlation):
            return records.TogetherDistribution(
                each=tuple(
                    records.TriangularDistribution(low=one.low, mode=one.mode, high=one.high)
                    for one in each
                ),
                correlation=correlation,
            )
        case Bernoulli(p=p):
            return records.BernoulliDistribution(probability=p)
    raise TypeError(f"a distribution of a kind that results know, not {source!r}")


def _derived(draws: Draws, manufacturers: Sequence[str], periods: int) -> list[records.Spread]:
    """How many times the units, what it is worth, and how often it pays, from the draws."""
    rows = []
    for manufacturer in manufacturers:
        columns = [
            _column(manufacturer, quantity, period)
            for quantity, period in (
                (Quantity.UNITS, 0),
                (Quantity.UNITS_WITHOUT_DEALS, 0),
                (Quantity.VALUE_SO_FAR, periods - 1),
                (Quantity.COMMON_GROUND, None),
            )
        ]
        table = draws.columns(columns)
        solved = ~np.isnan(table[columns[0]])
        many, few, launched, ground = (table[name][solved] for name in columns)
        derived: dict[Quantity, Array] = {
            Quantity.UNITS_MULTIPLE: many / few,
            Quantity.VALUE_IF_LAUNCHED: launched,
            Quantity.PAYS_IF_LAUNCHED: (launched > 0).astype(float),
            Quantity.NO_COMMON_GROUND: (ground < 0).astype(float),
        }
        rows += [
            records.Spread(
                manufacturer=manufacturer,
                quantity=quantity,
                mean=float(values.mean()),
                mean_error=float(values.std() / np.sqrt(len(values))),
                quantiles=quantiles({level: np.quantile(values, level) for level in LEVELS}),
            )
            for quantity, values in derived.items()
        ]
    return rows


def _contributions(
    ensemble: Ensemble,
    draws: Draws,
    inputs: Mapping[str, InputKey],
    manufacturers: Sequence[str],
    *,
    periods: int,
) -> tuple[records.Contribution, ...]:
    """By manufacturer and output, what each input brings to the spread; none where draws are too
    few."""
    names = [name for name in ensemble.names if inputs[name].kind not in LUCK]
    if draws.total < ENOUGH * len(names):
        return ()
    rows: list[records.Contribution] = []
    for manufacturer in manufacturers:
        for quantity in EXPLAINED:
            last = periods - 1 if quantity == Quantity.VALUE_SO_FAR_AT_ODDS else 0
            output = _column(manufacturer, quantity, last)
            line = slopes(draws, names, output)
            r_squared: Any = line.attrs["r_squared"]
            rows += [
                records.Contribution(
                    manufacturer=manufacturer,
                    quantity=quantity,
                    input=inputs[name],
                    slope=float(line.loc[name, "slope"]),
                    standard_error=float(line.loc[name, "error"]),
                    r_squared=r_squared,
                )
                for name in names
            ]
    return tuple(rows)


def _column(manufacturer: str, quantity: Quantity, period: int | None) -> str:
    return OutputKey(manufacturer=manufacturer, quantity=quantity, period=period).column
