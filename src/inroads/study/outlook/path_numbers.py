"""Numbers that a study's path begins with: who is in the market, how old products are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from inroads.dynamics.record import Path
from inroads.errors import refuse
from inroads.market.consumers import TASTE_FOR
from inroads.market.market import Market
from inroads.study.config.config import StudyInfo
from inroads.study.config.entry import Entry
from inroads.study.config.negotiations import NegotiationsPart
from inroads.study.config.path_config import PathPart
from inroads.study.market.build_market import inside_share, resolve_number
from inroads.study.market.regions import Regions, column_of
from inroads.tables.dates import known_on, period_end

if TYPE_CHECKING:
    from inroads.study.load import Study


def outlook_sections(study: Study) -> tuple[Entry, NegotiationsPart, PathPart]:
    """What a study must say for its futures to be drawn; InputError where it does not."""
    config = study.config
    if config.entry is None or config.negotiations is None or config.path is None:
        raise refuse(
            expected="[entry], [firms], [negotiations] and [path]",
            found="one of them missing",
            where="study.toml",
            remedy="add it: futures are of what entrants' deals bring, period by period.",
        )
    return config.entry, config.negotiations, config.path


def hazard_of(study: Study, part: PathPart, market: Market) -> float:
    """The share of consumers that is in the market in a period: of those who own one, or by the
    months between two purchases. Some put it off: more come to it than buy; nobody comes twice."""
    units = study.config.words.units
    if part.owners is not None:
        what, key = f"consumers who own {units}, as many as are in the market at least", "owners"
        number = resolve_number(study, part.owners, "path.owners", f"consumers who own {units}")
        hazard = market.size / number if number >= market.size else np.nan
    else:
        what, key = f"months between two {units}, above 0", "months_between_purchases"
        number = resolve_number(study, part.months_between_purchases or 0.0, f"path.{key}", what)
        per_period = study.config.study.months_per_period / inside_share(study)
        hazard = min(1.0, per_period / number) if number > 0 else np.nan
    if not hazard > 0:
        raise refuse(
            expected=what,
            found=f"{number:g}",
            where=f"study.toml, path.{key}",
            remedy="correct the number, or the fact that it refers to.",
        )
    return hazard


def groups_of(market: Market) -> dict[str, str]:
    """By region, the column of cells that says who lives there; none where there are no regions."""
    return {name: f"{TASTE_FOR}{column_of(name)}" for name in Regions.of(market).names if name}


def sales_by_region(path: Path, manufacturer: str, market: Market) -> dict[str, tuple[float, ...]]:
    """By region, a manufacturer's units in each period of a path of the market."""
    return {
        region: tuple(path.sales(group=group)[manufacturer])
        for region, group in groups_of(market).items()
    }


def ages(market: Market, about: StudyInfo, life: int) -> dict[str, int]:
    """Periods since the last anniversary of launch, at which a successor would have come, of the
    products on sale; 0 for those that came in or after the period, or whose line has no life."""
    now = period_end(about.period)
    ages_by_product = {}
    for product in dict.fromkeys(market.offers["product"]):
        day = known_on(str(market.products.loc[product, "launched"]))
        age = _periods_between(day, now, about)
        ages_by_product[str(product)] = max(age, 0) % life if life else 0
    return ages_by_product


def _periods_between(day: date, now: date, about: StudyInfo) -> int:
    """Calendar periods from that of one day to that of another."""
    if about.per == "week":
        return (now - day).days // 7
    months = round(about.months_per_period)
    return (12 * now.year + now.month - 1) // months - (12 * day.year + day.month - 1) // months
