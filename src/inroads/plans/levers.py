"""The levers of [[plan]], read and checked: what they may be, and what contradicts itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from inroads.errors import InputError, refuse
from inroads.plans.clauses import Clauses, Sign
from inroads.results.keys import InputKey, InputKind
from inroads.study.config.config_base import Cell
from inroads.study.config.entry import Entrant
from inroads.study.config.plan import PlanPart
from inroads.study.market.build_market import resolve_number
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.study.load import Study


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Products that deals are about (the main ones unless named), and those that the first partner
    alone has; is_for_several: whether these leave other partners any."""

    products: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    is_for_several: bool = True


@dataclass(frozen=True)
class LeverReader:
    """The levers of a firm's plan, numbers resolved; InputError for those that make no sense."""

    study: Study
    part: PlanPart

    def campaigns(self, cost: float | None) -> tuple[float, ...]:
        """Sizes of campaigns; others than the study's need its cost."""
        sizes = self._numbers("campaign", "size of a campaign")
        if cost is None and (set(sizes) != {1.0} or set(self.part.paid_by) != {"channel"}):
            raise self._refused(
                "[entry.campaign], which says what a campaign costs",
                "none",
                "add it, or leave `campaign` and `paid_by` out.",
            )
        return sizes

    def suggested_prices(self, is_channel: bool) -> tuple[float, ...]:
        """Parts of list prices; not a channel's to choose."""
        prices = self._numbers("suggested_price", "suggested price in parts of the list price")
        if is_channel and set(prices) != {1.0}:
            raise self._refused(
                "suggested prices in the plan of a manufacturer",
                f"suggested_price of {self.part.firm}",
                "leave it out: a channel sets its prices in every plan.",
            )
        if not all(prices):
            raise self._refused("prices above 0", "0", "correct the number.")
        return prices

    def shelves(self, entrants: Sequence[Entrant]) -> tuple[Shelf, ...]:
        """What deals may be about, in combinations that leave the first partner something."""
        own = [p for e in entrants for p in (*e.main_products, *e.further_products)]
        main = tuple(p for e in entrants for p in e.main_products)
        chosen = self.part.products or ((),)
        for name in (p for group in (*chosen, *self.part.held_back) for p in group):
            if name not in own:
                raise self._refused(
                    f"products of entrants: {', '.join(own)}",
                    name,
                    suggestion(name, own) or "name one of these, as in [entry].",
                )
        return tuple(
            Shelf(
                products=products,
                held_back=held,
                is_for_several=bool(set(products or main) - set(held)),
            )
            for products, held in product(chosen, self.part.held_back)
        )

    def check(self, strategies: Sequence[tuple[frozenset[str], int]]) -> None:
        """Refuse levers of which every combination contradicts itself; strategies: partners, and
        the period of the first launch, of those that do not."""
        reached = {partners for partners, _ in strategies}
        for group in self.part.partners or ():
            if frozenset(group) not in reached:
                raise self._refused(
                    "for each set of partners one combination at least that does not contradict "
                    "itself",
                    f"none for {', '.join(group)}: the first has all products for itself while "
                    "others launch",
                    "add 0 to `exclusive` and [] to `held_back`, or a longer `wait`.",
                )
        latest = max((begins for _, begins in strategies), default=0)
        for sign in self.part.sign:
            if sign.after > latest:
                raise self._refused(
                    f"launches that wait for the sign, {sign.after} periods or more",
                    f"{latest} at most",
                    "add a longer `wait`.",
                )

    def clauses(self) -> tuple[Clauses, ...]:
        """All combinations of clauses on risk, that of none left out."""
        part = self.part
        guarantees = self._numbers("guarantee", "part of central units that is guaranteed")
        orders = self._numbers("first_order", "first order in parts of central units")
        protections = self._numbers("price_protection", "part of falls that is paid", most=1.0)
        returns = self._numbers("buy_back", "part of the wholesale price", most=1.0)
        if not any(orders) and (any(protections) or any(returns)):
            raise self._refused(
                "a first_order above 0, of whose rest price protection and buy-backs are",
                f"first_order = {list(part.first_order)}",
                "add one, or leave `price_protection` and `buy_back` out.",
            )
        every = (
            Clauses(
                guarantee=guarantee,
                order=order,
                protection=protection if order else 0.0,
                buy_back=credit if order else 0.0,
            )
            for guarantee, order, protection, credit in product(
                guarantees, orders, protections, returns
            )
        )
        return tuple(clauses for clauses in dict.fromkeys(every) if clauses)

    def signs(self) -> tuple[Sign, ...]:
        """Signs that a launch may wait for."""
        assumptions = set(map(str, self.study.tables["assumptions"]["id"]))
        signs = []
        for sign in self.part.sign:
            name = sign.input
            if name in assumptions:
                name = InputKey(kind=InputKind.ASSUMPTION, name=name).column
            is_below = sign.below is not None
            cell = sign.below if sign.below is not None else sign.above
            assert cell is not None
            limit = resolve_number(self.study, cell, "plan.sign", "limit of a sign")
            signs.append(Sign(input=name, limit=limit, is_below=is_below, after=sign.after))
        return tuple(signs)

    def trial_noise(self) -> float:
        """How far first sales are from what a draw predicts, in logs."""
        noise = resolve_number(
            self.study, self.part.trial_noise, "plan.trial_noise", "noise of a trial's sales"
        )
        if not noise > 0:
            raise self._refused(
                "noise of a trial's sales above 0",
                f"trial_noise = {noise:g}",
                "say how far a first period's sales may be from what is true of the path.",
            )
        return noise

    def _numbers(self, name: str, what: str, most: float | None = None) -> tuple[float, ...]:
        cells: tuple[Cell, ...] = getattr(self.part, name)
        numbers = tuple(resolve_number(self.study, c, f"plan.{name}", what) for c in cells)
        for number in numbers:
            if not 0 <= number <= (number if most is None else most):
                bound = "0 or more" if most is None else f"from 0 to {most:g}"
                raise self._refused(
                    f"{what}, {bound}", f"{name} = {number:g}", "correct the number."
                )
        return numbers

    def _refused(self, expected: str, actual: str, remedy: str) -> InputError:
        return refuse(
            expected=expected,
            found=actual,
            where=f"study.toml, [[plan]] of {self.part.firm}",
            remedy=remedy,
        )
