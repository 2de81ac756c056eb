"""What the answer hangs on: each named assumption moved across its range, the market refitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from inroads.market.market import Market
from inroads.results.market import SalesAtEnd, SalesSwing, ScenarioGroup, SwingUnits
from inroads.results.negotiations import CornerEnd, Negotiation, TermsAtEnd, TermsSwing, WorstCorner
from inroads.study.config.config_base import Section
from inroads.study.config.entry import Entry
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.market.build_market import resolve_number
from inroads.study.market.calibration import Calibrated, calibrated
from inroads.study.market.firms import calibrate_firms
from inroads.study.negotiations.deal_hazards import prospect
from inroads.study.negotiations.entry_game import EntryGame, awareness, entrants_weight, entry_game
from inroads.study.negotiations.negotiations import negotiation, with_quality_shift
from inroads.study.scenario_list import scenarios_of
from inroads.tables.cells import parse_reference

if TYPE_CHECKING:
    from inroads.study.load import Study

# How near to the best fit is near enough here, in standard errors of the targets.
_CLOSE = 3e-2
_SIDES = ("low", "high")


def sales_swings(
    study: Study,
    fitted: Calibrated,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[SalesSwing, ...]:
    """Entrants' units and multiples with each assumption of `[entry] vary` at its low and high.

    The market is calibrated anew each time, from the parameters of the study's own.
    """
    entry = study.config.entry
    if entry is None or not entry.vary:
        return ()
    swings = []
    for k, name in enumerate(entry.vary):
        ends = {}
        for j, side in enumerate(_SIDES):
            progress("sensitivity", 2 * k + j, 2 * len(entry.vary))
            value, other = _moved(study, name, side)
            market = _refitted(other, fitted, name)
            ends[side] = SalesAtEnd(value=value, entrants=_units(other, entry, market))
        about = _about(study, name)
        swings.append(SalesSwing(assumption=name, **about, low=ends["low"], high=ends["high"]))
    return tuple(swings)


def terms_swings(
    study: Study,
    fitted: Calibrated,
    game: EntryGame,
    manufacturer: str,
    *,
    channel: str,
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[TermsSwing, ...]:
    """The terms and worth of one deal with each assumption of `vary` of [negotiations] at its low
    and high.

    Last, with the quality of the manufacturer's products without sales one standard error lower and
    higher.
    """
    config = study.config
    assert config.entry is not None
    assert config.negotiations is not None
    swings = []
    for k, name in enumerate(config.negotiations.vary):
        ends = {}
        for j, side in enumerate(_SIDES):
            progress("sensitivity of terms", 2 * k + j, 2 * len(config.negotiations.vary))
            value, other = _moved(study, name, side)
            moved = _game_with(other, fitted, game, config.entry, name=name)
            deal = negotiation(moved, manufacturer, channel)
            ends[side] = _terms(other, config.negotiations, deal, value)
        about = _about(study, name)
        swings.append(TermsSwing(assumption=name, **about, low=ends["low"], high=ends["high"]))
    ends = {}
    for side, errors in zip(_SIDES, (-1.0, 1.0), strict=True):
        moved = with_quality_shift(game, manufacturer, errors, fitted.unsold.error_at(1))
        ends[side] = _terms(
            study, config.negotiations, negotiation(moved, manufacturer, channel), errors
        )
    quality = TermsSwing(
        assumption=None,
        unit="standard errors",
        reason="",
        central=0.0,
        low=ends["low"],
        high=ends["high"],
    )
    return (*swings, quality)


def worst_corner(
    study: Study,
    fitted: Calibrated,
    swings: tuple[TermsSwing, ...],
    manufacturer: str,
    *,
    channel: str,
) -> WorstCorner | None:
    """The same deal with every assumption at the end that is worse for it, all at once.

    Ends are those at which talks alone are worth less; None where nothing is moved.
    """
    entry, part = study.config.entry, study.config.negotiations
    assert entry is not None
    assert part is not None
    if not swings:
        return None
    ends, moved, errors = [], study, 0.0
    for swing in swings:
        side = min(_SIDES, key=lambda side: getattr(swing, side).expected_value)
        value = float(getattr(swing, side).value)
        if swing.assumption is None:
            errors = value
        else:
            ends.append(CornerEnd(assumption=swing.assumption, value=value))
            moved = moved.assuming(swing.assumption, value)
    start = dict(zip(fitted.calibration.names, fitted.calibration.value, strict=True))
    market = calibrated(
        moved, start=start, tolerance=_CLOSE, populations=fitted.unsold.populations
    ).market
    firms = calibrate_firms(moved, market)
    assert firms is not None
    game = entry_game(moved, entry, market, firms)
    game = with_quality_shift(game, manufacturer, errors, fitted.quality_error)
    deal = negotiation(game, manufacturer, channel)
    return WorstCorner(
        ends=tuple(ends), quality_errors=errors, terms=_terms(moved, part, deal, errors)
    )


def _game_with(
    study: Study, fitted: Calibrated, game: EntryGame, entry: Entry, *, name: str
) -> EntryGame:
    """The game under another value of an assumption, which the study assumes."""
    if name in fitted.used or named_by(study.config.firms, name):
        market = _refitted(study, fitted, name)
        firms = calibrate_firms(study, market)
        assert firms is not None
        return entry_game(study, entry, market, firms)
    if entry.campaign and named_by(entry, name):
        return entry_game(study, entry, game.market, game.firms)
    if named_by(entry, name):
        return game.with_awareness(awareness(study, entry))
    part = study.config.negotiations
    if part is not None and name in (parse_reference(str(part.channel_weight)) or ()):
        return replace(game, weight=entrants_weight(study), _equilibria={})
    return game


def _terms(study: Study, part: NegotiationsPart, deal: Negotiation, value: float) -> TermsAtEnd:
    ahead = prospect(study, part, deal)
    return TermsAtEnd(
        value=value,
        joint_surplus=deal.joint_surplus,
        wholesale_price=deal.wholesale_price,
        lowest_wholesale_price=deal.lowest_wholesale_price,
        highest_wholesale_price=deal.highest_wholesale_price,
        manufacturer_gain=deal.manufacturer_gain,
        channel_gain=deal.channel_gain,
        units=deal.units,
        retail_price=deal.retail_price,
        launch_probability=ahead.launch_probability,
        expected_value=ahead.expected_value,
        break_even_hazard=ahead.break_even_hazard,
        certificate=deal.certificate,
    )


def named_by(part: Section | None, name: str) -> bool:
    """Whether a number of a part of study.toml refers to an assumption."""

    def within(value: Any) -> bool:
        if isinstance(value, str):
            return name in (parse_reference(value) or ())
        if isinstance(value, dict):
            return any(map(within, value.values()))
        return isinstance(value, list | tuple) and any(map(within, value))

    return part is not None and within(part.model_dump())


class _About(TypedDict):
    """What a swing says of its assumption."""

    unit: str
    reason: str
    central: float


def _about(study: Study, name: str) -> _About:
    row = study.tables["assumptions"].set_index("id").loc[name]
    return {"unit": row["unit"], "reason": row["reason"], "central": float(row["value"])}


def _moved(study: Study, name: str, side: str) -> tuple[float, Study]:
    """An assumption's low or high, and the study that assumes it."""
    value = float(study.tables["assumptions"].set_index("id").loc[name][side])
    return value, study.assuming(name, value)


def _refitted(study: Study, fitted: Calibrated, name: str) -> Market:
    """The market under another value of an assumption; the same where it has no part in it."""
    if name not in fitted.used:
        return fitted.market
    start = dict(zip(fitted.calibration.names, fitted.calibration.value, strict=True))
    unsold = fitted.unsold
    refitted = calibrated(study, start=start, tolerance=_CLOSE, populations=unsold.populations)
    return refitted.unsold.corrected(unsold.correction).market


def _units(study: Study, entry: Entry, market: Market) -> dict[str, SwingUnits]:
    """By entrant, units with the headline's partners, and over those without."""
    scenarios = {
        (s.entrants[0], bool(s.partners)): s
        for s in scenarios_of(study.config, market, partial(resolve_number, study))
        if s.group == ScenarioGroup.ENTRY
        and len(s.entrants) == 1
        and s.partners in ((), entry.headline)
    }
    answer = {}
    for manufacturer in (e.manufacturer for e in entry.entrants):
        without, with_ = (
            float(market.after(*scenarios[manufacturer, deal].moves).solve().sales()[manufacturer])
            for deal in (False, True)
        )
        answer[manufacturer] = SwingUnits(
            units=with_, multiple=with_ / without if without else None
        )
    return answer
