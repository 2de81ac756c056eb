"""Results as results.json and the tables hold them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inroads.scenario.market import Market
from inroads.scenario.outcome import Outcome
from inroads.study.calibration import Calibrated


@dataclass(frozen=True)
class Results:
    """What a run found: `data` as results.json holds it, and the tables behind it."""

    data: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def outcome_as_data(outcome: Outcome, base: Outcome) -> dict[str, Any]:
    """A solved market beside the market of the data."""
    units = outcome.sales("maker")
    gain, total = outcome.consumer_surplus - base.consumer_surplus, float(units.sum())
    return {
        "shares": {
            by: outcome.share_of_sales(by).to_dict() for by in ("maker", "channel", "device")
        },
        "units": units.to_dict(),
        "total_units": total,
        "mean_price": outcome.mean_price if total else np.nan,
        "consumer_surplus_change": gain,
        "consumer_surplus_change_per_buyer": gain / total if total else np.nan,
        "status": outcome.solution.status.value,
        "residual": outcome.solution.residual,
    }


def calibration_as_data(fitted: Calibrated) -> dict[str, Any]:
    """Parameters, targets, checks, margins and sensitivities of a calibration."""
    c = fitted.calibration
    return {
        "parameters": [
            {"name": n, "label": fitted.labels[n], "value": v, "standard_error": s}
            for n, v, s in zip(c.names, c.value, c.standard_error, strict=True)
        ],
        "targets": [
            {
                "name": n,
                "label": fitted.labels.get(n, n),
                "target": t,
                "error": e,
                "fitted": f,
                "misses_by": (f - t) / e,
            }
            for n, t, e, f in zip(c.target_names, c.target, c.error, c.fitted, strict=True)
        ],
        "checks": [dataclasses.asdict(check) for check in fitted.checks],
        "margins": fitted.margins.to_dict("records"),
        "sensitivity": {
            n: dict(zip(c.target_names, row, strict=True))
            for n, row in zip(c.names, c.sensitivity * c.error, strict=True)
        },
        "flat": [dict(direction) for direction in c.unidentified_directions],
        "distance": c.distance,
        "status": c.solution.status.value,
        "residual": c.solution.residual,
        "evaluations": c.solution.iterations,
    }


def hedonic_as_data(fitted: Calibrated) -> dict[str, Any] | None:
    """The hedonic line and the devices it was used for; None where there was no need."""
    line = fitted.hedonic
    if line is None:
        return None
    unsold = fitted.quality_error[fitted.quality_error > 0]
    return {
        "coefficients": [
            {"name": n, "value": line.coefficients[n], "standard_error": line.standard_errors[n]}
            for n in line.coefficients.index
        ],
        "sigma": line.sigma,
        "r_squared": line.r_squared,
        "observations": line.observations,
        "devices": [
            {"device": d, "quality": fitted.market.devices.loc[d, "quality"], "standard_error": e}
            for d, e in unsold.items()
        ],
    }


def tables(
    market: Market,
    outcomes: dict[str, Outcome],
    base: Outcome,
    fitted: Calibrated,
    ledger: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables to write: every offer of every scenario, devices, margins, the ledger."""
    frames = []
    for name, outcome in {"baseline": base, **outcomes}.items():
        frame = outcome.table[["device", "channel", "maker", "tier", "price"]].copy()
        frame.insert(0, "scenario", name)
        frame["shares"] = outcome.solution.unwrap()
        frame["units"] = frame["shares"] * market.size
        frames.append(frame)
    qualities = market.devices.drop(columns="networks").assign(error=fitted.quality_error)
    return {
        "offers": pd.concat(frames, ignore_index=True),
        "devices": qualities.reset_index(),
        "margins": fitted.margins,
        "ledger": ledger,
    }


def plain(value: Any) -> Any:
    """Only what JSON holds: no NumPy scalars, no NaN."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
