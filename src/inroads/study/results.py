"""What a run gives: the tree of results and tables; the market's part of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from inroads.display import Card, Displayed, counted
from inroads.market.consumers import Consumers
from inroads.market.equilibrium import Equilibrium
from inroads.market.market import Market
from inroads.market.moves import Move as MarketMove
from inroads.results import calibration as records
from inroads.results.calibration import Placebo, PlaceboProduct, PopulationError
from inroads.results.market import MarketOutcome, Move, SalesShares
from inroads.results.study import Features, LedgerEntry, StudyInfo
from inroads.results.tree import Results
from inroads.study.demand.estimated_tastes import EstimatedTastes, label
from inroads.study.market.regions import region_sales, units_by_region

if TYPE_CHECKING:
    from inroads.study.config.path_config import PathPart
    from inroads.study.load import Study
    from inroads.study.market.calibration import Calibrated
    from inroads.study.market.firms import CalibratedFirms

# How the ledger of facts writes a fact that only the reason of an assumption names.
_NAMED_BY = "named by "


@dataclass(frozen=True, repr=False)
class Run(Displayed):
    """A run of a study.

    Parameters
    ----------
    results : Results
        As results.json holds them.
    tables : dict of DataFrames
        The tables behind them.
    """

    results: Results
    tables: dict[str, pd.DataFrame]

    def _card(self) -> Card:
        scenarios = self.results.scenarios
        units = {s.title: {name: e.units for name, e in s.entrants.items()} for s in scenarios}
        return Card(
            line=f"Run of {self.results.study.name}: {counted(len(scenarios), 'scenario')}",
            table=pd.DataFrame(units).T if any(units.values()) else None,
            next_steps=("run.results", "run.tables"),
        )


def study_info(study: Study) -> StudyInfo:
    """The question of a study."""
    about = study.config.study
    return StudyInfo(
        name=about.name,
        title=about.title,
        question=about.question,
        as_of=study.as_of,
        period=about.period,
        per=about.per,
    )


def features(market: Market, firms: CalibratedFirms | None, path: PathPart | None) -> Features:
    """What the market has that a page may speak of."""
    values = firms.facts.member_value.values() if firms else ()
    launch = path.launch if path else None
    return Features(
        financing=bool((market.offers["months"] > 0).any()),
        compatibility=bool(market.channels["standard"].ne("any").any()),
        members=any(value > 0 for value in values),
        successors=path is not None and path.model_life != 0,
        fading=launch is not None and launch.fade != 0,
        dropping=launch is not None and launch.drop_hazard != 0,
        seasons=path is not None and bool(path.season),
    )


def market_outcome(outcome: Equilibrium, base: Equilibrium) -> MarketOutcome:
    """A solved market beside the market of the data."""
    units = outcome.sales()
    gain, total = outcome.consumer_surplus - base.consumer_surplus, float(units.sum())
    return MarketOutcome(
        shares=SalesShares(
            manufacturer=outcome.share_of_sales("manufacturer").to_dict(),
            channel=outcome.share_of_sales("channel").to_dict(),
            product=outcome.share_of_sales("product").to_dict(),
        ),
        units=units.to_dict(),
        total_units=total,
        regions=region_sales(outcome),
        mean_price=outcome.mean_price if total else None,
        consumer_surplus_change=gain,
        consumer_surplus_change_per_buyer=gain / total if total else None,
        status=outcome.solution.status.value,
        residual=outcome.solution.residual,
    )


def move_record(move: MarketMove) -> Move:
    """A move: its name and what differs from its defaults."""
    settings = {
        f.name: getattr(move, f.name)
        for f in dataclasses.fields(move)  # type: ignore[arg-type]
        if getattr(move, f.name) != f.default
    }
    return Move(name=type(move).__name__, settings=settings)


def calibration_record(
    fitted: Calibrated, percentages: set[str], estimate: EstimatedTastes | None = None
) -> records.Calibration:
    """Parameters, targets, checks, margins and sensitivities of a calibration.

    percentages: names of targets that the study states in percent; estimate: what tastes were taken
    from.
    """
    c = fitted.calibration
    parameters = zip(c.names, c.value, c.standard_error, strict=True)
    targets = zip(c.target_names, c.target, c.error, c.fitted, strict=True)
    return records.Calibration(
        parameters=tuple(
            records.Parameter(
                name=name, label=fitted.labels[name], value=value, standard_error=float(error)
            )
            for name, value, error in parameters
        ),
        targets=tuple(
            records.Target(
                name=name,
                label=fitted.labels.get(name, name),
                target=target,
                error=error,
                fitted=value,
                misses_by=(value - target) / error,
                in_percent=name in percentages,
            )
            for name, target, error, value in targets
        ),
        checks=tuple(
            records.Check(
                name=check.name,
                label=check.label,
                value=check.value,
                fitted=check.fitted,
                in_percent=check.name in percentages,
            )
            for check in fitted.checks
        ),
        margins=tuple(
            records.Margin(
                name=row["name"],
                manufacturer=row["manufacturer"],
                product=row["product"],
                channel=row["channel"],
                region=row["region"],
                fitted=row["fitted"],
                observed=row["observed"],
            )
            for row in _rows(fitted.margins)
        ),
        sensitivity={
            name: dict(zip(c.target_names, map(float, row), strict=True))
            for name, row in zip(c.names, c.sensitivity * c.error, strict=True)
        },
        unidentified=tuple(
            {name: float(weight) for name, weight in dict(direction).items()}
            for direction in c.unidentified_directions
        ),
        distance=c.distance,
        status=c.solution.status.value,
        residual=c.solution.residual,
        evaluations=c.solution.iterations,
        estimated=_estimated(estimate) if estimate else (),
        estimate=estimate.file if estimate else "",
    )


def _estimated(estimate: EstimatedTastes) -> tuple[records.Parameter, ...]:
    """Parameters of the estimate that the study takes."""
    errors = estimate.standard_errors
    return tuple(
        records.Parameter(
            name=name, label=label(name), value=estimate.params[name], standard_error=errors[name]
        )
        for name in estimate.used
    )


def hedonic_record(fitted: Calibrated) -> records.Hedonic | None:
    """The hedonic line and the products it was used for; None where there was no need."""
    line, unsold, market = fitted.hedonic, fitted.unsold, fitted.market
    if line is None:
        return None
    assert isinstance(market.consumers, Consumers)
    products = market.products
    errors = np.sqrt(np.diag(line.fit.covariance))
    count = len(line.names)
    effects = line.fit.effects[0] if line.fit.effects else np.zeros(len(line.manufacturers))
    effect_errors = errors[count:] if line.fit.effects else np.zeros(len(line.manufacturers))
    return records.Hedonic(
        coefficients=tuple(
            records.HedonicCoefficient(name=name, value=float(value), standard_error=float(error))
            for name, value, error in zip(
                line.names, line.fit.coefficients, errors[:count], strict=True
            )
        ),
        tau=line.tau,
        sigma=line.sigma,
        r_squared=line.r_squared,
        observations=line.observations,
        makers=tuple(
            records.MakerEffect(
                manufacturer=maker,
                products=int(n),
                effect=float(effect),
                standard_error=float(error),
                retained=float(retained),
            )
            for maker, n, effect, error, retained in sorted(
                zip(
                    line.manufacturers,
                    line.products,
                    effects,
                    effect_errors,
                    line.shrinkage,
                    strict=True,
                )
            )
        ),
        products=tuple(
            records.PredictedQuality(
                product=str(product),
                manufacturer=products.loc[product, "manufacturer"],
                quality=products.loc[product, "quality"],
                standard_error=error,
                own_error=unsold.own_error[product],
            )
            for product, error in unsold.error_at(0)[unsold.error > 0].items()
        ),
        on_sale=tuple(
            records.QualityOnSale(
                product=str(product),
                manufacturer=row["manufacturer"],
                quality=row["quality"],
                awareness=market.consumers.min_awareness(row["brand"]),
            )
            for product, row in products[unsold.error == 0].iterrows()
        ),
    )


def placebo_record(fitted: Calibrated) -> Placebo | None:
    """Makers on sale predicted as if never seen; None where none could be left out."""
    populations = fitted.unsold.populations
    if populations is None or not populations.placebos:
        return None
    used = populations.placebos[populations.chosen]
    return Placebo(
        population=populations.chosen,
        products=tuple(
            PlaceboProduct(
                product=str(product),
                manufacturer=row["manufacturer"],
                log_ratio=row["log_ratio"],
                standard_error=row["standard_error"],
                z=row["log_ratio"] / row["standard_error"],
            )
            for product, row in used.table.iterrows()
        ),
        populations=tuple(
            PopulationError(
                population=name,
                manufacturers=populations.makers[name],
                mean_log_ratio=placebo.mean,
                standard_error=placebo.mean_error,
                rmse=placebo.rmse,
            )
            for name, placebo in populations.placebos.items()
        ),
    )


def ledger_records(ledger: pd.DataFrame) -> tuple[LedgerEntry, ...]:
    """Every number that went in, its place taken apart from its file."""
    return tuple(_ledger_entry(row) for row in _rows(ledger))


def _ledger_entry(row: dict[str, Any]) -> LedgerEntry:
    where = str(row.pop("where"))
    if where.startswith(_NAMED_BY):
        return LedgerEntry(file="", place="", named_by=where.removeprefix(_NAMED_BY), **row)
    file, _, place = where.partition(": ")
    return LedgerEntry(file=file, place=place, **row)


def targets_in_percent(ledger: Iterable[LedgerEntry]) -> set[str]:
    """Names of targets and checks that targets.csv states as percentages."""
    return {
        row.place.removesuffix(": value")
        for row in ledger
        if row.file == "targets.csv"
        and row.place.endswith(": value")
        and row.unit.startswith("percent")
    }


def tables(
    market: Market,
    outcomes: dict[str, Equilibrium],
    base: Equilibrium,
    fitted: Calibrated,
    *,
    ledger: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables to write: every offer of every scenario, products, margins, the ledger; units by
    region where there are any."""
    frames, regions = [], []
    for name, outcome in {"baseline": base, **outcomes}.items():
        regions.append(units_by_region(outcome))
        regions[-1].insert(0, "scenario", name)
        frame = outcome.market.table[["product", "channel", "manufacturer", "tier", "price"]].copy()
        frame.insert(0, "scenario", name)
        frame["shares"] = outcome.state.shares
        frame["units"] = frame["shares"] * market.size
        frames.append(frame)
    by_region = pd.concat(regions, ignore_index=True)
    qualities = market.products.drop(columns="standards").assign(error=fitted.unsold.error_at(0))
    return {
        "offers": pd.concat(frames, ignore_index=True),
        "products": qualities.reset_index(),
        "margins": fitted.margins,
        "ledger": ledger,
        **({"regions": by_region} if len(by_region) else {}),
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
