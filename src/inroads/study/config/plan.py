"""[[plan]] of study.toml: what a firm may choose, before it signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from inroads.study.config.config_base import Cell, Dollars, Section, Unit, refused

#: who pays for a campaign
Payer = Literal["manufacturer", "channel"]


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
    exclusive: tuple[bool, ...] = Field(default=(False,), min_length=1)
    """Whether a single partner has the products for itself, the open channel left: paid for by a
    fee that splits what the clause adds to the two sides."""
    campaign: tuple[Annotated[Cell, Unit("campaigns")], ...] = Field(default=(1.0,), min_length=1)
    """Size of the campaign that comes with a launch, in those of [entry]; others than 1 need
    entry.campaign, which says what one costs."""
    paid_by: tuple[Payer, ...] = Field(default=("channel",), min_length=1)
    """Who may pay for campaigns."""
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
        if several and False not in self.exclusive:
            raise refused("exclusive with one partner at most", ", ".join(several[0]))
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
