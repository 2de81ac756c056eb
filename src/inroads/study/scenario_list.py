"""The scenarios of a study: the grid of entry, and those written out in study.toml."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from inroads.errors import InputError, Problem, refuse
from inroads.market.market import Market
from inroads.market.moves import Campaign, Deal, Launch, Move
from inroads.market.moves.awareness import partner_campaigns
from inroads.results.market import ScenarioGroup
from inroads.results.words import Words
from inroads.study.config.config import Config
from inroads.study.config.entry import Entrant, Entry
from inroads.study.results import move_record

#: a cell, its place in study.toml, and what it is used for, to a number
Resolve = Callable[[float | str, str, str], float]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Moves on the market of the data, under a name.

    title: as study.toml words it; entrants, partners: who enters and through which channels;
    reference: the scenario that a multiple is taken of; awareness: where the scenario sets it.
    """

    name: str
    moves: tuple[Move, ...]
    group: ScenarioGroup
    title: str = ""
    entrants: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    reference: str = ""
    awareness: float | None = None


def scenarios_of(config: Config, market: Market, number: Resolve) -> list[Scenario]:
    """Every scenario of the study, in the order of the report."""
    scenarios: list[Scenario] = []
    if config.entry:
        reached = awareness_of(config.entry, config.words, number)
        scenarios += _grid(config, market, reached, number)
    for part in config.scenario:
        path, use = f"scenario.{part.name}.moves", f"scenario {part.name}"
        moves = tuple(
            m.to_move(partial(_at, number, f"{path}.{k}", use)) for k, m in enumerate(part.moves)
        )
        scenarios.append(
            Scenario(
                name=part.name,
                moves=moves,
                group=ScenarioGroup.WRITTEN,
                title=part.label,
                entrants=_newcomers(market, moves),
            )
        )
    return scenarios


def _newcomers(market: Market, moves: Sequence[Move]) -> tuple[str, ...]:
    """Makers of products that moves launch who sell nothing in the market of the data."""
    maker_of = market.products["manufacturer"]
    present = set(maker_of[market.offers["product"]])
    launched = [m.product for m in moves if isinstance(m, Launch) and m.product in maker_of]
    return tuple(dict.fromkeys(str(maker_of[p]) for p in launched if maker_of[p] not in present))


def check_distinct(scenarios: Sequence[Scenario]) -> None:
    """Raise InputError where two scenarios have one name, under which results are kept."""
    times = Counter(["baseline", *(s.name for s in scenarios)])
    doubles = [
        Problem(
            file="study.toml, scenario",
            row=None,
            column=None,
            value=f"{name!r} twice",
            expected="a name of its own for each scenario "
            "(the baseline and those of [entry] have theirs)",
            remedy="rename one of them, or delete it.",
        )
        for name, n in times.items()
        if n > 1
    ]
    if doubles:
        raise InputError(doubles)


def apply_scenario(market: Market, scenario: Scenario) -> Market:
    """The market after the scenario's moves; an InputError names the scenario and the move."""
    for move in scenario.moves:
        try:
            market = market.after(move)
        except InputError as error:
            place = f"study.toml, scenario {scenario.name!r}, {move_record(move).description}"
            raise InputError(dataclasses.replace(p, file=place) for p in error.problems) from None
    unknown = market.table.loc[market.table["quality"].isna(), "product"]
    if len(unknown):
        raise refuse(
            expected="a quality for every product on sale",
            found=f"none for {unknown.iloc[0]}, never sold so far",
            where=f"study.toml, scenario {scenario.name!r}",
            remedy="add [hedonic] with a formula, or offers and margins of the product.",
        )
    return market


