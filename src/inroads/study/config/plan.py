"""[[plan]] of study.toml: what a firm may choose, before it signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from inroads.study.config.config_base import Cell, Dollars, Section, Unit, refused

#: who pays for a campaign
Payer = Literal["manufacturer", "channel"]


def _listed(value: Any) -> Any:
    """The numbers of a range, ends included; a list as it is."""
    if not isinstance(value, dict):
        return value
    expected = "a list of numbers, or a range { from = 0.8, to = 1.2, by = 0.1 }"
    numbers = [n for n in map(value.get, ("from", "to", "by")) if isinstance(n, int | float)]
    if len(value) != 3 or len(numbers) < 3:
        raise refused(expected, ", ".join(value))
    first, last, by = map(float, numbers)
    if not (by > 0 and last >= first and last - first <= 100 * by):
        raise refused(f"{expected}, that is not empty", f"{first:g} to {last:g} by {by:g}")
    return [round(first + k * by, 12) for k in range(int((last - first) / by + 1e-9) + 1)]


#: numbers to choose from
Numbers = Annotated[
    tuple[Cell, ...],
    BeforeValidator(_listed, json_schema_input_type=tuple[float | str, ...] | dict[str, float]),
    Field(min_length=1),
]
#: sets of names to choose from
Sets = Annotated[tuple[tuple[str, ...], ...], Field(min_length=1)]


class SignPart(Section):
    """A sign to wait for: launch only where an uncertain input has turned out one way."""

    input: str
    """An assumption's id, or another input as `inroads plan` has it in information.csv."""
    below: Cell | None = None
    """Launch where it is below this; this or `above`."""
    above: Cell | None = None
    """Launch where it is above this."""
    after: Annotated[int, Unit("periods")] = Field(ge=1)
    """When it is seen: plans whose launches are earlier do not wait for it."""

    @model_validator(mode="after")
    def _one_way(self) -> SignPart:
        if (self.below is None) == (self.above is None):
            raise refused("a sign that is below or above a number", f"sign of {self.input}")
        return self


class PlanPart(Section):
    """What a firm may choose, an entrant or a channel that negotiates: each combination of what
    follows is a plan. Without a table a firm chooses among all sets of partners, each now or a year
    later."""

    firm: str
    """Whose plan: a manufacturer of [entry], or a channel of [negotiations]."""
    partners: tuple[tuple[str, ...], ...] | None = Field(default=None, min_length=1)
    """Sets of partners to court, the other side's names; every set of them where left out (an
    entrant's are the channels of the answer)."""
    wait: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(default=None, min_length=1)
    """Periods after the earliest launch in which a partner's may be, each partner's by itself:
    so partners are also courted one after the other. 0 and a year where left out."""
    exclusive: tuple[Annotated[int, Field(ge=0, strict=True), Unit("periods")], ...] = Field(
        default=(0,), min_length=1
    )
    """Periods from the first launch on in which its partner has the products for itself, the open
    channel left: 0 for none, as many as the path has for good. Paid for by a fee that splits what
    the clause adds to the two sides."""
    products: Sets | None = None
    """Sets of the entrants' products that deals may be about; the main ones where left out."""
    held_back: Sets = ((),)
    """Sets of products that the partner of the first launch may have for itself, paid for like
    exclusivity: no other partner and no open channel sells them. [] for none."""
    suggested_price: Annotated[Numbers, Unit("parts of the list price")] = (1.0,)
    """Suggested for an entrant's products: asked in the open channel, in channels the price that
    promotions are given off."""
    campaign: Annotated[Numbers, Unit("campaigns")] = (1.0,)
    """Size of the campaign that comes with a launch, in those of [entry]; others than 1 need
    entry.campaign, which says what one costs."""
    paid_by: tuple[Payer, ...] = Field(default=("channel",), min_length=1)
    """Who may pay for campaigns."""
    guarantee: Annotated[Numbers, Unit("parts of the central units")] = (0.0,)
    """Units that channels promise to take over the path, and otherwise pay the manufacturer's gain
    on; like the three that follow at a fee that makes it fair."""
    first_order: Annotated[Numbers, Unit("parts of the launch's central units")] = (0.0,)
    """Units that channels take and pay before it is known what sells."""
    price_protection: Annotated[Numbers, Unit("parts of a fall")] = (0.0,)
    """What the manufacturer pays of falls of the wholesale price on what is left of first
    orders."""
    buy_back: Annotated[Numbers, Unit("parts of the wholesale price")] = (0.0,)
    """At which the manufacturer takes back what is left of first orders."""
    sign: tuple[SignPart, ...] = ()
    """Signs that a launch may wait for, each a table [[plan.sign]]; plans without are tried too."""
    trial_noise: Annotated[Cell, Unit("logs")] = 0.2
    """By how much a first period's sales at a partner may differ, in logs, from what the draw that
    is true predicts: one standard deviation of season, stock and luck. Of what a trial teaches."""
    floor: Dollars | None = None
    """Dollars that a plan is worth at least in 19 draws of 20, luck included; that of the study's
    own answer where left out."""
    solve: Annotated[int, Unit("plans")] = Field(default=6, ge=1)
    """How many of the best at the central numbers are played in every draw."""
    most: Annotated[int, Unit("plans")] = Field(default=200, ge=1)
    """How many combinations are tried at the central numbers; more are refused."""
    draws: int = Field(default=100, ge=2)
    """How many futures are drawn."""

    @model_validator(mode="after")
    def _choices_agree(self) -> PlanPart:
        named = [p for group in self.partners or () for p in group]
        for group in self.partners or ():
            if len(set(group)) < len(group):
                raise refused("each partner once in a set", ", ".join(group))
        several = [group for group in self.partners or () if len(group) > 1]
        apart = max(self.wait) - min(self.wait) if self.wait else 0
        if several and min(self.exclusive) > apart:
            expected = "exclusive with one partner at most, others after it"
            raise refused(expected, ", ".join(several[0]))
        if not any(self.first_order) and (any(self.price_protection) or any(self.buy_back)):
            expected = "a first_order, of whose rest price protection and buy-backs are"
            raise refused(expected, "price_protection or buy_back alone")
        if late := [s for s in self.sign if self.wait is not None and s.after > max(self.wait)]:
            expected = f"launches that wait for the sign, `wait` with {late[0].after} or more"
            raise refused(expected, f"wait = {list(self.wait or ())}")
        if self.firm in named:
            raise refused(f"partners of {self.firm}, others than itself", self.firm)
        return self


def check_plans(
    plans: Sequence[PlanPart], manufacturers: Sequence[str], channels: Sequence[str], periods: int
) -> None:
    """Refuse plans of firms that have nothing to choose, with partners that are none of theirs, or
    launches after the path."""
    firms = [part.firm for part in plans]
    for part in plans:
        if part.firm not in (*manufacturers, *channels):
            expected = f"a firm that chooses: {', '.join((*manufacturers, *channels))}"
            raise refused(expected, f"plan of {part.firm}")
        if firms.count(part.firm) > 1:
            raise refused("one [[plan]] a firm", f"{part.firm} twice")
        others = channels if part.firm in manufacturers else manufacturers
        for name in (p for group in part.partners or () for p in group):
            if name not in others:
                raise refused(f"partners of {part.firm} among {', '.join(others)}", name)
        if late := [q for q in part.wait or () if q >= periods]:
            raise refused(f"launches within the {periods} periods of [path]", f"wait = {late[0]}")
