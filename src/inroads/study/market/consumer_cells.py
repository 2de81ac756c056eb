"""The study's consumers: home channel x product owned x income x liquidity, from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from inroads.choice.base import Array
from inroads.choice.consideration import SelectiveAwareness
from inroads.errors import refuse
from inroads.market.consumers import CELL_COLUMNS, Consumers
from inroads.study.config.consumers import ConsumerPart, Income, Owned
from inroads.study.market.income_groups import Resolve, income_groups, listed
from inroads.study.market.regions import Place, tastes_of


def consumers(
    part: ConsumerPart, places: Mapping[str, Place], standards: Mapping[str, str], number: Resolve
) -> Consumers:
    """Cells with weights, and awareness, from [consumers] of study.toml.

    places: by region, "" for all consumers; standards: each channel's standard; number(cell, path,
    use) resolves a cell. Home channels and incomes may depend on the region, owning a brand on
    income; being short of cash does, in proportion to the groups' odds; all else is independent.
    """
    homes = {region: _homes(region, place) for region, place in places.items()}
    incomes = income_groups(part, list(places), number)
    mean, share = incomes.mean, np.array([p.part for p in places.values()]) @ incomes.shares
    owned = part.owned or (Owned(brand="other", platform="other"),)
    own = _owners(owned, mean, share, number)
    rates, strained = _liquidity(part, incomes.groups, share, number)

    rows = []
    living = [(r, at, h, p.part * w) for r, (at, p) in enumerate(places.items())
              for h, w in homes[at].items()]  # fmt: skip
    for (r, region, h, weight), g, (b, group) in product(
        living, range(len(mean)), enumerate(owned)
    ):
        if not incomes.lives[r, g]:
            continue
        base = weight * incomes.shares[r, g] * own[g, b]
        common = {"home": h, "brand": group.brand, "platform": group.platform, "income": mean[g]}
        common |= tastes_of(region, places)
        patient = {"rate": rates[0], "may_finance": True, "weight": base * (1 - strained[g])}
        rows.append({**common, **patient, "credit": 0.0})
        if strained[g] > 0:
            short = base * strained[g]
            # Of those short of cash, the share `credit` may pay over time.
            for granted, w, c in ((True, 0.0, short), (False, short, -short)):
                terms = {"rate": rates[1], "may_finance": granted, "weight": w, "credit": c}
                rows.append({**common, **terms})
    awareness = pd.DataFrame(
        {
            b: number(cell, f"consumers.awareness.{b}", f"awareness of {b}")
            for b, cell in part.awareness.items()
        },
        index=pd.Index(list(dict.fromkeys(h for at in homes.values() for h in at)), name="home"),
    )
    for b in awareness:
        _check_awareness(awareness[b].iloc[0], f"awareness.{b}")
    at_shelves = _awareness_at(part, awareness, number)
    exponent = 0.0
    if part.income_exponent != 0.0:
        exponent = number(
            part.income_exponent, "consumers.income_exponent", "how money weighs by income"
        )
    cells = pd.DataFrame(rows, columns=[*CELL_COLUMNS, *tastes_of("", places)])
    return Consumers(
        plain_text(cells),
        plain_text(awareness),
        income_exponent=exponent,
        standards=dict(standards),
        selection=_selection(part, number),
        at_shelves=at_shelves,
        later=_later(part, number),
    )


def _homes(region: str, place: Place) -> dict[str, float]:
    """The part of who lives somewhere by home channel, "" where no channel there has members."""
    members = sum(place.homes.values())
    if place.homes and not members > 0:
        raise refuse(
            expected="members of at least one channel" + (f" in {region}" if region else ""),
            found="none",
            where="channels.csv, members",
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    return {h: v / members for h, v in place.homes.items()} or {"": 1.0}


def plain_text(table: pd.DataFrame) -> pd.DataFrame:
    """The same with names and texts as Python's own strings: markets look at them thousands of
    times, and pandas' are slow to look at one by one."""

    def plain(index: pd.Index) -> pd.Index:
        return index.astype(object) if isinstance(index.dtype, pd.StringDtype) else index

    text = [c for c in table if isinstance(table[c].dtype, pd.StringDtype)]
    table = table.astype(dict.fromkeys(text, object))
    return table.set_axis(plain(table.index), axis=0).set_axis(plain(table.columns), axis=1)


def _later(part: ConsumerPart, number: Resolve) -> float:
    if part.liquidity is None or part.liquidity.later == 1.0:
        return 1.0
    later = number(
        part.liquidity.later, "consumers.liquidity.later", "what money paid later weighs"
    )
    if not 0 < later <= 1:
        raise refuse(
            expected="a weight of later payments above 0, at most 1",
            found=f"{later:g}",
            where="study.toml, consumers.liquidity",
            remedy="correct the number; 1 is a buyer who compares prices.",
        )
    return later


def _awareness_at(
    part: ConsumerPart, awareness: pd.DataFrame, number: Resolve
) -> dict[tuple[str, str], float]:
    """What [consumers.awareness_at] says of members goes into `awareness`; of open channels, the
    part of those who do not know a brand elsewhere that knows it there."""
    at_shelves = {}
    for brand, by_channel in part.awareness_at.items():
        if brand not in awareness:
            raise refuse(
                expected="a brand whose awareness is given",
                found=brand,
                where=f"study.toml, consumers.awareness_at.{brand}",
                remedy="give its awareness in general in [consumers.awareness].",
            )
        general = float(awareness[brand].iloc[0])
        for channel, cell in by_channel.items():
            place = f"awareness_at.{brand}.{channel}"
            level = number(cell, f"consumers.{place}", f"awareness of {brand} at {channel}")
            _check_awareness(level, place)
            if channel in awareness.index:
                awareness.loc[channel, brand] = level
            elif level < general:
                raise refuse(
                    expected=f"at least {general:g}, who know it elsewhere",
                    found=f"{level:g}",
                    where=f"study.toml, consumers.{place}",
                    remedy="correct the number, or lower the brand's awareness in general.",
                )
            elif general < 1:
                at_shelves[brand, channel] = (level - general) / (1.0 - general)
    return at_shelves


