"""What a firm may do: whom to court and when, exclusive or not, with which campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from inroads.errors import refuse
from inroads.study.config.plan import Payer, PlanPart
from inroads.study.market.build_market import resolve_number
from inroads.study.negotiations.negotiation_results import partners_of
from inroads.study.outlook.path_numbers import outlook_sections
from inroads.tables.naming import suggestion

if TYPE_CHECKING:
    from inroads.study.load import Study


#: what the strategy without partners is called
NO_DEAL = "no deal"


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One combination of what a firm may choose.

    launches: partners with the period of their launch; exclusive: the single partner has the
    products for itself; campaign: its size, in those of the study; paid_by: who pays for it.
    """

    launches: tuple[tuple[str, int], ...] = ()
    exclusive: bool = False
    campaign: float = 1.0
    paid_by: Payer = "channel"

    @property
    def partners(self) -> tuple[str, ...]:
        """Who is courted."""
        return tuple(partner for partner, _ in self.launches)

    @property
    def begins(self) -> int:
        """The period of the first launch."""
        return min((period for _, period in self.launches), default=0)

    def only(self, partners: Sequence[str]) -> Strategy:
        """The same where only these partners come about."""
        left = tuple(launch for launch in self.launches if launch[0] in partners)
        return replace(self, launches=left, exclusive=self.exclusive and bool(left))

    def label(self, period: str = "period") -> str:
        """What it is called: "Markt now, Grund after 4 quarters"."""
        if not self.launches:
            return NO_DEAL
        parts = [
            f"{partner} now" if not q else f"{partner} after {q} {period}{'s' if q > 1 else ''}"
            for partner, q in self.launches
        ]
        if self.exclusive:
            parts.append("exclusive")
        if self.campaign != 1.0:
            parts.append(f"campaign x{self.campaign:g}")
        if self.paid_by != "channel":
            parts.append(f"paid by the {self.paid_by}")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a firm chooses among.

    is_channel: whether it is a channel, its partners entrants. answer: the plan that the study asks
    about. strategies: all that are tried, without none. floor: dollars, None for the answer's own.
    campaign_cost: dollars; None where the study does not say.
    """

    firm: str
    is_channel: bool
    partners: tuple[str, ...]
    answer: Strategy
    strategies: tuple[Strategy, ...]
    solve: int
    draws: int
    floor: float | None
    campaign_cost: float | None


def read_choices(study: Study, firm: str | None = None) -> Choices:
    """What a firm of a study chooses among: an entrant, the first unless named, or a channel that
    negotiates. InputError for others, and for more combinations than are tried."""
    entry, negotiations, path = outlook_sections(study)
    makers = [entrant.manufacturer for entrant in entry.entrants]
    channels = negotiations.channels
    firm = firm or makers[0]
    if firm not in (*makers, *channels):
        raise refuse(
            expected=f"a firm that chooses: entrants ({', '.join(makers)}), channels that "
            f"negotiate ({', '.join(channels)})",
            found=firm,
            where="firm",
            remedy=suggestion(firm, [*makers, *channels])
            or "name one of these; any other has no deal to choose in this study.",
        )
    is_channel = firm not in makers
    everybody = tuple(makers) if is_channel else partners_of(entry, negotiations)
    part = next((p for p in study.config.plan if p.firm == firm), None) or PlanPart(firm=firm)
    groups = part.partners or tuple(
        group for n in range(1, len(everybody) + 1) for group in combinations(everybody, n)
    )
    year = round(12 / study.config.study.months_per_period)
    waits = part.wait or ((0, year) if year < path.periods else (0,))
    sizes = tuple(
        resolve_number(study, size, "plan.campaign", "size of a campaign") for size in part.campaign
    )
    cost = None
    if entry.campaign is not None:
        cost = resolve_number(study, entry.campaign.cost, "entry.campaign.cost", "campaign's cost")
    _check_campaigns(sizes, part, cost)
    tried = tuple(dict.fromkeys(_strategies(part, groups, waits, sizes)))
    if len(tried) > part.most:
        raise refuse(
            expected=f"at most {part.most} plans to be tried at the central numbers",
            found=f"{len(tried)} combinations of partners, launches, clauses and campaigns",
            where=f"study.toml, [[plan]] of {firm}",
            remedy="name fewer partners, wait, exclusive or campaign, or raise `most`: each plan "
            "is one more path at the central numbers; only `solve` of them go into draws.",
        )
    answer = Strategy(launches=tuple((partner, 0) for partner in everybody))
    floor = part.floor
    return Choices(
        firm=firm,
        is_channel=is_channel,
        partners=tuple(dict.fromkeys((*(p for g in groups for p in g), *everybody))),
        answer=answer,
        strategies=tried if answer in tried else (*tried, answer),
        solve=part.solve,
        draws=part.draws,
        floor=None
        if floor is None
        else resolve_number(study, floor, "plan.floor", "least that a plan is worth"),
        campaign_cost=cost,
    )


def _strategies(
    part: PlanPart,
    groups: Sequence[tuple[str, ...]],
    waits: Sequence[int],
    sizes: Sequence[float],
) -> Iterator[Strategy]:
    for group in groups:
        for periods in product(waits, repeat=len(group)):
            launches = tuple(zip(group, periods, strict=True))
            for exclusive, size, payer in product(part.exclusive, sizes, part.paid_by):
                if not exclusive or len(group) == 1:
                    yield Strategy(
                        launches=launches, exclusive=exclusive, campaign=size, paid_by=payer
                    )


def _check_campaigns(sizes: Sequence[float], part: PlanPart, cost: float | None) -> None:
    where = f"study.toml, [[plan]] of {part.firm}"
    if cost is None and (set(sizes) != {1.0} or set(part.paid_by) != {"channel"}):
        raise refuse(
            expected="[entry.campaign], which says what a campaign costs",
            found="none",
            where=where,
            remedy="add it, or leave `campaign` and `paid_by` out.",
        )
    if wrong := [size for size in sizes if not size >= 0]:
        raise refuse(
            expected="sizes of campaigns, 0 or more",
            found=f"{wrong[0]:g}",
            where=where,
            remedy="correct the number.",
        )
