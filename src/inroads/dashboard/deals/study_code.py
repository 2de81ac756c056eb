"""A case as Python code that comes to the same numbers: what the page hands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields

from inroads.dashboard.deals.cases import Case, possible_partners
from inroads.dashboard.deals.study_cases import StudyCases
from inroads.dashboard.literal import literal
from inroads.market.moves import Move


def study_code(cases: StudyCases, case: Case, source: str) -> str:
    """Code that loads the study by `source`, plays the case and prints what the page shows."""
    study = cases.study
    parts = [_loaded(cases, case, source)]
    if study.config.firms is not None:
        parts += [_game(cases, case), _equilibrium(case), _network(cases, case)]
        if study.config.negotiations is not None and case.partners:
            parts.append(_prospects(case))
        if study.config.path is not None and case.can_be_followed:
            parts.append(_worth(case))
    parts.append(_at_list_prices(cases, case))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def move_code(move: Move) -> str:
    """A move as one writes it: required fields in order, others where they are not their
    default."""
    required, others = [], []
    for field in fields(move):  # type: ignore[arg-type]
        value = getattr(move, field.name)
        if field.default is MISSING and not field.kw_only:
            required.append(literal(value))
        elif value != field.default:
            others.append(f"{field.name}={literal(value)}")
    return f"ir.{type(move).__name__}({', '.join([*required, *others])})"


def _loaded(cases: StudyCases, case: Case, source: str) -> Iterator[str]:
    study = cases.study
    has_bargains = study.config.firms is not None
    if has_bargains and _says_terms(case):
        yield "from dataclasses import replace"
        yield ""
    yield "import inroads as ir"
    if has_bargains and study.config.negotiations is not None and case.partners:
        yield "from inroads.study.negotiations.deal_hazards import prospect"
        yield "from inroads.study.negotiations.negotiations import negotiation"
        if study.config.path is not None and case.can_be_followed:
            yield "from inroads.study.outlook.fates import deal_fates"
    yield ""
    as_of = f', as_of="{study.as_of}"' if study.as_of != study.config.study.as_of else ""
    yield f"study = ir.load_study({literal(source)}{as_of})"
    if case.assumed:
        yield "study = study.with_assumptions("
        yield "    {"
        yield from (f"        {literal(id)}: {value!r}," for id, value in case.assumed)
        yield "    }"
        yield ")"
    yield f"entrant, partners = {literal(case.entrant)}, {literal(list(case.partners))}"


def _game(cases: StudyCases, case: Case) -> Iterator[str]:
    yield "game = study.negotiation()"
    if case.products != first_products(cases, case.entrant):
        yield f"game = game.with_products(entrant, {literal(list(case.products))})"
    if case.is_of_one_period:
        yield ""
        yield ""
        yield "def policy(market):"
        yield '    """The tariff, and the financing where the deals are made."""'
        yield from _indented(f"tariffs = {_listed(case.tariffs())}")
        yield "    market = market.after(*tariffs)"
        yield "    sellers = {seller for maker, seller in market.pairs if maker == entrant}"
        financing = case.financing(cases.study_of(case).market())
        yield from _indented(f"financing = {_listed(financing)}")
        yield "    return market.after(*(move for move in financing if move.channel in sellers))"
        yield ""
        yield ""
        yield "game = game.with_policy(policy)"
    if _says_terms(case):
        given = [f"power={case.weight!r}"] if case.weight is not None else []
        given += ["contract=ir.TwoPartTariff()"] if case.contract != "linear price" else []
        given += [f"timing={literal(case.timing)}"] if case.timing != "simultaneous" else []
        yield f"terms = replace(game.terms, {', '.join(given)})"
    else:
        yield "terms = game.terms"


def first_products(cases: StudyCases, entrant: str) -> tuple[str, ...]:
    """What the study says that an entrant's deals are about."""
    entry = cases.study.config.entry
    assert entry is not None
    return next(e.main_products for e in entry.entrants if e.manufacturer == entrant)


def _equilibrium(case: Case) -> Iterator[str]:
    yield "# Channels set prices, the entrant and its partners bargain; against no partners."
    yield "before = game.solve({entrant: []}, terms=terms)"
    yield "after = game.solve({entrant: partners}, terms=terms)"
    yield "print(ir.compare(before, after))"
    yield 'print((after.profits - before.profits).rename("profit change"))'
    yield 'print("consumers", after.consumer_surplus - before.consumer_surplus)'
    if case.partners:
        yield "print(after.links)"
        yield 'own = after.frame["manufacturer"].eq(entrant)'
        yield 'print(after.frame.loc[own, ["price", "wholesale", "share", "units"]])'


def _network(cases: StudyCases, case: Case) -> Iterator[str]:
    channels = list(dict.fromkeys([*possible_partners(cases.study), *case.partners]))
    yield "# One deal left, or one more made: what each changes of both sides' profits."
    yield f"channels = {literal(channels)}"
    yield "for channel in channels:"
    yield "    others = [c for c in channels if (c in partners) != (c == channel)]"
    yield "    other = game.solve({entrant: others}, terms=terms)"
    yield "    sign = 1 if channel in partners else -1"
    yield "    change = sign * (after.profits - other.profits)"
    yield "    print(channel, channel in partners, change[entrant], change[channel])"


def _prospects(case: Case) -> Iterator[str]:
    yield "# Each deal by itself, given how far its talks have come."
    yield "for partner in partners:"
    yield "    deal = negotiation(game, entrant, partner, terms=terms)"
    yield "    ahead = prospect(study, study.config.negotiations, deal)"
    yield "    print(partner, ahead.launch_probability, ahead.expected_value)"


def _worth(case: Case) -> Iterator[str]:
    yield "# All of them over the periods to come, and at the odds of talks and politics."
    yield "path = study.path().with_game(game, terms).with_prices_at_launches()"
    yield "worth = path.value(entrant, dict.fromkeys(partners, 0))"
    yield "fates = deal_fates(study, entrant, partners=partners, model=path)"
    yield "theirs = path.joint_value(entrant, dict.fromkeys(partners, 0), partners)"
    yield "print(worth.net, fates.quantities(worth, theirs))"


def _at_list_prices(cases: StudyCases, case: Case) -> Iterator[str]:
    yield "# The same at list prices, while nobody answers."
    yield "market = study.market()"
    for name, partners in (("alone", ()), ("listed", case.partners)):
        moves = _listed(cases.list_price_moves(case, partners), "()")
        yield f"{name} = market.after{moves}.solve()"
    yield "print(ir.compare(alone, listed))"


def _listed(moves: Sequence[Move], brackets: str = "[]") -> str:
    """Moves, one a line."""
    if not moves:
        return brackets
    lines = (f"    {move_code(move)}," for move in moves)
    return "\n".join([brackets[0], *lines, brackets[1]])


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def _says_terms(case: Case) -> bool:
    usual = ("linear price", "simultaneous")
    return case.weight is not None or (case.contract, case.timing) != usual