def _grid(config: Config, market: Market, reached: float, number: Resolve) -> Iterator[Scenario]:
    entry = config.entry
    assert entry is not None
    alone = [(e,) for e in entry.entrants]
    groups = [*alone, entry.entrants] if len(entry.entrants) > 1 else alone
    seen = seen_elsewhere(entry, number)
    for group in groups:
        for partners in ((), *entry.partners):
            yield _entry(market, group, partners, reached, words=config.words, seen_elsewhere=seen)
    for group in alone:
        if group[0].further_products:
            yield _entry(
                *(market, group, entry.headline, reached),
                words=config.words,
                further_products=True,
                seen_elsewhere=seen,
            )
    for group in groups:
        for k, cell in enumerate(entry.ladder):
            level = number(cell, f"entry.ladder.{k}", "a rung of the ladder of awareness")
            for partners in ((), entry.headline):
                yield _entry(market, group, partners, level, words=config.words, rung=True)


def awareness_of(entry: Entry, words: Words, number: Resolve) -> float:
    """The share that knows an entrant's brand once a channel sells it."""
    use = f"awareness that a {words.channel}'s campaign brings"
    return number(entry.awareness, "entry.awareness", use)


def seen_elsewhere(entry: Entry, number: Resolve) -> float | None:
    """The part of a partner's campaign that others than its members see; None without
    [entry.campaign]."""
    if entry.campaign is None:
        return None
    return number(
        entry.campaign.seen_elsewhere,
        "entry.campaign.seen_elsewhere",
        "part of a campaign that others see",
    )


def _entry(
    market: Market,
    group: Sequence[Entrant],
    partners: Sequence[str],
    awareness: float,
    *,
    words: Words,
    further_products: bool = False,
    rung: bool = False,
    seen_elsewhere: float | None = None,
) -> Scenario:
    """Entrants launch in the open channel; partners take their products and make them known."""
    who = tuple(e.manufacturer for e in group)
    products = {
        e.manufacturer: e.main_products + (e.further_products if further_products else ())
        for e in group
    }
    if rung:
        moves = shelf_moves(products, partners)
        moves += [Campaign(brand, awareness) for brand in _brands(market, products)]
    else:
        moves = entry_moves(market, products, partners, awareness, seen_elsewhere=seen_elsewhere)
    names = _and(who)
    direct = f"{words.direct} only"
    through = f"with {_and(partners)}" if partners else direct
    name = f"{names} {through}"
    if further_products:
        name += f", {words.main_products} and {words.further_products}"
    if rung:
        name += f", known to {awareness:.0%}"
    group_of = ScenarioGroup.FULL_RANGE if further_products else ScenarioGroup.ENTRY
    return Scenario(
        name=_slug(name),
        moves=tuple(moves),
        group=ScenarioGroup.AWARENESS if rung else group_of,
        entrants=who,
        partners=tuple(partners),
        reference=_slug(f"{names} {direct}"),
        awareness=awareness if partners or rung else None,
    )


def entry_moves(
    market: Market,
    products: Mapping[str, Sequence[str]],
    partners: Sequence[str],
    awareness: float,
    *,
    seen_elsewhere: float | None,
) -> list[Move]:
    """What entrants do at list prices: they launch their products (by manufacturer) in the open
    channel, partners take them, and make their brands known."""
    brands = _brands(market, products)
    campaigns = partner_campaigns(
        market, brands, partners, awareness, seen_elsewhere=seen_elsewhere
    )
    return shelf_moves(products, partners) + campaigns


def shelf_moves(products: Mapping[str, Sequence[str]], partners: Sequence[str]) -> list[Move]:
    """The same before anybody has heard of it."""
    moves: list[Move] = [Launch(product) for listed in products.values() for product in listed]
    return moves + [Deal(m, c, tuple(listed)) for m, listed in products.items() for c in partners]


def _brands(market: Market, products: Mapping[str, Sequence[str]]) -> list[str]:
    named = (str(market.products.loc[p, "brand"]) for listed in products.values() for p in listed)
    return list(dict.fromkeys(named))


def _at(number: Resolve, path: str, use: str, cell: float | str, name: str) -> float:
    return number(cell, f"{path}.{name}", use)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _slug(text: str) -> str:
    dashed = "".join(c if c.isalnum() else "-" for c in text.lower().replace("&", ""))
    return "-".join(filter(None, dashed.split("-")))
