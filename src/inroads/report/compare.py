"""Two runs, or two scenarios of runs, side by side: what differs, and why."""

from __future__ import annotations

import json
from pathlib import Path

from inroads.errors import InputError
from inroads.report.compare_lines import Comparison, Line, different
from inroads.report.compare_runs import runs
from inroads.report.reading import Data
from inroads.tables.naming import suggestion

FILE = "results.json"
BASELINE = "baseline"
_RUN = "run a study first: inroads run us-2018 --out DIR."


def compare(a: str, b: str) -> Comparison:
    """Compare two runs (folders with results.json) or two scenarios of runs (RUN:scenario).

    Raises InputError for what is no run, for unknown scenarios, and for a run with a scenario.
    """
    (one, first), (other, second) = _read(a), _read(b)
    try:
        return _compared(a, b, (one, first), (other, second))
    except (KeyError, TypeError, AttributeError, IndexError) as missing:
        raise InputError.single(
            expected=f"two {FILE} that this version of inroads wrote",
            found=f"no {missing}",
            where="compare",
            remedy="run both studies again.",
        ) from None


def _compared(
    a: str, b: str, left: tuple[Data, str | None], right: tuple[Data, str | None]
) -> Comparison:
    (one, first), (other, second) = left, right
    if (first is None) != (second is None):
        raise InputError.single(
            expected="two runs, or two scenarios",
            found=f"{a} and {b}",
            where="compare",
            remedy=f"name a scenario of both; the market as it was is RUN:{BASELINE}.",
        )
    if first is None or second is None:
        return Comparison(a, b, *runs(one, other))
    return _scenarios(a, b, _scenario(one, first, a), _scenario(other, second, b))


def _read(name: str) -> tuple[Data, str | None]:
    """A run's results, and the scenario that is named after the last colon."""
    folder, scenario = Path(name), None
    if not folder.exists() and ":" in name:
        run, _, scenario = name.rpartition(":")
        folder = Path(run)
    file = folder / FILE if folder.is_dir() else folder
    if not file.is_file():
        expected = f"a folder with {FILE}, or such a folder and a scenario (RUN:scenario)"
        raise InputError.single(expected=expected, found=name, where="compare", remedy=_RUN)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        data = None
    needed = {"study", "baseline", "scenarios", "calibration", "ledger"}
    if not isinstance(data, dict) or not needed <= data.keys():
        expected = f"a {FILE} that inroads wrote"
        raise InputError.single(expected=expected, found=str(file), where="compare", remedy=_RUN)
    return data, scenario


def _scenario(data: Data, name: str, given: str) -> Data:
    if name == BASELINE:
        return {**data["baseline"], "label": "the market as it was", "moves": [], "entrants": {}}
    found = {s["name"]: s for s in data["scenarios"]}
    if name not in found:
        names = [BASELINE, *found]
        raise InputError.single(
            expected="a scenario of the run",
            found=given,
            where="compare",
            remedy=suggestion(name, names) or f"choose from {', '.join(names)}.",
        )
    return dict(found[name])


def _scenarios(a: str, b: str, one: Data, other: Data) -> Comparison:
    made = dict.fromkeys([*one["moves"], *other["moves"]])
    why = [Line(m, _yes(m in one["moves"]), _yes(m in other["moves"]), "text") for m in made]
    units = [
        Line(m, one["units"].get(m, 0.0), other["units"].get(m, 0.0), "units")
        for m in dict.fromkeys([*one["units"], *other["units"]])
    ]
    channels = [s["shares"].get("channel", {}) for s in (one, other)]
    shelves = [
        Line(c, channels[0].get(c, 0.0), channels[1].get(c, 0.0), "share")
        for c in dict.fromkeys([*channels[0], *channels[1]])
    ]
    market = [
        Line("Units in all", one["total_units"], other["total_units"], "units"),
        Line("Mean price", one["mean_price"], other["mean_price"], "dollars"),
        Line("Consumer surplus, against the market as it was", one["consumer_surplus_change"],
             other["consumer_surplus_change"], "money"),
    ]  # fmt: skip
    sections = [
        ("What was done", different(why)),
        ("Market", market),
        ("Units by maker", different(units)),
        ("Share of sales by channel", different(shelves)),
    ]
    return Comparison(f"{a} ({one['label']})", f"{b} ({other['label']})", sections)


def _yes(made: bool) -> str:
    return "yes" if made else "no"
