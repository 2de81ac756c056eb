"""Moves on a study's market from the command line: checked by name, and played."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from inroads.errors import InputError, Problem, refuse
from inroads.market.equilibrium import Equilibrium
from inroads.market.moves import Move
from inroads.results.market import Change, ScenarioGroup, WhatIf
from inroads.study.config.config import ScenarioPart
from inroads.study.config.moves import DealPart, MovePart
from inroads.study.load import Study
from inroads.study.market.build_market import resolve_number
from inroads.study.mentions import problems_of_names
from inroads.study.negotiations.entry_game import Deals, awareness
from inroads.study.negotiations.negotiations import deal_terms, units_by_manufacturer
from inroads.study.scenario_list import Scenario, apply_scenario, entry_moves, seen_elsewhere

#: by option, what its parts stand for, in the order in which moves are made
FIELDS: Mapping[str, tuple[str, ...]] = {
    "launch": ("product", "channel", "price"),
    "deal": ("manufacturer", "channel", "products"),
    "campaign": ("brand", "awareness", "members_of"),
    "financing": ("months", "manufacturer", "channel"),
    "price": ("product", "price", "channel"),
    "allowance": ("manufacturer", "unit", "channel"),
    "no-deal": ("manufacturer", "channel"),
    "withdraw": ("product", "channel"),
    "ban": ("manufacturer", "channel"),
}
_SEVERAL = ("products", "members_of")
_NAME = "what-if"


def what_if(
    study: Study, moves: Mapping[str, Sequence[str]], *, at_list_prices: bool = False
) -> WhatIf:
    """Play moves on the study's market.

    A deal of an entrant is about its main products, which it also launches in the open channel, and
    comes with its campaign; it is compared with that entrant in the open channel alone, everything
    else with the market of the data.

    Parameters
    ----------
    study : Study
        As `load_study` gives it.
    moves : mapping
        By name of a move (`FIELDS`), its parts, joined by colons.
    at_list_prices : bool
        Whether nobody answers; so for a study without [firms] in any case.

    Returns
    -------
    WhatIf
        What changes.

    Raises
    ------
    InputError
        For parts that make no sense, and names that the study does not have.
    """
    parts = [
        (option, text, _part(option, text)) for option in FIELDS for text in moves.get(option, ())
    ]
    if not parts:
        raise refuse(
            expected="a move",
            found="none",
            where="what-if",
            remedy="give one or more of " + ", ".join(f"--{option}" for option in FIELDS) + ".",
        )
    _check_names(study, parts)
    entrants = study.config.entry.entrants if study.config.entry else ()
    names = [e.manufacturer for e in entrants]
    deals: dict[str, list[str]] = {}
    others: list[Move] = []
    for option, text, part in parts:
        if isinstance(part, DealPart) and part.manufacturer in names and not part.products:
            deals.setdefault(part.manufacturer, []).append(part.channel)
        else:
            others.append(part.to_move(partial(_number, study, f"--{option} {text}")))
    listed = at_list_prices or study.config.firms is None
    played = _at_list_prices if listed else _with_firms
    try:
        before, after = (
            played(
                study,
                {m: c if is_after else [] for m, c in deals.items()},
                others if is_after else [],
            )
            for is_after in (False, True)
        )
    except InputError as error:
        raise InputError(replace(problem, file=_NAME) for problem in error.problems) from None
    return WhatIf(
        moves=tuple(f"{option}: {text}" for option, text, _ in parts),
        entrants=tuple(deals),
        at_list_prices=listed,
        units=_changes(dict(units_by_manufacturer(before)), dict(units_by_manufacturer(after))),
        profits={} if listed else _changes(dict(before.profits), dict(after.profits)),
        terms=()
        if listed
        else tuple(
            deal_terms(after, str(row["manufacturer"]), str(row["channel"]))
            for _, row in after.links.iterrows()
        ),
        consumer_surplus_change=after.consumer_surplus - before.consumer_surplus,
    )


def _part(option: str, text: str) -> Any:
    """A move as study.toml would have it."""
    fields, cells = FIELDS[option], [cell.strip() for cell in text.split(":")]
    shape = ":".join(name.upper() for name in fields)
    if len(cells) > len(fields) or not cells[0]:
        raise refuse(
            expected=f"{shape}, the first parts of it at least",
            found=text or None,
            where=f"--{option}",
            remedy="write its parts in this order, with colons between; quote names with blanks.",
        )
    given: dict[str, object] = {"move": option.replace("no-deal", "no deal")}
    for name, cell in zip(fields, cells, strict=False):
        if name in _SEVERAL:
            given[name] = tuple(part.strip() for part in cell.split(";") if part.strip()) or None
        elif name == "price" and option == "price" and (less := re.fullmatch(r"(.+)%", cell)):
            given["by"] = _plain(less[1], text) / 100
        elif name == "months":
            given[name] = int(_plain(cell, text))
        elif cell:
            given[name] = cell
    try:
        return TypeAdapter(MovePart).validate_python(given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise refuse(
            expected=f"{shape}; of {fault['loc'][-1]}: {fault['msg'].lower()}",
            found=text,
            where=f"--{option}",
            remedy="write its parts in this order, with colons between.",
        ) from None


def _plain(cell: str, text: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise refuse(
            expected="a number", found=cell, where=text, remedy="write it as 24 or -10%."
        ) from None


def _check_names(study: Study, parts: Sequence[tuple[str, str, Any]]) -> None:
    """Raise InputError with every name that the study does not have."""
    problems: list[Problem] = []
    for option, text, part in parts:
        scenario = ScenarioPart(name=_NAME, moves=(part,))
        config = study.config.model_copy(update={"scenario": (scenario,)})
        problems += [
            replace(problem, file=f"--{option} {text}")
            for problem in problems_of_names(config, study.tables)
        ]
    if problems:
        raise InputError(problems)


def _number(study: Study, where: str, cell: float | str, name: str) -> float:
    return resolve_number(study, cell, f"{where}: {name}", "a move")


def _with_firms(study: Study, deals: Deals, others: Sequence[Move]) -> Equilibrium:
    """Channels set prices, entrants and others that are new to a channel bargain."""
    game = study.negotiation()
    return game.with_policy(lambda market: market.after(*others)).solve(deals)


def _at_list_prices(study: Study, deals: Deals, others: Sequence[Move]) -> Equilibrium:
    market, entry = study.market(), study.config.entry
    moves: list[Move] = []
    if entry is not None:
        number = partial(resolve_number, study)
        reached, seen = awareness(study, entry), seen_elsewhere(entry, number)
        mains = {e.manufacturer: e.main_products for e in entry.entrants}
        for manufacturer, channels in deals.items():
            products = {manufacturer: mains[manufacturer]}
            moves += entry_moves(market, products, channels, reached, seen_elsewhere=seen)
    scenario = Scenario(name=_NAME, moves=(*moves, *others), group=ScenarioGroup.WRITTEN)
    return apply_scenario(market, scenario).solve()


def _changes(before: Mapping[Any, float], after: Mapping[Any, float]) -> dict[str, Change]:
    return {
        str(name): Change(before=float(before.get(name, 0.0)), after=float(after.get(name, 0.0)))
        for name in dict.fromkeys([*before, *after])
    }
