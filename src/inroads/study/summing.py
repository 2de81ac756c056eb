"""A study's draws summed up: intervals of every number, and what their spread comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from inroads.study.futures import Futures, named, parts
from inroads.study.load import Study
from inroads.study.rank import LEVELS
from inroads.uncertainty.draw_store import Draws
from inroads.uncertainty.ensemble import FAILURE, Ensemble, intervals
from inroads.uncertainty.sobol import first_order, slopes

#: outputs whose spread is taken apart: of the first quarter, `earned` of the last
EXPLAINED = ("units", "share", "earned")
#: so many draws an input, or its part in the spread is not told from luck
ENOUGH = 3


def cut(level: float) -> str:
    """What a quantile is called in results.json: q5 for 0.05."""
    return f"q{100 * level:.0f}"


def summary(study: Study, ensemble: Ensemble, draws: Draws) -> dict[str, Any]:
    """Intervals of every output, and where their spread comes from, as results.json has it.

    ensemble: of the study's `Futures`.
    """
    assert isinstance(ensemble.function, Futures)
    about, _, part = parts(study)
    makers = [e.manufacturer for e in about.entrants]
    failures = [str(said) for said in draws.column(FAILURE) if said]
    table = intervals(draws, ensemble.outputs, LEVELS)
    fans, numbers = [], []
    for what, maker, quarter in ensemble.function.said():
        row = table.loc[named(what, maker, quarter)]
        cuts = {cut(level): float(row[level]) for level in LEVELS}
        one = {"maker": maker, "what": what, "mean": float(row["mean"]), **cuts}
        if quarter is None:
            numbers.append(one)
        else:
            fans.append(one | {"quarter": quarter})
    return {
        "draws": draws.total,
        "failed": len(failures),
        "failure": failures[0] if failures else None,
        "seed": ensemble.seed,
        "levels": list(LEVELS),
        "inputs": [
            {"input": ", ".join(source.names), "stated": source.stated}
            for source in ensemble.sources
        ],
        "fans": fans,
        "numbers": numbers + _derived(draws, makers, part.quarters),
        "sources": _sources(ensemble, draws, makers, part.quarters),
    }


def _derived(draws: Draws, makers: Sequence[str], quarters: int) -> list[dict[str, Any]]:
    """How many times the units, what it is worth, and how often it pays, from the draws."""
    rows = []
    for maker in makers:
        last = quarters - 1
        names = [named(w, maker, 0) for w in ("units", "units alone")]
        names += [named(w, maker, last) for w in ("earned", "in all")]
        columns = draws.columns(names)
        fine = ~np.isnan(columns[names[0]])
        many, few, earned, in_all = (columns[name][fine] for name in names)
        for what, values in (
            ("multiple", many / few),
            ("value", earned),
            ("worth", in_all),
            ("pays if launched", (earned > 0).astype(float)),
            ("pays in all", (in_all > 0).astype(float)),
        ):
            cuts = {cut(level): float(np.quantile(values, level)) for level in LEVELS}
            rows.append({"maker": maker, "what": what, "mean": float(values.mean()), **cuts})
    return rows


def _sources(
    ensemble: Ensemble, draws: Draws, makers: Sequence[str], quarters: int
) -> list[dict[str, Any]]:
    """By maker and output, what each input brings to the spread; none where draws are too few."""
    names = [n for n in ensemble.names if not n.startswith(("luck ", "politics "))]
    if draws.total < ENOUGH * len(names):
        return []
    rows = []
    for maker in makers:
        for what in EXPLAINED:
            output = named(what, maker, quarters - 1 if what == "earned" else 0)
            line, index = slopes(draws, names, output), first_order(draws, names, output)
            rows += [
                {
                    "maker": maker,
                    "what": what,
                    "input": name,
                    "slope": float(line.loc[name, "slope"]),
                    "part": float(line.loc[name, "part"]),
                    "first": float(index.loc[name, "first"]),
                    "error": float(index.loc[name, "error"]),
                    "r_squared": line.attrs["r_squared"],
                }
                for name in names
            ]
    return rows
