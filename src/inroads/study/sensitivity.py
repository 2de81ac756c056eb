"""What the answer hangs on: each named assumption moved across its range, the market refitted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from inroads.market.market import Market
from inroads.study.bare import number
from inroads.study.breakdown import prospects
from inroads.study.calibration import Calibrated, calibrated
from inroads.study.config import Entry, TalksPart
from inroads.study.firms import backed
from inroads.study.load import Study
from inroads.study.parts import Part
from inroads.study.plan import plan
from inroads.study.stage import Stage, awareness, staged
from inroads.study.talks import of_quality, talk
from inroads.tables.cells import parse_reference

# How near to the best fit is near enough here, in standard errors of the targets.
_CLOSE = 3e-2
#: what is varied beside assumptions: the quality of devices without sales
QUALITY = "quality-of-devices-without-sales"


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
    cases = [(name, side) for name in entry.vary for side in ("low", "high")]
    found = []
    for k, (name, side) in enumerate(cases):
        progress("sensitivity", k, len(cases))
        about, other = _moved(study, name, side)
        market = _refitted(other, fitted, name)
        found.append(about | {"entrants": _answer(other, entry, market)})
    return found


def what_terms_hang_on(
    study: Study,
    fitted: Calibrated,
    stage: Stage,
    maker: str,
    carrier: str,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> list[dict[str, Any]]:
    """The terms and worth of one deal with each assumption of `[talks] vary` at its low and high.

    Last, with the quality of the maker's devices without sales one standard error lower and higher.
    """
    config = study.config
    assert config.entry is not None
    assert config.talks is not None
    cases = [(name, side) for name in config.talks.vary for side in ("low", "high")]
    found = []
    for k, (name, side) in enumerate(cases):
        progress("sensitivity of terms", k, len(cases))
        about, other = _moved(study, name, side)
        on = stage
        if name in fitted.used or _named_by(config.firms, name):
            market = _refitted(other, fitted, name)
            firms = backed(other, market)
            assert firms is not None
            on = staged(other, config.entry, market, firms)
        elif _named_by(config.entry, name):
            on = stage.known_to(awareness(other, config.entry))
        found.append(about | _terms(other, config.talks, talk(on, maker, carrier)))
    for side, z in (("low", -1.0), ("high", 1.0)):
        on = of_quality(stage, maker, z, fitted.quality_error)
        about = {"assumption": QUALITY, "side": side, "at": z, "central": 0.0}
        about |= {"unit": "standard errors", "reason": ""}
        found.append(about | _terms(study, config.talks, talk(on, maker, carrier)))
    return found


def _terms(study: Study, part: TalksPart, row: dict[str, Any]) -> dict[str, Any]:
    kept = ("joint", "wholesale", "lowest", "highest", "maker_gain", "carrier_gain", "units")
    ahead = prospects(study, part, row)
    return {
        **{k: row[k] for k in (*kept, "price", "certified")},
        **{k: ahead[k] for k in ("probability", "worth", "break_even")},
    }


def _named_by(part: Part | None, name: str) -> bool:
    """Whether a number of a part of study.toml refers to an assumption."""

    def within(value: Any) -> bool:
        if isinstance(value, str):
            return name in (parse_reference(value) or ())
        if isinstance(value, dict):
            return any(map(within, value.values()))
        return isinstance(value, list | tuple) and any(map(within, value))

    return part is not None and within(part.model_dump())


def _moved(study: Study, name: str, side: str) -> tuple[dict[str, Any], Study]:
    """An assumption at its low or high: what it is, and the study that assumes it."""
    row = study.tables["assumptions"].set_index("id").loc[name]
    about = {
        "assumption": name,
        "side": side,
        "at": float(row[side]),
        "central": float(row["value"]),
        "unit": row["unit"],
        "reason": row["reason"],
    }
    return about, study.assuming(name, about["at"])


def _refitted(study: Study, fitted: Calibrated, name: str) -> Market:
    """The market under another value of an assumption; the same where it has no part in it."""
    if name not in fitted.used:
        return fitted.market
    start = dict(zip(fitted.calibration.names, fitted.calibration.value, strict=True))
    return calibrated(study, start=start, tolerance=_CLOSE).market


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
            float(market.after(*wanted[maker, deal].moves).solve().sales()[maker])
            for deal in (False, True)
        ]
        multiple = units[1] / units[0] if units[0] else float("nan")
        answer[maker] = {"units": units[1], "multiple": multiple}
    return answer
