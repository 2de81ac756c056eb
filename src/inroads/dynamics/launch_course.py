"""How a launch goes on: it begins below or above what follows, fades, and channels may drop it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from inroads.choice.base import Array
from inroads.errors import refuse
from inroads.market.carried import carrying
from inroads.market.market import Market, Pair

#: a product at a channel
Place = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class LaunchCourse:
    """Of products that come to a market on its path, from one period to the next.

    Without any number nothing happens: products are liked as much as ever, and kept.

    Parameters
    ----------
    ramp : float
        Odds of being chosen in the period of the launch, relative to those without a course.
    fade : float
        The part of its odds that a product loses with each period on sale; its successor begins
        anew.
    drop_below : float
        The part of a channel's sales below which the channel may drop a product.
    drop_hazard : float
        That it does, a period in which the product sells less.
    luck : mapping
        (manufacturer, channel) -> a number from 0 to 1: the product is dropped once the probability
        that it was by then is that large. One half unless given.

    Raises
    ------
    InputError
        For numbers out of range.

    References
    ----------
    Bayus, B. L. (1998), An analysis of product lifetimes in a technologically dynamic industry,
    Management Science 44(6).
    """

    ramp: float = 1.0
    fade: float = 0.0
    drop_below: float = 0.0
    drop_hazard: float = 0.0
    luck: Mapping[Pair, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, valid, expected in (
            ("ramp", 0 < self.ramp < np.inf, "odds above 0"),
            ("fade", 0 <= self.fade < 1, "a part of the odds, from 0 to below 1"),
            ("drop_below", 0 <= self.drop_below <= 1, "a part of sales, from 0 to 1"),
            ("drop_hazard", 0 <= self.drop_hazard <= 1, "a probability a period, from 0 to 1"),
        ):
            if not valid:
                raise refuse(
                    expected=expected,
                    found=f"{getattr(self, name):g}",
                    where=f"launch, {name}",
                    remedy="correct it.",
                )

    def odds(self, age: int) -> float:
        """Odds of being chosen so many periods after a launch, relative to those without a course.

        Parameters
        ----------
        age : int
            0 in the period of the launch.

        Returns
        -------
        float
            1 unless there is a course.
        """
        return self.ramp if age == 0 else float((1.0 - self.fade) ** age)

    def worth_of(self, periods: float) -> float:
        """What so many periods of sales come to, in periods at the odds without a course.

        Parameters
        ----------
        periods : float
            On sale.

        Returns
        -------
        float
            As many, unless there is a course.
        """
        whole = int(periods)
        last = periods - whole
        return sum(self.odds(age) for age in range(whole)) + last * self.odds(whole)

    def aged(self, market: Market, ages: Mapping[str, int]) -> Market:
        """The market where products of these ages are as well liked as they are by then.

        Parameters
        ----------
        market : Market
            At the qualities of a launch without a course.
        ages : mapping
            By product, periods since its launch; others stay as they are.

        Returns
        -------
        Market
            The same one without a course.
        """
        shifts = {product: np.log(self.odds(age)) for product, age in ages.items()}
        if not any(shifts.values()):
            return market
        products, columns = market.products, market.columns
        shift = np.array([shifts.get(product, 0.0) for product in products.index])
        aged = replace(market, products=products.assign(quality=products["quality"] + shift))
        by_offer = np.array([shifts.get(product, 0.0) for product in columns["product"]])
        quality = columns["quality"].astype(float) + by_offer
        # Quality enters no array.
        return carrying(aged, columns=columns | {"quality": quality}, arrays=market.arrays)

    def survival(
        self, market: Market, shares: Array, new: Collection[str], before: Mapping[Place, float]
    ) -> dict[Place, float]:
        """The probability that each new product is still at each channel with members.

        Parameters
        ----------
        market : Market
            Of a period.
        shares : (J,) array
            Of consumers, by offer.
        new : collection of str
            Products that came on the path.
        before : mapping
            The same a period ago, 1 unless given.

        Returns
        -------
        dict
            By product and channel; nothing where no channel drops any.
        """
        if not self.drop_hazard > 0:
            return {}
        columns, still_sold = market.columns, dict(before)
        channel, has_members = columns["channel"], columns["has_members"]
        sold = {c: shares[channel == c].sum() for c in dict.fromkeys(channel)}
        for j, product in enumerate(columns["product"]):
            if product in new and has_members[j]:
                place = (str(product), str(channel[j]))
                hardly_sells = shares[j] / sold[channel[j]] < self.drop_below
                stays = 1.0 - self.drop_hazard * hardly_sells
                still_sold[place] = still_sold.get(place, 1.0) * stays
        return still_sold

    def dropped(self, market: Market, survival: Mapping[Place, float]) -> list[Place]:
        """Products on sale that channels drop now.

        Parameters
        ----------
        market : Market
            Of a period.
        survival : mapping
            As `survival` gives it.

        Returns
        -------
        list
            Products and channels.
        """
        columns = market.columns
        places = zip(columns["product"], columns["channel"], strict=True)
        makers = dict(zip(places, columns["manufacturer"], strict=True))
        return [
            place
            for place, stays in survival.items()
            if place in makers
            and stays < 1
            and 1.0 - stays >= self.luck.get((makers[place], place[1]), 0.5)
        ]