def _check_awareness(level: float, place: str) -> None:
    if not 0 <= level <= 1:
        raise refuse(
            expected="awareness between 0 and 1, 0.1 for 10 percent",
            found=f"{level:g}",
            where=f"study.toml, consumers.{place}",
            remedy="correct the number, its unit, or the row that it refers to.",
        )


def _selection(part: ConsumerPart, number: Resolve) -> SelectiveAwareness | None:
    if part.selective is None:
        return None
    sigma = number(
        part.selective.sigma,
        "consumers.selective.sigma",
        "spread of tastes for little-known brands",
    )
    rho = number(part.selective.rho, "consumers.selective.rho", "correlation of taste and knowing")
    if not (sigma >= 0 and 0 <= rho < 1):
        raise refuse(
            expected="sigma of at least 0, rho from 0 to below 1",
            found=f"sigma {sigma:g}, rho {rho:g}",
            where="study.toml, consumers.selective",
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    return SelectiveAwareness(sigma=sigma, rho=rho, nodes=part.selective.nodes)


def _owners(owned: Sequence[Owned], mean: Array, share: Array, number: Resolve) -> Array:
    """Share of each income group (rows) that owns each brand (columns)."""
    rest = [k for k, o in enumerate(owned) if o.share is None]
    if len(rest) != 1:
        raise refuse(
            expected="exactly one group of owners without a share (the rest)",
            found=str(len(rest)),
            where="study.toml, consumers.owned",
            remedy="leave out the share of one group, usually 'other'.",
        )
    total = np.array(
        [
            0.0
            if o.share is None
            else number(o.share, f"consumers.owned.{k}.share", f"owners of {o.brand}")
            for k, o in enumerate(owned)
        ]
    )
    total[rest[0]] = 1.0 - total.sum()
    if not ((total >= 0) & (total < 1)).all() and len(owned) > 1:
        shares = ", ".join(f"{o.brand} {x:g}" for o, x in zip(owned, total, strict=True))
        place = "study.toml, consumers.owned"
        raise refuse(
            expected="shares of owners that leave some for the rest",
            found=shares,
            where=place,
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    own = np.tile(total, (len(mean), 1))
    for k, o in enumerate(owned):
        if o.among is None:
            continue
        rich = mean >= o.among.income_from
        if not 0 < share[rich].sum() < 1:
            raise refuse(
                expected="an income that some of the groups reach and others do not",
                found=f"{o.among.income_from:g}",
                where=f"study.toml, consumers.owned, among of {o.brand}",
                remedy="correct the number, its unit, or the row that it refers to.",
            )
        among = number(
            o.among.share,
            f"consumers.owned.{k}.among.share",
            f"owners of {o.brand} among the better off",
        )
        own[rich, k] = among
        own[~rich, k] = (total[k] - among * share[rich].sum()) / share[~rich].sum()
        others = np.arange(len(owned)) != k
        own[:, others] *= (1 - own[:, [k]]) / (1 - total[k])
    if not ((own >= 0) & (own <= 1)).all():
        raise refuse(
            expected="shares of owners that add up to at most 1 in every income group",
            found="; ".join(map(listed, own.round(3))),
            where="study.toml, consumers.owned",
            remedy="correct the shares of owners.",
        )
    return own


def _liquidity(
    part: ConsumerPart, incomes: Sequence[Income], share: Array, number: Resolve
) -> tuple[tuple[float, float], Array]:
    """Monthly discount rates (at ease, strained) and the strained share of each income group."""
    if part.liquidity is None:
        return (0.0, 0.0), np.zeros(len(incomes))
    liquid = part.liquidity
    odds = np.array(
        [
            number(
                g.strained,
                f"consumers.income.{k}.strained",
                f"odds of being strained, {g.label}",
            )
            for k, g in enumerate(incomes)
        ]
    )
    total = number(liquid.strained, "consumers.liquidity.strained", "share short of cash")
    if not ((odds >= 0).all() and odds @ share > 0):
        place = "study.toml, consumers.income, strained"
        raise refuse(
            expected="odds of at least 0, not all 0",
            found=listed(odds),
            where=place,
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    strained = odds * total / (odds @ share)
    if not ((strained >= 0) & (strained <= 1)).all():
        raise refuse(
            expected="a share short of cash between 0 and 1 in every income group",
            found=listed(strained),
            where="study.toml, consumers.liquidity",
            remedy="make the odds of the income groups more alike.",
        )
    rates = (
        number(
            liquid.annual_rate,
            "consumers.liquidity.annual_rate",
            "discount rate of consumers at ease, yearly",
        )
        / 12,
        number(
            liquid.strained_monthly_rate,
            "consumers.liquidity.strained_monthly_rate",
            "discount rate of strained consumers, monthly",
        ),
    )
    if min(rates) < 0:
        raise refuse(
            expected="discount rates of at least 0",
            found=listed(np.array(rates)),
            where="study.toml, consumers.liquidity",
            remedy="correct the number, its unit, or the row that it refers to.",
        )
    return rates, strained
