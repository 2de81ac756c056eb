"""What the answer hangs on: each named assumption moved across its range, the market refitted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from inroads.scenario.market import Market
from inroads.study.bare import number
from inroads.study.calibration import Calibrated, calibrated
from inroads.study.config import Entry
from inroads.study.load import Study
from inroads.study.plan import plan

# How near to the best fit is near enough here, in standard errors of the targets.
_CLOSE = 3e-2


def what_it_hangs_on(
    study: Study,
    fitted: Calibrated,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[dict[str, Any]]:
    """Entrants' units and multiples with each assumption of `[entry] vary` at its low and high.

    The market is calibrated anew each time, from the parameters of the study's own.
    """
    entry = study.config.entry
    if entry is None or not entry.vary:
        return []
    assumptions = study.tables["assumptions"].set_index("id")
    in_the_market = set(fitted.used)
    start = dict(zip(fitted.calibration.names, fitted.calibration.value, strict=True))
    found = []
    cases = [(name, side) for name in entry.vary for side in ("low", "high")]
    for k, (name, side) in enumerate(cases):
        progress("sensitivity", k, len(cases))
        row = assumptions.loc[name]
        other = study.assuming(name, float(row[side]))
        market = fitted.market
        if name in in_the_market:
            market = calibrated(other, start=start, tolerance=_CLOSE).market
        found.append(
            {
                "assumption": name,
                "side": side,
                "at": float(row[side]),
                "central": float(row["value"]),
                "unit": row["unit"],
                "reason": row["reason"],
                "entrants": _answer(other, entry, market),
            }
        )
    return found


def _answer(study: Study, entry: Entry, market: Market) -> dict[str, dict[str, float]]:

    wanted = {
        (s.entrants[0], bool(s.partners)): s
        for s in plan(study.config, market, partial(number, study))
        if s.group == "entry"
        and len(s.entrants) == 1
        and list(s.partners) in ([], list(entry.headline))
    }
    answer = {}
    for maker in (e.manufacturer for e in entry.entrants):
        units = [
            float(market.after(*wanted[maker, deal].moves).solve().sales("maker")[maker])
            for deal in (False, True)
        ]
        multiple = units[1] / units[0] if units[0] else float("nan")
        answer[maker] = {"units": units[1], "multiple": multiple}
    return answer
