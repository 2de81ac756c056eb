"""Two runs, or two scenarios of runs, side by side: what differs, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inroads.errors import refuse
from inroads.report.compare_runs import compare_runs
from inroads.report.comparison import Comparison, Line, different
from inroads.report.format import in_currency
from inroads.report.phrases import scenario_words
from inroads.results.files import FILE, read_results
from inroads.results.market import MarketOutcome, Move
from inroads.results.tree import Results
from inroads.tables.naming import suggestion

BASELINE = "baseline"
_RUN = "run a study first: inroads run us-2018 --out DIR."


def compare(a: str, b: str) -> Comparison:
    """Compare two runs (folders with results.json) or two scenarios of runs (RUN:scenario).

    Raises InputError for what is no run, for unknown scenarios, and for a run with a scenario.
    """
    (one, first), (other, second) = _read(a), _read(b)
    if (first is None) != (second is None):
        raise refuse(
            expected="two runs, or two scenarios",
            found=f"{a} and {b}",
            where="compare",
            remedy=f"name a scenario of both; the market as it was is RUN:{BASELINE}.",
        )
    sign = one.words.currency_sign
    if first is not None and second is not None:
        played = _Played.find(one, first, a), _Played.find(other, second, b)
        return replace(compare_scenarios(*played), currency_sign=sign)
    with in_currency(sign):
        return Comparison(a, b, *compare_runs(one, other), currency_sign=sign)


def _read(name: str) -> tuple[Results, str | None]:
    """A run's results, and the scenario that is named after the last colon."""
    folder, scenario = Path(name), None
    if not folder.exists() and ":" in name:
        run, _, scenario = name.rpartition(":")
        folder = Path(run)
    file = folder / FILE if folder.is_dir() else folder
    if not file.is_file():
        expected = f"a folder with {FILE}, or such a folder and a scenario (RUN:scenario)"
        raise refuse(expected=expected, found=name, where="compare", remedy=_RUN)
    return read_results(file), scenario


class _Played:
    """A scenario of a run, or its baseline."""

    def __init__(self, name: str, title: str, moves: tuple[Move, ...], to: MarketOutcome) -> None:
        self.name = f"{name} ({title})"
        self.moves = [move.description for move in moves]
        self.outcome = to

    @classmethod
    def find(cls, results: Results, name: str, given: str) -> _Played:
        if name == BASELINE:
            return cls(given, "the market as it was", (), results.baseline)
        for scenario in results.scenarios:
            if scenario.name == name:
                title = scenario_words(results, scenario)
                return cls(given, title, scenario.moves, scenario.outcome)
        names = [BASELINE, *(scenario.name for scenario in results.scenarios)]
        raise refuse(
            expected="a scenario of the run",
            found=given,
            where="compare",
            remedy=suggestion(name, names) or f"choose from {', '.join(names)}.",
        )


def compare_scenarios(one: _Played, other: _Played) -> Comparison:
    """Two scenarios side by side: what was done, and who sells how many."""
    a, b = one.outcome, other.outcome
    moves = [
        Line(move, _yes(move in one.moves), _yes(move in other.moves), "text")
        for move in dict.fromkeys([*one.moves, *other.moves])
    ]
    units = [
        Line(m, a.units.get(m, 0.0), b.units.get(m, 0.0), "units")
        for m in dict.fromkeys([*a.units, *b.units])
    ]
    channels = [
        Line(c, a.shares.channel.get(c, 0.0), b.shares.channel.get(c, 0.0), "share")
        for c in dict.fromkeys([*a.shares.channel, *b.shares.channel])
    ]
    surplus = "Consumer surplus, against the market as it was"
    market = [
        Line("Units in all", a.total_units, b.total_units, "units"),
        Line("Mean price", a.mean_price, b.mean_price, "dollars"),
        Line(surplus, a.consumer_surplus_change, b.consumer_surplus_change, "money"),
    ]
    sections = [
        ("What was done", different(moves)),
        ("Market", market),
        ("Units by maker", different(units)),
        ("Share of sales by channel", different(channels)),
    ]
    return Comparison(one.name, other.name, sections)


def _yes(done: bool) -> str:
    return "yes" if done else "no"
