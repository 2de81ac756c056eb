"""What a firm may do: whom to court and when, exclusive or not, with which campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

from inroads.errors import refuse
from inroads.plans.clauses import Clauses, Sign
from inroads.plans.levers import LeverReader, Shelf
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

    launches: partners with the period of their launch; exclusive: periods from the first of them on
    in which its partner has the products for itself; campaign: its size, in those of the study;
    paid_by: who pays for it; products: what deals are about, each entrant's main products unless
    one of its is named; held_back: products that the first partner alone has, on no open shelf;
    price: suggested for the entrant's products, in parts of the list price.
    """

    launches: tuple[tuple[str, int], ...] = ()
    exclusive: int = 0
    campaign: float = 1.0
    paid_by: Payer = "channel"
    products: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    price: float = 1.0

    @property
    def partners(self) -> tuple[str, ...]:
        """Who is courted."""
        return tuple(partner for partner, _ in self.launches)

    @property
    def begins(self) -> int:
        """The period of the first launch."""
        return min((period for _, period in self.launches), default=0)

    @property
    def first(self) -> str:
        """The partner of the first launch; of several at once, that which is named first."""
        return min(self.launches, key=lambda launch: launch[1])[0]

    def changes(self, periods: int) -> set[int]:
        """Periods of a path in which it changes what is on the shelves."""
        ends = {self.begins + self.exclusive} if self.exclusive else set()
        return {q for q in {period for _, period in self.launches} | ends if q < periods}

    def only(self, partners: Sequence[str]) -> Strategy:
        """The same where only these partners come about."""
        left = tuple(launch for launch in self.launches if launch[0] in partners)
        if left and self.first in partners:
            return replace(self, launches=left)
        return replace(self, launches=left, exclusive=0, held_back=())

    def label(self, period: str = "period") -> str:
        """What it is called: "Markt now, Grund after 4 quarters"."""
        if not self.launches:
            return NO_DEAL
        parts = [
            f"{partner} now" if not q else f"{partner} after {q} {period}{'s' if q > 1 else ''}"
            for partner, q in self.launches
        ]
        if self.exclusive:
            plural = "s" if self.exclusive > 1 else ""
            parts.append(f"exclusive for {self.exclusive} {period}{plural}")
        if self.products:
            parts.append(f"with {' and '.join(self.products)}")
        if self.held_back:
            parts.append(f"{' and '.join(self.held_back)} at {self.first} alone")
        if self.price != 1.0:
            parts.append(f"at {self.price:g} of list prices")
        if self.campaign != 1.0:
            parts.append(f"campaign x{self.campaign:g}")
        if self.paid_by != "channel":
            parts.append(f"paid by the {self.paid_by}")
        return ", ".join(parts)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a firm chooses among.

    is_channel: whether it is a channel, its partners entrants. answer: the plan that the study asks
    about. strategies: all that are tried, without none; clauses, signs: what each may be combined
    with. trial_noise: of first sales, in logs. floor: dollars, None for the answer's own.
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
    clauses: tuple[Clauses, ...] = ()
    signs: tuple[Sign, ...] = ()
    trial_noise: float = 0.2


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
    read = LeverReader(study, part)
    cost = None
    if entry.campaign is not None:
        cost = resolve_number(study, entry.campaign.cost, "entry.campaign.cost", "campaign's cost")
    sizes = read.campaigns(cost)
    price = read.suggested_prices(is_channel)
    own = [e for e in entry.entrants if is_channel or e.manufacturer == firm]
    shelves = read.shelves(own)
    tried = tuple(
        dict.fromkeys(
            strategy
            for group in groups
            for strategy in _strategies(part, group, waits, sizes, price, shelves, path.periods)
        )
    )
    read.check([(frozenset(s.partners), s.begins) for s in tried])
    if len(tried) > part.most:
        raise refuse(
            expected=f"at most {part.most} plans to be tried at the central numbers",
            found=f"{len(tried)} combinations of partners, launches, clauses and campaigns",
            where=f"study.toml, [[plan]] of {firm}",
            remedy="name fewer partners, wait, exclusive, products or campaigns, or raise `most`: "
            "each plan is one more path at the central numbers; only `solve` of them go into "
            "draws. Clauses on risk and signs are not counted: they need no path.",
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
        clauses=read.clauses(),
        signs=read.signs(),
        trial_noise=read.trial_noise(),
    )


def _strategies(
    part: PlanPart,
    group: tuple[str, ...],
    waits: Sequence[int],
    sizes: Sequence[float],
    prices: Sequence[float],
    shelves: Sequence[Shelf],
    periods: int,
) -> Iterator[Strategy]:
    """All combinations for a set of partners that do not contradict themselves."""
    for launches in product(waits, repeat=len(group)):
        first, *others = sorted(launches)
        for exclusive, shelf, price, size, payer in product(
            part.exclusive, shelves, prices, sizes, part.paid_by
        ):
            if others and (others[0] < first + exclusive or not shelf.is_for_several):
                continue
            yield Strategy(
                launches=tuple(zip(group, launches, strict=True)),
                exclusive=min(exclusive, periods - first),
                products=shelf.products,
                held_back=shelf.held_back,
                price=price,
                campaign=size,
                paid_by=payer,
            )
